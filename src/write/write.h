// SPDX-License-Identifier: Apache-2.0
// Events to bytes, and bytes to files: JSON lines, Zeek TSV, Suricata EVE. Rendering is pure
// and runs on the worker that made the event; only writing touches files, on one thread.
#pragma once

#include "event/event.h"

enum write_format { WRITE_JSON, WRITE_ZEEK, WRITE_EVE };

// Whether the format has such events: one without columns is only in EVE, one without paths is
// not in EVE.
bool write_shows(enum write_format format, enum event_id id);

// Appends the event as one line, newline included; nothing if t is full, or if the format does
// not show such events. Pure.
void write_render(struct text *t, enum write_format format, const struct event *e);

// Zeek's header lines for a log: #separator \x09, #set_separator, #empty_field, #unset_field,
// #path, #open, #fields, #types. JSON and EVE have none. `open` is packet time.
void write_header(struct text *t, enum write_format format, enum event_id id, nsec open);
void write_footer(struct text *t, enum write_format format, nsec close); // #close

// The table of events, as documentation: Markdown for docs/events.md.
void write_schema(struct text *t);

// ---- sinks: a folder of logs, or one log on standard output
struct sink;

// Logs into a folder (made if missing), conn.log and so on (eve.json for EVE); a file is opened
// when its first event comes. Logs that an earlier run left there are removed, so that a folder
// tells of one run. NULL and a sentence in f if the folder cannot be used.
struct sink *sink_folder(const char *dir, enum write_format format, struct fail *f);
// `only` EVENTS: all of them, which suits EVE.
struct sink *sink_stdout(enum write_format format, enum event_id only);

// Appends rendered bytes of an event (e->written; nothing if it is empty). false: the disk is
// full or the pipe closed; the sentence is in sink_failed (empty text: a closed pipe, to be
// ended quietly).
bool sink_add(struct sink *s, const struct event *e);
bool sink_flush(struct sink *s);
const struct fail *sink_failed(const struct sink *s);
// Footers, flush, end. false: as above, and the sentence is in f, as s is gone.
bool sink_close(struct sink *s, nsec close, struct fail *f);
