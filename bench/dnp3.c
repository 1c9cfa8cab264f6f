// SPDX-License-Identifier: Apache-2.0
// DNP3 for the bench: frames with their CRCs, and a master that polls its outstations.
#include "frame.h"
#include "talk.h"

#include <string.h>

enum {
    OUTSTATIONS = 16,
    GAP_US = 2000,
    BLOCK = 16,
    HEAD = 10,       // octets of a link header with its CRC
    MASTER = 1,      // link addresses; outstations follow
    ANALOG = 5,      // octets of g30v1
    USER_MOST = 250, // octets of a frame
    SYN = 2,
    ACK = 16,
    PUSH = 24
};

static unsigned crc_of(const uint8_t *p, size_t n)
{
    unsigned crc = 0;

    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xa6bc : crc >> 1;
    }
    return ~crc & 0xffff;
}

static size_t seal(uint8_t *to, const uint8_t *p, size_t n)
{
    unsigned crc = crc_of(p, n);

    memcpy(to, p, n);
    to[n] = (uint8_t)crc;
    to[n + 1] = (uint8_t)(crc >> 8);
    return n + 2;
}

static size_t link_frame(uint8_t *to, bool answer, unsigned station, const uint8_t *user,
                         size_t n)
{
    uint8_t head[] = {5,
                      0x64,
                      (uint8_t)(5 + n),
                      answer ? 0x44 : 0xc4,
                      (uint8_t)(answer ? MASTER : station),
                      0,
                      (uint8_t)(answer ? station : MASTER),
                      0};
    size_t made = seal(to, head, sizeof head);

    for (size_t i = 0; i < n; i += BLOCK)
        made += seal(to + made, user + i, n - i < BLOCK ? n - i : BLOCK);
    return made;
}

// The answer tells analog inputs.
size_t dnp3_message(uint8_t *to, bool answer, unsigned number, size_t n)
{
    static const uint8_t classes[] = {60, 2, 6, 60, 3, 6, 60, 4, 6, 60, 1, 6};
    uint8_t user[USER_MOST] = {(uint8_t)(0xc0 | (number & 0x3f)),
                               (uint8_t)(0xc0 | (number & 0x0f)), answer ? 0x81 : 1};
    size_t used = 3, room = n * BLOCK / (BLOCK + 2);

    if (!answer) {
        memcpy(user + used, classes, sizeof classes);
        return link_frame(to, false, MASTER + 1, user, used + sizeof classes);
    }
    room = room < HEAD + 20 ? 10 : room - HEAD - 10;
    unsigned points = (unsigned)((room > USER_MOST - 10 ? USER_MOST - 10 : room) / ANALOG);
    const uint8_t head[] = {0, 0, 30, 1, 0, 0, (uint8_t)(points - 1)};
    memcpy(user + used, head, sizeof head);
    used += sizeof head;
    for (unsigned i = 0; i < points; i++, used += ANALOG) {
        user[used] = 1; // online
        user[used + 1] = (uint8_t)(number + i);
        user[used + 2] = (uint8_t)(number * 7 >> 3);
    }
    return link_frame(to, true, MASTER + 1, user, used);
}

// A question and its answer of each outstation in turn, and the acknowledgement.
void dnp3(unsigned long frames)
{
    static const struct shape shape = {.name = "dnp3", .over = TCP, .port = 20000};
    struct talk talks[OUTSTATIONS] = {{0}};
    uint8_t message[300];

    for (unsigned i = 0; i < OUTSTATIONS; i++) {
        struct talk *t = &talks[i];
        t->shape = &shape;
        t->next_us = i;
        host(&t->side[0], 1, false);
        host(&t->side[1], 100 + i, false);
        t->side[0].port = (uint16_t)(40000 + i);
        t->side[1].port = shape.port;
        send_tcp(t, 0, SYN, NULL, 0);
        send_tcp(t, 1, SYN | ACK, NULL, 0);
        send_tcp(t, 0, ACK, NULL, 0);
    }
    for (unsigned number = 0; frames_made < frames; number++) {
        struct talk *t = &talks[number % OUTSTATIONS];
        unsigned poll = number / OUTSTATIONS;
        t->next_us = (int64_t)(number + 1) * GAP_US;
        send_tcp(t, 0, PUSH, message, dnp3_message(message, false, poll, 0));
        t->next_us += GAP_US / 4;
        send_tcp(t, 1, PUSH, message, dnp3_message(message, true, poll, 60 + below(220)));
        t->next_us += GAP_US / 4;
        send_tcp(t, 0, ACK, NULL, 0);
    }
}
