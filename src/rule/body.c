// SPDX-License-Identifier: Apache-2.0
// Bodies of HTTP messages as rules want them: chunks joined (RFC 9112 section 7.1), gzip and
// deflate undone, %XX undone.
#include "rule/body.h"

#include <ctype.h>
#include <string.h>
#include <zlib.h>

#include "rule/http.h"
#include "rule/lane.h"

// ---------------------------------------------------------------- chunks

enum { SIZE_LINE_MOST = 256 };

enum chunk { CHUNK_WRONG, CHUNK_MORE, CHUNK_LAST, CHUNK_DATA };

// The line with the size of a chunk, which begins at *at; moves *at behind it.
static enum chunk read_size(struct slice b, uint32_t *at, uint32_t *size)
{
    uint32_t i = *at, first = *at;
    const uint8_t *end;

    for (*size = 0; i < b.n && isxdigit(b.p[i]); i++) {
        if (*size >> 27)
            return CHUNK_WRONG;
        *size = *size << 4 | (uint32_t)hex_value(b.p[i]);
    }
    end = i < b.n ? memchr(b.p + i, '\n', min_u32(b.n - i, SIZE_LINE_MOST)) : NULL;
    if (!end)
        return b.n - first > SIZE_LINE_MOST ? CHUNK_WRONG : CHUNK_MORE;
    if (i == first)
        return CHUNK_WRONG;
    *at = (uint32_t)(end - b.p) + 1;
    return *size ? CHUNK_DATA : CHUNK_LAST;
}

uint32_t chunks_length(struct slice b, uint32_t at)
{
    enum { LINE_END = 2, LEAST = 5 }; // behind a chunk; "0\r\n\r\n"
    uint32_t size;

    for (;;) {
        switch (read_size(b, &at, &size)) {
        case CHUNK_WRONG: return b.n;
        case CHUNK_MORE: return b.n + 1;
        case CHUNK_DATA: break;
        case CHUNK_LAST: {
            struct slice rest = slice_of(b.p + at, b.n - at);
            if (rest.n >= LINE_END && !memcmp(rest.p, "\r\n", LINE_END))
                return at + LINE_END;
            const uint8_t *end = rest.n ? memmem(rest.p, rest.n, "\r\n\r\n", 4) : NULL;
            return end ? (uint32_t)(end - b.p) + 4 : b.n + 1;
        }
        }
        if (size + LINE_END > b.n - at)
            return at + size + LINE_END + LEAST;
        at += size + LINE_END;
    }
}

// What is there of all chunks, one behind the other.
static struct slice join_chunks(struct arena *a, struct slice b)
{
    uint8_t *to = arena_take(a, b.n);
    uint32_t n = 0, at = 0, size;

    while (at < b.n && read_size(b, &at, &size) == CHUNK_DATA) {
        uint32_t there = min_u32(size, b.n - at);
        memcpy(to + n, b.p + at, there);
        n += there;
        at += min_u32(size + 2, b.n - at);
    }
    return slice_of(to, n);
}

// ---------------------------------------------------------------- packed bodies

struct room { // of a lane, for zlib alone
    uint8_t *at;
    size_t left;
};

static voidpf take_room(voidpf from, uInt n, uInt size)
{
    struct room *r = from;
    size_t all = ((size_t)n * size + 15) & ~(size_t)15;

    if (all > r->left)
        return Z_NULL;
    r->at += all;
    r->left -= all;
    return r->at - all;
}

static void give_room(voidpf from, voidpf p)
{
}

// Gives how many bytes came out; 0: it is not packed this way. bits: zlib's, which say the
// format.
static uint32_t unpack(struct slice b, int bits, const struct body_scratch *s, bool *cut)
{
    struct room room = {s->room, BODY_ROOM};
    z_stream z = {.zalloc = take_room, .zfree = give_room, .opaque = &room};
    union {
        const uint8_t *read;
        Bytef *next;
    } in = {b.p}; // zlib only reads it

    z.next_in = in.next;
    z.avail_in = b.n;
    z.next_out = s->plain;
    z.avail_out = BODY_PLAIN;
    if (inflateInit2(&z, bits) != Z_OK)
        return 0;
    int result = inflate(&z, Z_SYNC_FLUSH);
    *cut = result != Z_STREAM_END && !z.avail_out;
    inflateEnd(&z);
    return BODY_PLAIN - z.avail_out;
}

// gzip and zlib say what they are; some servers send deflate bare.
static struct slice unpacked(struct unit *u, struct slice b)
{
    enum { GZIP_OR_ZLIB = 15 + 32, BARE = -15 };
    const struct body_scratch *s = lane_body(u->lane);
    bool cut = false;
    uint32_t n = unpack(b, GZIP_OR_ZLIB, s, &cut);

    if (!n)
        n = unpack(b, BARE, s, &cut);
    if (cut)
        why(u->out, "rules see the first %d bytes of a packed body", BODY_PLAIN);
    return n ? slice_of(s->plain, n) : b;
}

// ---------------------------------------------------------------- the buffers

void body_fill(struct unit *u)
{
    static const uint64_t all =
        UINT64_C(1) << BUF_file_data | UINT64_C(1) << BUF_http_raw_body |
        UINT64_C(1) << BUF_http_client_body | UINT64_C(1) << BUF_http_request_body;

    http_fill(u);
    u->filled |= all;
    u->buffer[BUF_file_data] = u->buffer[BUF_http_raw_body] = (struct slice){0};
    u->buffer[BUF_http_client_body] = u->buffer[BUF_http_request_body] = (struct slice){0};
    struct slice b = u->body.bytes;
    if (!b.n)
        return;
    if (u->body.chunked)
        b = join_chunks(u->out->arena, b);
    if (u->body.packed && b.n)
        b = unpacked(u, b);
    if (u->body.of_http)
        u->buffer[BUF_http_raw_body] = b;
    if (u->body.request) {
        u->buffer[BUF_http_request_body] = b;
        u->buffer[BUF_http_client_body] = undo_percent(u->out->arena, b);
    } else {
        u->buffer[BUF_file_data] = b;
    }
}
