// SPDX-License-Identifier: Apache-2.0
// pipit print: packets as text, or into a capture file.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/files.h"
#include "app/session.h"
#include "proto/proto.h"

static void put_glance(void *user, struct text *t, const struct packet *p)
{
    glances_put(user, t, p);
}

struct printing {
    const struct choice *choice;
    struct output output;
    struct printer *printer;
    uint64_t seen, printed; // frames
    struct save save;       // of -w
    struct fail fail;
    bool flush; // somebody waits for each line
};

// ---------------------------------------------------------------- -w

static const char *written_to(const struct printing *p)
{
    return strcmp(p->choice->write, "-") ? p->choice->write : "standard output";
}

static bool file_add(struct printing *p, const struct frame *f)
{
    if (save_frame(&p->save, f))
        return true;
    if (errno)
        return failed(&p->fail, "%s: %s", written_to(p), strerror(errno));
    return failed(&p->fail,
                  "%s: packet %llu has link type %u, those before it %u; a file holds one: "
                  "write them one by one, with -f",
                  written_to(p), (unsigned long long)p->seen, f->link, p->save.link);
}

// Once the input is known to be there: what was written before is not given up for nothing.
static bool file_open(void *user, struct fail *f)
{
    struct printing *p = user;
    const char *path = p->choice->write;
    int fd;

    if (!path)
        return true;
    if (!file_spares(path, p->choice->file, "-w", f))
        return false;
    if (!strcmp(path, "-"))
        fd = dup(STDOUT_FILENO);
    else
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return failed(f, "%s: %s; choose another file with -w", written_to(p), strerror(errno));
    save_begin(&p->save, fd, p->choice->print.nano);
    return true;
}

static void file_close(struct printing *p)
{
    if (p->choice->write && !save_end(&p->save) && !p->fail.text[0] && errno != EPIPE)
        failed(&p->fail, "%s: %s", written_to(p), strerror(errno));
}

// ---------------------------------------------------------------- each batch

static bool take_frame(struct printing *p, const struct frame *f)
{
    p->seen++;
    if (f->flags & FRAME_FILTERED)
        return true;
    if (p->choice->write) {
        if (!file_add(p, f))
            return false;
    } else {
        bool line = p->choice->print.form == PRINT_LINES;
        print_frame(p->printer, &p->output.text, f, line ? p->printed + 1 : p->seen);
        output_check(&p->output);
    }
    p->printed++;
    return !p->output.closed && p->printed != p->choice->count;
}

static bool take_frames(void *user, const struct frames *f)
{
    struct printing *p = user;

    for (uint32_t i = 0; i < f->n; i++)
        if (!take_frame(p, &f->frame[i]))
            return false;
    if (p->flush)
        output_flush(&p->output);
    if (p->flush && p->choice->write && !save_flush(&p->save))
        return failed(&p->fail, "%s: %s", written_to(p), strerror(errno));
    return true;
}

// ---------------------------------------------------------------- what tcpdump printed

// A file is asked for its first bytes only if that takes none away from whoever reads it next.
static bool is_text(const char *path)
{
    struct stat st;
    char head[4096];

    if (!strcmp(path, "-") || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    FILE *from = fopen(path, "rb");
    size_t n = from ? fread(head, 1, sizeof(head), from) : 0;
    if (from)
        fclose(from);
    return n && print_is_text(slice_of(head, n));
}

static bool take_read(void *user, const struct frame *f)
{
    return take_frame(user, f);
}

static void say_reading(const struct print_reading *r, const struct choice *c)
{
    for (uint32_t i = 0; i < r->names && !c->print.quiet; i++)
        say(SAY_NOTE, "%s stands as 192.0.2.%u", r->name[i], i + 1);
    if (r->differ)
        say(SAY_WARNING, "%llu of the lines have other addresses or ports than their bytes",
            (unsigned long long)r->differ);
    if (r->left_out)
        say(SAY_WARNING, "%llu of the lines tell too little to make a packet of",
            (unsigned long long)r->left_out);
}

// false: nothing was read, or not all of it.
static bool read_text(struct printing *p)
{
    const struct choice *c = p->choice;
    struct print_reading r = {0};
    struct text t = {0};
    bool good = true;

    if (c->filter || c->from || c->to)
        good =
            failed(&p->fail, "%s is text: filters and times need a capture; make one with -w",
                   c->file[0]);
    for (int i = 0; good && c->file[i]; i++) {
        text_clear(&t);
        good = file_read(&t, c->file[i], &p->fail);
        if (good && !print_read(text_slice(&t), &r, take_read, p))
            break;
    }
    text_free(&t);
    say_reading(&r, c);
    return good;
}

int command_print(const struct choice *c)
{
    struct printing p = {.choice = c, .flush = c->device || isatty(STDOUT_FILENO)};
    struct print_options o = c->print;
    struct job j = {.choice = c, .user = &p, .ready = file_open};
    bool text = !c->device && is_text(c->file[0]);
    int status = 2;

    struct glances *glances = o.note ? glances_open() : NULL;

    o.color = color_wanted(c);
    o.glance = glances ? put_glance : NULL;
    o.user = glances;
    p.printer = printer_open(&o);
    if (text && !file_open(&p, &p.fail)) {
        say(SAY_ERROR, "%s", p.fail.text);
    } else if (text) {
        read_text(&p);
        file_close(&p);
        if (p.fail.text[0])
            say(SAY_ERROR, "%s", p.fail.text);
        status = output_close(&p.output);
        status = p.fail.text[0] ? 2 : status;
    } else if (session_read(&j, take_frames)) {
        file_close(&p);
        if (p.fail.text[0])
            say(SAY_ERROR, "%s", p.fail.text);
        status = output_close(&p.output);
        status = session_end(&j, p.fail.text[0] ? 2 : status);
    }
    printer_close(p.printer);
    if (glances)
        glances_close(glances);
    text_free(&p.output.text);
    return status;
}
