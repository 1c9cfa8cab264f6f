// SPDX-License-Identifier: Apache-2.0
// Private to the print room: lines as tcpdump 3 wrote them (--classic).
#pragma once

#include "print/pen.h"

void classic_link(struct pen *pen, const uint8_t *ether, uint32_t type, uint32_t length); // -e
void classic_ip4(struct pen *pen, struct view v);
// TCP, UDP and others behind IP's header, with the hosts before them.
void classic_proto(struct pen *pen, const struct net *net, struct view v);
