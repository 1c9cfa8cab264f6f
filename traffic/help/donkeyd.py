# SPDX-License-Identifier: Apache-2.0
"""donkeyd.py PORT ADDRESS PEER HASH CRYPT: tells all who log in that PEER (its port) at ADDRESS has every file, until it is ended."""

import socket
import socketserver
import struct
import sys

PORT, ADDRESS, PEER, HASH, CRYPT = int(sys.argv[1]), socket.inet_aton(sys.argv[2]), int(sys.argv[3]), bytes.fromhex(sys.argv[4]), int(sys.argv[5])
LOGIN, GET_SOURCES, GET_SOURCES_HIDDEN = 0x01, 0x19, 0x23
SAID, NEW_ID, SOURCES, SOURCES_HIDDEN = 0x38, 0x40, 0x42, 0x44


class Talk(socketserver.StreamRequestHandler):
    def say(self, code, body):
        self.wfile.write(struct.pack('<BIB', 0xe3, len(body) + 1, code) + body)

    def handle(self):
        while len(head := self.rfile.read(6)) == 6:
            _, size, code = struct.unpack('<BIB', head)
            body = self.rfile.read(size - 1)
            if code == LOGIN:
                self.say(SAID, struct.pack('<H', 5) + b'hello')
                self.say(NEW_ID, socket.inet_aton(self.client_address[0]) + struct.pack('<I', 0x0400 if CRYPT else 0))
            elif code in (GET_SOURCES, GET_SOURCES_HIDDEN):
                source = ADDRESS + struct.pack('<H', PEER)
                hidden = b'\x83' + HASH if code == GET_SOURCES_HIDDEN else b''
                self.say(SOURCES_HIDDEN if hidden else SOURCES, body[:16] + b'\x01' + source + hidden)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


Server(('', PORT), Talk).serve_forever()
