// SPDX-License-Identifier: Apache-2.0
// Modbus/TCP: requests to process controllers and their answers, one event per message; what is
// wrong with them.
#include "proto/fieldbus.h"

#include "base/cur.h"
#include "base/text.h"

#include <stdio.h>

enum {
    PREFIX = 6, // transaction 2, protocol 2, length 2; then unit 1, function 1, data
    LENGTH_LEAST = 2,
    LENGTH_MOST = 254, // the serial line's longest message, and the unit
    EXCEPTION = 0x80
};

// The functions, and how many bytes follow them. A form says whether the data must be n bytes
// long, or hold a count of the bytes behind it at offset n, or be anything from n bytes on.
enum form { NEVER, EXACT, COUNT_AT, LEAST };

static const struct function {
    const char *name; // as Zeek calls it
    uint8_t code;
    uint8_t ask, ask_n, answer, answer_n;
} functions[] = {
    {"READ_COILS", 1, EXACT, 4, COUNT_AT, 0},
    {"READ_DISCRETE_INPUTS", 2, EXACT, 4, COUNT_AT, 0},
    {"READ_HOLDING_REGISTERS", 3, EXACT, 4, COUNT_AT, 0},
    {"READ_INPUT_REGISTERS", 4, EXACT, 4, COUNT_AT, 0},
    {"WRITE_SINGLE_COIL", 5, EXACT, 4, EXACT, 4},
    {"WRITE_SINGLE_REGISTER", 6, EXACT, 4, EXACT, 4},
    {"READ_EXCEPTION_STATUS", 7, EXACT, 0, EXACT, 1},
    {"DIAGNOSTICS", 8, LEAST, 4, LEAST, 4},
    {"PROGRAM_484", 9, NEVER, 0, NEVER, 0},
    {"POLL_484", 10, NEVER, 0, NEVER, 0},
    {"GET_COMM_EVENT_COUNTER", 11, EXACT, 0, EXACT, 4},
    {"GET_COMM_EVENT_LOG", 12, EXACT, 0, COUNT_AT, 0},
    {"PROGRAM_584_984", 13, NEVER, 0, NEVER, 0},
    {"POLL_584_984", 14, NEVER, 0, NEVER, 0},
    {"WRITE_MULTIPLE_COILS", 15, COUNT_AT, 4, EXACT, 4},
    {"WRITE_MULTIPLE_REGISTERS", 16, COUNT_AT, 4, EXACT, 4},
    {"REPORT_SLAVE_ID", 17, EXACT, 0, COUNT_AT, 0},
    {"PROGRAM_884_U84", 18, NEVER, 0, NEVER, 0},
    {"RESET_COMM_LINK_884_U84", 19, NEVER, 0, NEVER, 0},
    {"READ_FILE_RECORD", 20, COUNT_AT, 0, COUNT_AT, 0},
    {"WRITE_FILE_RECORD", 21, COUNT_AT, 0, COUNT_AT, 0},
    {"MASK_WRITE_REGISTER", 22, EXACT, 6, EXACT, 6},
    {"READ_WRITE_MULTIPLE_REGISTERS", 23, COUNT_AT, 8, COUNT_AT, 0},
    {"READ_FIFO_QUEUE", 24, EXACT, 2, LEAST, 4},
    {"PROGRAM_CONCEPT", 40, NEVER, 0, NEVER, 0},
    {"MULTIPLE_FUNCTION_CODES", 41, NEVER, 0, NEVER, 0},
    {"ENCAP_INTERFACE_TRANSPORT", 43, LEAST, 3, LEAST, 3},
    {"PROGRAM_UNITY", 90, LEAST, 2, LEAST, 2},
    {"OBJECT_MESSAGING", 91, LEAST, 4, LEAST, 4},
    {"FIRMWARE_REPLACEMENT", 125, NEVER, 0, NEVER, 0},
    {"PROGRAM_584_984_2", 126, NEVER, 0, NEVER, 0},
    {"REPORT_LOCAL_ADDRESS", 127, NEVER, 0, NEVER, 0},
};

static const struct function *function_of(uint8_t code)
{
    for (size_t i = 0; i < COUNT_OF(functions); i++)
        if (functions[i].code == code)
            return &functions[i];
    return NULL;
}

// ---------------------------------------------------------------- recognising

// `data`: what follows the function code, as far as it is there; n: how long it is.
static bool form_fits(uint8_t form, uint8_t form_n, struct slice data, uint32_t n)
{
    switch (form) {
    case EXACT: return n == form_n;
    case LEAST: return n >= form_n;
    case COUNT_AT: return n > form_n + 1u && data.p[form_n] == n - form_n - 1;
    default: return false;
    }
}

// What the standard bounds: how much is read or written at once, the two states of a coil, the
// two kinds of encapsulation.
static bool request_values_fit(uint8_t code, const uint8_t *p)
{
    uint16_t quantity = load_be16(p + 2);

    switch (code) {
    case 1:
    case 2: return quantity >= 1 && quantity <= 2000;
    case 3:
    case 4: return quantity >= 1 && quantity <= 125;
    case 5: return quantity == 0 || quantity == 0xff00;
    case 8: return load_be16(p) <= 21;
    case 15: return quantity >= 1 && p[4] == (quantity + 7) / 8;
    case 16: return quantity >= 1 && p[4] == 2 * quantity;
    case 43: return p[0] == 13 || (p[0] == 14 && p[1] >= 1 && p[1] <= 4);
    default: return true;
    }
}

static bool answer_values_fit(uint8_t code, const uint8_t *p, uint32_t n)
{
    switch (code) {
    case 3:
    case 4:
    case 23: return p[0] % 2 == 0;
    case 15:
    case 16: return load_be16(p + 2) >= 1;
    case 24: return load_be16(p) == n - 2;
    case 5:
    case 8:
    case 43: return request_values_fit(code, p);
    default: return true;
    }
}

static bool data_fits(uint8_t code, struct slice data, uint32_t n)
{
    const struct function *f = function_of(code & 0x7f);

    if (!f)
        return false;
    if (code & EXCEPTION)
        return n == 1 && data.p[0] >= 1 && data.p[0] <= 11;
    return (form_fits(f->ask, f->ask_n, data, n) &&
            (n < 4 || request_values_fit(code, data.p))) ||
           (form_fits(f->answer, f->answer_n, data, n) &&
            (n < 4 || answer_values_fit(code, data.p, n)));
}

static bool prefix_fits(uint16_t protocol, uint16_t length)
{
    return protocol == 0 && length >= LENGTH_LEAST && length <= LENGTH_MOST;
}

static enum guess probe(const struct head *h)
{
    enum { DATA_SEEN = 9 }; // no check looks at more
    struct cur c = cur_of(h->bytes);

    cur_skip(&c, 2); // transaction: any value
    uint16_t protocol = cur_be16(&c), length = cur_be16(&c);
    if (c.bad)
        return h->bytes.n > 2 && h->bytes.p[2] ? NO : MAYBE;
    if (!prefix_fits(protocol, length))
        return NO;
    cur_skip(&c, 1); // unit: any value
    uint8_t code = cur_u8(&c);
    struct slice data = cur_take(&c, min_u32(length - 2u, DATA_SEEN));
    if (c.bad)
        return MAYBE;
    return data_fits(code, data, length - 2u) ? YES : NO;
}

// ---------------------------------------------------------------- at a glance

static void glance(struct text *t, const struct packet *p)
{
    enum { READ_LAST = 4, WRITE_COIL = 5, WRITE_REGISTER = 6 };
    struct cur c = cur_of(p->payload);

    cur_skip(&c, 4);
    uint16_t length = cur_be16(&c);
    uint8_t unit = cur_u8(&c), code = cur_u8(&c);
    const struct function *f = function_of(code & 0x7f);
    struct slice data = cur_rest(&c);
    if (!f)
        return;
    text_printf(t, ": %s, unit %u", f->name, unit);
    if (code & EXCEPTION)
        text_printf(t, ", exception %u", data.n ? data.p[0] : 0);
    else if (length != 6 || data.n < 4)
        return; // two numbers are all that these requests hold
    else if (code <= READ_LAST && request_values_fit(code, data.p))
        text_printf(t, ", %u from %u on", load_be16(data.p + 2), load_be16(data.p));
    else if (code == WRITE_COIL || code == WRITE_REGISTER)
        text_printf(t, ", %u to %u", load_be16(data.p + 2), load_be16(data.p));
}

// ---------------------------------------------------------------- telling

enum { ASKED = 16, FLOODED = 501 }; // FLOODED: as Suricata counts

struct asked {                       // a request
    uint16_t tid, address, quantity; // or value
    uint8_t unit, code;
    bool waits; // for its answer
};

struct state {
    bool lost[2]; // the next bytes may be inside a message: they are let go until one begins
    bool holes;   // requests may be missing
    uint8_t next; // place for a request
    uint32_t unanswered;
    struct asked asked[ASKED];
    nsec listed;
    uint64_t units[4]; // a bit for each that answered since
};

static struct slice function_name(struct out *o, uint8_t code)
{
    const struct function *f = function_of(code & 0x7f);
    char text[40];

    if (!f)
        snprintf(text, sizeof(text), "unknown-%u", code);
    else if (code & EXCEPTION)
        snprintf(text, sizeof(text), "%s_EXCEPTION", f->name);
    else
        return slice_str(f->name);
    return arena_copy(o->arena, slice_str(text));
}

static struct slice exception_name(struct out *o, uint8_t code)
{
    static const char *const names[] = {
        [1] = "ILLEGAL_FUNCTION",
        [2] = "ILLEGAL_DATA_ADDRESS",
        [3] = "ILLEGAL_DATA_VALUE",
        [4] = "SLAVE_DEVICE_FAILURE",
        [5] = "ACKNOWLEDGE",
        [6] = "SLAVE_DEVICE_BUSY",
        [8] = "MEMORY_PARITY_ERROR",
        [10] = "GATEWAY_PATH_UNAVAILABLE",
        [11] = "GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND",
    };
    char text[16];

    if (code < COUNT_OF(names) && names[code])
        return slice_str(names[code]);
    snprintf(text, sizeof(text), "unknown-%u", code);
    return arena_copy(o->arena, slice_str(text));
}

// Where and how much: what requests begin with, and the answers that repeat it.
static void tell_range(struct ev_modbus *e, uint8_t code, struct cur c, enum side side)
{
    bool reads = (code >= 1 && code <= 4) || code == 23;
    bool single = code == 5 || code == 6;

    if ((reads && side == RESP) || !(reads || single || code == 15 || code == 16 || code == 22))
        return;
    uint16_t address = cur_be16(&c), quantity = cur_be16(&c);
    if (c.bad)
        return;
    set(modbus, e, address, address);
    if (single)
        set(modbus, e, value, quantity);
    else if (code != 22)
        set(modbus, e, quantity, quantity);
}

static void tell(struct ctx *x, uint16_t tid, uint8_t unit, uint8_t code, struct cur body,
                 enum side side)
{
    struct ev_modbus *e = emit_modbus(x->out);

    e->tid = tid;
    e->unit = unit;
    e->func = function_name(x->out, code);
    e->func_code = code;
    e->pdu_type = side == ORIG ? "REQ" : "RESP";
    if (code & EXCEPTION && cur_left(&body))
        e->exception = exception_name(x->out, cur_u8(&body));
    else
        tell_range(e, code, body, side);
}

// ---------------------------------------------------------------- requests and answers

static bool is_reserved(uint8_t code)
{
    const struct function *f = function_of(code);

    return !code || code & EXCEPTION || (f && f->ask == NEVER);
}

static void check_request(struct ctx *x, uint8_t code, struct slice d)
{
    const struct function *f = function_of(code);

    if (is_reserved(code))
        odd_with(x->out, ODD_modbus_function, "function %u", code);
    else if (f && !form_fits(f->ask, f->ask_n, d, d.n))
        odd_with(x->out, ODD_modbus_length_wrong, "%s with %u bytes", f->name, d.n);
    else if (f && d.n >= 4 && !request_values_fit(code, d.p))
        odd_with(x->out, ODD_modbus_value, "%s", f->name);
}

static void ask(struct ctx *x, struct state *s, const struct asked *a)
{
    struct asked *to = &s->asked[s->next++ % ASKED];

    s->holes |= to->waits; // its answer may come yet
    *to = *a;
    if (++s->unanswered == FLOODED)
        odd(x->out, ODD_modbus_flooded);
}

// Whether an answer of the right form says what its request asked for.
static bool fits_request(const struct asked *a, uint8_t code, struct slice d)
{
    if (code == 1 || code == 2)
        return d.p[0] == (a->quantity + 7) / 8;
    if (code == 3 || code == 4)
        return d.p[0] == 2 * a->quantity;
    if (code == 5 || code == 6 || code == 15 || code == 16)
        return load_be16(d.p) == a->address && load_be16(d.p + 2) == a->quantity;
    return true;
}

static void check_answer(struct ctx *x, const struct asked *a, uint8_t unit, uint8_t code,
                         struct slice d)
{
    const struct function *f = function_of(code & 0x7f);
    uint8_t n = d.n ? d.p[0] : 0;

    if (unit != a->unit || (code & 0x7f) != a->code)
        odd_with(x->out, ODD_modbus_mismatch, "unit %u function %u to unit %u function %u",
                 unit, code, a->unit, a->code);
    else if (code & EXCEPTION && (d.n != 1 || !n || n > 11 || n == 7 || n == 9))
        odd_with(x->out, ODD_modbus_exception, "exception %u", n);
    else if (code & EXCEPTION || !f || f->answer == NEVER)
        return;
    else if (!form_fits(f->answer, f->answer_n, d, d.n))
        odd_with(x->out, ODD_modbus_length_wrong, "answer to %s with %u bytes", f->name, d.n);
    else if (d.n >= 4 && !answer_values_fit(code, d.p, d.n))
        odd_with(x->out, ODD_modbus_value, "answer to %s", f->name);
    else if (!fits_request(a, code, d))
        odd_with(x->out, ODD_modbus_mismatch, "%s", f->name);
}

static void answer(struct ctx *x, struct state *s, uint16_t tid, uint8_t unit, uint8_t code,
                   struct slice d)
{
    for (unsigned i = 1; i <= ASKED; i++) { // the latest first
        struct asked *a = &s->asked[(s->next - i) % ASKED];
        if (!a->waits || a->tid != tid)
            continue;
        a->waits = false;
        s->unanswered -= s->unanswered > 0;
        check_answer(x, a, unit, code, d);
        return;
    }
    if (!s->holes)
        odd_with(x->out, ODD_modbus_unsolicited, "transaction %u", tid);
}

static void list_unit(struct ctx *x, struct state *s, uint8_t unit)
{
    uint64_t bit = UINT64_C(1) << (unit & 63);

    if (x->out->ts - s->listed > FIELDBUS_AGAIN) {
        memset(s->units, 0, sizeof(s->units));
        s->listed = x->out->ts;
    }
    if (!(s->units[unit >> 6] & bit))
        fieldbus_told(x, "modbus", unit, 0);
    s->units[unit >> 6] |= bit;
}

// Who asks is known where the connection was seen from its beginning.
static void check(struct ctx *x, struct state *s, uint16_t tid, uint8_t unit, uint8_t code,
                  struct slice d, enum side side)
{
    struct cur c = cur_of(d);
    uint16_t address = cur_be16(&c), quantity = cur_be16(&c);

    if (!x->talk->flow || x->talk->flow->partial)
        return;
    if (side == RESP) {
        answer(x, s, tid, unit, code, d);
        return;
    }
    check_request(x, code, d);
    ask(x, s, &(struct asked){tid, address, quantity, unit, code, true});
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct state *s = state;
    struct cur c = cur_of(in);
    uint16_t tid = cur_be16(&c), protocol = cur_be16(&c), length = cur_be16(&c);

    if (c.bad)
        return (struct progress){.want = PREFIX};
    if (s->lost[side] && probe(&(struct head){.bytes = in, .stream = true}) == NO)
        return (struct progress){.used = in.n};
    if (protocol)
        odd_with(x->out, ODD_modbus_protocol, "protocol %u", protocol);
    if (protocol || !length)
        return (struct progress){0};
    struct cur body = cur_sub(&c, length);
    if (c.bad)
        return (struct progress){.want = PREFIX + (uint32_t)length};
    s->lost[side] = false;
    uint8_t unit = cur_u8(&body), code = cur_u8(&body);
    if (body.bad) {
        odd(x->out, ODD_modbus_short);
        return (struct progress){.used = PREFIX + (uint32_t)length};
    }
    if (want(x->out, EV_modbus))
        tell(x, tid, unit, code, body, side);
    if (side == RESP)
        list_unit(x, s, unit);
    check(x, s, tid, unit, code, cur_rest(&body), side);
    return (struct progress){.used = PREFIX + (uint32_t)length};
}

static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    struct state *s = state;

    s->lost[side] = s->holes = true;
}

const struct analyser proto_modbus = {
    .name = "modbus",
    .title = "Modbus/TCP",
    .spec = "Modbus Messaging on TCP/IP V1.0b",
    .why = "its header has protocol 0, and the length that its function needs",
    .over = OVER_TCP,
    .hint = {502},
    .state_size = sizeof(struct state),
    .most = PREFIX + LENGTH_MOST,
    .probe = probe,
    .glance = glance,
    .data = data,
    .gap = gap,
};
