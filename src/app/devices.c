// SPDX-License-Identifier: Apache-2.0
// pipit devices: the stations of a plant, as a table, as CSV, or as the device log.
#include "app/session.h"
#include "app/table.h"

struct devices_view {
    struct output out;
    struct plant *plant;
    const struct station *const *station;
    uint32_t n;
    bool dates;
};

static void put_id(struct text *t, const struct station *s)
{
    if (s->has_id)
        text_printf(t, "%04x:%04x", s->vendor, s->device);
}

static const struct setter *last_setter(const struct station *s)
{
    return s->setters ? &s->setter[(s->setters - 1) % PLANT_SETTERS] : NULL;
}

static void put_word(struct text *t, const char *word)
{
    text_str(t, word ? word : "");
}

static void station_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct devices_view *v = user;
    const struct station *s = v->station[i];
    uint32_t modules;

    text_mac(&c->text, &s->mac);
    cell(c, STYLE_PLAIN);
    if (s->vlan)
        text_u64(&c->text, s->vlan);
    cell(c, STYLE_PLAIN);
    text_add(&c->text, station_called(v->plant, s));
    cell(c, STYLE_PLAIN);
    if (s->ip.kind)
        text_addr(&c->text, &s->ip);
    cell(c, STYLE_PLAIN);
    put_word(&c->text, station_vendor(s));
    cell(c, STYLE_PLAIN);
    put_id(&c->text, s);
    cell(c, STYLE_PLAIN);
    text_bytes(&c->text, s->type, s->type_n);
    cell(c, STYLE_PLAIN);
    put_word(&c->text, station_role(s));
    cell(c, STYLE_PLAIN);
    cell_text(c, station_state(v->plant, s));
    text_add(&c->text, station_controller(v->plant, s, &modules));
    cell(c, STYLE_PLAIN);
    if (modules)
        text_u64(&c->text, modules);
    cell(c, STYLE_PLAIN);
    if (s->setters)
        text_mac(&c->text, &last_setter(s)->client);
    cell(c, STYLE_PLAIN);
    text_moment(&c->text, s->first, v->dates);
    cell(c, STYLE_FAINT);
    text_moment(&c->text, s->last, v->dates);
    cell(c, STYLE_FAINT);
}

static void print_table(struct devices_view *v)
{
    const nsec day = 86400 * SECOND;
    struct table t = {
        .column = {{"MAC", TABLE_LEFT, 0},
                   {"VLAN", TABLE_RIGHT, 0},
                   {"NAME", TABLE_LEFT, 0},
                   {"IP", TABLE_LEFT, 0},
                   {"VENDOR", TABLE_LEFT, 0},
                   {"ID", TABLE_LEFT, 0},
                   {"TYPE", TABLE_LEFT, 0},
                   {"ROLE", TABLE_LEFT, 0},
                   {"STATE", TABLE_LEFT, 0},
                   {"CONTROLLER", TABLE_LEFT, 0},
                   {"MODULES", TABLE_RIGHT, 0},
                   {"SET BY", TABLE_LEFT, 0},
                   {"FIRST", TABLE_LEFT, 0},
                   {"LAST", TABLE_LEFT, 0}},
        .n = 14,
        .drop = {[1] = 1,
                 [4] = 2,
                 [5] = 7,
                 [6] = 5,
                 [7] = 3,
                 [9] = 4,
                 [10] = 6,
                 [11] = 8,
                 [12] = 10,
                 [13] = 9},
    };

    if (!v->n) {
        text_str(&v->out.text, "no station was seen\n");
        return;
    }
    for (uint32_t i = 0; i < v->n; i++)
        v->dates = v->dates || v->station[i]->last / day != v->station[0]->first / day;
    table_print(&t, (struct rows){station_cells, v}, v->n, &v->out);
}

// RFC 4180: what holds a comma or a quote is quoted.
static void put_value(struct text *t, struct slice s)
{
    if (!s.n || (!memchr(s.p, ',', s.n) && !memchr(s.p, '"', s.n))) {
        text_add(t, s);
        return;
    }
    text_char(t, '"');
    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            text_char(t, '"');
        text_char(t, (char)s.p[i]);
    }
    text_char(t, '"');
}

static void print_csv(struct devices_view *v)
{
    struct text *t = &v->out.text;
    struct cells c = {.n = 0};

    text_str(
        t, "mac,vlan,name,ip,vendor,id,type,role,state,controller,modules,set_by,first,last\n");
    v->dates = true;
    for (uint32_t i = 0; i < v->n && !v->out.closed; i++) {
        cells_clear(&c);
        station_cells(v, i, &c);
        for (unsigned k = 0; k < c.n; k++) {
            size_t from = k ? c.end[k - 1] : 0;
            text_str(t, k ? "," : "");
            put_value(t, slice_of(c.text.p + from, c.end[k] - from));
        }
        text_char(t, '\n');
        output_check(&v->out);
    }
    text_free(&c.text);
}

static void print(struct devices_view *v, const struct choice *c)
{
    v->station = plant_stations(v->plant, &v->n);
    if (c->csv)
        print_csv(v);
    else
        print_table(v);
}

int command_devices(const struct choice *c)
{
    struct devices_view v = {.out = {.color = color_wanted(c), .width = output_width()},
                             .plant = plant_open(false)};
    struct choice chosen = *c;
    struct job j = {.choice = &chosen, .watch.plant = v.plant};
    int status = 2;

    if (c->json) {
        chosen.log = EV_device;
        j.sink = JOB_STDOUT;
        j.written = WANT(device);
    }
    if (session_run(&j)) {
        if (!c->json)
            print(&v, c);
        status = session_end(&j, output_close(&v.out));
    }
    text_free(&v.out.text);
    plant_close(v.plant);
    return status;
}
