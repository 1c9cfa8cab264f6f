// SPDX-License-Identifier: Apache-2.0
// The calls of one RPC activity: which are open, which answer belongs to which, and what is
// wrong.
#include "flow/table.h"

#include "base/hash.h"

enum { OP_RELEASE = 1, CALL_WINDOW = 30, WORKING_WINDOW = 60 }; // seconds a call stays open

static struct rpc_call *find_call(struct rpc_calls *c, uint32_t sequence)
{
    for (uint32_t i = 0; i < c->n; i++)
        if (c->call[i].sequence == sequence)
            return &c->call[i];
    return NULL;
}

static struct rpc_call *new_call(struct rpc_calls *c, uint32_t sequence)
{
    if (c->n < CALLS_KEPT)
        c->n++;
    memmove(&c->call[1], &c->call[0], (c->n - 1) * sizeof(c->call[0]));
    c->call[0] = (struct rpc_call){.sequence = sequence, .open = true};
    return &c->call[0];
}

static void note_request(struct talk *t, const struct rpc4 *h, const struct packet *p,
                         struct out *o)
{
    struct rpc_call *call = find_call(t->calls, h->sequence);

    // Merged captures repeat activity and number later: then it is a call of its own.
    if (call && p->ts - call->asked <= CALL_WINDOW * SECOND) {
        if (h->fragment == 0)
            why(o, "call %u repeated, %.3f ms after the first", h->sequence,
                (double)(p->ts - call->asked) / MSEC);
    } else {
        call = new_call(t->calls, h->sequence);
        call->asked = p->ts;
        t->calls->asked++;
    }
    call->port = p->sport;
    if (rpc4_is_pnio(h) && h->opnum == OP_RELEASE)
        t->released = true;
    else if (rpc4_is_pnio(h))
        t->released = false;
}

static void note_answer(struct talk *t, const struct rpc4 *h, const struct packet *p,
                        struct out *o)
{
    struct rpc_call *call = find_call(t->calls, h->sequence);
    uint64_t body = hash_bytes(h->body.p, h->body.n, h->type) | 1;

    if (!call || p->ts - call->asked > WORKING_WINDOW * SECOND) {
        why(o, "an answer to call %u, which was not seen", h->sequence);
        return;
    }
    if (call->open) {
        call->open = false;
        call->body = body;
        call->fragments = h->flags1 & RPC4_FRAGMENT;
        t->calls->answered++;
        why(o, "call %u answered by %s from port %u, %.3f ms later", h->sequence,
            rpc4_type_name[h->type], p->sport, (double)(p->ts - call->asked) / MSEC);
    } else if (call->body != body && !call->fragments) {
        odd_with(o, ODD_rpc_double_response, "call %u", h->sequence);
    }
    if (call->port != p->dport)
        odd_with(o, ODD_rpc_port_changed, "called from port %u, answered to port %u",
                 call->port, p->dport);
}

void calls_note(struct flows *f, struct talk *t, const struct rpc4 *h, const struct packet *p,
                struct out *o)
{
    if (!t->calls) {
        t->calls = slab_take(&f->calls);
        if (!t->calls)
            return; // pairing does without; only latencies and repetitions are not told
        *t->calls = (struct rpc_calls){0};
    }
    switch (h->type) {
    case RPC4_REQUEST: note_request(t, h, p, o); break;
    case RPC4_RESPONSE:
    case RPC4_FAULT:
    case RPC4_REJECT: note_answer(t, h, p, o); break;
    default: why(o, "RPC %s for call %u", rpc4_type_name[h->type], h->sequence); break;
    }
}
