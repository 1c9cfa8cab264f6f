// SPDX-License-Identifier: Apache-2.0
// Inside the DNP3 analyser: frames become fragments, fragments are walked object by object.
#pragma once

#include "proto/dnp3/objects.h"
#include "proto/notice.h"

enum { DNP3_FRAGMENT_MOST = 2048, DNP3_BROADCAST = 0xfffd /* from there on */ };

enum dnp3_finding {
#define FINDING(name, ...) FIND_##name,
#include "proto/dnp3/findings.def"
#undef FINDING
    DNP3_FINDINGS
};

// ---- names.c
bool dnp3_crc_right(const uint8_t *p, uint32_t n); // the two octets behind p[0..n) are its CRC
struct dnp3_function {
    const char *name; // NULL: reserved
    bool answered;    // a request that there is a reply to
    uint8_t finding;
};
extern const struct dnp3_function dnp3_functions[256];
extern const char *const dnp3_iin_name[16];                       // by bit of IIN1 << 8 | IIN2
struct slice dnp3_function_name(struct out *o, uint8_t function); // READ, unknown-112
struct slice dnp3_status_name(struct out *o, uint8_t status);

// ---- what the layers hand on
enum { CTRL_DIR = 0x80, CTRL_PRM = 0x40, CTRL_FCB = 0x20, CTRL_FCV = 0x10, CTRL_CODE = 0x0f };
enum { AC_FIR = 0x80, AC_FIN = 0x40, AC_CON = 0x20, AC_UNS = 0x10, AC_SEQ = 0x0f };
enum { FC_CONFIRM, FC_READ, FC_WRITE, FC_SELECT, FC_OPERATE, FC_DIRECT, FC_DIRECT_NR };
enum { FC_RESPONSE = 129, FC_UNSOLICITED = 130 };

struct dnp3_frame {
    uint16_t src, dst;
    uint8_t ctrl;
    struct slice user; // without CRCs
    uint32_t size;     // on the wire
};
struct dnp3_fragment { // of the application layer, complete
    nsec ts;
    struct slice bytes, objects;       // objects: what is behind the application header
    uint32_t frames, segments, octets; // segments: those joined; octets: of the frames
    uint32_t odds;                     // see dnp3_odd_bit
    uint64_t groups;                   // of its objects: bits by their number modulo 64
    uint16_t src, dst, iin;            // iin: 0 in requests
    uint8_t link_ctrl;                 // of its first frame
    uint8_t control, function;
    uint8_t side;
    uint8_t stop;  // enum dnp3_stop: how reading the objects ended
    bool retry;    // it repeats a request
    uint8_t *kept; // the block that its bytes are in; NULL: none
};
static inline bool dnp3_is_answer(const struct dnp3_fragment *f)
{
    return f->function >= 128;
}
static inline bool dnp3_wants_answer(const struct dnp3_fragment *f)
{
    const struct dnp3_function *known = &dnp3_functions[f->function];

    return (known->answered || !known->name) && f->dst < DNP3_BROADCAST;
}
static inline bool dnp3_repeats(const struct dnp3_fragment *kept, const struct dnp3_fragment *f)
{
    return kept->kept && kept->side == f->side && kept->bytes.n == f->bytes.n &&
           !memcmp(kept->bytes.p, f->bytes.p, f->bytes.n);
}
static inline bool dnp3_answers(const struct dnp3_fragment *kept, const struct dnp3_fragment *f)
{
    return kept->kept && kept->side != f->side && !((kept->control ^ f->control) & AC_SEQ);
}
static inline struct dnp3_walk dnp3_walk_in(const struct dnp3_fragment *f)
{
    return dnp3_walk_of(f->objects, f->function);
}

// The oddities of a fragment, so that its record can name them.
_Static_assert(ODD_dnp3_flooded - ODD_dnp3_bad_crc < 32, "they stand together");
static inline uint32_t dnp3_odd_bit(enum odd which)
{
    return 1u << (which - ODD_dnp3_bad_crc);
}

// ---- association.c: two stations that talk
enum { DNP3_ASKED = 4 };

struct dnp3_way {           // one direction of transport
    struct dnp3_fragment f; // so far; kept NULL: nothing is being joined
    uint8_t last_seq;
    uint64_t confirmed; // hash of the last frame of confirmed user data, 0: none
};
struct dnp3_association {
    struct dnp3_association *next; // the latest first
    struct dnp3 *talk;
    uint32_t session;    // its number in the talk; 0: the first
    uint16_t address[2]; // of the station at each side
    struct dnp3_way way[2];
    struct dnp3_fragment asked[DNP3_ASKED]; // requests without a reply, the oldest first
    struct dnp3_fragment select, command;   // of control.c, where what follows is told, too
    nsec select_answered, command_select;
    const char *command_wrong;
    uint64_t selected;
    nsec refused;      // findings.c: when the first of
    uint32_t refusals; // these was
    nsec listed;       // when the inventory was told of it
    bool known;        // its master was compared with others
    struct notice_told told[DNP3_FINDINGS];
};
_Static_assert(sizeof(struct dnp3_association) <= FEED_BLOCK, "it lies in a block");

struct dnp3_line { // one direction of a stream
    bool began;    // there was a frame
    bool seeking;  // for the next one
    bool silent;   // which is no oddity
    bool partial;  // the bytes end inside a frame
    uint64_t skipped;
};
struct dnp3 { // the state of a talk
    struct dnp3_association *first;
    uint32_t associations; // that there were
    uint32_t unanswered;   // requests
    bool counted;          // memcap's arithmetic has it
    struct dnp3_line line[2];
};

// Copies a fragment to where it stays; `to` may hold one. false: there is no memory.
bool dnp3_keep(struct ctx *x, struct dnp3_fragment *to, const struct dnp3_fragment *f);
void dnp3_drop(struct ctx *x, struct dnp3_fragment *f);
// Tells that a session begins or ends, of those that memcap bounds: 0 is the talk's own.
void dnp3_tell_session(struct ctx *x, const struct dnp3 *s, uint32_t session, bool ends);
// NULL: there is no memory.
struct dnp3_association *dnp3_association_of(struct ctx *x, struct dnp3 *s, enum side side,
                                             uint16_t src, uint16_t dst);
// Tells what is left.
void dnp3_association_end(struct ctx *x, struct dnp3_association *a);

// ---- transport.c, application.c: the way up
void dnp3_segment(struct ctx *x, struct dnp3_association *a, enum side side,
                  const struct dnp3_frame *frame);
void dnp3_fragment(struct ctx *x, struct dnp3_association *a, struct dnp3_fragment *f);
void dnp3_tell_unanswered(struct ctx *x, struct dnp3_association *a, unsigned which);

// ---- records.c, control.c, findings.c: what is told
// Who sent a message, and to whom, as ICSNPP has it.
#define DNP3_ENDS(e, f)                                                                        \
    ((e)->is_orig = (f)->side == ORIG,                                                         \
     (e)->source_h = (e)->is_orig ? (e)->head.src : (e)->head.dst,                             \
     (e)->source_p = (e)->is_orig ? (e)->head.sport : (e)->head.dport,                         \
     (e)->destination_h = (e)->is_orig ? (e)->head.dst : (e)->head.src,                        \
     (e)->destination_p = (e)->is_orig ? (e)->head.dport : (e)->head.sport)
void dnp3_tell_pair(struct ctx *x, const struct dnp3_fragment *request, // one may be NULL
                    const struct dnp3_fragment *reply);
void dnp3_tell_fragment(struct ctx *x, const struct dnp3_association *a,
                        const struct dnp3_fragment *f);
void dnp3_control(struct ctx *x, struct dnp3_association *a, const struct dnp3_fragment *f);
void dnp3_control_end(struct ctx *x, struct dnp3_association *a);
void dnp3_find(struct ctx *x, struct dnp3_association *a, const struct dnp3_fragment *f);
void dnp3_found(struct ctx *x, struct dnp3_association *a, enum dnp3_finding which,
                const struct dnp3_fragment *f, const char *fmt, ...) PRINTF(5, 6);
void dnp3_findings_end(struct ctx *x, struct dnp3_association *a);
