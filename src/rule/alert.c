// SPDX-License-Identifier: Apache-2.0
// The event queue: matches of a unit in their order, cut to its limits, told (rules.md 7.1).

#include "rule/lane.h"

enum { PAYLOAD_TOLD = 4096 };

static const struct {
    uint8_t order;
    const char *verdict;
} actions[ACTIONS] = {
#define ACTION(name, order, verdict) [ACTION_##name] = {order, verdict},
#include "rule/action.def"
#undef ACTION
};

static int by_action(const struct rule *x, const struct rule *y)
{
    return actions[x->action].order - actions[y->action].order;
}

static int by_number(const struct rule *x, const struct rule *y)
{
    if (x->gid != y->gid)
        return x->gid < y->gid ? -1 : 1;
    return x->sid < y->sid ? -1 : x->sid > y->sid;
}

static int by_length(const struct rule *x, const struct rule *y)
{
    int d = by_action(x, y);

    if (!d)
        d = y->longest - x->longest;
    return d ? d : by_number(x, y);
}

static int by_priority(const struct rule *x, const struct rule *y)
{
    int d = by_action(x, y);

    if (!d && x->priority != y->priority)
        d = x->priority < y->priority ? -1 : 1;
    return d ? d : by_number(x, y);
}

// They are few, and mostly in order.
static void sort(const struct rule **r, uint32_t n,
                 int (*compare)(const struct rule *x, const struct rule *y))
{
    for (uint32_t i = 1; i < n; i++) {
        const struct rule *moved = r[i];
        uint32_t k = i;
        for (; k && compare(moved, r[k - 1]) < 0; k--)
            r[k] = r[k - 1];
        r[k] = moved;
    }
}

// ---------------------------------------------------------------- payload

static struct slice printable(struct arena *a, struct slice s)
{
    uint8_t *to = arena_take(a, s.n);

    for (uint32_t i = 0; i < s.n; i++)
        to[i] = s.p[i] - ' ' + 0u < 95 || s.p[i] == '\n' || s.p[i] == '\r' ? s.p[i] : '.';
    return slice_of(to, s.n);
}

static struct slice base64(struct arena *a, struct slice s)
{
    static const char letter[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t *to = arena_take(a, (s.n + 2) / 3 * 4);
    uint32_t n = 0;

    for (uint32_t i = 0; i < s.n; i += 3) {
        uint32_t left = s.n - i;
        uint32_t v = (uint32_t)s.p[i] << 16 | (left > 1 ? (uint32_t)s.p[i + 1] << 8 : 0) |
                     (left > 2 ? s.p[i + 2] : 0);
        to[n++] = (uint8_t)letter[v >> 18];
        to[n++] = (uint8_t)letter[v >> 12 & 63];
        to[n++] = left > 1 ? (uint8_t)letter[v >> 6 & 63] : '=';
        to[n++] = left > 2 ? (uint8_t)letter[v & 63] : '=';
    }
    return slice_of(to, n);
}

const char *rule_verdict(uint8_t action)
{
    return actions[action].verdict[0] ? actions[action].verdict : NULL;
}

static void tell(const struct unit *u, const struct rule *r, bool with_payload)
{
    const struct packet *k = u->packet;
    struct slice payload = u->buffer[u->has_dnp3 ? BUF_dnp3_data : BUF_pkt_data];
    struct ev_alert *e = emit_alert(u->out);

    e->gid = r->gid;
    e->sid = r->sid;
    e->rev = r->rev;
    e->msg = r->msg;
    e->priority = r->priority;
    e->classification = r->class_text[0] ? r->class_text : NULL;
    e->verdict = rule_verdict(r->action);
    e->action = "allowed";
    e->packet = u->out->ordinal + 1;
    e->src_h = k->src;
    e->src_p = k->sport;
    e->dst_h = k->dst;
    e->dst_p = k->dport;
    e->direction = u->side == ORIG ? "to_server" : "to_client";
    e->service = u->talk->verdict.service;
    if (with_payload && payload.n) {
        payload.n = min_u32(payload.n, PAYLOAD_TOLD);
        e->payload = base64(u->out->arena, payload);
        e->printable = printable(u->out->arena, payload);
    }
    e->rule = r->number;
    if (u->kind == UNIT_DNP3 || (u->kind == UNIT_ODD && is_dnp3_odd(u->odd)))
        set(alert, e, session, u->session);
    e->head.ip_proto = k->ip_proto;
}

// ---------------------------------------------------------------- the queue

// Pass rules stand first: they take the others of the unit with them, those of Suricata the
// rest of the conversation.
static bool passes(struct unit *u, const struct rule *const *r, uint32_t n)
{
    for (uint32_t i = 0; i < n && r[i]->action == ACTION_pass; i++) {
        if (r[i]->rated &&
            want(u->out, EV_alert)) // rates are counted where alerts are in order
            tell(u, r[i], lane_rules(u->lane)->payload);
        if (r[i]->dialect == DIALECT_SURICATA && u->state)
            u->state->passed = true;
    }
    return r[0]->action == ACTION_pass;
}

void alerts_tell(struct rule_lane *l, struct unit *u)
{
    const struct rules *set = l->set;
    uint32_t n = min_u32(l->n_matched, set->max_queue), told = 0;

    sort(l->matched, l->n_matched, set->by_priority ? by_priority : by_length);
    if (passes(u, l->matched, l->n_matched)) {
        why(u->out, "rule %u:%u lets it pass", l->matched[0]->gid, l->matched[0]->sid);
        return;
    }
    count(u->out, COUNT_rule_queue_full, l->n_matched - n);
    for (uint32_t i = 0; i < n; i++) {
        const struct rule *r = l->matched[i];
        if (r->action == ACTION_file_id || (r->action == ACTION_log && !r->rated))
            continue;
        if (told++ >= set->log)
            count(u->out, COUNT_rule_queue_full, 1);
        else if (want(u->out, EV_alert))
            tell(u, r, set->payload);
    }
}
