// SPDX-License-Identifier: Apache-2.0
// Inside the PROFINET context manager: the body of a call taken apart, and bodies joined of
// fragments.
#pragma once

#include "base/cur.h"
#include "event/pnio.h"
#include "proto/profinet/dcp.h"

enum {
    CM_BLOCKS_MOST = 512,  // of a message
    CM_ENTRIES_MOST = 4096 // of their lists together
};

// A body, as far as it could be read.
struct cm {
    struct ctx *x;
    struct text *t; // the blocks as JSON, without the brackets of a list
    bool answer;
    bool tells; // events of what is in the blocks are wanted, and the message may change things
    const char *malformed; // the first rule that it breaks
    struct uuid ar, object;
    bool has_ar, has_index;
    uint16_t command, index, slot, subslot;
    uint32_t status;     // of an answer
    uint32_t n, entries; // blocks, and entries of their lists, so far
};

// Reads what lies behind the RPC header: lengths, which must agree, then blocks. `cut`: the
// capture has not all of it.
void cm_read(struct cm *m, struct slice body, bool little, bool cut);

// ---- shared by the parts
static inline void cm_fault(struct cm *m, const char *what)
{
    if (!m->malformed)
        m->malformed = what;
}
// Takes what was written to the text from `at` on out of it again, into the arena.
struct slice cm_cut(struct cm *m, size_t at);
struct slice cm_ar(struct cm *m); // the AR's UUID as text
void cm_set_ar(struct cm *m, const struct uuid *ar);
struct uuid cm_uuid(struct cur *c);
// Begins entry i of n of a list; false where it ends: all were read, there is nothing more to
// read, or they were too many.
bool cm_entry(struct cm *m, const struct cur *c, uint32_t i, uint32_t n);
// Blocks one behind the other, up to the end of c; `inside`: nested that deep.
void cm_blocks(struct cm *m, struct cur *c, int inside);

// JSON: ,"key":value
void cm_number(struct cm *m, const char *key, uint64_t value);
void cm_hex(struct cm *m, const char *key, uint32_t value, int digits);
// Reads slot and module, subslot and submodule, and writes them.
void cm_module(struct cm *m, struct cur *c, struct ev_profinet_module *to);
void cm_submodule(struct cm *m, struct cur *c, struct ev_profinet_module *to);
void cm_word(struct cm *m, const char *key, const char *word); // NULL: left out
void cm_bytes(struct cm *m, const char *key, struct slice s);
void cm_put_uuid(struct cm *m, const char *key, const struct uuid *u);
void cm_put_mac(struct cm *m, const char *key, struct slice mac);
void cm_list(struct cm *m, const char *key); // opens it; "]" ends it

// What blocks hold, by type; `c` stands behind the block's header and version.
void cm_connect_block(struct cm *m, uint16_t type, struct cur *c);
void cm_record_block(struct cm *m, uint16_t type, uint8_t version, struct cur *c);
bool cm_relation_block(struct cm *m, uint16_t type, struct cur *c); // false: none of its own
bool cm_mrp_block(struct cm *m, uint16_t type, uint8_t version, struct cur *c); // likewise
bool cm_mrp_holds_blocks(uint16_t type);                                        // behind these

// ---- a body that came in fragments
struct cm_piece;
struct cm_join {
    struct cm_piece *first; // in the order of their fragments; NULL: nothing is held
    uint32_t sequence, bytes;
    uint16_t pieces, count, last; // count: fragments held; last: number of the last one
    uint16_t joined;              // fragments of the body that was complete
    bool has_last, closed;        // closed: complete or given up, what still comes is ignored
    nsec ts;                      // of the latest
};
// Adds a fragment. The whole body when it is complete, in the arena; else nothing.
struct slice cm_join_add(struct cm_join *j, struct ctx *x, const struct rpc4 *rpc);
void cm_join_end(struct cm_join *j, struct ctx *x); // gives back what is held, and tells it
