// SPDX-License-Identifier: Apache-2.0
// pipit timeline: what happened in a PROFINET plant, a line a step.
#include "app/session.h"
#include "app/table.h"

struct timeline_view {
    struct output out;
    struct plant *plant;
    const struct plant_step *step;
    uint32_t n;
    bool dates; // of different days
};

static void step_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct timeline_view *v = user;
    const struct plant_step *s = &v->step[i];

    text_moment(&c->text, s->first, v->dates);
    cell(c, STYLE_FAINT);
    if (s->has_client)
        text_mac(&c->text, &s->client);
    else
        text_str(&c->text, "many");
    cell(c, STYLE_PLAIN);
    if (s->has_server)
        text_mac(&c->text, &s->server);
    cell(c, STYLE_PLAIN);
    step_words(&c->text, v->plant, s);
    cell(c, STYLE_PLAIN);
    step_result(&c->text, v->plant, s);
    cell(c, s->kind == STEP_SET && s->outcome != DCP_DONE ? STYLE_NOTE : STYLE_PLAIN);
    if (s->count > 1)
        text_thousands(&c->text, s->count);
    cell(c, STYLE_PLAIN);
    if (s->took >= 0)
        text_span(&c->text, s->took);
    cell(c, STYLE_PLAIN);
    text_u64(&c->text, s->packet);
    cell(c, STYLE_FAINT);
}

static void print_table(struct timeline_view *v)
{
    const nsec day = 86400 * SECOND;
    struct table t = {
        .column = {{"TIME", TABLE_LEFT, 0},
                   {"FROM", TABLE_LEFT, 0},
                   {"TO", TABLE_LEFT, 0},
                   {"STEP", TABLE_LEFT, 0},
                   {"RESULT", TABLE_LEFT, 0},
                   {"COUNT", TABLE_RIGHT, 0},
                   {"TOOK", TABLE_RIGHT, 0},
                   {"PACKET", TABLE_RIGHT, 0}},
        .n = 8,
        .drop = {[2] = 2, [5] = 3, [6] = 4, [7] = 5},
    };

    if (!v->n) {
        text_str(&v->out.text, "no PROFINET DCP and no cyclic data\n");
        return;
    }
    v->dates = v->step[0].first / day != v->step[v->n - 1].first / day;
    table_print(&t, (struct rows){step_cells, v}, v->n, &v->out);
}

static void put_words(struct text *t, const char *key, struct text *words)
{
    text_char(words, 0);
    if (!words->full && words->p[0])
        json_text(t, key, words->p);
    text_clear(words);
}

static void put_json(struct timeline_view *v, const struct plant_step *s, struct text *words)
{
    struct text *t = &v->out.text;

    text_str(t, "{\"ts\":");
    text_seconds(t, s->first);
    json_key(t, "last");
    text_seconds(t, s->last);
    if (s->has_client)
        text_mac(words, &s->client);
    put_words(t, "client", words);
    if (s->has_server)
        text_mac(words, &s->server);
    put_words(t, "server", words);
    if (s->vlan)
        json_number(t, "vlan", s->vlan);
    step_words(words, v->plant, s);
    put_words(t, "step", words);
    if (s->name)
        json_text(t, "name", plant_name(v->plant, s->name));
    if (s->ip.kind)
        text_addr(words, &s->ip);
    put_words(t, "ip", words);
    step_result(words, v->plant, s);
    put_words(t, "result", words);
    json_number(t, "count", s->count);
    if (s->took >= 0) {
        json_key(t, "took");
        text_seconds(t, s->took);
    }
    json_number(t, "packet", s->packet);
    text_str(t, "}\n");
}

static void print(struct timeline_view *v, const struct choice *c)
{
    struct text words = {0};

    v->step = plant_steps(v->plant, &v->n);
    if (!c->json) {
        print_table(v);
        if (plant_sums(v->plant).steps_lost) {
            text_str(&v->out.text, "and ");
            text_plural(&v->out.text, plant_sums(v->plant).steps_lost, "step", "steps");
            text_str(&v->out.text, " more, which found no room\n");
        }
    }
    for (uint32_t i = 0; c->json && i < v->n && !v->out.closed; i++) {
        put_json(v, &v->step[i], &words);
        output_check(&v->out);
    }
    text_free(&words);
}

int command_timeline(const struct choice *c)
{
    struct timeline_view v = {.out = {.color = color_wanted(c), .width = output_width()},
                              .plant = plant_open(false)};
    struct job j = {.choice = c, .watch.plant = v.plant};
    int status = 2;

    if (session_run(&j)) {
        print(&v, c);
        status = session_end(&j, output_close(&v.out));
    }
    text_free(&v.out.text);
    plant_close(v.plant);
    return status;
}
