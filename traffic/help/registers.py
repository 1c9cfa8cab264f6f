# SPDX-License-Identifier: Apache-2.0
"""registers.py HOST PORT: libmodbus as a server with 200 of everything, until it is ended."""

import ctypes
import sys

lib = ctypes.CDLL('libmodbus.so.5', use_errno=True)
for name in 'modbus_new_tcp_pi', 'modbus_mapping_new':
    getattr(lib, name).restype = ctypes.c_void_p
context = ctypes.c_void_p(lib.modbus_new_tcp_pi(sys.argv[1].encode(), sys.argv[2].encode()))
values = ctypes.c_void_p(lib.modbus_mapping_new(200, 200, 200, 200))
listening = lib.modbus_tcp_pi_listen(context, 5)
question = (ctypes.c_uint8 * 260)()
while True:
    lib.modbus_tcp_pi_accept(context, ctypes.byref(ctypes.c_int(listening)))
    while True:
        size = lib.modbus_receive(context, question)
        if size < 0:
            break
        lib.modbus_reply(context, question, size, values)
    lib.modbus_close(context)
