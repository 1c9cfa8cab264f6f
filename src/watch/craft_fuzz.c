// SPDX-License-Identifier: Apache-2.0
// The guard of all checks of crafted packets: fuzzers and test captures raise everything. Where
// more than a fifth of all packets in ten seconds is odd, from more than ten senders, or more
// than half of all frames is malformed, one finding says so.
#include "watch/craft_parts.h"

#include <stdio.h>

enum { SOURCES = 11, PART = 5, MALFORMED_LEAST = 50 };
#define FUZZ_WINDOW (10 * SECOND)
#define FUZZ_CALM   (600 * SECOND) // so long after it, findings count again

static bool is_malformed(uint8_t which)
{
    switch (which) {
    case ODD_ip_version:
    case ODD_ip_hdr_len:
    case ODD_ip_len_short:
    case ODD_ip_len_long:
    case ODD_ip_options_bad:
    case ODD_tcp_short:
    case ODD_tcp_hdr_len:
    case ODD_tcp_options_bad:
    case ODD_udp_short:
    case ODD_udp_len_short:
    case ODD_udp_len_long:
    case ODD_icmp_short: return true;
    default: return false;
    }
}

static void begin(struct craft_fuzz *f, const struct ev_weird *e)
{
    f->since = e->head.ts;
    f->first_packet = e->packet;
    f->last_packet = f->flagged = 0;
    f->sources = 0;
    f->open = true;
}

static void add_source(struct craft_fuzz *f, const struct addr *a)
{
    for (uint32_t i = 0; i < f->sources; i++)
        if (addr_equal(&f->source[i], a))
            return;
    if (f->sources < SOURCES)
        f->source[f->sources++] = *a;
}

void fuzz_count(struct crafts *c, const struct ev_weird *e, unsigned points)
{
    struct craft_fuzz *f = &c->fuzz;

    if (is_malformed(e->which) && e->packet != f->malformed_packet) {
        f->malformed_packet = e->packet;
        f->malformed++;
    }
    if (!points)
        return;
    if (!f->open)
        begin(f, e);
    if (e->packet != f->last_packet)
        f->flagged++;
    f->last_packet = e->packet;
    f->last = e->head.ts;
    add_source(f, &e->sender);
}

static void tell(struct crafts *c, const char *words)
{
    struct craft_fuzz *f = &c->fuzz;
    struct craft_note *v = craft_note(c, "capture_is_fuzzed", CRAFT_INFO);

    f->found = false;
    if (!v)
        return;
    v->first = f->first_found;
    v->last = f->last_found;
    v->count = f->of;
    snprintf(v->msg, sizeof(v->msg),
             "%s: a test or a fuzzer made these packets; findings of crafted ones are not told",
             words);
    snprintf(v->evidence, sizeof(v->evidence), "%llu such findings were withheld",
             (unsigned long long)f->withheld);
    f->of = f->all = f->withheld = 0;
}

static void tell_windows(struct crafts *c)
{
    const struct craft_fuzz *f = &c->fuzz;
    char words[120];

    snprintf(words, sizeof(words), "%llu of %llu packets are odd, from more than ten senders",
             (unsigned long long)f->of, (unsigned long long)f->all);
    tell(c, words);
}

static void close_window(struct crafts *c)
{
    struct craft_fuzz *f = &c->fuzz;
    uint64_t all = c->packets + 1 - f->first_packet; // which counts from 1

    f->open = false;
    if (f->sources < SOURCES || f->flagged * PART <= all)
        return;
    if (!f->found)
        f->first_found = f->since;
    f->found = true;
    f->last_found = f->last;
    f->of += f->flagged;
    f->all += all;
}

// At the end also what no window shows.
static void look_at_all(struct crafts *c)
{
    struct craft_fuzz *f = &c->fuzz;
    uint64_t all = c->packets;
    char words[120];

    if (f->malformed < MALFORMED_LEAST || f->malformed * 2 <= all)
        return;
    if (!f->found)
        f->first_found = f->last_found = c->now;
    f->of = f->malformed;
    snprintf(words, sizeof(words), "%llu of %llu frames are malformed",
             (unsigned long long)f->malformed, (unsigned long long)all);
    tell(c, words);
}

void fuzz_look(struct crafts *c, bool final)
{
    struct craft_fuzz *f = &c->fuzz;

    if (f->open && (final || c->now - f->since >= FUZZ_WINDOW || c->now < f->since))
        close_window(c);
    if (f->found && c->live && c->now - f->last_found > FUZZ_CALM)
        tell_windows(c);
}

void fuzz_tell(struct crafts *c)
{
    look_at_all(c);
    if (c->fuzz.found)
        tell_windows(c);
}

bool fuzz_withholds(struct crafts *c, nsec last)
{
    const struct craft_fuzz *f = &c->fuzz;
    bool malformed = f->malformed >= MALFORMED_LEAST && f->malformed * 2 > c->packets;

    return malformed || (f->found && last >= f->first_found - FUZZ_CALM &&
                         last <= f->last_found + FUZZ_CALM);
}
