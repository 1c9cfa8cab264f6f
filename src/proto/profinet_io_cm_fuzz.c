// SPDX-License-Identifier: Apache-2.0
// Fuzz target: calls of the PROFINET context manager, in one conversation. A fragment's header
// and body are made good as often as not, so that what lies behind is reached.
#include "proto/fuzz.h"

extern const struct analyser proto_profinet_io_cm;

// Lets a datagram pass for what it should be: version, interface, lengths.
static uint32_t mend(uint8_t *b, uint32_t n)
{
    static const uint8_t interface[] = {0xde, 0xa0, 0, 1,    0x6c, 0x97, 0x11, 0xd1,
                                        0x82, 0x71, 0, 0xa0, 0x24, 0x42, 0xdf, 0x7d};
    const uint32_t args = n - 100;

    b[0] = 4;
    b[1] = b[1] & 2; // a call or its answer
    b[2] &= 0x2e;
    b[3] = b[4] = b[5] = b[6] = b[78] = 0;
    memcpy(b + 24, interface, sizeof(interface));
    memset(b + 40, 0x80, 16);
    memset(b + 60, 0, 8);
    b[63] = 1;
    b[68] = 0;
    b[74] = (uint8_t)((n - 80) >> 8);
    b[75] = (uint8_t)(n - 80);
    b[76] = 0;
    b[77] = b[2] & 4 ? b[77] & 7 : 0;
    memset(b + 80, 0, 20);
    for (int at = 84; at < 100; at += 4) {
        b[at + 2] = (uint8_t)(args >> 8);
        b[at + 3] = (uint8_t)args;
    }
    b[94] = b[95] = 0; // the offset
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { MOST = 2048, LEAST = 100 };
    static uint8_t calls[2 * MOST];
    uint32_t at = 1;

    if (n > LEAST && n <= MOST) { // in turns of fuzz_turns, each with its length before it
        calls[0] = 0;
        for (size_t from = 0; from + LEAST < n && at + LEAST + 64 < sizeof(calls); from += 61) {
            calls[at] = 0; // 200 bytes
            memset(calls + at + 1, 0, 200);
            memcpy(calls + at + 1, data + from, n - from < 200 ? n - from : 200);
            mend(calls + at + 1, 200);
            at += 201;
            if (at + 201 > sizeof(calls))
                break;
        }
        (void)fuzz_analyser(&proto_profinet_io_cm, calls, at);
    }
    return fuzz_analyser(&proto_profinet_io_cm, data, n);
}
