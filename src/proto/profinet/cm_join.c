// SPDX-License-Identifier: Apache-2.0
// Bodies of RPC calls that came in fragments: kept in blocks of the lane until none is missing.
#include "proto/profinet/cm.h"

enum { FRAGMENTS_MOST = 64, BYTES_MOST = 64 * 1024, PIECES_MOST = 48 };
enum { PIECE = FEED_BLOCK - 16 };
#define WAIT (10 * SECOND) // between fragments

struct cm_piece { // of one fragment, which may have several, one behind the other
    struct cm_piece *next;
    uint16_t number, n;
    bool goes_on; // the next piece is of the same fragment
    uint8_t bytes[PIECE];
};
_Static_assert(sizeof(struct cm_piece) <= FEED_BLOCK, "it fits");

static void let_go(struct cm_join *j, struct ctx *x)
{
    while (j->first) {
        struct cm_piece *piece = j->first;
        j->first = piece->next;
        feed_block_back(x, piece);
    }
    j->bytes = j->pieces = j->count = j->last = 0;
    j->has_last = false;
}

void cm_join_end(struct cm_join *j, struct ctx *x)
{
    if (j->first)
        odd_with(x->out, ODD_rpc_frag_lost, "call %u: %u came", j->sequence, j->count);
    let_go(j, x);
}

static bool same_bytes(const struct cm_piece *piece, struct slice body)
{
    for (bool more = true; more; piece = piece->next) {
        more = piece->goes_on;
        if (body.n < piece->n || memcmp(body.p, piece->bytes, piece->n) != 0)
            return false;
        body.p += piece->n;
        body.n -= piece->n;
    }
    return !body.n;
}

// Where fragment `number` belongs; *known is its first piece, if it is there.
static struct cm_piece **place_of(struct cm_join *j, uint16_t number,
                                  const struct cm_piece **known)
{
    struct cm_piece **at = &j->first;

    while (*at && (*at)->number < number)
        at = &(*at)->next;
    *known = *at && (*at)->number == number ? *at : NULL;
    return at;
}

static bool insert(struct cm_join *j, struct ctx *x, struct cm_piece **at, uint16_t number,
                   struct slice body)
{
    do {
        struct cm_piece *piece = j->pieces < PIECES_MOST ? feed_block(x) : NULL;
        if (!piece)
            return false;
        piece->n = (uint16_t)min_u32(body.n, PIECE);
        piece->number = number;
        if (piece->n)
            memcpy(piece->bytes, body.p, piece->n);
        body.p += piece->n;
        body.n -= piece->n;
        piece->goes_on = body.n != 0;
        piece->next = *at;
        *at = piece;
        at = &piece->next;
        j->pieces++;
        j->bytes += piece->n;
    } while (body.n);
    j->count++;
    return true;
}

static void give_up(struct cm_join *j, struct ctx *x)
{
    cm_join_end(j, x);
    j->closed = true;
}

static bool is_whole(const struct cm_join *j)
{
    const struct cm_piece *piece = j->first;

    if (!j->has_last || j->count != j->last + 1u)
        return false;
    while (piece->next)
        piece = piece->next;
    return piece->number == j->last;
}

static struct slice joined(const struct cm_join *j, struct ctx *x)
{
    uint8_t *p = arena_take(x->out->arena, j->bytes + 1);
    uint32_t n = 0;

    for (const struct cm_piece *piece = j->first; piece; piece = piece->next) {
        memcpy(p + n, piece->bytes, piece->n);
        n += piece->n;
    }
    return slice_of(p, n);
}

static void begin(struct cm_join *j, struct ctx *x, uint32_t sequence)
{
    cm_join_end(j, x);
    j->sequence = sequence;
    j->closed = false;
}

struct slice cm_join_add(struct cm_join *j, struct ctx *x, const struct rpc4 *rpc)
{
    const struct cm_piece *known;
    struct slice body = {0};

    if (rpc->sequence != j->sequence || x->out->ts - j->ts > WAIT || x->out->ts < j->ts)
        begin(j, x, rpc->sequence);
    j->ts = x->out->ts;
    if (j->closed)
        return body;
    struct cm_piece **at = place_of(j, rpc->fragment, &known);
    if (known) {
        if (!same_bytes(known, rpc->body))
            odd_with(x->out, ODD_rpc_frag_conflict, "call %u, fragment %u", rpc->sequence,
                     rpc->fragment);
        return body;
    }
    if (rpc->fragment >= FRAGMENTS_MOST || j->bytes + rpc->body.n > BYTES_MOST ||
        !insert(j, x, at, rpc->fragment, rpc->body)) {
        give_up(j, x);
        return body;
    }
    if (rpc->flags1 & RPC4_LAST) {
        j->has_last = true;
        j->last = rpc->fragment;
    }
    if (!is_whole(j))
        return body;
    body = joined(j, x);
    j->joined = j->count;
    let_go(j, x);
    j->closed = true;
    return body;
}
