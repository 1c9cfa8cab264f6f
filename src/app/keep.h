// SPDX-License-Identifier: Apache-2.0
// Inside the app room: --keep, a history of packets in capture files of which the oldest go.
#pragma once

#include "app/folder.h"
#include "capture/capture.h"

struct keep;

// Goes on with what an earlier run kept there. `size`: bytes that all files may hold together;
// `age`: packets older than that are forgotten, 0: never. NULL: f says why not.
struct keep *keep_open(const char *path, uint64_t size, nsec age, struct fail *f);
const struct folder *keep_folder(const struct keep *k);
// A batch; also an empty one, when time passes without packets. A disk that is full, or any
// other trouble, is told once; packets are then left out until there is room again.
void keep_frames(struct keep *k, const struct frames *f);
// Says how much could not be kept.
void keep_close(struct keep *k);
