// SPDX-License-Identifier: Apache-2.0
// One packet at a glance, for who prints packets: what its payload is by content, in a phrase.
// Of conversations only their protocol is remembered, as an answer often shows less than the
// question did.
#include "proto/proto.h"

#include "base/hash.h"
#include "base/text.h"

enum { KNOWN = 16384, LINE_SHOWN = 60, TEXT_LEAST = 4 };

struct glances {
    struct known {
        uint64_t key;
        const struct analyser *analyser;
    } known[KNOWN]; // the newest conversation of those with one hash
};

struct glances *glances_open(void)
{
    return mem_reserve(sizeof(struct glances));
}

void glances_close(struct glances *g)
{
    mem_release(g, sizeof(*g));
}

// The same for both directions.
static struct known *known_of(struct glances *g, const struct packet *p, uint64_t *key)
{
    *key = hash_bytes(&p->src, sizeof(p->src), p->sport) +
           hash_bytes(&p->dst, sizeof(p->dst), p->dport) + p->ip_proto;
    return &g->known[hash_mix(*key, 1) % KNOWN];
}

static enum guess ask(const struct analyser *a, const struct packet *p, unsigned over)
{
    struct head h = {.bytes = slice_of(p->payload.p, min_u32(p->payload.n, HEAD_MOST)),
                     .length = p->payload_len,
                     .side = ORIG,
                     .stream = over == OVER_TCP};

    if (!(a->over & over) || !a->probe)
        return NO;
    if (!h.stream)
        h.bytes.n = p->payload.n;
    enum guess one = a->probe(&h);
    h.side = RESP;
    enum guess other = one == YES ? YES : a->probe(&h);
    return one > other ? one : other;
}

static const struct analyser *find(struct glances *g, const struct packet *p, unsigned over)
{
    uint64_t key;
    struct known *known = known_of(g, p, &key);
    const struct analyser *before = known->key == key ? known->analyser : NULL;

    if (before && ask(before, p, over) != NO)
        return before;
    for (const struct analyser *const *a = analysers; *a; a++)
        if (ask(*a, p, over) == YES) {
            *known = (struct known){key, *a};
            return *a;
        }
    return NULL;
}

void glance_line(struct text *t, struct slice s)
{
    uint32_t n = 0;

    while (n < s.n && n < LINE_SHOWN && s.p[n] >= ' ' && s.p[n] < 0x7f)
        n++;
    if (n < TEXT_LEAST || (n < s.n && n < LINE_SHOWN && s.p[n] != '\r' && s.p[n] != '\n'))
        return;
    text_str(t, ": ");
    text_bytes(t, s.p, n);
    text_str(t, n == LINE_SHOWN ? "..." : "");
}

void glances_put(struct glances *g, struct text *t, const struct packet *p)
{
    unsigned over = p->net == NET_ETHER         ? OVER_ETHER
                    : !p->has_transport         ? 0
                    : p->ip_proto == PROTO_TCP  ? OVER_TCP
                    : p->ip_proto == PROTO_UDP  ? OVER_UDP
                    : p->ip_proto == PROTO_SCTP ? OVER_SCTP
                                                : 0;
    const struct analyser *found = NULL;

    if (!over || !p->payload.n)
        return;
    for (const struct analyser *const *a = analysers; over == OVER_ETHER && *a; a++)
        if ((*a)->over & OVER_ETHER && (*a)->ether_type == p->ether_type && (*a)->glance)
            found = *a;
    if (over != OVER_ETHER)
        found = find(g, p, over);
    if (!found)
        return;
    text_str(t, found->name);
    if (found->glance)
        found->glance(t, p);
    else
        glance_line(t, p->payload);
}
