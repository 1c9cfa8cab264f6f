// SPDX-License-Identifier: Apache-2.0
// Inside PROFINET DCP: a message taken apart, and the requests that wait for answers.
#pragma once

#include "event/profinet.h"
#include "proto/proto.h"

enum {
    DCP_HELLO_ID = 0xfefc,
    DCP_GET_SET_ID = 0xfefd,
    DCP_IDENTIFY_ID = 0xfefe,
    DCP_ANSWER_ID = 0xfeff,
    DCP_NAME_MOST = 240,
    DCP_BLOCKS_MOST = 64,
    DCP_FACTOR_MOST = 6400, // of the response delay, in units of 10 ms
    DCP_EXCHANGES = 4096,   // that are remembered at a time
    DCP_ANSWERERS = 64      // stations remembered of an Identify
};

// A message, as far as it could be read. Slices lie in the frame.
struct dcp {
    uint16_t frame_id, factor, length, vlan;
    uint8_t service, type;
    uint32_t xid;
    struct slice blocks;   // at most `length` bytes
    uint64_t print;        // of what the blocks say
    struct mac src, dst;   // of the frame
    const char *malformed; // the first rule that it breaks
    bool truncated;        // by the capture

    struct slice name, station_type; // p NULL: not in it; zeros at the end are left out
    const char *name_why;            // the rule that the name breaks
    uint8_t name_fault;              // enum dcp_name_fault
    struct addr ip, netmask, gateway;
    struct mac mac;
    uint16_t ip_info, vendor, device;
    uint8_t role, asks, actions, refused, error, reset_mode, n_blocks;
    bool has_mac, has_ip_info, has_id, has_role, permanent, padded;
};

// Reads header and blocks; the blocks as JSON, without the brackets of a list, go to t.
void dcp_read(struct dcp *d, const struct packet *p, struct text *t);
// The blocks alone, for dcp_read.
void dcp_blocks(struct dcp *d, struct text *t);
static inline void dcp_fault(struct dcp *d, const char *what)
{
    if (!d->malformed)
        d->malformed = what;
}

// "io_device,io_controller"; nothing if no bit is known.
void dcp_role(struct text *t, uint8_t bits);
// Which rule for names of stations (specification of DCP, section 3) is broken; NULL: none.
const char *dcp_name_fault(struct slice name, uint8_t *weight);
// Bytes as text: those that are not printable ASCII as \xNN, a backslash doubled.
void dcp_escape(struct text *t, struct slice s);
// The same inside a JSON string.
void dcp_json(struct text *t, struct slice s);

// ---- pairing: requests by client, Xid, service and VLAN, as long as an answer may come
struct dcp_pairs { // zeroed at first
    bool ready;
    nsec now;
    struct slab slab;
    struct map map;
    struct node oldest;
};

struct dcp_pairing {
    enum dcp_match match;
    uint64_t packet; // of the request, from 1; 0: there is none
    nsec asked;
};
struct dcp_pairing dcp_pair(struct dcp_pairs *s, const struct dcp *d, struct ctx *x);
// Ends what waited too long. `jump`: time stepped; nothing is then unanswered.
void dcp_pairs_tick(struct dcp_pairs *s, nsec now, bool jump, struct ctx *x);
void dcp_pairs_close(struct dcp_pairs *s);

// ---- cyclic data: who sends to whom, told at the first and once a second
enum { CYCLIC_PAIRS = 256 };
struct cyclic { // zeroed at first
    struct cyclic_pair {
        struct cyclic_key {
            uint64_t macs, rest; // rest: of the MACs, VLAN, FrameID
        } key;
        struct mac src, dst;
        uint16_t vlan, frame_id;
        nsec last;
        uint64_t packet; // the last, from 1; 0: the place is free
        uint16_t counter, step, votes, length;
        uint8_t status;
        bool has_tail, changed;
        struct cyclic_sum { // since it was told
            uint64_t bytes, jitter, jitter_most;
            uint32_t frames, lost, repeated, reordered, timed;
        } sum;
    } pair[CYCLIC_PAIRS];
    uint64_t heard[CYCLIC_PAIRS / 64]; // since the last tick: a bit for each pair
};
bool cyclic_is(uint16_t frame_id);
void cyclic_read(struct cyclic *c, uint16_t frame_id, struct ctx *x);
void cyclic_tick(struct cyclic *c, struct ctx *x);

// ---- alarms: notifications wait for their acknowledgement
enum { ALARM_HIGH = 0xfc01, ALARM_LOW = 0xfe01, ALARMS = 64 };
struct alarms { // zeroed at first
    struct alarm {
        struct mac src, dst;
        uint16_t vlan, frame_id;
        nsec ts;         // 0: the place is free
        uint64_t packet; // from 1
        uint32_t api, module, submodule, sent;
        uint16_t src_endpoint, dst_endpoint, type, slot, subslot, specifier, structure, n;
        uint8_t data[64]; // of the diagnosis, as much as there is room for
    } alarm[ALARMS];
};
void alarm_read(struct alarms *a, uint16_t frame_id, struct ctx *x);
void alarms_tick(struct alarms *a, nsec now, bool jump, struct ctx *x);
