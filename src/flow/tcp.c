// SPDX-License-Identifier: Apache-2.0
// Following a TCP connection as its packets show it: the states of both ends, history letters,
// sizes from sequence numbers, closing. The rules are those of Zeek's conn.log documentation.
#include "flow/table.h"

enum { FAR = 1 << 20 }; // a SYN or RST this far off is not believed

static int32_t seq_delta(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

// What the packet at hand is, for all the steps below.
struct step {
    struct flows *f;
    struct flow *x;
    struct talk *t;
    struct tcp_end *me, *peer;
    struct out *o;
    const struct packet *p;
    unsigned end;
    enum side side;
    uint8_t flags;
    uint32_t len, seq, ack; // payload bytes by the headers; as in the header
    uint64_t at;            // relative place of the segment; 1 is the first data byte
    bool underflow;         // the segment lies before the connection's first byte
    bool closes;
};

static void set_state(struct tcp_end *e, enum tcp_state to)
{
    if (e->state != to) {
        e->before = e->state;
        e->state = (uint8_t)to;
    }
}

static void start_at(struct tcp_end *e, uint32_t start, uint32_t last)
{
    e->start = e->ack = start;
    e->last = last;
    e->last_wraps = e->ack_wraps = 0;
}

static void letter(struct step *s, unsigned end, char c)
{
    talk_letter(s->t, flow_side(s->x, end) == ORIG ? c : (char)(c | 0x20));
}

// Letters of what may happen often stand for the 1st, 10th, 100th ... time.
static void letter_scaled(struct step *s, unsigned end, uint32_t *n, char c)
{
    static const uint32_t step[] = {1, 10, 100, 1000, 10000, 100000, 1000000};

    ++*n;
    for (size_t i = 0; i < COUNT_OF(step); i++)
        if (*n == step[i])
            letter(s, end, c);
}

// ---------------------------------------------------------------- sequence numbers

// The 64-bit place of a sequence number relative to the end's start, near `last`.
static uint64_t relative(const struct tcp_end *e, uint32_t seq, uint32_t last, uint32_t wraps,
                         bool *underflow)
{
    int32_t delta = seq_delta(seq, last);

    if (delta < 0 && wraps && seq > last)
        wraps--;
    else if (delta > 0 && seq < last)
        wraps++;
    if (wraps == 0) {
        int32_t from_start = seq_delta(seq, e->start);
        if (from_start < 0)
            *underflow = true;
        return (uint64_t)(int64_t)from_start;
    }
    return ((uint64_t)wraps << 32) + seq - e->start;
}

static void raise_last(struct tcp_end *e, uint32_t to)
{
    if (to < e->last)
        e->last_wraps++;
    e->last = to;
}

static void raise_ack(struct tcp_end *e, uint32_t to)
{
    int32_t delta = seq_delta(to, e->ack);

    if (delta <= 0 || (to == 0 && delta > FAR)) // a zero that is far off is a broken field
        return;
    if (to < e->ack)
        e->ack_wraps++;
    e->ack = to;
}

uint64_t tcp_size(const struct flow *x, unsigned end)
{
    const struct tcp_end *e = &x->tcp->end[end], *peer = &x->tcp->end[!end];
    uint64_t last = ((uint64_t)e->last_wraps << 32) + e->last;
    uint64_t ack = ((uint64_t)e->ack_wraps << 32) + e->ack;
    uint64_t size = (last > ack ? last : ack) - e->start;

    // A SYN, then a RST with an unrelated number, and never an answer: no data was possible.
    if (e->before == TCP_SYN_SENT && e->state == TCP_RESET && peer->state == TCP_INACTIVE &&
        !(e->ack == e->start || e->ack == e->start + 1))
        return 0;
    if (size)
        size--; // the SYN
    if (e->fin_at && size)
        size--; // the FIN
    return size;
}

// The end's first numbers, or new ones where a SYN says that the old were not real.
static void begin_end(struct step *s)
{
    struct tcp_end *e = s->me;
    bool syn = s->flags & TCP_SYN;
    uint32_t beyond = s->seq + (s->flags & TCP_RST ? 0 : s->len) + syn + !!(s->flags & TCP_FIN);

    switch (e->state) {
    case TCP_INACTIVE:
        if (syn)
            start_at(e, s->seq, beyond);
        else // numbered as if there had been a SYN, so that the first byte is 1
            start_at(e, s->seq - 1, s->seq);
        break;
    case TCP_SYN_SENT:
    case TCP_SYN_ACK_SENT:
        if (syn && s->seq != e->start) {
            odd(s->o, ODD_syn_seq_jump);
            start_at(e, s->seq, beyond);
        }
        break;
    case TCP_ESTABLISHED:
    case TCP_PARTIAL:
        if (syn) {
            if (tcp_size(s->x, s->end) > 0)
                odd(s->o, ODD_syn_inside);
            if (s->seq != e->start)
                odd(s->o, ODD_syn_seq_jump);
            start_at(e, s->seq, beyond);
        }
        break;
    case TCP_RESET:
        if (syn && e->before == TCP_INACTIVE) // the RST may have been forged
            start_at(e, s->seq, beyond);
        break;
    default: break;
    }
}

static int32_t update_last(struct step *s)
{
    struct tcp_end *e = s->me;
    uint32_t beyond = s->seq + (s->flags & TCP_RST ? 0 : s->len) + !!(s->flags & TCP_SYN) +
                      !!(s->flags & TCP_FIN);
    int32_t delta = seq_delta(beyond, e->last);

    if (s->flags & (TCP_SYN | TCP_RST) && (delta > FAR || delta < -FAR))
        return delta;
    if (s->flags & TCP_FIN && e->last == e->start + 1)
        raise_last(e, beyond); // more than 2 GB may lie between a SYN and a FIN
    else if (e->state == TCP_RESET)
        return delta;
    else if (delta > 0)
        raise_last(e, beyond);
    else if (s->len > 0)
        letter_scaled(s, s->end, &e->resent, 'T');
    return delta;
}

// ---------------------------------------------------------------- history

static void letter_again(struct step *s, unsigned bit, char c, uint32_t *last, uint32_t at)
{
    if (!talk_letter_once(s->t, s->side, bit, c) && *last != at)
        letter(s, s->end, c);
    *last = at;
}

static void update_history(struct step *s)
{
    bool syn = s->flags & TCP_SYN, fin = s->flags & TCP_FIN, rst = s->flags & TCP_RST;

    if (s->p->checksum_bad)
        letter_scaled(s, s->end, &s->me->bad_sums, 'C');
    if (syn + fin + rst > 1) {
        if (fin && rst)
            talk_letter_once(s->t, s->side, SEEN_FIN_RST, 'I');
        else
            talk_letter_once(s->t, s->side, SEEN_MULTI, 'Q');
    } else if (syn) {
        letter_again(s, SEEN_SYN, s->flags & TCP_ACK ? 'H' : 'S', &s->me->syn_at,
                     (uint32_t)s->at);
    } else if (fin) {
        letter_again(s, SEEN_FIN, 'F', &s->me->fin_told_at, (uint32_t)s->at + s->len);
    } else if (rst) {
        letter_again(s, SEEN_RST, 'R', &s->me->rst_at, (uint32_t)s->at);
    } else if (s->len) {
        talk_letter_once(s->t, s->side, SEEN_DATA, 'D');
    } else if (s->flags & TCP_ACK) {
        talk_letter_once(s->t, s->side, SEEN_ACK, 'A');
    }
}

static void update_window(struct step *s)
{
    struct tcp_end *e = s->me;
    uint32_t window = (uint32_t)s->p->tcp.window << e->window_scale;

    if (window == 0 && !(s->flags & TCP_RST) && s->peer->state != TCP_CLOSED &&
        e->state != TCP_RESET)
        letter_scaled(s, s->end, &e->zero_windows, 'W');
    if (s->flags & (TCP_SYN | TCP_FIN | TCP_RST) || e->state == TCP_CLOSED ||
        e->state == TCP_RESET)
        return;
    if (seq_delta(s->seq, e->window_seq) < 0 || seq_delta(s->ack, e->window_ack) < 0)
        return;
    int32_t advance = seq_delta(s->ack + window, e->window_ack + e->window);
    if (e->window_seq && advance < 0 && -advance >= 1 << e->window_scale)
        odd(s->o, ODD_window_taken_back);
    e->window = window;
    e->window_ack = s->ack;
    e->window_seq = s->seq;
}

static void begin_window(struct step *s)
{
    enum { SCALE_MOST = 14 }; // RFC 7323, section 2.3
    int scale = s->p->tcp.window_scale;

    if (scale < 0) { // not offered; in a SYN ACK: for both
        s->me->window_scale = 0;
        if (s->flags & TCP_ACK)
            s->peer->window_scale = 0;
        return;
    }
    s->me->window_scale = (uint8_t)(scale > SCALE_MOST ? SCALE_MOST : scale);
    s->me->window_seq = s->peer->window_ack = s->seq;
    s->me->window_ack = s->peer->window_seq = s->ack;
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
        s->x->tcp->partial = false;
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
        s->x->tcp->partial = false;
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

    if (s->f->user.data)
        s->f->user.data(s->f->user.user, s->t, flow_side(s->x, b->end), bytes);
}

static void on_gap(void *user, uint64_t lost)
{
    struct bytes_of *b = user;
    struct step *s = b->s;
    struct tcp_end *e = &s->x->tcp->end[b->end];

    // Only what is missing inside a whole connection counts: numbers of others prove nothing.
    if (s->p && is_clean(&s->x->tcp->end[0]) && is_clean(&s->x->tcp->end[1])) {
        letter_scaled(s, b->end, &e->gaps, 'G');
        s->t->missed += lost;
    }
    if (s->f->user.gap)
        s->f->user.gap(s->f->user.user, s->t, flow_side(s->x, b->end), lost);
}

static struct stream_user bytes_user(struct bytes_of *b)
{
    return (struct stream_user){.user = b, .data = on_data, .gap = on_gap};
}

// Relative, one past the highest that it sent.
static uint64_t last_place(const struct tcp_end *e)
{
    return ((uint64_t)e->last_wraps << 32) + e->last - e->start;
}

static void take_ack(struct step *s, uint64_t at)
{
    enum { WINDOW_LEAST = 65536 };
    struct tcp_end *e = s->peer;
    struct bytes_of b = {s, !s->end};
    struct stream_user u = bytes_user(&b);

    if (e->fin_at && at >= e->fin_at)
        at = e->fin_at - 1;
    // One direction only is seen, or nobody can have sent so much: no reason to call bytes
    // lost.
    if (e->state == TCP_INACTIVE || at > last_place(e) + max_u32(s->me->window, WINDOW_LEAST))
        return;
    // A connection met in the middle is numbered from a guess: its first byte may not be
    // missing.
    if (at <= 1 || (at <= 2 && s->x->tcp->partial && e->stream.next == 0))
        return;
    stream_ack(s->f->segments, &e->stream, at - 1, &u, s->o);
}

static void take_data(struct step *s)
{
    struct bytes_of b = {s, s->end};
    struct stream_user u = bytes_user(&b);
    uint64_t at = s->flags & TCP_SYN ? s->at : s->at - 1;

    if (!s->len || s->flags & TCP_RST || s->underflow)
        return;
    if (!(s->flags & TCP_SYN) && s->at == 0)
        return; // a keep-alive of a connection that has sent nothing
    stream_data(s->f->segments, &s->me->stream, at, s->p->payload, s->len, &u, s->o);
}

// ---------------------------------------------------------------- closing

static bool bytes_pending(const struct tcp_end *e)
{
    return last_place(e) > e->stream.next + 2 && e->stream.held;
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
    struct tcp *c = s->x->tcp;

    if (s->side == ORIG && !(c->first_seen & 1u << s->end))
        c->partial = !(s->flags & TCP_SYN) || s->flags & TCP_ACK;
    else if (s->side == RESP && !(c->first_seen & 1u << s->end) && !c->partial)
        c->partial = !(s->flags & TCP_SYN);
    c->first_seen = (uint8_t)(c->first_seen | 1u << s->end);
    if (s->flags & TCP_SYN) {
        if (s->len)
            odd(s->o, ODD_syn_with_data);
        begin_window(s);
    }
    if (s->flags & TCP_FIN)
        s->me->fin_at = s->at + s->len + 1 + !!(s->flags & TCP_SYN);
}

// Gives the relative place that is acknowledged, or 0.
static uint64_t read_ack(struct step *s)
{
    struct tcp_end *e = s->peer;
    bool underflow = false;

    if (!(s->flags & TCP_ACK))
        return 0;
    if (e->state == TCP_INACTIVE) {
        start_at(e, s->ack - 1, s->ack - 1);
        return 1;
    }
    uint64_t at = relative(e, s->ack, e->ack, e->ack_wraps, &underflow);
    if (underflow) {
        odd(s->o, ODD_ack_underflow);
        return 0;
    }
    if (!(s->flags & TCP_RST)) // a RST's acknowledgement is not to be trusted
        raise_ack(e, s->ack);
    return at;
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

    begin_end(&s);
    s.at = relative(s.me, s.seq, s.me->last, s.me->last_wraps, &s.underflow);
    if (s.underflow && !(s.flags & TCP_RST))
        odd(o, ODD_seq_underflow);
    update_history(&s);
    update_window(&s);
    if (!s.me->closed || !s.peer->closed)
        s.t->last = p->ts;
    take_flags(&s);
    uint64_t acked = read_ack(&s);
    update_last(&s);
    update_state(&s);
    if (acked)
        take_ack(&s, acked);
    take_data(&s);
    if (s.closes || s.me->closing)
        close_end(&s, s.me, s.peer);
    if (s.peer->closing)
        close_end(&s, s.peer, s.me);
    choose_list(&s);
}

void tcp_finish(struct flows *f, struct flow *x, struct out *o)
{
    for (unsigned end = 0; end < 2; end++) {
        struct step s = {.f = f, .x = x, .t = x->talk, .o = o, .end = end};
        struct bytes_of b = {&s, end};
        struct stream_user u = bytes_user(&b);
        stream_end(f->segments, &x->tcp->end[end].stream, false, &u, o);
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
