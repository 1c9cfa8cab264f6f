// SPDX-License-Identifier: Apache-2.0
// PROFINET IO context manager: which call lets the device call back, and from where.
#include "proto/lab.h"

enum {
    UDP = 17,
    MANAGER = 34964,
    DEVICE = 1,
    CONTROLLER = 2,
    REQUEST = 0,
    RESPONSE = 2,
    FAULT = 3
};

static const struct addr controller = {{192, 168, 1, 3}, ADDR_IP4};
static const struct addr device = {{192, 168, 1, 2}, ADDR_IP4};

struct call {
    uint8_t type, interface, opnum, sequence, block, status, fragment;
};

// A call with a body of 26 bytes, big-endian.
static struct slice datagram(uint8_t *b, const struct call *c)
{
    static const uint8_t interface[] = {0xde, 0xa0, 0, 0,    0x6c, 0x97, 0x11, 0xd1,
                                        0x82, 0x71, 0, 0xa0, 0x24, 0x42, 0xdf, 0x7d};

    memset(b, 0, 106);
    b[0] = 4;
    b[1] = c->type;
    b[2] = c->fragment ? 0x24 : 0x20;
    memcpy(b + 24, interface, 16);
    b[27] = c->interface;
    b[48] = 0x80;
    b[63] = 1;
    b[67] = c->sequence;
    b[69] = c->opnum;
    b[75] = 26;
    b[77] = c->fragment;
    b[80] = c->status;
    b[100] = 1;
    b[101] = c->block;
    return slice_of(b, 106);
}

static void say_call(struct lab *l, struct call c)
{
    uint8_t b[106];
    struct slice s = datagram(b, &c);
    bool asks = c.type == REQUEST;

    l->packet.src = asks ? controller : device;
    l->packet.dst = asks ? device : controller;
    l->packet.payload_len = s.n;
    feed_data(l->feeds, &l->x, s, asks ? ORIG : RESP);
}

// What would a conversation to the controller be taken for?
static const char *expected(struct lab *l, struct addr from, uint16_t port, nsec ts)
{
    uint8_t b[106];
    const struct call call = {
        .type = REQUEST, .interface = CONTROLLER, .opnum = 4, .block = 0x12};
    struct packet p = {.src = from,
                       .dst = controller,
                       .sport = 1025,
                       .dport = port,
                       .net = NET_IP4,
                       .ip_proto = UDP,
                       .has_ports = true,
                       .has_transport = true,
                       .frames = 1,
                       .payload_len = 106,
                       .ip_len = 134,
                       .ts = ts,
                       .payload = datagram(b, &call)};

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
    say_call(&l,
             (struct call){.type = REQUEST, .interface = DEVICE, .opnum = 4, .block = 0x10});
    say_call(&l, (struct call){.type = RESPONSE, .interface = DEVICE, .opnum = 4});
    assert_string_equal(expected(&l, device, MANAGER, 11 * SECOND), "profinet_io_cm");
    end(&l);
}

static void nothing_else_does(void **state)
{
    static const struct call pairs[][2] = {
        {{REQUEST, DEVICE, 0, 0, 1, 0, 0}, {RESPONSE, DEVICE, 0, 0, 1, 0xdb, 0}}, // refused
        {{REQUEST, DEVICE, 0, 0, 1, 0, 0}, {RESPONSE, DEVICE, 0, 1, 1, 0, 0}},    // another's
        {{REQUEST, DEVICE, 0, 0, 1, 0, 0}, {FAULT, DEVICE, 0, 0, 1, 0, 0}},
        {{REQUEST, DEVICE, 2, 0, 9, 0, 0}, {RESPONSE, DEVICE, 2, 0, 9, 0, 0}}, // a read
        {{REQUEST, DEVICE, 4, 0, 0x12, 0, 0}, {RESPONSE, DEVICE, 4, 0, 0x12, 0, 0}},
        {{REQUEST, CONTROLLER, 0, 0, 1, 0, 0}, {RESPONSE, CONTROLLER, 0, 0, 1, 0, 0}},
        {{RESPONSE, DEVICE, 0, 0, 1, 0, 0}, {RESPONSE, DEVICE, 0, 0, 1, 0, 0}},
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

static void damaged(void **state)
{
    uint8_t b[106];
    const struct call c = {.type = REQUEST, .interface = DEVICE};
    struct lab l;

    begin(&l);
    for (uint32_t n = 1; n < 106; n++) {
        l.packet.payload_len = n;
        feed_data(l.feeds, &l.x, slice_of(datagram(b, &c).p, n), ORIG);
    }
    assert_int_equal(try_datagram(&proto_profinet_io_cm, datagram(b, &c)), YES);
    b[75]++;
    assert_int_equal(try_datagram(&proto_profinet_io_cm, slice_of(b, 106)), NO);
    assert_int_equal(try_noise(&proto_profinet_io_cm, false, 10000), 0);
    end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_announces),
        cmocka_unit_test(parameter_end_announces),
        cmocka_unit_test(nothing_else_does),
        cmocka_unit_test(damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
