// SPDX-License-Identifier: Apache-2.0
// HTTP/1: recognised by its first line, RFC 9112 sections 3 and 4.
#include "proto/lines.h"

static enum guess probe(const struct head *h)
{
    static const char *const begins[] = {"GET /",       "POST /",       "HEAD /",  "PUT /",
                                         "GET http://", "POST http://", "DELETE /"};
    static const struct first_line form = {"HTTP/1.# ### ", " HTTP/1.#", begins,
                                           COUNT_OF(begins)};

    return first_line(&form, h->bytes);
}

const struct analyser proto_http = {
    .name = "http",
    .title = "HTTP",
    .spec = "RFC 9112",
    .why = "it begins with an HTTP/1 request or status line",
    .over = OVER_TCP,
    .hint = {80, 8080},
    .probe = probe,
};
