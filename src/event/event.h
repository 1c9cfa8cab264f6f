// SPDX-License-Identifier: Apache-2.0
// Events: what analysers tell. Declared once in event.def; structs, field tables and writers
// follow from it. An event lives in the arena of its batch and dies when it has been written.
#pragma once

#include "base/mem.h"
#include "event/value.h"

// ---- field types: name in event.def, type in C
#define FIELD_TYPES(X)                                                                         \
    X(bool, _Bool)                                                                             \
    X(u8, uint8_t)                                                                             \
    X(u16, uint16_t)                                                                           \
    X(u32, uint32_t)                                                                           \
    X(u64, uint64_t)                                                                           \
    X(real, double)                                                                            \
    X(time, nsec)                                                                              \
    X(duration, nsec)                                                                          \
    X(addr, struct addr)                                                                       \
    X(port, uint16_t)                                                                          \
    X(mac, struct mac)                                                                         \
    X(str, struct slice)  /* text from the wire or the arena; absent: p is NULL */             \
    X(json, struct slice) /* a list as JSON text, written as it stands; absent: p is NULL */   \
    X(word, const char *) /* text that lives as long as the program; absent: NULL */           \
    X(enum, const char *) /* a word out of a few; Zeek's type for it is enum */                \
    X(parents, uint64_t)  /* a uid, shown as a set of one */

#define X(name, ctype) typedef ctype event_##name;
FIELD_TYPES(X)
#undef X

enum field_type {
#define X(name, ctype) TYPE_##name,
    FIELD_TYPES(X)
#undef X
};

enum event_id {
#define EVENT(name, head, eve, doc) EV_##name,
#define FIELD(event, type, name, column, eve, presence, doc)
#define END(name)
#include "event/event.def"
#undef EVENT
#undef FIELD
#undef END
    EVENTS
};
_Static_assert(EVENTS <= 64, "the set of wanted events is one word");

// The head of every event. For CONN events src is the originator, dst the responder.
struct event {
    struct event *next;   // in the order of emission
    uint64_t order;       // what all output is ordered by, see lane/README
    uint64_t present;     // which MAYBE numbers are set, a bit per field
    uint64_t uid;         // of the conversation, 0: none
    uint64_t ordinal;     // of the packet, from 0
    struct slice written; // filled by the worker: this event as the writers want it
    nsec ts;
    struct addr src, dst; // kind ADDR_NONE: the event has no addresses
    uint16_t sport, dport;
    uint16_t id, lane; // which EVENT
    uint8_t ip_proto;  // of the conversation; 0: none or not known
};

// struct ev_conn { struct event head; ... } and so on
#define EVENT(name, columns, eve, doc)                                                         \
    struct ev_##name {                                                                         \
        struct event head;
#define FIELD(event, type, name, column, eve, presence, doc) event_##type name;
#define END(name)                                                                              \
    }                                                                                          \
    ;
#include "event/event.def"
#undef EVENT
#undef FIELD
#undef END

// Numbers of the fields inside their event: FI_conn_vlan
#define EVENT(name, head, eve, doc)                                                            \
    enum field_of_##name                                                                       \
    {
#define FIELD(event, type, name, column, eve, presence, doc) FI_##event##_##name,
#define END(name)                                                                              \
    FIELDS_##name                                                                              \
    }                                                                                          \
    ;
#include "event/event.def"
#undef EVENT
#undef FIELD
#undef END

enum presence { FIELD_ALWAYS, FIELD_MAYBE };
enum event_head { HEAD_CONN, HEAD_UID, HEAD_TIME };

struct field {
    const char *name;   // in C
    const char *column; // Zeek column and JSON key; "": only in EVE
    const char *eve;    // dotted path in EVE; "": not in EVE
    const char *doc;
    uint16_t offset; // in the event's struct
    uint8_t type, presence;
    uint8_t number; // its bit in `present`
};

struct event_type {
    const char *name; // the log's name, too
    const char *eve;  // EVE's event_type
    const char *doc;
    enum event_head head;
    uint16_t size, n_fields;
    const struct field *field;
};

extern const struct event_type event_type[EVENTS];
int event_by_name(const char *name); // an event_id, or -1

// Gives a MAYBE number: set(conn, e, vlan, 7)
#define set(event, e, field, value)                                                            \
    ((e)->field = (value), (e)->head.present |= UINT64_C(1) << FI_##event##_##field)

// ---- oddities
enum odd {
#define ODD(name, weight, room, sentence) ODD_##name,
#include "event/odd.def"
#undef ODD
    ODDS
};
_Static_assert(ODD_time_back <= 64, "the packet room's odds are bits of one word");

struct odd_type {
    const char *name, *room, *sentence;
    int weight;
};
extern const struct odd_type odd_type[ODDS];

// ---- counters
enum count {
#define COUNT(name, doc) COUNT_##name,
#include "event/count.def"
#undef COUNT
    COUNTS
};

// ---- where events go; a lane fills it once per packet
struct subject {          // the conversation that events are about
    uint64_t uid;         // 0: none
    struct addr src, dst; // its originator and responder
    uint16_t sport, dport;
    uint8_t ip_proto;
};
extern const struct subject nobody;

struct out {
    struct arena *arena; // of this batch and worker; what events point to must live in it,
                         // in the batch's frames, or as long as the program
    struct event *first, **last;
    uint64_t *count; // of the lane: COUNTS of them
    uint64_t wanted; // a bit per event that somebody wants
    uint64_t order, ordinal;
    nsec ts;
    uint16_t lane;
    const struct subject *at; // what is at hand; never NULL
    const struct addr *from;  // who sent the packet at hand; NULL: there is none
    const struct mac *from_mac;
    bool telling; // explain asked for it: `why` is wanted
};

static inline bool want(const struct out *o, enum event_id id)
{
    return o->wanted >> id & 1;
}
static inline void count(struct out *o, enum count c, uint64_t n)
{
    o->count[c] += n;
}

// A zeroed event with its head stamped, already in the list. Never NULL. Ask want() first.
struct event *event_new(struct out *o, enum event_id id);

#define EVENT(name, head, eve, doc)                                                            \
    static inline struct ev_##name *emit_##name(struct out *o)                                 \
    {                                                                                          \
        return (struct ev_##name *)(void *)event_new(o, EV_##name);                            \
    }
#define FIELD(event, type, name, column, eve, presence, doc)
#define END(name)
#include "event/event.def"
#undef EVENT
#undef FIELD
#undef END

// Tells an oddity of the packet or conversation at hand; the format, if any, gives details.
void RARE odd(struct out *o, enum odd which);
void RARE odd_with(struct out *o, enum odd which, const char *fmt, ...) PRINTF(3, 4);

// Tells a decision in words; costs one tested bit unless explain asked for it.
void RARE why_text(struct out *o, const char *fmt, ...) PRINTF(2, 3);
#define why(o, ...) ((o)->telling ? why_text((o), __VA_ARGS__) : (void)0)
