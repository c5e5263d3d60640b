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
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

static char last[4096];
static enum log_level last_level;
static unsigned int lines;

static void catch(enum log_level level, const char *line, void *arg)
{
	(void)arg;
	last_level = level;
	snprintf(last, sizeof(last), "%s", line);
	lines++;
}

static int setup(void **state)
{
	(void)state;
	log_open("srtpd", "sip");
	log_set_level(LOG_LVL_INFO);
	log_hook(catch, NULL);
	lines = 0;
	last[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_hook(NULL, NULL);
	clock_real();
	return 0;
}

static void fields(void **state)
{
	(void)state;
	log_info("call established", F_U64("call", UINT64_MAX), F_STR("route", "out"),
		 F_I64("code", -110), F_HEX("cookie", 0xbeef), F_STR("from", NULL));
	assert_string_equal(last, "call established call=18446744073709551615 route=\"out\" "
				  "code=-110 cookie=0xbeef from=-");
	assert_int_equal(last_level, LOG_LVL_INFO);
	log_error("no field");
	assert_string_equal(last, "no field");
}

static void octets_from_the_network_are_escaped(void **state)
{
	(void)state;
	log_warn("bad", F_STR("v", "a\r\nb\"c\\\x1b[0m\xc3\xa9\x7f"));
	assert_string_equal(last, "bad v=\"a\\x0d\\x0ab\\\"c\\\\\\x1b[0m\\xc3\\xa9\\x7f\"");
	log_warn("message\nwith newline");
	assert_string_equal(last, "message?with newline");
}

static void long_lines_are_cut(void **state)
{
	char longer[3000];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	log_info("m", F_STR("v", longer));
	assert_int_equal(strlen(last), strlen("m v=\"") + 512 + strlen("...\""));
	log_info("m", F_STR("a", longer), F_STR("b", longer), F_STR("c", longer),
		 F_STR("d", longer), F_STR("e", longer));
	assert_true(strlen(last) <= 2048);
	assert_string_equal(last + strlen(last) - 3, "...");
}

static void levels(void **state)
{
	(void)state;
	log_debug("too fine");
	assert_int_equal(lines, 0);
	log_set_level(LOG_LVL_DEBUG);
	log_debug("now");
	assert_int_equal(lines, 1);
	log_set_level(LOG_LVL_ERROR);
	log_warn("not now");
	assert_int_equal(lines, 1);
	assert_int_equal(log_level_parse("error"), LOG_LVL_ERROR);
	assert_int_equal(log_level_parse("debug"), LOG_LVL_DEBUG);
	assert_int_equal(log_level_parse("DEBUG"), -EINVAL);
	assert_int_equal(log_level_parse(""), -EINVAL);
}

static void storms_are_held_back(void **state)
{
	struct log_limit l = { 0 };

	(void)state;
	clock_fake(0, 0);
	for (int i = 0; i < 10; i++)
		assert_true(log_limit_pass(&l));
	for (int i = 0; i < 25; i++)
		assert_false(log_limit_pass(&l));
	clock_advance(9999);
	assert_false(log_limit_pass(&l));
	assert_int_equal(lines, 0);
	clock_advance(1);
	assert_true(log_limit_pass(&l));
	assert_string_equal(last, "lines like the next were held back count=26");
	assert_int_equal(lines, 1);
	clock_advance(20000);
	assert_true(log_limit_pass(&l));
	assert_int_equal(lines, 1);
}

static void form_on_standard_error(void **state)
{
	int saved = dup(STDERR_FILENO), ends[2];
	char line[256] = "";

	(void)state;
	log_hook(NULL, NULL);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	errno = 77;
	log_notice("serving", F_U64("n", 1));
	assert_int_equal(errno, 77);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_true(read(ends[0], line, sizeof(line) - 1) > 25);
	/* 2026-11-23T07:42:11.123Z */
	assert_int_equal(strspn(line, "0123456789-:.TZ"), 24);
	assert_string_equal(line + 24, " NOTICE sip: serving n=1\n");
	close(ends[0]);
	close(ends[1]);
	close(saved);
}

/* In a mount namespace where /run is ours and a socket of ours is the journal's. */
static void speak_to_journal(int result)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char stream[64], got[1024];
	struct stat st;
	ssize_t n;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/run", "tmpfs", 0, NULL) < 0 || mkdir("/run/systemd", 0755) < 0 ||
	    mkdir("/run/systemd/journal", 0755) < 0 ||
	    bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 || fstat(STDERR_FILENO, &st) < 0)
		_exit(1);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("srtpd", "media");
	log_warn("late", F_U64("call", 17), F_STR("from", "a\nPRIORITY=0"));
	n = recv(fd, got, sizeof(got), 0);
	_exit(n > 0 && write(result, got, (size_t)n) == n ? 0 : 2);
}

static void form_in_the_journal(void **state)
{
	char got[1024] = "", wanted[1024];
	int ends[2], status;
	pid_t pid;

	(void)state;
	log_hook(NULL, NULL);
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		speak_to_journal(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		fail_msg("root and namespaces are needed");
	assert_true(read(ends[0], got, sizeof(got) - 1) > 0);
	snprintf(wanted, sizeof(wanted),
		 "MESSAGE=late call=17 from=\"a\\x0aPRIORITY=0\"\nPRIORITY=4\nSYSLOG_IDENTIFIER=srtpd\n"
		 "SYSLOG_PID=%d\nKSRTP_ROLE=media\nKSRTP_CALL=17\nKSRTP_FROM=a\\x0aPRIORITY=0\n",
		 (int)pid);
	assert_string_equal(got, wanted);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fields, setup, teardown),
		cmocka_unit_test_setup_teardown(octets_from_the_network_are_escaped, setup, teardown),
		cmocka_unit_test_setup_teardown(long_lines_are_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(levels, setup, teardown),
		cmocka_unit_test_setup_teardown(storms_are_held_back, setup, teardown),
		cmocka_unit_test_setup_teardown(form_on_standard_error, setup, teardown),
		cmocka_unit_test_setup_teardown(form_in_the_journal, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
