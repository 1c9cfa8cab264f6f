#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares pipit's profinet_dcp log with tshark, field by field: dcp_oracle.py PIPIT CAPTURE...
Prints a line per difference and a sum; exit 1 if there is any."""

import json
import subprocess
import sys

FIELDS = {
    'service': 'pn_dcp.service_id', 'type': 'pn_dcp.service_type', 'xid': 'pn_dcp.xid',
    'delay': 'pn_dcp.response_delay', 'options': 'pn_dcp.option', 'errors': 'pn_dcp.block_error',
    'name': 'pn_dcp.suboption_device_nameofstation', 'ip': 'pn_dcp.suboption_ip_ip',
    'mask': 'pn_dcp.suboption_ip_subnetmask', 'gateway': 'pn_dcp.suboption_ip_standard_gateway',
    'vendor': 'pn_dcp.suboption_vendor_id', 'device': 'pn_dcp.suboption_device_id',
    'role': 'pn_dcp.suboption_device_role', 'frame': 'frame.number',
    'type_of_station': 'pn_dcp.suboption_device_devicevendorvalue',
    'src': 'eth.src', 'dst': 'eth.dst', 'malformed': '_ws.malformed',
}
SERVICE = {3: 'get', 4: 'set', 5: 'identify', 6: 'hello'}
TYPE = {0: 'request', 1: 'response', 5: 'unsupported'}
ROLES = ('io_device', 'io_controller', 'io_multidevice', 'io_supervisor')


def number(text):
    return int(text, 0) if text else None


def tshark(path):
    args = ['tshark', '-r', path, '-Y', 'pn_dcp', '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=;']
    for field in FIELDS.values():
        args += ['-e', field]
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    for line in done.stdout.split('\n'):
        if line:
            row = dict(zip(FIELDS, line.split('\t')))
            first = {k: v.split(';')[0] for k, v in row.items()}
            yield int(row['frame']), {
                'service': SERVICE.get(number(first['service']), 'reserved'),
                'type': TYPE.get(number(first['type']), 'reserved'), 'xid': number(first['xid']),
                'delay': number(first['delay']),
                'options': [number(o) for o in row['options'].split(';') if o],
                'errors': [number(e) for e in row['errors'].split(';') if e],
                'name': first['name'].replace('\\000', '').rstrip('\0'), 'ip': first['ip'],
                'mask': first['mask'], 'gateway': first['gateway'],
                'vendor': number(first['vendor']), 'device': number(first['device']),
                'role': number(first['role']), 'src': first['src'], 'dst': first['dst'],
                'type_of_station': first['type_of_station'], 'malformed': bool(row['malformed'])}


def pipit(program, path):
    done = subprocess.run([program, 'log', 'profinet_dcp', path], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        e = json.loads(line)
        options = []
        for b in e['blocks']:
            options.append(b['option'])
            if b['name'] == 'device options':
                options += [int(pair.split('/')[0]) for pair in b['value'].split()]
        yield e['packet'], {
            'service': e['service'], 'type': e['type'], 'xid': e['xid'],
            'delay': e['response_delay_ms'] // 10 if 'response_delay_ms' in e else None,
            'options': options, 'errors': [b['error'] for b in e['blocks'] if 'error' in b],
            'name': e.get('name_of_station', ''), 'ip': e.get('ip', ''),
            'mask': e.get('netmask', ''), 'gateway': e.get('gateway', ''),
            'vendor': e.get('vendor_id'), 'device': e.get('device_id'),
            'role': sum(1 << i for i, r in enumerate(ROLES) if r in e['role'].split(',')) if 'role' in e else None,
            'src': e['src_mac'], 'dst': e['dst_mac'],
            'type_of_station': e.get('type_of_station', ''), 'malformed': 'malformed' in e}


def main():
    frames = fields = differences = 0
    for path in sys.argv[2:]:
        theirs, ours = dict(tshark(path)), dict(pipit(sys.argv[1], path))
        for frame in sorted(theirs.keys() | ours.keys()):
            a, b = theirs.get(frame), ours.get(frame)
            frames += 1
            if not a or not b:
                print(f'{path} {frame}: only {"pipit" if b else "tshark"} sees it')
                differences += 1
                continue
            for key, value in a.items():
                fields += 1
                if value != b[key]:
                    print(f'{path} {frame}: {key}: tshark {value!r}, pipit {b[key]!r}')
                    differences += 1
    print(f'{frames} frames, {fields} fields, {differences} differences')
    sys.exit(bool(differences))


if __name__ == '__main__':
    main()
