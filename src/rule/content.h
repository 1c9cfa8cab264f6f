// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: texts of contents.
#pragma once

#include "rule/parse.h"

// "a|3b 22|b" without its quotes, into bytes; n of them at most n of the text.
bool content_text(struct parse *p, struct slice s, uint8_t *to, uint32_t *n);
