// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a conversation of EtherNet/IP, in any pieces, with gaps.
#include "proto/fuzz.h"

extern const struct analyser proto_enip;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_analyser(&proto_enip, data, n);
}
