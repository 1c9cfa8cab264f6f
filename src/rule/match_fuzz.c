// SPDX-License-Identifier: Apache-2.0
// Random bytes as packets, stream pieces and fragments, under rules that use all options.
#include <stdlib.h>
#include <string.h>

#include "rule/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules_text[] =
    "alert ip any any -> any any (content:\"ab\"; content:\"c\"; distance:-3; within:4; "
    "sid:1;)\n"
    "alert ip any any -> any any (content:!\"ab\"; content:\"|00|\"; offset:1; sid:2;)\n"
    "alert ip any any -> any any (pcre:\"/a(b|c)+?/Ri\"; content:\"d\"; distance:0; sid:3;)\n"
    "alert ip any any -> any any (byte_test:2,>,5,1,relative,little; sid:4;)\n"
    "alert ip any any -> any any (byte_jump:1,0,relative,multiplier 2,align,post_offset -3; "
    "byte_extract:2,0,n,relative; isdataat:n,relative; sid:5;)\n"
    "alert ip any any -> any any (byte_math:bytes 4, offset 0, oper /, rvalue 3, result r; "
    "content:\"a\"; offset:r; sid:6;)\n"
    "alert ip any any -> any any (byte_jump:0,0,from_end,post_offset -4; "
    "byte_test:4,=,7,0,relative,string,hex; sid:7;)\n"
    "alert ip any any -> any any (base64_decode:bytes 20,offset 1; base64_data; content:\"x\"; "
    "sid:8;)\n"
    "alert tcp any any -> any any (modbus: access write coils, address 1<>9, value 0; sid:9;)\n"
    "alert tcp any any -> any any (cip_class:1; cip_instance:>0; cip_attribute:1; sid:10;)\n"
    "alert tcp any any -> any any (enip.product_name; content:\"a\"; sid:11;)\n"
    "alert tcp any any -> any any (s7commplus_func:explore; s7commplus_content; content:\"a\"; "
    "sid:12;)\n"
    "alert tcp any any -> any any (iec104_asdu_func:m_sp_na_1; sid:13;)\n"
    "alert tcp any any -> any any (http.uri; content:\"a\"; http.host; content:\"b\"; "
    "file_data; content:\"c\"; sid:14;)\n"
    "alert ip any any -> any any (tls.sni; content:\"a\"; sid:15;)\n"
    "alert ip any any -> any any (dns.query; content:\"a\"; sid:16;)\n"
    "alert ip any any -> any any (content:\"f\"; flowbits:set,a&b; flowint:c,+,1; sid:17;)\n"
    "alert ip any any -> any any (flowbits:isset,a|b; flowint:c,>,1; content:\"g\"; sid:18;)\n"
    "alert ip any any -> any any (sd_pattern:\"credit_card\"; sid:19;)\n"
    "alert tcp any any -> any any (dnp3_func:>1; dnp3_ind:device_restart; dnp3_data; "
    "content:\"a\"; sid:20;)\n"
    "alert tcp any any -> any any (dnp3_obj:1,2; sid:21;)\n"
    "alert ip any any -> any any (ttl:1<>9; fragbits:M; ipopts:any; flags:S+; id:7; sid:22;)\n"
    "alert ip any any -> any any (enip_req; sid:23;)\n"
    "alert ip any any -> any any (asn1:bitstring_overflow, double_overflow, oversize_length 9, "
    "relative_offset 0; sid:24;)\n"
    "alert ip any any -> any any (ber_data:0x30; ber_skip:2,optional; content:\"a\"; sid:25;)\n"
    "alert ip any any -> any any (sip_method:!ack; sip_header; content:\"a\"; sid:26;)\n"
    "alert ip any any -> any any (sip_stat_code:2; sip_body; content:\"a\"; sid:27;)\n"
    "alert ip any any -> any any (ssl_state:client_hello; ssl_version:!sslv3; sid:28;)\n"
    "alert ip any any -> any any (content:\"T\"; ftpbounce; sid:29;)\n"
    "alert ip any any -> any any (cvs:invalid-entry; sid:30;)\n"
    "alert ip any any -> any any (rpc:1,*,2; sid:31;)\n"
    "alert ip any any -> any any (content:\"a\"; md5:\"900150983cd24fb0d6963f7d28e17f72\", "
    "length 3, relative; sid:32;)\n"
    "alert tcp any any -> any any (content:\"a\"; http_client_body; content:!\"b\"; "
    "http_raw_body; sid:33;)\n"
    "alert http any any -> any any (content:\"a\"; sid:34;)\n"
    "alert tcp any any -> any any (frame:enip.item; content:\"a\"; sid:43;)\n"
    "alert tcp any any -> any any (frame:enip.cip; content:\"a\"; content:\"b\"; distance:0; "
    "sid:44;)\n"
    "alert http any any -> any any (http.request_header; strip_whitespace; content:\"a\"; "
    "http.response_header; absent:or_else; content:\"b\"; sid:45;)\n"
    "alert http any any -> any any (http.header_names; content:\"a\"; http.start; "
    "to_lowercase; header_lowercase; content:\"b\"; http.referer; absent; sid:46;)\n"
    "alert ip any any -> any any (pkt_data; url_decode; from_base64:offset 1; dotprefix; "
    "content:\"a\"; pkt_data; xor:offset 2,extract 3 1; to_md5; content:\"b\"; sid:47;)\n"
    "alert ip any any -> any any (pkt_data; subslice:-9,5,truncate; compress_whitespace; "
    "strip_pseudo_headers; to_uppercase; content:\"A\"; entropy:value > 1; sid:48;)\n"
    "alert dns any any -> any any (dns.queries.rrname; content:\"a\"; dns.response.rrname; "
    "content:\"b\"; dns.rrtype:1; dns.rcode:0; sid:49;)\n"
    "alert ip any any -> any any (ssh.proto; content:\"2\"; ssh.software; content:\"a\"; "
    "sid:50;)\n"
    "alert ip any any -> any any (ntp.mode:client; ntp.reference_id; content:\"a\"; sid:51;)\n"
    "alert ip any any -> any any (vlan.id:>1,-1; flow.age:<9; flow.pkts:either,>0; ip.src; "
    "content:\"|0a|\"; sid:52;)\n"
    "alert ip any any -> any any (igmp.type:>1; ether.hdr; content:\"|00|\"; sid:53;)\n"
    "alert tcp any any -> any any (dce_iface:367abb81-9844-35f1-ad32-98f038001003; "
    "dce_opnum:1-9; dce_stub_data; content:\"a\"; sid:54;)\n"
    "alert tcp any any -> any any (app-layer-protocol:!http|failed; sid:55;)\n"
    "alert ip any any -> any any (sid:56;)\n"
    "alert ( gid:151; sid:1; )\nalert ( gid:151; sid:9; )\nalert ( gid:125; sid:8; )\n";

static struct rules *rules;

static bool read_rules(void *user, const char *path, struct slice *bytes, struct fail *f)
{
    *bytes = slice_str(rules_text);
    return true;
}

static void open_rules(void)
{
    static const char *const names[] = {"fuzz.rules", NULL};
    struct rules_request q = {.reader = {.read = read_rules}, .files = names};
    struct fail f;

    rules = rules_load(&q, &f);
    if (!rules || rules_totals(rules)->refused)
        abort();
}

static void dnp3(struct rule_lane *lane, const struct rule_at *at, struct slice bytes)
{
    struct ev_dnp3_fragment *e = emit_dnp3_fragment(at->out);

    e->function = bytes.n > 1 ? bytes.p[1] : 0;
    e->bytes = e->objects = bytes;
    set(dnp3_fragment, e, iin, 0x8000);
    rule_event(lane, at, &e->head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const service[] = {NULL,     "modbus", "enip",     "http",  "dns", "ssl",
                                          "iec104", "dnp3",   "dce_rpc",  "ftp",   "sip", "ssh",
                                          "ntp",    "http",   "ftp_data", "modbus"};
    struct arena arena = {0};
    uint64_t count[COUNTS] = {0};
    struct out out = {.arena = &arena, .count = count, .wanted = UINT64_MAX, .at = &nobody};
    struct packet packet;
    struct flow flow = {0};
    struct talk talk = {.list = LIST_TCP, .flow = &flow};
    void *state = NULL;
    struct rule_at at = {&out, &packet, &talk, &state, ORIG};

    if (!rules)
        open_rules();
    if (size < 2)
        return 0;
    struct rule_lane *lane = rule_lane_open(rules);
    out.last = &out.first;
    out.telling = data[0] & 0x40;
    talk.verdict.grade = VERDICT_CERTAIN;
    talk.undecided = data[0] & 0x20; // the protocol becomes known in the middle of the stream
    if (!talk.undecided)
        talk.verdict.service = service[data[0] & 15];
    packet_decode(&packet, data[0] & 0x80 ? 1 : 101, data + 1, (uint32_t)size - 1,
                  (uint32_t)size);
    rule_packet(lane, &at);
    packet.ip_proto = PROTO_TCP;
    for (size_t i = 1; i < size;) { // pieces as long as their first byte says
        size_t n = 1 + data[i] % 64u;
        n = n < size - i ? n : size - i;
        at.side = data[i] & 0x80 ? RESP : ORIG;
        rule_stream(lane, &at, slice_of(data + i, n));
        i += n;
        if (i > size / 4) {
            talk.undecided = false;
            talk.verdict.service = service[data[0] & 15];
        }
    }
    rule_gap(lane, &at);
    dnp3(lane, &at, slice_of(data + 1, size - 1));
    (void)rule_file_type(lane, slice_of(data, size));
    rule_end(lane, &out, &talk, &state);
    rule_lane_close(lane);
    arena_free(&arena);
    return 0;
}
