// SPDX-License-Identifier: Apache-2.0
// Inside the watch room: application relations between controllers and devices, the cyclic data
// they exchange, and the submodules of devices.
#pragma once

#include "event/pnio.h"
#include "watch/plant_parts.h"

enum {
    RELATIONS = 2048, // beyond them, the longest silent that ended makes room, else the oldest
    RELATION_IOCRS = 8,     // of one
    SUBMODULES = 16384,     // of all together
    SUBMODULES_MOST = 1024, // of one
    STREAMS = 4096, // cyclic data, by FrameID and pair; beyond them they are only counted
    OPEN_CALLS = 1024,
    UUID_LENGTH = 36
};

enum relation_state {
    RELATION_PARTIAL, // its Connect was not seen
    RELATION_STARTING,
    RELATION_CONNECTED,
    RELATION_RUNNING,
    RELATION_ENDED, // from here on
    RELATION_REFUSED = RELATION_ENDED,
    RELATION_RELEASED,
    RELATION_ABORTED,
    RELATION_TAKEN_OVER
};

struct iocr {
    uint32_t units; // of 31.25 us
    uint16_t type, reference, frame_id, length, watchdog;
    uint8_t rt_class;
};

struct submodule { // of the relation that told it first
    uint32_t next; // in its relation; 0: the last
    uint32_t api, module, submodule, real_module, real_submodule;
    uint16_t slot, subslot, state, module_state;
    bool expected, differs, read; // read: what is real was read from the device
};

struct relation {
    struct node node; // by its latest call
    char uuid[UUID_LENGTH];
    uint32_t hash, pair_hash;
    struct addr controller, device;
    struct mac controller_mac, device_mac;
    uint16_t vlan, port, device_port, type, session, timeout, device_id, vendor_id;
    uint32_t name, properties;
    uint32_t submodules, n_submodules, n_kept; // submodules: the first; 0: none; n: expected
    struct iocr iocr[RELATION_IOCRS];
    uint8_t n_iocrs, state, pending; // pending: enum step_kind + 1 of a call without an answer
    nsec connect, connected, write, prm_end, ready, running, release, abort, last, pending_at;
    nsec progress; // the last step of its start that was seen
    nsec rival_at; // another controller connected the device: then
    struct mac rival;
    uint32_t status, connects, writes, reads, alarms;
    uint64_t uid, packet, pending_packet;
    const char *why;   // it ended, where there is no status
    bool names_device; // device_id and vendor_id are known
    bool told;         // it ended, and its record was written
    bool late;         // it was told that its start takes too long
};

struct stream {
    struct mac src, dst;
    uint16_t vlan, frame_id, step, length;
    uint32_t hash, pauses, changes, stops, problems;
    uint64_t frames, bytes, lost, repeated, reordered, timed, jitter, jitter_most, packet;
    nsec first, last;
    uint8_t status;
    bool has_tail, told; // told: it fell silent, and its record was written
};

struct open_call {     // for answers of hosts that were not called
    uint64_t activity; // hash
    uint32_t sequence;
    struct addr client, server;
    struct mac server_mac;
    nsec ts;
};

struct relations {
    struct slab slab;
    struct map by_uuid, by_pair, stream_map;
    struct node order; // the longest silent first
    struct submodule *submodule;
    struct stream *stream;
    struct open_call call[OPEN_CALLS];
    nsec due; // no start takes too long before that; 0: none is under way
    uint32_t n_streams, n_submodules, free_submodule, lost, streams_lost, submodules_lost;
};

struct relations *relations_open(void);
void relations_close(struct relations *r);
void relation_event(struct plant *p, const struct event *e); // all but cyclic
void stream_event(struct plant *p, const struct ev_profinet_cyclic *e);
void relations_tick(struct plant *p, bool seam);
void relations_end(struct plant *p); // what the end shows

// The relation of two stations that is not ended, or else the latest; NULL: none.
struct relation *relation_between(struct plant *p, const struct mac *a, const struct mac *b,
                                  uint16_t vlan);
// Which of its data these are; NULL: none.
const struct iocr *relation_iocr(const struct relation *r, const struct stream *s);
// When the last cyclic frame of the device went to its controller; 0: none did.
nsec relation_last_data(const struct plant *p, const struct relation *r);
bool relation_is_open(const struct relation *r);

// Relations that ended, and data that fell silent, some time ago.
bool relations_due(const struct plant *p);
void relations_tell_due(struct plant *p, struct out *o);

// ---- findings
void find_refused(struct plant *p, const struct relation *r);
void find_connected(struct plant *p, struct relation *r);
void find_foreign(struct plant *p, const struct relation *r, const struct ev_profinet_io_cm *e);
void find_write(struct plant *p, const struct ev_profinet_io_cm *e);
void find_answer(struct plant *p, const struct ev_profinet_io_cm *e);
void find_call(struct plant *p, const struct ev_profinet_io_cm *e);
void find_ended(struct plant *p, struct relation *r);
void find_stopped(struct plant *p, const struct stream *s);
void find_progress(struct plant *p, struct relation *r); // a step of its start was seen
void find_late(struct plant *p);                         // starts that take too long
void find_read(struct plant *p, const struct ev_profinet_io_cm *e);

void relations_put(struct text *t, struct plant *p, const struct station *s); // connected_by
void submodules_put(struct text *t, struct plant *p, const struct station *s);
