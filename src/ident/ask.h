// SPDX-License-Identifier: Apache-2.0
// Inside the ident room: asking the probes of all analysers.
#pragma once

#include "ident/ident.h"

struct asked {
    const struct analyser *yes; // NULL: nobody is sure
    bool maybe;                 // somebody wants to see more
};

// Who was announced is asked first, then who owns the port, then all in the order of the list.
// Tells each answer.
struct asked ask(struct ctx *x, const struct head *h);

// The first analyser whose port the talk's is, NULL if none has it.
const struct analyser *ask_hinted(const struct talk *t);
// The analyser of that name, if it runs over the talk's transport; NULL: there is none, or no
// name.
const struct analyser *ask_named(const struct talk *t, const char *name);
