#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a capture for teach/labels/manifest.py: each TCP, UDP and SCTP flow with the first messages that
its two sides sent. Simple on purpose: no reassembly of IP fragments, tunnels only where they are
cheap to see through, and what cannot be read is passed over."""

import socket
import struct
from pathlib import Path

MESSAGES_MOST, MESSAGE_MOST, GAP_MOST = 8, 1500, 1 << 20
ETHERNET, NULL, PPP, RAW, CHDLC, LOOP, SLL = 1, 0, 9, (12, 14, 101, 228, 229), 104, 108, 113
FRELAY, WLAN, RADIOTAP, SLL2 = 107, 105, 127, 276
IPV4, IPV6 = 0x800, 0x86dd
PPP_TYPES = {0x21: IPV4, 0x57: IPV6}


class Flow:
    """The messages of one flow, sides by who was seen first: msgs is [(side, bytes)]."""

    def __init__(self, proto, ends, ts):
        self.proto, self.ends, self.ts = proto, ends, ts
        self.msgs = []
        self.opening = False    # a SYN was seen: the first message is the flow's first
        self.next_seq = [None, None]

    def add(self, side, payload):
        if payload and len(self.msgs) < MESSAGES_MOST:
            self.msgs.append((side, bytes(payload[:MESSAGE_MOST])))

    def segment(self, side, seq, flags, payload):
        """A TCP segment: what of it is new."""
        if flags & 2:
            self.opening = True
            self.next_seq[side] = (seq + 1) & 0xffffffff
            seq = self.next_seq[side]
        if not payload:
            return
        if self.next_seq[side] is not None:
            ahead = (seq - self.next_seq[side]) & 0xffffffff
            if ahead >= 1 << 31:    # old: a retransmission, or partly one
                old = (1 << 32) - ahead
                if old >= len(payload):
                    return
                payload, seq = payload[old:], self.next_seq[side]
            elif ahead > GAP_MOST:
                return
        self.next_seq[side] = (seq + len(payload)) & 0xffffffff
        self.add(side, payload)


def pcap_packets(data):
    """(link type, time, bytes) of each packet of a pcap file."""
    magic = data[:4]
    order = '<' if magic in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    unit = 1e9 if magic in (b'\x4d\x3c\xb2\xa1', b'\xa1\xb2\x3c\x4d') else 1e6
    link = struct.unpack_from(order + 'I', data, 20)[0] & 0xffff
    at, head = 24, struct.Struct(order + 'IIII')
    while at + 16 <= len(data):
        seconds, part, n, _ = head.unpack_from(data, at)
        if at + 16 + n > len(data):
            return
        yield link, seconds + part / unit, data[at + 16:at + 16 + n]
        at += 16 + n


def pcapng_packets(data):
    """(link type, time, bytes) of each packet of a pcapng file."""
    at, order, links = 0, '<', []
    while at + 12 <= len(data):
        if data[at:at + 4] == b'\x0a\x0d\x0d\x0a':
            order = '<' if data[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>'
            links = []
        kind, n = struct.unpack_from(order + 'II', data, at)
        if n < 12 or at + n > len(data):
            return
        body = data[at + 8:at + n - 4]
        if kind == 1 and len(body) >= 8:
            links.append((struct.unpack_from(order + 'H', body)[0], ticks(body[8:], order)))
        elif kind == 6 and len(body) >= 20:
            i, high, low, size, _ = struct.unpack_from(order + 'IIIII', body)
            if i < len(links):
                yield links[i][0], ((high << 32) | low) / links[i][1], body[20:20 + size]
        elif kind == 3 and links:
            yield links[0][0], 0.0, body[4:]
        at += n


def ticks(options, order):
    """How many units a second of an interface has."""
    at = 0
    while at + 4 <= len(options):
        code, n = struct.unpack_from(order + 'HH', options, at)
        if code == 9 and n == 1:
            r = options[at + 4]
            return 2 ** (r & 0x7f) if r & 0x80 else 10 ** r
        at += 4 + (n + 3 & ~3)
    return 10 ** 6


def network(link, p):
    """(EtherType, the bytes from the network header on), or None."""
    if link == ETHERNET:
        return ether(p, 12)
    if link in (NULL, LOOP) or link in RAW:
        p = p[4:] if link in (NULL, LOOP) else p
        return p and ({4: IPV4, 6: IPV6}.get(p[0] >> 4), p)
    if link == SLL:
        return ether(p, 14)
    if link == SLL2:
        return struct.unpack_from('>H', p)[0], p[20:]
    if link == PPP:
        at = 2 if p[:2] == b'\xff\x03' else 0
        return PPP_TYPES.get(struct.unpack_from('>H', p, at)[0]), p[at + 2:]
    if link == CHDLC:
        return ether(p, 2)
    if link == FRELAY and p[2:4] == b'\x03\xcc':
        return IPV4, p[4:]
    if link in (WLAN, RADIOTAP):
        at = struct.unpack_from('<H', p, 2)[0] if link == RADIOTAP else 0
        control = p[at] | p[at + 1] << 8
        if control & 0x400c != 8:    # data in the clear only
            return None
        at += 24 + (6 if control & 0x300 == 0x300 else 0) + (2 if control & 0x80 else 0)
        return ether(p, at + 6) if p[at:at + 3] == b'\xaa\xaa\x03' else None
    return None


def ether(p, at):
    """What follows an EtherType at `at`, behind tags, MPLS and PPPoE."""
    kind = struct.unpack_from('>H', p, at)[0]
    at += 2
    while kind in (0x8100, 0x88a8, 0x9100):
        kind = struct.unpack_from('>H', p, at + 2)[0]
        at += 4
    if kind == 0x8864:
        return PPP_TYPES.get(struct.unpack_from('>H', p, at + 6)[0]), p[at + 8:]
    if kind == 0x8847:
        while not p[at + 2] & 1:
            at += 4
        at += 4
        kind = {4: IPV4, 6: IPV6}.get(p[at] >> 4)
    return kind, p[at:]


def transport(kind, p, depth=0):
    """(IP protocol, source, destination, payload), or None; inner headers win."""
    if kind == IPV4:
        size = (p[0] & 15) * 4
        total, part = struct.unpack_from('>H2xH', p, 2)
        if part & 0x1fff or p[0] >> 4 != 4:
            return None
        proto, ends, p = p[9], (p[12:16], p[16:20]), p[size:total if total >= size else len(p)]
    elif kind == IPV6:
        proto, ends, total = p[6], (p[8:24], p[24:40]), struct.unpack_from('>H', p, 4)[0]
        p = p[40:40 + total] if total else p[40:]
        while proto in (0, 43, 60, 51):
            size = (p[1] + 2) * 4 if proto == 51 else (p[1] + 1) * 8
            proto, p = p[0], p[size:]
        if proto == 44:
            if struct.unpack_from('>H', p, 2)[0] & 0xfff8:
                return None
            proto, p = p[0], p[8:]
    else:
        return None
    inner = {4: IPV4, 41: IPV6}.get(proto)
    if proto == 47 and depth < 4:
        flags, inner = struct.unpack_from('>HH', p)
        p = p[4 + sum(4 for bit in (0x8000, 0x2000, 0x1000, 0x80) if flags & bit):]
        if inner == 0x6558:
            inner, p = ether(p, 12)
        elif inner == 0x880b:
            at = 2 if p[:2] == b'\xff\x03' else 0
            inner, p = PPP_TYPES.get(struct.unpack_from('>H', p, at)[0]), p[at + 2:]
    if inner and depth < 4:
        return transport(inner, p, depth + 1)
    return proto, ends, p


def sctp_data(p):
    """The data chunks of an SCTP packet."""
    at = 12
    while at + 4 <= len(p):
        kind, n = p[at], struct.unpack_from('>H', p, at + 2)[0]
        if n < 4:
            return
        if kind == 0:
            yield p[at + 16:at + n]
        at += n + 3 & ~3


def text_of(address):
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)


class Reader:
    """All flows of a capture."""

    def __init__(self):
        self.open = {}
        self.all = []

    def packet(self, link, ts, data):
        kind_and = network(link, data)
        found = kind_and and transport(*kind_and)
        if not found:
            return
        number, (a, b), p = found
        proto = {6: 'tcp', 17: 'udp', 132: 'sctp'}.get(number)
        if not proto:
            return
        a_port, b_port = struct.unpack_from('>HH', p)
        key = proto, frozenset(((a, a_port), (b, b_port)))
        flow = self.open.get(key)
        syn = proto == 'tcp' and p[13] & 0x12 == 2
        if flow is None or syn and flow.msgs and not self.again(flow, (a, a_port), p):
            flow = self.open[key] = Flow(proto, ((a, a_port), (b, b_port)), ts)
            self.all.append(flow)
        side = int(flow.ends[0] != (a, a_port))
        if proto == 'udp':
            flow.add(side, p[8:max(8, struct.unpack_from('>H', p, 4)[0])])
        elif proto == 'sctp':
            for chunk in sctp_data(p):
                flow.add(side, chunk)
        else:
            seq = struct.unpack_from('>I', p, 4)[0]
            flow.segment(side, seq, p[13], p[(p[12] >> 4) * 4:])

    @staticmethod
    def again(flow, end, p):
        """Is this SYN the flow's own, sent again?"""
        side = int(flow.ends[0] != end)
        last = flow.next_seq[side]
        return last is not None and (last - struct.unpack_from('>I', p, 4)[0] & 0xffffffff) < 1 << 20


def flows_of(path):
    """Every flow of the capture, in order of appearance."""
    data = Path(path).read_bytes()
    reader = Reader()
    packets = pcapng_packets if data[:4] == b'\x0a\x0d\x0d\x0a' else pcap_packets
    try:
        for link, ts, p in packets(data):
            try:
                reader.packet(link, ts, p)
            except (struct.error, IndexError):    # a cut packet
                pass
    except struct.error:
        pass
    return reader.all
