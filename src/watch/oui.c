// SPDX-License-Identifier: Apache-2.0
// Makers of network interfaces that are often met in plants, by the first three bytes of a MAC
// (the public registry of the IEEE).
#include "watch/plant_parts.h"

const char *oui_vendor(const struct mac *m)
{
    static const struct {
        uint32_t oui;
        const char *name;
    } known[] = {
        {0x0000bc, "Rockwell"},      {0x000105, "Beckhoff"}, {0x0002a2, "Hilscher"},
        {0x000746, "Turck"},         {0x000991, "GE"},       {0x000c29, "VMware"},
        {0x000e8c, "Siemens"},       {0x001b1b, "Siemens"},  {0x001c06, "Siemens"},
        {0x001d9c, "Rockwell"},      {0x003011, "HMS"},      {0x0030de, "WAGO"},
        {0x005056, "VMware"},        {0x006065, "B&R"},      {0x008063, "Hirschmann"},
        {0x0080f4, "Telemecanique"}, {0x0090e8, "Moxa"},     {0x00a045, "Phoenix Contact"},
        {0x080006, "Siemens"},       {0x286336, "Siemens"},  {0xa8741d, "Phoenix Contact"},
    };
    uint32_t oui = (uint32_t)m->b[0] << 16 | (uint32_t)m->b[1] << 8 | m->b[2];

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (known[i].oui == oui)
            return known[i].name;
    return NULL;
}
