// SPDX-License-Identifier: Apache-2.0
// Analysers: one file per protocol, one line in list.def. A file ends with its `struct
// analyser`.
#pragma once

#include "flow/flow.h"
#include "flow/rpc4.h"

enum { OVER_TCP = 1, OVER_UDP = 2, OVER_SCTP = 4, OVER_ETHER = 8 };

// What a probe sees: the beginning of one side's stream, 1 to HEAD_MOST bytes of it, or a
// datagram. Where a capture begins in the middle, a segment stands for the beginning.
struct head {
    struct slice bytes;
    uint32_t length; // of the datagram, also if the capture cut it; of a stream: bytes.n
    enum side side;  // who sent it; a guess where a capture begins in the middle
    bool stream;     // TCP: more may follow
};
enum { HEAD_MOST = 256 };

// What a probe answers. On a stream MAYBE means that more bytes are needed, and NO and YES stay
// so whatever follows. On a datagram MAYBE means that it fits, but that other things would fit,
// too.
enum guess { NO, MAYBE, YES };

// What an analyser may use while it is called.
struct ctx {
    struct out *out;             // emit, odd, why
    struct talk *talk;           // NULL: OVER_ETHER
    const struct packet *packet; // the one at hand, read only; NULL at the end of a talk
    struct flows *flows;
    struct feeds *feeds; // set when an analyser is called
    // What the policy says of DNP3 in the talk at hand.
    bool ignore_crc;                // frames with wrong CRCs are read as others
    bool sessions;                  // are told, as memcap bounds them
    const struct analyser *inspect; // is to read a talk that nothing else knows; NULL: none
};

struct progress {
    uint32_t used; // bytes consumed
    uint32_t
        want; // more are needed before it is called again: bytes in all from the next unused
};

struct analyser {
    const char *name;  // as in `service`
    const char *title; // as people call it
    const char *spec;  // the document it follows
    const char *why;   // what its probe checks, in words: "it begins with ..."
    unsigned over;     // OVER_ bits
    uint16_t hint[4];  // ports: what service_hint says, and the order in which probes are asked
    uint64_t only_for; // events: if nobody wants one of them, it is only identified; 0: always
    bool patient;      // conversations may be silent for an hour, and still go on
    uint32_t state_size;
    uint32_t most; // the longest message; a longer one is skipped and told as an odd

    // Pure. NULL: there is nothing to know it by; only an expectation chooses it.
    enum guess (*probe)(const struct head *h);
    // What more can be said (`service_sub`) of bytes that the probe knows. NULL, or gives NULL:
    // nothing.
    const char *(*refine)(const struct head *h);
    // Whether bytes that the probe turned down may still be meant as this protocol's: asked
    // where ctx.inspect is set. NULL: nothing is.
    bool (*meant)(struct slice bytes);
    // A datagram, or the stream's contiguous bytes. NULL: only identified. Neither used nor
    // wanted: these bytes are not this protocol's; the rest of this side is not asked about.
    struct progress (*data)(struct ctx *x, void *state, struct slice in, enum side side);
    // Bytes were lost; the next ones may be the middle of a message. NULL: then that side ends.
    void (*gap)(struct ctx *x, void *state, uint64_t lost, enum side side);
    void (*end)(struct ctx *x, void *state);
    // Appends a phrase on the packet's payload, which the probe knows (OVER_ETHER: any frame of
    // the type): ": READ_COILS, unit 1"; printable ASCII. NULL: its first line, if it is text.
    void (*glance)(struct text *t, const struct packet *p);

    // ---- OVER_ETHER: frames of one EtherType, also from inside tunnels. There are no talks;
    // the state is one for all frames of a lane, zeroed at first, of any size.
    uint16_t ether_type;
    uint32_t lane_state_size;
    void (*frame)(struct ctx *x, void *state); // x->packet; a copy, too
    // Once a second of packet time; time jumped; INT64_MAX: the end. NULL: not needed.
    void (*tick)(struct ctx *x, void *state, nsec now, bool jump);
    void (*close)(void *state); // NULL: nothing to give back
};

extern const struct analyser *const analysers[]; // in the order of list.def; NULL ends it
const struct analyser *analyser_named(const char *name); // NULL: there is none

// Announces an endpoint: the next conversation to it is expected to be `service`.
static inline void expect(struct ctx *x, const struct expectation *e)
{
    flows_expect(x->flows, e, x->out);
}

// ---- glance.c: one packet by itself, for who prints packets
struct glances;
struct glances *glances_open(void);
void glances_close(struct glances *g);
// Appends "modbus: READ_COILS, unit 1", or nothing where nothing is sure; printable ASCII.
void glances_put(struct glances *g, struct text *t, const struct packet *p);
void glance_line(struct text *t, struct slice s); // ": " and the first line, if it is text

// ---- feeding: what lies between a talk's bytes and its analyser. Memory is a lane's.
struct feeds;
struct feeds *feeds_open(void);
void feeds_close(struct feeds *f);

// Chooses the talk's analyser, whose state begins zeroed; false if it has no `data`, or its
// state cannot be kept: the talk is then only identified.
bool feed_begin(struct feeds *f, struct ctx *x, const struct analyser *a);
void feed_data(struct feeds *f, struct ctx *x, struct slice bytes, enum side side);
void feed_gap(struct feeds *f, struct ctx *x, uint64_t lost, enum side side);
void feed_end(struct feeds *f, struct ctx *x); // the talk has no analyser any more

// ---- the same for frames without IP: who is asked is chosen by the EtherType alone
struct ether_feeds;
struct ether_feeds *ether_feeds_open(void);
void ether_feeds_close(struct ether_feeds *f);
void ether_feed(struct ether_feeds *f, struct ctx *x, struct feeds *texts);
void ether_feeds_tick(struct ether_feeds *f, struct ctx *x, struct feeds *texts, nsec now,
                      bool jump);

// For analysers whose state does not hold all they must keep. A block of FEED_BLOCK bytes, not
// zeroed; NULL: all are in use, which is counted. `end` gives back what was taken.
enum { FEED_BLOCK = 2048 };
void *feed_block(struct ctx *x);
void feed_block_back(struct ctx *x, void *block);
// The lane's text, emptied; what is kept of it must be copied before the next call.
struct text *feed_text(struct ctx *x);
