// SPDX-License-Identifier: Apache-2.0
// A rule's text taken apart: the words of its header, its options; and what dialect it is.
#include "rule/parse.h"

#include <stdio.h>
#include <string.h>

// The end of the header: a parenthesis that is not that of $(NAME).
static uint32_t find_options(struct slice t)
{
    for (uint32_t i = 0; i < t.n; i++) {
        if (t.p[i] != '(')
            continue;
        if (!i || t.p[i - 1] != '$')
            return i;
        while (i < t.n && t.p[i] != ')')
            i++;
    }
    return t.n;
}

// Words at blanks outside of brackets.
static unsigned cut_words(struct raw_rule *raw, struct slice t)
{
    unsigned words = 0;

    for (uint32_t i = 0; i < t.n;) {
        uint32_t from = i;
        int depth = 0;
        if (is_blank(t.p[i])) {
            i++;
            continue;
        }
        while (i < t.n && (depth > 0 || !is_blank(t.p[i]))) {
            depth += (t.p[i] == '[') - (t.p[i] == ']');
            i++;
        }
        if (words < HEADER_WORDS) {
            raw->word[words] = slice_of(t.p + from, i - from);
            raw->word_at[words] = from;
        }
        words++;
    }
    return words;
}

// Up to the next ';' outside of quotes; *quoted: a quote was not closed.
static uint32_t option_end(struct slice t, uint32_t from, bool *quoted)
{
    bool in = false;
    uint32_t i;

    for (i = from; i < t.n && (in || t.p[i] != ';'); i++) {
        if (t.p[i] == '\\' && i + 1 < t.n)
            i++;
        else if (t.p[i] == '"' && (in || quote_opens(t, i)))
            in = !in;
    }
    *quoted = in;
    return i;
}

static void put_option(struct raw_option *o, struct slice t, uint32_t at)
{
    const uint8_t *colon = memchr(t.p, ':', t.n);
    const uint8_t *quote = memchr(t.p, '"', t.n);

    *o = (struct raw_option){.name = slice_trim(t), .at = at};
    if (!colon || (quote && quote < colon))
        return;
    o->name = slice_trim(slice_of(t.p, (size_t)(colon - t.p)));
    o->value = slice_trim(slice_of(colon + 1, (size_t)(t.p + t.n - colon) - 1));
    if (!o->value.n)
        o->value.p = colon; // given, but empty
}

static bool cut_options(struct raw_rule *raw, struct slice t, uint32_t from, uint32_t *at,
                        struct fail *f)
{
    bool quoted;

    for (uint32_t i = from; i < t.n;) {
        uint32_t end;
        while (i < t.n && is_blank(t.p[i]))
            i++;
        if (i == t.n)
            break;
        *at = i;
        end = option_end(t, i, &quoted);
        if (quoted)
            return failed(f, "a quote is not closed");
        struct slice one = slice_trim(slice_of(t.p + i, end - i));
        if (one.n) { // ;; is nothing
            if (raw->n_options == RAW_OPTIONS_MOST)
                return failed(f, "a rule has at most %d options", RAW_OPTIONS_MOST);
            put_option(&raw->option[raw->n_options++], one, i);
        }
        i = end + 1;
    }
    return true;
}

// Where a quote opens that is not closed; t.n: there is none.
static uint32_t open_quote(struct slice t, uint32_t from)
{
    uint32_t opened = t.n;

    for (uint32_t i = from; i < t.n; i++) {
        if (t.p[i] == '\\')
            i++;
        else if (t.p[i] == '"' && (opened < t.n || quote_opens(t, i)))
            opened = opened < t.n ? t.n : i;
    }
    return opened;
}

static uint32_t open_bracket(struct slice header)
{
    uint32_t opened = header.n;

    for (uint32_t i = 0; i < header.n; i++)
        opened = header.p[i] == '[' ? i : header.p[i] == ']' ? header.n : opened;
    return opened;
}

static bool not_closed(struct slice t, uint32_t open, uint32_t *at, struct fail *f)
{
    uint32_t quote = open_quote(t, open);

    if (quote == t.n)
        return failed(f, "the parenthesis is not closed");
    *at = quote;
    return failed(f, "this quote is not closed");
}

static bool no_header(const struct raw_rule *raw, struct slice header, uint32_t *at,
                      struct fail *f)
{
    *at = open_bracket(header);
    if (*at < header.n)
        return failed(f, "this bracket is not closed");
    *at = 0;
    return failed(f,
                  "the header has %u words; it is: action protocol address port -> address "
                  "port, or action protocol, or action",
                  raw->words);
}

bool raw_read(struct raw_rule *raw, const struct statement *st, uint32_t *at, struct fail *f)
{
    struct slice t = st->text;
    uint32_t open = find_options(t), close = t.n;

    raw->statement = st;
    raw->n_options = 0;
    *at = 0;
    raw->words = cut_words(raw, slice_of(t.p, open));
    if (st->too_long)
        return failed(f, "the rule is longer than %d bytes", STATEMENT_MOST);
    if (open == t.n)
        return failed(f, "a rule needs its options in parentheses");
    while (close > open && t.p[close - 1] != ')')
        close--;
    *at = close;
    if (close <= open + 1 && (!close || t.p[close - 1] != ')'))
        return not_closed(t, open, at, f);
    if (st->open && slice_trim(slice_of(t.p + close, t.n - close)).n)
        return close > open + 1 && open_quote(t, open) == t.n
                   ? failed(f, "there is text behind the closing parenthesis")
                   : not_closed(t, open, at, f);
    if (st->open)
        return not_closed(t, open, at, f);
    *at = 0;
    if (raw->words != 1 && raw->words != 2 && raw->words != HEADER_WORDS)
        return no_header(raw, slice_of(t.p, open), at, f);
    return cut_options(raw, slice_of(t.p, close - 1), open + 1, at, f);
}

// ---------------------------------------------------------------- dialects (rules.md 6.2)

static bool begins(struct slice s, const char *with)
{
    return s.n >= strlen(with) && !memcmp(s.p, with, strlen(with));
}

static bool is_suricata_word(struct slice name)
{
    static const char *const words[] = {
        "app-layer-event", "app-layer-protocol", "decode-event", "stream-event", "bsize",
        "startswith",      "endswith",           "xbits",        "hostbits",     "flowint",
        "http_host",       "requires",           "dataset",      "frame",        "noalert",
        "prefilter",       "filestore",          "tls_sni",      "dns_query",    "absent"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (slice_is(name, words[i]))
            return true;
    return memchr(name.p, '.', name.n) != NULL;
}

// Modifiers inside of a content: behind its closing quote there is a comma.
static bool has_inner_modifiers(struct slice value)
{
    return value.n && value.p[value.n - 1] != '"' && memchr(value.p, '"', value.n);
}

static bool is_app_proto(struct slice proto)
{
    static const char *const words[] = {
#define SERVICE(word, service) word,
#include "rule/service.def"
#undef SERVICE
    };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (slice_is_any_case(proto, words[i]))
            return true;
    return false;
}

enum dialect raw_dialect(const struct raw_rule *raw)
{
    bool content = false, snort3 = raw->words < HEADER_WORDS;
    bool suricata = raw->words == HEADER_WORDS &&
                    (is_app_proto(raw->word[1]) || slice_is(raw->word[4], "=>") ||
                     slice_is(raw->word[1], "pkthdr") || begins(raw->word[1], "tcp-"));

    for (unsigned i = 0; i < raw->n_options; i++) {
        const struct raw_option *o = &raw->option[i];
        if (slice_is(o->name, "content")) {
            snort3 = snort3 || has_inner_modifiers(o->value);
            content = true;
        } else if (slice_is(o->name, "service") ||
                   (!content && begins(o->name, "http_") && o->name.n > 5)) {
            snort3 = true;
        } else if (is_suricata_word(o->name)) {
            suricata = true;
        }
    }
    return suricata && !(snort3 && raw->words < HEADER_WORDS) ? DIALECT_SURICATA
           : snort3                                           ? DIALECT_SNORT3
                                                              : DIALECTS;
}
