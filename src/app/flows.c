// SPDX-License-Identifier: Apache-2.0
// pipit flows: a table of conversations by their first packets. Records come when conversations
// end, so rows are kept and sorted; there is a bound, beyond which they are printed as they
// come.
#include "app/session.h"

#include <stdlib.h>
#include <string.h>

#include "app/like.h"
#include "app/table.h"

enum { ROWS_MOST = 100000, ETHER_MOST = 20000 };

struct talk_row {
    nsec start, duration;
    struct addr orig, resp;
    uint64_t uid, packets[2], bytes[2];
    const char *proto, *service, *sub, *hint, *state, *paired_by;
    uint16_t orig_port, resp_port, legs;
    uint8_t ip_proto;
    bool expected, inner;
};

struct ether_row {
    nsec first, last;
    struct mac src, dst;
    uint64_t uid, frames, bytes;
    const char *service;
    uint16_t type;
    bool has_macs;
};

struct flows_view {
    struct output out;
    struct talk_row *talk;
    uint32_t talks;
    uint64_t all, joined; // joined: of more than one leg
    struct ether_row *ether;
    uint32_t ethers;
    uint64_t ethers_lost;
    struct table table;
    bool streaming; // the table was full once: its head and first rows are printed
    bool dates;     // of different days
    bool narrow;    // the terminal has no room for all of it
    bool expected, hinted, inner; // marks that need a word in the end
};

// ---------------------------------------------------------------- cells

static void put_start(struct cells *c, nsec start, const struct flows_view *v)
{
    text_moment(&c->text, start, v->dates);
    if (v->narrow)
        c->text.n -= strlen(".000");
    cell(c, STYLE_FAINT);
}

static bool has_ports(const struct talk_row *r)
{
    enum { TCP = 6, UDP = 17, SCTP = 132 };

    return r->ip_proto == TCP || r->ip_proto == UDP || r->ip_proto == SCTP;
}

static void put_end(struct cells *c, const struct addr *a, uint16_t port, bool with_port)
{
    if (with_port)
        text_endpoint(&c->text, a, port);
    else
        text_addr(&c->text, a);
    cell(c, STYLE_PLAIN);
}

static void put_proto(struct cells *c, const struct talk_row *r)
{
    enum { ICMP = 1, ICMP6 = 58 };

    if (r->ip_proto == ICMP || r->ip_proto == ICMP6)
        text_printf(&c->text, "icmp %u", r->orig_port); // the type, as in Zeek's records
    else if (has_ports(r))
        text_str(&c->text, r->proto);
    else
        text_printf(&c->text, "ip %u", r->ip_proto);
    cell(c, STYLE_PLAIN);
}

static void put_service(struct cells *c, const struct talk_row *r)
{
    bool unknown = !strcmp(r->service, "unknown");

    text_str(&c->text, unknown && r->hint ? r->hint : r->service);
    text_printf(&c->text, "%s%s", r->sub ? "/" : "", r->sub ? r->sub : "");
    text_str(&c->text, unknown && r->hint ? "~" : r->expected ? "*" : "");
    text_str(&c->text, r->inner ? "^" : "");
    cell(c, unknown ? STYLE_FAINT : STYLE_PLAIN);
}

static void put_both(struct cells *c, const uint64_t n[2])
{
    text_short(&c->text, n[0]);
    text_char(&c->text, '+');
    text_short(&c->text, n[1]);
    cell(c, STYLE_PLAIN);
}

static void talk_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct flows_view *v = user;
    const struct talk_row *r = &v->talk[i];

    put_start(c, r->start, v);
    put_end(c, &r->orig, r->orig_port, has_ports(r));
    put_end(c, &r->resp, r->resp_port, has_ports(r));
    put_proto(c, r);
    put_service(c, r);
    cell_text(c, r->state);
    put_both(c, r->packets);
    put_both(c, r->bytes);
    text_span(&c->text, r->duration);
    cell(c, STYLE_PLAIN);
    if (r->legs > 1)
        text_u64(&c->text, r->legs);
    if (r->legs > 1 && r->paired_by && !v->narrow)
        text_printf(&c->text, " %s", r->paired_by);
    cell(c, STYLE_NOTE);
    text_uid(&c->text, r->uid);
    cell(c, STYLE_FAINT);
}

static void ether_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct flows_view *v = user;
    const struct ether_row *r = &v->ether[i];

    put_start(c, r->first, v);
    if (r->has_macs)
        text_mac(&c->text, &r->src);
    cell(c, STYLE_PLAIN);
    if (r->has_macs)
        text_mac(&c->text, &r->dst);
    cell(c, STYLE_PLAIN);
    if (r->type)
        text_printf(&c->text, "0x%04x", r->type);
    else
        text_str(&c->text, "none");
    cell(c, STYLE_PLAIN);
    cell_text(c, r->service);
    text_thousands(&c->text, r->frames);
    cell(c, STYLE_PLAIN);
    text_size(&c->text, r->bytes);
    cell(c, STYLE_PLAIN);
    text_span(&c->text, r->last - r->first);
    cell(c, STYLE_PLAIN);
    text_uid(&c->text, r->uid);
    cell(c, STYLE_FAINT);
}

// ---------------------------------------------------------------- the talks

static int by_start(const void *a, const void *b)
{
    const struct talk_row *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

// qsort may swap equals; a merge keeps them in the order they came, which is the same in every
// run.
static void sort_talks(struct flows_view *v)
{
    struct talk_row *other = mem_reserve(ROWS_MOST * sizeof(*other));
    struct talk_row *from = v->talk, *to = other;

    for (uint32_t width = 1; width < v->talks; width *= 2) {
        for (uint32_t low = 0; low < v->talks; low += 2 * width) {
            uint32_t middle = min_u32(low + width, v->talks);
            uint32_t high = min_u32(low + 2 * width, v->talks), a = low, b = middle;
            for (uint32_t i = low; i < high; i++)
                to[i] = a < middle && (b == high || by_start(&from[b], &from[a]) >= 0)
                            ? from[a++]
                            : from[b++];
        }
        struct talk_row *swap = from;
        from = to;
        to = swap;
    }
    v->talk = from;
    mem_release(to, ROWS_MOST * sizeof(*other));
}

static void prepare_table(struct flows_view *v)
{
    static const struct column column[] = {
        {"START", TABLE_LEFT, 0},     {"ORIGINATOR", TABLE_LEFT, 0},
        {"RESPONDER", TABLE_LEFT, 0}, {"PROTO", TABLE_LEFT, 0},
        {"SERVICE", TABLE_LEFT, 0},   {"STATE", TABLE_LEFT, 0},
        {"PACKETS", TABLE_RIGHT, 0},  {"BYTES", TABLE_RIGHT, 0},
        {"DURATION", TABLE_RIGHT, 0}, {"LEGS", TABLE_LEFT, 0},
        {"UID", TABLE_LEFT, 0}};

    v->table = (struct table){.n = COUNT_OF(column),
                              .drop = {[0] = 5, [3] = 3, [5] = 4, [6] = 2, [7] = 1, [8] = 6}};
    memcpy(v->table.column, column, sizeof(column));
}

static void print_date(struct flows_view *v)
{
    if (v->talks && !v->dates)
        output_date(&v->out, v->talk[0].start);
}

static bool other_days(const struct flows_view *v)
{
    const nsec day = 86400 * SECOND;

    return v->talks && v->talk[0].start / day != v->talk[v->talks - 1].start / day;
}

// Sorts and prints what is kept. Later rows find the columns as they are.
static void print_talks(struct flows_view *v)
{
    struct rows rows = {talk_cells, v};

    if (!v->streaming) {
        sort_talks(v);
        v->dates = other_days(v);
        prepare_table(v);
        table_measure(&v->table, rows, 0, v->talks);
        if (v->out.width && table_width(&v->table) > v->out.width) {
            table_free(&v->table);
            prepare_table(v);
            v->narrow = true;
            table_measure(&v->table, rows, 0, v->talks);
            table_fit(&v->table, v->out.width);
        }
        if (v->talks) {
            print_date(v);
            table_head(&v->table, &v->out);
        }
    }
    table_rows(&v->table, rows, 0, v->talks, &v->out);
    v->talks = 0;
}

static void add_conn(struct flows_view *v, const struct ev_conn *e)
{
    bool unknown = !strcmp(e->service, "unknown");
    struct talk_row r = {
        .start = e->start,
        .duration = e->duration,
        .orig = e->head.src,
        .resp = e->head.dst,
        .orig_port = e->head.sport,
        .resp_port = e->head.dport,
        .uid = e->head.uid,
        .packets = {e->orig_pkts, e->resp_pkts},
        .bytes = {e->orig_ip_bytes, e->resp_ip_bytes},
        .proto = e->proto,
        .ip_proto = e->ip_proto,
        .service = e->service,
        .sub = e->service_sub,
        .hint = e->service_hint,
        .state = e->conn_state,
        .legs = e->legs,
        .paired_by = e->paired_by,
        .expected = !unknown && e->service_how && !strcmp(e->service_how, "expected"),
        .inner = e->head.present >> FI_conn_tunnel_parents & 1,
    };

    v->all++;
    v->joined += e->legs > 1;
    v->expected |= r.expected;
    v->hinted |= unknown && r.hint;
    v->inner |= r.inner;
    if (v->talks == ROWS_MOST) {
        print_talks(v);
        v->streaming = true;
    }
    v->talk[v->talks++] = r;
    if (v->streaming)
        print_talks(v);
}

static void add_ether(struct flows_view *v, const struct ev_ether *e)
{
    if (v->ethers == ETHER_MOST) {
        v->ethers_lost++;
        return;
    }
    v->ether[v->ethers++] = (struct ether_row){
        .first = e->first,
        .last = e->last,
        .src = e->src_mac,
        .dst = e->dst_mac,
        .has_macs = e->head.present >> FI_ether_src_mac & 1,
        .uid = e->head.uid,
        .frames = e->pkts,
        .bytes = e->bytes,
        .service = e->service,
        .type = e->ether_type,
    };
}

static bool on_event(void *user, const struct event *e)
{
    struct flows_view *v = user;

    if (e->id == EV_conn)
        add_conn(v, (const void *)e);
    else if (e->id == EV_ether)
        add_ether(v, (const void *)e);
    return !v->out.closed;
}

// ---------------------------------------------------------------- the end

static void print_ethers(struct flows_view *v)
{
    struct table t = {.column = {{"START", TABLE_LEFT, 0},
                                 {"SOURCE", TABLE_LEFT, 0},
                                 {"DESTINATION", TABLE_LEFT, 0},
                                 {"ETHERTYPE", TABLE_LEFT, 0},
                                 {"SERVICE", TABLE_LEFT, 0},
                                 {"FRAMES", TABLE_RIGHT, 0},
                                 {"BYTES", TABLE_RIGHT, 0},
                                 {"DURATION", TABLE_RIGHT, 0},
                                 {"UID", TABLE_LEFT, 0}},
                      .n = 9,
                      .drop = {[0] = 2, [5] = 1, [7] = 3}};

    if (!v->ethers)
        return;
    if (v->all)
        text_char(&v->out.text, '\n');
    output_title(&v->out, "Not IP");
    table_print(&t, (struct rows){ether_cells, v}, v->ethers, &v->out);
    if (v->ethers_lost) {
        text_str(&v->out.text, "and ");
        text_plural(&v->out.text, v->ethers_lost, "pair", "pairs");
        text_str(&v->out.text, " more; pipit log ether has all\n");
    }
}

static void print_foot(struct flows_view *v)
{
    struct text *t = &v->out.text;

    text_char(t, '\n');
    text_plural(t, v->all, "conversation", "conversations");
    if (v->joined) {
        text_str(t, ", ");
        text_thousands(t, v->joined);
        text_str(t, " of them with more than one five-tuple (LEGS)");
    }
    text_char(t, '\n');
    if (v->expected)
        text_str(t, "*  its endpoint was announced by another conversation\n");
    if (v->hinted)
        text_str(t, "~  unknown; nothing but the port suggests this\n");
    if (v->inner)
        text_str(t, "^  inside a tunnel; its packets are counted with the tunnel, too\n");
    if (v->narrow)
        text_str(t, "A wider terminal, or a file, shows more columns.\n");
    if (!v->streaming)
        return;
    text_str(t, "The first ");
    text_thousands(t, ROWS_MOST);
    text_str(t, " are sorted; the others stand in the order they ended.\n");
}

static int print_json(const struct choice *c)
{
    struct choice as_log = *c;
    struct job j = {
        .choice = &as_log, .sink = JOB_STDOUT, .wanted = WANT(conn), .written = WANT(conn)};

    as_log.log = EV_conn;
    as_log.format = WRITE_JSON;
    return session_run(&j) ? session_end(&j, 0) : 2;
}

int command_flows(const struct choice *c)
{
    struct flows_view *v;
    struct job j = {.choice = c, .wanted = WANT(conn) | WANT(ether), .event = on_event};
    int status = 2;

    if (c->like)
        return flows_like(c);
    if (c->json)
        return print_json(c);
    v = mem_reserve(sizeof(*v));
    v->talk = mem_reserve(ROWS_MOST * sizeof(*v->talk));
    v->ether = mem_reserve(ETHER_MOST * sizeof(*v->ether));
    v->out.color = color_wanted(c);
    v->out.width = output_width();
    j.user = v;
    j.output = &v->out;
    if (session_run(&j)) {
        print_talks(v);
        print_ethers(v);
        print_foot(v);
        status = session_end(&j, output_close(&v->out));
    }
    table_free(&v->table);
    mem_release(v->talk, ROWS_MOST * sizeof(*v->talk));
    mem_release(v->ether, ETHER_MOST * sizeof(*v->ether));
    mem_release(v, sizeof(*v));
    return status;
}
