// SPDX-License-Identifier: Apache-2.0
// Spanning tree (IEEE 802.1D, 802.1w): which bridge is the root, what the port does.
#include "print/pen.h"

enum {
    CONFIG = 0,
    RAPID = 2,
    TOPOLOGY_CHANGE = 0x80,
    FLAGS_AT = 4,
    BRIDGE_AT = 17,
    PORT_AT = 25
};

static const struct word flag_words[] = {
    {0x01, "Topology change"},
    {0x02, "Proposal"},
    {0x10, "Learn"},
    {0x20, "Forward"},
    {0x40, "Agreement"},
    {0x80, "Topology change ACK"},
    {0, NULL},
};

//  0 protocol | 2 version | 3 type | 4 flags | 5 root | 13 cost | 17 bridge | 25 port
void print_stp(struct pen *pen, struct view v)
{
    if (v.n < 4) {
        put_cut(pen, "stp");
        return;
    }
    uint8_t version = v.p[2], type = v.p[3];
    bool rapid = version >= 2;
    put(pen, "STP ");
    if (load_be16(v.p) || version > 3) {
        put(pen, "unknown version");
    } else if (type == TOPOLOGY_CHANGE) {
        put(pen, "802.1d, Topology Change");
    } else if (type != (rapid ? RAPID : CONFIG)) {
        put(pen, "unknown type");
    } else {
        text_str(pen->t, version == 3 ? "802.1s, Rapid STP, CIST Flags ["
                         : rapid      ? "802.1w, Rapid STP, Flags ["
                                      : "802.1d, Config, Flags [");
        if (v.n < PORT_AT + 2) {
            put(pen, "]");
            put_cut(pen, "stp");
            return;
        }
        put_bits(pen, flag_words, v.p[FLAGS_AT], ", ", "none");
        put(pen, "]");
        if (version < 3) {
            put(pen, ", bridge-id ");
            put_hex_wide(pen, load_be16(v.p + BRIDGE_AT), 4);
            put(pen, ".");
            put_mac(pen, v.p + BRIDGE_AT + 2);
            put(pen, ".");
            put_hex_wide(pen, load_be16(v.p + PORT_AT), 4);
        }
    }
    put(pen, ", length ");
    put_number(pen, v.wire);
}
