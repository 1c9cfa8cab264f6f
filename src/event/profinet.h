// SPDX-License-Identifier: Apache-2.0
// The numbers in PROFINET events: shared by who makes them and who draws conclusions.
#pragma once

#include "base/base.h"

enum dcp_service { DCP_GET = 3, DCP_SET = 4, DCP_IDENTIFY = 5, DCP_HELLO = 6 };
enum dcp_type { DCP_REQUEST = 0, DCP_RESPONSE = 1, DCP_UNSUPPORTED = 5 };

enum dcp_action { // what a Set asks for; a set of bits
    DCP_SET_NAME = 1,
    DCP_SET_IP = 2,
    DCP_SET_DHCP = 4,
    DCP_SET_RESET = 8,
    DCP_SET_BLINK = 16,
    DCP_SET_OTHER = 32,
    DCP_SET_ALL_RESET = 64, // beside RESET: the older suboption, which resets everything
    DCP_SETS = DCP_SET_NAME | DCP_SET_IP | DCP_SET_DHCP | DCP_SET_RESET | DCP_SET_OTHER
};

enum dcp_filter { // what an Identify asks by; a set of bits
    DCP_BY_NAME = 1,
    DCP_BY_ALIAS = 2,
    DCP_BY_ALL = 4,
    DCP_BY_OTHER = 8
};

enum dcp_match { // how a message fits to what came before
    DCP_NEW,     // a request; a Hello
    DCP_ANSWER,
    DCP_EARLY,       // an answer before the station's slot
    DCP_LATE,        // ... after the time for answers
    DCP_REPEATED,    // the same request or answer again
    DCP_CONFLICT,    // another answer of the same station
    DCP_WRONG_MAC,   // an answer of a station that was not asked
    DCP_UNSOLICITED, // nobody asked
    DCP_UNMATCHED    // a copy or malformed: not looked at
};

enum dcp_outcome {
    DCP_DONE,       // answered; a Set: carried out
    DCP_REFUSED,    // ... with an error
    DCP_NOT_KNOWN,  // the service is not supported
    DCP_UNANSWERED, // in the time that answers may take
    DCP_OPEN,       // the capture or another request ended the wait
    DCP_FORGOTTEN   // too many at a time
};

enum dcp_name_fault {
    DCP_NAME_FINE,
    DCP_NAME_OLD,    // capitals or underscores: devices older than the rule
    DCP_NAME_BAD,    // breaks a rule
    DCP_NAME_HOSTILE // made to harm whoever handles it
};

const char *profinet_vendor(uint16_t vendor_id); // NULL: not known
const char *profinet_error(uint8_t block_error); // in words
