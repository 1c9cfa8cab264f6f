// SPDX-License-Identifier: Apache-2.0
// What a plant's operator should hear of, as notices with techniques of MITRE ATT&CK for ICS.
#include "proto/dnp3/dnp3.h"

#define PROBING (60 * SECOND)
enum { PROBES = 3, TIME_OFF = 1000 /* ms */ };
enum { IIN_NO_FUNCTION = 1, IIN_NO_OBJECT = 2 };

static const struct notice_kind kinds[DNP3_FINDINGS] = {
#define FINDING(name, ...) [FIND_##name] = {__VA_ARGS__},
#include "proto/dnp3/findings.def"
#undef FINDING
};

void dnp3_found(struct ctx *x, struct dnp3_association *a, enum dnp3_finding which,
                const struct dnp3_fragment *f, const char *fmt, ...)
{
    bool by_asker = dnp3_is_answer(f); // what an answer shows, the asker did
    va_list ap;

    va_start(ap, fmt);
    notice_found(x, &kinds[which], &a->told[which], f->ts, f->side != by_asker, fmt, ap);
    va_end(ap);
}

void dnp3_findings_end(struct ctx *x, struct dnp3_association *a)
{
    for (enum dnp3_finding i = 0; i < DNP3_FINDINGS; i++)
        notice_rest(x, &kinds[i], &a->told[i]);
}

// The first object of that group and, unless it is 0, variation.
static bool object_in(const struct dnp3_fragment *f, uint8_t group, uint8_t variation,
                      struct dnp3_walk *w, struct dnp3_point *p)
{
    *w = dnp3_walk_in(f);
    while (f->groups >> group % 64 & 1 && dnp3_next_header(w))
        if (w->h.group == group && (w->h.variation == variation || !variation) &&
            dnp3_next_of_header(w, p))
            return true;
    return false;
}

static void find_open(struct ctx *x, struct dnp3_association *a, const struct dnp3_fragment *f)
{
    enum { MODE_READ = 1 };
    struct dnp3_walk w;
    struct dnp3_point p;
    unsigned mode =
        object_in(f, 70, 3, &w, &p) ? (unsigned)dnp3_number(&p, "operational_mode") : 0;

    if (mode)
        dnp3_found(x, a, mode == MODE_READ ? FIND_FILE_READ : FIND_FILE_WRITE, f,
                   "OPEN_FILE with mode %u from %u to %u", mode, f->src, f->dst);
}

static void find_write(struct ctx *x, struct dnp3_association *a, const struct dnp3_fragment *f)
{
    struct dnp3_walk w;
    struct dnp3_point p;

    if (object_in(f, 50, 1, &w, &p) || object_in(f, 50, 3, &w, &p)) {
        int64_t off = (int64_t)dnp3_number(&p, "timestamp") - f->ts / MSEC;
        if (off > TIME_OFF || off < -TIME_OFF)
            dnp3_found(x, a, FIND_TIME, f, "%lld ms from the time of the packet",
                       (long long)off);
    }
    if (object_in(f, 34, 0, &w, &p))
        dnp3_found(x, a, FIND_CONFIG, f, "WRITE of deadbands from %u to %u", f->src, f->dst);
}

// Answers that there is no such function or object come often when somebody tries what there
// is.
static void find_probing(struct ctx *x, struct dnp3_association *a,
                         const struct dnp3_fragment *f)
{
    if (!(f->iin & (IIN_NO_FUNCTION | IIN_NO_OBJECT)))
        return;
    if (f->ts - a->refused > PROBING)
        a->refusals = 0;
    if (!a->refusals++)
        a->refused = f->ts;
    if (a->refusals == PROBES) {
        dnp3_found(x, a, FIND_PROBING, f, "%d refusals in %lld ms by %u", PROBES,
                   (long long)((f->ts - a->refused) / MSEC), f->src);
        a->refusals = 0;
    }
}

// `a` is the first of its talk's associations; those behind it were there before.
static void find_master(struct ctx *x, struct dnp3_association *a,
                        const struct dnp3_fragment *f)
{
    if (a->known || f->dst >= DNP3_BROADCAST)
        return;
    a->known = true;
    for (const struct dnp3_association *b = a->next; b; b = b->next)
        if (b->known && b->address[!f->side] == f->dst) {
            dnp3_found(x, a, FIND_MASTER, f, "%u, after %u, to %u", f->src, b->address[f->side],
                       f->dst);
            return;
        }
}

static void find_request(struct ctx *x, struct dnp3_association *a,
                         const struct dnp3_fragment *f)
{
    enum { OPEN_FILE = 25 };
    struct slice name = dnp3_function_name(x->out, f->function);
    uint8_t which = dnp3_functions[f->function].finding;

    find_master(x, a, f);
    if (f->function == OPEN_FILE)
        find_open(x, a, f);
    if (f->function == FC_WRITE)
        find_write(x, a, f);
    if (which)
        dnp3_found(x, a, which, f, "%.*s from %u to %u", (int)name.n, (const char *)name.p,
                   f->src, f->dst);
    if (f->dst >= DNP3_BROADCAST && f->function > FC_READ)
        dnp3_found(x, a, FIND_BROADCAST, f, "%.*s from %u to %u", (int)name.n,
                   (const char *)name.p, f->src, f->dst);
}

void dnp3_find(struct ctx *x, struct dnp3_association *a, const struct dnp3_fragment *f)
{
    struct dnp3_walk w;
    struct dnp3_point p;

    if (dnp3_is_answer(f))
        find_probing(x, a, f);
    else if (f->function != FC_CONFIRM)
        find_request(x, a, f);
    if (object_in(f, 120, 7, &w, &p))
        dnp3_found(x, a, FIND_AUTH, f, "error %u told by %u",
                   (unsigned)dnp3_number(&p, "error_code"), f->src);
}
