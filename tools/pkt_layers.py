# SPDX-License-Identifier: Apache-2.0
"""The layers of the text packet format: each parses its words and gives its bytes."""

import ipaddress
import random
import re
import struct
import uuid


class Mistake(Exception):
    """What the writer of a packet file got wrong; the caller adds the place."""


def number(word):
    try:
        return int(word, 0)
    except ValueError:
        raise Mistake(f'"{word}" is not a number') from None


def mac(word):
    try:
        b = bytes.fromhex(word.replace(':', ''))
    except ValueError:
        b = b''
    if len(b) != 6:
        raise Mistake(f'"{word}" is not a MAC address')
    return b


def unquote(word):
    """The bytes of a quoted string; \\r \\n \\t \\0 \\\\ \\" \\xNN are known."""
    plain = {'r': b'\r', 'n': b'\n', 't': b'\t', '0': b'\0', '\\': b'\\', '"': b'"'}
    out = b''
    for escape, text in re.findall(r'\\(x[0-9a-fA-F]{2}|.)|([^\\]+)', word[1:-1]):
        if text:
            out += text.encode()
        elif len(escape) == 3:
            out += bytes.fromhex(escape[1:])
        elif escape in plain:
            out += plain[escape]
        else:
            raise Mistake(f'unknown escape "\\{escape}" in {word}')
    return out


def item_bytes(words):
    """Bytes from items: hex digits, hex*N, "text", random N SEED."""
    out = b''
    words = list(words)
    while words:
        word = words.pop(0)
        if word.startswith('"'):
            out += unquote(word)
        elif word == 'random':
            if len(words) < 2:
                raise Mistake('random needs a length and a seed')
            out += random.Random(number(words[1])).randbytes(number(words[0]))
            words = words[2:]
        else:
            digits, _, times = word.partition('*')
            try:
                out += bytes.fromhex(digits) * (number(times) if times else 1)
            except ValueError:
                raise Mistake(f'"{word}" is not bytes in hex (an even number of digits)') from None
    return out


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Layer:
    """One layer. `outer` and `next` are set before build() is asked, innermost first."""
    outer = next = None
    ethertype = None     # how Ethernet announces it
    protocol = None      # how IP announces it
    takes = {}         # word -> default; a default of False makes a word without value

    def __init__(self, words):
        self.words = list(words)
        self.set = set()
        for word, default in self.takes.items():
            setattr(self, word.replace('-', '_'), default)
        self.parse()
        while self.words:
            word = self.words.pop(0)
            if word not in self.takes:
                raise Mistake(f'unknown word "{word}" in {type(self).__name__.lower()}; '
                              f'known: {" ".join(self.takes)}')
            self.set.add(word)
            self.take(word)

    def take(self, word):
        default = self.takes[word]
        name = word.replace('-', '_')
        if default is False:
            setattr(self, name, True)
        elif isinstance(default, bytes):
            taken = []
            while self.words and self.words[0] not in self.takes:
                taken.append(self.words.pop(0))
            setattr(self, name, item_bytes(taken))
        else:
            setattr(self, name, number(self.word(f'a value for {word}')))

    def parse(self):
        """Takes the words that stand before the options."""

    def word(self, what):
        if not self.words:
            raise Mistake(f'{what} is missing')
        return self.words.pop(0)

    def pair(self, what, convert):
        a = convert(self.word(what))
        if self.word('">"') != '>':
            raise Mistake(f'expected {what} > {what}')
        return a, convert(self.word(what))

    def enclosing(self, *kinds):
        layer = self.outer
        while layer and not isinstance(layer, kinds):
            layer = layer.outer
        return layer

    def announced(self, what):
        """The number under which the next layer is announced by this one."""
        value = getattr(self.next, what, None) if self.next else None
        if value is None:
            raise Mistake(f'{type(self).__name__.lower()} can\'t tell what follows: give its type')
        return value

    def transport_sum(self, segment):
        """The checksum of a segment with the pseudo-header of the IP around it."""
        ip = self.enclosing(Ip, Ip6)
        if not ip:
            return 0
        if getattr(self, 'badsum', False):
            return 0xdead
        if isinstance(ip, Ip):
            pseudo = ip.src + ip.dst + struct.pack('!BBH', 0, self.protocol, len(segment))
        else:
            pseudo = ip.src + ip.dst + struct.pack('!II', len(segment), self.protocol)
        return checksum(pseudo + segment)


class Hex(Layer):
    def parse(self):
        self.data = item_bytes(self.words)
        self.words = []

    def build(self, inner):
        return self.data + inner


class Eth(Layer):
    takes = {'type': -1, 'vlan': [], 'prio': 0, 'tpid': 0x8100, 'pad': 0, 'trail': b''}

    def parse(self):
        self.src, self.dst = self.pair('MAC', mac)
        self.tags = b''

    def take(self, word):
        if word == 'vlan':
            self.tags += struct.pack('!HH', self.tpid, self.prio << 13 | number(self.word('a VLAN id')))
        else:
            super().take(word)

    def build(self, inner):
        if 'type' in self.set:
            kind = self.type
        elif isinstance(self.next, Llc):
            kind = len(inner)
        else:
            kind = self.announced('ethertype')
        frame = self.dst + self.src + self.tags + struct.pack('!H', kind) + inner
        return frame.ljust(self.pad, b'\0') + self.trail


class Llc(Layer):
    takes = {'snap': -1}

    def parse(self):
        self.head = item_bytes([self.word('DSAP, SSAP and control, as aaaa03')])

    def build(self, inner):
        snap = struct.pack('!3xH', self.snap) if 'snap' in self.set else b''
        return self.head + snap + inner


class Parted(Layer):
    """A header that may carry a part of what follows it: a fragment."""

    def take(self, word):
        if word != 'part':
            return super().take(word)
        self.part = number(self.word('an offset')), number(self.word('a length'))

    def cut_part(self, inner):
        """With `part OFF N`: only these bytes of the whole, with offset and `more` to match."""
        if self.part:
            self.off, n = self.part
            self.more = self.more or self.off + n < len(inner)
            inner = inner[self.off:self.off + n]
        return inner


class Ip(Parted):
    ethertype, protocol, ppp = 0x0800, 4, 0x0021
    takes = {'ttl': 64, 'id': 0, 'tos': 0, 'df': False, 'more': False, 'off': 0, 'len': -1,
               'sum': -1, 'badsum': False, 'proto': -1, 'options': b'', 'ihl': -1, 'version': 4,
               'part': ()}

    def parse(self):
        self.src, self.dst = self.pair('address', lambda w: address(w, 4))

    def build(self, inner):
        proto = self.proto if 'proto' in self.set else self.announced('protocol')
        inner = self.cut_part(inner)
        options = self.options + bytes(-len(self.options) % 4)
        ihl = self.ihl if 'ihl' in self.set else 5 + len(options) // 4
        length = self.len if 'len' in self.set else 20 + len(options) + len(inner)
        flags = self.df << 14 | self.more << 13 | self.off // 8
        head = struct.pack('!BBHHHBBH4s4s', self.version << 4 | ihl, self.tos, length & 0xffff,
                           self.id, flags, self.ttl, proto, 0, self.src, self.dst) + options
        value = self.sum if 'sum' in self.set else 0xdead if self.badsum else checksum(head)
        return head[:10] + struct.pack('!H', value) + head[12:] + inner



class Ip6(Layer):
    ethertype, protocol, ppp = 0x86dd, 41, 0x0057
    takes = {'ttl': 64, 'len': -1, 'proto': -1, 'flow': 0, 'tc': 0, 'version': 6}

    def parse(self):
        self.src, self.dst = self.pair('address', lambda w: address(w, 6))

    def build(self, inner):
        proto = self.proto if 'proto' in self.set else self.announced('protocol')
        length = self.len if 'len' in self.set else len(inner)
        first = self.version << 28 | self.tc << 20 | self.flow
        return struct.pack('!IHBB', first, length, proto, self.ttl) + self.src + self.dst + inner


class Ext(Layer):
    """An IPv6 extension header: its number, then its bytes after next header and length."""
    takes = {'proto': -1, 'data': b''}

    def parse(self):
        self.protocol = number(self.word('the number of the extension header'))

    def build(self, inner):
        proto = self.proto if 'proto' in self.set else self.announced('protocol')
        body = bytes([proto, 0]) + self.data
        body += bytes(-len(body) % 8)
        return bytes([proto, len(body) // 8 - 1]) + body[2:] + inner


class Frag6(Parted):
    protocol = 44
    takes = {'off': 0, 'more': False, 'id': 0, 'part': ()}

    def build(self, inner):
        proto = self.announced('protocol')
        inner = self.cut_part(inner)
        return struct.pack('!BBHI', proto, 0, self.off | self.more, self.id) + inner


class Udp(Layer):
    protocol = 17
    takes = {'len': -1, 'sum': -1, 'badsum': False, 'nosum': False}

    def parse(self):
        self.sport, self.dport = self.pair('port', number)

    def build(self, inner):
        length = self.len if 'len' in self.set else 8 + len(inner)
        head = struct.pack('!HHHH', self.sport, self.dport, length & 0xffff, 0)
        if 'sum' in self.set:
            value = self.sum
        else:
            value = 0 if self.nosum else self.transport_sum(head + inner) or 0xffff
        return head[:6] + struct.pack('!H', value) + inner


class Tcp(Layer):
    """Without seq and ack, they follow from what the two ends have sent so far."""
    protocol = 6
    takes = {'seq': None, 'ack': None, 'win': 8192, 'mss': -1, 'ws': -1, 'sackok': False,
               'options': b'', 'off': -1, 'urg': 0, 'sum': -1, 'badsum': False}
    bit = {'F': 1, 'S': 2, 'R': 4, 'P': 8, 'A': 16, 'U': 32, 'E': 64, 'C': 128, '-': 0}
    sent = {}  # (from, to) -> the next sequence number; cleared for each file

    def parse(self):
        self.sport, self.dport = self.pair('port', number)
        flags = self.word('flags, as SA, or - for none')
        if any(letter not in self.bit for letter in flags):
            raise Mistake(f'"{flags}" is not TCP flags, letters of FSRPAUEC or - for none')
        self.flags = sum(self.bit[letter] for letter in set(flags))

    def take(self, word):
        if word in ('seq', 'ack'):
            setattr(self, word, self.word('a number'))
        else:
            super().take(word)

    def relative(self, given, tracked):
        if given is None:
            return tracked
        return (tracked if given[0] in '+-' else 0) + number(given)

    def head_options(self):
        out = b''
        if self.mss >= 0:
            out += struct.pack('!BBH', 2, 4, self.mss)
        if self.sackok:
            out += b'\4\2'
        if self.ws >= 0:
            out += struct.pack('!BBBB', 1, 3, 3, self.ws)
        out += self.options
        return out + b'\1' * (-len(out) % 4)

    def build(self, inner):
        ip = self.enclosing(Ip, Ip6)
        here, there = (ip and ip.src, self.sport), (ip and ip.dst, self.dport)
        seq = self.relative(self.seq, self.sent.get((here, there), 1000)) & 0xffffffff
        expected = self.sent.get((there, here), 0 if self.flags & 2 else 1000)
        ack = self.relative(self.ack, expected if self.flags & 16 else 0) & 0xffffffff
        after = seq + len(inner) + bool(self.flags & 2) + bool(self.flags & 1) & 0xffffffff
        before = self.sent.get((here, there))
        if before is None or self.flags & 2 or after - before & 0xffffffff < 1 << 31:
            self.sent[here, there] = after

        options = self.head_options()
        off = self.off if 'off' in self.set else 5 + len(options) // 4
        head = struct.pack('!HHIIBBHHH', self.sport, self.dport, seq, ack, off << 4, self.flags,
                           self.win, 0, self.urg) + options
        value = self.sum if 'sum' in self.set else self.transport_sum(head + inner)
        return head[:16] + struct.pack('!H', value) + head[18:] + inner


class Icmp(Layer):
    protocol = 1
    takes = {'id': 0, 'seq': 0, 'rest': b'', 'sum': -1, 'badsum': False}

    def parse(self):
        self.type, self.code = number(self.word('the type')), number(self.word('the code'))

    def build(self, inner):
        rest = self.rest or struct.pack('!HH', self.id, self.seq)
        whole = struct.pack('!BBH', self.type, self.code, 0) + rest + inner
        value = self.sum if 'sum' in self.set else 0xdead if self.badsum else self.sum_of(whole)
        return whole[:2] + struct.pack('!H', value) + whole[4:]

    def sum_of(self, whole):
        return checksum(whole)


class Icmp6(Icmp):
    protocol = 58

    def sum_of(self, whole):
        return self.transport_sum(whole)


class Arp(Layer):
    ethertype = 0x0806

    def parse(self):
        kind = self.word('request, reply or a number')
        self.op = {'request': 1, 'reply': 2}.get(kind) or number(kind)
        self.data = mac(self.word('the sender\'s MAC')) + address(self.word('the sender\'s IP'), 4)
        if self.word('">"') != '>':
            raise Mistake('expected arp request|reply MAC IP > MAC IP')
        self.data += mac(self.word('the target\'s MAC')) + address(self.word('the target\'s IP'), 4)

    def build(self, inner):
        return struct.pack('!HHBBH', 1, 0x0800, 6, 4, self.op) + self.data + inner


class Mpls(Layer):
    ethertype, protocol = 0x8847, 137
    takes = {'ttl': 64, 'tc': 0}

    def parse(self):
        self.label = number(self.word('the label'))

    def build(self, inner):
        bottom = not isinstance(self.next, Mpls)
        return struct.pack('!I', self.label << 12 | self.tc << 9 | bottom << 8 | self.ttl) + inner


class Pppoe(Layer):
    ethertype = 0x8864
    takes = {'session': 1, 'proto': -1}

    def build(self, inner):
        proto = self.proto if 'proto' in self.set else self.announced('ppp')
        return struct.pack('!BBHHH', 0x11, 0, self.session, len(inner) + 2, proto) + inner


class Gre(Layer):
    protocol = 47
    takes = {'type': -1, 'key': -1}

    def build(self, inner):
        kind = self.type if 'type' in self.set else self.announced('ethertype')
        key = struct.pack('!I', self.key) if 'key' in self.set else b''
        return struct.pack('!HH', 0x2000 if key else 0, kind) + key + inner


class Vxlan(Layer):
    def parse(self):
        self.vni = number(self.word('the network identifier'))

    def build(self, inner):
        return struct.pack('!II', 0x08000000, self.vni << 8) + inner


class Geneve(Layer):
    takes = {'type': 0x6558, 'options': b''}

    def parse(self):
        self.vni = number(self.word('the network identifier'))

    def build(self, inner):
        head = struct.pack('!BBHI', len(self.options) // 4, 0, self.type, self.vni << 8)
        return head + self.options + inner


class Gtp(Layer):
    def parse(self):
        self.teid = number(self.word('the tunnel endpoint identifier'))

    def build(self, inner):
        return struct.pack('!BBHI', 0x30, 0xff, len(inner), self.teid) + inner


class Rpc4(Layer):
    """The 80-byte header of connectionless DCE/RPC; the body is what follows."""
    types = 'request ping response fault working nocall reject ack cancel fack cancel-ack'.split()
    known = {'nil': '00000000-0000-0000-0000-000000000000',
             'pnio': 'dea00000-6c97-11d1-8271-00010003015a',
             'device': 'dea00001-6c97-11d1-8271-00a02442df7d',
             'controller': 'dea00002-6c97-11d1-8271-00a02442df7d',
             'supervisor': 'dea00003-6c97-11d1-8271-00a02442df7d',
             'epm': 'e1af8308-5d1f-11c9-91a4-08002b14a0fa'}
    takes = {'type': 0, 'flags': 0x20, 'flags2': 0, 'drep': '', 'object': '', 'interface': '',
               'activity': '', 'version': 1, 'boot': 0, 'seq': 0, 'opnum': 0, 'ihint': 0xffff,
               'ahint': 0xffff, 'len': -1, 'frag': 0, 'auth': 0, 'serial': 0, 'rpcvers': 4}

    def parse(self):
        self.order = '<'
        self.object = self.interface = self.activity = uuid.UUID(int=0)

    def take(self, word):
        if word == 'type' and self.words and self.words[0] in self.types:
            self.type = self.types.index(self.words.pop(0))
        elif word == 'drep':
            value = self.word('le or be')
            if value not in ('le', 'be'):
                raise Mistake(f'drep is le or be, not "{value}"')
            self.order = '<' if value == 'le' else '>'
        elif word in ('object', 'interface', 'activity'):
            value = self.word('a UUID')
            try:
                setattr(self, word, uuid.UUID(self.known.get(value, value)))
            except ValueError:
                raise Mistake(f'"{value}" is not a UUID nor one of {" ".join(self.known)}') from None
        else:
            super().take(word)

    def build(self, inner):
        def wire(u):
            return u.bytes_le if self.order == '<' else u.bytes
        length = self.len if 'len' in self.set else len(inner)
        return (bytes([self.rpcvers, self.type, self.flags, self.flags2,
                       0x10 if self.order == '<' else 0, 0, 0, self.serial >> 8])
                + wire(self.object) + wire(self.interface) + wire(self.activity)
                + struct.pack(self.order + 'IIIHHHHHBB', self.boot, self.version, self.seq,
                              self.opnum, self.ihint, self.ahint, length, self.frag, self.auth,
                              self.serial & 0xff) + inner)


def address(word, version):
    try:
        a = ipaddress.ip_address(word)
    except ValueError:
        raise Mistake(f'"{word}" is not an IP address') from None
    if a.version != version:
        raise Mistake(f'{word} is not an IPv{version} address')
    return a.packed


KINDS = {'hex': Hex, 'text': Hex, 'eth': Eth, 'llc': Llc, 'ip': Ip, 'ip6': Ip6, 'ext': Ext,
         'frag6': Frag6, 'udp': Udp, 'tcp': Tcp, 'icmp': Icmp, 'icmp6': Icmp6, 'arp': Arp,
         'mpls': Mpls, 'pppoe': Pppoe, 'gre': Gre, 'vxlan': Vxlan, 'geneve': Geneve, 'gtp': Gtp,
         'rpc4': Rpc4}
