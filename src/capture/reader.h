// SPDX-License-Identifier: Apache-2.0
// The two capture formats: bytes to frames that point into those bytes. Private to the room.
#pragma once

#include "base/cur.h"
#include "capture/input.h"

// Bytes at hand and the frames found in them.
struct piece {
    const uint8_t *p;
    size_t n;    // at hand
    size_t used; // of them: taken
    size_t need; // from `used` on, to find another frame (at most CAPTURE_BYTES_LEAST)
    struct frame *frame;
    uint32_t frames, most;
};

enum {
    PCAP_HEAD = 24,
    BLOCK_LEAST = 12,        // type, length, length
    INTERFACES_MOST = 65536, // of a section
};

// Times outside of 1970..2116 are moved to its ends, so that sums of two do not overflow.
#define TIME_MOST ((nsec)1 << 62)

struct pcap {
    bool big;        // byte order
    uint8_t head;    // bytes of a frame's header
    uint8_t lengths; // which of the two lengths stands first, in old files
    uint16_t link;
    uint32_t unit; // nanoseconds
};

struct interface {
    uint16_t link;
    uint8_t resolution;  // if_tsresol
    uint32_t unit;       // nanoseconds
    uint64_t units_most; // up to which a time is just units * unit; 0: never
    uint32_t snaplen;    // 0: none
    int64_t offset;      // if_tsoffset, seconds
};

struct pcapng {
    bool big; // byte order of the section
    struct interface *interface;
    uint32_t interfaces;
    uint32_t skip;       // bytes of a block to be passed over before its second length
    uint32_t skip_total; // that block's length, 0: none
    nsec last;           // time of the last frame, for those that have none
};

// Each *_take finds frames in p until there are `most` or more bytes are needed. false: damage
// at p->used, why says which. *_cut says why the end of the input after `left` bytes is too
// early.

bool pcap_magic(const uint8_t *p);
bool pcap_begin(struct pcap *c, const uint8_t *head, struct fail *why);
bool pcap_take(struct pcap *c, struct piece *p, struct fail *why);
void pcap_cut(const struct pcap *c, const uint8_t *p, size_t left, uint64_t at,
              struct fail *why);

bool pcapng_magic(const uint8_t *p);
void pcapng_begin(struct pcapng *c);
bool pcapng_check(const uint8_t *head, struct fail *why); // of PCAP_HEAD bytes
int pcapng_first_link(const uint8_t *p, size_t n);        // -1: not in these bytes
bool pcapng_take(struct pcapng *c, struct piece *p, struct fail *why);
void pcapng_cut(const struct pcapng *c, const uint8_t *p, size_t left, uint64_t at,
                struct fail *why);
void pcapng_end(struct pcapng *c);

struct reader {
    bool is_pcapng;
    int link; // of the first interface, -1: not known at the beginning
    struct pcap pcap;
    struct pcapng pcapng;
};

// Reads the file's header, and gives its bytes back if it only looks. false and a sentence: no
// capture.
bool reader_look(struct reader *r, struct input *in, struct fail *f);
bool reader_begin(struct reader *r, struct input *in, struct fail *f);
bool reader_take(struct reader *r, struct piece *p, struct fail *why);
bool reader_whole(const struct reader *r, size_t left); // the input may end here
void reader_cut(const struct reader *r, const uint8_t *p, size_t left, uint64_t at,
                struct fail *why);
void reader_end(struct reader *r);
