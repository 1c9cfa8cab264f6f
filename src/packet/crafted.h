// SPDX-License-Identifier: Apache-2.0
// What is to be thought of a packet that looks made by hand: of its padding, of wrong
// checksums, of values that certain tools write. Public beside packet.h: print shows the same.
#pragma once

#include "event/padding.h"
#include "packet/packet.h"

// Where the padding of a frame begins; its end, if there is none.
uint32_t packet_padding(const struct packet *p);
// What it is, by this frame alone; there is some.
enum padding_kind packet_padding_kind(const struct packet *p);
// "not zero: remains of a DNS message, not part of the datagram"
const char *packet_padding_words(const struct packet *p);
// "17 bytes of padding are not zero: ...; sent by MAC"
void packet_padding_say(const struct packet *p, enum padding_kind kind, char *words, size_t n);
bool packet_padding_is_zero(const struct packet *p); // or there is none
// It is not zero, and neither a check sequence nor another trailer of the link.
bool packet_padding_is_odd(const struct packet *p);

// Packets that certain tools send, by exact values; NULL: none of them.
const char *packet_probe(const struct packet *p);

// Why a checksum is wrong: ", left to the network card", ", addresses were rewritten", or "".
struct sums {
    bool header_bad, transport_bad;
    uint16_t header_field, header_right, transport_field, transport_right;
    bool offloaded; // the transport's field is the sum of the pseudo header
};
struct sums packet_sums(const struct packet *p);
const char *packet_sum_words(const struct sums *s, bool header);

// What the oddity is about, in words; false: its name says all. The frame must still be there.
bool packet_odd_words(const struct packet *p, enum odd which, char *words, size_t n);
