// SPDX-License-Identifier: Apache-2.0
// MQTT: CONNECT of each version, however cut, and what differs in a field.
#include "proto/try.h"

static void connects(void **state)
{
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x0e\0\4MQTT\4\2\0\x3c\0\2me")), YES);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x10\0\4MQTT\5\xc2\0\x3c\0\0\2me")),
                     YES);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x10\0\6MQIsdp\3\2\0\x3c\0\2me")), YES);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x8e\1\0\4MQTT\4\2\0\x3c")), YES);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x0e\0\4MQ")), MAYBE);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x8e")), MAYBE);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x0e\0")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x0e\0\4MQTT\4\3")), NO);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x0e\0\4MQTT\4\x1e")), NO);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x0e\0\4MQTT\4\x20")), NO);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x0e\0\4MQTT\6\2")), NO);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x0e\0\4MQTX")), NO);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\5\0\4MQTT")), NO);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\xff\xff\xff\xff")), NO);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x11\x0e")), NO);
    assert_int_equal(try_stream(&proto_mqtt, BYTES("\x10\x10\0\6MQIsdp\4\2")), NO);
    assert_int_equal(try_noise(&proto_mqtt, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connects),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
