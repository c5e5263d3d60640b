// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "ipc.h"
#include "log.h"
#include "loop.h"

enum { NUMBER = 1, CLOSES, REFUSES, UNKNOWN = 99 };

static struct ipc a, b;		/* a speaks, b listens */
static uint64_t numbers[2000];
static unsigned int nnumbers, nclosed;
static char last_log[1024];

static int take_number(struct ipc *c, struct rbuf *r, void *arg)
{
	assert_ptr_equal(arg, numbers);
	assert_ptr_equal(c, &b);
	numbers[nnumbers++] = rbuf_u64(r);
	return 0;
}

static int take_and_close(struct ipc *c, struct rbuf *r, void *arg)
{
	(void)r;
	(void)arg;
	ipc_close(c);
	return 0;
}

static int take_and_refuse(struct ipc *c, struct rbuf *r, void *arg)
{
	(void)c;
	(void)r;
	(void)arg;
	return -EPERM;
}

static const struct ipc_handler nothing[] = { { 0 } };
static const struct ipc_handler table[] = {
	{ NUMBER, "number", take_number },
	{ CLOSES, "closes", take_and_close },
	{ REFUSES, "refuses", take_and_refuse },
	{ 0 }
};

static void on_closed(struct ipc *c, void *arg)
{
	(void)arg;
	assert_int_equal(c->fd, -1);
	nclosed++;
}

static void catch(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(last_log, sizeof(last_log), "%s", line);
}

static int setup(void **state)
{
	struct err e = { 0 };
	int pair[2];

	(void)state;
	nnumbers = nclosed = 0;
	last_log[0] = '\0';
	log_hook(catch, NULL);
	assert_int_equal(loop_init(&e), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(ipc_open(&a, pair[0], "b", nothing, on_closed, NULL), 0);
	assert_int_equal(ipc_open(&b, pair[1], "a", table, on_closed, numbers), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ipc_close(&a);
	ipc_close(&b);
	ipc_close(&b);
	loop_fini();
	log_hook(NULL, NULL);
	return 0;
}

static int send_number(uint64_t v)
{
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, NUMBER);

	wbuf_u64(&w, v);
	return ipc_send(&a, &w);
}

/* Octets as a subverted role could send them. */
static void send_raw(const void *p, size_t len)
{
	assert_int_equal(send(a.fd, p, len, 0), len);
}

static void turns(unsigned int n)
{
	while (n--)
		loop_turn(0);
}

static void assert_condemned(const char *log)
{
	turns(3);
	assert_string_equal(last_log, log);
	assert_int_equal(b.fd, -1);
	assert_int_equal(a.fd, -1);	/* and its other end has noticed */
	assert_int_equal(nclosed, 2);
}

static void messages_in_order(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 40; i++)
		assert_int_equal(send_number(i << 40), 0);
	turns(4);
	assert_int_equal(nnumbers, 40);
	for (uint64_t i = 0; i < 40; i++)
		assert_true(numbers[i] == i << 40);
	assert_int_equal(nclosed, 0);
}

static void unknown_type(void **state)
{
	(void)state;
	send_raw("\x00\x63", 2);
	assert_condemned("channel condemned peer=\"a\" why=\"this peer may not send it\" type=99 name=-");
}

static void trailing_octet(void **state)
{
	(void)state;
	send_raw("\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00", 11);
	assert_condemned("channel condemned peer=\"a\" why=\"malformed\" type=1 name=\"number\"");
}

static void truncated_body(void **state)
{
	(void)state;
	send_raw("\x00\x01\x00\x00\x00\x00\x00\x00\x00", 9);
	assert_condemned("channel condemned peer=\"a\" why=\"malformed\" type=1 name=\"number\"");
}

static void no_type(void **state)
{
	(void)state;
	send_raw("\x00", 1);
	assert_condemned("channel condemned peer=\"a\" why=\"no message\" type=0 name=-");
}

static void too_large(void **state)
{
	uint8_t big[IPC_MAX + 1] = { 0, NUMBER };

	(void)state;
	send_raw(big, sizeof(big));
	assert_condemned("channel condemned peer=\"a\" why=\"no message\" type=1 name=-");
}

static void refused_by_its_handler(void **state)
{
	(void)state;
	send_raw("\x00\x03", 2);
	assert_condemned("channel condemned peer=\"a\" why=\"refused\" type=3 name=\"refuses\"");
}

static void nothing_after_a_condemned_message(void **state)
{
	(void)state;
	send_raw("\x00\x63", 2);
	assert_int_equal(send_number(1), 0);
	turns(3);
	assert_int_equal(nnumbers, 0);
}

static void a_handler_may_close(void **state)
{
	(void)state;
	send_raw("\x00\x02", 2);
	turns(3);
	assert_int_equal(b.fd, -1);
	assert_int_equal(nclosed, 1);	/* a's; who closes itself is not told */
	assert_int_equal(a.fd, -1);
}

/* A sent descriptor is dropped, not received. */
static void descriptors_are_dropped(void **state)
{
	union {
		char octets[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	uint8_t body[] = { 0, NUMBER, 0, 0, 0, 0, 0, 0, 0, 9 };
	struct iovec iov = { body, sizeof(body) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int before = dup(0), after;

	(void)state;
	close(before);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &a.fd, sizeof(int));
	assert_int_equal(sendmsg(a.fd, &m, 0), sizeof(body));
	turns(2);
	assert_int_equal(nnumbers, 1);
	after = dup(0);
	close(after);
	assert_int_equal(after, before);	/* no number was taken */
}

static void what_does_not_fit_waits_in_order(void **state)
{
	unsigned int n = 0;

	(void)state;
	while (!a.out_len && n < 1900)
		assert_int_equal(send_number(n++), 0);
	assert_true(a.out_len > 0);
	for (unsigned int i = 0; i < 50; i++)
		assert_int_equal(send_number(n++), 0);
	for (unsigned int i = 0; nnumbers < n && i < 1000; i++)
		loop_turn(0);
	assert_int_equal(nnumbers, n);
	for (unsigned int i = 0; i < n; i++)
		assert_true(numbers[i] == i);
	assert_int_equal(a.out_len, 0);
	assert_int_equal(nclosed, 0);
}

/* The listener's loop does not run: 1 MiB waits, then the peer counts as dead. */
static void a_peer_that_does_not_read_is_dead(void **state)
{
	unsigned int n = 0;
	int ret;

	(void)state;
	loop_unwatch(&b.watch);
	do {
		uint8_t space[IPC_MAX];
		struct wbuf w = ipc_begin(space, NUMBER);
		static const uint8_t filler[4000];

		wbuf_bytes(&w, filler, sizeof(filler));
		ret = ipc_send(&a, &w);
	} while (ret == 0 && ++n < 2000);
	assert_int_equal(ret, -EPIPE);
	assert_in_range(a.out_len, (1 << 20) - 5000, 1 << 20);
	turns(2);
	assert_int_equal(a.fd, -1);
	assert_null(a.out);
	assert_int_equal(nclosed, 1);
	assert_int_equal(send_number(1), -EPIPE);
}

static void a_bad_writer_is_not_sent(void **state)
{
	uint8_t space[IPC_MAX];
	struct wbuf w = ipc_begin(space, NUMBER);

	(void)state;
	while (!w.bad)
		wbuf_u64(&w, 0);
	assert_int_equal(ipc_send(&a, &w), -EMSGSIZE);
	turns(1);
	assert_int_equal(nclosed, 0);
}

static void the_other_end_goes(void **state)
{
	(void)state;
	assert_int_equal(send_number(5), 0);
	ipc_close(&a);
	turns(2);
	assert_int_equal(nnumbers, 1);	/* what was sent before is still taken */
	assert_int_equal(nclosed, 1);
	assert_int_equal(b.fd, -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_in_order),
		TEST(unknown_type),
		TEST(trailing_octet),
		TEST(truncated_body),
		TEST(no_type),
		TEST(too_large),
		TEST(refused_by_its_handler),
		TEST(nothing_after_a_condemned_message),
		TEST(a_handler_may_close),
		TEST(descriptors_are_dropped),
		TEST(what_does_not_fit_waits_in_order),
		TEST(a_peer_that_does_not_read_is_dead),
		TEST(a_bad_writer_is_not_sent),
		TEST(the_other_end_goes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
