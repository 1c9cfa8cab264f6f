// SPDX-License-Identifier: Apache-2.0
// pipit print: packets as text, or into a capture file.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/files.h"
#include "app/session.h"

struct printing {
    const struct choice *choice;
    struct output output;
    struct printer *printer;
    uint64_t seen, printed; // frames
    FILE *file;             // of -w, or NULL
    uint16_t link;          // what the file holds
    struct fail fail;
    bool flush; // somebody waits for each line
};

// ---------------------------------------------------------------- -w

static void put_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

// tcpdump.org/linktypes and draft-ietf-opsawg-pcap: magic, version, snap length, link type
static bool file_begin(struct printing *p, uint16_t link)
{
    uint8_t head[24] = {[4] = 2, [6] = 4};

    put_le32(head, p->choice->print.nano ? 0xa1b23c4d : 0xa1b2c3d4);
    put_le32(head + 16, CAPTURE_FRAME_MOST);
    put_le32(head + 20, link);
    p->link = link;
    return fwrite(head, sizeof(head), 1, p->file) == 1;
}

static bool file_add(struct printing *p, const struct frame *f)
{
    uint8_t head[16];

    if (!p->printed && !file_begin(p, f->link))
        return false;
    if (f->link != p->link)
        return failed(&p->fail,
                      "%s: packet %llu has link type %u, those before it %u; a file holds one: "
                      "write them one by one, with -f",
                      p->choice->write, (unsigned long long)p->seen, f->link, p->link);
    put_le32(head, (uint32_t)(f->ts / SECOND));
    put_le32(head + 4, (uint32_t)(f->ts % SECOND / (p->choice->print.nano ? 1 : 1000)));
    put_le32(head + 8, f->n);
    put_le32(head + 12, f->wire_len);
    return fwrite(head, sizeof(head), 1, p->file) == 1 &&
           (!f->n || fwrite(f->data, f->n, 1, p->file) == 1);
}

static bool file_open(struct printing *p)
{
    const char *path = p->choice->write;

    if (!path)
        return true;
    p->file = strcmp(path, "-") ? fopen(path, "wb") : stdout;
    return p->file || failed(&p->fail, "%s: %s", path, strerror(errno));
}

static void file_close(struct printing *p)
{
    if (!p->file)
        return;
    bool good = p->printed || p->fail.text[0] || file_begin(p, 1);
    good = (p->file == stdout ? fflush(p->file) : fclose(p->file)) == 0 && good;
    if (!good && !p->fail.text[0])
        failed(&p->fail, "%s: %s", p->choice->write, strerror(errno));
}

// ---------------------------------------------------------------- each batch

static bool take_frame(struct printing *p, const struct frame *f)
{
    p->seen++;
    if (f->flags & FRAME_FILTERED)
        return true;
    if (p->file) {
        if (!file_add(p, f)) {
            if (!p->fail.text[0])
                failed(&p->fail, "%s: %s", p->choice->write, strerror(errno));
            return false;
        }
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
    struct job j = {.choice = c, .user = &p};
    int status = 2;

    o.color = color_wanted(c);
    p.printer = printer_open(&o);
    if (!file_open(&p)) {
        say(SAY_ERROR, "%s", p.fail.text);
    } else if (!c->device && is_text(c->file[0])) {
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
    text_free(&p.output.text);
    return status;
}
