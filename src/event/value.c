// SPDX-License-Identifier: Apache-2.0
// Texts of addresses, UUIDs and uids.
#include "event/value.h"

bool addr_is_multicast(const struct addr *a)
{
    switch (a->kind) {
    case ADDR_IP4: return a->b[0] >> 4 == 14 || !memcmp(a->b, "\xff\xff\xff\xff", 4);
    case ADDR_IP6: return a->b[0] == 0xff;
    case ADDR_MAC: return a->b[0] & 1;
    default: return false;
    }
}

bool addr_is_private(const struct addr *a)
{
    const uint8_t *b = a->b;

    if (a->kind == ADDR_IP4)
        return b[0] == 10 || b[0] == 127 || (b[0] == 172 && b[1] >> 4 == 1) ||
               (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) ||
               (b[0] == 100 && b[1] >> 6 == 1);
    if (a->kind == ADDR_IP6) {
        static const uint8_t loopback[16] = {[15] = 1};
        return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && b[1] >> 6 == 2) ||
               !memcmp(b, loopback, 16);
    }
    return a->kind == ADDR_MAC;
}

static char *put_ip4(char *p, const uint8_t *b)
{
    for (int i = 0; i < 4; i++) {
        unsigned v = b[i];
        if (v >= 100)
            *p++ = (char)('0' + v / 100);
        if (v >= 10)
            *p++ = (char)('0' + v / 10 % 10);
        *p++ = (char)('0' + v % 10);
        *p++ = '.';
    }
    return p - 1;
}

static char *put_group(char *p, unsigned v)
{
    static const char digit[] = "0123456789abcdef";

    for (int shift = v > 0xfff ? 12 : v > 0xff ? 8 : v > 0xf ? 4 : 0; shift >= 0; shift -= 4)
        *p++ = digit[v >> shift & 15];
    return p;
}

// RFC 5952: the longest run of two or more zero groups becomes "::"; IPv4-mapped keeps its
// dots.
static char *put_ip6(char *p, const uint8_t *b)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    int best = -1, best_n = 1;

    if (!memcmp(b, mapped, 12))
        return put_ip4((char *)memcpy(p, "::ffff:", 7) + 7, b + 12);
    for (int i = 0; i < 8;) {
        int n = 0;
        while (i + n < 8 && !b[2 * (i + n)] && !b[2 * (i + n) + 1])
            n++;
        if (n > best_n) {
            best = i;
            best_n = n;
        }
        i += n ? n : 1;
    }
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            *p++ = ':';
            *p++ = ':';
            i += best_n - 1;
            continue;
        }
        if (i && i != best + best_n)
            *p++ = ':';
        p = put_group(p, (unsigned)b[2 * i] << 8 | b[2 * i + 1]);
    }
    return p;
}

static char *put_mac(char *p, const uint8_t *b)
{
    static const char digit[] = "0123456789abcdef";

    for (int i = 0; i < 6; i++) {
        *p++ = digit[b[i] >> 4];
        *p++ = digit[b[i] & 15];
        *p++ = ':';
    }
    return p - 1;
}

char *put_addr(char *p, const struct addr *a)
{
    switch (a->kind) {
    case ADDR_IP4: return put_ip4(p, a->b);
    case ADDR_IP6: return put_ip6(p, a->b);
    case ADDR_MAC: return put_mac(p, a->b);
    default: *p = '-'; return p + 1;
    }
}

void text_addr(struct text *t, const struct addr *a)
{
    if (text_need(t, PUT_MOST))
        t->n = (size_t)(put_addr(t->p + t->n, a) - t->p);
}

void text_mac(struct text *t, const struct mac *m)
{
    if (text_need(t, PUT_MOST))
        t->n = (size_t)(put_mac(t->p + t->n, m->b) - t->p);
}

void text_uuid(struct text *t, const struct uuid *u)
{
    static const uint8_t part[] = {4, 2, 2, 2, 6};
    const uint8_t *p = u->b;

    for (size_t i = 0; i < COUNT_OF(part); i++) {
        if (i)
            text_char(t, '-');
        text_hex(t, p, part[i]);
        p += part[i];
    }
}

static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
enum { UID_DIGITS = 11 };

// In two halves, so that the processor divides both at once.
char *put_uid(char *p, uint64_t uid)
{
    const uint64_t half = UINT64_C(62) * 62 * 62 * 62 * 62 * 62;
    uint64_t low = uid % half, high = uid / half;

    *p = 'C';
    for (int i = 5; i > 0; i--, high /= 62, low /= 62) {
        p[i] = base62[high % 62];
        p[i + 6] = base62[low % 62];
    }
    p[6] = base62[low];
    return p + UID_DIGITS + 1;
}

void text_uid(struct text *t, uint64_t uid)
{
    if (text_need(t, PUT_MOST))
        t->n = (size_t)(put_uid(t->p + t->n, uid) - t->p);
}

bool uid_parse(const char *s, uint64_t *uid)
{
    *uid = 0;
    if (s[0] != 'C' || strlen(s) != UID_DIGITS + 1)
        return false;
    for (int i = 1; i <= UID_DIGITS; i++) {
        const char *d = strchr(base62, s[i]);
        uint64_t digit = d ? (uint64_t)(d - base62) : 0;
        if (!d || *uid > (UINT64_MAX - digit) / 62)
            return false;
        *uid = *uid * 62 + digit;
    }
    return true;
}
