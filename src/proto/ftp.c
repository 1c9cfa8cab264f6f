// SPDX-License-Identifier: Apache-2.0
// FTP's control connection, RFC 959: where data connections will come is announced by PORT and
// EPRT, and in the answers to PASV and EPSV (RFC 2428).
#include "proto/carry.h"
#include "proto/lines.h"

#include <string.h>
#include <strings.h>

enum { TLS_HANDSHAKE = 0x16 };
#define DATA_COMES (60 * SECOND)

struct state {
    struct lines side[2];
    uint64_t offset; // of REST, for the next transfer
};

// ---------------------------------------------------------------- probe

// Where the last line of a reply ends: "220-hello", then any lines, then "220 ready"; 0: not
// yet.
static uint32_t reply_end(struct slice s)
{
    bool last = true;

    for (uint32_t i = 0, line = 0; i < s.n; i++) {
        if (i == line + 3)
            last = line ? !memcmp(s.p + line, "220 ", 4) : s.p[i] == ' ';
        if (s.p[i] == '\n' && last && i > line + 3)
            return i;
        if (s.p[i] == '\n')
            line = i + 1;
    }
    return 0;
}

// Servers of mail greet the same way. Who says FTP, and nothing of mail, is no such server.
static enum guess greeting(struct slice s)
{
    uint32_t n = min_u32(s.n, 3);

    if (memcmp(s.p, "220", n) != 0 || (s.n > 3 && s.p[3] != ' ' && s.p[3] != '-'))
        return NO;
    n = reply_end(s);
    if (!n && s.n < HEAD_MOST)
        return MAYBE;
    struct slice all = n ? slice_of(s.p, n) : s;
    return slice_has_word(all, "FTP") && !slice_has_word(all, "SMTP") &&
                   !slice_has_word(all, "mail")
               ? YES
               : NO;
}

// USER with a name could be POP3 as well; these are said to nobody else.
static enum guess command(struct slice s)
{
    static const char *const own[] = {"AUTH TLS\r\n", "AUTH SSL\r\n", "FEAT\r\n",
                                      "USER anonymous\r\n", "USER ftp\r\n"};
    enum guess best = NO;

    for (size_t i = 0; i < COUNT_OF(own) && best == NO; i++) {
        struct slice o = slice_str(own[i]);
        uint32_t n = min_u32(o.n, s.n);
        if (!strncasecmp((const char *)s.p, own[i], n))
            best = n == o.n ? YES : MAYBE;
    }
    return best;
}

static enum guess probe(const struct head *h)
{
    enum guess guess = greeting(h->bytes);

    return guess != NO ? guess : command(h->bytes);
}

// ---------------------------------------------------------------- what is announced

// h1,h2,h3,h4,p1,p2
static bool six_numbers(struct slice s, struct announced *a)
{
    uint8_t b[6];

    for (uint32_t i = 0; i < sizeof(b); i++) {
        uint32_t number;
        if ((i && !line_begins(&s, ",")) || !line_number(&s, UINT8_MAX, &number))
            return false;
        b[i] = (uint8_t)number;
    }
    a->host = addr_of(ADDR_IP4, b);
    a->port = (uint32_t)b[4] << 8 | b[5];
    return true;
}

// |1|132.235.1.2|6275| or |2|1080::8:800:200C:417A|5282|, with any mark
static bool extended(struct slice s, struct announced *a)
{
    char mark[2] = {s.n ? (char)s.p[0] : 0};
    uint32_t family;

    return *mark && line_begins(&s, mark) && line_number(&s, 2, &family) &&
           line_begins(&s, mark) && line_address(&s, &a->host) && line_begins(&s, mark) &&
           line_number(&s, UINT16_MAX, &a->port);
}

// Words, then what stands from the first of these characters on.
static struct slice from_first(struct slice s, const char *characters)
{
    while (s.n && !(s.p[0] && strchr(characters, s.p[0])))
        s = slice_of(s.p + 1, s.n - 1);
    return s;
}

// ... (|||6446|): the host is who says it
static bool port_only(struct slice s, struct announced *a)
{
    s = from_first(s, "(");
    if (s.n < 5 || s.p[2] != s.p[1] || s.p[3] != s.p[1])
        return false;
    s = slice_of(s.p + 4, s.n - 4);
    return line_number(&s, UINT16_MAX, &a->port);
}

// What the data connection will carry: a file by this name, perhaps from an offset on, or a
// listing.
static void read_transfer(struct ctx *x, struct state *s, struct slice line)
{
    static const struct {
        const char *word;
        bool listing, upload, append;
    } commands[] = {{.word = "RETR "},
                    {.word = "STOR ", .upload = true},
                    {.word = "APPE ", .upload = true, .append = true},
                    {.word = "STOU", .upload = true},
                    {.word = "LIST", .listing = true},
                    {.word = "NLST", .listing = true},
                    {.word = "MLSD", .listing = true}};
    uint32_t offset;

    if (line_begins(&line, "REST ")) {
        s->offset = line_number(&line, UINT32_MAX, &offset) ? offset : 0;
        return;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (!line_begins(&line, commands[i].word))
            continue;
        struct transfer *t = transfer_name(x, commands[i].listing ? (struct slice){0} : line);
        if (t) {
            t->listing = commands[i].listing;
            t->upload = commands[i].upload;
            t->append = commands[i].append;
            t->offset = s->offset;
        }
        s->offset = 0;
        return;
    }
}

static void read_line(struct ctx *x, struct state *s, struct slice line, enum side side)
{
    struct announced a = {.host = host_of(x, side),
                          .service = "ftp_data",
                          .ip_proto = PROTO_TCP,
                          .once = true,
                          .lasts = DATA_COMES};
    bool good = false, active = false;

    if (line_begins(&line, "PORT "))
        good = active = six_numbers(line, &a);
    else if (line_begins(&line, "EPRT "))
        good = active = extended(line, &a);
    else if (line_begins(&line, "227 "))
        good = six_numbers(from_first(line, "0123456789"), &a);
    else if (line_begins(&line, "229 "))
        good = port_only(line, &a);
    if (good)
        announce(x, &a);
    if (!carry_wanted(x))
        return;
    if (good && a.port <= UINT16_MAX)
        transfer_announce(x, &a.host, (uint16_t)a.port, active);
    else
        read_transfer(x, s, line);
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct lines *l = &((struct state *)state)->side[side];
    struct progress g;

    if (in.p[0] == TLS_HANDSHAKE && !l->cut)
        return (struct progress){0}; // what follows is encrypted
    struct slice line = lines_next(l, in, &g);
    if (line.p)
        read_line(x, state, line, side);
    return g;
}

static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    ((struct state *)state)->side[side].cut = true;
}

const struct analyser proto_ftp = {
    .name = "ftp",
    .title = "FTP",
    .spec = "RFC 959",
    .why = "its greeting or first command is one of FTP alone",
    .over = OVER_TCP,
    .hint = {21},
    .patient = true,
    .state_size = sizeof(struct state),
    .most = LINE_MOST,
    .probe = probe,
    .data = data,
    .gap = gap,
};
