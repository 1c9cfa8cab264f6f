// SPDX-License-Identifier: Apache-2.0
// The timeline of a plant: what was asked, set and answered; what is done again is one line.
#include "event/pnio.h"
#include "watch/plant_parts.h"

#include <stdlib.h>

enum { LOOK_BACK = 64 };
#define SAME_CALLS (10 * SECOND) // calls that are further apart are of another start

static bool same_business(const struct plant_step *a, const struct plant_step *b)
{
    if (a->vlan != b->vlan || a->kind != b->kind || !same_mac(&a->client, &b->client))
        return false;
    return a->kind == STEP_SEARCH ? a->name == b->name : same_mac(&a->server, &b->server);
}

static bool same_step(const struct plant_step *a, const struct plant_step *b)
{
    if (a->kind >= STEP_CONNECT && b->first - a->last > SAME_CALLS)
        return false;
    return a->outcome == b->outcome && a->actions == b->actions && a->refused == b->refused &&
           a->error == b->error && a->status == b->status && a->reset_mode == b->reset_mode &&
           a->permanent == b->permanent && a->name == b->name && a->answers == b->answers &&
           addr_equal(&a->ip, &b->ip) && addr_equal(&a->netmask, &b->netmask);
}

static struct plant_step *again(struct plant *p, const struct plant_step *s)
{
    for (uint32_t i = p->n_steps; i > 0 && p->n_steps - i < LOOK_BACK; i--) {
        struct plant_step *old = &p->steps[i - 1];
        if (same_business(old, s))
            return same_step(old, s) ? old : NULL;
    }
    return NULL;
}

void steps_add(struct plant *p, const struct plant_step *s)
{
    struct plant_step *old = s->kind == STEP_DATA || s->kind == STEP_STOP ? NULL : again(p, s);

    if (old) {
        old->count += s->count;
        old->last = s->last;
    } else if (p->n_steps < PLANT_STEPS) {
        p->steps[p->n_steps++] = *s;
    } else {
        p->sums.steps_lost++;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct plant_step *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->packet != y->packet)
        return x->packet < y->packet ? -1 : 1;
    int order = memcmp(&x->client, &y->client, sizeof(x->client));
    return order ? order : x->kind - y->kind;
}

void steps_sort(struct plant *p)
{
    qsort(p->steps, p->n_steps, sizeof(*p->steps), by_time);
}

const struct plant_step *plant_steps(struct plant *p, uint32_t *n)
{
    plant_finish(p);
    *n = p->n_steps;
    return p->steps;
}

// ---------------------------------------------------------------- words

static void put_set(struct text *t, const struct plant *p, const struct plant_step *s)
{
    static const struct {
        uint8_t action;
        const char *words;
    } other[] = {{DCP_SET_DHCP, "DHCP"}, {DCP_SET_OTHER, "other parameters"}};
    const char *between = "";

    if (s->actions & DCP_SET_NAME) {
        if (s->name)
            text_printf(t, "sets the name %s", plant_name(p, s->name));
        else
            text_str(t, "clears the name");
        between = ", ";
    }
    if (s->actions & DCP_SET_IP) {
        text_str(t, between);
        text_str(t, ip_number(&s->ip) ? "sets the address " : "clears the address");
        if (ip_number(&s->ip)) {
            text_addr(t, &s->ip);
            text_char(t, '/');
            text_addr(t, &s->netmask);
        }
        between = ", ";
    }
    for (size_t i = 0; i < COUNT_OF(other); i++)
        if (s->actions & other[i].action) {
            text_printf(t, "%ssets %s", between, other[i].words);
            between = ", ";
        }
    if (s->actions & DCP_SET_ALL_RESET)
        text_printf(t, "%sresets everything", between);
    else if (s->actions & DCP_SET_RESET)
        text_printf(t, "%sresets to factory, mode %u", between, s->reset_mode);
    if (s->actions & DCP_SET_BLINK)
        text_printf(t, "%slets it blink", between);
    if (!s->actions)
        text_str(t, "sets nothing");
    if (s->permanent && s->actions & (DCP_SET_NAME | DCP_SET_IP))
        text_str(t, ", permanently");
}

void step_words(struct text *t, const struct plant *p, const struct plant_step *s)
{
    switch ((enum step_kind)s->kind) {
    case STEP_SEARCH: text_printf(t, "asks who is %s", plant_name(p, s->name)); break;
    case STEP_SCAN: text_str(t, "asks who is there"); break;
    case STEP_GET: text_str(t, "reads parameters"); break;
    case STEP_SET: put_set(t, p, s); break;
    case STEP_HELLO: text_printf(t, "says Hello: %s", plant_name(p, s->name)); break;
    case STEP_DATA: text_str(t, "sends cyclic data"); break;
    case STEP_STOP: text_str(t, "sent its last cyclic data"); break;
    case STEP_FLOOD: text_str(t, "floods the network with Identify requests"); break;
    case STEP_ABORT:
        text_str(t, "aborts the relation: ");
        pnio_status(t, s->status);
        break;
    case STEP_CONNECT:
        text_str(t, "connects it");
        if (s->name)
            text_printf(t, " as %s", plant_name(p, s->name));
        break;
    case STEP_WRITE: text_str(t, "writes parameters"); break;
    case STEP_PRM_END: text_str(t, "ends the parameters"); break;
    case STEP_READY: text_str(t, "says its application is ready"); break;
    case STEP_READ: text_str(t, "reads a record"); break;
    case STEP_RELEASE: text_str(t, "releases the relation"); break;
    }
}

static void put_call_result(struct text *t, const struct plant_step *s)
{
    if (s->outcome == DCP_UNANSWERED) {
        text_str(t, "no answer");
    } else if (s->outcome == DCP_REFUSED) {
        text_str(t, "refused: ");
        pnio_status(t, s->status);
    } else {
        text_str(t, "done");
    }
}

void step_result(struct text *t, const struct plant *p, const struct plant_step *s)
{
    bool search = s->kind == STEP_SEARCH || s->kind == STEP_SCAN;

    if (s->kind >= STEP_CONNECT) {
        put_call_result(t, s);
        return;
    }
    if (s->kind >= STEP_HELLO)
        return;
    switch ((enum dcp_outcome)s->outcome) {
    case DCP_DONE:
        if (search)
            text_printf(t, "%u %s", s->answers, s->answers == 1 ? "answer" : "answers");
        else
            text_str(t, s->kind == STEP_GET ? "answered" : "done");
        break;
    case DCP_REFUSED: text_printf(t, "refused: %s", profinet_error(s->error)); break;
    case DCP_NOT_KNOWN: text_str(t, "not supported"); break;
    case DCP_UNANSWERED: text_str(t, search ? "nobody answers" : "no answer"); break;
    case DCP_OPEN: text_str(t, "open"); break;
    case DCP_FORGOTTEN: text_str(t, "too many at a time"); break;
    }
    if (s->kind != STEP_SET || s->outcome != DCP_DONE)
        return;
    if (s->actions & DCP_SET_NAME && s->old_name && s->old_name != s->name)
        text_printf(t, "; before: %s", plant_name(p, s->old_name));
    if (s->actions & DCP_SET_IP && ip_number(&s->old_ip) && !addr_equal(&s->old_ip, &s->ip)) {
        text_str(t, "; before: ");
        text_addr(t, &s->old_ip);
    }
}
