// SPDX-License-Identifier: Apache-2.0
// One line of tcpdump, of any of its forms: time, hosts, words with numbers behind them. White
// space may be missing or doubled, as on slides.
#include "print/read.h"

#include <arpa/inet.h>

void scan_blanks(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

bool scan_literal(struct scan *s, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
        return false;
    s->p += n;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool scan_number(struct scan *s, uint32_t *v)
{
    uint64_t sum = 0;
    const char *from;

    scan_blanks(s);
    for (from = s->p; s->p < s->end && is_digit(*s->p) && sum <= UINT32_MAX; s->p++)
        sum = sum * 10 + (uint64_t)(*s->p - '0');
    *v = (uint32_t)sum;
    return s->p > from && sum <= UINT32_MAX;
}

static bool scan_hex(struct scan *s, uint32_t *v)
{
    const char *from;

    scan_blanks(s);
    scan_literal(s, "0x");
    *v = 0;
    for (from = s->p; s->p < s->end && s->p < from + 8; s->p++) {
        char c = *s->p;
        if (is_digit(c))
            *v = *v << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *v = *v << 4 | (uint32_t)(c - 'a' + 10);
        else
            break;
    }
    return s->p > from;
}

// ---------------------------------------------------------------- the time

static nsec scan_part(struct scan *s)
{
    nsec part = 0, unit = SECOND;

    if (!scan_literal(s, "."))
        return 0;
    for (; s->p < s->end && is_digit(*s->p); s->p++) {
        unit /= 10;
        part += unit * (*s->p - '0');
    }
    return part;
}

// Days since 1970: years are counted from March, so that a leap day is the last.
static int64_t days_of(uint32_t year, uint32_t month, uint32_t day)
{
    uint32_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

    return (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool scan_date(struct scan *s, nsec *day)
{
    struct scan from = *s;
    uint32_t year, month, date;

    if (scan_number(s, &year) && scan_literal(s, "-") && scan_number(s, &month) &&
        scan_literal(s, "-") && scan_number(s, &date) && year >= 1970 && year < 2200 &&
        month >= 1 && month <= 12 && date >= 1 && date <= 31) {
        *day = days_of(year, month, date) * 86400 * SECOND;
        scan_blanks(s);
        return true;
    }
    *s = from;
    return false;
}

bool scan_time(struct scan *s, struct line *l)
{
    struct scan from = *s;
    uint32_t hour, minute, second;
    nsec day = 0;

    l->has_date = scan_date(s, &day);
    if (!scan_number(s, &hour))
        goto none;
    if (s->p < s->end && *s->p == '.') { // seconds since 1970
        l->ts = hour * SECOND + scan_part(s);
        l->has_date = true;
    } else if (scan_literal(s, ":") && scan_number(s, &minute) && scan_literal(s, ":") &&
               scan_number(s, &second) && hour < 100 && minute < 60 && second <= 60) {
        l->ts = day + ((nsec)hour * 3600 + minute * 60 + second) * SECOND + scan_part(s);
    } else {
        goto none;
    }
    if (s->p < s->end && *s->p != ' ' && *s->p != '\t')
        goto none;
    scan_blanks(s);
    l->has_time = true;
    return true;
none:
    *s = from;
    return false;
}

// ---------------------------------------------------------------- hosts

static const struct word services[] = {
    {20, "ftp-data"},
    {21, "ftp"},
    {22, "ssh"},
    {23, "telnet"},
    {25, "smtp"},
    {53, "domain"},
    {67, "bootps"},
    {68, "bootpc"},
    {69, "tftp"},
    {80, "http"},
    {80, "www"},
    {110, "pop3"},
    {111, "sunrpc"},
    {123, "ntp"},
    {137, "netbios-ns"},
    {138, "netbios-dgm"},
    {139, "netbios-ssn"},
    {143, "imap"},
    {161, "snmp"},
    {443, "https"},
    {513, "login"},
    {514, "shell"},
    {514, "syslog"},
    {2049, "nfs"},
    {0, NULL},
};

static bool port_of(const char *text, size_t n, uint16_t *port)
{
    struct scan s = {text, text + n};
    uint32_t v;

    if (scan_number(&s, &v) && s.p == s.end && v <= UINT16_MAX) {
        *port = (uint16_t)v;
        return true;
    }
    for (const struct word *w = services; w->word; w++) {
        if (strlen(w->word) == n && !memcmp(w->word, text, n)) {
            *port = (uint16_t)w->number;
            return true;
        }
    }
    return false;
}

static bool address_of(struct host *h, const char *text, size_t n)
{
    char copy[HOST_MOST];

    if (!n || n >= sizeof(copy))
        return false;
    memcpy(copy, text, n);
    copy[n] = 0;
    h->version = inet_pton(AF_INET, copy, h->b) == 1    ? 4
                 : inet_pton(AF_INET6, copy, h->b) == 1 ? 6
                                                        : 0;
    return h->version != 0;
}

// An address with or without a port behind the last dot, or a name.
static bool host_of(struct host *h, const char *text, size_t n)
{
    const char *dot = memrchr(text, '.', n);
    size_t host = dot ? (size_t)(dot - text) : n;

    if (!n || n >= HOST_MOST || address_of(h, text, n))
        return n && n < HOST_MOST;
    h->has_port = dot && port_of(dot + 1, n - host - 1, &h->port);
    if (!h->has_port)
        host = n;
    if (h->has_port && address_of(h, text, host))
        return true;
    memcpy(h->name, text, host);
    h->name[host] = 0;
    return strspn(h->name,
                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == host;
}

static size_t word_length(const struct scan *s)
{
    const char *p = s->p;

    while (p < s->end && *p != ' ' && *p != '\t' && *p != '\n' && *p != '\r')
        p++;
    return (size_t)(p - s->p);
}

bool line_hosts(struct scan *s, struct line *l)
{
    struct scan from = *s;
    size_t n = word_length(s);

    l->src = l->dst = (struct host){0};
    if (!host_of(&l->src, s->p, n))
        return false;
    s->p += n;
    scan_blanks(s);
    if (scan_literal(s, ">")) {
        scan_blanks(s);
        n = word_length(s);
        const char *colon = memrchr(s->p, ':', n); // flags may stand close behind it
        if (colon && host_of(&l->dst, s->p, (size_t)(colon - s->p))) {
            s->p = colon + 1;
            return true;
        }
    }
    *s = from;
    return false;
}

// ---------------------------------------------------------------- words

static void add_option(struct line *l, uint8_t kind, const uint32_t *v, int count, int size)
{
    uint32_t n = kind <= 1 ? 1 : 2 + (uint32_t)(count * size);

    if (l->options + n > OPTIONS_MOST)
        return;
    uint8_t *to = l->option + l->options;
    to[0] = kind;
    if (kind > 1)
        to[1] = (uint8_t)n;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < size; k++)
            to[2 + i * size + k] = (uint8_t)(v[i] >> (8 * (size - 1 - k)));
    l->options += n;
}

// One option, as all forms of tcpdump name them. false: none follows.
static bool option(struct scan *s, struct line *l)
{
    uint32_t v[8] = {0};
    int n = 0;

    scan_blanks(s);
    if (scan_literal(s, "nop")) {
        add_option(l, 1, v, 0, 0);
    } else if (scan_literal(s, "eol")) {
        add_option(l, 0, v, 0, 0);
    } else if (scan_literal(s, "mss") && scan_number(s, v)) {
        add_option(l, 2, v, 1, 2);
    } else if (scan_literal(s, "wscale") && scan_number(s, v)) {
        add_option(l, 3, v, 1, 1);
    } else if (scan_literal(s, "sackOK")) {
        add_option(l, 4, v, 0, 0);
    } else if (scan_literal(s, "sack") && scan_number(s, v)) {
        while (n < 8 && (scan_blanks(s), scan_literal(s, "{")) && scan_number(s, &v[n]) &&
               scan_literal(s, ":") && scan_number(s, &v[n + 1]) && scan_literal(s, "}"))
            n += 2;
        add_option(l, 5, v, n, 4);
    } else if (scan_literal(s, "timestamp") && scan_number(s, v) && scan_number(s, v + 1)) {
        add_option(l, 8, v, 2, 4);
    } else if (scan_literal(s, "TS val") && scan_number(s, v) && (scan_blanks(s), true) &&
               scan_literal(s, "ecr") && scan_number(s, v + 1)) {
        add_option(l, 8, v, 2, 4);
    } else {
        return false;
    }
    scan_blanks(s);
    return scan_literal(s, ",");
}

static uint8_t flag_of(char c)
{
    static const char letters[] = "FSRP.UEW";
    const char *at = c ? strchr(letters, c) : NULL;

    return at ? (uint8_t)(1u << (at - letters)) : 0;
}

// "S", "FP", ".": in the old form the dot says that there is none of the others.
static bool old_flags(struct scan *s, struct line *l)
{
    const char *from = s->p;
    uint8_t flags = 0;

    while (s->p < s->end && flag_of(*s->p) && *s->p != 'U') {
        flags |= *s->p == '.' ? 0 : flag_of(*s->p);
        s->p++;
    }
    bool ends = s->p == s->end || *s->p == ' ' || *s->p == '\n' || scan_literal(s, "ack");
    if (s->p == from || !ends) {
        s->p = from;
        return false;
    }
    if (s->p[-1] == 'k')
        s->p -= 3;
    l->proto = PROTO_TCP;
    l->flags = (uint8_t)(l->flags | flags);
    return true;
}

// "first:last(length)"
static bool old_numbers(struct scan *s, struct line *l)
{
    struct scan from = *s;
    uint32_t first, last, n;

    if (scan_number(s, &first) && scan_literal(s, ":") && scan_number(s, &last) &&
        (scan_blanks(s), scan_literal(s, "(")) && scan_number(s, &n) &&
        (scan_blanks(s), scan_literal(s, ")"))) {
        l->seq = first;
        l->length = n;
        l->has_numbers = true;
        return true;
    }
    *s = from;
    return false;
}

static bool fragment(struct scan *s, struct line *l)
{
    uint32_t id, n, at;

    if (!scan_literal(s, "(frag ") || !scan_number(s, &id) || !scan_literal(s, ":") ||
        !scan_number(s, &n) || !scan_literal(s, "@") || !scan_number(s, &at))
        return false;
    l->is_fragment = true;
    l->id = (uint16_t)id;
    l->frag_length = n;
    l->frag_at = at;
    l->more_fragments = scan_literal(s, "+");
    return true;
}

static bool tcp_word(struct scan *s, struct line *l)
{
    uint32_t v = 0;

    if (scan_literal(s, "Flags [")) {
        l->proto = PROTO_TCP;
        for (; s->p < s->end && *s->p != ']'; s->p++)
            l->flags |= flag_of(*s->p);
    } else if (scan_literal(s, "seq ") && scan_number(s, &l->seq)) {
        l->has_numbers = l->proto == PROTO_TCP;
        l->icmp_seq = (uint16_t)l->seq;
    } else if (scan_literal(s, "ack") && scan_number(s, &l->ack)) {
        l->flags |= TCP_ACK;
    } else if (scan_literal(s, "win ") && scan_number(s, &v)) {
        l->window = (uint16_t)v;
    } else if (scan_literal(s, "urg ") && scan_number(s, &v)) {
        l->urgent = (uint16_t)v;
        l->flags |= TCP_URG;
    } else if (scan_literal(s, "<") || scan_literal(s, "options [")) {
        while (option(s, l))
            ;
    } else {
        return false;
    }
    return true;
}

static bool header_word(struct scan *s, struct line *l)
{
    uint32_t v = 0;

    if (scan_literal(s, "(DF)") || scan_literal(s, "flags [DF")) {
        l->dont_fragment = true;
    } else if (scan_literal(s, "flags [+")) {
        l->more_fragments = true;
    } else if (scan_literal(s, "ttl ") && scan_number(s, &v)) {
        l->ttl = (uint8_t)v;
    } else if (scan_literal(s, "tos ") && scan_hex(s, &v)) {
        l->tos = (uint8_t)v;
    } else if (scan_literal(s, "id ") && scan_number(s, &v)) {
        *(l->proto == PROTO_ICMP ? &l->icmp_id : &l->id) = (uint16_t)v;
    } else if (scan_literal(s, "length") && (scan_literal(s, ":") || true) &&
               scan_number(s, &v)) {
        l->length = v;
    } else {
        return false;
    }
    return true;
}

static bool other_word(struct scan *s, struct line *l)
{
    if (scan_literal(s, "udp ") && scan_number(s, &l->length)) {
        l->proto = PROTO_UDP;
    } else if (scan_literal(s, "UDP")) {
        l->proto = PROTO_UDP;
    } else if (scan_literal(s, "tcp ") && scan_number(s, &l->length)) {
        l->proto = PROTO_TCP;
    } else if (scan_literal(s, "icmp:") || scan_literal(s, "ICMP ")) {
        l->proto = PROTO_ICMP;
        l->icmp_type = 0xff;
    } else if (l->proto == PROTO_ICMP && scan_literal(s, "echo request")) {
        l->icmp_type = 8;
    } else if (l->proto == PROTO_ICMP && scan_literal(s, "echo reply")) {
        l->icmp_type = 0;
    } else {
        return fragment(s, l);
    }
    return true;
}

void line_rest(struct scan *s, struct line *l)
{
    while (scan_blanks(s), s->p < s->end) {
        if (tcp_word(s, l) || header_word(s, l) || other_word(s, l) || old_numbers(s, l) ||
            (!l->proto && !l->flags && old_flags(s, l)))
            continue;
        size_t n = word_length(s); // a word that says nothing here
        const char *bracket = n > 1 ? memchr(s->p + 1, '(', n - 1) : NULL;
        s->p = *s->p == '(' || *s->p == '[' || *s->p == ',' ? s->p + 1
               : bracket                                    ? bracket
                                                            : s->p + n;
    }
}
