// SPDX-License-Identifier: Apache-2.0
// Remote procedure calls overheard: how strong knowledge wins, what is a sweep, full tables.
#include "watch/rpcs.h"

#include "base/mem.h"

#include <setjmp.h>

#include <cmocka.h>

enum { UDP = 17, SADMIND = 100232, NFS = 100003 };

static struct addr host(uint32_t n)
{
    return addr_of(ADDR_IP4,
                   (uint8_t[4]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n});
}

// A call from one host to another, answered or not.
static void call(struct rpcs *r, uint32_t from, uint32_t to, int seconds, uint32_t program,
                 uint32_t procedure, bool answered)
{
    static uint32_t xid;

    xid++;
    struct ev_rpc e = {.head = {.id = EV_rpc,
                                .ts = seconds * SECOND,
                                .src = host(from),
                                .dst = host(to),
                                .dport = 700,
                                .ip_proto = UDP},
                       .program = program,
                       .program_name = program == NFS ? "nfs" : "sadmind",
                       .version = 1,
                       .procedure = procedure,
                       .status = answered ? "success" : "unanswered",
                       .xid = xid,
                       .is_orig = true,
                       .packet = xid,
                       .risk = program == NFS ? SAFE : RISKY};

    if (answered)
        set(rpc, &e, answer_packet, 1);
    rpcs_event(r, &e.head);
}

static void told(struct rpcs *r, uint32_t server, uint16_t port, enum rpc_asked asked)
{
    struct ev_rpc_service e = {.head = {.id = EV_rpc_service, .ts = SECOND},
                               .client = host(1),
                               .server = host(server),
                               .program = SADMIND,
                               .name = "sadmind",
                               .version = 1,
                               .proto = "udp",
                               .port = port,
                               .asked = (uint8_t)asked,
                               .risk = RISKY};

    rpcs_event(r, &e.head);
}

static void knowledge(void **state)
{
    struct rpcs *r = rpcs_open();
    uint32_t n;

    told(r, 2, 0, ASKED_PORT); // not registered, then it is
    told(r, 2, 700, ASKED_PORT);
    told(r, 2, 0, ASKED_PORT); // which does not take away what is known
    call(r, 1, 2, 3, SADMIND, 0, true);
    told(r, 2, 701, ASKED_LIST); // the same at another port
    told(r, 3, 700, ASKED_LIST);
    told(r, 3, 0, ASKED_UNSET);
    const struct rpc_offer *x = rpcs_offers(r, &n);
    assert_int_equal(n, 3);
    assert_int_equal(x[0].port, 700);
    assert_int_equal(x[0].known, RPC_ANSWERED);
    assert_int_equal(x[0].calls, 1);
    assert_int_equal(x[0].clients, 1);
    assert_int_equal(x[1].port, 701);
    assert_int_equal(x[1].known, RPC_LISTED);
    assert_true(x[2].gone);
    rpcs_close(r);
}

static void expires(void **state)
{
    enum { DAY = 24 * 3600 };
    struct rpcs *r = rpcs_open();
    uint32_t n;

    call(r, 1, 2, 0, NFS, 1, true);
    call(r, 1, 3, 1, NFS, 1, true);
    call(r, 1, 4, DAY + 1, NFS, 1, true);
    const struct rpc_offer *x = rpcs_offers(r, &n);
    assert_int_equal(n, 3);
    assert_true(x[0].old); // a day and a second ago
    assert_false(x[1].old);
    assert_false(x[2].old);
    rpcs_close(r);
}

// What becomes of asking so many hosts, with so many seconds between them.
static bool reported(uint32_t hosts, int step, uint32_t program, uint32_t procedure)
{
    struct rpcs *r = rpcs_open();
    uint32_t n;

    for (uint32_t i = 0; i < hosts; i++)
        call(r, 1, 10 + i, (int)i * step, program, procedure, true);
    const struct rpc_sweep *s = rpcs_sweeps(r, &n);
    bool is = n && s->reported;
    assert_true(n <= 1 && (!n || s->hosts == hosts));
    rpcs_close(r);
    return is;
}

static void sweeps(void **state)
{
    assert_false(reported(4, 1, NFS, 0));
    assert_true(reported(5, 1, NFS, 0));
    assert_false(reported(5, 1000, NFS, 0)); // 4000 s
    assert_true(reported(9, 800, NFS, 0));   // five of them in an hour
    assert_false(reported(9, 1, NFS, 1));    // it uses what it finds
    assert_false(reported(2, 1, SADMIND, 0));
    assert_true(reported(3, 1, SADMIND, 0));
}

static unsigned notes(struct rpcs *r, const char *name)
{
    struct arena arena = {0};
    struct event *first = NULL;
    struct out o = {.arena = &arena, .at = &nobody, .last = &first};
    unsigned n = 0;

    rpcs_tell_notes(r, &o);
    for (struct event *e = first; e; e = e->next)
        n += !strcmp(((struct ev_notice *)(void *)e)->note, name);
    arena_free(&arena);
    return n;
}

static void dangerous(void **state)
{
    struct rpcs *r = rpcs_open();

    call(r, 1, 2, 1, SADMIND, 0, true); // is it there?
    call(r, 3, 3, 1, SADMIND, 1, true); // a host with itself
    call(r, 4, 2, 1, NFS, 1, true);
    assert_int_equal(notes(r, "rpc_dangerous_call"), 0);
    rpcs_close(r);
    r = rpcs_open();
    call(r, 1, 2, 1, SADMIND, 1, true);
    assert_int_equal(notes(r, "rpc_dangerous_call"), 1);
    rpcs_close(r);
}

static void full(void **state)
{
    struct rpcs *r = rpcs_open();
    uint32_t n;

    for (uint32_t i = 0; i < RPCS_CONTACTS + 100; i++)
        call(r, 1, 1000 + i, 1, NFS, 0, false);
    assert_int_equal(rpcs_sums(r).contacts_lost, 100);
    assert_int_equal(rpcs_sums(r).offers_lost, RPCS_CONTACTS + 100 - RPCS_OFFERS);
    (void)rpcs_offers(r, &n);
    assert_int_equal(n, RPCS_OFFERS);
    assert_int_equal(notes(r, "rpc_scan"), 1);
    rpcs_close(r);
}

static void reject_burst(void **state)
{
    static const struct {
        unsigned calls, ms;
        bool good, burst;
    } row[] = {{19, 100, false, false}, {20, 100, false, true},  {20, 600, false, false},
               {40, 100, true, false},  {60, 900, false, false}, {2000, 100, false, true}};

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct rpcs *r = rpcs_open();
        struct arena arena = {0};
        struct event *first = NULL;
        struct out o = {
            .arena = &arena, .at = &nobody, .last = &first, .wanted = UINT64_C(1) << EV_notice};
        for (unsigned n = 0; n < row[i].calls; n++) {
            struct ev_dce_rpc e = {.head = {.id = EV_dce_rpc,
                                            .ts = (nsec)n * row[i].ms * (nsec)MSEC,
                                            .src = host(1),
                                            .dst = host(2)},
                                   .is_orig = true,
                                   .status = row[i].good ? "success"
                                             : n % 2     ? "fault"
                                                         : "reject",
                                   .packet = n + 1};
            rpcs_event(r, &e.head);
        }
        rpcs_tell_notes(r, &o);
        assert_true((first != NULL) == row[i].burst);
        if (first)
            assert_int_equal(((struct ev_notice *)(void *)first)->count, row[i].calls);
        arena_free(&arena);
        rpcs_close(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knowledge), cmocka_unit_test(expires), cmocka_unit_test(sweeps),
        cmocka_unit_test(dangerous), cmocka_unit_test(full),    cmocka_unit_test(reject_burst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
