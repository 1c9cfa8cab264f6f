// SPDX-License-Identifier: Apache-2.0
// The printer: what stands around each line, and what follows it.
#include "print/print.h"

#include "packet/crafted.h"
#include "print/numbers.h"
#include "print/parts.h"

struct printer {
    struct print_options o;
    struct numbers numbers;
    nsec first, last; // of the frames so far
    bool begun;
};

struct printer *printer_open(const struct print_options *o)
{
    struct printer *p = mem_reserve(sizeof(*p));

    p->o = *o;
    numbers_open(&p->numbers);
    return p;
}

void printer_close(struct printer *p)
{
    numbers_close(&p->numbers);
    mem_release(p, sizeof(*p));
}

// ---------------------------------------------------------------- the time

static void put_part(struct pen *pen, nsec part)
{
    put(pen, ".");
    if (pen->o->nano)
        put_digits(pen, (uint32_t)part, 9);
    else
        put_digits(pen, (uint32_t)(part / 1000), 6);
}

static void put_clock(struct pen *pen, nsec ts, bool day)
{
    struct date d = date_of(ts);

    if (day) {
        put_digits(pen, d.year, 4);
        put(pen, "-");
        put_digits(pen, d.month, 2);
        put(pen, "-");
        put_digits(pen, d.day, 2);
        put(pen, " ");
    }
    put_digits(pen, d.hour, 2);
    put(pen, ":");
    put_digits(pen, d.minute, 2);
    put(pen, ":");
    put_digits(pen, d.second, 2);
    put_part(pen, d.nanosecond);
}

// Between two moments; in microseconds, each is cut to them first.
static void put_span(struct pen *pen, nsec from, nsec to)
{
    nsec unit = pen->o->nano ? 1 : 1000, span = (to / unit - from / unit) * unit;

    text_char(pen->t, span < 0 ? '-' : ' ');
    span = span < 0 ? -span : span;
    put_digits(pen, (uint32_t)(span / SECOND / 3600), span / SECOND / 3600 > 99 ? 6 : 2);
    put(pen, ":");
    put_digits(pen, (uint32_t)(span / SECOND / 60 % 60), 2);
    put(pen, ":");
    put_digits(pen, (uint32_t)(span / SECOND % 60), 2);
    put_part(pen, span % SECOND);
}

static void put_time(struct pen *pen, struct printer *p, nsec ts)
{
    if (!p->begun)
        p->first = p->last = ts;
    p->begun = true;
    switch (p->o.time) {
    case PRINT_NO_TIME: return;
    case PRINT_CLOCK: put_clock(pen, ts, false); break;
    case PRINT_DATE: put_clock(pen, ts, true); break;
    case PRINT_DELTA: put_span(pen, p->last, ts); break;
    case PRINT_SINCE: put_span(pen, p->first, ts); break;
    case PRINT_SECONDS:
        put_number(pen, (uint64_t)(ts / SECOND));
        put_part(pen, ts % SECOND);
        break;
    }
    put(pen, " ");
    p->last = ts;
}

static void put_count(struct pen *pen, uint64_t number)
{
    for (uint64_t least = 10000; least > 1 && number < least; least /= 10)
        put(pen, " ");
    put_number(pen, number);
    put(pen, "  ");
}

// ---------------------------------------------------------------- the line

static void put_note(struct pen *pen, const char *sentence, bool *any)
{
    text_str(pen->t, *any ? "; " : "  # ");
    text_str(pen->t, sentence);
    *any = true;
}

// What the innermost packet carries, first: it is what most lines are looked at for.
static void put_glance(struct pen *pen, struct packet *p, bool *any)
{
    struct packet inner[2];
    struct text *t = pen->t;
    size_t before = t->n;

    for (unsigned depth = 0; packet_may_carry(p) && !p->fragment && depth < TUNNELS_MOST;
         depth++) {
        struct packet *next = &inner[depth & 1];
        if (!packet_inner(next, p, depth))
            break;
        p = next;
    }
    put(pen, "  # ");
    size_t begun = t->n;
    pen->o->glance(pen->o->user, t, p);
    *any = t->n > begun;
    if (!*any)
        t->n = before;
}

static void put_notes(struct pen *pen, struct packet *p)
{
    const char *probe = packet_probe(p);
    bool any = false;

    if (pen->o->glance)
        put_glance(pen, p, &any);

    for (unsigned i = 0; i < 64; i++)
        if (p->odds >> i & 1 && i != ODD_pad_nonzero && i != ODD_known_probe) // see below
            put_note(pen, odd_type[i].sentence, &any);
    if (probe)
        put_note(pen, probe, &any);
    if (!packet_padding_is_zero(p)) {
        put_note(pen, "", &any);
        put_padding_verdict(pen, p);
    }
}

static void print_dump(struct pen *pen, const struct frame *f)
{
    const struct print_options *o = pen->o;
    uint32_t from = o->dump_link ? 0 : min_u32(pen->head, f->n);
    struct slice bytes = slice_of(f->data + from, f->n - from);

    if (!o->dump_link && !bytes.n)
        return;
    if (o->dump == PRINT_ASCII)
        dump_ascii(pen->t, bytes);
    else if (o->classic && o->dump == PRINT_HEX)
        dump_old(pen->t, bytes);
    else
        dump_hex(pen->t, bytes, o->dump == PRINT_BOTH);
}

static void print_line(struct pen *pen, struct printer *p, const struct frame *f)
{
    struct packet packet;

    put_time(pen, p, f->ts);
    if (f->wire_len && f->n) {
        print_link(pen, f->link, (struct view){f->data, f->n, f->wire_len});
    } else {
        put(pen, "[Invalid header: caplen==0");
        if (!f->wire_len)
            put(pen, ", len==0");
        put(pen, "]");
    }
    if (p->o.note) {
        packet_decode(&packet, f->link, f->data, f->n, f->wire_len);
        put_notes(pen, &packet);
    }
    if (p->o.dump != PRINT_NO_DUMP && f->n)
        print_dump(pen, f);
    put(pen, "\n");
}

void print_frame(struct printer *p, struct text *t, const struct frame *f, uint64_t number)
{
    struct pen pen = {.t = t, .o = &p->o, .numbers = &p->numbers};

    if (p->o.number && p->o.form == PRINT_LINES)
        put_count(&pen, number);
    switch (p->o.form) {
    case PRINT_LINES: print_line(&pen, p, f); break;
    case PRINT_FIELDS: print_fields(&pen, f, number); break;
    case PRINT_LAYERS: print_layers(&pen, f, number); break;
    }
}
