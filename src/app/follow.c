// SPDX-License-Identifier: Apache-2.0
// pipit follow: what the two sides of a conversation said, as text, in hexadecimal, or raw.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/files.h"
#include "app/session.h"

struct ends {
    struct addr addr[2]; // originator, responder
    uint16_t port[2];
};

struct following {
    const struct choice *choice;
    struct output output;
    FILE *raw; // NULL: text
    struct ends ends;
    bool begun, found, turned; // turned: the flow was turned round after something was said
    bool line_open;            // the last line has no end yet
    int said_last;             // which side; -1: none
    uint64_t at[2];            // bytes that each side said
    uint64_t lost[2], gaps;
    nsec first;
    struct fail fail;
};

static const char mark[] = {'>', '<'};

// ---------------------------------------------------------------- lines

static void end_line(struct following *f)
{
    if (!f->line_open)
        return;
    style_end(&f->output, STYLE_ONE);
    text_char(&f->output.text, '\n');
    f->line_open = false;
}

static void begin_line(struct following *f, int side)
{
    end_line(f);
    style_begin(&f->output, side ? STYLE_OTHER : STYLE_ONE);
    text_printf(&f->output.text, "%c ", mark[side]);
    f->line_open = true;
}

// A line that is not content.
static void note_line(struct following *f, enum style style, const struct text *t)
{
    end_line(f);
    style_begin(&f->output, style);
    text_add(&f->output.text, text_slice(t));
    style_end(&f->output, style);
    text_char(&f->output.text, '\n');
}

// ---------------------------------------------------------------- content

// A character that a terminal shows, and neither obeys nor lets move others: no controls (also
// the second set, U+0080 to U+009F), no marks of direction, nothing that has no width.
static uint32_t shown_at(struct slice s, uint32_t at)
{
    uint32_t n = utf8_at(s, at);
    const uint8_t *p = s.p + at;

    if (n == 1)
        return p[0] >= ' ' && p[0] != 0x7f && p[0] != '\\';
    if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0)
        return 0;
    if (n == 3 && p[0] == 0xe2) {
        uint32_t c = 0x2000 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
        bool hidden = (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
                      (c >= 0x2060 && c <= 0x206f);
        return hidden ? 0 : n;
    }
    return n;
}

static void put_text(struct following *f, struct slice s, int side)
{
    struct text *t = &f->output.text;
    uint32_t n;

    for (uint32_t i = 0; i < s.n; i += n ? n : 1) {
        if (!f->line_open || f->said_last != side)
            begin_line(f, side);
        f->said_last = side;
        n = shown_at(s, i);
        if (n)
            text_bytes(t, s.p + i, n);
        else if (s.p[i] == '\n')
            end_line(f);
        else if (s.p[i] == '\t')
            text_char(t, '\t');
        else if (s.p[i] == '\\')
            text_str(t, "\\\\");
        else if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n')
            text_printf(t, "\\x%02x", s.p[i]);
        output_check(&f->output);
    }
}

static void put_hex(struct following *f, struct slice s, int side)
{
    enum { ROW = 16 };
    struct text *t = &f->output.text;

    for (uint32_t i = 0; i < s.n; i += ROW) {
        uint32_t n = min_u32(ROW, s.n - i);
        begin_line(f, side);
        text_printf(t, "%08" PRIx64 " ", f->at[side] + i);
        for (uint32_t k = 0; k < ROW; k++)
            if (k < n)
                text_printf(t, "%s%02x", k == ROW / 2 ? "  " : " ", s.p[i + k]);
            else
                text_str(t, k == ROW / 2 ? "    " : "   ");
        text_str(t, "  ");
        for (uint32_t k = 0; k < n; k++)
            text_char(t, s.p[i + k] >= ' ' && s.p[i + k] < 0x7f ? (char)s.p[i + k] : '.');
        output_check(&f->output);
    }
    end_line(f);
}

static void put_json(struct following *f, const struct ev_content *e, int side)
{
    struct text *t = &f->output.text;

    text_char(t, '{');
    json_key(t, "ts");
    text_seconds(t, e->head.ts);
    if (e->packet)
        json_number(t, "packet", e->packet);
    json_text(t, "side", side ? "resp" : "orig");
    json_key(t, "src_h");
    text_char(t, '"');
    text_addr(t, &e->addr);
    text_char(t, '"');
    json_number(t, "src_p", e->port);
    if (e->data.n) {
        json_key(t, "data");
        text_char(t, '"');
        text_hex(t, e->data.p, e->data.n);
        text_char(t, '"');
    }
    if (e->lost)
        json_number(t, "lost", e->lost);
    text_str(t, "}\n");
    output_check(&f->output);
}

static void put_raw(struct following *f, struct slice s)
{
    if (!s.n || f->output.closed || fwrite(s.p, s.n, 1, f->raw) == 1)
        return;
    f->output.closed = true;
    if (errno != EPIPE)
        failed(&f->fail, "%s: %s", f->choice->raw, strerror(errno));
}

// ---------------------------------------------------------------- events

static void begin(struct following *f, const struct event *e)
{
    struct text t = {0};

    f->begun = true;
    f->ends = (struct ends){{e->src, e->dst}, {e->sport, e->dport}};
    f->first = e->ts;
    if (f->raw || f->choice->json)
        return;
    text_str(&t, "> ");
    text_endpoint(&t, &e->src, e->sport);
    text_str(&t, "   < ");
    text_endpoint(&t, &e->dst, e->dport);
    text_str(&t, "   ");
    text_moment(&t, e->ts, true);
    text_str(&t, " UTC");
    note_line(f, STYLE_TITLE, &t);
    text_free(&t);
}

// Where it is not the stream that is read: each datagram by itself, and each speaker's turn in
// hexadecimal.
static void tell_packet(struct following *f, const struct ev_content *e, int side)
{
    struct text t = {0};

    text_printf(&t, "%c packet %llu, ", mark[side], (unsigned long long)e->packet);
    text_span(&t, e->head.ts - f->first);
    text_str(&t, ", ");
    if (!addr_equal(&e->addr, &f->ends.addr[side]) || e->port != f->ends.port[side]) {
        text_str(&t, "from ");
        text_endpoint(&t, &e->addr, e->port);
        text_str(&t, ", ");
    }
    text_plural(&t, e->data.n, "byte", "bytes");
    note_line(f, STYLE_FAINT, &t);
    text_free(&t);
}

static void tell_lost(struct following *f, uint64_t lost, int side)
{
    struct text t = {0};

    text_printf(&t, "%c [", mark[side]);
    text_plural(&t, lost, "byte is", "bytes are");
    text_str(&t, " missing]");
    note_line(f, STYLE_ALARM, &t);
    text_free(&t);
}

static void take_content(struct following *f, const struct ev_content *e)
{
    const struct choice *c = f->choice;

    if (!f->begun)
        begin(f, &e->head);
    // Who began it may be seen late: what is printed keeps its sides.
    f->turned = !addr_equal(&e->head.src, &f->ends.addr[0]) || e->head.sport != f->ends.port[0];
    int side = e->is_orig == f->turned;
    bool datagram = e->head.ip_proto != PROTO_TCP;
    if (c->side != BOTH_SIDES && (side == 0) != (c->side == ORIG_SIDE))
        return;
    f->lost[side] += e->lost;
    f->gaps += e->lost != 0;
    if (f->raw) {
        put_raw(f, e->data);
    } else if (c->json) {
        put_json(f, e, side);
    } else {
        if (datagram)
            tell_packet(f, e, side);
        if (e->data.n && c->as_hex)
            put_hex(f, e->data, side);
        else if (e->data.n)
            put_text(f, e->data, side);
        if (e->lost)
            tell_lost(f, e->lost, side);
        if (datagram)
            end_line(f);
    }
    f->at[side] += e->data.n + e->lost;
}

static void tell_end(struct following *f, const struct ev_conn *e)
{
    struct text t = {0};

    text_printf(&t, "%s, ", e->service ? e->service : "unknown");
    for (int side = 0; side < 2; side++) {
        text_printf(&t, "%s%c ", side ? ", " : "", mark[side]);
        text_plural(&t, f->at[side] - f->lost[side], "byte", "bytes");
    }
    if (f->gaps) {
        text_str(&t, ", ");
        text_plural(&t, f->lost[0] + f->lost[1], "byte", "bytes");
        text_str(&t, " missing in ");
        text_plural(&t, f->gaps, "place", "places");
    }
    note_line(f, STYLE_FAINT, &t);
    text_free(&t);
}

// Not before the conversation was found: what was written before is not given up for nothing.
static bool open_raw(struct following *f)
{
    const char *path = f->choice->raw;

    if (!path || f->raw)
        return true;
    if (!file_spares(path, f->choice->file, "--raw", &f->fail))
        return false;
    f->raw = strcmp(path, "-") ? fopen(path, "wb") : stdout;
    return f->raw ||
           failed(&f->fail, "%s: %s; choose another file with --raw", path, strerror(errno));
}

static bool on_event(void *user, const struct event *e)
{
    struct following *f = user;

    if (e->uid != f->choice->follow_uid)
        return true;
    f->found = true;
    if (!open_raw(f))
        return false;
    if (e->id == EV_content)
        take_content(f, (const void *)e);
    if (e->id == EV_conn && f->begun && !f->raw && !f->choice->json)
        tell_end(f, (const void *)e);
    if (f->choice->device)
        output_flush(&f->output);
    return e->id != EV_conn && e->id != EV_ether && !f->output.closed && !f->fail.text[0];
}

// ---------------------------------------------------------------- the whole

static void close_raw(struct following *f)
{
    if (!f->raw)
        return;
    bool good = (f->raw == stdout ? fflush(f->raw) : fclose(f->raw)) == 0;
    if (!good && !f->fail.text[0] && errno != EPIPE)
        failed(&f->fail, "%s: %s", f->choice->raw, strerror(errno));
}

// Says what is not to be seen in the content itself.
static int tell_result(const struct following *f)
{
    const struct choice *c = f->choice;

    if (!f->found) {
        say(SAY_ERROR,
            "no conversation has the uid %s; pipit flows lists them (other captures, another "
            "order of them or another filter change uids)",
            c->subject);
        return 2;
    }
    if (f->fail.text[0]) {
        say(SAY_ERROR, "%s", f->fail.text);
        return 2;
    }
    if (!f->begun)
        say(SAY_NOTE,
            "the conversation %s holds no content that could be followed; pipit "
            "explain tells its story",
            c->subject);
    else if (f->raw && f->gaps)
        say(SAY_WARNING,
            "%" PRIu64 " bytes are missing in %" PRIu64 " places; nothing stands for them",
            f->lost[0] + f->lost[1], f->gaps);
    return 0;
}

int command_follow(const struct choice *c)
{
    struct following f = {.choice = c, .output = {.color = color_wanted(c)}, .said_last = -1};
    struct job j = {
        .choice = c,
        .wanted = WANT(content) | WANT(conn) | WANT(ether),
        .follow_uid = c->follow_uid,
        .user = &f,
        .event = on_event,
        .no_model = c->raw || c->json,
    };
    int status = 2;

    if (session_run(&j)) {
        end_line(&f);
        close_raw(&f);
        status = output_close(&f.output);
        int told = tell_result(&f);
        status = session_end(&j, told ? told : status);
    }
    text_free(&f.output.text);
    return status;
}
