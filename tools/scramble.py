#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives every TCP, UDP and SCTP port of a capture another number above 1024, the same one each time it occurs:
scramble.py IN OUT [SEED]. What is said about contents must not change by it. Reads pcap and pcapng with Ethernet (VLAN
tags too), Linux cooked, raw IP and null frames; other bytes are copied as they are. Checksums are kept right."""

import random
import struct
import sys

ETHERNET, NULL, RAW, SLL, SLL2, LOOP = 1, 0, 101, 113, 276, 108
HAS_PORTS = {6, 17, 132}


class Scrambler:
    def __init__(self, seed):
        numbers = list(range(1025, 65536))
        random.Random(seed).shuffle(numbers)
        self.numbers, self.given = iter(numbers), {}

    def port(self, old):
        if old not in self.given:
            self.given[old] = next(self.numbers)
        return self.given[old]


def fix_checksum(old_sum, old_words, new_words):
    """RFC 1624."""
    total = (~old_sum & 0xffff) + sum(~w & 0xffff for w in old_words) + sum(new_words)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def change_ports(frame, at, proto, scrambler):
    if len(frame) < at + 4:
        return
    old = struct.unpack_from('>HH', frame, at)
    new = tuple(map(scrambler.port, old))
    struct.pack_into('>HH', frame, at, *new)
    sum_at = at + {6: 16, 17: 6}.get(proto, 1 << 30)
    if len(frame) >= sum_at + 2:
        check = struct.unpack_from('>H', frame, sum_at)[0]
        if proto == 6 or check:
            struct.pack_into('>H', frame, sum_at, fix_checksum(check, old, new))


def change_ip(frame, at, scrambler):
    if len(frame) < at + 20:
        return
    version = frame[at] >> 4
    if version == 4:
        proto, end = frame[at + 9], at + (frame[at] & 15) * 4
        if not struct.unpack_from('>H', frame, at + 6)[0] & 0x1fff and proto in HAS_PORTS:
            change_ports(frame, end, proto, scrambler)
    elif version == 6 and len(frame) >= at + 40:
        proto, end = frame[at + 6], at + 40
        while proto in (0, 43, 60, 44) and len(frame) >= end + 8:
            if proto == 44 and struct.unpack_from('>H', frame, end + 2)[0] & 0xfff8:
                return
            proto, end = frame[end], end + (8 if proto == 44 else 8 + frame[end + 1] * 8)
        if proto in HAS_PORTS:
            change_ports(frame, end, proto, scrambler)


def change_frame(data, link, scrambler):
    frame = bytearray(data)
    if link == ETHERNET and len(frame) >= 14:
        at = 12
        while frame[at:at + 2] in (b'\x81\x00', b'\x88\xa8', b'\x91\x00') and len(frame) >= at + 6:
            at += 4
        if frame[at:at + 2] in (b'\x08\x00', b'\x86\xdd'):
            change_ip(frame, at + 2, scrambler)
    elif link in (NULL, LOOP):
        change_ip(frame, 4, scrambler)
    elif link in (RAW, 12, 14, 228, 229):
        change_ip(frame, 0, scrambler)
    elif link == SLL:
        change_ip(frame, 16, scrambler)
    elif link == SLL2:
        change_ip(frame, 20, scrambler)
    return bytes(frame)


def change_pcap(data, scrambler):
    order = '<' if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    link = struct.unpack_from(order + 'I', data, 20)[0] & 0xffff
    out, at = [data[:24]], 24
    while at + 16 <= len(data):
        n = struct.unpack_from(order + 'I', data, at + 8)[0]
        out += [data[at:at + 16], change_frame(data[at + 16:at + 16 + n], link, scrambler)]
        at += 16 + n
    return b''.join(out) + data[at:]


def change_pcapng(data, scrambler):
    out, at, order, links = [], 0, '<', []
    while at + 12 <= len(data):
        kind = data[at:at + 4]
        if kind == b'\x0a\x0d\x0d\x0a':
            order, links = '<' if data[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>', []
        number, n = struct.unpack_from(order + 'II', data, at)
        if n < 12 or at + n > len(data):
            break
        block = bytearray(data[at:at + n])
        if number == 1:
            links.append(struct.unpack_from(order + 'H', block, 8)[0])
        elif number == 6 and n >= 32:
            interface, _, _, have = struct.unpack_from(order + 'IIII', block, 8)
            if interface < len(links):
                block[28:28 + have] = change_frame(block[28:28 + have], links[interface], scrambler)
        elif number == 3 and links:
            block[12:-4] = change_frame(block[12:-4], links[0], scrambler)
        out.append(bytes(block))
        at += n
    return b''.join(out) + data[at:]


def scramble(data, seed):
    """The capture, and which number each port was given."""
    scrambler = Scrambler(seed)
    change = change_pcapng if data[:4] == b'\x0a\x0d\x0d\x0a' else change_pcap
    return change(data, scrambler), scrambler.given


def main():
    with open(sys.argv[1], 'rb') as f:
        data = f.read()
    with open(sys.argv[2], 'wb') as f:
        f.write(scramble(data, sys.argv[3] if len(sys.argv) > 3 else '1')[0])


if __name__ == '__main__':
    main()
