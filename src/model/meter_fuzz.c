// SPDX-License-Identifier: Apache-2.0
// Any bytes as the messages of a flow: tokens stay sorted and within their cap, and each has
// words.
#include "model/made_test.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

// A byte of flags, then its messages: side, length, bytes; a side's upper bits cut the message.
static struct glimpse made_of(struct cur *c)
{
    uint8_t flags = cur_u8(c);
    struct glimpse g = {
        .ip_proto = flags & 1 ? TCP : UDP, .whole = flags & 2, .no_delays = flags & 4};

    while (g.n < MESSAGES_MOST && cur_left(c) > 2) {
        uint8_t side = cur_u8(c);
        uint32_t size = min_u32((uint32_t)cur_u8(c) * 2, cur_left(c));
        struct slice s = cur_take(c, size);
        if (!s.n)
            s = slice_str("");
        say_message(&g, side & 1, s.p, s.n);
        g.message[g.n - 1].size += side >> 4 == 15 ? UINT32_MAX - s.n : side >> 4;
        g.message[g.n - 1].ts *= side & 2 ? -1 : 1000;
    }
    return g;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { WORDED = 8 }; // a walk each
    struct cur c = cur_of(slice_of(data, n));
    struct glimpse g = made_of(&c);
    struct text t = {0};
    struct tokens tokens;

    meter(&tokens, &g);
    tokens_sort(&tokens);
    for (uint32_t i = 1; i < tokens.n; i++)
        if (tokens.n > TOKENS_MOST || tokens.hash[i - 1] >= tokens.hash[i])
            abort();
    for (uint32_t i = 0; i < WORDED; i++)
        if (!meter_words(&t, &g, tokens.hash[i * (tokens.n - 1) / WORDED]))
            abort();
    model_describe(&t, &g);
    hidden_name(&g);
    text_free(&t);
    return 0;
}
