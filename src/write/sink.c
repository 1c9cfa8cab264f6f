// SPDX-License-Identifier: Apache-2.0
// Bytes to files: a folder of logs or standard output, with large buffers and plain write(2).
#include "write/write.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 256 * 1024, PATH_LONG = 4096 };

struct log {
    char *buffer; // NULL: not open
    size_t n;     // always whole lines
    int fd;
    const char *name;
};

struct sink {
    enum write_format format;
    enum event_id only; // standard output: what is wanted
    bool to_stdout, dead;
    char dir[PATH_LONG - 256];
    struct log log[EVENTS]; // by event; the first alone where all go to one place
    struct fail fail;
};

static bool one_log(const struct sink *s)
{
    return s->to_stdout || s->format == WRITE_EVE;
}

static void log_path(const struct sink *s, const char *name, char path[PATH_LONG])
{
    if (s->to_stdout)
        snprintf(path, PATH_LONG, "standard output");
    else if (s->format == WRITE_EVE)
        snprintf(path, PATH_LONG, "%s/eve.json", s->dir);
    else
        snprintf(path, PATH_LONG, "%s/%s.log", s->dir, name);
}

static const char *remedy(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT: return "free some space, or choose another folder with -o";
    case EFBIG: return "raise the limit for file sizes (ulimit -f)";
    case EMFILE:
    case ENFILE: return "raise the limit for open files (ulimit -n)";
    default: return "choose another folder with -o";
    }
}

static bool open_failed(struct sink *s, const char *path, int error)
{
    s->dead = true;
    return failed(&s->fail, "%s: cannot write there: %s; %s", path, strerror(error),
                  remedy(error));
}

// Of the n bytes that were to be written `done` were: cuts the file behind its last whole line
// if it is one that can be cut.
static bool cut_to_line(int fd, const char *p, size_t done)
{
    off_t at = lseek(fd, 0, SEEK_CUR);
    size_t whole = done;

    while (whole && p[whole - 1] != '\n')
        whole--;
    return whole == done ||
           (at >= (off_t)done && ftruncate(fd, at - (off_t)(done - whole)) == 0);
}

static bool write_failed(struct sink *s, const struct log *l, const char *p, size_t done,
                         int error)
{
    char path[PATH_LONG];

    s->dead = true;
    s->fail.text[0] = 0;
    if (error == EPIPE)
        return false;
    log_path(s, l->name, path);
    return failed(&s->fail, "%s: %s; the log %s; %s", path, strerror(error),
                  cut_to_line(l->fd, p, done) ? "ends early, with a whole line"
                                              : "ends early, maybe within a line",
                  remedy(error));
}

static bool drain(struct sink *s, const struct log *l, const char *p, size_t n)
{
    size_t done = 0;

    while (done < n) {
        ssize_t w = write(l->fd, p + done, n - done);
        if (w > 0) {
            done += (size_t)w;
        } else if (w < 0 && errno == EAGAIN) { // standard output may have been set so by others
            struct pollfd ready = {.fd = l->fd, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (w == 0 || errno != EINTR) {
            return write_failed(s, l, p, done, w == 0 ? EIO : errno);
        }
    }
    return true;
}

static bool log_flush(struct sink *s, struct log *l)
{
    size_t n = l->n;

    l->n = 0;
    return drain(s, l, l->buffer, n);
}

static bool log_add(struct sink *s, struct log *l, struct slice line)
{
    if (l->n + line.n > BUFFER && !log_flush(s, l))
        return false;
    if (line.n > BUFFER)
        return drain(s, l, (const char *)line.p, line.n);
    if (line.n) // no header, no footer
        memcpy(l->buffer + l->n, line.p, line.n);
    l->n += line.n;
    return true;
}

static bool log_open(struct sink *s, struct log *l, enum event_id id, nsec open_time)
{
    char path[PATH_LONG];
    struct text header = {0};

    l->name = event_type[id].name;
    l->fd = STDOUT_FILENO;
    if (!s->to_stdout) {
        log_path(s, l->name, path);
        l->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (l->fd < 0)
            return open_failed(s, path, errno);
    }
    l->buffer = mem_reserve(BUFFER);
    write_header(&header, s->format, id, open_time);
    bool good = log_add(s, l, text_slice(&header));
    text_free(&header);
    return good;
}

// The folder and those above it, like mkdir -p.
static bool make_folder(const char *dir, struct fail *f)
{
    char path[PATH_LONG];
    struct stat st;
    size_t n = strlen(dir);

    memcpy(path, dir, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (dir[i] != '/' && dir[i])
            continue;
        path[i] = 0;
        if (mkdir(path, 0777) < 0 && errno != EEXIST) {
            int error = errno;
            if (stat(path, &st) < 0)
                return failed(f, "%s: cannot make this folder: %s; %s", path, strerror(error),
                              remedy(error));
        }
        path[i] = dir[i];
    }
    if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
        return failed(f, "%s: is not a folder; choose another with -o", dir);
    if (access(dir, W_OK | X_OK) < 0)
        return failed(f, "%s: cannot write into this folder: %s; choose another with -o", dir,
                      strerror(errno));
    return true;
}

// Only plain files: a pipe that somebody put there for us to write to stays.
static bool remove_old(const struct sink *s, struct fail *f)
{
    char path[PATH_LONG];
    struct stat st;

    for (int i = 0; i < (one_log(s) ? 1 : EVENTS); i++) {
        log_path(s, event_type[i].name, path);
        if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
            continue;
        if (unlink(path) < 0)
            return failed(f, "%s: cannot replace this log: %s; choose another folder with -o",
                          path, strerror(errno));
    }
    return true;
}

static struct sink *sink_new(enum write_format format)
{
    struct sink *s = calloc(1, sizeof(*s));

    if (s) {
        s->format = format;
        s->only = EVENTS;
    }
    return s;
}

struct sink *sink_folder(const char *dir, enum write_format format, struct fail *f)
{
    struct sink *s = sink_new(format);
    size_t n = strlen(dir);

    if (!s) {
        failed(f, "no memory for the logs");
        return NULL;
    }
    while (n > 1 && dir[n - 1] == '/')
        n--;
    if (n == 0 || n >= sizeof(s->dir)) {
        failed(f, "-o: %s; name a folder", n ? "the folder's name is too long" : "no folder");
        free(s);
        return NULL;
    }
    memcpy(s->dir, dir, n);
    if (!make_folder(s->dir, f) || !remove_old(s, f)) {
        free(s);
        return NULL;
    }
    return s;
}

struct sink *sink_stdout(enum write_format format, enum event_id only)
{
    struct sink *s = sink_new(format);

    if (s) {
        s->to_stdout = true;
        s->only = only;
    }
    return s;
}

bool sink_add(struct sink *s, const struct event *e)
{
    struct log *l = &s->log[one_log(s) ? 0 : e->id];

    if (s->dead)
        return false;
    if (!e->written.n || (s->only != EVENTS && s->only != e->id))
        return true;
    if (!l->buffer && !log_open(s, l, (enum event_id)e->id, e->ts))
        return false;
    return log_add(s, l, e->written);
}

bool sink_flush(struct sink *s)
{
    for (int i = 0; i < EVENTS && !s->dead; i++)
        if (s->log[i].buffer)
            log_flush(s, &s->log[i]);
    return !s->dead;
}

const struct fail *sink_failed(const struct sink *s)
{
    return &s->fail;
}

// What close() tells late (a full disk over the network) is a failure, too.
static void log_close(struct sink *s, struct log *l, struct slice footer)
{
    if (!l->buffer)
        return;
    if (!s->dead && log_add(s, l, footer))
        log_flush(s, l);
    if (!s->to_stdout && close(l->fd) < 0 && !s->dead)
        write_failed(s, l, NULL, 0, errno);
    mem_release(l->buffer, BUFFER);
}

bool sink_close(struct sink *s, nsec close_time, struct fail *f)
{
    struct text footer = {0};

    write_footer(&footer, s->format, close_time);
    for (int i = 0; i < EVENTS; i++)
        log_close(s, &s->log[i], text_slice(&footer));
    text_free(&footer);
    bool good = !s->dead;
    *f = s->fail;
    free(s);
    return good;
}
