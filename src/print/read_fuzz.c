// SPDX-License-Identifier: Apache-2.0
// Fuzz target: text as tcpdump prints it, read back and printed again.
#include <stdlib.h>

#include "print/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct again {
    struct printer *printer;
    struct text text;
};

static bool take(void *user, const struct frame *f)
{
    struct again *a = user;

    if (f->n > f->wire_len)
        abort();
    text_clear(&a->text);
    print_frame(a->printer, &a->text, f, 1);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct print_reading r;
    struct print_options o = {.verbose = 2, .note = true};
    struct again a = {.printer = printer_open(&o)};

    r = (struct print_reading){0};
    print_is_text(slice_of(data, size));
    print_read(slice_of(data, size), &r, take, &a);
    text_free(&a.text);
    printer_close(a.printer);
    return 0;
}
