#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `pipit print` with tcpdump over the corpus, line by line: prints how many lines of each
kind are equal, and the differences by kind with an example. Accepted differences, with reasons,
stand in ACCEPTED. Lines are compared up to `length N`: what tcpdump decodes behind it is left out."""

import argparse
import collections
import os
import random
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOOR = 0.99
SECONDS = 60  # for a capture
MEASURED = ('TCP', 'UDP', 'ICMP', 'ARP', 'fragment')

# Accepted differences: (what tcpdump's line or pipit's holds, why). They are counted by themselves.
ACCEPTED = [
    ('link type ', 'link types that pipit does not take apart are named by their number'),
    ('unreachable, length .*(\n.*){2}', 'with -v: what tcpdump decodes of a payload inside an ICMP message'),
    ('Geneve|VXLAN', 'with -v: packets inside of UDP are a length'),
    ('if[0-9]  ', 'tcpdump takes the names of interfaces from the machine that prints'),
    (r'^IP bad-len 0', 'a segment that the network card was to cut is told, as by newer tcpdumps'),
    (r'ccecho', 'tcpdump has no word for the option ccecho'),
    (': NFS re', 'tcpdump prints the NFS message in place of the packet'),
    ('Arista Vendor|NSH|MACsec', 'headers between Ethernet and IP that pipit does not take apart'),
    ('router renumbering|RPL|node information|length 0 .invalid.', 'rare messages of ICMPv6: named only'),
]

DUMPS = re.compile(r' -\S*[xX]')  # options that print bytes

# What tcpdump prints of a TCP or UDP packet, in front of what it decodes of the payload.
TCP = re.compile(r'.*?: (Flags \[.*?, length \d+|tcp \d+)', re.S)
UDP = re.compile(r'.*?: (?:\[[^]]*\] )?UDP, (?:bad )?length \d+(?: > \d+)?', re.S)
# What may stand in front of an IP packet, on links that pipit takes apart, too.
PREFIX = re.compile(r'^(PPPoE  \[ses 0x[0-9a-f]+\] |(MPLS )?\(label.*?\) |GREv\d, .*?length \d+: '
                    r'|IP6? \S+ > \S+: (?=GREv|IP))+')
# With -e and -v other words stand before the addresses.
LINK = re.compile(r'^[0-9a-f:]{17} > [0-9a-f:]{17}, (?:ethertype )?(?:802.1Q.*? length \d+: .*?ethertype )?'
                  r'(IPv4|IPv6|ARP)[^:]*?, (?:length \d+: )?')
VERBOSE = re.compile(r'^(IP6? )\(.*?\)(?:\n    | (?=[0-9a-f:]+[. ]))')
ENDS = re.compile(r'(.*? (?:truncated-ip6? - \d+ bytes missing! ?)?\S+\.\d+ > \S+\.\d+: )(.*)', re.S)


def kind_of(line):
    """What a line of tcpdump is about: its outermost packet."""
    line = PREFIX.sub('', VERBOSE.sub(r'\1', LINK.sub(r'\1 ', line).replace('IPv', 'IP')))
    if re.search(r': ip-proto-\d+$', line) or ' frag (' in line:
        return 'fragment'
    if line.startswith('ARP, '):
        return 'ARP'
    if re.match(r'IP6? [^ ]+ > [^ ]+: (HBH |DSTOPT )*ICMP6?,? ', line):
        return 'ICMP'
    m = ENDS.match(line)
    if not m or m.group(2).startswith(('DCCP', 'sctp')):
        return 'other'
    return 'TCP' if m.group(2).startswith(('Flags [', 'tcp ')) else 'UDP'


def reduced(packet, kind, decoded):
    """The part that is compared. decoded: tcpdump printed the payload in place of its length."""
    line, dump = (packet + '\n\t0x').split('\n\t0x', 1)
    form = TCP if kind == 'TCP' or ': Flags [' in line else ENDS if decoded else UDP if kind == 'UDP' else None
    m = form and form.match(line)
    if m:
        line = m.group(1 if decoded else 0)
    return line + '\n' + dump


def lines_of(args):
    """The packets of an output with -#, each with the lines behind it that belong to its headers or
    are bytes; and what was said on standard error."""
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          env=dict(os.environ, TZ='UTC'), timeout=SECONDS)
    packets = []
    for line in done.stdout.decode('utf-8', 'backslashreplace').split('\n')[:-1]:
        number = re.match(r' *\d+  ', line)
        if number and int(number.group(0)) == len(packets) + 1:
            packets.append(line[number.end():])
        elif line.startswith('    ') or (line.startswith('\t0x') and DUMPS.search(' '.join(args[1:-1]))):
            packets[-1] += '\n' + line
    return packets, done.stderr.decode('utf-8', 'backslashreplace')


def accepted(theirs, ours):
    for part, why in ACCEPTED:
        if re.search(part, theirs) or re.search(part, ours):
            return why
    return None


def compare(pipit, path, options):
    """(kind, 'equal', 'differs' or the reason, tcpdump's line, pipit's) of each packet."""
    theirs, said = lines_of(['tcpdump', '-n', '-#', '-t'] + options + ['-r', str(path)])
    ours, _ = lines_of([pipit, 'print', '-n', '-#', '-t'] + options + [str(path)])
    if 'unknown file format' in said or 'bad dump file' in said or not theirs:
        return []
    rows = []
    for i, line in enumerate(theirs):
        kind = kind_of(line)
        mine = ours[i] if i < len(ours) else '(none)'
        decoded = kind == 'UDP' and not UDP.match(line)
        equal = reduced(line, kind, decoded) == reduced(mine, kind, decoded)
        why = None if equal else accepted(line, mine)
        rows.append((kind, 'equal' if equal else why or 'differs', line, mine))
    return rows


def shape(line):
    """A line without its numbers, so that differences of one sort meet."""
    line = re.sub(r'[0-9a-f]*:[0-9a-f:]+[.0-9]*', 'A', line)
    return re.sub(r'\d+(\.\d+)*', 'N', line)[:90]


def head(packet):
    """Its first lines, cut short."""
    return '\n        '.join(line.strip()[:240] for line in packet.split('\n')[:3])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('corpus', type=Path)
    parser.add_argument('--pipit', default=ROOT / 'build' / 'pipit', type=Path)
    parser.add_argument('--part', type=int, default=1, help='compare one of so many captures')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--options', default='', help='more options for both, as -q')
    parser.add_argument('--show', default=12, type=int, help='differences to print of each kind')
    parser.add_argument('--only', default='', help='part of a path')
    o = parser.parse_args()
    rows = [row.split('\t')[0] for row in (o.corpus / 'index.tsv').read_text().splitlines()[1:]]
    rows = [row for row in rows if o.only in row]
    random.Random(o.seed).shuffle(rows)
    rows = rows[:max(1, len(rows) // o.part)]
    counts = collections.defaultdict(collections.Counter)
    shapes = collections.defaultdict(collections.Counter)
    example = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, result in zip(rows, pool.map(
                lambda row: compare(str(o.pipit), o.corpus / row, o.options.split()), rows)):
            for kind, how, line, mine in result:
                counts[kind][how] += 1
                if how == 'differs':
                    key = (kind, shape(line))
                    shapes[kind][key] += 1
                    example.setdefault(key, (name, line, mine))
    good = True
    for kind, count in sorted(counts.items()):
        total = count['equal'] + count['differs']
        share = count['equal'] / max(1, total)
        good = good and (kind not in MEASURED or share >= FLOOR)
        print(f'{kind}: {count["equal"]} of {total} lines are equal ({100 * share:.2f} %)')
        for how, n in count.items():
            if how not in ('equal', 'differs'):
                print(f'    accepted: {n}: {how}')
        for key, n in shapes[kind].most_common(o.show):
            name, line, mine = example[key]
            print(f'    {n} times, as in {name}:\n      - {head(line)}\n      + {head(mine)}')
    sys.exit(0 if good and counts else 1)


if __name__ == '__main__':
    main()
