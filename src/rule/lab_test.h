// SPDX-License-Identifier: Apache-2.0
// For tests: rules out of a text, packets and fragments out of bytes, and which rules alert.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rule/rule.h"

struct lab_file {
    const char *name, *text;
};

struct lab {
    struct rules *rules;
    struct rule_lane *lane;
    struct rule_filters *filters;
    struct arena arena;
    uint64_t count[COUNTS];
    struct talk talk;
    struct flow flow;
    struct packet packet;
    void *state;
    char heard[1024]; // gid:sid or sid, blanks between; =drop: what rate_filter made of it
    char said[4096];  // what `why` told, a line each
    nsec now;
    bool telling;
};

static inline bool lab_read(void *user, const char *path, struct slice *bytes, struct fail *f)
{
    for (const struct lab_file *x = user; x->name; x++)
        if (!strcmp(x->name, path)) {
            *bytes = slice_str(x->text);
            return true;
        }
    return failed(f, "there is no such file");
}

static inline struct rules *lab_load(const struct lab_file *files, struct rules_request *q,
                                     struct fail *f)
{
    union {
        const struct lab_file *given;
        void *user;
    } u = {.given = files};

    q->reader.read = lab_read;
    q->reader.user = u.user;
    f->text[0] = 0;
    return rules_load(q, f);
}

static inline void lab_begin(struct lab *l, struct rules *r)
{
    static const uint8_t a[] = {10, 0, 0, 1}, b[] = {10, 0, 0, 2};

    *l = (struct lab){.rules = r, .lane = rule_lane_open(r), .now = 1000 * SECOND};
    l->filters = rule_filters_open(r, l->count);
    l->packet.src = addr_of(ADDR_IP4, a);
    l->packet.dst = addr_of(ADDR_IP4, b);
    l->packet.sport = 40000;
    l->packet.dport = 20000;
    l->packet.net = NET_IP4;
    l->packet.ttl = 64;
    l->packet.frames = 1;
    l->packet.has_ports = l->packet.has_transport = true;
    l->packet.ip_proto = PROTO_TCP;
    l->talk.list = LIST_TCP;
    l->talk.flow = &l->flow;
    l->talk.who.uid = 7;
    l->flow.end[0].pkts = l->flow.end[1].pkts = 1;
}

// Rules out of a text; a problem with any of them fails the test.
static inline void lab_open(struct lab *l, const char *rules)
{
    struct lab_file files[] = {{"t.rules", rules}, {NULL, NULL}};
    const char *names[] = {"t.rules", NULL};
    struct rules_request q = {.files = names, .strict = true};
    struct fail f;
    struct rules *r = lab_load(files, &q, &f);

    assert_string_equal(f.text, "");
    lab_begin(l, r);
}

// The conversation is known to be of this protocol.
static inline void lab_service(struct lab *l, const char *service)
{
    l->talk.verdict.service = service;
    l->talk.verdict.grade = VERDICT_CERTAIN;
}

static inline void lab_collect(struct lab *l, struct event *first)
{
    size_t n = strlen(l->heard), k = strlen(l->said);

    for (struct event *e = first; e; e = e->next) {
        if (e->id == EV_alert) {
            const struct ev_alert *a = (const struct ev_alert *)e;
            bool changed;
            if (!rule_filters_pass(l->filters, e, &changed))
                continue;
            n += (size_t)snprintf(l->heard + n, sizeof(l->heard) - n, n ? " " : "");
            n += (size_t)(a->gid == 1
                              ? snprintf(l->heard + n, sizeof(l->heard) - n, "%u", a->sid)
                              : snprintf(l->heard + n, sizeof(l->heard) - n, "%u:%u", a->gid,
                                         a->sid));
            if (changed)
                n += (size_t)snprintf(l->heard + n, sizeof(l->heard) - n, "=%s",
                                      a->verdict ? a->verdict : "alert");
        } else if (e->id == EV_why) {
            const struct ev_why *w = (const struct ev_why *)e;
            k += (size_t)snprintf(l->said + k, sizeof(l->said) - k, "%.*s\n", (int)w->text.n,
                                  (const char *)w->text.p);
        }
    }
}

struct lab_run {
    struct out out;
    struct rule_at at;
};

static inline void lab_start(struct lab *l, struct lab_run *r, enum side side)
{
    l->heard[0] = 0;
    l->said[0] = 0;
    *r = (struct lab_run){0};
    r->out.arena = &l->arena;
    r->out.last = &r->out.first;
    r->out.count = l->count;
    r->out.wanted = UINT64_MAX;
    r->out.at = &l->talk.who;
    r->out.ts = l->now;
    r->out.telling = l->telling;
    r->at = (struct rule_at){&r->out, &l->packet, &l->talk, &l->state, side};
}

static inline const char *lab_end(struct lab *l, struct lab_run *r)
{
    lab_collect(l, r->out.first);
    arena_reset(&l->arena);
    return l->heard;
}

// The conversation is over; the next packet begins another.
static inline const char *lab_end_talk(struct lab *l)
{
    struct lab_run r;

    lab_start(l, &r, ORIG);
    rule_end(l->lane, &r.out, &l->talk, &l->state);
    return lab_end(l, &r);
}

static inline void lab_close(struct lab *l)
{
    lab_end_talk(l);
    rule_lane_close(l->lane);
    rule_filters_close(l->filters);
    rules_free(l->rules);
    arena_free(&l->arena);
}

// A packet as it stands in l->packet, with this payload.
static inline const char *lab_packet(struct lab *l, enum side side, const void *p, size_t n)
{
    struct lab_run r;

    lab_start(l, &r, side);
    l->packet.payload = slice_of(p, n);
    l->packet.payload_len = (uint32_t)n;
    rule_packet(l->lane, &r.at);
    return lab_end(l, &r);
}

static inline const char *lab_udp(struct lab *l, const void *p, size_t n)
{
    l->packet.ip_proto = PROTO_UDP;
    return lab_packet(l, ORIG, p, n);
}

// Bytes of a stream.
static inline const char *lab_stream(struct lab *l, enum side side, const void *p, size_t n)
{
    struct lab_run r;

    lab_start(l, &r, side);
    l->packet.ip_proto = PROTO_TCP;
    l->packet.payload = slice_of(p, n);
    l->packet.payload_len = (uint32_t)n;
    rule_stream(l->lane, &r.at, slice_of(p, n));
    return lab_end(l, &r);
}

// "05 64 0B": bytes; gives how many.
static inline size_t lab_hex(const char *text, uint8_t *to, size_t room)
{
    size_t n = 0;
    unsigned v;

    for (; *text && n < room; text++)
        if (*text != ' ' && text[1] && sscanf(text, "%2x", &v) == 1) {
            to[n++] = (uint8_t)v;
            text++;
        }
    return n;
}

static inline const char *lab_udp_hex(struct lab *l, const char *hex)
{
    uint8_t b[2048];
    size_t n = lab_hex(hex, b, sizeof(b));

    return lab_udp(l, b, n);
}
