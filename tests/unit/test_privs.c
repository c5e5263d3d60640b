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
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "privs.h"

/*
 * Each test drops privileges in a child, which tells by a pipe what became of it:
 * the result, the text of the error, and its /proc/self/status.
 */
static struct report {
	int ret;
	struct err e;
	char status[4096];
} report;

static void read_status(char *out, size_t cap)
{
	FILE *in = fopen("/proc/self/status", "r");
	size_t n = in ? fread(out, 1, cap - 1, in) : 0;

	out[n] = '\0';
	if (in)
		fclose(in);
}

static void in_child(void (*fn)(void))
{
	int ends[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	memset(&report, 0, sizeof(report));
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		fn();
		read_status(report.status, sizeof(report.status));
		n = write(ends[1], &report, sizeof(report));
		_exit(n == (ssize_t)sizeof(report) ? 0 : 1);
	}
	close(ends[1]);
	while ((n = read(ends[0], (char *)&report + len, sizeof(report) - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(len, sizeof(report));
}

/* The line of /proc/self/status that begins with @name. */
static const char *field(const char *name)
{
	static char line[128];
	char *p = strstr(report.status, name);

	assert_non_null(p);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
	return line;
}

static void assert_field(const char *name, const char *value)
{
	char wanted[128];

	snprintf(wanted, sizeof(wanted), "%s%s", name, value);
	assert_string_equal(field(name), wanted);
}

static int root_only(void **state)
{
	(void)state;
	if (geteuid() != 0)
		fail_msg("run as root: there is nothing to drop otherwise");
	return 0;
}

static void drop_all(void)
{
	report.ret = privs_drop("nobody", 0, &report.e);
}

static void to_another_user_without_capabilities(void **state)
{
	const struct passwd *pw = getpwnam("nobody");
	char ids[64];

	(void)state;
	assert_non_null(pw);
	in_child(drop_all);
	assert_string_equal(report.e.text, "");
	assert_int_equal(report.ret, 0);
	snprintf(ids, sizeof(ids), "\t%u\t%u\t%u\t%u", pw->pw_uid, pw->pw_uid, pw->pw_uid, pw->pw_uid);
	assert_field("Uid:", ids);
	snprintf(ids, sizeof(ids), "\t%u\t%u\t%u\t%u", pw->pw_gid, pw->pw_gid, pw->pw_gid, pw->pw_gid);
	assert_field("Gid:", ids);
	assert_field("Groups:", "\t ");
	assert_field("CapInh:", "\t0000000000000000");
	assert_field("CapPrm:", "\t0000000000000000");
	assert_field("CapEff:", "\t0000000000000000");
	assert_field("CapBnd:", "\t0000000000000000");
	assert_field("CapAmb:", "\t0000000000000000");
	assert_field("NoNewPrivs:", "\t1");
}

static void drop_but_net_admin(void)
{
	struct rlimit core;

	report.ret = privs_drop("daemon", PRIVS_CAP(CAP_NET_ADMIN), &report.e);
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) != 0)
		report.ret = -1000;
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_cur || core.rlim_max)
		report.ret = -1001;
	if (setresuid(0, 0, 0) == 0 || setgid(0) == 0)
		report.ret = -1002;
}

static void to_another_user_with_one_capability(void **state)
{
	(void)state;
	in_child(drop_but_net_admin);
	assert_string_equal(report.e.text, "");
	assert_int_equal(report.ret, 0);
	assert_field("CapPrm:", "\t0000000000001000");
	assert_field("CapEff:", "\t0000000000001000");
	assert_field("CapInh:", "\t0000000000000000");
	assert_field("CapAmb:", "\t0000000000000000");
	assert_field("CapBnd:", "\t0000000000000000");
}

static void drop_as_root(void)
{
	report.ret = privs_drop("", PRIVS_CAP(CAP_KILL), &report.e);
}

static void root_keeps_nothing_but_what_was_asked_for(void **state)
{
	(void)state;
	in_child(drop_as_root);
	assert_string_equal(report.e.text, "");
	assert_int_equal(report.ret, 0);
	assert_field("Uid:", "\t0\t0\t0\t0");
	assert_field("CapEff:", "\t0000000000000020");
	assert_field("CapBnd:", "\t0000000000000000");
	assert_field("Groups:", "\t ");
}

static void unknown_user(void)
{
	report.ret = privs_drop("no-such-user-here", 0, &report.e);
}

static void superuser(void)
{
	report.ret = privs_drop("root", 0, &report.e);
}

static void users_that_are_refused(void **state)
{
	(void)state;
	in_child(unknown_user);
	assert_int_equal(report.ret, -ENOENT);
	assert_string_equal(report.e.text,
			    "there is no user \"no-such-user-here\"; create it or change the setting users");
	in_child(superuser);
	assert_int_equal(report.ret, -EPERM);
	assert_string_equal(report.e.text, "user \"root\" is the superuser; take another");
}

static void become(uid_t uid)
{
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		_exit(2);
}

static void not_root_needs_net_admin(void)
{
	become(4711);
	report.ret = privs_drop("daemon", PRIVS_CAP(CAP_NET_ADMIN), &report.e);
}

static void not_root_needs_nothing(void)
{
	become(4711);
	report.ret = privs_drop("daemon", 0, &report.e);
}

static void without_root(void **state)
{
	(void)state;
	in_child(not_root_needs_net_admin);
	assert_int_equal(report.ret, -EPERM);
	assert_string_equal(report.e.text,
			    "needs CAP_NET_ADMIN; start srtpd as root or with AmbientCapabilities= of systemd");
	in_child(not_root_needs_nothing);
	assert_string_equal(report.e.text, "");
	assert_int_equal(report.ret, 0);
	assert_field("Uid:", "\t4711\t4711\t4711\t4711");
	assert_field("NoNewPrivs:", "\t1");
}

static void check_full_root(void)
{
	report.ret = privs_check(0, &report.e);
}

static void check_other_capability(void)
{
	privs_drop("nobody", PRIVS_CAP(CAP_KILL), &report.e);
	report.ret = privs_check(PRIVS_CAP(CAP_NET_ADMIN), &report.e);
}

static void check_core_files(void)
{
	const struct rlimit some = { 0, 4096 };

	setrlimit(RLIMIT_CORE, &some);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	become(4711);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	report.ret = privs_check(0, &report.e);
}

static void check_dumpable(void)
{
	privs_early(&report.e);
	become(4711);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	report.ret = privs_check(0, &report.e);
}

static void check_saved_id(void)
{
	privs_early(&report.e);
	if (setresuid(4711, 4711, 0) < 0)
		_exit(2);
	report.ret = privs_check(0, &report.e);
}

/* What a half drop looks like is told from a whole one. */
static void verification(void **state)
{
	(void)state;
	in_child(check_full_root);
	assert_int_equal(report.ret, -EPERM);
	assert_memory_equal(report.e.text, "capabilities are 0x", 19);
	in_child(check_other_capability);
	assert_int_equal(report.ret, -EPERM);
	assert_string_equal(report.e.text, "capabilities are 0x20/0x20 and should be 0x1000");
	in_child(check_saved_id);
	assert_int_equal(report.ret, -EPERM);
	assert_string_equal(report.e.text, "user ids differ after the drop");
	in_child(check_core_files);
	assert_int_equal(report.ret, -EPERM);
	assert_string_equal(report.e.text, "core files are still allowed");
	in_child(check_dumpable);
	assert_int_equal(report.ret, -EPERM);
	assert_string_equal(report.e.text, "keepcaps, no_new_privs or dumpable are not as they should be");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_another_user_without_capabilities),
		cmocka_unit_test(to_another_user_with_one_capability),
		cmocka_unit_test(root_keeps_nothing_but_what_was_asked_for),
		cmocka_unit_test(users_that_are_refused),
		cmocka_unit_test(without_root),
		cmocka_unit_test(verification),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, root_only, NULL);
}
