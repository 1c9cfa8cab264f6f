// SPDX-License-Identifier: Apache-2.0
// The entry of the program; everything else is in the rooms, where tests reach it.
#include "app/app.h"

int main(int argc, char **argv)
{
    return app_main(argc, argv);
}
