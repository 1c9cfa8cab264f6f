// SPDX-License-Identifier: Apache-2.0
// What the padding of a frame is, the first explanation that fits (packet forensics, 5.1).
#pragma once

enum padding_kind {
    PADDING_ZERO,
    PADDING_CHECK_SEQUENCE, // the frame's own, captured with it
    PADDING_REDUNDANCY,     // the trailer of PRP
    PADDING_TRAILER,        // of a switch, or a probe
    PADDING_REPEAT,         // bytes of an earlier frame of the same sender
    PADDING_CONSTANT,
    PADDING_DNS, // remains of a message
    PADDING_TEXT,
    PADDING_UNEXPLAINED
};
