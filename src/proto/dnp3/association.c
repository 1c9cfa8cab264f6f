// SPDX-License-Identifier: Apache-2.0
// The pairs of stations of a talk, a block of memory each, the latest first.
#include "proto/dnp3/dnp3.h"

enum { ASSOCIATIONS = 16 }; // of a talk; the one that was silent longest makes room

bool dnp3_keep(struct ctx *x, struct dnp3_fragment *to, const struct dnp3_fragment *f)
{
    uint8_t *block = to->kept ? to->kept : feed_block(x);

    if (!block)
        return false;
    memcpy(block, f->bytes.p, f->bytes.n);
    *to = *f;
    to->kept = block;
    to->bytes.p = block;
    to->objects.p = block + (f->bytes.n - f->objects.n);
    return true;
}

void dnp3_drop(struct ctx *x, struct dnp3_fragment *f)
{
    if (f->kept)
        feed_block_back(x, f->kept);
    f->kept = NULL;
}

void dnp3_tell_session(struct ctx *x, const struct dnp3 *s, uint32_t session, bool ends)
{
    if (!s->counted || !want(x->out, EV_dnp3_session))
        return;
    struct ev_dnp3_session *e = emit_dnp3_session(x->out);
    e->session = session;
    e->ends = ends;
}

void dnp3_association_end(struct ctx *x, struct dnp3_association *a)
{
    dnp3_control_end(x, a);
    while (a->asked[0].kept)
        dnp3_tell_unanswered(x, a, 0);
    dnp3_findings_end(x, a);
    dnp3_drop(x, &a->way[ORIG].f);
    dnp3_drop(x, &a->way[RESP].f);
    if (a->session)
        dnp3_tell_session(x, a->talk, a->session, true);
    feed_block_back(x, a);
}

static void make_room(struct ctx *x, struct dnp3 *s)
{
    struct dnp3_association **link = &s->first, *last;

    for (unsigned n = 1; *link && n < ASSOCIATIONS; n++)
        link = &(*link)->next;
    last = *link;
    if (last) {
        *link = NULL;
        dnp3_association_end(x, last);
    }
}

struct dnp3_association *dnp3_association_of(struct ctx *x, struct dnp3 *s, enum side side,
                                             uint16_t src, uint16_t dst)
{
    struct dnp3_association **link = &s->first, *a;

    while ((a = *link) && !(a->address[side] == src && a->address[!side] == dst))
        link = &a->next;
    if (a) {
        *link = a->next;
    } else {
        make_room(x, s);
        a = feed_block(x);
        if (!a)
            return NULL;
        memset(a, 0, sizeof(*a));
        a->address[side] = src;
        a->address[!side] = dst;
        a->talk = s;
        a->session = s->associations++;
        if (a->session)
            dnp3_tell_session(x, s, a->session, false);
    }
    a->next = s->first;
    s->first = a;
    return a;
}
