// SPDX-License-Identifier: Apache-2.0
// PROFINET IO context manager: calls, answers and fragments in words; what lies; and
// which call lets the device call back, and from where.
#include "event/pnio.h"
#include "proto/lab.h"

enum {
    UDP = 17,
    MANAGER = 34964,
    DEVICE = 1,
    CONTROLLER = 2,
    REQUEST = 0,
    RESPONSE = 2,
    FAULT = 3,
    HEADER = 80,
    LENGTHS = 20,
    MOST = 2000
};

static const struct addr controller = {{192, 168, 1, 3}, ADDR_IP4};
static const struct addr device = {{192, 168, 1, 2}, ADDR_IP4};

struct call {
    uint8_t type, interface, opnum, sequence, flags, fragment;
    bool little;
    uint32_t status; // of an answer
    const char *blocks;
    uint32_t n;
};
#define ASKS(op)     .type = REQUEST, .interface = DEVICE, .opnum = (op)
#define ANSWERS(op)  .type = RESPONSE, .interface = DEVICE, .opnum = (op)
#define BLOCKS(text) .blocks = (text), .n = sizeof(text) - 1

#define UUID       "\x01\x02\x03\x04\x05\x06\x07\x08\x89\x0a\x0b\x0c\x0d\x0e\x0f\x10"
#define UUID_WORDS "01020304-0506-0708-890a-0b0c0d0e0f10"
#define ZEROS_8    "\0\0\0\0\0\0\0\0"
#define CONNECT_BLOCK                                                                          \
    "\x01\x01\0\x3a\1\0\0\1" UUID "\0\7\2\0\0\0\0\1" ZEROS_8 ZEROS_8                           \
    "\0\0\0\1\2\x58\x88\x92\0\4plc1"
#define CONTROL_BLOCK(type, command) type "\0\x1c\1\0\0\0" UUID "\0\7\0\0\0" command "\0\0"
#define PRM_END                      CONTROL_BLOCK("\x01\x10", "\1")
#define READY                        CONTROL_BLOCK("\x01\x12", "\2")

static uint8_t *put(uint8_t *p, uint32_t v, int size, bool little)
{
    for (int i = 0; i < size; i++)
        p[i] = (uint8_t)(v >> 8 * (little ? i : size - 1 - i));
    return p + size;
}

// A call; the body of a first fragment says that all are twice as long.
static struct slice datagram(uint8_t *b, const struct call *c)
{
    static const uint8_t big[] = {0xde, 0xa0, 0, 0,    0x6c, 0x97, 0x11, 0xd1,
                                  0x82, 0x71, 0, 0xa0, 0x24, 0x42, 0xdf, 0x7d};
    static const uint8_t order[8] = {3, 2, 1, 0, 5, 4, 7, 6};
    uint32_t lengths = c->fragment ? 0 : LENGTHS, n = c->flags & 4 ? 2 * c->n : c->n;

    memset(b, 0, HEADER);
    b[0] = 4;
    b[1] = c->type;
    b[2] = c->flags ? c->flags : 0x20;
    b[4] = c->little ? 0x10 : 0;
    memcpy(b + 24, big, 16);
    b[27] = c->interface;
    if (c->little) {
        uint8_t was[8];
        memcpy(was, b + 24, 8);
        for (int i = 0; i < 8; i++)
            b[24 + i] = was[order[i]];
    }
    b[48] = 0x80;
    put(b + 60, 1, 4, c->little);
    put(b + 64, c->sequence, 4, c->little);
    put(b + 68, c->opnum, 2, c->little);
    put(b + 74, lengths + c->n, 2, c->little);
    put(b + 76, c->fragment, 2, c->little);
    uint8_t *p = b + HEADER;
    if (!c->fragment) {
        p = put(p, c->type == REQUEST ? 4096 : c->status, 4, c->little);
        p = put(p, n, 4, c->little);
        p = put(p, 4096, 4, c->little);
        p = put(p, 0, 4, c->little);
        p = put(p, n, 4, c->little);
    }
    if (c->n)
        memcpy(p, c->blocks, c->n);
    return slice_of(b, HEADER + lengths + c->n);
}

static void give(struct lab *l, struct slice s, bool asks)
{
    l->packet.src = asks ? controller : device;
    l->packet.dst = asks ? device : controller;
    l->packet.payload_len = s.n;
    feed_data(l->feeds, &l->x, s, asks ? ORIG : RESP);
}

static void say_call(struct lab *l, struct call c)
{
    uint8_t b[MOST];

    give(l, datagram(b, &c), c.type == REQUEST);
}

static const struct ev_profinet_io_cm *told(const struct lab *l, unsigned n)
{
    return (const void *)lab_event(l, EV_profinet_io_cm, n);
}

static bool holds(struct slice s, const char *words)
{
    return s.p && memmem(s.p, s.n, words, strlen(words));
}

// What would a conversation to the controller be taken for?
static const char *expected(struct lab *l, struct addr from, uint16_t port, nsec ts)
{
    uint8_t b[MOST];
    const struct call call = {
        .type = REQUEST, .interface = CONTROLLER, .opnum = 4, BLOCKS(READY)};
    struct slice s = datagram(b, &call);
    struct packet p = {.src = from,
                       .dst = controller,
                       .sport = 1025,
                       .dport = port,
                       .net = NET_IP4,
                       .ip_proto = UDP,
                       .has_ports = true,
                       .has_transport = true,
                       .frames = 1,
                       .payload_len = s.n,
                       .ip_len = s.n + 28,
                       .ts = ts,
                       .payload = s};

    struct flow_ready ready;

    flows_ready(l->x.flows, &p, &ready);
    return flows_packet(l->x.flows, &p, &ready, false, &l->out)->expected;
}

static struct region region;

static void begin(struct lab *l)
{
    struct flow_limits limits = flow_defaults();
    struct flow_user no_user = {0};

    limits.talks = 64;
    lab_open(l, UDP);
    region_init(&region, flows_room(&limits));
    l->x.flows = flows_open(&limits, &no_user, &region);
    l->out.ts = 10 * SECOND;
    assert_true(feed_begin(l->feeds, &l->x, &proto_profinet_io_cm));
}

static void end(struct lab *l)
{
    flows_close(l->x.flows);
    region_close(&region);
    lab_close(l);
}

static void connect_announces(void **state)
{
    struct addr other = device;
    struct lab l;

    other.b[3] = 9;
    begin(&l);
    say_call(&l, (struct call){.type = REQUEST, .interface = DEVICE});
    assert_null(expected(&l, device, MANAGER, 10 * SECOND));
    end(&l);
    begin(&l);
    say_call(&l, (struct call){.type = REQUEST, .interface = DEVICE});
    say_call(&l, (struct call){.type = RESPONSE, .interface = DEVICE});
    assert_null(expected(&l, other, MANAGER, 11 * SECOND));
    assert_string_equal(expected(&l, device, MANAGER, 11 * SECOND), "profinet_io_cm");
    end(&l);
    begin(&l);
    say_call(&l, (struct call){.type = REQUEST, .interface = DEVICE});
    say_call(&l, (struct call){.type = RESPONSE, .interface = DEVICE});
    assert_null(expected(&l, device, MANAGER, 311 * SECOND));
    end(&l);
}

static void parameter_end_announces(void **state)
{
    struct lab l;

    begin(&l);
    say_call(&l, (struct call){ASKS(4), BLOCKS(PRM_END)});
    say_call(&l, (struct call){ANSWERS(4), .little = true});
    assert_string_equal(expected(&l, device, MANAGER, 11 * SECOND), "profinet_io_cm");
    end(&l);
}

static void nothing_else_does(void **state)
{
    static const struct call pairs[][2] = {
        {{ASKS(0)}, {ANSWERS(0), .status = 0xdb814004}}, // refused
        {{ASKS(0)}, {ANSWERS(0), .sequence = 1}},        // another's
        {{ASKS(0)}, {.type = FAULT, .interface = DEVICE, .opnum = 0, BLOCKS("\0\0\0\5")}},
        {{ASKS(2)}, {ANSWERS(2)}},
        {{ASKS(4), BLOCKS(READY)}, {ANSWERS(4)}},
        {{.type = REQUEST, .interface = CONTROLLER, .opnum = 0},
         {.type = RESPONSE, .interface = CONTROLLER, .opnum = 0}},
        {{ANSWERS(0)}, {ANSWERS(0)}},
    };

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct lab l;
        begin(&l);
        say_call(&l, pairs[i][0]);
        say_call(&l, pairs[i][1]);
        assert_null(expected(&l, device, MANAGER, 11 * SECOND));
        end(&l);
    }
}

// A call in one byte order, its answer in the other: the same relation, in words.
static void calls_and_answers(void **state)
{
    struct lab l;

    begin(&l);
    say_call(&l, (struct call){ASKS(0), BLOCKS(CONNECT_BLOCK)});
    say_call(&l, (struct call){ANSWERS(0), .little = true, .status = 0xdb814004});
    const struct ev_profinet_io_cm *ask = told(&l, 0), *answer = told(&l, 1);
    assert_string_equal(ask->operation, "Connect");
    assert_string_equal(ask->integer_encoding, "Big Endian");
    assert_memory_equal(ask->ar_uuid.p, UUID_WORDS, 36);
    assert_true(holds(ask->blocks, "\"station_name\":\"plc1\""));
    assert_string_equal(answer->integer_encoding, "Little Endian");
    assert_string_equal(answer->pairing, "answer");
    assert_memory_equal(answer->ar_uuid.p, UUID_WORDS, 36);
    assert_int_equal(answer->status, 0xdb814004);
    assert_true(holds(answer->status_text, "Connect: CMRPC: out of AR resources"));
    const struct ev_profinet_connect *c = (const void *)lab_event(&l, EV_profinet_connect, 0);
    assert_int_equal(c->type, 1);
    assert_int_equal(c->timeout, 600);
    assert_true(holds(c->name, "plc1"));
    end(&l);
}

static void repeated(void **state)
{
    static const struct call ask = {ASKS(4), BLOCKS(PRM_END)};
    struct lab l;

    begin(&l);
    say_call(&l, ask);
    say_call(&l, ask);
    say_call(&l, (struct call){ANSWERS(4)});
    say_call(&l, (struct call){ANSWERS(4)});
    say_call(&l, (struct call){ANSWERS(4), .status = 0xdd814006});
    say_call(&l, (struct call){ANSWERS(4), .sequence = 9});
    assert_int_equal(told(&l, 0)->match, PNIO_CALL);
    assert_int_equal(told(&l, 1)->match, PNIO_AGAIN);
    assert_int_equal(told(&l, 2)->match, PNIO_ANSWER);
    assert_int_equal(told(&l, 3)->match, PNIO_AGAIN);
    assert_int_equal(told(&l, 4)->match, PNIO_CONFLICT);
    assert_int_equal(told(&l, 5)->match, PNIO_STRANGE);
    end(&l);
}

// ---------------------------------------------------------------- fragments

enum { FIRST = 0x24, LAST = 0x2e, HALF = (sizeof(CONNECT_BLOCK) - 1) / 2 };

static struct call part(uint8_t number)
{
    return (struct call){.type = REQUEST,
                         .interface = DEVICE,
                         .flags = number ? LAST : FIRST,
                         .fragment = number,
                         .blocks = &CONNECT_BLOCK[number * HALF],
                         .n = HALF};
}

static void fragments_joined(void **state)
{
    static const uint8_t orders[][4] = {{0, 1}, {1, 0}, {0, 0, 1}, {1, 1, 0}};

    _Static_assert((sizeof(CONNECT_BLOCK) - 1) % 2 == 0, "two halves");
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct lab l;
        unsigned n = i < 2 ? 2 : 3;
        begin(&l);
        for (unsigned k = 0; k < n; k++)
            say_call(&l, part(orders[i][k]));
        for (unsigned k = 0; k + 1 < n; k++)
            assert_null(told(&l, k)->blocks.p);
        assert_int_equal(told(&l, n - 1)->fragments, 2);
        assert_true(holds(told(&l, n - 1)->blocks, "plc1"));
        assert_null(told(&l, n - 1)->malformed);
        assert_int_equal(lab_odds(&l, ODD_rpc_frag_conflict), 0);
        end(&l);
    }
}

static void fragments_missing(void **state)
{
    struct lab l;
    struct call other = part(0), late = part(1);

    begin(&l);
    other.blocks = &CONNECT_BLOCK[1]; // the same number, other bytes
    say_call(&l, part(0));
    say_call(&l, other);
    assert_int_equal(lab_odds(&l, ODD_rpc_frag_conflict), 1);
    l.out.ts += 11 * SECOND;
    say_call(&l, late);
    assert_int_equal(lab_odds(&l, ODD_rpc_frag_lost), 1);
    assert_null(told(&l, 2)->blocks.p);
    for (unsigned i = 2; i < 200; i++) { // more than anybody keeps
        struct call c = part(1);
        c.flags = FIRST;
        c.fragment = (uint8_t)i;
        say_call(&l, c);
    }
    assert_int_equal(lab_odds(&l, ODD_rpc_frag_lost), 2);
    end(&l);
}

// ---------------------------------------------------------------- damage

static void lengths_lie(void **state)
{
    static const struct {
        uint8_t at, value;
        const char *words;
    } lie[] = {
        {87, 0, "ActualCount is not ArgsLength"},
        {90, 0, "ArgsLength is more than MaximumCount"},
        {95, 1, "the offset of the arguments is not 0"},
        {103, 200, "a block runs over the end"},
        {103, 0, "a block without a version"},
        {157, 200, "a block is shorter than what it must hold"},
    };

    for (size_t i = 0; i < COUNT_OF(lie); i++) {
        const struct call c = {ASKS(0), BLOCKS(CONNECT_BLOCK)};
        uint8_t b[MOST];
        struct slice s = datagram(b, &c);
        struct lab l;
        begin(&l);
        b[lie[i].at] = lie[i].value;
        give(&l, s, true);
        assert_string_equal(told(&l, 0)->malformed, lie[i].words);
        assert_int_equal(lab_odds(&l, ODD_pnio_malformed), 1);
        if (i < 3)
            assert_null(lab_event(&l, EV_profinet_connect, 0));
        end(&l);
    }
}

static void damaged(void **state)
{
    const struct call c = {ASKS(0), BLOCKS(CONNECT_BLOCK)};
    uint8_t b[MOST];
    struct slice s = datagram(b, &c);
    struct lab l;

    begin(&l);
    for (uint32_t n = 1; n < s.n; n++) {
        l.packet.payload_len = n;
        feed_data(l.feeds, &l.x, slice_of(b, n), ORIG);
    }
    assert_int_equal(try_datagram(&proto_profinet_io_cm, s), YES);
    b[75]++;
    assert_int_equal(try_datagram(&proto_profinet_io_cm, s), NO);
    assert_int_equal(try_noise(&proto_profinet_io_cm, false, 10000), 0);
    end(&l);
}

static void words(void **state)
{
    static const struct {
        uint32_t status;
        const char *words;
    } known[] = {
        {0, "ok"},
        {0xdb810105, "Connect: faulty ARBlockReq: parameter 5"},
        {0xdf80b000, "Write: invalid index"},
        {0xde80b207, "Read: invalid slot or subslot, code 7 of the user"},
        {0xcf81fd05, "RTA error: protocol of alarms: consumer's data hold time expired"},
        {0x11223344, "error 0x11: faulty IOCRBlockRes: parameter 68"},
    };
    struct text t = {0};

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        text_clear(&t);
        pnio_status(&t, known[i].status);
        assert_int_equal(t.n, strlen(known[i].words));
        assert_memory_equal(t.p, known[i].words, t.n);
    }
    assert_string_equal(pnio_word(PNIO_block, 0x0001), "Alarm Notification High"); // the first
    assert_string_equal(pnio_word(PNIO_submodule, 3), "no submodule");             // the last
    assert_string_equal(pnio_word(PNIO_block, 0x8118), "PrmBeginRes");
    assert_null(pnio_word(PNIO_block, 0x8119));
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_announces), cmocka_unit_test(parameter_end_announces),
        cmocka_unit_test(nothing_else_does), cmocka_unit_test(calls_and_answers),
        cmocka_unit_test(repeated),          cmocka_unit_test(fragments_joined),
        cmocka_unit_test(fragments_missing), cmocka_unit_test(lengths_lie),
        cmocka_unit_test(damaged),           cmocka_unit_test(words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
