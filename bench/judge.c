// SPDX-License-Identifier: Apache-2.0
// What it costs to identify a flow that is never sure: 8 full messages, judged after 1, 2, 4
// and 8 of them, by the built-in model. Prints nanoseconds for text, records and noise.
#include <stdio.h>
#include <time.h>

#include "app/builtin.h"

enum { FLOWS = 64, ROUNDS = 40, TRIES = 7, TCP = 6 };

struct flow {
    struct glimpse glimpse;
    uint8_t bytes[MESSAGES_MOST][MESSAGE_BYTES];
};
static struct flow flow[FLOWS];
static uint64_t state;

static uint32_t next(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % below);
}

static void fill_text(uint8_t *p)
{
    for (uint32_t i = 0; i < MESSAGE_BYTES; i++) {
        uint32_t kind = next(40);
        p[i] = (uint8_t)(kind == 0 ? '\n' : kind < 7 ? ' ' : 'a' + next(26));
    }
}

// A head with constants and a length, then small numbers and zeros.
static void fill_record(uint8_t *p)
{
    static const uint8_t head[] = {0x10, 0x02, 0, 0, MESSAGE_BYTES >> 8, MESSAGE_BYTES & 0xff};

    for (uint32_t i = 0; i < MESSAGE_BYTES; i++)
        p[i] = (uint8_t)(i < sizeof(head) ? head[i] : next(3) ? 0 : next(64));
}

static void fill_noise(uint8_t *p)
{
    for (uint32_t i = 0; i < MESSAGE_BYTES; i++)
        p[i] = (uint8_t)next(256);
}

static void make_flows(void (*fill)(uint8_t *p))
{
    state = 1;
    for (uint32_t f = 0; f < FLOWS; f++) {
        struct glimpse *g = &flow[f].glimpse;
        *g = (struct glimpse){.n = MESSAGES_MOST, .ip_proto = TCP, .whole = true};
        for (uint32_t i = 0; i < MESSAGES_MOST; i++) {
            fill(flow[f].bytes[i]);
            g->message[i] = (struct message){.p = flow[f].bytes[i],
                                             .kept = MESSAGE_BYTES,
                                             .size = MESSAGE_BYTES,
                                             .ts = (nsec)i * 3 * MSEC,
                                             .side = i & 1};
        }
    }
}

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Nanoseconds for one flow, the best of some tries.
static double measure(const struct model *m)
{
    double best = 1e9;
    uint32_t sum = 0;

    for (int try = 0; try < TRIES; try++) {
        double begun = seconds_now();
        for (uint32_t k = 0; k < ROUNDS * FLOWS; k++) {
            struct glimpse g = flow[k % FLOWS].glimpse;
            for (g.n = 1; g.n <= MESSAGES_MOST; g.n = (uint8_t)(g.n * 2)) {
                struct tokens t;
                struct judgement j;
                meter(&t, &g);
                if (g.n < MESSAGES_MOST && !model_rule_fits(m, &t))
                    continue; // what comes will say more
                model_judge(m, &t, &j);
                sum += j.grade;
            }
        }
        double each = (seconds_now() - begun) * 1e9 / (ROUNDS * FLOWS);
        best = each < best ? each : best;
    }
    return sum == UINT32_MAX ? 0 : best; // so that nothing is optimized away
}

int main(void)
{
    struct fail fail;
    struct model *m = builtin_or(NULL, &fail);

    if (!m) {
        fprintf(stderr, "judge: there is no built-in model\n");
        return 1;
    }
    make_flows(fill_text);
    printf("text %.0f\n", measure(m));
    make_flows(fill_record);
    printf("records %.0f\n", measure(m));
    make_flows(fill_noise);
    printf("noise %.0f\n", measure(m));
    model_free(m);
    return 0;
}
