#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How far a table reaches: teaches its name from generated flows alone, and asks for the flows of real programs. See README.md."""

import argparse
import collections
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from run import HERE, write_rows

ROOT = HERE.parent


def rows_of(path):
    with open(path, encoding='utf-8') as file:
        return list(csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE))


def pipit(program, *words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr.strip() or f'{program} {words[0]} failed')
    return done.stdout


def learn(options, made, names, folder):
    """A model that knows the names from their tables only, and all others as ever."""
    lessons = [row | {'set': 'teach'} for row in made
               if (row['origin'] == 'generator' if row['label'] in names else row['set'] == 'teach')]
    captures = [row for row in rows_of(ROOT / 'teach/manifest.tsv') if row['label'] not in names]
    for name, rows in ('lessons', lessons), ('captures', captures):
        write_rows(folder / name, rows)
    pipit(options.pipit, 'train', '-q', folder / 'lessons', '--root', options.cache, '--vectors', folder / 'vectors')
    pipit(options.pipit, 'train', '-q', folder / 'captures', '--root', options.corpus, '--with', folder / 'vectors', '--model', folder / 'model')
    return folder / 'model'


def verdicts(options, model, path):
    """{(proto, both ends): service} of a capture."""
    found = {}
    for line in pipit(options.pipit, 'log', 'conn', '-q', '--model', model, options.cache / path).splitlines():
        talk = json.loads(line)
        ends = frozenset((talk[f'id.{side}_h'], str(talk[f'id.{side}_p'])) for side in ('orig', 'resp'))
        found[talk['proto'], ends] = talk['service']
    return found


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('name', nargs='*', help='a name that has a table and a program; all without')
    args.add_argument('--cache', type=Path, default=Path('~/.cache/pipit-traffic').expanduser())
    args.add_argument('--corpus', type=Path, default=ROOT.parent / 'shared/corpus')
    args.add_argument('--pipit', default=str(ROOT / 'build/pipit'))
    options = args.parse_args()
    for path, remedy in (options.cache / 'manifest.tsv', 'make traffic'), (options.corpus, '--corpus FOLDER'), (Path(options.pipit), 'make'):
        if not path.exists():
            sys.exit(f'there is no {path}: {remedy}')
    made = rows_of(options.cache / 'manifest.tsv')
    made_by = {origin: {row['label'] for row in made if row['origin'] == origin} for origin in ('generator', 'program')}
    there = made_by['generator'] & made_by['program']
    names = there & set(options.name or there)
    if not names:
        sys.exit(f'no such name with a table and a program; there are: {" ".join(sorted(there)) or "none, run make traffic"}')
    asked = [row for row in made if row['origin'] == 'program' and row['label'] in names]
    said, count = {}, collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as folder:
        model = learn(options, made, names, Path(folder))
        for path in {row['path'] for row in asked}:
            said[path] = verdicts(options, model, path)
    for row in asked:
        ends = frozenset(((row['a_ip'], row['a_port']), (row['b_ip'], row['b_port'])))
        service = said[row['path']].get((row['proto'], ends)) or sys.exit(f'{row["path"]} is not the capture that the manifest tells of: make traffic')
        verdict = 'right' if service == row['label'] else 'unknown' if service == 'unknown' else 'wrong'
        count[row['label'], row['source']][verdict] += 1
    print(f'{"NAME":12}{"PROGRAM":20}{"FLOWS":>7}{"RIGHT":>7}{"WRONG":>7}{"UNKNOWN":>9}')
    for (name, program), n in sorted(count.items()):
        print(f'{name:12}{program:20}{sum(n.values()):7}{n["right"]:7}{n["wrong"]:7}{n["unknown"]:9}')
    total = sum(count.values(), collections.Counter())
    print(f'{"":32}{sum(total.values()):7}{total["right"]:7}{total["wrong"]:7}{total["unknown"]:9}')


if __name__ == '__main__':
    main()
