// SPDX-License-Identifier: Apache-2.0
// Private to the print room: what both forms of an ICMP line share.
#pragma once

#include "print/pen.h"

// "host 10.0.0.1 unreachable". Two bytes are here; false: others are missing, and what was
// written is to be taken back.
bool icmp_words(struct pen *pen, struct view v);
