// SPDX-License-Identifier: Apache-2.0
// A PROFINET plant for the bench: cyclic data between a controller and its devices, and DCP.
#include "frame.h"
#include "talk.h"

#include <stdio.h>
#include <string.h>

enum { DEVICES = 32, GAP_US = 1000, FRAMES_A_DCP = 10, PNIO = 0x8892 };

static void ethernet(const uint8_t dst[6], const uint8_t src[6])
{
    frame.n = 0;
    put(dst, 6);
    put(src, 6);
    put16(PNIO);
}

static void send_padded(int64_t us)
{
    while (frame.n < 60)
        frame.bytes[frame.n++] = 0;
    send_frame(us);
}

static void send_cyclic(unsigned long i, const struct side *controller,
                        const struct side *device)
{
    bool input = i % 2 == 0;
    unsigned cycle = (unsigned)(i / 2 / DEVICES) * (2 * DEVICES * GAP_US * 32 / 1000);

    ethernet((input ? controller : device)->mac, (input ? device : controller)->mac);
    put16((input ? 0x8000u : 0x8100u) + (unsigned)(i / 2 % DEVICES));
    memset(frame.bytes + frame.n, 0x80, 40);
    frame.n += 40;
    put16(cycle & 0xffff);
    put16(0x3500);
    send_padded((int64_t)i * GAP_US);
}

static void head(unsigned frame_id, unsigned type, uint32_t xid, unsigned factor,
                 unsigned length)
{
    put16(frame_id);
    put16(0x0500u | type);
    put32(xid);
    put16(factor);
    put16(length);
}

// The controller looks for a device, which answers.
static void send_dcp(int64_t us, uint32_t xid, const struct side *controller,
                     const struct side *device)
{
    static const uint8_t all[6] = {1, 0x0e, 0xcf};
    char name[16];
    unsigned n = (unsigned)snprintf(name, sizeof name, "device-%03u", xid % DEVICES);

    n += n & 1;
    ethernet(all, controller->mac);
    head(0xfefe, 0, xid, 1, 4 + n);
    put16(0x0202);
    put16((unsigned)strlen(name));
    put(name, n);
    send_padded(us);
    ethernet(controller->mac, device->mac);
    head(0xfeff, 1, xid, 0, 6 + n + 10 + 18);
    put16(0x0202);
    put16((unsigned)strlen(name) + 2);
    put16(0);
    put(name, n);
    put("\2\3\0\6\0\0\0\xb0\1\x42\1\2\0\x0e\0\1", 16);
    put(device->ip, 4);
    put("\xff\xff\0\0\0\0\0", 8);
    send_padded(us + 500);
}

void plant(unsigned long frames)
{
    struct side controller, device[DEVICES];

    host(&controller, 1, false);
    for (unsigned i = 0; i < DEVICES; i++)
        host(&device[i], 100 + i, false);
    for (unsigned long i = 0; i < frames; i++) {
        send_cyclic(i, &controller, &device[i / 2 % DEVICES]);
        uint32_t xid = (uint32_t)(i / (2 * FRAMES_A_DCP));
        if (i % (2 * FRAMES_A_DCP) == 0)
            send_dcp((int64_t)i * GAP_US + 10, xid, &controller, &device[xid % DEVICES]);
    }
}
