// SPDX-License-Identifier: Apache-2.0
// Makes the bench's captures: a mix of some 40 protocols' conversations, interleaved in time,
// also with a SYN flood through it or without the mix; a flood of one-packet flows around one
// long conversation, many idle conversations, or a PROFINET plant. The same seed gives the same
// bytes.
#include "frame.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONVERSATIONS = 24000,
    SHORT_IN_100 = 60,
    SPAN_SECONDS = 600,
    CYCLIC_PAIRS = 6,
};

static const struct shape *some_shape(bool short_one)
{
    static unsigned total;

    if (!total)
        for (int i = 0; i < (int)n_shapes; i++)
            total += shapes[i].weight;
    for (;;) {
        unsigned at = below(total);
        const struct shape *s = shapes;
        while (at >= s->weight)
            at -= s++->weight;
        if (!short_one || s->over != TCP)
            return s;
    }
}

static void begin(struct talk *t, unsigned frames)
{
    t->ip6 = below(33) == 0;
    t->vlan = below(20) ? 0 : (uint16_t)(10 + below(4));
    host(&t->side[0], 256 + below(2000), t->ip6);
    host(&t->side[1], 3000 + below(300), t->ip6);
    t->side[0].port = (uint16_t)(1024 + below(64000));
    t->side[1].port = t->shape ? t->shape->port : 0;
    t->moved_port = (uint16_t)(49152 + below(16000));
    t->id = (uint16_t)next_random();
    t->reset_at_end = below(10) == 0;
    t->frames = frames;
    int64_t span = frames < 4 ? 100000 : 1000000 * (1 + (int64_t)below(SPAN_SECONDS / 2));
    t->gap_us = span / frames;
    t->next_us = (int64_t)(next_random() % (uint64_t)(1000000 * (int64_t)SPAN_SECONDS - span));
}

static void begin_short(struct talk *t)
{
    unsigned which = below(100);

    t->kind = which < 50   ? DIALOG
              : which < 64 ? LONE_SYN
              : which < 76 ? REFUSED_SYN
              : which < 88 ? PING
                           : SILENT;
    t->shape = some_shape(t->kind == DIALOG || t->kind == SILENT);
    begin(t, t->kind == LONE_SYN || t->kind == SILENT ? 1 + below(3) : 2);
}

static void begin_below_ip(struct talk *t, unsigned i, unsigned frames)
{
    t->kind = i < CYCLIC_PAIRS ? CYCLIC : i % 3 == 0 ? LLDP : i % 3 == 1 ? STP : ARP;
    unsigned n = t->kind == CYCLIC ? frames * 6 / 10 / CYCLIC_PAIRS
                 : t->kind == LLDP ? 1 + frames / 1900
                 : t->kind == STP  ? 1 + frames / 122
                                   : 2;
    begin(t, n);
    t->ip6 = false;
    t->vlan = 0;
    host(&t->side[0], 4000 + i, false);
    host(&t->side[1], 4400 + i, false);
    if (t->kind != ARP) {
        t->next_us = below(1000000);
        t->gap_us = (int64_t)SPAN_SECONDS * 990000 / n;
    }
}

static void sift(struct talk **heap, size_t n, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < n && heap[child + 1]->next_us < heap[child]->next_us)
            child++;
        if (child >= n || heap[i]->next_us <= heap[child]->next_us)
            return;
        struct talk *swap = heap[i];
        heap[i] = heap[child];
        heap[child] = swap;
        i = child;
    }
}

// ---- a SYN flood, evenly through the time of the mix

struct syns {
    unsigned long all, sent;
};

// Sends what is due: each from another, made up address to the same port of the same host.
static void send_syns(struct syns *s, int64_t until_us)
{
    for (; s->sent < s->all; s->sent++) {
        double at = 1e6 * SPAN_SECONDS * (double)s->sent / (double)s->all;
        struct talk one = {.next_us = (int64_t)at};
        if (one.next_us > until_us)
            return;
        host(&one.side[0], 0, false);
        host(&one.side[1], 3000, false);
        store32_le(one.side[0].ip, (uint32_t)(s->sent * 2654435761u));
        one.side[0].ip[0] = 128 | (one.side[0].ip[0] & 63); // no group, no network of our own
        one.side[0].port = (uint16_t)(1024 + s->sent * 7919 % 64000);
        one.side[0].seq = (uint32_t)(s->sent * 2246822519u);
        one.side[1].port = 80;
        send_tcp(&one, 0, 2, NULL, 0);
    }
}

// ---- the mix

static void mix(unsigned frames, struct syns *s)
{
    unsigned conversations = (unsigned)((uint64_t)CONVERSATIONS * frames / 730000);
    unsigned under = 120, short_ones = conversations * SHORT_IN_100 / 100;
    size_t n = conversations + under;
    struct talk *talk = calloc(n, sizeof *talk);
    struct talk **heap = calloc(n, sizeof *heap);
    double *weight = calloc(n, sizeof *weight), total = 0;

    if (!talk || !heap || !weight)
        abort();
    for (size_t i = short_ones; i < conversations; i++) { // few are long, most are not
        weight[i] = 1.0 / (0.02 + (double)below(1000) / 1000.0);
        total += weight[i];
    }
    double budget = frames * 0.95 - short_ones * 2.0 - (conversations - short_ones) * 6.0;
    for (size_t i = 0; i < n; i++) {
        heap[i] = &talk[i];
        if (i < short_ones) {
            begin_short(&talk[i]);
        } else if (i < conversations) {
            talk[i].shape = some_shape(false);
            begin(&talk[i], 6 + (unsigned)(budget * weight[i] / total));
        } else {
            begin_below_ip(&talk[i], (unsigned)(i - conversations), frames / 20);
        }
    }
    for (size_t i = n; i--;)
        sift(heap, n, i);
    while (n) {
        send_syns(s, heap[0]->next_us);
        step(heap[0]);
        if (heap[0]->step == OVER)
            heap[0] = heap[--n];
        sift(heap, n, 0);
    }
    free(talk);
    free(heap);
    free(weight);
}

// ---- the flood

static void flood(unsigned long flows)
{
    enum { EXCHANGE_EVERY = 100000, FLOWS_PER_SECOND = 200000 };
    const struct shape *modbus = shapes;
    struct talk real = {.gap_us = 1000}, one;

    while (strcmp(modbus->name, "modbus") != 0)
        modbus++;
    real.shape = modbus;
    host(&real.side[0], 1, false);
    host(&real.side[1], 2, false);
    real.side[0].port = 40000;
    real.side[1].port = 502;
    real.frames = UINT32_MAX;
    while (real.messages < 2)
        step(&real);

    int64_t begun = real.next_us + 1000;
    for (unsigned long i = 0; i < flows; i++) {
        memset(&one, 0, sizeof one);
        one.shape = some_shape(true);
        one.next_us = begun + (int64_t)(i * 1000000 / FLOWS_PER_SECOND);
        host(&one.side[0], 0, false);
        host(&one.side[1], 3000 + below(300), false);
        store32_le(one.side[0].ip, (uint32_t)(i * 2654435761u) | 1u); // each source is another
        one.side[0].port = (uint16_t)(1024 + below(60000));
        one.side[1].port = (uint16_t)(1 + below(10000));
        if (i & 1)
            send_tcp(&one, 0, 2, NULL, 0);
        else
            send_udp(&one, 0, (const uint8_t *)"flood", 5);
        if (i % EXCHANGE_EVERY == 0) {
            real.next_us = one.next_us;
            for (unsigned before = real.messages; real.messages == before;)
                step(&real);
        }
    }
    while (real.step == TALKING && (real.ack_due || real.turn || real.left))
        step(&real);
    real.step = CLOSING;
    while (real.step != OVER)
        step(&real);
}

// Many conversations that were answered once and then go idle: what one costs in memory.
static void idle(unsigned long flows, bool over_tcp)
{
    struct talk t;
    const struct shape *s = shapes;

    while (strcmp(s->name, over_tcp ? "modbus" : "dns") != 0)
        s++;
    for (unsigned long i = 0; i < flows; i++) {
        memset(&t, 0, sizeof t);
        t.shape = s;
        t.next_us = (int64_t)i * 20;
        t.gap_us = 2;
        t.frames = over_tcp ? 100 : 2;
        host(&t.side[0], 1 + (unsigned)(i % 50000), false);
        host(&t.side[1], 60000 + (unsigned)(i % 200), false);
        t.side[0].port = (uint16_t)(1024 + i / 50000);
        t.side[1].port = s->port;
        while (over_tcp ? !t.messages : t.step != OVER)
            step(&t);
        if (over_tcp)
            send_tcp(&t, 0, 16, NULL, 0); // the answer is acknowledged before all is silent
    }
}

int main(int argc, char **argv)
{
    unsigned long frames = 730000, flows = 0, idle_udp = 0, idle_tcp = 0, cyclic = 0;
    unsigned long polls = 0;
    struct syns syns = {0};

    for (int i = 1; i + 1 < argc; i += 2) {
        unsigned long value = strtoul(argv[i + 1], NULL, 10);
        if (!strcmp(argv[i], "--seed")) {
            random_begin(value);
        } else if (!strcmp(argv[i], "--frames")) {
            frames = value;
        } else if (!strcmp(argv[i], "--syn")) {
            syns.all = value;
        } else if (!strcmp(argv[i], "--flood")) {
            flows = value;
        } else if (!strcmp(argv[i], "--idle-udp")) {
            idle_udp = value;
        } else if (!strcmp(argv[i], "--idle-tcp")) {
            idle_tcp = value;
        } else if (!strcmp(argv[i], "--plant")) {
            cyclic = value;
        } else if (!strcmp(argv[i], "--dnp3")) {
            polls = value;
        } else {
            argc = 0;
        }
    }
    if (argc % 2 == 0 || (frames && frames < 1000) || frames > 100000000) {
        fprintf(stderr,
                "usage: mix [--seed N] [--frames N] [--syn N] >CAPTURE\n"
                "       mix --flood N | --idle-udp N | --idle-tcp N | --plant N | --dnp3 N"
                " >CAPTURE\n");
        return 2;
    }
    static char buffer[1 << 20];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    file_header();
    if (flows)
        flood(flows);
    else if (cyclic)
        plant(cyclic);
    else if (polls)
        dnp3(polls);
    else if (idle_udp || idle_tcp)
        idle(idle_udp + idle_tcp, idle_tcp > 0);
    else if (frames)
        mix((unsigned)frames, &syns);
    send_syns(&syns, INT64_MAX);
    if (fflush(stdout)) {
        perror("mix: standard output");
        return 1;
    }
    fprintf(stderr, "%llu frames of %.0f bytes on average\n", (unsigned long long)frames_made,
            frames_made ? (double)bytes_made / (double)frames_made : 0.0);
    return 0;
}
