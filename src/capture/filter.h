// SPDX-License-Identifier: Apache-2.0
// Filter expressions in libpcap's language, compiled for each link type met. Private to the
// room.
#pragma once

#include <pcap/pcap.h>

#include "capture/capture.h"

enum { FILTER_LINKS = 64 }; // link types in one run

struct filter {
    const char *text; // NULL: everything passes
    struct filter_program {
        uint16_t link;
        bool usable;
        struct bpf_program program;
    } made[FILTER_LINKS];
    uint32_t n;
};

// libpcap's number of a link type in files, and back: they differ in a few old cases.
int filter_dlt(uint16_t link);
uint16_t filter_link(int dlt);

// false and a sentence: the expression is wrong, or asks for what that link type lacks.
bool filter_check(struct filter *t, uint16_t link, struct fail *f);
void filter_mark(struct filter *t, struct frame *frame, uint32_t n);
void filter_close(struct filter *t);
