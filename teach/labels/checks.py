#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the payload itself says a flow is, for teach/labels/manifest.py: a check a service, never by the
port. A strong check carries at least about 24 bits of constants or structure and may overrule
other programs' opinions; a weak one may only confirm them."""

import re
import struct

STRONG, WEAK, MESSAGE = {}, {}, {}


class Seen:
    """A flow's first messages: m all, a and b of the side that spoke first and of the other."""

    def __init__(self, flow):
        first = flow.msgs[0][0]
        self.udp, self.tcp, self.sctp = (flow.proto == p for p in ('udp', 'tcp', 'sctp'))
        self.m = [p for _, p in flow.msgs]
        self.a = [p for side, p in flow.msgs if side == first]
        self.b = [p for side, p in flow.msgs if side != first]
        self.opening, self.caller_first = flow.opening, first == 0
        self.streams = b''.join(self.a), b''.join(self.b)


def be16(p, at):
    return struct.unpack_from('>H', p, at)[0]


def be24(p, at):
    return int.from_bytes(p[at:at + 3], 'big')


def be32(p, at):
    return struct.unpack_from('>I', p, at)[0]


def le16(p, at):
    return struct.unpack_from('<H', p, at)[0]


def le32(p, at):
    return struct.unpack_from('<I', p, at)[0]


def most(messages, holds):
    """The first message, and the majority of all, satisfy `holds`."""
    good = [holds(p) for p in messages]
    return bool(good) and bool(good[0]) and sum(map(bool, good)) * 2 > len(good)


def guarded(holds):
    """Too short a message is no."""
    def safe(p):
        try:
            return bool(holds(p))
        except (struct.error, IndexError):
            return False
    return safe


def check(service, over, strong=True):
    """Registers a check of the whole flow."""
    def register(f):
        holds = guarded(f)
        (STRONG if strong else WEAK)[service] = lambda s: any(getattr(s, t) for t in over.split()) and holds(s)
        return f
    return register


def message(service, over, strong=True, any_side=False):
    """Registers a check that every (TCP: the first) message of a flow should pass."""
    def register(f):
        holds = MESSAGE[service] = guarded(f)

        def flow_holds(s):
            if not any(getattr(s, t) for t in over.split()):
                return False
            if s.udp:
                return most(s.m, holds)
            return any(holds(p) for p in (s.streams if any_side else (s.streams[0], *s.a[1:3])))
        (STRONG if strong else WEAK)[service] = flow_holds
        return f
    return register


def text(service, over, pattern, strong=True, sides=2):
    """Registers a pattern for the beginning of either side's stream, or of each datagram."""
    match = re.compile(pattern.encode(), re.S).match
    MESSAGE[service] = match

    def holds(s):
        if not any(getattr(s, t) for t in over.split()):
            return False
        return most(s.m, match) if s.udp else any(map(match, s.streams[:sides]))
    (STRONG if strong else WEAK)[service] = holds


# ---- text
HTTP_VERB = (r'(GET|POST|HEAD|PUT|DELETE|OPTIONS|CONNECT|PATCH|TRACE|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|SEARCH'
             r'|REPORT|SUBSCRIBE|UNSUBSCRIBE|NOTIFY|RPC_CONNECT|RPC_IN_DATA|RPC_OUT_DATA|PRI|SOURCE|CCM_POST|MERGE)')
HTTP = re.compile((HTTP_VERB + r' +[^\r\n]{1,1480}? HTTP/\d\.\d\r?\n|HTTP/1\.[01] \d\d\d\b|' +
                   r'(GET|POST) (/|http://)[^\r\n]{1400}').encode()).match


@check('http', 'tcp')
def http(s):
    return any(HTTP(p) and b'* HTTP/2.0' not in p[:20] for p in (*s.streams, *s.m))


text('http2', 'tcp', r'PRI \* HTTP/2\.0\r\n\r\nSM')
text('rtsp', 'tcp udp', r'[A-Z_]{4,13} \S{1,400} RTSP/1\.0\r\n|RTSP/1\.0 \d{3} ')
text('sip', 'tcp udp', r'[A-Z]{3,12}\d? \S{1,400} SIP/2\.0\r?\n|SIP/2\.0 \d{3} ')
text('ssdp', 'udp', r'(M-SEARCH|NOTIFY) \* HTTP/1\.\d ?\r?\n|HTTP/1\.1 200 OK\r\n.*\n(?i:st|usn|ext):')
text('ws_discovery', 'udp', r'\s*<(\?xml|[\w-]+:Envelope).*schemas\.xmlsoap\.org/ws/2005/04/discovery')
text('cups', 'udp', r'[0-9a-f]+ [0-9a-f]+ ipps?://')
text('mgcp', 'udp', r'(EPCF|CRCX|MDCX|DLCX|RQNT|NTFY|AUEP|AUCX|RSIP) \d{1,9} \S+ MGCP 1\.0|\d{3} \d{1,9} [^\r\n]*\r?\n')
text('pop3', 'tcp', r'\+OK[ \r]', False)
text('irc', 'tcp', r'(:\S+ )?(NICK |USER \S+ \S+ \S+ :|CAP (LS|REQ)|PASS [^\r\n]+\r?\n(NICK|USER)|NOTICE (AUTH|\*) :|\d{3} \S+ :'
     r'|PRIVMSG \S+ :|JOIN :?#)')
text('telnet', 'tcp', r'(\xff[\xfb-\xfe].){2}|\xff[\xfb-\xfe][\0-\x1f\x20-\x27]')
text('xmpp', 'tcp', r'\s*(<\?xml[^>]{0,80}\?>)?\s*<(stream:stream|open )[^>]*(jabber:|xmpp|urn:ietf)|<\?xml[^>]{0,60}\?>\s*<stream:s')
text('gnutella', 'tcp', r'GNUTELLA( CONNECT)?/0\.\d')
text('msn', 'tcp', r'VER \d+ MSNP\d|(ANS|USR) \d+ [\w.@-]+ ')
text('syslog', 'udp tcp', r'(\d+ )?<\d{1,3}>(1 |[A-Z][a-z]{2} [ \d]\d \d\d:|[ -~]{6})')
text('redis', 'tcp', r'\*\d{1,4}\r\n\$\d{1,6}\r\n|(\+(OK|PONG|QUEUED)|PING)\r\n|:\d+\r\n|\$-?\d+\r\n|-(ERR|NOAUTH|DENIED) ')
text('git', 'tcp', r'[0-9a-f]{4}git-(upload|receive)-')
text('rsync', 'tcp', r'@RSYNCD: \d')
text('ssh', 'tcp', r'SSH-[12]\.\d{1,2}-')
text('vnc', 'tcp', r'RFB \d{3}\.\d{3}\n')
text('nats', 'tcp', r'INFO \{"server_id')
text('mining', 'tcp', r'\{[^}]{0,200}"method" ?: ?"(mining\.|login|eth_)', False)
text('dropbox_lsp', 'udp', r'\{[^{]*"host_int": ?\d')
text('fix', 'tcp', r'8=FIX(T)?\.\d\.\d\x01 ?9=\d')
text('hl7', 'tcp', r'\x0bMSH\|')
text('elastic', 'tcp', r'ES\0\0..\0\0\0\0')
text('hislip', 'tcp', r'HS[\0-\x1a]')
text('giop', 'tcp', r'GIOP\x01[\0-\3]')
text('java_rmi', 'tcp', r'JRMI\0[\1\2][KLM]')
text('amqp', 'tcp', r'AMQP[\0-\3]\x01?[\0-\1]')
text('zabbix', 'tcp', r'ZBXD[\x01-\x07]')
text('nat_pmp', 'udp', r'\0[\0\1\2\x80\x81\x82].{0,14}$|\x02[\x81\x82\0\1\2]', False)
text('dlep', 'tcp udp', r'DLEP\0')
text('finger', 'tcp', r'(/W ?)?[\w@.]*\r?\n$|Login( name)?: ', False)
text('whois', 'tcp', r'[\w.-]+\.[a-z]{2,6}\r?\n$', False)
text('daytime', 'tcp udp', r'[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\r?\n?$|\d\d [A-Z]{3} \d{4} ')
text('teamspeak', 'udp', r'TS3INIT1|.{8}TS3INIT1')
text('rtmp', 'tcp', r'\x03.{4}\0\0\0\0.{1024}')
text('thrift', 'tcp udp', r'\x80\x01\0[\1-\4]\0\0|.{4}\x80\x01\0[\1-\4]\0\0|\x82[\x21\x41\x61\x81]')
text('spotify_p2p', 'udp', r'SpotUdp0')
text('raknet', 'udp', r'.{1,25}\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78')
text('syncthing', 'udp', r'\x2e\xa7\xd9\x0b')
text('roughtime', 'udp', r'ROUGHTIM')
text('pcap_over_ip', 'tcp', r'(\xd4\xc3\xb2\xa1\x02\0\x04\0|\xa1\xb2\xc3\xd4\0\x02\0\x04)')
text('source_engine', 'udp', r'\xff{4}[TUVWlmnoIADE]', False)
text('bitcoin', 'tcp', r'(\xf9\xbe\xb4\xd9|\xfa\xbf\xb5\xda|\x0b\x11\x09\x07)[a-z]{4,11}\0')
text('bjnp', 'udp', r'(BJNP|BJNB|MFNP|PNJB|BNJB)[\1-\x82]')
text('tuya', 'udp tcp', r'\0\0\x55\xaa\0\0')
text('ajp', 'tcp', r'\x12\x34..[\1-\x0a]|AB..[\3-\7]')
text('knx', 'udp', r'\x06\x10[\2-\x0a].\0')
text('ymsg', 'tcp', r'YMSG\0')
text('pptp', 'tcp', r'\0.\0\x01\x1a\x2b\x3c\x4d')
text('rsh', 'tcp', r'\d{1,5}\0$|\w{1,16}\0\w{1,16}\0', False)
text('radmin', 'tcp', r'\x01\0\0\0[\1-\x28]\0')
text('mms', 'tcp', r'\x01\0\0\0\xce\xfa\x0b\xb0')
text('oicq', 'udp', r'\x02..\0.*\x03$', False)
text('ceph', 'tcp', r'ceph v\d')
text('mumble', 'udp tcp', r'\0\0\0\0.{8}$', False)


def replies(s, verbs, greeting):
    """A server of three-digit replies and a client of such verbs, in either order."""
    said = [p.upper() for p in s.m]
    asks = any(re.match(rb'(' + verbs + rb')[ \r\n]', p) for p in said)
    answers = any(re.match(rb'[1-5]\d\d[ -]', p) for p in said)
    return answers and (asks or any(re.match(rb'[24]\d\d[ -][^\r\n]*' + greeting, p) for p in said))


@check('ftp', 'tcp')
def ftp(s):
    return replies(s, rb'USER|AUTH (TLS|SSL)|FEAT|SYST|PASV|EPSV|TYPE|CWD|PWD|OPTS', rb'FTP') and not smtp(s)


@check('smtp', 'tcp')
def smtp(s):
    return replies(s, rb'EHLO [\w\[][^\r\n]*|HELO|MAIL FROM:[^\r\n]*|RCPT TO:[^\r\n]*|EHLO|LHLO', rb'(SMTP|MAILER)')


@check('nntp', 'tcp')
def nntp(s):
    return replies(s, rb'MODE (READER|STREAM)|GROUP|ARTICLE|XOVER|LIST|AUTHINFO[^\r\n]*|IHAVE|CHECK|NEWGROUPS|POST|STAT',
                   rb'(NNTP|INN|NEWS)')


@check('imap', 'tcp')
def imap(s):
    return any(re.match(rb'\* (OK|PREAUTH|BYE|CAPABILITY|LIST|\d+ (EXISTS|FETCH))|\w{1,12}[.\d]* '
                        rb'(LOGIN|CAPABILITY|NOOP|SELECT|ID|STARTTLS|AUTHENTICATE|IDLE)[ \r]', p, re.I) for p in s.m)


@check('memcached', 'tcp udp', False)
def memcached(s):
    p = s.m[0][8:] if s.udp else s.m[0]
    return re.match(rb'(gets?|set|add|delete|stats|incr|version|flush_all|VALUE|STAT|END|STORED)[ \r]', p) or \
        p[0] in (0x80, 0x81) and p[1] < 0x40 and be32(p, 8) == len(p) - 24


SHELL = re.compile(rb'Microsoft Windows \[Version|(ba)?sh-\d\.\d+[#$] |[\w.-]+@[\w.-]+:\S*[#$] ').match


@check('reverse_shell', 'tcp')
def reverse_shell(s):
    return s.opening and s.caller_first and SHELL(s.streams[0])


@check('shell', 'tcp')
def shell(s):
    return s.opening and not s.caller_first and SHELL(s.streams[0])


@check('meterpreter', 'tcp')
def meterpreter(s):
    return le32(s.streams[0], 0) > 10000 and s.streams[0][4:6] == b'MZ'


def passing(seen):
    """(the strong checks that this flow passes, the weak ones)."""
    return {k for k, holds in STRONG.items() if holds(seen)}, {k for k, holds in WEAK.items() if holds(seen)}


# Half of the traffic of a call shares one pair of ports.
MUX = ('stun', 'dtls', 'rtcp', 'rtp')


def mux_class(p):
    """Which of the protocols that share a call's ports a datagram is."""
    return next((k for k in MUX if MESSAGE[k](p)), '')


def knows(service):
    """Is there a check for it?"""
    return service in STRONG or service in WEAK
