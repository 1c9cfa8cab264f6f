// SPDX-License-Identifier: Apache-2.0
// The completion for bash, made from the tables of commands, options and settings.
#include "app/option.h"

static const char head[] =
    "# SPDX-License-Identifier: Apache-2.0\n"
    "# Completion of pipit's command line for bash. Made by: pipit schema --as bash\n"
    "_pipit()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]} command= at i\n"
    "    COMPREPLY=()\n"
    "    if [[ $word == = ]]; then\n"
    "        word=\n"
    "    elif [[ $last == = ]]; then\n"
    "        last=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        at=${COMP_WORDS[i]}\n"
    "        case $at in\n";

static const char values[] =
    "    case $last in\n"
    "    --format) COMPREPLY=($(compgen -W 'json zeek eve' -- \"$word\")); return ;;\n"
    "    --color) COMPREPLY=($(compgen -W 'auto always never' -- \"$word\")); return ;;\n"
    "    --as) COMPREPLY=($(compgen -W 'md man bash' -- \"$word\")); return ;;\n"
    "    -o) COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n"
    "    -i) COMPREPLY=($(compgen -W \"$(ls /sys/class/net 2>/dev/null)\" -- \"$word\")); "
    "return ;;\n"
    "    -f | -j | --from | --to";

static void names(struct text *t, const char *between)
{
    for (int i = 0; i < COMMANDS; i++)
        text_printf(t, "%s%s", i ? between : "", command[i].name);
}

// The options of a command; a space before each.
static void options_of(struct text *t, unsigned commands)
{
    for (int i = 0; i < SWITCHES; i++) {
        if (!(known[i].where & commands) || !known[i].doc[0])
            continue;
        if (known[i].letter && !known[i].name[0])
            text_printf(t, " -%c", known[i].letter);
        if (known[i].name[0])
            text_printf(t, " --%s", known[i].name);
    }
    for (int i = 0; i < SETTINGS && commands & ON_CAPTURES; i++)
        text_printf(t, " --%s", setting_option(&setting[i]));
}

static void by_command(struct text *t)
{
    text_str(t, "    if [[ $word == -* ]]; then\n        case $command in\n");
    for (int i = 0; i < COMMANDS; i++) {
        text_printf(t, "        %s) at='", command[i].name);
        options_of(t, 1u << i);
        text_str(t, "' ;;\n");
    }
    text_str(t, "        *) at='");
    options_of(t, ON_analyze);
    text_str(t, "' ;;\n        esac\n"
                "        COMPREPLY=($(compgen -W \"$at\" -- \"$word\"))\n"
                "        return\n"
                "    fi\n");
}

void help_bash(struct text *t)
{
    text_str(t, head);
    text_str(t, "        ");
    names(t, " | ");
    text_str(t, ") command=$at; break ;;\n        esac\n    done\n");
    text_str(t, values);
    for (int i = 0; i < SETTINGS; i++)
        text_printf(t, " | --%s", setting_option(&setting[i]));
    text_str(t, ") return ;;\n    esac\n");
    by_command(t);
    text_str(t, "    if [[ $command == log && $last == log ]]; then\n"
                "        COMPREPLY=($(compgen -W '");
    for (int i = 0, n = 0; i < EVENTS; i++)
        if (i != EV_why)
            text_printf(t, "%s%s", n++ ? " " : "", event_type[i].name);
    text_str(t, "' -- \"$word\"))\n"
                "        return\n"
                "    fi\n"
                "    COMPREPLY=($(compgen -f -- \"$word\"))\n"
                "    compopt -o filenames 2>/dev/null\n"
                "    if [[ -z $command && $COMP_CWORD -eq 1 ]]; then\n"
                "        COMPREPLY+=($(compgen -W '");
    names(t, " ");
    text_str(t, "' -- \"$word\"))\n"
                "    fi\n"
                "}\n"
                "complete -F _pipit pipit\n");
}
