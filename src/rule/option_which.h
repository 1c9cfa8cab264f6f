// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: the third column of option.def, where it is no number of another table.
#pragma once

#include "rule/rules.h"

enum meta { META_SID, META_GID, META_REV, META_PRIORITY };

enum modifier {
    MODIFIER_NOCASE,
    MODIFIER_OFFSET,
    MODIFIER_DEPTH,
    MODIFIER_DISTANCE,
    MODIFIER_WITHIN,
    MODIFIER_STARTSWITH,
    MODIFIER_ENDSWITH,
    MODIFIER_FAST,
    MODIFIER_FAST_OFFSET,
    MODIFIER_FAST_LENGTH,
    MODIFIER_RAW
};

enum number {
#define NUMBER(name, most, names) NUM_##name,
#include "rule/number.def"
#undef NUMBER
    NUMBERS
};

enum refused { REFUSED_SCRIPT, REFUSED_LIST };

enum digest { DIGEST_MD5, DIGEST_SHA256, DIGEST_SHA512 };

enum event_source { EVENT_APP, EVENT_DECODE, EVENT_STREAM };

enum flow_count {
    COUNT_AGE,
    COUNT_PACKETS,
    COUNT_PACKETS_TO_SERVER,
    COUNT_PACKETS_TO_CLIENT,
    COUNT_BYTES,
    COUNT_BYTES_TO_SERVER,
    COUNT_BYTES_TO_CLIENT
};

enum many {
    MANY_cip, // a CIP message, and those inside
    MANY_request_header,
    MANY_response_header,
    MANY_query_name,
    MANY_answer_name,
    MANY_authority_name,
    MANY_additional_name,
    MANY_response_name // of any section
};

enum transform {
#define TRANSFORM(name) TRANSFORM_##name,
#include "rule/transform.def"
#undef TRANSFORM
    TRANSFORMS
};
