// SPDX-License-Identifier: Apache-2.0
// Cyclic data and alarms of PROFINET: cycles, what is lost, repeated, late; when it is told;
// alarms with their acknowledgements; frames that lie.
#include "proto/profinet/wire_test.h"

#include "base/cur.h"

enum { RUNS = 0x35, STOPPED = 0x25, CYCLE = 256 };
#define CYCLE_TIME (8 * (nsec)MSEC)

static const struct mac plc = {{2, 0, 0, 0, 0, 1}}, io = {{2, 0, 0, 0, 0, 2}};

static void forget(struct wire *w)
{
    w->out.first = NULL;
    w->out.last = &w->out.first;
}

static void cyclic(struct wire *w, const struct mac *from, uint16_t id, uint16_t counter,
                   uint8_t status)
{
    uint8_t b[46] = {(uint8_t)(id >> 8), (uint8_t)id};

    b[42] = (uint8_t)(counter >> 8);
    b[43] = (uint8_t)counter;
    b[44] = status;
    wire_send(w, from, from == &io ? &plc : &io, slice_of(b, sizeof(b)));
}

static void tick(struct wire *w)
{
    w->x.packet = NULL;
    proto_profinet.tick(&w->x, w->state, w->out.ts, false);
    w->x.packet = &w->packet;
}

static const void *event_of(const struct wire *w, enum event_id id, unsigned n)
{
    for (const struct event *e = w->out.first; e; e = e->next)
        if (e->id == id && n-- == 0)
            return e;
    return NULL;
}

static const struct ev_profinet_cyclic *sums(const struct wire *w, unsigned n)
{
    return event_of(w, EV_profinet_cyclic, n);
}

static const struct ev_profinet_alarm *alarm(const struct wire *w, unsigned n)
{
    return event_of(w, EV_profinet_alarm, n);
}

// ---------------------------------------------------------------- cyclic data

// Frames in their cycle, so many; then a tick.
static void run(struct wire *w, uint16_t *counter, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        w->out.ts += CYCLE_TIME;
        *counter = (uint16_t)(*counter + CYCLE);
        cyclic(w, &io, 0x8001, *counter, RUNS);
    }
}

static void told_at_first_and_each_second(void **state)
{
    struct wire *w = *state;
    uint16_t counter = 0xff00; // it wraps

    run(w, &counter, 1);
    assert_int_equal(sums(w, 0)->frames, 1);
    forget(w);
    run(w, &counter, 100);
    assert_null(sums(w, 0));
    tick(w);
    const struct ev_profinet_cyclic *e = sums(w, 0);
    assert_int_equal(e->frames, 100);
    assert_int_equal(e->bytes, 100 * 46);
    assert_int_equal(e->step, CYCLE);
    assert_int_equal(e->lost + e->repeated + e->reordered, 0);
    assert_int_equal(e->length, 40);
    assert_int_equal(e->status, RUNS);
    assert_int_equal(e->jitter_most, 0);
    forget(w);
    tick(w); // nothing new
    assert_null(sums(w, 0));
}

static void lost_repeated_reordered(void **state)
{
    struct wire *w = *state;
    uint16_t counter = 0;

    run(w, &counter, 50);
    counter += 3 * CYCLE; // three are missing
    run(w, &counter, 10);
    cyclic(w, &io, 0x8001, counter, RUNS);                         // again
    cyclic(w, &io, 0x8001, (uint16_t)(counter - 2 * CYCLE), RUNS); // late
    run(w, &counter, 10);
    forget(w);
    tick(w);
    assert_int_equal(sums(w, 0)->lost, 3);
    assert_int_equal(sums(w, 0)->repeated, 1);
    assert_int_equal(sums(w, 0)->reordered, 1);
}

static void jitter(void **state)
{
    struct wire *w = *state;
    uint16_t counter = 0;

    run(w, &counter, 20);
    w->out.ts += 2 * (nsec)MSEC;
    run(w, &counter, 1);
    forget(w);
    tick(w);
    assert_int_equal(sums(w, 0)->jitter_most, 2 * MSEC);
    assert_int_equal(sums(w, 0)->jitter_sum, 2 * MSEC);
}

static void status_is_told_at_once(void **state)
{
    struct wire *w = *state;
    uint16_t counter = 0;

    run(w, &counter, 5);
    forget(w);
    cyclic(w, &io, 0x8001, (uint16_t)(counter + CYCLE), STOPPED);
    assert_int_equal(sums(w, 0)->status, STOPPED);
    assert_int_equal(sums(w, 0)->frames, 5); // all since the first
}

static void silence_begins_anew(void **state)
{
    struct wire *w = *state;
    uint16_t counter = 0;

    run(w, &counter, 5);
    w->out.ts += 10 * SECOND;
    counter += 100 * CYCLE;
    forget(w);
    run(w, &counter, 1);
    tick(w);
    assert_int_equal(sums(w, 0)->frames, 4); // what was before the silence
    assert_int_equal(sums(w, 1)->frames, 1);
    assert_int_equal(sums(w, 1)->lost, 0);
}

static void copies_and_cut_frames(void **state)
{
    struct wire *w = *state;
    static const uint8_t b[46] = {0x80, 0x01, [44] = RUNS};

    w->packet = (struct packet){.payload = slice_of(b, 20),
                                .frame = slice_of(b, 20),
                                .wire_len = 46,
                                .src_mac = io,
                                .dst_mac = plc};
    proto_profinet.frame(&w->x, w->state);
    assert_false(sums(w, 0)->has_tail);
    forget(w);
    w->packet.copy = true;
    proto_profinet.frame(&w->x, w->state);
    tick(w);
    assert_null(sums(w, 0));
    wire_send(w, &plc, &io, slice_of(b, 1)); // not even a FrameID
    wire_send(w, &plc, &io, slice_of(b, 3));
    assert_false(sums(w, 0)->has_tail);
}

// More pairs than there is room for: each frame is told, none is lost.
static void more_than_there_is_room_for(void **state)
{
    enum { PAIRS = 4 * CYCLIC_PAIRS };
    struct wire *w = *state;
    uint64_t frames = 0;

    for (unsigned round = 0; round < 3; round++)
        for (unsigned id = 0; id < PAIRS; id++)
            cyclic(w, &io, (uint16_t)(0x8000 + id), (uint16_t)(round * CYCLE), RUNS);
    tick(w);
    for (unsigned i = 0; sums(w, i); i++)
        frames += sums(w, i)->frames;
    assert_int_equal(frames, 3 * PAIRS);
}

// ---------------------------------------------------------------- alarms

// RTA data: a diagnosis of slot 1 with a broken wire; its acknowledgement.
#define HEAD "\xfc\x01\0\1\0\2\x11\x11\xff\xff\xff\xfe"
#define WIRE_BREAK                                                                             \
    HEAD "\0\x22\0\1\0\x1e\1\0\0\1\0\0\0\0\0\1\0\1\0\0\0\x20\0\0\0\1\1\xa8"                    \
         "\x80\0\0\3\x0a\5\0\6"
#define ACKNOWLEDGE HEAD "\0\x16\x80\1\0\x12\1\0\0\1\0\0\0\0\0\1\0\1\1\xa8\0\0\0\0"

static void acknowledged(void **state)
{
    struct wire *w = *state;

    wire_send(w, &io, &plc, BYTES(WIRE_BREAK));
    wire_send(w, &io, &plc, BYTES(WIRE_BREAK)); // again
    assert_null(alarm(w, 0));
    w->out.ts += MSEC;
    wire_send(w, &plc, &io, BYTES(ACKNOWLEDGE));
    const struct ev_profinet_alarm *e = alarm(w, 0);
    assert_string_equal(e->state, "acknowledged");
    assert_string_equal(e->priority, "high");
    assert_int_equal(e->sent, 2);
    assert_int_equal(e->slot, 1);
    assert_int_equal(e->packet, 1);
    assert_int_equal(e->ack_packet, 3);
    assert_non_null(memmem(e->diagnosis.p, e->diagnosis.n, "channel 3", 9));
    forget(w);
    wire_send(w, &plc, &io, BYTES(ACKNOWLEDGE)); // of nothing
    assert_null(alarm(w, 0));
}

static void nobody_acknowledges(void **state)
{
    struct wire *w = *state;

    wire_send(w, &io, &plc, BYTES(WIRE_BREAK));
    w->out.ts += 5 * SECOND;
    tick(w);
    assert_null(alarm(w, 0));
    w->out.ts += 6 * SECOND;
    tick(w);
    assert_string_equal(alarm(w, 0)->state, "unacknowledged");
    forget(w);
    tick(w);
    assert_null(alarm(w, 0)); // once
}

static void errors(void **state)
{
    struct wire *w = *state;

    wire_send(w, &io, &plc, BYTES("\xfe\1\0\1\0\1\x14\x11\xff\xff\xff\xfe\0\4\xcf\x81\xfd\5"));
    assert_string_equal(alarm(w, 0)->kind, "error");
    assert_int_equal(alarm(w, 0)->status, 0xcf81fd05);
}

static void malformed(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t n;
    } row[] = {
        {"\xfe\1\0\1\0\1\x14\x11\xff\xff\xff\xfe\0\4\xcf\x81\xfd", 17},   // cut
        {"\xfe\1\0\1\0\1\x14\x11\xff\xff\xff\xfe\0\2\xcf\x81", 16},       // no status
        {"\xfe\1\0\1\0\1\x24\x11\xff\xff\xff\xfe\0\4\xcf\x81\xfd\5", 18}, // version 2
        {"\xfe\1\0\1\0\1\x11\x11\xff\xff\xff\xfe\0\4\0\1\0\x1e", 18},     // no block
        {"\xfe\1\0\1\0\1\x11\x11\xff\xff\xff\xfe\0\6\0\1\0\2\1\0", 20},   // ends in its head
        {"\xfe\1\0\1\0\1\x11\x11\xff\xff\xff\xfe\0\6\0\7\0\2\1\0", 20},   // no alarm
        {"\xfe\1\0\1\0\1\x11\x11\xff\xff\xff\xfe\0\6\x80\1\0\2\1\0", 20}, // nor this
        {"\xfe\1\0\1", 4},
    };
    struct wire *w = *state;

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        forget(w);
        wire_send(w, &io, &plc, slice_of(row[i].bytes, row[i].n));
        assert_string_equal(alarm(w, 0)->kind, "malformed");
    }
}

// The oldest makes room, and is told.
static void many_alarms(void **state)
{
    struct wire *w = *state;
    uint8_t b[sizeof(WIRE_BREAK) - 1];

    memcpy(b, WIRE_BREAK, sizeof(b));
    for (unsigned i = 0; i < ALARMS + 5; i++) {
        w->out.ts += MSEC;
        b[27] = (uint8_t)i; // slot
        wire_send(w, &io, &plc, slice_of(b, sizeof(b)));
    }
    assert_string_equal(alarm(w, 4)->state, "unacknowledged");
    assert_int_equal(alarm(w, 4)->slot, 4);
    assert_null(alarm(w, 5));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_wire, close_wire)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(told_at_first_and_each_second),
        TEST(lost_repeated_reordered),
        TEST(jitter),
        TEST(status_is_told_at_once),
        TEST(silence_begins_anew),
        TEST(copies_and_cut_frames),
        TEST(more_than_there_is_room_for),
        TEST(acknowledged),
        TEST(nobody_acknowledges),
        TEST(errors),
        TEST(malformed),
        TEST(many_alarms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
