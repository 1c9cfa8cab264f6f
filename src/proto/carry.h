// SPDX-License-Identifier: Apache-2.0
// Inside the proto room: files that conversations carry. An analyser says where one begins,
// what its bytes are and how it ends; `file` and `file_part` events are told from here.
#pragma once

#include "proto/proto.h"

enum { CARRY_NAME_MOST = 255 };
#define CARRY_EVENTS (UINT64_C(1) << EV_file | UINT64_C(1) << EV_file_part)

// Does anybody want files? If not, there is nothing to be done.
static inline bool carry_wanted(const struct ctx *x)
{
    return x->out->wanted & CARRY_EVENTS;
}

struct carried; // a file on its way; it lies in a feed_block

struct carry {
    const char *source; // ftp, tftp, http
    struct slice name;  // empty: none is known
    const char *packed; // end of a name for how it is packed (".gz"); NULL: it is not
    uint64_t control;   // uid of the conversation that named it, 0: this one
    enum side side;     // who sends it
    uint64_t offset;    // of the first byte in the file
    bool append;        // to a file that is there
    bool empty_too;     // is told even if nothing came
};

// NULL: nobody wants files, or there is no room. The calls below take that, too.
struct carried *carry_begin(struct ctx *x, const struct carry *c);
void carry_data(struct ctx *x, struct carried *c, struct slice bytes);
void carry_gap(struct carried *c, uint64_t lost);
bool carry_is_empty(const struct carried *c); // nothing came, nothing is missing
// Tells it; nothing if nothing came, but an empty one as it was asked for. `whole`: its end was
// seen.
void carry_end(struct ctx *x, struct carried **c, bool whole);
// Did this side close its half of the connection?
bool carry_closed(const struct talk *t, enum side side);
// What it is by its first bytes; NULL: not known.
const char *carry_mime(struct slice head);

// ---- FTP: what a control connection says of data connections that will come, or have come.
enum { TRANSFERS = 64 };
struct transfer {
    struct addr host; // the data connection goes to host:port
    uint16_t port;
    uint64_t control, number; // uid of who announced it; 0: a free place
    bool active;              // it goes to who asks, not to the server
    bool listing;             // of a folder, which is no file
    bool upload, append, named;
    uint64_t offset;
    uint8_t name_n;
    char name[CARRY_NAME_MOST];
};
struct transfers { // of a lane; zeroed at first
    struct transfer at[TRANSFERS];
    uint64_t made;
    uint64_t files; // so far, of the lane
};
struct transfers *feed_transfers(struct ctx *x);
void transfer_announce(struct ctx *x, const struct addr *host, uint16_t port, bool active);
// RETR and so on: of what this conversation announced last; NULL: nothing.
struct transfer *transfer_name(struct ctx *x, struct slice name);
// The one that this conversation is, taken out; false: nothing was announced.
bool transfer_take(struct ctx *x, struct transfer *t);
