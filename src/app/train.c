// SPDX-License-Identifier: Apache-2.0
// pipit train, pipit evaluate: models of identification, learnt and measured.
#include "app/builtin.h"
#include "app/examples.h"
#include "app/files.h"
#include "app/output.h"
#include "app/teach.h"

enum { SIEVED = 100000 };

static struct learn_options learn_options(const struct choice *c, struct examples *e)
{
    struct learn_options o = {.least_flows = LEAST_FLOWS,
                              .least_captures = LEAST_CAPTURES,
                              .sieved = SIEVED,
                              .taught = c->teach,
                              .words = e->flow || e->model ? examples_words : NULL,
                              .user = e};

    o.naming = builtin_naming(&o.n_naming);
    return o;
}

static bool write_dump(const char *path, struct slice file, struct fail *f)
{
    struct model *m = model_read(file, f);
    struct text t = {0};

    if (!m)
        return false;
    model_dump(&t, m);
    bool good = file_write(path, text_slice(&t), f);
    text_free(&t);
    model_free(m);
    return good;
}

static bool write_vectors(const char *path, const struct lessons *l, struct fail *f)
{
    struct text t = {0};

    bool good = (lessons_write(&t, l) || failed(f, "%s: too large", path)) &&
                file_write(path, text_slice(&t), f);
    text_free(&t);
    return good;
}

static bool write_all(const struct choice *c, struct examples *e, struct fail *f)
{
    struct learn_options o = learn_options(c, e);
    struct text model = {0};

    bool good = !c->vectors || write_vectors(c->vectors, e->lessons, f);
    if (good && (c->model || c->dump)) {
        noise_add(e->lessons);
        good = learn(&model, e->lessons, &o, f) &&
               (!c->model || file_write(c->model, text_slice(&model), f)) &&
               (!c->dump || write_dump(c->dump, text_slice(&model), f));
        if (good && c->teach)
            teach_report(e, c->teach, text_slice(&model));
    }
    text_free(&model);
    return good;
}

// Vectors that came --with it are read first.
static bool read_input(struct examples *e, const struct choice *c, struct fail *f)
{
    *e = (struct examples){.n = 0};
    return (!c->with || examples_read(e, c, c->with, f)) && examples_more(e, c, c->file[0], f);
}

int command_train(const struct choice *c)
{
    struct examples e;
    struct fail f;

    say_quiet(c->quiet);
    bool good = c->teach ? teach_read(&e, c, &f) : read_input(&e, c, &f);
    uint32_t flows = good ? lessons_count(e.lessons) : 0; // noise is added to them later

    good = good && write_all(c, &e, &f);
    if (good)
        say(SAY_NOTE, "learnt from %u flows", flows);
    else if (f.text[0])
        say(SAY_ERROR, "%s", f.text);
    examples_free(&e);
    return good ? 0 : 2;
}

static struct floors *read_floors(const char *path, struct fail *f)
{
    struct text t = {0};
    struct floors *floors = NULL;

    if (file_read(&t, path, f) && !(floors = floors_read(text_slice(&t), f)))
        (void)file_failed(path, f);
    text_free(&t);
    return floors;
}

int command_evaluate(const struct choice *c)
{
    struct examples e, kept = {.n = 0};
    struct fail f;
    struct output out = {.color = false};
    struct floors *floors = NULL;
    uint32_t missed = 0;
    bool good = examples_read(&e, c, c->file[0], &f) &&
                (!c->kept || examples_read(&kept, c, c->kept, &f)) &&
                (!c->floors || (floors = read_floors(c->floors, &f)));

    if (good) {
        struct learn_options o = learn_options(c, &e);
        o.least_flows = SCORED_FLOWS;
        o.least_captures = SCORED_CAPTURES;
        noise_add(e.lessons);
        struct evaluate_options how = {&o, kept.lessons, floors, c->json, c->names};
        missed = evaluate(&out.text, e.lessons, &how);
    } else {
        say(SAY_ERROR, "%s", f.text);
    }
    examples_free(&kept);
    examples_free(&e);
    if (floors)
        floors_free(floors);
    int status = output_close(&out);
    return !good ? 2 : status ? status : missed ? 1 : 0;
}
