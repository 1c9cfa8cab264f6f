// SPDX-License-Identifier: Apache-2.0
// HTTP: first lines of requests and answers, and what looks like them; the files in its
// messages.
#include "proto/lab.h"

#include <stdio.h>

static void requests(void **state)
{
    assert_int_equal(try_stream(&proto_http, BYTES("GET / HTTP/1.1\r\nHost: x\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("OPTIONS * HTTP/1.0\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("M-SEARCH * HTTP/1.1\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("GET /a b c HTTP/1.1\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("CONNECT a:1 HTTP/1.1\r\n\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("GET /index")), MAYBE);
}

static void answers(void **state)
{
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/1.1 200 OK\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/1.0 404\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/1.1 20")), MAYBE);
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/1.1 2000\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/2 200 \r\n")), NO);
}

static void relatives(void **state)
{
    assert_int_equal(try_stream(&proto_http, BYTES("OPTIONS sip:a SIP/2.0\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("PLAY rtsp://a RTSP/1.0\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("PRI * HTTP/2.0\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("GET /\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("USER anonymous\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("EHLO HTTP/1.1 \r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("GET \0 HTTP/1.1\r\n")), NO);
    assert_int_equal(try_noise(&proto_http, true, 10000), 0);
}

static void long_targets(void **state)
{
    uint8_t line[400];

    memset(line, 'a', sizeof(line));
    memcpy(line, "GET /", 5);
    assert_int_equal(try_stream(&proto_http, slice_of(line, HEAD_MOST - 1)), MAYBE);
    assert_int_equal(try_stream(&proto_http, slice_of(line, sizeof(line))), YES);
    memcpy(line, "FOO /", 5); // nobody's method needs to be believed
    assert_int_equal(try_stream(&proto_http, slice_of(line, sizeof(line))), NO);
}

// ---------------------------------------------------------------- files

enum { TCP = 6 };

static void open_http(struct lab *l)
{
    lab_open(l, TCP);
    l->talk.who.uid = 7;
    assert_true(feed_begin(l->feeds, &l->x, &proto_http));
}

static void says(struct lab *l, enum side side, const char *text)
{
    feed_data(l->feeds, &l->x, slice_str(text), side);
}

static void asks(struct lab *l, const char *line)
{
    says(l, ORIG, line);
    says(l, ORIG, "\r\nHost: x\r\n\r\n");
}

static void assert_file(const struct lab *l, unsigned n, const char *name, uint64_t size,
                        uint64_t missing, bool complete)
{
    const struct ev_file *e = (const void *)lab_event(l, EV_file, n);

    assert_non_null(e);
    assert_int_equal(e->name.n, strlen(name));
    if (e->name.n)
        assert_memory_equal(e->name.p, name, e->name.n);
    assert_int_equal(e->size, size);
    assert_int_equal(e->missing_bytes, missing);
    assert_int_equal(e->complete, complete);
}

static void bodies(void **state)
{
    static const char abc[] =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, B.1
    struct lab l;

    open_http(&l);
    asks(&l, "GET /a/fw.bin?v=2 HTTP/1.1");
    asks(&l, "HEAD /nothing HTTP/1.1");
    asks(&l, "GET /b%20c.txt#x HTTP/1.1");
    says(&l, RESP,
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    says(&l, RESP, "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n");
    says(&l, RESP,
         "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, Chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r");
    says(&l, RESP,
         "\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n");
    says(&l, ORIG, "PUT /up.cfg HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
    assert_file(&l, 0, "fw.bin", 3, 0, true);
    assert_file(&l, 1, "b c.txt", 3, 0, true);
    assert_file(&l, 2, "up.cfg", 3, 0, true);
    assert_null(lab_event(&l, EV_file, 3));
    for (unsigned i = 0; i < 3; i++) {
        const struct ev_file *e = (const void *)lab_event(&l, EV_file, i);
        assert_memory_equal(e->sha256.p, abc, 64);
        assert_int_equal(e->is_orig, i == 2);
    }
    lab_close(&l);
}

static void names(void **state)
{
    static const struct {
        const char *header, *name;
    } t[] = {
        {"attachment; filename=\"../../etc/passwd\"", "../../etc/passwd"},
        {"attachment; filename=plain.txt; x=y", "plain.txt"},
        {"attachment; filename=\"a.txt\"; filename*=UTF-8''b%41.txt", "bA.txt"},
        {"inline", "page"},
        {"attachment; filename=", "page"},
    };
    struct lab l;
    char answer[200];

    open_http(&l);
    for (unsigned i = 0; i < COUNT_OF(t); i++) {
        asks(&l, "GET /page HTTP/1.0");
        snprintf(answer, sizeof(answer),
                 "HTTP/1.0 200 OK\r\nContent-Disposition: %s\r\nContent-Length: 1\r\n\r\nx",
                 t[i].header);
        says(&l, RESP, answer);
        assert_file(&l, i, t[i].name, 1, 0, true);
    }
    lab_close(&l);
}

static void ranges(void **state)
{
    struct lab l;

    open_http(&l);
    asks(&l, "GET /a HTTP/1.1");
    says(&l, RESP,
         "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 70000-70002/99999\r\n"
         "Content-Length: 3\r\n\r\nabc");
    assert_file(&l, 0, "a", 3, 0, false);
    assert_int_equal(((const struct ev_file *)(const void *)lab_event(&l, EV_file, 0))->offset,
                     70000);
    lab_close(&l);
}

static void gaps(void **state)
{
    struct lab l;

    open_http(&l);
    asks(&l, "GET /a HTTP/1.1");
    asks(&l, "GET /b HTTP/1.1");
    asks(&l, "GET /c HTTP/1.1");
    says(&l, RESP, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
    feed_gap(l.feeds, &l.x, 5, RESP);
    says(&l, RESP, "hij");
    assert_file(&l, 0, "a", 5, 5, false);
    says(&l, RESP, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
    feed_gap(l.feeds, &l.x, 11, RESP); // into what follows
    assert_file(&l, 1, "b", 2, 0, false);
    says(&l, RESP, "th: 3\r\n\r\nabc");
    says(&l, RESP, "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert_file(&l, 2, "", 2, 0, true); // whose answer it is, is not known any more
    lab_close(&l);
}

static void to_the_end(void **state)
{
    struct lab l;

    for (int closed = 0; closed < 2; closed++) {
        open_http(&l);
        asks(&l, "GET /old HTTP/1.0");
        says(&l, RESP, "HTTP/1.0 200 OK\r\n\r\nall of it");
        memcpy(l.talk.history, "ShADadf", 7);
        l.talk.history_n = closed ? 7 : 6;
        feed_end(l.feeds, &l.x);
        assert_file(&l, 0, "old", 9, 0, closed);
        lab_close(&l);
    }
}

static void lies(void **state)
{
    struct lab l;

    open_http(&l);
    asks(&l, "GET /a HTTP/1.1");
    says(&l, RESP, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nab");
    feed_end(l.feeds, &l.x);
    assert_file(&l, 0, "a", 2, 0, false);
    lab_close(&l);
    open_http(&l);
    says(&l, RESP, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot hex\r\n");
    says(&l, RESP,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"); // one too many
    assert_file(&l, 0, "", 1, 0, false);
    assert_null(lab_event(&l, EV_file, 1));
    lab_close(&l);
}

static void tunnels(void **state)
{
    struct lab l;

    open_http(&l);
    asks(&l, "CONNECT a:443 HTTP/1.1");
    says(&l, RESP, "HTTP/1.1 200 OK\r\n\r\n");
    says(&l, ORIG, "GET /not-a-request HTTP/1.1\r\n\r\n");
    says(&l, RESP, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    assert_null(lab_event(&l, EV_file, 0));
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),     cmocka_unit_test(answers), cmocka_unit_test(relatives),
        cmocka_unit_test(long_targets), cmocka_unit_test(bodies),  cmocka_unit_test(names),
        cmocka_unit_test(ranges),       cmocka_unit_test(gaps),    cmocka_unit_test(to_the_end),
        cmocka_unit_test(lies),         cmocka_unit_test(tunnels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
