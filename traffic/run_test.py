#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the driver says and leaves behind when things go wrong. Root; small programs of its own, no network."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVER = '''server() { exec python3 -c 'import socket, sys
s = socket.create_server(("", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    c = s.accept()[0]
    c.sendall(c.recv(99))
    c.close()' "$PORT"; }
'''
CLIENT = '''client() { python3 -c 'import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
s.sendall(b"hello")
s.recv(9)' "$HOST" "$PORT"; }
'''
PROGRAMS = {
    'echo.good': SERVER + CLIENT,
    'echo.dies': 'server() { echo no >&2; exit 3; }\n' + CLIENT,
    'echo.hangs': '# seconds: 2\n' + SERVER + 'client() { sleep 600; }\n',
    'echo.hangs_late': '# seconds: 2\n' + SERVER + CLIENT.replace('s.recv(9)', 's.recv(9); import time; time.sleep(600)'),
    'echo.stubborn': '# seconds: 2\n' + SERVER.replace('exec', 'trap "" TERM INT; exec') + CLIENT,
    'echo.doubted': '# tshark: mbtcp\n' + SERVER + CLIENT,
    'echo.lacks': '# packages: there-is-no-such-package\n' + SERVER + CLIENT,
    'echo.long': SERVER + 'client() { sleep 30; }\n',
}


class Workshop(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder)
        self.cache = self.folder / 'cache'
        for name in 'programs', 'help':
            (self.folder / name).mkdir()
        shutil.copy(HERE / 'run.py', self.folder)
        shutil.copy(HERE / 'help/common.sh', self.folder / 'help')
        for name, text in PROGRAMS.items():
            (self.folder / 'programs' / name).write_text(text)

    def command(self, *names):
        return [sys.executable, str(self.folder / 'run.py'), *names, '--rounds', '1', '--cache', str(self.cache)]

    def left(self):
        """Processes and folders that should be gone."""
        text = subprocess.run(['ps', '-eo', 'pid,args'], capture_output=True, text=True, check=True).stdout
        return [line for line in text.splitlines() if str(self.folder) in line] + list(self.cache.glob('work.*'))

    def says(self, status, words, *command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        told = done.stdout + done.stderr
        self.assertIn(words, told)
        self.assertNotIn('Traceback', told)
        self.assertEqual(done.returncode, status, told)
        self.assertEqual(self.left(), [])

    def wait_for_log(self):
        log = self.cache / 'echo.long/log'
        end = time.monotonic() + 60
        while not (log.exists() and log.stat().st_size) and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(2)    # until the client sleeps

    def test_makes_what_it_can(self):
        self.says(0, 'made     echo.good                             1 flows', *self.command('echo.good'))
        self.assertEqual(len((self.cache / 'manifest.tsv').read_text().splitlines()), 2)

    def test_server_does_not_start(self):
        self.says(1, 'the server does not listen on port', *self.command('echo.dies'))

    def test_client_hangs(self):
        self.says(1, 'no stream', *self.command('echo.hangs'))
        self.says(0, 'made     echo.hangs_late', *self.command('echo.hangs_late'))

    def test_server_will_not_end(self):
        self.says(0, 'made     echo.stubborn', *self.command('echo.stubborn'))

    def test_another_protocol(self):
        self.says(1, 'no stream that tshark confirms; 1 that it does not', *self.command('echo.doubted'))

    def test_package_is_missing(self):
        self.says(1, 'missing package', *self.command('echo.lacks'))

    def test_disk_is_full(self):
        self.cache.mkdir()
        mount = 'mount -t tmpfs -o size=$1 tmpfs "$2"; shift 2; exec "$@"'
        for size in '8k', '64k':
            self.says(1, 'No space left', 'unshare', '--mount', 'sh', '-c', mount, 'sh', size, str(self.cache), *self.command('echo.good'))

    def test_no_such_name(self):
        self.says(1, 'no script for nothing; there are: echo', *self.command('nothing'))

    def test_not_root(self):
        self.says(1, 'need root', 'setpriv', '--reuid=65534', '--clear-groups', *self.command('echo.good'))

    def test_no_namespaces(self):
        self.says(1, 'namespaces are not permitted here', 'setpriv', '--bounding-set=-sys_admin', *self.command('echo.good'))

    def test_stopped(self):
        for sign in signal.SIGINT, signal.SIGTERM:
            shutil.rmtree(self.cache, ignore_errors=True)
            with subprocess.Popen(self.command('echo.long'), stdout=subprocess.PIPE, text=True) as child:
                self.wait_for_log()
                child.send_signal(sign)
                told = child.communicate(timeout=20)[0]
            self.assertIn('FAILED   echo.long                          stopped', told)
            self.assertEqual(child.returncode, 1)
            time.sleep(0.5)    # the namespace dies behind its first process
            self.assertEqual(self.left(), [])


if __name__ == '__main__':
    if os.geteuid():
        sys.exit('namespaces need root')
    unittest.main()
