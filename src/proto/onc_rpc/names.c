// SPDX-License-Identifier: Apache-2.0
// Numbers of ONC RPC in words.
#include "proto/onc_rpc/onc_rpc.h"

#include <stdio.h>

struct program {
    uint32_t number;
    enum rpc_risk risk;
    const char *name;
};

static const struct program programs[] = {
#define PROGRAM(number, name, risk) {number, risk, name},
#include "proto/onc_rpc/programs.def"
#undef PROGRAM
};

enum { PROCEDURES_MOST = 24 };

static const struct {
    uint32_t program, first, last;
    const char *name[PROCEDURES_MOST]; // from procedure 1 on
} procedures[] = {
#define PROCEDURES(program, first, last, ...) {program, first, last, {__VA_ARGS__}},
#include "proto/onc_rpc/procedures.def"
#undef PROCEDURES
};

static const struct program *find(uint32_t number)
{
    size_t from = 0, to = COUNT_OF(programs);

    while (from < to) {
        size_t middle = (from + to) / 2;
        if (programs[middle].number == number)
            return &programs[middle];
        if (programs[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

const char *rpc_program_name(uint32_t program)
{
    const struct program *p = find(program);

    return p ? p->name : NULL;
}

enum rpc_risk rpc_program_risk(uint32_t program)
{
    const struct program *p = find(program);

    return p ? p->risk : SAFE;
}

const char *rpc_procedure_word(uint32_t program, uint32_t version, uint32_t procedure)
{
    if (!procedure)
        return "NULL";
    for (size_t i = 0; i < COUNT_OF(procedures) && procedure <= PROCEDURES_MOST; i++) {
        const char *name = procedures[i].name[procedure - 1];
        if (procedures[i].program == program && procedures[i].first <= version &&
            procedures[i].last >= version && name && *name)
            return name;
    }
    return NULL;
}

struct slice rpc_procedure_name(struct out *o, uint32_t program, uint32_t version,
                                uint32_t procedure)
{
    const char *name = rpc_procedure_word(program, version, procedure);
    char text[24];

    if (name)
        return slice_str(name);
    snprintf(text, sizeof(text), "unknown-%u", procedure);
    return arena_copy(o->arena, slice_str(text));
}

const char *rpc_flavor_name(uint32_t flavor)
{
    static const char *const name[] = {"none",     "sys", "short", "des",
                                       "kerberos", "rsa", "gss",   "tls"};

    return flavor < COUNT_OF(name) ? name[flavor] : NULL;
}

const char *const rpc_status_name[] = {
    [RPC_SUCCESS] = "success",
    [RPC_NO_PROGRAM] = "program_unavailable",
    [RPC_NO_VERSION] = "version_mismatch",
    [RPC_NO_PROCEDURE] = "procedure_unavailable",
    [RPC_GARBAGE] = "garbage_arguments",
    [RPC_SYSTEM_ERROR] = "system_error",
    [RPC_WRONG_RPC] = "rpc_mismatch",
    [RPC_AUTH_ERROR] = "auth_error",
    [RPC_UNANSWERED] = "unanswered",
    [RPC_UNTRACKED] = "untracked",
};

const char *const rpc_auth_error_name[RPC_AUTH_ERRORS] = {
    "none",
    "bad_credential",
    "rejected_credential",
    "bad_verifier",
    "rejected_verifier",
    "too_weak",
    "invalid_response",
    "failed",
    "kerberos",
    "timed_out",
    "ticket_file",
    "decode",
    "net_address",
    "gss_no_credential",
    "gss_no_context",
};

const char *const rpc_proto_name[] = {"other", "udp", "tcp", "udp6", "tcp6", "local"};
