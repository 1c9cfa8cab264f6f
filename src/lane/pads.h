// SPDX-License-Identifier: Apache-2.0
// Padding of a lane's frames: who fills with zeros, and where the bytes of others come from.
#pragma once

#include "packet/packet.h"

enum { PADS_SENDERS = 16, PADS_FRAMES = 32, PADS_BYTES = 64 };

struct pads {
    struct pad_count { // frames filled with zeros, by who sent them; a newer sender takes its
                       // place
        struct mac mac;
        uint32_t zero, told;
    } sender[PADS_SENDERS];
    bool leaks;        // there was other padding: from then on frames are kept
    struct pad_frame { // the beginning of an earlier frame
        struct mac mac;
        uint8_t n, bytes[PADS_BYTES];
    } frame[PADS_FRAMES];
    uint32_t n; // frames kept so far
};

// A frame with padding that is all zero, or that belongs to the link.
void pads_add(struct pads *s, const struct packet *p, struct out *o);
// A frame with other padding: tells what it is, and says so in words.
void pads_tell(struct pads *s, const struct packet *p, struct out *o, char *words, size_t n);
// Remembers the frame, behind all that is told of it; only where somebody leaks.
void pads_keep(struct pads *s, const struct packet *p);
