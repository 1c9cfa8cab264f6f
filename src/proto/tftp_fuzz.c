// SPDX-License-Identifier: Apache-2.0
// Fuzz target: a conversation of TFTP; what it carries is told as files.
#include "proto/fuzz.h"

extern const struct analyser proto_tftp;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    return fuzz_analyser(&proto_tftp, data, n);
}
