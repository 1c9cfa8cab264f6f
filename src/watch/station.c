// SPDX-License-Identifier: Apache-2.0
// The stations of a plant, their names, and who owns which name and address.
#include "watch/plant_parts.h"

#include "base/hash.h"

bool same_mac(const struct mac *a, const struct mac *b)
{
    return !memcmp(a, b, sizeof(*a));
}

// ---------------------------------------------------------------- stations

static uint32_t station_hash(const struct mac *m, uint16_t vlan)
{
    return (uint32_t)hash_bytes(m, sizeof(*m), vlan);
}

struct station *station_find(const struct plant *p, const struct mac *m, uint16_t vlan)
{
    map_each (&p->station_map, station_hash(m, vlan), at, i) {
        struct station *s = slab_at(&p->stations, i);
        if (s->vlan == vlan && same_mac(&s->mac, m))
            return s;
    }
    return NULL;
}

static struct station *make_room(struct plant *p)
{
    struct node *list = list_empty(&p->weak) ? &p->firm : &p->weak;
    struct station *s = CONTAINER(list->next, struct station, node);

    p->sums.stations_lost++;
    map_remove(&p->station_map, station_hash(&s->mac, s->vlan), slab_index(&p->stations, s));
    list_remove(&s->node);
    return s;
}

struct station *station_of(struct plant *p, const struct mac *m, uint16_t vlan)
{
    struct station *s = station_find(p, m, vlan);

    if (!s) {
        s = slab_take(&p->stations);
        if (!s)
            s = make_room(p);
        memset(s, 0, sizeof(*s));
        s->mac = *m;
        s->vlan = vlan;
        s->first = p->now;
        list_append(&p->weak, &s->node);
        map_add(&p->station_map, station_hash(m, vlan), slab_index(&p->stations, s));
    }
    list_move_last(s->firm ? &p->firm : &p->weak, &s->node);
    return s;
}

void station_firm(struct plant *p, struct station *s)
{
    s->firm = true;
    list_move_last(&p->firm, &s->node);
}

bool station_learning(const struct plant *p)
{
    return p->now - p->began < PLANT_LEARN;
}

bool station_running(const struct plant *p, const struct station *s)
{
    return s->last_cyclic && p->now - s->last_cyclic <= 2 * SECOND;
}

uint32_t lately_add(struct lately *l, const void *who, size_t n, nsec now)
{
    uint32_t hash = (uint32_t)hash_bytes(who, n, 0), place = 0, count = 0;

    for (uint32_t i = 0; i < LATELY_MOST; i++) {
        if (l->one[i].ts && l->one[i].hash == hash) {
            place = i;
            break;
        }
        if (l->one[i].ts < l->one[place].ts)
            place = i;
    }
    l->one[place].hash = hash;
    l->one[place].ts = now;
    for (uint32_t i = 0; i < LATELY_MOST; i++)
        count += l->one[i].ts && now - l->one[i].ts <= PLANT_MINUTE;
    return count;
}

// ---------------------------------------------------------------- names

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

// Names that differ only in capitals are one station's: bit 5 is what tells capitals apart.
static uint32_t fold_hash(struct slice s)
{
    uint8_t folded[PLANT_NAME_MOST];

    for (uint32_t i = 0; i < s.n; i++)
        folded[i] = s.p[i] | 0x20;
    return (uint32_t)hash_bytes(folded, s.n, 0);
}

static bool same_name(const struct name *n, struct slice s)
{
    if (n->n != s.n)
        return false;
    if (!memcmp(n->text, s.p, s.n))
        return true;
    for (uint32_t i = 0; i < s.n; i++)
        if (lower((uint8_t)n->text[i]) != lower(s.p[i]))
            return false;
    return true;
}

uint32_t name_find(const struct plant *p, struct slice s)
{
    s.n = min_u32(s.n, PLANT_NAME_MOST);
    map_each (&p->name_map, fold_hash(s), at, i)
        if (same_name(&p->names[i], s))
            return i;
    return 0;
}

uint32_t name_of(struct plant *p, struct slice s, bool sure)
{
    uint32_t i;

    if (!s.n)
        return 0;
    s.n = min_u32(s.n, PLANT_NAME_MOST);
    if ((i = name_find(p, s)))
        return i;
    uint32_t only_asked = p->n_names - p->n_sure_names;
    if (p->n_names + 1 >= PLANT_NAMES || (!sure && only_asked >= PLANT_NAMES / 2)) {
        p->sums.names_lost++;
        return 0;
    }
    p->n_sure_names += sure;
    i = ++p->n_names;
    p->names[i].hash = fold_hash(s);
    p->names[i].n = (uint8_t)s.n;
    memcpy(p->names[i].text, s.p, s.n);
    map_add(&p->name_map, p->names[i].hash, i);
    return i;
}

const char *plant_name(const struct plant *p, uint32_t name)
{
    return p->names[name].text;
}

// ---------------------------------------------------------------- who owns what

static bool against(const struct plant *p, const struct owner *known, const struct owner *o)
{
    const struct station *s = station_find(p, &known->mac, known->vlan);

    return known->ts && o->ts - known->ts <= PLANT_FRESH && !same_mac(&known->mac, &o->mac) &&
           s != NULL;
}

bool owner_add(const struct plant *p, struct owner *list, const struct owner *o,
               struct owner *other)
{
    struct owner *place = &list[0];
    uint32_t i;

    other->ts = 0;
    for (i = 0; i < PLANT_OWNERS && list[i].ts; i++)
        if (against(p, &list[i], o) && list[i].ts > other->ts)
            *other = list[i];
    for (i = 0; i < PLANT_OWNERS; i++) {
        if (!list[i].ts || same_mac(&list[i].mac, &o->mac)) {
            place = &list[i];
            break;
        }
        if (list[i].ts < place->ts)
            place = &list[i];
    }
    *place = *o;
    return other->ts != 0;
}

struct claim *claim_of(struct plant *p, const struct addr *ip, uint16_t vlan)
{
    uint32_t hash = (uint32_t)hash_bytes(ip, sizeof(*ip), vlan), at_once = p->n_claims;

    map_each (&p->claim_map, hash, at, i)
        if (p->claims[i].vlan == vlan && addr_equal(&p->claims[i].ip, ip))
            return &p->claims[i];
    if (p->n_claims < PLANT_IPS) {
        p->n_claims++;
    } else { // in turn
        at_once = p->next_claim++ % PLANT_IPS;
        map_remove(&p->claim_map, p->claims[at_once].hash, at_once);
    }
    struct claim *c = &p->claims[at_once];
    *c = (struct claim){.ip = *ip, .vlan = vlan, .hash = hash};
    map_add(&p->claim_map, hash, at_once);
    return c;
}
