#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Begins a protocol analyser: tools/new_proto.py NAME copies the smallest analyser there is to
src/proto/NAME.c under the new name and adds its line to list.def. With --try: does so in a copy of
the tree, and builds that."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def begin(root, name):
    """Writes the file and the line; gives the file that was copied."""
    proto = root / 'src' / 'proto'
    if not re.fullmatch(r'[a-z][a-z0-9_]{1,30}', name):
        sys.exit(f'new_proto: "{name}" can\'t be a name: small letters, digits and _')
    if (proto / f'{name}.c').exists():
        sys.exit(f'new_proto: src/proto/{name}.c is already there')
    models = [p for p in proto.glob('*.c') if f'struct analyser proto_{p.stem} ' in p.read_text('utf-8')]
    if not models:
        sys.exit('new_proto: src/proto holds no analyser to copy')
    model = min(models, key=lambda p: p.stat().st_size)
    text = model.read_text('utf-8')
    text = re.sub(rf'\bproto_{model.stem}\b', f'proto_{name}', text)
    text = re.sub(r'(\.name = )"[^"]*"', rf'\1"{name}"', text)
    (proto / f'{name}.c').write_text(text, 'utf-8')
    with open(proto / 'list.def', 'a', encoding='utf-8') as f:
        f.write(f'PROTO({name})\n')
    return model


def try_it():
    """In a temporary copy: one file, one line, and it is in the program."""
    with tempfile.TemporaryDirectory(prefix='pipit-new-proto-') as folder:
        tree = Path(folder) / 'tree'
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns('build*', '.git', '__pycache__'))
        begin(tree, 'toy')
        for args in (['meson', 'setup', 'b', '-Db_lto=false', '-Doptimization=0', '-Dtests=disabled'],
                     ['ninja', '-C', 'b', 'pipit']):
            done = subprocess.run(args, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode:
                sys.exit(f'new_proto: {" ".join(args)} failed\n{done.stdout}')
        names = subprocess.run(['nm', 'b/pipit'], cwd=tree, stdout=subprocess.PIPE, text=True).stdout
        if ' proto_toy\n' not in names:
            sys.exit('new_proto: the new analyser is not in the program')


def main():
    if len(sys.argv) != 2:
        sys.exit('usage: new_proto.py NAME|--try')
    if sys.argv[1] == '--try':
        try_it()
        return
    name = sys.argv[1]
    model = begin(ROOT, name)
    print(f'''src/proto/{name}.c is a copy of {model.name}; src/proto/list.def names it.
Now: say in its second line what it is; write `probe` and `data`; add its records to src/event/event.def;
add src/proto/{name}_test.c and a case in test/cases/{name}/. docs/adding-a-protocol.md tells more.''')


if __name__ == '__main__':
    main()
