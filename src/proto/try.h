// SPDX-License-Identifier: Apache-2.0
// For this room's tests: asking a probe, and checking that it keeps its word on a growing
// stream.
#pragma once

#include "proto/proto.h"

#include <setjmp.h>

#include <cmocka.h>

#define PROTO(name) extern const struct analyser proto_##name;
#include "proto/list.def"
#undef PROTO

#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)

static inline enum guess try_datagram(const struct analyser *a, struct slice s)
{
    struct head h = {.bytes = s, .length = s.n};

    return a->probe(&h);
}

// How many of a datagram's beginnings are taken for datagrams of their own; none should be. It
// is also shown as captures cut it, to see that nothing behind is read.
static inline uint32_t try_cuts(const struct analyser *a, struct slice s)
{
    uint32_t found = 0;

    for (uint32_t n = 0; n < min_u32(s.n, HEAD_MOST); n++) {
        uint8_t exact[HEAD_MOST]; // the sanitizer sees reads behind n bytes
        uint8_t *p = exact + HEAD_MOST - n;
        memcpy(p, s.p, n);
        struct head h = {.bytes = slice_of(p, n), .length = s.n};
        (void)a->probe(&h);
        h.length = n;
        found += a->probe(&h) == YES;
    }
    return found;
}

// A stream that begins with s. On the way there, byte by byte, the probe may say MAYBE until it
// is sure, and must then stay so.
static inline enum guess try_stream(const struct analyser *a, struct slice s)
{
    enum guess now = MAYBE;

    for (uint32_t n = 1; n <= min_u32(s.n, HEAD_MOST); n++) {
        uint8_t exact[HEAD_MOST]; // the sanitizer sees reads behind n bytes
        uint8_t *p = exact + HEAD_MOST - n;
        memcpy(p, s.p, n);
        struct head h = {.bytes = slice_of(p, n), .length = n, .stream = true};
        enum guess next = a->probe(&h);
        assert_true(now == MAYBE || next == now);
        now = next;
    }
    return now;
}

// Bytes without meaning, many of them zeros: nothing may be found in them often.
static inline uint32_t try_noise(const struct analyser *a, bool stream, uint32_t times)
{
    uint64_t state = 1;
    uint32_t found = 0;

    for (uint32_t i = 0; i < times; i++) {
        uint8_t b[64];
        for (size_t k = 0; k < sizeof(b); k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            b[k] = state >> 62 ? (uint8_t)(state >> 40) : 0;
        }
        struct head h = {
            .bytes = slice_of(b, sizeof(b)), .length = sizeof(b), .stream = stream};
        found += a->probe(&h) == YES;
    }
    return found;
}
