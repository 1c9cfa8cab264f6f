#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares pipit's rpc log with tshark, call by call: rpc_oracle.py PIPIT CAPTURE...
Prints a line per difference and a sum; exit 1 if there is any. What only tshark takes for RPC
is told, but counts only where its header holds: it also goes by ports, and into what is cut."""

import json
import subprocess
import sys

FIELDS = ['frame.number', 'rpc.msgtyp', 'rpc.xid', 'rpc.program', 'rpc.programversion', 'rpc.procedure',
          'rpc.repframe', 'rpc.state_accept', 'rpc.replystat', 'portmap.port', '_ws.malformed']
STATUS = {0: 'success', 1: 'program_unavailable', 2: 'version_mismatch', 3: 'procedure_unavailable',
          4: 'garbage_arguments', 5: 'system_error'}


def number(text):
    return int(text, 0) if text else None


def tshark(path):
    """Calls as (xid, program, version, procedure, packet), and the status of each that was answered."""
    args = ['tshark', '-r', path, '-Y', 'rpc', '-T', 'fields', '-E', 'separator=/t', '-E', 'aggregator=;']
    for field in FIELDS:
        args += ['-e', field]
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    calls, answers = {}, {}
    for line in done.stdout.splitlines():
        row = [column.split(';') for column in line.split('\t')]
        row += [['']] * (len(FIELDS) - len(row))
        frame, types, xids = int(row[0][0]), row[1], row[2]
        asked = answered = 0
        for kind, xid in zip(types, xids):
            if kind == '0' and asked < len(row[5]):
                call = tuple(number(row[k][asked]) for k in (3, 4, 5))
                calls[(number(xid), *call, frame)] = None
                asked += 1
            elif kind == '1':
                accepts = row[7]
                status = STATUS.get(number(accepts[answered])) if answered < len(accepts) else None
                answers[(number(xid), frame)] = status
                answered += 1
    return calls, answers


def pipit(program, path):
    done = subprocess.run([program, 'log', 'rpc', path], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        yield json.loads(line)


def main():
    calls = fields = differences = alone = 0
    for path in sys.argv[2:]:
        theirs, their_answers = tshark(path)
        ours = {}
        for e in pipit(sys.argv[1], path):
            key = (e['xid'], e['program'], e['version'], e['procedure'], e['packet'])
            ours[key] = e
        repeated = sum(e.get('retries', 0) for e in ours.values())
        for key in sorted(ours.keys() - theirs.keys()):
            print(f'{path} {key[4]}: only pipit sees the call {key[:4]}')
            differences += 1
        missing = sorted(theirs.keys() - ours.keys())
        for key in missing[repeated:]:
            print(f'{path} {key[4]}: only tshark sees the call {key[:4]}')
            alone += 1
        for key in ours.keys() & theirs.keys():
            e = ours[key]
            calls += 1
            if 'answer_packet' not in e:
                continue
            fields += 1
            told = their_answers.get((e['xid'], e['answer_packet']), 'no answer')
            if told != e['status'] and not (told is None and e['status'] in ('rpc_mismatch', 'auth_error')):
                print(f'{path} {e["answer_packet"]}: status: tshark {told!r}, pipit {e["status"]!r}')
                differences += 1
    print(f'{calls} calls, {fields} answers equal in place and kind, {differences} differences, {alone} calls only with tshark')
    sys.exit(bool(differences))


if __name__ == '__main__':
    main()
