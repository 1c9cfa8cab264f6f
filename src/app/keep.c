// SPDX-License-Identifier: Apache-2.0
// A ring of capture files: pipit-20261121T160000.123456Z.pcap and so on. A name tells when its
// first packet came, and names are in the order of the packets; so the folder says all that is
// to be known of the ring, to us as to others.
#include "app/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

enum { FILES_MOST = 10000, NAME_MOST = 64, PARTS = 16 };
#define PART_LEAST (UINT64_C(16) << 10)
#define PART_MOST  (UINT64_C(64) << 20)
#define MICRO      ((nsec)1000)
#define PATIENCE   (10 * SECOND) // after trouble, before the next try

struct kept { // a file
    nsec first;
    uint64_t size;
};

struct keep {
    struct folder folder;
    uint64_t most, part; // bytes of all files, of one
    nsec age, part_age;
    struct kept *file; // by age, the newest last
    uint32_t n;
    uint64_t size; // of all files, but the one at hand
    bool open;     // there is one at hand: the newest
    struct save save;
    nsec now, flushed, again; // again: not before, after trouble
    bool told;
    uint64_t left_out; // packets
};

// ---------------------------------------------------------------- names

static void name_of(char *name, nsec first)
{
    struct date d = date_of(first);

    snprintf(name, NAME_MOST, "pipit-%04u%02u%02uT%02u%02u%02u.%06uZ.pcap", d.year, d.month,
             d.day, d.hour, d.minute, d.second, d.nanosecond / (unsigned)MICRO);
}

// Days of the civil calendar since 1970, by counting leap days.
static nsec days_until(unsigned year, unsigned month, unsigned day)
{
    static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned past = month > 2 ? year : year - 1; // years whose leap day counts

    return (nsec)(year - 1970) * 365 + past / 4 - past / 100 + past / 400 - 477 +
           before[month - 1] + day - 1;
}

// Only names that we would give ourselves: everything else in the folder is let alone.
static bool name_read(const char *name, nsec *first)
{
    unsigned v[7];
    char again[NAME_MOST];

    if (sscanf(name, "pipit-%4u%2u%2uT%2u%2u%2u.%6uZ.pcap", &v[0], &v[1], &v[2], &v[3], &v[4],
               &v[5], &v[6]) != 7 ||
        v[0] < 1970 || v[1] < 1 || v[1] > 12 || v[2] < 1)
        return false;
    *first = ((days_until(v[0], v[1], v[2]) * 24 + v[3]) * 60 + v[4]) * 60 * SECOND +
             v[5] * SECOND + v[6] * MICRO;
    name_of(again, *first);
    return !strcmp(name, again);
}

// ---------------------------------------------------------------- what is there

static int by_age(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

static bool look(struct keep *k, struct fail *f)
{
    int fd = dup(k->folder.fd);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;
    struct stat st;
    nsec first;

    if (!d)
        return failed(f, "%.300s: %s; choose another folder with --keep", k->folder.path,
                      strerror(errno));
    while ((e = readdir(d))) {
        if (!name_read(e->d_name, &first) ||
            fstatat(k->folder.fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(st.st_mode))
            continue;
        if (k->n == FILES_MOST) {
            closedir(d);
            return failed(f,
                          "%.300s: holds more than %d files of an earlier run; choose another "
                          "folder with --keep",
                          k->folder.path, FILES_MOST);
        }
        k->file[k->n++] = (struct kept){first, (uint64_t)st.st_size};
        k->size += (uint64_t)st.st_size;
    }
    closedir(d);
    qsort(k->file, k->n, sizeof(*k->file), by_age);
    return true;
}

struct keep *keep_open(const char *path, uint64_t size, nsec age, struct fail *f)
{
    struct keep *k = mem_reserve(sizeof(*k));
    uint64_t part = size / PARTS;

    k->file = mem_reserve((FILES_MOST + 1) * sizeof(*k->file));
    k->most = size;
    k->part = part < PART_LEAST ? PART_LEAST : part > PART_MOST ? PART_MOST : part;
    k->age = age;
    k->part_age = age / PARTS;
    if (folder_open(&k->folder, path, "--keep", f)) {
        if (look(k, f))
            return k;
        folder_close(&k->folder);
    }
    mem_release(k->file, (FILES_MOST + 1) * sizeof(*k->file));
    mem_release(k, sizeof(*k));
    return NULL;
}

const struct folder *keep_folder(const struct keep *k)
{
    return &k->folder;
}

// ---------------------------------------------------------------- the ring

static void trouble(struct keep *k, int number)
{
    if (!k->told)
        say(SAY_WARNING,
            "%.300s: %s; packets are not kept until that changes, and the analysis goes on",
            k->folder.path, strerror(number));
    k->told = true;
    k->again = k->now + PATIENCE;
}

static bool close_file(struct keep *k)
{
    struct kept *newest = &k->file[k->n - 1];

    if (!k->open)
        return true;
    k->open = false;
    bool good = save_end(&k->save);
    newest->size = k->save.size;
    k->size += newest->size;
    k->left_out += k->save.lost;
    if (!good)
        trouble(k, errno);
    return good;
}

static void remove_oldest(struct keep *k)
{
    char name[NAME_MOST];

    name_of(name, k->file[0].first);
    if (unlinkat(k->folder.fd, name, 0) != 0 && errno != ENOENT)
        trouble(k, errno);
    k->size -= k->file[0].size;
    k->n--;
    memmove(k->file, k->file + 1, k->n * sizeof(*k->file));
}

// Files that are not at hand go where they, with `more` bytes, hold too much; or when the next
// one, too, began too long ago.
static void make_room(struct keep *k, uint64_t more)
{
    uint64_t at_hand = k->open ? k->save.size : 0;

    while (k->n > k->open && (k->size + at_hand + more > k->most || k->n == FILES_MOST))
        remove_oldest(k);
    while (k->age && k->n > 1 && k->file[1].first <= k->now - k->age)
        remove_oldest(k);
}

static bool open_file(struct keep *k, nsec first)
{
    char name[NAME_MOST];
    int fd;

    first -= first % MICRO;
    if (k->n && first <= k->file[k->n - 1].first) // time stepped back: order matters more
        first = k->file[k->n - 1].first + MICRO;
    name_of(name, first);
    fd = folder_create(&k->folder, name);
    if (fd < 0) {
        trouble(k, errno);
        return false;
    }
    save_begin(&k->save, fd, true);
    k->file[k->n++] = (struct kept){first, 0};
    k->open = true;
    return true;
}

static bool keep_frame(struct keep *k, const struct frame *f)
{
    uint32_t more;

    if (k->now < k->again && k->again - k->now <= PATIENCE)
        return false;
    if (k->open) {
        const struct kept *newest = &k->file[k->n - 1];
        if ((f->link != k->save.link || k->save.size + save_needs(&k->save, f) > k->part ||
             (k->age && f->ts - newest->first > k->part_age)) &&
            !close_file(k))
            return false;
    }
    more = save_needs(&k->save, f);
    if (more > k->most)
        return false;
    make_room(k, more);
    if (!k->open && !open_file(k, f->ts))
        return false;
    if (save_frame(&k->save, f))
        return true;
    trouble(k, errno);
    close_file(k);
    return false;
}

void keep_frames(struct keep *k, const struct frames *f)
{
    uint64_t left_out = 0;

    for (uint32_t i = 0; i < f->n; i++) {
        k->now = f->frame[i].ts;
        if (!(f->frame[i].flags & FRAME_FILTERED))
            left_out += !keep_frame(k, &f->frame[i]);
    }
    if (f->quiet > k->now)
        k->now = f->quiet;
    k->left_out += left_out;
    if (k->now - k->flushed >= SECOND || k->now < k->flushed) { // who looks at them live
        k->flushed = k->now;
        make_room(k, 0);
        if (k->open && !save_flush(&k->save)) {
            trouble(k, errno);
            close_file(k);
        }
    }
}

void keep_close(struct keep *k)
{
    close_file(k);
    if (k->left_out)
        say(SAY_WARNING, "%.300s: %llu packets could not be kept", k->folder.path,
            (unsigned long long)k->left_out);
    folder_close(&k->folder);
    mem_release(k->file, (FILES_MOST + 1) * sizeof(*k->file));
    mem_release(k, sizeof(*k));
}
