// SPDX-License-Identifier: Apache-2.0
// Text that tcpdump printed, as packets again: lines of all its forms, wrapped or not, with or
// without the bytes behind them. Bytes win; without them, headers are made of what the line
// says.
#include "print/read.h"

enum { BYTES_MOST = 65536 + 64, WORDS_MOST = 4096, ETHER = 1, RAW = 101 };

struct reader {
    struct print_reading *r;
    bool (*take)(void *user, const struct frame *f);
    void *user;
    struct numbers numbers;
    nsec last;
    bool open;              // a packet's line was read
    char words[WORDS_MOST]; // of it, and the lines that go on with it
    uint32_t n_words;
    uint8_t bytes[BYTES_MOST];
    uint32_t n;
    bool stopped;
};

// ---------------------------------------------------------------- bytes

static int nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// A group of one byte or two, with nothing behind it. Its bytes, or 0.
static uint32_t group(struct scan *s, uint8_t *to)
{
    const char *p = s->p;
    uint32_t n = 0;

    while (s->end - p >= 2 && n < 2 && nibble(p[0]) >= 0 && nibble(p[1]) >= 0) {
        to[n++] = (uint8_t)(nibble(p[0]) << 4 | nibble(p[1]));
        p += 2;
    }
    if (!n || (p < s->end && *p != ' ' && *p != '\t' && *p != '\r'))
        return 0;
    s->p = p;
    return n;
}

// "0x0010:" must be as many bytes as there are so far; a gap ends the dump.
static bool offset(struct scan *s, uint32_t due)
{
    uint32_t v = 0;
    struct scan from = *s;

    if (!scan_literal(s, "0x"))
        return true;
    while (s->p < s->end && nibble(*s->p) >= 0)
        v = v << 4 | (uint32_t)nibble(*s->p++);
    if (scan_literal(s, ":") && v == due)
        return true;
    *s = from;
    return false;
}

// A row of bytes; characters beside them stand behind two blanks. false: it is none; the first
// row of a dump has four bytes at least, so that a wrapped number is not taken for it.
static bool take_row(struct reader *d, struct scan s)
{
    uint8_t row[64];
    uint32_t n = 0, got;

    scan_blanks(&s);
    if (!offset(&s, d->n))
        return false;
    for (;;) {
        const char *before = s.p;
        scan_blanks(&s);
        if (n + 2 > sizeof(row) || (n && s.p - before > 1) || !(got = group(&s, row + n)))
            break;
        n += got;
    }
    if (!n || (n < 4 && !d->n) || d->n + n > BYTES_MOST)
        return false;
    memcpy(d->bytes + d->n, row, n);
    d->n += n;
    return true;
}

static bool is_ether(const uint8_t *p, uint32_t n)
{
    static const uint16_t types[] = {0x0800, 0x0806, 0x86dd, 0x8100, 0x8892, 0x88cc, 0x8847};

    for (size_t i = 0; n >= 14 && i < COUNT_OF(types); i++)
        if (load_be16(p + 12) == types[i])
            return true;
    return false;
}

static bool is_ip4(const uint8_t *p, uint32_t n, bool whole)
{
    return n >= 20 && p[0] >> 4 == 4 && (p[0] & 15) >= 5 && (!whole || load_be16(p + 2) <= n);
}

// ---------------------------------------------------------------- hosts without addresses

// Names stand for addresses of the range for documentation, in the order of their appearance.
static bool give_address(struct reader *d, struct host *h)
{
    struct print_reading *r = d->r;
    uint32_t i = 0;

    if (h->version)
        return true;
    while (i < r->names && strcmp(r->name[i], h->name) != 0)
        i++;
    if (i == PRINT_NAMES)
        return false;
    if (i == r->names)
        memcpy(r->name[r->names++], h->name, sizeof(h->name));
    const uint8_t given[4] = {192, 0, 2, (uint8_t)(i + 1)};
    memcpy(h->b, given, 4);
    h->version = 4;
    return true;
}

// ---------------------------------------------------------------- one packet

// The line's words, of which the hosts divide what -e and -v print from the rest.
static bool read_words(struct reader *d, struct line *l)
{
    struct scan s = {d->words, d->words + d->n_words}, before;

    *l = (struct line){.ts = d->last};
    scan_time(&s, l);
    before = s;
    while (scan_blanks(&s), s.p < s.end && !line_hosts(&s, l))
        while (s.p < s.end && *s.p != ' ')
            s.p++;
    if (s.p >= s.end)
        return false;
    struct scan head = {before.p, s.p};
    struct line kept = *l;
    line_rest(&head, l);
    l->src = kept.src;
    l->dst = kept.dst;
    l->proto = l->flags = 0;
    l->length = 0;
    line_rest(&s, l);
    return true;
}

static bool same_end(const struct host *h, const uint8_t *address, const uint8_t *port)
{
    return h->version != 4 ||
           (!memcmp(h->b, address, 4) && (!h->has_port || !port || h->port == load_be16(port)));
}

// Do the bytes say what the line says?
static bool agrees(const struct line *l, const uint8_t *p, uint32_t n)
{
    uint32_t head = (p[0] & 15) * 4u;
    bool ports = n >= head + 4 && (p[9] == PROTO_TCP || p[9] == PROTO_UDP) &&
                 !(load_be16(p + 6) & 0x1fff);

    return same_end(&l->src, p + 12, ports ? p + head : NULL) &&
           same_end(&l->dst, p + 16, ports ? p + head + 2 : NULL);
}

static void tell(struct reader *d, const struct line *l, uint16_t link, uint32_t n,
                 uint32_t wire)
{
    struct frame f = {.ts = l->ts, .data = d->bytes, .n = n, .wire_len = wire, .link = link};

    d->r->packets++;
    d->last = l->ts;
    d->stopped = !d->take(d->user, &f);
}

static void tell_bytes(struct reader *d, const struct line *l, bool has_line)
{
    bool ip =
        is_ip4(d->bytes, d->n, true) ||
        (!is_ether(d->bytes, d->n) && (is_ip4(d->bytes, d->n, false) || d->bytes[0] >> 4 == 6));
    const uint8_t *p = ip ? d->bytes : d->bytes + 14;
    uint32_t n = ip ? d->n : d->n > 14 ? d->n - 14 : 0, wire = d->n;

    if (is_ip4(p, n, false)) {
        wire = max_u32(wire, d->n - n + load_be16(p + 2));
        if (has_line && !agrees(l, p, n))
            d->r->differ++;
    }
    tell(d, l, ip ? RAW : ETHER, d->n, wire);
}

static void finish(struct reader *d)
{
    struct line l = {.ts = d->last};
    uint32_t n = 0, wire = 0;
    bool good = d->open && read_words(d, &l);

    if (d->n) {
        tell_bytes(d, &l, good);
    } else if (d->open) {
        if (good && give_address(d, &l.src) && give_address(d, &l.dst))
            n = line_build(&l, &d->numbers, d->bytes, &wire);
        if (n)
            tell(d, &l, RAW, n, wire);
        else
            d->r->left_out++;
    }
    d->open = false;
    d->n = d->n_words = 0;
}

// ---------------------------------------------------------------- lines

static void add_words(struct reader *d, struct scan s)
{
    uint32_t n = min_u32((uint32_t)(s.end - s.p), WORDS_MOST - 1 - d->n_words);

    if (d->n_words && n)
        d->words[d->n_words++] = ' ';
    n = min_u32(n, WORDS_MOST - d->n_words);
    memcpy(d->words + d->n_words, s.p, n);
    d->n_words += n;
}

static bool has_hosts(const struct reader *d)
{
    return memmem(d->words, d->n_words, " > ", 3) != NULL;
}

// Begins with a time, or with "a > b:"; a number of -# may stand before it.
static bool begins(struct scan *s)
{
    struct line l;
    struct scan from = *s;
    uint32_t number;

    if (scan_number(s, &number) && s->end - s->p > 2 && !memcmp(s->p, "  ", 2)) {
        scan_blanks(s);
        from = *s;
    }
    *s = from;
    bool time = scan_time(s, &l);
    scan_literal(s, "IP6 ");
    scan_literal(s, "IP ");
    bool good = time || line_hosts(s, &l);
    *s = from;
    return good;
}

// What a wrapped line goes on with.
static bool goes_on(struct scan s)
{
    static const char *const first[] = {"win",       "ack", ".ack",    "<",      "(DF)",
                                        "(frag",     "[",   "mss",     "wscale", "sack",
                                        "timestamp", "nop", "options", "length", "urg",
                                        "seq",       "udp", "UDP",     "(ttl"};
    const char *from = s.p;

    for (size_t i = 0; i < COUNT_OF(first); i++)
        if (scan_literal(&s, first[i]))
            return true;
    while (s.p < s.end && (nibble(*s.p) >= 0 || *s.p == ':') && *s.p <= ':')
        s.p++;
    return s.p > from && s.p < s.end && (*s.p == '(' || *s.p == ',' || *s.p == ' ');
}

static void take_line(struct reader *d, struct scan s)
{
    bool deep = s.p < s.end && (*s.p == ' ' || *s.p == '\t');
    struct scan first = s;

    scan_blanks(&first);
    if (first.p == first.end)
        return;
    if (d->open && !d->n && deep && !has_hosts(d)) {
        add_words(d, first); // -v: the hosts stand in a line of their own
    } else if (begins(&first)) {
        finish(d);
        d->open = true;
        add_words(d, first);
    } else if (!take_row(d, s) && d->open && !d->n && goes_on(first)) {
        add_words(d, first);
    } // what is neither, is no part of a dump: headings, rulers
}

bool print_read(struct slice text, struct print_reading *r,
                bool (*take)(void *user, const struct frame *f), void *user)
{
    struct reader *d = mem_reserve(sizeof(*d));
    const char *p = (const char *)text.p, *end = p + text.n;

    d->r = r;
    d->take = take;
    d->user = user;
    numbers_open(&d->numbers);
    while (p < end && !d->stopped) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        take_line(d, (struct scan){p, stop});
        p = stop + 1;
    }
    if (!d->stopped)
        finish(d);
    bool good = !d->stopped;
    numbers_close(&d->numbers);
    mem_release(d, sizeof(*d));
    return good;
}

bool print_is_text(struct slice head)
{
    bool arrow = memmem(head.p, head.n, " > ", 3) || memmem(head.p, head.n, "4500 ", 5) ||
                 memmem(head.p, head.n, "0x0000:", 7);

    for (uint32_t i = 0; i < head.n; i++)
        if (head.p[i] < ' ' && head.p[i] != '\n' && head.p[i] != '\t' && head.p[i] != '\r')
            return false;
    return arrow;
}
