// SPDX-License-Identifier: Apache-2.0
// One file or pipe as a stream of plain bytes, whatever it is packed in. Private to the room.
#pragma once

#include <signal.h>

#include "capture/capture.h"
#include "capture/unpack.h"

enum {
    INPUT_READ_MOST = 1024 * 1024,                     // asked for in one call
    INPUT_BACK = INPUT_READ_MOST + CAPTURE_BYTES_LEAST // given back in one call
};

struct input {
    const char *path; // "-": standard input
    const char *name; // for sentences
    const volatile sig_atomic_t *stop;
    int fd;                // -1: closed
    bool regular;          // a file with a size; can be opened again if it was opened by us
    bool broken;           // ended because of `why`, not because it was over
    bool cut;              // broken by its end
    uint64_t size;         // of a regular file
    uint64_t raw;          // bytes read, as they are in the file
    uint64_t offset;       // of the next byte, in the unpacked stream
    struct fail why;       // the reason, without file and place
    struct unpack *unpack; // NULL: plain
    uint8_t *packed;       // what `unpack` eats, and how far it is
    size_t packed_at, packed_end;
    uint8_t *back; // bytes that come again, and how far they are served
    size_t back_at, back_end;
};

// Opens in->path and finds out what it is packed in. false and a sentence: unusable (and
// closed).
bool input_open(struct input *in, struct fail *f);

// At least one byte and at most n (INPUT_READ_MOST at most), waiting for them. 0: the end, see
// in->broken, or *in->stop was set.
size_t input_read(struct input *in, uint8_t *to, size_t n);
size_t input_read_all(struct input *in, uint8_t *to, size_t n); // n, or less at the end

// Gives the last n bytes read (INPUT_BACK at most) back, to be read again.
void input_unread(struct input *in, const uint8_t *p, size_t n);
static inline bool input_has_back(const struct input *in)
{
    return in->back_at < in->back_end;
}

static inline const char *input_unit(const struct input *in)
{
    return in->unpack ? " of the unpacked data" : "";
}
void input_close(struct input *in);
