// SPDX-License-Identifier: Apache-2.0
// The words of the command line that are no options: captures, a log's name, what to explain,
// and the filter.
#include "app/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"

static bool take_log(struct choice *c, struct words *w, struct fail *f)
{
    struct nearest near = {0};
    int id;

    if (!w->n)
        return failed(
            f,
            "log needs the name of a log: pipit log conn CAPTURE; pipit log --help lists them");
    c->subject = w->word[0];
    w->word++;
    w->n--;
    id = event_by_name(c->subject);
    if (id >= 0 && id != EV_why) {
        c->log = (enum event_id)id;
        return true;
    }
    near.word = c->subject;
    for (int i = 0; i < EVENTS; i++)
        if (i != EV_why)
            nearest_try(&near, event_type[i].name);
    if (!access(c->subject, F_OK))
        return failed(f,
                      "log needs the name of a log before the capture: pipit log conn %.200s; "
                      "pipit log --help lists them",
                      c->subject);
    return failed(f, "there is no log \"%.60s\"%s; pipit log --help lists them", c->subject,
                  nearest_hint(near.best));
}

static bool take_explain(struct choice *c, struct words *w, struct fail *f)
{
    const char *word, *digits;
    char *end;

    if (!w->n)
        return failed(f,
                      "explain needs a uid or the number of a packet as its last word: pipit "
                      "explain CAPTURE UID");
    word = c->subject = w->word[--w->n];
    if (uid_parse(word, &c->explain_uid))
        return true;
    digits = word[0] == '#' ? word + 1 : word;
    c->explain_packet = strtoull(digits, &end, 10);
    if (isdigit((unsigned char)digits[0]) && !*end && c->explain_packet &&
        c->explain_packet < UINT64_MAX)
        return true;
    if (!access(word, F_OK))
        return failed(f,
                      "explain needs a uid or the number of a packet behind the capture: pipit "
                      "explain %.200s 1",
                      word);
    return failed(f,
                  "\"%.100s\" is no uid (C and 11 letters and digits, as flows shows them) and "
                  "no number of a packet (from 1); it must be the last word",
                  word);
}

static bool take_follow(struct choice *c, struct words *w, struct fail *f)
{
    const char *word = w->n ? w->word[w->n - 1] : NULL;

    if (word && uid_parse(word, &c->follow_uid)) {
        c->subject = word;
        w->n--;
        return true;
    }
    if (!word || !access(word, F_OK))
        return failed(f,
                      "follow needs the uid of a conversation as its last word; pipit flows "
                      "%.200s lists them",
                      word ? word : "CAPTURE");
    return failed(
        f,
        "\"%.100s\" is no uid (C and 11 letters and digits); pipit flows %.200s lists "
        "them; it must be the last word",
        word, w->n > 1 ? w->word[0] : "CAPTURE");
}

static bool join_filter(struct choice *c, const struct words *w, struct fail *f)
{
    size_t n = 1;

    if (c->filter)
        return failed(f,
                      "the filter is given twice, with -f and as \"%.60s\"; put all of it "
                      "behind -f",
                      w->word[0]);
    for (int i = 0; i < w->n; i++)
        n += strlen(w->word[i]) + 1;
    c->filter = malloc(n);
    if (!c->filter)
        return failed(f, "no memory for the filter");
    n = 0;
    for (int i = 0; i < w->n; i++) {
        size_t length = strlen(w->word[i]);
        memcpy(c->filter + n, w->word[i], length);
        n += length;
        c->filter[n++] = i + 1 < w->n ? ' ' : 0;
    }
    return true;
}

// A word in place of a command that is no file either was meant to be a command.
static bool check_first(const struct choice *c, const struct words *w, struct fail *f)
{
    const char *word = w->word[0];
    struct nearest near = {.word = word};

    if (c->named || strpbrk(word, "/.") || !strcmp(word, "-") || !access(word, F_OK))
        return true;
    for (int i = 0; i < COMMANDS; i++)
        nearest_try(&near, command[i].name);
    return failed(
        f, "\"%.100s\" is neither a command nor a file%s; pipit --help lists the commands",
        word, nearest_hint(near.best));
}

// Behind captures, where tcpdump has its filter.
static bool check_filter(const struct words *w, struct fail *f)
{
    static const char *const begins[] = {
        "arp",   "broadcast", "dst",  "ether", "greater",   "host", "icmp",
        "icmp6", "ip",        "ip6",  "less",  "multicast", "net",  "not",
        "port",  "portrange", "sctp", "src",   "tcp",       "udp",  "vlan"};

    for (int i = 1; i < w->n; i++) {
        const char *word = w->word[i];
        size_t n = strcspn(word, " ");
        for (size_t k = 0; k < COUNT_OF(begins); k++)
            if (strlen(begins[k]) == n && !strncmp(word, begins[k], n) && access(word, F_OK))
                return failed(f,
                              "\"%.60s\" is no file; if it begins a filter, give that with "
                              "-f, or the capture with -r",
                              word);
    }
    return true;
}

static bool take_captures(struct choice *c, struct words *w, struct fail *f)
{
    if (c->device && c->file[0])
        return failed(f, "-r and -i exclude each other: read a file or capture live");
    if (c->device || c->file[0])
        return !w->n || join_filter(c, w, f);
    if (!w->n && c->subject && c->command != &command[COMMAND_log])
        return failed(f, "%s needs a capture before \"%.60s\": pipit %s CAPTURE %.60s",
                      c->command->name, c->subject, c->command->name, c->subject);
    if (!w->n)
        return failed(f, "no capture is named; give files, - for standard input, or -i DEVICE; "
                         "pipit --help tells more");
    if (!check_first(c, w, f) || !check_filter(w, f))
        return false;
    memcpy(c->file, w->word, (size_t)w->n * sizeof(*w->word));
    c->file[w->n] = NULL;
    return true;
}

static bool take_input(struct choice *c, const struct words *w, struct fail *f)
{
    if (w->n != 1)
        return failed(f, "%s needs one input: a manifest of labelled flows, or vectors",
                      c->command->name);
    c->file[0] = w->word[0];
    return true;
}

static bool is_name(const char *s)
{
    enum { NAME_MOST = 31 };
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return n && n <= NAME_MOST && !s[n] && islower((unsigned char)s[0]);
}

static void add_taught(struct choice *c, uint64_t uid)
{
    for (uint32_t i = 0; i < c->n_taught; i++)
        if (c->taught[i] == uid)
            return;
    c->taught[c->n_taught++] = uid;
}

// Captures and uids, in any order.
static bool take_taught(struct choice *c, const struct words *w, struct fail *f)
{
    enum { LEAST = 2 };
    int files = 0;
    uint64_t uid;

    if (!is_name(c->teach))
        return failed(
            f,
            "--teach: \"%.60s\" can't be a name; take small letters, digits and _, 31 "
            "at most",
            c->teach);
    c->taught = calloc((size_t)w->n + 1, sizeof(*c->taught));
    if (!c->taught)
        return failed(f, "no memory for the uids");
    for (int i = 0; i < w->n; i++) {
        if (uid_parse(w->word[i], &uid))
            add_taught(c, uid);
        else
            c->file[files++] = w->word[i];
    }
    c->file[files] = NULL;
    if (!files || c->n_taught < LEAST)
        return failed(f,
                      "--teach needs a capture and the uids of %d or more conversations in it: "
                      "pipit train --teach %s --model FILE CAPTURE UID UID",
                      LEAST, c->teach);
    return c->model || c->dump || c->vectors ||
           failed(f, "--teach needs --model FILE, where the model is to be written");
}

bool words_take(struct choice *c, struct words *w, struct fail *f)
{
    switch (c->command - command) {
    case COMMAND_schema:
        return !w->n || failed(f, "schema takes no words, but there is \"%.100s\"", w->word[0]);
    case COMMAND_check:
        return !w->n || failed(f,
                               "check reads no captures, but there is \"%.100s\"; -c and -R "
                               "name what it reads",
                               w->word[0]);
    case COMMAND_train: return c->teach ? take_taught(c, w, f) : take_input(c, w, f);
    case COMMAND_evaluate: return take_input(c, w, f);
    case COMMAND_log: return take_log(c, w, f) && take_captures(c, w, f);
    case COMMAND_explain: return take_explain(c, w, f) && take_captures(c, w, f);
    case COMMAND_follow: return take_follow(c, w, f) && take_captures(c, w, f);
    default: return take_captures(c, w, f);
    }
}
