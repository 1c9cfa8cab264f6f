// SPDX-License-Identifier: Apache-2.0
// The rules for names of stations, and names that break them on purpose.
#include "proto/profinet/dcp.h"

enum { LABEL_MOST = 63 };

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

// What no engineer types, but who tries the code behind it does.
static const char *hostile(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : 0;
        if (c == '%' && is_letter(next))
            return "a conversion of format strings";
        if (c == '$' && next == '(')
            return "a command substitution";
        if (!c)
            return "bytes behind a zero";
        if (c < 0x20 || c == 0x7f)
            return "a control character";
        if (strchr("/\\;|`<\"'", c))
            return "a character of shells, paths or markup";
    }
    return NULL;
}

static bool is_number_label(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

// "port-" and three digits, or these and "-" and five more, name a port, not a station.
static bool is_port_label(struct slice s)
{
    static const char form[] = "port-ddd-ddddd";

    if (s.n != 8 && s.n != 14)
        return false;
    for (uint32_t i = 0; i < s.n; i++)
        if (form[i] == 'd' && i > 4 ? !is_digit(s.p[i]) : s.p[i] != (uint8_t)form[i])
            return false;
    return true;
}

static const char *label_fault(struct slice s)
{
    if (!s.n)
        return "an empty label";
    if (s.n > LABEL_MOST)
        return "a label of more than 63 characters";
    if (s.p[0] == '-' || s.p[s.n - 1] == '-')
        return "a label begins or ends with a dash";
    return NULL;
}

static const char *labels_fault(struct slice name)
{
    uint32_t labels = 0, numbers = 0, from = 0;

    for (uint32_t i = 0; i <= name.n; i++) {
        if (i < name.n && name.p[i] != '.')
            continue;
        struct slice label = slice_of(name.p + from, i - from);
        const char *fault = label_fault(label);
        if (fault)
            return fault;
        if (!labels && is_port_label(label))
            return "the name of a port";
        labels++;
        numbers += is_number_label(label);
        from = i + 1;
    }
    return labels == 4 && numbers == 4 ? "the form of an IP address" : NULL;
}

const char *dcp_name_fault(struct slice name, uint8_t *weight)
{
    const char *fault = hostile(name);
    bool old = false, odd = false;

    *weight = DCP_NAME_FINE;
    if (!name.n)
        return NULL;
    *weight = DCP_NAME_HOSTILE;
    if (fault)
        return fault;
    *weight = DCP_NAME_BAD;
    if (name.n > DCP_NAME_MOST)
        return "more than 240 characters";
    for (uint32_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        old = old || (c >= 'A' && c <= 'Z') || c == '_';
        odd = odd || !(is_letter(c) || is_digit(c) || strchr("-._", c));
    }
    if (odd)
        return "a character that is not allowed";
    fault = labels_fault(name);
    if (fault)
        return fault;
    *weight = old ? DCP_NAME_OLD : DCP_NAME_FINE;
    return old ? "capitals or underscores" : NULL;
}
