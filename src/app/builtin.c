// SPDX-License-Identifier: Apache-2.0
// Reads what is built in. The table of names is ours, so what is wrong in it is a bug.
#include "app/builtin.h"

#include <stdlib.h>
#include <string.h>

#include "app/files.h"
#include "proto/proto.h"

enum { BUILTIN_NAMES_MOST = 512, TABLE_COLUMNS_MOST = 7 };
enum { NAME, PUBLISHED, REACH, FAMILY, TRANSPORTS, TITLE, PORTS };

static struct known_name known_names[BUILTIN_NAMES_MOST];
static struct naming naming[BUILTIN_NAMES_MOST];
static uint32_t names;

// "443/tcp 443/udp"
static void read_promises(struct known_name *k, const char *text)
{
    static const char *const proto[] = {"tcp", "udp", "sctp"};
    static const uint8_t number[] = {6, 17, 132};

    for (unsigned i = 0; i < PROMISES_MOST && *text; i++) {
        char *end;
        k->promise[i].port = (uint16_t)strtoul(text, &end, 10);
        assert(*end == '/');
        for (unsigned n = 0; n < COUNT_OF(proto); n++)
            if (!strncmp(end + 1, proto[n], strlen(proto[n])))
                k->promise[i].ip_proto = number[n];
        assert(k->promise[i].ip_proto);
        text = strchr(end, ' ') ? strchr(end, ' ') + 1 : "";
    }
}

static void read_line(char *line)
{
    char *cell[TABLE_COLUMNS_MOST];
    unsigned n = 0;

    for (char *at = line; at && n < TABLE_COLUMNS_MOST; n++) {
        cell[n] = at;
        at = strchr(at, '\t');
        if (at)
            *at++ = 0;
    }
    assert(n == TABLE_COLUMNS_MOST && names < BUILTIN_NAMES_MOST);
    struct known_name *k = &known_names[names];
    *k = (struct known_name){.name = cell[NAME],
                             .published = cell[PUBLISHED],
                             .family = cell[FAMILY],
                             .title = cell[TITLE]};
    read_promises(k, cell[PORTS]);
    const struct analyser *a = analyser_named(k->name);
    naming[names++] = (struct naming){.name = k->name,
                                      .family = k->family,
                                      .published = k->published,
                                      .reach = cell[REACH],
                                      .over = cell[TRANSPORTS],
                                      .probed = a && a->probe};
}

// Before main, so that no thread ever sees it half done; never freed.
__attribute__((constructor)) static void read_table(void)
{
    static char table[64 * 1024];
    bool head = true;

    assert(builtin_names_n < sizeof(table));
    memcpy(table, builtin_names_bytes, builtin_names_n);
    for (char *at = table, *end; (end = strchr(at, '\n')); at = end + 1) {
        *end = 0;
        if (!head && *at)
            read_line(at);
        head = false;
    }
}

const struct known_name *builtin_names(uint32_t *n)
{
    *n = names;
    return known_names;
}

const struct naming *builtin_naming(uint32_t *n)
{
    *n = names;
    return naming;
}

static struct model *model_of(const char *path, struct fail *f)
{
    struct text t = {0};
    struct model *m = NULL;

    if (!path)
        return builtin_model_n ? model_read(slice_of(builtin_model_bytes, builtin_model_n), f)
                               : NULL;
    if (!strcmp(path, "none"))
        return NULL;
    if (file_read(&t, path, f) && !(m = model_read(text_slice(&t), f)))
        (void)file_failed(path, f);
    text_free(&t);
    return m;
}

const struct model *builtin_or(const char *path, struct fail *f)
{
    static struct model *held;
    static const char *held_path;

    f->text[0] = 0;
    if (held && (path == held_path || (path && held_path && !strcmp(path, held_path))))
        return held;
    if (held)
        model_free(held);
    held = model_of(path, f);
    held_path = path;
    return held;
}
