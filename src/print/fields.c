// SPDX-License-Identifier: Apache-2.0
// --fields
#include "print/parts.h"
void print_fields(struct pen *pen, const struct frame *f, uint64_t number)
{
}
