// SPDX-License-Identifier: Apache-2.0
// Relations between controllers and devices: how they end, and what looks wrong in them. Each
// finding is raised once, and once nearly.
#include "watch/stations_test.h"

#include <stdio.h>

#include "event/pnio.h"

enum { UNTIL_LEARNT = 700000, OUT_OF_RESOURCES = 0xdb814004, DEVICE_ACCESS = 0x100 };
enum { RUNS = 0x35, STOPPED = 0x25, SUPERVISOR_TYPE = 6, CONTROLLER_CALL = 2 };

static struct addr ip(unsigned station)
{
    return addr_of(ADDR_IP4, (const uint8_t[]){10, 0, 0, (uint8_t)station});
}

// A relation's UUID is its number.
static struct slice uuid(unsigned relation)
{
    static char text[40];

    snprintf(text, sizeof(text), "00000000-0000-0000-0000-%012u", relation);
    return slice_of(text, 36);
}

static struct event head(struct lab *l, enum event_id id, unsigned from, unsigned to)
{
    return (struct event){.id = (uint16_t)id,
                          .ts = l->out.ts,
                          .ordinal = l->out.ordinal++,
                          .src = ip(from),
                          .dst = ip(to)};
}

struct message {
    unsigned from, to, relation, op, sequence;
    uint8_t match, interface;
    uint32_t status;
    uint16_t command;
};

static void message(struct lab *l, const struct message *m)
{
    struct ev_profinet_io_cm e = {.head = head(l, EV_profinet_io_cm, m->from, m->to),
                                  .source_h = ip(m->from),
                                  .destination_h = ip(m->to),
                                  .src_mac = station(m->from),
                                  .dst_mac = station(m->to),
                                  .activity_uuid = slice_str("activity"),
                                  .sequence_num = m->sequence,
                                  .operation = pnio_word(PNIO_operation, m->op),
                                  .opnum = (uint16_t)m->op,
                                  .match = m->match,
                                  .interface = m->interface ? m->interface : 1,
                                  .status = m->status,
                                  .command_bits = m->command,
                                  .paired_ts = l->out.ts - 1000,
                                  .packet = l->out.ordinal};

    if (m->relation)
        e.ar_uuid = uuid(m->relation);
    plant_event(l->plant, &e.head);
}

static void call(struct lab *l, unsigned from, unsigned to, unsigned relation, unsigned op)
{
    message(l, &(struct message){from, to, relation, op, .match = PNIO_CALL});
}

static void reply(struct lab *l, unsigned from, unsigned to, unsigned relation, unsigned op,
                  uint32_t status)
{
    message(l,
            &(struct message){from, to, relation, op, .match = PNIO_ANSWER, .status = status});
}

static void ask_connect(struct lab *l, unsigned from, unsigned to, unsigned relation,
                        uint16_t type, uint32_t properties)
{
    struct ev_profinet_connect e = {.head = head(l, EV_profinet_connect, from, to),
                                    .ar_uuid = uuid(relation),
                                    .type = type,
                                    .properties = properties,
                                    .name = slice_str("plc"),
                                    .src_mac = station(from),
                                    .dst_mac = station(to)};

    plant_event(l->plant, &e.head);
    call(l, from, to, relation, PNIO_CONNECT);
}

static void connect_as(struct lab *l, unsigned from, unsigned to, unsigned relation,
                       uint16_t type, uint32_t properties)
{
    ask_connect(l, from, to, relation, type, properties);
    reply(l, to, from, relation, PNIO_CONNECT, 0);
}

static void connect_it(struct lab *l, unsigned from, unsigned to, unsigned relation)
{
    connect_as(l, from, to, relation, 1, 0);
}

// The device calls back, and is answered: the relation runs.
static void run(struct lab *l, unsigned from, unsigned to, unsigned relation)
{
    connect_it(l, from, to, relation);
    message(l, &(struct message){to, from, relation, PNIO_CONTROL, 7, PNIO_CALL,
                                 CONTROLLER_CALL, 0, PNIO_APPLICATION_READY});
    message(l, &(struct message){from, to, relation, PNIO_CONTROL, 7, PNIO_ANSWER,
                                 CONTROLLER_CALL, 0, PNIO_COMMAND_DONE});
}

static void release(struct lab *l, unsigned from, unsigned to, unsigned relation)
{
    call(l, from, to, relation, PNIO_RELEASE);
    reply(l, to, from, relation, PNIO_RELEASE, 0);
}

static void data(struct lab *l, unsigned from, unsigned to, uint8_t status, uint32_t lost)
{
    struct ev_profinet_cyclic e = {.head = head(l, EV_profinet_cyclic, from, to),
                                   .src_mac = station(from),
                                   .dst_mac = station(to),
                                   .frame_id = 0xc000,
                                   .has_tail = true,
                                   .status = status,
                                   .last = l->out.ts,
                                   .packet = l->out.ordinal,
                                   .frames = 1,
                                   .step = 256,
                                   .lost = lost};

    plant_event(l->plant, &e.head);
}

static void abort_it(struct lab *l, unsigned from, unsigned to, uint32_t status)
{
    struct ev_profinet_alarm e = {.head = head(l, EV_profinet_alarm, from, to),
                                  .src_mac = station(from),
                                  .dst_mac = station(to),
                                  .status = status,
                                  .packet = l->out.ordinal};

    plant_event(l->plant, &e.head);
}

static const struct ev_profinet_ar *relation(struct lab *l, unsigned n)
{
    l->out.last = &l->out.first;
    plant_tell_relations(l->plant, &l->out);
    for (struct event *e = l->out.first; e; e = e->next)
        if (e->id == EV_profinet_ar && n-- == 0)
            return (const void *)e;
    return NULL;
}

// ---------------------------------------------------------------- how they end

static void outcomes(void **state)
{
    struct lab *l = lab_open();

    run(l, PLC, DEV, 1);
    release(l, PLC, DEV, 1);
    run(l, PLC, DEV, 2);
    abort_it(l, DEV, PLC, 0xcf81fd05);
    ask_connect(l, PLC, DEV, 3, 1, 0);
    reply(l, DEV, PLC, 3, PNIO_CONNECT, OUT_OF_RESOURCES);
    call(l, PLC, DEV, 4, PNIO_READ);
    ask_connect(l, PLC, DEV, 5, 1, 0);
    lab_wait(l, 6000);
    run(l, PLC, DEV, 6);
    assert_string_equal(relation(l, 0)->outcome, "released");
    assert_string_equal(relation(l, 1)->outcome, "aborted");
    assert_string_equal(relation(l, 2)->outcome, "refused");
    assert_non_null(
        memmem(relation(l, 2)->reason.p, relation(l, 2)->reason.n, "AR resources", 12));
    assert_string_equal(relation(l, 3)->outcome, "partial");
    assert_string_equal(relation(l, 4)->outcome, "unanswered");
    assert_string_equal(relation(l, 5)->outcome, "running");
    lab_close(l);
}

static void many_stay_bounded(void **state)
{
    struct lab *l = lab_open();
    struct ev_profinet_module m = {.slot = 1, .submodule = 5};

    for (unsigned i = 1; i < 5000; i++) {
        connect_it(l, PLC, DEV, i);
        for (unsigned k = 0; k < 20; k++) {
            m.head = head(l, EV_profinet_module, PLC, DEV);
            m.ar_uuid = uuid(i);
            m.subslot = (uint16_t)k;
            plant_event(l->plant, &m.head);
        }
    }
    assert_true(plant_sums(l->plant).relations_lost > 5000 - 2048);
    assert_string_equal(relation(l, 2047)->outcome, "starting");
    assert_null(relation(l, 2 * 2048 + 2048));
    lab_close(l);
}

// ---------------------------------------------------------------- findings

static int worst_of(struct lab *l, const char *note)
{
    unsigned n;

    return worst(l, note, &n);
}

static void refused(void **state)
{
    for (unsigned times = 0; times < 6; times++) {
        struct lab *l = lab_open();
        for (unsigned i = 0; i < times; i++) {
            ask_connect(l, PLC, DEV, 1, 1, 0);
            reply(l, DEV, PLC, 1, PNIO_CONNECT, OUT_OF_RESOURCES);
            lab_wait(l, 3000);
        }
        assert_int_equal(worst_of(l, "pn_connect_refused"), times == 0  ? NONE
                                                            : times < 5 ? LOW
                                                                        : MEDIUM);
        lab_close(l);
    }
}

static void unknown_controller(void **state)
{
    for (int stranger = 0; stranger < 2; stranger++) {
        struct lab *l = lab_open();
        connect_it(l, PLC, DEV, 1); // this one belongs here
        lab_wait(l, UNTIL_LEARNT);
        connect_it(l, stranger ? EVIL : PLC, DEV, 2);
        assert_int_equal(worst_of(l, "pn_connect_unknown_controller"), stranger ? HIGH : NONE);
        lab_close(l);
    }
}

static void flapping(void **state)
{
    for (int released = 0; released < 2; released++) {
        struct lab *l = lab_open();
        for (unsigned i = 1; i < 5; i++) {
            connect_it(l, PLC, DEV, i);
            lab_wait(l, 13000);
            if (released)
                release(l, PLC, DEV, i);
        }
        assert_int_equal(worst_of(l, "pn_ar_flapping"), released ? NONE : MEDIUM);
        lab_close(l);
    }
}

static void taken_over(void **state)
{
    enum { ABORT, SILENCE, SHARED, RELEASE, WAYS };

    for (int way = 0; way < WAYS; way++) {
        struct lab *l = lab_open();
        run(l, PLC, DEV, 1);
        data(l, DEV, PLC, RUNS, 0);
        if (way == RELEASE)
            release(l, PLC, DEV, 1);
        run(l, EVIL, DEV, 2);
        if (way == ABORT)
            abort_it(l, DEV, PLC, 0xcf81fd0d);
        for (int i = 0; i < 12; i++) {
            lab_wait(l, 1000);
            data(l, DEV, EVIL, RUNS, 0);
            if (way == SHARED)
                data(l, DEV, PLC, RUNS, 0);
        }
        bool raised = way == ABORT || way == SILENCE;
        assert_int_equal(worst_of(l, "pn_ar_taken_over"), raised ? HIGH : NONE);
        assert_string_equal(relation(l, 0)->outcome, raised          ? "taken_over"
                                                     : way == SHARED ? "running"
                                                                     : "released");
        lab_close(l);
    }
}

static void supervisor(void **state)
{
    for (int running = 0; running < 2; running++)
        for (int access = 0; access < 2; access++) {
            struct lab *l = lab_open();
            if (running)
                run(l, PLC, DEV, 1);
            connect_as(l, TOOL, DEV, 2, SUPERVISOR_TYPE, access ? DEVICE_ACCESS : 0);
            assert_int_equal(worst_of(l, "pn_supervisor_takeover"), !running ? NONE
                                                                    : access ? INFO
                                                                             : MEDIUM);
            lab_close(l);
        }
}

static void foreign_release(void **state)
{
    for (int own = 0; own < 2; own++) {
        struct lab *l = lab_open();
        run(l, PLC, DEV, 1);
        call(l, own ? PLC : EVIL, DEV, 1, PNIO_RELEASE);
        assert_int_equal(worst_of(l, "pn_release_foreign"), own ? NONE : HIGH);
        lab_close(l);
    }
}

static void foreign_write(void **state)
{
    for (int own = 0; own < 2; own++) {
        struct lab *l = lab_open();
        run(l, PLC, DEV, 1);
        call(l, own ? PLC : EVIL, DEV, own ? 1 : 2, PNIO_WRITE);
        assert_int_equal(worst_of(l, "pn_write_running"), own ? NONE : HIGH);
        lab_close(l);
    }
}

static void provider_stopped(void **state)
{
    enum { STOP, PROBLEM, AFTER_RELEASE, FROM_THE_FIRST, WAYS };

    for (int way = 0; way < WAYS; way++) {
        struct lab *l = lab_open();
        run(l, PLC, DEV, 1);
        if (way != FROM_THE_FIRST)
            data(l, DEV, PLC, RUNS, 0);
        if (way == AFTER_RELEASE)
            release(l, PLC, DEV, 1);
        data(l, DEV, PLC, way == PROBLEM ? RUNS & ~PNIO_NO_PROBLEM : STOPPED, 0);
        assert_int_equal(worst_of(l, "pn_provider_stopped"), way == STOP ? MEDIUM : NONE);
        lab_close(l);
    }
}

static void forged_answers(void **state)
{
    enum { FORGED, REWRITTEN, LATE, OTHER_CALL, WAYS };

    for (int way = 0; way < WAYS; way++) {
        struct lab *l = lab_open();
        struct message m = {EVIL, PLC, 0, PNIO_READ, 3, .match = PNIO_STRANGE};
        message(l, &(struct message){PLC, DEV, 1, PNIO_READ, 3, .match = PNIO_CALL});
        if (way == REWRITTEN)
            m.to = TOOL;
        if (way == OTHER_CALL)
            m.sequence = 4;
        if (way == LATE)
            lab_wait(l, 31000);
        message(l, &m);
        assert_int_equal(worst_of(l, "rpc_response_forged"), way == FORGED ? HIGH : NONE);
        assert_int_equal(worst_of(l, "rpc_addr_rewrite"), way == REWRITTEN ? INFO : NONE);
        lab_close(l);
    }
}

static void double_answers(void **state)
{
    for (int conflict = 0; conflict < 2; conflict++) {
        struct lab *l = lab_open();
        call(l, PLC, DEV, 1, PNIO_READ);
        reply(l, DEV, PLC, 1, PNIO_READ, 0);
        message(l, &(struct message){DEV, PLC, 1, PNIO_READ,
                                     .match = conflict ? PNIO_CONFLICT : PNIO_AGAIN});
        assert_int_equal(worst_of(l, "rpc_double_response"), conflict ? MEDIUM : NONE);
        lab_close(l);
    }
}

static void flood_costs_frames(void **state)
{
    struct lab *l = lab_open();

    data(l, DEV, PLC, RUNS, 5); // before it: not its doing
    lab_wait(l, 30000);
    for (unsigned i = 0; i < 300; i++) {
        identify(l, EVIL, ALL, i, NULL);
        if (i == 200)
            data(l, DEV, PLC, RUNS, 7);
        lab_wait(l, 1);
    }
    assert_int_equal(worst_of(l, "dcp_identify_flood"), HIGH);
    for (struct event *e = l->out.first; e; e = e->next) {
        const struct ev_notice *v = (const void *)e;
        if (e->id == EV_notice && !strcmp(v->note, "dcp_identify_flood"))
            assert_non_null(
                memmem(v->evidence.p, v->evidence.n, "7 cyclic frames were lost", 25));
    }
    lab_close(l);
}

static void startup_timeout(void **state)
{
    enum { TEN = 100 };
    enum { SEAM = 5000, ACCESS = 1, PRM_END = 2, READY = 4 };
    static const struct {
        unsigned wait, starts, what;
        int severity;
    } row[] = {{9, 1, 0, NONE},       {12, 1, 0, LOW},         {12, 3, 0, MEDIUM},
               {12, 1, ACCESS, NONE}, {299, 1, PRM_END, NONE}, {302, 1, PRM_END, LOW},
               {302, 1, READY, NONE}, {SEAM, 1, 0, NONE}};

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct lab *l = lab_open();
        for (unsigned n = 1; n <= row[i].starts; n++) {
            struct ev_profinet_connect e = {.head = head(l, EV_profinet_connect, PLC, DEV),
                                            .ar_uuid = uuid(n),
                                            .type = 1,
                                            .properties =
                                                row[i].what == ACCESS ? DEVICE_ACCESS : 0,
                                            .timeout = TEN,
                                            .src_mac = station(PLC),
                                            .dst_mac = station(DEV)};
            tick(l);
            plant_event(l->plant, &e.head);
            call(l, PLC, DEV, n, PNIO_CONNECT);
            reply(l, DEV, PLC, n, PNIO_CONNECT, 0);
            if (row[i].what == PRM_END) {
                message(l, &(struct message){PLC, DEV, n, PNIO_CONTROL, .match = PNIO_CALL,
                                             .command = PNIO_PRM_END});
                reply(l, DEV, PLC, n, PNIO_CONTROL, 0);
            }
            if (row[i].what == READY) {
                message(l, &(struct message){DEV, PLC, n, PNIO_CONTROL, 7, PNIO_CALL,
                                             CONTROLLER_CALL, 0, PNIO_APPLICATION_READY});
                message(l, &(struct message){PLC, DEV, n, PNIO_CONTROL, 7, PNIO_ANSWER,
                                             CONTROLLER_CALL, 0, PNIO_COMMAND_DONE});
            }
            if (row[i].wait == SEAM)
                l->out.ts += SEAM * SECOND;
            else
                lab_wait(l, row[i].wait * 1000);
            tick(l);
        }
        assert_int_equal(worst_of(l, "pn_ar_startup_timeout"), row[i].severity);
        lab_close(l);
    }
}

// Read Implicit of the same record at so many devices, so many seconds apart.
static void read_scan(void **state)
{
    enum { IM0 = 0xaff0, OTHER = 0x8071, READ_IMPLICIT = 5 };
    static const struct {
        unsigned devices, apart, index;
        int severity;
    } row[] = {
        {9, 1, IM0, NONE}, {10, 1, IM0, MEDIUM}, {10, 8, IM0, NONE}, {10, 1, OTHER, NONE}};

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct lab *l = lab_open();
        for (unsigned n = 0; n < 2 * row[i].devices; n++) {
            unsigned to = 20 + n % row[i].devices;
            struct ev_profinet_io_cm e = {.head = head(l, EV_profinet_io_cm, TOOL, to),
                                          .source_h = ip(TOOL),
                                          .destination_h = ip(to),
                                          .src_mac = station(TOOL),
                                          .dst_mac = station(to),
                                          .interface = 1,
                                          .opnum = READ_IMPLICIT,
                                          .index = (uint16_t)row[i].index,
                                          .match = PNIO_CALL};
            plant_event(l->plant, &e.head);
            lab_wait(l, row[i].apart * 1000);
        }
        assert_int_equal(worst_of(l, "pn_read_im_scan"), row[i].severity);
        lab_close(l);
    }
}

static void identity_mismatch(void **state)
{
    for (int which = 0; which < 3; which++) { // the same, another, an object that says nothing
        struct lab *l = lab_open();
        struct ev_profinet_connect e = {.head = head(l, EV_profinet_connect, PLC, DEV),
                                        .ar_uuid = uuid(1),
                                        .type = 1,
                                        .names_device = which < 2,
                                        .device_id = which ? 7 : 1,
                                        .vendor_id = 0x002a,
                                        .src_mac = station(PLC),
                                        .dst_mac = station(DEV)};
        meet(l, PLC, DEV, "io", 0);
        plant_event(l->plant, &e.head);
        call(l, PLC, DEV, 1, PNIO_CONNECT);
        reply(l, DEV, PLC, 1, PNIO_CONNECT, 0);
        assert_int_equal(worst_of(l, "pn_identity_mismatch"), which == 1 ? MEDIUM : NONE);
        lab_close(l);
    }
}

static unsigned relations_told(struct lab *l)
{
    unsigned n = 0;

    for (const struct event *e = lab_news(l); e; e = e->next)
        n += e->id == EV_profinet_ar || e->id == EV_profinet_rt;
    return n;
}

// What is over is told some seconds later, and only once.
static void told_when_over(void **state)
{
    struct lab *l = lab_open();

    l->out.wanted = UINT64_MAX;
    run(l, PLC, DEV, 1);
    data(l, DEV, PLC, RUNS, 0);
    lab_wait(l, 5000);
    data(l, DEV, PLC, RUNS, 0);
    release(l, PLC, DEV, 1);
    lab_wait(l, 5000);
    assert_int_equal(relations_told(l), 0);
    lab_wait(l, 10000);
    assert_int_equal(relations_told(l), 1);
    lab_wait(l, 60000);
    assert_int_equal(relations_told(l), 1); // the data
    lab_wait(l, 60000);
    assert_int_equal(relations_told(l), 0);
    assert_null(relation(l, 0));
    lab_close(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes),
        cmocka_unit_test(many_stay_bounded),
        cmocka_unit_test(refused),
        cmocka_unit_test(unknown_controller),
        cmocka_unit_test(flapping),
        cmocka_unit_test(taken_over),
        cmocka_unit_test(supervisor),
        cmocka_unit_test(foreign_release),
        cmocka_unit_test(foreign_write),
        cmocka_unit_test(provider_stopped),
        cmocka_unit_test(forged_answers),
        cmocka_unit_test(double_answers),
        cmocka_unit_test(flood_costs_frames),
        cmocka_unit_test(startup_timeout),
        cmocka_unit_test(told_when_over),
        cmocka_unit_test(read_scan),
        cmocka_unit_test(identity_mismatch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
