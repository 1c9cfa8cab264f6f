// SPDX-License-Identifier: Apache-2.0
// Looks at the contacts of one source: are they a scan, and of which kind (specification of
// packet forensics, part 4)? Contacts are sorted so that those with one probe, then with one
// port or one host, lie side by side, in the order of time.
#include "watch/scan_parts.h"

#include <stdlib.h>

enum {
    BLOCK_PORTS = 5,
    BLOCK_HOSTS = 20,
    VERTICALS_MOST = 4, // more of them are a block
    PRIVILEGED = 5,     // closed ports below 1024 of one host
    PRIVILEGED_PORT = 1024,
    LATE_STEALTH = 10, // probes that also the rest of a connection looks like
    BACKSCATTER = 20,
    FORGED_HOSTS = 5,
    SINGLE_BYTES = 5,
    ARP_FAST = 20,
    ARP_SLOW = 50,
    PROTOCOLS = 5,
    RPC_SERVERS = 5,
    RPC_RISKY = 3,
    MONITOR_ROUNDS = 3,
    POLL_ROUNDS = 6, // a connection attempt with all its repetitions counts up to five
    PING_ROUNDS = 5, // ping sends up to four by itself
    NETBIOS = 137
};
#define MINUTE (60 * SECOND)

struct look {
    struct scans *s;
    const struct source *src;
    bool final, found;
};

// Contacts side by side in s->scratch.
struct group {
    struct contact **c;
    uint32_t n;
};

// ---------------------------------------------------------------- order

static int by_time(const struct contact *x, const struct contact *y)
{
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static int by_port(const void *a, const void *b)
{
    const struct contact *x = *(struct contact *const *)a, *y = *(struct contact *const *)b;
    int order = x->probe - y->probe;

    order = order ? order : x->port - y->port;
    return order ? order : by_time(x, y);
}

static int by_host(const void *a, const void *b)
{
    const struct contact *x = *(struct contact *const *)a, *y = *(struct contact *const *)b;
    int order = x->probe - y->probe;

    order = order ? order : addr_order(&x->dst, &y->dst);
    return order ? order : by_time(x, y);
}

static bool same_port(const struct contact *a, const struct contact *b)
{
    return a->probe == b->probe && a->port == b->port;
}

static bool same_host(const struct contact *a, const struct contact *b)
{
    return a->probe == b->probe && addr_equal(&a->dst, &b->dst);
}

static bool same_probe(const struct contact *a, const struct contact *b)
{
    return a->probe == b->probe;
}

// The group that begins at `from` of g.
static struct group group_at(struct group g, uint32_t from,
                             bool same(const struct contact *, const struct contact *))
{
    uint32_t n = 1;

    while (from + n < g.n && same(g.c[from], g.c[from + n]))
        n++;
    return (struct group){g.c + from, n};
}

// ---------------------------------------------------------------- measures

static uint32_t fruitless(struct group g)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < g.n; i++)
        n += is_fruitless(g.c[i]);
    return n;
}

// The most contacts that nothing came of in any time of this length.
static uint32_t most_within(struct group g, nsec window)
{
    uint32_t from = 0, n = 0, most = 0;

    for (uint32_t i = 0; i < g.n; i++) {
        for (; g.c[i]->first - g.c[from]->first > window; from++)
            n -= is_fruitless(g.c[from]);
        n += is_fruitless(g.c[i]);
        most = max_u32(most, n);
    }
    return most;
}

// Who mostly gets what it asks for only met some hosts that are down.
static bool mostly_fruitless(struct group g)
{
    uint32_t failed = fruitless(g);

    return failed >= 2 * (g.n - failed);
}

// Who comes back to the same targets again and again, whatever they say, watches or waits for
// them; a search goes on to others.
static bool is_poll(struct group g, uint32_t rounds)
{
    uint64_t all = 0;

    for (uint32_t i = 0; i < g.n; i++)
        all += min_u32(g.c[i]->rounds, rounds);
    return all * 10 >= (uint64_t)rounds * g.n * 9;
}

// Contacts far apart: the mean interval of those that nothing came of.
static bool is_slow(struct group g)
{
    uint32_t failed = fruitless(g);
    nsec span = g.c[g.n - 1]->first - g.c[0]->first;

    return failed > 1 && span / (failed - 1) > MINUTE;
}

// Some of the targets said something: silence then says something, too.
static bool is_visible(struct group g)
{
    for (uint32_t i = 0; i < g.n; i++)
        if (g.c[i]->result != RESULT_SILENT)
            return true;
    return false;
}

// Much that goes over UDP is never answered; a question of these always is.
static bool is_asked(const struct contact *c)
{
    static const uint16_t port[] = {53, 69, 111, 123, 161, 623, 3478, 34964, 44818, 47808};

    for (size_t i = 0; i < COUNT_OF(port); i++)
        if (c->port == port[i])
            return true;
    return c->probe != PROBE_UDP || c->result != RESULT_SILENT;
}

// Threshold random walk (Jung et al. 2004) over local hosts: how far failures outweigh
// successes at most; who succeeds as often starts again.
static uint32_t walk_of(const struct scans *s, struct group g)
{
    int32_t score = 0, most = 0, limit = (int32_t)s->limit.walk;

    for (uint32_t i = 0; i < g.n; i++) {
        if (!addr_is_private(&g.c[i]->dst) || !is_asked(g.c[i]))
            continue;
        if (!g.c[i]->idle) // answered and not used: it says nothing
            score += g.c[i]->result == RESULT_ANSWERED ? -1 : 1;
        score = score <= -limit ? 0 : score;
        most = score > most ? score : most;
    }
    return (uint32_t)most;
}

// Peers of a network without servers have ports of their own: hosts with one port that no other
// host was asked for.
static uint32_t lonely(struct group all)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < all.n;) {
        struct group g = group_at(all, i, same_port);
        n += g.n == 1 && is_fruitless(g.c[0]);
        i += g.n;
    }
    return n;
}

// ---------------------------------------------------------------- telling

static void tell(struct look *l, enum scan_kind kind, struct group g, uint32_t walk)
{
    for (uint32_t i = 0; i < g.n; i++)
        l->s->chosen[i] = g.c[i];
    if (kind != SCAN_VERTICAL || !zombie_scans(l->s, l->src, g.n, l->final))
        scan_add(l->s, kind, &l->src->addr, g.n, l->final, walk);
    l->found = true;
}

// ---------------------------------------------------------------- TCP, UDP, SCTP

// A client whose IPv6 is dead: nobody answers, and the same station uses the port over IPv4.
static bool is_half_dead(const struct look *l, struct group g)
{
    for (uint32_t i = 0; i < g.n; i++)
        if (g.c[i]->result >= RESULT_REFUSED)
            return false;
    return l->src->addr.kind == ADDR_IP6 &&
           twin_used(l->s, &l->src->mac, g.c[0]->port) * 2 >= g.n;
}

// A row: one port of many hosts.
static bool is_row(const struct scans *s, struct group g, uint32_t strangers, uint32_t *walk)
{
    uint32_t failed = fruitless(g);

    *walk = 0;
    if (g.n < s->limit.walk || !mostly_fruitless(g) || failed <= strangers ||
        is_poll(g, POLL_ROUNDS))
        return false;
    if (g.c[0]->probe == PROBE_UDP && (g.c[0]->port == NETBIOS || g.c[0]->port == NETBIOS + 1))
        return false;
    uint32_t steps = walk_of(s, g);
    *walk = steps >= s->limit.walk ? steps : 0;
    return *walk || most_within(g, s->limit.window) >= s->limit.hosts ||
           (failed >= s->limit.slow && is_slow(g) && is_visible(g));
}

// A column: many ports of one host; or some that only the system may serve.
static bool is_column(const struct scans *s, struct group g)
{
    uint32_t low = 0;

    if (!mostly_fruitless(g) || is_poll(g, POLL_ROUNDS))
        return false;
    for (uint32_t i = 0; i < g.n; i++)
        low += is_fruitless(g.c[i]) && g.c[i]->port < PRIVILEGED_PORT;
    return most_within(g, s->limit.window) >= s->limit.ports ||
           (low >= PRIVILEGED && most_within(g, s->limit.window) >= PRIVILEGED) ||
           (fruitless(g) >= s->limit.slow && is_slow(g) && is_visible(g));
}

// Rows are put side by side into `chosen`; gives how many contacts and ports they have.
static uint32_t choose_rows(struct look *l, struct group all, uint32_t *rows, uint32_t *walk,
                            uint32_t least)
{
    uint32_t n = 0, strangers = lonely(all), steps;

    *rows = *walk = 0;
    for (uint32_t i = 0; i < all.n;) {
        struct group g = group_at(all, i, same_port);
        i += g.n;
        bool big = least && g.n >= least && mostly_fruitless(g);
        if ((!is_row(l->s, g, strangers, &steps) && !big) || is_half_dead(l, g))
            continue;
        for (uint32_t k = 0; k < g.n; k++)
            l->s->chosen[n++] = g.c[k];
        *walk = max_u32(*walk, steps);
        ++*rows;
    }
    return n;
}

static uint32_t count_columns(const struct scans *s, struct group all)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < all.n;) {
        struct group g = group_at(all, i, same_host);
        n += is_column(s, g);
        i += g.n;
    }
    return n;
}

static bool look_for_block(struct look *l, struct group all)
{
    uint32_t rows, walk, n = choose_rows(l, all, &rows, &walk, BLOCK_HOSTS);

    if (rows < BLOCK_PORTS)
        return false;
    scan_add(l->s, SCAN_BLOCK, &l->src->addr, n, l->final, walk);
    l->found = true;
    return true;
}

static void look_for_rows(struct look *l, struct group all)
{
    uint32_t rows, walk, n = choose_rows(l, all, &rows, &walk, 0);

    if (!n)
        return;
    bool slow = is_slow((struct group){l->s->chosen, n});
    scan_add(l->s, slow ? SCAN_SLOW : SCAN_HORIZONTAL, &l->src->addr, n, l->final, walk);
    l->found = true;
}

// Gives true if the columns are all there is to say.
static bool look_for_columns(struct look *l, struct group all)
{
    uint32_t columns = count_columns(l->s, all), rest = 0;
    bool block = columns > VERTICALS_MOST;

    for (uint32_t i = 0; columns && i < all.n;) {
        struct group g = group_at(all, i, same_host);
        i += g.n;
        if (!is_column(l->s, g))
            rest += g.n;
        else if (!block)
            tell(l, is_slow(g) ? SCAN_SLOW : SCAN_VERTICAL, g, 0);
    }
    if (block)
        tell(l, SCAN_BLOCK, all, 0);
    return columns && (block || rest < l->s->limit.hosts);
}

// Datagrams of one byte from one port to one port of several hosts: no protocol is like that.
// Of a known tool two will do.
static bool look_for_bytes(struct look *l, struct group all)
{
    bool found = false;

    for (uint32_t i = 0; i < all.n;) {
        struct group g = group_at(all, i, same_port);
        uint32_t least = is_trojan(g.c[0]) ? 2 : SINGLE_BYTES, n = 0;
        i += g.n;
        for (uint32_t k = 0; k < g.n; k++)
            n += g.c[k]->one_byte && g.c[k]->sport == g.c[0]->sport;
        if (n < g.n || n < least)
            continue;
        tell(l, SCAN_HORIZONTAL, g, 0);
        found = true;
    }
    return found;
}

static void look_at_ports(struct look *l, struct group all)
{
    if (all.c[0]->probe == PROBE_UDP && look_for_bytes(l, all))
        return;
    if (look_for_block(l, all))
        return;
    qsort(all.c, all.n, sizeof(struct contact *), by_host);
    bool said = look_for_columns(l, all);
    qsort(all.c, all.n, sizeof(struct contact *), by_port);
    if (!said)
        look_for_rows(l, all);
}

// ---------------------------------------------------------------- other probes

static uint32_t most_common(struct group g, bool target)
{
    uint32_t count[256] = {0}, most = 0;

    for (uint32_t i = 0; i < g.n; i++) {
        uint16_t port = target ? g.c[i]->port : g.c[i]->sport;
        most = max_u32(most, ++count[(port ^ port >> 8) & 255]);
    }
    return most;
}

// FIN with ACK and ACK alone are what connections end with whose beginning was not seen: these
// have a port of their own each, and go to a service. Scanners mostly send from one port.
static void look_at_stealth(struct look *l, struct group g)
{
    uint32_t least = l->s->limit.stealth;
    uint8_t probe = g.c[0]->probe;

    if (probe == PROBE_MAIMON || probe == PROBE_ACK) {
        least = max_u32(least, LATE_STEALTH);
        if (most_common(g, false) * 3 < g.n && most_common(g, true) * 3 > g.n)
            return;
    }
    if (most_within(g, 2 * l->s->limit.window) >= least)
        tell(l, SCAN_STEALTH, g, 0);
}

// Answers of a service to addresses that did not ask come from the victim of a flood; to one
// port of many hosts, they are probes.
static void look_at_answers(struct look *l, struct group g)
{
    uint32_t hosts = 0;

    for (uint32_t i = 0; i < g.n; i++)
        hosts += !i || !addr_equal(&g.c[i]->dst, &g.c[i - 1]->dst);
    qsort(g.c, g.n, sizeof(struct contact *), by_port);
    if (hosts < FORGED_HOSTS || g.n < BACKSCATTER)
        return; // to few, it is rather their questions that are not seen
    if (most_common(g, true) * 2 > g.n && most_common(g, false) * 2 < g.n)
        tell(l, SCAN_STEALTH, g, 0);
    else
        tell(l, SCAN_BACKSCATTER, g, 0);
}

// Who asks the same hosts again and again, and is answered, watches over them.
static void look_at_echoes(struct look *l, struct group g)
{
    uint32_t from = 0, most = 0, failed = fruitless(g);

    for (uint32_t i = 0; i < g.n; i++) {
        while (g.c[i]->first - g.c[from]->first > MINUTE)
            from++;
        most = max_u32(most, i - from + 1);
    }
    bool monitor =
        is_poll(g, failed * 5 < g.n ? (uint32_t)MONITOR_ROUNDS : (uint32_t)PING_ROUNDS);
    if ((most >= l->s->limit.sweep || (failed >= l->s->limit.slow && is_slow(g))) && !monitor)
        tell(l, SCAN_ICMP, g, 0);
}

static void look_at_arp(struct look *l, struct group g)
{
    bool many = most_within(g, 10 * SECOND) >= ARP_FAST || most_within(g, MINUTE) >= ARP_SLOW;

    if (many && fruitless(g) * 2 > g.n)
        tell(l, SCAN_ARP, g, 0);
}

static void look_at_names(struct look *l, struct group g)
{
    if (most_within(g, MINUTE) >= l->s->limit.sweep && fruitless(g) * 2 > g.n)
        tell(l, SCAN_PROFINET, g, 0);
}

// One program looked for on many servers; but who uses what it finds is a client.
static void look_at_programs(struct look *l, struct group all)
{
    for (uint32_t i = 0; i < all.n;) {
        struct group g = group_at(all, i, same_port);
        uint32_t least = g.c[0]->risky ? RPC_RISKY : RPC_SERVERS;
        i += g.n;
        if (most_within(g, 60 * MINUTE) >= least && fruitless(g) * 2 >= g.n)
            tell(l, SCAN_RPC, g, 0);
    }
}

static void look_at_protocols(struct look *l, struct group all)
{
    qsort(all.c, all.n, sizeof(struct contact *), by_host);
    for (uint32_t i = 0; i < all.n;) {
        struct group g = group_at(all, i, same_host);
        i += g.n;
        if (most_within(g, l->s->limit.window) >= PROTOCOLS && mostly_fruitless(g))
            tell(l, SCAN_PROTOCOLS, g, 0);
    }
}

static void look_at(struct look *l, struct group g)
{
    switch (g.c[0]->probe) {
    case PROBE_SYN:
    case PROBE_UNSEEN:
    case PROBE_UDP:
    case PROBE_SCTP: look_at_ports(l, g); break;
    case PROBE_ANSWER:
        qsort(g.c, g.n, sizeof(struct contact *), by_host);
        look_at_answers(l, g);
        break;
    case PROBE_ICMP: look_at_echoes(l, g); break;
    case PROBE_ARP: look_at_arp(l, g); break;
    case PROBE_IP: look_at_protocols(l, g); break;
    case PROBE_DCP: look_at_names(l, g); break;
    case PROBE_RPC: look_at_programs(l, g); break;
    default: look_at_stealth(l, g); break;
    }
}

bool source_judge(struct scans *s, const struct source *src, bool final)
{
    struct look l = {.s = s, .src = src, .final = final};
    struct group all = {s->scratch, 0};

    for (uint32_t at = src->contacts; at != SLAB_NONE; at = contact_at(s, at)->next)
        if (!contact_at(s, at)->said && !outage_covers(s, contact_at(s, at)))
            all.c[all.n++] = contact_at(s, at);
    qsort(all.c, all.n, sizeof(struct contact *), by_port);
    for (uint32_t i = 0; i < all.n;) {
        struct group g = group_at(all, i, same_probe);
        i += g.n;
        look_at(&l, g);
    }
    return l.found;
}
