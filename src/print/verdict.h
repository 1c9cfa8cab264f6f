// SPDX-License-Identifier: Apache-2.0
// Private to the print room: what is to be thought of wrong checksums and of padding.
#pragma once

#include "print/pen.h"

// Where the padding of a frame begins; its end, if there is none.
uint32_t padding_begins(const struct packet *p);
// "17 bytes of padding are not zero: remains of a DNS message, not part of the datagram"; there
// is some.
void put_padding_verdict(struct pen *pen, const struct packet *p);
bool padding_is_zero(const struct packet *p); // or there is none

// Packets that certain tools send, by exact values; NULL: none of them.
const char *probe_name(const struct packet *p);

// Why a checksum is wrong: ", left to the network card", ", addresses were rewritten", or "".
struct sums {
    bool header_bad, transport_bad;
    uint16_t header_field, header_right, transport_field, transport_right;
    bool offloaded; // the transport's field is the sum of the pseudo header
};
struct sums sums_of(const struct packet *p);
const char *verdict_sum(const struct sums *s, bool header);
