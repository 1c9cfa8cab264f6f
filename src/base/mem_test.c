// SPDX-License-Identifier: Apache-2.0
// Arenas, slabs, maps, lists.
#include "base/mem.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static void arena_gives_and_takes_back(void **state)
{
    struct arena a = {0};
    uint8_t *p = arena_take(&a, 3), *q = arena_take(&a, 5);

    assert_int_equal(((uintptr_t)p | (uintptr_t)q) & 7, 0);
    assert_true(q >= p + 3);
    assert_int_equal(a.used, 8);
    assert_non_null(arena_take(&a, 0));
    arena_reset(&a);
    assert_int_equal(a.used, 0);
    assert_ptr_equal(arena_take(&a, 3), p); // warm memory is used again
    arena_free(&a);
}

static void arena_keeps_what_rounds_need(void **state)
{
    enum { BURST = 20, LEAST = 4, MOST = 64 };
    struct arena a = {0};

    for (int i = 0; i < BURST; i++)
        arena_take(&a, ARENA_CHUNK);
    arena_reset(&a);
    assert_int_equal(a.keep, BURST);
    for (int i = 0; i < BURST; i++) // rounds that need nothing
        arena_reset(&a);
    assert_int_equal(a.keep, LEAST);
    for (int i = 0; i < 2 * MOST; i++)
        arena_take(&a, ARENA_CHUNK);
    arena_reset(&a);
    assert_int_equal(a.keep, MOST);
    arena_free(&a);
}

static void arena_nothing_has_a_place(void **state)
{
    struct arena a = {0};

    assert_non_null(arena_take(&a, 0));
    assert_non_null(arena_copy(&a, (struct slice){0}).p);
    arena_free(&a);
}

static void arena_spans_chunks(void **state)
{
    enum { MANY = 200, EACH = 1000 };
    struct arena a = {0};
    uint8_t *p[MANY];

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            memset(p[i] = arena_take(&a, EACH), i, EACH);
        uint8_t *big = arena_zero(&a, 3 * ARENA_CHUNK);
        assert_int_equal(big[3 * ARENA_CHUNK - 1], 0);
        for (int i = 0; i < MANY; i++)
            assert_true(p[i][0] == i && p[i][EACH - 1] == i);
        arena_reset(&a);
    }
    arena_free(&a);
}

static void arena_room_of_unknown_length(void **state)
{
    struct arena a = {0};
    uint8_t *p = arena_room(&a, 100);

    memcpy(p, "abc", 3);
    arena_commit(&a, 3);
    uint8_t *q = arena_take(&a, 8);
    assert_int_equal((uintptr_t)q & 7, 0);
    assert_memory_equal(p, "abc", 3);
    assert_true(q > p && q <= p + 8);
    arena_free(&a);
}

static void slab_is_bounded(void **state)
{
    struct slab s;
    void *p[3];

    slab_init(&s, NULL, 20, 3);
    for (int i = 0; i < 3; i++)
        assert_non_null(p[i] = slab_take(&s));
    assert_null(slab_take(&s));
    assert_int_equal(s.used, 3);
    assert_int_equal(slab_index(&s, p[2]), 2);
    assert_ptr_equal(slab_at(&s, 1), p[1]);
    slab_give(&s, p[0]);
    slab_give(&s, p[1]);
    assert_ptr_equal(slab_take(&s), p[1]);
    assert_ptr_equal(slab_take(&s), p[0]);
    assert_null(slab_take(&s));
    slab_close(&s);
}

static bool map_has(const struct map *m, uint32_t hash, uint32_t wanted)
{
    map_each (m, hash, at, index) {
        if (index == wanted)
            return true;
    }
    return false;
}

// Against a plain table; few hash values, so that runs overlap and wrap around.
static void map_equals_a_table(void **state)
{
    enum { MOST = 32, STEPS = 20000 };
    struct map m;
    bool there[MOST] = {false};
    uint32_t hash[MOST], random = 1;

    map_init(&m, NULL, MOST);
    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        uint32_t i = (random >> 16) % MOST;
        if (there[i]) {
            map_remove(&m, hash[i], i);
        } else {
            hash[i] = (random >> 8) % 7 ? UINT32_MAX - random % 3 : random >> 30;
            map_add(&m, hash[i], i);
        }
        there[i] = !there[i];
        for (uint32_t k = 0; k < MOST; k++)
            assert_int_equal(there[k] && map_has(&m, hash[k], k), there[k]);
    }
    map_close(&m);
}

// One thing may stand in a map under two hashes.
static void map_removes_by_hash_too(void **state)
{
    struct map m;

    map_init(&m, NULL, 8);
    map_add(&m, 5, 1);
    map_add(&m, 5 + m.mask + 1, 1); // the same home
    map_remove(&m, 5 + m.mask + 1, 1);
    assert_true(map_has(&m, 5, 1));
    assert_false(map_has(&m, 5 + m.mask + 1, 1));
    assert_int_equal(m.used, 1);
    map_close(&m);
}

static void list_keeps_order(void **state)
{
    struct item {
        int value;
        struct node node;
    } item[3] = {{.value = 0}, {.value = 1}, {.value = 2}};
    struct node head;
    int seen = 0;

    list_init(&head);
    assert_true(list_empty(&head));
    for (int i = 0; i < 3; i++)
        list_append(&head, &item[i].node);
    list_move_last(&head, &item[0].node);
    list_remove(&item[2].node);
    list_each (&head, n)
        seen = seen * 10 + CONTAINER(n, struct item, node)->value + 1;
    assert_int_equal(seen, 21);
    list_remove(&item[2].node); // once more does no harm
    list_remove(&item[1].node);
    list_remove(&item[0].node);
    assert_true(list_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_and_takes_back),
        cmocka_unit_test(arena_keeps_what_rounds_need),
        cmocka_unit_test(arena_nothing_has_a_place),
        cmocka_unit_test(arena_spans_chunks),
        cmocka_unit_test(arena_room_of_unknown_length),
        cmocka_unit_test(slab_is_bounded),
        cmocka_unit_test(map_equals_a_table),
        cmocka_unit_test(map_removes_by_hash_too),
        cmocka_unit_test(list_keeps_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
