#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The checks of binary protocols for teach/labels/manifest.py; importing this registers them."""

import re
import struct

from checks import MESSAGE, be16, be24, be32, check, guarded, le16, le32, message, most, text

# ---- names, directories, time
def name_end(p, at):
    """Where a DNS name ends, and its first label."""
    label = None
    for _ in range(128):
        n = p[at]
        if n >= 0xc0:
            return at + 2, label
        if n > 63:
            raise IndexError
        label = p[at + 1:at + 1 + n] if label is None else label
        at += 1 + n
        if n == 0:
            return at, label
    raise IndexError


def dns_kind(p):
    """'dns', 'netbios_ns' or None."""
    flags, *counts = struct.unpack_from('>5H', p, 2)
    if flags >> 11 & 15 > 9 or sum(counts) == 0 or sum(counts) > 200 or flags & 0xf > 11 and flags & 0xf != 15:
        return None
    at, label = name_end(p, 12)
    kind, cls = struct.unpack_from('>HH', p, at)
    if label is not None and len(label) == 32 and re.match(rb'[A-P]{8}', label):
        return 'netbios_ns' if kind in (0x20, 0x21) and re.fullmatch(rb'[A-P]{32}', label) else None
    if cls & 0x7fff not in (1, 3, 4, 254, 255) and kind != 41:
        return None
    return 'dns' if counts[0] <= 200 and (kind < 270 or 0x7fff < kind) else None


@check('dns', 'udp tcp')
def dns(s):
    if s.tcp:
        return any(len(p) > 14 and be16(p, 0) >= 12 and be16(p, 0) + 2 <= max(len(p), 514) and dns_kind(p[2:]) == 'dns'
                   for p in s.streams if p)
    return most(s.m, guarded(lambda p: dns_kind(p) == 'dns'))


message('netbios_ns', 'udp')(lambda p: dns_kind(p) == 'netbios_ns')
MESSAGE['dns'] = guarded(lambda p: dns_kind(p) == 'dns')
message('netbios_dgm', 'udp')(lambda p: 0x10 <= p[0] <= 0x16 and p[1] < 0x20 and be16(p, 8) > 0 and
                              (p[0] > 0x12 or re.match(rb' [A-P]{32}', p[14:]) is not None))


@message('netbios_ssn', 'tcp', any_side=True)
def netbios_ssn(p):
    if p[0] == 0x81:
        return re.match(rb' [A-P]{32}', p[4:]) is not None
    return p[0] == 0 and p[4:8] in (b'\xffSMB', b'\xfeSMB', b'\xfdSMB', b'\xfcSMB')


message('dhcp', 'udp')(lambda p: p[0] in (1, 2) and p[2] in (6, 16, 0) and (p[236:240] == b'\x63\x82\x53\x63' or p[1] == 1 and
                                                                     len(p) == 300))


@message('dhcpv6', 'udp')
def dhcpv6(p):
    if not 1 <= p[0] <= 23:
        return False
    at, seen = (34 if p[0] in (12, 13) else 4), 0
    while at < len(p):
        if be16(p, at) > 256:
            return False
        at, seen = at + 4 + be16(p, at + 2), seen + 1
    return seen > 0 and (at == len(p) or len(p) == 1500)


@message('ntp', 'udp', False)
def ntp(p):
    version, mode = p[0] >> 3 & 7, p[0] & 7
    if mode == 6:
        return 1 <= version <= 4 and be16(p, 10) <= len(p) - 12 and p[1] & 31 < 32
    if mode == 7:
        return len(p) >= 8 and p[2] < 64 and p[3] < 46
    return 1 <= version <= 4 and mode in (1, 2, 3, 4, 5) and len(p) >= 48 and len(p) < 300 and p[1] <= 16


# ---- BER
def tlv(p, at=0):
    """(tag, start of the value, its end)."""
    tag, n, at = p[at], p[at + 1], at + 2
    if n & 0x80:
        k = n & 0x7f
        if not 1 <= k <= 4:
            raise IndexError
        n, at = int.from_bytes(p[at:at + k], 'big'), at + k
    return tag, at, at + n


@message('snmp', 'udp')
def snmp(p):
    tag, at, end = tlv(p)
    if tag != 0x30 or end < len(p) - 8 or p[at:at + 2] != b'\2\1' or p[at + 2] not in (0, 1, 3):
        return False
    return p[at + 3] in (4, 0x30)


@message('ldap', 'tcp udp', any_side=True)
def ldap(p):
    tag, at, _ = tlv(p)
    if tag != 0x30 or p[at] != 2 or p[at + 1] > 4:
        return False
    return p[at + 2 + p[at + 1]] in (*range(0x60, 0x7a), 0x42, 0x4a, 0x50)


@message('krb', 'udp tcp', any_side=True)
def krb(p):
    if p[:2] == b'\0\0' and p[4] & 0x60 == 0x60:
        p = p[4:4 + be32(p, 0)]
    tag, at, end = tlv(p)
    if tag not in (0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x74, 0x75, 0x76, 0x7e) or end < len(p):
        return p[0] in (4,) and p[1] in (2, 4, 6, 8, 10) and len(p) < 400 and b'krbtgt' in p
    return p[at] == 0x30


# ---- ciphered
def tls_records(p):
    """Do TLS records begin here and follow each other, as far as can be seen?"""
    at = 0
    while at + 5 <= len(p):
        if p[at] not in (20, 21, 22, 23, 24) or p[at + 1] != 3 or p[at + 2] > 4 or be16(p, at + 3) > 18500:
            return False
        at += 5 + be16(p, at + 3)
    return len(p) >= 5


def sslv2_hello(p):
    return p[0] & 0x80 and be16(p, 0) & 0x7fff <= 600 and p[2] == 1 and p[3:5] in (b'\0\2', b'\3\0', b'\3\1', b'\3\2', b'\3\3') and \
        be16(p, 5) % 3 == 0 and be16(p, 9) in range(16, 33)


@check('ssl', 'tcp')
def ssl(s):
    if s.streams[0][:3] == b'\x17\x24\x0a':
        return False
    return any(p[:1] and (tls_records(p[:5]) and (p[0] == 22 or tls_records(p)) or sslv2_hello(p)) for p in s.streams if len(p) > 10)


message('dtls', 'udp')(lambda p: p[0] in (20, 21, 22, 23, 25) and p[1:3] in (b'\xfe\xff', b'\xfe\xfd', b'\1\0') and
                       13 + be16(p, 11) <= max(len(p), 1500))
QUIC_VERSIONS = re.compile(rb'\0\0\0[\1\2]|\xff\0\0[\x05-\x30]|[QT]0[2-6]\d|\x6b\x33\x43\xcf|\x70\x9a\x50\xc4|\xfa\xce\xb0\0|'
                           rb'[\x0a-\xfa]a[\x0a-\xfa]a|\xfa\xce\xb0.|Q099|T099|\x51\x47\x4f.|\x70\x72\x6f.')


@check('quic', 'udp')
def quic(s):
    for p in s.m[:3]:
        if p[0] & 0x80 and QUIC_VERSIONS.match(p[1:5]) and p[5] <= 80:
            return True
        if p[0] & 1 and not p[0] & 0xc2 and p[0] & 8 and re.match(rb'Q0\d\d', p[9:13]):
            return True
    return False


@message('isakmp', 'udp')
def isakmp(p):
    if p[:1] == b'\xff' and len(p) == 1:
        return True
    p = p[4:] if p[:4] == b'\0\0\0\0' and p[17] not in (0x10, 0x20) else p
    return p[17] in (0x10, 0x20) and be32(p, 24) >= 28 and be32(p, 24) in (len(p), be32(p, 24) if len(p) >= 1400 else -1) and p[18] < 250


message('wireguard', 'udp', False)(lambda p: 1 <= p[0] <= 4 and p[1:4] == b'\0\0\0' and
                                   (p[0] == 4 and len(p) >= 32 and len(p) % 16 == 0 or len(p) == (0, 148, 92, 64, 0)[p[0]]))


@message('openvpn', 'udp tcp', False)
def openvpn(p):
    if be16(p, 0) >= 14 and len(p) >= be16(p, 0) + 2 and p[2] in (0x38, 0x50):
        return True
    return p[0] >> 3 in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) and p[0] & 7 == 0 and len(p) >= 14


# ---- industrial
CRC_DNP = []
for i in range(256):
    crc = i
    for _ in range(8):
        crc = crc >> 1 ^ (0xa6bc if crc & 1 else 0)
    CRC_DNP.append(crc)


@message('dnp3', 'tcp udp', any_side=True)
def dnp3(p):
    value = 0
    for byte in p[:8]:
        value = value >> 8 ^ CRC_DNP[(value ^ byte) & 255]
    return p[:2] == b'\x05\x64' and p[2] >= 5 and (value ^ 0xffff) == le16(p, 8)


def modbus_chain(p):
    """How many whole Modbus messages fill these bytes, one after the other; 0 if they don't."""
    at, n = 0, 0
    while at < len(p):
        if p[at + 2:at + 4] != b'\0\0' or not 2 <= be16(p, at + 4) <= 254 or not p[at + 7] & 0x7f:
            return 0
        at, n = at + 6 + be16(p, at + 4), n + 1
    return n if at == len(p) else 0


message('modbus', 'tcp udp', any_side=False)(modbus_chain)


@message('iec104', 'tcp', False, any_side=True)
def iec104(p):
    if p[0] != 0x68 or not 4 <= p[1] <= 253:
        return False
    if p[1] == 4:
        return p[2] in (1, 7, 0x0b, 0x13, 0x23, 0x43, 0x83) and (p[2] == 1 or p[3:6] == b'\0\0\0')
    return not p[2] & 1 and 1 <= p[6] <= 127 and p[1] >= 10


@message('enip', 'tcp udp', any_side=True)
def enip(p):
    if le16(p, 0) in (2, 0x8000) and p[2:4] == b'\0\0' and len(p) < 600:
        return False
    return le16(p, 0) in (1, 4, 0x63, 0x64, 0x65, 0x66, 0x6f, 0x70, 0x72, 0x73) and len(p) >= 24 and le32(p, 20) == 0 and \
        (le16(p, 2) == len(p) - 24 or le16(p, 0) in (0x6f, 0x70) and 24 + le16(p, 2) < len(p) and le16(p, 24 + le16(p, 2)) in (0x6f, 0x70))


@message('cipio', 'udp', False)
def cipio(p):
    return 1 <= le16(p, 0) <= 4 and le16(p, 2) in (0x8002, 2) and le16(p, 4) == 8


text('opcua', 'tcp', r'(HEL|ACK|ERR|RHE|OPN|MSG|CLO)[FCA].{2}[\0\1]\0')


@message('bacnet', 'udp')
def bacnet(p):
    return p[0] == 0x81 and p[1] <= 12 and be16(p, 2) <= len(p) <= be16(p, 2) + 18


@check('mqtt', 'tcp', False)
def mqtt(s):
    if re.match(rb'\x10.{1,4}\0[\4\6]MQ(TT|Isdp)', s.streams[0], re.S):
        return True
    return any(p[:4] == b' \2\0\0' for p in s.m[:2]) or \
        not s.opening and most(s.m, guarded(lambda p: (p[0] >> 4) in range(3, 15) and p[1] == len(p) - 2))


def crc_ccitt(p):
    value = 0xffff
    for byte in p:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ (0x1021 if value & 0x8000 else 0)) & 0xffff
    return value


@message('synphasor', 'tcp udp', any_side=True)
def synphasor(p):
    if p[0] != 0xaa or p[1] & 0x80 or p[1] & 15 not in (1, 2) or not 16 <= be16(p, 2) < 65536:
        return False
    n = be16(p, 2)
    return n > len(p) or crc_ccitt(p[:n - 2]) == be16(p, n - 2)


@message('hart_ip', 'tcp udp')
def hart_ip(p):
    return p[0] in (1, 2) and p[1] in (0, 1, 2, 3, 15) and p[2] <= 5 and be16(p, 6) == len(p) and len(p) >= 8


@message('omron_fins', 'udp tcp')
def omron_fins(p):
    if p[:4] == b'FINS':
        return True
    return p[0] & 0x3e == 0 and p[0] & 0x80 and p[1] == 0 and p[2] in (2, 7) and len(p) >= 12


text('ams', 'tcp', r'\0\0.{3}\0.{8}.{8}[\0-\x0a]\0[\4\5]\0')


# ---- remote calls
def rpc4(p):
    return p[0] == 4 and p[1] <= 10 and p[4] in (0, 0x10) and p[5] <= 3 and p[6] == 0 and len(p) >= 80


PROFINET = re.compile(rb'[\1-\4]\0\xa0\xde|\xde\xa0\0[\1-\4]').match


@check('profinet_io_cm', 'udp')
def profinet_io_cm(s):
    return any(rpc4(p) and PROFINET(p[24:28]) for p in s.m)


@message('dce_rpc', 'tcp udp', any_side=True)
def dce_rpc(p):
    if rpc4(p):
        return True
    return p[0] == 5 and p[1] <= 1 and p[2] <= 20 and p[4] in (0, 0x10) and p[5] <= 3 and p[6:8] == b'\0\0' and \
        16 <= (le16(p, 8) if p[4] else be16(p, 8))


@message('onc_rpc', 'tcp udp', False, any_side=True)
def onc_rpc(p):
    if p[0] & 0x80 and be32(p, 0) & 0x7fffffff < 1 << 20 and be32(p, 8) < 2:
        p = p[4:]
    if be32(p, 4) == 0:
        return be32(p, 8) == 2 and (be32(p, 12) in range(100000, 500000) or be32(p, 12) >> 30 == 1) and be32(p, 16) < 10
    return be32(p, 4) == 1 and be32(p, 8) in (0, 1) and (be32(p, 8) == 1 or be32(p, 12) < 8 and be32(p, 16) < 500) and len(p) >= 20


@check('tpkt', 'tcp')
def tpkt(s):
    def frame(p):
        return p[:2] == b'\3\0' and 7 <= be16(p, 2) and p[4] <= be16(p, 2) - 5 and p[5] & 0xf0 in (0xe0, 0xd0, 0xf0, 0x80, 0x70, 0x10) \
            or p[:2] == b'\3\0' and be16(p, 2) in (len(p), len(p) + 4) and p[4] in (8, 2, 0x7e)
    if len(s.m[0]) == 4 and s.m[0][:2] == b'\3\0':
        return True
    return any(map(guarded(frame), s.streams))


# ---- routing and management
message('radius', 'udp', False)(lambda p: p[0] in (1, 2, 3, 4, 5, 11, 12, 13, 40, 41, 42, 43, 44, 45) and 20 <= be16(p, 2) <= len(p) and
                         (be16(p, 2) == 20 or p[20] and 2 <= p[21] <= len(p) - 20))
message('tacacs', 'tcp', any_side=True)(lambda p: p[0] in (0xc0, 0xc1) and p[1] in (1, 2, 3) and p[3] < 8 and be32(p, 8) < 70000)


@check('diameter', 'tcp sctp', False)
def diameter(s):
    p = s.m[0]
    return p[0] == 1 and be24(p, 1) % 4 == 0 and be24(p, 1) >= 20 and p[4] & 15 == 0 and be24(p, 5) in range(250, 330)


text('bgp', 'tcp', r'\xff{16}[\0-\x10].[\1-\5]')
message('ldp', 'tcp udp', False, any_side=True)(lambda p: p[:2] == b'\0\1' and be16(p, 2) >= 14 and be16(p, 8) in (0, 1) and
                                         be16(p, 10) & 0x7fff in (1, 0x100, 0x200, 0x201, 0x300, 0x400))
message('bfd', 'udp', False)(lambda p: p[0] >> 5 in (0, 1) and p[3] == len(p) and p[3] >= 24 and p[2] and p[0] & 31 <= 9)
message('rip', 'udp', False)(lambda p: p[0] in (1, 2) and p[1] in (1, 2) and p[2:4] == b'\0\0' and len(p) % 20 == 4 and
                      be16(p, 4) in (0, 2, 0xffff))
message('ripng', 'udp', False)(lambda p: p[0] in (1, 2) and p[1] == 1 and p[2:4] == b'\0\0' and len(p) % 20 == 4 and p[22] <= 128)
message('hsrp', 'udp', False)(lambda p: p[0] == 0 and p[1] <= 3 and p[2] in (0, 1, 2, 4, 8, 16) and len(p) >= 20 and p[7] == 0 or
                       p[0] == 1 and p[1] in (28, 40) and p[2] == 2 or p[:4] == b'\0\3\0\1' and len(p) == 16)
message('ptp', 'udp', False)(lambda p: p[1] & 15 == 2 and be16(p, 2) <= len(p) <= be16(p, 2) + 8 and be16(p, 2) >= 44 and
                             p[0] & 15 in (0, 1, 2, 3, 8, 9, 10, 11, 12, 13))
message('lisp', 'udp', False)(lambda p: p[0] >> 4 in (1, 2, 3, 4, 8) and len(p) >= 20)
message('gtp', 'udp', False)(lambda p: p[0] >> 5 in (1, 2) and p[0] & 0x10 | p[0] >> 6 and be16(p, 2) in
                      (len(p) - 8, len(p) - 4, len(p) - 20) or p[0] in (0x1e, 0x0e, 0x0f) and be16(p, 2) in (len(p) - 20, len(p) - 6))
message('vxlan', 'udp')(lambda p: p[0] & 0x08 and p[1:4] == b'\0\0\0' and p[7] == 0 and len(p) > 22)
message('geneve', 'udp')(lambda p: p[0] >> 6 == 0 and be16(p, 2) in (0x6558, 0x800, 0x86dd, 0x8847, 0x894f) and p[7] == 0)
message('capwap', 'udp', False)(lambda p: p[0] in (0, 1) and p[1] >> 3 in range(2, 6) and len(p) >= 8 or p[:4] == b'\1\0\0\0')
message('mpls_echo', 'udp', False)(lambda p: p[:2] == b'\0\1' and p[4] in (1, 2, 3, 4) and p[5] < 6 and len(p) >= 32)
message('babel', 'udp', False)(lambda p: p[0] == 42 and p[1] in (1, 2) and be16(p, 2) <= len(p) - 4)
message('sflow', 'udp')(lambda p: be32(p, 0) in (2, 4, 5) and be32(p, 4) in (1, 2))
message('netflow', 'udp')(lambda p: be16(p, 0) == 5 and 24 + 48 * be16(p, 2) == len(p) or be16(p, 0) == 9 and 0 < be16(p, 2) < 60 and
                          len(p) >= 24 or be16(p, 0) == 10 and be16(p, 2) == len(p) or
                          be16(p, 0) == 1 and 16 + 52 * be16(p, 2) == len(p) or be16(p, 0) == 7 and 24 + 52 * be16(p, 2) == len(p))
message('slp', 'udp tcp', False)(lambda p: p[0] == 2 and 1 <= p[1] <= 11 and be24(p, 2) in (len(p), be24(p, 2) if len(p) > 1399 else -1) or
                          p[0] == 1 and p[1] <= 11 and be16(p, 2) == len(p))
message('rmcp', 'udp', False)(lambda p: p[0] == 6 and p[1] == 0 and p[3] & 0x7f in (6, 7, 8))
message('rpkirtr', 'tcp', False)(lambda p: p[0] <= 2 and p[1] <= 11 and p[4:6] == b'\0\0' and 8 <= be32(p, 4) <= 2000)
message('mndp', 'udp')(lambda p: len(p) == 4 and p == b'\0\0\0\0' or be16(p, 4) == 1 and be16(p, 6) == 6 and be16(p, 14) == 5)
message('l2tp', 'udp', False)(lambda p: p[0] in (0xc8, 0x40, 0x02, 0x00, 0x48, 0x42, 0xca, 0xcb) and p[1] in (2, 3) and len(p) >= 6)
message('teredo', 'udp')(lambda p: p[0] >> 4 == 6 and be16(p, 4) + 40 == len(p) or p[:2] in (b'\0\1', b'\0\0') and
                         any(p[at] >> 4 == 6 and be16(p, at + 4) + 40 == len(p) - at for at in (8, 13, 21)))
message('xdmcp', 'udp')(lambda p: p[:2] == b'\0\1' and 1 <= be16(p, 2) <= 14 and be16(p, 4) == len(p) - 6)
message('tsp', 'udp', False)(lambda p: p[0] <= 25 and p[1] == 1 and len(p) >= 12 and re.match(rb'[\w.-]+\0', p[12:]) is not None)
message('lwapp', 'udp', False)(lambda p: p[0] in (0, 4, 5) and be16(p, 2) <= len(p) and len(p) > 12)
message('collectd', 'udp', False)(lambda p: p[:2] == b'\0\0' and 5 < be16(p, 2) < 80 and p[be16(p, 2) - 1] == 0 and p[be16(p, 2)] == 0)

# ---- voice and video
message('stun', 'udp tcp', any_side=True)(lambda p: p[0] < 0x40 and (p[4:8] == b'\x21\x12\xa4\x42' or be16(p, 0) in
                                          (1, 0x101, 0x111, 2, 0x102) and be16(p, 2) + 20 == len(p)))


@message('rtcp', 'udp', False)
def rtcp(p):
    return p[0] >> 6 == 2 and 200 <= p[1] <= 207 and (be16(p, 2) + 1) * 4 <= len(p)


@check('rtp', 'udp')
def rtp(s):
    def head(p):
        return p[0] >> 6 == 2 and len(p) >= 12 and not 192 <= p[1] <= 223
    if not most(s.m, guarded(head)):
        return False
    one = [p for p in s.a if head(p)]
    if len({p[8:12] for p in one}) > 2:
        return False
    steps = [be16(y, 2) - be16(x, 2) & 0xffff for x, y in zip(one, one[1:])]
    return len(one) > 1 and sum(0 < d < 8 for d in steps) * 2 > len(steps)


MESSAGE['rtp'] = guarded(lambda p: p[0] >> 6 == 2 and len(p) >= 12 and not 192 <= p[1] <= 223)


# ---- stores
@check('postgresql', 'tcp')
def postgresql(s):
    p = s.streams[0]
    if be32(p, 4) in (0x30000, 80877103, 80877102, 0x20000, 80877104) and be32(p, 0) >= 8:
        return True
    return any(re.match(rb'[QRSZTDCEKXPB1-3]\0', q) and 4 <= be32(q, 1) < len(q) + 2000 for q in s.m[:1]) and \
        (be32(p, 1) + 1 == len(p) or p[be32(p, 1) + 1] in b'RSZTDCEKX')


@check('mysql', 'tcp')
def mysql(s):
    p = s.streams[0]
    return be24(p[2::-1], 0) + 4 <= len(p) + 2 and p[3] == 0 and (p[4] in (9, 10) and re.match(rb'[ -~]{3,60}\0', p[5:]) is not None or
                                                               p[4] == 0xff) or \
        p[3] in (0, 1) and be24(p[2::-1], 0) + 4 == len(s.m[0]) and p[4] in (3, 22, 0x85, 0x0f, 0x05, 0x8d)


message('tds', 'tcp', False, any_side=True)(lambda p: p[0] in (1, 2, 3, 4, 7, 14, 16, 17, 18) and p[1] in (0, 1, 9, 0x11) and be16(p, 2) > 8 and
                                     p[6] < 9 and p[7] == 0 and (be16(p, 2) <= len(p) or be16(p, 2) == 4096))
message('mongodb', 'tcp', False, any_side=True)(lambda p: le32(p, 0) >= 16 and le32(p, 12) in (1, 2001, 2002, 2004, 2005, 2006, 2007, 2010, 2011,
                                                                                     2012, 2013))


@check('cassandra', 'tcp', False)
def cassandra(s):
    def frame(p, reply):
        return p[0] & 0x7f in (1, 2, 3, 4, 5) and bool(p[0] & 0x80) == reply and p[1] < 32 and p[4 if p[0] & 0x7f > 2 else 3] <= 16
    return frame(s.m[0], False) and be32(s.m[0], 5 if s.m[0][0] > 2 else 4) + (9 if s.m[0][0] > 2 else 8) == len(s.m[0])


message('kafka', 'tcp', False)(lambda p: be32(p, 0) >= 8 and be32(p, 0) < 1 << 24 and be16(p, 4) < 75 and be16(p, 6) < 16 and
                        (be32(p, 0) + 4 == len(p) or len(p) > 1300) and be16(p, 12) in (*range(80), 0xffff))
message('tns', 'tcp', any_side=True)(lambda p: p[0] <= 32 and (be16(p, 0) == len(p) or be32(p, 0) == len(p)) and 1 <= p[4] <= 14 and
                                     p[6:8] == b'\0\0')
message('drda', 'tcp')(lambda p: p[2] == 0xd0 and be16(p, 0) == be16(p, 6) + 6)
message('iscsi', 'tcp')(lambda p: p[0] in (0x43, 0x03, 0x23, 0x01, 0x41, 0x40) and p[1] & 0x30 == 0 and p[4] == 0 and
                        (re.search(rb'(Initiator|Target)Name=|SessionType=', p[48:]) is not None or len(p) == 48))

# ---- others
message('coap', 'udp', False)(lambda p: p[0] >> 6 == 1 and p[0] & 15 <= 8 and (p[1] <= 7 or 0x40 <= p[1] <= 0xa5 and p[1] & 31 < 16) and
                       (p[1] or len(p) == 4))
text('tftp', 'udp', r'\0[\1\2][ -~]{1,200}\0(?i:netascii|octet|mail)\0')


@check('tftp_data', 'udp', False)
def tftp_data(s):
    data = [p for p in s.m if p[:2] == b'\0\3']
    return all(p[:2] in (b'\0\3', b'\0\4', b'\0\5', b'\0\6') for p in s.m) and data and len(data[0]) <= 1432 and \
        be16(data[0], 2) <= 2000 and (len(s.m) == 1 or any(p[:2] == b'\0\4' and len(p) == 4 for p in s.m))


@check('bittorrent', 'tcp udp', False)
def bittorrent(s):
    p = s.m[0]
    if s.tcp:
        return any(q[:20] == b'\x13BitTorrent protocol' for q in s.streams)
    return re.match(rb'd1:[adeqrtvy]|d2:ip', p) is not None or be32(p, 0) == 0x417 and be32(p, 4) == 0x27101980 or \
        most(s.m, guarded(lambda q: q[0] in (0x01, 0x11, 0x21, 0x31, 0x41) and q[1] <= 3 and len(q) >= 20)) and len(s.m) > 1


@check('socks', 'tcp', False)
def socks(s):
    p, q = s.m[0], s.b[0] if s.b else b''
    if p[0] == 5:
        return 1 <= p[1] <= 20 and len(p) == 2 + p[1] and (not q or len(q) >= 2 and q[0] == 5 and q[1] in (*range(10), 255))
    return p[0] == 4 and p[1] in (1, 2) and len(p) >= 9 and p[-1] == 0 and (not q or q[0] == 0 and q[1] in range(0x5a, 0x5e))


@message('openflow', 'tcp', False, any_side=True)
def openflow(p):
    return p[0] in (1, 2, 3, 4, 5, 6) and p[1] <= 35 and 8 <= be16(p, 2) <= len(p) and (be16(p, 2) == len(p) or p[be16(p, 2)] == p[0])


message('skinny', 'tcp', False, any_side=True)(lambda p: 4 <= le32(p, 0) <= 2000 and le32(p, 4) in (0, 0x11, 0x12, 0x14, 0x16) and
                                        le32(p, 8) < 0x9000 and le32(p, 0) + 8 <= len(p))
message('iax2', 'udp', False)(lambda p: p[0] & 0x80 and len(p) >= 12 and p[10] in (4, 5, 6, 2, 1, 7) and p[9] <= 8)
message('oscar', 'tcp', any_side=True)(lambda p: p[0] == 0x2a and 1 <= p[1] <= 5 and be16(p, 4) + 6 <= max(len(p), 1400))
message('edonkey', 'tcp udp')(lambda p: p[0] in (0xe3, 0xc5, 0xd4) and le32(p, 1) + 5 == len(p))
message('smpp', 'tcp', False, any_side=True)(lambda p: 16 <= be32(p, 0) <= len(p) and be32(p, 4) & 0x7fffffff in
                                      (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 0x15, 0x21, 0x102, 0x103) and be32(p, 8) < 0x500)
message('rx', 'udp', False)(lambda p: len(p) >= 28 and 1 <= p[20] <= 13 and p[21] < 64 and be32(p, 0) and p[24:26] == b'\0\0'[:2] or
                     len(p) >= 28 and 1 <= p[20] <= 8 and p[23] <= 6)
message('uftp', 'udp', False)(lambda p: p[0] in (0x40, 0x30, 0x50) and 1 <= p[1] <= 30 and len(p) >= 16)


@message('tplink', 'tcp udp', any_side=True)
def tplink(p):
    for body in (p, p[4:]):
        key, plain = 0xab, bytearray()
        for byte in body[:3]:
            plain.append(byte ^ key)
            key = byte
        if plain[:2] == b'{"':
            return True
    return False


message('c1222', 'tcp udp', False)(lambda p: p[0] == 0x60 and tlv(p)[2] == len(p) and b'\xa2' in p[2:6])
message('teamviewer', 'tcp')(lambda p: p[:3] == b'\x17\x24\x0a' or p[:2] == b'\x11\x30')
message('teamviewer_udp', 'udp')(lambda p: p[0] == 0 and p[11:13] == b'\x17\x24' or p[0] == 0 and p[11:13] == b'\x11\x30')
message('spotify_server', 'tcp')(lambda p: p[:2] == b'\0\4' and be32(p, 2) == len(p) and p[6] == 0x52)
message('afp', 'tcp', False)(lambda p: p[0] in (0, 1) and 1 <= p[1] <= 8 and be32(p, 8) + 16 == len(p) and be32(p, 12) == 0)
message('dnscrypt', 'udp', False)(lambda p: p[:8] == b'r6fnvWj8')
message('wow', 'tcp')(lambda p: p[:2] in (b'\0\3', b'\0\x08') and p[4:8] == b'WoW\0')
message('rdpudp', 'udp', False)(lambda p: p[:4] == b'\xff\xff\xff\xff')
message('ubntac2', 'udp', False)(lambda p: p[0] in (1, 2) and p[1] in (0, 6, 10) and be16(p, 2) == len(p) - 4)
message('ciscovpn', 'udp tcp', False)(lambda p: p[:4] == b'\x17\1\0\0')
message('rpcap', 'tcp', False)(lambda p: p[0] == 0 and p[1] <= 20 and be32(p, 4) + 8 == len(p) and be16(p, 2) == 0)
