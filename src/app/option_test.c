// SPDX-License-Identifier: Apache-2.0
// The command line: what is understood, and what is refused with which words.
#include "app/option.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/nearest.h"

static struct choice choice;
static struct fail fail;

static bool read_line(const char *line)
{
    static char buffer[512];
    static char *argv[40];
    int argc = 0;

    choice_free(&choice);
    snprintf(buffer, sizeof(buffer), "pipit %s", line);
    for (char *p = strtok(buffer, " "); p; p = strtok(NULL, " "))
        argv[argc++] = p;
    argv[argc] = NULL;
    fail.text[0] = 0;
    return choice_read(&choice, argc, argv, &fail);
}

static void refused(const char *line, const char *words)
{
    assert_false(read_line(line));
    if (!strstr(fail.text, words))
        fail_msg("pipit %s: \"%s\" does not say \"%s\"", line, fail.text, words);
}

static void commands(void **state)
{
    assert_true(read_line("/dev/null"));
    assert_ptr_equal(choice.command, &command[COMMAND_analyze]);
    assert_false(choice.named);
    assert_string_equal(choice.file[0], "/dev/null");
    assert_null(choice.file[1]);
    assert_true(read_line("-q flows a.pcap b.pcap"));
    assert_ptr_equal(choice.command, &command[COMMAND_flows]);
    assert_string_equal(choice.file[1], "b.pcap");
    assert_true(read_line("flows flows")); // the second is a file
    assert_string_equal(choice.file[0], "flows");
    assert_true(read_line("-- /dev/null -q"));
    assert_string_equal(choice.file[1], "-q");
    assert_true(read_line("-"));
    assert_true(read_line("--help"));
    assert_true(read_line("explain --help"));
    assert_true(choice.help && choice.named);
}

static void hunting(void **state)
{
    assert_true(read_line("hunt x.pcap --explain-away Ga,Gb --known k --explain-away all"));
    assert_string_equal(choice.away[0], "Ga,Gb");
    assert_string_equal(choice.away[1], "all");
    assert_null(choice.away[2]);
    assert_string_equal(choice.known, "k");
    assert_true(read_line("flows x.pcap --like CDBXiRS3D81G"));
    assert_true(choice.like != 0);
    assert_true(read_line("flows x.pcap"));
    assert_true(choice.like == 0);
    refused("flows x.pcap --like dns", "\"dns\" is not a uid");
    refused("hunt x.pcap --known a --known b", "given twice");
    refused("flows x.pcap --known a", "it is for hunt");
}

static void teaching(void **state)
{
    assert_true(
        read_line("train --teach gauge --model m C3jYV6jHMS8G a.pcap CBniiqDhaB0U b.pcap "
                  "C3jYV6jHMS8G --with v"));
    assert_string_equal(choice.teach, "gauge");
    assert_string_equal(choice.with, "v");
    assert_string_equal(choice.file[1], "b.pcap");
    assert_null(choice.file[2]);
    assert_int_equal(choice.n_taught, 2);
    refused("train --teach gauge --model m a.pcap C3jYV6jHMS8G", "uids of 2 or more");
    refused("train --teach gauge --model m a.pcap C3jYV6jHMS8G C3jYV6jHMS8G", "2 or more");
    refused("train --teach gauge --model m C3jYV6jHMS8G CBniiqDhaB0U", "needs a capture");
    refused("train --teach gauge a.pcap C3jYV6jHMS8G CBniiqDhaB0U", "needs --model");
    refused("train --teach Gauge --model m a.pcap C3jYV6jHMS8G CBniiqDhaB0U",
            "can't be a name");
    refused("train --teach 2go --model m a.pcap C3jYV6jHMS8G CBniiqDhaB0U", "can't be a name");
    refused("train --teach a-b --model m a.pcap C3jYV6jHMS8G CBniiqDhaB0U", "can't be a name");
    refused("flows --teach gauge a.pcap", "--teach is not for flows");
}

static void options(void **state)
{
    assert_true(read_line("analyze x.pcap -qnj7 -o logs --format=eve --color never --json"));
    assert_true(choice.quiet && choice.json);
    assert_int_equal(choice.settings.workers, 7);
    assert_string_equal(choice.folder, "logs");
    assert_int_equal(choice.format, WRITE_EVE);
    assert_int_equal(choice.color, COLOR_never);
    assert_true(read_line("x.pcap --flow-idle-udp 7s --flow-idle-tcp=500ms --workers auto"));
    assert_int_equal(choice.settings.flow_idle_udp, 7 * SECOND);
    assert_int_equal(choice.settings.flow_idle_tcp, SECOND / 2);
    assert_int_equal(choice.settings.workers, 0);
    assert_true(read_line("-r a.pcap -ffoo -r b.pcap"));
    assert_string_equal(choice.filter, "foo");
    assert_string_equal(choice.file[1], "b.pcap");
}

static void words(void **state)
{
    assert_true(read_line("-r a.pcap udp port 53"));
    assert_string_equal(choice.filter, "udp port 53");
    assert_null(choice.file[1]);
    assert_true(read_line("log conn -i eth0 tcp"));
    assert_string_equal(choice.filter, "tcp");
    assert_string_equal(choice.device, "eth0");
    assert_int_equal(choice.log, EV_conn);
    assert_true(read_line("explain x.pcap 17"));
    assert_int_equal(choice.explain_packet, 17);
    assert_true(read_line("explain x.pcap #3"));
    assert_int_equal(choice.explain_packet, 3);
    assert_true(read_line("explain -r x.pcap tcp C00000000007"));
    assert_string_equal(choice.filter, "tcp");
    assert_int_equal(choice.explain_packet, 0);
    assert_int_equal(choice.explain_uid, 7);
}

static void wrong_use(void **state)
{
    refused("", "no capture is named");
    refused("flwos nofile", "did you mean flows?");
    refused("--jsn x.pcap", "did you mean --json?");
    refused("--flow-idle-upd 3s x.pcap", "did you mean --flow-idle-udp?");
    refused("-z x.pcap", "no option -z");
    refused("flows --zzzzzz x.pcap", "pipit flows --help");
    refused("x.pcap -o", "-o DIR");
    refused("-o --json x.pcap", "--json follows");
    refused("--json=1 x.pcap", "takes no value");
    refused("--format zek -o d x.pcap", "did you mean zeek?");
    refused("--format zeek x.pcap", "-o");
    refused("flows -o d x.pcap", "it is for analyze");
    refused("log conn --json --format eve x.pcap", "exclude each other");
    refused("-j 0 x.pcap", "from 1 to 64");
    refused("-j 65 x.pcap", "from 1 to 64");
    refused("--flow-idle-udp 60 x.pcap", "60s");
    refused("--flow-idle-udp 0s x.pcap", "no time");
    refused("--flow-idle-udp 366d x.pcap", "no time");
    refused("--flow-idle-udp 99999999999999999999s x.pcap", "no time");
    refused("--flow-talks 15 x.pcap", "16");
    refused("--batch 1025 x.pcap", "1024");
    refused("-r a.pcap -i eth0", "exclude each other");
    refused("-r a.pcap -f udp tcp", "twice");
    refused("-f udp -f tcp a.pcap", "twice");
    refused("log", "--help lists them");
    refused("log con x.pcap", "did you mean conn?");
    refused("log why x.pcap", "no log");
    refused("log conn", "no capture is named");
    refused("explain 12", "needs a capture");
    refused("explain x.pcap 0", "no uid");
    refused("explain x.pcap 12x", "no uid");
    refused("explain x.pcap", "no uid");
    refused("schema x.pcap", "takes no words");
    refused("schema --flow-talks 99", "not for schema");
    refused("-c /nonexistent/pipit.conf x.pcap", "/nonexistent/pipit.conf");
}

static void defaults_are_flows(void **state)
{
    struct settings s = settings_usual();
    struct flow_limits ours = settings_flow(&s), theirs = flow_defaults();

    assert_int_equal(ours.talks, theirs.talks);
    assert_int_equal(ours.attempt, theirs.attempt);
    assert_int_equal(ours.close, theirs.close);
    assert_int_equal(ours.udp, theirs.udp);
    assert_int_equal(ours.icmp, theirs.icmp);
    assert_int_equal(ours.other, theirs.other);
    assert_int_equal(ours.tcp, theirs.tcp);
    assert_int_equal(ours.rpc, theirs.rpc);
    assert_int_equal(ours.long_idle, theirs.long_idle);
    assert_int_equal(ours.ether, theirs.ether);
}

static void near_words(void **state)
{
    struct nearest n = {.word = "wierd"};

    nearest_try(&n, "conn");
    nearest_try(&n, "weird");
    assert_string_equal(n.best, "weird");
    n = (struct nearest){.word = "xyz"};
    nearest_try(&n, "conn");
    assert_null(n.best);
    n = (struct nearest){.word =
                             "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    nearest_try(&n, "conn");
    assert_null(n.best);
}

static void made_from_tables(void **state)
{
    struct text man = {0}, bash = {0};

    help_manual(&man);
    help_bash(&bash);
    text_char(&man, 0);
    text_char(&bash, 0);
    assert_non_null(strstr(man.p, "\\-\\-flow\\-idle\\-udp"));
    assert_null(strstr(man.p, "batch"));
    assert_non_null(strstr(bash.p, "--flow-idle-udp"));
    assert_null(strstr(bash.p, "--batch"));
    text_free(&man);
    text_free(&bash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),
        cmocka_unit_test(hunting),
        cmocka_unit_test(teaching),
        cmocka_unit_test(options),
        cmocka_unit_test(words),
        cmocka_unit_test(wrong_use),
        cmocka_unit_test(defaults_are_flows),
        cmocka_unit_test(near_words),
        cmocka_unit_test(made_from_tables),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);

    choice_free(&choice);
    return failures;
}
