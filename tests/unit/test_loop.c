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
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "loop.h"
#include "timer.h"

static int pair[2];
static char trace[64];

static void mark(char c)
{
	size_t n = strlen(trace);

	assert_true(n + 1 < sizeof(trace));
	trace[n] = c;
	trace[n + 1] = '\0';
}

static int setup(void **state)
{
	struct err e = { 0 };

	(void)state;
	trace[0] = '\0';
	assert_int_equal(loop_init(&e), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	loop_fini();
	clock_real();
	return 0;
}

static void drain(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	char octets[16];

	assert_ptr_equal(arg, w);
	assert_int_equal(fd, pair[0]);
	if (events & LOOP_READ) {
		assert_int_equal(read(fd, octets, sizeof(octets)), 1);
		mark('r');
	}
	if (events & LOOP_WRITE)
		mark('w');
}

static void reading_and_writing(void **state)
{
	struct loop_watch w = { 0 };

	(void)state;
	assert_int_equal(loop_watch(&w, -1, LOOP_READ, drain, &w), -EINVAL);
	assert_int_equal(loop_watch(&w, pair[0], LOOP_READ, drain, &w), 0);
	loop_turn(0);
	assert_string_equal(trace, "");
	assert_int_equal(write(pair[1], "x", 1), 1);
	loop_turn(1000);
	assert_string_equal(trace, "r");
	assert_int_equal(loop_watch(&w, pair[0], LOOP_READ | LOOP_WRITE, drain, &w), 0);
	loop_turn(1000);
	assert_string_equal(trace, "rw");
	loop_unwatch(&w);
	loop_unwatch(&w);
	assert_int_equal(write(pair[1], "x", 1), 1);
	loop_turn(0);
	assert_string_equal(trace, "rw");
}

static struct loop_watch first, second;

static void unwatch_the_other(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	(void)fd;
	(void)events;
	mark('u');
	loop_unwatch(arg);
	loop_unwatch(w);
}

/* Both are ready in one turn; whichever comes first, the other is never called. */
static void unwatching_is_at_once(void **state)
{
	(void)state;
	assert_int_equal(write(pair[0], "x", 1), 1);
	assert_int_equal(write(pair[1], "x", 1), 1);
	assert_int_equal(loop_watch(&first, pair[0], LOOP_READ, unwatch_the_other, &second), 0);
	assert_int_equal(loop_watch(&second, pair[1], LOOP_READ, unwatch_the_other, &first), 0);
	loop_turn(1000);
	loop_turn(0);
	assert_string_equal(trace, "u");
}

static void deferred_again(void *arg)
{
	(void)arg;
	mark('2');
}

static void deferred(void *arg)
{
	(void)arg;
	mark('1');
	loop_defer(deferred_again, NULL);
}

static void on_timer(struct timer *t, void *arg)
{
	(void)t;
	(void)arg;
	mark('t');
	loop_defer(deferred, NULL);
}

static void deferring_comes_last(void **state)
{
	struct timer t = { 0 };
	struct loop_watch w = { 0 };

	(void)state;
	clock_fake(1000, 0);
	timer_start(&t, 10, on_timer, NULL);
	assert_int_equal(loop_watch(&w, pair[0], LOOP_READ, drain, &w), 0);
	assert_int_equal(write(pair[1], "x", 1), 1);
	clock_advance(10);
	loop_turn(1000);
	assert_string_equal(trace, "rt1");
	loop_turn(-1);		/* what was deferred meanwhile does not wait for an event */
	assert_string_equal(trace, "rt12");
	loop_defer_free(malloc(10));
	loop_defer_free(NULL);
	loop_unwatch(&w);
}

static void on_signal(int signo, void *arg)
{
	assert_int_equal(signo, SIGUSR1);
	assert_ptr_equal(arg, trace);
	mark('s');
	loop_stop(42);
}

static void other_handler(int signo, void *arg)
{
	(void)arg;
	assert_int_equal(signo, SIGUSR1);
	loop_stop(43);
}

static void signals_and_stopping(void **state)
{
	(void)state;
	assert_int_equal(loop_on_signal(SIGUSR1, on_signal, trace), 0);
	raise(SIGUSR1);
	assert_int_equal(loop_run(), 42);
	assert_string_equal(trace, "s");
	assert_int_equal(loop_on_signal(SIGUSR1, other_handler, NULL), 0);
	raise(SIGUSR1);
	assert_int_equal(loop_run(), 43);
}

static void at_most_eight_signals(void **state)
{
	static const int more[] = { SIGUSR1, SIGUSR2, SIGHUP, SIGALRM, SIGCHLD, SIGCONT, SIGWINCH,
				    SIGURG };

	(void)state;
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(loop_on_signal(more[i], other_handler, NULL), 0);
	assert_int_equal(loop_on_signal(SIGIO, other_handler, NULL), -ENOSPC);
}

static void stop_now(struct timer *t, void *arg)
{
	(void)t;
	loop_stop(*(int *)arg);
}

static void real_timers_end_a_wait(void **state)
{
	struct timer t = { 0 };
	int status = 5;
	uint64_t begin = clock_now();

	(void)state;
	timer_start(&t, 30, stop_now, &status);
	assert_int_equal(loop_run(), 5);
	assert_true(clock_now() - begin >= 30);
	assert_true(clock_now() - begin < 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reading_and_writing, setup, teardown),
		cmocka_unit_test_setup_teardown(unwatching_is_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(deferring_comes_last, setup, teardown),
		cmocka_unit_test_setup_teardown(signals_and_stopping, setup, teardown),
		cmocka_unit_test_setup_teardown(at_most_eight_signals, setup, teardown),
		cmocka_unit_test_setup_teardown(real_timers_end_a_wait, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
