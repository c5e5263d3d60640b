// SPDX-License-Identifier: GPL-2.0-or-later
/* SIP over TCP between stacks and bare sockets on loopback. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "err.h"
#include "log.h"
#include "sip_stream.h"
#include "sip_trans.h"

struct node {
	struct sip_stack stack;
	struct addr addr;
	unsigned int requests, responses, ended;
	enum sip_failure failure;
	unsigned int code;
	bool silent;
	struct sip_strans *kept;
	struct sip_hop from;
};

static struct node a, b;
static struct sip_stream_conf conf;

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	struct node *n = arg;

	(void)req;
	n->requests++;
	n->from = *from;
	n->kept = st;
	if (!n->silent) {
		sip_strans_reply_code(st, 200, NULL);
		sip_strans_release(st);
	}
}

static const struct sip_tu tu = { .request = on_request };

static void on_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	struct node *n = arg;

	(void)ct;
	(void)from;
	n->responses++;
	n->code = resp->code;
}

static void on_ended(struct sip_ctrans *ct, enum sip_failure failure, void *arg)
{
	struct node *n = arg;

	(void)ct;
	n->ended++;
	n->failure = failure;
}

static const struct sip_ctrans_ops ops = { .response = on_response, .ended = on_ended };

static void start_node(struct node *n)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct err e = { 0 };
	int fd;

	memset(n, 0, sizeof(*n));
	addr_parse(&n->addr, "127.0.0.1", 0);
	assert_int_equal(sip_stack_init(&n->stack, NULL, NULL, &tu, n), 0);
	fd = sip_stream_listen(&n->addr, &e);
	assert_true(fd >= 0);
	getsockname(fd, (struct sockaddr *)&ss, &len);
	addr_from_sockaddr(&n->addr, &ss);
	assert_int_equal(sip_tcp_add(&n->stack.transp, fd, NULL, &conf, &e), 0);
}

static int net_setup(void **state)
{
	struct err e = { 0 };

	(void)state;
	log_set_level(LOG_LVL_ERROR);
	assert_int_equal(loop_init(&e), 0);
	conf = sip_stream_conf_default;
	return 0;
}

static int net_teardown(void **state)
{
	(void)state;
	sip_stack_fini(&a.stack);
	sip_stack_fini(&b.stack);
	loop_turn(0);
	assert_int_equal(timer_count(), 0);
	loop_fini();
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	return 0;
}

/* Turn until @cond or ten seconds. */
#define until(cond)								\
	do {									\
		const uint64_t limit_ = clock_now() + 10000;			\
		while (!(cond) && clock_now() < limit_)				\
			loop_turn(20);						\
		assert_true(cond);						\
	} while (0)

static const struct sip_stream_stats *stats(struct node *n)
{
	return sip_stream_stats(&n->stack.transp, 0);
}

static struct sip_msg *request(const struct node *to, const char *call_id)
{
	char uri[ADDR_STRLEN + 32], text[ADDR_STRLEN];
	struct sip_msg *m;

	snprintf(uri, sizeof(uri), "sip:x@%s;transport=tcp", addr_str(&to->addr, text));
	m = sip_msg_request(SIP_OPTIONS, uri);
	sip_msg_add(m, SIP_HDR_MAX_FORWARDS, "70");
	sip_msg_add(m, SIP_HDR_FROM, "<sip:a@example.com>;tag=1");
	sip_msg_add(m, SIP_HDR_TO, "<sip:x@example.com>");
	sip_msg_add(m, SIP_HDR_CALL_ID, call_id);
	sip_msg_add(m, SIP_HDR_CSEQ, "1 OPTIONS");
	return m;
}

static const struct sip_ctrans *ask(struct node *from, const struct addr *to, const char *call_id)
{
	const struct sip_hop hop = { .side = 0, .proto = SIP_TCP, .remote = *to };
	struct node dest = { .addr = *to };
	struct err e = { 0 };
	const struct sip_ctrans *ct = sip_ctrans_send(&from->stack, &hop, request(&dest, call_id),
						      &ops, from, &e);

	assert_non_null(ct);
	return ct;
}

static void test_one_connection_for_many(void **state)
{
	const struct sip_ctrans *ct;

	(void)state;
	start_node(&a);
	start_node(&b);
	ct = ask(&a, &b.addr, "1");
	assert_non_null(strstr(sip_msg_value(sip_ctrans_request(ct), SIP_HDR_VIA), "SIP/2.0/TCP "));
	ask(&a, &b.addr, "2");
	until(a.responses == 2 && a.ended == 2);
	ask(&a, &b.addr, "3");
	until(a.responses == 3 && a.ended == 3);
	assert_int_equal(b.requests, 3);
	assert_int_equal(a.code, 200);
	assert_int_equal(a.failure, SIP_FAIL_NONE);
	assert_int_equal(stats(&a)->connected, 1);
	assert_int_equal(stats(&b)->accepted, 1);
	/* and back by the same one: its far end is a's ephemeral port */
	ask(&b, &b.from.remote, "4");
	until(b.responses == 1);
	assert_int_equal(stats(&b)->connected, 0);
	assert_int_equal(stats(&a)->accepted, 0);
}

static void test_refused_connection_fails_transaction(void **state)
{
	struct addr nobody;
	int fd;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	(void)state;
	start_node(&a);
	/* a port that was free a moment ago */
	addr_parse(&nobody, "127.0.0.1", 0);
	fd = sip_stream_listen(&nobody, NULL);
	getsockname(fd, (struct sockaddr *)&ss, &len);
	addr_from_sockaddr(&nobody, &ss);
	close(fd);
	ask(&a, &nobody, "1");
	until(a.ended == 1);
	assert_int_equal(a.failure, SIP_FAIL_TRANSPORT);
	assert_int_equal(a.stack.stats.transport_errors, 1);
	assert_int_equal(stats(&a)->failed, 1);
	assert_int_equal(stats(&a)->now, 0);
}

static void test_closed_connection_fails_what_waits(void **state)
{
	(void)state;
	start_node(&a);
	start_node(&b);
	b.silent = true;
	ask(&a, &b.addr, "1");
	until(b.requests == 1);
	sip_stack_fini(&b.stack);
	until(a.ended == 1);
	assert_int_equal(a.failure, SIP_FAIL_TRANSPORT);
	assert_int_equal(stats(&a)->now, 0);
}

static int dial(const struct node *to)
{
	struct sockaddr_storage ss;
	const socklen_t len = addr_to_sockaddr(&to->addr, &ss);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&ss, len), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What came, once @want octets are there or the connection is closed (0). */
static size_t hear(int fd, char *out, size_t cap, size_t want)
{
	const uint64_t limit = clock_now() + 10000;
	size_t len = 0;

	while (len < want && clock_now() < limit) {
		ssize_t n;

		loop_turn(10);
		n = recv(fd, out + len, cap - 1 - len, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	out[len] = '\0';
	return len;
}

static void test_ping_is_answered(void **state)
{
	char got[64];
	int fd;

	(void)state;
	start_node(&a);
	fd = dial(&a);
	say(fd, "\r\n");
	say(fd, "\r\n\r\n\r\n");
	assert_int_equal(hear(fd, got, sizeof(got), 4), 4);
	assert_string_equal(got, "\r\n\r\n");
	assert_int_equal(stats(&a)->pings, 2);
	close(fd);
	until(stats(&a)->now == 0);
}

static void test_answer_by_the_same_connection(void **state)
{
	char got[1024];
	int fd;

	(void)state;
	start_node(&a);
	fd = dial(&a);
	/* sent-by names a port where nobody listens: it must not be tried */
	say(fd, "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1\r\n"
	    "From: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nConte");
	until(stats(&a)->now == 1);
	say(fd, "nt-Length: 0\r\n\r\n");
	assert_true(hear(fd, got, sizeof(got), 50) > 50);
	assert_memory_equal(got, "SIP/2.0 200 OK\r\n", 16);
	assert_int_equal(stats(&a)->connected, 0);
	close(fd);
}

static void test_answer_to_closed_connection(void **state)
{
	int fd;

	(void)state;
	start_node(&a);
	a.silent = true;
	fd = dial(&a);
	say(fd, "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1\r\n"
	    "From: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"
	    "Content-Length: 0\r\n\r\n");
	until(a.requests == 1);
	close(fd);
	until(stats(&a)->now == 0);
	assert_int_equal(sip_strans_reply_code(a.kept, 200, NULL), 0);
	sip_strans_release(a.kept);
	assert_int_equal(a.stack.stats.transport_errors, 1);
	assert_int_equal(stats(&a)->connected, 0);
}

static void test_broken_stream_is_closed(void **state)
{
	char got[64];
	int fd;

	(void)state;
	start_node(&a);
	fd = dial(&a);
	say(fd, "OPTIONS sip:a@b SIP/2.0\r\n\r\n");
	assert_int_equal(hear(fd, got, sizeof(got), 1), 0);
	assert_int_equal(stats(&a)->broken, 1);
	assert_int_equal(stats(&a)->now, 0);
	close(fd);
}

static void test_limits_of_connections(void **state)
{
	char got[8];
	int fd[3];

	(void)state;
	conf.max_per_ip = 2;
	start_node(&a);
	fd[0] = dial(&a);
	fd[1] = dial(&a);
	until(stats(&a)->now == 2);
	fd[2] = dial(&a);
	assert_int_equal(hear(fd[2], got, sizeof(got), 1), 0);
	assert_int_equal(stats(&a)->refused, 1);
	assert_int_equal(stats(&a)->now, 2);
	close(fd[0]);
	close(fd[2]);
	until(stats(&a)->now == 1);
	fd[2] = dial(&a);
	until(stats(&a)->now == 2);
	close(fd[1]);
	close(fd[2]);
}

static void test_idle_connection_is_closed(void **state)
{
	char got[8];
	int fd;

	(void)state;
	conf.idle_ms = 50;
	start_node(&a);
	fd = dial(&a);
	/* octets that make no message keep nothing alive */
	say(fd, "OPT");
	assert_int_equal(hear(fd, got, sizeof(got), 1), 0);
	assert_int_equal(stats(&a)->idle, 1);
	close(fd);
}

static void test_slow_reader_is_cut_off(void **state)
{
	static char big[20000];
	struct sip_hop hop;
	int fd, rc = 0, sent = 0, small = 4096;

	(void)state;
	conf.max_queue = 65536;
	start_node(&a);
	a.silent = true;
	fd = dial(&a);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	say(fd, "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1\r\n"
	    "From: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"
	    "Content-Length: 0\r\n\r\n");
	until(a.requests == 1);
	hop = a.from;
	memset(big, 'x', sizeof(big));
	while (rc == 0 && sent++ < 10000)
		rc = sip_transp_send_raw(&a.stack.transp, &hop, big, sizeof(big));
	assert_int_equal(rc, -ENOBUFS);
	assert_int_equal(stats(&a)->overrun, 1);
	assert_int_equal(stats(&a)->now, 0);
	assert_int_equal(sip_transp_send_raw(&a.stack.transp, &hop, big, 1), -ENOTCONN);
	close(fd);
}

/* More than any socket buffer, written in parts, arrives whole and in order. */
static void test_partial_writes(void **state)
{
	static char big[30000], got[65536];
	size_t total = 0, want = 0;
	struct sip_hop hop;
	int fd, i;

	(void)state;
	conf.max_queue = 16 << 20;
	start_node(&a);
	a.silent = true;
	fd = dial(&a);
	say(fd, "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK1\r\n"
	    "From: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"
	    "Content-Length: 0\r\n\r\n");
	until(a.requests == 1);
	hop = a.from;
	for (i = 0; i < 400; i++, want += sizeof(big)) {
		memset(big, i, sizeof(big));
		assert_int_equal(sip_transp_send_raw(&a.stack.transp, &hop, big, sizeof(big)), 0);
	}
	while (total < want) {
		const size_t n = hear(fd, got, sizeof(got), 1);

		assert_true(n > 0);
		for (size_t k = 0; k < n; k++)
			assert_int_equal((uint8_t)got[k], (uint8_t)((total + k) / sizeof(big)));
		total += n;
	}
	assert_int_equal(total, want);
	close(fd);
}

#define NET(t) cmocka_unit_test_setup_teardown(t, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		NET(test_one_connection_for_many),
		NET(test_refused_connection_fails_transaction),
		NET(test_closed_connection_fails_what_waits),
		NET(test_ping_is_answered),
		NET(test_answer_by_the_same_connection),
		NET(test_answer_to_closed_connection),
		NET(test_broken_stream_is_closed),
		NET(test_limits_of_connections),
		NET(test_idle_connection_is_closed),
		NET(test_slow_reader_is_cut_off),
		NET(test_partial_writes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
