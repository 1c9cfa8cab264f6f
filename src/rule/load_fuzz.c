// SPDX-License-Identifier: Apache-2.0
// Random bytes as a rule file, as a configuration, and as rules of each dialect.
#include "rule/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_input(void *user, const char *path, struct slice *bytes, struct fail *f)
{
    *bytes = *(const struct slice *)user; // whatever is included is the input again
    return true;
}

static void load(struct slice *input, const char *config, const char *dialect)
{
    const char *names[] = {"input.rules", NULL};
    struct rules_request q = {.reader = {.read = read_input},
                              .files = config ? NULL : names,
                              .config = config,
                              .dialect = dialect,
                              .plain = true};
    struct rule_problem p;
    struct text t = {0};
    struct fail f;

    q.reader.user = input;
    q.reader.read = read_input;
    struct rules *r = rules_load(&q, &f);
    for (uint32_t i = 0; r && rules_problem(r, i, &p); i++)
        rule_problem_text(&t, &p);
    text_free(&t);
    rules_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_of(data, size);

    load(&input, NULL, NULL);
    load(&input, NULL, "suricata");
    load(&input, "main.conf", "snort3");
    return 0;
}
