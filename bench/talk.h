// SPDX-License-Identifier: Apache-2.0
// The conversations of the bench's generator: what they are like, and their next frame.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum over { TCP, UDP, UDP_MOVES }; // MOVES: the answers come from another port
enum fill {
    NOISE,
    TEXT,
    ZEROS,
    COUNTS,
    FIXED,
    DNP3
}; // FIXED: as COUNTS, and always of the mean size; DNP3: whole frames, the head means nothing

struct shape {
    const char *name;
    enum over over;
    uint16_t port;
    unsigned weight;
    const char *ask, *answer, *later;
    uint16_t ask_head, answer_head, later_head;
    int id_at, len_at, len_less;
    unsigned ask_n, answer_n;
    enum fill fill;
};

extern const struct shape shapes[];
extern const size_t n_shapes;

enum kind { DIALOG, LONE_SYN, REFUSED_SYN, PING, CYCLIC, ARP, LLDP, STP, SILENT };
enum step { OPEN, OPENED, CONFIRMED, TALKING, CLOSING, CLOSED, LAST_ACK, OVER };

struct side {
    uint8_t mac[6], ip[16];
    uint16_t port;
    uint32_t seq;
};

// One conversation, with the time of its next frame.
struct talk {
    int64_t next_us, gap_us;
    const struct shape *shape;
    struct side side[2]; // 0 asked first
    uint16_t moved_port; // where UDP_MOVES answers from
    uint16_t vlan, id, messages, size, left;
    uint8_t kind, step, who, turn;
    bool ip6, ack_due, reset_at_end;
    unsigned frames; // still to send, about
};

// The n-th host: its addresses, and a first sequence number.
void host(struct side *s, unsigned number, bool ip6);
void step(
    struct talk *t); // sends the next frame, at next_us; sets when the one after it is due
void send_tcp(struct talk *t, int who, unsigned flags, const uint8_t *p, size_t n);
void send_udp(struct talk *t, int who, const uint8_t *p, size_t n);

// A READ of all classes, or its answer of about n octets: a DNP3 frame. Gives its length.
size_t dnp3_message(uint8_t *to, bool answer, unsigned number, size_t n);
// About N frames of a DNP3 master that polls its outstations.
void dnp3(unsigned long frames);
// N cyclic frames of a controller and its devices, and a tenth as many of DCP.
void plant(unsigned long frames);
