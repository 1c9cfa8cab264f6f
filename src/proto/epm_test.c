// SPDX-License-Identifier: Apache-2.0
// The endpoint mapper: which answers announce what, and lengths that lie.
#include "proto/announce_lab.h"

#include "proto/epm.h"

enum { TCP = 6 };

#define ZERO16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define NDR                                                                                    \
    "\x13\0\x0d\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\2\0\2\0\0\0"
#define NSPI                                                                                   \
    "\x13\0\x0d\x18\x5a\xcc\xf5\x64\x42\x1a\x10\x8c\x59\x08\0\x2b\x2f\x84\x26\x38\0\2\0\0\0"
#define TOWER(port, ip) "\5\0" NSPI NDR "\1\0\x0b\2\0\0\0\1\0\7\2\0" port "\1\0\x09\4\0" ip
#define MAPPED(tower)                                                                          \
    ZERO16 "\0\0\0\0\1\0\0\0\4\0\0\0\0\0\0\0\1\0\0\0\0\0\2\0\x4b\0\0\0\x4b\0\0\0" tower        \
           "\0\0\0\0\0"
enum { NUMBER_AT = 32, LENGTH_AT = 44, FLOORS_AT = 48, LEFT_AT = 50 };

// What is expected at port 4997 of the server after an answer with one byte changed.
static const char *after(const struct addr *ask, struct slice answer, uint32_t at, uint8_t to)
{
    struct announce_lab a;
    uint8_t b[160];

    memcpy(b, answer.p, answer.n);
    if (at)
        b[at] = to;
    announce_lab_open(&a, TCP, &proto_dce_rpc);
    epm_told(&a.l.x, slice_of(b, answer.n), true, EPM_MAP, &lab_server);
    const char *service = announce_lab_expects(&a, TCP, &lab_client, ask, 4997, 1);
    announce_lab_close(&a);
    return service;
}

static void announced(void **state)
{
    static const char any[] = MAPPED(TOWER("\x13\x85", "\0\0\0\0"));
    static const char own[] = MAPPED(TOWER("\x13\x85", "\x0a\0\0\2"));
    static const char third[] = MAPPED(TOWER("\x13\x85", "\x0a\0\0\3"));
    static const char none[] = MAPPED(TOWER("\0\0", "\x0a\0\0\2"));

    assert_string_equal(after(&lab_server, BYTES(any), 0, 0), "dce_rpc");
    assert_string_equal(after(&lab_server, BYTES(own), 0, 0), "dce_rpc");
    assert_null(after(&lab_server, BYTES(third), 0, 0));
    assert_null(after(&lab_stranger, BYTES(third), 0, 0));
    assert_null(after(&lab_server, BYTES(none), 0, 0));
}

static void lies(void **state)
{
    static const char own[] = MAPPED(TOWER("\x13\x85", "\x0a\0\0\2"));

    assert_null(after(&lab_server, BYTES(own), NUMBER_AT, 0));
    assert_null(after(&lab_server, BYTES(own), NUMBER_AT, 65));
    assert_null(after(&lab_server, BYTES(own), LENGTH_AT, 0x4c)); // the two differ
    assert_null(after(&lab_server, BYTES(own), LENGTH_AT + 2, 1));
    assert_null(after(&lab_server, BYTES(own), LEFT_AT, 0xff));
    assert_null(after(&lab_server, BYTES(own), FLOORS_AT + 1, 1)); // more floors than there are
    for (uint32_t n = 0; n < sizeof(own) - 1 - 5; n++)
        assert_null(after(&lab_server, slice_of(own, n), 0, 0));
}

static void names(void **state)
{
    struct cur c =
        cur_of(BYTES("\x08\x83\xaf\xe1\x1f\x5d\xc9\x11\x91\xa4\x08\0\x2b\x14\xa0\xfa"));
    struct uuid mapper = epm_uuid(&c, true), other = {{0}};
    struct announce_lab a;

    assert_true(dce_is_mapper(&mapper));
    assert_string_equal(dce_interface_name(&mapper), "epmapper");
    assert_null(dce_interface_name(&other));
    announce_lab_open(&a, TCP, &proto_dce_rpc);
    struct slice s = dce_operation_name(&a.l.out, &mapper, 3);
    assert_memory_equal(s.p, "ept_map", s.n);
    s = dce_operation_name(&a.l.out, &mapper, 7);
    assert_memory_equal(s.p, "unknown-7", s.n);
    announce_lab_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(announced),
        cmocka_unit_test(lies),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
