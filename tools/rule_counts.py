#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Known rule files over known captures: rule_counts.py PIPIT SHARED, the folder with rules/ and corpus/.
How many rules of each set load, and how often which rule alerts; what must differ from the programs that
the rules were written for stands in DIFFERENT, with the reason; what Suricata alerts in its own tests stands in
rule_counts.tsv. Prints what is wrong; exit 1 then."""

import collections
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

QUICKDRAW = 'digitalbond+Quickdraw-Snort'
VERIFY = 'OISF+suricata-verify/tests'
SURICATA = f'{VERIFY}/dnp3'
DEMO = 'snort3+snort3_demo/tests'
SNORT3 = f'{DEMO}/inspectors/dnp3/dnp3.pcap'

# Sets of rule files: (name, files, rules that load, rules refused, rules that stand twice)
LOADED = [
    ('Quickdraw', f'{QUICKDRAW}/*.rules', 52, 0, 64),
    ('Malcolm OT', 'idaholab+Malcolm/suricata/rules-default/OT/**/*.rules', 69, 0, 0),
    ('talos-snort', 'ITI+ICS-Security-Tools/configurations/rules/*.rules', 19, 0, 0),
    ('DNP3 events', 'OISF+suricata/rules/dnp3-events.rules', 8, 0, 0),
    ('Modbus events', 'OISF+suricata/rules/modbus-events.rules', 8, 0, 0),
    ('ENIP events', 'OISF+suricata/rules/enip-events.rules', 2, 0, 0),
    ('all events', 'OISF+suricata/rules/*.rules', 442, 1, 0),  # igmp-csum: checksums of IGMP are not checked
    ('Suricata on DNP3', f'{SURICATA}/**/*.rules', None, 2, None),  # a script; an event that there is none of
    ('Suricata on Modbus', 'OISF+suricata-verify/tests/modbus/*.rules', 7, 0, 0),
    ('Snort 3 magic and data', 'snort3+snort3/lua/*.rules', 244, 0, 0),
    ('Emerging Threats', 'EmergingThreats+et-luajit-scripts/*.rules', None, 79, None),  # scripts
]

# Capture: alerts by sid where no host of it may command, and where all may.
COUNTS = {
    SNORT3: ({1111201: 7, 1111202: 2, 1111205: 2, 1111206: 3, 1111207: 10, 1111208: 10, 1111209: 4, 1111210: 2,
              1111212: 4, 1111214: 2},
             {1111201: 7, 1111202: 2, 1111203: 30, 11112031: 30, 1111204: 2, 1111209: 4, 1111210: 2, 1111211: 4,
              1111214: 2, 1111215: 30}),
    f'{QUICKDRAW}/dnp3_test_data_part2.pcap': ({1111206: 6, 1111208: 5, 1111213: 10}, {1111213: 10}),
    f'{QUICKDRAW}/modbus_test_data_part1.pcap': (
        {1111006: 9, 1111007: 3},
        {1111001: 3, 1111002: 3, 1111003: 2, 1111004: 2, 1111005: 2, 1111008: 2, 1111009: 2, 1111010: 5, 1111011: 5,
         1111012: 2}),
    f'{QUICKDRAW}/modbus_test_data_part2.pcap': ({1111006: 25, 1111007: 6},
                                                 {1111004: 1, 1111005: 1, 1111013: 8, 1111014: 104}),
    f'{QUICKDRAW}/bacnet_test.pcap': (
        {1111701: 1, 1111702: 1, 1111703: 1, 1111704: 9, 1111705: 9, 1111708: 1, 1111709: 1},
        {1111701: 1, 1111703: 1, 1111704: 9, 1111708: 1, 1111709: 1}),
    f'{QUICKDRAW}/enip_test.pcap': ({1111517: 1}, {1111517: 1}),
    f'{QUICKDRAW}/fox_info.pcap': ({1111101: 1}, {1111101: 1}),
    f'{QUICKDRAW}/omron_test.pcap': ({1111401: 1, 1111402: 1, 1111403: 1, 1111404: 1}, {1111401: 1, 1111402: 1}),
    f'{QUICKDRAW}/s7_test.pcap': ({}, {}),
}
# An ADU is a unit of its own: octets behind it are the next one, which is no Modbus. Of a TCP payload as a whole
# 1111012 would say that it is too long.
DIFFERENT = {(f'{QUICKDRAW}/modbus_test_data_part1.pcap', 1): {1111009: 4, 1111012: 0}}

# (capture, rule files, or rules, alerts by sid)
ALERTS = [
    (SNORT3, 'alert tcp any any -> any any (msg:"1"; sid:1; dnp3_data; content:"|02 32 01 07 01 eb|";)\n'
             'alert tcp any any -> any any (msg:"2"; sid:2; dnp3_func:unsolicited_response;)\n'
             'alert tcp any any -> any any (msg:"3"; sid:3; dnp3_ind:"device_restart";)\n'
             'alert tcp any any -> any any (msg:"4"; sid:4; dnp3_obj:group 50 , var 1;)\n', {1: 1, 2: 30, 3: 10, 4: 4}),
    (f'{SURICATA}/dnp3-eve/input.pcap', f'{SURICATA}/dnp3-dnp3_func-alert', {1: 1, 2: 1}),
    (f'{SURICATA}/dnp3-eve/input.pcap', f'{SURICATA}/dnp3-dnp3_obj-alert', {1: 4}),
    (f'{SURICATA}/dnp3-eve/input.pcap', f'{SURICATA}/dnp3-dnp3_data-alert', {1: 4, 2: 4, 4: 4, 5: 1}),
    (f'{SURICATA}/dnp3-eve/input.pcap', f'{SURICATA}/dnp3-ind-keyword', {1: 2, 2: 2, 3: 2, 4: 2}),
    (f'{SURICATA}/dnp3-flood/input.pcap', f'{SURICATA}/dnp3-flood', {2270000: 1}),
    (f'{SURICATA}/dnp3-max-points/test.pcap', f'{SURICATA}/dnp3-max-points', {2270005: 1}),
    (f'{SURICATA}/dnp3-too-long-reassembly-request/input.pcap', f'{SURICATA}/dnp3-too-long-reassembly-request',
     {2270007: 1}),
    (f'{SURICATA}/dnp3-too-long-reassembly-response/input.pcap', f'{SURICATA}/dnp3-too-long-reassembly-response',
     {2270007: 1}),
    # What Snort 3 alerts on the captures of its demonstration
    (f'{DEMO}/ips_options/http_client_body/hex-all-vars_post-POST-chunk_2.pcap',
     'alert http (flow:to_server; http_client_body; content:"fname=val"; sid:1;)', {1: 1}),
    (f'{DEMO}/ips_options/http_header_http_cookie/one_session.pcap',
     'alert http (http_header; content:"www.walmart.com"; http_cookie; content:"com.wm."; sid:1;)', {1: 4}),
    (f'{DEMO}/ips_options/flowbits/flowbits-jpg-gif.pcap',
     'alert http (http_uri; content:".JPG"; flowbits:setx,jpg,kind; flowbits:noalert; sid:1;)\n'
     'alert http (http_uri; content:".GIF"; flowbits:setx,gif,kind; flowbits:noalert; sid:2;)\n'
     'alert http (http_stat_code; content:"200"; flowbits:isset,jpg; sid:3;)\n'
     'alert http (http_stat_code; content:"200"; flowbits:isset,gif; sid:4;)\n', {3: 6, 4: 6}),
    (f'{DEMO}/ips_options/sha256_sha512/get.pcap',
     '# dialect: snort3\nalert tcp any any -> any 8 (content:"For"; sid:1; sha256:'
     '"f1412386aa8db2579aff2636cb9511cacc5fd9880ecab60c048508fbe26ee4d9", length 7, relative, offset 2; '
     'content:"|d a|", within 2;)', {1: 1}),
    (f'{DEMO}/ips_options/regex/get.pcap',
     'alert tcp (regex:"^transfer-encoding:\\s*chunked\\r$", nocase, multiline; sid:1;)', {1: 1}),
    (f'{DEMO}/inspectors/sip/SIP_Eyebeam2Eyebeam_Video_Audio.pcap',
     '# dialect: snort3\n'
     'alert udp any any -> any 5060 (sip_body; content:"RTP/AVP"; sid:1;)\n'
     'alert udp any any -> any 5060 (sip_method:invite; sip_header; content:"eyeBeam"; sid:2;)\n'
     'alert udp any any -> any 5060 (sip_stat_code:1; sid:3;)\n'
     'alert udp any any -> any 5060 (sip_stat_code:180,181; sid:4;)\n', {1: 12, 2: 1, 3: 2, 4: 1}),
    (f'{DEMO}/inspectors/modbus/modbus_w_pafs.pcap',
     'alert tcp (modbus_unit:0; modbus_func:17; modbus_data; content:"MygloriousModbus"; sid:1;)', {1: 1}),
    (f'{DEMO}/inspectors/iec104/paf/iec104_paf.pcap',
     'alert tcp (iec104_apci_type:u; sid:1;)\nalert tcp (iec104_apci_type:s; sid:2;)\n'
     'alert tcp (iec104_apci_type:i; sid:3;)\n'
     + ''.join(f'alert ( gid:151; sid:{n}; )\n' for n in range(1, 10)),
     {1: 1, 2: 1, 3: 2, '151:6': 1, '151:9': 1}),
    (f'{DEMO}/inspectors/iec104/builtin/iec104_builtins.pcap',
     ''.join(f'alert ( gid:151; sid:{n}; )\n' for n in range(1, 10)), {'151:1': 1, '151:9': 1}),
    (f'{DEMO}/inspectors/ftp/client/ftp_port_non_match_ip.pcap', 'alert ( gid:125; sid:8; )\n'
     'alert tcp any any -> any 21 (content:"PORT"; nocase; ftpbounce; sid:1;)', {'125:8': 1, 1: 1}),
    (f'{DEMO}/inspectors/ftp/eicar/ftp_active_get_eicar.pcap',
     'alert tcp (flow:to_client,established; file_data; content:"EICAR-STANDARD"; sid:1;)', {1: 1}),
    (f'{DEMO}/inspectors/dns/dns-udp.pcap', 'alert ( gid:116; sid:445; )', {'116:445': 1}),
    (f'{DEMO}/ips_actions/react/myhttp.pcap',
     'react http (flow:established,to_server; http_method; content:"GET"; sid:1;)', {1: 1}),
    (f'{DEMO}/framework/rate_filter/sessions_100conn_10cps_10sec.pcap',
     'pass ( gid:135; sid:2; )\n'
     'rate_filter gen_id 135, sig_id 2, track by_dst, count 30, seconds 0, new_action alert, timeout 1', {'135:2': 70}),
]
# The events of DNP3, all on and with CRCs, over all captures of it that differ: the lengths of five captures are 0; 238
# frames, which tshark counts too, are larger than 260 octets; nothing else.
EVENTS = {2: 5, 5: 238}
EVERY_EVENT = 'preprocessor dnp3: check_crc\nconfig autogenerate_preprocessor_decoder_rules\n'
NOBODY, EVERYBODY = '192.0.2.1', '[0.0.0.0/1,128.0.0.0/1]'
PROTOCOLS = ('DNP3', 'MODBUS', 'BACNET', 'FINS', 'S7', 'MODICON', 'ENIP')


def run(args, text=None):
    return subprocess.run([str(a) for a in args], input=text, capture_output=True, text=True, check=False)


def loaded(program, rules, row):
    """What is wrong with how a set of rule files loads."""
    name, files, good, refused, twice = row
    given = [word for path in sorted(rules.glob(files)) for word in ('-R', path)]
    if not given:
        return [f'{name}: there is no file {files}']
    last = run([program, 'check', '-c', os.devnull, *given]).stdout.splitlines()[-1].replace(',', '').split()
    counts = [int(word) for word in last if word.isdigit()]  # loaded, refused, silent, duplicates
    return [f'{name}: {n} {what}, {want} are expected' for n, want, what in zip(
        (counts[0], counts[1], counts[3]), (good, refused, twice), ('loaded', 'refused', 'duplicates'))
        if want is not None and n != want]


def alerts(program, capture, rules, more=()):
    done = run([program, 'log', 'alert', '-q', '--no-rate-limits', *rules, *more, capture])
    return dict(collections.Counter(e['sid'] if e['gid'] == 1 else f"{e['gid']}:{e['sid']}"
                                    for e in map(json.loads, done.stdout.splitlines()) if e['gid'] != 145))


def differences(what, got, expected):
    return [f'{what}: rule {sid} alerts {got.get(sid, 0)} times, {expected.get(sid, 0)} are expected'
            for sid in sorted(got.keys() | expected.keys(), key=str) if got.get(sid, 0) != expected.get(sid, 0)]


def quickdraw(program, shared, capture, which):
    rules = [w for p in sorted((shared / 'rules' / QUICKDRAW).glob('*.rules')) for w in ('-R', p)]
    more = ['-S', 'HOME_NET=any']
    for name in PROTOCOLS:
        more += ['-S', f'{name}_CLIENT={(NOBODY, EVERYBODY)[which]}', '-S', f'{name}_SERVER=any']
    got = alerts(program, shared / 'corpus' / capture, rules, more)
    expected = {**COUNTS[capture][which], **DIFFERENT.get((capture, which), {})}
    return differences(f'{capture}, {("nobody", "everybody")[which]} may command', got, expected)


def others(program, shared, number):
    capture, rules, expected = ALERTS[number]
    if '(' in rules:
        path = Path(os.environ.get('TMPDIR', '/tmp'), f'pipit-rules-{os.getpid()}-{number}')
        path.write_text(rules, 'utf-8')
        try:
            got = alerts(program, shared / 'corpus' / capture, ['-R', path])
        finally:
            path.unlink()
    else:
        files = sorted((shared / 'rules' / rules).glob('*.rules'))
        got = alerts(program, shared / 'corpus' / capture, [w for p in files for w in ('-R', p)])
    return differences(capture, got, expected)


def verified(program, shared, test, capture, counts):
    """One of Suricata's own tests; rules that it says nothing about may alert or not."""
    folder = shared / 'corpus' / VERIFY
    path = next((p for p in sorted((folder / test).glob('*')) if p.suffix in ('.pcap', '.pcapng', '.cap')), None)
    if capture != '-':
        path = folder / capture
    if not path or not path.exists():
        return [f'{test}: its capture is missing']
    rules = [w for p in sorted((shared / 'rules' / VERIFY / test).glob('*.rules')) for w in ('-R', p)]
    expected = {int(sid): int(n) for sid, n in (word.split('=') for word in counts.split())}
    got = alerts(program, path, rules, ['--dialect', 'suricata'])
    return differences(test, {sid: n for sid, n in got.items() if sid in expected}, expected)


def events(program, shared):
    lines = (line.split('\t') for line in (shared / 'corpus/index.tsv').read_text('utf-8').splitlines())
    captures = {sha: path for path, sha, *_ in lines if 'dnp3' in path.lower()}
    config = Path(os.environ.get('TMPDIR', '/tmp'), f'pipit-events-{os.getpid()}')
    config.write_text(EVERY_EVENT, 'utf-8')
    try:
        done = [run([program, 'log', 'alert', '-q', '-c', config, shared / 'corpus' / path]).stdout
                for path in captures.values()]
    finally:
        config.unlink()
    got = collections.Counter(json.loads(line)['sid'] for text in done for line in text.splitlines())
    return differences(f'events of {len(captures)} captures of DNP3', got, EVENTS)


def main():
    program, shared = sys.argv[1], Path(sys.argv[2])
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(loaded, program, shared / 'rules', row) for row in LOADED]
        jobs += [pool.submit(quickdraw, program, shared, c, which) for c in COUNTS for which in (0, 1)]
        jobs += [pool.submit(others, program, shared, n) for n in range(len(ALERTS))]
        jobs.append(pool.submit(events, program, shared))
        table = Path(__file__).with_suffix('.tsv').read_text('utf-8').splitlines()[1:]
        jobs += [pool.submit(verified, program, shared, *line.split('\t')) for line in table]
        wrong = [line for job in jobs for line in job.result()]
    print('\n'.join(wrong), end='\n' if wrong else '')
    print(f'{len(jobs)} sets and captures, {len(wrong)} differences')
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
