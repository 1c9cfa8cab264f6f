// SPDX-License-Identifier: Apache-2.0
// The event tables, what counts as given, emitting, oddities.
#include "event/field.h"

#include <setjmp.h>

#include <cmocka.h>

static struct arena arena;
static uint64_t counts[COUNTS];

static struct out sample_out(void)
{
    static const uint8_t orig[] = {10, 0, 0, 1}, resp[] = {10, 0, 0, 2};

    static struct subject at;

    at = (struct subject){.uid = 99,
                          .src = addr_of(ADDR_IP4, orig),
                          .dst = addr_of(ADDR_IP4, resp),
                          .sport = 1000,
                          .dport = 502,
                          .ip_proto = 6};

    return (struct out){.arena = &arena,
                        .count = counts,
                        .wanted = UINT64_MAX,
                        .order = 77,
                        .ordinal = 41,
                        .ts = 5 * SECOND,
                        .lane = 3,
                        .at = &at};
}

static int setup(void **state)
{
    memset(counts, 0, sizeof(counts));
    return 0;
}

static int teardown(void **state)
{
    arena_free(&arena);
    return 0;
}

static void tables_fit(void **state)
{
    for (int i = 0; i < EVENTS; i++) {
        const struct event_type *type = &event_type[i];

        assert_int_equal(event_by_name(type->name), i);
        for (uint16_t k = 0; k < type->n_fields; k++) {
            const struct field *f = &type->field[k];
            assert_int_equal(f->number, k);
            assert_true(f->offset >= sizeof(struct event) && f->offset < type->size);
            for (uint16_t other = 0; other < k; other++)
                if (f->column[0])
                    assert_string_not_equal(f->column, type->field[other].column);
        }
    }
    assert_int_equal(event_by_name("no such log"), -1);
    for (int i = 0; i < ODDS; i++)
        assert_true(odd_type[i].name && odd_type[i].weight >= 1 && odd_type[i].weight <= 5);
}

static void head_is_stamped(void **state)
{
    struct out o = sample_out();
    o.last = &o.first;
    struct ev_leg *a = emit_leg(&o);
    struct ev_conn *b = emit_conn(&o);

    assert_ptr_equal(o.first, &a->head);
    assert_ptr_equal(a->head.next, &b->head);
    assert_null(b->head.next);
    assert_int_equal(b->head.id, EV_conn);
    assert_int_equal(b->head.order, 77);
    assert_int_equal(b->head.ordinal, 41);
    assert_int_equal(b->head.uid, 99);
    assert_int_equal(b->head.ts, 5 * SECOND);
    assert_int_equal(b->head.sport, 1000);
    assert_int_equal(b->head.dport, 502);
    assert_int_equal(b->head.ip_proto, 6);
    assert_int_equal(b->head.lane, 3);
    assert_true(addr_equal(&b->head.src, &o.at->src) && addr_equal(&b->head.dst, &o.at->dst));
    assert_int_equal(b->head.present, 0);
    assert_int_equal(b->orig_bytes, 0);
}

static const void *value(const struct ev_conn *e, int number)
{
    return event_value(&e->head, &event_type[EV_conn].field[number]);
}

static void given_or_not(void **state)
{
    struct ev_conn e = {.head = {.id = EV_conn}};

    assert_ptr_equal(value(&e, FI_conn_orig_bytes), &e.orig_bytes);
    assert_null(value(&e, FI_conn_vlan));
    set(conn, &e, vlan, 0);
    assert_ptr_equal(value(&e, FI_conn_vlan), &e.vlan);
    assert_null(value(&e, FI_conn_inner_vlan));
    assert_null(value(&e, FI_conn_service_hint)); // MAYBE
    assert_null(value(&e, FI_conn_service));      // ALWAYS, but nobody may read through NULL
    assert_null(value(&e, FI_conn_proto));
    e.service = "dns";
    assert_ptr_equal(value(&e, FI_conn_service), &e.service);
    assert_ptr_equal(value(&e, FI_conn_history), &e.history); // an empty text

    struct ev_leg leg = {.head = {.id = EV_leg}};
    const struct field *f = &event_type[EV_leg].field[FI_leg_src_h];
    assert_null(event_value(&leg.head, f));
    leg.src_h.kind = ADDR_IP4;
    assert_ptr_equal(event_value(&leg.head, f), &leg.src_h);

    struct ev_weird weird = {.head = {.id = EV_weird}};
    f = &event_type[EV_weird].field[FI_weird_addl];
    assert_null(event_value(&weird.head, f));
    weird.addl = slice_str("");
    assert_ptr_equal(event_value(&weird.head, f), &weird.addl);
}

static void odds_are_told(void **state)
{
    struct out o = sample_out();

    o.last = &o.first;
    odd_with(&o, ODD_vlan_deep, "%d tags", 9);
    odd(&o, ODD_frame_cut);
    struct ev_weird *a = (struct ev_weird *)(void *)o.first;
    struct ev_weird *b = (struct ev_weird *)(void *)a->head.next;
    assert_string_equal(a->name, "vlan_deep");
    assert_string_equal(a->source, "packet");
    assert_int_equal(a->packet, 42); // counted from 1
    assert_int_equal(a->addl.n, 6);
    assert_memory_equal(a->addl.p, "9 tags", 6);
    assert_string_equal(b->name, "frame_cut");
    assert_null(b->addl.p);
    assert_int_equal(counts[COUNT_oddities], 2);
}

static void unwanted_is_only_counted(void **state)
{
    struct out o = sample_out();

    o.last = &o.first;
    o.wanted = 0;
    o.telling = true;
    odd_with(&o, ODD_vlan_deep, "%d tags", 9);
    why(&o, "because");
    assert_null(o.first);
    assert_int_equal(arena.used, 0);
    assert_int_equal(counts[COUNT_oddities], 1);
}

static void why_only_while_telling(void **state)
{
    struct out o = sample_out();

    o.last = &o.first;
    why(&o, "nobody %s", "asked");
    assert_null(o.first);
    o.telling = true;
    why(&o, "port %d", 502);
    const struct ev_why *e = (const struct ev_why *)(const void *)o.first;
    assert_int_equal(e->head.id, EV_why);
    assert_int_equal(e->text.n, 8);
    assert_memory_equal(e->text.p, "port 502", 8);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(tables_fit),    TEST(head_is_stamped),          TEST(given_or_not),
        TEST(odds_are_told), TEST(unwanted_is_only_counted), TEST(why_only_while_telling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
