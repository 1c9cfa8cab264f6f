# SPDX-License-Identifier: Apache-2.0
"""poll.py HOST PORT SEED: pymodbus asks for this and that, ten times."""

import random
import sys
import time

from pymodbus.client import ModbusTcpClient
from pymodbus.mei_message import ReadDeviceInformationRequest

host, port, seed = sys.argv[1:]
rnd = random.Random(seed)
with ModbusTcpClient(host, port=int(port), timeout=2) as client:
    at = {'slave': rnd.randrange(1, 4)}
    for _ in range(10):
        address, count = rnd.randrange(120), rnd.randrange(1, 20)
        rnd.choice([
            lambda: client.read_holding_registers(address, count, **at), lambda: client.read_input_registers(address, count, **at),
            lambda: client.read_coils(address, count, **at), lambda: client.read_discrete_inputs(address, count, **at),
            lambda: client.write_register(address, rnd.randrange(65536), **at), lambda: client.write_coil(address, rnd.random() < 0.5, **at),
            lambda: client.write_registers(address, [rnd.randrange(65536) for _ in range(count)], **at),
            lambda: client.read_holding_registers(rnd.randrange(200, 9999), count, **at),
            lambda: client.execute(ReadDeviceInformationRequest(unit=1))])()
        time.sleep(rnd.random() / 5)
