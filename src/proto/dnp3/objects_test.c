// SPDX-License-Identifier: Apache-2.0
// DNP3 objects: the table holds together, headers are walked to the end, values come out.
#include "proto/dnp3/made_test.h"

// Sorted, each once, and as long as its parts.
static void table(void **state)
{
    for (uint32_t i = 0; i < dnp3_n_objects; i++) {
        const struct dnp3_object *o = &dnp3_objects[i];
        uint32_t bits = 0;
        bool open = false;
        assert_true(i == 0 || o[-1].group < o->group ||
                    (o[-1].group == o->group && o[-1].variation < o->variation));
        for (const struct part *p = o->part; p->kind != PART_END; p++) {
            bits += p->kind <= PART_FLAG ? p->n : 8u * p->n;
            open |= p->n == 0;
        }
        if (o->size == SIZE_PACKED)
            assert_int_equal(bits, o->n);
        else if (o->size != SIZE_ATTRIBUTE && !(open && o->n > bits / 8))
            assert_int_equal(bits, 8u * o->n);
        assert_ptr_equal(dnp3_object_of(o->group, o->variation), o);
    }
    assert_null(dnp3_object_of(5, 1));
    assert_null(dnp3_object_of(255, 255));
    assert_string_equal(dnp3_object_of(110, 200)->name, "octet_string");
}

static void walks(void **state)
{
    static const struct {
        uint8_t function;
        const char *hex;
        enum dnp3_stop stop;
        uint32_t headers, objects; // objects: those that are whole
    } row[] = {
        {1, "3C 02 06 3C 03 06 3C 04 06", DNP3_WHOLE, 3, 0},
        {21, "3C 02 06 3C 03 06 3C 04 ED", DNP3_RESERVED, 3, 0},
        {1, "01 00 00 00 07 1E 00 01 00 00 FF FF", DNP3_WHOLE, 2, 0},
        {1, "1E 01 17 02 05 09", DNP3_WHOLE, 1, 2},       // indexes only
        {129, "01 01 00 00 09 FF 03", DNP3_WHOLE, 1, 10}, // packed
        {129, "03 01 00 00 04 E4 01", DNP3_WHOLE, 1, 5},  // two bits each
        {129, "01 01 00 05 00", DNP3_REVERSED, 1, 0},
        {129, "01 02 01 00 00 FE FF 81", DNP3_CUT, 1, 1},
        {129, "1E 02 27 02 01 00 01 05 00 02 00 01 06", DNP3_CUT, 1, 1},
        {5, "0C 01 28 01 00 05 00 41 01 64 00 00 00 64 00 00 00 00", DNP3_WHOLE, 1, 1},
        {5, "0C 01 28 01 00 05 00 41 01 64 00 00 00 64 00 00 00", DNP3_CUT, 1, 0},
        {129, "05 01 00 00 00 00", DNP3_UNKNOWN, 1, 0},
        {129, "01 00 00 00 00 00", DNP3_UNKNOWN, 1, 0},              // any variation, with data
        {129, "05 01 5B 02 03 00 AA BB CC 00 00", DNP3_WHOLE, 1, 2}, // a size tells it all
        {129, "6E 03 00 01 02 61 62 63 64 65 66", DNP3_WHOLE, 1, 2}, // as its variation says
        {129, "00 F2 00 00 00 01 03 61 62 63", DNP3_WHOLE, 1, 1},
        {1, "46 05 5B 01 08 00 01 00 00 00 00 00 00 00", DNP3_WHOLE, 1, 1}, // data in a READ
        {11, "32 02 07 01 00 01 02 03 04 05 06 07 08 09 14 00 06", DNP3_WHOLE, 2, 1},
        {1, "32 01 07 01 3C 02 06", DNP3_WHOLE, 2, 0}, // what time is it?
        {1, "78 03 07 01 01 00 00 00 02 00 3C 01 06 78 09 5B 01 02 00 AA BB", DNP3_WHOLE, 3, 2},
        {2, "50 01 00 07 07 00", DNP3_WHOLE, 1, 1},
        {2, "53 01 07 01 41 42 43 44 01 00 02 00 AA BB", DNP3_WHOLE, 1, 1}, // its own length
        {2, "65 01 07 01 34 12", DNP3_WHOLE, 1, 1},
        {2, "46 05 4B 01 08 01 00 00 00 00 00 00 00", DNP3_WHOLE, 1, 1}, // sizes of one octet
        {2, "52 01 6B 01 02 00 00 00 AA BB", DNP3_WHOLE, 1, 1},          // of four
        {2, "5A 01 5B 01 01 00 41 5B 01 5B 01 01 00 42", DNP3_WHOLE, 2, 2},
        {129, "1E 02 37 01 07 00 00 00 01 05 00", DNP3_WHOLE, 1, 1}, // an index of four octets
        {129, "1E 04 03 00 01 05 00 06 00", DNP3_WHOLE, 1, 2},       // addresses
        {129, "1E 04 09 01 00 00 00 05 00", DNP3_WHOLE, 1, 1},
        {129, "01 02 02 00 00 00 00 FF FF FF FF 81", DNP3_CUT, 1, 1}, // 2^32 of them
        {129, "01 02 75 01", DNP3_RESERVED, 1, 0},
        {129, "01 02", DNP3_CUT, 0, 0},
        {129, "70 00 08 FF FF 3C 01 06", DNP3_WHOLE, 2, 0}, // of no length
        {129, "05 01 4B 03 00 00 00", DNP3_WHOLE, 1, 3},
        {129, "", DNP3_WHOLE, 0, 0},
    };

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct made m = {0};
        struct dnp3_point p;
        uint32_t headers = 0, objects = 0;
        made_hex(&m, row[i].hex);
        struct dnp3_walk w = dnp3_walk_of(slice_of(m.p, m.n), row[i].function);
        for (; dnp3_next_header(&w); headers++)
            while (dnp3_next_of_header(&w, &p))
                objects++;
        if (w.stop != row[i].stop || headers != row[i].headers || objects != row[i].objects)
            fail_msg("row %zu: stop %d, %u headers, %u objects", i, w.stop, headers, objects);
    }
}

static void values(void **state)
{
    static const struct {
        uint8_t function;
        const char *hex, *json;
    } row[] = {
        {129, "01 02 00 05 05 81",
         "[{\"prefix\":0,\"index\":5,\"online\":1,\"restart\":0,\"comm_lost\":0,"
         "\"remote_forced\":0,\"local_forced\":0,\"chatter_filter\":0,\"reserved\":0,"
         "\"state\":1}]"},
        {129, "03 01 00 00 02 24",
         "[{\"prefix\":0,\"index\":0,\"state\":0},{\"prefix\":0,\"index\":1,\"state\":1},"
         "{\"prefix\":0,\"index\":2,\"state\":2}]"},
        {2, "32 01 07 01 9F 0D 83 52 4C 01",
         "[{\"prefix\":0,\"index\":0,\"timestamp\":1427313462687}]"},
        {5, "0C 01 28 01 00 05 00 81 01 64 00 00 00 C8 00 00 00 00",
         "[{\"prefix\":5,\"index\":5,\"op_type\":1,\"qu\":0,\"cr\":0,\"tcc\":2,\"count\":1,"
         "\"ontime\":100,\"offtime\":200,\"status_code\":0,\"reserved\":0}]"},
        {5, "29 02 17 01 03 FE FF 00",
         "[{\"prefix\":3,\"index\":3,\"value\":-2,\"control_status\":0,\"reserved\":0}]"},
        {5, "29 03 17 01 03 00 00 20 41 04",
         "[{\"prefix\":3,\"index\":3,\"value\":10,\"control_status\":4,\"reserved\":0}]"},
        {129, "1E 06 00 00 00 01 00 00 00 00 00 00 F8 3F",
         "[{\"prefix\":0,\"index\":0,\"online\":1,\"restart\":0,\"comm_lost\":0,"
         "\"remote_forced\":0,\"local_forced\":0,\"over_range\":0,\"reference_err\":0,"
         "\"reserved0\":0,\"value\":1.5}]"},
        {2, "46 06 5B 01 0D 00 01 00 00 00 02 00 00 80 10 6F 6B 22 0A",
         "[{\"prefix\":13,\"index\":0,\"size\":13,\"file_handle\":1,"
         "\"block_number\":2147483650,\"status_code\":16,\"optional_text\":\"ok\\\"\\u000a\"}"
         "]"},
        {29, "46 02 5B 01 10 00 0C 00 02 00 0E 00 02 00 00 00 00 00 75 73 70 77",
         "[{\"prefix\":16,\"index\":0,\"size\":16,\"username_offset\":12,\"username_size\":2,"
         "\"password_offset\":14,\"password_size\":2,\"authentication_key\":0,"
         "\"username\":\"us\",\"password\":\"present\"}]"},
        {129, "00 F2 00 00 00 01 03 61 62 63",
         "[{\"prefix\":0,\"index\":0,\"data_type\":1,\"value\":\"abc\"}]"},
        {129, "00 F0 00 00 00 03 02 FF FF",
         "[{\"prefix\":0,\"index\":0,\"data_type\":3,\"value\":-1}]"},
        {129, "00 FF 00 00 00 FE 04 F0 01 F2 00",
         "[{\"prefix\":0,\"index\":0,\"data_type\":254,\"value\":[{\"variation\":240,"
         "\"writable\":1},{\"variation\":242,\"writable\":0}]}]"},
        {129, "6E 03 00 01 01 61 00 63",
         "[{\"prefix\":0,\"index\":1,\"value\":\"a\\u0000c\"}]"},
        {129, "65 01 07 01 34 12", "[{\"prefix\":0,\"index\":0,\"value\":\"1234\"}]"},
        {32, "78 05 5B 01 0E 00 01 00 00 00 02 00 01 02 03 02 00 AA BB CC",
         "[{\"prefix\":14,\"index\":0,\"size\":14,\"ksq\":1,\"user_number\":2,"
         "\"key_wrap_alg\":1,\"key_status\":2,\"mal\":3,\"challenge_data_len\":2,"
         "\"challenge_data\":\"aabb\",\"mac_value\":\"cc\"}]"},
        {32, "78 01 5B 01 02 00 01 00", // ends before its parts do
         "[{\"prefix\":2,\"index\":0,\"size\":2}]"},
    };

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct made m = {0};
        struct text t = {0};
        uint32_t most = 10;
        made_hex(&m, row[i].hex);
        struct dnp3_walk w = dnp3_walk_of(slice_of(m.p, m.n), row[i].function);
        assert_true(dnp3_next_header(&w));
        dnp3_text_objects(&t, &w, &most, false);
        text_char(&t, 0);
        assert_string_equal(t.p, row[i].json);
        text_free(&t);
    }
}

static void brief(void **state)
{
    struct made m = {0};
    struct text t = {0};
    uint32_t most = 10;

    made_hex(&m, "01 02 17 02 05 81 06 00");
    struct dnp3_walk w = dnp3_walk_of(slice_of(m.p, m.n), 129);
    assert_true(dnp3_next_header(&w));
    dnp3_text_objects(&t, &w, &most, true);
    text_char(&t, 0);
    assert_string_equal(t.p,
                        "[{\"index\":5,\"online\":1,\"state\":1},{\"index\":6,\"state\":0}]");
    text_free(&t);
}

static void bounded(void **state)
{
    struct made m = {0};
    struct text t = {0};
    uint32_t most = 3;

    made_hex(&m, "01 01 00 00 FF");
    for (int i = 0; i < 32; i++)
        made_byte(&m, 0);
    struct dnp3_walk w = dnp3_walk_of(slice_of(m.p, m.n), 129);
    assert_true(dnp3_next_header(&w));
    dnp3_text_objects(&t, &w, &most, false);
    assert_int_equal(most, 0);
    assert_true(t.n < 120);
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table), cmocka_unit_test(walks),   cmocka_unit_test(values),
        cmocka_unit_test(brief), cmocka_unit_test(bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
