// SPDX-License-Identifier: Apache-2.0
// HTTP, DNS and TLS as far as rules name their parts: one message at the beginning of the unit.
#include "rule/http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cur.h"
#include "rule/service.h"

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

static int hex_of(uint8_t c)
{
    return !isxdigit(c) ? -1 : isdigit(c) ? c - '0' : (c | 32) - 'a' + 10;
}

static struct slice undo_percent(struct arena *a, struct slice s)
{
    uint8_t *to;
    uint32_t n = 0;

    if (!s.n || !memchr(s.p, '%', s.n))
        return s;
    to = arena_take(a, s.n);
    for (uint32_t i = 0; i < s.n; i++) {
        int high = s.p[i] == '%' && i + 2 < s.n ? hex_of(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex_of(s.p[i + 2]) : -1;
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

bool http_has_body(struct slice head)
{
    static const char *const names[] = {"content-length:", "transfer-encoding:"};

    while (head.n) {
        struct slice line = cut_line(&head);
        for (size_t i = 0; i < COUNT_OF(names); i++)
            if (line.n > strlen(names[i]) &&
                !strncasecmp((const char *)line.p, names[i], strlen(names[i])))
                return true;
    }
    return false;
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
    struct slice body = take_fields(u, rest);
    if (body.n)
        put(u, answer ? BUF_file_data : BUF_http_client_body, body);
}

void http_fill(struct unit *u)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);

    for (unsigned i = BUF_file_data; i <= BUF_http_client_body; i++) {
        u->filled |= UINT64_C(1) << i;
        u->buffer[i] = (struct slice){0};
    }
    if (u->fresh && b.n > u->fresh)
        b = slice_of(b.p + u->fresh, b.n - u->fresh);
    if (http_begins(b) == HTTP_BEGINS)
        take_message(u, b);
    else if (u->service == SERVICE_HTTP && b.n)
        put(u, u->side == ORIG ? BUF_http_client_body : BUF_file_data, b);
    else if (b.n)
        put(u, BUF_file_data, b); // another protocol that carries a file
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
