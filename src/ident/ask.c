// SPDX-License-Identifier: Apache-2.0
// Asking the probes: all of a transport see the same bytes; a port only orders them.
#include "ident/ask.h"

enum { ANALYSERS_MOST = UINT8_MAX, OCTETS = UINT8_MAX + 1, PORTS = UINT16_MAX + 1 };

// Who may be asked over one transport, and who first when the responder has a certain port.
struct panel {
    const struct analyser *all[ANALYSERS_MOST];
    uint32_t n;
    uint8_t hinted[PORTS];              // 1 + the number of whose port it is; 0: nobody's
    bool hears[OCTETS][ANALYSERS_MOST]; // streams: whom a first byte does not turn away
};

// The same for all lanes, and made before main, so that no thread ever sees it half done.
static struct panel tcp_panel, udp_panel, sctp_panel;

// What a probe says no to stays so whatever follows: a stream's first byte turns most away.
static bool hears(const struct analyser *a, uint8_t first)
{
    struct head h = {.bytes = slice_of(&first, 1), .length = 1, .stream = true, .side = ORIG};
    enum guess from_orig = a->probe(&h);

    h.side = RESP;
    return from_orig != NO || a->probe(&h) != NO;
}

static void panel_add(struct panel *p, const struct analyser *a)
{
    assert(p->n < ANALYSERS_MOST);
    for (size_t k = 0; k < COUNT_OF(a->hint); k++)
        if (a->hint[k] && !p->hinted[a->hint[k]])
            p->hinted[a->hint[k]] = (uint8_t)(p->n + 1);
    for (uint32_t first = 0; p == &tcp_panel && a->probe && first < OCTETS; first++)
        p->hears[first][p->n] = hears(a, (uint8_t)first);
    p->all[p->n++] = a;
}

__attribute__((constructor)) static void make_panels(void)
{
    for (const struct analyser *const *a = analysers; *a; a++) {
        if ((*a)->over & OVER_TCP)
            panel_add(&tcp_panel, *a);
        if ((*a)->over & OVER_UDP)
            panel_add(&udp_panel, *a);
        if ((*a)->over & OVER_SCTP)
            panel_add(&sctp_panel, *a);
    }
}

static const struct panel *panel_of(uint8_t ip_proto)
{
    return ip_proto == PROTO_TCP   ? &tcp_panel
           : ip_proto == PROTO_UDP ? &udp_panel
                                   : &sctp_panel;
}

const struct analyser *ask_hinted(const struct talk *t)
{
    const struct panel *p = panel_of(t->who.ip_proto);
    uint8_t number = p->hinted[t->who.dport];

    return number ? p->all[number - 1] : NULL;
}

const struct analyser *ask_named(const struct talk *t, const char *name)
{
    const struct analyser *a = name ? analyser_named(name) : NULL;
    unsigned over = t->who.ip_proto == PROTO_TCP   ? OVER_TCP
                    : t->who.ip_proto == PROTO_UDP ? OVER_UDP
                                                   : OVER_SCTP;

    return a && a->over & over ? a : NULL;
}

static enum guess ask_one(const struct analyser *a, const struct head *h, struct asked *said)
{
    enum guess guess = a->probe ? a->probe(h) : NO;

    if (guess == YES)
        said->yes = a;
    said->maybe |= guess == MAYBE;
    return guess;
}

static void tell(struct ctx *x, const struct analyser *a, enum guess guess)
{
    static const char *const words[] = {"no", "maybe", "yes"};

    why(x->out, "%s: %s", a->name, words[guess]);
}

struct asked ask(struct ctx *x, const struct head *h)
{
    const struct talk *t = x->talk;
    const struct panel *p = panel_of(t->who.ip_proto);
    const struct analyser *first[2] = {ask_named(t, t->expected), ask_hinted(t)};
    struct asked said = {0};

    for (int k = 0; k < 2 && !said.yes; k++)
        if (first[k])
            tell(x, first[k], ask_one(first[k], h, &said));
    const bool *hears = h->stream && h->bytes.n ? p->hears[*h->bytes.p] : NULL;
    for (uint32_t k = 0; k < p->n && !said.yes; k++) {
        if (p->all[k] == first[0] || p->all[k] == first[1])
            continue;
        enum guess guess = hears && !hears[k] ? NO : ask_one(p->all[k], h, &said);
        if (guess != NO)
            tell(x, p->all[k], guess);
    }
    if (!said.yes)
        why(x->out, "all other probes: no");
    return said;
}

// ---------------------------------------------------------------- outside of a talk

static const char *first_yes(const struct head *h, uint8_t ip_proto)
{
    const struct panel *p = panel_of(ip_proto);

    for (uint32_t k = 0; k < p->n; k++)
        if (p->all[k]->probe && p->all[k]->probe(h) == YES)
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
