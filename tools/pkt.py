#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the text packet format into a capture: tools/pkt.py in.pkt out.pcap ("-" is standard
input or output). The format is described in test/README.md."""

import re
import struct
import sys
from decimal import Decimal, InvalidOperation

import pkt_layers
from pkt_layers import KINDS, Mistake, number

LINKS = {'null': 0, 'ethernet': 1, 'ppp': 9, 'raw': 101, 'wlan': 105, 'loop': 108, 'cooked': 113,
         'radiotap': 127, 'cooked2': 276}
START = 1600000000
WORD = re.compile(r'"(?:\\.|[^"\\])*"|\S+')
COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|(?:(?<=\s)|^)#.*')


def seconds(word):
    """A decimal number of seconds as nanoseconds."""
    try:
        return int(Decimal(word) * 10**9)
    except InvalidOperation:
        raise Mistake(f'"{word}" is not a time in seconds') from None


def paragraphs(text):
    """Lists of (line number, words), a list a paragraph; comments are gone."""
    lines = []
    for n, line in enumerate(text.splitlines() + [''], 1):
        bare = COMMENT.sub(lambda m: m.group(1) or '', line)
        if bare.strip():
            lines.append((n, WORD.findall(bare)))
        elif not line.strip() and lines:
            yield lines
            lines = []


def count_up(word, i):
    """{4+i} in a word is 4, 5, 6 ... in the copies of a repeated packet."""
    if word.startswith('"'):
        return word
    return re.sub(r'\{(\d+)\+i\}', lambda m: str(int(m.group(1)) + i), word)


def implied_ethernet(ip):
    """An Ethernet header for a packet that begins with IP: 02:00 and the address's last 4 bytes."""
    def station(a):
        if len(a) == 4 and a[0] >> 4 == 14:
            return bytes([1, 0, 0x5e, a[1] & 0x7f]) + a[2:]
        if a == b'\xff' * 4:
            return b'\xff' * 6
        return (b'\x33\x33' if a[0] == 0xff and len(a) == 16 else b'\2\0') + a[-4:]
    return pkt_layers.Eth([station(ip.src).hex(), '>', station(ip.dst).hex()])


def layers_of(words, ethernet):
    """The layers that the words between slashes name, outermost first, linked to each other."""
    layers, part = [], []
    for word in words + ['/']:
        if word != '/':
            part.append(word)
            continue
        if not part or part[0] not in KINDS:
            raise Mistake(f'expected a layer ({" ".join(KINDS)}), not "{part[0] if part else "/"}"')
        layers.append(KINDS[part[0]](part[1:]))
        part = []
    if ethernet and isinstance(layers[0], (pkt_layers.Ip, pkt_layers.Ip6)):
        layers.insert(0, implied_ethernet(layers[0]))
    for outer, inner in zip(layers, layers[1:]):
        outer.next, inner.outer = inner, outer
    return layers


def frame_of(words, ethernet):
    data = b''
    for layer in reversed(layers_of(words, ethernet)):
        data = layer.build(data)
    return data


class Pcap:
    def __init__(self, nano, order):
        self.nano, self.order, self.link = nano, order, None

    def packet(self, ns, link, data, wire):
        out = b''
        if self.link is None:
            magic = 0xa1b23c4d if self.nano else 0xa1b2c3d4
            out += struct.pack(self.order + 'IHHiIII', magic, 2, 4, 0, 0, 262144, link)
            self.link = link
        if link != self.link:
            raise Mistake('a pcap file has one link type; say pcapng at the top for several')
        part = ns % 10**9 if self.nano else ns % 10**9 // 1000
        return out + struct.pack(self.order + 'IIII', ns // 10**9 & 0xffffffff, part, len(data),
                                 wire) + data

    def empty(self, link):
        return self.packet(0, link, b'', 0)[:24]


class Pcapng:
    def __init__(self, nano, order):
        self.nano, self.order, self.links = nano, order, []

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        n = struct.pack(self.order + 'I', len(body) + 12)
        return struct.pack(self.order + 'I', kind) + n + body + n

    def packet(self, ns, link, data, wire):
        out = b''
        if not self.links:
            out += self.block(0x0a0d0d0a, struct.pack(self.order + 'IHHq', 0x1a2b3c4d, 1, 0, -1))
        if link not in self.links:
            self.links.append(link)
            resolution = struct.pack(self.order + 'HHB3xI', 9, 1, 9, 0) if self.nano else b''
            out += self.block(1, struct.pack(self.order + 'HHI', link, 0, 262144) + resolution)
        units = ns if self.nano else ns // 1000
        head = struct.pack(self.order + 'IIIII', self.links.index(link), units >> 32,
                           units & 0xffffffff, len(data), wire)
        return out + self.block(6, head + data)

    def empty(self, link):
        first = self.packet(0, link, b'', 0)
        return first[:-len(self.block(6, bytes(20)))]


class File:
    """Reads the text; gives the capture."""

    def __init__(self, name):
        self.name, self.line = name, 0
        self.link, self.start, self.now = LINKS['ethernet'], START * 10**9, 0
        self.nano, self.ng, self.order, self.writer = False, False, '<', None
        self.waiting = None  # packets until all are known, if they are to be sorted
        self.defined = {}
        self.out = []

    def expand(self, words):
        """Replaces $name by the words that were defined for it."""
        out = []
        for word in words:
            if not word.startswith('$'):
                out.append(word)
            elif word[1:] in self.defined:
                out += self.defined[word[1:]]
            else:
                raise Mistake(f'"{word}" is not defined')
        return out

    def directive(self, words):
        word, rest = words[0], words[1:]
        if word == 'define':
            if not rest:
                raise Mistake('define needs a name')
            self.defined[rest[0]] = self.expand(rest[1:])
        elif word == 'sorted' and not rest:
            self.waiting = []
        elif word in ('nano', 'pcapng', 'big') and not rest:
            if self.writer:
                raise Mistake(f'{word} must stand before the first packet')
            self.nano |= word == 'nano'
            self.ng |= word == 'pcapng'
            self.order = '>' if word == 'big' else self.order
        elif word == 'link' and len(rest) == 1:
            self.link = LINKS[rest[0]] if rest[0] in LINKS else number(rest[0])
        elif word == 'start' and len(rest) == 1:
            self.start = seconds(rest[0])
        else:
            raise Mistake(f'"{" ".join(words)}" is neither a packet (which begins with its time) nor '
                          'one of define NAME WORDS, link TYPE, start TIME, nano, pcapng, big, sorted')

    def time(self, word):
        if word.startswith('+'):
            return self.now + seconds(word[1:])
        ns = seconds(word)
        return ns if ns >= 10**17 else self.start + ns

    def packet(self, words):
        self.now = self.time(words.pop(0))
        cut, wire, times, step = None, None, 1, 0
        while words and words[0] not in KINDS:
            option = words.pop(0)
            if option not in ('cut', 'wire', 'repeat') or not words:
                raise Mistake(f'expected cut N, wire N, repeat N every T or a layer, not "{option}"')
            if option == 'cut':
                cut = number(words.pop(0))
            elif option == 'wire':
                wire = number(words.pop(0))
            else:
                times = number(words.pop(0))
                if words[:1] == ['every'] and len(words) > 1:
                    step = seconds(words[1])
                    words = words[2:]
        for i in range(times):
            data = frame_of([count_up(w, i) for w in words], self.link == LINKS['ethernet'])
            self.write(self.now + i * step, data[:cut], len(data) if wire is None else wire)
        self.now += (times - 1) * step

    def write(self, ns, data, wire):
        if self.waiting is None:
            self.put(ns, self.link, data, wire)
        else:
            self.waiting.append((ns, len(self.waiting), self.link, data, wire))

    def put(self, ns, link, data, wire):
        self.writer = self.writer or (Pcapng if self.ng else Pcap)(self.nano, self.order)
        self.out.append(self.writer.packet(ns, link, data, wire))

    def paragraph(self, lines):
        self.line = lines[0][0]
        if re.match(r'[+-]?[\d.]', lines[0][1][0]):
            self.packet(self.expand([w for _, words in lines for w in words]))
        elif lines[0][1][0] == 'define':
            self.define(lines)
        else:
            for self.line, words in lines:
                self.directive(words)

    def define(self, lines):
        """Several definitions may share a paragraph; each goes on until the next `define`."""
        whole = []
        for self.line, words in lines:
            if words[0] == 'define' and whole:
                self.directive(whole)
                whole = []
            whole += words
        self.directive(whole)

    def capture(self, text):
        pkt_layers.Tcp.sent.clear()
        try:
            for lines in paragraphs(text):
                self.paragraph(lines)
        except Mistake as e:
            sys.exit(f'{self.name}:{self.line}: {e}')
        except struct.error as e:
            sys.exit(f'{self.name}:{self.line}: a value does not fit its field ({e})')
        for ns, _, link, data, wire in sorted(self.waiting or []):
            self.put(ns, link, data, wire)
        if not self.out:
            self.out.append((Pcapng if self.ng else Pcap)(self.nano, self.order).empty(self.link))
        return b''.join(self.out)


def main():
    if len(sys.argv) != 3:
        sys.exit('usage: pkt.py in.pkt out.pcap')
    source = sys.stdin if sys.argv[1] == '-' else open(sys.argv[1], encoding='utf-8')
    data = File(sys.argv[1]).capture(source.read())
    if sys.argv[2] == '-':
        sys.stdout.buffer.write(data)
    else:
        with open(sys.argv[2], 'wb') as f:
            f.write(data)


if __name__ == '__main__':
    main()
