// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a DNP3 conversation in any pieces, with its CRCs looked at or not.
#include "proto/fuzz.h"

extern const struct analyser proto_dnp3;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_analyser(&proto_dnp3, data, n);
}
