# SPDX-License-Identifier: Apache-2.0
"""peer.py forced|disabled PORT FOLDER SECONDS: a libtorrent peer of one.torrent."""

import sys
import time

import libtorrent

policy, port, folder, seconds = sys.argv[1:]
crypto = int(getattr(libtorrent.enc_policy, f'pe_{policy}', 0 if policy == 'forced' else 2))
session = libtorrent.session({
    'listen_interfaces': f'0.0.0.0:{port},[::]:{port}', 'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False,
    'enable_natpmp': False, 'enable_outgoing_utp': False, 'enable_incoming_utp': False, 'allow_multiple_connections_per_ip': True,
    'out_enc_policy': crypto, 'in_enc_policy': crypto, 'allowed_enc_level': 2 if policy == 'forced' else 3, 'min_reconnect_time': 1})
session.add_torrent({'ti': libtorrent.torrent_info('one.torrent'), 'save_path': folder})
time.sleep(float(seconds))
