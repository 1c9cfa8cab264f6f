// SPDX-License-Identifier: Apache-2.0
// Lines into statements: comments, continued lines, rules that go on to their parenthesis
// (rules.md section 2).
#include "rule/source.h"

#include <string.h>

#include "rule/slice.h"

struct source source_of(struct slice bytes, struct arena *a, struct source_room *room)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; // of UTF-8

    return (struct source){
        .bytes = bytes,
        .at = bytes.n >= 3 && !memcmp(bytes.p, mark, 3) ? 3 : 0,
        .arena = a,
        .room = room,
    };
}

bool is_rule_word(struct slice word)
{
    static const char *const words[] = {
#define ACTION(name, order, verdict) #name,
#include "rule/action.def"
#undef ACTION
        "activate", "dynamic", "rejectsource"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (slice_is(word, words[i]))
            return true;
    return false;
}

// The next line without its end; false: there is none.
static bool next_line(struct source *s, struct slice *line)
{
    if (s->at >= s->bytes.n)
        return false;
    const uint8_t *p = s->bytes.p + s->at, *end = memchr(p, '\n', s->bytes.n - s->at);
    uint32_t n = end ? (uint32_t)(end - p) : s->bytes.n - s->at;

    s->at += n + (end != NULL);
    s->line++;
    *line = slice_of(p, n);
    return true;
}

static struct slice peek_line(const struct source *s)
{
    struct source copy = *s;
    struct slice line = {0};

    (void)next_line(&copy, &line);
    return line;
}

static uint32_t leading(struct slice line)
{
    uint32_t n = 0;

    while (n < line.n && is_blank(line.p[n]))
        n++;
    return n;
}

static struct slice strip_end(struct slice line)
{
    while (line.n && is_blank(line.p[line.n - 1]))
        line.n--;
    return line;
}

static struct slice first_word(struct slice line)
{
    uint32_t from = leading(line), n = from;

    while (n < line.n && !is_blank(line.p[n]) && line.p[n] != '(' && line.p[n] != ':')
        n++;
    return slice_of(line.p + from, n - from);
}

bool quote_opens(struct slice s, uint32_t i)
{
    return i == 0 || is_blank(s.p[i - 1]) || strchr(":,!", s.p[i - 1]);
}

// How far a rule is: whether its parenthesis is open, and a quote; or a table.
struct shape {
    bool opened, quoted, escaped, closed;
    int braces;
    bool table;
};

// A filter as Snort 3 has it: its table goes on to the last brace.
static bool begins_table(struct slice line)
{
    static const char *const words[] = {"event_filter", "rate_filter", "suppress"};
    struct slice word = first_word(line);

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strlen(words[i]) == word.n && !memcmp(words[i], word.p, word.n)) {
            struct slice rest =
                slice_of(word.p + word.n, (size_t)(line.p + line.n - word.p) - word.n);
            uint32_t n = leading(rest);
            return n < rest.n && rest.p[n] == '=';
        }
    return false;
}

// A table that is not closed.
static bool is_open(const struct shape *s)
{
    return s->table && (!s->closed || s->braces > 0);
}

static void follow(struct shape *s, struct slice piece)
{
    for (uint32_t i = 0; i < piece.n; i++) {
        uint8_t c = piece.p[i];
        if (s->table) {
            s->braces += (c == '{') - (c == '}');
            s->closed = s->closed || c == '}';
            continue;
        }
        if (s->escaped)
            s->escaped = false;
        else if (c == '\\')
            s->escaped = true;
        else if (c == '"' && s->opened && (s->quoted || quote_opens(piece, i)))
            s->quoted = !s->quoted;
        else if (c == '(' && !s->quoted)
            s->opened = true, s->closed = false;
        else if (s->opened && !s->quoted && !is_blank(c))
            s->closed = c == ')';
    }
}

struct joining { // a statement on its way
    uint8_t *text;
    struct piece *piece;
    uint32_t n, pieces;
    bool too_long;
};

static void add(struct joining *j, struct slice part, uint32_t line, uint32_t column)
{
    if (j->n + part.n > STATEMENT_MOST || j->pieces == PIECES_MOST) {
        j->too_long = true;
        part.n = j->pieces == PIECES_MOST ? 0 : STATEMENT_MOST - j->n;
    }
    if (part.n) {
        j->piece[j->pieces++] = (struct piece){j->n, line, column};
        memcpy(j->text + j->n, part.p, part.n);
        j->n += part.n;
    }
}

// Whether a rule that is not closed goes on in the next line. A line that begins like a rule
// begins one: somebody forgot the parenthesis.
static bool goes_on(const struct source *s)
{
    return s->at < s->bytes.n && !is_rule_word(first_word(peek_line(s)));
}

// In a table two dashes begin a comment.
static struct slice strip_remark(struct slice line)
{
    const uint8_t *at = line.n ? memmem(line.p, line.n, "--", 2) : NULL;

    return strip_end(at ? slice_of(line.p, (size_t)(at - line.p)) : line);
}

// Takes the line, and those that belong to it.
static void join(struct source *s, struct slice line, struct joining *j, struct shape *shape)
{
    bool rule = is_rule_word(first_word(line)), continued;

    for (;;) {
        struct slice part = shape->table ? strip_remark(line) : strip_end(line);
        uint32_t from = leading(part), number = s->line;

        continued = part.n && part.p[part.n - 1] == '\\';
        if (continued)
            part.n--;
        part.p += min_u32(from, part.n);
        part.n -= min_u32(from, part.n);
        add(j, part, number, from + 1);
        follow(shape, part);
        shape->escaped = false;
        if (!continued)
            shape->quoted = false;
        if (!continued && !is_open(shape) && (!rule || shape->closed || !goes_on(s)))
            return;
        do {
            if (!next_line(s, &line))
                return;
        } while (!continued && line.n > leading(line) && line.p[leading(line)] == '#');
        add(j, slice_str(" "), number, part.n + from + 1);
    }
}

bool source_next(struct source *s, struct statement *st)
{
    struct slice line;
    uint32_t from;

    do {
        if (!next_line(s, &line))
            return false;
        from = leading(line);
    } while (from == line.n || line.p[from] == '#');

    struct shape shape = {.table = begins_table(line)};
    struct joining j = {.text = s->room->text, .piece = s->room->piece};

    *st = (struct statement){.line = s->line};
    join(s, line, &j, &shape);
    st->text = arena_copy(s->arena, slice_of(j.text, j.n));
    st->piece =
        (const void *)arena_copy(s->arena, slice_of(j.piece, j.pieces * sizeof(*j.piece))).p;
    st->pieces = j.pieces;
    st->too_long = j.too_long;
    st->open = is_open(&shape) || (shape.opened && !shape.closed);
    return true;
}

void statement_place(const struct statement *st, uint32_t offset, uint32_t *line,
                     uint32_t *column)
{
    const struct piece *p = st->piece;

    *line = st->line;
    *column = 1;
    for (uint32_t i = 0; i < st->pieces && p[i].at <= offset; i++) {
        *line = p[i].line;
        *column = p[i].column + offset - p[i].at;
    }
}
