// SPDX-License-Identifier: Apache-2.0
// What looks wrong in remote procedure calls, as notices.
#include "watch/rpcs_parts.h"

#include <stdlib.h>

#include "base/mem.h"

enum { NOTES_MOST = 1024, LISTS_MOST = 1024 };
enum severity { INFO, LOW, MEDIUM, HIGH };

// A finding; of what it is made is told when it is known which are the worst.
struct note {
    const char *name, *technique;
    enum severity severity;
    const struct rpc_contact *contact; // one of these four
    const struct rpc_sweep *sweep;
    const struct rpc_xid *xid;
    const struct rpc_refused *refused;
    nsec first;
    void (*words)(struct text *msg, struct text *evidence, const struct note *n);
};

struct notes {
    struct note note[NOTES_MOST];
    uint32_t n;
};

static void raise_note(struct notes *all, struct note n)
{
    if (all->n < NOTES_MOST)
        all->note[all->n++] = n;
}

static void put_program(struct text *t, const char *name, uint32_t program)
{
    if (name)
        text_str(t, name);
    else
        text_printf(t, "program %u", program);
}

// ---------------------------------------------------------------- words

// What came of it for n of the hosts; nothing is said of none.
static void put_part(struct text *t, uint32_t n, const char *one, const char *more, bool *first)
{
    if (!n)
        return;
    text_printf(t, "%s %u %s", *first ? ":" : ",", n, n == 1 ? one : more);
    *first = false;
}

void rpc_sweep_words(struct text *t, const struct rpc_sweep *s)
{
    bool first = true;

    text_addr(t, &s->client);
    text_printf(t, " asked %u hosts for ", s->hosts);
    put_program(t, s->name, s->program);
    put_part(t, s->offered, "offers it", "offer it", &first);
    put_part(t, s->absent, "does not have it", "do not have it", &first);
    put_part(t, s->silent, "did not answer", "did not answer", &first);
    if (s->called)
        text_printf(t, "; it called it on %u", s->called);
}

static void scan_words(struct text *msg, struct text *evidence, const struct note *n)
{
    rpc_sweep_words(msg, n->sweep);
    text_printf(evidence, "packet %llu: the first of them, and the last %.0f s later",
                (unsigned long long)n->sweep->packet,
                (double)(n->sweep->last - n->sweep->first) / (double)SECOND);
}

static void put_pair(struct text *t, const struct rpc_contact *c, const char *did)
{
    text_addr(t, &c->client);
    text_printf(t, " %s ", did);
    put_program(t, c->name, c->program);
    text_str(t, " on ");
    text_addr(t, &c->server);
}

static void put_packet(struct text *t, const struct rpc_contact *c)
{
    text_printf(t, "packet %llu: ", (unsigned long long)c->packet);
}

static void exploit_words(struct text *msg, struct text *evidence, const struct note *n)
{
    const struct rpc_contact *c = n->contact;

    put_pair(msg, c, "may have attacked");
    text_printf(msg, ": procedure %u with %u bytes of arguments, as root", c->suspect.procedure,
                c->suspect.args);
    text_printf(
        evidence,
        "packet %llu: the first call of this program by this client that does more than "
        "ask whether it is there",
        (unsigned long long)c->suspect.packet);
}

static void call_words(struct text *msg, struct text *evidence, const struct note *n)
{
    put_pair(msg, n->contact, "called");
    text_str(msg, n->contact->program == RPC_DEBUG_AGENT
                      ? ": a debug agent, which gives control over the device"
                      : ", a program that gave strangers control over many hosts");
    put_packet(evidence, n->contact);
    text_printf(evidence, "%u calls were answered", n->contact->uses + n->contact->nulls);
}

static void dump_words(struct text *msg, struct text *evidence, const struct note *n)
{
    text_addr(msg, &n->contact->client);
    text_str(msg, " asked ");
    text_addr(msg, &n->contact->server);
    text_str(msg, " for the list of its programs");
    put_packet(evidence, n->contact);
    text_str(evidence, "it called none of them");
}

static void set_words(struct text *msg, struct text *evidence, const struct note *n)
{
    put_pair(msg, n->contact, "registered or removed");
    put_packet(evidence, n->contact);
    text_str(evidence, "SET and UNSET are for programs of the same host");
}

static void callit_words(struct text *msg, struct text *evidence, const struct note *n)
{
    put_pair(msg, n->contact, "had the port mapper call");
    put_packet(evidence, n->contact);
    text_str(evidence, "who is called so sees a call of its own host");
}

static void xid_words(struct text *msg, struct text *evidence, const struct note *n)
{
    text_addr(msg, &n->xid->client);
    text_printf(msg, " gave %u different calls one number, %#x", n->xid->n, n->xid->xid);
    text_printf(evidence, "packet %llu: the first of them; programs number their calls",
                (unsigned long long)n->xid->packet);
}

static void refused_words(struct text *msg, struct text *evidence, const struct note *n)
{
    text_addr(msg, &n->refused->client);
    text_printf(msg, " tries what it may call%s: %u calls were rejected",
                n->refused->several ? " on several hosts" : "", n->refused->n);
    text_printf(evidence, "packet %llu: the first of them; %u within ten seconds, at ",
                (unsigned long long)n->refused->packet, REFUSED_CALLS);
    text_addr(evidence, &n->refused->server);
    text_str(evidence, n->refused->several ? " and others" : "");
}

// ---------------------------------------------------------------- findings

// A client that calls what it found is a user of the host.
static bool is_user(const struct rpcs *r, const struct rpc_contact *c)
{
    for (uint32_t i = 0; i < r->n_contacts; i++) {
        const struct rpc_contact *x = &r->contact[i];
        if (x->uses && x->program != RPC_MAPPER && addr_equal(&x->client, &c->client) &&
            addr_equal(&x->server, &c->server))
            return true;
    }
    return false;
}

static void look_at_contact(struct notes *all, const struct rpc_contact *c)
{
    if (addr_equal(&c->client, &c->server)) // a host with itself
        return;
    if (c->risk && c->suspect.packet)
        raise_note(all, (struct note){"rpc_exploit_suspect", "T0866", HIGH, c, NULL, NULL, NULL,
                                      c->suspect.ts, exploit_words});
    else if (c->program == RPC_DEBUG_AGENT ||
             (c->risk == RISKY && c->uses)) // the debug agent: whatever was said to it
        raise_note(all, (struct note){"rpc_dangerous_call", "T0866",
                                      c->program == RPC_DEBUG_AGENT ? HIGH : MEDIUM, c, NULL,
                                      NULL, NULL, c->first, call_words});
    if (c->sets)
        raise_note(all, (struct note){"rpc_set_remote", "T0830", HIGH, c, NULL, NULL, NULL,
                                      c->first, set_words});
    if (c->indirect && c->risk)
        raise_note(all, (struct note){"rpc_callit", "T0884", MEDIUM, c, NULL, NULL, NULL,
                                      c->first, callit_words});
}

// Of a sweep there is a note already.
static void look_at_lists(struct notes *all, struct rpcs *r)
{
    uint32_t looks = 0;

    for (uint32_t i = 0; i < r->n_contacts && looks < LISTS_MOST; i++) {
        const struct rpc_contact *c = &r->contact[i];
        bool stranger = !addr_is_private(&c->client) && addr_is_private(&c->server);
        if (!c->lists || c->swept || addr_equal(&c->client, &c->server))
            continue;
        looks++;
        if (stranger || !is_user(r, c))
            raise_note(all, (struct note){"rpc_dump", "T0888", stranger ? MEDIUM : LOW, c, NULL,
                                          NULL, NULL, c->first, dump_words});
    }
}

static void look(struct notes *all, struct rpcs *r)
{
    uint32_t n;
    const struct rpc_sweep *s = rpcs_sweeps(r, &n);

    for (uint32_t i = 0; i < n; i++)
        if (s[i].reported)
            raise_note(all, (struct note){"rpc_scan", "T0846", s[i].risk ? HIGH : MEDIUM, NULL,
                                          &s[i], NULL, NULL, s[i].first, scan_words});
    for (uint32_t i = 0; i < r->n_contacts; i++)
        look_at_contact(all, &r->contact[i]);
    for (uint32_t i = 0; i < XID_CLIENTS; i++)
        if (r->xid[i].n == XID_CALLS)
            raise_note(all, (struct note){"rpc_constant_xid", "T0866", MEDIUM, NULL, NULL,
                                          &r->xid[i], NULL, r->xid[i].first, xid_words});
    for (uint32_t i = 0; i < REFUSED_CLIENTS; i++)
        if (r->refused[i].burst)
            raise_note(all, (struct note){"rpc_reject_burst", "T0846", MEDIUM, NULL, NULL, NULL,
                                          &r->refused[i], r->refused[i].first, refused_words});
    look_at_lists(all, r);
}

// ---------------------------------------------------------------- telling

static int worst_first(const void *a, const void *b)
{
    const struct note *x = a, *y = b;

    if (x->severity != y->severity)
        return (int)y->severity - (int)x->severity;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void fill(struct ev_notice *e, const struct note *n)
{
    if (n->contact) {
        e->head.src = e->src = n->contact->client;
        e->head.dst = e->dst = n->contact->server;
        e->head.uid = n->contact->suspect.packet ? n->contact->suspect.uid : n->contact->uid;
        e->last = n->contact->last;
        e->count = 1;
    } else if (n->sweep) {
        e->src = n->sweep->client;
        e->head.uid = n->sweep->uid;
        e->last = n->sweep->last;
        e->count = n->sweep->hosts;
    } else if (n->refused) {
        e->src = n->refused->client;
        e->head.uid = n->refused->uid;
        e->last = n->refused->last;
        e->count = n->refused->n;
    } else {
        e->src = n->xid->client;
        e->head.uid = n->xid->uid;
        e->last = n->xid->last;
        e->count = n->xid->n;
    }
}

void rpcs_tell_notes(struct rpcs *r, struct out *o)
{
    static const char *const severity[] = {"info", "low", "medium", "high"};
    struct notes *all = mem_reserve(sizeof(*all));
    struct text msg = {0}, evidence = {0};

    look(all, r);
    qsort(all->note, all->n, sizeof(all->note[0]), worst_first);
    for (uint32_t i = 0; i < all->n; i++) {
        const struct note *n = &all->note[i];
        struct ev_notice *e = emit_notice(o);
        fill(e, n);
        e->head.ts = e->first = n->first;
        e->note = n->name;
        e->technique = n->technique;
        e->severity = severity[n->severity];
        text_clear(&msg);
        text_clear(&evidence);
        n->words(&msg, &evidence, n);
        e->msg = arena_copy(o->arena, text_slice(&msg));
        e->evidence = arena_copy(o->arena, text_slice(&evidence));
    }
    text_free(&msg);
    text_free(&evidence);
    mem_release(all, sizeof(*all));
}
