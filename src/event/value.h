// SPDX-License-Identifier: Apache-2.0
// The values that events carry: addresses, MACs, UUIDs, and their texts.
#pragma once

#include "base/text.h"

enum addr_kind { ADDR_NONE, ADDR_IP4, ADDR_IP6, ADDR_MAC };

// An address; bytes beyond what the kind uses are zero, so that memcmp compares.
struct addr {
    uint8_t b[16];
    uint8_t kind;
};
struct mac {
    uint8_t b[6];
};
struct uuid {
    uint8_t b[16]; // big-endian: the byte order of the wire is undone when it is read
};

static inline struct addr addr_of(enum addr_kind kind, const uint8_t *p)
{
    struct addr a = {.kind = (uint8_t)kind};

    memcpy(a.b, p, kind == ADDR_IP4 ? 4 : kind == ADDR_IP6 ? 16 : 6);
    return a;
}
// Eight bytes of an address as a number that is ordered as they are.
static inline uint64_t addr_half(const struct addr *a, size_t at)
{
    uint64_t w;

    memcpy(&w, a->b + at, sizeof(w));
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(w) : w;
}
static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
    return a->kind == b->kind && addr_half(a, 0) == addr_half(b, 0) &&
           addr_half(a, 8) == addr_half(b, 8);
}
static inline int addr_order(const struct addr *a, const struct addr *b)
{
    uint64_t x = addr_half(a, 0), y = addr_half(b, 0);

    if (a->kind != b->kind)
        return a->kind - b->kind;
    if (x == y) {
        x = addr_half(a, 8);
        y = addr_half(b, 8);
    }
    return (x > y) - (x < y);
}
bool addr_is_multicast(const struct addr *a); // multicast, limited broadcast, group MAC
// Private, link-local, unique local: what "local" means unless HOME_NET says otherwise.
bool addr_is_private(const struct addr *a);

void text_addr(struct text *t, const struct addr *a); // RFC 5952 for IPv6
void text_mac(struct text *t, const struct mac *m);
void text_uuid(struct text *t, const struct uuid *u);
void text_uid(struct text *t, uint64_t uid); // "C" and 11 letters and digits, as in Zeek's logs
// Where there is room for PUT_MOST bytes already: written at p; what comes back is the end.
char *put_addr(char *p, const struct addr *a);
char *put_uid(char *p, uint64_t uid);
bool uid_parse(const char *s, uint64_t *uid); // the reverse; false if it is none
