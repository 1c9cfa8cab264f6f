// SPDX-License-Identifier: Apache-2.0
// The three decompressors behind one face; all stream, so their memory does not depend on
// input.
#include "capture/unpack.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

// A zstd frame may ask for any window; what `zstd --ultra -22` makes is the most we grant (128
// MB).
enum { ZSTD_WINDOW_LOG = 27 };

struct unpack {
    enum packing kind;
    bool whole;
    z_stream gzip;
    ZSTD_DStream *zstd;
    LZ4F_dctx *lz4;
};

enum packing unpack_kind(const uint8_t *p, size_t n)
{
    static const uint8_t zstd[] = {0x28, 0xB5, 0x2F, 0xFD};
    static const uint8_t lz4[] = {0x04, 0x22, 0x4D, 0x18};

    if (n >= 2 && p[0] == 0x1F && p[1] == 0x8B)
        return PACK_GZIP;
    if (n >= sizeof(zstd) && !memcmp(p, zstd, sizeof(zstd)))
        return PACK_ZSTD;
    if (n >= sizeof(lz4) && !memcmp(p, lz4, sizeof(lz4)))
        return PACK_LZ4;
    return PACK_NONE;
}

static bool prepare(struct unpack *u)
{
    switch (u->kind) {
    case PACK_GZIP: return inflateInit2(&u->gzip, MAX_WBITS + 16) == Z_OK;
    case PACK_ZSTD:
        u->zstd = ZSTD_createDStream();
        return u->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax,
                                                               ZSTD_WINDOW_LOG));
    case PACK_LZ4: return !LZ4F_isError(LZ4F_createDecompressionContext(&u->lz4, LZ4F_VERSION));
    case PACK_NONE: break;
    }
    return false;
}

struct unpack *unpack_open(enum packing kind)
{
    struct unpack *u = calloc(1, sizeof(*u));

    if (!u)
        return NULL;
    u->kind = kind;
    if (prepare(u))
        return u;
    unpack_close(u);
    return NULL;
}

void unpack_close(struct unpack *u)
{
    if (!u)
        return;
    if (u->kind == PACK_GZIP)
        inflateEnd(&u->gzip);
    ZSTD_freeDStream(u->zstd);
    LZ4F_freeDecompressionContext(u->lz4);
    free(u);
}

const char *unpack_name(const struct unpack *u)
{
    static const char *const name[] = {"plain", "gzip", "zstd", "LZ4"};

    return name[u->kind];
}

bool unpack_whole(const struct unpack *u)
{
    return u->whole;
}

static void advance(struct unpack_feed *feed, size_t in, size_t out)
{
    feed->in += in;
    feed->in_left -= in;
    feed->out += out;
    feed->out_left -= out;
}

// Behind a gzip member may come zeros (tapes, block devices) or the next member, RFC 1952 2.2.
static bool gzip_next_member(struct unpack *u, struct unpack_feed *feed)
{
    while (feed->in_left && !*feed->in)
        advance(feed, 1, 0);
    if (!feed->in_left)
        return false;
    inflateReset(&u->gzip);
    u->whole = false;
    return true;
}

static bool gzip_step(struct unpack *u, struct unpack_feed *feed, const char **why)
{
    z_stream *z = &u->gzip;
    int result;

    if (u->whole && !gzip_next_member(u, feed))
        return true;
    // zlib takes 32 bit sizes, and an input pointer that is const only with ZLIB_CONST.
    z->avail_in = (uInt)feed->in_left;
    z->avail_out = (uInt)feed->out_left;
    memcpy(&z->next_in, &feed->in, sizeof(z->next_in));
    z->next_out = feed->out;
    result = inflate(z, Z_NO_FLUSH);
    advance(feed, feed->in_left - z->avail_in, feed->out_left - z->avail_out);
    if (result == Z_STREAM_END)
        u->whole = true;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return true;
    *why = z->msg ? z->msg : "not valid";
    return false;
}

static bool zstd_step(struct unpack *u, struct unpack_feed *feed, const char **why)
{
    ZSTD_inBuffer in = {feed->in, feed->in_left, 0};
    ZSTD_outBuffer out = {feed->out, feed->out_left, 0};
    size_t result = ZSTD_decompressStream(u->zstd, &out, &in);

    advance(feed, in.pos, out.pos);
    if (ZSTD_isError(result)) {
        *why = ZSTD_getErrorName(result);
        return false;
    }
    if (in.pos || out.pos)
        u->whole = result == 0;
    return true;
}

static bool lz4_step(struct unpack *u, struct unpack_feed *feed, const char **why)
{
    size_t in = feed->in_left;
    size_t out = feed->out_left;
    size_t result = LZ4F_decompress(u->lz4, feed->out, &out, feed->in, &in, NULL);

    if (LZ4F_isError(result)) {
        *why = LZ4F_getErrorName(result);
        return false;
    }
    advance(feed, in, out);
    if (in || out)
        u->whole = result == 0;
    return true;
}

bool unpack_step(struct unpack *u, struct unpack_feed *feed, const char **why)
{
    switch (u->kind) {
    case PACK_GZIP: return gzip_step(u, feed, why);
    case PACK_ZSTD: return zstd_step(u, feed, why);
    case PACK_LZ4: return lz4_step(u, feed, why);
    case PACK_NONE: break;
    }
    *why = "not packed";
    return false;
}
