#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Begins a protocol analyser: tools/new_proto.py NAME writes what docs/adding-a-protocol.md shows,
under the new name. With --try: carries out that page in a copy of the tree, and checks all it says."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = 'docs/adding-a-protocol.md'
TOY = 'gauge'
BLOCK = re.compile(r'^(New file|At the end of) `([^`]+)`:\n\n```\w*\n(.*?)^```$', re.M | re.S)
COMMANDS = re.compile(r'^```sh\n(.*?)^```$', re.M | re.S)


def begin(root, name, with_expected=False):
    """Writes the blocks of the page under the new name; gives the files that were written."""
    if not re.fullmatch(r'[a-z][a-z0-9_]{0,30}', name):
        sys.exit(f'new_proto: "{name}" can\'t be a name: small letters, digits and _')
    events = (root / 'src/event/event.def').read_text('utf-8')
    if (root / f'src/proto/{name}.c').exists() or f'EVENT({name},' in events:
        sys.exit(f'new_proto: there is already a protocol or a log "{name}"')
    written = []
    for how, path, text in BLOCK.findall((ROOT / PAGE).read_text('utf-8')):
        if path.endswith('/expected') and not with_expected:
            continue  # what a case says is looked at before it is accepted
        target = root / path.replace(TOY, name)
        text = text.replace(TOY, name).replace(TOY.capitalize(), name.capitalize())
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, 'w' if how == 'New file' else 'a', encoding='utf-8') as f:
            f.write(text)
        written.append(target.relative_to(root))
    return written


def run(args, tree, shell=False):
    done = subprocess.run(args, cwd=tree, shell=shell, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f'new_proto: {args if shell else " ".join(args)}: failed\n{done.stdout[-6000:]}')
    return done.stdout


def copy_to(tree):
    """The working state of all files that git knows or would know; without git, of all but builds."""
    known = shutil.which('git') and subprocess.run(
        ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if not known or known.returncode or not known.stdout:
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns('build*', '.git', '__pycache__'))
        return
    for name in known.stdout.decode().split('\0'):
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)


def try_it():
    """In a temporary copy: the page's steps, word for word, and a second protocol by command."""
    with tempfile.TemporaryDirectory(prefix='pipit-new-proto-') as folder:
        tree = Path(folder) / 'tree'
        copy_to(tree)
        begin(tree, TOY, with_expected=True)
        run(['make', 'new-proto', 'NAME=other'], tree)
        run(['meson', 'setup', 'build', '-Db_lto=false', '-Doptimization=0', '-Dwerror=true',
             '-Dtests=enabled'], tree)
        for line in COMMANDS.search((tree / PAGE).read_text('utf-8')).group(1).splitlines():
            run(line, tree, shell=True)
        tests = json.loads(run(['meson', 'introspect', '--tests', 'build'], tree))
        if f'proto_{TOY}' not in [t['name'] for t in tests]:
            sys.exit('new_proto: its unit test is not run')
        run(['ninja', '-C', 'build', f'src/replay_proto_{TOY}'], tree)
        run([f'build/src/replay_proto_{TOY}', '--mutate', '200', f'test/cases/proto/{TOY}'], tree)
        run([sys.executable, 'tools/rooms.py'], tree)
        if f'## {TOY}' not in (tree / 'docs/events.md').read_text('utf-8'):
            sys.exit('new_proto: its log is not in docs/events.md')


def main():
    if len(sys.argv) != 2:
        sys.exit('usage: new_proto.py NAME|--try')
    if sys.argv[1] == '--try':
        try_it()
        return
    name = sys.argv[1]
    for path in begin(ROOT, name):
        print(f'  {path}')
    print(f'''{PAGE} tells what these are. Make them your protocol; then
  make && make golden CASE=proto/{name} ACCEPT=1 && make fmt docs''')


if __name__ == '__main__':
    main()
