// SPDX-License-Identifier: Apache-2.0
// Commands to points: SELECT with its answer, OPERATE with its answer, one record for each
// point.
#include "proto/dnp3/dnp3.h"

#include "base/hash.h"

#define ARMED   (10 * SECOND) // how long a select may wait, and an operate for its answer
#define REFUSED ((nsec)-1)

// What a message commands, or answers to a command.
struct commands {
    struct slice bytes; // the control headers and their objects
    uint64_t hash;      // of these, but for the statuses
    uint64_t points;    // a bit for each, hashed
    bool accepted;      // all statuses are 0
};

// Blocks and values end with a status; a mask has none.
static const uint8_t *status_of(const struct dnp3_point *p)
{
    bool none = p->h->group == 12 && p->h->variation == 3;

    return none || !p->bytes.n ? NULL : p->bytes.p + p->bytes.n - 1;
}

static struct commands commands_of(const struct dnp3_fragment *f)
{
    struct commands c = {.accepted = true};
    struct dnp3_walk w = dnp3_walk_in(f);
    struct dnp3_point p;
    const uint8_t *at = NULL; // up to here it is hashed

    while (dnp3_next_object(&w, &p)) {
        const uint8_t *status = status_of(&p), *end = p.bytes.p + p.bytes.n;
        if (p.h->group != 12 && p.h->group != 41)
            continue;
        if (!at)
            c.bytes.p = at = p.h->at;
        c.bytes.n = (uint32_t)(end - c.bytes.p);
        c.hash = hash_bytes(at, (size_t)((status ? status : end) - at), c.hash);
        c.points |= UINT64_C(1) << (p.index + p.h->group) % 64;
        c.accepted &= !status || !(*status & 0x7f);
        at = end;
    }
    return c;
}

static bool same(const struct commands *a, const struct commands *b)
{
    return a->bytes.n == b->bytes.n && a->hash == b->hash;
}

// ---------------------------------------------------------------- telling

struct told {
    const struct dnp3_fragment *command;
    nsec select_ts;      // 0: there was none
    const char *result;  // NULL: as the point's status says
    struct slice answer; // the same octets with other statuses; empty: no such answer
    bool mismatch;
};

static void tell_block(struct ev_dnp3_control *e, const struct dnp3_point *p)
{
    static const char *const trip_close[] = {"Nul", "Close", "Trip", "Reserved"};
    static const char *const operation[] = {"Nul", "Pulse On", "Pulse Off", "Latch On",
                                            "Latch Off"};
    uint8_t op = (uint8_t)dnp3_number(p, "op_type"), tcc = (uint8_t)dnp3_number(p, "tcc");

    e->trip_control_code = trip_close[tcc & 3];
    e->operation_type = op < COUNT_OF(operation) ? operation[op] : "Undefined";
    set(dnp3_control, e, queue, dnp3_number(p, "qu") != 0);
    set(dnp3_control, e, clear_bit, dnp3_number(p, "cr") != 0);
    set(dnp3_control, e, execute_count, (uint8_t)dnp3_number(p, "count"));
    set(dnp3_control, e, on_time, (uint32_t)dnp3_number(p, "ontime"));
    set(dnp3_control, e, off_time, (uint32_t)dnp3_number(p, "offtime"));
}

static void tell_status(struct ctx *x, struct ev_dnp3_control *e, const struct told *t,
                        uint8_t status)
{
    e->status_code = dnp3_status_name(x->out, status);
    if (!t->result && status)
        e->result = "refused";
}

static void tell_point(struct ctx *x, const struct told *t, const struct dnp3_point *p,
                       uint32_t status_at)
{
    const struct dnp3_fragment *f = t->command;
    struct ev_dnp3_control *e = emit_dnp3_control(x->out);

    e->head.ts = f->ts;
    DNP3_ENDS(e, f);
    e->block_type = p->h->object->label;
    e->function_code = dnp3_function_name(x->out, f->function);
    e->fc = f->function;
    set(dnp3_control, e, index_number, p->index);
    e->master = f->src;
    e->outstation = f->dst;
    e->result = t->result ? t->result : "done";
    if (p->h->group == 41)
        set(dnp3_control, e, value, parts_real(dnp3_parts(p), "value"));
    else if (status_of(p))
        tell_block(e, p);
    if (t->select_ts)
        set(dnp3_control, e, select_ts, t->select_ts);
    if (f->function != FC_SELECT)
        set(dnp3_control, e, operate_ts, f->ts);
    if (f->function == FC_OPERATE)
        set(dnp3_control, e, sbo_ok, !t->mismatch);
    if (status_of(p) && status_at < t->answer.n)
        tell_status(x, e, t, t->answer.p[status_at] & 0x7f);
}

static void tell(struct ctx *x, const struct told *t)
{
    struct commands c = commands_of(t->command);
    struct dnp3_walk w = dnp3_walk_in(t->command);
    struct dnp3_point p;

    while (want(x->out, EV_dnp3_control) && dnp3_next_object(&w, &p))
        if (p.h->object && (p.h->group == 12 || p.h->group == 41))
            tell_point(x, t, &p, (uint32_t)(p.bytes.p + p.bytes.n - 1 - c.bytes.p));
}

// A select that no operate came for. Its octets have the statuses of the answer, if it had one.
static void end_select(struct ctx *x, struct dnp3_association *a)
{
    struct told t = {.command = &a->select, .select_ts = a->select.ts};

    if (!a->select.kept)
        return;
    t.result = a->select_answered == REFUSED ? "refused"
               : a->select_answered          ? "not_operated"
                                             : "no_answer";
    if (a->select_answered)
        t.answer = commands_of(&a->select).bytes;
    tell(x, &t);
    dnp3_drop(x, &a->select);
}

static void end_command(struct ctx *x, struct dnp3_association *a,
                        const struct dnp3_fragment *answer)
{
    struct told t = {.command = &a->command,
                     .select_ts = a->command_select,
                     .result = a->command_wrong,
                     .mismatch = a->command_wrong};
    struct commands asked, answered = {0};

    if (!a->command.kept)
        return;
    asked = commands_of(&a->command);
    if (answer)
        answered = commands_of(answer);
    if (answer && same(&asked, &answered))
        t.answer = answered.bytes;
    else if (!t.result)
        t.result = !answer                                 ? "no_answer"
                   : !answered.bytes.n && answer->iin & 63 ? "refused"
                                                           : "not_echoed";
    tell(x, &t);
    dnp3_drop(x, &a->command);
}

void dnp3_control_end(struct ctx *x, struct dnp3_association *a)
{
    end_command(x, a, NULL);
    end_select(x, a);
}

// ---------------------------------------------------------------- pairing

// What an operate lacks to be one (clause 4.4.3); NULL: nothing.
static const char *wrong_with(const struct dnp3_association *a, const struct dnp3_fragment *f,
                              const struct commands *c)
{
    if (!a->select.kept || a->select.side != f->side)
        return "operate_without_select";
    struct commands selected = commands_of(&a->select);
    if (f->ts - a->select.ts > ARMED)
        return "select_expired";
    if (!same(&selected, c))
        return "objects_differ";
    if (((a->select.control + 1) & AC_SEQ) != (f->control & AC_SEQ))
        return "sequence_wrong";
    return a->select_answered > 0 ? NULL : "not_echoed";
}

static void operate(struct ctx *x, struct dnp3_association *a, const struct dnp3_fragment *f,
                    const struct commands *c)
{
    end_command(x, a, NULL);
    a->command_select = 0;
    a->command_wrong = NULL;
    if (f->function == FC_OPERATE) {
        a->command_wrong = wrong_with(a, f, c);
        a->command_select = a->select.kept ? a->select.ts : 0;
        if (a->command_wrong)
            dnp3_found(x, a, a->select.kept ? FIND_MISMATCH : FIND_NO_SELECT, f, "%s",
                       a->command_wrong);
        dnp3_drop(x, &a->select);
    } else if (c->points & a->selected) {
        dnp3_found(x, a, FIND_DIRECT, f, "from %u to %u", f->src, f->dst);
    }
    if (!dnp3_wants_answer(f))
        tell(x, &(struct told){.command = f, .result = "no_reply_expected"});
    else
        (void)dnp3_keep(x, &a->command, f);
}

static void command(struct ctx *x, struct dnp3_association *a, const struct dnp3_fragment *f)
{
    struct commands c = commands_of(f);

    if (!c.bytes.n || dnp3_repeats(&a->select, f) || dnp3_repeats(&a->command, f))
        return;
    if (f->function != FC_SELECT) {
        operate(x, a, f, &c);
        return;
    }
    end_select(x, a);
    a->select_answered = 0;
    a->selected |= c.points;
    (void)dnp3_keep(x, &a->select, f);
}

static void select_answer(struct dnp3_association *a, const struct dnp3_fragment *f)
{
    struct commands asked = commands_of(&a->select), answered = commands_of(f);

    a->select_answered = REFUSED;
    if (!same(&asked, &answered))
        return;
    memcpy(a->select.kept + (asked.bytes.p - a->select.bytes.p), answered.bytes.p,
           answered.bytes.n);
    if (answered.accepted)
        a->select_answered = f->ts;
}

void dnp3_control(struct ctx *x, struct dnp3_association *a, const struct dnp3_fragment *f)
{
    if (a->command.kept && f->ts - a->command.ts > ARMED)
        end_command(x, a, NULL);
    if (f->function >= FC_SELECT && f->function <= FC_DIRECT_NR)
        command(x, a, f);
    else if (f->function == FC_RESPONSE && dnp3_answers(&a->command, f))
        end_command(x, a, f);
    else if (f->function == FC_RESPONSE && dnp3_answers(&a->select, f) && !a->select_answered)
        select_answer(a, f);
}
