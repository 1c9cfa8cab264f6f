// SPDX-License-Identifier: Apache-2.0
// Which protocol is this: by what was announced, by the structure of the first bytes, by what
// was learnt from examples. All payload goes through here: an undecided talk's is looked at, a
// decided one's handed on to its analyser, with everything that was kept meanwhile.
#pragma once

#include "model/model.h"
#include "proto/proto.h"

// The model in force; NULL: none. To be called before there are lanes; stays the caller's.
void ident_use(const struct model *m);

// Of a lane. Does not own `feeds`.
struct idents;
struct idents *ident_open(struct feeds *feeds);
void ident_close(struct idents *i);

// A talk begins; its addresses are known, what is expected of it may become known later.
void ident_begin(struct idents *i, struct ctx *x);

// Payload: the bytes that follow in one side's stream, or a datagram; never none. Nothing is
// lost by not calling these two when the talk is not heard (talk_is_heard). Sets
// talk->verdict when it decides, talk->analyser when there is one, and feeds that.
void ident_data(struct idents *i, struct ctx *x, struct slice bytes, enum side side);
void ident_gap(struct idents *i, struct ctx *x, uint64_t lost, enum side side);
// Before the end, without a packet: what was held behind a hole, for the analyser; or (lost not
// 0) the hole.
void ident_rest(struct idents *i, struct ctx *x, struct slice bytes, uint64_t lost,
                enum side side);

// The talk ends: ends its analyser, frees all, completes the verdict (why nothing was found),
// and gives its words.
void ident_end(struct idents *i, struct ctx *x, struct verdict_words *w);

// What the probes say of a flow's first messages, NULL: nothing. For teaching.
const char *ident_probed(const struct glimpse *g);
