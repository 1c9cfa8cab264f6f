// SPDX-License-Identifier: Apache-2.0
// Which format a file has, seen in its first bytes; and what to tell of a file that has none.
#include "capture/reader.h"

#include <stdio.h>
#include <string.h>

enum { PEEK = 4096 }; // enough to find the first interface of a pcapng file behind its section

// Formats that are often taken for captures, or hold one.
static const struct {
    const char *magic;
    const char *remedy;
} foreign[] = {
    {"\xFD"
     "7zXZ",
     "packed by xz; unpack it first (xz -d)"},
    {"BZh", "packed by bzip2; unpack it first (bzip2 -d)"},
    {"PK\x03\x04", "a zip archive; unpack it first (unzip)"},
    {"7z\xBC\xAF", "a 7-Zip archive; unpack it first (7z x)"},
    {"\x02\x21\x4C\x18", "packed in LZ4's old format; pack it again (lz4 -d, then lz4)"},
    {"snoop", "a snoop capture; convert it first (editcap -F pcapng)"},
};

// The first bytes, as text if they are text: f"..." or hexadecimal.
static void quote(char *to, size_t room, const uint8_t *p, size_t n)
{
    size_t shown = n < 16 ? n : 16;
    size_t text = 0;
    size_t at = 0;

    while (text < shown && p[text] >= ' ' && p[text] < 0x7F)
        text++;
    if (text >= 3) {
        snprintf(to, room, "\"%.*s\"", (int)text, (const char *)p);
        return;
    }
    for (size_t i = 0; i < shown && i < 8; i++)
        at += (size_t)snprintf(to + at, room - at, i ? " %02x" : "%02x", p[i]);
}

static bool no_capture(const struct input *in, const uint8_t *p, size_t n, struct fail *f)
{
    const char *inside = in->unpack ? " inside" : "";
    char begin[64] = "";

    if (in->broken)
        return failed(f, "%s: %s; is the file complete?", in->name, in->why.text);
    if (!n)
        return failed(f, "%s: empty%s; was the capture stopped before its header was written?",
                      in->name, inside);
    for (size_t i = 0; i < COUNT_OF(foreign); i++)
        if (n >= strlen(foreign[i].magic) &&
            !memcmp(p, foreign[i].magic, strlen(foreign[i].magic)))
            return failed(f, "%s: %s", in->name, foreign[i].remedy);
    quote(begin, sizeof(begin), p, n);
    return failed(f, "%s: not a capture%s (pcap or pcapng expected; it begins with %s)",
                  in->name, inside, begin);
}

// p has PCAP_HEAD bytes and room for PEEK.
static bool header(struct reader *r, struct input *in, uint8_t *p, struct fail *why)
{
    size_t n = PCAP_HEAD;

    if (!r->is_pcapng) {
        input_unread(in, p, n);
        if (!pcap_begin(&r->pcap, p, why))
            return false;
        r->link = r->pcap.link;
        return true;
    }
    if (!pcapng_check(p, why))
        return false;
    if (in->regular)
        n += input_read_all(in, p + n, PEEK - n);
    r->link = pcapng_first_link(p, n);
    input_unread(in, p, n);
    pcapng_begin(&r->pcapng);
    return true;
}

bool reader_look(struct reader *r, struct input *in, struct fail *f)
{
    uint8_t p[PEEK];
    size_t n = input_read_all(in, p, PCAP_HEAD);
    struct fail why;

    *r = (struct reader){.link = -1};
    r->is_pcapng = n >= 4 && pcapng_magic(p);
    if (!r->is_pcapng && !(n >= 4 && pcap_magic(p)))
        return no_capture(in, p, n, f);
    if (n < PCAP_HEAD)
        return failed(f,
                      "%s: cut short at byte %zu%s: the file header has %u bytes, so no frame "
                      "can be read",
                      in->name, n, input_unit(in), PCAP_HEAD);
    return header(r, in, p, &why) ||
           failed(f, "%s: %s; is the file damaged?", in->name, why.text);
}

bool reader_begin(struct reader *r, struct input *in, struct fail *f)
{
    uint8_t head[PCAP_HEAD];

    if (!reader_look(r, in, f))
        return false;
    return r->is_pcapng || input_read_all(in, head, PCAP_HEAD) == PCAP_HEAD;
}

bool reader_take(struct reader *r, struct piece *p, struct fail *why)
{
    return r->is_pcapng ? pcapng_take(&r->pcapng, p, why) : pcap_take(&r->pcap, p, why);
}

bool reader_whole(const struct reader *r, size_t left)
{
    return !left && !(r->is_pcapng && r->pcapng.skip_total);
}

void reader_cut(const struct reader *r, const uint8_t *p, size_t left, uint64_t at,
                struct fail *why)
{
    if (r->is_pcapng)
        pcapng_cut(&r->pcapng, p, left, at, why);
    else
        pcap_cut(&r->pcap, p, left, at, why);
}

void reader_end(struct reader *r)
{
    pcapng_end(&r->pcapng);
}
