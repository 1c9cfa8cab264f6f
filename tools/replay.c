// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over files and over seeded damages of them, in one process: cuts at random
// offsets, copies with flipped bytes, and mixed mutations. Writes the input that a sanitizer or
// the watchdog stopped at, so that it can be run again.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

enum { HANG_SECONDS = 60, MUTATION_STEPS = 8, GROWTH = 64 };

static struct options {
    uint64_t seed, cuts, flip_copies, flips, mutations, part, parts;
    const char *crash_file;
} option = {.seed = 1, .part = 1, .parts = 1, .crash_file = "replay-crash.bin"};

static struct {
    const uint8_t *data;
    size_t n;
    char name[512];
    uint64_t inputs, made;
} now;

// splitmix64: small, and the same on every machine
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t n)
{
    return n ? (size_t)(next_random(state) % n) : 0;
}

static void keep_input(void)
{
    int fd = open(option.crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    size_t at = 0;

    dprintf(STDERR_FILENO, "replay: stopped at %s; the input is in %s\n", now.name,
            option.crash_file);
    while (fd >= 0 && at < now.n) {
        ssize_t written = write(fd, now.data + at, now.n - at);
        if (written <= 0)
            break;
        at += (size_t)written;
    }
}

static void on_signal(int number)
{
    dprintf(STDERR_FILENO, "replay: %s\n",
            number == SIGALRM ? "hangs: an input took too long" : "aborted");
    keep_input();
    _exit(98);
}

// Takes the input, which is exactly n bytes of malloc so that a sanitizer sees each step
// beyond.
static void run(uint8_t *data, size_t n)
{
    now.data = data;
    now.n = n;
    now.inputs++;
    alarm(HANG_SECONDS);
    LLVMFuzzerTestOneInput(data, n);
    alarm(0);
    free(data);
    now.data = NULL;
    now.n = 0;
}

static uint8_t *copy_of(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);

    if (!copy)
        abort();
    if (n)
        memcpy(copy, data, n);
    return copy;
}

// Whether the next damaged input belongs to the part that was asked for. The parts take turns,
// with a random offset by file so that one part sees different damages of different files.
static bool in_part(uint64_t offset)
{
    return (now.made++ + offset) % option.parts == option.part - 1;
}

static uint8_t *mutated(const uint8_t *data, size_t *n, uint64_t *state)
{
    size_t room = *n + GROWTH * MUTATION_STEPS, steps = 1 + below(state, MUTATION_STEPS);
    uint8_t *work = malloc(room);
    static const uint8_t edge[] = {0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x40, 0x20};

    if (!work)
        abort();
    if (*n)
        memcpy(work, data, *n);
    while (steps--) {
        size_t at = below(state, *n + 1), len = 1 + below(state, GROWTH), from;
        uint64_t kind = next_random(state) % 6;
        if (kind == 0 && at < *n) { // one bit
            work[at] ^= (uint8_t)(1u << below(state, 8));
        } else if (kind == 1 && at < *n) { // one byte
            work[at] = edge[below(state, sizeof edge)];
        } else if (kind == 2) { // cut off
            *n = at;
        } else if (kind == 3) { // put bytes in
            memmove(work + at + len, work + at, *n - at);
            for (size_t i = 0; i < len; i++)
                work[at + i] = (uint8_t)next_random(state);
            *n += len;
        } else if (kind == 4 && at < *n) { // take bytes out
            len = len < *n - at ? len : *n - at;
            memmove(work + at, work + at + len, *n - at - len);
            *n -= len;
        } else if (at < *n) { // copy from elsewhere
            from = below(state, *n);
            len = len < *n - at ? len : *n - at;
            len = len < *n - from ? len : *n - from;
            memmove(work + at, work + from, len);
        }
    }
    uint8_t *exact = copy_of(work, *n);
    free(work);
    return exact;
}

static void damage(const char *path, const uint8_t *data, size_t n)
{
    uint64_t state = option.seed;
    for (const char *p = strrchr(path, '/') ? strrchr(path, '/') : path; *p; p++)
        state = state * 31 + (uint8_t)*p; // by name, so that the folder does not matter
    uint64_t offset = next_random(&state);

    for (uint64_t i = 0; i < option.cuts; i++) {
        size_t at = below(&state, n);
        if (!in_part(offset))
            continue;
        snprintf(now.name, sizeof now.name, "%s cut at %zu", path, at);
        run(copy_of(data, at), at);
    }
    for (uint64_t i = 0; i < option.flip_copies; i++) {
        uint64_t flip = next_random(&state);
        if (!in_part(offset))
            continue;
        uint8_t *copy = copy_of(data, n);
        for (uint64_t k = 0; k < option.flips && n; k++)
            copy[below(&flip, n)] ^= (uint8_t)(1 + below(&flip, 255));
        snprintf(now.name, sizeof now.name, "%s with %u flips, copy %u", path,
                 (unsigned)option.flips, (unsigned)i);
        run(copy, n);
    }
    for (uint64_t i = 0; i < option.mutations; i++) {
        uint64_t mutation = next_random(&state);
        size_t length = n;
        if (!in_part(offset))
            continue;
        uint8_t *made = mutated(data, &length, &mutation);
        snprintf(now.name, sizeof now.name, "%s, mutation %u", path, (unsigned)i);
        run(made, length);
    }
}

static bool replay_file(const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(size ? size : 1);

    if (!data)
        abort();
    if (!f || fread(data, 1, size, f) != size) {
        fprintf(stderr, "replay: %s: %s\n", path,
                errno ? strerror(errno) : "is shorter than it was");
        free(data);
        if (f)
            fclose(f);
        return false;
    }
    fclose(f);
    if (option.parts == 1) {
        snprintf(now.name, sizeof now.name, "%s", path);
        run(copy_of(data, size), size);
    }
    damage(path, data, size);
    free(data);
    return true;
}

static bool replay(const char *path, int depth)
{
    struct stat st;
    struct dirent **entry;
    bool good = true;

    if (stat(path, &st)) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(st.st_mode))
        return replay_file(path, (size_t)st.st_size);
    int n = depth ? scandir(path, &entry, NULL, alphasort) : 0;
    for (int i = 0; i < n; i++) {
        char child[4096];
        snprintf(child, sizeof child, "%s/%s", path, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.')
            good &= replay(child, depth - 1);
        free(entry[i]);
    }
    if (n > 0)
        free(entry);
    return good;
}

static void usage(void)
{
    fprintf(stderr, "usage: replay [--seed N] [--mutate N] [--cuts N] [--flips COPIESxFLIPS]\n"
                    "              [--part K/N] [--keep FILE] FILE|FOLDER...\n");
    exit(2);
}

static uint64_t numbers(const char *text, char between, uint64_t *second)
{
    char *end;
    uint64_t first = strtoull(text, &end, 10);

    if (second && *end == between)
        *second = strtoull(end + 1, &end, 10);
    if (*end || end == text)
        usage();
    return first;
}

static int options(int argc, char **argv)
{
    int i = 1;

    for (; i < argc && !strncmp(argv[i], "--", 2); i += 2) {
        if (i + 1 >= argc)
            usage();
        if (!strcmp(argv[i], "--seed"))
            option.seed = numbers(argv[i + 1], 0, NULL);
        else if (!strcmp(argv[i], "--mutate"))
            option.mutations = numbers(argv[i + 1], 0, NULL);
        else if (!strcmp(argv[i], "--cuts"))
            option.cuts = numbers(argv[i + 1], 0, NULL);
        else if (!strcmp(argv[i], "--flips"))
            option.flip_copies = numbers(argv[i + 1], 'x', &option.flips);
        else if (!strcmp(argv[i], "--part"))
            option.part = numbers(argv[i + 1], '/', &option.parts);
        else if (!strcmp(argv[i], "--keep"))
            option.crash_file = argv[i + 1];
        else
            usage();
    }
    if (!option.parts || !option.part || option.part > option.parts)
        usage();
    return i;
}

int main(int argc, char **argv)
{
    int first = options(argc, argv);
    struct timespec begin, end;
    struct rusage use;
    bool good = true;

    signal(SIGALRM, on_signal);
    signal(SIGABRT, on_signal);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(keep_input);
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);

    clock_gettime(CLOCK_MONOTONIC, &begin);
    if (first == argc) { // no seeds: damage nothing
        snprintf(now.name, sizeof now.name, "the empty input");
        run(copy_of(NULL, 0), 0);
        damage("empty", NULL, 0);
    }
    for (int i = first; i < argc; i++)
        good &= replay(argv[i], 8);
    clock_gettime(CLOCK_MONOTONIC, &end);
    getrusage(RUSAGE_SELF, &use);
    printf("replay: %llu inputs in %.1f s, at most %ld MB of memory\n",
           (unsigned long long)now.inputs,
           (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9,
           use.ru_maxrss / 1024);
    return good ? 0 : 1;
}
