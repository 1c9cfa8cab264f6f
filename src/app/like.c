// SPDX-License-Identifier: Apache-2.0
// pipit flows --like UID: the conversations that are most like one of them, by the tokens of
// their first messages (identification, section 7.8).
#include "app/like.h"

#include <stdlib.h>
#include <string.h>

#include "app/gather.h"
#include "app/session.h"
#include "app/table.h"

#define LIKE_LEAST 0.1f // below, it is chance
enum { LIKE_ROWS = 100000, TOKENS_HELD = 64 * 1024 * 1024, ROWS_SHOWN = 50 };

struct like_row {
    nsec start;
    struct addr orig, resp;
    uint64_t uid, bytes;
    const char *proto, *service;
    uint32_t *token; // until they are compared
    uint32_t tokens;
    float like, very; // 0 to 1: without sizes and bytes; with all
    uint16_t orig_port, resp_port;
};

struct like_view {
    struct output out;
    const struct choice *c;
    struct like_row *row;
    uint32_t rows;
    uint32_t *token, held; // what is waiting for the one it is to be compared with
    uint64_t lost;
    struct tokens all, kind; // of the one: all tokens; without sizes and bytes
    bool found, exists;      // it sent payload; there is a record of it
    struct gather *gather;
};

// ---------------------------------------------------------------- comparing

// What says which protocol it is, without what one program's messages look like.
static void keep_kind(struct tokens *to, const struct tokens *from)
{
    tokens_clear(to);
    for (uint32_t i = 0; i < from->n; i++) {
        enum meter_family family = meter_family(from->hash[i]);
        if (family != SHAPE && family != BYTES && family != LETTERS)
            tokens_add(to, from->hash[i]);
    }
}

static void compare(const struct like_view *v, struct like_row *r, const struct tokens *all)
{
    struct tokens kind;

    keep_kind(&kind, all);
    r->very = (float)tokens_alike(&v->all, all);
    r->like = (float)tokens_alike(&v->kind, &kind);
}

static bool hold(struct like_view *v, struct like_row *r, const struct tokens *t)
{
    if (v->held + t->n > TOKENS_HELD)
        return false;
    r->token = v->token + v->held;
    r->tokens = t->n;
    memcpy(r->token, t->hash, t->n * sizeof(*t->hash));
    v->held += t->n;
    return true;
}

static void on_talk(void *user, const struct glimpse *g, const struct ev_conn *e)
{
    struct like_view *v = user;
    struct tokens t;
    struct like_row r = {.start = e->start,
                         .orig = e->head.src,
                         .resp = e->head.dst,
                         .orig_port = e->head.sport,
                         .resp_port = e->head.dport,
                         .uid = e->head.uid,
                         .bytes = e->orig_ip_bytes + e->resp_ip_bytes,
                         .proto = e->proto,
                         .service = e->service};

    meter(&t, g);
    if (r.uid == v->c->like && !v->found) {
        v->found = true;
        v->all = t;
        keep_kind(&v->kind, &t);
    }
    if (v->rows == LIKE_ROWS || (!v->found && !hold(v, &r, &t))) {
        v->lost++;
        return;
    }
    if (v->found)
        compare(v, &r, &t);
    v->row[v->rows++] = r;
}

static bool on_event(void *user, const struct event *e)
{
    struct like_view *v = user;

    v->exists |= e->id == EV_conn && e->uid == v->c->like;
    return gather_event(v->gather, e);
}

static int by_likeness(const void *a, const void *b)
{
    const struct like_row *x = a, *y = b;
    float one = x->like + x->very, other = y->like + y->very;

    if (one > other || one < other)
        return one < other ? 1 : -1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->uid < y->uid ? -1 : x->uid > y->uid;
}

// Compares what came before the one, and sorts. The one itself is not among the rows.
static void finish(struct like_view *v)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < v->rows; i++) {
        struct like_row *r = &v->row[i];
        struct tokens t;
        if (r->uid == v->c->like)
            continue;
        if (r->token) {
            tokens_clear(&t);
            for (uint32_t k = 0; k < r->tokens; k++)
                tokens_add(&t, r->token[k]);
            compare(v, r, &t);
        }
        if (r->like >= LIKE_LEAST || r->very >= LIKE_LEAST)
            v->row[n++] = *r;
    }
    v->rows = n;
    qsort(v->row, n, sizeof(*v->row), by_likeness);
}

// ---------------------------------------------------------------- printing

static void cell_percent(struct cells *c, float share)
{
    text_printf(&c->text, "%u %%", (unsigned)(share * 100 + 0.5f));
    cell(c, STYLE_PLAIN);
}

static void like_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct like_view *v = user;
    const struct like_row *r = &v->row[i];

    cell_percent(c, r->like);
    cell_percent(c, r->very);
    text_moment(&c->text, r->start, false);
    cell(c, STYLE_FAINT);
    text_endpoint(&c->text, &r->orig, r->orig_port);
    cell(c, STYLE_PLAIN);
    text_endpoint(&c->text, &r->resp, r->resp_port);
    cell(c, STYLE_PLAIN);
    cell_text(c, r->proto);
    cell_text(c, r->service);
    text_size(&c->text, r->bytes);
    cell(c, STYLE_PLAIN);
    text_uid(&c->text, r->uid);
    cell(c, STYLE_FAINT);
}

static void print_table(struct like_view *v)
{
    struct table table = {.column = {{"LIKE", TABLE_RIGHT, 0},
                                     {"VERY", TABLE_RIGHT, 0},
                                     {"START", TABLE_LEFT, 0},
                                     {"ORIGINATOR", TABLE_LEFT, 0},
                                     {"RESPONDER", TABLE_LEFT, 0},
                                     {"PROTO", TABLE_LEFT, 0},
                                     {"SERVICE", TABLE_LEFT, 0},
                                     {"BYTES", TABLE_RIGHT, 0},
                                     {"UID", TABLE_LEFT, 0}},
                          .n = 9,
                          .drop = {[2] = 3, [5] = 2, [7] = 1}};
    uint32_t shown = min_u32(v->rows, ROWS_SHOWN);
    struct text *t = &v->out.text;

    if (!shown) {
        text_str(t, "No other conversation is like it.\n");
        return;
    }
    table_print(&table, (struct rows){like_cells, v}, shown, &v->out);
    text_char(t, '\n');
    if (shown < v->rows) {
        text_printf(t, "the %u most alike of ", shown);
        text_plural(t, v->rows, "conversation", "conversations");
        text_str(t, "; --json prints all\n");
    }
    text_str(t, "LIKE: by structure and text, as of the same protocol\n"
                "VERY: by sizes and bytes, too, as of the same program\n");
    if (v->lost) {
        text_plural(t, v->lost, "conversation", "conversations");
        text_str(t, " not compared: too many; -f leaves out what is of no interest\n");
    }
}

static void put_row_json(struct text *t, const struct like_row *r)
{
    struct text word = {0};

    text_str(t, "{\"uid\":\"");
    text_uid(t, r->uid);
    text_str(t, "\",\"like\":");
    text_printf(t, "%.3f,\"very_like\":%.3f", (double)r->like, (double)r->very);
    json_key(t, "ts");
    text_seconds(t, r->start);
    text_addr(&word, &r->orig);
    text_char(&word, 0);
    json_text(t, "id.orig_h", word.p);
    json_number(t, "id.orig_p", r->orig_port);
    text_clear(&word);
    text_addr(&word, &r->resp);
    text_char(&word, 0);
    json_text(t, "id.resp_h", word.p);
    json_number(t, "id.resp_p", r->resp_port);
    json_text(t, "proto", r->proto);
    json_text(t, "service", r->service);
    text_str(t, "}\n");
    text_free(&word);
}

static void print_json(struct like_view *v)
{
    for (uint32_t i = 0; i < v->rows && !v->out.closed; i++) {
        put_row_json(&v->out.text, &v->row[i]);
        output_check(&v->out);
    }
}

// ---------------------------------------------------------------- the command

static void say_missing(const struct like_view *v)
{
    struct text uid = {0};

    text_uid(&uid, v->c->like);
    if (v->exists)
        say(SAY_ERROR, "%.*s sent no payload, so nothing can be compared with it", (int)uid.n,
            uid.p);
    else
        say(SAY_ERROR, "no conversation has the uid %.*s; pipit flows lists them", (int)uid.n,
            uid.p);
    text_free(&uid);
}

static int like(struct like_view *v)
{
    struct job j = {
        .choice = v->c, .wanted = WANT(conn) | WANT(message), .user = v, .event = on_event};

    if (!session_run(&j))
        return 2;
    v->lost += gather_lost(v->gather);
    if (!v->found) {
        session_end(&j, 0);
        say_missing(v);
        return 2;
    }
    finish(v);
    if (v->c->json)
        print_json(v);
    else
        print_table(v);
    return session_end(&j, output_close(&v->out));
}

int flows_like(const struct choice *c)
{
    struct like_view *v = mem_reserve(sizeof(*v));

    v->c = c;
    v->gather = gather_new(on_talk, v);
    v->out.color = color_wanted(c);
    v->out.width = output_width();
    v->row = mem_reserve(LIKE_ROWS * sizeof(*v->row));
    v->token = mem_reserve(TOKENS_HELD * sizeof(*v->token));
    int status = like(v);
    gather_free(v->gather);
    mem_release(v->row, LIKE_ROWS * sizeof(*v->row));
    mem_release(v->token, TOKENS_HELD * sizeof(*v->token));
    text_free(&v->out.text);
    mem_release(v, sizeof(*v));
    return status;
}
