// SPDX-License-Identifier: Apache-2.0
// Inside the flow room: one TCP packet on its way through the steps of tcp.c and tcp_numbers.c.
#pragma once

#include "flow/table.h"

static inline int32_t seq_delta(uint32_t a, uint32_t b)
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

// ---- tcp_numbers.c: sequence numbers, and the history letters that depend on them
void tcp_begin_end(struct step *s); // the end's first numbers, or new ones after a SYN
// The 64-bit place of a sequence number relative to the end's start, near `last`.
uint64_t tcp_place(const struct tcp_end *e, uint32_t seq, uint32_t last, uint32_t wraps,
                   bool *underflow);
uint64_t tcp_last_place(const struct tcp_end *e); // one past the highest that it sent
void tcp_start_at(struct tcp_end *e, uint32_t start, uint32_t last);
void tcp_raise_last(struct tcp_end *e, uint32_t to);
void tcp_raise_ack(struct tcp_end *e, uint32_t to);
void tcp_update_last(struct step *s);
void tcp_update_history(struct step *s);
void tcp_update_window(struct step *s);
void tcp_begin_window(struct step *s);
// Letters of what may happen often stand for the 1st, 10th, 100th ... time.
void tcp_letter_scaled(struct step *s, unsigned end, uint32_t *n, char c);
