// SPDX-License-Identifier: Apache-2.0
// The body of a context manager's call: lengths (NDR), blocks one behind the other, records.
#include "proto/profinet/cm.h"

enum { NDR = 20, HEADER = 4, DEEPEST = 4 };
enum { WRITE_REQ = 0x0008, READ_REQ = 0x0009, WRITE_RES = 0x8008, READ_RES = 0x8009 };
enum {
    MULTIPLE_WRITE = 0xe040,
    OWN_RECORDS = 0x8000,
    PROFILE_FIRST = 0xb000,
    PROFILE_LAST = 0xbfff
};

// ---------------------------------------------------------------- JSON

static void put_key(struct cm *m, const char *key)
{
    bool first = m->t->n && m->t->p[m->t->n - 1] == '{';

    text_str(m->t, first ? "\"" : ",\"");
    text_str(m->t, key);
    text_str(m->t, "\":");
}

void cm_number(struct cm *m, const char *key, uint64_t value)
{
    put_key(m, key);
    text_u64(m->t, value);
}

void cm_hex(struct cm *m, const char *key, uint32_t value, int digits)
{
    const uint8_t b[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                          (uint8_t)value};

    put_key(m, key);
    text_str(m->t, "\"0x");
    text_hex(m->t, b + 4 - digits / 2, (size_t)digits / 2);
    text_char(m->t, '"');
}

void cm_module(struct cm *m, struct cur *c, struct ev_profinet_module *to)
{
    to->slot = cur_be16(c);
    to->module = cur_be32(c);
    cm_number(m, "slot", to->slot);
    cm_hex(m, "module", to->module, 8);
}

void cm_submodule(struct cm *m, struct cur *c, struct ev_profinet_module *to)
{
    to->subslot = cur_be16(c);
    to->submodule = cur_be32(c);
    cm_number(m, "subslot", to->subslot);
    cm_hex(m, "submodule", to->submodule, 8);
}

void cm_word(struct cm *m, const char *key, const char *word)
{
    if (!word)
        return;
    put_key(m, key);
    text_char(m->t, '"');
    text_str(m->t, word);
    text_char(m->t, '"');
}

void cm_bytes(struct cm *m, const char *key, struct slice s)
{
    put_key(m, key);
    text_char(m->t, '"');
    dcp_json(m->t, s);
    text_char(m->t, '"');
}

void cm_put_uuid(struct cm *m, const char *key, const struct uuid *u)
{
    put_key(m, key);
    text_char(m->t, '"');
    text_uuid(m->t, u);
    text_char(m->t, '"');
}

void cm_put_mac(struct cm *m, const char *key, struct slice mac)
{
    struct mac b = {{0}};

    if (mac.n == sizeof(b.b))
        memcpy(b.b, mac.p, sizeof(b.b));
    put_key(m, key);
    text_char(m->t, '"');
    text_mac(m->t, &b);
    text_char(m->t, '"');
}

void cm_list(struct cm *m, const char *key)
{
    put_key(m, key);
    text_char(m->t, '[');
}

// ---------------------------------------------------------------- small things

struct uuid cm_uuid(struct cur *c)
{
    struct uuid u = {{0}};
    struct slice s = cur_take(c, sizeof(u.b));

    if (s.p)
        memcpy(u.b, s.p, sizeof(u.b));
    return u;
}

// The first that is not all zero is the message's.
void cm_set_ar(struct cm *m, const struct uuid *ar)
{
    static const struct uuid nil;

    if (m->has_ar || !memcmp(ar, &nil, sizeof(nil)))
        return;
    m->has_ar = true;
    m->ar = *ar;
}

struct slice cm_ar(struct cm *m)
{
    size_t at = m->t->n;

    text_uuid(m->t, &m->ar);
    return cm_cut(m, at);
}

struct slice cm_cut(struct cm *m, size_t at)
{
    if (m->t->n == at)
        return (struct slice){0};
    struct slice s = arena_copy(m->x->out->arena, slice_of(m->t->p + at, m->t->n - at));
    m->t->n = at;
    return s;
}

bool cm_entry(struct cm *m, const struct cur *c, uint32_t i, uint32_t n)
{
    if (i >= n || c->bad || m->entries++ >= CM_ENTRIES_MOST)
        return false;
    text_str(m->t, i ? ",{" : "{");
    return true;
}

static void put_status(struct cm *m, uint32_t status)
{
    cm_hex(m, "status", status, 8);
    put_key(m, "status_text");
    text_char(m->t, '"');
    pnio_status(m->t, status);
    text_char(m->t, '"');
}

// ---------------------------------------------------------------- records

struct record {
    uint16_t slot, subslot, index;
    uint32_t length; // of the data behind the header; 0 where none follow
};

static void tell_place(struct cm *m, const struct record *r)
{
    if (m->has_index)
        return;
    m->has_index = true;
    m->slot = r->slot;
    m->subslot = r->subslot;
    m->index = r->index;
}

// Header of a Read or Write; the same for calls and answers up to the length.
static struct record record_header(struct cm *m, uint16_t type, struct cur *c)
{
    struct record r;
    uint16_t sequence = cur_be16(c);
    struct uuid ar = cm_uuid(c);
    uint32_t api = cur_be32(c);
    const char *name;

    r.slot = cur_be16(c);
    r.subslot = cur_be16(c);
    cur_skip(c, 2);
    r.index = cur_be16(c);
    r.length = cur_be32(c);
    cm_number(m, "seq", sequence);
    cm_put_uuid(m, "ar_uuid", &ar);
    cm_set_ar(m, &ar);
    cm_number(m, "api", api);
    cm_number(m, "slot", r.slot);
    cm_number(m, "subslot", r.subslot);
    cm_number(m, "index", r.index);
    name = pnio_word(PNIO_index, r.index);
    cm_word(m, "index_name", name ? name : r.index < OWN_RECORDS ? "module's own" : NULL);
    cm_number(m, "record_length", r.length);
    tell_place(m, &r);
    if (type == READ_REQ && !m->has_ar) {
        struct uuid target = cm_uuid(c);
        cm_put_uuid(m, "target_ar_uuid", &target);
    } else if (type == READ_RES || type == WRITE_RES) {
        cm_number(m, "additional_1", cur_be16(c));
        cm_number(m, "additional_2", cur_be16(c));
    }
    if (type == WRITE_RES)
        put_status(m, cur_be32(c));
    if (type == READ_REQ || (type == WRITE_RES && r.index != MULTIPLE_WRITE))
        r.length = 0;
    return r;
}

// Is it nothing but known blocks? Records of modules and profiles have their own form.
static bool holds_blocks(struct slice s)
{
    struct cur c = cur_of(s);

    if (s.n < HEADER + 2)
        return false;
    while (cur_left(&c) >= HEADER) {
        uint16_t type = cur_be16(&c), length = cur_be16(&c);
        if (!pnio_word(PNIO_block, type) || length < 2)
            return false;
        cur_skip(&c, length);
    }
    return !c.bad;
}

static void record_data(struct cm *m, const struct record *r, struct slice data, int inside)
{
    bool own =
        r->index < OWN_RECORDS || (r->index >= PROFILE_FIRST && r->index <= PROFILE_LAST);
    struct cur c = cur_of(data);

    if (r->index == MULTIPLE_WRITE || (!own && holds_blocks(data)))
        cm_blocks(m, &c, inside + 1);
}

// ---------------------------------------------------------------- blocks

static void put_name(struct cm *m, uint16_t type, int inside)
{
    const char *name = pnio_word(PNIO_block, type);

    text_str(m->t, m->n++ ? ",{" : "{");
    cm_word(m, "type", name ? name : "unknown");
    cm_number(m, "code", type);
    if (inside)
        cm_number(m, "inside", (uint64_t)inside);
}

static bool is_fast_start_up(uint16_t type)
{
    return type == 0x010b || type == 0x0608 || type == 0x0609;
}

static bool is_container(uint16_t type)
{
    return type == 0x0400 || type == 0x0401 || type == 0x0200 || type == 0x0202 ||
           is_fast_start_up(type);
}

// What stands before the blocks in a block that holds blocks.
static void container(struct cm *m, uint16_t type, struct cur *c)
{
    cur_skip(c, 2); // padding
    if (is_fast_start_up(type))
        return;
    if (type == 0x0400 || type == 0x0401)
        cm_number(m, "api", cur_be32(c));
    cm_number(m, "slot", cur_be16(c));
    cm_number(m, "subslot", cur_be16(c));
    if (type == 0x0401) {
        cur_skip(c, 2);
        cm_number(m, "index", cur_be16(c));
    }
}

// One block. A record's data lie behind its block, blocks of a container inside of it.
static void read_block(struct cm *m, uint16_t type, struct cur *block, struct cur *behind,
                       int inside)
{
    struct record r = {0};
    uint8_t version;

    put_name(m, type, inside);
    cur_skip(block, 1);
    version = cur_u8(block);
    if ((type & 0x7fff) == WRITE_REQ || (type & 0x7fff) == READ_REQ)
        r = record_header(m, type, block);
    else if (is_container(type))
        container(m, type, block);
    else if (type & 0x0100 && !(type & 0x7e00))
        cm_connect_block(m, type, block);
    else
        cm_record_block(m, type, version, block);
    text_char(m->t, '}');
    if (block->bad)
        cm_fault(m, "a block is shorter than what it must hold");
    if ((is_container(type) || cm_mrp_holds_blocks(type)) && holds_blocks(cur_rest(block)))
        cm_blocks(m, block, inside + 1);
    if (!r.length)
        return;
    if (r.length > cur_left(behind))
        cm_fault(m, "a record runs over the end");
    record_data(m, &r, cur_take(behind, min_u32(r.length, cur_left(behind))), inside);
    if (inside) // the parts of a multiple write
        cur_skip(behind, min_u32(-r.length & 3, cur_left(behind)));
}

void cm_blocks(struct cm *m, struct cur *c, int inside)
{
    if (inside > DEEPEST)
        return;
    while (cur_left(c)) {
        uint16_t type = cur_be16(c), length = cur_be16(c);
        if (c->bad || length < 2 || length > cur_left(c)) {
            cm_fault(m, c->bad       ? "bytes behind the last block"
                        : length < 2 ? "a block without a version"
                                     : "a block runs over the end");
            return;
        }
        if (m->n >= CM_BLOCKS_MOST) {
            cm_fault(m, "more blocks than anybody sends");
            return;
        }
        struct cur block = cur_sub(c, length);
        read_block(m, type, &block, c, inside);
    }
}

// ---------------------------------------------------------------- the body

// Maximum or status, length, then the array's maximum, offset and count.
void cm_read(struct cm *m, struct slice body, bool little, bool cut)
{
    struct cur c = cur_of(body);
    uint32_t n[5];

    for (int i = 0; i < 5; i++)
        n[i] = little ? cur_le32(&c) : cur_be32(&c);
    if (m->answer)
        m->status = n[0];
    if (c.bad && !cut)
        cm_fault(m, "a body without its lengths");
    else if (n[3])
        cm_fault(m, "the offset of the arguments is not 0");
    else if (n[4] != n[1])
        cm_fault(m, "ActualCount is not ArgsLength");
    else if (n[1] > n[2])
        cm_fault(m, "ArgsLength is more than MaximumCount");
    else if (n[1] != cur_left(&c) && !cut)
        cm_fault(m, "ArgsLength is not what the body holds");
    m->tells = m->tells && !m->malformed && !cut;
    struct cur blocks = cur_sub(&c, min_u32(n[1], cur_left(&c)));
    const char *before = m->malformed;
    cm_blocks(m, &blocks, 0);
    if (cut)
        m->malformed = before;
}
