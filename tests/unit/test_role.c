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
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "log.h"
#include "loop.h"
#include "role.h"
#include "sandbox.h"
#include "secret.h"

/*
 * A small daemon, this program itself: two roles, `one` and `two`, with a channel
 * between them. What `one` does once it serves is told by --do; `two` only waits.
 * Supervisor and roles write to one pipe, whose end is the end of all of them.
 */

/* ---- the daemon ----------------------------------------------------------- */

static const char *what = "";
static struct loop_watch go;

static void on_term(int signo, void *arg)
{
	(void)signo;
	(void)arg;
	if (strcmp(what, "hang") == 0)
		return;
	log_notice("asked to end");
	loop_stop(EXIT_SUCCESS);
}

/* `two` serves as well. */
static void act(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
	loop_unwatch(w);
	if (strcmp(what, "open") == 0)
		open("/etc/passwd", O_RDONLY);
	else if (strcmp(what, "socket") == 0)
		socket(AF_INET, SOCK_DGRAM, 0);
	else if (strcmp(what, "ptrace") == 0)
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	else if (strcmp(what, "execute") == 0)
		execl("/bin/true", "true", (char *)NULL);
	else if (strcmp(what, "fork") == 0)
		fork();
	else if (strcmp(what, "code") == 0)
		mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else if (strcmp(what, "leave") == 0)
		loop_stop(EXIT_SUCCESS);
	else if (strcmp(what, "fail") == 0)
		loop_stop(3);
	else if (strcmp(what, "abort") == 0)
		abort();
	else
		return;
	log_notice("still here");
}

static int run_one(void)
{
	struct pollfd p = { role_fd("two"), POLLIN, 0 };
	char text[8] = "", gift[8] = "";

	poll(&p, 1, 10000);
	if (recv(role_fd("two"), text, sizeof(text) - 1, 0) > 0)
		log_notice("heard", F_STR("text", text));
	if (read(role_fd("gift"), gift, 4) == 4)
		log_notice("was given", F_STR("text", gift));
	if (role_fd("other") >= 0 || role_fd("one") >= 0)
		log_notice("has what is not for it");
	role_user(geteuid() == 0 ? "nobody" : "");
	role_sandbox();
	log_notice("serves", F_U64("uid", getuid()), F_U64("secrets", secret_in_use()));
	loop_on_signal(ROLE_STOP_SIGNAL, on_term, NULL);
	role_ready();
	loop_watch(&go, role_fd("two"), LOOP_READ, act, NULL);
	return loop_run();
}

static int run_two(void)
{
	void *p = secret_alloc(64);

	send(role_fd("one"), "hello", 5, 0);
	if (!p || role_fd("gift") >= 0)
		return 9;
	secret_free(p);
	role_sandbox();
	loop_on_signal(ROLE_STOP_SIGNAL, on_term, NULL);
	role_ready();
	send(role_fd("one"), "go", 2, 0);
	return loop_run();
}

static const struct role roles[] = {
	{ .name = "one", .peers = { "two" }, .run = run_one },
	{ .name = "two", .secret_octets = 4096, .run = run_two },
};

static const struct role_program program = {
	.name = "testd", .version = "9", .roles = roles, .nroles = 2,
};

static int role_main(int argc, char **argv)
{
	const char *fds[ROLE_MAX_FDS], *name = "";
	const struct role *role;
	unsigned int nfds = 0, open_fds = 0;
	struct err e = { 0 };
	int status;

	for (int fd = 0; fd < 1024; fd++)
		open_fds += fcntl(fd, F_GETFD) >= 0;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--role") == 0)
			name = argv[i + 1];
		else if (strcmp(argv[i], "--fd") == 0 && nfds < ROLE_MAX_FDS)
			fds[nfds++] = argv[i + 1];
		else if (strcmp(argv[i], "--do") == 0)
			what = argv[i + 1];
	}
	role = role_enter(&program, name, fds, nfds, &e);
	if (!role) {
		fprintf(stderr, "%s\n", err_text(&e));
		_exit(7);
	}
	log_notice("entered", F_U64("descriptors", open_fds), F_U64("given", nfds));
	status = role->run();
	_exit(status);
}

/* ---- the test ------------------------------------------------------------- */

static struct daemon {
	pid_t pid;
	int out;
	char text[16384];
	size_t len;
} d;

static void start(const char *action)
{
	char *args[] = { "--do", (char *)action, NULL };
	int ends[2], gift[2], other[2];

	memset(&d, 0, sizeof(d));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	d.pid = fork();
	if (d.pid == 0) {
		struct role_gift gifts[2];
		struct err e = { 0 };

		setpgid(0, 0);
		dup2(ends[1], STDERR_FILENO);
		close(STDOUT_FILENO);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		if (pipe2(gift, O_CLOEXEC) < 0 || pipe2(other, O_CLOEXEC) < 0 ||
		    write(gift[1], "gift", 4) != 4)
			_exit(9);
		gifts[0] = (struct role_gift){ "one", "gift", gift[0] };
		gifts[1] = (struct role_gift){ "nobody", "other", other[0] };
		log_open("testd", NULL);
		loop_init(&e);
		_exit(role_supervise(&program, gifts, 2, args));
	}
	close(ends[1]);
	d.out = ends[0];
}

/* Read until @text is there, or until the end with NULL. */
static bool wait_for(const char *text)
{
	while (!text || !strstr(d.text, text)) {
		struct pollfd p = { d.out, POLLIN, 0 };
		ssize_t n;

		if (poll(&p, 1, 20000) <= 0)
			return false;
		n = read(d.out, d.text + d.len, sizeof(d.text) - 1 - d.len);
		if (n <= 0)
			return !text;
		d.len += (size_t)n;
	}
	return true;
}

static void assert_said(const char *text)
{
	if (!strstr(d.text, text))
		fail_msg("not said: %s\nbut:\n%s", text, d.text);
}

static void assert_not_said(const char *text)
{
	if (strstr(d.text, text))
		fail_msg("said: %s\n%s", text, d.text);
}

/* All processes end; the supervisor with @status. */
static void assert_ends(int status)
{
	int got;

	if (!wait_for(NULL))
		fail_msg("does not end:\n%s", d.text);
	close(d.out);
	assert_int_equal(waitpid(d.pid, &got, 0), d.pid);
	if (!WIFEXITED(got) || WEXITSTATUS(got) != status)
		fail_msg("wait status 0x%x and not exit status %d:\n%s", got, status, d.text);
}

/* As a service manager does it, and a terminal with SIGINT: all processes at once. */
static void signals_to_all(void **state)
{
	char *one, *two;

	(void)state;
	start("wait");
	assert_true(wait_for("serving"));
	killpg(d.pid, SIGINT);
	killpg(d.pid, SIGTERM);
	assert_ends(0);
	one = strstr(d.text, "one: asked to end");
	two = strstr(d.text, "two: asked to end");
	assert_true(one && two && one < two);
}

static void orderly(void **state)
{
	char *one, *two;

	(void)state;
	start("wait");
	assert_true(wait_for("serving"));
	kill(d.pid, SIGTERM);
	assert_ends(0);
	assert_said("NOTICE testd: serving version=\"9\"");
	assert_said("NOTICE one: heard text=\"hello\"");
	assert_said("NOTICE one: was given text=\"gift\"");
	assert_said("NOTICE one: entered descriptors=6 given=3");	/* 0-2, status, channel, gift */
	assert_said("NOTICE two: entered descriptors=5 given=2");
	assert_not_said("has what is not for it");
	if (geteuid() == 0)
		assert_said("serves uid=65534");
	assert_said("NOTICE testd: stopping signal=\"TERM\"");
	assert_said("NOTICE testd: ended how=\"in order\"");
	one = strstr(d.text, "one: asked to end");
	two = strstr(d.text, "two: asked to end");
	assert_non_null(one);
	assert_non_null(two);
	assert_true(one < two);		/* in table order */
}

static void forbidden_calls_kill(void **state)
{
	static const char *const calls[] = { "open", "socket", "ptrace", "execute", "fork", "code" };

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		start(calls[i]);
		assert_ends(EXIT_FAILURE);
		assert_said("ERROR testd: role killed by its sandbox: it made a system call it may not make; "
			    "the kernel log has the number (audit type=1326) role=\"one\"");
		assert_not_said("still here");
		assert_said("two: asked to end");	/* fail closed: all end */
		assert_said("ended how=\"with an error\"");
	}
}

static void roles_that_end_unasked(void **state)
{
	(void)state;
	start("leave");
	assert_ends(EXIT_FAILURE);
	assert_said("ERROR testd: role ended unasked or with an error role=\"one\" status=0");
	assert_said("two: asked to end");
	start("fail");
	assert_ends(EXIT_FAILURE);
	assert_said("ERROR testd: role ended unasked or with an error role=\"one\" status=3");
	start("abort");
	assert_ends(EXIT_FAILURE);
	assert_said("ERROR testd: role killed role=\"one\"");
	assert_said("signal=6 name=\"ABRT\"");
}

static void a_role_that_does_not_end_is_killed(void **state)
{
	(void)state;
	start("hang");
	assert_true(wait_for("serving"));
	kill(d.pid, SIGINT);
	assert_ends(EXIT_FAILURE);
	assert_said("ERROR testd: role does not end, killing it role=\"one\"");
	assert_said("ERROR testd: role does not end, killing it role=\"two\"");
}

static void roles_end_with_their_supervisor(void **state)
{
	int status;

	(void)state;
	start("wait");
	assert_true(wait_for("serving"));
	kill(d.pid, SIGKILL);
	assert_true(wait_for(NULL));
	close(d.out);
	assert_int_equal(waitpid(d.pid, &status, 0), d.pid);
	assert_said("one: asked to end");
	assert_said("two: asked to end");
}

static void hangup_is_no_end(void **state)
{
	(void)state;
	start("wait");
	assert_true(wait_for("serving"));
	kill(d.pid, SIGHUP);
	assert_true(wait_for("SIGHUP is ignored"));
	kill(d.pid, SIGTERM);
	assert_ends(0);
}

static void roles_are_not_started_by_hand(void **state)
{
	int ends[2], status;
	char text[256] = "";
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		execl("/proc/self/exe", "testd", "--role", "one", (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_string_equal(text, "roles are started by testd itself, not by hand\n");
}

static void the_service_manager_is_told(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/test_role.XXXXXX", text[128];
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/n", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	setenv("NOTIFY_SOCKET", un.sun_path, 1);
	start("wait");
	unsetenv("NOTIFY_SOCKET");
	assert_true(wait_for("serving"));
	n = recv(fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "READY=1\nSTATUS=serving");
	kill(d.pid, SIGTERM);
	assert_ends(0);
	n = recv(fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "STOPPING=1");
	close(fd);
	unlink(un.sun_path);
	rmdir(dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orderly),
		cmocka_unit_test(signals_to_all),
		cmocka_unit_test(forbidden_calls_kill),
		cmocka_unit_test(roles_that_end_unasked),
		cmocka_unit_test(a_role_that_does_not_end_is_killed),
		cmocka_unit_test(roles_end_with_their_supervisor),
		cmocka_unit_test(hangup_is_no_end),
		cmocka_unit_test(roles_are_not_started_by_hand),
		cmocka_unit_test(the_service_manager_is_told),
	};

	if (argc > 1 && strcmp(argv[1], "--role") == 0)
		return role_main(argc, argv);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
