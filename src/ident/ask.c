// SPDX-License-Identifier: Apache-2.0
// Asking the probes: all of a transport see the same bytes; a port only orders them.
#include "ident/ask.h"

enum { ANALYSERS_MOST = 256 };

// Who may be asked over one transport, and who first when the responder has a certain port.
struct panel {
    const struct analyser *all[ANALYSERS_MOST];
    struct {
        uint16_t port, number;
    } hint[4 * ANALYSERS_MOST];
    uint32_t n, n_hints;
};

// The same for all lanes, and made before main, so that no thread ever sees it half done.
static struct panel stream_panel, datagram_panel;

static void panel_add(struct panel *p, const struct analyser *a)
{
    assert(p->n < ANALYSERS_MOST);
    for (size_t k = 0; k < COUNT_OF(a->hint); k++)
        if (a->hint[k]) {
            p->hint[p->n_hints].port = a->hint[k];
            p->hint[p->n_hints++].number = (uint16_t)p->n;
        }
    p->all[p->n++] = a;
}

__attribute__((constructor)) static void make_panels(void)
{
    for (const struct analyser *const *a = analysers; *a; a++) {
        if ((*a)->over & OVER_TCP)
            panel_add(&stream_panel, *a);
        if ((*a)->over & (OVER_UDP | OVER_SCTP))
            panel_add(&datagram_panel, *a);
    }
}

static const struct panel *panel_of(uint8_t ip_proto)
{
    return ip_proto == PROTO_TCP ? &stream_panel : &datagram_panel;
}

static bool runs_over(const struct analyser *a, uint8_t ip_proto)
{
    return a->over & (ip_proto == PROTO_TCP   ? OVER_TCP
                      : ip_proto == PROTO_UDP ? OVER_UDP
                                              : OVER_SCTP);
}

const struct analyser *ask_hinted(const struct talk *t)
{
    const struct panel *p = panel_of(t->who.ip_proto);

    for (uint32_t k = 0; k < p->n_hints; k++)
        if (p->hint[k].port == t->who.dport &&
            runs_over(p->all[p->hint[k].number], t->who.ip_proto))
            return p->all[p->hint[k].number];
    return NULL;
}

const struct analyser *ask_named(const struct talk *t, const char *name)
{
    const struct analyser *a = name ? analyser_named(name) : NULL;

    return a && runs_over(a, t->who.ip_proto) ? a : NULL;
}

static void ask_one(struct ctx *x, const struct analyser *a, const struct head *h,
                    struct asked *said)
{
    static const char *const words[] = {"no", "maybe", "yes"};
    enum guess guess = a->probe ? a->probe(h) : NO;

    why(x->out, "%s: %s", a->name, words[guess]);
    if (guess == YES)
        said->yes = a;
    said->maybe |= guess == MAYBE;
}

struct asked ask(struct ctx *x, const struct head *h)
{
    const struct talk *t = x->talk;
    const struct panel *p = panel_of(t->who.ip_proto);
    const struct analyser *first[2] = {ask_named(t, t->expected), ask_hinted(t)};
    struct asked said = {0};

    for (int k = 0; k < 2 && !said.yes; k++)
        if (first[k])
            ask_one(x, first[k], h, &said);
    for (uint32_t k = 0; k < p->n && !said.yes; k++)
        if (p->all[k] != first[0] && p->all[k] != first[1] &&
            runs_over(p->all[k], t->who.ip_proto))
            ask_one(x, p->all[k], h, &said);
    return said;
}

// ---------------------------------------------------------------- outside of a talk

static const char *first_yes(const struct head *h, uint8_t ip_proto)
{
    const struct panel *p = panel_of(ip_proto);

    for (uint32_t k = 0; k < p->n; k++)
        if (runs_over(p->all[k], ip_proto) && p->all[k]->probe && p->all[k]->probe(h) == YES)
            return p->all[k]->name;
    return NULL;
}

const char *ident_probed(const struct glimpse *g)
{
    uint8_t bytes[2][HEAD_MOST];
    uint32_t n[2] = {0, 0};
    bool stream = g->ip_proto == PROTO_TCP;

    for (unsigned k = 0; k < g->n; k++) {
        const struct message *m = &g->message[k];
        uint8_t side = m->side & 1;
        struct head h = {.bytes = slice_of(m->p, min_u32(m->kept, HEAD_MOST)),
                         .length = m->size,
                         .side = side ? RESP : ORIG,
                         .stream = stream};
        if (stream && g->whole) {
            uint32_t more = min_u32(m->kept, HEAD_MOST - n[side]);
            memcpy(bytes[side] + n[side], m->p, more);
            n[side] += more;
            h.bytes = slice_of(bytes[side], n[side]);
        }
        if (stream)
            h.length = h.bytes.n;
        const char *name = first_yes(&h, g->ip_proto);
        if (name)
            return name;
    }
    return NULL;
}
