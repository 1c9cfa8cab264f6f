// SPDX-License-Identifier: Apache-2.0
// Loading: dialects, variables, duplicates, what is refused and where; hostile files.
#include "rule/lab_test.h"

#include <stdlib.h>

// What is said of one file of rules, a line each, notes left out.
static const char *complaints(const char *text)
{
    static char all[4096];
    struct lab_file files[] = {{"t.rules", text}, {NULL, NULL}};
    const char *names[] = {"t.rules", NULL};
    struct rule_problem p;
    struct text t = {0};
    struct fail f;
    struct rules *r = lab_load(files, &(struct rules_request){.files = names}, &f);

    assert_string_equal(f.text, "");
    for (uint32_t i = 0; rules_problem(r, i, &p); i++)
        if (p.trouble == RULE_REFUSED) {
            if (t.n)
                text_char(&t, '\n');
            rule_problem_text(&t, &p);
        }
    snprintf(all, sizeof(all), "%.*s", (int)t.n, t.p ? t.p : "");
    text_free(&t);
    rules_free(r);
    return all;
}

static void refusals_name_place_and_word(void **state)
{
    static const struct {
        const char *rule, *says;
    } x[] = {
        {"alert tcp any any -> any any (dnp3_fnc:1; sid:1;)",
         "t.rules:1:31: unknown option \"dnp3_fnc\" (did you mean dnp3_func?)"},
        {"alert tcp any any -> any any (sid:1; sid:2;)",
         "t.rules:1:38: sid stands twice in one rule"},
        {"alert tcp any any -> any any (msg:\"a\"; content:\"b; sid:1;)",
         "t.rules:1:48: this quote is not closed"},
        {"alert tcp [10.0.0.1 any -> any any (sid:1;)",
         "t.rules:1:11: this bracket is not closed"},
        {"alert tcp any any -> any any (\x1b[2J:1; sid:1;)",
         "t.rules:1:31: unknown option \"?[2J\""},
        {"alert tcp any any -> any any (content:\"a\"; distance:1; startswith; sid:1;)",
         "t.rules:1:56: startswith goes with no other place"},
        {"alert tcp any any -> any any (threshold:type limit, count 1, seconds 1; sid:1;)",
         "t.rules:1:31: threshold needs what is counted by: track by_src or by_dst"},
        {"alert tcp any any -> any any (byte_test:2,=,1,0,hex; sid:1;)",
         "t.rules:1:31: byte_test: dec, hex and oct say how a string is read: write string, "
         "too"},
        {"alert tcp any any -> any any (content:\"|0|\"; sid:1;)",
         "t.rules:1:31: content: an odd number of hex digits"},
        {"alert tcp any any -> any any (content:\"abc\"; depth:2; sid:1;)",
         "t.rules:1:46: depth 2 is less than the content's length, 3"},
        {"alert tcp any any -> any any (pcre:\"/(/\"; sid:1;)",
         "t.rules:1:31: pcre: the expression is wrong at its byte 2: missing closing "
         "parenthesis"},
        {"alert tcp any any -> any any (msg:\"x\";)",
         "t.rules:1:1: a rule needs its number: sid:1000001;"},
        {"( msg:\"x\"; sid:1;", "t.rules:1:1: the parenthesis is not closed"},
        {"( sid:1; )",
         "t.rules:1:1: the header has 0 words; it is: action protocol address port -> "
         "address port, or action protocol, or action"},
        {"alert tcp any any <- any any (sid:1;)",
         "t.rules:1:19: the direction \"<-\" is neither -> nor <>"},
        {"alert tcpp any any -> any any (sid:1;)",
         "t.rules:1:7: the protocol \"tcpp\" is not known (did you mean tcp?)"},
        {"alert tcp [10.0.0.0/33] any -> any any (sid:1;)",
         "t.rules:1:11: \"10.0.0.0/33\" is no network"},
        {"alert tcp !any any -> any any (sid:1;)",
         "t.rules:1:11: \"!any\" leaves nothing: it becomes !any"},
        {"alert tcp any any -> any 70000 (sid:1;)", "t.rules:1:26: \"70000\" is no port"},
        {"alert tcp any any -> any any (sid:1;) x",
         "t.rules:1:38: there is text behind the closing parenthesis"},
        {"alert tcp any any -> any any (sid:1;", "t.rules:1:30: the parenthesis is not closed"},
        {"alert tcp any any -> any any (dnp3_func:256; sid:1;)",
         "t.rules:1:31: dnp3_func: \"256\" is neither a code from 0 to 255 nor a function's "
         "name"},
        {"alert tcp any any -> any any (dnp3_func:0x01; sid:1;)",
         "t.rules:1:31: dnp3_func: \"0x01\" is neither a code from 0 to 255 nor a function's "
         "name"},
        {"alert tcp any any -> any any (dnp3_func:cold_restrat; sid:1;)",
         "t.rules:1:31: dnp3_func: \"cold_restrat\" is neither a code from 0 to 255 nor a "
         "function's name (did you mean cold_restart?)"},
        {"alert tcp any any -> any any (dnp3_ind:class_1_events,; sid:1;)",
         "t.rules:1:31: dnp3_ind needs the names of indications, with commas "
         "between"},
        {"alert tcp any any -> any any (dnp3_obj:1,2,3; sid:1;)",
         "t.rules:1:31: dnp3_obj needs a group and a variation, 0 to 255 each: "
         "dnp3_obj:50,1; not \"1,2,3\""},
        {"alert tcp any any -> any any (dnp3_data:1; sid:1;)",
         "t.rules:1:31: dnp3_data: takes no argument"},
        {"alert tcp any any -> any any (lua:x.lua; sid:1;)",
         "t.rules:1:31: lua is not supported: scripts in rules are not run"},
        {"alert tcp any any -> $NOPE any (sid:1;)\nalert tcp $NOPE any -> any any (sid:2;)",
         "t.rules:1:22: the variable NOPE is not defined; 2 rules need it: set it with ipvar "
         "or "
         "portvar, or with -S NOPE=..."},
    };

    for (size_t i = 0; i < COUNT_OF(x); i++)
        assert_string_equal(complaints(x[i].rule), x[i].says);
}

static void text_of_files(void **state)
{
    struct lab l;

    lab_open(&l,
             "# a comment \\\n"
             "alert udp any any -> any any ( content:\"a;)\\\";b\" ;; sid : 1 )  \r\n"
             "  # x\ralert udp any any -> any any (content:\"b\"; sid:99;)\n"
             "alert udp any any -> any any \\  \n   (content:\"b\"; \\\n sid:2;)\n"
             "alert udp\n(\n  content:\"b\", offset 5;\n # between options; (\n  sid:3;\n)\n"
             "alert udp any any -> any any (content:\"b\"; sid:4;)");
    assert_string_equal(lab_udp(&l, "a;)\";b", 6), "1 2 3 4");
    lab_close(&l);
}

static void higher_revisions_replace(void **state)
{
    struct lab l;

    lab_open(&l, "alert udp any any -> any any (content:\"a\"; sid:1; rev:2;)\n"
                 "alert udp any any -> any any (content:\"b\"; sid:1; rev:1;)\n"
                 "alert udp any any -> any any (content:\"a\"; sid:2; rev:1;)\n"
                 "alert udp any any -> any any (content:\"b\"; sid:2; rev:2;)\n");
    assert_int_equal(rules_totals(l.rules)->loaded, 2);
    assert_int_equal(rules_totals(l.rules)->duplicates, 2);
    assert_string_equal(lab_udp(&l, "a", 1), "1");
    assert_string_equal(lab_udp(&l, "b", 1), "2");
    lab_close(&l);
}

static void headers(void **state)
{
    struct lab l;

    lab_open(&l, "alert udp 10.0.0.0/24 any -> any 20000 (content:\"a\"; sid:1;)\n"
                 "alert udp [10.0.0.0/8,!10.0.0.1] any -> any any (content:\"a\"; sid:2;)\n"
                 "alert udp any 20000 <> any any (content:\"a\"; sid:3;)\n"
                 "alert udp any any -> any ![:1023,!1000] (content:\"a\"; sid:4;)\n"
                 "alert udp !$HOME_NET any -> any any (content:\"a\"; sid:5;)\n"
                 "alert udp any any -> any [20000:20005,7] (content:\"a\"; sid:6;)\n"
                 "alert udp fe80::/10 any -> any any (content:\"a\"; sid:7;)\n"
                 "alert ip $HOME_NET any -> $HOME_NET any (content:\"a\"; sid:8;)\n"
                 "alert tcp any any -> any any (content:\"a\"; sid:9;)\n"
                 "alert udp any 40000: -> 10.0.0.2 :20000 (content:\"a\"; sid:10;)\n");
    assert_string_equal(lab_udp(&l, "a", 1), "1 3 4 6 8 10");
    lab_close(&l);
}

static void fatal(const char *config, const char *says)
{
    struct lab_file files[] = {
        {"main", config},
        {"dir/a", "include b\n"},
        {"dir/b", "include a\n"},
        {"net.conf", "preprocessor dnp3: ports 20000, check_crc, memcap 5\n"},
        {NULL, NULL}};
    struct fail f;
    struct rules *r = lab_load(files, &(struct rules_request){.config = "main"}, &f);

    assert_string_equal(f.text, says);
    assert_null(r);
}

static void configuration_errors(void **state)
{
#define DNP3 "main:1:1: preprocessor dnp3: "
    fatal("preprocessor dnp3: ports\n",
          DNP3 "ports needs a number, or numbers in braces: ports { 20000 }");
    fatal("preprocessor dnp3: ports {\n", DNP3 "the brace of ports is not closed");
    fatal("preprocessor dnp3: ports { }\n", DNP3 "ports { } is empty");
    fatal("preprocessor dnp3: ports 65536\n", DNP3 "\"65536\" is no port from 0 to 65535");
    fatal("preprocessor dnp3: memcap 4143\n", DNP3 "memcap 4143 is not from 4144 to 104857600");
    fatal("preprocessor dnp3: memcap -1\n", DNP3 "memcap needs a number of bytes, not \"-1\"");
    fatal("preprocessor dnp3: memcap\n", DNP3 "memcap needs a number of bytes, not \"\"");
    fatal("preprocessor dnp3: check_crcs\n", DNP3
          "\"check_crcs\" is not understood (did you mean check_crc?); it takes ports, memcap, "
          "check_crc, disabled");
    fatal("preprocessor dnp3: ports -1\n", DNP3 "\"-1\" is no port from 0 to 65535");
    fatal("preprocessor dnp3: ports { 20000 x }\n", DNP3 "\"x\" is no port from 0 to 65535");
    fatal("preprocessor dnp3: memcap 104857601\n",
          DNP3 "memcap 104857601 is not from 4144 to 104857600");
    fatal("preprocessor dnp3: memcap 0x2000\n",
          DNP3 "memcap needs a number of bytes, not \"0x2000\"");
    fatal(
        "preprocessor stream5_global: track_tcp no\npreprocessor dnp3\n",
        "main:1:1: preprocessor dnp3 needs the streams of TCP: let track_tcp be yes, or write "
        "preprocessor dnp3: disabled");
    fatal("preprocessor dnp3\n\npreprocessor dnp3\n",
          "main:3:1: preprocessor dnp3 stands twice in one policy");
    fatal("config binding: net.conf net\n",
          "main:1:1: config binding: net needs a list: net 10.1.0.0/16,10.2.0.0/16");
    fatal("config binding: net.conf vlan 5000\n",
          "main:1:1: config binding: \"5000\" is no VLAN from 0 to 4095, and no range of them");
    fatal("config binding: net.conf net 10.1.0.0/16\n",
          "main:1:1: net.conf configures dnp3, which needs \"preprocessor dnp3\" in the main "
          "file, "
          "too; there it may be disabled");
    fatal("\ninclude nothing\n", "main:2:1: nothing: there is no such file");
    fatal("include dir/a\n", "dir/b:1:1: dir/a includes itself");
    fatal("includ dir/a\n", "main:1:1: \"includ\" is not understood (did you mean include?)");
    fatal("ipvar X [10.0.0.0/8,$Y]\n", "main:1:1: X: the variable Y is not defined");
}

static void policies(void **state)
{
    struct lab_file files[] = {
        {"main", "preprocessor dnp3: memcap 262144 disabled\n"
                 "config binding: net.conf net 10.1.0.0/16\n"
                 "config binding: vlan.conf vlan 5,7-9\n"},
        {"net.conf", "preprocessor dnp3: ports {20001 20002}, check_crc, memcap 5\n"},
        {"vlan.conf", "preprocessor dnp3\n"},
        {NULL, NULL}};
    struct fail f;
    struct rules *r = lab_load(files, &(struct rules_request){.config = "main"}, &f);
    struct packet p = {.net = NET_IP4};
    static const uint8_t in[] = {10, 1, 2, 3}, out[] = {10, 2, 2, 3};

    assert_string_equal(f.text, "");
    assert_int_equal(rules_dnp3_sessions(r), 63);
    p.src = p.dst = addr_of(ADDR_IP4, out);
    assert_int_equal(rules_policy(r, &p), 0);
    p.src = addr_of(ADDR_IP4, in);
    assert_int_equal(rules_policy(r, &p), 1);
    p.n_vlan = 1;
    p.vlan[0] = 8;
    assert_int_equal(rules_policy(r, &p), 2);
    assert_true(rules_dnp3(r, 0)->disabled);
    assert_true(rules_dnp3(r, 1)->check_crc && !rules_dnp3(r, 1)->disabled);
    assert_true(dnp3_policy_port(rules_dnp3(r, 1), 20002));
    assert_false(dnp3_policy_port(rules_dnp3(r, 1), 20000));
    assert_true(dnp3_policy_port(rules_dnp3(r, 2), 20000));
    rules_free(r);
}

static void memcap_is_divided_exactly(void **state)
{
    static const struct {
        const char *config;
        uint32_t sessions;
    } x[] = {{"preprocessor dnp3: memcap 4144\n", 1},
             {"preprocessor dnp3: memcap 8287\n", 1},
             {"preprocessor dnp3: ports { 20000 } \\ memcap 8287 \\ check_crc\n", 1},
             {"preprocessor stream5_global: track_tcp no\n"
              "preprocessor dnp3: disabled memcap 8287\n",
              1},
             {"preprocessor dnp3: memcap 8288\n", 2},
             {"preprocessor dnp3: memcap 104857600\n", 25303},
             {"preprocessor dnp3: ports 0\n", 63}};

    for (size_t i = 0; i < COUNT_OF(x); i++) {
        struct lab_file files[] = {{"main", x[i].config}, {NULL, NULL}};
        struct fail f;
        struct rules *r = lab_load(files, &(struct rules_request){.config = "main"}, &f);
        assert_int_equal(rules_dnp3_sessions(r), x[i].sessions);
        rules_free(r);
    }
}

static void strict_and_set(void **state)
{
    struct lab_file files[] = {{"t.rules",
                                "alert udp $A any -> any any (content:\"a\"; sid:1;)\n"
                                "alert udp $B any -> any any (content:\"a\"; sid:2;)\n"},
                               {NULL, NULL}};
    const char *names[] = {"t.rules", NULL}, *set[] = {"A=[10.0.0.1]", "B=any", NULL};
    struct fail f;
    struct lab l;

    assert_null(lab_load(files, &(struct rules_request){.files = names, .strict = true}, &f));
    assert_string_equal(f.text,
                        "t.rules:1:11: the variable A is not defined; 1 rule needs it: set "
                        "it with ipvar or portvar, or with -S A=... (2 refused in all)");
    lab_begin(&l, lab_load(files,
                           &(struct rules_request){.files = names, .strict = true, .set = set},
                           &f));
    assert_string_equal(lab_udp(&l, "a", 1), "1 2");
    lab_close(&l);
}

static void hostile_files(void **state)
{
    size_t n = 300000;
    char *big = malloc(n + 200);
    uint32_t seed = 7;

    assert_non_null(big);
    snprintf(big, n, "alert udp any any -> any any (content:\"");
    memset(big + strlen(big), 'a', n - 100);
    snprintf(big + n - 70, 200, "\"; sid:1;)\nalert udp any any -> any any (sid:2;)\n");
    assert_string_equal(complaints(big), "t.rules:1:1: the rule is longer than 65536 bytes");
    for (size_t i = 0; i < 20000; i++) {
        seed = seed * 1103515245 + 12345;
        big[i] = (char)(seed >> 16 & 0xff ? seed >> 16 & 0xff : 'x');
    }
    big[20000] = 0;
    assert_true(strlen(complaints(big)) > 0);
    memset(big, '(', 5000);
    memcpy(big, "alert tcp ", 10);
    assert_true(strlen(complaints(big)) > 0);
    memset(big, '[', 5000);
    snprintf(big, 11, "alert tcp ");
    snprintf(big + 4000, 100, " any -> any any (sid:1;)");
    big[10] = '[';
    assert_true(strlen(complaints(big)) > 0);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_name_place_and_word),
        cmocka_unit_test(text_of_files),
        cmocka_unit_test(higher_revisions_replace),
        cmocka_unit_test(headers),
        cmocka_unit_test(configuration_errors),
        cmocka_unit_test(policies),
        cmocka_unit_test(memcap_is_divided_exactly),
        cmocka_unit_test(strict_and_set),
        cmocka_unit_test(hostile_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
