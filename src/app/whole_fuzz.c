// SPDX-License-Identifier: Apache-2.0
// The whole analyser on the bytes of a capture: all events wanted, rendered to JSON and
// dropped.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lane/lane.h"
#include "watch/plant.h"
#include "watch/rpcs.h"
#include "watch/watch.h"
#include "write/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void render(void *user, struct text *t, const struct event *e)
{
    write_render(t, WRITE_JSON, e);
}

struct watchers {
    struct overview *overview;
    struct plant *plant;
    struct rpcs *rpcs;
};

static bool on_event(void *user, struct event *e)
{
    const struct watchers *w = user;

    overview_event(w->overview, e);
    plant_event(w->plant, e);
    rpcs_event(w->rpcs, e);
    return true;
}

// What a plant and remote calls have to tell, and all steps in words.
static void tell_plant(struct plant *p, struct rpcs *r)
{
    struct arena arena = {0};
    struct event *first = NULL;
    struct out o = {.arena = &arena, .at = &nobody, .last = &first};
    struct text t = {0};
    uint32_t n;

    plant_tell_relations(p, &o);
    plant_tell_streams(p, &o);
    plant_tell_devices(p, &o);
    plant_tell_notes(p, &o);
    rpcs_tell_notes(r, &o);
    for (const struct event *e = first; e; e = e->next) {
        text_clear(&t);
        render(NULL, &t, e);
    }
    const struct plant_step *s = plant_steps(p, &n);
    for (uint32_t i = 0; i < n; i++) {
        step_words(&t, p, &s[i]);
        step_result(&t, p, &s[i]);
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
    struct run_options options = {
        .workers = 1, .wanted = (UINT64_C(1) << EVENTS) - 1, .flow = flow_defaults()};
    struct fail f;

    if (fd < 0)
        return 0;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct capture *c = capture_open(&capture_options, &f);
    if (c) {
        struct overview *v = overview_open();
        struct watchers watchers = {v, plant_open(), rpcs_open()};
        struct run_user user = {.user = &watchers, .render = render, .event = on_event};
        options.flow.talks = 256;
        options.flow.explain_ordinal = 0;
        run(c, &options, &user);
        overview_sort(v);
        tell_plant(watchers.plant, watchers.rpcs);
        plant_close(watchers.plant);
        rpcs_close(watchers.rpcs);
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
