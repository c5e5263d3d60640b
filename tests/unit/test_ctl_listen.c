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
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "err.h"

static char dir[64], run[80], path[96];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_ctl.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(run, sizeof(run), "%s/run", dir);
	snprintf(path, sizeof(path), "%s/s.sock", run);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	rmdir(run);
	rmdir(dir);
	return 0;
}

static void bound_with_its_mode(void **state)
{
	mode_t mask = umask(0);
	struct err e = { 0 };
	struct stat st;
	int fd;

	(void)state;
	fd = ctl_listen(path, &e);
	assert_true(fd >= 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(umask(mask), 0);		/* as it was */
	assert_int_equal(lstat(run, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	close(fd);
}

static void one_that_answers_is_kept(void **state)
{
	struct err e = { 0 };
	char wanted[200];
	int fd;

	(void)state;
	fd = ctl_listen(path, &e);
	assert_true(fd >= 0);
	assert_int_equal(ctl_listen(path, &e), -EADDRINUSE);
	snprintf(wanted, sizeof(wanted),
		 "%s: another daemon listens there; stop it or change control_socket", path);
	assert_string_equal(e.text, wanted);
	close(fd);
}

static void a_stale_one_is_replaced(void **state)
{
	struct err e = { 0 };
	struct stat st;
	int fd;

	(void)state;
	fd = ctl_listen(path, &e);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(lstat(path, &st), 0);
	fd = ctl_listen(path, &e);
	assert_true(fd >= 0);
	close(fd);
}

static void other_files_are_not_touched(void **state)
{
	struct err e = { 0 };
	char wanted[200];
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(mkdir(run, 0755), 0);
	fd = creat(path, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(ctl_listen(path, &e), -EEXIST);
	snprintf(wanted, sizeof(wanted),
		 "%s: is there and is no socket; remove it or change control_socket", path);
	assert_string_equal(e.text, wanted);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void impossible_paths(void **state)
{
	struct err e = { 0 };
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(ctl_listen(longer, &e), -ENAMETOOLONG);
	assert_int_equal(ctl_listen("/nonexistent/dir/s.sock", &e), -ENOENT);
	assert_string_equal(e.text,
			    "/nonexistent/dir: cannot make this directory: No such file or directory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bound_with_its_mode),
		TEST(one_that_answers_is_kept),
		TEST(a_stale_one_is_replaced),
		TEST(other_files_are_not_touched),
		TEST(impossible_paths),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
