// SPDX-License-Identifier: Apache-2.0
// The file of what was explained: read, asked, and a line for it.
#include "app/explained.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/hash.h"

enum { LINES_MOST = 1 << 20, WORDS = 4, WORD_MOST = 64 };
enum { ANY_SERVER = 1, ANY_PORT = 2, ANY_PROTO = 4, ANY_VERDICT = 8, ANY_MASKS = 16 };

// What is any is zero.
struct line {
    struct addr server;
    uint8_t ip_proto, any;
    uint16_t port;
    char verdict[WORD_MOST];
};

struct explained {
    struct slab lines;
    struct map map;
};

struct explained *explained_new(void)
{
    struct explained *x = mem_reserve(sizeof(*x));

    slab_init(&x->lines, NULL, sizeof(struct line), LINES_MOST);
    map_init(&x->map, NULL, LINES_MOST);
    return x;
}

void explained_free(struct explained *x)
{
    slab_close(&x->lines);
    map_close(&x->map);
    mem_release(x, sizeof(*x));
}

// ---------------------------------------------------------------- lines

static uint32_t hash_of(const struct line *l)
{
    uint64_t rest = hash_mix((uint64_t)l->port << 16 | (uint64_t)l->ip_proto << 8 | l->any, 1);

    return (uint32_t)hash_bytes(l->verdict, strlen(l->verdict),
                                hash_bytes(&l->server, sizeof(l->server), rest));
}

static bool same(const struct line *a, const struct line *b)
{
    return addr_equal(&a->server, &b->server) && a->port == b->port &&
           a->ip_proto == b->ip_proto && a->any == b->any && !strcmp(a->verdict, b->verdict);
}

static bool has(const struct explained *x, const struct line *l)
{
    map_each (&x->map, hash_of(l), at, i)
        if (same(slab_at(&x->lines, i), l))
            return true;
    return false;
}

static bool add(struct explained *x, const struct line *l)
{
    struct line *kept = has(x, l) ? NULL : slab_take(&x->lines);

    if (!kept)
        return has(x, l);
    *kept = *l;
    map_add(&x->map, hash_of(l), slab_index(&x->lines, kept));
    return true;
}

// ---------------------------------------------------------------- reading

static bool is_any(const char *word)
{
    return !strcmp(word, "*");
}

static bool take_server(struct line *l, const char *word)
{
    uint8_t b[16];

    if (is_any(word))
        l->any |= ANY_SERVER;
    else if (inet_pton(AF_INET, word, b) == 1)
        l->server = addr_of(ADDR_IP4, b);
    else if (inet_pton(AF_INET6, word, b) == 1)
        l->server = addr_of(ADDR_IP6, b);
    else
        return false;
    return true;
}

static bool take_port(struct line *l, const char *word)
{
    char *end;
    unsigned long port = strtoul(word, &end, 10);

    if (is_any(word))
        l->any |= ANY_PORT;
    else if (word[0] < '0' || word[0] > '9' || *end || port > UINT16_MAX)
        return false;
    else
        l->port = (uint16_t)port;
    return true;
}

static bool take_proto(struct line *l, const char *word)
{
    static const char *const name[] = {"tcp", "udp", "sctp"};
    static const uint8_t number[] = {6, 17, 132};

    if (is_any(word))
        l->any |= ANY_PROTO;
    for (size_t i = 0; i < COUNT_OF(name); i++)
        if (!strcmp(word, name[i]))
            l->ip_proto = number[i];
    return l->ip_proto || l->any & ANY_PROTO;
}

static void take_verdict(struct line *l, const char *word)
{
    if (is_any(word))
        l->any |= ANY_VERDICT;
    else
        memcpy(l->verdict, word, strlen(word));
}

// Splits at blanks, up to a comment; gives how many words there are, of which the first are
// kept.
static unsigned split(char word[WORDS][WORD_MOST], struct slice s)
{
    unsigned n = 0;
    size_t length = 0;

    memset(word, 0, WORDS * sizeof(*word));
    for (uint32_t i = 0; i < s.n && s.p[i] != '#'; i++) {
        char c = (char)s.p[i];
        if (c == ' ' || c == '\t' || c == '\r') {
            length = 0;
            continue;
        }
        n += !length;
        if (n <= WORDS && length < WORD_MOST - 1)
            word[n - 1][length] = c;
        length++;
    }
    return n;
}

static bool take_line(struct explained *x, struct slice s, const char *path, uint32_t number,
                      struct fail *f)
{
    char word[WORDS][WORD_MOST];
    unsigned n = split(word, s);
    struct line l = {0};

    if (!n)
        return true;
    if (n != WORDS)
        return failed(f,
                      "%s:%u: a line needs four words (server, port, transport, verdict), but "
                      "has %u",
                      path, number, n);
    if (!take_server(&l, word[0]))
        return failed(f, "%s:%u: \"%s\" is neither an IP address nor *", path, number, word[0]);
    if (!take_port(&l, word[1]))
        return failed(f, "%s:%u: \"%s\" is neither a port nor *", path, number, word[1]);
    if (!take_proto(&l, word[2]))
        return failed(f, "%s:%u: \"%s\" is no transport; write tcp, udp, sctp or *", path,
                      number, word[2]);
    take_verdict(&l, word[3]);
    return add(x, &l) ||
           failed(f, "%s:%u: more than %d lines are too many", path, number, LINES_MOST);
}

bool explained_read(struct explained *x, struct slice file, const char *path, struct fail *f)
{
    uint32_t number = 1;

    for (uint32_t from = 0, to; from < file.n; from = to + 1, number++) {
        for (to = from; to < file.n && file.p[to] != '\n'; to++)
            continue;
        if (!take_line(x, slice_of(file.p + from, to - from), path, number, f))
            return false;
    }
    return true;
}

// ---------------------------------------------------------------- asking

bool explained_has(const struct explained *x, const struct hunt_group *g)
{
    for (unsigned any = 0; any < ANY_MASKS; any++) {
        struct line l = {.any = (uint8_t)any};
        if (!(any & ANY_SERVER))
            l.server = g->server;
        if (!(any & ANY_PORT))
            l.port = g->port;
        if (!(any & ANY_PROTO))
            l.ip_proto = g->ip_proto;
        if (!(any & ANY_VERDICT))
            memcpy(l.verdict, g->verdict, min_u32((uint32_t)strlen(g->verdict), WORD_MOST - 1));
        if (has(x, &l))
            return true;
    }
    return false;
}

void explained_line(struct text *t, const struct hunt_group *g)
{
    char id[HUNT_ID];

    hunt_id(g, id);
    text_addr(t, &g->server);
    text_printf(t, " %u %s %s  # %s, ", g->port, g->proto, g->verdict, id);
    hunt_words(t, g);
    text_char(t, '\n');
}
