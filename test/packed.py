#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the packed and damaged captures of test/cases/capture: run it when their in.pkt changes."""

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CAPTURE = ROOT / 'test' / 'cases' / 'capture'


def made(text):
    """The capture that a text makes."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / 'in.pkt', Path(folder) / 'out.pcap'
        source.write_text(text, encoding='utf-8')
        subprocess.run([sys.executable, ROOT / 'tools/pkt.py', source, target], check=True)
        return target.read_bytes()


def by(*command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def main():
    text = (CAPTURE / 'packed' / 'in.pkt').read_text(encoding='utf-8')
    data = made(text)
    packed = {'gz': gzip.compress(data, mtime=0), 'zst': by('zstd', '-q', '-c', data=data),
              'lz4': by('lz4', '-q', '-c', data=data)}
    for kind, what in packed.items():
        (CAPTURE / 'packed' / f'in.pcap.{kind}').write_bytes(what)
        (CAPTURE / 'packed' / f'cut.pcap.{kind}').write_bytes(what[:-len(what) // 3])
    (CAPTURE / 'packed' / 'zstd-by-another-name').write_bytes(packed['zst'])
    (CAPTURE / 'cut' / 'good.pcap').write_bytes(data)
    (CAPTURE / 'cut' / 'in.pcap').write_bytes(data[:-20])
    second = 24 + 16 + 43
    (CAPTURE / 'cut' / 'damaged.pcap').write_bytes(
        data[:second + 8] + b'\xff\xff\xff\x7f' * 2 + data[second + 16:])
    (CAPTURE / 'cut' / 'cut.pcapng').write_bytes(made('pcapng\n\n' + text)[:-30])


if __name__ == '__main__':
    main()
