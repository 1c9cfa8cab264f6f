// SPDX-License-Identifier: Apache-2.0
// What is told of fragments: the logs dnp3 and dnp3_objects, Suricata's record, what rules see.
#include "proto/dnp3/dnp3.h"

enum { POINTS_MOST = 4096, HEADERS_MOST = DNP3_FRAGMENT_MOST / 3 };

// ---------------------------------------------------------------- lists as JSON

static void put_string(struct text *t, const char *before, const char *s)
{
    text_str(t, before);
    text_str(t, s);
    text_char(t, '"');
}

// eve: as Suricata has it, with what is in the objects; nothing if there are none.
static struct slice list_headers(struct ctx *x, const struct dnp3_fragment *f, bool eve)
{
    struct dnp3_walk w = dnp3_walk_in(f);
    const struct dnp3_header *h = &w.h;
    struct text *t = feed_text(x);
    uint32_t points = POINTS_MOST;

    text_char(t, '[');
    while (dnp3_next_header(&w)) {
        text_str_u64(t, t->n > 1 ? ",{\"group\":" : "{\"group\":", h->group);
        text_str_u64(t, ",\"variation\":", h->variation);
        if (!eve)
            put_string(t, ",\"name\":\"", h->object ? h->object->name : "unknown");
        text_str_u64(t, ",\"qualifier\":", h->qualifier);
        if (eve) {
            text_str_u64(t, ",\"prefix_code\":", dnp3_prefix_code(h));
            text_str_u64(t, ",\"range_code\":", dnp3_range_code(h));
        }
        if (eve || dnp3_range_code(h) < RANGE_ALL) {
            text_str_u64(t, ",\"start\":", h->start);
            text_str_u64(t, ",\"stop\":", h->stop);
        }
        if (eve || dnp3_range_code(h) != RANGE_ALL)
            text_str_u64(t, ",\"count\":", h->count);
        if (eve && h->has_data) {
            text_str(t, ",\"points\":");
            dnp3_text_objects(t, &w, &points, false);
        }
        text_char(t, '}');
    }
    text_char(t, ']');
    return eve && t->n == 2 ? (struct slice){0} : arena_copy(x->out->arena, text_slice(t));
}

static const char *iin_name(unsigned bit)
{
    return dnp3_iin_name[bit];
}

static const char *odd_name(unsigned bit)
{
    return odd_type[ODD_dnp3_bad_crc + bit].name;
}

static struct slice list_names(struct ctx *x, uint32_t bits, const char *(*name)(unsigned bit))
{
    struct text *t = feed_text(x);

    if (!bits)
        return slice_str("[]");
    text_char(t, '[');
    for (unsigned bit = 0; bit < 32 && bits >> bit; bit++)
        if (bits >> bit & 1)
            put_string(t, t->n > 1 ? ",\"" : "\"", name(bit));
    text_char(t, ']');
    return arena_copy(x->out->arena, text_slice(t));
}

// ---------------------------------------------------------------- request and reply

static void tell_request(struct ctx *x, struct ev_dnp3 *e, const struct dnp3_fragment *f,
                         bool answered)
{
    e->fc_request = dnp3_function_name(x->out, f->function);
    set(dnp3, e, fc_request_code, f->function);
    e->state = answered               ? "answered"
               : dnp3_wants_answer(f) ? "unanswered"
                                      : "no_reply_expected";
    if (f->retry)
        set(dnp3, e, retry, true);
}

static void tell_reply(struct ctx *x, struct ev_dnp3 *e, const struct dnp3_fragment *f,
                       const struct dnp3_fragment *request)
{
    e->fc_reply = dnp3_function_name(x->out, f->function);
    set(dnp3, e, fc_reply_code, f->function);
    set(dnp3, e, iin, f->iin);
    e->iin_flags = list_names(x, f->iin, iin_name);
    if (!request)
        return;
    e->reply_objects = list_headers(x, f, false);
    set(dnp3, e, req_ts, request->ts);
    set(dnp3, e, latency_ms, (double)(f->ts - request->ts) / MSEC);
}

void dnp3_tell_pair(struct ctx *x, const struct dnp3_fragment *request,
                    const struct dnp3_fragment *reply)
{
    static const struct dnp3_fragment none;
    const struct dnp3_fragment *first = request ? request : reply;
    const struct dnp3_fragment *second = request && reply ? reply : &none;
    bool master = first->link_ctrl & CTRL_DIR;

    if (!want(x->out, EV_dnp3))
        return;
    struct ev_dnp3 *e = emit_dnp3(x->out);
    e->head.ts = first->ts;
    e->master = master ? first->src : first->dst;
    e->outstation = master ? first->dst : first->src;
    e->sender = master ? "master" : "outstation";
    e->src = first->src;
    e->dst = first->dst;
    e->seq = first->control & AC_SEQ;
    e->fir = first->control & AC_FIR;
    e->fin = first->control & AC_FIN;
    e->con = (first->control | second->control) & AC_CON;
    e->uns = first->control & AC_UNS;
    e->objects = list_headers(x, first, false);
    e->complete = first->stop == DNP3_WHOLE && second->stop == DNP3_WHOLE;
    e->link_ctrl = first->link_ctrl;
    e->segments = first->segments + second->segments;
    e->frames = first->frames + second->frames;
    e->bytes = first->octets + second->octets;
    if (x->talk->n_vlan)
        set(dnp3, e, vlan, x->talk->vlan[0]);
    if (first->odds | second->odds)
        e->anomalies = list_names(x, first->odds | second->odds, odd_name);
    if (request)
        tell_request(x, e, request, reply);
    if (reply)
        tell_reply(x, e, reply, request);
}

// ---------------------------------------------------------------- each fragment

static void tell_rules(struct ctx *x, const struct dnp3_association *a,
                       const struct dnp3_fragment *f)
{
    struct dnp3_walk w = dnp3_walk_in(f);
    struct ev_dnp3_fragment *e = emit_dnp3_fragment(x->out);
    uint8_t pairs[2 * HEADERS_MOST];
    uint32_t n = 0;

    for (; n + 2 <= sizeof(pairs) && dnp3_next_header(&w); n += 2) {
        pairs[n] = w.h.group;
        pairs[n + 1] = w.h.variation;
    }
    e->is_orig = f->side == ORIG;
    e->session = a->session;
    e->from_master = f->link_ctrl & CTRL_DIR;
    e->src = f->src;
    e->dst = f->dst;
    e->control = f->control;
    e->function = f->function;
    if (dnp3_is_answer(f))
        set(dnp3_fragment, e, iin, f->iin);
    e->complete = f->stop == DNP3_WHOLE;
    e->objects = arena_copy(x->out->arena, slice_of(pairs, n));
    e->bytes = arena_copy(x->out->arena, f->bytes);
}

static void tell_header(struct ctx *x, const struct dnp3_fragment *f, struct dnp3_walk *w,
                        uint32_t *points)
{
    struct ev_dnp3_objects *e = emit_dnp3_objects(x->out);
    const struct dnp3_header *h = &w->h;

    DNP3_ENDS(e, f);
    e->function_code = dnp3_function_name(x->out, f->function);
    e->object_type = h->object ? h->object->label : "unknown";
    e->name = h->object ? h->object->name : NULL;
    if (dnp3_range_code(h) != RANGE_ALL)
        set(dnp3_objects, e, object_count, h->count);
    if (dnp3_range_code(h) < RANGE_ALL) {
        set(dnp3_objects, e, range_low, h->start);
        set(dnp3_objects, e, range_high, h->stop);
    }
    e->group = h->group;
    e->variation = h->variation;
    e->qualifier = h->qualifier;
    e->src = f->src;
    e->dst = f->dst;
    if (h->has_data) {
        struct text *t = feed_text(x);
        dnp3_text_objects(t, w, points, true);
        e->points = arena_copy(x->out->arena, text_slice(t));
    }
}

static void tell_eve(struct ctx *x, const struct dnp3_fragment *f)
{
    struct ev_dnp3_message *e = emit_dnp3_message(x->out);

    e->type = !dnp3_is_answer(f)              ? "request"
              : f->function == FC_UNSOLICITED ? "unsolicited_response"
                                              : "response";
    e->dir = f->link_ctrl & CTRL_DIR;
    e->pri = f->link_ctrl & CTRL_PRM;
    e->fcb = f->link_ctrl & CTRL_FCB;
    e->fcv = f->link_ctrl & CTRL_FCV;
    e->link = f->link_ctrl & CTRL_CODE;
    e->src = f->src;
    e->dst = f->dst;
    e->fir = f->control & AC_FIR;
    e->fin = f->control & AC_FIN;
    e->con = f->control & AC_CON;
    e->uns = f->control & AC_UNS;
    e->sequence = f->control & AC_SEQ;
    e->function = f->function;
    e->objects = list_headers(x, f, true);
    e->complete = f->stop == DNP3_WHOLE;
    if (dnp3_is_answer(f))
        e->indicators = list_names(x, f->iin, iin_name);
}

void dnp3_tell_fragment(struct ctx *x, const struct dnp3_association *a,
                        const struct dnp3_fragment *f)
{
    struct dnp3_walk w = dnp3_walk_in(f);
    uint32_t points = POINTS_MOST;

    if (want(x->out, EV_dnp3_fragment))
        tell_rules(x, a, f);
    if (want(x->out, EV_dnp3_message) && f->function != FC_CONFIRM) // as Suricata
        tell_eve(x, f);
    while (want(x->out, EV_dnp3_objects) && dnp3_next_header(&w))
        tell_header(x, f, &w, &points);
}
