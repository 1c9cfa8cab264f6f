# SPDX-License-Identifier: Apache-2.0
"""torrent.py FILE HOST PORT TORRENT: describes a file to be shared, and tells its peers of each other until it is ended."""

import hashlib
import http.server
import socket
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

PIECE = 16384


def packed(value):
    """Bencoded."""
    if isinstance(value, dict):
        return b'd' + b''.join(packed(key) + packed(value[key]) for key in sorted(value)) + b'e'
    if isinstance(value, int):
        return b'i%de' % value
    data = value if isinstance(value, bytes) else value.encode()
    return b'%d:%s' % (len(data), data)


class Tracker(http.server.BaseHTTPRequestHandler):
    """Answers every peer with all the others."""
    peers = {4: set(), 6: set()}

    def do_GET(self):
        asked = dict(parse_qsl(urlsplit(self.path).query, encoding='latin-1'))
        address = self.client_address[0].removeprefix('::ffff:')
        kind, family = (6, socket.AF_INET6) if ':' in address else (4, socket.AF_INET)
        own = socket.inet_pton(family, address) + int(asked.get('port', 0)).to_bytes(2, 'big')
        others = b''.join(sorted(self.peers[kind] - {own}))
        self.peers[kind].add(own)
        body = packed({'interval': 2, 'min interval': 2, 'peers6' if kind == 6 else 'peers': others, **({'peers': b''} if kind == 6 else {})})
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


def main():
    path, host, port, torrent = sys.argv[1:]
    data = Path(path).read_bytes()
    pieces = b''.join(hashlib.sha1(data[i:i + PIECE]).digest() for i in range(0, len(data), PIECE))
    Path(torrent).write_bytes(packed({'announce': f'http://{host}:{port}/announce', 'info': {
        'length': len(data), 'name': Path(path).name, 'piece length': PIECE, 'pieces': pieces}}))
    Server(('::', int(port)), Tracker).serve_forever()


main()
