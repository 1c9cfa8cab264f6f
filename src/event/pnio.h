// SPDX-License-Identifier: Apache-2.0
// PROFINET's numbers in words: blocks, indexes, errors, alarms. pnio.def is the table.
#pragma once

#include "base/text.h"

enum pnio_table {
    PNIO_block,
    PNIO_index,
    PNIO_service,
    PNIO_access,
    PNIO_fault,
    PNIO_detail,
    PNIO_rpc,
    PNIO_alarm,
    PNIO_channel,
    PNIO_structure,
    PNIO_relation,
    PNIO_iocr,
    PNIO_operation,
    PNIO_module,
    PNIO_submodule,
    PNIO_TABLES
};

enum pnio_operation { PNIO_CONNECT, PNIO_RELEASE, PNIO_READ, PNIO_WRITE, PNIO_CONTROL };
enum pnio_command { // bits of ControlCommand
    PNIO_PRM_END = 1,
    PNIO_APPLICATION_READY = 2,
    PNIO_RELEASED = 4,
    PNIO_COMMAND_DONE = 8,
    PNIO_READY_FOR_COMPANION = 16,
    PNIO_READY_FOR_RT3 = 32,
    PNIO_PRM_BEGIN = 64
};
enum pnio_message { // what an IO-CM record is about
    PNIO_CALL,
    PNIO_ANSWER,
    PNIO_OTHER,   // ping, working, acknowledgements
    PNIO_AGAIN,   // the same call or answer once more
    PNIO_STRANGE, // an answer to no call that was seen
    PNIO_CONFLICT // another answer than the one before
};
// Data status of cyclic frames.
enum {
    PNIO_PRIMARY = 0x01,
    PNIO_REDUNDANCY = 0x02,
    PNIO_VALID = 0x04,
    PNIO_RUN = 0x10,
    PNIO_NO_PROBLEM = 0x20
};

const char *pnio_word(enum pnio_table table, uint32_t number); // NULL: not known
// The four bytes of a PNIO status: "Connect: CMRPC: out of AR resources"; "ok" for 0.
void pnio_status(struct text *t, uint32_t status);
const char *pnio_command(uint16_t command); // NULL: none of them
const char *pnio_frame_kind(uint16_t id);   // of 0x8892 frames: "rt_class_1", "ptcp_sync", ...
void pnio_data_status(struct text *t, uint8_t status); // "valid, primary, run"
// What channels tell, by the structure of the data: "channel 3: line break, appears".
void pnio_diagnosis(struct text *t, uint16_t structure, struct slice data);
