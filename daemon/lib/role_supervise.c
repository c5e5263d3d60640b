// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The supervisor's side of role.h: it starts roles, watches them and ends them.  It
 * reads nothing but "READY" from them and keeps no capability but CAP_KILL.
 *
 * States: STARTING -(all ready)→ SERVING; either -(signal, or a role ended)→
 * STOPPING, where roles are asked to end one after the other, and killed when time is up;
 * it ends when the last role has ended.
 */
#include "role.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "err.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "privs.h"
#include "sandbox.h"
#include "timer.h"

#define FIRST_FD 3

/* What is left to do: wait for roles, signal them, remove the control socket. */
static const int calls[] = { SCMP_SYS(wait4), SCMP_SYS(kill), SCMP_SYS(unlink) };
static const struct sandbox sandbox = { .calls = calls, .ncalls = sizeof(calls) / sizeof(calls[0]) };

enum state { STARTING, SERVING, STOPPING };
static const char *const state_names[] = { "starting", "serving", "stopping" };

struct child {
	const struct role *role;
	pid_t pid;		/* 0: not running */
	bool ready;
	bool asked;		/* to end */
	int status_fd;
	struct loop_watch watch;
};

static struct supervisor {
	const struct role_program *program;
	struct child child[ROLE_MAX];
	int channel[ROLE_MAX][ROLE_MAX];	/* [i][j]: i's end of the channel to j; or -1 */
	enum state state;
	bool failed;
	struct timer start_timer, stage_timer, kill_timer;
} sv;

static void stop(void);

static void set_state(enum state state)
{
	log_debug("supervisor", F_STR("from", state_names[sv.state]),
		  F_STR("to", state_names[state]));
	sv.state = state;
}

static bool names_peer(const struct role *a, const struct role *b)
{
	for (unsigned int i = 0; i < ROLE_MAX && a->peers[i]; i++) {
		if (strcmp(a->peers[i], b->name) == 0)
			return true;
	}
	return false;
}

static int make_channels(struct err *e)
{
	const struct role_program *p = sv.program;

	memset(sv.channel, -1, sizeof(sv.channel));
	for (unsigned int i = 0; i < p->nroles; i++) {
		for (unsigned int j = 0; j < i; j++) {
			int pair[2];

			if (!names_peer(&p->roles[i], &p->roles[j]) &&
			    !names_peer(&p->roles[j], &p->roles[i]))
				continue;
			if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
				       pair) < 0)
				return err_set(e, -errno, "cannot make a channel between roles: %s",
					       strerror(errno));
			sv.channel[i][j] = pair[0];
			sv.channel[j][i] = pair[1];
		}
	}
	return 0;
}

struct placement {
	const char *name;
	int fd;
};

/* Runs in the child: give it exactly these descriptors, counted from FIRST_FD, and exec. */
static void __attribute__((noreturn)) become(const struct role *role, const struct placement *fd,
					     unsigned int n, char *const *args)
{
	char text[ROLE_MAX_FDS][32];
	char *argv[4 + 2 * ROLE_MAX_FDS + 16];
	unsigned int argc = 0;
	int high[ROLE_MAX_FDS];

	/* First out of the way, then into place, so that none is overwritten. */
	for (unsigned int i = 0; i < n; i++) {
		high[i] = fcntl(fd[i].fd, F_DUPFD, FIRST_FD + ROLE_MAX_FDS);
		if (high[i] < 0)
			goto fail;
	}
	argv[argc++] = (char *)sv.program->name;
	argv[argc++] = "--role";
	argv[argc++] = (char *)role->name;
	for (unsigned int i = 0; i < n; i++) {
		if (dup2(high[i], FIRST_FD + (int)i) < 0)
			goto fail;
		snprintf(text[i], sizeof(text[i]), "%s=%d", fd[i].name, FIRST_FD + (int)i);
		argv[argc++] = "--fd";
		argv[argc++] = text[i];
	}
	if (close_range(FIRST_FD + n, ~0u, 0) < 0)
		goto fail;
	for (; args && *args && argc + 1 < sizeof(argv) / sizeof(argv[0]); args++)
		argv[argc++] = *args;
	argv[argc] = NULL;
	execv("/proc/self/exe", argv);
fail:
	log_error("cannot start a role", F_STR("role", role->name),
		  F_STR("error", strerrordesc_np(errno)));
	_exit(126);
}

static void on_status(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	struct child *c = arg;
	char text[16];
	ssize_t n = read(fd, text, sizeof(text));

	(void)events;
	if (n <= 0) {		/* it is ending; SIGCHLD has the rest */
		loop_unwatch(w);
		return;
	}
	if (n != 6 || memcmp(text, "READY\n", 6) != 0) {
		log_error("role says something else than READY", F_STR("role", c->role->name));
		sv.failed = true;
		stop();
		return;
	}
	c->ready = true;
	log_debug("role is ready", F_STR("role", c->role->name), F_I64("pid", c->pid));
	for (unsigned int i = 0; i < sv.program->nroles; i++) {
		if (!sv.child[i].ready)
			return;
	}
	if (sv.state != STARTING)
		return;
	timer_cancel(&sv.start_timer);
	set_state(SERVING);
	log_notice("serving", F_STR("version", sv.program->version));
	notify("READY=1\nSTATUS=serving");
}

static int start_role(unsigned int index, const struct role_gift *gifts, unsigned int ngifts,
		      char *const *args, struct err *e)
{
	const struct role_program *p = sv.program;
	struct child *c = &sv.child[index];
	struct placement fd[ROLE_MAX_FDS];
	unsigned int n = 0;
	int status[2];

	c->role = &p->roles[index];
	if (pipe2(status, O_CLOEXEC) < 0)
		return err_set(e, -errno, "cannot make a pipe: %s", strerror(errno));
	fd[n++] = (struct placement){ "status", status[1] };
	for (unsigned int j = 0; j < p->nroles; j++) {
		if (sv.channel[index][j] >= 0)
			fd[n++] = (struct placement){ p->roles[j].name, sv.channel[index][j] };
	}
	for (unsigned int i = 0; i < ngifts; i++) {
		if (gifts[i].role && strcmp(gifts[i].role, c->role->name) != 0)
			continue;
		if (n == ROLE_MAX_FDS)
			return err_set(e, -EMFILE, "too many descriptors for role %s", c->role->name);
		fd[n++] = (struct placement){ gifts[i].name, gifts[i].fd };
	}
	c->pid = fork();
	if (c->pid == 0)
		become(c->role, fd, n, args);
	close(status[1]);
	c->status_fd = status[0];
	if (c->pid < 0) {
		c->pid = 0;
		return err_set(e, -errno, "cannot fork: %s", strerror(errno));
	}
	return loop_watch(&c->watch, c->status_fd, LOOP_READ, on_status, c);
}

/* Say how a role ended. Return: whether that was well. */
static bool report_end(const struct child *c, int status)
{
	const char *name = c->role->name;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && sv.state == STOPPING) {
		log_debug("role ended", F_STR("role", name));
		return true;
	}
	/* Stopped before it could take over the signal. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == ROLE_STOP_SIGNAL && c->asked && !c->ready)
		return true;
	if (WIFEXITED(status))
		log_error("role ended unasked or with an error", F_STR("role", name),
			  F_U64("status", (unsigned int)WEXITSTATUS(status)));
	else if (WTERMSIG(status) == SIGSYS)
		log_error("role killed by its sandbox: it made a system call it may not make; the kernel log has the number (audit type=1326)",
			  F_STR("role", name), F_I64("pid", c->pid), F_STR("signal", "SIGSYS"));
	else
		log_error("role killed", F_STR("role", name), F_I64("pid", c->pid),
			  F_U64("signal", (unsigned int)WTERMSIG(status)),
			  F_STR("name", sigabbrev_np(WTERMSIG(status))));
	return false;
}

static void on_child(int signo, void *arg)
{
	bool running = false;

	(void)signo;
	(void)arg;
	for (unsigned int i = 0; i < sv.program->nroles; i++) {
		struct child *c = &sv.child[i];
		int status;

		if (!c->pid)
			continue;
		if (waitpid(c->pid, &status, WNOHANG) != c->pid) {
			running = true;
			continue;
		}
		if (!report_end(c, status))
			sv.failed = true;
		c->pid = 0;
		loop_unwatch(&c->watch);
		close(c->status_fd);
		if (sv.state != STOPPING)
			sv.failed = true;
	}
	if (!running)
		loop_stop(0);
	else if (sv.failed || sv.state == STOPPING)
		stop();
}

static void on_kill_time(struct timer *t, void *arg)
{
	(void)t;
	(void)arg;
	for (unsigned int i = 0; i < sv.program->nroles; i++) {
		struct child *c = &sv.child[i];

		if (!c->pid)
			continue;
		log_error("role does not end, killing it", F_STR("role", c->role->name),
			  F_I64("pid", c->pid));
		sv.failed = true;
		kill(c->pid, SIGKILL);
	}
}

static void on_stage_time(struct timer *t, void *arg)
{
	(void)t;
	(void)arg;
	stop();
}

/*
 * Ask the next role to end: in table order, each when the one before has ended or
 * has had its share of the time. Called again for each step.
 */
static void stop(void)
{
	const uint64_t share = ROLE_STOP_MS / sv.program->nroles;

	if (sv.state != STOPPING) {
		set_state(STOPPING);
		notify("STOPPING=1");
		timer_cancel(&sv.start_timer);
		timer_start(&sv.kill_timer, ROLE_STOP_MS, on_kill_time, NULL);
	}
	for (unsigned int i = 0; i < sv.program->nroles; i++) {
		struct child *c = &sv.child[i];

		if (c->pid && c->asked && timer_running(&sv.stage_timer))
			return;		/* its time is not up */
		if (!c->pid || c->asked)
			continue;
		c->asked = true;
		kill(c->pid, ROLE_STOP_SIGNAL);
		timer_start(&sv.stage_timer, share, on_stage_time, NULL);
		return;
	}
}

static void on_stop_signal(int signo, void *arg)
{
	(void)arg;
	if (sv.state == STOPPING)
		return;
	log_notice("stopping", F_STR("signal", sigabbrev_np(signo)));
	stop();
}

static void on_hangup(int signo, void *arg)
{
	(void)signo;
	(void)arg;
	log_warn("SIGHUP is ignored: this version reads its configuration only when it starts");
}

static void on_start_time(struct timer *t, void *arg)
{
	(void)t;
	(void)arg;
	for (unsigned int i = 0; i < sv.program->nroles; i++) {
		if (!sv.child[i].ready)
			log_error("role does not become ready", F_STR("role", sv.child[i].role->name));
	}
	sv.failed = true;
	stop();
}

static void close_gifts(const struct role_gift *gifts, unsigned int ngifts)
{
	for (unsigned int i = 0; i < ROLE_MAX; i++) {
		for (unsigned int j = 0; j < ROLE_MAX; j++) {
			if (sv.channel[i][j] >= 0)
				close(sv.channel[i][j]);
			sv.channel[i][j] = -1;
		}
	}
	for (unsigned int i = 0; i < ngifts; i++)
		close(gifts[i].fd);
}

/* Roles of other users can be signalled with CAP_KILL only. */
static void confine(struct err *e)
{
	const uint64_t caps = geteuid() == 0 ? PRIVS_CAP(CAP_KILL) : 0;

	if (privs_drop("", caps, e) == 0)
		sandbox_install(&sandbox, e);
}

int role_supervise(const struct role_program *p, const struct role_gift *gifts,
		   unsigned int ngifts, char *const *args)
{
	struct err e = { 0 };
	unsigned int started = 0;

	memset(&sv, 0, sizeof(sv));
	sv.program = p;
	notify_open();
	signal(SIGPIPE, SIG_IGN);
	if (loop_on_signal(SIGCHLD, on_child, NULL) < 0 ||
	    loop_on_signal(SIGTERM, on_stop_signal, NULL) < 0 ||
	    loop_on_signal(SIGINT, on_stop_signal, NULL) < 0 ||
	    loop_on_signal(SIGHUP, on_hangup, NULL) < 0) {
		log_error("cannot handle signals");
		return EXIT_FAILURE;
	}
	if (make_channels(&e) == 0) {
		while (started < p->nroles && start_role(started, gifts, ngifts, args, &e) == 0)
			started++;
	}
	close_gifts(gifts, ngifts);
	if (started == p->nroles)
		confine(&e);
	if (e.code) {
		log_error("cannot start", F_STR("error", err_text(&e)));
		sv.failed = true;
		stop();
		if (!started)
			return EXIT_FAILURE;
	} else {
		timer_start(&sv.start_timer, ROLE_START_MS, on_start_time, NULL);
	}
	loop_run();
	timer_cancel(&sv.start_timer);
	timer_cancel(&sv.stage_timer);
	timer_cancel(&sv.kill_timer);
	log_notice("ended", F_STR("how", sv.failed ? "with an error" : "in order"));
	return sv.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
