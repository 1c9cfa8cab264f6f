// SPDX-License-Identifier: Apache-2.0
// pipit alerts: what rules matched, in Snort's "fast" format; pipit check: what is wrong with
// configuration and rules.
#include "app/ruleset.h"
#include "app/session.h"

static void put_end(struct text *t, const struct addr *a, uint16_t port, bool has_ports)
{
    text_addr(t, a);
    if (has_ports)
        text_printf(t, ":%u", port);
}

static void put_proto(struct text *t, uint8_t ip_proto)
{
    switch (ip_proto) {
    case PROTO_TCP: text_str(t, "TCP"); break;
    case PROTO_UDP: text_str(t, "UDP"); break;
    case PROTO_ICMP: text_str(t, "ICMP"); break;
    case PROTO_ICMP6: text_str(t, "IPV6-ICMP"); break;
    default: text_printf(t, "PROTO:%03u", ip_proto);
    }
}

// 11/21-16:00:00.250000  [**] [1:1000001:1] words [**] [Classification: c] [Priority: 1] {TCP}
// a:p -> b:p
static void put_fast(struct text *t, const struct ev_alert *e)
{
    bool has_ports = (e->head.ip_proto == PROTO_TCP || e->head.ip_proto == PROTO_UDP) &&
                     (e->src_p || e->dst_p); // a fragment has none
    struct date d = date_of(e->head.ts);

    text_printf(t, "%02u/%02u-%02u:%02u:%02u.%06u  [**] [%u:%u:%u] %s [**] ", d.month, d.day,
                d.hour, d.minute, d.second, d.nanosecond / 1000, e->gid, e->sid, e->rev,
                e->msg);
    if (e->classification)
        text_printf(t, "[Classification: %s] ", e->classification);
    text_printf(t, "[Priority: %u] {", e->priority);
    put_proto(t, e->head.ip_proto);
    text_str(t, "} ");
    put_end(t, &e->src_h, e->src_p, has_ports);
    text_str(t, " -> ");
    put_end(t, &e->dst_h, e->dst_p, has_ports);
    text_char(t, '\n');
}

static bool on_event(void *user, const struct event *e)
{
    struct output *o = user;

    if (e->id == EV_alert) {
        put_fast(&o->text, (const void *)e);
        output_check(o);
    }
    return !o->closed;
}

int command_alerts(const struct choice *c)
{
    struct output o = {.color = false};
    struct choice chosen = *c;
    struct job j = {.choice = &chosen,
                    .sink = c->json ? JOB_STDOUT : JOB_NO_LOGS,
                    .wanted = WANT(alert),
                    .written = c->json ? WANT(alert) : 0,
                    .user = &o,
                    .event = c->json ? NULL : on_event,
                    .output = &o};

    chosen.log = EV_alert; // of --json
    if (!session_run(&j))
        return 2;
    return session_end(&j, output_close(&o));
}

// ---------------------------------------------------------------- check

static void put_problems(struct text *t, const struct rules *r)
{
    static const char *const kind[] = {
        [RULE_NOTE] = "note", [RULE_SILENT] = "silent", [RULE_REFUSED] = "refused"};
    struct rule_problem p;

    for (uint32_t i = 0; rules_problem(r, i, &p); i++) {
        rule_problem_text(t, &p);
        text_printf(t, " [%s]\n", kind[p.trouble]);
    }
}

static void put_totals(struct text *t, const struct rules_totals *n)
{
    text_plural(t, n->loaded, "rule", "rules");
    text_str(t, " loaded");
    if (n->built_in)
        text_printf(t, " (%u built in)", n->built_in);
    text_str(t, ", ");
    text_thousands(t, n->refused);
    text_str(t, " refused, ");
    text_thousands(t, n->silent);
    text_str(t, " silent (waiting for what is never told), ");
    text_thousands(t, n->duplicates);
    text_str(t, " duplicates\n");
}

int command_check(const struct choice *c)
{
    struct output o = {.color = false};
    const struct rules_totals *n = rules_totals(c->rules);

    put_problems(&o.text, c->rules);
    put_totals(&o.text, n);
    int status = output_close(&o);
    return status ? status : n->refused ? 1 : 0;
}
