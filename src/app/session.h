// SPDX-License-Identifier: Apache-2.0
// Inside the app room: what all commands that read captures share: open, run, end, exit status.
#pragma once

#include "app/option.h"
#include "app/output.h"
#include "lane/lane.h"
#include "watch/watchers.h"

enum job_sink { JOB_NO_LOGS, JOB_FOLDER, JOB_STDOUT };

// What a command wants of a run.
struct job {
    const struct choice *choice;
    enum job_sink sink;
    uint64_t wanted;                                  // a bit per event
    uint64_t written;                                 // of these, what goes to the sink
    uint64_t explain_uid, explain_packet, follow_uid; // 0: none
    void *user;
    bool (*ready)(void *user, struct fail *f); // NULL: none; session_read: the input is open
    bool (*event)(void *user, const struct event *e); // NULL: none; false ends the run
    struct watchers watch; // what they find becomes notices, devices, scans, relations
    bool no_model;         // identify without what was learnt
    struct output *output; // NULL: nothing is printed while it runs

    // Filled by session_run:
    uint64_t count[COUNTS]; // of the last stats event
    bool told;              // there was one
    bool broken;            // an output could not be written, see fail; its text is empty if it
                            // was a pipe that was closed, which is no failure
    bool interrupted;       // Ctrl-C before the end of a file
    struct fail fail;
    struct capture_totals totals;
};

#define WANT(name) (UINT64_C(1) << EV_##name)

// false: nothing was analysed, and why was said; the exit status is then 2.
bool session_run(struct job *j);
// Only reads: each batch of frames is given to `take`, until it says false. As session_run, and
// session_end comes after it.
bool session_read(struct job *j, bool (*take)(void *user, const struct frames *f));
// Says what went wrong or must be known, after results were printed. `status`: that of the
// printing. Gives the exit status of the program.
int session_end(const struct job *j, int status);

struct scans *scans_of(const struct choice *c); // by the settings
bool color_wanted(const struct choice *c);
// "a.pcap", "a.pcap and 2 more", "standard input", "eth0".
void capture_name(struct text *t, const struct choice *c);
// The words that name it again in a command: "a.pcap", "a.pcap b.pcap"; shell quotes where
// needed.
void capture_words(struct text *t, const struct choice *c);
