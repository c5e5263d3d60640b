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
#include <sys/wait.h>
#include <unistd.h>

#include "secret.h"

#define ARENA 4096

static int setup(void **state)
{
	(void)state;
	assert_null(secret_alloc(1));
	assert_int_equal(secret_init(0), -EINVAL);
	assert_int_equal(secret_init(ARENA), 0);
	assert_int_equal(secret_init(ARENA), -EALREADY);
	return 0;
}

static void zeroed_and_counted(void **state)
{
	static const uint8_t zero[100];
	uint8_t *p = secret_alloc(100), *q;

	(void)state;
	assert_non_null(p);
	assert_memory_equal(p, zero, 100);
	assert_int_equal(secret_in_use(), 128);
	q = secret_alloc(64);
	assert_true(q >= p + 100 || q + 64 <= p);
	secret_free(q);
	secret_free(p);
	secret_free(NULL);
	assert_int_equal(secret_in_use(), 0);
	assert_null(secret_alloc(0));
}

/* The arena stays mapped, so what was given back can be looked at. */
static void wiped_when_given_back(void **state)
{
	static const uint8_t zero[200];
	uint8_t *p = secret_alloc(200);

	(void)state;
	assert_non_null(p);
	memset(p, 0xa5, 200);
	secret_free(p);
	assert_memory_equal(p, zero, 200);
}

static void full_and_reused(void **state)
{
	void *p[ARENA / 64];

	(void)state;
	for (size_t i = 0; i < ARENA / 64; i++) {
		p[i] = secret_alloc(64);
		assert_non_null(p[i]);
	}
	assert_null(secret_alloc(1));
	secret_free(p[10]);
	secret_free(p[12]);
	assert_null(secret_alloc(128));		/* free, but not in one piece */
	secret_free(p[11]);
	p[10] = secret_alloc(192);
	assert_non_null(p[10]);
	for (size_t i = 0; i < ARENA / 64; i++) {
		if (i != 11 && i != 12)
			secret_free(p[i]);
	}
	assert_int_equal(secret_in_use(), 0);
	p[0] = secret_alloc(ARENA);
	assert_non_null(p[0]);
	secret_free(p[0]);
	assert_null(secret_alloc(ARENA + 1));
}

static void a_child_finds_zeros(void **state)
{
	uint8_t *p = secret_alloc(16);
	int status;
	pid_t pid;

	(void)state;
	memset(p, 0x5a, 16);
	pid = fork();
	if (pid == 0)
		_exit(p[0] | p[15]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(p[0], 0x5a);
	secret_free(p);
}

static int in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void twice(void)
{
	void *p = secret_alloc(16);

	secret_free(p);
	secret_free(p);
}

static void inside(void)
{
	uint8_t *p = secret_alloc(200);

	secret_free(p + 64);
}

static void foreign(void)
{
	char c;

	secret_free(&c);
}

static void wrong_frees_end_the_process(void **state)
{
	(void)state;
	assert_int_equal(in_child(twice), SIGABRT);
	assert_int_equal(in_child(inside), SIGABRT);
	assert_int_equal(in_child(foreign), SIGABRT);
}

static void wipe(void **state)
{
	uint8_t p[5] = { 1, 2, 3, 4, 5 };
	static const uint8_t want[5] = { 0, 0, 0, 0, 5 };

	(void)state;
	secret_wipe(p, 4);
	assert_memory_equal(p, want, 5);
	secret_wipe(NULL, 0);
}

static void equal(void **state)
{
	uint8_t a[32], b[32];

	(void)state;
	memset(a, 7, sizeof(a));
	memset(b, 7, sizeof(b));
	assert_true(secret_equal(a, b, sizeof(a)));
	for (size_t i = 0; i < sizeof(a); i++) {
		for (int bit = 0; bit < 8; bit++) {
			b[i] ^= (uint8_t)(1 << bit);
			assert_false(secret_equal(a, b, sizeof(a)));
			b[i] ^= (uint8_t)(1 << bit);
		}
	}
	assert_true(secret_equal(a, b, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_and_counted),
		cmocka_unit_test(wiped_when_given_back),
		cmocka_unit_test(full_and_reused),
		cmocka_unit_test(a_child_finds_zeros),
		cmocka_unit_test(wrong_frees_end_the_process),
		cmocka_unit_test(wipe),
		cmocka_unit_test(equal),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, NULL);
}
