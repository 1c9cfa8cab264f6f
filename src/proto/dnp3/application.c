// SPDX-License-Identifier: Apache-2.0
// Application fragments: their header, requests paired with replies. IEEE 1815, clause 4.
#include "proto/dnp3/dnp3.h"
#include "proto/fieldbus.h"

enum { FLOODED = 33, POINTS_MOST = 16384 }; // as Suricata counts

// ---------------------------------------------------------------- requests and replies

static void forget(struct ctx *x, struct dnp3_association *a, unsigned which)
{
    struct dnp3_fragment *f = &a->asked[which];

    dnp3_drop(x, f);
    memmove(f, f + 1, (DNP3_ASKED - 1 - which) * sizeof(*f));
    a->asked[DNP3_ASKED - 1].kept = NULL;
}

void dnp3_tell_unanswered(struct ctx *x, struct dnp3_association *a, unsigned which)
{
    dnp3_tell_pair(x, &a->asked[which], NULL);
    forget(x, a, which);
}

// The request of that side with the fragment's number, or the first free place, or DNP3_ASKED.
static unsigned find(const struct dnp3_association *a, const struct dnp3_fragment *f,
                     uint8_t side)
{
    unsigned n = 0;

    while (n < DNP3_ASKED && a->asked[n].kept &&
           ((a->asked[n].control ^ f->control) & AC_SEQ || a->asked[n].side != side))
        n++;
    return n;
}

static void request(struct ctx *x, struct dnp3_association *a, struct dnp3_fragment *f)
{
    unsigned n = find(a, f, f->side);

    if (!dnp3_wants_answer(f)) {
        dnp3_tell_pair(x, f, NULL);
        return;
    }
    if (++a->talk->unanswered == FLOODED)
        odd(x->out, ODD_dnp3_flooded);
    if (n < DNP3_ASKED && a->asked[n].kept) {
        f->retry = dnp3_repeats(&a->asked[n], f);
        dnp3_tell_unanswered(x, a, n);
    } else if (n == DNP3_ASKED) {
        dnp3_tell_unanswered(x, a, 0);
    }
    if (!dnp3_keep(x, &a->asked[find(a, f, f->side)], f))
        dnp3_tell_pair(x, f, NULL);
}

// Only the first fragment of a response is the other half of its request.
static void reply(struct ctx *x, struct dnp3_association *a, const struct dnp3_fragment *f)
{
    unsigned n = find(a, f, !f->side);
    bool pairs = n < DNP3_ASKED && a->asked[n].kept && f->function != FC_UNSOLICITED &&
                 f->control & AC_FIR;

    if (x->out->ts - a->listed > FIELDBUS_AGAIN) {
        fieldbus_told(x, "dnp3", f->src, f->dst);
        a->listed = x->out->ts;
    }
    dnp3_tell_pair(x, pairs ? &a->asked[n] : NULL, f);
    if (pairs)
        forget(x, a, n);
    a->talk->unanswered -= pairs && a->talk->unanswered;
}

// ---------------------------------------------------------------- one fragment

static void odd_of(struct ctx *x, struct dnp3_fragment *f, enum odd which,
                   const struct dnp3_header *h)
{
    f->odds |= dnp3_odd_bit(which);
    if (h)
        odd_with(x->out, which, "group %u variation %u qualifier %02x", h->group, h->variation,
                 h->qualifier);
    else
        odd_with(x->out, which, "function %u from %u to %u", f->function, f->src, f->dst);
}

// A prefix that its range makes no sense with (clause 4.2.2.7.3).
static bool unusual(const struct dnp3_header *h)
{
    uint8_t prefix = dnp3_prefix_code(h), range = dnp3_range_code(h);

    return h->qualifier & 0x80 || (prefix >= 1 && prefix <= 3 && range <= 6) ||
           (prefix >= 4) != (range == 11);
}

static void check_objects(struct ctx *x, struct dnp3_fragment *f)
{
    static const enum odd odd_for[] = {
        [DNP3_CUT] = ODD_dnp3_objects_cut,
        [DNP3_RESERVED] = ODD_dnp3_qualifier_reserved,
        [DNP3_REVERSED] = ODD_dnp3_range_reversed,
        [DNP3_UNKNOWN] = ODD_dnp3_object_unknown,
    };
    struct dnp3_walk w = dnp3_walk_in(f);
    uint64_t points = 0;

    while (dnp3_next_header(&w)) {
        f->groups |= UINT64_C(1) << w.h.group % 64;
        points += w.h.has_data ? w.h.count : 0;
        if (!(f->odds & dnp3_odd_bit(ODD_odd_qualifier)) && w.stop != DNP3_RESERVED &&
            unusual(&w.h))
            odd_of(x, f, ODD_odd_qualifier, &w.h);
    }
    if (points > POINTS_MOST)
        odd_of(x, f, ODD_dnp3_too_many_points, NULL);
    f->stop = (uint8_t)w.stop;
    if (w.stop != DNP3_WHOLE)
        odd_of(x, f, odd_for[w.stop], &w.h);
}

// Reads the header; false: there is none.
static bool read_header(struct ctx *x, struct dnp3_fragment *f)
{
    struct cur c = cur_of(f->bytes);

    f->control = cur_u8(&c);
    f->function = cur_u8(&c);
    f->iin = dnp3_is_answer(f) ? cur_be16(&c) : 0;
    f->objects = cur_rest(&c);
    if (c.bad)
        odd_with(x->out, ODD_short_fragment, "%u octets from %u to %u", f->bytes.n, f->src,
                 f->dst);
    return !c.bad;
}

void dnp3_fragment(struct ctx *x, struct dnp3_association *a, struct dnp3_fragment *f)
{
    bool from_master = f->link_ctrl & CTRL_DIR;

    count(x->out, COUNT_dnp3_fragments, 1);
    if (!read_header(x, f))
        return;
    if (!dnp3_functions[f->function].name)
        odd_of(x, f, ODD_dnp3_reserved_function, NULL);
    if (dnp3_is_answer(f) == from_master)
        odd_of(x, f, ODD_wrong_direction, NULL);
    check_objects(x, f);
    dnp3_tell_fragment(x, a, f);
    dnp3_find(x, a, f);
    dnp3_control(x, a, f);
    if (dnp3_is_answer(f))
        reply(x, a, f);
    else
        request(x, a, f);
}
