// SPDX-License-Identifier: Apache-2.0
// --layers
#include "print/parts.h"
void print_layers(struct pen *pen, const struct frame *f, uint64_t number)
{
}
