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
    if (g->message[0].side || n[0] < 2 || n[1] < 1 ||
        !size_within(of[0][0], KEY, KEY + PADDING) ||
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

    if (g->n < 6 || m[0].side || !m[1].side || m[2].side || !m[3].side ||
        !size_within(&m[0], OPENING, OPENING + PADDING) ||
        !size_within(&m[1], ANSWER, ANSWER + PADDING) ||
        !size_within(&m[2], HELLO, HELLO_MOST) || !size_within(&m[3], HELLO, HELLO_MOST))
        return false;
    for (uint32_t i = 4; i < g->n; i++)
        asked[m[i].side] = asked[m[i].side] || m[i].size == IDENTITY;
    return asked[0] && asked[1] && is_uniform(&m[2]) && is_uniform(&m[3]);
}

// The first messages have these sizes and senders, one after the other.
struct turn {
    uint8_t side;
    uint16_t size;
};

static bool takes_turns(const struct glimpse *g, const struct turn *turn, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (i >= g->n || g->message[i].side != turn[i].side ||
            g->message[i].size != turn[i].size)
            return false;
    return true;
}

// Poison Ivy: 256 bytes by lot, the same under the cipher, then in plain the length of what the
// controller sends to be run.
static bool is_poison_ivy(const struct glimpse *g)
{
    static const struct turn turns[] = {{0, 256}, {1, 256}};
    const struct message *m = g->message;

    return takes_turns(g, turns, COUNT_OF(turns)) && g->n > 2 && m[2].side && m[2].kept >= 4 &&
           (m[2].p[0] || m[2].p[1]) && !m[2].p[2] && !m[2].p[3] && is_uniform(&m[0]) &&
           is_uniform(&m[1]);
}

// CCcam: the server's seed; a hash, the user, "CCcam" under the cipher; an acknowledgement.
static bool is_cccam(const struct glimpse *g)
{
    static const struct turn turns[] = {{1, 16}, {0, 20}, {0, 20}, {0, 6}, {1, 20}};

    return takes_turns(g, turns, COUNT_OF(turns)) && is_uniform(&g->message[1]) &&
           is_uniform(&g->message[2]) && is_uniform(&g->message[4]);
}

static const struct {
    const char *name;
    bool (*is)(const struct glimpse *g);
} hidden[] = {{"bittorrent_mse", is_bittorrent},
              {"edonkey_obfuscated", is_edonkey},
              {"poison_ivy", is_poison_ivy},
              {"cccam", is_cccam}};

const char *hidden_name(const struct glimpse *g)
{
    for (size_t i = 0; i < COUNT_OF(hidden) && g->ip_proto == TCP && g->whole && g->n; i++)
        if (hidden[i].is(g))
            return hidden[i].name;
    return NULL;
}

bool hidden_tells(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(hidden); i++)
        if (!strcmp(hidden[i].name, name))
            return true;
    return false;
}
