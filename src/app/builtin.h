// SPDX-License-Identifier: Apache-2.0
// Inside the app room: what the program carries: the model it was built with, and the table of
// protocol names (teach/).
#pragma once

#include "learn/learn.h"

// Made by tools/embed.py; a zero follows.
extern const uint8_t builtin_model_bytes[], builtin_names_bytes[];
extern const uint32_t builtin_model_n, builtin_names_n;

enum { PROMISES_MOST = 40 };

// A line of the table of names. All texts live as long as the program.
struct known_name {
    const char *name;      // as in `service`
    const char *published; // in the list of 84; "": not in it
    const char *family;    // of siblings that look alike; "": none
    const char *title;
    struct {
        uint16_t port;
        uint8_t ip_proto;
    } promise[PROMISES_MOST]; // server ports that promise it; port 0: no more
};
const struct known_name *builtin_names(uint32_t *n);
const struct naming *builtin_naming(uint32_t *n);

// The model to identify with: from the file, or the built-in one if path is NULL. NULL with an
// empty f: there is none, or "none" is wanted; with a sentence: the file is no good. Read once,
// and kept (with the path, not copied) until another one is asked for: events name services by
// its words.
const struct model *builtin_or(const char *path, struct fail *f);
