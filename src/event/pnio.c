// SPDX-License-Identifier: Apache-2.0
// Looking PROFINET's numbers up, and putting them together.
#include "event/pnio.h"

#include "base/cur.h"

struct word {
    uint8_t table;
    uint32_t number;
    const char *words;
};

static const struct word word[] = {
#define WORD(table, number, words) {PNIO_##table, number, words},
#include "event/pnio.def"
#undef WORD
};

// Tables lie behind each other in the order of their enum, and their numbers rise.
static bool before(const struct word *w, enum pnio_table table, uint32_t number)
{
    return w->table != table ? w->table < table : w->number < number;
}

const char *pnio_word(enum pnio_table table, uint32_t number)
{
    uint32_t low = 0, high = COUNT_OF(word);

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (before(&word[middle], table, number))
            low = middle + 1;
        else
            high = middle;
    }
    return low < COUNT_OF(word) && word[low].table == table && word[low].number == number
               ? word[low].words
               : NULL;
}

// ---------------------------------------------------------------- status

static void put_word(struct text *t, enum pnio_table table, uint32_t number, const char *else_)
{
    const char *words = pnio_word(table, number);

    text_str(t, ": ");
    if (words)
        text_str(t, words);
    else
        text_printf(t, "%s %u", else_, number & 0xff);
}

void pnio_status(struct text *t, uint32_t status)
{
    enum { PNIORW = 0x80, PARAMETERS_MOST = 56 };
    uint8_t code = (uint8_t)(status >> 24), decode = (uint8_t)(status >> 16);
    uint8_t code1 = (uint8_t)(status >> 8), code2 = (uint8_t)status;
    const char *service = pnio_word(PNIO_service, code);

    if (!status) {
        text_str(t, "ok");
        return;
    }
    if (service)
        text_str(t, service);
    else
        text_printf(t, "error 0x%02x", code);
    if (decode == PNIORW) {
        put_word(t, PNIO_access, code1, "code");
        if (code2)
            text_printf(t, ", code %u of the user", code2);
        return;
    }
    put_word(t, PNIO_fault, code1, "code");
    put_word(t, PNIO_detail, (uint32_t)code1 << 8 | code2,
             code1 <= PARAMETERS_MOST ? "parameter" : "code");
}

const char *pnio_command(uint16_t command)
{
    static const char *const name[] = {"PrmEnd",  "ApplicationReady",  "Release",
                                       "Done",    "ReadyForCompanion", "ReadyForRT_CLASS_3",
                                       "PrmBegin"};

    for (unsigned i = 0; i < COUNT_OF(name); i++)
        if (command == 1u << i)
            return name[i];
    return NULL;
}

// ---------------------------------------------------------------- frames

const char *pnio_frame_kind(uint16_t id)
{
    static const struct {
        uint16_t first, last;
        const char *kind;
    } kind[] = {
        {0x0020, 0x0021, "ptcp_sync"},
        {0x0080, 0x0081, "ptcp_sync"},
        {0x0100, 0x0fff, "rt_class_3"},
        {0x8000, 0xbbff, "rt_class_1"},
        {0xbc00, 0xbfff, "rt_class_1_multicast"},
        {0xc000, 0xf7ff, "rt_class_1_legacy"},
        {0xf800, 0xfbff, "rt_class_1_legacy_multicast"},
        {0xfc01, 0xfc01, "alarm_high"},
        {0xfe01, 0xfe01, "alarm_low"},
        {0xfe02, 0xfe02, "rsi"},
        {0xfefc, 0xfeff, "dcp"},
        {0xff00, 0xff01, "ptcp_announce"},
        {0xff20, 0xff21, "ptcp_follow_up"},
        {0xff40, 0xff40, "ptcp_delay_request"},
        {0xff41, 0xff41, "ptcp_delay_response"},
        {0xff42, 0xff42, "ptcp_delay_follow_up"},
        {0xff43, 0xff43, "ptcp_delay_response"},
        {0xff80, 0xff8f, "fragment"},
    };

    for (size_t i = 0; i < COUNT_OF(kind); i++)
        if (id >= kind[i].first && id <= kind[i].last)
            return kind[i].kind;
    return "reserved";
}

void pnio_data_status(struct text *t, uint8_t status)
{
    text_str(t, status & PNIO_VALID ? "valid" : "invalid");
    text_str(t, status & PNIO_PRIMARY ? ", primary" : ", backup");
    text_str(t, status & PNIO_NO_PROBLEM ? "" : ", problem");
    text_str(t, status & PNIO_RUN ? ", run" : ", stop");
}

// ---------------------------------------------------------------- diagnosis

static void put_channel(struct text *t, struct cur *c, uint16_t structure)
{
    enum { EXTENDED = 0x8002, QUALIFIED = 0x8003, SUBMODULE = 0x8000 };
    static const char *const turn[] = {", all disappear", ", appears", ", disappears",
                                       ", disappears, others stay"};
    static const char *const urgency[] = {"", ", maintenance required",
                                          ", maintenance demanded", ", qualified"};
    uint16_t channel = cur_be16(c), properties = cur_be16(c), error = cur_be16(c);
    const char *words = pnio_word(PNIO_channel, error);

    if (channel == SUBMODULE)
        text_str(t, "the submodule: ");
    else
        text_printf(t, "channel %u: ", channel);
    if (words)
        text_str(t, words);
    else
        text_printf(t, "error 0x%04x", error);
    if (structure == EXTENDED || structure == QUALIFIED) {
        uint16_t extended = cur_be16(c);
        uint32_t value = cur_be32(c);
        text_printf(t, " (0x%04x, value 0x%08x)", extended, value);
    }
    if (structure == QUALIFIED)
        cur_skip(c, 4);
    text_str(t, urgency[properties >> 9 & 3]);
    text_str(t, turn[properties >> 11 & 3]);
}

static void put_maintenance(struct text *t, struct cur *c)
{
    cur_skip(c, 6 + 2); // block header, padding
    uint32_t status = cur_be32(c);

    text_str(t, status & 2   ? "maintenance demanded"
                : status & 1 ? "maintenance required"
                             : "no maintenance");
}

void pnio_diagnosis(struct text *t, uint16_t structure, struct slice data)
{
    enum { CHANNEL = 0x8000, EXTENDED = 0x8002, QUALIFIED = 0x8003, MAINTENANCE = 0x8100 };
    enum { CHANNELS_MOST = 64 };
    struct cur c = cur_of(data);
    uint32_t size = structure == CHANNEL ? 6 : structure == EXTENDED ? 12 : 16;
    const char *words = pnio_word(PNIO_structure, structure);

    if (structure == MAINTENANCE && data.n >= 12) {
        put_maintenance(t, &c);
        return;
    }
    if (structure != CHANNEL && structure != EXTENDED && structure != QUALIFIED) {
        text_str(t, words ? words : "manufacturer's own");
        text_printf(t, ", %u bytes", data.n);
        return;
    }
    for (int i = 0; i < CHANNELS_MOST && cur_left(&c) >= size; i++) {
        text_str(t, i ? "; " : "");
        put_channel(t, &c, structure);
    }
}
