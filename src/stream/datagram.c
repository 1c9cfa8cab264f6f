// SPDX-License-Identifier: Apache-2.0
// The pieces of one datagram: bytes nobody claimed yet are put in their place, others compared.
#include "stream/datagram.h"
#include "base/hash.h"

// Pages for [at, end), so that what follows cannot fail half way.
static bool pages_need(struct slab *pages, struct datagram *d, uint32_t at, uint32_t end)
{
    for (uint32_t i = at / PAGE; i * PAGE < end; i++) {
        void *page;

        if (d->page[i])
            continue;
        page = slab_take(pages);
        if (!page)
            return false;
        d->page[i] = (uint16_t)(slab_index(pages, page) + 1);
    }
    return true;
}

void datagram_pages_free(struct slab *pages, struct datagram *d)
{
    for (uint32_t i = 0; i < DATAGRAM_PAGES; i++)
        if (d->page[i])
            slab_give(pages, slab_at(pages, d->page[i] - 1u));
}

// The bytes of d at `at`, as many as lie together, at most up to `end`.
static uint8_t *bytes_at(const struct slab *pages, const struct datagram *d, uint32_t at,
                         uint32_t end, uint32_t *n)
{
    *n = min_u32(end - at, PAGE - at % PAGE);
    return (uint8_t *)slab_at(pages, d->page[at / PAGE] - 1u) + at % PAGE;
}

struct slice datagram_bytes(const struct slab *pages, const struct datagram *d, uint32_t n,
                            struct out *o)
{
    uint8_t *to = arena_take(o->arena, n + 1u);
    uint32_t k;

    for (uint32_t at = 0; at < n; at += k) {
        const uint8_t *from = bytes_at(pages, d, at, n, &k);

        memcpy(to + at, from, k);
    }
    return slice_of(to, n);
}

// A piece on its way in, and what it is to the pieces before it.
struct piece {
    struct slab *pages;
    struct part part;
    uint32_t there;   // where its captured bytes end
    const uint8_t *p; // the byte at part.at
    uint32_t fresh, overlap, differing;
};

static void piece_put(struct piece *v, struct datagram *d, uint32_t at, uint32_t end)
{
    v->fresh += end - at;
    for (uint32_t n; at < end && at < v->there; at += n) {
        uint8_t *to = bytes_at(v->pages, d, at, min_u32(end, v->there), &n);

        memcpy(to, v->p + (at - v->part.at), n);
    }
    if (at < end)
        d->missing = min_u32(d->missing, at);
}

static void piece_compare(struct piece *v, const struct datagram *d, uint32_t at, uint32_t end)
{
    uint32_t known = min_u32(min_u32(end, v->there), d->missing);

    v->overlap += end - at;
    for (uint32_t n; at < known; at += n) {
        const uint8_t *kept = bytes_at(v->pages, d, at, known, &n);
        const uint8_t *now = v->p + (at - v->part.at);

        if (memcmp(kept, now, n))
            for (uint32_t i = 0; i < n; i++)
                v->differing += kept[i] != now[i];
    }
}

static void piece_place(struct piece *v, struct datagram *d)
{
    uint32_t at = v->part.at, end = v->part.end;

    for (uint16_t i = 0; i <= d->n_parts && at < end; i++) {
        bool old = i < d->n_parts;
        uint32_t stop = old ? min_u32(d->part[i].at, end) : end;

        if (at < stop) {
            piece_put(v, d, at, stop);
            at = stop;
        }
        stop = old ? min_u32(d->part[i].end, end) : end;
        if (at < stop) {
            piece_compare(v, d, at, stop);
            at = stop;
        }
    }
}

// Pieces that touch become one. From then on only its bytes tell whether a piece came twice.
static void parts_merge(struct datagram *d)
{
    uint16_t n = 0;

    for (uint16_t i = 1; i < d->n_parts; i++) {
        struct part *last = &d->part[n];

        if (d->part[i].at > last->end)
            d->part[++n] = d->part[i];
        else if (d->part[i].end > last->end)
            last->end = d->part[i].end;
    }
    d->n_parts = (uint16_t)(n + 1);
    d->merged = true;
}

static bool part_known(const struct datagram *d, struct part part)
{
    for (uint16_t i = 0; i < d->n_parts; i++)
        if (d->part[i].at == part.at && d->part[i].end == part.end)
            return true;
    return false;
}

static void part_insert(struct datagram *d, struct part part)
{
    uint16_t i = d->n_parts++;

    for (; i > 0 && d->part[i - 1].at > part.at; i--)
        d->part[i] = d->part[i - 1];
    d->part[i] = part;
}

uint32_t part_hash(const struct packet *p)
{
    return (uint32_t)hash_bytes(p->payload.p, p->payload.n, 0);
}

// Whether the piece's ends fit what is known of the datagram's end.
static bool ends_fit(struct datagram *d, bool last, uint32_t at, uint32_t end, struct out *o)
{
    if (end > DATAGRAM_MOST) {
        odd_with(o, ODD_frag_too_long, "a fragment at offset %u", at);
        return false;
    }
    if (d->ended ? end <= d->total && (!last || end == d->total) : !last || end >= d->reach)
        return true;
    if (!d->conflicted)
        odd_with(o, ODD_frag_conflict, "a datagram of %u bytes has a fragment that ends at %u",
                 d->ended ? d->total : end, d->ended ? end : d->reach);
    d->conflicted = true;
    return false;
}

static void tell_overlap(const struct piece *v, struct datagram *d, bool known, struct out *o)
{
    bool copy = known || (d->merged && !v->fresh);

    if (!v->differing && (copy || !v->overlap))
        return;
    if (!d->overlapped)
        odd_with(o, ODD_frag_overlap, "%u bytes of a fragment at offset %u", v->overlap,
                 v->part.at);
    d->overlapped = true;
    if (v->differing && !d->conflicted) {
        odd_with(o, ODD_frag_conflict, "%u of %u bytes differ in a fragment at offset %u",
                 v->differing, v->overlap, v->part.at);
        d->conflicted = true;
    }
}

bool datagram_put(struct slab *pages, struct datagram *d, const struct packet *p, struct out *o)
{
    uint64_t at = p->frag_at, n = max_u32(p->payload_len, p->payload.n);
    uint32_t end = (uint32_t)(at + n > DATAGRAM_MOST ? DATAGRAM_MOST + 1 : at + n);
    struct piece v = {.pages = pages, .p = p->payload.p};
    bool known;

    if (!n || !ends_fit(d, !p->more_fragments, p->frag_at, end, o))
        return false;
    v.part = (struct part){(uint16_t)at, (uint16_t)end, part_hash(p)};
    v.there = (uint32_t)at + p->payload.n;
    known = part_known(d, v.part);
    if (!known && d->n_parts == FRAG_PARTS)
        parts_merge(d);
    if ((!known && d->n_parts == FRAG_PARTS) || !pages_need(pages, d, v.part.at, v.there))
        return false;
    piece_place(&v, d);
    tell_overlap(&v, d, known, o);
    d->covered += v.fresh;
    d->reach = max_u32(d->reach, end);
    if (!p->more_fragments) {
        d->ended = true;
        d->total = end;
    }
    if (!known)
        part_insert(d, v.part);
    return true;
}

uint32_t datagram_front(const struct datagram *d)
{
    uint32_t n = 0;

    for (uint16_t i = 0; i < d->n_parts && d->part[i].at <= n; i++)
        n = max_u32(n, d->part[i].end);
    return min_u32(n, d->missing);
}
