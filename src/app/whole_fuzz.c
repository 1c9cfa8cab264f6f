// SPDX-License-Identifier: Apache-2.0
// The whole analyser on the bytes of a capture: all events wanted, rendered to JSON and
// dropped.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/setting.h"
#include "lane/lane.h"
#include "watch/watchers.h"
#include "write/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define ALL_EVENTS ((UINT64_C(1) << EVENTS) - 1)

static void render(void *user, struct text *t, const struct event *e)
{
    write_render(t, WRITE_JSON, e);
}

struct audience {
    struct overview *overview;
    struct watchers watchers;
};

static bool on_event(void *user, struct event *e)
{
    const struct audience *a = user;

    overview_event(a->overview, e);
    watchers_event(&a->watchers, e);
    return true;
}

// All that the watchers have to tell, and a plant's steps in words.
static void tell_all(const struct watchers *w)
{
    struct arena arena = {0};
    struct event *first = NULL;
    struct out o = {.arena = &arena, .at = &nobody, .last = &first, .wanted = ALL_EVENTS};
    struct text t = {0};
    uint32_t n;

    watchers_end(w, &o);
    for (const struct event *e = first; e; e = e->next) {
        text_clear(&t);
        render(NULL, &t, e);
    }
    const struct plant_step *s = plant_steps(w->plant, &n);
    for (uint32_t i = 0; i < n; i++) {
        step_words(&t, w->plant, &s[i]);
        step_result(&t, w->plant, &s[i]);
    }
    text_free(&t);
    arena_free(&arena);
}

// A file in memory, that is read as files are. -1: the system has no more.
static int file_of(const uint8_t *data, size_t n)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    for (size_t at = 0; fd >= 0 && at < n;) {
        ssize_t done = write(fd, data + at, n - at);
        if (done <= 0)
            abort();
        at += (size_t)done;
    }
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    int fd = file_of(data, n);
    char path[64];
    const char *const file[] = {path, NULL};
    struct capture_options capture_options = {.file = file};
    struct run_options options = {.workers = 1, .wanted = ALL_EVENTS, .flow = flow_defaults()};
    const struct promise promise = {.service = "http", .family = "", .port = 80, .ip_proto = 6};
    const struct settings settings = settings_usual();
    const struct scan_limits limits = settings_scans(&settings, true);
    struct fail f;

    if (fd < 0)
        return 0;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct capture *c = capture_open(&capture_options, &f);
    if (c) {
        struct overview *v = overview_open();
        struct audience all = {v,
                               {hunt_open(&promise, 1), plant_open(false), scans_open(&limits),
                                rpcs_open(), crafts_open(false)}};
        struct run_user user = {.user = &all, .render = render, .event = on_event};
        options.flow.talks = 256;
        options.flow.explain_ordinal = 0;
        run(c, &options, &user);
        overview_sort(v);
        tell_all(&all.watchers);
        watchers_close(&all.watchers);
        if (v->count[COUNT_packets] != v->count[COUNT_in_conn] + v->count[COUNT_in_ether] +
                                           v->count[COUNT_undecodable] +
                                           v->count[COUNT_filtered])
            abort(); // every packet is accounted for
        overview_close(v);
        capture_close(c);
    }
    close(fd);
    return 0;
}
