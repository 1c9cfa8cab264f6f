#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes flows from traffic/tables: the framing of protocols that no program here speaks, around random bodies. See README.md."""

import argparse
import random
import re
import struct
import sys
from pathlib import Path

from run import HERE, join_rows, write_rows

TABLES = HERE / 'tables'
CLIENT, SERVER = b'\x02\0\0\0\0\2', b'\x02\0\0\0\0\1'
FIELD = re.compile(r'''"[^"]*"|\([^)]*\)|\S+''')
LENGTH = re.compile(r'len(8|16|24|32)(le)?(=all)?([+-]\d+)?$')
NUMBER = re.compile(r'(id|count)(8|16|24|32|48|64|128)(le)?:(\w+)$')
FILLER = re.compile(r'([rtwzd])(\d+)(?:-(\d+))?$')
LETTERS = 'abcdefghijklmnopqrstuvwxyz'


class Table:
    """over PROTO, set NAME; then a tree of lines: (words, lines below it)."""

    def __init__(self, path):
        self.label, self.over, self.set, self.lines = path.name, 'tcp', 'teach', []
        stack = [(-1, self.lines)]
        for line in path.read_text().splitlines():
            words = FIELD.findall(line)
            if not words or words[0] == '#':
                continue
            if words[0] in ('over', 'set'):
                setattr(self, words[0], words[1])
                continue
            depth = len(line) - len(line.lstrip())
            while stack[-1][0] >= depth:
                stack.pop()
            below = []
            stack[-1][1].append((words, below))
            stack.append((depth, below))


class Flow:
    """One pass through a table: messages of (side, seconds before it, bytes)."""

    def __init__(self, table, rnd):
        self.rnd, self.names, self.messages = rnd, {}, []
        self.walk(table.lines)

    def law(self, text):
        low, _, high = text.partition('-')
        return self.rnd.uniform(float(low), float(high or low)) if '.' in text else self.rnd.randint(int(low), int(high or low))

    def walk(self, lines):
        wait = 0.0
        for words, below in lines:
            if words[0] == 'repeat':
                for _ in range(self.law(words[1])):
                    self.walk(below)
            elif words[0] == 'maybe':
                if self.rnd.random() < float(words[1]):
                    self.walk(below)
            elif words[0] == 'wait':
                wait = self.law(words[1])
            elif words[0] in '<>':
                self.messages.append((words[0], wait or self.rnd.uniform(0.001, 0.2), self.message(words[0], words[1:])))
                wait = 0.0
            else:
                raise SystemExit(f'"{words[0]}" begins no line of a table')

    def message(self, side, words):
        parts = [self.field(side, word) for word in words]
        size = sum(len(p) if isinstance(p, bytes) else p[0] for p in parts)
        done = b''
        for part in parts:
            if not isinstance(part, bytes):
                width, order, whole, more = part
                part = ((size if whole else size - len(done) - width) + more).to_bytes(width, order)
            done += part
        return done

    def field(self, side, word):
        """Bytes, or for a length (width, order, of all, plus)."""
        if word[0] == '(':
            return b''.join(self.field(side, w) for w in FIELD.findall(self.rnd.choice(word[1:-1].split('|'))))
        if word[0] == '"':
            return word[1:-1].encode().decode('unicode_escape').encode('latin-1')
        if match := LENGTH.match(word):
            bits, little, whole, more = match.groups()
            return int(bits) // 8, 'little' if little else 'big', bool(whole), int(more or 0)
        if match := NUMBER.match(word):
            kind, bits, little, name = match.groups()
            key = name if kind == 'id' else name + side
            value = self.names.setdefault(key, self.rnd.getrandbits(int(bits)))
            if kind == 'count':
                self.names[key] = (value + 1) % (1 << int(bits))
            return value.to_bytes(int(bits) // 8, 'little' if little else 'big')
        if match := FILLER.match(word):
            kind, low, high = match.groups()
            return self.filler(kind, self.rnd.randint(int(low), int(high or low)))
        return bytes.fromhex(word)

    def filler(self, kind, n):
        if kind == 'r':
            return self.rnd.randbytes(n)
        if kind == 'z':
            return bytes(n)
        if kind == 'w':
            return ' '.join(''.join(self.rnd.choices(LETTERS, k=self.rnd.randint(2, 9))) for _ in range(n)).encode()
        return ''.join(self.rnd.choices(LETTERS if kind == 't' else '0123456789', k=n)).encode()


# ---------------------------------------------------------------- as a capture

def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def packet(proto, ends, body, flags=0, seq=0, ack=0):
    """An Ethernet frame from ends[0] to ends[1], each (address, port)."""
    (a, aport), (b, bport) = ends
    size = len(body) + (20 if proto == 6 else 8)
    pseudo = a + b + struct.pack('>BBH', 0, proto, size)
    if proto == 6:
        head = struct.pack('>HHIIBBHHH', aport, bport, seq, ack, 0x50, flags, 64240, 0, 0)
        head = head[:16] + struct.pack('>H', checksum(pseudo + head + body)) + head[18:]
    else:
        head = struct.pack('>HHHH', aport, bport, size, 0)
        head = head[:6] + struct.pack('>H', checksum(pseudo + head + body) or 0xffff)
    ip = struct.pack('>BBHHHBBH', 0x45, 0, 20 + size, 0, 0x4000, 64, proto, 0) + a + b
    ip = ip[:10] + struct.pack('>H', checksum(ip)) + ip[12:]
    return b'\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0' + ip + head + body


def frames(flow, table, start, ends, rnd):
    """(time, frame) of a flow, with TCP's opening and end around it."""
    proto, now = (6 if table.over == 'tcp' else 17), start
    seq = {'>': rnd.getrandbits(31), '<': rnd.getrandbits(31)}
    def one(side, body=b'', flags=0x10):
        other = '<' if side == '>' else '>'
        frame = packet(proto, ends if side == '>' else ends[::-1], body, flags, seq[side], seq[other] if flags != 2 else 0)
        seq[side] = (seq[side] + len(body) + bool(flags & 3)) % 2**32
        return now, frame
    if proto == 6:
        yield from (one('>', flags=2), one('<', flags=0x12), one('>'))
    for side, wait, body in flow.messages:
        now += wait
        step = 1448 if proto == 6 else 1472
        for i in range(0, len(body), step):
            now += 1e-5
            yield one(side, body[i:i + step], 0x18)
        now += 1e-4
        if proto == 6:
            yield one('<' if side == '>' else '>')
    if proto == 6:
        yield from (one('>', flags=0x11), one('<', flags=0x11), one('>'))


def make(table, cache, captures, flows, seed):
    out, rows = cache / f'{table.label}.generator', []
    out.mkdir(parents=True, exist_ok=True)
    for number in range(captures):
        rnd = random.Random(f'{seed} {table.label} {number}')
        data = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)
        now, host = 1.7e9 + 1000 * number, bytes((10, 78, number, 1))
        for i in range(flows):
            ends = ((bytes((10, 78, number, 2 + i)), rnd.randrange(32768, 60999)), (host, rnd.randrange(1025, 32000)))
            first = now
            for now, frame in frames(Flow(table, rnd), table, first, ends, rnd):
                data += struct.pack('<IIII', int(now), int(now % 1 * 1e6), len(frame), len(frame)) + frame
            rows.append({'path': f'{out.name}/{number}.pcap', 'proto': table.over, 'a_ip': '.'.join(map(str, ends[0][0])),
                         'a_port': str(ends[0][1]), 'b_ip': '.'.join(map(str, host)), 'b_port': str(ends[1][1]), 'first_ts': f'{first:.6f}',
                         'label': table.label, 'source': 'generator', 'origin': 'generator', 'oracles': 'generator', 'set': table.set})
            now += 1
        (out / f'{number}.pcap').write_bytes(data)
    write_rows(out / 'rows.tsv', rows)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('name', nargs='*', help='a table; all without')
    args.add_argument('--cache', type=Path, default=Path('~/.cache/pipit-traffic').expanduser())
    args.add_argument('--captures', type=int, default=4)
    args.add_argument('--flows', type=int, default=12, help='of each capture')
    args.add_argument('--seed', type=int, default=1)
    options = args.parse_args()
    there = [Table(path) for path in sorted(TABLES.iterdir())]
    wanted = [t for t in there if not options.name or t.label in options.name]
    if not wanted:
        sys.exit(f'no such table; there are: {" ".join(t.label for t in there)}')
    for table in wanted:
        make(table, options.cache, options.captures, options.flows, options.seed)
    flows, names = join_rows(options.cache)
    print(f'{len(wanted)} tables; {options.cache}/manifest.tsv: {flows} flows of {names} names')


if __name__ == '__main__':
    main()
