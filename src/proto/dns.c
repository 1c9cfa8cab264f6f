// SPDX-License-Identifier: Apache-2.0
// DNS, also multicast (mDNS) and link-local (LLMNR): recognised by walking the message, RFC
// 1035 section 4.
#include "proto/proto.h"

#include "base/cur.h"
#include "base/text.h"

enum {
    HEADER = 12,
    QUESTION_LEAST = 5, // root, type, class
    RECORD_LEAST = 11,  // root, type, class, time to live, length
    NAME_MOST = 255,
    JUMPS_MOST = 32,
    RECORDS_MOST = 64, // walked; beyond, their number is believed
    POINTER = 0xc0
};

struct message {
    struct slice bytes; // from the header on; of a stream only its beginning
    uint32_t length;    // as the sender says
    bool response;
    uint16_t questions;
    uint32_t records; // of all three sections
};

// ---------------------------------------------------------------- names

// Do the pointers lead backwards, each before the last, to a name of a sane length?
static bool pointer_fits(const struct message *m, uint32_t from, uint32_t to)
{
    uint32_t length = 0;

    for (int jumps = 0; jumps < JUMPS_MOST && to >= HEADER && to < from; jumps++) {
        uint32_t at = to;
        from = to;
        while (at < m->bytes.n && m->bytes.p[at] && m->bytes.p[at] < 64) {
            length += m->bytes.p[at] + 1u;
            at += m->bytes.p[at] + 1u;
            if (length > NAME_MOST)
                return false;
        }
        if (at + 1 >= m->bytes.n || !m->bytes.p[at])
            return at < m->bytes.n; // the root, or the capture's end
        if (m->bytes.p[at] < POINTER)
            return false;
        to = load_be16(m->bytes.p + at) & 0x3fff;
    }
    return false;
}

// Moves behind a name; false if it is none.
static bool skip_name(const struct message *m, struct cur *c)
{
    uint32_t length = 1;

    for (;;) {
        uint32_t at = (uint32_t)(c->p - m->bytes.p);
        uint8_t n = cur_u8(c);
        if (c->bad || !n)
            return true;
        if (n >= POINTER) {
            uint32_t to = (n & 0x3fu) << 8 | cur_u8(c);
            return c->bad || pointer_fits(m, at, to);
        }
        length += n + 1u;
        if (n > 63 || length > NAME_MOST)
            return false;
        cur_skip(c, n);
    }
}

// NetBIOS names are 16 bytes written as 32 letters A to P (RFC 1001, 14.1): the same message
// form, but another protocol. A damaged one is no DNS, either.
static bool is_netbios(const struct message *m)
{
    enum { LETTERS = 32, LETTERS_LEAST = 28 };
    struct cur c = cur_of(m->bytes);
    int letters = 0;

    cur_skip(&c, HEADER);
    uint8_t n = cur_u8(&c);
    if (n < LETTERS - 1 || n > LETTERS + 1)
        return false;
    for (int i = 0; i < LETTERS; i++) {
        uint8_t b = cur_u8(&c);
        letters += b >= 'A' && b <= 'P';
    }
    return letters >= LETTERS_LEAST;
}

// ---------------------------------------------------------------- sections

static bool type_known(uint16_t type)
{
    return (type >= 1 && type <= 110) || (type >= 128 && type <= 132) ||
           (type >= 249 && type <= 262) || type == 32768 || type == 32769 || type >= 65280;
}

static bool class_known(uint16_t class)
{
    class &= 0x7fff; // mDNS: unicast wanted, or the cache is to be flushed
    return class == 1 || class == 3 || class == 4 || class == 254 || class == 255;
}

static bool question_fits(const struct message *m, struct cur *c)
{
    if (!skip_name(m, c))
        return false;
    uint16_t type = cur_be16(c), class = cur_be16(c);
    return c->bad || (type_known(type) && class_known(class));
}

static bool record_fits(const struct message *m, struct cur *c)
{
    enum { OPT = 41 }; // its class is a size

    if (!skip_name(m, c))
        return false;
    uint16_t type = cur_be16(c), class = cur_be16(c);
    if (!c->bad && !(type_known(type) && (type == OPT || class_known(class))))
        return false;
    cur_skip(c, 4);
    cur_skip(c, cur_be16(c));
    return true;
}

enum { FLAGS_END = 4 };

static unsigned error_of(const uint8_t *p)
{
    return p[3] & 15;
}

// Whether a version of the protocol knows such flags; FLAGS_END bytes.
static bool flags_fit(const uint8_t *p)
{
    enum { STATUS = 2, LAST_OPCODE = 6, LAST_ERROR = 11, RESERVED = 0x40 };
    unsigned opcode = p[2] >> 3 & 15;

    return opcode != STATUS + 1 && opcode <= LAST_OPCODE && !(p[3] & RESERVED) &&
           error_of(p) <= LAST_ERROR;
}

// Unknown flags, an error in a question, or more records than the message has room for: no DNS.
static bool header_fits(struct message *m)
{
    const uint8_t *p = m->bytes.p;

    m->response = p[2] >> 7;
    m->questions = load_be16(p + 4);
    m->records = (uint32_t)load_be16(p + 6) + load_be16(p + 8) + load_be16(p + 10);
    if (!flags_fit(p))
        return false;
    if (m->response ? !m->questions && !m->records : !m->questions || error_of(p))
        return false;
    return m->length >= HEADER + (uint64_t)QUESTION_LEAST * m->questions +
                            (uint64_t)RECORD_LEAST * m->records;
}

// Of a long message on a stream, and of a datagram that the capture cut, the first question or
// record must do.
static enum guess first_fits(const struct message *m)
{
    struct cur c = cur_of(m->bytes);

    cur_skip(&c, HEADER);
    if (!(m->questions ? question_fits(m, &c) : record_fits(m, &c)))
        return NO;
    return c.bad ? MAYBE : is_netbios(m) ? NO : YES;
}

// A whole message must be filled exactly.
static enum guess all_fit(const struct message *m)
{
    struct cur c = cur_of(m->bytes);
    uint32_t walked = 0;

    cur_skip(&c, HEADER);
    for (uint32_t i = 0; i < m->questions && walked < RECORDS_MOST; i++, walked++)
        if (!question_fits(m, &c) || c.bad)
            return NO;
    for (uint32_t i = 0; i < m->records && walked < RECORDS_MOST; i++, walked++)
        if (!record_fits(m, &c) || c.bad)
            return NO;
    return cur_left(&c) && walked < RECORDS_MOST ? NO : is_netbios(m) ? NO : YES;
}

// RFC 1035 4.2.2: the length stands in front. A short message is waited for.
static enum guess probe_stream(struct slice s)
{
    struct message m = {.length = s.n < 2 ? 0 : load_be16(s.p)};

    if (s.n >= 2 && m.length < HEADER)
        return NO;
    if (s.n >= 2 + FLAGS_END && !flags_fit(s.p + 2))
        return NO;
    if (s.n < 2 + HEADER)
        return MAYBE;
    m.bytes = slice_of(s.p + 2, min_u32(s.n - 2, m.length));
    if (m.bytes.n < HEADER || !header_fits(&m))
        return NO;
    if (m.length > HEAD_MOST - 2)
        return first_fits(&m);
    return m.bytes.n < m.length ? MAYBE : all_fit(&m);
}

static enum guess probe(const struct head *h)
{
    struct message m = {.bytes = h->bytes, .length = h->length};

    if (h->stream)
        return probe_stream(h->bytes);
    if (m.bytes.n < HEADER || !header_fits(&m))
        return NO;
    if (m.bytes.n < m.length)
        return first_fits(&m) == YES ? YES : NO;
    return all_fit(&m);
}

// ---------------------------------------------------------------- at a glance

// Without pointers, which a question has none of; dots in labels are told as others.
static void put_name(struct text *t, struct cur *c)
{
    uint32_t length = 0;

    for (uint8_t n; (n = cur_u8(c)) && n < POINTER && length < NAME_MOST; length += n + 1u) {
        struct slice label = cur_take(c, n);
        text_str(t, length ? "." : "");
        for (uint32_t i = 0; i < label.n; i++)
            text_char(t, label.p[i] > ' ' && label.p[i] < 0x7f ? (char)label.p[i] : '?');
    }
    if (!length)
        text_char(t, '.');
}

static void put_type(struct text *t, uint16_t type)
{
    static const struct {
        uint16_t type;
        const char *name;
    } known[] = {{1, "A"},     {2, "NS"},     {5, "CNAME"},  {6, "SOA"},  {12, "PTR"},
                 {15, "MX"},   {16, "TXT"},   {28, "AAAA"},  {33, "SRV"}, {41, "OPT"},
                 {64, "SVCB"}, {65, "HTTPS"}, {252, "AXFR"}, {255, "ANY"}};

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (known[i].type == type) {
            text_str(t, known[i].name);
            return;
        }
    text_printf(t, "type %u", type);
}

static void glance(struct text *t, const struct packet *p)
{
    static const char *const error[] = {
        "",         ", format error", ", server failure", ", no such name", ", not implemented",
        ", refused"};
    struct cur c = cur_of(p->payload);

    if (p->ip_proto == PROTO_TCP)
        cur_skip(&c, 2);
    cur_skip(&c, 2);
    uint16_t flags = cur_be16(&c), questions = cur_be16(&c), answers = cur_be16(&c);
    cur_skip(&c, 4);
    text_str(t, flags >> 15 ? ": answer" : ": question");
    if (questions) {
        struct cur name = c;
        do { // to see the type first
            uint8_t n = cur_u8(&c);
            if (!n || n >= POINTER)
                break;
            cur_skip(&c, n);
        } while (!c.bad);
        text_char(t, ' ');
        put_type(t, cur_be16(&c));
        text_char(t, ' ');
        put_name(t, &name);
    }
    if (!(flags >> 15))
        return;
    text_str(t, (flags & 15) < COUNT_OF(error) ? error[flags & 15] : ", an error");
    text_printf(t, ", %u record%s", answers, answers == 1 ? "" : "s");
}

const struct analyser proto_dns = {
    .name = "dns",
    .title = "DNS",
    .spec = "RFC 1035",
    .why = "its header, names and records make up a DNS message",
    .over = OVER_TCP | OVER_UDP,
    .hint = {53, 5353, 5355},
    .probe = probe,
    .glance = glance,
};
