// SPDX-License-Identifier: Apache-2.0
// The program: reads the command line, runs a command, gives the exit status.
#pragma once

int app_main(int argc, char **argv);
