#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a file a C array of that name: embed.py FILE OUT.c NAME."""

import sys

source, target, name = sys.argv[1:]
with open(source, 'rb') as f:
    data = f.read()
with open(target, 'w') as f:
    f.write('// SPDX-License-Identifier: Apache-2.0\n// Made from a file by tools/embed.py.\n#include "app/builtin.h"\n\n')
    f.write(f'const uint8_t {name}_bytes[] = {{\n')
    for at in range(0, len(data), 32):
        f.write(','.join(map(str, data[at:at + 32])) + ',\n')
    f.write(f'0}};\nconst uint32_t {name}_n = {len(data)};\n')
