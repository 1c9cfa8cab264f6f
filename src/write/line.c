// SPDX-License-Identifier: Apache-2.0
// Works out the lines of all events, once, before main.
#include "write/line.h"

const struct head_column head_column[HEAD_COLUMNS] = {
    {"ts", "time", "when: seconds since 1970"}, {"uid", "string", "the conversation"},
    {"id.orig_h", "addr", "its originator"},    {"id.orig_p", "port", "the originator's port"},
    {"id.resp_h", "addr", "its responder"},     {"id.resp_p", "port", "the responder's port"},
};

// As many of each as there can be: a step for each field, an object for each event and for each
// component of a path.
enum {
#define EVENT(name, head, eve, doc)                          ALL_BEFORE_##name,
#define FIELD(event, type, name, column, eve, presence, doc) ALL_##event##_##name,
#define END(name)
#include "event/event.def"
#undef EVENT
#undef FIELD
#undef END
    ALL
};

static struct step json_step[ALL], eve_step[ALL];
static struct object json_object[EVENTS], eve_object[ALL + OBJECTS_MOST];
static struct line json[EVENTS], eve[EVENTS];

const struct line *line_of(enum write_format format, enum event_id id)
{
    return format == WRITE_EVE ? &eve[id] : &json[id];
}

static uint8_t make_key(char *key, const char *name, size_t n, const char *end)
{
    size_t end_n = strlen(end), at = 0;

    assert(n + end_n + 2 < KEY_MOST);
    key[at++] = ',';
    if (n) { // a value in a list has no name
        key[at++] = '"';
        memcpy(key + at, name, n);
        memcpy(key + at + n, end, end_n);
        at += n + end_n;
    }
    return (uint8_t)at;
}

static void json_plan(struct line *l, const struct event_type *type, struct step *step,
                      struct object *object)
{
    uint8_t n = 0;

    for (uint16_t i = 0; i < type->n_fields; i++) {
        const struct field *f = &type->field[i];
        if (!f->column[0])
            continue;
        struct step *s = &step[n++];
        s->field = f;
        s->key_n = make_key(s->key, f->column, strlen(f->column), "\":");
    }
    *l = (struct line){step, object, n, 1};
}

// The object of that path inside the line, made if it is new.
static uint8_t find_object(struct object *object, uint8_t *n, uint8_t parent, const char *path,
                           size_t path_n)
{
    const char *name = object[parent].path_n ? path + object[parent].path_n + 1 : path;
    size_t name_n = (size_t)(path + path_n - name);
    bool list = name_n > 2 && !memcmp(name + name_n - 2, "[]", 2);

    for (uint8_t i = 1; i < *n; i++)
        if (object[i].path_n == path_n && !memcmp(object[i].path, path, path_n))
            return i;
    assert(*n < OBJECTS_MOST && object[parent].depth + 1 < DEPTH_MOST);
    struct object *o = &object[*n];
    *o = (struct object){
        .path = path, .path_n = (uint8_t)path_n, .parent = parent, .list = list};
    o->depth = (uint8_t)(object[parent].depth + 1);
    o->key_n = make_key(o->key, name, list ? name_n - 2 : name_n, list ? "\":[" : "\":{");
    return (*n)++;
}

static bool inside(const struct object *object, uint8_t which, uint8_t outer)
{
    while (object[which].depth > object[outer].depth)
        which = object[which].parent;
    return which == outer;
}

// Where a step belongs that stands in `which`: behind the last that shares an object with it,
// the innermost such object first; else at the end. So each object is opened only once.
static uint8_t find_place(const struct line *l, const struct step *step, uint8_t n,
                          uint8_t which)
{
    for (; which; which = l->object[which].parent)
        for (uint8_t i = n; i > 0; i--)
            if (inside(l->object, step[i - 1].object, which))
                return i;
    return n;
}

void line_plan_eve(struct line *l, const struct event_type *type, struct step *step,
                   struct object *object)
{
    uint8_t n = 0, n_objects = 1;

    *l = (struct line){.step = step, .object = object};
    for (uint16_t i = 0; i < type->n_fields; i++) {
        const struct field *f = &type->field[i];
        struct step s = {.field = f};
        const char *name = f->eve, *dot;

        if (!name[0])
            continue;
        for (; (dot = strchr(name, '.')); name = dot + 1)
            s.object =
                find_object(object, &n_objects, s.object, f->eve, (size_t)(dot - f->eve));
        if (strstr(name, "[]")) {
            s.object = find_object(object, &n_objects, s.object, f->eve, strlen(f->eve));
            name = "";
        }
        s.key_n = make_key(s.key, name, strlen(name), "\":");
        uint8_t at = find_place(l, step, n, s.object);
        memmove(&step[at + 1], &step[at], sizeof(s) * (size_t)(n++ - at));
        step[at] = s;
    }
    l->n_steps = n;
    l->n_objects = n_objects;
}

// Before main, so that rendering stays pure and needs no lock on any thread.
static void __attribute__((constructor)) plan_all(void)
{
    size_t steps = 0, objects = 0;

    for (int i = 0; i < EVENTS; i++) {
        assert(objects <= ALL);
        json_plan(&json[i], &event_type[i], json_step + steps, &json_object[i]);
        line_plan_eve(&eve[i], &event_type[i], eve_step + steps, eve_object + objects);
        steps += event_type[i].n_fields;
        objects += eve[i].n_objects;
    }
}
