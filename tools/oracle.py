#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares pipit with tshark over the corpus: packets and bytes of each capture, and the TCP and
UDP conversations with their packets. Differences that are accepted stand in ACCEPTED, with reasons."""

import argparse
import collections
import ipaddress
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIELDS = ['frame.number', 'frame.len', 'frame.protocols', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst',
          'tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport', 'ip.flags.mf',
          'ip.frag_offset', 'ipv6.fraghdr.nxt']

# What tshark may take apart: the rest would find packets inside payloads, and takes time.
LAYERS = """frame eth ethertype vlan ieee8021ad ieee8021ah ieee802a etag vntag llc sll ip ipv6 ipv6.dstopts
ipv6.fraghdr ipv6.hopopts ipv6.routing ah tcp udp ppp pppoe pppoes mpls pwethheuristic pwethcw pwethnocw null raw
chdlc wlan wlan_aggregate wlan_radio radiotap prism wlancap ppi data cmd gre""".split()

# Differences that are accepted: (part of the path, part of the line, why).
SHORT = 'the file says that less was on the wire than was captured: pipit takes the larger number'
PSEUDO = 'tshark leaves the pseudo-header of ATM out of the length'
JUMBO = 'payload length 0, larger than 64 KiB (Linux BIG TCP): pipit takes what the frame holds'
TAG = 'IEEE 802.1BR tags are not taken apart: the frame is counted by its MAC pair'
OPTIONS = 'options are broken: tshark stops there, pipit tells it and goes on'
ACCEPTED = [
    ('', "record data that TShark doesn't support", 'tshark takes none of the file; pipit reads it, or counts its frames'),
    ('', 'appears to be damaged or corrupt', 'tshark makes a packet of the damage'),
    ('bigtcp-ipv6', '', JUMBO),
    ('decode-etag-0', '', TAG),
    ('ip_secopt', 'udp', OPTIONS),
    ('tcp-session-decode-malformed-ipv4', 'tcp', OPTIONS),
    ('detect-ipopts', 'tcp', 'source routes: tshark takes the last hop for the destination, pipit (as Zeek) the header'),
    ('LINKTYPE_IPV6_invalid', 'udp', 'version 4 under a link type of version 6: pipit believes the packet'),
    ('fuzz-2021-06-07-c6c72a0a56', 'bytes', 'tshark ends at 2^31'),
    ('atm-', 'bytes', PSEUDO),
    ('aoe-oobr-1', 'bytes', SHORT),
    ('icmp-icmp_print-oobr-2', 'bytes', SHORT),
    ('pim_header_asan-2', 'bytes', SHORT),
    ('rsvp-rsvp_obj_print-oobr', 'bytes', SHORT),
    ('slip-', 'bytes', SHORT),
]


def profile(folder):
    """A configuration folder for tshark: only LAYERS, nothing joined."""
    every = subprocess.run(['tshark', '-G', 'protocols'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           check=True).stdout.decode('utf-8', 'replace')
    names = {line.split('\t')[2] for line in every.splitlines() if line.count('\t') >= 2}
    Path(folder, 'disabled_protos').write_text('\n'.join(sorted(names - set(LAYERS))) + '\n')
    Path(folder, 'preferences').write_text('ip.defragment: FALSE\nipv6.defragment: FALSE\n'
                                           'tcp.desegment_tcp_streams: FALSE\n')
    os.environ['WIRESHARK_CONFIG_DIR'] = folder


def tshark(path):
    """packets, bytes, {5-tuple: packets} of what is not tunnelled or fragmented, and what it said."""
    args = ['tshark', '-n', '-r', path, '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=a']
    for field in FIELDS:
        args += ['-e', field]
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    packets = total = 0
    pairs = collections.Counter()
    unsure = set()
    for line in done.stdout.decode('utf-8', 'replace').splitlines():
        row = dict(zip(FIELDS, line.split('\t')))
        packets += 1
        total += int(row['frame.len'] or 0)
        key = tuple_of(row)
        if key:
            pairs[key] += 1
        elif row['tcp.srcport'] or row['udp.srcport'] or row['ip.frag_offset'] not in ('', '0'):
            unsure |= set(addresses(row))
    said = [line for line in done.stderr.decode('utf-8', 'replace').splitlines()
            if line.startswith('tshark: ')] if done.returncode else []
    return packets, total, pairs, unsure, ' '.join(said)


def addresses(row):
    return [a for f in ('ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst') for a in row[f].split(',') if a]


def tuple_of(row):
    """(protocol, the two ends sorted), or None where tunnels or fragments make it unclear."""
    found = addresses(row)
    kind = 'tcp' if row['tcp.srcport'] else 'udp'
    ports = [row[f'{kind}.srcport'], row[f'{kind}.dstport']]
    if len(found) != 2 or not all(p.isdigit() for p in ports) or row['tcp.srcport'] and row['udp.srcport']:
        return None
    if row['ip.flags.mf'] in ('1', 'True') or row['ip.frag_offset'] not in ('', '0') or row['ipv6.fraghdr.nxt']:
        return None
    return key_of(kind, found[0], ports[0], found[1], ports[1])


def key_of(kind, a, a_port, b, b_port):
    ends = sorted([(ipaddress.ip_address(a).packed, int(a_port)), (ipaddress.ip_address(b).packed, int(b_port))])
    return kind, *ends


def pipit(path):
    """The same of pipit: stats, and conn records' packets; records with legs by the legs."""
    with tempfile.TemporaryDirectory(prefix='pipit-oracle-') as folder:
        done = subprocess.run([ROOT / 'build/pipit', 'analyze', '-q', '-j', '1', '-o', folder, path],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if done.returncode not in (0, 1):
            raise ValueError(f'pipit analyze: exit {done.returncode}')
        stats, conns, legs = (records(Path(folder, f'{log}.log')) for log in ('stats', 'conn', 'leg'))
    pairs = collections.Counter()
    for r in conns:
        if r['proto'] in ('tcp', 'udp') and r.get('legs', 1) == 1 and 'tunnel_parents' not in r:
            key = key_of(r['proto'], r['id.orig_h'], r['id.orig_p'], r['id.resp_h'], r['id.resp_p'])
            pairs[key] += r['orig_pkts'] + r['resp_pkts']
    inner = {r['uid'] for r in conns if 'tunnel_parents' in r}
    for r in legs:
        if r['proto'] in ('tcp', 'udp') and r['uid'] not in inner:
            pairs[key_of(r['proto'], r['src_h'], r['src_p'], r['dst_h'], r['dst_p'])] += r['pkts']
    return stats[-1]['packets'], stats[-1]['bytes'], pairs


def records(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def text_of(key):
    return f'{key[0]} ' + ' '.join(f'{ipaddress.ip_address(a)}:{p}' for a, p in key[1:])


def compare(path):
    """Lines about what differs in one capture."""
    try:
        packets, total, theirs, unsure, problem = tshark(path)
        our_packets, our_total, ours = pipit(path)
    except (ValueError, KeyError) as e:
        return [f'{e}']
    said = []
    if packets != our_packets:
        said.append(f'packets: tshark {packets}, pipit {our_packets}')
    if total != our_total:
        said.append(f'bytes: tshark {total}, pipit {our_total}')
    skip = {ipaddress.ip_address(a).packed for a in unsure}
    for key in sorted(set(theirs) | set(ours)):
        # ports 0 are what pipit gives a packet that ends before its ports
        if not theirs[key] and key[1][1] == key[2][1] == 0:
            continue
        if theirs[key] != ours[key] and not any(end[0] in skip for end in key[1:]):
            said.append(f'{text_of(key)}: tshark {theirs[key]} packets, pipit {ours[key]}')
    return [f'{line}; {problem}' for line in said] if problem else said


def accepted(path, line):
    return any(part in str(path) and what in line for part, what, _ in ACCEPTED)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--sample', type=int, default=1, help='only every Nth capture')
    parser.add_argument('--corpus', type=Path, default=ROOT.parent / 'shared' / 'corpus')
    parser.add_argument('files', nargs='*', type=Path)
    options = parser.parse_args()
    files = options.files or [p for p in sorted(options.corpus.rglob('*'))
                              if p.is_file() and p.suffix not in ('.md', '.tsv', '.txt')][::options.sample]
    with tempfile.TemporaryDirectory(prefix='pipit-oracle-') as folder, \
            ThreadPoolExecutor(os.cpu_count()) as pool:
        profile(folder)
        results = list(pool.map(compare, files))
    different = taken = 0
    for path, lines in zip(files, results):
        bad = [line for line in lines if not accepted(path, line)]
        taken += len(lines) - len(bad)
        if bad:
            different += 1
            print(f'{path}:')
            print('\n'.join(f'    {line}' for line in bad[:6]))
            if len(bad) > 6:
                print(f'    and {len(bad) - 6} more')
    print(f'oracle: {len(files)} captures, {different} differ, {taken} differences accepted')
    sys.exit(1 if different else 0)


if __name__ == '__main__':
    main()
