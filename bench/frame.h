// SPDX-License-Identifier: Apache-2.0
// What the bench's generator builds frames with: one frame at a time, written as pcap to
// standard output; checksums; random numbers that are the same everywhere.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { FRAME_MOST = 1514, START = 1600000000 };

struct frame {
    uint8_t bytes[FRAME_MOST + 64];
    size_t n;
};
extern struct frame frame; // the one at hand
extern uint64_t frames_made, bytes_made;

void random_begin(uint64_t seed);
uint64_t next_random(void);
unsigned below(unsigned n); // a random number less than n

void put(const void *p, size_t n);
void put16(unsigned v);
void put32(uint32_t v);
void store16(uint8_t *p, unsigned v);
void store32_le(uint8_t *p, uint32_t v);
uint32_t sum_of(const uint8_t *p, size_t n, uint32_t sum); // of the Internet checksum
unsigned folded(uint32_t sum);

void file_header(void);
void send_frame(int64_t us); // us after START
