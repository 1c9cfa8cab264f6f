// SPDX-License-Identifier: Apache-2.0
// Private to the print room: one line that tcpdump printed, taken apart and made into headers.
#pragma once

#include "print/numbers.h"

enum { OPTIONS_MOST = 40, HEADERS_MOST = 60 + 60, HOST_MOST = PRINT_NAME_MOST };

struct host {
    uint8_t version; // 4 or 6; 0: a name
    uint8_t b[16];
    char name[HOST_MOST];
    bool has_port;
    uint16_t port;
};

// What a line says. Numbers of TCP are as printed.
struct line {
    nsec ts;
    bool has_time, has_date;
    struct host src, dst;
    uint8_t proto; // 0: none that is known
    uint8_t flags, tos, ttl, icmp_type;
    bool has_numbers, has_ack, dont_fragment, more_fragments, is_fragment;
    uint16_t window, urgent, id, icmp_id, icmp_seq;
    uint32_t seq, ack, length, frag_at, frag_length;
    uint8_t option[OPTIONS_MOST];
    uint32_t options;
};

// A piece of text that is read from its front.
struct scan {
    const char *p, *end;
};

void scan_blanks(struct scan *s);
bool scan_literal(struct scan *s, const char *word);
bool scan_number(struct scan *s, uint32_t *v);
bool scan_time(struct scan *s, struct line *l); // and the blank behind it

// "a.1 > b.2:"; false: that is not what follows.
bool line_hosts(struct scan *s, struct line *l);
// All behind it, and what -v prints before it.
void line_rest(struct scan *s, struct line *l);

// The headers that the line tells of, at `to` (HEADERS_MOST); *wire: with what they carried.
// The hosts have addresses. 0: nothing can be made of it.
uint32_t line_build(const struct line *l, struct numbers *n, uint8_t *to, uint32_t *wire);
