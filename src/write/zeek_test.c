// SPDX-License-Identifier: Apache-2.0
// Zeek's logs: header, golden lines, escapes, and reading them back by column names.
#include "write/line.h"
#include "write/sample.h"

#include <setjmp.h>

#include <cmocka.h>

static struct text t;

static const char *render(const struct event *e)
{
    text_clear(&t);
    write_render(&t, WRITE_ZEEK, e);
    return sample_text(&t);
}

static void golden_header(void **state)
{
    text_clear(&t);
    write_header(&t, WRITE_ZEEK, EV_weird, 1795276800 * SECOND);
    write_footer(&t, WRITE_ZEEK, 1795276861 * SECOND);
    assert_string_equal(
        sample_text(&t),
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
        "#path\tweird\n#open\t2026-11-21-16-00-00\n"
        "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tname\taddl\tnotice\t"
        "peer\tsource\tmsg\tpacket\n"
        "#types\ttime\tstring\taddr\tport\taddr\tport\tstring\tstring\tbool\tstring\tstring\t"
        "string\tcount\n"
        "#close\t2026-11-21-16-01-01\n");
    text_clear(&t);
    write_header(&t, WRITE_JSON, EV_weird, 0);
    write_footer(&t, WRITE_EVE, 0);
    assert_int_equal(t.n, 0);
}

static void golden_conn(void **state)
{
    struct ev_conn e = sample_conn();

    assert_string_equal(
        render(&e.head),
        "1795276800.250000\tCLscmunaivEi\t192.168.1.10\t49152\t192.168.1.20\t502\t"
        "tcp\tmodbus\t3.500000\t1200\t98765\tSF\tT\tF\t0\tShADadFf\t12\t1680\t11\t"
        "99205\t-\t6\t1:LQU9qZlK+B5F3KDmev6m5PMibrg=\t-\t-\tprobe\t0.975\t-\t"
        "40 of 40 messages parse\t-\t-\t-\t-\t1\t-\t-\t-\t-\tclosed\n");
}

static void unset_and_empty(void **state)
{
    struct ev_weird e = sample_weird();

    e.addl = slice_str("");
    assert_string_equal(render(&e.head),
                        "1795276800.000000001\t-\t-\t-\t-\t-\tvlan_deep\t(empty)\tF\tpipit\t"
                        "packet\tmore VLAN tags than anybody stacks\t7\n");
    e.addl = (struct slice){0};
    assert_non_null(strstr(render(&e.head), "\tvlan_deep\t-\tF\t"));
}

static void escapes(void **state)
{
    static const struct {
        const char *from, *to;
    } row[] = {
        {"a\tb\nc\\d", "a\\x09b\\x0ac\\x5cd"},
        {"-", "\\x2d"}, // else it would mean: not there
        {"(empty)", "\\x28empty)"},
        {"--", "--"},
        {"a,b #c", "a,b #c"},
        {"K\xc3\xa4se", "K\xc3\xa4se"},
        {"\xff\xc3", "\\xff\\xc3"},
        {"\xc2\x9b[2J\x7f", "\\xc2\\x9b[2J\\x7f"},
    };
    struct ev_weird e = sample_weird();

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        char wanted[64] = "\t";
        strcat(strcat(wanted, row[i].to), "\tF\tpipit");
        e.addl = slice_str(row[i].from);
        assert_non_null(strstr(render(&e.head), wanted));
    }
}

// The part of a line between two tabs, as text in `cell`.
static const char *column(const char *line, int number, char cell[128])
{
    for (; number > 0; number--)
        line = strchr(line, '\t') + 1;
    size_t n = strcspn(line, "\t\n");
    assert_true(n < 128);
    memcpy(cell, line, n);
    cell[n] = 0;
    return cell;
}

static const char *line_with(const char *log, const char *start)
{
    const char *at = strstr(log, start);

    assert_non_null(at);
    return at;
}

// What zeek-cut does: names in #fields say which column is what; #types say how to read it.
static void cut_by_names(void **state)
{
    static const struct {
        const char *name, *type, *value;
    } row[] = {
        {"ts", "time", "1795276800.250000"},
        {"uid", "string", "CLscmunaivEi"},
        {"id.orig_h", "addr", "192.168.1.10"},
        {"id.orig_p", "port", "49152"},
        {"id.resp_h", "addr", "192.168.1.20"},
        {"id.resp_p", "port", "502"},
        {"proto", "enum", "tcp"},
        {"service", "string", "modbus"},
        {"duration", "interval", "3.500000"},
        {"orig_bytes", "count", "1200"},
        {"resp_bytes", "count", "98765"},
        {"conn_state", "string", "SF"},
        {"local_orig", "bool", "T"},
        {"local_resp", "bool", "F"},
        {"missed_bytes", "count", "0"},
        {"history", "string", "ShADadFf"},
        {"orig_pkts", "count", "12"},
        {"orig_ip_bytes", "count", "1680"},
        {"resp_pkts", "count", "11"},
        {"resp_ip_bytes", "count", "99205"},
        {"tunnel_parents", "set[string]", "C00000000010"},
    };
    struct ev_conn e = sample_conn();
    char cell[128];

    set(conn, &e, tunnel_parents, 62);
    text_clear(&t);
    write_header(&t, WRITE_ZEEK, EV_conn, e.head.ts);
    write_render(&t, WRITE_ZEEK, &e.head);
    write_footer(&t, WRITE_ZEEK, e.head.ts);
    const char *log = sample_text(&t);
    const char *names = line_with(log, "#fields\t") + strlen("#fields\t");
    const char *types = line_with(log, "#types\t") + strlen("#types\t");
    const char *line = strchr(types, '\n') + 1;

    for (int i = 0; i < (int)COUNT_OF(row);
         i++) { // Zeek's own columns stand first, in this order
        assert_string_equal(column(names, i, cell), row[i].name);
        assert_string_equal(column(types, i, cell), row[i].type);
        assert_string_equal(column(line, i, cell), row[i].value);
    }
    for (int i = 0; strcmp(column(names, i, cell), "reason"); i++)
        column(line, i + 1, cell); // a value for each name, to the last
    assert_string_equal(line_with(line, "\tclosed\n#close\t") + 1 + strlen("closed\n#close\t"),
                        "2026-11-21-16-00-00\n");
}

static int end(void **state)
{
    text_free(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_header),   cmocka_unit_test(golden_conn),
        cmocka_unit_test(unset_and_empty), cmocka_unit_test(escapes),
        cmocka_unit_test(cut_by_names),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
