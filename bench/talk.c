// SPDX-License-Identifier: Apache-2.0
// The state machines of the bench generator's conversations: TCP, UDP, ping, and what is below
// IP.
#include "talk.h"
#include "frame.h"

#include <string.h>

const struct shape shapes[] = {
// clang-format off
#define SHAPE(name, over, port, weight, ask, answer, later, id, len, less, ask_n, answer_n, fill) \
    {#name, over, port, weight, ask, answer, later, sizeof(ask) - 1, sizeof(answer) - 1,       \
     sizeof(later) - 1, id, len, less, ask_n, answer_n, fill},
// clang-format on
#include "shapes.def"
#undef SHAPE
};

const size_t n_shapes = sizeof shapes / sizeof shapes[0];

enum { SEGMENT = 1460, MESSAGE_MOST = 6000, PROFINET_CM = 34964, RPC_HEAD = 80 };

static uint8_t message[MESSAGE_MOST];

static void ethernet(const struct talk *t, int who, unsigned type)
{
    frame.n = 0;
    put(t->side[!who].mac, 6);
    put(t->side[who].mac, 6);
    if (t->vlan) {
        put16(0x8100);
        put16(t->vlan);
    }
    put16(type);
}

// Everything up to the transport header, for n bytes of it and what it carries.
static void internet(struct talk *t, int who, unsigned protocol, size_t n)
{
    const uint8_t *from = t->side[who].ip, *to = t->side[!who].ip;

    ethernet(t, who, t->ip6 ? 0x86dd : 0x0800);
    uint8_t *ip = frame.bytes + frame.n;
    if (t->ip6) {
        put32(0x60000000);
        put16((unsigned)n);
        put16(protocol << 8 | 64);
        put(from, 16);
        put(to, 16);
        return;
    }
    put16(0x4500);
    put16((unsigned)n + 20);
    put16(t->id++);
    put16(0x4000);
    put16(64 << 8 | protocol);
    put16(0);
    put(from, 4);
    put(to, 4);
    store16(ip + 10, folded(sum_of(ip, 20, 0)));
}

// Fills in the checksum `at` bytes into the transport header, which begins at `from`.
static void transport_sum(const struct talk *t, size_t from, size_t at, unsigned protocol)
{
    size_t n = frame.n - from, addresses = t->ip6 ? 32 : 8;
    uint32_t sum = (uint32_t)(protocol + n);

    sum = sum_of(frame.bytes + from - addresses, addresses, sum);
    store16(frame.bytes + from + at, folded(sum_of(frame.bytes + from, n, sum)));
}

void send_tcp(struct talk *t, int who, unsigned flags, const uint8_t *p, size_t n)
{
    bool first = flags & 2;
    size_t head = first ? 24 : 20;
    struct side *a = &t->side[who], *b = &t->side[!who];

    internet(t, who, 6, head + n);
    size_t from = frame.n;
    put16(a->port);
    put16(b->port);
    put32(a->seq);
    put32(flags & 16 ? b->seq : 0);
    put16((unsigned)(head / 4) << 12 | flags);
    put16(64240);
    put32(0);
    if (first)
        put32(0x02040000 | SEGMENT);
    put(p, n);
    transport_sum(t, from, 16, 6);
    a->seq += (uint32_t)n + (flags & 3 ? 1 : 0);
    send_frame(t->next_us);
}

void send_udp(struct talk *t, int who, const uint8_t *p, size_t n)
{
    bool moved = t->shape->over == UDP_MOVES && who == 1;
    bool pnio = t->shape->port == PROFINET_CM;
    unsigned to = t->side[!who].port;

    if (t->shape->over == UDP_MOVES && who == 0 && t->messages && !pnio)
        to = t->moved_port; // TFTP goes on with the new port, PROFINET with the old one
    internet(t, who, 17, n + 8);
    size_t from = frame.n;
    put16(moved ? t->moved_port : t->side[who].port);
    put16(to);
    put16((unsigned)n + 8);
    put16(0);
    put(p, n);
    transport_sum(t, from, 6, 17);
    send_frame(t->next_us);
}

// ---- messages

// What stands in message[from..n) behind the head of the message.
static void fill(const struct talk *t, size_t from, size_t n)
{
    for (size_t i = from; i < n; i++) {
        if (t->shape->fill == NOISE) {
            uint64_t r = next_random();
            size_t left = n - i < 8 ? n - i : 8;
            memcpy(message + i, &r, left);
            i += left - 1;
        } else if (t->shape->fill == TEXT) {
            message[i] = (uint8_t) "etaoin shrdlu cmfwyp vbgkqj xz, "[(i * 7 + t->id) & 31];
        } else {
            message[i] = t->shape->fill == ZEROS || i % 2 == 0 ? 0 : (uint8_t)(t->id + i / 8);
        }
    }
}

static size_t compose(struct talk *t, int who)
{
    const struct shape *s = t->shape;
    bool later = t->messages && s->later_head && !(who && s->over == UDP_MOVES);
    const char *head = later ? s->later : who ? s->answer : s->ask;
    size_t head_n = later ? s->later_head : who ? s->answer_head : s->ask_head;
    unsigned mean = who ? s->answer_n : s->ask_n;
    size_t n = s->fill == FIXED ? mean : mean / 2 + below(mean + 1);

    n = n < head_n ? head_n : n > MESSAGE_MOST ? MESSAGE_MOST : n;
    n = s->over != TCP && n > 1400 ? 1400 : n;
    if (s->id_at >= 0 && n < (size_t)s->id_at + 2)
        n = (size_t)s->id_at + 2;
    if (s->fill == DNP3)
        return dnp3_message(message, who, t->messages, n);
    memcpy(message, head, head_n);
    fill(t, head_n, n);
    if (s->id_at >= 0)
        store16(message + s->id_at, t->messages + 1u);
    if (s->len_at >= 0)
        store16(message + s->len_at, (unsigned)n - (unsigned)s->len_less);
    if (s->port == PROFINET_CM) { // each conversation has its activity, the body its length
        store16(message + 40, t->side[0].port);
        memcpy(message + 50, t->side[0].mac, 6);
        message[74] = (uint8_t)(n - RPC_HEAD);
        message[75] = (uint8_t)((n - RPC_HEAD) >> 8);
        message[64] = (uint8_t)t->messages;
        message[65] = (uint8_t)(t->messages >> 8);
    }
    return n;
}

static void wait(struct talk *t)
{
    t->next_us += 1 + t->gap_us / 2 + (int64_t)(next_random() % (uint64_t)(t->gap_us + 1));
    if (t->frames)
        t->frames--;
}

static void talk_udp(struct talk *t)
{
    size_t n = compose(t, t->who);

    send_udp(t, t->who, message, n);
    if (t->who || !t->shape->answer_n)
        t->messages++;
    if (t->shape->answer_n)
        t->who = !t->who;
    wait(t);
    if (!t->frames)
        t->step = OVER;
}

// One segment of the message at hand, or the acknowledgement of it.
static void talk_tcp(struct talk *t)
{
    if (t->ack_due) {
        send_tcp(t, !t->who, 16, NULL, 0);
        t->ack_due = false;
    } else {
        if (!t->left)
            t->left = t->size = (uint16_t)compose(t, t->who);
        else
            memset(message, 'x',
                   t->left); // what was composed is gone; the shape is in its head
        size_t n = t->left < SEGMENT ? t->left : SEGMENT;
        send_tcp(t, t->who, n == t->left ? 24 : 16, message, n);
        t->left = (uint16_t)(t->left - n);
        t->ack_due = t->left || below(3) == 0;
        if (!t->left) {
            t->messages = (uint16_t)(t->messages + t->who);
            t->turn = 1;
        }
    }
    wait(t);
    if (t->turn && !t->ack_due) {
        t->who = !t->who;
        t->turn = 0;
        if (t->frames <= 3)
            t->step = CLOSING;
    }
}

static void step_tcp(struct talk *t)
{
    switch (t->step) {
    case OPEN: send_tcp(t, 0, 2, NULL, 0); break;
    case OPENED: send_tcp(t, 1, 18, NULL, 0); break;
    case CONFIRMED: send_tcp(t, 0, 16, NULL, 0); break;
    case TALKING: talk_tcp(t); return;
    case CLOSING:
        send_tcp(t, 0, t->reset_at_end ? 20 : 17, NULL, 0);
        if (t->reset_at_end)
            t->step = LAST_ACK;
        break;
    case CLOSED: send_tcp(t, 1, 17, NULL, 0); break;
    case LAST_ACK: send_tcp(t, 0, 16, NULL, 0); break;
    default: break;
    }
    t->step++;
    wait(t);
}

static void ping(struct talk *t)
{
    internet(t, t->who, t->ip6 ? 58 : 1, 64);
    size_t from = frame.n;
    put16((t->ip6 ? t->who ? 0x81u : 0x80u : t->who ? 0u : 8u) << 8);
    put16(0);
    put16(t->side[0].port);
    put16(t->messages + 1u);
    for (unsigned i = 0; i < 56; i++)
        frame.bytes[frame.n++] = (uint8_t)i;
    if (t->ip6)
        transport_sum(t, from, 2, 58);
    else
        store16(frame.bytes + from + 2, folded(sum_of(frame.bytes + from, 64, 0)));
    send_frame(t->next_us);
    t->messages = (uint16_t)(t->messages + t->who);
    t->who = !t->who;
    wait(t);
    if (!t->frames)
        t->step = OVER;
}

static void below_ip(struct talk *t)
{
    static const uint8_t bridges[6] = {1, 0x80, 0xc2, 0, 0, 0},
                         lldp[6] = {1, 0x80, 0xc2, 0, 0, 14};

    if (t->kind == LLDP || t->kind == STP)
        memcpy(t->side[1].mac, t->kind == LLDP ? lldp : bridges, 6);
    if (t->kind == CYCLIC) {
        ethernet(t, t->who, 0x8892);
        put16(0xc000u + t->side[0].port % 64u + t->who * 64u);
        for (int i = 0; i < 40; i++)
            frame.bytes[frame.n++] = (uint8_t)(i < 4 ? 0x80 : (i * t->messages) >> 6);
        put16(t->messages);
        put16(0x3500);
        t->messages++;
        t->who = !t->who;
    } else if (t->kind == ARP) {
        ethernet(t, t->who, 0x0806);
        put(t->who ? "\0\1\10\0\6\4\0\2" : "\0\1\10\0\6\4\0\1", 8);
        put(t->side[t->who].mac, 6);
        put(t->side[t->who].ip, 4);
        put(t->side[!t->who].mac, t->who ? 6 : 0);
        put("\0\0\0\0\0", t->who ? 0 : 6);
        put(t->side[!t->who].ip, 4);
        t->who = !t->who;
    } else if (t->kind == LLDP) {
        ethernet(t, 0, 0x88cc);
        put("\x02\x07\x04", 3);
        put(t->side[0].mac, 6);
        put("\x04\x05\x07port1\x06\x02\0\x78\0\0", 13);
    } else {
        ethernet(t, 0, 38);
        put("\x42\x42\x03\0\0\0\0\0\x80\0", 10);
        put(t->side[0].mac, 6);
        put("\0\0\0\0\x80\0\0\0\0\0\0\0\x80\x01\0\0\x14\0\x02\0\x0f", 21);
    }
    while (frame.n < 60)
        frame.bytes[frame.n++] = 0;
    send_frame(t->next_us);
    wait(t);
    if (!t->frames)
        t->step = OVER;
}

void step(struct talk *t)
{
    switch (t->kind) {
    case DIALOG:
        if (t->shape->over == TCP)
            step_tcp(t);
        else
            talk_udp(t);
        break;
    case LONE_SYN:
    case REFUSED_SYN:
        send_tcp(t, t->who, t->who ? 20 : 2, NULL, 0);
        wait(t);
        if (t->kind == LONE_SYN)
            t->side[0].seq--; // the same again
        else
            t->who = 1;
        if (!t->frames)
            t->step = OVER;
        break;
    case PING: ping(t); break;
    case SILENT:
        send_udp(t, 0, message, compose(t, 0));
        wait(t);
        if (!t->frames)
            t->step = OVER;
        break;
    default: below_ip(t); break;
    }
}

void host(struct side *s, unsigned number, bool ip6)
{
    memset(s, 0, sizeof *s);
    s->mac[0] = 2;
    store16(s->mac + 4, number);
    if (ip6)
        memcpy(s->ip, "\x20\x01\x0d\xb8\0\x01", 6);
    s->ip[ip6 ? 14 : 0] = ip6 ? (uint8_t)(number >> 8) : 10;
    s->ip[ip6 ? 13 : 1] = ip6 ? 0 : 20;
    s->ip[ip6 ? 14 : 2] = (uint8_t)(number >> 8);
    s->ip[ip6 ? 15 : 3] = (uint8_t)number;
    s->seq = (uint32_t)next_random();
}
