// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: a file taken apart into statements, each a directive or a rule.
#pragma once

#include "base/mem.h"

enum { STATEMENT_MOST = 64 * 1024 }; // bytes of a rule; no real one has a twentieth of it
enum { PIECES_MOST = 4096 };

// The text of a statement is joined from pieces of lines; each remembers where it came from.
struct piece {
    uint32_t at;           // in the text
    uint32_t line, column; // in the file
};
struct statement {
    struct slice text; // ends with a zero behind its bytes
    const struct piece *piece;
    uint32_t pieces;
    uint32_t line;
    bool too_long; // the text is its beginning only
    bool open;     // a rule without its closing parenthesis
};

struct source { // being read
    struct slice bytes;
    uint32_t at, line;
    struct arena *arena; // of what is given out
    struct source_room *room;
};
struct source_room { // for joining; one for all sources, as no statement is left half read
    uint8_t text[STATEMENT_MOST];
    struct piece piece[PIECES_MOST];
};

struct source source_of(struct slice bytes, struct arena *a, struct source_room *room);
bool source_next(struct source *s, struct statement *st); // false: the file is over
// Where the byte at `offset` of the text stands.
void statement_place(const struct statement *st, uint32_t offset, uint32_t *line,
                     uint32_t *column);
// Whether the quote at i begins a text: it stands where a value begins, not inside of a word.
bool quote_opens(struct slice s, uint32_t i);
bool is_rule_word(struct slice word); // an action, of rules that are supported or not
