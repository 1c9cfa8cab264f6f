// SPDX-License-Identifier: Apache-2.0
// Files out of conversations into a folder: safe names, caps, a bounded number of open files.
#include "app/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/output.h"
#include "base/hash.h"
#include "base/mem.h"

enum { FUID = 12, FILES_MOST = 16384, OPEN_MOST = 128, TRIES = 100, BLOCK = 4096, SEED = 11 };

struct written {      // a file on its way
    struct node node; // by use, if it is open
    char fuid[FUID];
    char name[EXTRACT_NAME + 32]; // empty: it could not be made
    int fd;                       // -1: it is closed, between two parts
    bool cut;
};

struct extract {
    struct folder folder;
    struct extract_limits limit;
    struct slab slab;
    struct map map;
    struct node open;
    uint32_t n_open;
    uint64_t bytes, used, files, cut, refused; // used: of the disk, whole blocks for each file
    bool full;
};

struct extract *extract_open(const char *path, const struct extract_limits *l, struct fail *f)
{
    struct extract *x = mem_reserve(sizeof(*x));

    if (!folder_open(&x->folder, path, "--extract", f)) {
        mem_release(x, sizeof(*x));
        return NULL;
    }
    x->limit = *l;
    slab_init(&x->slab, NULL, sizeof(struct written), FILES_MOST);
    map_init(&x->map, NULL, FILES_MOST);
    list_init(&x->open);
    return x;
}

const struct folder *extract_folder(const struct extract *x)
{
    return &x->folder;
}

// ---------------------------------------------------------------- names

static bool is_safe(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-_.+=@", c));
}

void extract_name(char name[EXTRACT_NAME], struct slice s)
{
    enum { MOST = 100, TAIL = 20 };
    uint32_t from = 0, n = 0;

    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] == '/' || s.p[i] == '\\')
            from = i + 1;
    for (uint32_t i = from; i < s.n; i++) {
        if (s.n - from > MOST && n == MOST - TAIL && i < s.n - TAIL)
            i = s.n - TAIL; // of a long name its end stays: what comes behind the point
        name[n++] = is_safe(s.p[i]) ? (char)s.p[i] : '_';
    }
    name[n] = 0;
    if (name[0] == '.' || name[0] == '-')
        name[0] = '_';
}

// Its own name; else with its id in front, which only an earlier run may have given; else
// counted.
static int make_file(struct extract *x, struct written *w, const struct ev_file_part *e)
{
    char name[EXTRACT_NAME];
    const char *end = e->packed ? e->packed : "";
    int fd = -1;

    extract_name(name, e->name);
    for (int i = name[0] ? 0 : 1; i < TRIES && fd < 0; i++) {
        if (i == 0)
            snprintf(w->name, sizeof(w->name), "%s%s", name, end);
        else
            snprintf(w->name, sizeof(w->name), "%.*s-%s%s", FUID, w->fuid,
                     name[0] ? name : e->source, end);
        if (i > 1) {
            size_t n = strlen(w->name);
            snprintf(w->name + n, sizeof(w->name) - n, ".%d", i);
        }
        fd = folder_create(&x->folder, w->name);
        if (fd < 0 && errno != EEXIST)
            return -1;
    }
    return fd;
}

// ---------------------------------------------------------------- open files

static void trouble(struct extract *x, const char *what)
{
    if (!x->full)
        say(SAY_WARNING, "%.300s: %s; no more files are extracted, and the analysis goes on",
            x->folder.path, what);
    x->full = true;
}

static void close_one(struct extract *x, struct written *w)
{
    if (w->fd < 0)
        return;
    if (close(w->fd) != 0)
        w->cut = true;
    w->fd = -1;
    list_remove(&w->node);
    x->n_open--;
}

static void was_opened(struct extract *x, struct written *w, int fd)
{
    if (x->n_open == OPEN_MOST)
        close_one(x, CONTAINER(x->open.next, struct written, node));
    w->fd = fd;
    list_append(&x->open, &w->node);
    x->n_open++;
}

static uint32_t place(const char *fuid)
{
    return (uint32_t)hash_bytes(fuid, FUID, SEED);
}

static struct written *find(const struct extract *x, struct slice fuid, uint32_t *index)
{
    map_each (&x->map, place((const char *)fuid.p), at, i) {
        struct written *w = slab_at(&x->slab, i);
        if (!memcmp(w->fuid, fuid.p, FUID)) {
            *index = i;
            return w;
        }
    }
    return NULL;
}

static struct written *begin(struct extract *x, const struct ev_file_part *e)
{
    struct written *w;
    int fd;

    if (x->full)
        return NULL;
    if (x->used + BLOCK > x->limit.all) {
        trouble(x, "--extract-total is reached");
        return NULL;
    }
    w = slab_take(&x->slab);
    if (!w)
        return NULL;
    memset(w, 0, sizeof(*w));
    memcpy(w->fuid, e->fuid.p, FUID);
    fd = make_file(x, w, e);
    if (fd < 0) {
        trouble(x, strerror(errno));
        slab_give(&x->slab, w);
        return NULL;
    }
    was_opened(x, w, fd);
    map_add(&x->map, place(w->fuid), slab_index(&x->slab, w));
    x->used += BLOCK;
    x->files++;
    return w;
}

static bool reopen(struct extract *x, struct written *w)
{
    if (w->fd < 0) {
        int fd = openat(x->folder.fd, w->name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            return false;
        was_opened(x, w, fd);
    }
    list_move_last(&x->open, &w->node);
    return true;
}

// ---------------------------------------------------------------- bytes

static bool write_at(int fd, struct slice s, uint64_t at)
{
    while (s.n) {
        ssize_t n = pwrite(fd, s.p, s.n, (off_t)at);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        if (n > 0) {
            s = slice_of(s.p + n, s.n - (uint32_t)n);
            at += (uint64_t)n;
        }
    }
    return true;
}

// What fits: of this file, and of all.
static uint32_t allowed(const struct extract *x, uint64_t at, uint32_t n)
{
    uint64_t file = at < x->limit.file ? x->limit.file - at : 0;
    uint64_t all = x->limit.all > x->used ? x->limit.all - x->used : 0;
    uint64_t most = file < all ? file : all;

    return most < n ? (uint32_t)most : n;
}

void extract_part(struct extract *x, const struct ev_file_part *e)
{
    uint32_t index;

    if (x->limit.uid && e->head.uid != x->limit.uid && e->control != x->limit.uid)
        return;
    struct written *w = find(x, e->fuid, &index);
    if (!w && e->first)
        w = begin(x, e);
    if (!w || w->cut)
        return;
    uint32_t n = allowed(x, e->at, e->data.n);
    if (!reopen(x, w) || !write_at(w->fd, slice_of(e->data.p, n), e->at)) {
        w->cut = true;
        trouble(x, strerror(errno));
        return;
    }
    w->cut = n < e->data.n;
    x->used += n;
    x->bytes += n;
    if (w->cut && n < e->data.n && e->at + n < x->limit.file)
        trouble(x, "--extract-total is reached");
}

void extract_end(struct extract *x, struct ev_file *e)
{
    uint32_t index;

    if (x->limit.uid && e->head.uid != x->limit.uid && e->control != x->limit.uid)
        return;
    struct written *w = find(x, e->fuid, &index);
    if (!w) {
        x->refused++;
        return;
    }
    close_one(x, w);
    set(file, e, extracted, slice_str(w->name));
    if (w->cut)
        set(file, e, extracted_cut, true);
    x->cut += w->cut;
    map_remove(&x->map, place(w->fuid), index);
    slab_give(&x->slab, w); // its name stays readable until the next is taken
}

void extract_close(struct extract *x)
{
    struct text t = {0};

    text_plural(&t, x->files, "file was", "files were");
    text_str(&t, " extracted, ");
    text_size(&t, x->bytes);
    if (x->cut)
        text_printf(&t, "; %llu of them cut at a limit", (unsigned long long)x->cut);
    if (x->refused)
        text_printf(&t, "; %llu more %s not", (unsigned long long)x->refused,
                    x->refused == 1 ? "was" : "were");
    say(SAY_NOTE, "%.300s: %.*s", x->folder.path, (int)t.n, t.p);
    text_free(&t);
    while (!list_empty(&x->open))
        close_one(x, CONTAINER(x->open.next, struct written, node));
    slab_close(&x->slab);
    map_close(&x->map);
    folder_close(&x->folder);
    mem_release(x, sizeof(*x));
}
