// SPDX-License-Identifier: Apache-2.0
// Inside the app room: text for standard output, colours where they are wanted, numbers as
// people read them, and JSON for the few objects that are no events.
#pragma once

#include "event/value.h"

enum style {
    STYLE_PLAIN,
    STYLE_TITLE,
    STYLE_HEAD,
    STYLE_FAINT,
    STYLE_NOTE,
    STYLE_ALARM,
    STYLE_ONE,
    STYLE_OTHER
};

// What is printed: collected, and written when there is much of it.
struct output {
    struct text text;
    bool color;
    uint32_t width;   // columns of the terminal; 0: as many as it takes
    bool closed;      // nobody reads any more, or fail has a sentence
    struct fail fail; // empty: a closed pipe, which is no failure
};

void output_flush(struct output *o);
void output_check(struct output *o); // writes if there is much
uint32_t output_width(void);         // of standard output's terminal; 0: it is none
// Writes what is left and frees. The exit status: 2 and a message if it could not be written.
int output_close(struct output *o);

void style_begin(struct output *o, enum style s);
void style_end(struct output *o, enum style s);
void output_title(struct output *o, const char *fmt, ...) PRINTF(2, 3); // a line of its own
// "2026-11-21, UTC": a line before times of that day.
void output_date(struct output *o, nsec v);

void text_thousands(struct text *t, uint64_t v); // 1,234,567
void text_size(struct text *t, uint64_t bytes);  // 512 B, 1.2 kB, 3.4 MB
void text_short(struct text *t, uint64_t v);     // at most five characters: 12k, 3.4M
void text_span(struct text *t, nsec v);          // 12.3 ms, 4.56 s, 2 min 3 s, 1 h 20 min
void text_share(struct text *t, uint64_t part, uint64_t whole); // 12.3 %
void text_moment(struct text *t, nsec v, bool date); // 2026-11-21 16:00:00.000 or 16:00:00.000
void text_endpoint(struct text *t, const struct addr *a, uint16_t port);         // [fe80::1]:80
void text_plural(struct text *t, uint64_t n, const char *one, const char *many); // 1,234 hosts

void json_key(struct text *t, const char *key); // with the comma, where one is needed
void json_word(struct text *t, const char *s);
void json_number(struct text *t, const char *key, uint64_t v);
void json_text(struct text *t, const char *key, const char *s);
