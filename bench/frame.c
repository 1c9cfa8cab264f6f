// SPDX-License-Identifier: Apache-2.0
// Building and writing of the bench generator's frames.
#include "frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct frame frame;
uint64_t frames_made, bytes_made;
static uint64_t random_state = 1;

void random_begin(uint64_t seed)
{
    random_state = seed;
}

uint64_t next_random(void)
{
    uint64_t z = random_state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

unsigned below(unsigned n)
{
    return (unsigned)(next_random() % n);
}

void put(const void *p, size_t n)
{
    if (n)
        memcpy(frame.bytes + frame.n, p, n);
    frame.n += n;
}

void put16(unsigned v)
{
    frame.bytes[frame.n++] = (uint8_t)(v >> 8);
    frame.bytes[frame.n++] = (uint8_t)v;
}

void put32(uint32_t v)
{
    put16(v >> 16);
    put16(v & 0xffff);
}

void store16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

uint32_t sum_of(const uint8_t *p, size_t n, uint32_t sum)
{
    for (; n > 1; p += 2, n -= 2)
        sum += (uint32_t)p[0] << 8 | p[1];
    return n ? sum + ((uint32_t)p[0] << 8) : sum;
}

unsigned folded(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

void store32_le(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void write_out(const void *p, size_t n)
{
    if (fwrite(p, 1, n, stdout) != n) {
        perror("mix: standard output");
        exit(1);
    }
}

void send_frame(int64_t us)
{
    uint8_t head[16];

    store32_le(head, (uint32_t)(START + us / 1000000));
    store32_le(head + 4, (uint32_t)(us % 1000000));
    store32_le(head + 8, (uint32_t)frame.n);
    store32_le(head + 12, (uint32_t)frame.n);
    write_out(head, sizeof head);
    write_out(frame.bytes, frame.n);
    frames_made++;
    bytes_made += frame.n;
}

void file_header(void)
{
    uint8_t head[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4};

    store32_le(head + 16, 262144);
    store32_le(head + 20, 1);
    write_out(head, sizeof head);
}
