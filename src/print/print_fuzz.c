// SPDX-License-Identifier: Apache-2.0
// Fuzz target: two bytes choose the link type and the options, one how much was cut; the rest
// is a frame, printed in every verbosity and form. Only printable text may come out.
#include "print/print.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct text *t)
{
    for (size_t i = 0; i < t->n; i++) {
        uint8_t c = (uint8_t)t->p[i];
        if ((c < ' ' && c != '\n' && c != '\t') || c > '~')
            abort();
    }
    if (t->full || !t->n || t->p[t->n - 1] != '\n')
        abort();
}

static void print_all(struct print_options o, const struct frame *f)
{
    struct printer *p = printer_open(&o);
    struct text t = {0};

    print_frame(p, &t, f, 1);
    print_frame(p, &t, f, 99999);
    check(&t);
    text_free(&t);
    printer_close(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t links[] = {1,   1,   1,   1,   0,   9,   12,  50,  101,
                                     104, 105, 108, 113, 127, 228, 229, 276, 4711};
    struct print_options o = {0};

    if (size < 3)
        return 0;
    uint8_t bits = data[1];
    struct frame f = {.ts = SECOND * 1600000000,
                      .data = data + 3,
                      .n = (uint32_t)size - 3,
                      .link = links[data[0] % COUNT_OF(links)]};
    f.wire_len = f.n + (data[2] & 0x7fu);
    o.time = (enum print_time)(bits % (PRINT_SINCE + 1));
    o.dump = (enum print_dump)(bits >> 2 & 3);
    o.dump_link = bits & 1;
    o.quiet = bits & 2;
    o.absolute = bits & 4;
    o.link = bits & 16;
    o.number = bits & 32;
    o.nano = bits & 64;
    o.note = bits & 128;
    for (o.verbose = 0; o.verbose < 4; o.verbose++) {
        o.classic = bits & 8;
        print_all(o, &f);
    }
    o.form = PRINT_FIELDS;
    print_all(o, &f);
    o.form = PRINT_LAYERS;
    print_all(o, &f);
    return 0;
}
