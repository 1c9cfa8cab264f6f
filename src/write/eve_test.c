// SPDX-License-Identifier: Apache-2.0
// EVE: the head, nesting, lists, and that no object is opened twice.
#include "write/check.h"
#include "write/line.h"
#include "write/sample.h"

#include <setjmp.h>

#include <cmocka.h>

static struct text t;

static const char *render(const struct event *e)
{
    text_clear(&t);
    write_render(&t, WRITE_EVE, e);
    assert_true(check_json_line(text_slice(&t)));
    return sample_text(&t);
}

static void golden_conn(void **state)
{
    struct ev_conn e = sample_conn();

    set(conn, &e, vlan, 100);
    assert_string_equal(
        render(&e.head),
        "{\"timestamp\":\"2026-11-21T16:00:00.250000+0000\",\"flow_id\":8086463330914868,"
        "\"event_type\":\"flow\",\"src_ip\":\"192.168.1.10\",\"src_port\":49152,"
        "\"dest_ip\":\"192.168.1.20\",\"dest_port\":502,\"proto\":\"TCP\","
        "\"app_proto\":\"modbus\",\"flow\":{\"payload_toserver\":1200,"
        "\"payload_toclient\":98765,\"conn_state\":\"SF\",\"history\":\"ShADadFf\","
        "\"pkts_toserver\":12,\"bytes_toserver\":1680,\"pkts_toclient\":11,"
        "\"bytes_toclient\":99205,\"reason\":\"closed\","
        "\"start\":\"2026-11-21T16:00:00.250000+0000\","
        "\"end\":\"2026-11-21T16:00:03.750000+0000\",\"age\":3,\"state\":\"closed\"},"
        "\"community_id\":\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\",\"vlan\":[100],"
        "\"pipit\":{\"service_how\":\"probe\",\"service_sure\":0.975,"
        "\"service_why\":\"40 of 40 messages parse\",\"legs\":1}}\n");
}

static void lists(void **state)
{
    struct ev_conn e = sample_conn();

    set(conn, &e, vlan, 100);
    set(conn, &e, inner_vlan, 7);
    set(conn, &e, tunnel_parents, 62);
    assert_non_null(strstr(render(&e.head), ",\"vlan\":[100,7],\"pipit\":{"));
    assert_non_null(strstr(t.p, "},\"tunnel_parents\":[\"C00000000010\"],"));
}

static void flow_id_is_exact_in_a_double(void **state)
{
    struct ev_conn e = sample_conn();

    e.head.uid = UINT64_MAX;
    assert_non_null(strstr(render(&e.head), "\"flow_id\":9007199254740991,"));
}

static void protocols(void **state)
{
    static const struct {
        uint8_t number;
        const char *text;
    } row[] = {{1, "\"proto\":\"ICMP\""},       {17, "\"proto\":\"UDP\""},
               {58, "\"proto\":\"IPv6-ICMP\""}, {132, "\"proto\":\"SCTP\""},
               {2, "\"proto\":\"IGMP\""},       {47, "\"proto\":\"GRE\""},
               {253, "\"proto\":\"253\""}};
    struct ev_conn e = sample_conn();

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        e.head.ip_proto = row[i].number;
        assert_non_null(strstr(render(&e.head), row[i].text));
    }
    e.head.ip_proto = 0;
    assert_null(strstr(render(&e.head), "\"proto\""));
}

static void without_addresses(void **state)
{
    struct ev_weird e = sample_weird();

    assert_string_equal(
        render(&e.head),
        "{\"timestamp\":\"2026-11-21T16:00:00.000000+0000\","
        "\"event_type\":\"anomaly\",\"anomaly\":{\"event\":\"vlan_deep\","
        "\"layer\":\"packet\",\"message\":\"more VLAN tags than anybody stacks\"},"
        "\"pcap_cnt\":7}\n");
    e.head.src = addr_of(ADDR_MAC, (const uint8_t *)"\x00\x0e\xcf\x01\x02\x03");
    e.head.dst = addr_of(ADDR_MAC, (const uint8_t *)"\x01\x0e\xcf\x00\x00\x00");
    assert_non_null(strstr(render(&e.head),
                           "\"anomaly\",\"ether\":{\"src_mac\":\"00:0e:cf:01:02:03\","
                           "\"dest_mac\":\"01:0e:cf:00:00:00\"},\"anomaly\":{"));
}

// A table made up for this: values of one object apart from each other, several levels, lists
// inside objects; every choice of what is present gives an object that is opened once.
static void nesting(void **state)
{
    static const char *const path[] = {"a",   "b.x", "c[]",     "b.d.x", "e.f.g",
                                       "b.y", "c[]", "b.d.l[]", "e.h",   "b.d.l[]"};
    struct made_up {
        struct event head;
        uint8_t value[COUNT_OF(path)];
    } e = {.value = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
    struct field field[COUNT_OF(path)];
    const struct event_type type = {.n_fields = COUNT_OF(path), .field = field};
    struct step step[COUNT_OF(path)];
    struct object object[OBJECTS_MOST] = {0};
    struct line line;

    for (uint8_t i = 0; i < COUNT_OF(path); i++)
        field[i] = (struct field){.eve = path[i],
                                  .type = TYPE_u8,
                                  .presence = FIELD_MAYBE,
                                  .number = i,
                                  .offset = (uint16_t)(offsetof(struct made_up, value) + i)};
    line_plan_eve(&line, &type, step, object);
    for (uint64_t present = 0; present < 1u << COUNT_OF(path); present++) {
        e.head.present = present;
        text_clear(&t);
        text_str(&t, "{\"ts\":0");
        json_fields(&t, &line, &e.head, true);
        text_str(&t, "}\n");
        assert_true(check_json_line(text_slice(&t)));
    }
    assert_string_equal(sample_text(&t),
                        "{\"ts\":0,\"a\":0,\"b\":{\"x\":1,\"d\":{\"x\":3,\"l\":[7,9]},\"y\":5},"
                        "\"c\":[2,6],\"e\":{\"f\":{\"g\":4},\"h\":8}}\n");
}

// Every event with everything given: the check finds a key that comes twice.
static void no_key_twice(void **state)
{
    static _Alignas(16) uint8_t memory[4096];
    struct event *e = (struct event *)(void *)memory;

    for (uint16_t id = 0; id < EVENTS; id++) {
        const struct event_type *type = &event_type[id];
        assert_true(type->size <= sizeof(memory));
        memset(memory, 0, sizeof(memory));
        *e = (struct event){.id = id, .uid = 1, .ip_proto = 6, .present = UINT64_MAX};
        e->src.kind = e->dst.kind = ADDR_IP4;
        for (uint16_t i = 0; i < type->n_fields; i++) {
            void *p = memory + type->field[i].offset;
            if (type->field[i].type == TYPE_word || type->field[i].type == TYPE_enum)
                *(const char **)p = "word";
            else if (type->field[i].type == TYPE_str)
                *(struct slice *)p = slice_str("text");
            else if (type->field[i].type == TYPE_json)
                *(struct slice *)p = slice_str("[{\"key\":1},\"text\"]");
            else if (type->field[i].type == TYPE_addr)
                ((struct addr *)p)->kind = ADDR_IP6;
        }
        if (write_shows(WRITE_EVE, id))
            render(e);
    }
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
        cmocka_unit_test(lists),
        cmocka_unit_test(flow_id_is_exact_in_a_double),
        cmocka_unit_test(protocols),
        cmocka_unit_test(without_addresses),
        cmocka_unit_test(nesting),
        cmocka_unit_test(no_key_twice),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
