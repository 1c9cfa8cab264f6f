// SPDX-License-Identifier: Apache-2.0
// pipit explain: collects what was decided about one conversation or packet, while it runs.
#include "app/story.h"

#include <stdio.h>
#include <string.h>

static bool is_told(const struct story *s, uint64_t uid)
{
    for (uint32_t i = 0; i < s->uids; i++)
        if (s->uid[i] == uid)
            return true;
    return false;
}

static void add_uid(struct story *s, uint64_t uid)
{
    if (uid && !is_told(s, uid) && s->uids < STORY_UIDS)
        s->uid[s->uids++] = uid;
}

static void add_line(struct story *s, const struct event *e, uint64_t packet, bool odd_line,
                     struct slice text, struct slice more)
{
    struct story_line *l;

    if (s->lines == STORY_LINES || s->text.n + text.n + more.n > TEXT_MOST / 2) {
        s->left_out++;
        return;
    }
    l = &s->line[s->lines++];
    l->ts = e->ts;
    l->packet = packet;
    l->odd = odd_line;
    text_add(&s->text, text);
    if (more.n) {
        text_str(&s->text, " (");
        text_add(&s->text, more);
        text_char(&s->text, ')');
    }
    l->end = s->text.n;
}

static bool begins(struct slice s, const char *with)
{
    size_t n = strlen(with);

    return s.n >= n && !memcmp(s.p, with, n);
}

// The line of a packet's layers, "packet 7: Ethernet, IPv4", is told of the first only.
static bool take_layers(struct story *s, struct slice text)
{
    const char *colon = text.n ? memchr(text.p, ':', text.n) : NULL;

    if (!begins(text, "packet ") || !colon)
        return false;
    uint32_t from = (uint32_t)((const uint8_t *)colon + 1 - text.p);
    struct slice layers = slice_of(text.p + from, text.n - from);
    if (s->layers[0])
        return true;
    snprintf(s->layers, sizeof(s->layers), "%.*s", (int)layers.n, (const char *)layers.p);
    return true;
}

// Oddities come as weird events, too, which know the details.
static void add_why(struct story *s, const struct ev_why *e)
{
    const struct slice none = {0};

    if (s->packet && e->packet != s->packet)
        return;
    add_uid(s, e->head.uid);
    if (take_layers(s, e->text) || begins(e->text, "odd: "))
        return;
    if (begins(e->text, "ends: ")) // a matter of time, not of the packet at hand
        add_line(s, &e->head, 0, false, slice_str("its record is written"), none);
    else
        add_line(s, &e->head, e->packet, false, e->text, none);
}

static void add_weird(struct story *s, const struct ev_weird *e)
{
    bool mine = s->packet ? e->packet == s->packet : e->head.uid == s->uid[0];

    if (mine && e->msg)
        add_line(s, &e->head, e->packet, true, slice_str(e->msg), e->addl);
}

static void keep_slice(struct slice *s, char *room, size_t most)
{
    uint32_t n = min_u32(s->n, (uint32_t)most);

    if (n)
        memcpy(room, s->p, n);
    *s = slice_of(room, n);
}

static void add_conn(struct story *s, const struct ev_conn *e)
{
    struct story_talk *t;

    if (!is_told(s, e->head.uid) || s->talks == STORY_UIDS)
        return;
    t = &s->talk[s->talks++];
    t->conn = *e;
    keep_slice(&t->conn.history, t->history, sizeof(t->history));
    keep_slice(&t->conn.service_why, t->why, sizeof(t->why));
    keep_slice(&t->conn.community_id, t->community, sizeof(t->community));
}

static void add_leg(struct story *s, const struct ev_leg *e)
{
    if (!is_told(s, e->head.uid))
        return;
    if (s->legs == STORY_LEGS) {
        s->legs_left_out++;
    } else {
        s->leg[s->legs] = *e;
        keep_slice(&s->leg[s->legs].community_id, s->community[s->legs],
                   sizeof(s->community[s->legs]));
        s->legs++;
    }
}

static bool on_event(void *user, const struct event *e)
{
    struct story *s = user;

    switch (e->id) {
    case EV_why: add_why(s, (const void *)e); break;
    case EV_weird: add_weird(s, (const void *)e); break;
    case EV_conn: add_conn(s, (const void *)e); break;
    case EV_leg: add_leg(s, (const void *)e); break;
    case EV_ether:
        if (is_told(s, e->uid) && !s->has_ether) {
            s->ether = *(const struct ev_ether *)(const void *)e;
            s->has_ether = true;
        }
        break;
    default: break;
    }
    return true;
}

// What the end of the input caused was told of a packet behind the last.
static void forget_numbers(struct story *s, uint64_t packets)
{
    for (uint32_t i = 0; i < s->lines; i++)
        if (s->line[i].packet > packets)
            s->line[i].packet = 0;
}

// Says what there is nothing to tell of.
static bool found(const struct story *s, const struct job *j, const struct choice *c)
{
    uint64_t packets = j->count[COUNT_packets];

    if (s->packet > packets) {
        say(SAY_ERROR, "there is no packet %llu: the capture holds %llu",
            (unsigned long long)s->packet, (unsigned long long)packets);
        return false;
    }
    if (!s->packet && !s->talks && !s->has_ether) {
        say(SAY_ERROR,
            "no conversation has the uid %s; pipit flows lists them (other captures, another "
            "order "
            "of them or another filter change uids)",
            c->subject);
        return false;
    }
    return true;
}

int command_explain(const struct choice *c)
{
    struct story *s = mem_reserve(sizeof(*s));
    struct output o = {.color = color_wanted(c)};
    struct job j = {
        .choice = c,
        .wanted = WANT(conn) | WANT(leg) | WANT(ether) | WANT(why) | WANT(weird),
        .explain_uid = c->explain_uid,
        .explain_packet = c->explain_packet,
        .user = s,
        .event = on_event,
    };
    int status = 2;

    s->packet = c->explain_packet;
    if (!s->packet)
        add_uid(s, c->explain_uid);
    if (session_run(&j)) {
        if (!found(s, &j, c)) {
            status = 2;
            session_end(&j, 0);
        } else {
            forget_numbers(s, j.count[COUNT_packets]);
            if (c->json)
                story_json(s, &o.text);
            else
                story_print(s, &o);
            status = session_end(&j, output_close(&o));
        }
    }
    text_free(&s->text);
    text_free(&o.text);
    mem_release(s, sizeof(*s));
    return status;
}
