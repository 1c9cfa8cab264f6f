// SPDX-License-Identifier: Apache-2.0
// Where messages end in the streams of some protocols: their rules see each message once,
// however the segments were cut (rules.md 4.1).
#include "base/cur.h"
#include "rule/http.h"
#include "rule/lane.h"
#include "rule/service.h"

static uint32_t length_dnp3(struct slice b)
{
    enum { HEAD = 10, USER_LEAST = 5, BLOCK = 16 };

    if (b.n < 3)
        return 3;
    if (b.p[0] != 0x05 || b.p[1] != 0x64 || b.p[2] < USER_LEAST)
        return 0;
    uint32_t user = b.p[2] - USER_LEAST;
    return HEAD + user + 2 * ((user + BLOCK - 1) / BLOCK);
}

static uint32_t length_modbus(struct slice b)
{
    if (b.n < 6)
        return 6;
    return load_be16(b.p + 2) || load_be16(b.p + 4) < 2 ? 0 : 6u + load_be16(b.p + 4);
}

static uint32_t length_enip(struct slice b)
{
    return b.n < 24 ? 24 : 24u + load_le16(b.p + 2);
}

static uint32_t length_iec104(struct slice b)
{
    if (b.n < 2)
        return 2;
    return b.p[0] != 0x68 || b.p[1] < 4 ? 0 : 2u + b.p[1];
}

static uint32_t length_dce(struct slice b)
{
    enum { HEAD = 16 };

    if (b.n < 10)
        return 10;
    uint32_t n = b.p[4] >> 4 == 1 ? load_le16(b.p + 8) : load_be16(b.p + 8);
    return b.p[0] != 5 || n < HEAD ? 0 : n;
}

// The hello of a TLS connection; what follows is taken as it comes.
static uint32_t length_tls(struct slice b)
{
    if (b.n < 5)
        return 5;
    return b.p[0] == 22 && b.p[1] == 3 ? 5u + load_be16(b.p + 3) : b.n;
}

static uint32_t length_dns(struct slice b)
{
    return b.n < 2 ? 2 : 2u + load_be16(b.p);
}

static uint32_t length_http(struct slice b)
{
    enum http_start start = http_begins(b);

    return start == HTTP_NOT ? b.n : start == HTTP_PERHAPS ? FRAME_OPEN : http_length(b);
}

// The line that either side begins with (RFC 4253 section 4.2); then as it comes.
static uint32_t length_ssh(struct slice b)
{
    const uint8_t *end = memchr(b.p, '\n', b.n);

    if (memcmp(b.p, "SSH-", min_u32(b.n, 4)) != 0)
        return b.n;
    return end ? (uint32_t)(end - b.p) + 1 : FRAME_OPEN;
}

static uint32_t (*const lengths[SERVICES_MOST])(struct slice) = {
    [SERVICE_DNP3] = length_dnp3, [SERVICE_MODBUS] = length_modbus,
    [SERVICE_ENIP] = length_enip, [SERVICE_IEC104] = length_iec104,
    [SERVICE_TLS] = length_tls,   [SERVICE_DNS] = length_dns,
    [SERVICE_HTTP] = length_http, [SERVICE_DCE] = length_dce,
    [SERVICE_SSH] = length_ssh,
};

bool is_framed(uint8_t service)
{
    return lengths[service] != NULL;
}

uint32_t frame_length(uint8_t service, struct slice b)
{
    return lengths[service](b);
}
