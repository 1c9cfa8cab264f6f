// SPDX-License-Identifier: Apache-2.0
// The documentation that is made from the tables: every log, column and oddity is in it.
#include "write/sample.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

static struct text t;

static int setup(void **state)
{
    write_schema(&t);
    sample_text(&t);
    return 0;
}

static int end(void **state)
{
    text_free(&t);
    return 0;
}

static void rows(void **state)
{
    assert_ptr_equal(strstr(t.p, "# Events\n"), t.p);
    assert_non_null(strstr(
        t.p, "\n## leg\n\nA record for each: a five-tuple of a conversation that has more than "
             "one. EVE: `event_type` `leg`.\n\n"
             "| column | type | presence | EVE path | what it says |\n|---|---|---|---|---|\n"
             "| `ts` | time | always | `timestamp` | when: seconds since 1970 |\n"
             "| `uid` | string | maybe | `flow_id` | the conversation |\n"
             "| `src_h` | addr | always | `leg.src_ip` | sender of its first packet |\n"));
    assert_non_null(
        strstr(t.p, "\n| (only EVE) | time | always | `flow.start` | first packet |\n"));
    assert_non_null(strstr(t.p, "\n| `vlan_deep` | 2 | packet | more VLAN tags than anybody "
                                "stacks |\n"));
}

static void everything_is_there(void **state)
{
    char wanted[128];

    for (int i = 0; i < EVENTS; i++) {
        snprintf(wanted, sizeof(wanted), "\n## %s\n", event_type[i].name);
        const char *section = strstr(t.p, wanted);
        assert_non_null(section);
        for (uint16_t k = 0; k < event_type[i].n_fields; k++) {
            snprintf(wanted, sizeof(wanted), "\n| `%s` | ", event_type[i].field[k].column);
            assert_true(!event_type[i].field[k].column[0] || strstr(section, wanted));
        }
    }
    for (int i = 0; i < ODDS; i++) {
        snprintf(wanted, sizeof(wanted), "\n| `%s` | %d | ", odd_type[i].name,
                 odd_type[i].weight);
        assert_non_null(strstr(t.p, wanted));
    }
}

// A row has five cells, or four: the text of none of them ends one early.
static void cells_are_whole(void **state)
{
    for (const char *line = t.p; (line = strstr(line, "\n| ")); line++) {
        int bars = 0;
        for (const char *c = line + 1; *c && *c != '\n'; c++)
            bars += *c == '|' && c[-1] != '\\';
        assert_true(bars == 6 || bars == 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows),
                                       cmocka_unit_test(everything_is_there),
                                       cmocka_unit_test(cells_are_whole)};
    return cmocka_run_group_tests(tests, setup, end);
}
