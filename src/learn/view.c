// SPDX-License-Identifier: Apache-2.0
// Views: what is left of a flow when only its beginning was seen, or its opening was missed.
#include "learn/learn.h"

const char *const view_name[VIEWS] = {
    [VIEW_START_1] = "start1",   [VIEW_START_2] = "start2",   [VIEW_START_4] = "start4",
    [VIEW_START_8] = "start8",   [VIEW_MIDDLE_1] = "middle1", [VIEW_MIDDLE_2] = "middle2",
    [VIEW_MIDDLE_5] = "middle5",
};

static const uint8_t kept[VIEWS] = {1, 2, 4, 8, 8, 8, 8};
static const uint8_t missing[VIEWS] = {0, 0, 0, 0, 1, 2, 5};

uint32_t view_messages(uint32_t messages, bool whole, enum view v)
{
    if (v < VIEW_MIDDLE_1)
        return whole ? min_u32(messages, kept[v]) : 0;
    uint32_t gone = missing[v] - (whole ? 0u : 1u); // what is not whole misses one already
    return messages > gone ? messages - gone : 0;
}

bool view_of(struct glimpse *to, const struct glimpse *from, enum view v)
{
    uint32_t n = view_messages(from->n, from->whole, v);
    bool middle = v >= VIEW_MIDDLE_1;
    uint32_t first = middle ? from->n - n : 0;

    *to = *from;
    to->n = (uint8_t)n;
    to->whole = !middle;
    for (uint32_t i = 0; i < n; i++)
        to->message[i] = from->message[first + i];
    uint8_t begins = n ? to->message[0].side : 0;
    for (uint32_t i = 0; middle && i < n; i++)
        to->message[i].side ^= begins; // side 0 is who was seen first
    return n > 0;
}
