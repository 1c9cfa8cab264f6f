#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the tools that tests rely on: the text packet format, the golden runner, the rooms check."""

import re
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path += [str(ROOT / 'tools'), str(ROOT / 'test')]
import golden  # noqa: E402
import pkt  # noqa: E402
import pkt_layers  # noqa: E402
import rooms  # noqa: E402


def frames(text):
    """(time in ns, wire length, bytes) of each packet that the text makes, microseconds, little-endian."""
    data, at, found = pkt.File('test').capture(text), 24, []
    while at < len(data):
        sec, part, n, wire = struct.unpack_from('<IIII', data, at)
        found.append((sec * 10**9 + part * 1000, wire, data[at + 16:at + 16 + n]))
        at += 16 + n
    return found


class PacketFormat(unittest.TestCase):
    def test_known_ip_header(self):
        # A header whose checksum is known from elsewhere.
        ip = 'link raw\n\n0 ip 192.168.0.1 > 192.168.0.199 ttl 64 proto 17 df len 115 / hex ""'
        self.assertEqual(frames(ip)[0][2].hex(), '45000073000040004011b861c0a80001c0a800c7')

    def test_lengths_and_checksums_are_filled_in_or_given(self):
        frame = frames('0 ip 10.0.0.1 > 10.0.0.2 / udp 1 > 2 / text "abc"')[0][2]
        self.assertEqual(struct.unpack('!H', frame[38:40])[0], 11)
        pseudo = frame[26:34] + b'\0\x11' + frame[38:40]
        self.assertEqual(pkt_layers.checksum(pseudo + frame[34:]), 0)
        frame = frames('0 ip 10.0.0.1 > 10.0.0.2 / udp 1 > 2 len 99 sum 0x1234 / text "abc"')[0][2]
        self.assertEqual(frame[38:42].hex(), '00631234')

    def test_tcp_follows_the_sequence(self):
        lines = ['0 ip 1.1.1.1 > 2.2.2.2 / tcp 5 > 6 S', '1 ip 2.2.2.2 > 1.1.1.1 / tcp 6 > 5 SA seq 70',
                 '2 ip 1.1.1.1 > 2.2.2.2 / tcp 5 > 6 PA / text "hello"',
                 '3 ip 1.1.1.1 > 2.2.2.2 / tcp 5 > 6 PA seq -5 / text "hello"',
                 '4 ip 2.2.2.2 > 1.1.1.1 / tcp 6 > 5 A']
        numbers = [struct.unpack('!II', f[2][38:46]) for f in frames('\n\n'.join(lines))]
        self.assertEqual(numbers, [(1000, 0), (70, 1001), (1001, 71), (1001, 71), (71, 1006)])

    def test_time_cut_and_repeat(self):
        made = frames('start 100\n\n1.5 cut 20 repeat 2 every 0.25 ip 1.1.1.{1+i} > 2.2.2.2 / udp 1 > 2\n\n'
                      '+1 ip 1.1.1.1 > 2.2.2.2 / udp 1 > 2')
        self.assertEqual([m[0] for m in made], [101500000000, 101750000000, 102750000000])
        self.assertEqual([(m[1], len(m[2])) for m in made], [(42, 20), (42, 20), (42, 42)])

    def test_parts_make_the_whole(self):
        whole = frames('0 ip 1.1.1.1 > 2.2.2.2 / udp 1 > 2 / hex random 30 2')[0][2][34:]
        parts = frames('0 ip 1.1.1.1 > 2.2.2.2 part 0 16 / udp 1 > 2 / hex random 30 2\n\n'
                       '0 ip 1.1.1.1 > 2.2.2.2 part 16 99 / udp 1 > 2 / hex random 30 2')
        self.assertEqual(parts[0][2][34:] + parts[1][2][34:], whole)
        self.assertEqual([p[2][20:22].hex() for p in parts], ['2000', '0002'])

    def test_rpc_header_is_80_bytes_in_either_order(self):
        for order, opnum in (('le', '0400'), ('be', '0004')):
            frame = frames(f'0 ip 1.1.1.1 > 2.2.2.2 / udp 1 > 2 / rpc4 drep {order} opnum 4 / hex 0102')[0][2]
            self.assertEqual(len(frame), 42 + 80 + 2)
            self.assertEqual(frame[42 + 68:42 + 70].hex(), opnum)

    def test_bytes(self):
        self.assertEqual(pkt_layers.item_bytes(['0a0B', '00*3', r'"a\r\n\x41\""']), b'\n\x0b\0\0\0a\r\nA"')

    def test_mistakes_have_a_place(self):
        for text, said in (('\n\n0 eth 1 > 2', 'test:3: "1" is not a MAC'),
                           ('0 ip 1.1.1.1 > 2.2.2.2 / udp 1 > 2 lne 5', 'test:1: unknown word "lne"'),
                           ('0 ip 1.1.1.1 > 2.2.2.2 / udp 1 > 99999', 'test:1: a value does not fit'),
                           ('0 $x / udp 1 > 2', 'is not defined'), ('hello', 'neither a packet')):
            with self.assertRaises(SystemExit) as e:
                frames(text)
            self.assertIn(said, str(e.exception))


class GoldenRunner(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.case = Path(self.folder.name) / 'case'
        self.case.mkdir()
        (self.case / 'run').write_text('log conn $IN -o $OUT  # comment\n')
        (self.case / 'in.pkt').write_text('0 ip 10.0.0.1 > 10.0.0.2 / udp 1 > 2 / hex 00\n')

    def tearDown(self):
        self.folder.cleanup()

    def run_with(self, script, accept=False):
        program = Path(self.folder.name) / 'pipit'
        program.write_text('#!/bin/sh\n' + script)
        program.chmod(0o755)
        return golden.run_case(self.case, Path(self.folder.name), golden.WAYS, True, accept)

    def test_equal_output_passes_and_other_fails(self):
        script = 'echo one; mkdir -p out; echo two >out/conn.log; echo said >&2\n'
        self.assertIn('has no `expected`', self.run_with(script))
        self.assertEqual(self.run_with(script, accept=True), '')
        expected = (self.case / 'expected').read_text()
        self.assertEqual(expected, '$ log conn $IN -o $OUT\none\n! said\n== conn.log\ntwo\nexit 0\n')
        self.assertEqual(self.run_with(script), '')
        self.assertIn('+three', self.run_with(script.replace('two', 'three')))
        self.assertIn('with -j 7', self.run_with(script + 'case "$*" in *"-j 7"*) echo x;; esac\n'))
        self.assertIn('standard input', self.run_with(script + 'case "$*" in *" - "*) echo x;; esac\n'))

    def test_crash_on_cut_frames_fails(self):
        script = 'echo one\n[ $(wc -c <in.pcap) -lt 200 ] || kill -SEGV $$\n'
        self.assertIn('cut short', self.run_with(script, accept=True))


class Rooms(unittest.TestCase):
    def test_comments_and_strings_are_no_code(self):
        self.assertNotIn('malloc', rooms.code_of('f("malloc(3)"); // malloc()\n/* malloc( */'))

    def test_length_of_functions(self):
        self.assertEqual(list(rooms.functions('int f(void)\n{\n  a;\n  b;\n}\n')), [(1, 2)])


class Tables(unittest.TestCase):
    def test_deps_is_plain_sh(self):
        self.assertEqual(subprocess.run(['sh', '-n', ROOT / 'tools/deps']).returncode, 0)


class Documents(unittest.TestCase):
    def test_readme_shows_what_is_said(self):
        said = ''.join(p.read_text(encoding='utf-8') for p in golden.CASES.rglob('expected'))
        readme = (ROOT / 'README.md').read_text(encoding='utf-8')
        shown = re.findall(r'^```\n\$ pipit [^\n]*\n(.*?)^```$', readme, re.M | re.S)
        self.assertTrue(shown)
        for block in shown:
            self.assertTrue(block in said, f'no golden case says what README shows: {block[:80]}')

    def test_links_lead_somewhere(self):
        for page in [ROOT / 'README.md', *(ROOT / 'docs').glob('*.md')]:
            for link in re.findall(r'\]\(([^)#:]+)\)', page.read_text(encoding='utf-8')):
                self.assertTrue((page.parent / link).exists(), f'{page.name}: {link}')


if __name__ == '__main__':
    unittest.main()
