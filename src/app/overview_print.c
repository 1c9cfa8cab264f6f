// SPDX-License-Identifier: Apache-2.0
// The overview for people: what a capture holds, on one screen.
#include "app/analyze.h"

#include <string.h>
#include <unistd.h>

#include "app/table.h"

enum {
    TALKERS = 10,
    SERVICES = 20,
    TYPES = 12,
    JOINED = 8,
    ODD_ROWS = 12,
    STRANGE = 5,
    FINDINGS = 15
};

struct view {
    const struct overview *v;
    const struct choice *c;
    struct output *o;
    const struct hunt_group *group; // what is strange, the strangest first
    uint32_t groups;
};

static void blank_title(struct output *o, const char *title)
{
    text_char(&o->text, '\n');
    output_title(o, "%s", title);
}

static void fact(struct output *o, const char *name)
{
    text_printf(&o->text, "  %-14s ", name);
}

// "and N more" under a list that was cut.
static void more(struct output *o, uint64_t n, const char *one, const char *many)
{
    if (!n)
        return;
    style_begin(o, STYLE_FAINT);
    text_str(&o->text, "  and ");
    text_plural(&o->text, n, one, many);
    style_end(o, STYLE_FAINT);
    text_char(&o->text, '\n');
}

// ---------------------------------------------------------------- the whole

static void put_time(const struct view *w)
{
    const struct overview *v = w->v;
    struct output *o = w->o;

    fact(o, "time");
    text_moment(&o->text, v->first, true);
    if (v->first == v->last) {
        text_str(&o->text, " UTC\n");
        return;
    }
    text_str(&o->text, " - ");
    text_moment(&o->text, v->last, v->first / (86400 * SECOND) != v->last / (86400 * SECOND));
    text_str(&o->text, " UTC (");
    text_span(&o->text, v->last - v->first);
    text_str(&o->text, ")\n");
}

static void put_rate(struct text *t, const struct overview *v, uint64_t n, bool bytes)
{
    double seconds = (double)(v->last - v->first) / (double)SECOND;

    if (seconds < 0.001 || v->count[COUNT_filtered]) // these have no part in the time
        return;
    double rate = (double)n / seconds;
    text_str(t, ", ");
    if (bytes)
        text_size(t, (uint64_t)(rate + 0.5));
    else if (rate < 10)
        text_printf(t, "%.1f", rate);
    else
        text_thousands(t, (uint64_t)(rate + 0.5));
    text_str(t, " a second");
}

// The parts of a sum that are not 0: "9 in conversations, 3 not IP".
static void put_part(struct text *t, uint64_t n, const char *what, const char **between)
{
    if (!n)
        return;
    text_str(t, *between);
    text_thousands(t, n);
    text_str(t, what);
    *between = ", ";
}

static void put_packets(const struct view *w)
{
    const uint64_t *n = w->v->count;
    struct text *t = &w->o->text;
    const char *between = "";

    fact(w->o, "packets");
    text_thousands(t, n[COUNT_packets]);
    put_rate(t, w->v, n[COUNT_packets], false);
    text_char(t, '\n');
    fact(w->o, "");
    put_part(t, n[COUNT_in_conn], " in conversations", &between);
    put_part(t, n[COUNT_in_ether], " not IP", &between);
    put_part(t, n[COUNT_undecodable], " undecodable", &between);
    put_part(t, n[COUNT_filtered], " left out by the filter", &between);
    text_char(t, '\n');
    between = "";
    if (!(n[COUNT_copies] | n[COUNT_dropped] | n[COUNT_frag_dropped]))
        return;
    fact(w->o, "");
    put_part(t, n[COUNT_copies], " are mirror copies", &between);
    put_part(t, n[COUNT_dropped], " more were dropped by the kernel or the card", &between);
    put_part(t, n[COUNT_frag_dropped], " fragments were given up", &between);
    text_char(t, '\n');
}

static void put_whole(const struct view *w)
{
    const struct overview *v = w->v;
    struct text *t = &w->o->text;

    if (v->count[COUNT_filtered] < v->count[COUNT_packets])
        put_time(w);
    put_packets(w);
    fact(w->o, "bytes");
    text_thousands(t, v->count[COUNT_bytes]);
    if (v->count[COUNT_bytes] >= 1000) {
        text_str(t, " (");
        text_size(t, v->count[COUNT_bytes]);
        text_char(t, ')');
    }
    put_rate(t, v, v->count[COUNT_bytes], true);
    text_char(t, '\n');
    if (!v->count[COUNT_conversations])
        return;
    fact(w->o, "conversations");
    text_thousands(t, v->count[COUNT_conversations]);
    if (v->hosts) {
        text_str(t, v->hosts_lost ? " between more than " : " between ");
        text_plural(t, v->hosts, "host", "hosts");
    }
    const char *between = "; ";
    put_part(t, v->inner, " inside tunnels", &between);
    put_part(t, v->count[COUNT_evicted], " written early (a table was full)", &between);
    text_char(t, '\n');
}

// ---------------------------------------------------------------- the lists

static void cell_number(struct cells *c, uint64_t n)
{
    text_thousands(&c->text, n);
    cell(c, STYLE_PLAIN);
}

static void cell_size(struct cells *c, uint64_t n)
{
    text_size(&c->text, n);
    cell(c, STYLE_PLAIN);
}

static void service_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct overview *v = user;
    const struct service_sum *s = i < v->services ? &v->service[i] : &v->other_services;
    bool unknown = s->service && !strcmp(s->service, "unknown");

    text_str(&c->text, s->service ? s->service : "others");
    cell(c, unknown ? STYLE_FAINT : STYLE_PLAIN);
    text_str(&c->text, s->proto ? s->proto : "");
    text_str(&c->text, s->inner ? " in a tunnel" : "");
    cell(c, STYLE_PLAIN);
    cell_number(c, s->conversations);
    cell_number(c, s->packets);
    cell_size(c, s->bytes);
    if (!s->inner)
        text_share(&c->text, s->bytes, v->bytes);
    cell(c, STYLE_PLAIN);
}

static void put_services(const struct view *w)
{
    struct table t = {.column = {{"SERVICE", TABLE_LEFT, 0},
                                 {"TRANSPORT", TABLE_LEFT, 0},
                                 {"CONVERSATIONS", TABLE_RIGHT, 0},
                                 {"PACKETS", TABLE_RIGHT, 0},
                                 {"BYTES", TABLE_RIGHT, 0},
                                 {"SHARE", TABLE_RIGHT, 0}},
                      .n = 6,
                      .indent = 2};
    uint32_t n = w->v->services + (w->v->other_services.conversations != 0);

    if (!n)
        return;
    blank_title(w->o, "Protocols by content");
    table_print(&t, (struct rows){service_cells, w->v}, min_u32(n, SERVICES), w->o);
    more(w->o, n > SERVICES ? n - SERVICES : 0, "more protocol", "more protocols");
}

static void host_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct overview *v = user;
    const struct host_sum *h = &v->host[i];

    text_addr(&c->text, &h->addr);
    cell(c, STYLE_PLAIN);
    if (h->missing)
        text_str(&c->text, "at least ");
    cell_size(c, h->bytes);
    text_share(&c->text, h->bytes, v->bytes);
    cell(c, STYLE_PLAIN);
    cell_number(c, h->packets);
    cell_number(c, h->conversations);
    cell_number(c, h->peers);
}

static void put_hosts(const struct view *w)
{
    struct table t = {.column = {{"HOST", TABLE_LEFT, 0},
                                 {"BYTES", TABLE_RIGHT, 0},
                                 {"SHARE", TABLE_RIGHT, 0},
                                 {"PACKETS", TABLE_RIGHT, 0},
                                 {"CONVERSATIONS", TABLE_RIGHT, 0},
                                 {"PEERS", TABLE_RIGHT, 0}},
                      .n = 6,
                      .indent = 2};
    const struct overview *v = w->v;
    uint32_t n = 0;

    // A host that may have had more before it got its place than after has no known rank.
    while (n < v->hosts && n < TALKERS && v->host[n].bytes > v->host[n].missing)
        n++;
    if (!n)
        return;
    blank_title(w->o, "Top talkers (sent and received)");
    table_print(&t, (struct rows){host_cells, v}, n, w->o);
    if (v->hosts_lost)
        text_str(&w->o->text, "  and more hosts than can be kept; those with most bytes are\n");
    else
        more(w->o, v->hosts - n, "more host", "more hosts");
    if (v->pairs_full)
        text_str(&w->o->text, "  too many pairs of hosts: PEERS is too small\n");
}

static void joined_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct overview *v = user;
    const struct joined *j = &v->joined[i];

    text_endpoint(&c->text, &j->orig, j->orig_port);
    cell(c, STYLE_PLAIN);
    text_endpoint(&c->text, &j->resp, j->resp_port);
    cell(c, STYLE_PLAIN);
    for (int p = 0; p < j->n_ports && p < OVERVIEW_PORTS; p++)
        text_printf(&c->text, "%s%u", p ? ", " : "", j->port[p]);
    text_str(&c->text, j->n_ports > OVERVIEW_PORTS ? ", ..." : "");
    cell(c, STYLE_NOTE);
    cell_text(c, j->service);
    cell_text(c, j->paired_by ? j->paired_by : "");
    cell_number(c, j->packets);
    text_uid(&c->text, j->uid);
    cell(c, STYLE_FAINT);
}

static void put_joined(const struct view *w)
{
    struct table t = {.column = {{"ORIGINATOR", TABLE_LEFT, 0},
                                 {"ASKED", TABLE_LEFT, 0},
                                 {"ALSO", TABLE_LEFT, 0},
                                 {"SERVICE", TABLE_LEFT, 0},
                                 {"JOINED BY", TABLE_LEFT, 0},
                                 {"PACKETS", TABLE_RIGHT, 0},
                                 {"UID", TABLE_LEFT, 0}},
                      .n = 7,
                      .indent = 2,
                      .drop = {[5] = 1}};
    uint32_t n = min_u32(w->v->n_joined, JOINED);

    if (!n)
        return;
    blank_title(w->o, "Answered from another port than was asked");
    table_print(&t, (struct rows){joined_cells, w->v}, n, w->o);
    more(w->o, w->v->all_joined - n, "more conversation (pipit log leg)",
         "more conversations (pipit log leg)");
}

static void type_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct overview *v = user;
    const struct type_sum *t = i < v->types ? &v->type[i] : &v->other_types;

    if (!t->service)
        text_str(&c->text, "others");
    else if (t->ether_type)
        text_printf(&c->text, "0x%04x", t->ether_type);
    else
        text_str(&c->text, "none");
    cell(c, STYLE_PLAIN);
    cell_text(c, t->service ? t->service : "");
    cell_number(c, t->pairs);
    cell_number(c, t->frames);
    cell_size(c, t->bytes);
}

static void put_types(const struct view *w)
{
    struct table t = {.column = {{"ETHERTYPE", TABLE_LEFT, 0},
                                 {"SERVICE", TABLE_LEFT, 0},
                                 {"MAC PAIRS", TABLE_RIGHT, 0},
                                 {"FRAMES", TABLE_RIGHT, 0},
                                 {"BYTES", TABLE_RIGHT, 0}},
                      .n = 5,
                      .indent = 2};
    uint32_t n = w->v->types + (w->v->other_types.pairs != 0);

    if (!n)
        return;
    blank_title(w->o, "Not IP");
    table_print(&t, (struct rows){type_cells, w->v}, min_u32(n, TYPES), w->o);
    more(w->o, n > TYPES ? n - TYPES : 0, "more EtherType", "more EtherTypes");
}

static void odd_cells(const void *user, uint32_t i, struct cells *c)
{
    static const char *const grade[] = {"",        "curious",  "notable",
                                        "strange", "alarming", "forged"};
    const struct overview *v = user;
    const struct odd_type *t = &odd_type[v->odd_rank[i]];
    const struct odd_sum *s = &v->odd[v->odd_rank[i]];
    int weight = t->weight < 1 ? 1 : t->weight > 5 ? 5 : t->weight;

    text_str(&c->text, grade[weight]);
    cell(c, weight >= 4 ? STYLE_ALARM : weight == 3 ? STYLE_NOTE : STYLE_FAINT);
    cell_number(c, s->count);
    cell_number(c, s->packet);
    cell_text(c, t->name);
    cell_text(c, t->sentence);
}

static void put_odds(const struct view *w)
{
    struct table t = {.column = {{"WEIGHT", TABLE_LEFT, 0},
                                 {"TIMES", TABLE_RIGHT, 0},
                                 {"PACKET", TABLE_RIGHT, 0},
                                 {"NAME", TABLE_LEFT, 0},
                                 {"MEANING", TABLE_LEFT, 0}},
                      .n = 5,
                      .indent = 2};

    if (!w->v->odds)
        return;
    blank_title(w->o, "Oddities (PACKET is the first)");
    table_print(&t, (struct rows){odd_cells, w->v}, min_u32(w->v->odds, ODD_ROWS), w->o);
    more(w->o, w->v->odds > ODD_ROWS ? w->v->odds - ODD_ROWS : 0, "more kind", "more kinds");
}

static void strange_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct view *w = user;
    const struct hunt_group *g = &w->group[i];

    text_endpoint(&c->text, &g->server, g->port);
    text_printf(&c->text, "/%s", g->proto);
    cell(c, STYLE_PLAIN);
    cell_text(c, hunt_direction_name[g->direction]);
    cell_number(c, g->flows);
    hunt_words(&c->text, g);
    cell(c, g->strange >= 90 ? STYLE_ALARM : STYLE_NOTE);
}

static void put_strange(const struct view *w)
{
    struct table t = {.column = {{"SERVER", TABLE_LEFT, 0},
                                 {"DIRECTION", TABLE_LEFT, 0},
                                 {"CONVERSATIONS", TABLE_RIGHT, 0},
                                 {"FOUND", TABLE_LEFT, 0}},
                      .n = 4,
                      .indent = 2};

    if (!w->groups)
        return;
    blank_title(w->o, "Not what the port promises");
    table_print(&t, (struct rows){strange_cells, w}, min_u32(w->groups, STRANGE), w->o);
    more(w->o, w->groups > STRANGE ? w->groups - STRANGE : 0, "more; pipit hunt lists them",
         "more; pipit hunt lists them");
}

// ---------------------------------------------------------------- findings

static bool at_terminal(const struct view *w)
{
    return isatty(STDOUT_FILENO) && !w->c->device && strcmp(w->c->file[0], "-") != 0;
}

// The command that shows more; at a terminal ready to be pasted.
static void put_command(const struct view *w, struct text *t, const struct finding *f)
{
    static const char *const verb[] = {
        [FROM_RULES] = "alerts", [FROM_HUNT] = "hunt",      [FROM_SCANS] = "scans",
        [FROM_RPC] = "rpcinfo",  [FROM_PLANT] = "timeline", [FROM_NOTICES] = "log notice",
        [FROM_ODDS] = "explain"};

    text_printf(t, "pipit %s ", verb[f->from]);
    if (at_terminal(w))
        capture_words(t, w->c);
    else
        text_str(t, "CAPTURE");
    if (f->from == FROM_ODDS)
        text_printf(t, " %llu", (unsigned long long)f->packet);
}

static void finding_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct view *w = user;
    const struct finding *f = &w->v->finding[i];

    text_str(&c->text, scan_severity_name[f->severity]);
    cell(c, f->severity == 3   ? STYLE_ALARM
            : f->severity == 2 ? STYLE_NOTE
            : f->severity      ? STYLE_PLAIN
                               : STYLE_FAINT);
    cell_number(c, f->count);
    if (f->src.kind)
        text_addr(&c->text, &f->src);
    cell(c, STYLE_PLAIN);
    text_str(&c->text, f->msg);
    cell(c, STYLE_PLAIN);
    put_command(w, &c->text, f);
    cell(c, STYLE_FAINT);
}

static void put_findings(const struct view *w)
{
    struct table t = {.column = {{"SEVERITY", TABLE_LEFT, 0},
                                 {"TIMES", TABLE_RIGHT, 0},
                                 {"WHO", TABLE_LEFT, 0},
                                 {"WHAT (the worst of its kind)", TABLE_LEFT, 0},
                                 {"MORE", TABLE_LEFT, 0}},
                      .n = 5,
                      .indent = 2};
    const struct overview *v = w->v;

    blank_title(w->o, "Findings, the most important first");
    if (!v->findings) {
        text_str(&w->o->text, "  nothing stands out\n");
        return;
    }
    table_print(&t, (struct rows){finding_cells, w}, min_u32(v->findings, FINDINGS), w->o);
    more(w->o, v->findings > FINDINGS ? v->findings - FINDINGS : 0,
         "more kind (pipit log notice, pipit alerts)",
         "more kinds (pipit log notice, pipit alerts)");
}

// ---------------------------------------------------------------- what to do next

static void advice(const struct view *w, const char *verb, const char *words, const char *what)
{
    struct text *t = &w->o->text;
    size_t from = t->n;

    text_printf(t, "  pipit %s ", verb);
    capture_words(t, w->c);
    text_str(t, words);
    while (t->n - from < 44)
        text_char(t, ' ');
    text_char(t, ' ');
    style_begin(w->o, STYLE_FAINT);
    text_str(t, what);
    style_end(w->o, STYLE_FAINT);
    text_char(t, '\n');
}

// Only for somebody at a terminal, and of files that can be read again.
static void put_advice(const struct view *w)
{
    struct text packet = {0};

    if (!at_terminal(w))
        return;
    blank_title(w->o, "Next");
    if (w->v->services)
        advice(w, "flows", "", "every conversation, a line each");
    if (w->v->n_joined) {
        text_char(&packet, ' ');
        text_uid(&packet, w->v->joined[0].uid);
        text_char(&packet, 0);
        advice(w, "explain", packet.p, "how its answers were recognised");
    }
    if (w->groups)
        advice(w, "hunt", "", "what is not what its port promises, and why");
    if (w->v->odds) {
        text_clear(&packet);
        text_printf(&packet, " %llu", (unsigned long long)w->v->odd[w->v->odd_rank[0]].packet);
        text_char(&packet, 0);
        advice(w, "explain", packet.p, "the packet with the weightiest oddity");
    }
    if (!w->c->folder)
        advice(w, "analyze", " -o logs", "all logs into the folder logs");
    text_free(&packet);
}

// The groups that are strange enough to be told without being asked for.
static void find_strange(struct view *w, struct hunt *h)
{
    struct hunt_sums sums;
    uint32_t n;

    w->group = hunt_list(h, &n, &sums);
    while (w->groups < n && w->group[w->groups].strange >= HUNT_STRANGE)
        w->groups++;
}

void overview_print(const struct overview *v, struct hunt *h, const struct choice *c,
                    struct output *o)
{
    struct view w = {.v = v, .c = c, .o = o};
    struct text name = {0};

    find_strange(&w, h);

    if (isatty(STDOUT_FILENO)) {
        capture_name(&name, c);
        output_title(o, "%.*s", (int)name.n, name.p);
        text_free(&name);
    }
    if (!v->count[COUNT_packets]) {
        text_str(&o->text, "  no packets\n");
        return;
    }
    put_whole(&w);
    put_services(&w);
    put_hosts(&w);
    put_joined(&w);
    put_types(&w);
    put_strange(&w);
    put_odds(&w);
    put_findings(&w);
    put_advice(&w);
}
