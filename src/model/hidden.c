// SPDX-License-Identifier: Apache-2.0
// Obfuscated protocols: every byte looks random, but the sizes of the first messages betray
// them (identification, section 6).
#include "model/walk.h"

enum { TCP = 6 };

static bool is_uniform(const struct message *m)
{
    enum { COINCIDENCE = 320, TEXT_MOST_PERCENT = 60 }; // as measured on real programs
    struct spread s = {.n = 0};

    spread_add(&s, m->p, min_u32(m->kept, SPREAD_MOST));
    return spread_coincidence(&s) < COINCIDENCE && s.text * 100 < s.n * TEXT_MOST_PERCENT;
}

static bool size_within(const struct message *m, uint32_t least, uint32_t most)
{
    return m->size >= least && m->size <= most;
}

// Message stream encryption: both sides begin with a key of 96 bytes and up to 512 of padding;
// what then comes from the initiator has 56 and as much; the first 68 bytes under the cipher
// are the handshake, alone or at once behind the secret, and the answer's behind 14 bytes that
// select the cipher. Sizes are told per direction: programs answer early or late.
static bool is_bittorrent(const struct glimpse *g)
{
    enum { KEY = 96, SECRET = 56, PADDING = 512, LOOSE = 72, HANDSHAKE = 68, SELECT = 14 };
    const struct message *of[2][3] = {{NULL}};
    uint32_t n[2] = {0};

    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t side = g->message[i].side;
        if (n[side] < 3)
            of[side][n[side]++] = &g->message[i];
    }
    if (n[0] < 2 || n[1] < 1 || !size_within(of[0][0], KEY, KEY + PADDING) ||
        !size_within(of[0][1], SECRET, SECRET + PADDING + LOOSE) ||
        !size_within(of[1][0], KEY, KEY + PADDING) || !is_uniform(of[0][0]) ||
        !is_uniform(of[0][1]) || !is_uniform(of[1][0]))
        return false;
    return (n[0] > 2 && of[0][2]->size == HANDSHAKE) ||
           (n[1] > 1 && of[1][1]->size == HANDSHAKE) ||
           (n[1] > 2 && of[1][2]->size == HANDSHAKE) ||
           (n[1] > 1 && of[0][1]->size == SECRET + HANDSHAKE &&
            of[1][1]->size == SELECT + HANDSHAKE);
}

// Obfuscation between eMule's peers: a marker, a part of the key, and 7 bytes under the cipher,
// answered by 6, each with up to 255 of padding. Under the cipher both say hello (OP_HELLO,
// OP_HELLOANSWER: a user's hash, address, tags), and both ask who the other is
// (OP_SECIDENTSTATE: 11 bytes with the header).
static bool is_edonkey(const struct glimpse *g)
{
    enum {
        OPENING = 12,
        ANSWER = 6,
        PADDING = 255,
        HELLO = 60,
        HELLO_MOST = 300,
        IDENTITY = 11
    };
    const struct message *m = g->message;
    bool asked[2] = {false};

    if (g->n < 6 || !m[1].side || m[2].side || !m[3].side ||
        !size_within(&m[0], OPENING, OPENING + PADDING) ||
        !size_within(&m[1], ANSWER, ANSWER + PADDING) ||
        !size_within(&m[2], HELLO, HELLO_MOST) || !size_within(&m[3], HELLO, HELLO_MOST))
        return false;
    for (uint32_t i = 4; i < g->n; i++)
        asked[m[i].side] = asked[m[i].side] || m[i].size == IDENTITY;
    return asked[0] && asked[1] && is_uniform(&m[2]) && is_uniform(&m[3]);
}

const char *hidden_name(const struct glimpse *g)
{
    if (g->ip_proto != TCP || !g->whole || !g->n || g->message[0].side)
        return NULL;
    return is_bittorrent(g) ? "bittorrent_mse" : is_edonkey(g) ? "edonkey_obfuscated" : NULL;
}
