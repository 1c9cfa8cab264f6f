// SPDX-License-Identifier: Apache-2.0
// Rules that wait for an event: of a generator, or by a name of Suricata.
#include "rule/notice.h"

#include <string.h>

#include "base/nearest.h"
#include "rule/match.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

static const struct {
    uint32_t gid, sid;
    const char *oddity;
} generators[] = {
#define GENERATOR(gid, sid, oddity) {gid, sid, oddity},
#define NOTICED(event, oddity)
#include "rule/notice.def"
#undef GENERATOR
#undef NOTICED
};
static const struct {
    const char *event, *oddity;
} noticed[] = {
#define GENERATOR(gid, sid, oddity)
#define NOTICED(event, oddity) {event, oddity},
#include "rule/notice.def"
#undef GENERATOR
#undef NOTICED
};

static int odd_named(const char *name)
{
    for (int i = 0; i < ODDS; i++)
        if (!strcmp(odd_type[i].name, name))
            return i;
    return -1;
}

bool notice_of_generator(const struct rules *set, uint32_t gid, uint32_t sid, uint16_t odd[2])
{
    unsigned n = 0;

    if (gid == GENERATOR_DNP3 && set->dnp3_shipped_numbers) {
        if (sid > 6)
            return false;
        sid += sid >= 5; // the event of large frames does not exist
    }
    for (size_t i = 0; i < COUNT_OF(generators) && n < 2; i++)
        if (generators[i].gid == gid && generators[i].sid == sid)
            odd[n++] = (uint16_t)(odd_named(generators[i].oddity) + 1);
    return n;
}

uint32_t notice_sid(const struct rules *set, uint32_t gid, uint32_t i)
{
    uint32_t n = 0;

    for (size_t k = 0; k < COUNT_OF(generators); k++)
        if (generators[k].gid == gid && (!k || generators[k].sid != generators[k - 1].sid) &&
            n++ == i)
            return generators[k].sid;
    return 0;
}

void notice_silent(struct load *l, struct rule *r)
{
    bool shipped = r->gid == GENERATOR_DNP3 && l->set->dnp3_shipped_numbers;

    l->set->totals.silent++;
    r->kinds = 0;
    r->odd[0] = r->odd[1] = 0;
    load_problem(l, RULE_SILENT, &r->where, NULL,
                 "rule %u:%u never fires: no such event is told%s", r->gid, r->sid,
                 shipped ? " where dnp3_event_numbering is shipped; there are 145:1 to 145:6"
                         : "");
}

void notice_renumber(struct load *l)
{
    for (uint32_t i = 0; i < l->set->n_rules; i++) {
        struct rule *r = l->set->rule[i];
        if (r->gid == GENERATOR_DNP3 && r->odd[0] &&
            !notice_of_generator(l->set, r->gid, r->sid, r->odd))
            notice_silent(l, r);
    }
}

// ---------------------------------------------------------------- options

// Events of these protocols are all listed: another one is a mistake, not a gap.
static bool is_listed(struct slice event)
{
    struct slice rest = event;
    struct slice proto = slice_cut(&rest, '.');

    return slice_is(proto, "dnp3") || slice_is(proto, "modbus") || slice_is(proto, "enip");
}

static bool unknown_event(struct parse *p, struct slice event)
{
    const char *name = keep_text(&p->load->scratch, event);
    struct nearest n = {.word = name};

    for (size_t i = 0; i < COUNT_OF(noticed); i++)
        nearest_try(&n, noticed[i].event);
    return parse_wrong(p, "the event \"%.60s\" is not known%s", name, nearest_hint(n.best));
}

bool option_event(struct parse *p, struct slice arg, int which)
{
    const char *oddity = NULL;
    int o;

    if (!arg.n)
        return parse_wrong(p, "%.*s needs the name of an event", SLICE(p->now->name));
    for (size_t i = 0; i < COUNT_OF(noticed); i++)
        if (slice_is(arg, noticed[i].event))
            oddity = noticed[i].oddity;
    if (!oddity && which == EVENT_APP && is_listed(arg))
        return unknown_event(p, arg);
    o = oddity ? odd_named(oddity) : -1;
    if (o < 0)
        p->silent = true;
    else
        p->rule->odd[0] = (uint16_t)(o + 1);
    return true;
}

struct protocols {
    uint64_t set; // numbers of services, a bit each
    bool unknown, failed, negated;
};

// As long as the protocol may still be found, nothing holds but that it is unknown.
static bool proto_test(struct match *m, const struct rule_option *o)
{
    const struct protocols *x = o->arg;
    const struct unit *u = m->unit;

    if (!u->service && u->talk->undecided)
        return x->unknown && !x->negated;
    return (u->service ? x->set >> u->service & 1 : x->failed || x->unknown) != x->negated;
}

static bool add_protocol(struct parse *p, struct protocols *x, struct slice name)
{
    static const struct {
        const char *word, *service;
    } words[] = {
#define SERVICE(word, service) {word, service},
#include "rule/service.def"
#undef SERVICE
    };
    bool unknown = slice_is(name, "unknown"), failed = slice_is(name, "failed");

    x->unknown |= unknown;
    x->failed |= failed;
    if (unknown || failed)
        return true;
    uint64_t before = x->set;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (slice_is_any_case(name, words[i].word))
            x->set |= UINT64_C(1) << load_service(p->load, words[i].service);
    return x->set != before ||
           parse_wrong(p, "the protocol \"%.*s\" is not known", SLICE(name));
}

// app-layer-protocol:!tls|http,to_server: which protocol the conversation was identified as. A
// conversation has one, so the sides make no difference.
bool option_app_proto(struct parse *p, struct slice arg, int which)
{
    struct protocols *x = parse_take(p, sizeof(*x));

    x->negated = arg.n && arg.p[0] == '!';
    if (x->negated)
        arg = slice_of(arg.p + 1, arg.n - 1);
    struct slice list = slice_cut(&arg, ',');
    if (!list.n)
        return parse_wrong(p, "app-layer-protocol needs the name of a protocol");
    while (list.n)
        if (!add_protocol(p, x, slice_cut(&list, '|')))
            return false;
    struct rule_option *o = parse_add(p, proto_test, x);
    if (o)
        o->names_service = true;
    return o;
}
