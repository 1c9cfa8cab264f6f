// SPDX-License-Identifier: Apache-2.0
// Model files with a right checksum: a small model with damage, and the input itself. What is
// read must judge, explain and dump without harm.
#include "model/made_test.h"

#include <stdlib.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void seal(uint8_t *p, uint32_t n)
{
    uint32_t crc = (uint32_t)crc32(0, p, n - CRC_BYTES);

    for (uint32_t i = 0; i < CRC_BYTES; i++)
        p[n - CRC_BYTES + i] = (uint8_t)(crc >> 8 * i);
}

static void use(const struct model *m)
{
    struct glimpse g = made_modbus();
    struct text t = {0};
    struct tokens tokens;
    struct judgement j;

    meter(&tokens, &g);
    for (uint32_t i = 0; i < m->n.weights && i < 8; i++) // tokens the model knows
        tokens_add(&tokens, m->weight_token[i]);
    model_judge(m, &tokens, &j);
    model_explain(&t, m, &g, &j);
    text_str(&t, model_why(m, &j));
    model_dump(&t, m);
    text_free(&t);
}

static void try_file(uint8_t *p, uint32_t n)
{
    struct fail fail = {{0}};

    if (n < HEAD_BYTES + CRC_BYTES)
        return;
    memcpy(p, MODEL_MAGIC, MAGIC_BYTES);
    p[MAGIC_BYTES] = MODEL_FORMAT;
    p[MAGIC_BYTES + 4] = METER_VERSION;
    seal(p, n);
    struct model *m = model_read(slice_of(p, n), &fail);
    if (!m && !fail.text[0])
        abort();
    if (m)
        use(m);
    model_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { INPUT_MOST = 1 << 16, PATCH = 3 };
    struct made k;
    struct text file = {0};

    if (n > INPUT_MOST)
        return 0;
    made_model(&k);
    model_write(&file, &k.parts);
    uint8_t *p = malloc(file.n + n);
    memcpy(p, file.p, file.n);
    for (size_t i = 0; i + PATCH <= n; i += PATCH) // a place and a byte each
        p[load_be16(data + i) % file.n] = data[i + 2];
    try_file(p, (uint32_t)file.n);
    if (n)
        memcpy(p, data, n);
    try_file(p, (uint32_t)n);
    free(p);
    text_free(&file);
    return 0;
}
