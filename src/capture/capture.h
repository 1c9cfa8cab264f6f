// SPDX-License-Identifier: Apache-2.0
// Where frames come from: capture files of any kind, standard input, devices. One source is a
// sequence of inputs (several files are one stream in the order given).
#pragma once

#include "base/base.h"

// A frame as captured. `data` points into the batch that was filled; it dies with the batch.
struct frame {
    nsec ts;
    const uint8_t *data;
    uint32_t n;        // bytes captured
    uint32_t wire_len; // bytes on the wire; never less than n
    uint16_t link;     // LINKTYPE_ number as in pcap files (tcpdump.org/linktypes)
    uint8_t lane;      // given by whoever dispatches; not by the source
    uint8_t flags;     // FRAME_ bits
};

enum { FRAME_FILTERED = 1 }; // -f, --from or --to leave it out; it is only counted

enum {
    CAPTURE_FRAME_MOST = 262144,     // a longer frame is damage
    CAPTURE_BYTES_LEAST = 512 * 1024 // of struct frames
};

// Room for some frames: bytes that frames are read into, so that they are copied once.
struct frames {
    struct frame *frame;
    uint32_t n, most;
    uint8_t *bytes;
    size_t size; // of bytes, CAPTURE_BYTES_LEAST at least; 1 MB suits 1024 frames
    nsec quiet;  // live, and no frame came: none of before then will; else 0
};

struct capture_options {
    const char *const *file; // NULL-terminated; "-" is standard input; NULL: live
    const char *device;      // live, promiscuous; NULL: files
    const char *filter;      // libpcap expression or NULL; compiled per link type
    const char *from, *to;   // from <= time < to; NULL: open. Times are UTC, unless a zone is
                             // given: 2026-11-21T16:00[:SS[.frac]][+01:00] (or a blank for
                             // T), 2026-11-21, seconds since 1970; 16:00[:SS] on the day of
                             // the first packet; +10m after it
    uint32_t snaplen;        // live; 0: 262144
};

// Totals so far; `damaged` holds the sentence about the first damaged input (file, offset,
// reason), damages how many inputs were damaged.
struct capture_totals {
    uint64_t file_bytes,
        file_size;    // read so far, of all (as they are on disk); size 0: unknown
    uint64_t dropped; // by kernel and card, live only
    uint64_t damages;
    struct fail damaged;
};

struct capture;

// NULL and a sentence in f: nothing can be read (missing, a directory, no capture, bad filter,
// bad time). All files are checked before the first is read; o and its strings must live as
// long as the capture.
struct capture *capture_open(const struct capture_options *o, struct fail *f);

// Fills frames with at least one frame, at most `most` and what fits `size`; waits for more
// only where the input ends later (stdin, pipes). Live: returns after 20 ms with what there is,
// which may be nothing. false: the end (or capture_stop), no frames. The frames of one input
// are the same however they are batched. Any damage ends that input; the rest of the inputs
// goes on.
bool capture_fill(struct capture *c, struct frames *to);

void capture_stop(struct capture *c); // safe in a signal handler
struct capture_totals capture_totals(struct capture *c);
void capture_close(struct capture *c);

// ---- writing: a pcap file of frames of one link type. What is written are whole frames, also
// when the disk is full.
struct save {
    int fd;
    bool nano;             // times in nanoseconds
    uint16_t link;         // of its frames, once there are any
    uint64_t size;         // bytes so far, with those at hand; 0: not even a header
    uint32_t held, frames; // of them, at hand; in how many frames
    uint64_t lost;         // frames that could not be written
    uint8_t *bytes;
};

void save_begin(struct save *s, int fd, bool nano);
uint32_t save_needs(const struct save *s, const struct frame *f); // bytes that it would grow by
// false: errno says why; or the frame has another link type than those before, and errno is 0.
bool save_frame(struct save *s, const struct frame *f);
bool save_flush(struct save *s);
// Ends with what is at hand, an empty capture if there was nothing, and closes the file.
bool save_end(struct save *s);
