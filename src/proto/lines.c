// SPDX-License-Identifier: Apache-2.0
// Protocols in text: their lines, and what stands in them.
#include "proto/lines.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

// ---------------------------------------------------------------- first lines

enum { METHOD_LEAST = 3, METHOD_MOST = 24 };

static bool is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static bool fits(const char *form, const uint8_t *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (form[i] == '#' ? !is_digit(p[i]) : p[i] != form[i])
            return false;
    return true;
}

// What is there of it must fit, and a reason or the line's end must follow.
static enum guess status_line(const char *form, struct slice s)
{
    uint32_t all = (uint32_t)strlen(form), n = min_u32(s.n, all - 1);

    if (!fits(form, s.p, n))
        return NO;
    if (s.n < all)
        return MAYBE;
    return s.p[n] == ' ' || s.p[n] == '\r' || s.p[n] == '\n' ? YES : NO;
}

// Letters of a method; gives their number, METHOD_MOST + 1 if it is none.
static uint32_t method_length(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        uint8_t b = s.p[i];
        if (b == ' ')
            return i >= METHOD_LEAST ? i : METHOD_MOST + 1;
        if (i == METHOD_MOST || !((b >= 'A' && b <= 'Z') || (i && (b == '-' || b == '_'))))
            return METHOD_MOST + 1;
    }
    return s.n;
}

static bool is_common(const struct first_line *form, struct slice s)
{
    for (size_t i = 0; i < form->n; i++) {
        struct slice b = slice_str(form->begins[i]);
        if (s.n >= b.n && !memcmp(s.p, b.p, b.n))
            return true;
    }
    return false;
}

static enum guess request_line(const struct first_line *form, struct slice s)
{
    uint32_t n = method_length(s), end = (uint32_t)strlen(form->end);

    if (n > METHOD_MOST)
        return NO;
    while (n < s.n && s.p[n] >= ' ' && s.p[n] != 0x7f)
        n++;
    if (n == s.n)
        return n < HEAD_MOST ? MAYBE : is_common(form, s) ? YES : NO;
    if (s.p[n] != '\r' && s.p[n] != '\n')
        return NO;
    return n > METHOD_LEAST + end && fits(form->end, s.p + n - end, end) ? YES : NO;
}

enum guess first_line(const struct first_line *form, struct slice s)
{
    enum guess status = status_line(form->status, s);

    return status != NO ? status : request_line(form, s);
}

// ---------------------------------------------------------------- one line after the other

static struct slice without_end(const uint8_t *p, uint32_t n)
{
    return slice_of(p, n && p[n - 1] == '\r' ? n - 1 : n);
}

static void pass_over(struct lines *l, struct slice in, struct progress *g)
{
    const uint8_t *end = NULL;

    if (l->skip) {
        g->used = min_u32(l->skip, in.n);
        l->skip -= g->used;
    } else {
        end = memchr(in.p, '\n', in.n);
        g->used = end ? (uint32_t)(end - in.p) + 1 : in.n;
        l->cut = !end;
    }
}

struct slice lines_next(struct lines *l, struct slice in, struct progress *g)
{
    *g = (struct progress){0};
    if (l->skip || l->cut) {
        pass_over(l, in, g);
        return (struct slice){0};
    }
    const uint8_t *end = memchr(in.p, '\n', min_u32(in.n, LINE_MOST));
    if (!end && in.n < LINE_MOST) {
        g->want = in.n + 1;
        return (struct slice){0};
    }
    l->cut = !end;
    g->used = end ? (uint32_t)(end - in.p) + 1 : LINE_MOST;
    return without_end(in.p, end ? g->used - 1 : LINE_MOST);
}

struct slice lines_take(struct slice *in)
{
    const uint8_t *p = in->p, *end = memchr(p, '\n', in->n);
    uint32_t n = end ? (uint32_t)(end - p) : in->n, used = end ? n + 1 : n;

    *in = slice_of(p + used, in->n - used);
    return without_end(p, n);
}

// ---------------------------------------------------------------- inside of a line

static void take(struct slice *line, uint32_t n)
{
    line->p += n;
    line->n -= n;
}

bool line_begins(struct slice *line, const char *word)
{
    size_t n = strlen(word);

    if (line->n < n || strncasecmp((const char *)line->p, word, n) != 0)
        return false;
    take(line, (uint32_t)n);
    return true;
}

bool line_number(struct slice *line, uint32_t most, uint32_t *number)
{
    uint64_t v = 0;
    uint32_t n = 0;

    for (; n < line->n && is_digit(line->p[n]) && v <= most; n++)
        v = v * 10 + line->p[n] - '0';
    if (!n || v > most)
        return false;
    *number = (uint32_t)v;
    take(line, n);
    return true;
}

bool line_address(struct slice *line, struct addr *a)
{
    char text[INET6_ADDRSTRLEN];
    uint8_t b[16];
    uint32_t n = 0;

    while (n < line->n && n < sizeof(text) - 1 && line->p[n] &&
           strchr("0123456789abcdefABCDEF.:", line->p[n]))
        n++;
    memcpy(text, line->p, n);
    text[n] = 0;
    if (inet_pton(AF_INET, text, b) == 1)
        *a = addr_of(ADDR_IP4, b);
    else if (inet_pton(AF_INET6, text, b) == 1)
        *a = addr_of(ADDR_IP6, b);
    else
        return false;
    take(line, n);
    return true;
}

// ---------------------------------------------------------------- announcing

void announce(struct ctx *x, const struct announced *a)
{
    const struct subject *who = &x->talk->who;
    bool by_src = addr_equal(&a->host, &who->src);

    if (!a->port || a->port > UINT16_MAX || (!by_src && !addr_equal(&a->host, &who->dst)))
        return;
    const struct expectation e = {.client = by_src ? who->dst : who->src,
                                  .server = a->host,
                                  .port = (uint16_t)a->port,
                                  .ip_proto = a->ip_proto,
                                  .once = a->once,
                                  .service = a->service,
                                  .sub = a->sub,
                                  .until = x->out->ts + a->lasts};
    expect(x, &e);
    why(x->out, "%s will come at port %u of the %s", a->service, e.port,
        by_src ? "originator" : "responder");
}
