// SPDX-License-Identifier: Apache-2.0
// Reads limits of measures: `A.start8.accuracy >= 0.965`, one a line.
#include "learn/floors.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LIMITS_MOST = 1024 };

bool floor_holds(const struct floor_limit *f, double value)
{
    return f->upper ? value <= f->limit : value >= f->limit;
}

static bool is_blank(uint8_t b)
{
    return b == ' ' || b == '\t' || b == '\r';
}

// The next word of a line, which moves on behind it; empty at its end.
static struct slice word(struct slice *line)
{
    while (line->n && is_blank(*line->p))
        *line = slice_of(line->p + 1, line->n - 1);
    uint32_t n = 0;
    while (n < line->n && !is_blank(line->p[n]))
        n++;
    struct slice w = slice_of(line->p, n);
    *line = slice_of(line->p + n, line->n - n);
    return w;
}

static bool is_word(struct slice w, const char *text)
{
    return w.n == strlen(text) && !memcmp(w.p, text, w.n);
}

// 0.965: digits, a point, digits; from 0 to 1.
static bool read_share(struct slice w, double *value)
{
    double digit = 1;
    bool point = false;

    *value = 0;
    for (uint32_t i = 0; i < w.n; i++) {
        bool is_digit = w.p[i] >= '0' && w.p[i] <= '9';
        if (!is_digit && (point || w.p[i] != '.'))
            return false;
        point |= !is_digit;
        if (is_digit)
            *value = *value * 10 + (w.p[i] - '0');
        if (is_digit && point)
            digit *= 10;
    }
    *value /= digit;
    return w.n && w.n <= 12 && *value <= 1;
}

static bool read_line(struct floors *f, struct slice line, uint32_t number, struct fail *fail)
{
    struct slice measure = word(&line), sign = word(&line), share = word(&line);
    struct floor_limit *l = &f->limit[f->n];

    if (!measure.n || *measure.p == '#')
        return true;
    *l = (struct floor_limit){.line = number, .upper = is_word(sign, "<=")};
    if (measure.n >= MEASURE_NAME || (!l->upper && !is_word(sign, ">=")) ||
        !read_share(share, &l->limit) || word(&line).n)
        return failed(
            fail,
            "line %u of the floors is not MEASURE >= SHARE or MEASURE <= SHARE, as in "
            "'A.start8.accuracy >= 0.965'",
            number);
    if (f->n == LIMITS_MOST - 1)
        return failed(fail, "line %u of the floors: there are more than %d", number,
                      LIMITS_MOST);
    memcpy(l->measure, measure.p, measure.n);
    f->n++;
    return true;
}

struct floors *floors_read(struct slice text, struct fail *fail)
{
    struct floors *f = mem_reserve(sizeof(*f));

    f->limit = mem_reserve(LIMITS_MOST * sizeof(*f->limit));
    for (uint32_t number = 1; text.n; number++) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        uint32_t n = end ? (uint32_t)(end - text.p) : text.n;
        if (!read_line(f, slice_of(text.p, n), number, fail)) {
            floors_free(f);
            return NULL;
        }
        n += end ? 1 : 0;
        text = slice_of(text.p + n, text.n - n);
    }
    return f;
}

void floors_free(struct floors *f)
{
    if (!f)
        return;
    mem_release(f->limit, LIMITS_MOST * sizeof(*f->limit));
    mem_release(f, sizeof(*f));
}
