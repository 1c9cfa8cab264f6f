// SPDX-License-Identifier: Apache-2.0
// HTTP, DNS and TLS as far as rules name their parts: one message at the beginning of the unit.
#include "rule/http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cur.h"
#include "rule/body.h"
#include "rule/lane.h"
#include "rule/parse.h"
#include "rule/service.h"

enum body_kind { BODY_NONE, BODY_BYTES_TOLD, BODY_CHUNKED, BODY_OPEN };
struct http_length {
    enum body_kind kind;
    uint32_t bytes;
};

static const uint8_t nothing[1];

static void put(struct unit *u, enum buffer b, struct slice s)
{
    u->buffer[b] = s.n ? s : slice_of(nothing, 0); // there, but empty
}

// ---------------------------------------------------------------- HTTP

// Up to `at`, which is taken off, too; all, if it is not there.
static struct slice cut(struct slice *rest, char at)
{
    const uint8_t *end = rest->n ? memchr(rest->p, at, rest->n) : NULL;
    uint32_t n = end ? (uint32_t)(end - rest->p) : rest->n;
    struct slice s = slice_of(rest->p, n);

    rest->p += end ? n + 1 : n;
    rest->n -= end ? n + 1 : n;
    return s;
}

static struct slice cut_line(struct slice *rest)
{
    struct slice s = cut(rest, '\n');

    if (s.n && s.p[s.n - 1] == '\r')
        s.n--;
    return s;
}

enum http_start http_begins(struct slice b)
{
    static const char *const words[] = {"GET ",      "POST ",    "HEAD ",     "PUT ",
                                        "DELETE ",   "OPTIONS ", "TRACE ",    "CONNECT ",
                                        "PATCH ",    "HTTP/1.",  "SEARCH ",   "MOVE ",
                                        "PROPFIND ", "NOTIFY ",  "SUBSCRIBE "};

    if (!b.n || !strchr("GPHDOTCSMN", b.p[0]))
        return HTTP_NOT;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (!memcmp(b.p, words[i], min_u32(b.n, (uint32_t)strlen(words[i]))))
            return b.n < strlen(words[i]) ? HTTP_PERHAPS : HTTP_BEGINS;
    return HTTP_NOT;
}

struct slice undo_percent(struct arena *a, struct slice s)
{
    uint8_t *to;
    uint32_t n = 0;

    if (!s.n || !memchr(s.p, '%', s.n))
        return s;
    to = arena_take(a, s.n);
    for (uint32_t i = 0; i < s.n; i++) {
        int high = s.p[i] == '%' && i + 2 < s.n ? hex_value(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex_value(s.p[i + 2]) : -1;
        to[n++] = (uint8_t)(low >= 0 ? high << 4 | low : s.p[i]);
        i += low >= 0 ? 2 : 0;
    }
    return slice_of(to, n);
}

// Host in lower case without its port, as rules expect it.
static struct slice plain_host(struct arena *a, struct slice s)
{
    const uint8_t *colon = s.n && s.p[0] != '[' ? memchr(s.p, ':', s.n) : NULL;
    uint32_t n = colon ? (uint32_t)(colon - s.p) : s.n;
    uint8_t *to = arena_take(a, n);

    for (uint32_t i = 0; i < n; i++)
        to[i] = (uint8_t)tolower(s.p[i]);
    return slice_of(to, n);
}

static bool is_name(struct slice s, const char *name)
{
    return s.n == strlen(name) && !strncasecmp((const char *)s.p, name, s.n);
}

// The value of a header line of this name ("name:", in lower case); p NULL: it is another.
static struct slice field_value(struct slice line, const char *name)
{
    size_t n = strlen(name);

    if (line.n <= n || strncasecmp((const char *)line.p, name, n))
        return (struct slice){0};
    return slice_trim(slice_of(line.p + n, line.n - n));
}

// What the head says of the body that follows it (RFC 9112 section 6.3).
static struct http_length body_told(struct slice head)
{
    struct slice line = cut_line(&head);
    bool answer = line.n > 12 && !memcmp(line.p, "HTTP/", 5);
    struct http_length l = {.kind = answer ? BODY_OPEN : BODY_NONE};
    uint64_t v;

    if (answer &&
        (line.p[9] == '1' || !memcmp(line.p + 9, "204", 3) || !memcmp(line.p + 9, "304", 3)))
        return (struct http_length){.kind = BODY_NONE};
    while (head.n) {
        line = cut_line(&head);
        struct slice length = field_value(line, "content-length:");
        if (slice_has_word(field_value(line, "transfer-encoding:"), "chunked"))
            return (struct http_length){.kind = BODY_CHUNKED};
        if (length.p && slice_u64(length, UINT32_MAX / 2, &v))
            l = (struct http_length){.kind = v ? BODY_BYTES_TOLD : BODY_NONE,
                                     .bytes = (uint32_t)v};
    }
    return l;
}

uint32_t http_head(struct slice b)
{
    const uint8_t *end = b.n ? memmem(b.p, b.n, "\r\n\r\n", 4) : NULL;
    const uint8_t *plain = b.n ? memmem(b.p, end ? (size_t)(end - b.p) : b.n, "\n\n", 2) : NULL;

    return plain ? (uint32_t)(plain - b.p) + 2 : end ? (uint32_t)(end - b.p) + 4 : 0;
}

uint32_t http_length(struct slice b)
{
    uint32_t head = http_head(b);
    struct http_length l = body_told(slice_of(b.p, head));

    if (!head)
        return FRAME_OPEN;
    switch (l.kind) {
    case BODY_CHUNKED: return chunks_length(b, head);
    case BODY_BYTES_TOLD: return head + l.bytes;
    case BODY_OPEN: return FRAME_OPEN;
    case BODY_NONE: break;
    }
    while (head < b.n && (b.p[head] == '\r' || b.p[head] == '\n'))
        head++; // some send a line more
    return head;
}

// One header line; false: it is a cookie.
static bool take_field(struct unit *u, struct slice line)
{
    static const struct {
        const char *name;
        enum buffer buffer;
    } fields[] = {{"host", BUF_http_raw_host},
                  {"user-agent", BUF_http_user_agent},
                  {"referer", BUF_http_referer},
                  {"accept", BUF_http_accept},
                  {"content-type", BUF_http_content_type},
                  {"content-length", BUF_http_content_len},
                  {"connection", BUF_http_connection},
                  {"location", BUF_http_location},
                  {"server", BUF_http_server},
                  {"cookie", BUF_http_cookie},
                  {"set-cookie", BUF_http_cookie}};
    struct slice value = line, name = cut(&value, ':');

    while (value.n && (value.p[0] == ' ' || value.p[0] == '\t'))
        value.p++, value.n--;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (!is_name(name, fields[i].name))
            continue;
        if (!u->buffer[fields[i].buffer].p)
            put(u, fields[i].buffer, value);
        return fields[i].buffer != BUF_http_cookie;
    }
    return true;
}

// The header lines; gives what follows the empty line.
static struct slice take_fields(struct unit *u, struct slice rest)
{
    enum { LINES_MOST = 200 };
    struct slice all = rest;
    uint8_t *plain = arena_take(u->out->arena, rest.n);
    uint32_t n = 0, lines = 0;

    while (rest.n && lines++ < LINES_MOST) {
        const uint8_t *from = rest.p;
        struct slice line = cut_line(&rest);
        if (!line.n)
            break;
        if (take_field(u, line)) {
            memcpy(plain + n, from, (size_t)(rest.p - from));
            n += (uint32_t)(rest.p - from);
        }
    }
    put(u, BUF_http_raw_header, slice_of(all.p, (size_t)(rest.p - all.p)));
    put(u, BUF_http_header, slice_of(plain, n));
    if (u->buffer[BUF_http_raw_host].p)
        put(u, BUF_http_host, plain_host(u->out->arena, u->buffer[BUF_http_raw_host]));
    return rest;
}

static void take_uri(struct unit *u, struct slice raw)
{
    struct slice path = raw, query = raw;
    const uint8_t *mark = raw.n ? memchr(raw.p, '?', raw.n) : NULL;

    put(u, BUF_http_raw_uri, raw);
    put(u, BUF_http_uri, undo_percent(u->out->arena, raw));
    if (mark) {
        path.n = (uint32_t)(mark - raw.p);
        query = slice_of(mark + 1, raw.n - path.n - 1);
        put(u, BUF_http_uri_query, undo_percent(u->out->arena, query));
    }
    put(u, BUF_http_uri_path, undo_percent(u->out->arena, path));
}

// How the body is written, as the header lines tell.
static void take_coding(struct unit *u, struct slice head)
{
    while (head.n) {
        struct slice line = cut_line(&head);
        struct slice coding = field_value(line, "content-encoding:");
        u->body.chunked = u->body.chunked ||
                          slice_has_word(field_value(line, "transfer-encoding:"), "chunked");
        u->body.packed = u->body.packed || slice_has_word(coding, "gzip") ||
                         slice_has_word(coding, "deflate");
    }
}

static void take_message(struct unit *u, struct slice b)
{
    struct slice rest = b, line = cut_line(&rest), words = line;
    bool answer = line.n > 5 && !memcmp(line.p, "HTTP/", 5);

    if (answer) {
        put(u, BUF_http_response_line, line);
        put(u, BUF_http_protocol, cut(&words, ' '));
        put(u, BUF_http_stat_code, cut(&words, ' '));
        put(u, BUF_http_stat_msg, words);
    } else {
        put(u, BUF_http_request_line, line);
        put(u, BUF_http_method, cut(&words, ' '));
        const uint8_t *last = words.n ? memrchr(words.p, ' ', words.n) : NULL;
        uint32_t n = last ? (uint32_t)(last - words.p) : words.n;
        take_uri(u, slice_of(words.p, n));
        if (last)
            put(u, BUF_http_protocol, slice_of(last + 1, words.n - n - 1));
    }
    struct slice all = rest, body = take_fields(u, rest);
    u->body = (struct http_body){body, true, !answer, false, false};
    take_coding(u, slice_of(all.p, (size_t)(body.p - all.p)));
}

void http_fill(struct unit *u)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);
    bool http = u->service == SERVICE_HTTP;

    if (u->filled >> BUF_http_server & 1)
        return;
    for (unsigned i = BUF_http_method; i <= BUF_http_server; i++) {
        u->filled |= UINT64_C(1) << i;
        u->buffer[i] = (struct slice){0};
    }
    if (u->fresh && b.n > u->fresh)
        b = slice_of(b.p + u->fresh, b.n - u->fresh);
    // What is no message of HTTP is a part of one, or another protocol that carries a file.
    u->body = (struct http_body){b, http, http && u->side == ORIG, false, false};
    if (http_begins(b) == HTTP_BEGINS)
        take_message(u, b);
    if (u->partial)
        u->body.bytes = (struct slice){0};
}

// ---------------------------------------------------------------- DNS

// A name without compression, as questions have it, with points between its labels.
static struct slice read_name(struct cur *c, struct arena *a)
{
    enum { NAME_MOST = 255 };
    uint8_t *to = arena_take(a, NAME_MOST + 1);
    uint32_t n = 0;

    for (;;) {
        uint8_t size = cur_u8(c);
        struct slice label = cur_take(c, size);
        if (c->bad || size > 63 || n + size + 1u > NAME_MOST)
            return (struct slice){0};
        if (!size)
            return slice_of(to, n);
        if (n)
            to[n++] = '.';
        memcpy(to + n, label.p, size);
        n += size;
    }
}

struct slice dns_name(struct unit *u)
{
    struct cur c = cur_of(unit_buffer(u, BUF_pkt_data));

    if (u->service != SERVICE_DNS)
        return (struct slice){0};
    if (u->packet->ip_proto == PROTO_TCP)
        cur_skip(&c, 2); // its length
    cur_skip(&c, 2);
    bool answer = cur_be16(&c) & 0x8000; // which repeats the question
    uint16_t questions = cur_be16(&c);
    cur_skip(&c, 6);
    return c.bad || answer || !questions ? (struct slice){0} : read_name(&c, u->out->arena);
}

// ---------------------------------------------------------------- TLS

// The server name of a Client Hello (RFC 8446 section 4.1.2, RFC 6066 section 3).
struct slice tls_name(struct unit *u)
{
    struct cur c = cur_of(unit_buffer(u, BUF_pkt_data));

    if (cur_u8(&c) != 22 || cur_u8(&c) != 3)
        return (struct slice){0};
    cur_skip(&c, 3);
    if (cur_u8(&c) != 1)
        return (struct slice){0};
    cur_skip(&c, 3 + 2 + 32);
    cur_skip(&c, cur_u8(&c));   // session
    cur_skip(&c, cur_be16(&c)); // ciphers
    cur_skip(&c, cur_u8(&c));   // compressions
    struct cur extensions = cur_sub(&c, min_u32(cur_be16(&c), cur_left(&c)));
    while (cur_left(&extensions)) {
        uint16_t type = cur_be16(&extensions), n = cur_be16(&extensions);
        struct cur e = cur_sub(&extensions, n);
        if (extensions.bad)
            break;
        if (type != 0)
            continue;
        cur_skip(&e, 2); // length of the list
        if (cur_u8(&e) != 0)
            break;
        struct slice name = cur_take(&e, cur_be16(&e));
        return e.bad ? (struct slice){0} : name;
    }
    return (struct slice){0};
}
