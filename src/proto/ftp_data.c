// SPDX-License-Identifier: Apache-2.0
// FTP data: a file or a listing, RFC 959 section 3. It may look like anything, and is known
// only by what the control connection announced.
#include "proto/proto.h"

const struct analyser proto_ftp_data = {
    .name = "ftp_data",
    .title = "FTP data",
    .spec = "RFC 959",
    .why = "its endpoint was announced",
    .over = OVER_TCP,
    .hint = {20},
};
