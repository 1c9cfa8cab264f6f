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

# Accepted differences: (kind, part of tcpdump's line, why). They are counted by themselves.
ACCEPTED = [
    ('TCP', ': NFS ', 'tcpdump prints NFS in place of the segment'),
    ('UDP', ': NFS ', 'tcpdump prints NFS in place of the datagram'),
]

# What tcpdump prints of a TCP or UDP packet, in front of what it decodes of the payload.
TCP = re.compile(r'.*?: (Flags \[.*?, length \d+|tcp \d+)')
UDP = re.compile(r'.*?: UDP, (?:bad )?length \d+(?: > \d+)?')
ENDS = re.compile(r'(.*?IP6? (?:truncated-ip6? - \d+ bytes missing! ?)?\S+\.\d+ > \S+\.\d+: )(.*)', re.S)


def kind_of(line):
    """What a line of tcpdump is about."""
    if re.search(r': ip-proto-\d+$', line) or ' frag (' in line:
        return 'fragment'
    if ': Flags [' in line or re.search(r': tcp \d+', line):
        return 'TCP'
    if re.search(r' ICMP\d? ?,? ', line):
        return 'ICMP'
    if line.startswith('ARP') or ' ARP, ' in line:
        return 'ARP'
    if ' UDP, ' in line or ENDS.match(line):
        return 'UDP'
    return 'other'


def reduced(line, kind, decoded):
    """The part that is compared. decoded: tcpdump printed the payload in place of its length."""
    if kind == 'TCP':
        m = TCP.match(line)
        return m.group(0) if m else line
    if kind == 'UDP':
        m = ENDS.match(line)
        if decoded and m:
            return m.group(1)
        m = UDP.match(line)
        return m.group(0) if m else line
    return line


def lines_of(args):
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          env=dict(os.environ, TZ='UTC'), timeout=SECONDS)
    text = done.stdout.decode('utf-8', 'backslashreplace')
    # A packet is a line and those that are indented behind it.
    packets = []
    for line in text.split('\n')[:-1]:
        if re.match(r' *\d+  ', line):
            packets.append(re.sub(r'^ *\d+  ', '', line))
        elif packets and 'verbose' in args:
            packets[-1] += '\n' + line
    return packets, done.stderr.decode('utf-8', 'backslashreplace')


def accepted(kind, line):
    for which, part, why in ACCEPTED:
        if which == kind and part in line:
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
        why = None if equal else accepted(kind, line)
        rows.append((kind, 'equal' if equal else why or 'differs', line, mine))
    return rows


def shape(line):
    """A line without its numbers, so that differences of one sort meet."""
    line = re.sub(r'[0-9a-f]*:[0-9a-f:]+[.0-9]*', 'A', line)
    return re.sub(r'\d+(\.\d+)*', 'N', line)[:90]


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
            print(f'    {n} times, as in {name}:\n      - {line}\n      + {mine}')
    sys.exit(0 if good and counts else 1)


if __name__ == '__main__':
    main()
