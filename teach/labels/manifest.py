#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the labelled manifest that identification is taught from: teach/labels/manifest.py CORPUS writes
teach/manifest.tsv; CORPUS is a folder of captures with a flows.tsv. teach/README.md tells the rules."""

import argparse
import collections
import hashlib
import sys
from pathlib import Path

import checks
import capture
import wire    # noqa: F401 - registers its checks

TEACH = Path(__file__).resolve().parent.parent
HEADER = 'path proto a_ip a_port b_ip b_port first_ts label source origin oracles set'.split()
SAME_MESSAGES, SAME_BYTES = 4, 384    # flows that begin alike are one example
MOST = 40                             # flows of a label in a capture
TELLING = 8                          # bytes of a message; from fewer, ports alone tell programs what it is
UNSEEN = 10                           # one capture in so many is never taught
ANNOUNCED = {'ftp_data'}              # any bytes at all: nothing to learn
BROKEN = 'the-tcpdump-group+tcpdump/'  # most of what has no name there is malformed on purpose
# A name within another, which the payload must show: the programs give the wider one.
NARROWER = {'profinet_io_cm': 'dce_rpc', 'tftp_data': 'tftp', 'netbios_ns': 'dns', 'spotify_p2p': 'spotify',
            'teamviewer_udp': 'teamviewer'}


def oracle_table():
    """{(program, label): service}"""
    rows = (line.split('\t') for line in (TEACH / 'oracles.tsv').read_text().splitlines()[1:])
    return {(program, label): service for program, label, service in rows}


def known_ports():
    """The ports, as texts, on which some service is expected."""
    rows = (line.split('\t') for line in (TEACH / 'names.tsv').read_text().splitlines()[1:])
    return {word.split('/')[0] for row in rows for word in row[-1].split()}


def votes(row, table):
    """What the two programs call a flow: (tshark's service, nDPI's service); '' for nothing."""
    ours = table.get(('tshark', row['tshark_label']), '')
    if ours == 'ssl' and row['proto'] == 'udp':
        ours = 'quic'    # the hello inside
    theirs = table.get(('ndpi', row['ndpi_label'].split('.')[0]), '') if row['ndpi_confidence'].startswith('DPI') else ''
    return ours, theirs


def by_message(seen):
    """Which protocol most messages of a call are, where several share the ports; '' if it is none."""
    kinds = [checks.mux_class(p) for p in seen.m]
    return kinds[0] if kinds[0] and kinds.count(kinds[0]) * 2 > len(kinds) else ''


def doubtful(row, flow, ports):
    """May a flow without a name be one that we teach, cut or broken? Then it is no counterexample."""
    guessed = row['ndpi_confidence'].startswith('Match')
    middle = row['proto'] == 'tcp' and not flow.opening and ports & {row['a_port'], row['b_port']}
    text = flow.msgs[0][1].startswith((b'GET ', b'POST ', b'HTTP/'))
    return guessed or middle or text or row['path'].startswith(BROKEN)


def decide(flow, ours, theirs):
    """(label, why): '?' is a flow that no name fits, '' one that is better left alone."""
    seen = checks.Seen(flow)
    strong, weak = checks.passing(seen)
    named = {v for v in (ours, theirs) if v}
    if named & ANNOUNCED:
        return ours or theirs, 'tshark' if ours else 'ndpi'
    for narrow, wide in NARROWER.items():
        if wide in named and narrow in strong | weak:
            return narrow, 'repaired'
    if named & set(checks.MUX) and seen.udp:
        kind = by_message(seen)
        if not kind:
            return '', 'mixed'
        both = ours == theirs == kind
        return kind, 'tshark+ndpi' if both else 'tshark+payload' if kind == ours else \
            'ndpi+payload' if kind == theirs else 'repaired'
    proved = named & (strong | weak)
    tells = any(len(p) >= TELLING for _, p in flow.msgs)
    if ours and ours == theirs and (proved or not checks.knows(ours) or tells and not strong):
        return ours, 'tshark+ndpi'
    if len(proved) == 1:
        label = proved.pop()
        return label, 'tshark+payload' if label == ours else 'ndpi+payload'
    if not proved and len(strong) == 1:
        return strong.pop(), 'repaired' if named else 'payload'
    if not strong and not any(map(checks.knows, named)):
        return '?', '-'
    return '', 'conflict'


def same(flow):
    """A hash of the first messages and of who sent them."""
    first = flow.msgs[0][0]
    h = hashlib.sha256(flow.proto.encode())
    for side, p in flow.msgs[:SAME_MESSAGES]:
        h.update(b'%d %d ' % (side != first, len(p)) + p[:SAME_BYTES])
    return h.digest()


def pairs(corpus, rows):
    """(row, its flow) of one capture; rows without payload, or whose flow is not found, are left out."""
    found = collections.defaultdict(list)
    for flow in capture.flows_of(corpus / rows[0]['path']):
        if flow.msgs:
            found[flow.proto, frozenset((capture.text_of(a), str(p)) for a, p in flow.ends)].append(flow)
    for row in rows:
        ends = frozenset(((row['a_ip'], row['a_port']), (row['b_ip'], row['b_port'])))
        flows = found.get((row['proto'], ends))
        if flows and int(row['payload_packets']):
            yield row, min(flows, key=lambda flow: abs(flow.ts - float(row['first_ts'])))


def lines_of(corpus, log):
    """A finished line for each flow, before duplicates are removed: (line as a dictionary, hash)."""
    text = (corpus / 'flows.tsv').read_text().splitlines()
    names = text[0].split('\t')
    table, ports = oracle_table(), known_ports()
    captures = collections.defaultdict(list)
    for line in text[1:]:
        row = dict(zip(names, line.split('\t')))
        captures[row['path']].append(row)
    for path in sorted(captures):
        unseen = int(hashlib.sha256(path.encode()).hexdigest(), 16) % UNSEEN == 0
        for row, flow in pairs(corpus, captures[path]):
            ours, theirs = votes(row, table)
            label, why = decide(flow, ours, theirs)
            if label == '?' and doubtful(row, flow, ports):
                label, why = '', 'doubtful'
            log[ours, theirs, label, why] += 1
            if label:
                row.update(label=label, source=path.split('/')[0], origin='capture', oracles=why,
                           set='announced' if label in ANNOUNCED else 'unseen' if unseen else 'teach')
                yield row, same(flow)


def chosen(lines):
    """Each flow once (rather the one with a name), at most MOST of a capture and label."""
    once = {}
    for row, key in lines:
        if key not in once or once[key]['label'] == '?' != row['label']:
            once[key] = row
    groups = collections.defaultdict(list)
    for key in sorted(once):
        row = once[key]
        groups[row['path'], row['label']].append(row)
    rows = [row for group in groups.values() for row in group[:MOST]]
    taught = {row['label'] for row in rows if row['set'] == 'teach'}
    for row in rows:
        if row['label'] not in taught and row['set'] == 'unseen':
            row['set'] = 'teach'    # all that there is of this name
    return rows


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument('corpus', type=Path)
    args.add_argument('--output', type=Path, default=TEACH / 'manifest.tsv')
    args.add_argument('--log', action='store_true', help='print how often which opinions led to which label')
    options = args.parse_args()
    log = collections.Counter()
    rows = chosen(lines_of(options.corpus, log))
    lines = sorted('\t'.join(row[name] for name in HEADER) for row in rows)
    options.output.write_text('\n'.join(['\t'.join(HEADER), *lines]) + '\n')
    for key, n in log.most_common() if options.log else ():
        print(n, *(word or '-' for word in key), sep='\t')


if __name__ == '__main__':
    sys.exit(main())
