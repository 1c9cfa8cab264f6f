#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Broken, old and hostile models, vectors, manifests, floors: each must end in one clear sentence and exit status 2."""

import argparse
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEACH = ROOT / 'teach'
HEAD = 'path\tproto\ta_ip\ta_port\tb_ip\tb_port\tfirst_ts\tlabel\tsource\torigin\tset\n'
ROW = 'a.pcap\ttcp\t10.0.0.1\t1\t10.0.0.2\t2\t1.5\thttp\tme\tcapture\tteach\n'
LONGEST = 300  # characters of a sentence


def with_number(data, at, value):
    """One number replaced, and the checksum right again: made, not damaged."""
    body = data[:at] + struct.pack('<I', value) + data[at + 4:-4]
    return body + struct.pack('<I', zlib.crc32(body))


def broken_binary(data):
    """(what is wrong, file) for a file with a magic, numbers, and a CRC-32 at its end."""
    yield 'empty', b''
    yield 'its magic only', data[:8]
    yield 'something else', b'GIF89a' + bytes(1000)
    for share in (0.001, 0.5, 0.999):
        yield f'cut at {share} of it', data[:int(len(data) * share)]
    yield 'too long', data + b'\0'
    for share in (0.1, 0.5, 0.9):
        at = int(len(data) * share)
        yield f'a bit changed at {share} of it', data[:at] + bytes([data[at] ^ 16]) + data[at + 1:]
    for at in range(8, 40, 4):
        for value in (0, 0x7fffffff, 0xffffffff):
            made = with_number(data, at, value)
            if made != data:
                yield f'number {value:#x} at byte {at}', made


def broken_manifests():
    yield 'empty', b''
    yield 'no header line', ROW.encode()
    yield 'a column is missing', HEAD.replace('\tlabel', '').encode()
    yield 'a cell is missing', (HEAD + ROW.replace('\thttp', '')).encode()
    yield 'no port', (HEAD + ROW.replace('\t2\t', '\t70000\t')).encode()
    yield 'no time', (HEAD + ROW.replace('1.5', 'noon')).encode()
    yield 'no capture there', (HEAD + ROW).encode()
    yield 'no row', HEAD.encode()
    yield 'bytes', bytes(range(256)) * 20


def broken_floors():
    yield 'no sign', b'A.start8.accuracy 0.9\n'
    yield 'no share', b'A.start8.accuracy >= high\n'
    yield 'above 1', b'A.start8.accuracy >= 96.5\n'
    yield 'bytes', bytes(range(1, 256)) * 20


def cases(folder):
    """(name, file's bytes, command that reads it)"""
    file = folder / 'broken'
    capture = folder / 'none.pcap'
    capture.write_bytes(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for what, data in broken_binary((TEACH / 'model.bin').read_bytes()):
        yield f'model: {what}', data, ['log', 'conn', '--model', file, capture]
    for what, data in broken_binary((TEACH / 'vectors').read_bytes()):
        yield f'vectors: {what}', data, ['train', file, '--model', folder / 'model']
    for what, data in broken_manifests():
        yield f'manifest: {what}', data, ['train', file, '--root', folder, '--model', folder / 'model']
    for what, data in broken_floors():
        yield f'floors: {what}', data, ['evaluate', TEACH / 'vectors', '--floors', file]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--program', type=Path, default=ROOT / 'build/pipit')
    parser.add_argument('--show', action='store_true', help='the sentences')
    options = parser.parse_args()
    bad = n = 0
    with tempfile.TemporaryDirectory(prefix='pipit-broken-') as folder:
        for name, data, words in cases(Path(folder)):
            Path(folder, 'broken').write_bytes(data)
            done = subprocess.run([options.program, *words], capture_output=True, text=True, timeout=60)
            lines = done.stderr.splitlines()
            good = (done.returncode == 2 and len(lines) == 1 and lines[0].startswith('pipit: ')
                    and len(lines[0]) < LONGEST and not Path(folder, 'model').exists())
            n, bad = n + 1, bad + (not good)
            if options.show or not good:
                print(f'{"" if good else "FAILED "}{name}: exit {done.returncode}: {done.stderr.strip()[:500]}')
    print(f'{n} broken files, {bad} not told as they should be')
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
