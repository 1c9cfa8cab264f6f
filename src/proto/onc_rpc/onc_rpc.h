// SPDX-License-Identifier: Apache-2.0
// Inside proto/onc_rpc: messages of ONC RPC version 2 (RFC 5531), names, and what a port mapper
// says.
#pragma once

#include "proto/proto.h"

#include "base/cur.h"
#include "event/rpc.h"

// ---- names
const char *rpc_program_name(uint32_t program); // NULL: not known
enum rpc_risk rpc_program_risk(uint32_t program);
const char *rpc_procedure_word(uint32_t program, uint32_t version,
                               uint32_t procedure); // NULL: not known
struct slice rpc_procedure_name(struct out *o, uint32_t program, uint32_t version,
                                uint32_t procedure);
const char *rpc_flavor_name(uint32_t flavor); // NULL: not known

// ---- messages
enum rpc_status {
    RPC_SUCCESS,
    RPC_NO_PROGRAM,
    RPC_NO_VERSION,
    RPC_NO_PROCEDURE,
    RPC_GARBAGE,
    RPC_SYSTEM_ERROR, // up to here as on the wire
    RPC_WRONG_RPC,
    RPC_AUTH_ERROR,
    RPC_UNANSWERED,
    RPC_UNTRACKED // the answer can't be known: more calls were open than are remembered
};
extern const char *const rpc_status_name[];
extern const char *const rpc_auth_error_name[]; // by number
enum { RPC_AUTH_ERRORS = 15 };

enum { RPC_FLAVOR_SYS = 1, RPC_LENGTH_OPEN = UINT32_MAX };

struct rpc_message {
    bool is_answer;
    uint8_t status;                            // of an answer
    uint32_t xid, program, version, procedure; // the last three: of a call
    uint32_t flavor;                           // of a call's credential
    uint32_t low, high;                        // versions that would do; or low: auth error
    struct slice credential;
    struct cur body; // arguments or results, as far as they are there
    uint32_t body_n; // their length on the wire
};

// The message that s begins, `length` bytes long (RPC_LENGTH_OPEN: not known yet). YES: its
// header is there and holds; MAYBE: what is there of it holds.
enum guess rpc_read(struct rpc_message *m, struct slice s, uint32_t length);
enum guess rpc_probe(const struct head *h);
void rpc_glance(struct text *t, const struct packet *p);

// AUTH_SYS; false if it is none.
struct rpc_caller {
    struct slice machine;
    uint32_t uid, gid;
};
bool rpc_read_caller(struct rpc_caller *who, struct slice credential);

// An XDR string or opaque: its length, its bytes, zeros up to the next word.
struct slice rpc_take_opaque(struct cur *c);

// ---- record marking, over streams
enum { RPC_MARK = 4, RPC_FRAGMENT_MOST = 1 << 20, RPC_FRAGMENTS_MOST = 64 };
#define RPC_LAST 0x80000000u
static inline uint32_t rpc_fragment_length(uint32_t mark)
{
    return mark & ~RPC_LAST;
}
static inline bool rpc_mark_fits(uint32_t mark)
{
    uint32_t n = rpc_fragment_length(mark);

    return n && n <= RPC_FRAGMENT_MOST;
}

// ---- calls that wait for their answer
enum { MACHINE_MOST = 59 };
struct rpc_call {
    nsec ts;
    uint64_t ordinal; // of its packet
    uint32_t xid, program, version, procedure, args_n, flavor;
    uint32_t uid, gid;                                  // of AUTH_SYS
    uint32_t asked_program, asked_version, asked_value; // of a port mapper; value: a port, or,
                                                        // of CALLIT, a procedure
    uint8_t used, from, retries, asked, asked_proto;    // from: a side; asked: enum rpc_asked
    bool has_caller;
    uint8_t machine_n;
    char machine[MACHINE_MOST];
};

// ---- the port mapper, RFC 1833
extern const char *const rpc_proto_name[]; // by asked_proto
enum rpc_proto { RPC_OTHER, RPC_UDP, RPC_TCP, RPC_UDP6, RPC_TCP6, RPC_LOCAL };

void mapper_ask(struct ctx *x, struct rpc_call *call, struct rpc_message *m);
// What a successful answer says: announced, and put into e (NULL: nobody wants it).
void mapper_told(struct ctx *x, const struct rpc_call *call, struct rpc_message *m,
                 struct ev_rpc *e);
