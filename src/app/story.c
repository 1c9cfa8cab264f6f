// SPDX-License-Identifier: Apache-2.0
// Tells what explain has collected: facts, decisions in their order, the verdict.
#include "app/story.h"

#include <string.h>

#include "app/table.h"

static void fact(struct output *o, const char *name)
{
    style_begin(o, STYLE_FAINT);
    text_printf(&o->text, "  %-10s", name);
    style_end(o, STYLE_FAINT);
    text_char(&o->text, ' ');
}

static void put_end(struct text *t, const struct addr *a, uint16_t port, const char *proto)
{
    bool ports =
        strcmp(proto, "tcp") == 0 || strcmp(proto, "udp") == 0 || !strcmp(proto, "sctp");
    bool brackets = ports && a->kind == ADDR_IP6;

    text_str(t, brackets ? "[" : "");
    text_addr(t, a);
    text_str(t, brackets ? "]" : "");
    if (ports)
        text_printf(t, ":%u", port);
}

static const char *state_words(const char *state)
{
    static const struct {
        const char *state, *words;
    } all[] = {
        {"S0", "asked, and no answer was seen"},
        {"S1", "established, not closed"},
        {"SF", "a complete conversation"},
        {"REJ", "refused"},
        {"S2", "established; the originator closed, the responder did not"},
        {"S3", "established; the responder closed, the originator did not"},
        {"RSTO", "established; the originator broke it off"},
        {"RSTR", "the responder broke it off"},
        {"RSTOS0", "the originator asked and broke off; no answer was seen"},
        {"RSTRH", "the responder answered and broke off; the question was not seen"},
        {"SH", "the originator asked and closed; no answer was seen"},
        {"SHR", "the responder answered and closed; the question was not seen"},
        {"OTH", "the beginning was not seen"},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (!strcmp(all[i].state, state))
            return all[i].words;
    return "";
}

// Only TCP says that it begins and ends: of others a state tells who was heard.
static const char *heard_words(const struct ev_conn *e)
{
    if (e->orig_pkts && e->resp_pkts)
        return "both sides spoke";
    return e->orig_pkts ? "no answer was seen" : "only answers were seen";
}

static const char *reason_words(const char *reason)
{
    static const struct {
        const char *reason, *words;
    } all[] = {
        {"timeout", "nothing was heard for its time"},
        {"closed", "it was closed"},
        {"reused", "its ports were used again"},
        {"evicted", "a table was full"},
        {"end", "the capture ended"},
    };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (!strcmp(all[i].reason, reason))
            return all[i].words;
    return reason;
}

static void put_side(struct output *o, const char *name, uint64_t packets, uint64_t bytes,
                     uint64_t payload)
{
    fact(o, name);
    text_str(&o->text, "sent ");
    text_plural(&o->text, packets, "packet", "packets");
    text_str(&o->text, ", ");
    text_plural(&o->text, bytes, "byte", "bytes");
    text_str(&o->text, ", ");
    text_thousands(&o->text, payload);
    text_str(&o->text, " of them payload\n");
}

static void put_talk(const struct story_talk *k, struct output *o)
{
    const struct ev_conn *e = &k->conn;
    struct text *t = &o->text;

    style_begin(o, STYLE_TITLE);
    text_str(t, "Conversation ");
    text_uid(t, e->head.uid);
    style_end(o, STYLE_TITLE);
    text_str(t, "\n");
    fact(o, e->proto);
    put_end(t, &e->head.src, e->head.sport, e->proto);
    text_str(t, " -> ");
    put_end(t, &e->head.dst, e->head.dport, e->proto);
    text_char(t, '\n');
    fact(o, "time");
    text_moment(t, e->start, true);
    text_str(t, " UTC, for ");
    text_span(t, e->duration);
    text_char(t, '\n');
    put_side(o, "originator", e->orig_pkts, e->orig_ip_bytes, e->orig_bytes);
    put_side(o, "responder", e->resp_pkts, e->resp_ip_bytes, e->resp_bytes);
    fact(o, "state");
    text_printf(t, "%s: %s", e->conn_state,
                strcmp(e->proto, "tcp") ? heard_words(e) : state_words(e->conn_state));
    if (e->history.n) {
        text_str(t, " (history ");
        text_add(t, e->history);
        text_char(t, ')');
    }
    text_printf(t, "\n");
    fact(o, "record");
    text_printf(t, "written because %s\n", reason_words(e->reason));
    if (e->head.present >> FI_conn_vlan & 1) {
        fact(o, "VLAN");
        text_printf(t, "%u\n", e->vlan);
    }
    if (e->missed_bytes) {
        fact(o, "missed");
        text_plural(t, e->missed_bytes, "byte was", "bytes were");
        text_str(t, " acknowledged but never seen\n");
    }
    if (e->head.present >> FI_conn_copies & 1) {
        fact(o, "copies");
        text_plural(t, e->copies, "packet is", "packets are");
        text_str(t, " mirror copies of others\n");
    }
    if (e->head.present >> FI_conn_tunnel_parents & 1) {
        fact(o, "tunnel");
        text_str(t, "carried by ");
        text_uid(t, e->tunnel_parents);
        text_char(t, '\n');
    }
}

static void put_ether(const struct ev_ether *e, struct output *o)
{
    struct text *t = &o->text;

    style_begin(o, STYLE_TITLE);
    text_str(t, "Not IP ");
    text_uid(t, e->head.uid);
    style_end(o, STYLE_TITLE);
    text_char(t, '\n');
    if (e->head.present >> FI_ether_src_mac & 1) {
        fact(o, "between");
        text_mac(t, &e->src_mac);
        text_str(t, " -> ");
        text_mac(t, &e->dst_mac);
        text_char(t, '\n');
    }
    fact(o, "type");
    text_printf(t, "0x%04x, %s\n", e->ether_type, e->service);
    fact(o, "time");
    text_moment(t, e->first, true);
    text_str(t, " UTC, for ");
    text_span(t, e->last - e->first);
    text_char(t, '\n');
    fact(o, "frames");
    text_thousands(t, e->pkts);
    text_str(t, ", ");
    text_plural(t, e->bytes, "byte", "bytes");
    text_char(t, '\n');
}

// ---------------------------------------------------------------- the decisions

static struct slice line_text(const struct story *s, uint32_t i)
{
    size_t from = i ? s->line[i - 1].end : 0;

    return slice_of(s->text.p + from, s->line[i].end - from);
}

static nsec begin_of(const struct story *s)
{
    if (s->talks)
        return s->talk[0].conn.start;
    return s->has_ether ? s->ether.first : s->lines ? s->line[0].ts : 0;
}

static void line_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct story *s = user;
    const struct story_line *l = &s->line[i];
    struct slice text = line_text(s, i);

    if (l->packet && !s->packet && (!i || s->line[i - 1].packet != l->packet))
        text_thousands(&c->text, l->packet);
    cell(c, STYLE_PLAIN);
    if (!i || s->line[i - 1].ts != l->ts) {
        text_char(&c->text, '+');
        text_span(&c->text, l->ts - begin_of(s));
    }
    cell(c, STYLE_FAINT);
    if (l->odd)
        text_str(&c->text, "odd: ");
    for (uint32_t k = 0; k < text.n; k++) // what came from the wire may hold anything
        text_char(&c->text, text.p[k] < 0x20 || text.p[k] == 0x7f ? '.' : (char)text.p[k]);
    cell(c, l->odd ? STYLE_ALARM : STYLE_PLAIN);
}

static void put_lines(const struct story *s, struct output *o)
{
    struct table t = {.column = {{"PACKET", TABLE_RIGHT, 0},
                                 {"TIME", TABLE_RIGHT, 0},
                                 {"WHAT", TABLE_LEFT, 0}},
                      .n = 3,
                      .indent = 2};

    if (!s->lines && !(s->packet && s->uids))
        return;
    if (o->text.n)
        text_char(&o->text, '\n');
    if (s->packet)
        output_title(o, "Packet %llu%s%s", (unsigned long long)s->packet,
                     s->layers[0] ? ":" : "", s->layers);
    else
        output_title(o, "What happened");
    if (s->lines)
        table_print(&t, (struct rows){line_cells, s}, s->lines, o);
    if (s->left_out) {
        text_str(&o->text, "  and ");
        text_plural(&o->text, s->left_out, "line", "lines");
        text_str(&o->text, " more\n");
    }
    if (!s->lines && s->uids)
        text_str(&o->text, "  it is counted; nothing had to be decided on it\n");
}

static const char *how_words(const char *how)
{
    if (!strcmp(how, "expected"))
        return "its endpoint was announced before";
    if (!strcmp(how, "probe"))
        return "its structure was checked";
    if (!strcmp(how, "model"))
        return "its first messages are like those of this protocol";
    return "the content fits no protocol well enough";
}

static void put_service(const struct ev_conn *e, struct output *o)
{
    struct text *t = &o->text;
    bool unknown = !strcmp(e->service, "unknown");

    fact(o, "service");
    if (unknown) {
        text_str(t, "unknown: ");
    } else {
        style_begin(o, STYLE_HEAD);
        text_str(t, e->service);
        style_end(o, STYLE_HEAD);
        if (e->service_sub)
            text_printf(t, " (%s)", e->service_sub);
        text_printf(t, ", %.0f %% sure: %s\n", e->service_sure * 100,
                    how_words(e->service_how));
        fact(o, "");
    }
    text_add(t, e->service_why);
    text_char(t, '\n');
    if (unknown && e->service_hint) {
        fact(o, "");
        text_printf(t, "the port alone would suggest %s, which is no evidence\n",
                    e->service_hint);
    }
}

static const char *paired_words(const char *by)
{
    if (!strcmp(by, "activity"))
        return "the RPC activity of the answers is that of the questions";
    if (!strcmp(by, "expected"))
        return "the endpoint was announced before";
    if (!strcmp(by, "window"))
        return "hosts, asked port and time fit one question";
    return by;
}

static void put_legs(const struct story *s, const struct ev_conn *e, struct output *o)
{
    struct text *t = &o->text;

    if (e->legs < 2)
        return;
    fact(o, "legs");
    text_printf(t, "%u five-tuples are one conversation: %s\n", e->legs,
                e->paired_by ? paired_words(e->paired_by) : "");
    for (uint32_t i = 0; i < s->legs; i++) {
        const struct ev_leg *l = &s->leg[i];
        if (l->head.uid != e->head.uid)
            continue;
        fact(o, "");
        put_end(t, &l->src_h, l->src_p, l->proto);
        text_str(t, " -> ");
        put_end(t, &l->dst_h, l->dst_p, l->proto);
        text_str(t, ", ");
        text_plural(t, l->pkts, "packet", "packets");
        text_printf(t, ", %s%s\n", l->paired_by ? "joined by " : "the first",
                    l->paired_by ? l->paired_by : "");
    }
    if (s->legs_left_out) {
        fact(o, "");
        text_str(t, "and more; pipit log leg has all\n");
    }
    if (e->head.present >> FI_conn_merged & 1) {
        fact(o, "");
        text_str(t, "it may hold two conversations that cannot be told apart\n");
    }
}

static void put_verdicts(const struct story *s, struct output *o)
{
    for (uint32_t i = 0; i < s->talks; i++) {
        text_char(&o->text, '\n');
        style_begin(o, STYLE_TITLE);
        text_str(&o->text, "Verdict");
        if (s->talks > 1) {
            text_str(&o->text, " on ");
            text_uid(&o->text, s->talk[i].conn.head.uid);
        }
        style_end(o, STYLE_TITLE);
        text_char(&o->text, '\n');
        put_service(&s->talk[i].conn, o);
        put_legs(s, &s->talk[i].conn, o);
    }
}

void story_print(const struct story *s, struct output *o)
{
    for (uint32_t i = 0; i < s->talks; i++)
        put_talk(&s->talk[i], o);
    if (!s->packet && s->layers[0] && s->layers[1]) {
        fact(o, "layers");
        text_printf(&o->text, "%s\n", s->layers + 1);
    }
    if (s->has_ether)
        put_ether(&s->ether, o);
    put_lines(s, o);
    put_verdicts(s, o);
    if (s->packet && !s->lines && !s->uids)
        text_printf(
            &o->text,
            "Nothing is told of packet %llu: it is a fragment (explain the one that completed "
            "the packet), it was\nleft out by a filter or by --from and --to, or it holds no "
            "addresses.\n",
            (unsigned long long)s->packet);
}

// ---------------------------------------------------------------- for programs

static void json_line(const struct story *s, uint32_t i, struct text *t)
{
    const struct story_line *l = &s->line[i];
    struct slice text = line_text(s, i);
    char word[2048];
    uint32_t n = min_u32(text.n, sizeof(word) - 1);

    if (n)
        memcpy(word, text.p, n);
    word[n] = 0;
    text_str(t, "{");
    json_key(t, "ts");
    text_seconds(t, l->ts);
    if (l->packet)
        json_number(t, "packet", l->packet);
    json_text(t, l->odd ? "odd" : "why", word);
    text_char(t, '}');
}

static void json_record(struct text *t, const struct event *e, bool first)
{
    text_str(t, first ? "" : ",");
    write_render(t, WRITE_JSON, e);
    t->n -= t->n && t->p[t->n - 1] == '\n';
}

// The records as in the logs, then what happened:
// {"conn":[...],"leg":[...],"ether":[...],"what":[...]}.
void story_json(const struct story *s, struct text *t)
{
    text_char(t, '{');
    if (s->packet)
        json_number(t, "packet", s->packet);
    json_key(t, "conn");
    text_char(t, '[');
    for (uint32_t i = 0; i < s->talks; i++)
        json_record(t, &s->talk[i].conn.head, !i);
    text_char(t, ']');
    json_key(t, "leg");
    text_char(t, '[');
    for (uint32_t i = 0; i < s->legs; i++)
        json_record(t, &s->leg[i].head, !i);
    text_char(t, ']');
    json_key(t, "ether");
    text_char(t, '[');
    if (s->has_ether)
        json_record(t, &s->ether.head, true);
    text_char(t, ']');
    json_key(t, "what");
    text_char(t, '[');
    for (uint32_t i = 0; i < s->lines; i++) {
        text_str(t, i ? "," : "");
        json_line(s, i, t);
    }
    text_str(t, "]}\n");
}
