// SPDX-License-Identifier: Apache-2.0
// Fragments of IP joined into datagrams (RFC 791, 3.2; RFC 8200, 4.5): the table of
// those that are not whole yet, what comes out of it, and mirror copies that come too late.
#include "base/hash.h"
#include "stream/datagram.h"

enum {
    PAGES_MOST = FRAG_BYTES / PAGE, // one largest datagram more is there for what comes next
    DONE_MOST = 16,                 // datagrams remembered to know late mirror copies
    COPY_NSEC = MSEC,               // how late a mirror copy may be
    AGAIN_NSEC = 1000 * MSEC,       // how soon nobody numbers another datagram the same
    FRAMES_MOST = 1 << 24           // fragments of one datagram; more are endless repeats
};

struct done {
    struct frag_key key;
    nsec ts;
    uint16_t sport, dport;
    bool has_ports;
    uint16_t n_parts;
    uint32_t head; // a hash of its first piece
    struct part part[FRAG_PARTS];
};

struct frags {
    struct slab datagrams, pages;
    struct map map;
    struct node order;
    uint32_t n_done;
    struct done done[DONE_MOST];
};

struct frags *frags_open(void)
{
    struct frags *f = mem_reserve(sizeof(*f));

    slab_init(&f->datagrams, NULL, sizeof(struct datagram), FRAG_MOST + 1);
    slab_init(&f->pages, NULL, PAGE, PAGES_MOST + DATAGRAM_PAGES);
    map_init(&f->map, NULL, FRAG_MOST + 1);
    list_init(&f->order);
    return f;
}

void frags_close(struct frags *f)
{
    if (!f)
        return;
    slab_close(&f->datagrams);
    slab_close(&f->pages);
    map_close(&f->map);
    mem_release(f, sizeof(*f));
}

static struct datagram *datagram_of(struct node *n)
{
    return CONTAINER(n, struct datagram, order);
}

static nsec nsec_between(nsec from, nsec to)
{
    return (nsec)((uint64_t)to - (uint64_t)from);
}

// The protocol is part of the key in IPv4 only: in IPv6 the pieces may name different next
// headers, and the first piece's counts (RFC 8200, 4.5).
static struct frag_key key_of(const struct packet *p)
{
    struct frag_key k = {.tunnel = p->carrier, .id = p->frag_id, .net = p->net};

    memcpy(k.src, p->src.b, 16);
    memcpy(k.dst, p->dst.b, 16);
    k.src[16] = p->src.kind;
    k.dst[16] = p->dst.kind;
    k.proto = p->net == NET_IP4 ? p->ip_proto : 0;
    return k;
}

static bool key_equal(const struct frag_key *a, const struct frag_key *b)
{
    return !memcmp(a, b, sizeof(*a));
}

// ---------------------------------------------------------------- the table

static struct datagram *datagram_find(struct frags *f, const struct frag_key *k, uint32_t hash,
                                      nsec now)
{
    map_each (&f->map, hash, at, index) {
        struct datagram *d = slab_at(&f->datagrams, index);

        if (key_equal(&d->key, k) && nsec_between(d->since, now) <= FRAG_SECONDS * SECOND)
            return d;
    }
    return NULL;
}

static struct datagram *datagram_new(struct frags *f, const struct frag_key *k, uint32_t hash,
                                     const struct packet *p)
{
    struct datagram *d = slab_take(&f->datagrams);

    if (!d)
        return NULL;
    memset(d, 0, sizeof(*d));
    d->key = *k;
    d->hash = hash;
    d->since = p->ts;
    d->missing = UINT32_MAX;
    d->ttl = p->ttl;
    d->ip_proto = p->ip_proto;
    map_add(&f->map, hash, slab_index(&f->datagrams, d));
    list_append(&f->order, &d->order);
    return d;
}

static void datagram_free(struct frags *f, struct datagram *d)
{
    datagram_pages_free(&f->pages, d);
    map_remove(&f->map, d->hash, slab_index(&f->datagrams, d));
    list_remove(&d->order);
    slab_give(&f->datagrams, d);
}

// ---------------------------------------------------------------- mirror copies that come late

static void done_remember(struct frags *f, const struct datagram *d, const struct packet *p)
{
    struct done *e = &f->done[f->n_done++ % DONE_MOST];

    e->key = d->key;
    e->ts = p->ts;
    e->sport = p->sport;
    e->dport = p->dport;
    e->has_ports = p->has_ports;
    e->head = d->head;
    e->n_parts = d->merged ? 0 : d->n_parts;
    memcpy(e->part, d->part, e->n_parts * sizeof(e->part[0]));
}

static bool done_copy(const struct done *e, const struct packet *p)
{
    uint32_t hash = part_hash(p);

    for (uint16_t i = 0; i < e->n_parts; i++)
        if (e->part[i].at == p->frag_at && e->part[i].hash == hash &&
            e->part[i].end - e->part[i].at == (int64_t)p->payload_len)
            return true;
    return false;
}

// A copy of a piece whose datagram is whole: without this it would begin a datagram that never
// ends. It gets the ports, so that it is counted where the datagram was.
static bool late_copy(const struct frags *f, const struct frag_key *k, struct packet *p)
{
    for (uint32_t i = 0; i < min_u32(f->n_done, DONE_MOST); i++) {
        const struct done *e = &f->done[i];
        nsec age = nsec_between(e->ts, p->ts);

        if (age < 0 || age > COPY_NSEC || !key_equal(&e->key, k) || !done_copy(e, p))
            continue;
        p->sport = e->sport;
        p->dport = e->dport;
        p->has_ports = e->has_ports;
        return true;
    }
    return false;
}

// The number of a datagram that was whole just now stands for another one: receivers would mix
// them. Sent again, it would begin with the same bytes.
static void tell_again(const struct frags *f, const struct datagram *d, nsec now, struct out *o)
{
    nsec least = AGAIN_NSEC + 1;

    for (uint32_t i = 0; i < min_u32(f->n_done, DONE_MOST); i++) {
        const struct done *e = &f->done[i];
        nsec age = nsec_between(e->ts, now);
        if (age >= 0 && age < least && e->head != d->head && key_equal(&e->key, &d->key))
            least = age;
    }
    if (least <= AGAIN_NSEC)
        odd_with(o, ODD_frag_id_again, "%lld ms later", (long long)(least / MSEC));
}

// What the header of the whole datagram takes from the piece at 0.
static void first_part(const struct frags *f, struct datagram *d, const struct packet *p,
                       struct out *o)
{
    enum { IPPROTO_OF_TCP = 6, HEADER_LEAST = 8, TCP_HEADER_LEAST = 20 };
    uint32_t least = p->ip_proto == IPPROTO_OF_TCP ? TCP_HEADER_LEAST : HEADER_LEAST;

    if (p->more_fragments && p->payload_len < least)
        odd_with(o, ODD_frag_tiny, "%u bytes", p->payload_len);
    d->head = part_hash(p);
    tell_again(f, d, p->ts, o);
    d->ttl = p->ttl;
    d->ip_proto = p->ip_proto;
    d->begun = true;
}

// ---------------------------------------------------------------- what comes out

static void become_datagram(struct packet *p, const struct datagram *d)
{
    p->frame = (struct slice){0};
    p->frames = d->frames;
    p->ip_len = d->ip_len;
    p->odds = d->odds;
    p->ttl = d->ttl;
    p->ip_proto = d->ip_proto;
    p->frag_at = 0;
}

// Reads the transport of a datagram of which the first n bytes are here. If that is not all, it
// says nothing that its lengths and checksum do not fit.
static void read_transport(struct frags *f, const struct datagram *d, struct packet *p,
                           uint32_t n, uint32_t total, struct out *o)
{
    uint64_t odds = p->odds;

    packet_transport(p, datagram_bytes(&f->pages, d, n, o));
    p->fragment = p->more_fragments = false; // a fragment in a fragment is not joined again
    if (n == total)
        return;
    p->odds = odds;
    p->checksum_bad = false;
    p->payload_len += total - n;
    p->cut = true;
}

static bool is_echo(const struct packet *p)
{
    enum { ECHO = 8, ECHO6 = 128 };

    return p->has_transport && ((p->ip_proto == PROTO_ICMP && p->icmp.type == ECHO) ||
                                (p->ip_proto == PROTO_ICMP6 && p->icmp.type == ECHO6));
}

static void join(struct frags *f, struct datagram *d, struct packet *p, struct out *o)
{
    enum { ECHO_MOST = 1500 };

    become_datagram(p, d);
    read_transport(f, d, p, min_u32(d->missing, d->total), d->total, o);
    if (is_echo(p) && d->total > ECHO_MOST)
        odd_with(o, ODD_icmp_large, "%u bytes", d->total);
    done_remember(f, d, p);
    datagram_free(f, d);
}

// A piece belongs to the datagram from here on, whatever its bytes are worth.
static bool account(struct datagram *d, const struct packet *p)
{
    if (d->frames > FRAMES_MOST || p->ip_len > UINT32_MAX - d->ip_len)
        return false;
    d->frames += p->frames;
    d->ip_len += p->ip_len;
    d->odds |= p->odds;
    d->last = *p;
    d->last.frame = d->last.payload = (struct slice){0};
    return true;
}

// RFC 1858: a fragment at offset 8 overwrites the flags of TCP; small ones hide what they
// carry.
static void tell_shape(struct datagram *d, const struct packet *p, struct out *o)
{
    enum { IPPROTO_OF_TCP = 6, FLAGS_AT = 8, NARROW = 256, MANY = 5 };

    if (p->ip_proto == IPPROTO_OF_TCP && p->frag_at == FLAGS_AT)
        odd_with(o, ODD_frag_tiny, "at offset %u: it overwrites TCP's flags", p->frag_at);
    if (p->more_fragments && p->payload_len < NARROW && !p->copy && ++d->small == MANY)
        odd(o, ODD_frag_small_many);
}

enum frag_result frags_add(struct frags *f, struct packet *p, struct out *o)
{
    struct frag_key k = key_of(p);
    uint32_t hash = (uint32_t)hash_bytes(&k, sizeof(k), 0);
    struct datagram *d = datagram_find(f, &k, hash, p->ts);

    if (!d && late_copy(f, &k, p))
        return FRAG_ALONE;
    if (!d)
        d = datagram_new(f, &k, hash, p);
    if (!d || !account(d, p)) {
        count(o, COUNT_frag_dropped, p->frames);
        return FRAG_ALONE;
    }
    if (!p->frag_at && !d->begun)
        first_part(f, d, p, o);
    tell_shape(d, p, o);
    if (!datagram_put(&f->pages, d, p, o)) {
        count(o, COUNT_frag_dropped, p->frames);
        d->dropped += p->frames;
    }
    if (!d->ended || d->covered != d->total)
        return FRAG_HELD;
    join(f, d, p, o);
    return FRAG_WHOLE;
}

// The odd is about p, while `o` speaks of the packet or tick at hand.
static void tell_lost(const struct packet *p, const struct datagram *d, struct out *o)
{
    const struct subject *at = o->at;
    const struct addr *from = o->from;
    const struct mac *from_mac = o->from_mac;
    uint64_t ordinal = o->ordinal;
    nsec ts = o->ts;
    struct subject of_p = {.src = p->src,
                           .dst = p->dst,
                           .sport = p->sport,
                           .dport = p->dport,
                           .ip_proto = p->ip_proto};

    o->at = &of_p;
    o->from = &p->src;
    o->from_mac = &p->src_mac;
    o->ordinal = p->ordinal;
    o->ts = p->ts;
    odd_with(o, ODD_frag_lost,
             d->ended ? "%u of %u bytes came" : "%u bytes came, but not the end", d->covered,
             d->total);
    o->at = at;
    o->from = from;
    o->from_mac = from_mac;
    o->ordinal = ordinal;
    o->ts = ts;
}

bool frags_expire(struct frags *f, nsec now, struct packet *p, struct out *o)
{
    bool full = f->datagrams.used > FRAG_MOST || f->pages.used > PAGES_MOST;
    struct datagram *d = datagram_of(f->order.next);
    uint32_t n;

    if (list_empty(&f->order))
        return false;
    if (!full && now != INT64_MAX && nsec_between(d->since, now) <= FRAG_SECONDS * SECOND)
        return false;
    *p = d->last;
    n = datagram_front(d);
    become_datagram(p, d);
    if (n)
        read_transport(f, d, p, n, UINT32_MAX, o);
    p->fragment = p->cut = true;
    p->payload = (struct slice){0};
    p->payload_len = 0;
    tell_lost(p, d, o);
    count(o, COUNT_frag_dropped, d->frames - d->dropped);
    datagram_free(f, d);
    return true;
}
