// SPDX-License-Identifier: Apache-2.0
// Keeping the first messages of an undecided talk.
#include "ident/prelude.h"

static bool continues(const struct prelude *k, uint8_t side, bool stream)
{
    return stream && k->n && k->message[k->n - 1].side == side &&
           k->message[k->n - 1].size < WHOLE_FROM;
}

// The side by who was taken for the originator at first.
static uint8_t first_side(struct prelude *k, const struct piece *p)
{
    if (!k->n) {
        k->src = *p->src;
        k->sport = p->sport;
    }
    bool turned = k->sport != p->sport || memcmp(&k->src, p->src, sizeof(k->src)) != 0;

    return (uint8_t)((p->side == RESP) ^ turned);
}

bool prelude_add(struct prelude *k, const struct piece *p)
{
    uint8_t side = first_side(k, p);

    if (!continues(k, side, p->stream)) {
        if (k->n == MESSAGES_MOST)
            return false;
        k->message[k->n].ts = p->ts;
        k->message[k->n].size = 0;
        k->message[k->n].n = 0;
        k->message[k->n].side = side;
        k->n++;
    }
    uint8_t at = (uint8_t)(k->n - 1);
    uint16_t have = k->message[at].n;
    uint32_t more = min_u32(p->bytes.n, (uint32_t)MESSAGE_BYTES - have);

    memcpy(k->bytes[at] + have, p->bytes.p, more);
    k->message[at].n = (uint16_t)(have + more);
    k->message[at].size += p->size;
    return true;
}

void prelude_glimpse(struct glimpse *g, const struct prelude *k, uint8_t ip_proto)
{
    // Who began a TCP stream is known by its SYN, and only by that: ports are no evidence here.
    bool known = k->whole && ip_proto == PROTO_TCP;
    uint8_t first = k->n && !known ? k->message[0].side : 0;

    *g = (struct glimpse){.n = k->n, .ip_proto = ip_proto, .whole = k->whole};
    for (unsigned i = 0; i < k->n; i++)
        g->message[i] = (struct message){.p = k->bytes[i],
                                         .kept = k->message[i].n,
                                         .size = k->message[i].size,
                                         .ts = k->message[i].ts,
                                         .side = k->message[i].side ^ first};
}
