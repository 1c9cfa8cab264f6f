// SPDX-License-Identifier: Apache-2.0
// A scan in words: what was done, what came of it, what it was; and what else speaks for it.
#include "watch/scan_parts.h"

#include <stdio.h>

enum {
    RPC_FIRST = 32770,
    RPC_LAST = 34000,
    PORTMAP = 111,
    PROFINET = 34964,
    PATTERN_LEAST = 5
};

const char *const scan_kind_name[SCAN_KINDS] = {
    "horizontal", "vertical",   "block",     "slow",       "distributed",
    "stealth",    "icmp_sweep", "arp_sweep", "protocols",  "profinet_sweep",
    "rpc_sweep",  "idle",       "decoy",     "backscatter"};
const char *const scan_severity_name[] = {"info", "low", "medium", "high"};

static void put_count(struct text *t, uint32_t n, const char *one, const char *many)
{
    text_printf(t, "%u %s", n, n == 1 ? one : many);
}

// "32775/tcp", "22, 23, 80/tcp", "975 tcp ports from 1 to 1024".
static void put_ports(struct text *t, const struct scan *v)
{
    enum { NAMED = 6 };
    uint32_t kept = min_u32(v->n_ports, SCAN_PORTS);

    if (v->n_ports > NAMED) {
        text_printf(t, "%u %s ports, the lowest %u", v->n_ports, v->proto, v->port[0]);
        return;
    }
    for (uint32_t i = 0; i < kept; i++)
        text_printf(t, "%s%u", i ? ", " : "", v->port[i]);
    text_printf(t, "/%s", v->proto);
}

static const char *with_what(const struct scan *v)
{
    static const struct {
        const char *probe, *words;
    } with[] = {{"fin", " with FIN alone"},
                {"null", " without any flag"},
                {"xmas", " with FIN, PSH and URG"},
                {"maimon", " with FIN and ACK"},
                {"ack", " with ACK alone, which shows what a filter lets through"},
                {"odd_flags", " with impossible flags"},
                {"syn_ack", " with SYN and ACK"},
                {"unseen", ", as their answers show (the probes are not seen here)"},
                {"rst", " with RST"}};

    for (size_t i = 0; i < COUNT_OF(with); i++)
        if (!strcmp(v->probe, with[i].probe))
            return with[i].words;
    return "";
}

static void put_what(struct text *t, const struct scan *v)
{
    switch (v->kind) {
    case SCAN_ICMP:
        put_count(t, v->targets, "host", "hosts");
        text_str(t, v->port[0] == 13   ? " asked for the time by ICMP"
                    : v->port[0] == 17 ? " asked for their network mask by ICMP"
                                       : " asked by ICMP echo");
        return;
    case SCAN_ARP:
        put_count(t, v->targets, "address", "addresses");
        text_str(t, " asked for by ARP");
        return;
    case SCAN_PROFINET:
        put_count(t, v->targets, "station", "stations");
        text_str(t, " asked for by PROFINET DCP");
        return;
    case SCAN_RPC:
        put_count(t, v->targets, "host", "hosts");
        text_printf(t, " asked for the RPC program %s", v->program);
        return;
    case SCAN_PROTOCOLS:
        text_printf(t, "%u IP protocols of ", v->n_ports);
        text_addr(t, &v->dst);
        text_str(t, " probed");
        return;
    default: break;
    }
    if (v->by_port && v->n_ports > 1) {
        text_printf(t, "%u %s ports of ", v->n_ports, v->proto);
        text_addr(t, &v->dst);
        text_str(t, " probed");
    } else {
        put_count(t, v->targets, "host", "hosts");
        text_str(t, " probed on ");
        put_ports(t, v);
    }
    text_str(t, with_what(v));
    if (v->sources > 1)
        text_printf(t, " by %u sources%s", v->sources, v->kind == SCAN_DECOY ? " in step" : "");
    if (v->kind == SCAN_IDLE) {
        text_str(t, " in the name of ");
        text_addr(t, &v->zombie);
    }
}

static void put_part(struct text *t, uint32_t n, const char *what, const char **between)
{
    if (!n)
        return;
    text_printf(t, "%s%u %s", *between, n, what);
    *between = ", ";
}

// Silence says most where an open port would be silent.
static void put_results(struct text *t, const struct scan *v)
{
    bool quiet = v->kind == SCAN_STEALTH;
    const char *between = ": ";

    put_part(t, v->answered, "answered", &between);
    put_part(t, v->refused, "refused", &between);
    put_part(t, v->silent, quiet ? "silent (open or filtered)" : "silent", &between);
    put_part(t, v->blocked, "out of reach, as ICMP says", &between);
}

static void put_services(struct text *t, const struct scan *v)
{
    for (uint32_t i = 0; i < v->n_services; i++)
        text_printf(t, "%s%s", i ? ", " : " (", v->service[i]);
    if (v->n_services)
        text_char(t, ')');
}

static void put_data(struct text *t, const struct scan *v)
{
    if (!v->data_after) {
        text_str(t, ", no data in either direction: reconnaissance");
        return;
    }
    if (v->data_to) {
        text_printf(t, ", data to %u", v->data_to);
        if (v->data_from)
            text_printf(t, " and from %u", v->data_from);
    } else {
        text_printf(t, ", data from %u", v->data_from);
    }
    text_str(t, " of them");
    put_services(t, v);
    text_str(t, ": more than reconnaissance");
}

static void put_verdict(struct text *t, const struct scan *v)
{
    if (v->kind == SCAN_BACKSCATTER) {
        text_printf(t, "%s to ", !strcmp(v->probe, "rst") ? "resets" : "answers (SYN ACK)");
        put_count(t, v->targets, "address", "addresses");
        text_str(t, " that had not asked: a flood with forged senders hit ");
        text_addr(t, &v->src);
        text_str(t, "; this is no scan");
        return;
    }
    put_what(t, v);
    put_results(t, v);
    if (v->kind == SCAN_ICMP || v->kind == SCAN_ARP || v->kind == SCAN_PROFINET)
        text_str(t, ": a search for hosts");
    else
        put_data(t, v);
}

// ---------------------------------------------------------------- evidence

static void part(struct text *t)
{
    if (t->n)
        text_str(t, "; ");
}

static void put_interval(struct text *t, const struct scan *v, uint32_t n)
{
    nsec span = v->last - v->first;

    if (n < 2 || !span)
        return;
    part(t);
    if (span > (n - 1) * SECOND)
        text_printf(t, "a probe each %.0f s", (double)span / (double)SECOND / (n - 1));
    else if (span >= MSEC)
        text_printf(t, "%.1f probes a second", n * (double)SECOND / (double)span);
}

#define ALWAYS_SAME(field)                                                                     \
    static bool same_##field(struct contact *const *c, uint32_t n)                             \
    {                                                                                          \
        for (uint32_t i = 1; i < n; i++)                                                       \
            if (c[i]->field != c[0]->field)                                                    \
                return false;                                                                  \
        return n >= PATTERN_LEAST;                                                             \
    }
ALWAYS_SAME(sport)
ALWAYS_SAME(seq)
ALWAYS_SAME(id)
ALWAYS_SAME(ttl)
ALWAYS_SAME(window)

// What a program of its own writes the same into each packet, a system does not.
static void put_patterns(struct text *t, struct contact *const *c, uint32_t n)
{
    enum { ZMAP = 54321 };
    bool tcp = c[0]->probe <= PROBE_ANSWER;

    if (c[0]->sport && same_sport(c, n)) {
        part(t);
        text_printf(t, "all from port %u", c[0]->sport);
    }
    if (tcp && same_seq(c, n)) {
        part(t);
        text_printf(t, "the sequence number is always %u", c[0]->seq);
    }
    if (c[0]->id && same_id(c, n)) {
        part(t);
        text_printf(t, "the IP id is always %u%s", c[0]->id,
                    c[0]->id == ZMAP ? ", as the scanner ZMap writes" : "");
    }
    if (tcp && same_window(c, n) && same_ttl(c, n)) {
        part(t);
        text_printf(t, "TTL %u and window %u always", c[0]->ttl, c[0]->window);
    }
}

// The IP ids of who sends one packet to each address in turn count as the addresses do; some
// systems count them with the bytes swapped.
static bool ids_count(struct contact *const *c, uint32_t n, bool swapped)
{
    for (uint32_t i = 1; i < n; i++) {
        uint16_t a = c[0]->id, b = c[i]->id;
        if (c[i]->dst.kind != c[0]->dst.kind || addr_equal(&c[i]->dst, &c[0]->dst))
            return false;
        if (swapped) {
            a = (uint16_t)(a << 8 | a >> 8);
            b = (uint16_t)(b << 8 | b >> 8);
        }
        uint16_t step = (uint16_t)((c[i]->dst.b[2] - c[0]->dst.b[2]) << 8);
        step = (uint16_t)(step + c[i]->dst.b[3] - c[0]->dst.b[3]);
        if ((uint16_t)(b - a) != step)
            return false;
    }
    return n > 1 && c[0]->dst.kind == ADDR_IP4;
}

static void put_bytes(struct text *t, struct contact *const *c, uint32_t n)
{
    bool swapped = ids_count(c, n, true);

    for (uint32_t i = 0; i < n; i++)
        if (!c[i]->one_byte)
            return;
    part(t);
    text_str(t, "one byte in each datagram");
    if (is_trojan(c[0]))
        text_str(t, ", from port 31790 to 31789: the probe of the trojan Hack'a'Tack");
    if (!swapped && !ids_count(c, n, false))
        return;
    part(t);
    text_printf(t, "the IP ids%s count as the addresses do: one packet to each address in turn",
                swapped ? ", read with their bytes swapped," : "");
}

// A closed port resets with a window of 0, an open one of some systems does not.
static void put_windows(struct text *t, struct contact *const *c, uint32_t n)
{
    uint32_t open = 0, closed = 0;

    for (uint32_t i = 0; i < n; i++)
        if (c[i]->probe == PROBE_ACK && c[i]->result == RESULT_REFUSED)
            *(c[i]->reset_window ? &open : &closed) += 1;
    if (!open || !closed)
        return;
    part(t);
    text_printf(t, "%u of the resets %s a window that is not 0: read as a window scan, %s",
                open, open == 1 ? "has" : "have",
                open == 1 ? "its port is open" : "their ports are open");
}

static void put_forged(struct text *t, const struct scan *v)
{
    if (v->kind == SCAN_DECOY) {
        part(t);
        text_str(t, "the same ports in the same order at the same time: one of them scans, the "
                    "others are decoys with forged addresses");
    }
    if (v->kind == SCAN_IDLE) {
        part(t);
        text_printf(t, "meanwhile it had ");
        text_addr(t, &v->zombie);
        text_printf(t,
                    " reset %u SYN ACKs, whose IP ids tell what the target answered: an idle "
                    "scan, and no scan of ",
                    v->resets);
        text_addr(t, &v->zombie);
    }
}

static void put_meaning(struct text *t, const struct scan *v)
{
    uint16_t port = v->port[0];
    bool rpc = v->n_ports == 1 && (port == PORTMAP || (port >= RPC_FIRST && port <= RPC_LAST));

    if (rpc && (!strcmp(v->proto, "tcp") || !strcmp(v->proto, "udp"))) {
        part(t);
        text_str(t, port == PORTMAP ? "the port mapper of ONC RPC is looked for"
                                    : "a port where ONC RPC services are, such as sadmind and "
                                      "ttdbserverd (32770 to 34000)");
    }
    if (v->n_ports == 1 && port == PROFINET && !strcmp(v->proto, "udp")) {
        part(t);
        text_str(t, "PROFINET IO devices are looked for");
    }
    if (v->silent && (v->answered || v->refused) && v->kind <= SCAN_DISTRIBUTED) {
        part(t);
        text_str(
            t, "the silent ones neither answered nor refused: filtered on the way, or absent");
    }
}

void scan_words(struct scan *v, const struct scans *s, uint32_t n, uint32_t walk)
{
    struct text t = {0};

    put_verdict(&t, v);
    snprintf(v->verdict, sizeof(v->verdict), "%.*s", (int)t.n, t.p);
    text_clear(&t);
    put_forged(&t, v);
    put_meaning(&t, v);
    put_windows(&t, s->chosen, n);
    if (walk) {
        part(&t);
        text_printf(&t, "sequential test: %u failures more than successes", walk);
    }
    put_interval(&t, v, n);
    put_patterns(&t, s->chosen, n);
    put_bytes(&t, s->chosen, n);
    snprintf(v->evidence, sizeof(v->evidence), "%.*s", (int)t.n, t.p);
    text_free(&t);
}
