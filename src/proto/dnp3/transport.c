// SPDX-License-Identifier: Apache-2.0
// Segments joined to fragments, for each direction of each pair of stations: IEEE 1815,
// clause 8.
#include "proto/dnp3/dnp3.h"

#include "base/hash.h"

enum { FIN = 0x80, FIR = 0x40, SEQUENCE = 0x3f, CONFIRMED = 3 };

static void odd_of(struct ctx *x, struct dnp3_fragment *f, enum odd which)
{
    f->odds |= dnp3_odd_bit(which);
    odd_with(x->out, which, "from %u to %u", f->src, f->dst);
}

// A fragment's first 2048 octets are kept; what it says behind them is lost.
static void append(struct ctx *x, struct dnp3_fragment *f, struct slice data)
{
    uint32_t n = min_u32(data.n, DNP3_FRAGMENT_MOST - f->bytes.n);

    if (n)
        memcpy(f->kept + f->bytes.n, data.p, n);
    f->bytes.n += n;
    if (n < data.n && !(f->odds & dnp3_odd_bit(ODD_fragment_too_long)))
        odd_of(x, f, ODD_fragment_too_long);
    f->segments++;
}

static void deliver(struct ctx *x, struct dnp3_association *a, struct dnp3_fragment *f)
{
    f->ts = x->out->ts;
    dnp3_fragment(x, a, f);
    dnp3_drop(x, f);
}

static void first_segment(struct ctx *x, struct dnp3_association *a, struct dnp3_way *w,
                          const struct dnp3_frame *frame, struct slice data)
{
    struct dnp3_fragment *f = &w->f;
    bool cleared = f->kept;

    if (cleared)
        odd_of(x, f, ODD_dnp3_buffer_cleared);
    dnp3_drop(x, f);
    *f = (struct dnp3_fragment){.side = w == &a->way[RESP],
                                .src = frame->src,
                                .dst = frame->dst,
                                .link_ctrl = frame->ctrl,
                                .frames = 1,
                                .octets = frame->size,
                                .odds = cleared ? dnp3_odd_bit(ODD_dnp3_buffer_cleared) : 0};
    if (frame->user.p[0] & FIN) {
        f->bytes = data;
        f->segments = 1;
        deliver(x, a, f);
    } else if ((f->kept = feed_block(x))) {
        f->bytes.p = f->kept;
        append(x, f, data);
    }
}

// The last segment, sent twice, ends the fragment although it is not due.
static void next_segment(struct ctx *x, struct dnp3_association *a, struct dnp3_way *w,
                         const struct dnp3_frame *frame, struct slice data)
{
    uint8_t seq = frame->user.p[0] & SEQUENCE;
    bool due = seq == ((w->last_seq + 1) & SEQUENCE), again = seq == w->last_seq;

    w->f.frames++;
    w->f.octets += frame->size;
    if (due)
        append(x, &w->f, data);
    else
        odd_of(x, &w->f, ODD_dnp3_segment_dropped);
    if (due)
        w->last_seq = seq;
    if (frame->user.p[0] & FIN && (due || again))
        deliver(x, a, &w->f);
}

// A frame that was repeated because its confirmation got lost is not read twice.
static bool repeated(struct dnp3_way *w, const struct dnp3_frame *frame)
{
    if ((frame->ctrl & CTRL_CODE) != CONFIRMED || !(frame->ctrl & CTRL_FCV))
        return false;
    uint64_t hash = hash_bytes(frame->user.p, frame->user.n, frame->ctrl) | 1;
    bool same = hash == w->confirmed;
    w->confirmed = hash;
    return same;
}

void dnp3_segment(struct ctx *x, struct dnp3_association *a, enum side side,
                  const struct dnp3_frame *frame)
{
    struct dnp3_way *w = &a->way[side];
    struct slice data = slice_of(frame->user.p + 1, frame->user.n - 1);
    uint8_t head = frame->user.p[0];

    if (repeated(w, frame)) {
        odd_with(x->out, ODD_dnp3_duplicate, "from %u to %u", frame->src, frame->dst);
    } else if (head & FIR) {
        w->last_seq = head & SEQUENCE;
        first_segment(x, a, w, frame, data);
    } else if (w->f.kept) {
        next_segment(x, a, w, frame, data);
    } else {
        odd_with(x->out, ODD_nonfirst_segment, "from %u to %u", frame->src, frame->dst);
    }
}
