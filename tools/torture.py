#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Torture: every capture of the corpus, cut at 200 random offsets and in 20 copies with 50 random
byte flips each, goes through the whole analyser under sanitizers. Seeded. As many processes as
processors, each over its share of the files."""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / 'build-asan/src/replay_whole'
MOST_MEMORY_MB = 4000  # of one process under ASan, whatever comes in


def share(number, files, options):
    keep = ROOT / f'build-asan/torture-{number}.crash'
    args = [PROGRAM, '--seed', str(options.seed), '--cuts', '200', '--flips', '20x50', '--part',
            options.part, '--keep', keep, *files]
    env = dict(os.environ, ASAN_OPTIONS='detect_leaks=1', UBSAN_OPTIONS='halt_on_error=1:print_stacktrace=1')
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    return done.returncode, done.stdout.decode('utf-8', 'backslashreplace')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--part', default='1/1', help='K/N: every Nth of the damaged captures')
    parser.add_argument('--corpus', type=Path, default=ROOT.parent / 'shared' / 'corpus')
    options = parser.parse_args()
    if not options.corpus.is_dir():
        sys.exit(f'torture: there is no corpus at {options.corpus}')
    built = subprocess.run(['ninja', '-C', ROOT / 'build-asan', 'src/replay_whole'], stdout=subprocess.PIPE)
    if built.returncode:
        sys.exit(f'torture: can\'t build replay_whole\n{built.stdout.decode()}')

    files = [p for p in sorted(options.corpus.rglob('*'))
             if p.is_file() and p.suffix not in ('.md', '.tsv', '.txt')]
    files.sort(key=lambda p: p.stat().st_size)
    workers = os.cpu_count() or 1
    begun = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        results = list(pool.map(lambda n: share(n, files[n::workers], options), range(workers)))
    bad = False
    for status, text in results:
        print('\n'.join(text.splitlines()[-60:] if status else text.splitlines()[-1:]))
        memory = text.rpartition('at most ')[2].split(' ')[0]
        bad |= status != 0 or not memory.isdigit() or int(memory) > MOST_MEMORY_MB
    print(f'torture: {len(files)} captures, {time.monotonic() - begun:.0f} s'
          + (', FAILED' if bad else ''))
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
