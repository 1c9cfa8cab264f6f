// SPDX-License-Identifier: Apache-2.0
// A PROFINET plant as its messages show it: the stations, who set them up, step by step, and
// what looks wrong. In tables with a bound; one thread feeds it with ordered events.
#pragma once

#include "event/event.h"
#include "event/profinet.h"

enum {
    PLANT_STATIONS = 8192, // beyond them, one that only asked makes room
    PLANT_NAMES = 8192,    // half of them only for names that a station said or was given
    PLANT_NAME_MOST = 240,
    PLANT_TYPE_MOST = 32,
    PLANT_SETTERS = 8,
    PLANT_FORMER = 8,
    PLANT_SEARCHERS = 4,
    PLANT_STEPS = 20000,
    IDENTITY_MOST = 40,
    LLDP_MOST = 96,
    FIELDBUS_UNITS = 8,
    LATELY_MOST = 16,
    PLANT_NOTES = 2048 // half of them only for findings above info
};

enum evidence { KNOWN_NOT, KNOWN_DEDUCED, KNOWN_ASKED, KNOWN_SET, KNOWN_SELF };
enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH };

struct setter { // somebody set something
    nsec ts;
    struct mac client;
    struct addr ip; // kind ADDR_NONE: not that
    uint32_t name;  // number; 0: not that
    uint8_t actions, outcome, error, reset_mode;
    bool permanent;
};

struct lately { // who was asked, called or set lately
    struct {
        uint32_t hash;
        nsec ts; // 0: free
    } one[LATELY_MOST];
};

// What a station is on another fieldbus, and by which numbers.
enum bus { BUS_MODBUS_SERVER, BUS_MODBUS_CLIENT, BUS_DNP3_OUTSTATION, BUS_DNP3_MASTER, BUSES };
struct fieldbus {
    bool is;
    uint8_t units; // of them the first FIELDBUS_UNITS
    uint16_t unit[FIELDBUS_UNITS];
};

struct lldp_text {
    uint8_t n;
    char s[LLDP_MOST];
};

struct station {
    struct node node;
    struct mac mac;
    uint16_t vlan; // 0: none
    bool firm;     // more is known of it than that it asked
    nsec first, last;

    uint32_t name, former[PLANT_FORMER], formers; // numbers of names; 0: none
    uint8_t name_by, ip_by;                       // enum evidence
    uint8_t role, type_n;
    bool has_role, has_id, has_ip_info, self_probe, named;
    uint16_t vendor, device, ip_info;
    struct addr ip, netmask, gateway;
    char type[PLANT_TYPE_MOST];
    struct setter setter[PLANT_SETTERS]; // the last ones, in a ring
    uint32_t setters;
    struct mac searcher[PLANT_SEARCHERS];
    uint8_t searchers;
    uint64_t identify, gets, sets, answers, hellos;

    char order_id[IDENTITY_MOST], serial[IDENTITY_MOST], software[IDENTITY_MOST]; // I&M0
    uint8_t order_n, serial_n, software_n;
    uint16_t hardware;
    bool has_im0;

    struct fieldbus bus[BUSES];
    struct lldp_text chassis, port, system_name, system_words;

    // what findings remember of it
    nsec last_connected, refused_since, flap_since;
    uint32_t connects, refused, flaps; // connects: that it asked for
    struct mac flapper;
    nsec ask_since, last_unicast, last_cyclic, last_sent_cyclic, last_served, last_hello,
        probe_last;
    nsec probe_interval, load_since, reset_since, error_since, late_since;
    nsec malformed_since, stray_since, busy_at, burst_since, bursts_since;
    uint64_t cyclic_packet;           // the last that it sent
    struct lately swept, blinked, im; // whom it asked, let blink, and asked what they are
    struct mac last_client, busy_with, last_configurer, last_reset;
    uint32_t asked_name, probes, load, resets, errors, lates, malformed, burst, bursts;
    uint32_t strays, arp_ips, early;
    bool irregular, allowed, scanned;
    uint16_t ask_second[10], all_second[10], fresh_second[10]; // Identify, for all, new names
    int64_t second;                                            // of the newest slot
};

// What happened, for people: a request with its result, or another turn of things.
enum step_kind {
    STEP_SEARCH,
    STEP_SCAN,
    STEP_SET,
    STEP_GET,
    STEP_HELLO,
    STEP_DATA,
    STEP_STOP,
    STEP_FLOOD,
    STEP_ABORT,
    STEP_CONNECT, // from here on calls of the context manager
    STEP_WRITE,
    STEP_PRM_END,
    STEP_READY,
    STEP_READ,
    STEP_RELEASE
};
struct plant_step {
    nsec first, last, took; // took: until the answer; -1: there was none
    uint64_t packet, count; // packet: the first
    struct mac client, server;
    struct addr ip, netmask, old_ip;
    uint32_t name, old_name;  // numbers
    uint32_t answers, status; // status: of the context manager's answer, or of an abort
    uint16_t vlan;
    uint8_t kind, outcome, actions, refused, error, reset_mode;
    bool permanent, has_client, has_server;
};

struct plant_sums {
    uint64_t stations_lost, names_lost, steps_lost, notes_lost, exchanges_lost;
    uint64_t relations_lost; // relations, cyclic data or submodules that found no room
};

struct plant;
struct plant *plant_open(bool live); // live: findings are told when they are raised, too
void plant_close(struct plant *p);
void plant_event(struct plant *p, const struct event *e); // PLANT_WANTED; ignores others
#define PLANT_WANTED                                                                           \
    (UINT64_C(1) << EV_profinet_dcp | UINT64_C(1) << EV_profinet_step |                        \
     UINT64_C(1) << EV_profinet_cyclic | UINT64_C(1) << EV_profinet_io_cm |                    \
     UINT64_C(1) << EV_profinet_connect | UINT64_C(1) << EV_profinet_iocr |                    \
     UINT64_C(1) << EV_profinet_module | UINT64_C(1) << EV_profinet_im0 |                      \
     UINT64_C(1) << EV_profinet_alarm | UINT64_C(1) << EV_arp | UINT64_C(1) << EV_tick |       \
     UINT64_C(1) << EV_lldp | UINT64_C(1) << EV_fieldbus)

// What a plant tells at the end.
#define PLANT_TOLD                                                                             \
    (UINT64_C(1) << EV_notice | UINT64_C(1) << EV_device | UINT64_C(1) << EV_profinet_ar |     \
     UINT64_C(1) << EV_profinet_rt)

bool plant_news(const struct plant *p); // something is to be told now
// Relations that ended, data that fell silent, findings: what is known since the last call.
void plant_tell(struct plant *p, struct out *o);

// At the end; lists belong to the plant.
const struct station *const *plant_stations(struct plant *p, uint32_t *n); // by first seen
const struct plant_step *plant_steps(struct plant *p, uint32_t *n);        // by time
const char *plant_name(const struct plant *p, uint32_t name);              // "" for 0
struct plant_sums plant_sums(const struct plant *p);
const char *station_state(const struct plant *p, const struct station *s);
const char *station_role(const struct station *s); // NULL: not known
// Its name of station, or else what LLDP calls it; "" if it has none.
struct slice station_called(const struct plant *p, const struct station *s);
// The controller that connected it last, and how many submodules that expects; NULL: none did.
struct slice station_controller(struct plant *p, const struct station *s, uint32_t *modules);
const char *station_vendor(const struct station *s);
const char *station_ip_how(const struct station *s);
// The step in words: "sets name x", and its result: "done".
void step_words(struct text *t, const struct plant *p, const struct plant_step *s);
void step_result(struct text *t, const struct plant *p, const struct plant_step *s);
void plant_tell_relations(struct plant *p, struct out *o); // profinet_ar events
void plant_tell_streams(struct plant *p, struct out *o);   // profinet_rt events
void plant_tell_devices(struct plant *p, struct out *o);   // device events
void plant_tell_notes(struct plant *p, struct out *o);     // notice events, the worst first
