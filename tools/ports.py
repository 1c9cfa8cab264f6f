#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ports are no evidence: a capture and the same one with all ports replaced must hold the same services, wherever
content decided. Takes the golden captures and a seeded sample of the corpus, or the captures that are named."""

import argparse
import collections
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT / 'tools'), str(ROOT / 'test')]
import golden  # noqa: E402
import scramble  # noqa: E402

MAGICS = {*golden.BYTE_ORDER, b'\x0a\x0d\x0d\x0a'}
BY_CONTENT = {'probe', 'model'}
ANNOUNCED = 'expected'  # by a port in another conversation's bytes, which stays what it was
# A tunnel over UDP is opened by its port: with another one, nobody looks inside.
TUNNEL = 'its datagrams carry whole packets'
APART_MOST = 0.02  # of all conversations: a port decides which answers from elsewhere are joined


def conversations(program, path):
    done = subprocess.run([program, 'log', 'conn', '-q', path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return [json.loads(line) for line in done.stdout.splitlines()]


def ends(record, given):
    """Its hosts and ports, whoever is the originator: that may be known by ports only."""
    at = [(record[f'id.{side}_h'], record[f'id.{side}_p']) for side in ('orig', 'resp')]
    return record['proto'], *sorted((host, given.get(port, port)) for host, port in at)


def by_ends(records, others, given):
    """The records by the ends that they have in the other capture; ports inside of tunnels stay as they were."""
    groups = collections.defaultdict(list)
    for record in records:
        if record['proto'] in ('tcp', 'udp', 'sctp'):
            there = ends(record, given)
            groups[there if there in others else ends(record, {})].append(record)
    return groups


def compare(program, path):
    """(conversations compared, of how many, lines that tell the differences)"""
    data = path.read_bytes()
    if data[:4] not in MAGICS or len(data) < 24:
        return 0, 0, []
    scrambled, given = scramble.scramble(data, 1)
    with tempfile.NamedTemporaryFile(suffix='.pcap') as file:
        file.write(scrambled)
        file.flush()
        after = by_ends(conversations(program, Path(file.name)), {}, {})
    before = by_ends(conversations(program, path), after, given)
    before = {at: talks for at, talks in before.items() if at in after or 'tunnel_parents' not in talks[0]}
    compared, differences = 0, []
    for at in before:
        if len(before[at]) != len(after.get(at, [])):
            continue
        compared += len(before[at])
        for one, other in zip(before[at], after[at]):
            how = {one['service_how'], other['service_how']}
            by_content = how & BY_CONTENT and ANNOUNCED not in how
            if by_content and one['service'] != other['service'] and one['service_why'] != TUNNEL:
                differences.append(f'{path}: {one["uid"]} is {one["service"]} ({one["service_how"]}), with other '
                                   f'ports {other["uid"]} is {other["service"]} ({other["service_how"]})')
    return compared, sum(map(len, before.values())), differences


def golden_captures(folder):
    """Those of all golden cases, made of text where they are text."""
    found = []
    for number, case in enumerate(sorted({p.parent for p in golden.CASES.rglob('run')})):
        own = folder / str(number)
        own.mkdir()
        golden.prepare(case, own)
        found += sorted(p for p in own.rglob('*') if p.suffix in ('.pcap', '.pcapng'))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('captures', nargs='*', type=Path)
    parser.add_argument('--program', type=Path, default=ROOT / 'build/pipit')
    parser.add_argument('--corpus', type=Path, default=ROOT.parent / 'shared' / 'corpus')
    parser.add_argument('--sample', type=int, default=150, help='captures of the corpus; 0: all')
    parser.add_argument('--seed', type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='pipit-ports-') as folder:
        files = options.captures
        if not files:
            files = sorted(p for p in options.corpus.rglob('*') if p.suffix in ('.pcap', '.pcapng', '.cap'))
            if 0 < options.sample < len(files):
                files = random.Random(options.seed).sample(files, options.sample)
            files += golden_captures(Path(folder))
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            results = list(pool.map(lambda path: compare(options.program, path), files))
    compared, found = sum(r[0] for r in results), sum(r[1] for r in results)
    differences = [line for r in results for line in r[2]]
    for line in differences:
        print(line)
    print(f'{len(files)} captures, {compared} of {found} conversations compared, {len(differences)} differ')
    sys.exit(1 if differences or not compared or found - compared > APART_MOST * found else 0)


if __name__ == '__main__':
    main()
