// SPDX-License-Identifier: Apache-2.0
// SIP messages as far as rules name their parts (RFC 3261 section 7).
#include "rule/sip.h"

#include <string.h>
#include <strings.h>

#include "rule/parse.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum { CODES_MOST = 10, METHODS_MOST = 16, NAME_MOST = 32 };

struct sip_view {
    struct slice header, body; // header: with the first line and the empty one
    struct slice method;       // of a request
    uint32_t code;             // of an answer; 0: it is a request
};

// The first line without its end.
static struct slice first_line(struct slice b)
{
    const uint8_t *end = b.n ? memchr(b.p, '\n', b.n) : NULL;
    uint32_t n = end ? (uint32_t)(end - b.p) : b.n;

    return slice_of(b.p, n && b.p[n - 1] == '\r' ? n - 1 : n);
}

static bool sip_read(struct unit *u, struct sip_view *v)
{
    static const char version[] = "SIP/2.0";
    enum { VERSION = sizeof(version) - 1 };
    struct slice b = unit_buffer(u, BUF_pkt_data), line = first_line(b);
    const uint8_t *blank = line.n ? memchr(line.p, ' ', line.n) : NULL, *end;
    uint64_t code;

    *v = (struct sip_view){0};
    if (!blank || line.n < VERSION + 4)
        return false;
    if (!memcmp(line.p, version, VERSION)) {
        if (!slice_u64(slice_of(line.p + VERSION + 1, 3), 999, &code) || code < 100)
            return false;
        v->code = (uint32_t)code;
    } else if (!memcmp(line.p + line.n - VERSION, version, VERSION)) {
        v->method = slice_of(line.p, (size_t)(blank - line.p));
    } else {
        return false;
    }
    end = memmem(b.p, b.n, "\r\n\r\n", 4);
    v->header = slice_of(b.p, end ? (size_t)(end - b.p) + 4 : b.n);
    if (v->header.n < b.n)
        v->body = slice_of(b.p + v->header.n, b.n - v->header.n);
    return true;
}

struct slice sip_buffer(struct unit *u, enum buffer b)
{
    struct sip_view v;

    if (!sip_read(u, &v))
        return (struct slice){0};
    return b == BUF_sip_body ? v.body : v.header;
}

// ---------------------------------------------------------------- methods

struct sip_methods {
    struct slice name[METHODS_MOST];
    unsigned n;
    bool negated;
};

static bool method_test(struct match *m, const struct rule_option *o)
{
    const struct sip_methods *x = o->arg;
    struct sip_view v;
    bool found = false;

    if (!sip_read(m->unit, &v) || !v.method.n)
        return false;
    for (unsigned i = 0; i < x->n; i++)
        found = found || (x->name[i].n == v.method.n &&
                          !strncasecmp((const char *)x->name[i].p, (const char *)v.method.p,
                                       v.method.n));
    match_saw(m, BUF_pkt_data, m->unit->buffer[BUF_pkt_data].n);
    return found != x->negated;
}

static bool is_token(struct slice s)
{
    static const char more[] = "-.!%*_+`'~";

    for (uint32_t i = 0; i < s.n; i++)
        if (!((s.p[i] | 32) - 'a' + 0u < 26 || s.p[i] - '0' + 0u < 10 ||
              memchr(more, s.p[i], sizeof(more) - 1)))
            return false;
    return s.n && s.n <= NAME_MOST;
}

// sip_method:invite,register or sip_method:!invite
bool option_sip_method(struct parse *p, struct slice arg, int which)
{
    struct sip_methods *x = parse_take(p, sizeof(*x));

    while (arg.n) {
        struct slice word = slice_unquote(slice_cut(&arg, ','));
        if (word.n && word.p[0] == '!') {
            if (x->n || arg.n)
                return parse_wrong(p, "with ! sip_method takes one method only");
            x->negated = true;
            word = slice_trim(slice_of(word.p + 1, word.n - 1));
        }
        if (!is_token(word))
            return parse_wrong(p, "\"%.*s\" is no method of SIP", SLICE(word));
        if (x->n == METHODS_MOST)
            return parse_wrong(p, "sip_method takes at most %d methods", METHODS_MOST);
        x->name[x->n++] = slice_str(keep_text(p->load->lasting, word));
    }
    if (!x->n)
        return parse_wrong(p, "sip_method needs a method: sip_method:invite,register");
    parse_looks(p, BUF_pkt_data);
    p->uses_service = true;
    return parse_add(p, method_test, x);
}

// ---------------------------------------------------------------- status codes

struct sip_codes {
    uint16_t code[CODES_MOST]; // below 10: all that begin with it
    unsigned n;
};

static bool code_test(struct match *m, const struct rule_option *o)
{
    const struct sip_codes *x = o->arg;
    struct sip_view v;

    if (!sip_read(m->unit, &v) || !v.code)
        return false;
    match_saw(m, BUF_pkt_data, m->unit->buffer[BUF_pkt_data].n);
    for (unsigned i = 0; i < x->n; i++)
        if (x->code[i] == (x->code[i] < 10 ? v.code / 100 : v.code))
            return true;
    return false;
}

// sip_stat_code:2,404: all of 200 to 299, and 404
bool option_sip_code(struct parse *p, struct slice arg, int which)
{
    struct sip_codes *x = parse_take(p, sizeof(*x));
    uint64_t v;

    while (arg.n) {
        struct slice word = slice_cut(&arg, ',');
        if (!slice_u64(slice_trim(word), 999, &v) || !v || (v > 9 && v < 100))
            return parse_wrong(p,
                               "\"%.*s\" is neither a status code from 100 to 999 nor a "
                               "first digit",
                               SLICE(word));
        if (x->n == CODES_MOST)
            return parse_wrong(p, "sip_stat_code takes at most %d codes", CODES_MOST);
        x->code[x->n++] = (uint16_t)v;
    }
    if (!x->n)
        return parse_wrong(p, "sip_stat_code needs codes: sip_stat_code:200,4");
    parse_looks(p, BUF_pkt_data);
    p->uses_service = true;
    return parse_add(p, code_test, x);
}
