// SPDX-License-Identifier: Apache-2.0
// Floods of Identify requests (specification of DCP, section 7, DCP-12): seconds are counted
// for each client and for all together. While a flood lasts, what it causes is told with it.
#include "watch/plant_parts.h"

enum {
    CLIENT_SECOND = 100,
    CLIENT_MEAN = 20,
    START_SECOND = 400, // a controller that looks for all of its devices
    START_MEAN = 60,
    ALL_MOST = 5,
    TOTAL_SECOND = 300,
    NEW_MOST = 50,
    STORM = 200 // answers in a second
};
#define FLOOD_OVER (80 * SECOND) // by then its questions are answered or not

static int64_t second_of(const struct plant *p)
{
    return p->now / SECOND;
}

static uint32_t sum16(const uint16_t *slot)
{
    uint32_t n = 0;

    for (int i = 0; i < SLOTS; i++)
        n += slot[i];
    return n;
}

static uint32_t sum32(const uint32_t *slot)
{
    uint32_t n = 0;

    for (int i = 0; i < SLOTS; i++)
        n += slot[i];
    return n;
}

// Empties the slots of the seconds between: true for slot i if it is of an older round.
static bool is_stale(int64_t then, int64_t now, int i)
{
    if (now < then || now - then >= SLOTS)
        return true;
    for (int64_t s = then + 1; s <= now; s++)
        if (s % SLOTS == i)
            return true;
    return false;
}

static void turn_client(struct station *s, int64_t now)
{
    for (int i = 0; i < SLOTS && now != s->second; i++)
        if (is_stale(s->second, now, i))
            s->ask_second[i] = s->all_second[i] = s->fresh_second[i] = 0;
    s->second = now;
}

static void turn_all(struct plant *p, int64_t now)
{
    for (int i = 0; i < SLOTS && now != p->second; i++)
        if (is_stale(p->second, now, i))
            p->ask_second[i] = p->new_second[i] = 0;
    p->second = now;
}

static void add16(uint16_t *slot)
{
    *slot = (uint16_t)(*slot + (*slot < UINT16_MAX));
}

// A controller that starts asks for each of its names, and for nothing else.
static bool starts_up(const struct plant *p, const struct station *s)
{
    uint32_t asked = sum16(s->ask_second);

    return p->now - s->first < PLANT_START_UP && !sum16(s->all_second) &&
           sum16(s->fresh_second) * 5 >= asked * 4;
}

static const char *client_rule(const struct plant *p, const struct station *s)
{
    bool start = starts_up(p, s);

    if (s->ask_second[second_of(p) % SLOTS] > (start ? START_SECOND : CLIENT_SECOND))
        return start ? "more than 400 in a second at start-up" : "more than 100 in a second";
    if (sum16(s->ask_second) > (start ? START_MEAN : CLIENT_MEAN) * SLOTS)
        return start ? "more than 60 a second at start-up" : "more than 20 a second for 10 s";
    if (sum16(s->all_second) > ALL_MOST)
        return "more than 5 for all stations in 10 s";
    return NULL;
}

static const char *total_rule(const struct plant *p, const struct station *s)
{
    uint32_t total = p->ask_second[second_of(p) % SLOTS];

    if (sum32(p->new_second) >= NEW_MOST)
        return "50 new senders in 10 s: random sources";
    if (total > TOTAL_SECOND && s->ask_second[second_of(p) % SLOTS] * 2u < total)
        return "more than 300 in a second together";
    return NULL;
}

bool dcp_in_flood(const struct plant *p, nsec ts)
{
    return p->flood_note && ts >= p->flood.first - SLOTS * SECOND &&
           ts <= p->flood.last + SLOTS * SECOND;
}

static uint32_t stopped_in_flood(const struct plant *p)
{
    uint32_t n = 0;

    list_each (&p->firm, node) {
        const struct station *s = CONTAINER(node, struct station, node);
        n += s->last_sent_cyclic >= p->flood.first - 2 * SECOND &&
             s->last_sent_cyclic <= p->flood.last && p->now - s->last_sent_cyclic > 2 * SECOND;
    }
    return n;
}

bool dcp_is_of_flood(const struct note_slot *n)
{
    return n->note == NOTE_dcp_scan || n->note == NOTE_dcp_identify_unanswered ||
           n->note == NOTE_dcp_multicast_load;
}

// What else was raised about the flood's questions.
static void fold(struct plant *p, const struct note_slot *flood)
{
    for (uint32_t i = 0; i < p->n_notes; i++) {
        struct note_slot *n = &p->notes[i];
        n->folded |= dcp_is_of_flood(n) && n->first >= flood->first && n->last <= flood->last &&
                     (!flood->src.kind || addr_equal(&n->src, &flood->src));
    }
}

void dcp_flood_end(struct plant *p)
{
    struct note_slot *n = p->flood_note;
    const struct flood *f = &p->flood;
    nsec lasted = f->last - f->first;
    uint32_t stopped;

    if (!n)
        return;
    stopped = stopped_in_flood(p);
    n->count = f->frames;
    n->first = f->first;
    n->last = f->last;
    note_msg(n, "Identify flood by %s: %llu requests in %llu.%03llu s, at most %u in a second",
             n->src.kind ? mac_words((const struct mac *)(const void *)n->src.b).s
                         : "many senders",
             (unsigned long long)f->frames, (unsigned long long)(lasted / SECOND),
             (unsigned long long)(lasted % SECOND / MSEC), f->peak);
    size_t used = strlen(n->evidence);
    char rule[sizeof(n->evidence)];
    memcpy(rule, n->evidence, used + 1);
    note_evidence(
        n,
        "%.80s; it caused %llu answers, at most %u in a second%s; %u %s exchanging data, %llu "
        "cyclic %s lost",
        rule, (unsigned long long)f->answers, p->answer_peak,
        p->answer_peak > STORM ? " (an answer storm)" : "", stopped,
        stopped == 1 ? "station stopped" : "stations stopped", (unsigned long long)f->lost,
        f->lost == 1 ? "frame was" : "frames were");
    fold(p, n);
    p->flood_note = NULL;
    struct plant_step step = {.kind = STEP_FLOOD,
                              .first = f->first,
                              .last = f->last,
                              .took = -1,
                              .packet = n->packet,
                              .count = f->frames,
                              .has_client = n->src.kind != ADDR_NONE};
    memcpy(&step.client, n->src.b, sizeof(step.client));
    steps_add(p, &step);
}

void dcp_flood_tick(struct plant *p)
{
    if (p->flood_note && p->now - p->flood.last > FLOOD_OVER)
        dcp_flood_end(p);
}

static void fire(struct plant *p, const struct station *s, const char *rule, bool many)
{
    struct flood *f = &p->flood;

    dcp_flood_tick(p);
    if (p->flood_note)
        return;
    p->flood_note = note_raise(p, NOTE_dcp_identify_flood, SEVERITY_HIGH, many ? NULL : &s->mac,
                               NULL, p->packet);
    note_msg(p->flood_note, "Identify flood by %s",
             many ? "many senders" : mac_words(&s->mac).s);
    note_evidence(p->flood_note, "%s", rule);
    p->answer_peak = p->answers_at == second_of(p) ? p->answer_second : 0;
    *f = (struct flood){.frames = many ? sum32(p->ask_second) : sum16(s->ask_second)};
    f->first = many ? p->ask_since : s->ask_since;
    if (p->now - f->first > SLOTS * SECOND)
        f->first = p->now - SLOTS * SECOND;
    f->last = p->now;
    f->answers = p->answer_peak;
    f->peak = p->ask_second[second_of(p) % SLOTS];
}

void dcp_flood_asked(struct plant *p, struct station *s, bool all, bool fresh)
{
    int64_t now = second_of(p);
    int slot = (int)(now % SLOTS);
    const char *rule;

    turn_client(s, now);
    turn_all(p, now);
    s->ask_since = sum16(s->ask_second) ? s->ask_since : p->now;
    p->ask_since = sum32(p->ask_second) ? p->ask_since : p->now;
    add16(&s->ask_second[slot]);
    if (all)
        add16(&s->all_second[slot]);
    if (fresh)
        add16(&s->fresh_second[slot]);
    p->ask_second[slot]++;
    p->new_second[slot] += s->identify == 1;
    if (p->flood_note && p->now - p->flood.last <= SLOTS * SECOND) {
        p->flood.frames++;
        p->flood.peak = max_u32(p->flood.peak, p->ask_second[slot]);
    }
    if ((rule = client_rule(p, s)))
        fire(p, s, rule, false);
    else if ((rule = total_rule(p, s)))
        fire(p, s, rule, true);
    else
        return;
    if (p->flood_note)
        p->flood.last = p->now;
}

void dcp_flood_answered(struct plant *p)
{
    int64_t now = second_of(p);

    if (p->answers_at != now)
        p->answer_second = 0;
    p->answers_at = now;
    p->answer_second++;
    if (!dcp_in_flood(p, p->now))
        return;
    p->flood.answers++;
    p->answer_peak = max_u32(p->answer_peak, p->answer_second);
}
