// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a connection of HTTP, in any pieces, with gaps; what it carries is told as
// files.
#include "proto/fuzz.h"

extern const struct analyser proto_http;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_analyser(&proto_http, data, n);
}
