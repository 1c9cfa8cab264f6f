// SPDX-License-Identifier: Apache-2.0
// Following a TCP connection as its packets show it: the states of both ends, history letters,
// sizes from sequence numbers, closing. The rules are those of Zeek's conn.log documentation.
#include "flow/tcp.h"

static void set_state(struct tcp_end *e, enum tcp_state to)
{
    if (e->state != to) {
        e->before = e->state;
        e->state = (uint8_t)to;
    }
}

// ---------------------------------------------------------------- states

static void syn_from_inactive(struct step *s)
{
    struct tcp_end *me = s->me, *peer = s->peer;

    if (s->side == ORIG) {
        set_state(me, s->flags & TCP_ACK ? TCP_SYN_ACK_SENT : TCP_SYN_SENT);
        return;
    }
    if (s->flags & TCP_ACK) {
        if (peer->state != TCP_INACTIVE && peer->state != TCP_PARTIAL &&
            (seq_delta(s->ack, peer->start) < 0 || seq_delta(s->ack, peer->last) > 0))
            odd(s->o, ODD_syn_ack_bad);
    } else if (peer->state == TCP_SYN_ACK_SENT && s->seq == me->start) {
        // The SYN ACK was captured before its SYN: they are the other way round.
        s->x->partial = false;
        talk_flip(s->t);
        set_state(peer, TCP_ESTABLISHED);
    } else {
        odd(s->o, ODD_syn_simultaneous);
    }
    if (peer->state == TCP_SYN_SENT)
        set_state(peer, TCP_ESTABLISHED);
    else if (peer->state == TCP_INACTIVE)
        odd(s->o, ODD_syn_ack_unsolicited);
    set_state(me, TCP_ESTABLISHED);
}

// Nothing was seen of this end, and this packet has neither SYN, FIN nor RST.
static void plain_from_inactive(struct step *s)
{
    if (s->side == RESP && s->len == 0 && s->peer->state == TCP_SYN_SENT)
        return; // some acknowledge a SYN before they answer it
    if (s->flags & TCP_ACK && s->peer->state == TCP_ESTABLISHED) {
        set_state(s->me, TCP_ESTABLISHED); // only its SYN was missed
        s->x->partial = false;
    } else {
        set_state(s->me, TCP_PARTIAL);
    }
}

static void from_inactive(struct step *s)
{
    if (s->flags & TCP_SYN)
        syn_from_inactive(s);
    if (s->flags & TCP_FIN) {
        set_state(s->me, TCP_CLOSED);
        s->closes = true;
        if (s->peer->state != TCP_PARTIAL && !(s->flags & TCP_SYN))
            odd(s->o, ODD_fin_spontaneous);
    }
    if (s->flags & TCP_RST) {
        set_state(s->me, TCP_RESET);
        s->closes = true;
        s->x->opening.reset_window = s->p->tcp.window;
        if (s->peer->state == TCP_INACTIVE)
            odd(s->o, ODD_rst_spontaneous);
    }
    if (s->me->state == TCP_INACTIVE)
        plain_from_inactive(s);
}

static void from_handshake(struct step *s)
{
    if (s->flags & TCP_FIN) {
        set_state(s->me, TCP_CLOSED);
        s->closes = true;
    }
    if (s->flags & TCP_RST) {
        set_state(s->me, TCP_RESET);
        s->closes = true;
    } else if (s->len && !(s->flags & TCP_SYN)) {
        odd(s->o, ODD_data_before_syn);
    }
}

static void from_established(struct step *s)
{
    if (s->flags & TCP_SYN && !(s->flags & TCP_ACK) && s->me->state == TCP_PARTIAL &&
        s->peer->state == TCP_INACTIVE)
        set_state(s->me, TCP_SYN_SENT);
    if (s->flags & TCP_FIN && !(s->flags & TCP_RST)) {
        set_state(s->me, TCP_CLOSED);
        if (s->peer->state == TCP_RESET && s->peer->before == TCP_CLOSED)
            set_state(s->peer, TCP_CLOSED); // a FIN, then a RST: it had ended well
        s->closes = true;
    }
    if (s->flags & TCP_RST) {
        set_state(s->me, TCP_RESET);
        s->closes = true;
    }
}

static void from_closed(struct step *s)
{
    if (s->flags & TCP_SYN)
        odd(s->o, ODD_syn_after_close);
    if (s->flags & TCP_RST && s->peer->state != TCP_CLOSED) {
        set_state(s->me, TCP_RESET);
        s->closes = !s->me->closed;
    }
}

static void from_reset(struct step *s)
{
    if (s->flags & TCP_SYN)
        odd(s->o, ODD_syn_after_reset);
    if (s->len && !(s->flags & TCP_RST))
        odd(s->o, ODD_data_after_reset);
}

static void update_state(struct step *s)
{
    switch (s->me->state) {
    case TCP_INACTIVE: from_inactive(s); break;
    case TCP_SYN_SENT:
    case TCP_SYN_ACK_SENT: from_handshake(s); break;
    case TCP_ESTABLISHED:
    case TCP_PARTIAL: from_established(s); break;
    case TCP_CLOSED: from_closed(s); break;
    default: from_reset(s); break;
    }
    s->side = flow_side(s->x, s->end); // a reversed handshake may have turned the talk
}

// ---------------------------------------------------------------- bytes

static bool is_clean(const struct tcp_end *e)
{
    return e->state == TCP_ESTABLISHED ||
           (e->state == TCP_CLOSED && e->before == TCP_ESTABLISHED);
}

// The bytes of one end, as its stream hands them on.
struct bytes_of {
    struct step *s;
    unsigned end;
};

static void on_data(void *user, struct slice bytes)
{
    struct bytes_of *b = user;
    struct step *s = b->s;

    s->f->user.data(s->f->user.user, s->t, flow_side(s->x, b->end), bytes);
}

static void on_gap(void *user, uint64_t lost)
{
    struct bytes_of *b = user;
    struct step *s = b->s;
    struct tcp_end *e = &s->x->tcp->end[b->end];

    // Only what is missing inside a whole connection counts: numbers of others prove nothing.
    if (s->p && is_clean(&s->x->tcp->end[0]) && is_clean(&s->x->tcp->end[1])) {
        tcp_letter_scaled(s, b->end, &e->gaps, 'G');
        s->t->missed += lost;
    }
    if (s->f->user.gap)
        s->f->user.gap(s->f->user.user, s->t, flow_side(s->x, b->end), lost);
}

static struct stream_user bytes_user(struct bytes_of *b)
{
    bool heard = b->s->f->user.data && talk_is_heard(b->s->t);

    return (struct stream_user){.user = b, .data = heard ? on_data : NULL, .gap = on_gap};
}

static void take_ack(struct step *s, uint64_t at)
{
    enum { WINDOW_LEAST = 65536 };
    struct tcp_end *e = s->peer;
    struct bytes_of b = {s, !s->end};

    if (at <= e->stream.acked + 1) // nothing new
        return;
    if (e->fin_at && at >= e->fin_at)
        at = e->fin_at - 1;
    // One direction only is seen, or nobody can have sent so much: no reason to call bytes
    // lost.
    if (e->state == TCP_INACTIVE ||
        at > tcp_last_place(e) + max_u32(s->me->window, WINDOW_LEAST))
        return;
    // A connection met in the middle is numbered from a guess: its first byte may not be
    // missing.
    if (at <= 1 || (at <= 2 && s->x->partial && e->stream.next == 0))
        return;
    struct stream_user u = bytes_user(&b);
    stream_ack(s->f->segments, &e->stream, at - 1, &u, s->o);
}

static void take_data(struct step *s)
{
    struct bytes_of b = {s, s->end};
    uint64_t at = s->flags & TCP_SYN ? s->at : s->at - 1;

    if (!s->len || s->flags & TCP_RST || s->underflow)
        return;
    if (!(s->flags & TCP_SYN) && s->at == 0)
        return; // a keep-alive of a connection that has sent nothing
    struct stream_user u = bytes_user(&b);
    stream_data(s->f->segments, &s->me->stream, at, s->p->payload, s->len, &u, s->o);
}

// ---------------------------------------------------------------- closing

static bool bytes_pending(const struct tcp_end *e)
{
    return tcp_last_place(e) > e->stream.next + 2 && e->stream.held;
}

static void close_end(struct step *s, struct tcp_end *e, const struct tcp_end *other)
{
    e->closing = bytes_pending(e);
    if (e->closing || e->closed)
        return;
    e->closed = true;
    if (e->state == TCP_RESET || other->closed || other->state == TCP_INACTIVE)
        talk_move(s->f, s->t, LIST_CLOSED);
}

static void choose_list(struct step *s)
{
    struct tcp_end *orig = &s->x->tcp->end[s->x->orig_end];
    struct tcp_end *resp = &s->x->tcp->end[!s->x->orig_end];
    bool handshake = orig->state < TCP_PARTIAL && resp->state < TCP_PARTIAL;

    if (s->t->list == LIST_CLOSED)
        return;
    if (resp->state == TCP_INACTIVE &&
        (orig->state == TCP_SYN_SENT || orig->state == TCP_SYN_ACK_SENT))
        talk_move(s->f, s->t, LIST_ATTEMPT);
    else
        talk_move(s->f, s->t,
                  handshake       ? LIST_HANDSHAKE
                  : s->t->patient ? LIST_LONG
                                  : LIST_TCP);
}

// ---------------------------------------------------------------- one packet

static void take_flags(struct step *s)
{
    if (s->side == ORIG && !s->me->seen)
        s->x->partial = !(s->flags & TCP_SYN) || s->flags & TCP_ACK;
    else if (s->side == RESP && !s->me->seen && !s->x->partial)
        s->x->partial = !(s->flags & TCP_SYN);
    s->me->seen = true;
    if (s->flags & TCP_SYN) {
        if (s->len)
            odd(s->o, ODD_syn_with_data);
        tcp_begin_window(s);
    }
    if (s->flags & TCP_FIN)
        s->me->fin_at = s->at + s->len + 1 + !!(s->flags & TCP_SYN);
}

// It acknowledges what was never seen, after a SYN that nobody seems to have answered.
static void tell_split(struct step *s)
{
    uint8_t state = s->me->state;

    if (s->x->told_split || s->flags & (TCP_SYN | TCP_FIN | TCP_RST))
        return;
    if (state == TCP_SYN_SENT || state == TCP_SYN_ACK_SENT || state == TCP_ESTABLISHED) {
        odd(s->o, ODD_split_routing);
        s->x->told_split = true;
    }
}

// Gives the relative place that is acknowledged, or 0.
static uint64_t read_ack(struct step *s)
{
    struct tcp_end *e = s->peer;
    bool underflow = false;

    if (!(s->flags & TCP_ACK))
        return 0;
    if (e->state == TCP_INACTIVE) {
        tell_split(s);
        tcp_start_at(e, s->ack - 1, s->ack - 1);
        return 1;
    }
    uint64_t at = tcp_place(e, s->ack, e->ack, e->ack_wraps, &underflow);
    if (underflow) {
        odd(s->o, ODD_ack_underflow);
        return 0;
    }
    if (!(s->flags & TCP_RST)) // a RST's acknowledgement is not to be trusted
        tcp_raise_ack(e, s->ack);
    return at;
}

// A receiver drops data with a wrong checksum, and reads what comes in its place.
static void watch_sums(struct step *s)
{
    struct tcp_end *e = s->me;

    if (!s->len || s->flags & (TCP_SYN | TCP_RST))
        return;
    if (s->p->checksum_bad) {
        e->wrong = true;
        e->wrong_at = s->seq;
    } else if (e->wrong && e->wrong_at == s->seq) {
        e->wrong = false;
        odd(s->o, ODD_tcp_sum_mended);
    }
}

static void any_segment(struct step *s)
{
    tcp_begin_end(s);
    s->at = tcp_place(s->me, s->seq, s->me->last, s->me->last_wraps, &s->underflow);
    if (s->underflow && !(s->flags & TCP_RST))
        odd(s->o, ODD_seq_underflow);
    tcp_update_history(s);
    tcp_update_window(s);
    if (!s->me->closed || !s->peer->closed)
        s->t->last = s->p->ts;
    take_flags(s);
    uint64_t acked = read_ack(s);
    tcp_update_last(s);
    update_state(s);
    if (acked)
        take_ack(s, acked);
    take_data(s);
    watch_sums(s);
    if (s->closes || s->me->closing)
        close_end(s, s->me, s->peer);
    if (s->peer->closing)
        close_end(s, s->peer, s->me);
    choose_list(s);
}

static bool is_settled(const struct tcp_end *e)
{
    return e->state == TCP_ESTABLISHED || e->state == TCP_PARTIAL;
}

// Nearly every packet: the next segment of a settled connection, or an acknowledgement, with
// nothing that would change a state, and no number that wraps.
static bool is_next_segment(const struct step *s)
{
    const struct tcp_end *me = s->me, *peer = s->peer;

    return (s->flags & (TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)) == TCP_ACK &&
           s->seq == me->last && s->ack >= peer->ack && is_settled(me) && is_settled(peer) &&
           seq_delta(me->last, me->start) >= 0 && seq_delta(s->ack, peer->start) >= 0 &&
           seq_delta(s->ack, peer->ack) >= 0 && s->len <= INT32_MAX && me->seen &&
           !s->p->checksum_bad && s->t->list != LIST_CLOSED;
}

// What any_segment comes down to for it.
static void next_segment(struct step *s)
{
    struct tcp_end *peer = s->peer;

    s->at = tcp_last_place(s->me);
    if (s->len)
        talk_letter_once(s->t, s->side, SEEN_DATA, 'D');
    else
        talk_letter_once(s->t, s->side, SEEN_ACK, 'A');
    tcp_update_window(s);
    s->t->last = s->p->ts;
    peer->ack = s->ack;
    tcp_raise_last(s->me, s->seq + s->len);
    uint64_t acked = ((uint64_t)peer->ack_wraps << 32) + s->ack - peer->start;
    if (acked)
        take_ack(s, acked);
    take_data(s);
    talk_move(s->f, s->t, s->t->patient ? LIST_LONG : LIST_TCP);
}

void tcp_packet(struct flows *f, struct flow *x, unsigned end, const struct packet *p,
                struct out *o)
{
    struct step s = {
        .f = f,
        .x = x,
        .t = x->talk,
        .me = &x->tcp->end[end],
        .peer = &x->tcp->end[!end],
        .o = o,
        .p = p,
        .end = end,
        .side = flow_side(x, end),
        .flags = p->tcp.flags,
        .len = p->payload_len,
        .seq = p->tcp.seq,
        .ack = p->tcp.ack,
    };

    if (is_next_segment(&s))
        next_segment(&s);
    else
        any_segment(&s);
}

static void on_rest(void *user, struct slice bytes)
{
    struct bytes_of *b = user;
    struct step *s = b->s;

    s->f->user.rest(s->f->user.user, s->t, flow_side(s->x, b->end), bytes, 0);
}

static void on_rest_gap(void *user, uint64_t lost)
{
    struct bytes_of *b = user;
    struct step *s = b->s;
    struct slice none = {0};

    s->f->user.rest(s->f->user.user, s->t, flow_side(s->x, b->end), none, lost);
}

void tcp_finish(struct flows *f, struct flow *x, struct out *o)
{
    for (unsigned end = 0; end < 2; end++) {
        struct step s = {.f = f, .x = x, .t = x->talk, .o = o, .end = end};
        struct bytes_of b = {&s, end};
        struct stream_user u = {.user = &b, .data = on_rest, .gap = on_rest_gap};
        bool tell = x->talk->followed || x->talk->analyser;
        stream_end(f->segments, &x->tcp->end[end].stream, tell, &u, o);
    }
}

bool tcp_is_reuse(const struct flow *x, unsigned end, const struct packet *p)
{
    const struct tcp_end *orig = &x->tcp->end[x->orig_end], *resp = &x->tcp->end[!x->orig_end];
    const struct tcp_end *starter = orig;

    if (!(p->tcp.flags & TCP_SYN))
        return false;
    if (p->tcp.flags & TCP_ACK) {
        if (orig->state != TCP_INACTIVE)
            return false;
        starter = resp;
    }
    if (orig->closed && resp->closed)
        return true;
    if (p->tcp.seq == starter->start)
        return false;
    if (end != x->orig_end && orig->state == TCP_SYN_SENT && resp->state == TCP_INACTIVE)
        return false; // both open at once
    // A SYN that comes behind its SYN ACK begins nothing new.
    return (p->tcp.flags & TCP_ACK) || orig->state != TCP_SYN_ACK_SENT ||
           resp->state != TCP_INACTIVE || p->tcp.seq != resp->start;
}

bool tcp_begins_reversed(const struct packet *p)
{
    bool syn = p->tcp.flags & TCP_SYN;

    if ((syn && !(p->tcp.flags & TCP_ACK)) || !port_well_known(p->sport, p->ip_proto))
        return false;
    if (!port_well_known(p->dport, p->ip_proto))
        return true;
    // Both could be servers: the lower port is likelier; a SYN ACK may be a stealth scan.
    return !syn && p->sport < p->dport;
}
