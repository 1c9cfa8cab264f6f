# SPDX-License-Identifier: Apache-2.0
"""agent.py PORT NAME: pysnmp answers for a system of that name, in three versions, until it is ended."""

import sys

from pysnmp.carrier.asyncore.dgram import udp, udp6
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context

port, name = int(sys.argv[1]), sys.argv[2]
snmp = engine.SnmpEngine()
config.addTransport(snmp, udp.domainName, udp.UdpTransport().openServerMode(('0.0.0.0', port)))
config.addTransport(snmp, udp6.domainName, udp6.Udp6Transport().openServerMode(('::', port)))
config.addV1System(snmp, 'area', 'public')
config.addV3User(snmp, 'anna', config.usmHMACMD5AuthProtocol, 'secretsecret', config.usmDESPrivProtocol, 'secretsecret')
config.addV3User(snmp, 'bert', config.usmHMACSHAAuthProtocol, 'secretsecret')
for model, user, level in (1, 'area', 'noAuthNoPriv'), (2, 'area', 'noAuthNoPriv'), (3, 'anna', 'authPriv'), (3, 'bert', 'authNoPriv'):
    config.addVacmUser(snmp, model, user, level, (1, 3, 6, 1, 2, 1), (1, 3, 6, 1, 2, 1))
here = context.SnmpContext(snmp)
symbols = here.getMibInstrum().getMibBuilder().importSymbols('SNMPv2-MIB', 'sysDescr')
symbols[0].syntax = symbols[0].syntax.clone(name)
for answer in cmdrsp.GetCommandResponder, cmdrsp.SetCommandResponder, cmdrsp.NextCommandResponder, cmdrsp.BulkCommandResponder:
    answer(snmp, here)
snmp.transportDispatcher.jobStarted(1)
snmp.transportDispatcher.runDispatcher()
