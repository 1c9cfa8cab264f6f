// SPDX-License-Identifier: Apache-2.0
// SIP, RFC 3261: the descriptions of calls (SDP, RFC 8866) announce where RTP and RTCP will
// come.
#include "proto/lines.h"

#include <string.h>

#define CALL_BEGINS (300 * SECOND) // from a question to the first sound: somebody must pick up

// What was read of a side's latest description.
struct description {
    struct addr host; // of the whole session
    uint32_t port;    // of the latest medium; 0: none that is RTP
};
struct state {
    struct lines lines[2];
    struct description side[2];
};

static enum guess probe(const struct head *h)
{
    static const char *const begins[] = {
        "INVITE sip:",  "REGISTER sip:", "OPTIONS sip:", "SUBSCRIBE sip:", "NOTIFY sip:",
        "MESSAGE sip:", "ACK sip:",      "BYE sip:",     "CANCEL sip:"};
    static const struct first_line form = {"SIP/2.0 ### ", " SIP/2.0", begins,
                                           COUNT_OF(begins)};
    enum guess guess = first_line(&form, h->bytes);

    return guess == MAYBE && !h->stream ? NO : guess;
}

// ---------------------------------------------------------------- descriptions

static void announce_as(struct ctx *x, const char *service, const struct addr *host,
                        uint32_t port)
{
    announce(x, &(struct announced){.host = *host,
                                    .port = port,
                                    .service = service,
                                    .ip_proto = PROTO_UDP,
                                    .lasts = CALL_BEGINS});
}

static void announce_medium(struct ctx *x, const struct addr *host, uint32_t port)
{
    if (!port)
        return;
    announce_as(x, "rtp", host, port);
    announce_as(x, "rtcp", host, port + 1);
}

// IN IP4 192.0.2.1, IN IP6 2001:db8::1
static bool connection(struct slice *line, struct addr *host)
{
    return (line_begins(line, "IN IP4 ") || line_begins(line, "IN IP6 ")) &&
           line_address(line, host);
}

// audio 49170 RTP/AVP 0, video 51372/2 UDP/TLS/RTP/SAVPF 99; gives the port, 0: not RTP
static uint32_t medium(struct slice line)
{
    uint32_t port;

    while (line.n && line.p[0] != ' ')
        line = slice_of(line.p + 1, line.n - 1);
    if (!line_begins(&line, " ") || !line_number(&line, UINT16_MAX, &port))
        return 0;
    while (line.n && line.p[0] != ' ')
        line = slice_of(line.p + 1, line.n - 1);
    return line_begins(&line, " RTP/") || line_begins(&line, " UDP/TLS/RTP/") ? port : 0;
}

// Lines of SDP; those of SIP begin otherwise. A medium is announced at the session's host at
// once, and at its own when that follows.
static void read_line(struct ctx *x, struct description *d, struct slice line)
{
    struct addr host = d->host;

    if (line_begins(&line, "v=")) {
        *d = (struct description){0};
    } else if (line_begins(&line, "m=")) {
        d->port = medium(line);
        announce_medium(x, &host, d->port);
    } else if (line_begins(&line, "c=")) {
        if (!connection(&line, &host))
            return;
        if (d->port)
            announce_medium(x, &host, d->port);
        else
            d->host = host;
    } else if (d->port && line_begins(&line, "a=rtcp:")) { // RFC 3605
        uint32_t port;
        if (!line_number(&line, UINT16_MAX, &port))
            return;
        if (line_begins(&line, " "))
            (void)connection(&line, &host);
        announce_as(x, "rtcp", &host, port);
    }
}

// ---------------------------------------------------------------- messages

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct state *s = state;
    struct progress g = {.used = in.n};

    if (x->talk->who.ip_proto == PROTO_TCP) {
        struct slice line = lines_next(&s->lines[side], in, &g);
        if (line.p)
            read_line(x, &s->side[side], line);
        return g;
    }
    s->side[side] = (struct description){0};
    while (in.n)
        read_line(x, &s->side[side], lines_take(&in));
    return g;
}

static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    struct state *s = state;

    s->lines[side].cut = true;
    s->side[side] = (struct description){0};
}

const struct analyser proto_sip = {
    .name = "sip",
    .title = "SIP",
    .spec = "RFC 3261",
    .why = "it begins with a SIP/2.0 request or status line",
    .over = OVER_TCP | OVER_UDP | OVER_SCTP,
    .hint = {5060},
    .state_size = sizeof(struct state),
    .most = LINE_MOST,
    .probe = probe,
    .data = data,
    .gap = gap,
};
