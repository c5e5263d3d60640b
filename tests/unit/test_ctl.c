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
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "ctl.h"
#include "err.h"
#include "log.h"
#include "loop.h"
#include "timer.h"

#define HELLO "{\"hello\":\"testd\",\"version\":\"1.2.3\",\"abi\":1}\n"
#define OWNER ((uid_t)4711)

static char dir[64], path[96];
static struct ctl_server *server;
static uint64_t later_id;
static unsigned int steps;

static enum ctl_result op_one(struct ctl_request *q, const json_t *req, void *arg)
{
	assert_ptr_equal(arg, path);
	assert_int_equal(ctl_peer_uid(q), geteuid());
	assert_string_equal(json_string_value(json_object_get(req, "op")), "one");
	assert_int_equal(ctl_send(q, json_pack("{s:i}", "n", 1)), 0);
	return CTL_DONE;
}

/* As many objects as asked for, one a call. */
static enum ctl_result op_many(struct ctl_request *q, const json_t *req, void *arg)
{
	uint64_t *at = ctl_cursor(q);
	const json_t *n = json_object_get(req, "n");

	(void)arg;
	if (!json_is_integer(n))
		return ctl_refuse(q, "bad-request", "n has to be a %s", "number");
	steps++;
	if (*at == (uint64_t)json_integer_value(n))
		return CTL_DONE;
	ctl_send(q, json_pack("{s:I,s:s}", "i", (json_int_t)(*at)++, "pad",
			      "................................................................"));
	return CTL_MORE;
}

static enum ctl_result op_later(struct ctl_request *q, const json_t *req, void *arg)
{
	(void)req;
	(void)arg;
	later_id = ctl_id(q);
	return CTL_LATER;
}

static enum ctl_result op_admin(struct ctl_request *q, const json_t *req, void *arg)
{
	(void)q;
	(void)req;
	(void)arg;
	return CTL_DONE;
}

static enum ctl_result op_huge(struct ctl_request *q, const json_t *req, void *arg)
{
	static char text[CTL_REPLY_MAX];

	(void)req;
	(void)arg;
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(ctl_send(q, json_pack("{s:s}", "text", text)), -EMSGSIZE);
	return CTL_DONE;
}

static const char *const many_members[] = { "n", NULL };
static const struct ctl_op ops[] = {
	{ "one", CTL_READ, NULL, op_one },
	{ "many", CTL_READ, many_members, op_many },
	{ "later", CTL_READ, NULL, op_later },
	{ "admin", CTL_ADMIN, NULL, op_admin },
	{ "huge", CTL_READ, NULL, op_huge },
	{ 0 }
};

static void quiet(enum log_level level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

static int setup(void **state)
{
	struct err e = { 0 };
	int fd;

	(void)state;
	log_hook(quiet, NULL);
	steps = 0;
	strcpy(dir, "/tmp/test_ctl.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/run/s.sock", dir);
	assert_int_equal(loop_init(&e), 0);
	fd = ctl_listen(path, &e);
	assert_true(fd >= 0);
	server = ctl_open(fd, "testd", "1.2.3", OWNER, ops, path, &e);
	assert_non_null(server);
	return 0;
}

static int teardown(void **state)
{
	char run[80];

	(void)state;
	ctl_close(server);
	server = NULL;
	loop_fini();
	assert_int_equal(timer_count(), 0);
	unlink(path);
	snprintf(run, sizeof(run), "%s/run", dir);
	rmdir(run);
	rmdir(dir);
	clock_real();
	log_hook(NULL, NULL);
	return 0;
}

static void turns(unsigned int n)
{
	while (n--)
		loop_turn(0);
}

static int client(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(un.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	turns(2);
	return fd;
}

static char got[1 << 20];

/* All that has come, until nothing more does. Return: true at the end of the stream. */
static bool collect(int fd)
{
	size_t len = 0;
	unsigned int idle = 0;
	ssize_t n = -1;

	while (idle < 3) {
		turns(1);
		n = read(fd, got + len, sizeof(got) - 1 - len);
		if (n == 0)
			break;
		if (n > 0) {
			len += (size_t)n;
			idle = 0;
		} else {
			idle++;
		}
	}
	got[len] = '\0';
	return n == 0;
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void hello_and_one_answer(void **state)
{
	int fd = client();

	(void)state;
	assert_false(collect(fd));
	assert_string_equal(got, HELLO);
	say(fd, "{\"op\":\"one\"}\n");
	assert_false(collect(fd));
	assert_string_equal(got, "{\"n\":1}\n{\"end\":true}\n");
	say(fd, "{\"op\":\"o");			/* in pieces */
	assert_false(collect(fd));
	assert_string_equal(got, "");
	say(fd, "ne\"}\n{\"op\":\"one\"}\n");	/* and the next at once */
	assert_false(collect(fd));
	assert_string_equal(got, "{\"n\":1}\n{\"end\":true}\n{\"n\":1}\n{\"end\":true}\n");
	close(fd);
	turns(2);
}

static void half_closed_clients_are_answered(void **state)
{
	int fd = client();

	(void)state;
	say(fd, "{\"op\":\"many\",\"n\":2}\n");
	shutdown(fd, SHUT_WR);
	assert_true(collect(fd));
	assert_non_null(strstr(got, "\"i\":1"));
	assert_non_null(strstr(got, "{\"end\":true}\n"));
	close(fd);
}

static void lists_are_streamed(void **state)
{
	enum { N = 20000 };
	int fd = client();
	unsigned int before, lines = 0;
	char wanted[32];
	const char *p;

	(void)state;
	collect(fd);
	say(fd, "{\"op\":\"many\",\"n\":20000}\n");
	turns(2000);
	before = steps;
	assert_true(before < N);		/* waits for its reader */
	turns(2000);
	assert_int_equal(steps, before);
	got[0] = '\0';
	for (unsigned int i = 0; !strstr(got, "{\"end\"") && i < 1000; i++) {
		collect(fd);
		for (p = got; (p = strstr(p, "{\"i\":")); p++) {
			snprintf(wanted, sizeof(wanted), "{\"i\":%u,", lines++);
			assert_memory_equal(p, wanted, strlen(wanted));
		}
	}
	assert_int_equal(lines, N);
	close(fd);
	turns(2);
}

static void answered_later(void **state)
{
	int fd = client();
	struct ctl_request *q;

	(void)state;
	collect(fd);
	clock_fake(1000, 0);
	say(fd, "{\"op\":\"later\"}\n{\"op\":\"one\"}\n");
	assert_false(collect(fd));
	assert_string_equal(got, "");
	clock_advance(10 * CTL_SILENCE_MS);	/* it is we who are slow */
	turns(1);
	q = ctl_find(server, later_id);
	assert_non_null(q);
	assert_null(ctl_find(server, later_id + 1));
	assert_int_equal(ctl_send(q, json_pack("{s:i}", "late", 1)), 0);
	ctl_finish(q);
	assert_null(ctl_find(server, later_id));
	assert_false(collect(fd));
	assert_string_equal(got, "{\"late\":1}\n{\"end\":true}\n{\"n\":1}\n{\"end\":true}\n");

	say(fd, "{\"op\":\"later\"}\n");
	collect(fd);
	assert_int_equal(ctl_refuse(ctl_find(server, later_id), NULL, "did not work"), CTL_REFUSED);
	assert_false(collect(fd));
	assert_string_equal(got, "{\"error\":\"did not work\",\"code\":\"failed\"}\n");
	say(fd, "{\"op\":\"later\"}\n");
	collect(fd);
	close(fd);
	turns(3);
}

static void refusals_that_end_the_connection(void **state)
{
	static const char *const bad[] = {
		"x\n", "\n", "[]\n", "{}\n", "{\"op\":1}\n", "{\"op\":\"one\",\"op\":\"one\"}\n",
		"{\"op\":\"one\"} {}\n", "\"one\"\n", "{\"op\":\"\xff\"}\n", "{\"op\":\"a\\u0000b\"}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = client();

		collect(fd);
		say(fd, bad[i]);
		assert_true(collect(fd));
		assert_string_equal(got, "{\"error\":\"a request is one line with a JSON object that has a string \\\"op\\\"\","
					 "\"code\":\"bad-request\"}\n");
		close(fd);
	}
}

static void long_lines(void **state)
{
	char line[CTL_LINE_MAX + 1];
	int fd = client();

	(void)state;
	collect(fd);
	memset(line, ' ', sizeof(line));
	memcpy(line, "{\"op\":\"one\"}", 12);
	line[CTL_LINE_MAX - 1] = '\n';
	assert_int_equal(write(fd, line, CTL_LINE_MAX), CTL_LINE_MAX);
	assert_false(collect(fd));
	assert_string_equal(got, "{\"n\":1}\n{\"end\":true}\n");
	line[CTL_LINE_MAX - 1] = ' ';
	line[CTL_LINE_MAX] = '\n';
	assert_int_equal(write(fd, line, CTL_LINE_MAX + 1), CTL_LINE_MAX + 1);
	collect(fd);
	assert_string_equal(got, "{\"error\":\"the request is too long\",\"code\":\"bad-request\"}\n");
	close(fd);
}

static void refusals_that_do_not(void **state)
{
	int fd = client();

	(void)state;
	collect(fd);
	say(fd, "{\"op\":\"two\"}\n");
	assert_false(collect(fd));
	assert_string_equal(got, "{\"error\":\"there is no operation \\\"two\\\" in this version\",\"code\":\"unknown-op\"}\n");
	say(fd, "{\"op\":\"one\",\"n\":5}\n");
	assert_false(collect(fd));
	assert_string_equal(got, "{\"error\":\"one takes no member \\\"n\\\"\",\"code\":\"bad-request\"}\n");
	say(fd, "{\"op\":\"many\",\"n\":\"5\"}\n");
	assert_false(collect(fd));
	assert_string_equal(got, "{\"error\":\"n has to be a number\",\"code\":\"bad-request\"}\n");
	say(fd, "{\"op\":\"one\"}\n");
	assert_false(collect(fd));
	assert_string_equal(got, "{\"n\":1}\n{\"end\":true}\n");
	close(fd);
}

/* Another user's connection: made while the effective user is another. */
static int client_of(uid_t uid)
{
	int fd;

	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(seteuid(uid), 0);
	fd = client();
	assert_int_equal(seteuid(0), 0);
	return fd;
}

static void admin_operations(void **state)
{
	static const struct {
		uid_t uid;
		const char *answer;
	} v[] = {
		{ 0, "{\"end\":true}\n" },
		{ OWNER, "{\"end\":true}\n" },
		{ 4712, "{\"error\":\"admin needs administrative rights; ask as root\",\"code\":\"denied\"}\n" },
	};

	(void)state;
	if (geteuid() != 0)
		fail_msg("run as root: connections of several users are needed");
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		int fd = client_of(v[i].uid);

		collect(fd);
		say(fd, "{\"op\":\"admin\"}\n");
		assert_false(collect(fd));
		assert_string_equal(got, v[i].answer);
		close(fd);
		turns(2);
	}
}

static void connections_are_limited(void **state)
{
	int fd[CTL_MAX_CONNECTIONS + 1];

	(void)state;
	for (int i = 0; i < CTL_MAX_CONNECTIONS; i++) {
		fd[i] = client();
		assert_false(collect(fd[i]));
		assert_string_equal(got, HELLO);
	}
	fd[CTL_MAX_CONNECTIONS] = client();
	assert_true(collect(fd[CTL_MAX_CONNECTIONS]));
	assert_string_equal(got, "{\"error\":\"too many connections; try again when others have ended\",\"code\":\"busy\"}\n");
	close(fd[CTL_MAX_CONNECTIONS]);
	close(fd[0]);
	turns(2);
	fd[0] = client();
	assert_false(collect(fd[0]));
	assert_string_equal(got, HELLO);
	for (int i = 0; i < CTL_MAX_CONNECTIONS; i++)
		close(fd[i]);
	turns(2);
}

static void one_user_cannot_take_them_all(void **state)
{
	int fd[CTL_MAX_PER_UID + 1];

	(void)state;
	if (geteuid() != 0)
		fail_msg("run as root: connections of several users are needed");
	for (int i = 0; i <= CTL_MAX_PER_UID; i++)
		fd[i] = client_of(4712);
	assert_true(collect(fd[CTL_MAX_PER_UID]));
	assert_string_equal(got, "{\"error\":\"too many connections of this user; close one\",\"code\":\"busy\"}\n");
	close(fd[CTL_MAX_PER_UID]);
	fd[CTL_MAX_PER_UID] = client();
	assert_false(collect(fd[CTL_MAX_PER_UID]));
	assert_string_equal(got, HELLO);
	for (int i = 0; i <= CTL_MAX_PER_UID; i++)
		close(fd[i]);
	turns(2);
}

static void silent_clients_are_closed(void **state)
{
	int fd;

	(void)state;
	clock_fake(1000, 0);
	fd = client();
	collect(fd);
	clock_advance(CTL_SILENCE_MS - 1);
	assert_false(collect(fd));
	say(fd, "{\"op\":\"one\"}\n");
	assert_false(collect(fd));
	clock_advance(CTL_SILENCE_MS - 1);
	assert_false(collect(fd));
	clock_advance(1);
	assert_true(collect(fd));
	close(fd);
}

static void clients_that_do_not_read_are_closed(void **state)
{
	int fd;

	(void)state;
	clock_fake(1000, 0);
	fd = client();
	say(fd, "{\"op\":\"many\",\"n\":1000000}\n");
	turns(2000);
	assert_int_equal(timer_count(), 1);
	clock_advance(CTL_SILENCE_MS);
	turns(2);
	assert_int_equal(timer_count(), 0);
	close(fd);
}

/* Half an answer must not look whole: no {"end":true}, the connection ends. */
static void too_large_an_object(void **state)
{
	int fd = client();

	(void)state;
	collect(fd);
	say(fd, "{\"op\":\"huge\"}\n");
	assert_true(collect(fd));
	assert_string_equal(got, "");
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hello_and_one_answer),
		TEST(half_closed_clients_are_answered),
		TEST(lists_are_streamed),
		TEST(answered_later),
		TEST(refusals_that_end_the_connection),
		TEST(long_lines),
		TEST(refusals_that_do_not),
		TEST(admin_operations),
		TEST(connections_are_limited),
		TEST(one_user_cannot_take_them_all),
		TEST(silent_clients_are_closed),
		TEST(clients_that_do_not_read_are_closed),
		TEST(too_large_an_object),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
