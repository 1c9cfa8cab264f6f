// SPDX-License-Identifier: Apache-2.0
// TCP streams against a model that keeps one cell for each byte: thousands of random scripts of
// segments, copies, overlaps, forgeries, cuts and acknowledgements must tell exactly the same.
#include "stream/probe_test.h"
#include "stream/segments.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

enum { PLACES = 12000, SCRIPTS = 4000 };

// A log of what was told: a value for each place, in order: the byte, or GAP. Skipped bytes are
// not in it.
enum { GAP = 256 };
struct told {
    uint16_t what[PLACES];
    uint32_t n, gaps;
};

enum cell { UNSEEN, HERE, CUT };
struct model {
    uint8_t cell[PLACES], byte[PLACES];
    uint32_t next, acked;
    bool skip;
    struct told told;
};

struct script {
    struct probe probe;
    struct segments *s;
    struct stream d;
    struct stream_user u;
    struct told told;
    struct model m;
    uint64_t random;
    uint32_t longest, text;
    bool forge, cut;
    uint8_t byte[PLACES];
};

static void told_add(struct told *t, uint16_t what)
{
    assert_true(t->n < PLACES);
    t->what[t->n++] = what;
    t->gaps += what == GAP;
}

static void on_data(void *user, struct slice bytes)
{
    struct script *t = user;

    for (uint32_t i = 0; i < bytes.n; i++)
        told_add(&t->told, bytes.p[i]);
}

static void on_gap(void *user, uint64_t lost)
{
    struct script *t = user;

    assert_true(lost <= PLACES);
    for (uint64_t i = 0; i < lost; i++)
        told_add(&t->told, GAP);
}

static void model_step(struct model *m)
{
    if (m->cell[m->next] != HERE)
        told_add(&m->told, GAP);
    else if (!m->skip)
        told_add(&m->told, m->byte[m->next]);
    m->next++;
}

static void model_drain(struct model *m)
{
    while (m->next < PLACES && m->cell[m->next] != UNSEEN)
        model_step(m);
}

// Whether the segment differs from what must still be known.
static bool model_data(struct model *m, uint32_t at, const uint8_t *p, uint32_t there,
                       uint32_t n)
{
    bool differs = false;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t place = at + i;

        if (m->cell[place] == HERE && place >= m->acked && i < there)
            differs |= m->byte[place] != p[i];
        if (place < m->next || m->cell[place] != UNSEEN)
            continue;
        m->cell[place] = i < there ? HERE : CUT;
        if (i < there)
            m->byte[place] = p[i];
    }
    model_drain(m);
    return differs && !m->skip;
}

static void model_ack(struct model *m, uint32_t upto)
{
    while (m->next < upto) {
        model_step(m);
        model_drain(m);
    }
    if (upto > m->acked)
        m->acked = upto;
}

static void check_lists(const struct script *t)
{
    uint64_t place = 0, unacked = 0, held = 0;
    uint32_t blocks = 0;

    for (struct block *b = block_of(t->s, t->d.kept_first); b; b = block_of(t->s, b->next)) {
        assert_true(b->n && b->at >= place && b->at >= t->d.acked && b->kind == BLOCK_BYTES);
        place = block_end(b);
        unacked += b->n;
        blocks++;
    }
    assert_true(place <= t->d.next && t->d.acked <= t->d.next);
    place = t->d.next + 1;
    for (struct block *b = block_of(t->s, t->d.held_first); b; b = block_of(t->s, b->next)) {
        assert_true(b->n && b->at >= place);
        place = block_end(b);
        held += b->kind == BLOCK_BYTES ? b->n : 0;
        blocks++;
    }
    assert_int_equal(unacked, t->d.unacked);
    assert_int_equal(held, t->d.held);
    assert_int_equal(blocks, t->d.blocks);
    assert_int_equal(blocks, t->s->slab.used);
    assert_true(blocks <= STREAM_BLOCKS && held <= STREAM_HELD && unacked <= STREAM_UNACKED);
}

// Where the next segment begins: mostly close to what comes next, sometimes anywhere.
static uint32_t choose_place(struct script *t)
{
    uint32_t low, at;

    if (!probe_random(&t->random, 8))
        return probe_random(&t->random, t->text);
    low = (uint32_t)(t->d.next > t->longest ? t->d.next - t->longest : 0);
    at = low + probe_random(&t->random, t->longest * 3);
    return at < t->text ? at : t->text - 1;
}

static uint32_t step_data(struct script *t, bool *differs)
{
    uint32_t at = choose_place(t), n = 1 + probe_random(&t->random, t->longest), there;
    uint8_t now[PLACES];

    if (!probe_random(&t->random, 3))
        at = t->d.next < t->text ? (uint32_t)t->d.next : t->text - 1;
    n = min_u32(n, t->text - at);
    there = t->cut && !probe_random(&t->random, 4) ? probe_random(&t->random, n + 1) : n;
    memcpy(now, t->byte + at, n);
    if (t->forge && !probe_random(&t->random, 6))
        now[probe_random(&t->random, n)] ^= 0x40;
    *differs = model_data(&t->m, at, now, there, n);
    stream_data(t->s, &t->d, at, slice_of(now, there), n, &t->u, &t->probe.out);
    return n;
}

static void step_ack(struct script *t)
{
    uint32_t upto = (uint32_t)t->d.next;

    if (!probe_random(&t->random, 6))
        upto = min_u32(upto + probe_random(&t->random, t->longest * 2), t->text);
    else if (upto && probe_random(&t->random, 2))
        upto -= probe_random(&t->random, min_u32(upto, t->longest));
    model_ack(&t->m, upto);
    stream_ack(t->s, &t->d, upto, &t->u, &t->probe.out);
}

static void script_open(struct script *t, uint64_t seed, uint32_t pool)
{
    memset(t, 0, sizeof(*t));
    probe_open(&t->probe);
    t->u = (struct stream_user){t, on_data, on_gap, NULL};
    t->random = seed;
    t->s = segments_open(pool, NULL);
    t->text = 200 + probe_random(&t->random, PLACES - 400);
    t->longest = 1 + probe_random(&t->random, probe_random(&t->random, 2) ? 30 : 3000);
    t->text = min_u32(t->text, t->longest * 100 + 50);
    for (uint32_t i = 0; i < t->text; i++)
        t->byte[i] = (uint8_t)probe_random(&t->random, 256);
}

static void script_close(struct script *t)
{
    stream_end(t->s, &t->d, false, &t->u, &t->probe.out);
    assert_int_equal(t->s->slab.used, 0);
    segments_close(t->s);
    probe_close(&t->probe);
}

static void run_script(struct script *t, uint64_t seed)
{
    script_open(t, seed, SEGMENT_POOL);
    t->forge = seed % 3 == 0;
    t->cut = seed % 5 == 0;
    for (uint32_t i = 0; i < 150; i++) {
        bool differs = false;

        probe_clear(&t->probe);
        if (seed % 7 == 0 && i == 60)
            t->d.skip = t->m.skip = true;
        if (probe_random(&t->random, 4))
            step_data(t, &differs);
        else
            step_ack(t);
        assert_int_equal(t->d.next, t->m.next);
        assert_int_equal(t->d.acked, t->m.acked);
        assert_int_equal(probe_odds(&t->probe, ODD_tcp_rexmit_differs), differs);
        assert_int_equal(probe_odds(&t->probe, ODD_tcp_hole_given_up), 0);
        check_lists(t);
    }
    assert_int_equal(t->told.n, t->m.told.n);
    assert_memory_equal(t->told.what, t->m.told.what, t->told.n * sizeof(t->told.what[0]));
    script_close(t);
}

static void equals_the_model(void **state)
{
    static struct script t;

    for (uint64_t seed = 1; seed <= SCRIPTS; seed++)
        run_script(&t, seed);
}

// With too little room, holes are given up: what is told must still be true and complete.
static void little_room(void **state)
{
    static struct script t;
    uint64_t given_up = 0;

    for (uint64_t seed = 1; seed <= SCRIPTS / 4; seed++) {
        script_open(&t, seed * 77, BLOCK_SIZE * (uint32_t)(1 + seed % 5));
        for (uint32_t i = 0; i < 150; i++) {
            bool differs;

            probe_clear(&t.probe);
            t.m.told.n = 0;
            if (probe_random(&t.random, 4))
                step_data(&t, &differs);
            else
                step_ack(&t);
            given_up += probe_odds(&t.probe, ODD_tcp_hole_given_up);
            check_lists(&t);
        }
        assert_int_equal(t.told.n, t.d.next);
        for (uint32_t i = 0; i < t.told.n; i++)
            assert_true(t.told.what[i] == GAP || t.told.what[i] == t.byte[i]);
        script_close(&t);
    }
    assert_true(given_up > SCRIPTS / 4);
}

// A text in pieces, in any order, with copies and overlaps, comes out as it was.
static void any_order(void **state)
{
    static struct script t;
    uint32_t at[400], n[400];

    for (uint64_t seed = 1; seed <= SCRIPTS / 4; seed++) {
        uint32_t pieces = 0;

        script_open(&t, seed, SEGMENT_POOL);
        for (uint32_t place = 0; place < t.text && pieces < 200;) {
            uint32_t left = t.text - place;

            at[pieces] = place;
            n[pieces] =
                pieces == 199 ? left : min_u32(1 + probe_random(&t.random, t.longest), left);
            place += n[pieces];
            at[pieces] -= min_u32(at[pieces], probe_random(&t.random, 3));
            n[pieces] = place - at[pieces];
            pieces++;
        }
        for (uint32_t i = pieces; i > 1; i--) {
            uint32_t j = probe_random(&t.random, i);
            uint32_t a = at[i - 1], b = n[i - 1];

            at[i - 1] = at[j];
            n[i - 1] = n[j];
            at[j] = a;
            n[j] = b;
        }
        for (uint32_t i = 0; i < pieces; i++)
            for (int copy = 0; copy < 1 + (int)(i % 3 == 0); copy++)
                stream_data(t.s, &t.d, at[i], slice_of(t.byte + at[i], n[i]), n[i], &t.u,
                            &t.probe.out);
        assert_null(t.probe.out.first);
        assert_int_equal(t.d.next, t.text);
        assert_int_equal(t.told.n, t.text);
        for (uint32_t i = 0; i < t.text; i++)
            assert_int_equal(t.told.what[i], t.byte[i]);
        script_close(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order),
        cmocka_unit_test(equals_the_model),
        cmocka_unit_test(little_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
