// SPDX-License-Identifier: Apache-2.0
// DNS messages as rules name their parts: the owners' names of records, numbers (RFC 1035
// section 4.1).
#include <string.h>

#include "base/cur.h"
#include "rule/message.h"
#include "rule/service.h"

enum { HEAD = 12, NAME_MOST = 255, JUMPS_MOST = 32, RECORDS_MOST = 256, SECTIONS = 4 };

struct message {
    struct slice all;
    uint16_t flags, count[SECTIONS]; // questions, answers, authorities, additional ones
};

static bool read_message(struct unit *u, struct message *d)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);
    uint32_t skip = u->packet->ip_proto == PROTO_TCP ? 2 : 0; // its length

    if (u->service != SERVICE_DNS || b.n < skip + HEAD)
        return false;
    d->all = slice_of(b.p + skip, b.n - skip);
    d->flags = load_be16(d->all.p + 2);
    for (unsigned i = 0; i < SECTIONS; i++)
        d->count[i] = load_be16(d->all.p + 4 + i * 2);
    return true;
}

static struct cur records_of(const struct message *d)
{
    return cur_of(slice_of(d->all.p + HEAD, d->all.n - HEAD));
}

// A name with points between its labels, into NAME_MOST bytes; c goes behind it.
static bool read_name(struct slice all, struct cur *c, uint8_t *to, uint32_t *n)
{
    struct cur at = *c;
    unsigned jumps = 0;

    for (*n = 0;;) {
        uint8_t size = cur_u8(&at);
        if (size >= 0xc0) { // the rest of it stands elsewhere
            uint32_t place = (size & 0x3fu) << 8 | cur_u8(&at);
            if (!jumps++)
                *c = at;
            if (at.bad || place >= all.n || jumps > JUMPS_MOST)
                return false;
            at = cur_of(slice_of(all.p + place, all.n - place));
            continue;
        }
        struct slice label = cur_take(&at, size);
        if (at.bad || size > 63 || *n + size + 1u > NAME_MOST)
            return false;
        if (!size)
            break;
        if (*n)
            to[(*n)++] = '.';
        memcpy(to + *n, label.p, size);
        *n += size;
    }
    if (!jumps)
        *c = at;
    return true;
}

static bool is_meant(enum many how, unsigned section)
{
    return how == MANY_response_name ? section > 0 : section == (unsigned)how - MANY_query_name;
}

bool dns_owner(struct unit *u, enum many how, uint32_t i, struct slice *name)
{
    struct message d;
    uint8_t text[NAME_MOST];
    uint32_t n, seen = 0, records = 0;

    if (!read_message(u, &d))
        return false;
    struct cur c = records_of(&d);
    for (unsigned section = 0; section < SECTIONS; section++)
        for (uint16_t k = 0; k < d.count[section]; k++) {
            if (++records > RECORDS_MOST || !read_name(d.all, &c, text, &n))
                return false;
            cur_skip(&c, 4); // type, class
            if (section) {
                cur_skip(&c, 4); // time to live
                cur_skip(&c, cur_be16(&c));
            }
            if (c.bad)
                return false;
            if (is_meant(how, section) && seen++ == i)
                return *name = arena_copy(u->out->arena, slice_of(text, n)), true;
        }
    return false;
}

bool dns_number(struct unit *u, enum number n, uint64_t *v)
{
    struct message d;
    uint8_t text[NAME_MOST];
    uint32_t length;

    if (!read_message(u, &d))
        return false;
    if (n == NUM_dns_opcode)
        return *v = d.flags >> 11 & 15, true;
    if (n == NUM_dns_rcode)
        return *v = d.flags & 15, d.flags >> 15;
    struct cur c = records_of(&d);
    if (!d.count[0] || !read_name(d.all, &c, text, &length))
        return false;
    *v = cur_be16(&c);
    return !c.bad;
}
