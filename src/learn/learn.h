// SPDX-License-Identifier: Apache-2.0
// Learning and measuring: labelled flows in, a model or tables of figures out. Deterministic to
// the byte.
#pragma once

#include "model/model.h"

// ---- views: the same flow, seen less well
enum view {
    VIEW_START_1,
    VIEW_START_2,
    VIEW_START_4,
    VIEW_START_8,
    VIEW_MIDDLE_1, // one message missing, the initiator not known
    VIEW_MIDDLE_2,
    VIEW_MIDDLE_5,
    VIEWS
};
extern const char *const view_name[VIEWS];
// The flow as that view shows it; false if nothing is left of it. A flow that was not whole has
// its MIDDLE views only (MIDDLE_1 then is all that there is).
bool view_of(struct glimpse *to, const struct glimpse *from, enum view v);
// How many messages a view has of a flow's.
uint32_t view_messages(uint32_t messages, bool whole, enum view v);

// ---- labelled flows
struct example {
    const char *label;          // "": not known, a negative for all names
    const char *source;         // who collected it
    const char *capture;        // path below the source's root
    const char *origin;         // capture, program, generator, noise, chance
    const char *probe[VIEWS];   // what structural probes say of the view; "" or NULL: nothing
    uint8_t messages;           // of the glimpse
    uint64_t same;              // hash of its first four messages: duplicates agree in it
    struct tokens *view[VIEWS]; // NULL, or n is 0, where there is no such view
};

struct lessons; // all examples of a run
struct lessons *lessons_new(void);
void lessons_free(struct lessons *l);
// Copies everything. Duplicates (`same`) and more than 40 flows of one capture and label are
// left out; gives whether it was taken.
bool lessons_add(struct lessons *l, const struct example *e);
uint32_t lessons_count(const struct lessons *l);
// Adds flows without a protocol, always the same, to be learnt from as nobody's. Vectors do not
// need them.
void noise_add(struct lessons *l);

// Vectors: lessons as a file (zstd), small enough to be kept with the project: tokens that only
// one flow has are left out, but counted. What is learnt from them is the same. Nothing is
// added if there is no room in `t`. Refused when read: what is no such file, damaged, or of
// other meters.
bool lessons_write(struct text *t, const struct lessons *l);
bool lessons_are(struct slice file); // does it begin like vectors?
struct lessons *lessons_read(struct slice file, struct fail *fail);

// ---- names, from the project's table
struct naming {
    const char *name, *family;
    const char *published; // in the published list; "": not in it
    const char *reach;     // of a published one: A to D, how well it can be taught at all
    const char *over;      // transports; "link": its header decides, nothing is learnt
    bool probed;           // its structure tells, whatever is learnt
};

// ---- learning
// A name is taught from so few flows on: rules need no more. Figures need more to stand on.
enum { LEAST_FLOWS = 2, LEAST_CAPTURES = 1, SCORED_FLOWS = 6, SCORED_CAPTURES = 3 };
struct learn_options {
    const struct naming *naming;
    uint32_t n_naming;
    uint32_t least_flows, least_captures; // of a name to be learnt
    uint32_t sieved;    // flows of random bytes, none of which a rule may match
    const char *taught; // a name of the user's: below 6 flows by rules alone; NULL: none
    // Words for a token, from a flow that has it (by its number in order of adding): the model
    // keeps those of its rules. NULL: there are none.
    bool (*words)(void *user, struct text *t, uint32_t token, uint32_t flow);
    void *user;
};
// The model file. False: nothing could be learnt, and why.
bool learn(struct text *model, const struct lessons *l, const struct learn_options *o,
           struct fail *fail);

// ---- measuring: identification's evaluation protocol, splits by capture, by source, hidden
// names; depth and mid-stream; refusal; per name.
// Limits, one a line: `A.start8.accuracy >= 0.965`, `A.start8.unknown_accepted <= 0.05`. The
// measures are those of the JSON. Empty lines and lines with # are passed over.
struct floors;
struct floors *floors_read(struct slice text, struct fail *fail);
void floors_free(struct floors *f);
struct evaluate_options {
    const struct learn_options *learn;
    const struct lessons
        *kept; // never learnt from: judged by a model of all the others; or NULL
    const struct floors *floors; // or NULL
    bool json;
    bool names; // the published names only: what each rests on, and its figures
};
// Prints tables (or JSON) into t; gives how many measures are below their floor.
uint32_t evaluate(struct text *t, const struct lessons *l, const struct evaluate_options *o);
