// SPDX-License-Identifier: Apache-2.0
// Names of PROFINET's numbers.
#include "event/profinet.h"

// Only what captures confirm: a wrong name is worse than a number.
const char *profinet_vendor(uint16_t vendor_id)
{
    switch (vendor_id) {
    case 0x002a: return "Siemens";
    case 0x00b0: return "Phoenix Contact";
    case 0x015a: return "GE";
    default: return NULL;
    }
}

const char *profinet_error(uint8_t block_error)
{
    static const char *const text[] = {
        "ok",
        "option not supported",
        "suboption not supported or no data set available",
        "suboption not set",
        "resource error",
        "set not possible for local reasons",
        "in operation, set not possible",
    };

    return block_error < COUNT_OF(text) ? text[block_error] : "reserved error";
}
