// SPDX-License-Identifier: Apache-2.0
// Bytes in hexadecimal and as characters, in tcpdump's layout.
#include "print/parts.h"

enum { ROW = 16, ROW_WIDTH = 40 };

static void dump_row(struct text *t, const uint8_t *p, uint32_t n, bool both)
{
    size_t from = t->n;

    for (uint32_t i = 0; i < n; i++) {
        if (i % 2 == 0)
            text_char(t, ' ');
        text_hex(t, p + i, 1);
    }
    if (!both)
        return;
    while (t->n - from < ROW_WIDTH && !t->full)
        text_char(t, ' ');
    text_str(t, "  ");
    for (uint32_t i = 0; i < n; i++)
        text_char(t, visible(p[i]));
}

void dump_old(struct text *t, struct slice s)
{
    for (uint32_t at = 0; at < s.n; at += ROW) {
        text_str(t, "\n");
        size_t from = t->n;
        dump_row(t, s.p + at, min_u32(ROW, s.n - at), false);
        if (t->n > from)
            t->p[from] = '\t'; // in place of the blank before the first pair
    }
}

void dump_hex(struct text *t, struct slice s, bool both)
{
    for (uint32_t at = 0; at < s.n; at += ROW) {
        uint8_t offset[4] = {(uint8_t)(at >> 24), (uint8_t)(at >> 16), (uint8_t)(at >> 8),
                             (uint8_t)at};
        unsigned skip = at >> 16 ? at >> 24 ? 0 : 1 : 2;
        text_str(t, "\n\t0x");
        text_hex(t, offset + skip, 4 - skip);
        text_str(t, ": ");
        dump_row(t, s.p + at, min_u32(ROW, s.n - at), both);
    }
}

void dump_ascii(struct text *t, struct slice s)
{
    text_char(t, '\n');
    for (uint32_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
            continue;
        text_char(t, c == '\n' || c == '\t' || c == ' ' ? (char)c : visible(c));
    }
}
