#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ring files of --keep, by the built program: from a pipe, by size and by age, over two runs;
and live, in a network namespace of its own, where that is allowed (else it says so). What is kept
must be the end of what was sent, packet by packet.

    test/keep.py build/pipit"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PIPIT = sys.argv[1] if len(sys.argv) > 1 else 'build/pipit'
ME = Path(__file__).resolve()
START = 1600000000
RECORD = 16
bad = []


def expect(what, good):
    if not good:
        bad.append(what)
        print(f'FAILED {what}')


def datagram(number, size):
    """An Ethernet frame with a datagram that begins with its number."""
    data = struct.pack('!I', number) + bytes(size)
    udp = struct.pack('!HHHH', 5000, 5001, 8 + len(data), 0) + data
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), number & 0xffff, 0, 64, 17, 0,
                     bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    return bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]) + ip + udp


def capture(first, n, apart):
    """A capture of n datagrams, `apart` seconds from each other."""
    out = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)
    for i in range(first, first + n):
        frame = datagram(i, 100)
        ns = int(i * apart * 1e9)
        out += struct.pack('<IIII', START + ns // 10**9, ns % 10**9 // 1000, len(frame), len(frame)) + frame
    return out


def numbers(folder):
    """The numbers of the datagrams that are kept, in the order of the files' names."""
    found = []
    for path in sorted(folder.glob('pipit-*.pcap')):
        data, at = path.read_bytes(), 24
        while at < len(data):
            n = struct.unpack_from('<I', data, at + 8)[0]
            frame = data[at + RECORD:at + RECORD + n]
            expect(f'{path.name}: its last packet is whole', len(frame) == n)
            if frame[23:24] == b'\x11':
                found.append(struct.unpack_from('!I', frame, 42)[0])
            at += RECORD + n
    return found


def analyze(folder, packets, *options):
    """Packets through a pipe into a ring."""
    done = subprocess.run([PIPIT, 'analyze', '-q', '-o', folder / 'logs', '--keep', folder / 'ring', *options, '-'],
                          input=packets, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    expect(f'{" ".join(options)}: exit {done.returncode}, {done.stderr.decode()[-200:]}', done.returncode == 0)


def by_size(folder):
    ring = folder / 'ring'
    ring.mkdir(parents=True)
    (ring / 'mine.pcap').write_bytes(b'x' * 100000)  # not of the ring: neither counted nor touched
    analyze(folder, capture(0, 5000, 0.01), '--keep-size', '256K')
    size = sum(p.stat().st_size for p in ring.glob('pipit-*'))
    kept = numbers(ring)
    expect(f'256K: {size} bytes are kept', 200 * 1024 < size <= 256 * 1024)
    expect('256K: the newest are kept, none is missing', kept == list(range(kept[0], 5000)))
    analyze(folder, capture(5000, 400, 0.01), '--keep-size', '256K')  # a later run goes on
    size = sum(p.stat().st_size for p in ring.glob('pipit-*'))
    kept = numbers(ring)
    expect(f'a later run: {size} bytes are kept', size <= 256 * 1024)
    expect('a later run goes on, none is missing', kept == list(range(kept[0], 5400)) and kept[0] < 5000)
    expect('what is not of the ring stays', (ring / 'mine.pcap').stat().st_size == 100000)


def by_age(folder):
    folder.mkdir()
    analyze(folder, capture(0, 600, 1), '--keep-age', '1m')
    kept = numbers(folder / 'ring')
    expect('1m: the newest are kept, none is missing', kept == list(range(kept[0], 600)))
    expect(f'1m: {len(kept)} s are kept', 60 <= len(kept) <= 70)


def live(folder):
    """In a namespace: only its own loopback device, and our packets on it."""
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    ring = folder / 'ring'
    pipit = subprocess.Popen([PIPIT, 'analyze', '-i', 'lo', '-f', 'udp port 5001', '-q', '-o', folder / 'logs',
                              '--keep', ring, '--keep-size', '256K'], stderr=subprocess.PIPE)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    until = time.monotonic() + 20
    while not list(ring.glob('pipit-*')) and time.monotonic() < until:  # until it listens
        sender.sendto(struct.pack('!I', 0) + bytes(60), ('127.0.0.1', 5001))
        time.sleep(0.05)
    for i in range(1, 3001):
        sender.sendto(struct.pack('!I', i) + bytes(600), ('127.0.0.1', 5001))
        time.sleep(0 if i % 50 else 0.01)
    time.sleep(1)
    pipit.send_signal(signal.SIGINT)
    said = pipit.communicate(timeout=30)[1].decode()
    expect(f'live: exit {pipit.returncode}: {said[-200:]}', pipit.returncode == 0)
    size = sum(p.stat().st_size for p in ring.glob('pipit-*'))
    kept = numbers(ring)
    expect(f'live: {size} bytes are kept', 0 < size <= 256 * 1024)
    expect('live: the newest are kept, in order', kept == sorted(kept) and kept[-1] == 3000)
    expect('live: none is missing',  # lo shows each twice
           sorted(set(kept)) == list(range(kept[0], 3001)))


def main():
    folder = Path(tempfile.mkdtemp(prefix='pipit-keep-'))
    os.chmod(folder, 0o777)  # live, pipit gives up root before it writes
    try:
        if '--live' in sys.argv:
            live(folder)
        else:
            by_size(folder / 'size')
            by_age(folder / 'age')
            inside = ['unshare', '-n', sys.executable, ME, PIPIT, '--live']
            if subprocess.run(['unshare', '-n', 'true'], stderr=subprocess.DEVNULL).returncode:
                print('SKIPPED live: no network namespace can be made here')
            elif subprocess.run(inside).returncode:
                bad.append('live')
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
