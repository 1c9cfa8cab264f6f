// SPDX-License-Identifier: Apache-2.0
// Live capture from a device by libpcap. Private to the room.
#pragma once

#include "capture/capture.h"

struct device;

// Promiscuous; the filter, if any, runs in the kernel. NULL and a sentence: can't be used.
struct device *device_open(const char *name, const char *filter, uint32_t snaplen,
                           struct fail *f);

// Frames that come within 20 ms, or fewer when the batch is full. false and a sentence: the
// device is gone.
bool device_fill(struct device *d, struct frames *to, struct fail *f);
void device_break(struct device *d); // safe in a signal handler
uint64_t device_dropped(struct device *d);
void device_close(struct device *d);
