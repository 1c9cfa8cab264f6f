#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares pipit's profinet_io_cm log with tshark, field by field: io_cm_oracle.py PIPIT CAPTURE...
Prints a line per difference and a sum; exit 1 if there is any that is not among the known reasons."""

import json
import subprocess
import sys
from collections import Counter

FIELDS = {
    'frame': 'frame.number', 'type': 'dcerpc.pkt_type', 'opnum': 'dcerpc.opnum',
    'sequence': 'dcerpc.dg_seqnum', 'object': 'dcerpc.obj_id', 'activity': 'dcerpc.dg_act_id',
    'interface': 'dcerpc.dg_if_id', 'fragment': 'dcerpc.dg_frag_num', 'body': 'dcerpc.dg_frag_len',
    'blocks': 'pn_io.block_type', 'ar': 'pn_io.ar_uuid', 'session': 'pn_io.session_key',
    'slots': 'pn_io.slot_nr', 'indexes': 'pn_io.index', 'code': 'pn_io.error_code',
    'decode': 'pn_io.error_decode', 'code1': 'pn_io.error_code1', 'code2': 'pn_io.error_code2',
    'frame_ids': 'pn_io.frame_id', 'name': 'pn_io.cminitiator_station_name',
    'command': 'pn_io.control_command', 'modules': 'pn_io.module_ident_number',
}
PACKET = ('Request', 'Ping', 'Response', 'Fault', 'Working', 'No call Response to Ping', 'Reject',
          'Acknowledge', 'Connectionless Cancel', 'Fragment Acknowledge', 'Cancel Acknowledge')
OPERATION = ('Connect', 'Release', 'Read', 'Write', 'Control', 'Read Implicit')
# Records that tshark takes apart and pipit does not: what is in them is not compared.
UNREAD = {
    0x010c: 'RSInfoBlock', 0x0018: 'ARData', 0x0019: 'LogData', 0x001a: 'APIData', 0x0119: 'SubmoduleListBlock',
    0x0030: 'I&M0FilterData', 0x0031: 'I&M0FilterData', 0x0032: 'I&M0FilterData', 0x0010: 'DiagnosisData',
    0x0211: 'PDInterfaceMrpDataAdjust', 0x0212: 'PDInterfaceMrpDataReal', 0x0213: 'PDInterfaceMrpDataCheck',
    0x0203: 'PDSyncData', 0x0230: 'PDNCDataCheck',
}


def number(text):
    return int(text, 0) if text else None


def numbers(text):
    return [int(n, 0) for n in text.split(';') if n]


def tshark(path):
    args = ['tshark', '-r', path, '-Y', 'dcerpc.ver == 4 && udp', '-T', 'fields', '-E', 'separator=/t',
            '-E', 'aggregator=;']
    for field in FIELDS.values():
        args += ['-e', field]
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    for line in done.stdout.split('\n'):
        if not line:
            continue
        row = dict(zip(FIELDS, line.split('\t')))
        if not row['interface'].split(';')[0].endswith('-6c97-11d1-8271-00a02442df7d'):
            continue
        first = {k: v.split(';')[0] for k, v in row.items()}
        status = None
        if row['code'] and number(first['type']) == 2:
            status = (number(first['code']) << 24 | number(first['decode']) << 16
                      | number(first['code1']) << 8 | number(first['code2']))
        yield int(row['frame']), {
            'type': PACKET[number(first['type'])], 'opnum': number(first['opnum']),
            'sequence': number(first['sequence']), 'object': first['object'], 'activity': first['activity'],
            'interface': first['interface'], 'fragment': number(first['fragment']), 'body': number(first['body']),
            'blocks': numbers(row['blocks']), 'ars': set(filter(None, row['ar'].split(';'))), 'status': status,
            'slots': set(numbers(row['slots'])), 'indexes': numbers(row['indexes']),
            'frame_ids': numbers(row['frame_ids']),
            'name': first['name'] if 0x0101 in numbers(row['blocks']) else '',
            'command': numbers(row['command']), 'modules': numbers(row['modules'])}


def values(node, key):
    """All values of a key, at any depth, in order."""
    if isinstance(node, dict):
        for k, v in node.items():
            if k == key and not isinstance(v, (dict, list)):
                yield v
            else:
                yield from values(v, key)
    elif isinstance(node, list):
        for v in node:
            yield from values(v, key)


def bits(block):
    names = ('PrmEnd', 'ApplicationReady', 'Release', 'Done', 'ReadyForCompanion', 'ReadyForRT_CLASS_3', 'PrmBegin')
    if 'command' in block:
        return 1 << names.index(block['command'])
    return int(block['command_bits'], 16)


def pipit(program, path):
    done = subprocess.run([program, 'log', 'profinet_io_cm', path], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        e = json.loads(line)
        blocks = e.get('blocks', [])
        yield e['packet'], {
            'type': e['packet_type'], 'opnum': OPERATION.index(e['operation']) if e['operation'] in OPERATION else None,
            'sequence': e['sequence_num'], 'object': e['object_uuid'], 'activity': e['activity_uuid'],
            'interface': e['interface_uuid'], 'fragment': e['fragment_num'], 'body': e['len_of_body'],
            'blocks': [b['code'] for b in blocks], 'ars': set(values(blocks, 'ar_uuid')),
            'status': e.get('status') if e['packet_type'] == 'Response' else None,
            'slots': set(values(blocks, 'slot')), 'indexes': [b['index'] for b in blocks if 'index' in b],
            'frame_ids': [int(n, 16) for n in values(blocks, 'frame_id')],
            'name': next(values(blocks, 'station_name'), ''),
            'command': [bits(b) for b in blocks if 'command' in b or 'command_bits' in b],
            'modules': [int(n, 16) for n in values(blocks, 'module')]}


def reason(key, a, b):
    """Why the two may differ; None: they may not."""
    extra = Counter(a['blocks']) - Counter(b['blocks'])
    unread = {UNREAD[t] for t in set(a['blocks']) & set(UNREAD)}
    if key == 'opnum' and b['opnum'] is None:
        return 'an operation that no context manager has'
    if key in ('blocks', 'slots', 'modules', 'indexes', 'ars') and unread:
        return 'records that are not taken apart: ' + ', '.join(sorted(unread))
    if key == 'blocks' and not extra:
        return 'tshark does not look into the container'
    if key in ('slots', 'modules') and b['type'] == 'Request' and b[key] and not a['blocks']:
        return 'tshark shows nothing of the body'
    return None


def is_copy(theirs, frame):
    """A mirror copy: the same again, at most some frames later. pipit analyses only the first."""
    return any(theirs.get(n) == theirs[frame] for n in range(frame - 8, frame))


def main():
    frames = fields = differences = 0
    known = Counter()
    for path in sys.argv[2:]:
        theirs, ours = dict(tshark(path)), dict(pipit(sys.argv[1], path))
        for frame in sorted(theirs.keys() | ours.keys()):
            a, b = theirs.get(frame), ours.get(frame)
            frames += 1
            if a and not b and is_copy(theirs, frame):
                known['frames: mirror copies, which are not analysed'] += 1
                continue
            if not a or not b:
                print(f'{path} {frame}: only {"pipit" if b else "tshark"} sees it')
                differences += 1
                continue
            for key, value in a.items():
                fields += 1
                if key == 'frame_ids':  # behind its own, tshark lists those of the whole relation
                    value = value[:len(b[key])]
                if value == b[key]:
                    continue
                why = reason(key, a, b)
                if why:
                    known[f'{key}: {why}'] += 1
                else:
                    print(f'{path} {frame}: {key}: tshark {value!r}, pipit {b[key]!r}')
                    differences += 1
    for why, n in sorted(known.items()):
        print(f'{n} times, {why}')
    print(f'{frames} frames, {fields} fields, {differences} differences')
    sys.exit(bool(differences))


if __name__ == '__main__':
    main()
