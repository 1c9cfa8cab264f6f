#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the house's structure (docs/hacking.md): one-way arrows between rooms, what may be used
where, sizes of files and functions. Prints a line per finding; exit 1 if there is any."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / 'src'

# room: the rooms whose public headers it may include, besides base and itself
MAY = {
    'base': '',
    'model': '',
    'learn': 'model',
    'event': '',
    'capture': '',
    'packet': 'event',
    'stream': 'packet event',
    'flow': 'stream packet event',
    'proto': 'flow packet event',
    'ident': 'proto flow packet event model',
    'rule': 'stream flow packet event',
    'lane': 'event capture packet stream flow proto ident rule model',
    'watch': 'event',
    'write': 'event',
    'print': 'event capture packet',
    'app': 'event capture packet stream flow proto ident rule model learn lane watch write print',
}
# What only these rooms may do: (what it is, pattern, rooms)
ONLY = [
    ('threads and locks', r'\b(pthread_\w+|thrd_\w+|mtx_\w+|cnd_\w+|sem_(init|wait|post))\s*\(|<(pthread|threads)\.h>',
     {'lane'}),
    ('atomics', r'<stdatomic\.h>|\b_Atomic\b|\batomic_\w+\s*\(|__atomic_|__sync_', {'lane', 'app', 'capture'}),
    ('malloc', r'\b(malloc|calloc|realloc|aligned_alloc|posix_memalign|strdup|strndup|asprintf)\s*\(',
     {'base', 'capture', 'write', 'app'}),
    ('opening of files', r'\b(fopen|freopen|open|openat|creat|fdopen|gzopen|memfd_create)\s*\(',
     {'capture', 'write', 'app'}),
    ('the wall clock', r'\b(time|gettimeofday|clock_gettime|localtime(_r)?)\s*\(', {'base', 'capture', 'write', 'app', 'lane'}),
    ('the standard streams', r'\b(printf|puts|putchar|vprintf)\s*\(|\bstd(out|err)\b', {'base', 'write', 'app'}),
]
NEVER = [
    ('alloca', r'\balloca\s*\('),
    ('an unbounded copy', r'\b(strcpy|strcat|sprintf|vsprintf|gets)\s*\('),
    ('a mark of unfinished work', r'\b(TODO|FIXME|XXX|HACK)\b'),
]
HEADER_MOST, README_MOST, FILE_MOST, FILE_SMELL, FUNCTION_MOST = 200, 30, 800, 600, 60
# Files that are tables; their length is no smell.
TABLES = re.compile(r'\.def$|_table\.c$|/tables?\.c$')

# Public headers besides room/room.h: what both flow and the RPC analysers read headers with, and the
# sums that printed lines show.
PUBLIC_TOO = {'flow/rpc4.h', 'ident/prelude.h', 'packet/checksum.h', 'packet/crafted.h', 'watch/crafts.h', 'watch/plant.h', 'watch/rpcs.h',
              'watch/scans.h', 'watch/watchers.h'}

findings = []


def finding(path, line, text):
    findings.append(f'{path.relative_to(ROOT)}:{line}: {text}')


def code_of(text):
    """The text with comments and strings blanked, lines kept."""
    def blank(m):
        return re.sub(r'[^\n]', ' ', m.group(0)) if m.group(0)[0] == '/' else '""'
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', blank, text, flags=re.S)


def is_test(path):
    return path.stem.endswith(('_test', '_fuzz'))


def check_includes(path, room, text):
    allowed = set(MAY[room].split()) | {'base', room}
    for n, line in enumerate(text.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
        if not m:
            continue
        target = m.group(1).split('/')
        if len(target) < 2:
            finding(path, n, f'include "{m.group(1)}" does not name its room')
        elif target[0] not in MAY:
            finding(path, n, f'include of unknown room {target[0]}')
        elif target[0] not in allowed and not is_test(path):
            finding(path, n, f'{room} may not include {target[0]}')
        elif (target[0] not in (room, 'base', 'event') and not is_test(path)
              and m.group(1) != f'{target[0]}/{target[0]}.h'
              and m.group(1) not in PUBLIC_TOO and not m.group(1).endswith('.def')):
            finding(path, n, f'{m.group(1)} is not the public header of {target[0]}')


def check_uses(path, room, text):
    if is_test(path):
        return
    rules = [(what, pattern) for what, pattern, rooms in ONLY if room not in rooms] + NEVER
    for n, line in enumerate(text.splitlines(), 1):
        for what, pattern in rules:
            m = re.search(pattern, line)
            if m and not re.search(r'[.>]\s*$', line[:m.start()]):
                finding(path, n, f'{what} is not for {room}: {m.group(0).strip()}')


def functions(code):
    """(first line, lines) of each function: from an opening brace in column 0 to its end."""
    start = None
    for n, line in enumerate(code.splitlines(), 1):
        if line == '{':
            start = n
        elif line == '}' and start:
            yield start - 1, n - start - 1
            start = None


def check_file(path, room):
    text = path.read_text(encoding='utf-8')
    lines = text.splitlines()
    if not lines or not re.match(r'// SPDX-License-Identifier: Apache-2\.0$', lines[0]):
        finding(path, 1, 'the first line must be the SPDX one')
    if len(lines) < 2 or not lines[1].startswith('// '):
        finding(path, 2, 'the second line must say what the file is')
    if path.suffix == '.h' and '#pragma once' not in text:
        finding(path, 1, 'a header without #pragma once')
    if path.suffix == '.h' and len(lines) >= HEADER_MOST and not is_test(path):
        finding(path, len(lines), f'{len(lines)} lines; a header has under {HEADER_MOST}')
    if len(lines) > FILE_MOST and not TABLES.search(str(path)):
        finding(path, len(lines), f'{len(lines)} lines; {FILE_MOST} is the most')
    elif len(lines) > FILE_SMELL and not TABLES.search(str(path)):
        print(f'note: {path.relative_to(ROOT)}: {len(lines)} lines smell; over {FILE_SMELL}')
    code = code_of(text)
    check_includes(path, room, text)
    check_uses(path, room, code)
    return [(n, path, line) for line, n in functions(code)] if not is_test(path) else []


def main():
    lengths = []
    for room in sorted(p for p in SRC.iterdir() if p.is_dir()):
        if room.name not in MAY:
            finding(room, 1, 'a room that docs/hacking.md does not know')
            continue
        files = sorted(p for p in room.rglob('*') if p.suffix in ('.c', '.h', '.def'))
        if not files:
            continue
        readme = room / 'README'
        if not readme.exists():
            finding(readme, 1, 'is missing')
        elif len(readme.read_text(encoding='utf-8').splitlines()) > README_MOST:
            finding(readme, README_MOST, f'more than {README_MOST} lines')
        for path in files:
            lengths += check_file(path, room.name)
    lengths.sort(key=lambda entry: entry[0])
    if lengths and lengths[len(lengths) * 95 // 100][0] > FUNCTION_MOST:
        for n, path, line in lengths[-len(lengths) // 20:]:
            finding(path, line, f'a function of {n} lines; 95 of 100 must stay within {FUNCTION_MOST}')
    for text in findings:
        print(text)
    sys.exit(1 if findings else 0)


if __name__ == '__main__':
    main()
