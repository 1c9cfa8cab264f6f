#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares pipit's dnp3 log with tshark over captures: fragments by function, and object headers.
dnp3_oracle.py PIPIT FILE|FOLDER... prints each difference, those that are accepted with the reason;
exit 1 below FLOOR of equals among fragments or headers."""

import collections
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FLOOR = 0.995
FIELDS = ('dnp3.al.func', 'dnp3.al.obj')
# tshark reads segments that were sent again once more; pipit reads what the station read.
SHOWN = 'dnp3.al.func and not tcp.analysis.retransmission'
# Functions whose objects tshark reads: not those of FREEZE_AT_TIME, applications, ASSIGN_CLASS, most about files, secure
# authentication.
READ = (*range(1, 11), 20, 21, 25, 26, 27, 129, 130)
# Strings, whose variation is their length: tshark tells only the group.
STRINGS = (110, 111)

# Accepted differences: (what the capture's path holds, why). They are counted by themselves.
ACCEPTED = [
    ('DNP3-Malformed', 'damaged on purpose: tshark reads on behind reserved qualifiers and objects of unknown length'),
    ('operate_aggressive_mode', 'tshark does not read on behind the object of secure authentication, g120v3'),
    ('write_vto_empty_string', 'tshark reads no header behind 65,536 objects without octets'),
]


def tshark(path):
    """Functions, and object headers as group * 256 + variation, of all fragments of a capture; how often each."""
    args = ['tshark', '-r', path, '-Y', SHOWN, '--enable-heuristic', 'dnp3_tcp', '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=;']
    for field in FIELDS:
        args += ['-e', field]
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    functions, headers = collections.Counter(), collections.Counter()
    for line in done.stdout.splitlines():
        for into, cell in zip((functions, headers), line.split('\t')):
            into.update(int(word, 0) for word in cell.split(';') if word)
    return functions, headers


def pipit(program, path):
    done = subprocess.run([program, 'log', 'dnp3', '-q', path], capture_output=True, text=True, check=False)
    functions, headers = collections.Counter(), collections.Counter()
    for line in done.stdout.splitlines():
        e = json.loads(line)
        halves = [e[key] for key in ('fc_request_code', 'fc_reply_code') if key in e]
        functions.update(halves)
        for function, key in zip(halves, ('objects', 'reply_objects')):
            if function in READ:
                headers.update(o['group'] << 8 | (o['variation'] if o['group'] not in STRINGS else 0) for o in e[key])
    return functions, headers


def header_name(h):
    return f'g{h >> 8}v{h & 255}'


def compared(program, path):
    """(path, [(equal, all, differences in words)] for fragments and headers)"""
    results = []
    for theirs, ours, name in zip(tshark(path), pipit(program, path), (str, header_name)):
        more, fewer = ours - theirs, theirs - ours
        said = [f'{n} x {name(k)} only {who}' for side, who in ((fewer, 'tshark'), (more, 'pipit'))
                for k, n in sorted(side.items())]
        equal = sum((theirs & ours).values())
        results.append((equal, equal + max(sum(fewer.values()), sum(more.values())), said))
    return path, results


def captures(words):
    for word in words:
        path = Path(word)
        yield from sorted(p for p in path.rglob('*') if p.is_file() and re.search(r'\.pcap(ng)?$', p.name)) \
            if path.is_dir() else [path]


def main():
    program, *words = sys.argv[1:]
    equal, total, accepted, files = [0, 0], [0, 0], 0, 0
    with ThreadPoolExecutor(2) as pool:
        for path, results in pool.map(lambda p: compared(program, p), captures(words)):
            files += any(r[1] for r in results)
            why = next((reason for part, reason in ACCEPTED if part in str(path)), None)
            for i, ((good, every, said), what) in enumerate(zip(results, ('functions', 'object headers'))):
                if said:
                    print(f'{path}: {what}: {"; ".join(said[:8])}' + (f' (accepted: {why})' if why else ''))
                if why:
                    accepted += every - good
                    every = good
                equal[i] += good
                total[i] += every
    shares = [e / t if t else 0 for e, t in zip(equal, total)]
    print(f'{files} captures with DNP3: {equal[0]} of {total[0]} fragments equal ({shares[0]:.2%}), '
          f'{equal[1]} of {total[1]} object headers ({shares[1]:.2%}); {accepted} accepted differences')
    sys.exit(min(shares) < FLOOR)


if __name__ == '__main__':
    main()
