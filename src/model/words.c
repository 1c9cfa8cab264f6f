// SPDX-License-Identifier: Apache-2.0
// A token in words, by the sentence of its kind.
#include "model/walk.h"

static const char *const kind_words[KINDS] = {
#define KIND(name, family, words) [KIND_##name] = words,
#include "model/kind.def"
#undef KIND
};

static const char *const message_words[WHERES] = {
    "the first client message",
    "the second client message",
    "the third client message",
    "a later client message",
    "the first server message",
    "the second server message",
    "the third server message",
    "a later server message",
    "a client message",
    "a server message",
    "a message of side A",
    "a message of side B",
    "a message",
};
static const char *const messages_words[WHERES] = {
    [CLIENT] = "client messages",      [SERVER] = "server messages",
    [SIDE_A] = "messages of side A",   [SIDE_B] = "messages of side B",
    [EITHER] = "messages, either way",
};
static const char *const side_words[WHERES] = {
    [CLIENT] = "the client", [SERVER] = "the server",  [SIDE_A] = "side A",
    [SIDE_B] = "side B",     [EITHER] = "either side",
};

static void number_words(struct text *t, uint32_t field)
{
    static const char *const kind[NUMBERS] = {
        "byte",
        "the 16-bit number",
        "the little-endian 16-bit number",
        "the 24-bit number",
        "the little-endian 24-bit number",
        "the 32-bit number",
        "the little-endian 32-bit number",
    };
    uint32_t number = field >> FIELD_SHIFT;

    text_printf(t, number == U8 ? "%s %u" : "%s at %u", kind[number],
                field & ((1u << FIELD_SHIFT) - 1));
}

// What must be added to a length field.
static void length_words(struct text *t, uint64_t value)
{
    int64_t extra = (int64_t)value + LENGTH_LEAST;

    if (extra)
        text_printf(t, extra > 0 ? " minus %d" : " plus %d", (int)(extra > 0 ? extra : -extra));
}

static void part_words(struct text *t, uint64_t extra)
{
    if (extra)
        text_printf(t, "all but %u bytes", (uint32_t)extra);
    else
        text_str(t, "the bytes");
}

static void size_words(struct text *t, uint32_t code)
{
    if (code < SIZE_EXACT)
        text_printf(t, code == 1 ? "%u byte" : "%u bytes", code);
    else
        text_printf(t, "%u to %u bytes", max_u32(SIZE_EXACT, 1u << (code - SIZE_EXACT)),
                    (uint32_t)((2ull << (code - SIZE_EXACT)) - 1));
}

static void delay_words(struct text *t, uint64_t decade)
{
    static const char *const words[] = {"less than 1 ms", "1 to 10 ms", "10 to 100 ms",
                                        "0.1 to 1 s",     "1 to 10 s",  "more than 10 s"};

    text_str(t, words[decade]);
}

static void transport_words(struct text *t, uint64_t ip_proto)
{
    if (ip_proto == 6 || ip_proto == 17)
        text_str(t, ip_proto == 6 ? "TCP" : "UDP");
    else if (ip_proto == 132)
        text_str(t, "SCTP");
    else
        text_printf(t, "IP protocol %u", (uint32_t)ip_proto);
}

static void turns_words(struct text *t, const struct token *k)
{
    for (uint32_t i = 0; i < k->at; i++) {
        bool second = k->value >> i & 1;
        text_str(t, i ? ", " : "");
        text_str(t, k->where == CLIENT ? second ? "server" : "client" : second ? "B" : "A");
    }
}

static void classes_words(struct text *t, const struct token *k)
{
    static const char *const word[][2] = {
        [UPPER] = {"capital", "capitals"},
        [LOWER] = {"small letter", "small letters"},
        [DIGIT] = {"digit", "digits"},
        [BLANK] = {"blank", "blanks"},
        [NEWLINE] = {"line end", "line ends"},
        [ZERO] = {"zero", "zeros"},
        [CONTROL] = {"control byte", "control bytes"},
        [PUNCTUATION] = {"punctuation mark", "punctuation marks"},
        [HIGH] = {"byte above 7f", "bytes above 7f"},
    };

    for (uint32_t i = 0, run; i < k->at; i += run) {
        uint32_t class = k->value >> 4 * (k->at - 1 - i) & 15;
        for (run = 1; i + run < k->at; run++)
            if ((k->value >> 4 * (k->at - 1 - i - run) & 15) != class)
                break;
        text_str(t, i ? ", " : "");
        text_printf(t, "%u %s", run, word[class][run > 1]);
    }
}

static void eighths_words(struct text *t, uint64_t eighths)
{
    static const char *const words[] = {"less than an eighth", "an eighth",     "a quarter",
                                        "three eighths",       "half",          "five eighths",
                                        "three quarters",      "seven eighths", "all"};

    text_str(t, words[eighths]);
}

static void chance_words(struct text *t, uint64_t code)
{
    if (code < CHANCE_FINE)
        text_printf(t, "%u.%02u times as often as if random", (uint32_t)code / 4,
                    (uint32_t)code % 4 * 25);
    else
        text_printf(t, "%u times as often as if random", 4u << (code - CHANCE_FINE));
}

static void line_end_words(struct text *t, uint64_t style)
{
    static const char *const words[] = {"nothing", "LF", "CR", "CR LF"};

    text_str(t, words[style]);
}

static void ber_words(struct text *t, uint64_t bytes)
{
    if (bytes)
        text_printf(t, "a length of %u bytes", (uint32_t)bytes);
    else
        text_str(t, "a short length");
}

static void hex_words(struct text *t, uint64_t value, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        text_printf(t, i ? " %02x" : "%02x", (uint32_t)(value >> 8 * (n - 1 - i) & 0xff));
}

// In hex, and as text if it is one: 47 45 54 20 ("GET ").
static void seen_words(struct text *t, struct slice seen)
{
    bool print = seen.n > 1;

    for (uint32_t i = 0; i < seen.n; i++) {
        text_printf(t, i ? " %02x" : "%02x", seen.p[i]);
        print = print && is_print(seen.p[i]);
    }
    if (print)
        text_printf(t, " (\"%.*s\")", (int)seen.n, (const char *)seen.p);
}

static void joined_words(struct text *t, const struct token *k)
{
    text_printf(t, "%s begins with ", side_words[k->where]);
    hex_words(t, k->value >> 32, k->at);
    text_str(t, ", and the answer with ");
    hex_words(t, k->value & 0xffffffff, k->at);
}

static void part(struct text *t, const struct token *k, char letter)
{
    bool moved = k->kind == KIND_ECHO_MOVED;

    switch (letter) {
    case 'w': text_str(t, message_words[k->where]); break;
    case 's': text_str(t, messages_words[k->where]); break;
    case 'S': text_str(t, side_words[k->where]); break;
    case 'n': text_u64(t, k->at); break;
    case 'N': text_u64(t, k->at + (moved ? 3u : 1u)); break;
    case 'v': text_u64(t, k->value); break;
    case 'h': text_printf(t, "%x", (uint32_t)k->value); break;
    case 'x': seen_words(t, k->seen); break;
    case 'q': text_printf(t, "\"%.*s\"", (int)k->seen.n, (const char *)k->seen.p); break;
    case 'f': number_words(t, k->at); break;
    case 'l': length_words(t, k->value); break;
    case 'm': part_words(t, k->value); break;
    case 'e': eighths_words(t, k->value); break;
    case 'z': size_words(t, (uint32_t)k->value); break;
    case 'Z':
        size_words(t, (uint32_t)(k->value >> 32));
        text_str(t, " and ");
        size_words(t, (uint32_t)k->value);
        break;
    case 'd': delay_words(t, k->value); break;
    case 't': transport_words(t, k->value); break;
    case 'o': turns_words(t, k); break;
    case 'c': classes_words(t, k); break;
    case 'r': line_end_words(t, k->value); break;
    case 'a': chance_words(t, k->value); break;
    case 'b': ber_words(t, k->value); break;
    case 'j': joined_words(t, k); break;
    case 'p': text_str(t, k->value ? "seen" : "missed"); break;
    default: assert(false);
    }
}

void token_words(struct text *t, const struct token *k)
{
    for (const char *p = kind_words[k->kind]; *p; p++)
        if (*p == '%')
            part(t, k, *++p);
        else
            text_char(t, *p);
}
