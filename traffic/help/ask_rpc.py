# SPDX-License-Identifier: Apache-2.0
"""ask_rpc.py HOST USER PASSWORD SEED: impacket looks for interfaces, binds to some, and calls them, well and badly."""

import random
import sys

from impacket.dcerpc.v5 import epm, lsat, rpcrt, rrp, samr, srvs, transport
from impacket.dcerpc.v5.dtypes import MAXIMUM_ALLOWED

host, user, password, seed = sys.argv[1:]
rnd = random.Random(seed)


def connect(where, interface, level):
    link = transport.DCERPCTransportFactory(where)
    link.set_credentials(user, password)
    rpc = link.get_dce_rpc()
    rpc.set_auth_level(level)
    rpc.connect()
    rpc.bind(interface)
    return rpc


def calls():
    """What may be asked, each on a connection of its own."""
    yield lambda: len(epm.hept_lookup(None, dce=connect(f'ncacn_ip_tcp:{host}[135]', epm.MSRPC_UUID_PORTMAP, rpcrt.RPC_C_AUTHN_LEVEL_NONE)))
    for module, ask in ((samr, samr.hSamrConnect), (lsat, lambda rpc: lsat.hLsarOpenPolicy2(rpc, MAXIMUM_ALLOWED)),
                        (srvs, lambda rpc: srvs.hNetrShareEnum(rpc, 1)), (rrp, rrp.hOpenLocalMachine)):
        interface = next(value for name, value in vars(module).items() if name.startswith('MSRPC_UUID_'))
        level = rnd.choice([rpcrt.RPC_C_AUTHN_LEVEL_NONE, rpcrt.RPC_C_AUTHN_LEVEL_CONNECT, rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY, rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY])
        yield lambda module=module, ask=ask, interface=interface, level=level: ask(connect(epm.hept_map(host, interface, protocol='ncacn_ip_tcp'), interface, level))
    yield lambda: connect(f'ncacn_ip_tcp:{host}[135]', samr.MSRPC_UUID_SAMR, rpcrt.RPC_C_AUTHN_LEVEL_NONE)


for call in calls():
    try:
        print(call())
    except Exception as error:    # refusals are what half of it is for
        print(error)
