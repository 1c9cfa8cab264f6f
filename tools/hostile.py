#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile contents: flows of random bytes, zeros and text, whole, cut by the snap length, of one direction, cut into
segments anywhere. None may get a name; random bytes may be called random. Tells what got one, by content and form."""

import argparse
import collections
import json
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORDS = ('the', 'pump', 'valve', 'of', 'station', 'seven', 'opens', 'at', 'night', 'and', 'water', 'level', 'falls',
         'below', 'red', 'line', 'report', 'shift', 'leader', 'before', 'switching', 'back', 'to', 'manual', 'mode')
TCP, UDP = 6, 17
SNAP = {'cut at 64': 64, 'cut at 96': 96}
FORMS = ('whole', 'cut at 64', 'cut at 96', 'one direction', 'split anywhere', 'from the middle')
SERVER_PORT = 40000


def text(rng, n):
    lines = b''
    while len(lines) < n:
        lines += ' '.join(rng.choices(WORDS, k=rng.randint(1, 12))).encode() + b'\n'
    return lines[:n - 1] + b'\n'


CONTENTS = {'random': lambda rng, n: rng.randbytes(n), 'zeros': lambda rng, n: bytes(n), 'text': text}


def checksum(data):
    return ~(int.from_bytes(data + b'\0' * (len(data) & 1), 'big') % 0xffff) & 0xffff


class Capture:
    def __init__(self, path):
        self.file = open(path, 'wb')
        self.file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        self.time = 0

    def add(self, ends, proto, transport, snap):
        """A frame of a transport header, whose checksum is 0, and payload."""
        (src, _), (dst, _) = ends
        total = checksum(src + dst + struct.pack('>HH', proto, len(transport)) + transport)
        at = 16 if proto == TCP else 6
        transport = transport[:at] + struct.pack('>H', total or 0xffff) + transport[at + 2:]
        ip = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(transport), 0, 0x4000, 64, proto, 0) + src + dst
        ip = ip[:10] + struct.pack('>H', checksum(ip)) + ip[12:]
        frame = b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0' + ip + transport
        self.time += 1500
        seconds, part = divmod(self.time, 1000000)
        self.file.write(struct.pack('<IIII', seconds, part, min(snap, len(frame)), len(frame)) + frame[:snap])


def send_udp(capture, client, server, said, snap):
    for side, data in said:
        ends = (server, client) if side else (client, server)
        capture.add(ends, UDP, struct.pack('>HHHH', ends[0][1], ends[1][1], 8 + len(data), 0) + data, snap)


def send_tcp(capture, client, server, said, snap, begins):
    at = [1000, 2000]

    def segment(side, flags, data=b''):
        ends = (server, client) if side else (client, server)
        capture.add(ends, TCP, struct.pack('>HHIIBBHHH', ends[0][1], ends[1][1], at[side], at[1 - side], 0x50, flags,
                                           8192, 0, 0) + data, snap)
        at[side] += len(data) + (flags & 3 > 0)

    if begins:
        segment(0, 0x02)
        segment(1, 0x12)
        segment(0, 0x10)
    for side, data in said:
        segment(side, 0x18, data)


def split(rng, said):
    pieces = []
    for side, data in said:
        while data:
            n = rng.randint(1, len(data))
            pieces.append((side, data[:n]))
            data = data[n:]
    return pieces


def add_flow(capture, rng, number, proto, make, form):
    """Ten times the messages that are looked at are too many, one may be all; sizes of all magnitudes."""
    said = [(rng.randint(0, 1), make(rng, min(1400, int(2 ** rng.uniform(0, 11))))) for _ in range(rng.randint(1, 12))]
    if form == 'one direction':
        side = rng.randint(0, 1)
        said = [(side, data) for _, data in said]
    if form == 'split anywhere' and proto == TCP:
        said = split(rng, said)
    client = bytes([10, number >> 16 & 255, number >> 8 & 255, number & 255]), rng.randint(1025, 65535)
    server = b'\xc0\xa8\1\1', SERVER_PORT
    if proto == UDP:
        send_udp(capture, client, server, said, SNAP.get(form, 65535))
    else:
        send_tcp(capture, client, server, said, SNAP.get(form, 65535), form != 'from the middle')


def kinds():
    return [(proto, content, form) for proto in (TCP, UDP) for content in CONTENTS for form in FORMS]


def number_of(record):
    host = record['id.orig_h'] if record['id.orig_h'].startswith('10.') else record['id.resp_h']
    a, b, c = map(int, host.split('.')[1:])
    return a << 16 | b << 8 | c


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--program', type=Path, default=ROOT / 'build/pipit')
    parser.add_argument('--flows', type=int, default=100, help='of each kind')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--keep', type=Path, help='where the capture stays')
    options = parser.parse_args()
    rng = random.Random(options.seed)
    kind = [k for k in kinds() for _ in range(options.flows)]
    with tempfile.TemporaryDirectory(prefix='pipit-hostile-') as folder:
        path = options.keep or Path(folder, 'hostile.pcap')
        capture = Capture(path)
        for number, (proto, content, form) in enumerate(kind):
            add_flow(capture, rng, number, proto, CONTENTS[content], form)
        capture.file.close()
        done = subprocess.run([options.program, 'log', 'conn', '-q', path], stdout=subprocess.PIPE)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    named = collections.Counter()
    for record in records:
        proto, content, form = kind[number_of(record)]
        family = record.get('service_family', '')
        if record['service'] != 'unknown' or (family and (content, family) != ('random', 'random_looking')):
            named[('TCP' if proto == TCP else 'UDP', content, form, record['service'], family,
                   record.get('service_grade', ''), record['service_how'])] += 1
    for what, n in sorted(named.items()):
        print(n, 'of', options.flows, *what)
    good = done.returncode == 0 and len(records) == len(kind) and not named
    print(f'{len(kind)} hostile flows, {len(records)} conversations, {sum(named.values())} with a name')
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
