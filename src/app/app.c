// SPDX-License-Identifier: Apache-2.0
// The program from its arguments to its exit status.
#include "app/app.h"

#include <signal.h>

#include "app/option.h"
#include "app/output.h"

int command_schema(const struct choice *c)
{
    struct output o = {.color = false};

    switch (c->form) {
    case SCHEMA_md: write_schema(&o.text); break;
    case SCHEMA_man: help_manual(&o.text); break;
    case SCHEMA_bash: help_bash(&o.text); break;
    }
    return output_close(&o);
}

static int print_version(void)
{
    struct output o = {.color = false};

    text_str(&o.text, "pipit " PIPIT_VERSION "\n");
    return output_close(&o);
}

int app_main(int argc, char **argv)
{
    struct choice c;
    struct fail f;
    int status = 2;

    signal(SIGPIPE, SIG_IGN);
    if (!choice_read(&c, argc, argv, &f))
        say(SAY_ERROR, "%s", f.text);
    else if (c.help)
        status = help_print(&c);
    else if (c.version)
        status = print_version();
    else
        status = c.command->run(&c);
    choice_free(&c);
    return status;
}
