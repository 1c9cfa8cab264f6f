#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes labelled captures: runs the real programs of traffic/programs between two private hosts. See README.md."""

import argparse
import concurrent.futures
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / 'programs'
HEADER = 'path proto a_ip a_port b_ip b_port first_ts label source origin oracles set'.split()
ALWAYS = 'tcpdump tshark ethtool'    # that every script needs
FIELDS = '''tcp.stream udp.stream frame.time_epoch ip.src ipv6.src ip.dst ipv6.dst tcp.srcport udp.srcport
            tcp.dstport udp.dstport tcp.len frame.protocols'''.split()
SERVER, CLIENT = ('10.77.0.1', 'fd77::1'), ('10.77.0.2', 'fd77::2')
FETCHING = threading.Lock()
RUNNING, STOPPED = set(), threading.Event()
START_LIMIT, CLIENT_LIMIT, END_LIMIT = 15, 40, 3    # seconds


class Failed(Exception):
    """One sentence on why there is no capture."""


def run(*command, limit=120, **more):
    """The output of a command; Failed says its last words if it went wrong."""
    try:
        with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more) as child:
            RUNNING.add(child)
            try:
                told, complaint = child.communicate(timeout=0.1 if STOPPED.is_set() else limit)
            except subprocess.TimeoutExpired:
                child.kill()
                raise Failed('stopped' if STOPPED.is_set() else f'{command[0]} did not end within {limit} seconds') from None
            finally:
                RUNNING.discard(child)
    except OSError as error:
        raise Failed(f'{command[0]}: {error.strerror}') from None
    if child.returncode:
        lines = (complaint.strip() or told.strip() or 'no reason given').splitlines()
        said = next((line for line in lines if 'No space left' in line), lines[-1])
        if command[0] != 'unshare':    # which hands on what is said inside
            said = f'{command[0]}: {said}'
        raise Failed('stopped' if STOPPED.is_set() else said)
    return told


def stop(*_):
    """On a signal: ends what runs, by its id; what it started goes with its namespace."""
    STOPPED.set()
    for child in list(RUNNING):
        child.kill()


class Program:
    """A file of programs/: LABEL.PROGRAM, whose first comment lines are settings."""

    def __init__(self, path):
        self.path, self.id = path, path.name
        self.label, self.name = path.name.split('.', 1)
        lines = (line[2:].split(':', 1) for line in path.read_text().splitlines() if line.startswith('# ') and ':' in line)
        self.settings = {key.strip(): value.strip() for key, value in lines}

    def get(self, key, default=''):
        return self.settings.get(key, default)

    def rounds(self, usual):
        return int(self.get('rounds', usual))


# ---------------------------------------------------------------- packages

def packages(program, debs):
    """The archives that the script needs and the machine lacks, downloaded once."""
    def apt(folder, *words, **more):
        return run('apt-get', '-qq', '-y', '--no-install-recommends', '-o', 'Debug::NoLocking=1', '-o', f'Dir::Cache={debs}',
                   '-o', 'Dir::Cache::pkgcache=pkgcache.bin', '-o', f'Dir::Cache::archives={folder}', *words, 'install', *wanted, **more)
    wanted = [*ALWAYS.split(), *program.get('packages').split()]
    try:
        with FETCHING:
            names = [line.split()[1] for line in apt('none', '--print-uris').splitlines() if "'" in line]
            if not all((debs / name).exists() for name in names):
                apt('.', '--download-only', limit=900)
    except Failed as why:
        if STOPPED.is_set():
            raise
        raise Failed(f'missing package ({why}); try: apt-get update && apt-get install {" ".join(wanted)}') from None
    return [debs / name for name in names]


# ---------------------------------------------------------------- inside: two hosts, one layer over the system

@contextlib.contextmanager
def process(*command, **more):
    """A process, ended with its children by its own id."""
    child = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, **more)
    try:
        yield child
    finally:
        for sign in signal.SIGTERM, signal.SIGKILL:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(END_LIMIT)


def make_layer(work, archives):
    """The system with the packages unpacked over it; gone with the namespace."""
    root = work / 'root'
    for folder in 'root', 'upper', 'work':
        (work / folder).mkdir()
    run('mount', '-t', 'overlay', 'overlay', '-o', f'lowerdir=/,upperdir={work}/upper,workdir={work}/work', str(root))
    for archive in archives:
        run('sh', '-c', 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"', 'tar', str(archive), str(root))
    run('mount', '-t', 'proc', 'proc', f'{root}/proc')
    run('mount', '--rbind', '/dev', f'{root}/dev')
    for folder in 'tmp', 'run', 'dev/shm':
        run('mount', '-t', 'tmpfs', 'tmpfs', f'{root}/{folder}')
    for folder in 'lock', 'sshd', 'traffic':
        (root / 'run' / folder).mkdir()
    (root / 'etc/hosts').write_text(''.join(f'{a} server.test server\n' for a in SERVER) +
                                    ''.join(f'{a} client.test client\n' for a in CLIENT) + '127.0.0.1 localhost\n::1 localhost\n')
    (root / 'etc/resolv.conf').write_text('options timeout:1 attempts:1\n')
    run('chroot', str(root), 'ldconfig')
    return root


def make_link(root, pid):
    """eth0 of this namespace (the server's) and of that of the process (the client's)."""
    def client(*command):
        run('nsenter', f'--net=/proc/{pid}/ns/net', *command)
    run('ip', 'link', 'set', 'lo', 'up')
    run('ip', 'link', 'add', 'eth0', 'mtu', '1500', 'type', 'veth', 'peer', 'name', 'eth0', 'mtu', '1500', 'netns', str(pid))
    client('ip', 'link', 'set', 'lo', 'up')
    for (v4, v6), do in (SERVER, run), (CLIENT, client):
        do('chroot', str(root), 'ethtool', '-K', 'eth0', 'tso', 'off', 'gso', 'off', 'gro', 'off', 'tx', 'off', 'rx', 'off')
        do('ip', 'address', 'add', f'{v4}/24', 'broadcast', '+', 'dev', 'eth0')
        do('ip', 'address', 'add', f'{v6}/64', 'dev', 'eth0', 'nodad')
        do('ip', 'link', 'set', 'eth0', 'up')
        do('ip', 'route', 'add', 'default', 'dev', 'eth0')


def listening(port):
    """Does something listen there?"""
    return f':{port} ' in run('ss', '-Hlntu')


def wait_for(is_there, limit):
    """Whether it came true in time."""
    end = time.monotonic() + limit
    while not is_there():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def one_round(program, root, number, seed, client_ns, capture, log):
    """A capture of one run of server and client."""
    rnd = random.Random(f'{seed} {program.id} {number}')
    versions = program.get('ip', '4 6').split()
    six = versions[number % len(versions)] == '6'
    port = int(program.get('port') or rnd.randrange(1025, 32000))
    env = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin:/usr/games', 'HOME': '/tmp', 'LANG': 'C.UTF-8', 'PORT': str(port), 'ROUND': str(number),
           'HOST': SERVER[six], 'CLIENT': CLIENT[six], 'IP': '6' if six else '4', 'RANDOM': str(rnd.randrange(32768)),
           'BRACKETED': f'[{SERVER[1]}]' if six else SERVER[0], 'SEED': str(rnd.randrange(32768))}

    def part(name):
        script = f'cd /tmp; RANDOM=$SEED; . /run/traffic/common.sh; . /run/traffic/program; {name}'
        return ['chroot', str(root), 'bash', '-c', script]

    run('mount', '-t', 'tmpfs', 'tmpfs', f'{root}/tmp')
    (root / 'tmp').chmod(0o1777)
    with process('chroot', str(root), 'tcpdump', '-Z', 'root', '-U', '-n', '--immediate-mode', '-i', 'eth0', '-w', '/run/traffic/capture',
                 stderr=log) as dump:
        wait_for((root / 'run/traffic/capture').exists, START_LIMIT)
        time.sleep(0.3)
        with process(*part('server'), env=env, stdout=log, stderr=log) as server:
            if program.get('listens') == 'no':
                time.sleep(1.5)
            elif not wait_for(lambda: listening(port) or server.poll() not in (None, 0), START_LIMIT) or not listening(port):
                raise Failed(f'the server does not listen on port {port}')
            with process('nsenter', f'--net={client_ns}', *part('client'), env=env, stdout=log, stderr=log) as client:
                with contextlib.suppress(subprocess.TimeoutExpired):    # it is judged by what it sent
                    client.wait(int(program.get('seconds', CLIENT_LIMIT)))
        time.sleep(0.2)
        dump.send_signal(signal.SIGINT)
        dump.wait(END_LIMIT)
    run('umount', '-l', f'{root}/tmp')
    shutil.move(root / 'run/traffic/capture', capture)
    return port


def inside(program, work, archives, rounds, seed, out):
    """All rounds, in namespaces of their own: whatever was started dies with this process."""
    run('hostname', 'server.test')
    root = make_layer(work, archives)
    shutil.copy(program.path, root / 'run/traffic/program')
    for helper in (HERE / 'help').iterdir():
        shutil.copy(helper, root / 'run/traffic')
    with process('unshare', '--net', 'sleep', 'infinity') as holder, open(out / 'log', 'w', encoding='utf-8') as log:
        wait_for(lambda: os.readlink(f'/proc/{holder.pid}/ns/net') != os.readlink('/proc/self/ns/net'), START_LIMIT)
        make_link(root, holder.pid)
        for number in range(program.rounds(rounds)):
            port = one_round(program, root, number, seed, f'/proc/{holder.pid}/ns/net', out / f'{number}.pcap', log)
            (out / f'{number}.port').write_text(str(port))


# ---------------------------------------------------------------- what was captured

def streams(capture, port, program):
    """{(proto, number): stream} of a capture as tshark sees it, forced to the port."""
    wanted = program.get('tshark', '-').split()
    force = [word for proto in program.get('over', 'tcp').split() if wanted != ['-']
             for word in ('-d', f'{proto}.port=={port},{wanted[0]}')]
    text = run('tshark', '-n', '-r', str(capture), *force, '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=f',
               *(word for field in FIELDS for word in ('-e', field)))
    found = {}
    for line in text.splitlines():
        at = dict(zip(FIELDS, line.split('\t')))
        proto = 'tcp' if at.get('tcp.stream') else 'udp' if at.get('udp.stream') else ''
        if not proto:
            continue
        stream = found.setdefault((proto, at[f'{proto}.stream']), {
            'proto': proto, 'a_ip': at['ip.src'] or at['ipv6.src'], 'b_ip': at['ip.dst'] or at['ipv6.dst'],
            'a_port': at[f'{proto}.srcport'], 'b_port': at[f'{proto}.dstport'], 'first_ts': at['frame.time_epoch'],
            'payload': False, 'seen': set()})
        stream['payload'] |= proto == 'udp' or at['tcp.len'] not in ('', '0')
        stream['seen'] |= set(at['frame.protocols'].split(':'))
    return found.values(), set(wanted) - {'-'}


def rows_of(program, out):
    """A row of the manifest for each stream of the protocol; how many were not confirmed."""
    rows, doubted = [], 0
    for capture in sorted(out.glob('*.pcap')):
        port = capture.with_suffix('.port').read_text()
        found, wanted = streams(capture, port, program)
        for stream in found:
            ours = port in (stream['a_port'], stream['b_port']) and stream['proto'] in program.get('over', 'tcp').split()
            label = program.label if ours else program.get('other')
            if not stream['payload'] or not label:
                continue
            if ours and wanted and not wanted & stream['seen']:
                doubted += 1
                continue
            rows.append(stream | {
                'path': f'{program.id}/{capture.name}', 'label': label, 'source': program.name, 'origin': 'program',
                'oracles': 'program+tshark' if ours and wanted else 'program', 'set': program.get('set', 'teach')})
    return rows, doubted


def write_rows(path, rows):
    lines = sorted('\t'.join(row[name] for name in HEADER) for row in rows)
    path.write_text('\n'.join(['\t'.join(HEADER), *lines]) + '\n')


def make(program, cache, options):
    """What to report on one script."""
    out, work = cache / program.id, None
    try:
        if STOPPED.is_set():
            raise Failed('stopped before it began')
        for folder in 'debs/partial', 'debs/none/partial':    # apt lists only what the folder lacks
            (cache / folder).mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix='work.', dir=cache))
        archives = packages(program, cache / 'debs')
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        run('unshare', '--mount', '--net', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--mount-proc', sys.executable, __file__,
            program.id, '--inside', str(work), '--cache', str(cache), '--rounds', str(options.rounds), '--seed', str(options.seed),
            *(f'--archive={archive}' for archive in archives), limit=program.rounds(options.rounds) * 90)
        rows, doubted = rows_of(program, out)
        if not rows:
            raise Failed(f'no stream that tshark confirms; {doubted} that it does not; see {out}/log')
        write_rows(out / 'rows.tsv', rows)
        return f'made     {program.id:34} {len(rows):4} flows' + (f', {doubted} more not confirmed' if doubted else '')
    except (Failed, OSError) as why:
        return f'FAILED   {program.id:34} {why}'
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)


def prepare(options):
    """What would stop every script is said once."""
    if os.geteuid():
        sys.exit('network namespaces need root: run `make traffic` as root')
    for tool, package in ('tshark', 'tshark'), ('ip', 'iproute2'), ('apt-get', 'apt'):
        if not shutil.which(tool):
            sys.exit(f'{tool} is missing: apt-get install {package}')
    try:
        run('unshare', '--mount', '--net', '--pid', '--ipc', '--uts', '--fork', 'true')
    except Failed as why:
        sys.exit(f'{why}: namespaces are not permitted here; a container needs --privileged')
    try:
        options.cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f'{options.cache}: {error.strerror}; --cache FOLDER elsewhere')
    for sign in signal.SIGINT, signal.SIGTERM:
        signal.signal(sign, stop)


def join_rows(cache):
    """The manifest: the rows of all scripts and tables that have run, but not of those that are no more."""
    rows = []
    for path in sorted(cache.glob('*/rows.tsv')):
        name = path.parent.name
        if not (PROGRAMS / name).exists() and not (name.endswith('.generator') and (HERE / 'tables' / name.split('.')[0]).exists()):
            continue
        rows += [dict(zip(HEADER, line.split('\t'))) for line in path.read_text().splitlines()[1:]]
    write_rows(cache / 'manifest.tsv', rows)
    return len(rows), len({row['label'] for row in rows})


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('name', nargs='*', help='a protocol, or protocol.program; all without')
    args.add_argument('--cache', type=Path, default=Path('~/.cache/pipit-traffic').expanduser())
    args.add_argument('--rounds', type=int, default=6, help='captures for each script')
    args.add_argument('--jobs', type=int, default=6, help='scripts at a time; they mostly wait')
    args.add_argument('--seed', type=int, default=1)
    args.add_argument('--list', action='store_true', help='only tell what there is')
    args.add_argument('--inside', type=Path, help=argparse.SUPPRESS)
    args.add_argument('--archive', type=Path, action='append', default=[], help=argparse.SUPPRESS)
    options = args.parse_args()
    there = [Program(path) for path in sorted(PROGRAMS.iterdir())]
    wanted = [p for p in there if not options.name or p.label in options.name or p.id in options.name]
    if not wanted:
        sys.exit(f'no script for {" ".join(options.name)}; there are: {" ".join(sorted({p.label for p in there}))}')
    if options.list:
        for program in wanted:
            print(f'{program.id:34} {program.get("set", "teach"):7} {program.get("packages")}')
        return 0
    if options.inside:
        try:
            inside(wanted[0], options.inside, options.archive, options.rounds, options.seed, options.cache / wanted[0].id)
        except (Failed, OSError) as why:
            sys.exit(str(why))
        return 0
    prepare(options)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(make, program, options.cache, options) for program in wanted]):
            said = done.result()
            failed += said.startswith('FAILED')
            print(said, flush=True)
    try:
        flows, names = join_rows(options.cache)
    except OSError as error:
        sys.exit(f'{options.cache}/manifest.tsv: {error.strerror}')
    print(f'{options.cache}/manifest.tsv: {flows} flows of {names} names; {failed} of {len(wanted)} scripts failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
