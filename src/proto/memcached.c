// SPDX-License-Identifier: Apache-2.0
// memcached: recognised by its commands and answers in text, and by binary headers whose
// lengths fit; memcached's protocol.txt and protocol-binary.
#include "proto/proto.h"

#include "proto/shape.h"

enum {
    OPCODE_LAST = 33,
    KEY_MOST = 250,
    BINARY_HEADER = 24,
    REQUEST = 0x80,
    ANSWER = 0x81,
    FRAME = 8
};

// How a line is told: its first word, how many words must follow, which of them from what place
// on are numbers.
static const struct line {
    const char *begin;
    uint8_t words, numbers_from;
    bool more; // words, as further keys
} lines[] = {
    {"get ", 1, 9, true},     {"gets ", 1, 9, true},    {"set ", 4, 1, true},
    {"add ", 4, 1, true},     {"replace ", 4, 1, true}, {"append ", 4, 1, true},
    {"prepend ", 4, 1, true}, {"cas ", 5, 1, true},     {"incr ", 2, 1, true},
    {"decr ", 2, 1, true},    {"VALUE ", 3, 1, true},   {"STAT pid ", 1, 0, false},
};

static bool is_number(struct slice w)
{
    for (uint32_t i = 0; i < w.n; i++)
        if (!shape_is_digit(w.p[i]))
            return false;
    return w.n;
}

// The words behind the first one, up to CR LF.
static bool words_fit(struct slice s, const struct line *l)
{
    uint32_t words = 0;

    for (uint32_t at = 0; at <= s.n; words++) {
        uint32_t begin = at;
        while (at < s.n && s.p[at] != ' ')
            at++;
        struct slice w = slice_of(s.p + begin, at - begin);
        if (!w.n || w.n > KEY_MOST)
            return false;
        if (words >= l->numbers_from && words < l->words && !is_number(w))
            return false;
        at++;
    }
    return words == l->words || (l->more && words > l->words);
}

static enum guess is_line(struct slice s, const struct line *l)
{
    uint32_t n = (uint32_t)strlen(l->begin), end = n;

    if (!shape_begins(s, l->begin, n))
        return NO;
    while (end < s.n && s.p[end] >= ' ' && s.p[end] != 0x7f)
        end++;
    if (end >= s.n)
        return s.n < HEAD_MOST ? MAYBE : NO;
    if (s.p[end] != '\r' || !words_fit(slice_of(s.p + n, end - n), l))
        return NO;
    return end + 1 == s.n ? MAYBE : s.p[end + 1] == '\n' ? YES : NO;
}

static enum guess is_text(struct slice s)
{
    enum guess found = NO;

    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        enum guess one = is_line(s, &lines[i]);
        found = one > found ? one : found;
    }
    return found;
}

// What a request must bring: bytes of extras; and whether there is a key.
static bool request_fits(uint8_t opcode, uint8_t extras, uint32_t key, uint32_t body)
{
    enum { GET, SET, ADD, REPLACE, DELETE, INCREMENT, DECREMENT, GET_QUIET = 9 };
    enum { GET_KEY = 12, GET_KEY_QUIET, SET_QUIET = 17, REPLACE_QUIET = 19, AUTHENTICATE = 33 };

    switch (opcode) {
    case GET:
    case GET_QUIET:
    case GET_KEY:
    case GET_KEY_QUIET:
    case DELETE: return !extras && key && body == key;
    case SET:
    case ADD:
    case REPLACE:
    case SET_QUIET:
    case SET_QUIET + 1:
    case REPLACE_QUIET: return extras == 8 && key && body >= key + extras;
    case INCREMENT:
    case DECREMENT: return extras == 20 && key && body == key + extras;
    case AUTHENTICATE: return !extras && key && body > key;
    default: return false;
    }
}

static enum guess is_binary(struct slice s)
{
    struct cur c = cur_of(s);
    uint8_t magic = cur_u8(&c), opcode = cur_u8(&c);
    uint32_t key = cur_be16(&c);
    uint8_t extras = cur_u8(&c), kind = cur_u8(&c);
    uint16_t status = cur_be16(&c);
    uint32_t body = cur_be32(&c);

    if (opcode > OPCODE_LAST || key > KEY_MOST || kind)
        return NO;
    if (s.n < BINARY_HEADER)
        return MAYBE;
    if (magic == REQUEST)
        return request_fits(opcode, extras, key, body) ? YES : NO;
    return !status && (extras == 4 || extras == 8) && body >= key + extras && body >> 24 == 0
               ? YES
               : NO;
}

// A frame of UDP: the request's number, then the first of few datagrams.
static enum guess probe_datagram(struct slice s)
{
    enum { ORDER = 2, TOTAL = 4, RESERVED = 6 };

    if (s.n <= FRAME || load_be16(s.p + ORDER) || !load_be16(s.p + TOTAL) ||
        load_be16(s.p + RESERVED))
        return NO;
    s = slice_of(s.p + FRAME, s.n - FRAME);
    if (s.n == 7 && !memcmp(s.p, "stats\r\n", 7))
        return YES;
    return is_text(s) == YES ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    if (!h->stream)
        return probe_datagram(h->bytes);
    if (*h->bytes.p == REQUEST || *h->bytes.p == ANSWER)
        return is_binary(h->bytes);
    return shape_is_letter(*h->bytes.p) ? is_text(h->bytes) : NO;
}

const struct analyser proto_memcached = {
    .name = "memcached",
    .title = "memcached",
    .spec = "memcached's protocol.txt",
    .why = "it begins with a whole command or answer: keys, numbers, lengths that fit",
    .over = OVER_TCP | OVER_UDP,
    .hint = {11211},
    .patient = true,
    .probe = probe,
};
