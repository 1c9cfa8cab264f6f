// SPDX-License-Identifier: Apache-2.0
// The stream of frames: inputs one after the other, batches, filter and times, what was
// damaged.
#include "capture/capture.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "capture/device.h"
#include "capture/filter.h"
#include "capture/reader.h"
#include "capture/times.h"

enum {
    READ_LEAST = 16 * 1024, // less is not worth a system call
    MEAN_AT_FIRST = 256,
};

struct capture {
    struct input *input;
    uint32_t inputs, now; // now: the one that is read
    bool reading;         // its header was read
    struct reader reader;
    size_t mean; // bytes that a frame took lately, with its header: what to read for a batch
    struct device *device;
    const char *device_name;
    struct filter filter;
    struct times times;
    struct capture_totals totals;
    bool sizes_known;
    volatile sig_atomic_t stop;
};

// ---------------------------------------------------------------- inputs

static void end_input(struct capture *c)
{
    struct input *in = &c->input[c->now];

    c->totals.file_bytes += in->raw;
    if (c->reading)
        reader_end(&c->reader);
    c->reading = false;
    input_close(in);
    c->now++;
}

static void damage(struct capture *c, const struct fail *sentence)
{
    if (!c->totals.damages++)
        c->totals.damaged = *sentence;
}

static void damage_at(struct capture *c, bool cut, uint64_t at, const struct fail *why)
{
    const struct input *in = &c->input[c->now];
    struct fail f;

    failed(&f, "%.200s: %s at byte %llu%s: %s", in->name, cut ? "cut short" : "damaged",
           (unsigned long long)at, input_unit(in), why->text);
    damage(c, &f);
}

static bool begin_input(struct capture *c, struct fail *f)
{
    struct input *in = &c->input[c->now];

    if (in->fd < 0 && !input_open(in, f))
        return false;
    if (reader_begin(&c->reader, in, f)) {
        c->reading = true;
        c->mean = MEAN_AT_FIRST;
        return true;
    }
    input_close(in);
    return false;
}

// Whatever cannot be opened again (pipes, standard input) stays open, its first bytes given
// back.
static bool check_input(struct capture *c, struct input *in, struct fail *f)
{
    struct reader r;
    bool ok;

    in->stop = &c->stop;
    if (!input_open(in, f))
        return false;
    ok = reader_look(&r, in, f);
    if (ok && c->filter.text && r.link >= 0)
        ok = filter_check(&c->filter, (uint16_t)r.link, f);
    if (ok)
        reader_end(&r);
    c->totals.file_size += in->size;
    if (!in->regular)
        c->sizes_known = false;
    if (!ok || (in->regular && strcmp(in->path, "-") != 0))
        input_close(in);
    return ok;
}

static uint32_t count(const char *const *file)
{
    uint32_t n = 0;

    while (file[n])
        n++;
    return n;
}

static bool open_files(struct capture *c, const char *const *file, struct fail *f)
{
    uint32_t n = count(file);
    bool standard = false;

    if (!n)
        return failed(f, "no capture is named; give a file, - for standard input, or a device");
    c->input = calloc(n, sizeof(*c->input));
    if (!c->input)
        return failed(f, "no memory for %u files", n);
    c->inputs = n;
    c->sizes_known = true;
    for (uint32_t i = 0; i < n; i++)
        c->input[i].fd = -1;
    for (uint32_t i = 0; i < n; i++) {
        if (!strcmp(file[i], "-") && standard)
            return failed(f, "standard input (-) can be read only once; name it once");
        standard = standard || !strcmp(file[i], "-");
        c->input[i].path = file[i];
        if (!check_input(c, &c->input[i], f))
            return false;
    }
    if (!c->sizes_known)
        c->totals.file_size = 0;
    return true;
}

// ---------------------------------------------------------------- opening

// Ethernet stands for link types that are not known yet: it finds errors of the language.
static bool open_source(struct capture *c, const struct capture_options *o, struct fail *f)
{
    enum { ETHERNET = 1 };

    if (!times_open(&c->times, o->from, o->to, f))
        return false;
    if (o->device) {
        c->device_name = o->device;
        c->device = device_open(o->device, o->filter, o->snaplen, f);
        return c->device != NULL;
    }
    c->filter.text = o->filter;
    return open_files(c, o->file, f) &&
           (!o->filter || c->filter.n || filter_check(&c->filter, ETHERNET, f));
}

struct capture *capture_open(const struct capture_options *o, struct fail *f)
{
    struct capture *c = calloc(1, sizeof(*c));

    if (!c) {
        failed(f, "no memory to open a capture");
        return NULL;
    }
    if (open_source(c, o, f))
        return c;
    capture_close(c);
    return NULL;
}

void capture_close(struct capture *c)
{
    if (c->reading)
        reader_end(&c->reader);
    for (uint32_t i = 0; i < c->inputs; i++)
        input_close(&c->input[i]);
    free(c->input);
    if (c->device)
        device_close(c->device);
    filter_close(&c->filter);
    free(c);
}

void capture_stop(struct capture *c)
{
    c->stop = 1;
    if (c->device)
        device_break(c->device);
}

struct capture_totals capture_totals(struct capture *c)
{
    struct capture_totals t = c->totals;

    if (c->reading)
        t.file_bytes += c->input[c->now].raw;
    if (c->device)
        t.dropped = device_dropped(c->device);
    return t;
}

// ---------------------------------------------------------------- reading

// Bytes to read for what the batch still lacks: about what its frames will take, so that little
// is left over to be copied; `left` of them are at hand.
static size_t wanted(const struct capture *c, const struct piece *p)
{
    size_t left = p->n - p->used;
    size_t n = (p->most - p->frames) * c->mean;

    assert(p->need > left);
    n = n > left ? n - left : 0;
    if (n < p->need - left)
        n = p->need - left;
    if (n < READ_LEAST && !input_has_back(&c->input[c->now]))
        n = READ_LEAST;
    return n < INPUT_READ_MOST ? n : INPUT_READ_MOST;
}

// Room at the end of the batch's bytes, 0 when it cannot take another frame. Without frames in
// it yet, what is left over of passed blocks makes way.
static size_t room(struct piece *p, struct frames *to)
{
    if (p->frames && p->used + p->need > to->size)
        return 0;
    if (p->used + p->need > to->size) {
        memmove(to->bytes, to->bytes + p->used, p->n - p->used);
        p->n -= p->used;
        p->used = 0;
    }
    return to->size - p->n;
}

// The input gave nothing more. Whatever is left in the batch is part of a frame.
static void at_end(struct capture *c, const struct piece *p)
{
    const struct input *in = &c->input[c->now];
    size_t left = p->n - p->used;
    struct fail why;

    if (c->stop)
        return;
    if (in->broken) {
        damage_at(c, in->cut, in->offset, &in->why);
    } else if (!reader_whole(&c->reader, left)) {
        reader_cut(&c->reader, p->p + p->used, left, in->offset - left, &why);
        damage_at(c, true, in->offset, &why);
    }
}

// Frames from the input that is read now. false: it is over.
static bool fill_from_input(struct capture *c, struct frames *to)
{
    struct input *in = &c->input[c->now];
    struct piece p = {.p = to->bytes, .frame = to->frame, .most = to->most, .need = 1};
    struct fail why;
    size_t free_bytes;
    bool good = true;
    bool more = true;

    while (good && more && p.frames < p.most && (free_bytes = room(&p, to))) {
        size_t n = wanted(c, &p);
        size_t got = input_read(in, to->bytes + p.n, n < free_bytes ? n : free_bytes);

        p.n += got;
        more = got > 0;
        if (more)
            good = reader_take(&c->reader, &p, &why);
    }
    to->n = p.frames;
    if (p.frames)
        c->mean = (3 * c->mean + p.used / p.frames) / 4 + 1;
    if (!good)
        damage_at(c, false, in->offset - (p.n - p.used), &why);
    else if (!more)
        at_end(c, &p);
    else
        input_unread(in, to->bytes + p.used, p.n - p.used);
    return good && more;
}

static bool fill_from_files(struct capture *c, struct frames *to)
{
    struct fail why;

    while (!to->n && c->now < c->inputs && !c->stop) {
        if (!c->reading && !begin_input(c, &why)) {
            damage(c, &why);
            end_input(c);
        } else if (!fill_from_input(c, to)) {
            end_input(c);
        }
    }
    return to->n > 0;
}

static bool fill_from_device(struct capture *c, struct frames *to)
{
    struct fail why;
    struct fail f;

    if (device_fill(c->device, to, &why))
        return true;
    failed(&f, "%s: %s", c->device_name, why.text);
    damage(c, &f);
    c->stop = 1;
    return to->n > 0;
}

bool capture_fill(struct capture *c, struct frames *to)
{
    assert(to->most && to->size >= CAPTURE_BYTES_LEAST);
    to->n = 0;
    to->quiet = 0;
    if (c->stop || !(c->device ? fill_from_device(c, to) : fill_from_files(c, to)))
        return false;
    if (times_wanted(&c->times))
        times_mark(&c->times, to->frame, to->n);
    if (c->filter.text)
        filter_mark(&c->filter, to->frame, to->n);
    return true;
}
