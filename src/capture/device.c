// SPDX-License-Identifier: Apache-2.0
// libpcap's devices: opened with sentences for what goes wrong, read without ever blocking
// longer than a batch may wait.
#include "capture/device.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "capture/filter.h"

enum {
    WAIT_MSEC = 20,               // a batch leaves after this time, whatever it holds
    RING_BYTES = 16 * 1024 * 1024 // the kernel's buffer: a second of 100 Mbit/s
};

struct device {
    pcap_t *pcap;
    int fd;
    uint16_t link;
    bool nano;
    struct frames *to; // while libpcap calls back
    size_t used;       // of to->bytes
    uint8_t *pending;  // a frame that did not fit in the last batch
    struct frame pending_frame;
    bool has_pending;
    uint64_t dropped;
    uint32_t counter; // libpcap's, which wraps
};

static void add(struct device *d, struct frame f, const uint8_t *data)
{
    uint8_t *to = d->to->bytes + d->used;

    memcpy(to, data, f.n);
    f.data = to;
    d->used += f.n;
    d->to->frame[d->to->n++] = f;
}

static void take(u_char *user, const struct pcap_pkthdr *head, const u_char *data)
{
    struct device *d = (struct device *)(void *)user;
    struct frame f = {
        .ts = (nsec)head->ts.tv_sec * SECOND + (nsec)head->ts.tv_usec * (d->nano ? 1 : 1000),
        .n = min_u32(head->caplen, CAPTURE_FRAME_MOST),
        .link = d->link,
    };

    f.wire_len = max_u32(head->len, f.n);
    if (f.n <= d->to->size - d->used) {
        add(d, f, data);
        return;
    }
    memcpy(d->pending, data, f.n);
    d->pending_frame = f;
    d->has_pending = true;
    pcap_breakloop(d->pcap);
}

static void list_devices(char *to, size_t room)
{
    char error[PCAP_ERRBUF_SIZE];
    pcap_if_t *all = NULL;
    size_t at = 0;

    to[0] = 0;
    if (pcap_findalldevs(&all, error))
        return;
    for (pcap_if_t *i = all; i && at < room; i = i->next)
        if (i->flags & PCAP_IF_UP)
            at += (size_t)snprintf(to + at, room - at, "%s%s", at ? ", " : "", i->name);
    pcap_freealldevs(all);
}

static bool refused(struct device *d, const char *name, int status, struct fail *f)
{
    char devices[200];

    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        list_devices(devices, sizeof(devices));
        return failed(f, "%s: there is no such device; these are up: %s", name,
                      devices[0] ? devices : "none");
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return failed(f,
                      "%s: not allowed to capture; run as root, or give the program the "
                      "capability cap_net_raw",
                      name);
    case PCAP_ERROR_IFACE_NOT_UP:
        return failed(f, "%s: the device is down; ip link set %s up", name, name);
    default:
        return failed(f, "%s: can't capture: %s%s%s", name, pcap_statustostr(status),
                      *pcap_geterr(d->pcap) ? ": " : "", pcap_geterr(d->pcap));
    }
}

static bool set_filter(struct device *d, const char *filter, struct fail *f)
{
    struct bpf_program program;
    bool ok;

    if (!filter)
        return true;
    if (pcap_compile(d->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN))
        return failed(f, "filter \"%.200s\": %s (man pcap-filter tells the language)", filter,
                      pcap_geterr(d->pcap));
    ok = pcap_setfilter(d->pcap, &program) == 0 ||
         failed(f, "filter \"%.200s\": %s", filter, pcap_geterr(d->pcap));
    pcap_freecode(&program);
    return ok;
}

static bool activate(struct device *d, const char *name, uint32_t snaplen, struct fail *f)
{
    char error[PCAP_ERRBUF_SIZE] = "";
    int status;

    d->pcap = pcap_create(name, error);
    if (!d->pcap)
        return failed(f, "%s: can't capture: %s", name, error);
    pcap_set_snaplen(d->pcap, (int)snaplen);
    pcap_set_promisc(d->pcap, 1);
    pcap_set_timeout(d->pcap, WAIT_MSEC);
    pcap_set_buffer_size(d->pcap, RING_BYTES);
    pcap_set_tstamp_precision(d->pcap, PCAP_TSTAMP_PRECISION_NANO);
    status = pcap_activate(d->pcap);
    if (status < 0)
        return refused(d, name, status, f);
    if (status > 0)
        say(SAY_WARNING, "%s: %s", name, pcap_statustostr(status));
    if (pcap_setnonblock(d->pcap, 1, error) < 0)
        return failed(f, "%s: can't capture without blocking: %s", name, error);
    d->fd = pcap_get_selectable_fd(d->pcap);
    d->link = filter_link(pcap_datalink(d->pcap));
    d->nano = pcap_get_tstamp_precision(d->pcap) == PCAP_TSTAMP_PRECISION_NANO;
    return true;
}

struct device *device_open(const char *name, const char *filter, uint32_t snaplen,
                           struct fail *f)
{
    struct device *d = calloc(1, sizeof(*d));

    if (!d) {
        failed(f, "%s: no memory to capture", name);
        return NULL;
    }
    if (!snaplen || snaplen > CAPTURE_FRAME_MOST)
        snaplen = CAPTURE_FRAME_MOST;
    if (activate(d, name, snaplen, f) && set_filter(d, filter, f)) {
        d->pending = mem_reserve(CAPTURE_FRAME_MOST);
        return d;
    }
    device_close(d);
    return NULL;
}

static int64_t now_msec(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / MSEC;
}

// No frame of before then is still on its way.
static nsec quiet_since(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (nsec)t.tv_sec * SECOND + t.tv_nsec - SECOND;
}

bool device_fill(struct device *d, struct frames *to, struct fail *f)
{
    int64_t end = now_msec() + WAIT_MSEC;
    int64_t left = WAIT_MSEC;

    d->to = to;
    d->used = 0;
    if (d->has_pending)
        add(d, d->pending_frame, d->pending);
    d->has_pending = false;
    while (to->n < to->most && !d->has_pending && left > 0) {
        struct pollfd p = {.fd = d->fd, .events = POLLIN};
        int got = pcap_dispatch(d->pcap, (int)(to->most - to->n), take, (u_char *)(void *)d);

        if (got == PCAP_ERROR_BREAK)
            break;
        if (got < 0)
            return failed(f, "the capture ended: %s", pcap_geterr(d->pcap));
        left = end - now_msec();
        if (!got && left > 0 && poll(&p, 1, (int)left) < 0)
            break; // a signal: whoever called decides whether to go on
    }
    to->quiet = to->n ? 0 : quiet_since();
    return true;
}

void device_break(struct device *d)
{
    pcap_breakloop(d->pcap);
}

uint64_t device_dropped(struct device *d)
{
    struct pcap_stat s;

    if (!pcap_stats(d->pcap, &s)) {
        d->dropped += s.ps_drop + s.ps_ifdrop - d->counter;
        d->counter = s.ps_drop + s.ps_ifdrop;
    }
    return d->dropped;
}

void device_close(struct device *d)
{
    if (d->pcap)
        pcap_close(d->pcap);
    mem_release(d->pending, CAPTURE_FRAME_MOST);
    free(d);
}
