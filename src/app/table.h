// SPDX-License-Identifier: Apache-2.0
// Inside the app room: tables whose columns are as wide as what stands in them.
#pragma once

#include "app/output.h"

enum { TABLE_COLUMNS = 14 };
enum table_side { TABLE_LEFT, TABLE_RIGHT };

struct column {
    const char *title;
    enum table_side side;
    uint32_t width; // so far
};

// One row: text is appended to `text`, and cell() ends a cell.
struct cells {
    struct text text;
    size_t end[TABLE_COLUMNS];
    enum style style[TABLE_COLUMNS];
    unsigned n;
};

struct table {
    struct column column[TABLE_COLUMNS];
    unsigned n, indent;
    bool used[TABLE_COLUMNS]; // columns that stay empty in all rows are left out
    bool tight;               // one blank between columns instead of two
    // Where there is no room, the column with the greatest goes first; 0: it stays.
    uint8_t drop[TABLE_COLUMNS];
    struct cells cells;
};

void cells_clear(struct cells *c);
void cell(struct cells *c, enum style s); // what was appended since the last is one cell
void cell_text(struct cells *c, const char *s);

// Fills the cells of row i, as many as the table has columns.
struct rows {
    void (*fill)(const void *user, uint32_t i, struct cells *c);
    const void *user;
};

// Widens the columns for the rows from `from` to before `to`.
void table_measure(struct table *t, struct rows r, uint32_t from, uint32_t to);
uint32_t table_width(const struct table *t);
// Makes a measured table tight, and drops columns, until it fits; width 0: leaves it as it is.
void table_fit(struct table *t, uint32_t width);
void table_head(const struct table *t, struct output *o);
void table_rows(struct table *t, struct rows r, uint32_t from, uint32_t to, struct output *o);
// All of it: measure, fit into the output's width, head, rows; and frees.
void table_print(struct table *t, struct rows r, uint32_t n, struct output *o);
void table_free(struct table *t);
