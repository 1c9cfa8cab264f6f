// SPDX-License-Identifier: Apache-2.0
// Addresses that two stations claim by ARP in turn (packet forensics, 5.11): somebody reads
// along, or two were given the same address. One change alone is a new network card.
#include "watch/scan_beside.h"

#include <stdio.h>

#include "base/hash.h"

enum { FLIPS = 3, NEAR = 8, HIGH = 3 };
#define FLIP_WINDOW (60 * SECOND)

static bool same_mac(const struct mac *a, const struct mac *b)
{
    return !memcmp(a->b, b->b, sizeof(a->b));
}

static void put_mac_of(struct text *t, const struct mac *m)
{
    const struct addr a = addr_of(ADDR_MAC, m->b);

    text_addr(t, &a);
}

static void tell(struct scans *s, struct claim *c)
{
    struct scan_note *v = c->told ? NULL : scan_note(s);
    struct text t = {0};

    c->told = true;
    if (!v)
        return;
    *v = (struct scan_note){.name = "arp_conflict",
                            .technique = "T0830",
                            .src = c->ip,
                            .first = c->first,
                            .last = c->last,
                            .count = c->flips,
                            .severity = HIGH};
    text_addr(&t, &c->ip);
    text_str(&t, " is claimed by ");
    put_mac_of(&t, &c->mac);
    text_str(&t, " and ");
    put_mac_of(&t, &c->other);
    text_str(&t, " in turn: ARP spoofing, or an address that was given twice");
    snprintf(v->msg, sizeof(v->msg), "%.*s", (int)t.n, t.p);
    snprintf(v->evidence, sizeof(v->evidence),
             "it changed hands %u times, at most %u times in a minute", c->flips, c->peak);
    text_free(&t);
}

static void end(struct scans *s, struct claim *c)
{
    if (c->peak >= FLIPS)
        tell(s, c);
}

// The place of the address: its own, or the one among its neighbours that was silent longest.
static struct claim *claim_of(struct scans *s, const struct ev_arp *e)
{
    uint64_t print = hash_bytes(&e->ip, sizeof(e->ip), e->vlan + 17u);
    struct claim *oldest = NULL;

    for (uint32_t i = 0; i < NEAR; i++) {
        struct claim *c = &s->claim[(print + i) % CLAIMS];
        if (c->vlan == e->vlan && addr_equal(&c->ip, &e->ip))
            return c;
        oldest = oldest && oldest->last <= c->last ? oldest : c;
    }
    end(s, oldest);
    *oldest = (struct claim){.ip = e->ip, .vlan = e->vlan, .mac = e->mac};
    return oldest;
}

void claim_add(struct scans *s, const struct ev_arp *e)
{
    static const uint8_t none[16];
    nsec now = e->head.ts;

    if (!memcmp(e->ip.b, none, sizeof(none)) || e->mac.b[0] & 1)
        return;
    struct claim *c = claim_of(s, e);
    c->last = now;
    if (same_mac(&c->mac, &e->mac))
        return;
    if (!c->near || now - c->since > FLIP_WINDOW) {
        c->since = now;
        c->near = 0;
    }
    c->first = c->flips ? c->first : now;
    c->other = c->mac;
    c->mac = e->mac;
    c->flips++;
    c->peak = max_u32(c->peak, ++c->near);
    if (s->limit.live && c->peak >= FLIPS)
        tell(s, c);
}

void claims_end(struct scans *s)
{
    for (uint32_t i = 0; i < CLAIMS; i++)
        end(s, &s->claim[i]);
}
