#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden tests: runs the commands of each case many ways, and compares all that they say with
the case's `expected`, to the byte. See test/README.md."""

import argparse
import difflib
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

# Each way: extra options, and whether the capture comes by standard input.
WAYS = [([], False), (['-j', '1'], False), (['-j', '2'], False), (['-j', '7'], False),
        (['-j', '64'], False), (['-j', '3', '--batch', '1'], False), ([], True),
        (['-j', '2'], True)]
TIMEOUT = 120
BYTE_ORDER = {b'\xd4\xc3\xb2\xa1': '<', b'\x4d\x3c\xb2\xa1': '<',
              b'\xa1\xb2\xc3\xd4': '>', b'\xa1\xb2\x3c\x4d': '>'}
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
    with open(folder / 'in.pcap', 'wb') as f:
        f.write(cut)
    for words in case_commands:
        if '$IN' not in words or words[0] in ('explain', 'follow') or '-f' in words:
            continue
        text, status = result_of(program, words, [], folder, False)
        if status not in (0, 1):
            messages = [line for line in text.splitlines() if line.startswith('! ')]
            return f'with frames cut short: exit {status}\n' + '\n'.join(messages[:40]) + '\n'
    return ''


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
                fits = not (extra and ('-j' in words or '--help' in words or '--version' in words))
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
        return check_cut(program, lines, folder) if cut else ''


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
