// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a conversation of DCE/RPC, in any pieces, with gaps.
#include "proto/fuzz.h"

extern const struct analyser proto_dce_rpc;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_analyser(&proto_dce_rpc, data, n);
}
