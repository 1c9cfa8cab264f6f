#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden tests: runs the commands of each case many ways, and compares all that they say with
the case's `expected`, to the byte. See test/README.md."""

import argparse
import difflib
import json
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / 'test' / 'cases'
sys.path.append(str(ROOT / 'tools'))
import pkt_layers  # noqa: E402

# Each way: extra options, and whether the capture comes by standard input.
WAYS = [([], False), (['-j', '1'], False), (['-j', '2'], False), (['-j', '7'], False),
        (['-j', '64'], False), (['-j', '3', '--batch', '1'], False), ([], True),
        (['-j', '2'], True)]
TIMEOUT = 120
BYTE_ORDER = {b'\xd4\xc3\xb2\xa1': '<', b'\x4d\x3c\xb2\xa1': '<',
              b'\xa1\xb2\xc3\xd4': '>', b'\xa1\xb2\x3c\x4d': '>'}
SAME_IN_CONN = ('proto', 'conn_state', 'orig_bytes', 'resp_bytes', 'missed_bytes')
SANITIZER_EXIT = 99
ENV = {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'LC_ALL': 'C', 'TZ': 'UTC',
       'ASAN_OPTIONS': f'exitcode={SANITIZER_EXIT}:abort_on_error=0:detect_leaks=1',
       'UBSAN_OPTIONS': f'halt_on_error=1:print_stacktrace=1:exitcode={SANITIZER_EXIT}',
       'TSAN_OPTIONS': f'halt_on_error=1:exitcode={SANITIZER_EXIT}'}


class Broken(Exception):
    """A case that can't be run."""


def commands(case):
    """The lines of `run`, as lists of words."""
    lines = (case / 'run').read_text(encoding='utf-8').splitlines()
    found = [shlex.split(line, comments=True) for line in lines]
    found = [words for words in found if words]
    if not found:
        raise Broken('`run` holds no command')
    return found


def prepare(case, folder):
    """Fills the folder that commands run in: captures made of .pkt, all other files copied."""
    for path in case.iterdir():
        if path.suffix == '.pkt':
            made = subprocess.run([sys.executable, ROOT / 'tools/pkt.py', path,
                                   folder / (path.stem + '.pcap')], capture_output=True, text=True)
            if made.returncode:
                raise Broken(made.stderr.strip())
        elif path.is_file() and path.name not in ('run', 'expected'):
            shutil.copy(path, folder)


def with_options(words, extra):
    """Options go behind the command's name, before anything that could be a filter's words."""
    at = 1 if words and re.fullmatch(r'[a-z]+', words[0]) else 0
    return words[:at] + extra + words[at:]


def result_of(program, words, extra, folder, stdin):
    """What one command says: output, messages, logs and exit status, as one text."""
    out = folder / 'out'
    shutil.rmtree(out, ignore_errors=True)
    args = [w.replace('$IN', '-' if stdin else 'in.pcap').replace('$OUT', 'out')
            for w in with_options(words, extra)]
    source = open(folder / 'in.pcap', 'rb') if stdin else subprocess.DEVNULL
    try:
        done = subprocess.run([program] + args, stdin=source, capture_output=True, cwd=folder,
                              env=ENV, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return f'$ {shlex.join(words)}\nhangs: no end after {TIMEOUT} s\n', 'hang'
    finally:
        if stdin:
            source.close()
    said = done.stderr.decode('utf-8', 'backslashreplace')
    text = f'$ {" ".join(words)}\n' + block(done.stdout.decode('utf-8', 'backslashreplace'))
    if not stdin or done.returncode == SANITIZER_EXIT or done.returncode < 0:
        text += ''.join(f'! {line}\n' for line in said.splitlines())
    for path in sorted(out.rglob('*')) if out.is_dir() else []:
        if path.is_file():
            log = path.read_bytes().decode('utf-8', 'backslashreplace')
            text += f'== {path.relative_to(out)}\n' + block(log)
    return text + f'exit {done.returncode}\n', done.returncode


def block(text):
    return text if not text or text.endswith('\n') else text + '\n(no newline)\n'


def without_messages(text):
    """Messages name the file, which standard input has not."""
    return ''.join(line for line in text.splitlines(True) if not line.startswith('! '))


def differences(expected, got, title):
    diff = list(difflib.unified_diff(expected.splitlines(True), got.splitlines(True), 'expected',
                                     title, n=2))
    more = len(diff) - 80
    return ''.join(diff[:80]) + (f'... {more} lines more\n' if more > 0 else '')


def frames_of(capture, most=500):
    """(seconds, part, wire length, bytes) of the first frames of a plain pcap; none of others."""
    data = capture.read_bytes()
    order = BYTE_ORDER.get(data[:4])
    frames, at = [], 24
    while order and at + 16 <= len(data) and len(frames) < most:
        sec, part, n, wire = struct.unpack_from(order + 'IIII', data, at)
        frames.append((sec, part, wire, data[at + 16:at + 16 + n]))
        at += 16 + n
    return frames


def cut_frames(capture):
    """The frames of a pcap cut short at many lengths, one series after the other; first as if by
    the snap length, then as if the wire had ended there. None: not a plain pcap."""
    head = capture.read_bytes()[:24]
    order = BYTE_ORDER.get(head[:4])
    frames = frames_of(capture)
    if not frames:
        return None
    out = [head]
    lengths = list(range(0, 72)) + list(range(72, 200, 5)) + [256, 400, 800, 1200]
    longest = max(len(f[3]) for f in frames)
    for short in (True, False):
        for length in (n for n in lengths if n < longest):
            for sec, part, wire, frame in frames:
                frame = frame[:length]
                out += [struct.pack(order + 'IIII', sec, part, len(frame),
                                    wire if short else len(frame)), frame]
    return b''.join(out)


def check_cut(program, case_commands, folder):
    """Runs each command over cut frames: any result will do, but for a crash, hang or refusal."""
    if not (folder / 'in.pcap').exists() or not any('$IN' in words for words in case_commands):
        return ''
    cut = cut_frames(folder / 'in.pcap')
    if cut is None:
        return ''
    whole = (folder / 'in.pcap').read_bytes()
    for words in case_commands:
        if '$IN' not in words or words[0] in ('explain', 'follow') or '-f' in words or '--like' in words:
            continue
        if result_of(program, words, [], folder, False)[1] not in (0, 1):
            continue  # a refusal is what the case is about
        (folder / 'in.pcap').write_bytes(cut)
        text, status = result_of(program, words, [], folder, False)
        if status not in (0, 1):
            messages = [line for line in text.splitlines() if line.startswith('! ')]
            return f'with frames cut short: exit {status}\n' + '\n'.join(messages[:40]) + '\n'
        (folder / 'in.pcap').write_bytes(whole)
    return ''


def recut_frame(frame):
    """A TCP segment over IPv4 as segments of one byte each; other frames as they are."""
    at = 14
    if frame[12:14] != b'\x08\0' or len(frame) < 54 or frame[at] >> 4 != 4:
        return [frame]
    ip_head, total = (frame[at] & 15) * 4, int.from_bytes(frame[at + 2:at + 4], 'big')
    tcp = at + ip_head
    if frame[at + 9] != 6 or frame[at + 6] & 0x3f or frame[at + 7] or len(frame) < at + total:
        return [frame]
    begin = tcp + (frame[tcp + 12] >> 4) * 4
    payload, flags = frame[begin:at + total], frame[tcp + 13]
    if len(payload) < 2 or flags & 0x26:  # SYN, RST, URG mean places in the sequence
        return [frame]
    seq = int.from_bytes(frame[tcp + 4:tcp + 8], 'big')
    out = []
    for i in range(len(payload)):
        last = i == len(payload) - 1
        piece = bytearray(frame[:begin]) + payload[i:i + 1]
        piece[at + 2:at + 4] = (begin - at + 1).to_bytes(2, 'big')
        piece[at + 10:at + 12] = b'\0\0'
        piece[at + 10:at + 12] = pkt_layers.checksum(bytes(piece[at:tcp])).to_bytes(2, 'big')
        piece[tcp + 4:tcp + 8] = ((seq + i) & 0xffffffff).to_bytes(4, 'big')
        piece[tcp + 13] = flags if last else flags & ~9  # PSH and FIN go with the last
        piece[tcp + 16:tcp + 18] = b'\0\0'
        pseudo = bytes(piece[at + 12:at + 20]) + b'\0\x06' + (len(piece) - tcp).to_bytes(2, 'big')
        piece[tcp + 16:tcp + 18] = pkt_layers.checksum(pseudo + bytes(piece[tcp:])).to_bytes(2, 'big')
        out.append(bytes(piece))
    return out


def recut(capture):
    """The capture with all TCP payload cut into single bytes; None: not a plain pcap of Ethernet."""
    data = capture.read_bytes()
    order = BYTE_ORDER.get(data[:4])
    if not order or struct.unpack_from(order + 'I', data, 20)[0] != 1:
        return None
    out = [data[:24]]
    for sec, part, _, frame in frames_of(capture):
        for piece in recut_frame(frame):
            out += [struct.pack(order + 'IIII', sec, part, len(piece), len(piece)), piece]
    return b''.join(out)


def services_and_logs(program, case_commands, folder):
    """What must not depend on segments: the service of each conversation, all protocol logs."""
    said = []
    for words in case_commands:
        if words[0] != 'log' or words[1] in ('leg', 'ether', 'weird', 'stats'):
            continue
        text = result_of(program, words, [], folder, False)[0]
        for line in text.splitlines():
            if not line.startswith('{'):
                said.append(line)
                continue
            record = json.loads(line)
            record.pop('uid')  # made of the packet's number, too
            for key in ('packet', 'answer_packet'):
                record.pop(key, None)
            record.pop('service_sure', None)  # the other side is asked by its first segment only
            if words[1] == 'conn':
                record = {key: value for key, value in record.items()
                          if key.startswith(('ts', 'id.', 'service')) or key in SAME_IN_CONN}
            said.append(json.dumps(record))
    return '\n'.join(said) + '\n'


def check_recut(program, case_commands, folder):
    """Protocol logs are the same when each byte of TCP payload comes in a segment of its own."""
    if not (folder / 'in.pcap').exists():
        return ''
    cut = recut(folder / 'in.pcap')
    if cut is None:
        return ''
    want = services_and_logs(program, case_commands, folder)
    whole = (folder / 'in.pcap').read_bytes()
    (folder / 'in.pcap').write_bytes(cut)
    got = services_and_logs(program, case_commands, folder)
    (folder / 'in.pcap').write_bytes(whole)
    return differences(want, got, 'got with TCP payload cut into single bytes') if got != want else ''


def run_case(case, build, ways, cut, accept):
    """An empty text if the case passes, else what is wrong."""
    program = build / 'pipit'
    with tempfile.TemporaryDirectory(prefix='pipit-golden-') as name:
        folder = Path(name)
        try:
            lines = commands(case)
            prepare(case, folder)
        except (Broken, OSError, ValueError) as e:
            return f'{e}\n'
        first = None
        for extra, stdin in ways:
            texts = []
            for words in lines:
                own = words[0] in ('schema', 'check') or {'-j', '--help', '--version'} & set(words)
                fits = not (extra and own)
                at_stdin = stdin and '$IN' in words
                texts.append(result_of(program, words, extra if fits else [], folder, at_stdin)[0])
            got = ''.join(texts)
            if first is None:
                first = got
                if accept:
                    (case / 'expected').write_text(got, encoding='utf-8')
                if not (case / 'expected').exists():
                    return 'has no `expected`: look at this, then ACCEPT=1\n' + got
                expected = (case / 'expected').read_text(encoding='utf-8')
            want = expected
            if stdin:
                want, got = without_messages(want), without_messages(got)
            if got != want:
                title = 'got' + (' with ' + ' '.join(extra) if extra else '')
                return differences(want, got, title + (' from standard input' if stdin else ''))
        problem = check_recut(program, lines, folder) if 'proto' in case.parts else ''
        return problem or (check_cut(program, lines, folder) if cut else '')


def run_all(build, patterns=(), ways=None, cut=True, accept=False, say=print):
    """Runs the cases whose names hold one of the patterns; (passed, failed)."""
    cases = sorted(path.parent for path in CASES.rglob('run'))
    cases = [c for c in cases
             if not patterns or any(p in str(c.relative_to(CASES)) for p in patterns)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(
            lambda c: run_case(c, build.resolve(), ways or WAYS, cut, accept), cases))
    failed = 0
    for case, problem in zip(cases, results):
        if problem:
            failed += 1
            say(f'FAILED {case.relative_to(CASES)}\n{problem}')
    return len(cases) - failed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--build', type=Path, default=ROOT / 'build')
    parser.add_argument('--accept', action='store_true', help='take what is said as expected')
    parser.add_argument('cases', nargs='*', help='parts of the names of cases; default: all')
    options = parser.parse_args()
    if not (options.build / 'pipit').exists():
        sys.exit(f'{options.build}/pipit is not built')
    passed, failed = run_all(options.build, options.cases, accept=options.accept)
    print(f'golden: {passed} passed, {failed} failed')
    sys.exit(1 if failed or not passed else 0)


if __name__ == '__main__':
    main()
