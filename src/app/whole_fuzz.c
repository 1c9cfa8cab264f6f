// SPDX-License-Identifier: Apache-2.0
// The whole analyser on the bytes of a capture: all events wanted, rendered to JSON and
// dropped.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lane/lane.h"
#include "watch/watch.h"
#include "write/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void render(void *user, struct text *t, const struct event *e)
{
    write_render(t, WRITE_JSON, e);
}

static bool on_event(void *user, struct event *e)
{
    overview_event(user, e);
    return true;
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
        struct run_user user = {.user = v, .render = render, .event = on_event};
        options.flow.talks = 256;
        options.flow.explain_ordinal = 0;
        run(c, &options, &user);
        overview_sort(v);
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
