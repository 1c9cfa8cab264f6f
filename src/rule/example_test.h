// SPDX-License-Identifier: Apache-2.0
// For tests: bytes and a rule, and whether it alerts, a line each.
#pragma once

#include "rule/lab_test.h"

struct example {
    const char *options, *bytes; // bytes: text, or "x:" and hex
    bool alerts;
};

// sets the dialect by a comment; options become rule number 1
static inline void check(const char *dialect, const struct example *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[1024];
        uint8_t bytes[512];
        struct lab l;
        size_t size = strlen(x[i].bytes);

        snprintf(text, sizeof(text),
                 "# dialect: %s\nalert udp any any -> any any (%s sid:1;)\n", dialect,
                 x[i].options);
        lab_open(&l, text);
        if (!strncmp(x[i].bytes, "x:", 2))
            size = lab_hex(x[i].bytes + 2, bytes, sizeof(bytes));
        else
            memcpy(bytes, x[i].bytes, size);
        const char *heard = lab_udp(&l, bytes, size);
        if (strcmp(heard, x[i].alerts ? "1" : ""))
            fail_msg("%s, %s on \"%s\": \"%s\"", dialect, x[i].options, x[i].bytes, heard);
        lab_close(&l);
    }
}

// Each of these options must be refused, in the dialect of Suricata.
static inline void check_refused(const char *const *options, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[256];
        struct lab_file files[] = {{"t.rules", text}, {NULL, NULL}};
        const char *names[] = {"t.rules", NULL};
        struct fail f;

        snprintf(text, sizeof(text),
                 "# dialect: suricata\nalert udp any any -> any any (%s sid:1;)\n", options[i]);
        struct rules *r = lab_load(files, &(struct rules_request){.files = names}, &f);
        if (rules_totals(r)->refused != 1)
            fail_msg("%s is accepted", options[i]);
        rules_free(r);
    }
}

#define CHECK(dialect, ...)                                                                    \
    do {                                                                                       \
        static const struct example x[] = {__VA_ARGS__};                                       \
        check(dialect, x, COUNT_OF(x));                                                        \
    } while (0)
