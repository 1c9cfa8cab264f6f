#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random but valid DNP3 conversations, over TCP and UDP, as captures: dnp3_talks.py SEED FILES FOLDER.
Masters poll, command, write and carry files; several stations share a connection; the network cuts,
loses and doubles. Made to be read by two programs (tools/dnp3_oracle.py)."""

import random
import re
import sys
from pathlib import Path

from pkt import File

ROOT = Path(__file__).parent.parent
OBJECT = re.compile(r'^OBJECT\(\s*(\d+),\s*(\d+), "\w+", "[^"]*", ([A-Z]+), (\d+)', re.M)
TABLE = [(int(g), int(v), kind, int(size)) for g, v, kind, size
         in OBJECT.findall((ROOT / 'src/proto/dnp3/objects.def').read_text())]
EVENTS = (2, 4, 11, 13, 22, 23, 32, 33, 42, 88, 111, 113, 122)
COMMANDS = [row for row in TABLE if row[:2] in ((12, 1), (41, 1), (41, 2), (41, 3), (41, 4))]
# tshark does not know how long these are, and reads nothing behind them: they stand last in a fragment.
BLIND_GROUPS = (31, 33, 81, 82, 83, 85, 86, 87, 88, 90, 91, 101, 102, 112, 113, 120, 121, 122)
BLIND = {row[:2] for row in TABLE if row[0] in BLIND_GROUPS} | {(4, 3), (50, 2), (50, 4), (51, 2), (52, 1)} \
    | {(70, v) for v in (1, 2, 7, 8)}
WRONG = (43,)  # tshark misses the value of an analog command event
DATA = [row for row in TABLE if row[2] != 'ANY' and row[0] not in (12, 41, *WRONG)]
READ, WRITE, SELECT, OPERATE, DIRECT, DIRECT_NR = range(1, 7)
RESPONSE, UNSOLICITED, AUTH_RESPONSE = 129, 130, 131
NO_REPLY = (0, 6, 8, 10, 12, 33)
ROOM = 2044  # for the objects of a response


def crc(data):
    c = 0
    for byte in data:
        c ^= byte
        for _ in range(8):
            c = c >> 1 ^ (0xa6bc if c & 1 else 0)
    return (~c & 0xffff).to_bytes(2, 'little')


def frame(control, destination, source, user):
    head = bytes([5, 0x64, len(user) + 5, control]) + word(destination) + word(source)
    blocks = [user[i:i + 16] for i in range(0, len(user), 16)]
    return head + crc(head) + b''.join(block + crc(block) for block in blocks)


def word(n, size=2):
    return n.to_bytes(size, 'little')


# ---------------------------------------------------------------- objects

def sized(r, group, variation, least):
    """What stands behind a size prefix: the texts and their lengths agree."""
    name, rest = r.choice([b'', b'a', b'/log/plant.csv']), r.randbytes(r.choice([0, 1, 20, 200]))
    handle = r.randbytes(4)
    if (group, variation) == (70, 2):
        return word(12) + word(len(name)) + word(12 + len(name)) + word(4) + bytes(4) + name + b'pass'
    if (group, variation) == (70, 3):
        return word(26) + word(len(name)) + r.randbytes(6) + word(0o777) + bytes(4) + word(len(rest), 4) \
            + word(r.randrange(4)) + word(1024) + word(1) + name
    if (group, variation) == (70, 4):
        return handle + word(1000, 4) + word(512) + word(1) + bytes([r.choice([0, 1, 3, 255])]) + name
    if (group, variation) == (70, 5):
        return handle + word(r.randrange(9) | r.randrange(2) << 31, 4) + rest
    if (group, variation) == (70, 6):
        return handle + word(r.randrange(9), 4) + b'\0' + name
    if (group, variation) == (70, 7):
        return word(20) + word(len(name)) + word(1) + word(77, 4) + r.randbytes(6) + word(0o444) + word(3) + name
    if (group, variation) == (120, 5):
        return handle + word(1) + b'\1\1\4' + word(len(rest)) + rest
    if (group, variation) == (120, 10):
        return b'\4\1' + handle + word(1) + word(9) + word(len(name)) + word(4) + word(2) + name + b'pkeycd'
    if (group, variation) == (120, 11):
        return b'\4' + word(len(name)) + word(4) + name + b'mcha'
    if (group, variation) in ((120, 12), (120, 13)):
        return handle + word(1) + word(len(rest)) + rest
    return r.randbytes(least) + rest


def one(r, group, variation, kind, size):
    """The octets of one object that no prefix measures; those of one bit or two are no such."""
    if kind == 'VARIATION':
        return r.randbytes(variation)
    if kind == 'ATTRIBUTE':
        kind, length = r.choice([(1, 1), (1, 17), (2, 1), (2, 4), (3, 2), (4, 4), (4, 8)])
        return bytes([kind, length]) + r.randbytes(length)
    if group == 12 and variation < 3:
        return bytes([r.choice([1, 3, 4, 0x41, 0x81, 0x23]), 1]) + r.randbytes(8) + bytes([r.choice([0, 0, 1, 7, 9, 127])])
    return r.randbytes(size)


def header(r, row, with_data, qualifier=None):
    """An object header with its objects, under one of the qualifiers that fit."""
    group, variation, kind, size = row
    if kind == 'VARIATION':
        variation = r.randrange(1, 40)
    start, count = r.choice([0, 3, 250]), r.choice([1, 1, 2, 5, 11])
    if kind == 'SIZED':
        bodies = [sized(r, group, variation, size) for _ in range(1 if r.random() < .9 else 2)]
        return bytes([group, variation, 0x5b, len(bodies)]) + b''.join(word(len(b)) + b for b in bodies)
    if qualifier is None:
        plain = [0, 0, 1, 1, 2, 7, 8, 9] if group not in (50, 51, 52) else [7, 7, 8]
        indexed = [0x17, 0x28] * 6 + [0x18, 0x19, 0x27, 0x29, 0x37, 0x38, 0x39]
        qualifier = r.choice(indexed if with_data and (group in EVENTS or group in (12, 41)) else plain + indexed)
        if not with_data:
            qualifier = r.choice([6, 6, 6, *plain] + (indexed if kind != 'ANY' else []))
        if kind == 'PACKED' and qualifier in indexed:  # of which tshark does not read an octet each
            qualifier = 1
    prefix, code = (0, 1, 2, 4)[qualifier >> 4], qualifier & 15
    out = bytes([group, variation, qualifier])
    if code == 6:
        return out
    octets = (1, 2, 4)[code if code < 3 else code - 7]
    if 1 in (prefix, octets):
        start = min(start, 200)
    out += word(start, octets) + word(start + count - 1, octets) if code < 3 else word(count, octets)
    if with_data and kind == 'PACKED' and not prefix:
        return out + r.randbytes(-(-count * size // 8))
    body = (lambda: one(r, group, variation, kind, 1 if kind == 'PACKED' else size)) if with_data else lambda: b''
    return out + b''.join((word(start + i, prefix) if prefix else b'') + body() for i in range(count))


def headers(r, rows, with_data, n=None):
    """Several; what tshark does not know, only as the last."""
    chosen = [r.choice(rows) for _ in range(r.choice([1, 1, 2, 3]) if n is None else n)]
    blind = [row for row in chosen if with_data and row[:2] in BLIND]
    return b''.join(header(r, row, with_data) for row in [row for row in chosen if row not in blind] + blind[:1])


def request(r):
    """A function and its objects, as a master would send them."""
    def of(*wanted):
        return [row for row in TABLE if row[:2] in wanted]

    function = r.choice([READ] * 8 + [WRITE] * 4 + [SELECT, DIRECT, DIRECT, DIRECT_NR] + list(range(7, 34)))
    if function == READ:
        if r.random() < .4:
            return function, b''.join(bytes([60, v, 6]) for v in r.choice([(1,), (2, 3, 4), (2, 3, 4, 1)]))
        return function, headers(r, [row for row in TABLE if row[2] != 'SIZED' and row[0] not in (12, 41, 120)], False)
    if function == WRITE:
        return function, headers(r, of((50, 1), (50, 3), (34, 1), (34, 2), (34, 3), (80, 1), (110, 1), (70, 5), (0, 1), (112, 1),
                                       (50, 4)), True)
    if function in (SELECT, OPERATE, DIRECT, DIRECT_NR):
        return function, headers(r, COMMANDS, True)
    if function in range(7, 13):
        first = header(r, of((50, 2))[0], True, 7) if function in (11, 12) else b''
        return function, first + b''.join(header(r, r.choice(of((20, 0), (30, 0), (20, 1))), False) for _ in range(2))
    if function in (20, 21):
        return function, b''.join(bytes([60, v, 6]) for v in (2, 3, 4))
    if function == 22:
        return function, bytes([60, r.choice([1, 2, 3, 4]), 6]) + header(r, r.choice(of((1, 0), (30, 0), (20, 0))), False)
    if function in (16, 17, 18):
        return function, header(r, of((90, 1))[0], True)
    files = {25: (70, 3), 26: (70, 4), 27: (70, 3), 28: (70, 7), 29: (70, 2), 30: (70, 4), 31: (70, 8),
             32: (120, r.choice([1, 2, 6, 7, 10, 11, 13])), 33: (120, 7)}
    return function, header(r, of(files[function])[0], True) if function in files else b''


def answer(r, function, objects):
    """What an outstation sends back: its objects."""
    def of(*wanted):
        return header(r, r.choice([row for row in TABLE if row[:2] in wanted]), True)

    if function in (SELECT, OPERATE, DIRECT):
        return objects
    if function in (13, 14, 23):
        return of((52, 1), (52, 2))
    if function in (25, 26, 27, 30):
        return of((70, 4))
    if function == 28:
        return of((70, 7))
    if function == 29:
        return of((70, 2))
    if function == 32:
        return of((120, 1), (120, 2), (120, 5), (120, 12))
    if function != READ:
        return b''
    return headers(r, DATA, True, r.choice([0, 1, 2, 4, 9]))


# ---------------------------------------------------------------- conversations

class Talk:
    """What the two ends of a connection say: (from the master?, the octets of one or more frames)."""

    def __init__(self, r):
        self.r, self.said, self.transport, self.sequence = r, [], {}, {}
        self.stations = [(r.randrange(1, 5), 10 + i) for i in range(r.choice([1, 1, 1, 3]))]

    def fragment(self, master, station, data):
        """One application fragment, in as many frames as it takes."""
        size = max(self.r.choice([249, 249, 249, 100, 17]), len(data) // 10)  # tshark joins frames of 64 packets, not more
        pieces = [data[i:i + size] for i in range(0, len(data), size)] or [b'']
        ends = station[::-1] if master else station
        n = self.transport.get((master, station), self.r.randrange(64)) % 64
        if n + len(pieces) > 64:  # tshark joins no fragment whose numbers begin anew
            n = 0
        for i, piece in enumerate(pieces):
            mark = (i == 0) << 6 | (i == len(pieces) - 1) << 7 | n & 63
            sent = frame(0xc4 if master else 0x44, *ends, bytes([mark]) + piece)
            broken = self.r.random() < .01
            self.said.append((master, sent[:-1] + bytes([sent[-1] ^ broken])))
            n += 1
        self.transport[master, station] = n

    def ask(self, station):
        r, n = self.r, self.sequence.get(station, 0)
        function, objects = request(r)
        self.fragment(True, station, bytes([0xc0 | n, function]) + objects)
        if function == SELECT:
            self.reply(station, n, RESPONSE, objects)
            n, function = n + 1 & 15, OPERATE
            self.fragment(True, station, bytes([0xc0 | n, function]) + objects)
        if function not in NO_REPLY and r.random() < .95:
            self.reply(station, n, AUTH_RESPONSE if function == 32 else RESPONSE, answer(r, function, objects))
        self.sequence[station] = n + 1 & 15

    def reply(self, station, n, function, objects, unsolicited=0):
        confirm = 0x20 if unsolicited or self.r.random() < .3 else 0
        self.fragment(False, station, bytes([0xc0 | confirm | unsolicited | n, function])
                      + bytes([self.r.randrange(256), self.r.randrange(64)]) + (objects if len(objects) <= ROOM else b''))
        if confirm:
            self.fragment(True, station, bytes([0xc0 | unsolicited | n, 0]))

    def step(self):
        r, station = self.r, self.r.choice(self.stations)
        chance = r.random()
        if chance < .05:
            self.said.append((True, frame(0xc9, *station[::-1], b'')))
            self.said.append((False, frame(0x0b, *station, b'')))
        elif chance < .2:
            events = [row for row in TABLE if row[0] in EVENTS and row[2] in ('FIXED', 'VARIATION')]
            self.reply(station, r.randrange(16), UNSOLICITED, header(r, r.choice(events), True), 0x10)
        else:
            self.ask(station)


def tcp(r, talk, a, b):
    """Segments: frames alone, several together, or cut anywhere; some sent twice."""
    batches, lost = [], {True: 0, False: 0}
    yield f'{a} > {b} / tcp PORTS S', True
    yield f'{b} > {a} / tcp PORTS SA', False
    yield f'{a} > {b} / tcp PORTS A', True
    style = r.choice(['frame', 'joined', 'cut'])
    for master, data in talk.said:
        begins = data[10:11] and data[10] & 0xc0 == 0x40  # tshark joins no fragment that begins behind another in a segment
        if batches and batches[-1][0] == master and style != 'frame' and not begins and r.random() < .8:
            batches[-1][1] += data
        else:
            batches.append([master, data])
    for master, data in batches:
        while data:
            n = len(data)
            if style == 'cut':
                n = r.choice([1, 2, 9, 10, 11, 50]) if len(data) < 60 else r.randrange(40, 300)
            ends = f'{a} > {b}' if master else f'{b} > {a}'
            if style == 'frame' and r.random() < .01:  # lost; the next one's number shows it
                data, lost[master] = b'', lost[master] + len(data)
                continue
            for again in range(2 if r.random() < .03 else 1):
                piece = data[:n]
                behind = f' seq -{len(piece)}' if again else f' seq +{lost[master]}' if lost[master] else ''
                lost[master] = 0
                yield f'{ends} / tcp PORTS PA{behind} / hex {piece.hex()}', master
            data = data[n:]


def udp(r, talk, a, b):
    for master, data in talk.said:
        ends = f'{a} > {b}' if master else f'{b} > {a}'
        yield f'{ends} / udp PORTS / hex {data.hex()}', master


def capture(seed):
    r = random.Random(seed)
    lines, at = [], 0.0
    waiting = []
    for i in range(12):
        talk = Talk(r)
        for _ in range(r.randrange(2, 14)):
            talk.step()
        a, b = f'10.1.{seed % 250}.{i + 1}', f'10.2.{seed % 250}.{i % 3 + 1}'
        packets = (udp if r.random() < .25 else tcp)(r, talk, a, b)
        port = 20001 + i
        waiting.append([packet.replace('PORTS', f'{port} > 20000' if master else f'20000 > {port}')
                        for packet, master in packets])
    while waiting:
        one_of = r.choice(waiting[:2])
        for _ in range(min(len(one_of), r.randrange(1, 30))):
            at += r.choice([.0001, .01, .2])
            lines.append(f'{at:.4f} ip {one_of.pop(0)}\n')
        waiting = [w for w in waiting if w]
    return File(str(seed)).capture('\n'.join(lines))


def main():
    seed, files, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(seed, seed + files):
        (folder / f'{i}.pcap').write_bytes(capture(i))


if __name__ == '__main__':
    main()
