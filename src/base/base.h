// SPDX-License-Identifier: Apache-2.0
// The words every room speaks: borrowed bytes, packet time, setup failures, messages.
#pragma once

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Packet time: nanoseconds since 1970-01-01 UTC. Nothing in the analysis asks the wall clock.
typedef int64_t nsec;

enum { MSEC = 1000000 };
#define SECOND ((nsec)1000000000)

// Bytes somebody else owns. p may be NULL only when n is 0.
struct slice {
    const uint8_t *p;
    uint32_t n;
};

static inline struct slice slice_of(const void *p, size_t n)
{
    return (struct slice){p, (uint32_t)n};
}

// A slice over a C string; lives as long as the string does.
struct slice slice_str(const char *s);
// Somewhere in it, in any case of letters; at the edge of a word or not.
bool slice_has_word(struct slice s, const char *word);

// A function that is seldom called: what leads to it stays out of the way of the rest.
#define RARE                         __attribute__((cold))
#define PRINTF(fmt, first)           __attribute__((format(printf, fmt, first)))
#define COUNT_OF(array)              (sizeof(array) / sizeof((array)[0]))
#define CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

static inline uint32_t min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}
static inline uint32_t max_u32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

// Why a setup step could not be done: one sentence with place and remedy, for the operator.
struct fail {
    char text[512];
};

// Fills f and returns false, so that a setup function can `return failed(f, ...)`.
bool failed(struct fail *f, const char *fmt, ...) PRINTF(2, 3);

// Messages to the operator, on standard error, each with the program's name in front.
enum say_level { SAY_ERROR, SAY_WARNING, SAY_NOTE };
void say(enum say_level level, const char *fmt, ...) PRINTF(2, 3);
void say_quiet(bool quiet); // with -q notes are not printed
