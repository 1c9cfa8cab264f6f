// SPDX-License-Identifier: Apache-2.0
// What is wrong with a message of IEC 60870-5-104: the events 151:1 to 151:9 of Snort 3. Sizes
// are those of IEC 60870-5-101 section 7.3.
#include "rule/iec104.h"

#include <string.h>

#include "rule/service.h"

enum {
    START = 0x68,
    HEAD = 6,      // start, length, four octets of control
    CONTROL = 4,   // what the length counts besides the data
    DATA_HEAD = 6, // type, count, cause 2, common address 2
    ADDRESS = 3,   // of an object
    TYPE_MOST = 127,
    MANY = 1,
    LINED_UP = 2, // several objects; one address for all of them
};

enum wrong {
    BAD_LENGTH = 1,
    BAD_START,
    RESERVED_TYPE,
    U_RESERVED_FIELD,
    U_FUNCTION,
    S_RESERVED_FIELD,
    NO_OBJECT,
    WRONG_SEQUENCE, // the bit that says: one address for all
    WRONG_COUNT
};

// An object's size and 1, and how objects may stand; 0: no such type.
static const struct {
    uint8_t size, how;
} types[TYPE_MOST + 1] = {
    [1] = {2, MANY | LINED_UP},
    [2] = {5, MANY},
    [3] = {2, MANY | LINED_UP},
    [4] = {5, MANY},
    [5] = {3, MANY | LINED_UP},
    [6] = {6, MANY},
    [7] = {6, MANY | LINED_UP},
    [8] = {9, MANY},
    [9] = {4, MANY | LINED_UP},
    [10] = {7, MANY},
    [11] = {4, MANY | LINED_UP},
    [12] = {7, MANY},
    [13] = {6, MANY | LINED_UP},
    [14] = {9, MANY},
    [15] = {6, MANY | LINED_UP},
    [16] = {9, MANY},
    [17] = {7, MANY},
    [18] = {8, MANY},
    [19] = {8, MANY},
    [20] = {6, MANY | LINED_UP},
    [21] = {3, MANY | LINED_UP},
    [30] = {9, MANY},
    [31] = {9, MANY},
    [32] = {10, MANY},
    [33] = {13, MANY},
    [34] = {11, MANY},
    [35] = {11, MANY},
    [36] = {13, MANY},
    [37] = {13, MANY},
    [38] = {11, MANY},
    [39] = {12, MANY},
    [40] = {12, MANY},
    [45] = {2, 0},
    [46] = {2, 0},
    [47] = {2, 0},
    [48] = {4, 0},
    [49] = {4, 0},
    [50] = {6, 0},
    [51] = {5, 0},
    [58] = {9, 0},
    [59] = {9, 0},
    [60] = {9, 0},
    [61] = {11, 0},
    [62] = {11, 0},
    [63] = {13, 0},
    [64] = {12, 0},
    [70] = {2, 0},
    [100] = {2, 0},
    [101] = {2, 0},
    [102] = {1, 0},
    [103] = {8, 0},
    [104] = {3, 0},
    [105] = {2, 0},
    [106] = {3, 0},
    [107] = {10, 0},
    [110] = {4, 0},
    [111] = {4, 0},
    [112] = {6, 0},
    [113] = {2, 0},
    [120] = {7, 0},
    [121] = {8, 0},
    [122] = {5, 0},
    [123] = {6, 0},
    [124] = {5, 0},
    [125] = {5, 0},
    [126] = {14, MANY | LINED_UP},
    [127] = {17, 0},
};

// Frames without data: to acknowledge (S), or to control the connection (U).
static bool control_is(const uint8_t *control, unsigned length, enum wrong e)
{
    bool u = (control[0] & 3) == 3;
    uint8_t function = control[0] & 0xfc;

    switch (e) {
    case BAD_LENGTH: return length != CONTROL;
    case U_RESERVED_FIELD: return u && (control[1] || control[2] || control[3]);
    case U_FUNCTION: return u && (!function || function & (function - 1));
    case S_RESERVED_FIELD: return !u && (control[0] != 1 || control[1]);
    default: return false;
    }
}

// n: of the data, by the length told.
static bool data_is(struct slice b, uint32_t n, enum wrong e)
{
    uint8_t type = b.n > HEAD ? b.p[HEAD] : 0, count = b.n > HEAD + 1 ? b.p[HEAD + 1] : 0;
    bool sequence = count & 0x80;
    uint32_t objects = count & 0x7f, size, needed;

    if (type > TYPE_MOST || !types[type].size)
        return e == RESERVED_TYPE || (e == BAD_LENGTH && n < DATA_HEAD);
    size = types[type].size - 1u;
    needed = DATA_HEAD + (sequence ? ADDRESS + objects * size : objects * (ADDRESS + size));
    switch (e) {
    case BAD_LENGTH: return n < DATA_HEAD + ADDRESS + size;
    case NO_OBJECT: return !objects;
    case WRONG_SEQUENCE: return sequence && !(types[type].how & LINED_UP);
    case WRONG_COUNT: return needed > n || (objects > 1 && !(types[type].how & MANY));
    default: return false;
    }
}

bool iec104_event(struct unit *u, unsigned sid)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);
    bool whole = b.n >= HEAD && b.p[0] == START && b.p[1] + 2u == b.n;

    if (sid == BAD_START)
        return u->service == SERVICE_IEC104 && b.n && b.p[0] != START;
    if (!whole || (u->service && u->service != SERVICE_IEC104))
        return false;
    if (b.p[2] & 1)
        return control_is(b.p + 2, b.p[1], (enum wrong)sid);
    return data_is(b, b.p[1] - (uint32_t)CONTROL, (enum wrong)sid);
}
