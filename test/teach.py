#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Teaches a made-up protocol as a user would: test/teach.py PIPIT. Three conversations of one capture
become a model, which names those of another capture; and what can't be taught is refused."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(sys.argv[1]).resolve()
NAMES = ['temp', 'speed', 'level', 'flow']


def conversation(client, server, port, first):
    """Questions and answers: "GG", version, type, number, name; the text form of packets."""
    ends = f'ip {client} > {server} / tcp {port} > 5000', f'ip {server} > {client} / tcp 5000 > {port}'
    yield f'{ends[0]} S'
    yield f'{ends[1]} SA'
    for n in range(first, first + 2):
        name = NAMES[n % len(NAMES)]
        yield f'{ends[0]} PA / hex "GG" 01 01 {n:04x} {len(name):02x} "{name}"'
        yield f'{ends[1]} PA / hex "GG" 01 02 {n:04x} {len(name):02x} "{name}" {1000 * n:08x}'


def capture(path, conversations):
    packets = [f'{n}.0 {p}' for n, p in enumerate(p for c in conversations for p in c)]
    path.with_suffix('.pkt').write_text('\n\n'.join(packets) + '\n', encoding='utf-8')
    subprocess.run([sys.executable, ROOT / 'tools/pkt.py', path.with_suffix('.pkt'), path], check=True)


def conversations_of(path, *words):
    said = subprocess.run([PROGRAM, 'log', 'conn', *words, path], stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in said.splitlines()]


def teach(folder, uids):
    """Exit status and messages."""
    done = subprocess.run([PROGRAM, 'train', '--teach', 'gauge', '--with', ROOT / 'teach/vectors', '--model',
                           folder / 'own.model', folder / 'taught.pcap', *uids], capture_output=True, text=True)
    return done.returncode, done.stderr


def check(good, what):
    if not good:
        sys.exit(f'FAILED {what}')


def main():
    with tempfile.TemporaryDirectory(prefix='pipit-teach-') as name:
        folder = Path(name)
        silent = ['ip 10.0.0.1 > 10.0.0.2 / tcp 40009 > 5000 S']
        capture(folder / 'taught.pcap', [conversation('10.0.0.1', '10.0.0.2', 40000 + n, 16 * n + n)
                                         for n in range(3)] + [silent])
        capture(folder / 'later.pcap', [conversation('192.168.7.1', '192.168.7.9', 50000, 7)])
        uids = [c['uid'] for c in conversations_of(folder / 'taught.pcap')]
        check(len(uids) == 4, 'the capture has other conversations')
        for wrong, words in (([uids[0], uids[3]], 'sent no payload'),
                             ([uids[0], 'C1n4WZJOqyBY'], 'no conversation has the uid C1n4WZJOqyBY')):
            status, said = teach(folder, wrong)
            check(status == 2 and words in said and said.count('\n') == 1, f'{words}: {status}, {said}')
        status, said = teach(folder, uids[:3])
        check(status == 0 and 'names 3 of the 3' in said, f'teaching: {status}, {said}')
        before = conversations_of(folder / 'later.pcap')[0]
        after = conversations_of(folder / 'later.pcap', '--model', folder / 'own.model')[0]
        check(before['service'] != 'gauge' and after['service'] == 'gauge' and after['service_how'] == 'model',
              f'{before["service"]} before, {after["service"]} after')
        check('47 47 01' in after['service_why'], f'no words for it: {after["service_why"]}')


main()
