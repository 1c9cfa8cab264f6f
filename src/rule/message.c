// SPDX-License-Identifier: Apache-2.0
// Parts of messages that are looked for one by one, and rules that look into one of many.
#include "rule/message.h"

#include <string.h>

#include "base/cur.h"
#include "rule/field.h"
#include "rule/parse.h"
#include "rule/service.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

static const uint8_t nothing[1];

static struct slice or_empty(struct slice s)
{
    return s.n ? s : slice_of(nothing, 0); // there, but empty
}

// ---------------------------------------------------------------- HTTP

enum { LINES_MOST = 200 };

// The next header line without its end; false: the empty one, or none.
static bool next_line(struct slice *rest, struct slice *line)
{
    const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    uint32_t n = end ? (uint32_t)(end - rest->p) : rest->n, used = end ? n + 1 : n;

    if (!n)
        return false;
    *line = slice_of(rest->p, n);
    *rest = slice_of(rest->p + used, rest->n - used);
    if (line->p[line->n - 1] == '\r')
        line->n--;
    return line->n;
}

static bool header_line(struct unit *u, enum buffer first, uint32_t i, struct slice *line)
{
    struct slice rest = unit_buffer(u, BUF_http_raw_header);

    if (!unit_buffer(u, first).p)
        return false;
    for (uint32_t k = 0; k < LINES_MOST && next_line(&rest, line); k++)
        if (k == i)
            return true;
    return false;
}

static struct slice header_names(struct unit *u)
{
    struct slice rest = unit_buffer(u, BUF_http_raw_header), line;

    if (!rest.p)
        return rest;
    uint8_t *to = arena_take(u->out->arena, rest.n * 2 + 8), *at = to;
    memcpy(at, "\r\n", 2);
    at += 2;
    for (uint32_t k = 0; k < LINES_MOST && next_line(&rest, &line); k++) {
        const uint8_t *colon = memchr(line.p, ':', line.n);
        size_t n = colon ? (size_t)(colon - line.p) : line.n;
        memcpy(at, line.p, n);
        memcpy(at + n, "\r\n", 2);
        at += n + 2;
    }
    memcpy(at, "\r\n", 2);
    return slice_of(to, (size_t)(at + 2 - to));
}

// From the first line to the end of the header lines: they stand one behind the other.
static struct slice http_start(struct unit *u)
{
    struct slice first = unit_buffer(u, BUF_http_request_line);
    struct slice lines = unit_buffer(u, BUF_http_raw_header);

    if (!first.p)
        first = unit_buffer(u, BUF_http_response_line);
    if (!first.n || !lines.n)
        return first;
    return slice_of(first.p, (size_t)(lines.p + lines.n - first.p));
}

// ---------------------------------------------------------------- SSH, NTP

// SSH-2.0-software comments (RFC 4253 section 4.2)
static struct slice ssh_part(struct unit *u, bool software)
{
    struct slice b = unit_buffer(u, BUF_pkt_data), version;

    if (u->service != SERVICE_SSH || b.n < 4 || memcmp(b.p, "SSH-", 4) != 0)
        return (struct slice){0};
    b = slice_of(b.p + 4, b.n - 4);
    b = slice_cut(&b, '\n');
    version = slice_cut(&b, '-');
    return or_empty(software ? slice_cut(&b, ' ') : version);
}

// The first 16 octets at least (RFC 5905 section 7.3); p NULL: it is no NTP.
static struct slice ntp_head(struct unit *u)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);

    return u->service == SERVICE_NTP && b.n >= 16 ? b : (struct slice){0};
}

// ---------------------------------------------------------------- parts and numbers

struct slice message_part(struct unit *u, enum buffer b)
{
    struct slice ntp;

    switch ((int)b) {
    case BUF_http_header_names: return header_names(u);
    case BUF_http_start: return http_start(u);
    case BUF_ssh_proto: return ssh_part(u, false);
    case BUF_ssh_software: return ssh_part(u, true);
    default: ntp = ntp_head(u); return ntp.n ? slice_of(ntp.p + 12, 4) : ntp;
    }
}

bool message_number(struct unit *u, enum number n, uint64_t *v)
{
    struct slice ntp;

    if (n < NUM_ntp_version)
        return dns_number(u, n, v);
    ntp = ntp_head(u);
    if (!ntp.n)
        return false;
    switch ((int)n) {
    case NUM_ntp_version: return *v = ntp.p[0] >> 3 & 7, true;
    case NUM_ntp_mode: return *v = ntp.p[0] & 7, true;
    default: return *v = ntp.p[1], true;
    }
}

// ---------------------------------------------------------------- one of many

static bool find_value(struct unit *u, enum many how, uint32_t i, struct slice *s)
{
    switch (how) {
    case MANY_request_header: return header_line(u, BUF_http_request_line, i, s);
    case MANY_response_header: return header_line(u, BUF_http_response_line, i, s);
    case MANY_cip: return cip_part(u, i, s);
    default: return dns_owner(u, how, i, s);
    }
}

struct many_option {
    enum many how;
    uint16_t port; // of one end; 0: any
};

static bool many_find(struct unit *u, const struct many_option *x, uint32_t i, struct slice *s)
{
    const struct packet *k = u->packet;

    return (!x->port || k->sport == x->port || k->dport == x->port) &&
           find_value(u, x->how, i, s);
}

// Takes one after the other, as long as the options behind say no.
static bool many_test(struct match *m, const struct rule_option *o)
{
    struct slice *to = &m->derived[o->buffer - (unsigned)BUF_derived_1], s;
    bool found = many_find(m->unit, o->arg, m->from, &s);

    *to = found ? or_empty(s) : (struct slice){0};
    m->cursor[o->buffer] = 0;
    if (!found)
        return false;
    m->next = m->from + 1;
    return true;
}

static bool could_have(struct unit *u, enum many how)
{
    switch (how) {
    case MANY_request_header: return unit_buffer(u, BUF_http_request_line).p;
    case MANY_response_header: return unit_buffer(u, BUF_http_response_line).p;
    case MANY_cip: return u->service == SERVICE_ENIP;
    default: return u->service == SERVICE_DNS;
    }
}

// A message of this kind, but without any.
static bool many_absent_test(struct match *m, const struct rule_option *o)
{
    const struct many_option *x = o->arg;
    struct slice s;

    return could_have(m->unit, x->how) && !many_find(m->unit, x, 0, &s);
}

static bool many_or_absent_test(struct match *m, const struct rule_option *o)
{
    return many_test(m, o) || (!m->from && many_absent_test(m, o));
}

bool many_absent(struct rule_option *o, struct slice arg)
{
    if (o->test != many_test || (arg.n && !slice_is(arg, "or_else")))
        return false;
    o->test = arg.n ? many_or_absent_test : many_absent_test;
    return true;
}

static bool add_many(struct parse *p, struct slice arg, int which, uint16_t port)
{
    struct many_option *x = parse_take(p, sizeof(*x));
    struct rule_option *o = parse_add(p, many_test, x);

    if (!o || !parse_derive(p, o))
        return false;
    *x = (struct many_option){(enum many)which, port};
    o->sets = true;
    o->or_absent = p->or_absent = false;
    p->many |= UINT64_C(1) << o->buffer;
    p->uses_service = p->rule->payload = true;
    return parse_nothing(p, arg);
}

bool option_many(struct parse *p, struct slice arg, int which)
{
    return add_many(p, arg, which, 0);
}

// These speak DNS, each at its port (RFC 6762, RFC 4795).
bool option_mdns(struct parse *p, struct slice arg, int which)
{
    return add_many(p, arg, which, 5353);
}

bool option_llmnr(struct parse *p, struct slice arg, int which)
{
    return add_many(p, arg, which, 5355);
}
