// SPDX-License-Identifier: Apache-2.0
// The option `modbus` of Suricata: unit, function, access, addresses and values (rules.md 5).
#include "base/cur.h"
#include "rule/field.h"
#include "rule/number.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum category { PUBLIC_ASSIGNED = 1, PUBLIC_UNASSIGNED = 2, USER = 4, RESERVED = 8 };
enum table { TABLE_DISCRETES = 1, TABLE_COILS = 2, TABLE_INPUT = 4, TABLE_HOLDING = 8 };
enum { ANY_TABLE = 15, SUBFUNCTION = 8 };

struct modbus_option {
    bool has_unit, has_function, has_subfunction, has_category, not_category;
    bool has_access, write, has_address, has_value;
    uint8_t category, table;
    struct interval unit, function, subfunction, address, value;
};

// What a request touches, by its function; table 0: nothing.
struct access {
    uint8_t table;
    bool read, write;
    uint32_t address, quantity; // counted from 0
    struct slice values;        // what is written, 16 bits each, or bits
    bool bits;
};

static uint8_t category_of(uint8_t function)
{
    static const uint8_t reserved[] = {8, 9, 10, 13, 14, 41, 42, 90, 91, 125, 126, 127};

    if ((function >= 65 && function <= 72) || (function >= 100 && function <= 110))
        return USER;
    for (size_t i = 1; i < sizeof(reserved); i++)
        if (function == reserved[i])
            return RESERVED;
    for (const struct word_value *w = modbus_functions; w->word; w++)
        if (w->value == function)
            return PUBLIC_ASSIGNED;
    return PUBLIC_UNASSIGNED;
}

// Requests only: answers repeat too little of what they are about.
static struct access access_of(const struct modbus_view *v)
{
    struct cur c = cur_of(v->data);
    struct access a = {.address = cur_be16(&c)};
    uint16_t second = cur_be16(&c);

    if (c.bad)
        return (struct access){0};
    switch (v->function) {
    case 1: a.table = TABLE_COILS, a.read = true; break;
    case 2: a.table = TABLE_DISCRETES, a.read = true; break;
    case 3:
    case 23: a.table = TABLE_HOLDING, a.read = true, a.write = v->function == 23; break;
    case 4: a.table = TABLE_INPUT, a.read = true; break;
    case 5:
    case 15: a.table = TABLE_COILS, a.write = a.bits = true; break;
    case 6:
    case 16:
    case 22: a.table = TABLE_HOLDING, a.write = true; break;
    default: return a;
    }
    a.quantity = v->function == 5 || v->function == 6 || v->function == 22 ? 1 : second;
    if (v->function == 5 || v->function == 6)
        a.values = slice_of(v->data.p + 2, 2);
    else if (v->function == 15 || v->function == 16)
        a.values = cur_take(&c, cur_u8(&c));
    return a;
}

// The read and the write of function 23 have a place each; this is the one to be written.
static void take_second_range(const struct modbus_view *v, struct access *a)
{
    struct cur c = cur_of(v->data);

    cur_skip(&c, 4);
    a->address = cur_be16(&c);
    a->quantity = cur_be16(&c);
    a->values = cur_take(&c, cur_u8(&c));
}

static uint32_t value_at(const struct access *a, uint32_t i)
{
    if (!a->bits)
        return i * 2 + 2 <= a->values.n ? load_be16(a->values.p + i * 2) : 0;
    if (a->values.n == 2 && a->quantity == 1) // one coil: FF00 is on
        return a->values.p[0] == 0xff;
    return i / 8 < a->values.n && a->values.p[i / 8] >> i % 8 & 1;
}

// Addresses count from 1 in rules.
static bool touches(const struct modbus_option *x, const struct access *a)
{
    uint64_t first = a->address + UINT64_C(1), last = a->address + (uint64_t)a->quantity;

    if (!x->has_address)
        return true;
    if (x->address.negated || first > x->address.hi || last < x->address.lo)
        return false;
    if (!x->has_value)
        return true;
    uint64_t from = first > x->address.lo ? first : x->address.lo;
    uint64_t given = !a->bits           ? a->values.n / 2
                     : a->quantity == 1 ? 1
                                        : a->values.n * UINT64_C(8);
    uint64_t to = last < x->address.hi ? last : x->address.hi;
    if (to >= first + given)
        to = first + given - 1;
    for (uint64_t at = from; at <= to; at++)
        if (interval_has(&x->value, value_at(a, (uint32_t)(at - first))))
            return true;
    return false;
}

static bool access_fits(const struct modbus_option *x, const struct modbus_view *v)
{
    struct access a = access_of(v);

    if (!(a.table & x->table) || (x->write ? !a.write : !a.read))
        return false;
    if (x->write && v->function == 23)
        take_second_range(v, &a);
    return touches(x, &a);
}

// Who opened the connection need not be the client: requests are no exceptions, and those of
// the first functions have four octets at least.
static bool is_request(const struct modbus_view *v)
{
    return v->function < 0x80 && (!v->function || v->function > 6 || v->data.n >= 4);
}

// It is about requests, as in Suricata.
static bool modbus_test(struct match *m, const struct rule_option *o)
{
    const struct modbus_option *x = o->arg;
    struct modbus_view v;

    if (m->unit->side != ORIG ||
        !modbus_read(m->unit, unit_buffer(m->unit, BUF_pkt_data), &v) || !is_request(&v))
        return false;
    if (x->has_unit && !interval_has(&x->unit, v.unit))
        return false;
    if (x->has_function && !interval_has(&x->function, v.function))
        return false;
    if (x->has_category && !!(category_of(v.function & 0x7f) & x->category) == x->not_category)
        return false;
    if (x->has_subfunction &&
        (v.data.n < 2 || !interval_has(&x->subfunction, load_be16(v.data.p))))
        return false;
    return !x->has_access || access_fits(x, &v);
}

// ---------------------------------------------------------------- reading

static bool read_function(struct parse *p, struct modbus_option *x, struct slice s)
{
    static const struct word_value categories[] = {
        {"assigned", PUBLIC_ASSIGNED},
        {"unassigned", PUBLIC_UNASSIGNED},
        {"public", PUBLIC_ASSIGNED | PUBLIC_UNASSIGNED},
        {"user", USER},
        {"reserved", RESERVED},
        {"all", 15},
        {NULL, 0}};
    uint32_t category;
    struct slice word = s;

    if (word.n && word.p[0] == '!')
        word = slice_trim(slice_of(word.p + 1, word.n - 1));
    if (word_value(categories, word, &category)) {
        x->has_category = true;
        x->not_category = word.p != s.p;
        x->category = (uint8_t)category;
        return true;
    }
    x->has_function = true;
    return interval_read(p, s, 255, modbus_functions, false, &x->function);
}

static bool read_access(struct parse *p, struct modbus_option *x, struct slice s)
{
    static const struct word_value tables[] = {{"discretes", TABLE_DISCRETES},
                                               {"coils", TABLE_COILS},
                                               {"input", TABLE_INPUT},
                                               {"holding", TABLE_HOLDING},
                                               {NULL, 0}};
    struct slice how = slice_cut(&s, ' ');
    uint32_t table = ANY_TABLE;

    s = slice_trim(s);
    x->has_access = true;
    x->write = slice_is(how, "write");
    if (!x->write && !slice_is(how, "read"))
        return parse_wrong(p, "access is read or write, not \"%.*s\"", SLICE(how));
    if (s.n && !word_value(tables, s, &table))
        return parse_wrong(p, "\"%.*s\" is none of discretes, coils, input, holding", SLICE(s));
    x->table = (uint8_t)table;
    if (x->write && table & (TABLE_DISCRETES | TABLE_INPUT) && table != ANY_TABLE)
        return parse_wrong(p, "%.*s cannot be written", SLICE(s));
    return true;
}

static bool read_part(struct parse *p, struct modbus_option *x, struct slice s)
{
    struct slice word = slice_cut(&s, ' ');

    s = slice_trim(s);
    if (slice_is(word, "unit"))
        return x->has_unit = true, interval_read(p, s, 255, NULL, false, &x->unit);
    if (slice_is(word, "function"))
        return read_function(p, x, s);
    if (slice_is(word, "subfunction") && x->has_function)
        return x->has_subfunction = true,
               interval_read(p, s, 65535, NULL, false, &x->subfunction);
    if (slice_is(word, "access"))
        return read_access(p, x, s);
    if (slice_is(word, "address") && x->has_access)
        return x->has_address = true, interval_read(p, s, 65536, NULL, false, &x->address);
    if (slice_is(word, "value") && x->has_address && x->write)
        return x->has_value = true, interval_read(p, s, 65535, NULL, false, &x->value);
    return parse_wrong(p,
                       "\"%.*s\" is not understood here; modbus is made of unit, function, "
                       "subfunction, access, address, value",
                       SLICE(word));
}

bool option_modbus(struct parse *p, struct slice arg, int which)
{
    struct modbus_option *x = parse_take(p, sizeof(*x));

    if (!arg.n)
        return parse_wrong(p, "modbus needs a function, an access or a unit");
    while (arg.n)
        if (!read_part(p, x, slice_cut(&arg, ',')))
            return false;
    p->uses_service = true;
    parse_looks(p, BUF_pkt_data);
    return parse_add(p, modbus_test, x);
}
