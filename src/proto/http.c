// SPDX-License-Identifier: Apache-2.0
// HTTP/1: recognised by its first line; the bodies of its messages are files. RFC 9112 sections
// 3, 4, 6 and 7; names by the URL (RFC 9110 section 4) or Content-Disposition (RFC 6266).
#include "proto/carry.h"
#include "proto/lines.h"

#include <string.h>
#include <strings.h>

enum { NAME_MOST = 120, ASKED_MOST = 8, DIGITS_MOST = 15 };

// Where a side is in its stream of messages.
enum phase { START, HEADERS, BODY, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILERS, UNTIL_END, TUNNEL };

struct name {
    uint8_t n;
    char text[NAME_MOST];
};

enum method { ANY_METHOD, HEAD_METHOD, CONNECT_METHOD };

// A request that no answer has come for yet.
struct asked {
    uint8_t method;
    struct name name;
};

struct more {
    struct asked asked[ASKED_MOST]; // the oldest first
    uint32_t n;
    bool lost;           // some are not known: answers have no names any more
    struct asked now[2]; // what the message at hand belongs to
};
_Static_assert(sizeof(struct more) <= FEED_BLOCK, "it lies in a block");

struct way { // of one side
    struct lines lines;
    uint64_t left;   // bytes of the body, or of the chunk
    uint64_t offset; // of its first byte in the whole, if it is a part
    struct carried *file;
    const char *packed;
    uint16_t status; // 0: a request
    uint8_t phase;
    bool chunked, sized;
};

struct state {
    struct way way[2];
    struct more *more;
};

// ---------------------------------------------------------------- probe

static enum guess probe(const struct head *h)
{
    static const char *const begins[] = {"GET /",       "POST /",       "HEAD /",  "PUT /",
                                         "GET http://", "POST http://", "DELETE /"};
    static const struct first_line form = {"HTTP/1.# ### ", " HTTP/1.#", begins,
                                           COUNT_OF(begins)};

    return first_line(&form, h->bytes);
}

// ---------------------------------------------------------------- names

static int hex_digit(uint8_t b)
{
    return b >= '0' && b <= '9'                     ? b - '0'
           : (b | 0x20) >= 'a' && (b | 0x20) <= 'f' ? (b | 0x20) - 'a' + 10
                                                    : -1;
}

// Takes %41 for A.
static void name_put(struct name *to, struct slice s)
{
    to->n = 0;
    for (uint32_t i = 0; i < s.n && to->n < NAME_MOST; i++) {
        uint8_t b = s.p[i];
        if (b == '%' && i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 &&
            hex_digit(s.p[i + 2]) >= 0) {
            b = (uint8_t)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]));
            i += 2;
        }
        to->text[to->n++] = (char)b;
    }
}

// The last part of the path.
static void name_of_target(struct name *to, struct slice target)
{
    uint32_t end = 0, from = 0;

    while (end < target.n && target.p[end] != '?' && target.p[end] != '#')
        end++;
    for (uint32_t i = 0; i < end; i++)
        if (target.p[i] == '/')
            from = i + 1;
    name_put(to, slice_of(target.p + from, end - from));
}

// attachment; filename="a b.txt", or filename*=UTF-8''a%20b.txt, which is preferred
static void name_of_disposition(struct name *to, struct slice s)
{
    static const char key[] = "filename";
    enum { KEY = sizeof(key) - 1 };
    bool better = false;

    for (uint32_t i = 0; i + KEY < s.n && !better; i++) {
        if (strncasecmp((const char *)s.p + i, key, KEY) != 0)
            continue;
        struct slice v = slice_of(s.p + i + KEY, s.n - i - KEY);
        better = line_begins(&v, "*=UTF-8''");
        if (!better && !line_begins(&v, "="))
            continue;
        bool quoted = line_begins(&v, "\"");
        uint32_t n = 0;
        while (n < v.n && v.p[n] != (quoted ? '"' : ';'))
            n++;
        if (n)
            name_put(to, slice_of(v.p, n));
    }
}

// ---------------------------------------------------------------- the beginning of a message

static void read_request(struct more *m, struct asked *now, struct slice line)
{
    *now = (struct asked){.method = line_begins(&line, "HEAD ")      ? HEAD_METHOD
                                    : line_begins(&line, "CONNECT ") ? CONNECT_METHOD
                                                                     : ANY_METHOD};
    while (now->method == ANY_METHOD && line.n && line.p[0] != ' ') // the method
        line = slice_of(line.p + 1, line.n - 1);
    (void)line_begins(&line, " ");
    uint32_t n = 0;
    while (n < line.n && line.p[n] != ' ')
        n++;
    name_of_target(&now->name, slice_of(line.p, n));
    if (m->n < ASKED_MOST)
        m->asked[m->n++] = *now;
    else
        m->lost = true;
}

// What the answer is to; an interim one (1xx) answers nothing yet.
static void read_answer(struct more *m, struct asked *now, uint16_t status)
{
    *now = (struct asked){0};
    if (!m->n || m->lost)
        return;
    *now = m->asked[0];
    if (status >= 200)
        memmove(m->asked, m->asked + 1, --m->n * sizeof(*m->asked));
}

static bool is_request(struct slice line)
{
    static const char end[] = " HTTP/1.";
    struct head h = {.bytes = line, .length = line.n, .stream = true};
    uint8_t room[LINE_MOST + 2];

    if (line.n < sizeof(end) || line.n > LINE_MOST)
        return false;
    memcpy(room, line.p, line.n); // a probe wants to see the line's end, if there is one
    memcpy(room + line.n, "\r\n", 2);
    h.bytes = slice_of(room, line.n < LINE_MOST ? line.n + 2 : line.n);
    return probe(&h) == YES;
}

static void read_start(struct more *m, struct way *w, struct asked *now, struct slice line)
{
    uint32_t status;

    *w = (struct way){.lines = w->lines};
    if (line_begins(&line, "HTTP/1.") && line.n > 2) {
        struct slice rest = slice_of(line.p + 2, line.n - 2);
        if (!line_number(&rest, 999, &status) || status < 100)
            return;
        w->status = (uint16_t)status;
        read_answer(m, now, w->status);
        w->phase = HEADERS;
    } else if (is_request(line)) {
        read_request(m, now, line);
        w->phase = HEADERS;
    }
}

// false: it does not begin with a number.
static bool read_long(struct slice s, uint64_t *v)
{
    uint32_t n = 0;

    *v = 0;
    for (; n < s.n && n < DIGITS_MOST && s.p[n] >= '0' && s.p[n] <= '9'; n++)
        *v = *v * 10 + (uint64_t)(s.p[n] - '0');
    return n > 0;
}

static void read_header(struct way *w, struct asked *now, struct slice line)
{
    static const struct {
        const char *word, *end;
    } packing[] = {{"gzip", ".gz"},
                   {"br", ".br"},
                   {"zstd", ".zst"},
                   {"deflate", ".deflate"},
                   {"compress", ".Z"}};
    struct slice s = line;

    if (line_begins(&s, "Content-Length:")) {
        while (line_begins(&s, " "))
            ;
        w->sized = read_long(s, &w->left);
    } else if (line_begins(&s, "Content-Range: bytes ")) {
        (void)read_long(s, &w->offset);
    } else if (line_begins(&s, "Transfer-Encoding:")) {
        w->chunked |= slice_has_word(s, "chunked");
    } else if (line_begins(&s, "Content-Disposition:")) {
        name_of_disposition(&now->name, s);
    } else if (line_begins(&s, "Content-Encoding:")) {
        for (size_t i = 0; i < COUNT_OF(packing) && !w->packed; i++)
            if (slice_has_word(s, packing[i].word))
                w->packed = packing[i].end;
    }
}

// ---------------------------------------------------------------- bodies

static void end_message(struct ctx *x, struct way *w, bool whole)
{
    enum { PARTIAL = 206 };

    carry_end(x, &w->file, whole && w->status != PARTIAL);
    w->phase = START;
}

static bool has_body(const struct way *w, const struct asked *now)
{
    enum { NO_CONTENT = 204, NOT_MODIFIED = 304 };

    if (!w->status)
        return w->chunked || (w->sized && w->left);
    return w->status >= 200 && w->status != NO_CONTENT && w->status != NOT_MODIFIED &&
           now->method != HEAD_METHOD && (w->chunked || !w->sized || w->left);
}

static bool opens_tunnel(const struct way *w, const struct asked *now)
{
    enum { SWITCHING = 101 };

    return w->status == SWITCHING ||
           (now->method == CONNECT_METHOD && w->status >= 200 && w->status < 300);
}

static void end_headers(struct ctx *x, struct state *s, enum side side)
{
    struct way *w = &s->way[side];
    struct asked *now = &s->more->now[side];

    if (opens_tunnel(w, now)) {
        end_message(x, &s->way[ORIG], false);
        end_message(x, &s->way[RESP], false);
        s->way[ORIG].phase = s->way[RESP].phase = TUNNEL;
        return;
    }
    if (!has_body(w, now)) {
        w->phase = START;
        return;
    }
    w->phase = w->chunked ? CHUNK_SIZE : w->sized ? BODY : UNTIL_END;
    w->file = carry_begin(x, &(struct carry){.source = "http",
                                             .name = slice_of(now->name.text, now->name.n),
                                             .packed = w->packed,
                                             .offset = w->offset,
                                             .side = side});
}

static void read_chunk_size(struct ctx *x, struct way *w, struct slice line)
{
    uint32_t n = 0;

    w->left = 0;
    for (; n < line.n && n < DIGITS_MOST && hex_digit(line.p[n]) >= 0; n++)
        w->left = w->left << 4 | (uint64_t)hex_digit(line.p[n]);
    if (n)
        w->phase = w->left ? CHUNK : TRAILERS;
    else
        end_message(x, w, false);
}

// What counts down to zero did.
static void end_part(struct ctx *x, struct way *w)
{
    if (w->phase == CHUNK)
        w->phase = CHUNK_END;
    else
        end_message(x, w, true);
}

static void read_line(struct ctx *x, struct state *s, enum side side, struct slice line)
{
    struct way *w = &s->way[side];

    switch (w->phase) {
    case START: read_start(s->more, w, &s->more->now[side], line); break;
    case HEADERS:
        if (line.n)
            read_header(w, &s->more->now[side], line);
        else
            end_headers(x, s, side);
        break;
    case CHUNK_SIZE: read_chunk_size(x, w, line); break;
    case CHUNK_END:
        if (line.n)
            end_message(x, w, false);
        else
            w->phase = CHUNK_SIZE;
        break;
    default: // TRAILERS
        if (!line.n)
            end_message(x, w, true);
    }
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct state *s = state;
    struct way *w = &s->way[side];
    struct progress g;

    if (!s->more) {
        s->more = feed_block(x);
        if (s->more)
            memset(s->more, 0, sizeof(*s->more));
    }
    if (!s->more || w->phase == TUNNEL)
        return (struct progress){0};
    if (w->phase == UNTIL_END || w->phase == BODY || w->phase == CHUNK) {
        uint32_t n = w->phase != UNTIL_END && w->left < in.n ? (uint32_t)w->left : in.n;
        carry_data(x, w->file, slice_of(in.p, n));
        w->left -= w->phase == UNTIL_END ? 0 : n;
        if (w->phase != UNTIL_END && !w->left)
            end_part(x, w);
        return (struct progress){.used = n};
    }
    struct slice line = lines_next(&w->lines, in, &g);
    if (line.p)
        read_line(x, s, side, line);
    return g;
}

// Inside a body it is known how much goes on; else nothing is, up to the next first line.
static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    struct state *s = state;
    struct way *w = &s->way[side];

    if (w->phase == TUNNEL)
        return;
    if (w->phase == UNTIL_END) {
        carry_gap(w->file, lost);
    } else if ((w->phase == BODY || w->phase == CHUNK) && lost <= w->left) {
        carry_gap(w->file, lost);
        w->left -= lost;
        if (!w->left)
            end_part(x, w);
    } else {
        end_message(x, w, false);
        w->lines = (struct lines){.cut = true};
        if (s->more)
            s->more->lost = true;
    }
}

static void end(struct ctx *x, void *state)
{
    struct state *s = state;

    for (enum side side = ORIG; side <= RESP; side++)
        carry_end(x, &s->way[side].file,
                  s->way[side].phase == UNTIL_END && carry_closed(x->talk, side));
    if (s->more)
        feed_block_back(x, s->more);
}

const struct analyser proto_http = {
    .name = "http",
    .title = "HTTP",
    .spec = "RFC 9112",
    .why = "it begins with an HTTP/1 request or status line",
    .over = OVER_TCP,
    .hint = {80, 8080},
    .only_for = CARRY_EVENTS,
    .state_size = sizeof(struct state),
    .most = LINE_MOST,
    .probe = probe,
    .data = data,
    .gap = gap,
    .end = end,
};
