// SPDX-License-Identifier: Apache-2.0
// Inside the app room: what explain has collected, and its telling.
#pragma once

#include "app/session.h"

enum {
    STORY_LINES = 10000,
    STORY_LEGS = 100,
    STORY_UIDS = 8, // a packet belongs to several conversations when there are tunnels
};

struct story_line {
    nsec ts;
    uint64_t packet; // 0: none, it was a matter of time
    size_t end;      // of its text
    bool odd;
};

struct story_talk { // copied: an event dies with its batch
    struct ev_conn conn;
    char history[64], why[256], community[64];
};

struct story {
    uint64_t packet; // the number of the packet to be explained; 0: a conversation
    uint64_t uid[STORY_UIDS];
    uint32_t uids, talks, legs, lines;
    uint64_t legs_left_out, left_out;
    struct story_talk talk[STORY_UIDS];
    struct ev_leg leg[STORY_LEGS];
    char community[STORY_LEGS][64]; // of the legs
    struct ev_ether ether;
    bool has_ether;
    char layers[256]; // of the packet, or of the first: " Ethernet, IPv4, UDP"
    struct text text;
    struct story_line line[STORY_LINES];
};

void story_print(const struct story *s, struct output *o);
void story_json(const struct story *s, struct text *t);
