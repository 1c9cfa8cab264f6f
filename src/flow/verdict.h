// SPDX-License-Identifier: Apache-2.0
// Inside the flow room, and part of flow.h: which protocol a conversation carries, as ident
// found and the conn record says.
#pragma once

#include <stdint.h>

enum verdict_how { HOW_HINT, HOW_EXPECTED, HOW_PROBE, HOW_MODEL };

enum verdict_grade {
    VERDICT_NONE,
    VERDICT_POSSIBLE, // there is a candidate, too weak for `service`
    VERDICT_LIKELY,
    VERDICT_ANNOUNCED,
    VERDICT_CERTAIN
};

// Which protocol the content shows. service NULL: unknown.
struct verdict {
    const char *service;
    const char *why; // lives as long as the program
    uint8_t how;
    uint8_t sure;  // percent
    uint8_t sides; // a bit per side whose bytes showed it
    uint8_t grade;
    uint8_t second; // ident's numbers of words, see struct verdict_words; 0: none
    uint8_t family, sub;
};

// What a verdict says besides, in words that live as long as the program; NULL: nothing.
struct verdict_words {
    const char *second; // the next candidate
    const char *family; // what it looks like, if it has no name
    const char *sub;    // a refinement of the service
    const char *hint;   // what the responder's port alone would say
};
