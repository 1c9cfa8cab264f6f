// SPDX-License-Identifier: Apache-2.0
// Inside the app room: flows --like.
#pragma once

#include "app/option.h"

int flows_like(const struct choice *c); // the exit status
