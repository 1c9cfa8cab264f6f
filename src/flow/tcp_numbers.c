// SPDX-License-Identifier: Apache-2.0
// TCP's numbers: places in the two streams, sizes, windows; and the history letters.
#include "flow/tcp.h"

enum { FAR = 1 << 20 }; // a SYN or RST this far off is not believed

void tcp_start_at(struct tcp_end *e, uint32_t start, uint32_t last)
{
    e->start = e->ack = start;
    e->last = last;
    e->last_wraps = e->ack_wraps = 0;
}

static void letter(struct step *s, unsigned end, char c)
{
    talk_letter(s->t, flow_side(s->x, end) == ORIG ? c : (char)(c | 0x20));
}

void tcp_letter_scaled(struct step *s, unsigned end, uint32_t *n, char c)
{
    static const uint32_t step[] = {1, 10, 100, 1000, 10000, 100000, 1000000};

    ++*n;
    for (size_t i = 0; i < COUNT_OF(step); i++)
        if (*n == step[i])
            letter(s, end, c);
}

uint64_t tcp_place(const struct tcp_end *e, uint32_t seq, uint32_t last, uint32_t wraps,
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

uint64_t tcp_last_place(const struct tcp_end *e)
{
    return ((uint64_t)e->last_wraps << 32) + e->last - e->start;
}

void tcp_raise_last(struct tcp_end *e, uint32_t to)
{
    if (to < e->last)
        e->last_wraps++;
    e->last = to;
}

void tcp_raise_ack(struct tcp_end *e, uint32_t to)
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

void tcp_begin_end(struct step *s)
{
    struct tcp_end *e = s->me;
    bool syn = s->flags & TCP_SYN;
    uint32_t beyond = s->seq + (s->flags & TCP_RST ? 0 : s->len) + syn + !!(s->flags & TCP_FIN);

    switch (e->state) {
    case TCP_INACTIVE:
        if (syn)
            tcp_start_at(e, s->seq, beyond);
        else // numbered as if there had been a SYN, so that the first byte is 1
            tcp_start_at(e, s->seq - 1, s->seq);
        break;
    case TCP_SYN_SENT:
    case TCP_SYN_ACK_SENT:
        if (syn && s->seq != e->start) {
            odd(s->o, ODD_syn_seq_jump);
            tcp_start_at(e, s->seq, beyond);
        }
        break;
    case TCP_ESTABLISHED:
    case TCP_PARTIAL:
        if (syn) {
            if (tcp_size(s->x, s->end) > 0)
                odd(s->o, ODD_syn_inside);
            if (s->seq != e->start)
                odd(s->o, ODD_syn_seq_jump);
            tcp_start_at(e, s->seq, beyond);
        }
        break;
    case TCP_RESET:
        if (syn && e->before == TCP_INACTIVE) // the RST may have been forged
            tcp_start_at(e, s->seq, beyond);
        break;
    default: break;
    }
}

void tcp_update_last(struct step *s)
{
    struct tcp_end *e = s->me;
    uint32_t beyond = s->seq + (s->flags & TCP_RST ? 0 : s->len) + !!(s->flags & TCP_SYN) +
                      !!(s->flags & TCP_FIN);
    int32_t delta = seq_delta(beyond, e->last);

    if (s->flags & (TCP_SYN | TCP_RST) && (delta > FAR || delta < -FAR))
        return;
    if (s->flags & TCP_FIN && e->last == e->start + 1)
        tcp_raise_last(e, beyond); // more than 2 GB may lie between a SYN and a FIN
    else if (e->state == TCP_RESET)
        return;
    else if (delta > 0)
        tcp_raise_last(e, beyond);
    else if (s->len > 0)
        tcp_letter_scaled(s, s->end, &e->resent, 'T');
}

static void letter_again(struct step *s, unsigned bit, char c, uint32_t *last, uint32_t at)
{
    if (!talk_letter_once(s->t, s->side, bit, c) && *last != at)
        letter(s, s->end, c);
    *last = at;
}

void tcp_update_history(struct step *s)
{
    bool syn = s->flags & TCP_SYN, fin = s->flags & TCP_FIN, rst = s->flags & TCP_RST;

    if (s->p->checksum_bad)
        tcp_letter_scaled(s, s->end, &s->me->bad_sums, 'C');
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

void tcp_update_window(struct step *s)
{
    struct tcp_end *e = s->me;
    uint32_t window = (uint32_t)s->p->tcp.window << e->window_scale;

    if (window == 0 && !(s->flags & TCP_RST) && s->peer->state != TCP_CLOSED &&
        e->state != TCP_RESET)
        tcp_letter_scaled(s, s->end, &e->zero_windows, 'W');
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

void tcp_begin_window(struct step *s)
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
