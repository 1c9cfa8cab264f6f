// SPDX-License-Identifier: Apache-2.0
// pipit train, pipit evaluate: models of identification, learnt and measured.
#include "app/builtin.h"
#include "app/examples.h"
#include "app/files.h"
#include "app/output.h"

enum { LEAST_FLOWS = 6, LEAST_CAPTURES = 1, SCORED_CAPTURES = 3 };

static struct learn_options learn_options(void)
{
    struct learn_options o = {.least_flows = LEAST_FLOWS, .least_captures = LEAST_CAPTURES};

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

    lessons_write(&t, l);
    bool good = file_write(path, text_slice(&t), f);
    text_free(&t);
    return good;
}

static bool write_all(const struct choice *c, const struct lessons *l, struct fail *f)
{
    struct learn_options o = learn_options();
    struct text model = {0};

    bool good = !c->vectors || write_vectors(c->vectors, l, f);
    if (good && (c->model || c->dump)) {
        good = learn(&model, l, &o, f) &&
               (!c->model || file_write(c->model, text_slice(&model), f)) &&
               (!c->dump || write_dump(c->dump, text_slice(&model), f));
    }
    text_free(&model);
    return good;
}

int command_train(const struct choice *c)
{
    struct fail f;
    struct lessons *l = examples_read(c, c->file[0], &f);
    bool good = l && write_all(c, l, &f);

    if (!good)
        say(SAY_ERROR, "%s", f.text);
    else
        say(SAY_NOTE, "learnt from %u flows", lessons_count(l));
    if (l)
        lessons_free(l);
    return good ? 0 : 2;
}

int command_evaluate(const struct choice *c)
{
    struct fail f;
    struct learn_options o = learn_options();
    struct output out = {.color = false};
    struct text floors = {0};
    struct floors *fl = NULL;
    uint32_t missed = 0;
    struct lessons *l = examples_read(c, c->file[0], &f);
    bool good = l != NULL;

    o.least_captures = SCORED_CAPTURES;
    if (good && c->floors)
        good = file_read(&floors, c->floors, &f) && (fl = floors_read(text_slice(&floors), &f));
    if (good)
        missed = evaluate(&out.text, l, &o, fl, c->json);
    else
        say(SAY_ERROR, "%s", f.text);
    if (l)
        lessons_free(l);
    if (fl)
        floors_free(fl);
    text_free(&floors);
    int status = output_close(&out);
    return !good ? 2 : status ? status : missed ? 1 : 0;
}
