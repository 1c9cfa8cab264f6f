// SPDX-License-Identifier: Apache-2.0
// A run from opening to the exit status, with signals, progress and logs.
#include "app/session.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/builtin.h"
#include "app/extract.h"
#include "app/keep.h"
#include "app/live.h"
#include "app/progress.h"
#include "app/ruleset.h"
#include "ident/ident.h"

struct session {
    struct job *job;
    struct capture *capture;
    struct sink *sink;
    struct progress_line progress;
    struct extract *extract;      // NULL: no files are extracted
    struct keep *keep;            // NULL: packets are not kept
    struct rule_filters *filters; // of alerts; NULL: there are no rules
    uint64_t count[COUNTS];       // by these
    struct text text;             // of a record that is written anew
    nsec end;
};

// What the signal handler stops.
static struct capture *volatile running;
static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
    struct capture *c = running;

    stopped = 1;
    if (c)
        capture_stop(c);
}

// The second of them ends the program at once.
static void catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND};

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); // a limit of file sizes is told as a full disk is
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
}

// ---------------------------------------------------------------- while it runs

static void render(void *user, struct text *t, const struct event *e)
{
    const struct session *s = user;

    if (s->job->written >> e->id & 1)
        write_render(t, s->job->choice->format, e);
}

static void keep_stats(struct session *s, const struct event *e)
{
    const struct ev_stats *v = (const void *)e;
    uint64_t *sum = s->job->count;

#define COUNT(name, doc) sum[COUNT_##name] = v->name;
#include "event/count.def"
#undef COUNT
    s->job->told = true;
    s->end = e->ts;
}

static bool on_event(void *user, struct event *e);

static bool tell_all(struct session *s, struct event *first)
{
    struct text t = {0};
    bool good = true;

    for (struct event *e = first; e && good; e = e->next) {
        text_clear(&t);
        render(s, &t, e);
        e->written = text_slice(&t);
        good = on_event(s, e);
    }
    text_free(&t);
    return good;
}

static bool watch(struct session *s, const struct event *e)
{
    const struct watchers *w = &s->job->watch;
    struct arena arena = {0};
    struct event *first = NULL;
    struct out o = {.arena = &arena,
                    .at = &nobody,
                    .last = &first,
                    .order = e->order,
                    .wanted = s->job->written};

    watchers_event(w, e);
    if (!watchers_news(w))
        return true;
    watchers_tell(w, &o);
    bool good = tell_all(s, first);
    arena_free(&arena);
    return good;
}

// What is known only here: its record is written anew.
static void write_anew(struct session *s, struct event *e)
{
    if (!s->sink)
        return;
    text_clear(&s->text);
    render(s, &s->text, e);
    e->written = text_slice(&s->text);
}

// Where a file went.
static void extract_event(struct session *s, struct event *e)
{
    if (e->id == EV_file_part)
        extract_part(s->extract, (const void *)e);
    if (e->id != EV_file)
        return;
    extract_end(s->extract, (void *)e);
    write_anew(s, e);
}

static bool on_event(void *user, struct event *e)
{
    struct session *s = user;
    bool changed = false;

    if (s->filters && !rule_filters_pass(s->filters, e, &changed))
        return true;
    if (changed)
        write_anew(s, e);
    if (s->extract)
        extract_event(s, e);
    if (s->sink && !sink_add(s->sink, e)) {
        s->job->broken = true;
        return false;
    }
    if (e->id == EV_stats)
        keep_stats(s, e);
    return watch(s, e) && (!s->job->event || s->job->event(s->job->user, e));
}

static void on_frames(void *user, const struct frames *f)
{
    struct session *s = user;

    keep_frames(s->keep, f);
}

static bool on_batch(void *user, const struct run_so_far *so_far)
{
    struct session *s = user;

    progress_tell(&s->progress, so_far);
    if (!s->job->choice->device)
        return true;
    if (s->sink && !sink_flush(s->sink)) { // who looks at it live should see it
        s->job->broken = true;
        return false;
    }
    return true;
}

// ---------------------------------------------------------------- opening

static struct capture *open_capture(const struct choice *c, struct fail *f)
{
    struct capture_options o = {
        .file = c->device ? NULL : c->file,
        .device = c->device,
        .filter = c->filter,
        .from = c->from,
        .to = c->to,
    };
    struct capture *capture = capture_open(&o, f);

    return capture;
}

static bool open_sink(struct session *s, struct fail *f)
{
    const struct choice *c = s->job->choice;

    if (s->job->sink == JOB_FOLDER)
        s->sink = sink_folder(c->folder, c->format, f);
    else if (s->job->sink == JOB_STDOUT)
        s->sink = sink_stdout(c->format, c->log);
    else
        return true;
    return s->sink != NULL;
}

static bool open_model(struct session *s, struct fail *f)
{
    f->text[0] = 0;
    ident_use(s->job->no_model ? NULL : builtin_or(s->job->choice->model, f));
    return !f->text[0];
}

static bool open_all(struct session *s, struct fail *f)
{
    const struct choice *c = s->job->choice;
    struct live_folder folder[LIVE_FOLDERS] = {{0}};
    struct stat st;
    int n = 0;

    s->capture = open_capture(c, f);
    if (!s->capture || !open_model(s, f))
        return false;
    if (s->job->sink == JOB_FOLDER)
        folder[n++] = (struct live_folder){c->folder, "-o", stat(c->folder, &st) != 0};
    if (!open_sink(s, f))
        return false;
    if (c->keep) {
        s->keep = keep_open(c->keep, (uint64_t)c->settings.keep_size, c->settings.keep_age, f);
        if (!s->keep)
            return false;
        folder[n++] = (struct live_folder){c->keep, "--keep", keep_folder(s->keep)->made};
    }
    if (c->extract) {
        const struct extract_limits l = {.file = (uint64_t)c->settings.extract_size,
                                         .all = (uint64_t)c->settings.extract_total,
                                         .uid = s->job->follow_uid};
        s->extract = extract_open(c->extract, &l, f);
        if (!s->extract)
            return false;
        folder[n++] =
            (struct live_folder){c->extract, "--extract", extract_folder(s->extract)->made};
    }
    return !c->device || live_guard(folder, n, f);
}

static bool uses_rules(const struct job *j)
{
    return j->choice->rules &&
           (j->wanted & (WANT(alert) | WANT(stats)) || j->choice->explain_sid);
}

static struct run_options options_of(const struct job *j)
{
    const struct choice *c = j->choice;
    struct run_options o = {
        .workers = settings_workers(&c->settings),
        .batch = c->batch,
        .wanted = j->wanted | watchers_wanted(&j->watch) |
                  (c->extract ? WANT(file) | WANT(file_part) : 0),
        .flow = settings_flow(&c->settings),
        .interval = c->device ? c->settings.stats_interval : 0,
        .rules = uses_rules(j) ? c->rules : NULL,
    };

    if (o.rules)
        o.wanted |=
            rules_wanted(o.rules) | (j->wanted & WANT(stats) ? WANT(alert) : 0); // counted

    o.flow.explain_uid = j->explain_uid;
    o.flow.follow_uid = j->follow_uid;
    if (j->explain_packet)
        o.flow.explain_ordinal = j->explain_packet - 1;
    return o;
}

static void run_all(struct session *s)
{
    const struct job *j = s->job;
    struct run_options o = options_of(j);
    struct run_user u = {
        .user = s,
        .count = s->count,
        .frames = s->keep ? on_frames : NULL,
        .render = s->sink ? render : NULL,
        .event = on_event,
        .batch = on_batch,
    };
    // A line that is written over and over would mix with what is printed on the same terminal.
    bool alone = j->sink != JOB_STDOUT || !isatty(STDOUT_FILENO);

    s->filters = o.rules ? rule_filters_open(o.rules, s->count) : NULL;
    s->progress = progress_begin(!j->choice->quiet && alone, j->choice->device != NULL);
    run(s->capture, &o, &u);
    progress_end(&s->progress);
    if (s->filters)
        rule_filters_close(s->filters);
}

// What only the whole shows is told behind all else.
static void tell_findings(struct session *s)
{
    const struct job *j = s->job;
    struct arena arena = {0};
    struct event *first = NULL;
    struct out o = {.arena = &arena, .at = &nobody, .last = &first, .wanted = j->written};

    if (j->broken)
        return;
    watchers_end(&j->watch, &o);
    (void)tell_all(s, first);
    arena_free(&arena);
}

bool session_run(struct job *j)
{
    struct session s = {.job = j};
    struct fail f;

    catch_signals();
    say_quiet(j->choice->quiet);
    bool good = open_all(&s, &f);
    if (good) {
        running = s.capture;
        if (stopped) // before there was anything to stop
            capture_stop(s.capture);
        run_all(&s);
        running = NULL;
        tell_findings(&s);
        j->totals = capture_totals(s.capture);
        j->interrupted = stopped && !j->choice->device;
    } else {
        say(SAY_ERROR, "%s", f.text);
    }
    if (s.sink && !sink_close(s.sink, s.end, &j->fail))
        j->broken = true;
    if (j->output && j->output->closed)
        j->broken = true;
    if (s.keep)
        keep_close(s.keep);
    if (s.extract)
        extract_close(s.extract);
    text_free(&s.text);
    if (s.capture)
        capture_close(s.capture);
    ident_use(NULL);
    return good;
}

static void read_all(struct session *s, bool (*take)(void *user, const struct frames *f))
{
    enum { FRAMES = 512, ROOM = 1 << 20 };
    struct job *j = s->job;
    struct frames frames = {.size = ROOM, .most = j->choice->batch ? j->choice->batch : FRAMES};

    frames.bytes = mem_reserve(ROOM);
    frames.frame = mem_reserve(FRAMES * sizeof(*frames.frame));
    while (capture_fill(s->capture, &frames)) {
        j->count[COUNT_packets] += frames.n;
        if (!take(j->user, &frames))
            break;
    }
    mem_release(frames.frame, FRAMES * sizeof(*frames.frame));
    mem_release(frames.bytes, ROOM);
}

bool session_read(struct job *j, bool (*take)(void *user, const struct frames *f))
{
    struct session s = {.job = j};
    struct fail f;

    catch_signals();
    s.capture = open_capture(j->choice, &f);
    bool good = s.capture && (!j->ready || j->ready(j->user, &f)) &&
                (!j->choice->device || live_guard(NULL, 0, &f));
    if (!good) {
        say(SAY_ERROR, "%s", f.text);
    } else {
        running = s.capture;
        if (stopped) // before there was anything to stop
            capture_stop(s.capture);
        read_all(&s, take);
        running = NULL;
        j->totals = capture_totals(s.capture);
        j->count[COUNT_dropped] = j->totals.dropped;
        j->interrupted = stopped && !j->choice->device;
    }
    if (s.capture)
        capture_close(s.capture);
    return good;
}

// ---------------------------------------------------------------- the end

static void say_damage(const struct capture_totals *t)
{
    unsigned long long more = t->damages - 1;

    if (more)
        say(SAY_ERROR, "%s (and %llu more %s damaged)", t->damaged.text, more,
            more == 1 ? "input is" : "inputs are");
    else
        say(SAY_ERROR, "%s", t->damaged.text);
}

// What a limit cost.
static const struct {
    enum count count;
    const char *one, *many, *what;
} notes[] = {
    {COUNT_evicted, "conversation was", "conversations were",
     "written early because a table was full; a greater --flow-talks holds more"},
    {COUNT_rule_queue_full, "match", "matches",
     "did not alert because of max_queue or log in config event_queue"},
    {COUNT_rule_pcre_limit, "search", "searches",
     "of a pcre given up; config pcre_match_limit allows more work"},
    {COUNT_rule_steps_limit, "time", "times", "a rule was given up after 1,000 steps"},
    {COUNT_rule_states_full, "conversation", "conversations",
     "had no room for flowbits and streams of rules"},
    {COUNT_dnp3_refused, "DNP3 session", "DNP3 sessions",
     "found no room in memcap; rules did not inspect them"},
};

static void say_notes(const struct job *j)
{
    struct text t = {0};

    for (size_t i = 0; i < COUNT_OF(notes); i++) {
        if (!j->count[notes[i].count])
            continue;
        text_clear(&t);
        text_plural(&t, j->count[notes[i].count], notes[i].one, notes[i].many);
        text_char(&t, ' ');
        text_str(&t, notes[i].what);
        say(SAY_NOTE, "%.*s", (int)t.n, t.p);
    }
    if (j->watch.plant && plant_sums(j->watch.plant).stations_lost) {
        text_clear(&t);
        text_plural(&t, plant_sums(j->watch.plant).stations_lost, "station", "stations");
        text_str(&t, " found no room in the inventory, or lost it to others");
        say(SAY_NOTE, "%.*s", (int)t.n, t.p);
    }
    if (j->watch.plant && plant_sums(j->watch.plant).relations_lost) {
        text_clear(&t);
        text_str(&t, "too many PROFINET relations, submodules or cyclic frames to keep: ");
        text_plural(&t, plant_sums(j->watch.plant).relations_lost, "time", "times");
        say(SAY_NOTE, "%.*s", (int)t.n, t.p);
    }
    text_clear(&t);
    if (j->count[COUNT_dropped]) {
        text_plural(&t, j->count[COUNT_dropped], "packet was", "packets were");
        text_str(&t, " dropped by the kernel or the card; -f with a filter may help");
        say(SAY_WARNING, "%.*s", (int)t.n, t.p);
    }
    text_free(&t);
}

int session_end(const struct job *j, int status)
{
    if (j->broken) {
        if (j->fail.text[0])
            say(SAY_ERROR, "%s", j->fail.text);
        return j->fail.text[0] ? 2 : status;
    }
    say_notes(j);
    if (j->totals.damages)
        say_damage(&j->totals);
    if (j->interrupted)
        say(SAY_ERROR, "stopped before the end, after %llu packets",
            (unsigned long long)j->count[COUNT_packets]);
    bool refused = uses_rules(j) && ruleset_refused(j->choice->rules);
    return status ? status : j->totals.damages || j->interrupted || refused ? 1 : 0;
}

bool color_wanted(const struct choice *c)
{
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if (c->color != COLOR_auto)
        return c->color == COLOR_always;
    return isatty(STDOUT_FILENO) && !(no && *no) && !(terminal && !strcmp(terminal, "dumb"));
}

void capture_name(struct text *t, const struct choice *c)
{
    int more = 0;

    if (c->device) {
        text_str(t, c->device);
        return;
    }
    text_str(t, !strcmp(c->file[0], "-") ? "standard input" : c->file[0]);
    while (c->file[more + 1])
        more++;
    if (more)
        text_printf(t, " and %d more", more);
}

static void shell_word(struct text *t, const char *s)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_-+=./:,@%";

    if (s[strspn(s, safe)] == 0 && *s) {
        text_str(t, s);
        return;
    }
    text_char(t, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            text_str(t, "'\\''");
        else
            text_char(t, *s);
    }
    text_char(t, '\'');
}

void capture_words(struct text *t, const struct choice *c)
{
    for (int i = 0; c->file[i]; i++) {
        if (i)
            text_char(t, ' ');
        shell_word(t, c->file[i]);
    }
}
