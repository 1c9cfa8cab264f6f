// SPDX-License-Identifier: Apache-2.0
// EtherNet/IP: the encapsulation that carries CIP; recognised and cut into messages, whose
// fields rules read by themselves (rule/field.c).
#include "proto/proto.h"

#include "base/cur.h"

enum { HEADER = 24, DATA_MOST = 8 * 1024 };
enum {
    NOP = 0x00,
    LIST_SERVICES = 0x04,
    LIST_IDENTITY = 0x63,
    LIST_INTERFACES = 0x64,
    REGISTER = 0x65,
    UNREGISTER = 0x66,
    SEND_RR_DATA = 0x6f,
    SEND_UNIT_DATA = 0x70,
    INDICATE_STATUS = 0x72,
    CANCEL = 0x73
};
enum { ITEM_NULL = 0x00, ITEM_CONNECTION = 0xa1, ITEMS_MOST = 8 };

struct header {
    uint16_t command, length;
    uint32_t session, status, options;
};

// Reads a header; c->bad if it is not all there.
static struct header header_of(struct cur *c)
{
    struct header h = {.command = cur_le16(c)};

    h.length = cur_le16(c);
    h.session = cur_le32(c);
    h.status = cur_le32(c);
    cur_skip(c, 8); // the sender's own
    h.options = cur_le32(c);
    return h;
}

static bool is_command(uint16_t command)
{
    switch (command) {
    case NOP:
    case LIST_SERVICES:
    case LIST_IDENTITY:
    case LIST_INTERFACES:
    case REGISTER:
    case UNREGISTER:
    case SEND_RR_DATA:
    case SEND_UNIT_DATA:
    case INDICATE_STATUS:
    case CANCEL: return true;
    default: return false;
    }
}

static bool header_fits(const struct header *h)
{
    bool status = h->status <= 3 || h->status == 0x64 || h->status == 0x65 || h->status == 0x69;

    return is_command(h->command) && status && !h->options && h->length <= DATA_MOST;
}

// A list of items: type, length, data; false: it is longer than what holds it.
static bool items_fit(struct cur *c)
{
    for (uint32_t n = cur_le16(c); n && !c->bad; n--) {
        cur_skip(c, 2);
        cur_skip(c, cur_le16(c));
    }
    return !c->bad;
}

static bool data_fits(const struct header *h, struct cur c)
{
    switch (h->command) {
    case REGISTER: return h->length == 4 && cur_le16(&c) == 1;
    case UNREGISTER: return h->length == 0;
    case SEND_RR_DATA:
    case SEND_UNIT_DATA:
        if (h->status && !h->length)
            return true; // refused
        cur_skip(&c, 6); // interface, timeout
        return items_fit(&c);
    case LIST_SERVICES:
    case LIST_IDENTITY:
    case LIST_INTERFACES: return !h->length || items_fit(&c);
    default: return true;
    }
}

// ---------------------------------------------------------------- recognising

// The first octets behind the header; c->bad: more of them are needed.
static bool data_begins(const struct header *h, struct cur *c)
{
    if (h->command == UNREGISTER || !h->length)
        return !h->length && h->command != REGISTER;
    if (h->command == REGISTER)
        return cur_le16(c) == 1 && h->length == 4;
    if (h->command != SEND_RR_DATA && h->command != SEND_UNIT_DATA)
        return cur_le16(c) <= ITEMS_MOST;
    uint32_t interface = cur_le32(c); // then a timeout, and items, the first an address
    cur_skip(c, 2);
    uint16_t items = cur_le16(c), type = cur_le16(c), size = cur_le16(c);
    return !interface && items >= 1 && items <= ITEMS_MOST &&
           ((type == ITEM_NULL && !size) || (type == ITEM_CONNECTION && size == 4));
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    struct header x = header_of(&c);
    enum guess more = h->stream ? MAYBE : NO;

    if (h->bytes.n < sizeof(x.command))
        return more;
    if (!header_fits(&x) || x.command == NOP || x.command > SEND_UNIT_DATA)
        return NO; // zeros are no evidence; what is not there yet reads as zeros, which fit
    if (c.bad)
        return more;
    if (!h->stream && h->length != HEADER + (uint32_t)x.length)
        return NO;
    bool begins = data_begins(&x, &c);
    return c.bad ? more : begins ? YES : NO;
}

// ---------------------------------------------------------------- messages

struct state {
    bool lost[2]; // the next bytes may be inside a message: they are let go until one begins
};

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct state *s = state;
    struct cur c = cur_of(in);
    struct header h = header_of(&c);

    if (c.bad)
        return (struct progress){.want = HEADER};
    if (s->lost[side] && probe(&(struct head){.bytes = in, .stream = true}) == NO)
        return (struct progress){.used = in.n};
    if (!header_fits(&h)) {
        odd_with(x->out, ODD_enip_malformed, "command 0x%04x, %u bytes", h.command, h.length);
        return (struct progress){0};
    }
    struct cur body = cur_sub(&c, h.length);
    if (c.bad)
        return (struct progress){.want = HEADER + (uint32_t)h.length};
    s->lost[side] = false;
    if (!data_fits(&h, body))
        odd_with(x->out, ODD_enip_malformed, "the data of command 0x%04x", h.command);
    return (struct progress){.used = HEADER + (uint32_t)h.length};
}

static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    struct state *s = state;

    s->lost[side] = true;
}

const struct analyser proto_enip = {
    .name = "enip",
    .title = "EtherNet/IP",
    .spec = "CIP volume 2, chapter 2",
    .why = "its header has a command of EtherNet/IP, its status, no options, and a length that "
           "fits",
    .over = OVER_TCP | OVER_UDP,
    .hint = {44818},
    .patient = true,
    .state_size = sizeof(struct state),
    .most = HEADER + DATA_MOST,
    .probe = probe,
    .data = data,
    .gap = gap,
};
