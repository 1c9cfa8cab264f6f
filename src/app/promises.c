// SPDX-License-Identifier: Apache-2.0
// The table of promises: names with their ports, what else may be there, and by nature what
// they are.
#include "app/promises.h"

#include <string.h>

#include "app/builtin.h"
#include "proto/proto.h"

enum { PROMISES_IN_ALL = 4096 };

struct promises {
    struct promise table[PROMISES_IN_ALL];
    uint32_t n;
};

static unsigned nature_of(const char *service)
{
    static const struct {
        const char *service;
        unsigned traits;
    } trait[] = {
#define TRAIT(service, traits) {#service, traits},
#define ALSO(guest, host)
#include "app/promise.def"
#undef TRAIT
#undef ALSO
    };

    for (size_t i = 0; i < COUNT_OF(trait); i++)
        if (!strcmp(trait[i].service, service))
            return trait[i].traits;
    return 0;
}

static bool is_known(const struct model *m, const char *service)
{
    if (analyser_named(service))
        return true;
    for (uint32_t i = 0; m && i < model_names(m); i++)
        if (!strcmp(model_name(m, i)->name, service))
            return true;
    return false;
}

static void add(struct promises *p, struct promise one)
{
    assert(p->n < PROMISES_IN_ALL);
    p->table[p->n++] = one;
}

// What has no port may be on any, unless it only means to hide.
static void add_name(struct promises *p, const struct known_name *k, const struct model *m)
{
    struct promise one = {.service = k->name, .family = k->family};
    unsigned traits = nature_of(k->name) | (is_known(m, k->name) ? PROMISE_KNOWN : 0);

    if (!k->promise[0].port && strcmp(k->family, "random_looking") != 0)
        traits |= PROMISE_ROAMS;
    one.traits = (uint8_t)traits;
    if (!k->promise[0].port)
        add(p, one);
    for (unsigned i = 0; i < PROMISES_MOST && k->promise[i].port; i++) {
        one.port = k->promise[i].port;
        one.ip_proto = k->promise[i].ip_proto;
        add(p, one);
    }
}

static bool has(const struct promises *p, const char *service, const struct promise *at)
{
    for (uint32_t i = 0; i < p->n; i++)
        if (p->table[i].port == at->port && p->table[i].ip_proto == at->ip_proto &&
            !strcmp(p->table[i].service, service))
            return true;
    return false;
}

static void invite(struct promises *p, const char *guest, const char *host)
{
    const struct promise *like = NULL;
    uint32_t n = p->n;

    for (uint32_t i = 0; i < n && !like; i++)
        if (!strcmp(p->table[i].service, guest))
            like = &p->table[i];
    for (uint32_t i = 0; like && i < n; i++) {
        struct promise one = *like;
        one.port = p->table[i].port;
        one.ip_proto = p->table[i].ip_proto;
        one.traits |= PROMISE_GUEST;
        if (!strcmp(p->table[i].service, host) && one.port && !has(p, guest, &one))
            add(p, one);
    }
}

struct hunt *promises_hunt(const struct choice *c)
{
    struct promises *p = mem_reserve(sizeof(*p));
    struct fail f;
    const struct model *m = builtin_or(c->model, &f); // a run says what is wrong with it
    uint32_t names;
    const struct known_name *k = builtin_names(&names);

    for (uint32_t i = 0; i < names; i++)
        add_name(p, &k[i], m);
#define TRAIT(service, traits)
#define ALSO(guest, host) invite(p, #guest, #host);
#include "app/promise.def"
#undef TRAIT
#undef ALSO
    struct hunt *h = hunt_open(p->table, p->n);
    mem_release(p, sizeof(*p));
    return h;
}
