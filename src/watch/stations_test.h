// SPDX-License-Identifier: Apache-2.0
// For tests: DCP frames as stations would send them, through their analyser into a plant.
#pragma once

#include "proto/proto.h"
#include "watch/plant.h"

#include <setjmp.h>

#include <cmocka.h>

extern const struct analyser proto_profinet;

struct lab {
    struct arena arena;
    uint64_t count[COUNTS];
    struct out out;
    struct packet packet;
    struct ctx x;
    struct feeds *feeds;
    void *state;
    struct plant *plant;
    uint8_t bytes[512]; // of the frame that is being made
    uint32_t n;
    uint16_t vlan;
    nsec ticked;
};

static inline struct lab *lab_open(void)
{
    struct lab *l = mem_reserve(sizeof(*l));

    l->out = (struct out){.arena = &l->arena,
                          .count = l->count,
                          .wanted = PLANT_WANTED | PLANT_TOLD,
                          .at = &nobody};
    l->out.ts = l->ticked = 1000 * SECOND;
    l->feeds = feeds_open();
    l->state = mem_reserve(proto_profinet.lane_state_size);
    l->x = (struct ctx){.out = &l->out, .feeds = l->feeds};
    l->plant = plant_open(false);
    return l;
}

static inline void lab_close(struct lab *l)
{
    plant_close(l->plant);
    proto_profinet.close(l->state);
    mem_release(l->state, proto_profinet.lane_state_size);
    feeds_close(l->feeds);
    arena_free(&l->arena);
    mem_release(l, sizeof(*l));
}

static inline void lab_see(struct lab *l)
{
    for (struct event *e = l->out.first; e; e = e->next)
        plant_event(l->plant, e);
    arena_reset(&l->arena);
    l->out.first = NULL;
    l->out.last = &l->out.first;
}

static inline struct mac station(unsigned n)
{
    return (struct mac){{2, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n}};
}
enum { ALL = 0xffff, HELLO = 0xfffe }; // destinations

static inline void tick(struct lab *l)
{
    struct ev_tick e = {.head = {.id = EV_tick, .ts = l->out.ts}};

    plant_event(l->plant, &e.head);
}

// Time goes on by so many milliseconds.
static inline void lab_wait(struct lab *l, unsigned ms)
{
    nsec until = l->out.ts + ms * (nsec)MSEC;

    for (nsec s = l->ticked + SECOND; s <= until; s += SECOND) {
        l->out.ts = l->ticked = s;
        l->out.last = &l->out.first;
        proto_profinet.tick(&l->x, l->state, s, false);
        lab_see(l);
        tick(l);
    }
    l->out.ts = until;
}

static inline void put(struct lab *l, const void *p, size_t n)
{
    memcpy(l->bytes + l->n, p, n);
    l->n += (uint32_t)n;
}
static inline void put16(struct lab *l, unsigned v)
{
    put(l, (uint8_t[]){(uint8_t)(v >> 8), (uint8_t)v}, 2);
}

static inline void frame_begin(struct lab *l, unsigned frame_id, unsigned service,
                               unsigned type, unsigned xid, unsigned factor)
{
    l->n = 0;
    put16(l, frame_id);
    put(l, (uint8_t[]){(uint8_t)service, (uint8_t)type, 0, 0}, 4);
    put16(l, xid);
    put16(l, factor);
    put16(l, 0); // its length, when it is sent
}

// A block; prefix -1: none.
static inline void block(struct lab *l, unsigned option, unsigned sub, int prefix,
                         const void *p, size_t n)
{
    put(l, (uint8_t[]){(uint8_t)option, (uint8_t)sub}, 2);
    put16(l, (unsigned)n + (prefix >= 0 ? 2 : 0));
    if (prefix >= 0)
        put16(l, (unsigned)prefix);
    put(l, p, n);
    if (n % 2)
        put(l, "", 1);
}

static inline void frame_send(struct lab *l, unsigned from, unsigned to)
{
    struct mac dst = station(to);

    if (to == ALL || to == HELLO)
        dst = (struct mac){{1, 0x0e, 0xcf, 0, 0, to == HELLO}};
    if (l->n >= 12 && l->bytes[0] == 0xfe && l->bytes[1] >= 0xfc) {
        l->bytes[10] = (uint8_t)((l->n - 12) >> 8);
        l->bytes[11] = (uint8_t)(l->n - 12);
    }
    l->packet = (struct packet){.payload = slice_of(l->bytes, l->n),
                                .wire_len = l->n,
                                .src_mac = station(from),
                                .dst_mac = dst,
                                .ordinal = l->out.ordinal++};
    l->packet.frame = l->packet.payload;
    l->packet.n_vlan = l->vlan != 0;
    l->packet.vlan[0] = l->vlan;
    l->x.packet = &l->packet;
    l->out.last = &l->out.first;
    proto_profinet.frame(&l->x, l->state);
    lab_see(l);
}

// What the plant tells now, the first of a list.
static inline const struct event *lab_news(struct lab *l)
{
    l->out.last = &l->out.first;
    l->out.first = NULL;
    if (plant_news(l->plant))
        plant_tell(l->plant, &l->out);
    return l->out.first;
}

// ---------------------------------------------------------------- what stations say

static inline void identify(struct lab *l, unsigned from, unsigned to, unsigned xid,
                            const char *name)
{
    frame_begin(l, 0xfefe, 5, 0, xid, 1);
    if (name)
        block(l, 2, 2, -1, name, strlen(name));
    else
        block(l, 255, 255, -1, "", 0);
    frame_send(l, from, to);
}

static inline void put_ip(struct lab *l, unsigned prefix, unsigned last, unsigned mask)
{
    const uint8_t ip[12] = {10, 0, 0, (uint8_t)last, 255, 255, 255, (uint8_t)mask};

    block(l, 1, 2, (int)prefix, ip, 12);
}

// name NULL, ip 0: not told. vendor 0: not told.
static inline void put_station(struct lab *l, const char *name, unsigned ip, unsigned vendor)
{
    if (name)
        block(l, 2, 2, 0, name, strlen(name));
    if (ip)
        put_ip(l, ip >> 8, ip & 255, 0);
    if (vendor)
        block(l, 2, 3, 0, (uint8_t[]){0, (uint8_t)vendor, 0, 1}, 4);
}

static inline void answer(struct lab *l, unsigned from, unsigned to, unsigned xid,
                          const char *name, unsigned ip)
{
    frame_begin(l, 0xfeff, 5, 1, xid, 0);
    put_station(l, name, ip, 0x2a);
    frame_send(l, from, to);
}

static inline void set_name(struct lab *l, unsigned from, unsigned to, unsigned xid,
                            const char *name)
{
    frame_begin(l, 0xfefd, 4, 0, xid, 0);
    block(l, 2, 2, 1, name, strlen(name));
    frame_send(l, from, to);
}

static inline void set_ip(struct lab *l, unsigned from, unsigned to, unsigned xid, unsigned ip)
{
    frame_begin(l, 0xfefd, 4, 0, xid, 0);
    put_ip(l, 1, ip, 0);
    frame_send(l, from, to);
}

static inline void control(struct lab *l, unsigned from, unsigned to, unsigned xid,
                           unsigned sub, unsigned qualifier)
{
    frame_begin(l, 0xfefd, 4, 0, xid, 0);
    block(l, 5, sub, (int)qualifier, "\1", sub == 3 ? 2 : 0);
    frame_send(l, from, to);
}

static inline void get_name(struct lab *l, unsigned from, unsigned to, unsigned xid)
{
    frame_begin(l, 0xfefd, 3, 0, xid, 0);
    put(l, "\2\2", 2);
    frame_send(l, from, to);
}

static inline void got_name(struct lab *l, unsigned from, unsigned to, unsigned xid,
                            const char *name)
{
    frame_begin(l, 0xfefd, 3, 1, xid, 0);
    put_station(l, name, 0, 0);
    frame_send(l, from, to);
}

// The answer to a Set of option and suboption.
static inline void set_done(struct lab *l, unsigned from, unsigned to, unsigned xid,
                            unsigned option, unsigned sub, unsigned error)
{
    frame_begin(l, 0xfefd, 4, 1, xid, 0);
    block(l, 5, 4, -1, (uint8_t[]){(uint8_t)option, (uint8_t)sub, (uint8_t)error}, 3);
    frame_send(l, from, to);
}

static inline void hello(struct lab *l, unsigned from, const char *name)
{
    frame_begin(l, 0xfefc, 6, 0, 1, 0);
    put_station(l, name, 0, 0);
    frame_send(l, from, HELLO);
}

static inline void cyclic(struct lab *l, unsigned from, unsigned to)
{
    l->n = 0;
    put16(l, 0x8000);
    put(l, (uint8_t[44]){0}, 44);
    frame_send(l, from, to);
}

static inline void arp(struct lab *l, unsigned from, unsigned ip)
{
    struct ev_arp e = {.head = {.id = EV_arp, .ts = l->out.ts, .ordinal = l->out.ordinal++},
                       .src_mac = station(from),
                       .mac = station(from),
                       .ip = addr_of(ADDR_IP4, (const uint8_t[]){10, 0, 0, (uint8_t)ip})};

    plant_event(l->plant, &e.head);
}

// A station that is known: asked, and it answered.
static inline void meet(struct lab *l, unsigned client, unsigned server, const char *name,
                        unsigned ip)
{
    identify(l, client, server, 900 + server, NULL);
    answer(l, server, client, 900 + server, name, ip);
}

// ---------------------------------------------------------------- trials

enum { NONE = -1, INFO, LOW, MEDIUM, HIGH };
enum { PLC = 1, TOOL, DEV, DEV2, EVIL };
enum { LEARNT = 700 * 1000, IP_SET = 0x100 }; // milliseconds; BlockInfo before an address

// What is played, and the weight of the worst notice of a kind that it raises.
struct trial {
    const char *note;
    int severity;
    void (*play)(struct lab *l);
};

// The weight of the worst notice of that kind; n: how many there are.
static inline int worst(struct lab *l, const char *note, unsigned *n)
{
    static const char *const name[] = {"info", "low", "medium", "high"};
    int found = NONE;

    *n = 0;
    l->out.last = &l->out.first;
    plant_tell_notes(l->plant, &l->out);
    for (struct event *e = l->out.first; e; e = e->next) {
        const struct ev_notice *v = (const void *)e;
        if (strcmp(v->note, note) != 0)
            continue;
        ++*n;
        for (int s = INFO; s <= HIGH; s++)
            if (!strcmp(v->severity, name[s]) && s > found)
                found = s;
    }
    return found;
}

static inline void try_all(const struct trial *trial, size_t trials)
{
    unsigned wrong = 0, n;

    for (size_t i = 0; i < trials; i++) {
        struct lab *l = lab_open();
        trial[i].play(l);
        lab_wait(l, 2000);
        int severity = worst(l, trial[i].note, &n);
        if (severity != trial[i].severity) {
            print_error("%zu %s: %d, not %d\n", i, trial[i].note, severity, trial[i].severity);
            wrong++;
        }
        lab_close(l);
    }
    assert_int_equal(wrong, 0);
}

// ---------------------------------------------------------------- often played

static inline void commission(struct lab *l)
{
    meet(l, TOOL, DEV, "", 0);
    set_name(l, TOOL, DEV, 1, "axl");
    set_done(l, DEV, TOOL, 1, 2, 2, 0);
}

static inline void operating(struct lab *l)
{
    meet(l, PLC, DEV, "axl", IP_SET + 9);
    for (unsigned i = 0; i < 50; i++) {
        cyclic(l, PLC, DEV);
        cyclic(l, DEV, PLC);
        lab_wait(l, 100);
    }
}

static inline void probes(struct lab *l)
{
    for (unsigned i = 0; i < 5; i++) {
        identify(l, DEV, ALL, i, "switch");
        lab_wait(l, 60000);
    }
}
