# SPDX-License-Identifier: Apache-2.0
"""manager.py HOST PORT SEED WORD: pysnmp asks for this and that, each time from another port."""

import random
import sys

from pysnmp import hlapi as h

host, port, seed, word = sys.argv[1:]
rnd = random.Random(seed)
for user in (h.CommunityData('public', mpModel=0), h.CommunityData('public', mpModel=1), h.CommunityData(word, mpModel=1),
             h.UsmUserData('anna', 'secretsecret', 'secretsecret', authProtocol=h.usmHMACMD5AuthProtocol, privProtocol=h.usmDESPrivProtocol),
             h.UsmUserData('bert', 'secretsecret', authProtocol=h.usmHMACSHAAuthProtocol), h.UsmUserData(word, 'secretsecret')):
    engine = h.SnmpEngine()
    transport = h.Udp6TransportTarget if ':' in host else h.UdpTransportTarget
    at = transport((host, int(port)), timeout=1, retries=0), h.ContextData()
    name = h.ObjectType(h.ObjectIdentity(f'1.3.6.1.2.1.1.{rnd.randrange(1, 8)}.0'))
    how = rnd.randrange(4)
    if how == 0:
        asked = h.getCmd(engine, user, *at, name)
    elif how == 1:
        asked = h.nextCmd(engine, user, *at, name)
    elif how == 2 and getattr(user, 'mpModel', 1):
        asked = h.bulkCmd(engine, user, *at, 0, rnd.randrange(1, 20), name)
    else:
        asked = h.setCmd(engine, user, *at, h.ObjectType(h.ObjectIdentity('1.3.6.1.2.1.1.6.0'), h.OctetString(word)))
    for _, answer in zip(range(rnd.randrange(1, 6)), asked):
        print(answer)
