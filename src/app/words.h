// SPDX-License-Identifier: Apache-2.0
// Inside the app room: the words of the command line that are no options.
#pragma once

#include "app/option.h"

struct words {
    const char **word;
    int n;
};

// Takes them as the command wants them; c->file holds what -r gave, and has room for all words.
bool words_take(struct choice *c, struct words *w, struct fail *f);
