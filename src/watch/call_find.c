// SPDX-License-Identifier: Apache-2.0
// Findings about single calls of the context manager (specification of RPC, A6 and C8): in
// others' relations, to one device after the other, answered by hosts that were not called.
#include "base/hash.h"
#include "watch/relation.h"

enum { MANY_READ = 10 };
#define CALL_OPEN (30 * SECOND)

// ---------------------------------------------------------------- others' relations

void find_foreign(struct plant *p, const struct relation *r, const struct ev_profinet_io_cm *e)
{
    struct note_slot *n;

    if (!relation_is_open(r))
        return;
    n = note_raise(p, NOTE_pn_release_foreign, SEVERITY_HIGH, &e->src_mac, &e->dst_mac,
                   e->opnum);
    note_msg(n, "%s of a relation by a host that has no part in it",
             e->command ? e->command : e->operation);
    note_evidence(n, "from %s; the relation is between %s and %s", ip_words(&e->source_h).s,
                  ip_words(&r->controller).s, ip_words(&r->device).s);
}

void find_write(struct plant *p, const struct ev_profinet_io_cm *e)
{
    struct note_slot *n;

    list_each (&p->relations->order, node) {
        const struct relation *r = CONTAINER(node, struct relation, node);
        if (r->state != RELATION_RUNNING || !addr_equal(&r->device, &e->destination_h))
            continue;
        if (addr_equal(&r->controller, &e->source_h))
            return; // its own
        n = note_raise(p, NOTE_pn_write_running, SEVERITY_HIGH, &e->src_mac, &e->dst_mac, 0);
        note_msg(n, "Write to a running device by another host than its controller");
        note_evidence(n, "index %u, slot %u; its controller is %s", e->index, e->where >> 16,
                      ip_words(&r->controller).s);
        return;
    }
}

// ---------------------------------------------------------------- answers of others

// Asking many what they are, without a relation.
void find_read(struct plant *p, const struct ev_profinet_io_cm *e)
{
    enum { IM0 = 0xaff0, IM_LAST = 0xafff, IM0_FILTER = 0xf840 };
    struct station *s = station_of(p, &e->src_mac, 0);
    struct note_slot *n;

    if (!(e->index >= IM0 && e->index <= IM_LAST) && e->index != IM0_FILTER)
        return;
    uint32_t asked = lately_add(&s->im, &e->destination_h, sizeof(e->destination_h), p->now);
    if (asked < MANY_READ)
        return;
    n = note_raise(p, NOTE_pn_read_im_scan, SEVERITY_MEDIUM, &e->src_mac, NULL, 0);
    note_msg(n, "%s reads of one device after the other what it is", ip_words(&e->source_h).s);
    note_evidence(n, "Read Implicit of I&M data from at least %u hosts in a minute", asked);
}

static struct open_call *call_of(struct plant *p, const struct ev_profinet_io_cm *e,
                                 uint64_t *activity)
{
    *activity = hash_bytes(e->activity_uuid.p, e->activity_uuid.n, 1);
    return &p->relations->call[(*activity ^ e->sequence_num) % OPEN_CALLS];
}

void find_call(struct plant *p, const struct ev_profinet_io_cm *e)
{
    uint64_t activity;
    struct open_call *c = call_of(p, e, &activity);

    *c = (struct open_call){.activity = activity,
                            .sequence = e->sequence_num,
                            .client = e->source_h,
                            .server = e->destination_h,
                            .server_mac = e->dst_mac,
                            .ts = p->now};
}

// An answer with activity and number of a call that went to another host.
static void find_forged(struct plant *p, const struct ev_profinet_io_cm *e)
{
    uint64_t activity;
    const struct open_call *c = call_of(p, e, &activity);
    struct note_slot *n;

    if (!c->ts || c->activity != activity || c->sequence != e->sequence_num ||
        p->now - c->ts > CALL_OPEN || addr_equal(&c->server, &e->source_h))
        return;
    if (same_mac(&c->server_mac, &e->src_mac))
        return; // another address of the same host
    if (!addr_equal(&c->client, &e->destination_h)) {
        n = note_raise(p, NOTE_rpc_addr_rewrite, SEVERITY_INFO, &e->src_mac, &e->dst_mac, 0);
        note_msg(n, "an RPC answer between other hosts than its call: addresses are rewritten");
        return;
    }
    n = note_raise(p, NOTE_rpc_response_forged, SEVERITY_HIGH, &e->src_mac, &e->dst_mac, 0);
    note_msg(n, "an RPC answer of %s to a call that went to another host",
             ip_words(&e->source_h).s);
    note_evidence(n, "%s of call %u, which was sent to %s", e->operation, e->sequence_num,
                  ip_words(&c->server).s);
}

void find_answer(struct plant *p, const struct ev_profinet_io_cm *e)
{
    struct note_slot *n;

    p->packet = e->packet;
    if (e->match == PNIO_STRANGE)
        find_forged(p, e);
    if (e->match != PNIO_CONFLICT || e->fragment)
        return;
    n = note_raise(p, NOTE_rpc_double_response, SEVERITY_MEDIUM, &e->src_mac, &e->dst_mac, 0);
    note_msg(n, "two different answers of %s to one call", ip_words(&e->source_h).s);
    note_evidence(n, "%s, call %u", e->operation, e->sequence_num);
}
