// SPDX-License-Identifier: Apache-2.0
// RTSP, RFC 2326: the Transport headers of SETUP announce where RTP and RTCP will come.
#include "proto/lines.h"

#include <string.h>

enum { FRAME = '$', FRAME_HEAD = 4 }; // media between the messages, section 10.12
#define STREAM_BEGINS (300 * SECOND)  // from SETUP to PLAY's first packet

struct half {
    struct lines lines;
    uint32_t body;  // of the message whose header is being read
    bool is_answer; // so this side is the server, for now
};
struct state {
    struct half side[2];
};

static enum guess probe(const struct head *h)
{
    static const char *const begins[] = {"OPTIONS rtsp://", "DESCRIBE rtsp://", "SETUP rtsp://",
                                         "PLAY rtsp://", "ANNOUNCE rtsp://"};
    static const struct first_line form = {"RTSP/#.# ### ", " RTSP/#.#", begins,
                                           COUNT_OF(begins)};

    return first_line(&form, h->bytes);
}

// ---------------------------------------------------------------- Transport

// client_port=4588-4589: of RTP, and of RTCP if there is a second
static void announce_ports(struct ctx *x, struct slice range, const struct addr *host)
{
    struct announced a = {
        .host = *host, .service = "rtp", .ip_proto = PROTO_UDP, .lasts = STREAM_BEGINS};

    if (!line_number(&range, UINT16_MAX, &a.port))
        return;
    announce(x, &a);
    a.service = "rtcp";
    if (line_begins(&range, "-") && line_number(&range, UINT16_MAX, &a.port))
        announce(x, &a);
}

// RTP/AVP;unicast;client_port=4588-4589;server_port=6256-6257;source=192.0.2.7
// Where both ends are named as others than these two hosts, streams go elsewhere.
static void transport(struct ctx *x, struct slice line, enum side side, bool is_answer)
{
    enum side other = side == ORIG ? RESP : ORIG;
    struct addr server = host_of(x, is_answer ? side : other);
    struct addr client = host_of(x, is_answer ? other : side);
    struct slice server_ports = {0}, client_ports = {0};

    while (line.n) {
        (void)line_begins(&line, " ");
        if (line_begins(&line, "server_port="))
            server_ports = line;
        else if (line_begins(&line, "client_port="))
            client_ports = line;
        else if (line_begins(&line, "source="))
            (void)line_address(&line, &server);
        else if (line_begins(&line, "destination="))
            (void)line_address(&line, &client);
        while (line.n && line.p[0] != ';' && line.p[0] != ',')
            line = slice_of(line.p + 1, line.n - 1);
        line = slice_of(line.p + (line.n != 0), line.n - (line.n != 0));
    }
    announce_ports(x, server_ports, &server);
    announce_ports(x, client_ports, &client);
}

// ---------------------------------------------------------------- messages

static void read_line(struct ctx *x, struct half *h, struct slice line, enum side side)
{
    if (!line.n) { // the header ends
        h->lines.skip = h->body;
        h->body = 0;
    } else if (line_begins(&line, "RTSP/")) {
        h->is_answer = true;
    } else if (line_begins(&line, "SETUP ")) {
        h->is_answer = false;
    } else if (line_begins(&line, "Content-Length:")) {
        (void)line_begins(&line, " ");
        if (!line_number(&line, INT32_MAX, &h->body))
            h->body = 0;
    } else if (line_begins(&line, "Transport:")) {
        transport(x, line, side, h->is_answer);
    }
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct half *h = &((struct state *)state)->side[side];
    struct progress g;

    if (in.p[0] == FRAME && !h->lines.skip && !h->lines.cut) {
        if (in.n < FRAME_HEAD)
            return (struct progress){.want = FRAME_HEAD};
        h->lines.skip = FRAME_HEAD + ((uint32_t)in.p[2] << 8 | in.p[3]);
    }
    struct slice line = lines_next(&h->lines, in, &g);
    if (line.p)
        read_line(x, h, line, side);
    return g;
}

static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    struct half *h = &((struct state *)state)->side[side];

    *h = (struct half){.lines.cut = true, .is_answer = h->is_answer};
}

const struct analyser proto_rtsp = {
    .name = "rtsp",
    .title = "RTSP",
    .spec = "RFC 2326",
    .why = "it begins with an RTSP request or status line",
    .over = OVER_TCP,
    .hint = {554, 8554},
    .patient = true,
    .state_size = sizeof(struct state),
    .most = LINE_MOST,
    .probe = probe,
    .data = data,
    .gap = gap,
};
