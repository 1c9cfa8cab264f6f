// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: protocols that the room itself knows something of; their numbers are
// the same in every set.
#pragma once

enum known_service {
    SERVICE_NONE,
    SERVICE_HTTP,
    SERVICE_MODBUS,
    SERVICE_DNP3,
    SERVICE_ENIP,
    SERVICE_IEC104,
    SERVICE_DNS,
    SERVICE_TLS,
    SERVICE_DCE,
    SERVICE_FTP_DATA,
    SERVICE_FTP,
    SERVICE_SSH,
    SERVICE_NTP,
    SERVICES_KNOWN
};
extern const char *const known_service[SERVICES_KNOWN];
