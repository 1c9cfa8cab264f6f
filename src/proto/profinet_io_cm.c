// SPDX-License-Identifier: Apache-2.0
// PROFINET IO context manager: DCE/RPC calls between controllers and devices, IEC 61158-6-10.
// After a Connect the device calls the controller back, from a new port: that is announced.
#include "proto/proto.h"

#include "base/cur.h"

enum {
    OP_CONNECT = 0,
    OP_CONTROL = 4,
    BLOCK_AT = 20, // NDR: four lengths behind a maximum or a status
    PARAMETER_END = 0x0110,
    MANAGER_PORT = 34964
};
#define CALL_BACK (300 * SECOND) // for ApplicationReady, from the last step before it

// The call whose answer lets the device call back.
struct state {
    struct uuid activity;
    uint32_t sequence;
    bool asked;
};

static enum guess probe(const struct head *h)
{
    struct rpc4 rpc;

    if (h->bytes.p[0] != 4)
        return NO;
    memset(&rpc, 0, sizeof(rpc));
    return rpc4_read(&rpc, h->bytes, h->length) == RPC4_HIGH && rpc4_is_pnio(&rpc) ? YES : NO;
}

// Connect, and the end of parameters, which begins the same wait anew.
static bool leads_to_call_back(const struct rpc4 *rpc)
{
    struct cur c = cur_of(rpc->body);

    if (rpc->opnum != OP_CONTROL)
        return rpc->opnum == OP_CONNECT;
    cur_skip(&c, BLOCK_AT);
    return cur_be16(&c) == PARAMETER_END; // blocks are big-endian whatever the header says
}

static bool was_refused(const struct rpc4 *rpc)
{
    struct cur c = cur_of(rpc->body);

    return cur_be32(&c) != 0;
}

static void announce(struct ctx *x)
{
    const struct expectation e = {
        .client = x->packet->src,
        .server = x->packet->dst,
        .port = MANAGER_PORT,
        .ip_proto = PROTO_UDP,
        .service = "profinet_io_cm",
        .until = x->out->ts + CALL_BACK,
    };

    expect(x, &e);
    why(x->out, "the device may now call the controller's port %u", MANAGER_PORT);
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct state *s = state;
    struct rpc4 rpc = {0};

    if (rpc4_read(&rpc, in, x->packet->payload_len) != RPC4_HIGH ||
        rpc.interface != RPC4_PNIO_DEVICE || rpc.fragment)
        return (struct progress){.used = in.n};
    if (rpc.type == RPC4_REQUEST && leads_to_call_back(&rpc)) {
        s->activity = rpc.activity;
        s->sequence = rpc.sequence;
        s->asked = true;
    } else if (rpc.type == RPC4_RESPONSE && s->asked && rpc.sequence == s->sequence &&
               !memcmp(&rpc.activity, &s->activity, sizeof(s->activity))) {
        s->asked = false;
        if (!was_refused(&rpc))
            announce(x);
    }
    return (struct progress){.used = in.n};
}

const struct analyser proto_profinet_io_cm = {
    .name = "profinet_io_cm",
    .title = "PROFINET IO context manager",
    .spec = "IEC 61158-6-10",
    .why = "it has a DCE/RPC header that holds in every field, with a PROFINET interface",
    .over = OVER_UDP,
    .hint = {MANAGER_PORT},
    .state_size = sizeof(struct state),
    .probe = probe,
    .data = data,
};
