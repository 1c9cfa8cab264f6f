// SPDX-License-Identifier: Apache-2.0
// Inside the app room: the list of labelled flows that identification is taught from
// (teach/README.md): a table with tabs and a header line; columns may stand in any order.
#pragma once

#include "base/text.h"

struct labelled {
    const char *path, *proto, *a_ip, *b_ip, *label, *source, *origin, *set;
    uint16_t a_port, b_port;
    nsec first;
    bool used; // by who works through it
};

struct manifest {
    struct text text; // what the rows point into
    struct labelled *row;
    uint32_t n;
};

// False: f names file, line and what is wrong. Free it in any case.
bool manifest_read(struct manifest *m, const char *path, struct fail *f);
void manifest_free(struct manifest *m);
