// SPDX-License-Identifier: Apache-2.0
// Random bytes as the fields of each event: JSON and EVE must stay valid, a line of Zeek's must
// have its columns and no control character.
#include "base/cur.h"
#include "write/check.h"
#include "write/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool so)
{
    if (!so)
        __builtin_trap();
}

// The next n bytes, zeros behind the end.
static void take(struct cur *c, void *to, uint32_t n)
{
    memset(to, 0, n);
    struct slice s = cur_take(c, min_u32(n, cur_left(c)));
    if (s.n)
        memcpy(to, s.p, s.n);
}

static void fill_field(struct cur *c, const struct field *f, uint8_t *event, char word[32])
{
    static const uint8_t size[] = {
#define X(name, ctype) [TYPE_##name] = sizeof(ctype),
        FIELD_TYPES(X)
#undef X
    };
    void *p = event + f->offset;
    uint8_t n = cur_u8(c);

    switch ((enum field_type)f->type) {
    case TYPE_bool: *(bool *)p = n & 1; break;
    case TYPE_str: *(struct slice *)p = cur_take(c, min_u32(n, cur_left(c))); break;
    case TYPE_json:
        if (n & 1)
            *(struct slice *)p = slice_str("[1,\"a\"]");
        break;
    case TYPE_word:
    case TYPE_enum:
        take(c, word, n % 31);
        word[n % 31] = 0;
        *(const char **)p = n == 31 ? NULL : word;
        break;
    case TYPE_addr:
        take(c, p, 16);
        ((struct addr *)p)->kind = n & 3;
        break;
    default: take(c, p, size[f->type]); break;
    }
}

static void fill_head(struct cur *c, struct event *e)
{
    take(c, &e->present, sizeof(e->present));
    take(c, &e->ts, sizeof(e->ts));
    take(c, &e->uid, cur_u8(c) & 8);
    take(c, e->src.b, sizeof(e->src.b));
    e->src.kind = e->dst.kind = cur_u8(c) & 3;
    e->sport = cur_be16(c);
    e->ip_proto = cur_u8(c);
}

static void check_zeek(const struct text *line, const struct text *header)
{
    static const char fields[] = "\n#fields";
    const char *names = memmem(header->p, header->n, fields, sizeof(fields) - 1);
    uint32_t columns = 0, tabs = 1;
    struct slice s = text_slice(line);

    must(names && s.n && s.p[s.n - 1] == '\n');
    for (names += sizeof(fields) - 1; *names != '\n'; names++)
        columns += *names == '\t';
    for (uint32_t at = 0, n; at < s.n - 1; at += n) {
        n = utf8_at(s, at);
        must(n > 0);
        must((s.p[at] >= 0x20 && s.p[at] != 0x7f) || s.p[at] == '\t');
        must(s.p[at] != 0xc2 || s.p[at + 1] >= 0xa0);
        tabs += s.p[at] == '\t';
    }
    must(tabs == columns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) uint8_t memory[8192];
    static char word[64][32];
    static struct text t, header;
    struct event *e = (struct event *)(void *)memory;
    struct cur c = cur_of(slice_of(data, size));
    uint8_t id = cur_u8(&c) % EVENTS;
    const struct event_type *type = &event_type[id];

    must(type->size <= sizeof(memory) && type->n_fields <= COUNT_OF(word));
    memset(memory, 0, type->size);
    e->id = id;
    fill_head(&c, e);
    for (uint16_t i = 0; i < type->n_fields; i++)
        fill_field(&c, &type->field[i], memory, word[i]);

    text_clear(&t);
    write_render(&t, WRITE_JSON, e);
    must(!write_shows(WRITE_JSON, id) || check_json_line(text_slice(&t)));
    text_clear(&t);
    write_render(&t, WRITE_EVE, e);
    must(!write_shows(WRITE_EVE, id) || check_json_line(text_slice(&t)));
    text_clear(&header);
    write_header(&header, WRITE_ZEEK, (enum event_id)id, e->ts);
    text_clear(&t);
    write_render(&t, WRITE_ZEEK, e);
    if (write_shows(WRITE_ZEEK, id))
        check_zeek(&t, &header);
    return 0;
}
