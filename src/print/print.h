// SPDX-License-Identifier: Apache-2.0
// Packets as text: a line each as tcpdump prints them (its modern form, or the classic one of
// tcpdump 3), every field by name, the bytes with the layers they belong to.
#pragma once

#include "base/text.h"
#include "capture/capture.h"

struct packet;

enum print_time {
    PRINT_CLOCK,   // 16:44:03.000000
    PRINT_NO_TIME, // -t
    PRINT_SECONDS, // -tt: since 1970
    PRINT_DELTA,   // -ttt: since the line before
    PRINT_DATE,    // -tttt: 2026-11-21 16:44:03.000000
    PRINT_SINCE    // -ttttt: since the first line
};

// What follows the line.
enum print_dump {
    PRINT_NO_DUMP,
    PRINT_HEX,   // -x: of what the link carries
    PRINT_BOTH,  // -X: with characters beside
    PRINT_ASCII, // -A
};

enum print_form { PRINT_LINES, PRINT_FIELDS, PRINT_LAYERS };

struct print_options {
    enum print_form form;
    enum print_time time;
    enum print_dump dump;
    bool dump_link; // -xx, -XX, -AA: with the link's header
    bool classic;   // lines as tcpdump 3 wrote them
    bool quiet;     // -q: less of each protocol
    bool absolute;  // -S: sequence numbers as they are
    bool link;      // -e: the link's header
    bool number;    // -#
    bool nano;      // nanoseconds instead of microseconds
    bool note;      // what is odd in the packet, behind the line
    // Appends what its payload is, in a phrase of printable ASCII; asked with `note`. May be
    // NULL.
    void (*glance)(void *user, struct text *t, const struct packet *p);
    void *user;
    bool color;      // of PRINT_LAYERS
    uint8_t verbose; // -v, -vv, -vvv
};

struct printer;

// The options are copied. Memory is bounded: sequence numbers of 65,536 connections are known.
struct printer *printer_open(const struct print_options *o);
void printer_close(struct printer *p);

// Appends what is to be printed of a frame, with the end of line. `number` counts the frames of
// the capture from 1. Whatever the bytes, nothing but printable ASCII and line ends is appended
// (and colours, where they are wanted; with PRINT_ASCII, tabs).
void print_frame(struct printer *p, struct text *t, const struct frame *f, uint64_t number);

// ---- what tcpdump printed, read back (docs of the forms: tcpdump 3 to 4, also wrapped)
enum { PRINT_NAMES = 250, PRINT_NAME_MOST = 64 };

struct print_reading {
    uint64_t packets;
    uint64_t left_out; // lines of packets that nothing can be made of: ARP, most of ICMP
    uint64_t differ;   // packets whose bytes have other addresses than their line
    uint32_t names;    // hosts without an address: the first is 192.0.2.1, and so on
    char name[PRINT_NAMES][PRINT_NAME_MOST];
};

// Looks at the beginning of a file: may it be such a text?
bool print_is_text(struct slice head);
// Gives each packet to `take`, until it says false (then false): whole, where the text has its
// bytes; else the headers that its line tells of. *r is added to. Times without a date are of
// 1970-01-01.
bool print_read(struct slice text, struct print_reading *r,
                bool (*take)(void *user, const struct frame *f), void *user);
