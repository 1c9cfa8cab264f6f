// SPDX-License-Identifier: Apache-2.0
// Git: recognised by the line that asks for a service, and by the first line of the answer;
// Git's pack-protocol.
#include "proto/proto.h"

#include "proto/shape.h"

enum { COUNT = 4, NAME = 40 };

static bool is_hex(uint8_t b)
{
    return shape_is_digit(b) || (b >= 'a' && b <= 'f');
}

// As many lower case hexadecimal digits, as far as there are bytes.
static bool begins_hex(struct slice s, uint32_t from, uint32_t n)
{
    for (uint32_t i = from; i < min_u32(s.n, from + n); i++)
        if (!is_hex(s.p[i]))
            return false;
    return true;
}

// The name of a commit, and what it is of; or the version of the answer.
static enum guess is_answer(struct slice s)
{
    enum { WHOLE = COUNT + NAME + 1 };
    static const char *const versions[] = {"000eversion 1\n", "000eversion 2\n"};

    for (size_t i = 0; i < COUNT_OF(versions); i++)
        if (shape_begins(s, versions[i], 14))
            return s.n < 14 ? MAYBE : YES;
    if (!begins_hex(s, COUNT, NAME))
        return NO;
    return s.n < WHOLE ? MAYBE : s.p[WHOLE - 1] == ' ' ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    static const char *const services[] = {"git-upload-pack /", "git-receive-pack /",
                                           "git-upload-archive /"};
    struct slice s = h->bytes;

    if (*s.p != '0' || !begins_hex(s, 0, COUNT))
        return NO;
    if (s.n <= COUNT)
        return MAYBE;
    struct slice rest = slice_of(s.p + COUNT, s.n - COUNT);
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        uint32_t n = (uint32_t)strlen(services[i]);
        if (shape_begins(rest, services[i], n))
            return rest.n < n ? MAYBE : YES;
    }
    return is_answer(s);
}

const struct analyser proto_git = {
    .name = "git",
    .title = "Git",
    .spec = "Git's pack-protocol",
    .why = "a line that tells its length asks for a service, or names a commit",
    .over = OVER_TCP,
    .hint = {9418},
    .probe = probe,
};
