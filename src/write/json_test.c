// SPDX-License-Identifier: Apache-2.0
// JSON lines: golden records, what is left out, escapes.
#include "write/check.h"
#include "write/line.h"
#include "write/sample.h"

#include <setjmp.h>

#include <cmocka.h>

static struct text t;

static const char *render(const struct event *e)
{
    text_clear(&t);
    write_render(&t, WRITE_JSON, e);
    assert_true(check_json_line(text_slice(&t)));
    return sample_text(&t);
}

static void golden_conn(void **state)
{
    struct ev_conn e = sample_conn();

    assert_string_equal(
        render(&e.head),
        "{\"ts\":1795276800.250000,\"uid\":\"CLscmunaivEi\",\"id.orig_h\":\"192.168.1.10\","
        "\"id.orig_p\":49152,\"id.resp_h\":\"192.168.1.20\",\"id.resp_p\":502,"
        "\"proto\":\"tcp\",\"service\":\"modbus\",\"duration\":3.500000,\"orig_bytes\":1200,"
        "\"resp_bytes\":98765,\"conn_state\":\"SF\",\"local_orig\":true,\"local_resp\":false,"
        "\"missed_bytes\":0,\"history\":\"ShADadFf\",\"orig_pkts\":12,\"orig_ip_bytes\":1680,"
        "\"resp_pkts\":11,\"resp_ip_bytes\":99205,\"ip_proto\":6,"
        "\"community_id\":\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\",\"service_how\":\"probe\","
        "\"service_sure\":0.975,\"service_why\":\"40 of 40 messages parse\",\"legs\":1,"
        "\"reason\":\"closed\"}\n");
}

static void maybe_fields(void **state)
{
    struct ev_conn e = sample_conn();

    set(conn, &e, tunnel_parents, 62);
    set(conn, &e, vlan, 100);
    set(conn, &e, copy, true);
    e.paired_by = "window";
    const char *s = render(&e.head);
    assert_non_null(strstr(s, ",\"tunnel_parents\":[\"C00000000010\"],\"ip_proto\":6"));
    assert_non_null(strstr(s, ",\"vlan\":100,\"service_how\""));
    assert_non_null(strstr(s, ",\"paired_by\":\"window\",\"copy\":true,"));
    assert_null(strstr(s, "inner_vlan"));
}

static void without_conversation(void **state)
{
    struct ev_weird e = sample_weird();

    assert_string_equal(render(&e.head),
                        "{\"ts\":1795276800.000000001,\"name\":\"vlan_deep\",\"notice\":false,"
                        "\"peer\":\"pipit\",\"source\":\"packet\","
                        "\"msg\":\"more VLAN tags than anybody stacks\",\"packet\":7}\n");
}

static void mac_ends_have_no_ports(void **state)
{
    struct ev_weird e = sample_weird();

    e.head.src = addr_of(ADDR_MAC, (const uint8_t *)"\x00\x0e\xcf\x01\x02\x03");
    e.head.dst = addr_of(ADDR_MAC, (const uint8_t *)"\x01\x0e\xcf\x00\x00\x00");
    assert_non_null(strstr(render(&e.head), "001,\"id.orig_h\":\"00:0e:cf:01:02:03\","
                                            "\"id.resp_h\":\"01:0e:cf:00:00:00\",\"name\""));
}

static void other_heads(void **state)
{
    struct ev_stats stats = {.head = {.id = EV_stats, .ts = SECOND, .uid = 5}, .seconds = 12.5};
    struct ev_why why = {.head = {.id = EV_why, .ts = SECOND, .uid = 62}};

    assert_ptr_equal(strstr(render(&stats.head), "{\"ts\":1.000000,\"packets\":0,"), t.p);
    assert_non_null(strstr(t.p, "\"seconds\":12.5"));
    assert_string_equal(
        render(&why.head),
        "{\"ts\":1.000000,\"uid\":\"C00000000010\",\"text\":\"\",\"packet\":0}\n");
}

static void escapes(void **state)
{
    static const struct {
        const char *from, *to;
    } row[] = {
        {"", "\"\""},
        {"plain text, longer than eight", "\"plain text, longer than eight\""},
        {"say \"\\\"", "\"say \\\"\\\\\\\"\""},
        {"12345678\n\t\x1f\x7f", "\"12345678\\u000a\\u0009\\u001f\\u007f\""},
        {"K\xc3\xa4se \xe2\x82\xac \xf0\x9f\x90\xa6",
         "\"K\xc3\xa4se \xe2\x82\xac \xf0\x9f\x90\xa6\""},
        {"\xff\xc3", "\"\\u00ff\\u00c3\""},
        {"\xed\xa0\x80x", "\"\\u00ed\\u00a0\\u0080x\""},
        {"\xc2\x9b!", "\"\\u009b!\""},
        {"\xc2\xa0", "\"\xc2\xa0\""},
    };

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        text_clear(&t);
        json_string(&t, slice_str(row[i].from));
        assert_string_equal(sample_text(&t), row[i].to);
    }
}

// Each byte at each place of the eight that are looked at together.
static void each_byte_at_each_place(void **state)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        bool is_plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
        for (unsigned place = 0; place < 8; place++) {
            uint8_t s[8] = {'a', '!', '~', ' ', '[', ']', '#', 'z'};
            s[place] = (uint8_t)byte;
            text_clear(&t);
            json_string(&t, slice_of(s, sizeof(s)));
            assert_int_equal(t.n == 10 && !memcmp(t.p + 1, s, 8), is_plain);
        }
    }
}

static void no_half_line(void **state)
{
    static uint8_t much[TEXT_MOST / 2];
    struct ev_weird e = sample_weird();

    memset(much, 'a', sizeof(much));
    e.addl = slice_of(much, sizeof(much));
    text_clear(&t);
    write_render(&t, WRITE_JSON, &e.head);
    size_t n = t.n;
    assert_true(n > sizeof(much));
    write_render(&t, WRITE_JSON, &e.head);
    assert_true(t.full);
    assert_int_equal(t.n, n);
    assert_int_equal(t.p[n - 1], '\n');
}

static int end(void **state)
{
    text_free(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_conn),
        cmocka_unit_test(maybe_fields),
        cmocka_unit_test(without_conversation),
        cmocka_unit_test(mac_ends_have_no_ports),
        cmocka_unit_test(other_heads),
        cmocka_unit_test(escapes),
        cmocka_unit_test(each_byte_at_each_place),
        cmocka_unit_test(no_half_line),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
