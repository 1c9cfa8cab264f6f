// SPDX-License-Identifier: Apache-2.0
// DNP3's names (names.def), and its CRC (crc.def): from 0, inverted, the low octet first.
#include "proto/dnp3/dnp3.h"

#include <stdio.h>

static const uint16_t crc_table[256] = {
#include "proto/dnp3/crc.def"
};

bool dnp3_crc_right(const uint8_t *p, uint32_t n)
{
    const uint32_t residue = 0x66c5; // what the register holds behind any octets and their CRC
    uint32_t crc = 0;

    for (uint32_t i = 0; i < n + 2; i++)
        crc = crc_table[(crc ^ p[i]) & 0xff] ^ crc >> 8;
    return crc == residue;
}

const struct dnp3_function dnp3_functions[256] = {
#define FUNCTION(code, name, answered, finding) [code] = {name, answered, FIND_##finding},
#include "proto/dnp3/names.def"
};

const char *const dnp3_iin_name[16] = {
#define INDICATION(bit, name) [bit] = name,
#include "proto/dnp3/names.def"
};

static const char *const statuses[128] = {
#define STATUS(code, name) [code] = name,
#include "proto/dnp3/names.def"
};

static struct slice name_or_number(struct out *o, const char *name, unsigned number)
{
    char text[16];

    if (name)
        return slice_str(name);
    snprintf(text, sizeof(text), "unknown-%u", number);
    return arena_copy(o->arena, slice_str(text));
}

struct slice dnp3_function_name(struct out *o, uint8_t function)
{
    return name_or_number(o, dnp3_functions[function].name, function);
}

struct slice dnp3_status_name(struct out *o, uint8_t status)
{
    return name_or_number(o, statuses[status & 0x7f], status);
}
