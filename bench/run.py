#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: speed as ratios to other programs in one run on one core, instructions per packet by
room, memory, start-up. Prints a table with the targets beside; the figures inform, nothing fails."""

import argparse
import collections
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / 'build'
WORK = ROOT / 'build-bench'
PIPIT = BUILD / 'pipit'
MIX = BUILD / 'bench/bench_mix'
LOOP = BUILD / 'bench/bench_loop'
USED = BUILD / 'bench/bench_used'
JUDGE = BUILD / 'bench/bench_judge'
LOG = [PIPIT, 'log', 'conn', '-q', '-j', '1']
FIGURES = WORK / 'used.txt'
IDLE = 200000
SMALL = 20000  # frames, under valgrind

rows = []


def row(what, value, target='', met=None):
    """A line of the table; met: True, False, or None where there is nothing to meet."""
    mark = {True: 'yes', False: 'NO', None: ''}[met]
    rows.append((what, value, target, mark))
    print(f'{what:<52} {value:>16}  {target:<22} {mark}', flush=True)


class Used:
    """What a finished process used: seconds of CPU and of wall time, peak memory in MB."""

    def __init__(self, args, one_core=False, fine=0):
        pin = ['taskset', '-c', '0'] if one_core and shutil.which('taskset') else []
        args = [str(a) for a in args]
        done = subprocess.run([USED, FIGURES, *pin, *args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.said = done.stderr.decode('utf-8', 'replace')
        self.read()
        if self.status > fine:
            print(f'bench: {" ".join(args)}: exit {self.status}\n{self.said[-500:]}')

    def read(self):
        cpu, wall, kib, status = FIGURES.read_text().split()
        self.cpu, self.wall, self.mb, self.status = float(cpu), float(wall), int(kib) / 1024, int(status)


def make(name, *options):
    path = WORK / name
    with open(path, 'wb') as f:
        done = subprocess.run([MIX, *options], stdout=f, stderr=subprocess.PIPE, text=True, check=True)
    return path, int(done.stderr.split()[0])


def best_cpu(programs, rounds, fine=0):
    """The least CPU time of each program, by its name, all in turn. fine: exit statuses up to it."""
    best = {}
    for _ in range(rounds):
        for name, args in programs.items():
            used = Used(args, one_core=True, fine=fine).cpu
            best[name] = min(best.get(name, used), used)
    return best


def speed(mix, frames, rounds):
    """CPU time in turns, so that a slow moment of the machine hits all; the best of the rounds."""
    programs = {'loop': [LOOP, mix], 'log conn --model none': [*LOG, '--model', 'none', mix],
                'log conn': [*LOG, mix], 'analyze': [PIPIT, 'analyze', '-q', '-j', '1', mix]}
    if shutil.which('ndpiReader'):
        programs['ndpiReader'] = ['ndpiReader', '-q', '-i', mix]
    if shutil.which('argus') or Path('/usr/sbin/argus').exists():
        programs['argus'] = [shutil.which('argus') or '/usr/sbin/argus', '-r', mix, '-w', '/dev/null']
    best = best_cpu(programs, rounds)
    for name, seconds in best.items():
        row(f'{name}: CPU time, ns per packet', f'{seconds * 1e9 / frames:.0f}')
    ours = max(best['log conn --model none'], 1e-9)
    row('log conn / loop', f'{best["log conn"] / best["loop"]:.2f}')
    row('log conn --model none / loop', f'{ours / best["loop"]:.2f}', 'at most 2.0', ours <= 2 * best['loop'])
    for other, least, package in (('ndpiReader', 4, 'libndpi-bin'), ('argus', 2.5, 'argus-server')):
        if other in best:
            row(f'{other} / log conn --model none', f'{best[other] / ours:.2f}', f'at least {least}',
                best[other] >= least * ours)
        else:
            row(f'{other} / log conn --model none', 'not installed', f'package {package}')
    if 'ndpiReader' in best:
        ratio = best['ndpiReader'] / best['analyze']
        row('ndpiReader / analyze', f'{ratio:.2f}', 'at least 3', ratio >= 3)
    identification(mix, best['log conn'] - best['log conn --model none'])


def identification(mix, seconds):
    """What the model costs: on the mix, by what it adds; and at worst, flows that are never sure."""
    flows = subprocess.run([*LOG, mix], stdout=subprocess.PIPE, check=True).stdout.count(b'\n')
    each = seconds * 1e6 / flows
    row('identification by the model: us per flow', f'{each:.1f}', 'at most 12', each <= 12)
    said = subprocess.run([JUDGE], stdout=subprocess.PIPE, text=True, check=True).stdout
    for line in said.splitlines():
        what, ns = line.split()
        row(f'    8 full messages of {what}: us', f'{int(ns) / 1000:.1f}', 'at most 60', int(ns) <= 60000)
    model = (ROOT / 'teach/model.bin').read_bytes()
    kb = (len(model) - int.from_bytes(model[36:40], 'little')) / 1024  # src/model/parts.h: texts
    row('model without texts: KB', f'{kb:.0f}', 'under 1024', kb < 1024)


def profinet(rounds):
    """Cyclic data and DCP: what their analysers and the plant cost more than conversations alone."""
    capture, frames = make('plant.pcap', '--plant', '200000')
    programs = {'log conn': [*LOG, '--model', 'none', capture],
                'analyze': [PIPIT, 'analyze', '-q', '-j', '1', '--model', 'none', capture]}
    best = best_cpu(programs, 3 * rounds)
    row('PROFINET, analyze: CPU time, ns per packet', f'{best["analyze"] * 1e9 / frames:.0f}')
    ratio = best['analyze'] / best['log conn']
    row('PROFINET, analyze / log conn, both without model', f'{ratio:.2f}', 'at most 1.5', ratio <= 1.5)
    capture.unlink()


def dnp3(rounds):
    """DNP3 decoded, its CRCs checked, the shipped rules asked; against tcpdump, which prints it."""
    if not shutil.which('tcpdump'):
        row('DNP3 with rules / tcpdump -nr', 'not installed', 'package tcpdump')
        return
    capture, frames = make('dnp3.pcap', '--dnp3', '200000')
    rules = [word for path in sorted((ROOT / 'rules').glob('*.rules')) for word in ('-R', path)]
    programs = {'tcpdump': ['tcpdump', '-nr', capture],
                'pipit': [PIPIT, 'alerts', '-q', '-j', '1', *rules, capture]}
    best = best_cpu(programs, 3 * rounds)
    row('DNP3, alerts: CPU time, ns per packet', f'{best["pipit"] * 1e9 / frames:.0f}')
    ratio = best['pipit'] / best['tcpdump']
    row('DNP3 with rules / tcpdump -nr', f'{ratio:.2f}', 'at most 0.4', ratio <= 0.4)
    capture.unlink()


def rules(mix, rounds):
    """All public rule files on the mix, loading included; their compiled patterns were kept by the
    run before, as they are for whoever loads the same rules a second time."""
    files = sorted((ROOT.parent / 'shared/rules').rglob('*.rules'))
    files = [path for path in files if 'audit' not in path.parts]  # of another program
    if not files:
        row('all rules / none', 'no files', 'needs ../shared/rules')
        return
    config = WORK / 'all.conf'
    config.write_text(''.join(f'include {path}\n' for path in files))
    tiny, _ = make('tiny.pcap', '--idle-udp', '1')
    analyze = [PIPIT, 'analyze', '-q', '-j', '1']
    cache, refused = WORK / 'cache', 1  # the exit status where some rules are refused, as here
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir()
    os.environ['XDG_CACHE_HOME'] = str(cache)
    first = Used([*analyze, '-c', config, tiny], fine=refused).wall
    row('loading all rules at first: s', f'{first:.2f}', 'at most 5', first <= 5)
    best = best_cpu({'none': [*analyze, mix], 'all': [*analyze, '-c', config, mix],
                     'load': [*analyze, '-c', config, tiny]}, rounds, fine=refused)
    row('loading them again: CPU time, s', f'{best["load"]:.2f}')
    ratio = best['all'] / best['none']
    row('the mix, analyze: all rules / none', f'{ratio:.2f}', 'at most 2.5', ratio <= 2.5)


def workers(mix, rounds):
    walls = {}
    for _ in range(rounds):
        for n in (1, 2):
            used = Used([PIPIT, 'log', 'conn', '-q', '-j', str(n), mix])
            walls[n] = min(walls.get(n, used.wall), used.wall)
    ratio = walls[1] / walls[2]
    if (os.cpu_count() or 1) < 2:
        row('wall time, 1 worker / 2 workers', f'{ratio:.2f}', 'needs two cores')
    else:
        row('wall time, 1 worker / 2 workers', f'{ratio:.2f}', 'at least 1.5', ratio >= 1.5)


def room_of(path):
    m = re.search(r'src/(\w+)/', path)
    if m:
        return m.group(1)
    return 'xxhash' if 'xxhash' in path else 'libraries'


def by_room(profile):
    """Instructions by room, of a callgrind profile: the source file of each line of cost counts, so
    that what was inlined is still its own room's."""
    names, cost, file, called = {}, collections.Counter(), '', False
    for line in profile.read_text(errors='replace').splitlines():
        m = re.match(r'(fl|fi|fe)=\((\d+)\)(?: (.*))?', line)
        if m:
            if m.group(3):
                names[m.group(2)] = m.group(3)
            file = names.get(m.group(2), '')
        elif line.startswith(('cfi=', 'cfl=')):
            m = re.match(r'cf[il]=\((\d+)\)(?: (.*))?', line)
            if m and m.group(2):
                names[m.group(1)] = m.group(2)
        elif line.startswith('calls='):
            called = True  # the next line is what the callee cost
        elif re.match(r'[+*\-\d]', line):
            if not called:
                cost[room_of(file)] += int(line.split()[1]) if len(line.split()) > 1 else 0
            called = False
    return cost


def instructions(mix, frames):
    if shutil.which('perf'):
        used = Used(['perf', 'stat', '-x,', '-e', 'instructions:u', '--', PIPIT, 'log', 'conn', '-q',
                     '-j', '1', mix])
        m = re.search(r'^(\d+),[^,]*,instructions', used.said, re.M)
        if m:
            row('instructions per packet (perf)', f'{int(m.group(1)) / frames:.0f}')
        else:
            row('instructions per packet (perf)', 'perf can\'t count')
    if not shutil.which('valgrind'):
        row('instructions by room', 'not installed', 'package valgrind')
        return
    # valgrind does not know the newest instructions; the difference of two sizes leaves start-up out
    for what, options in (('without a model', ['--model', 'none']), ('with the model', [])):
        costs = []
        for n in (SMALL // 2, SMALL):
            small, small_frames = make(f'small-{n}.pcap', '--frames', str(n))
            profile = WORK / f'callgrind-{n}.out'
            used = Used(['valgrind', '--tool=callgrind', f'--callgrind-out-file={profile}', *LOG,
                         *options, small])
            if used.status or not profile.exists():
                row('instructions by room', 'valgrind failed')
                return
            costs.append((small_frames, by_room(profile)))
        tell_rooms(what, costs)


def tell_rooms(what, costs):
    (few, first), (many, second) = costs
    per_packet = {room: (second[room] - first[room]) / (many - few) for room in second}
    row(f'instructions per packet, {what} (callgrind)', f'{sum(per_packet.values()):.0f}')
    for room, n in sorted(per_packet.items(), key=lambda item: -item[1]):
        if n >= 0.5:
            row(f'    {room}', f'{n:.0f}')


def idle_state():
    """The difference of two numbers of conversations: what the reading ahead and the undecided
    flows' pool take is the same in both."""
    for kind, most in (('udp', 512), ('tcp', 1024)):
        peak = {}
        for n in (IDLE // 2, IDLE):
            capture, _ = make(f'idle-{kind}.pcap', f'--idle-{kind}', str(n))
            peak[n] = Used([PIPIT, 'log', 'stats', '-q', '-j', '1', capture]).mb
            capture.unlink()
        each = (peak[IDLE] - peak[IDLE // 2]) * 1048576 / (IDLE - IDLE // 2)
        row(f'bytes of an idle {kind.upper()} conversation (resident)', f'{each:.0f}', f'at most {most}',
            each <= most)


def flood(flows):
    """One-packet flows around a conversation that began before them: it must be logged whole."""
    generator = subprocess.Popen([MIX, '--flood', str(flows)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
    begun = time.monotonic()
    child = subprocess.Popen([USED, FIGURES, PIPIT, 'log', 'conn', '-q', '-'], stdin=generator.stdout,
                             stdout=subprocess.PIPE)
    generator.stdout.close()
    grep = subprocess.Popen(['grep', '-aF', '"10.20.0.1"'], stdin=child.stdout,
                            stdout=subprocess.PIPE, env=dict(os.environ, LC_ALL='C'))
    child.stdout.close()
    lines = grep.communicate()[0].decode().splitlines()
    status = child.wait()
    generator.wait()
    peak = float(FIGURES.read_text().split()[2]) / 1024
    row(f'flood of {flows} flows: peak memory, MB', f'{peak:.0f}', 'stays at its cap')
    row(f'flood of {flows} flows: seconds', f'{time.monotonic() - begun:.0f}')
    whole = [r for r in map(json.loads, lines) if r.get('id.orig_p') == 40000 and r.get('id.resp_p') == 502]
    good = (len(whole) == 1 and whole[0].get('conn_state') == 'SF'
            and whole[0].get('missed_bytes') == 0 and status == 0)
    row('    the answered conversation', 'whole' if good else f'{len(whole)} records', 'logged whole', good)


def syn_flood(mix, frames, rounds):
    """What conversations cost more while a SYN flood as large as all of them goes on around them: the
    time of both together, less that of the flood alone, to that of the conversations alone. And
    what a packet costs on average, to what it costs without the flood."""
    captures = {'mix': mix, 'both': make('syn-mix.pcap', '--syn', str(frames))[0],
                'flood': make('syn.pcap', '--frames', '0', '--syn', str(frames))[0]}
    best = best_cpu({name: [*LOG, capture] for name, capture in captures.items()}, 2 * rounds)
    row('SYN flood: CPU time, ns per SYN', f'{best["flood"] * 1e9 / frames:.0f}')
    for what, ratio in (('a packet, with / without it', best['both'] / 2 / best['mix']),
                        ('the rest, with / without it', (best['both'] - best['flood']) / best['mix'])):
        row(f'SYN flood: {what}', f'{ratio:.2f}', 'at most 1.33', ratio <= 1.33)
    captures['both'].unlink()
    captures['flood'].unlink()


def startup():
    tiny, _ = make('tiny.pcap', '--idle-udp', '1')
    for what, args in (('pipit --version', ['--version']), ('one conversation', ['log', 'conn', '-q', tiny])):
        walls = [Used([PIPIT] + args).wall * 1000 for _ in range(20)]
        ms = statistics.median(walls)
        row(f'start-up, {what}: ms', f'{ms:.1f}', 'under 20', ms < 20)
    return Used([PIPIT, 'log', 'stats', '-q', '-j', '1', tiny]).mb


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--flood', type=int, default=10000000)
    options = parser.parse_args()
    if not PIPIT.exists():
        sys.exit(f'bench: {PIPIT} is not built')
    subprocess.run(['ninja', '-C', BUILD, 'bench/bench_mix', 'bench/bench_loop', 'bench/bench_used',
                    'bench/bench_judge'], check=True, stdout=subprocess.DEVNULL)
    WORK.mkdir(exist_ok=True)
    begun = time.monotonic()
    mix, frames = make('mix.pcap')
    print(f'the mix: {frames} packets, {mix.stat().st_size / frames - 16:.0f} bytes on average\n')
    speed(mix, frames, options.rounds)
    profinet(options.rounds)
    dnp3(options.rounds)
    rules(mix, options.rounds)
    syn_flood(mix, frames, options.rounds)
    workers(mix, options.rounds)
    instructions(mix, frames)
    nothing = startup()
    row('peak memory, one conversation: MB', f'{nothing:.1f}')
    row('peak memory, mix: MB', f'{Used([PIPIT, "log", "conn", "-q", "-j", "1", mix]).mb:.1f}')
    idle_state()
    flood(options.flood)
    missed = sum(1 for r in rows if r[3] == 'NO')
    print(f'\n{time.monotonic() - begun:.0f} s; {missed} targets missed')


if __name__ == '__main__':
    main()
