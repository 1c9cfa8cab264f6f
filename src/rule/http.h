// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: what rules call by name in HTTP, DNS and TLS messages.
#pragma once

#include "rule/match.h"

void http_fill(struct unit *u); // all HTTP buffers
// Whether b begins with a request or an answer; PERHAPS: it is too short to say.
enum http_start { HTTP_NOT, HTTP_PERHAPS, HTTP_BEGINS };
enum http_start http_begins(struct slice b);
bool http_has_body(struct slice head); // whether its lines tell of one
struct slice dns_name(struct unit *u);
struct slice tls_name(struct unit *u);
