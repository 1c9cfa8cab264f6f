// SPDX-License-Identifier: Apache-2.0
// pipit rpcinfo: which remote programs hosts offer, and who asked for them.
#include "app/session.h"
#include "app/table.h"

struct rpcinfo_view {
    struct output out;
    const struct rpc_offer *offer;
    const struct rpc_sweep *sweep;
    uint32_t n, sweeps;
    bool dates; // of different days
};

static const char *known_words(const struct rpc_offer *x)
{
    return x->gone ? "removed" : x->old ? "long ago" : rpc_known_name[x->known];
}

static void put_clients(struct text *t, const struct rpc_offer *x)
{
    for (uint8_t i = 0; i < x->clients; i++) {
        text_str(t, i ? " " : "");
        text_addr(t, &x->client[i]);
    }
    text_str(t, x->more_clients ? " ..." : "");
}

static void offer_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct rpcinfo_view *v = user;
    const struct rpc_offer *x = &v->offer[i];
    bool there = x->known > RPC_CALLED && !x->gone && !x->old;

    if (!i || !addr_equal(&x->server, &v->offer[i - 1].server))
        text_addr(&c->text, &x->server); // once for all its programs
    cell(c, STYLE_PLAIN);
    text_u64(&c->text, x->program);
    cell(c, STYLE_PLAIN);
    text_u64(&c->text, x->version);
    cell(c, STYLE_PLAIN);
    cell_text(c, x->proto);
    if (x->port)
        text_u64(&c->text, x->port);
    cell(c, STYLE_PLAIN);
    cell_text(c, x->name ? x->name : "");
    if (x->risk)
        text_str(&c->text, "dangerous");
    cell(c, there ? STYLE_NOTE : STYLE_PLAIN);
    cell_text(c, known_words(x));
    if (x->calls)
        text_thousands(&c->text, x->calls);
    cell(c, STYLE_PLAIN);
    put_clients(&c->text, x);
    cell(c, STYLE_PLAIN);
    text_moment(&c->text, x->first, v->dates);
    cell(c, STYLE_FAINT);
    text_moment(&c->text, x->last, v->dates);
    cell(c, STYLE_FAINT);
}

static void print_table(struct rpcinfo_view *v)
{
    const nsec day = 86400 * SECOND;
    struct text *t = &v->out.text;
    struct table table = {
        .column = {{"HOST", TABLE_LEFT, 0},
                   {"PROGRAM", TABLE_RIGHT, 0},
                   {"VERS", TABLE_RIGHT, 0},
                   {"PROTO", TABLE_LEFT, 0},
                   {"PORT", TABLE_RIGHT, 0},
                   {"SERVICE", TABLE_LEFT, 0},
                   {"RISK", TABLE_LEFT, 0},
                   {"KNOWN BY", TABLE_LEFT, 0},
                   {"CALLS", TABLE_RIGHT, 0},
                   {"ASKED BY", TABLE_LEFT, 0},
                   {"FIRST", TABLE_LEFT, 0},
                   {"LAST", TABLE_LEFT, 0}},
        .n = 12,
        .drop = {[8] = 2, [9] = 1, [10] = 3, [11] = 4},
    };

    if (!v->n) {
        text_str(t, "no remote procedure call was seen\n");
        return;
    }
    for (uint32_t i = 0; i < v->n; i++)
        v->dates = v->dates || v->offer[i].last / day != v->offer[0].first / day;
    if (!v->dates)
        output_date(&v->out, v->offer[0].first);
    table_print(&table, (struct rows){offer_cells, v}, v->n, &v->out);
    for (uint32_t i = 0; i < v->sweeps; i++) {
        text_char(t, '\n');
        rpc_sweep_words(t, &v->sweep[i]);
    }
    text_str(t, v->sweeps ? "\n" : "");
}

static void put_addr_of(struct text *t, const struct addr *a)
{
    text_char(t, '"');
    text_addr(t, a);
    text_char(t, '"');
}

static void put_json(struct rpcinfo_view *v, const struct rpc_offer *x)
{
    struct text *t = &v->out.text;

    text_str(t, "{\"host\":");
    put_addr_of(t, &x->server);
    json_number(t, "program", x->program);
    json_number(t, "version", x->version);
    json_text(t, "proto", x->proto);
    if (x->port)
        json_number(t, "port", x->port);
    if (x->name)
        json_text(t, "name", x->name);
    json_text(t, "known_by", known_words(x));
    if (x->risk)
        text_str(t, ",\"dangerous\":true");
    if (x->high) {
        json_number(t, "low", x->low);
        json_number(t, "high", x->high);
    }
    json_number(t, "calls", x->calls);
    json_key(t, "asked_by");
    for (uint8_t i = 0; i < x->clients; i++) {
        text_char(t, i ? ',' : '[');
        put_addr_of(t, &x->client[i]);
    }
    text_str(t, "]");
    json_key(t, "first");
    text_seconds(t, x->first);
    json_key(t, "last");
    text_seconds(t, x->last);
    text_str(t, "}\n");
}

static void print(struct rpcinfo_view *v, struct rpcs *r, const struct choice *c)
{
    v->offer = rpcs_offers(r, &v->n);
    v->sweep = rpcs_sweeps(r, &v->sweeps);
    if (!c->json) {
        print_table(v);
        if (rpcs_sums(r).offers_lost)
            text_printf(&v->out.text, "and more, for which there was no room (%llu times)\n",
                        (unsigned long long)rpcs_sums(r).offers_lost);
    }
    for (uint32_t i = 0; c->json && i < v->n && !v->out.closed; i++) {
        put_json(v, &v->offer[i]);
        output_check(&v->out);
    }
}

int command_rpcinfo(const struct choice *c)
{
    struct rpcinfo_view v = {.out = {.color = color_wanted(c), .width = output_width()}};
    struct job j = {.choice = c, .watch.rpcs = rpcs_open()};
    int status = 2;

    if (session_run(&j)) {
        print(&v, j.watch.rpcs, c);
        status = session_end(&j, output_close(&v.out));
    }
    text_free(&v.out.text);
    watchers_close(&j.watch);
    return status;
}
