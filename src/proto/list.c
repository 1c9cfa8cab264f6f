// SPDX-License-Identifier: Apache-2.0
// The table of analysers that list.def names.
#include "proto/proto.h"

#include <string.h>

#define PROTO(name) extern const struct analyser proto_##name;
#include "proto/list.def"
#undef PROTO

const struct analyser *const analysers[] = {
#define PROTO(name) &proto_##name,
#include "proto/list.def"
#undef PROTO
    NULL,
};

const struct analyser *analyser_named(const char *name)
{
    for (const struct analyser *const *a = analysers; *a; a++)
        if (!strcmp((*a)->name, name))
            return *a;
    return NULL;
}
