// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: words of a rule's text.
#pragma once

#include "base/base.h"

// Not the end of a line, which ends a statement.
static inline bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

int hex_value(uint8_t c);    // -1: no digit
int base64_value(uint8_t c); // -1: none of its letters

struct slice slice_trim(struct slice s);
bool slice_is(struct slice s, const char *word);
bool slice_is_any_case(struct slice s, const char *word);
struct slice slice_cut(struct slice *rest, char at); // up to `at`, trimmed; rest behind it
struct slice slice_unquote(struct slice s);          // without quotes around it
bool slice_u64(struct slice s, uint64_t most, uint64_t *v); // decimal
bool slice_i32(struct slice s, int32_t *v);
bool slice_number(struct slice s, uint64_t most, uint64_t *v); // decimal or 0x
#define SLICE(s) (int)min_u32((s).n, 80), (const char *)(s).p  // for "%.*s"
