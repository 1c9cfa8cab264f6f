// SPDX-License-Identifier: Apache-2.0
// --layers: the bytes of a frame, and which layer each belongs to: in colours, or with a ruler
// below each row; then the layers by their places.
#include "packet/crafted.h"
#include "print/parts.h"

enum { ROW = 16, SPANS_MOST = (TUNNELS_MOST + 2) * LAYERS_MOST + 2, COLORS = 6 };

// Bytes that belong together.
struct span {
    uint32_t at, n;
    const char *layer, *part; // "UDP", " data"
};

struct spans {
    struct span span[SPANS_MOST];
    uint32_t n, end; // the first byte that is in none
};

// Ansi colours, so that neighbours differ.
static const char *const colors[COLORS] = {"\033[36m", "\033[33m", "\033[32m",
                                           "\033[35m", "\033[34m", "\033[31m"};
static const char plain[] = "\033[0m";

// Spans are in order and without gaps; what is named twice belongs to the first.
static void add(struct spans *s, uint32_t at, uint32_t to, const char *layer, const char *part)
{
    if (at > s->end)
        add(s, s->end, at, "other", " bytes");
    at = max_u32(at, s->end);
    if (at >= to || s->n == SPANS_MOST)
        return;
    s->span[s->n++] = (struct span){at, to - at, layer, part};
    s->end = to;
}

static const char *carrier_name(const struct packet *p)
{
    switch (p->has_transport ? p->ip_proto : 0) {
    case PROTO_TCP: return "TCP";
    case PROTO_UDP: return "UDP";
    case PROTO_SCTP: return "SCTP";
    case PROTO_ICMP: return "ICMP";
    case PROTO_ICMP6: return "ICMPv6";
    default: return p->fragment ? "fragment" : p->net == NET_ETHER ? "Ethernet" : "IP";
    }
}

static void find_spans(struct spans *s, const struct frame *f)
{
    struct packet p[TUNNELS_MOST + 2];
    unsigned n = 0;

    packet_decode(&p[0], f->link, f->data, f->n, f->wire_len);
    while (n <= TUNNELS_MOST && packet_inner(&p[n + 1], &p[n], n))
        n++;
    for (unsigned i = 0; i <= n; i++) {
        if (!p[i].frame.p)
            continue;
        uint32_t base = (uint32_t)(p[i].frame.p - f->data);
        for (unsigned k = 0; k < p[i].n_layers; k++) {
            const struct layer *l = &p[i].layer[k];
            add(s, base + l->at, base + l->at + l->n, layer_name[l->kind], " header");
        }
    }
    uint32_t end = packet_padding(&p[0]);
    if (p[n].payload.n) {
        uint32_t at = (uint32_t)(p[n].payload.p - f->data);
        add(s, at, min_u32(at + p[n].payload.n, end), carrier_name(&p[n]), " data");
    }
    add(s, s->end, end, "other", " bytes");
    add(s, end, f->n, "padding", "");
}

// ---------------------------------------------------------------- a row

static uint32_t column(uint32_t byte) // where its two digits stand, in pairs of bytes
{
    return 2 * byte + byte / 2;
}

static void put_offset(struct pen *pen, uint32_t at)
{
    put(pen, "0x");
    put_hex_wide(pen, at, at >> 16 ? 8 : 4);
    put(pen, ":  ");
}

static void put_bytes(struct pen *pen, const struct spans *s, const uint8_t *p, uint32_t at,
                      uint32_t n, uint32_t first)
{
    uint32_t now = first, shown = SPANS_MOST;

    put_offset(pen, at);
    for (uint32_t i = 0; i < n; i++) {
        while (s->span[now].at + s->span[now].n <= at + i)
            now++;
        if (i && i % 2 == 0)
            put(pen, " ");
        if (pen->o->color && now != shown)
            text_str(pen->t, colors[now % COLORS]);
        shown = now;
        text_hex(pen->t, p + at + i, 1);
    }
    if (pen->o->color)
        text_str(pen->t, plain);
    put(pen, "\n");
}

// A name between dashes, as wide as the bytes above it; what is too narrow for it gets its
// beginning.
static void put_ruler(struct pen *pen, const struct span *s, uint32_t from, uint32_t to)
{
    uint32_t width = column(to - 1) + 2 - column(from), n = (uint32_t)strlen(s->layer);
    uint32_t part = (uint32_t)strlen(s->part);
    bool both = n + part + 2 <= width;
    uint32_t named = both ? n + part : min_u32(n, width);
    uint32_t left = (width - named) / 2;

    for (uint32_t i = 0; i < left; i++)
        text_char(pen->t, i ? '-' : '|');
    text_bytes(pen->t, s->layer, min_u32(n, width));
    if (both)
        text_bytes(pen->t, s->part, part);
    for (uint32_t i = left + named; i < width; i++)
        text_char(pen->t, i + 1 < width ? '-' : '|');
}

static void put_rulers(struct pen *pen, const struct spans *s, uint32_t at, uint32_t n,
                       uint32_t first)
{
    uint32_t done = 0;

    text_bytes(pen->t, "              ", at >> 16 ? 13 : 9);
    for (uint32_t i = first; i < s->n && s->span[i].at < at + n; i++) {
        const struct span *span = &s->span[i];
        uint32_t from = max_u32(span->at, at) - at;
        uint32_t to = min_u32(span->at + span->n, at + n) - at;
        if (column(from) > done)
            put(pen, " ");
        put_ruler(pen, span, from, to);
        done = column(to - 1) + 2;
    }
    put(pen, "\n");
}

static void put_list(struct pen *pen, const struct spans *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        const struct span *span = &s->span[i];
        put(pen, "  ");
        if (pen->o->color)
            text_str(pen->t, colors[i % COLORS]);
        text_str(pen->t, span->layer);
        text_str(pen->t, span->part);
        if (pen->o->color)
            text_str(pen->t, plain);
        put(pen, ": ");
        put_number(pen, span->at);
        put(pen, "..");
        put_number(pen, span->at + span->n - 1);
        put(pen, ", ");
        put_number(pen, span->n);
        text_str(pen->t, span->n == 1 ? " byte\n" : " bytes\n");
    }
}

void print_layers(struct pen *pen, const struct frame *f, uint64_t number)
{
    struct spans s = {0};
    uint32_t first = 0;

    find_spans(&s, f);
    put(pen, "Packet ");
    put_number(pen, number);
    put(pen, ", ");
    put_number(pen, f->wire_len);
    put(pen, " bytes\n");
    for (uint32_t at = 0; at < f->n; at += ROW) {
        uint32_t n = min_u32(ROW, f->n - at);
        while (s.span[first].at + s.span[first].n <= at)
            first++;
        put_bytes(pen, &s, f->data, at, n, first);
        if (!pen->o->color)
            put_rulers(pen, &s, at, n, first);
    }
    put_list(pen, &s);
    put(pen, "\n");
}
