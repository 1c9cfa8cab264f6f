// SPDX-License-Identifier: Apache-2.0
// Files on their way: counted, hashed, told.
#include "proto/carry.h"

#include <nettle/sha2.h>
#include <string.h>

#include "base/hash.h"

enum { HEAD = 64, FUID_TEXT = 12 };

struct carried {
    struct sha256_ctx sha;
    uint64_t seen, lost, control, offset;
    const char *source, *packed;
    enum side side;
    bool append, empty_too;
    uint8_t head_n, name_n;
    uint8_t head[HEAD]; // its first bytes
    char fuid[PUT_MOST];
    char name[CARRY_NAME_MOST];
};
_Static_assert(sizeof(struct carried) <= FEED_BLOCK, "a file lies in a block");

struct carried *carry_begin(struct ctx *x, const struct carry *y)
{
    struct carried *c = carry_wanted(x) ? feed_block(x) : NULL;

    if (!c)
        return NULL;
    memset(c, 0, sizeof(*c));
    sha256_init(&c->sha);
    c->source = y->source;
    c->packed = y->packed;
    c->control = y->control;
    c->side = y->side;
    c->offset = y->offset;
    c->append = y->append;
    c->empty_too = y->empty_too;
    c->name_n = (uint8_t)min_u32(y->name.n, CARRY_NAME_MOST);
    if (c->name_n)
        memcpy(c->name, y->name.p, c->name_n);
    put_uid(c->fuid, hash_mix(x->talk->who.uid, ++feed_transfers(x)->files));
    c->fuid[0] = 'F';
    return c;
}

static void tell_part(struct ctx *x, const struct carried *c, struct slice bytes)
{
    struct out *o = x->out;

    if (!want(o, EV_file_part))
        return;
    struct ev_file_part *e = emit_file_part(o);
    e->fuid = arena_copy(o->arena, slice_of(c->fuid, FUID_TEXT));
    e->source = c->source;
    e->packed = c->packed;
    if (c->name_n)
        set(file_part, e, name, arena_copy(o->arena, slice_of(c->name, c->name_n)));
    if (c->control)
        set(file_part, e, control, c->control);
    e->first = !c->seen;
    e->at = c->seen + c->lost;
    e->data = arena_copy(o->arena, bytes);
}

void carry_data(struct ctx *x, struct carried *c, struct slice bytes)
{
    if (!c || !bytes.n)
        return;
    tell_part(x, c, bytes);
    if (c->head_n < HEAD && !c->lost) {
        uint32_t n = min_u32(bytes.n, HEAD - (uint32_t)c->head_n);
        memcpy(c->head + c->head_n, bytes.p, n);
        c->head_n = (uint8_t)(c->head_n + n);
    }
    sha256_update(&c->sha, bytes.n, bytes.p);
    c->seen += bytes.n;
}

void carry_gap(struct carried *c, uint64_t lost)
{
    if (c)
        c->lost += lost;
}

bool carry_is_empty(const struct carried *c)
{
    return !c || (!c->seen && !c->lost);
}

static void tell(struct ctx *x, struct carried *c, bool whole)
{
    struct out *o = x->out;
    struct ev_file *e = emit_file(o);
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct text *t = feed_text(x);

    sha256_digest(&c->sha, sizeof(digest), digest);
    text_hex(t, digest, sizeof(digest));
    e->fuid = arena_copy(o->arena, slice_of(c->fuid, FUID_TEXT));
    e->source = c->source;
    e->is_orig = c->side == ORIG;
    if (c->name_n)
        set(file, e, name, arena_copy(o->arena, slice_of(c->name, c->name_n)));
    e->mime_type = carry_mime(slice_of(c->head, c->head_n));
    e->size = c->seen;
    e->missing_bytes = c->lost;
    e->complete = whole && !c->lost;
    e->sha256 = arena_copy(o->arena, text_slice(t));
    if (c->control)
        set(file, e, control, c->control);
    if (c->offset)
        set(file, e, offset, c->offset);
    if (c->append)
        set(file, e, append, true);
}

void carry_end(struct ctx *x, struct carried **c, bool whole)
{
    if (!*c)
        return;
    bool empty = carry_is_empty(*c);
    if (empty && whole && (*c)->empty_too)
        tell_part(x, *c, (struct slice){0}); // so that it is made
    if ((!empty || (whole && (*c)->empty_too)) && want(x->out, EV_file))
        tell(x, *c, whole);
    feed_block_back(x, *c);
    *c = NULL;
}

bool carry_closed(const struct talk *t, enum side side)
{
    return memchr(t->history, side == ORIG ? 'F' : 'f', t->history_n) != NULL;
}

// ---------------------------------------------------------------- what it is

static bool is_text(struct slice s)
{
    for (uint32_t i = 0, n; i < s.n; i += n) {
        n = utf8_at(s, i);
        if (!n && s.n - i >= 4) // the head may end within a character
            return false;
        if (n == 1 && s.p[i] < ' ' && !strchr("\t\n\r\f", s.p[i]))
            return false;
        if (!n)
            break;
    }
    return s.n > 0;
}

static bool begins(struct slice s, const char *with, size_t n)
{
    return s.n >= n && !memcmp(s.p, with, n);
}

static const char *text_mime(struct slice s)
{
    while (s.n && strchr(" \t\r\n", *s.p))
        s = slice_of(s.p + 1, s.n - 1);
    if (s.n >= 5 && (!strncasecmp((const char *)s.p, "<html", 5) ||
                     (s.n >= 9 && !strncasecmp((const char *)s.p, "<!doctype", 9))))
        return "text/html";
    if (begins(s, "<?xml", 5))
        return "text/xml";
    if (s.n && (*s.p == '{' || *s.p == '['))
        return "application/json";
    return "text/plain";
}

const char *carry_mime(struct slice head)
{
#define BEGINS(magic, name)                                                                    \
    {                                                                                          \
        magic, sizeof(magic) - 1, name                                                         \
    }
    static const struct {
        const char *magic;
        size_t n;
        const char *name;
    } known[] = {
        BEGINS("\x7f"
               "ELF",
               "application/x-executable"),
        BEGINS("MZ", "application/x-dosexec"),
        BEGINS("%PDF-", "application/pdf"),
        BEGINS("PK\3\4", "application/zip"),
        BEGINS("PK\5\6", "application/zip"),
        BEGINS("\x1f\x8b", "application/gzip"),
        BEGINS("BZh", "application/x-bzip2"),
        BEGINS("\xfd"
               "7zXZ",
               "application/x-xz"),
        BEGINS("\x28\xb5\x2f\xfd", "application/zstd"),
        BEGINS("7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        BEGINS("Rar!\x1a\7", "application/x-rar"),
        BEGINS("\x89PNG\r\n", "image/png"),
        BEGINS("GIF8", "image/gif"),
        BEGINS("\xff\xd8\xff", "image/jpeg"),
        BEGINS("\xd0\xcf\x11\xe0", "application/msword"),
        BEGINS("\xca\xfe\xba\xbe", "application/java"),
        BEGINS("\xd4\xc3\xb2\xa1", "application/vnd.tcpdump.pcap"),
        BEGINS("\x0a\x0d\x0d\x0a", "application/vnd.tcpdump.pcap"),
        BEGINS("CWS", "application/x-shockwave-flash"),
        BEGINS("FWS", "application/x-shockwave-flash"),
    };
#undef BEGINS

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (begins(head, known[i].magic, known[i].n))
            return known[i].name;
    if (head.n >= 8 && !memcmp(head.p + 4, "ftyp", 4))
        return "video/mp4";
    return is_text(head) ? text_mime(head) : NULL;
}

// ---------------------------------------------------------------- FTP's transfers

void transfer_announce(struct ctx *x, const struct addr *host, uint16_t port, bool active)
{
    struct transfers *all = feed_transfers(x);
    struct transfer *best = &all->at[0];

    for (struct transfer *t = all->at; t < all->at + TRANSFERS; t++) {
        if (t->control && t->port == port && addr_equal(&t->host, host)) {
            best = t; // told again
            break;
        }
        if (best->control && (!t->control || t->number < best->number))
            best = t;
    }
    *best = (struct transfer){.host = *host,
                              .port = port,
                              .active = active,
                              .control = x->talk->who.uid,
                              .number = ++all->made};
}

struct transfer *transfer_name(struct ctx *x, struct slice name)
{
    struct transfers *all = feed_transfers(x);
    struct transfer *best = NULL;

    for (struct transfer *t = all->at; t < all->at + TRANSFERS; t++)
        if (t->control == x->talk->who.uid && (!best || t->number > best->number))
            best = t;
    if (!best)
        return NULL;
    best->named = true;
    best->name_n = (uint8_t)min_u32(name.n, CARRY_NAME_MOST);
    if (best->name_n)
        memcpy(best->name, name.p, best->name_n);
    return best;
}

bool transfer_take(struct ctx *x, struct transfer *to)
{
    struct transfers *all = feed_transfers(x);

    for (struct transfer *t = all->at; t < all->at + TRANSFERS; t++)
        if (t->control && t->port == x->talk->who.dport &&
            addr_equal(&t->host, &x->talk->who.dst)) {
            *to = *t;
            t->control = 0;
            return true;
        }
    return false;
}
