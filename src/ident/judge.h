// SPDX-License-Identifier: Apache-2.0
// Inside the ident room: what the model says of a talk's first messages.
#pragma once

#include "ident/prelude.h"

// Sets the talk's verdict if the model is sure enough; `last`: nothing more will come, so a
// likely name will do, and a weaker one becomes the candidate. Gives whether there is a
// service.
bool judge(struct ctx *x, struct prelude *k, bool last);

// Is there a model at all? Without one nobody reads what a prelude keeps.
bool judge_is_there(void);

// The words behind the numbers in the talk's verdict.
void judge_words(const struct talk *t, struct verdict_words *w);
