// SPDX-License-Identifier: Apache-2.0
// One event as one line, in the format asked for.
#include "write/line.h"

bool write_shows(enum write_format format, enum event_id id)
{
    return line_of(format, id)->n_steps > 0;
}

void write_render(struct text *t, enum write_format format, const struct event *e)
{
    size_t start = t->n;

    if (!write_shows(format, e->id))
        return;
    switch (format) {
    case WRITE_JSON: json_line(t, e); break;
    case WRITE_ZEEK: zeek_line(t, e); break;
    case WRITE_EVE: eve_line(t, e); break;
    }
    if (t->full)
        t->n = start; // no half lines
}
