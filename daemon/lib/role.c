// SPDX-License-Identifier: GPL-2.0-or-later
/* The role's side of role.h; role_supervise.c is the supervisor's. */
#include "role.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "err.h"
#include "log.h"
#include "loop.h"
#include "privs.h"
#include "sandbox.h"
#include "secret.h"

static const struct role *self;
static char user[32];
static const struct sandbox *filter;
static unsigned int nfds;
static struct {
	char name[16];
	int fd;
} fds[ROLE_MAX_FDS];

/* "name=number", of a descriptor that is open */
static int take_fd(const char *arg, struct err *e)
{
	const char *eq = strchr(arg, '=');
	char *end;
	long fd;

	if (!eq || eq == arg || (size_t)(eq - arg) >= sizeof(fds[0].name) || nfds == ROLE_MAX_FDS)
		return err_set(e, -EINVAL, "--fd %.32s: is not name=number", arg);
	fd = strtol(eq + 1, &end, 10);
	if (end == eq + 1 || *end || fd < 3 || fd > 1023 || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(e, -EBADF, "--fd %.32s: is no open descriptor", arg);
	memcpy(fds[nfds].name, arg, (size_t)(eq - arg));
	fds[nfds++].fd = (int)fd;
	return 0;
}

/* A call takes up to four descriptors, and 1024 is the soft limit nearly everywhere. */
static void raise_descriptor_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		setrlimit(RLIMIT_NOFILE, &l);
	}
}

const struct role *role_enter(const struct role_program *p, const char *name,
			      const char *const *args, unsigned int nargs, struct err *e)
{
	char title[32];
	int ret;

	if (privs_early(e) < 0)
		return NULL;
	for (unsigned int i = 0; i < p->nroles; i++) {
		if (strcmp(p->roles[i].name, name) == 0)
			self = &p->roles[i];
	}
	if (!self) {
		err_set(e, -EINVAL, "there is no role \"%.32s\"", name);
		return NULL;
	}
	for (unsigned int i = 0; i < nargs; i++) {
		if (take_fd(args[i], e) < 0)
			return NULL;
	}
	if (role_fd("status") < 0) {
		err_set(e, -EINVAL, "roles are started by %s itself, not by hand", p->name);
		return NULL;
	}
	log_open(p->name, self->name);
	snprintf(title, sizeof(title), "%s-%s", p->name, self->name);
	prctl(PR_SET_NAME, title, 0, 0, 0);	/* for ps and the audit log; exec left "exe" */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, ROLE_STOP_SIGNAL, 0, 0, 0);
	raise_descriptor_limit();
	if (loop_init(e) < 0)
		return NULL;
	if (self->secret_octets) {
		ret = secret_init(self->secret_octets);
		if (ret < 0) {
			err_set(e, ret, "cannot lock %zu octets of memory for keys (%s); raise the limit of locked memory (ulimit -l, LimitMEMLOCK=)",
				self->secret_octets, strerrordesc_np(-ret));
			return NULL;
		}
	}
	return self;
}

int role_fd(const char *name)
{
	for (unsigned int i = 0; i < nfds; i++) {
		if (strcmp(fds[i].name, name) == 0)
			return fds[i].fd;
	}
	return -1;
}

void role_user(const char *name)
{
	snprintf(user, sizeof(user), "%s", name);
}

void role_filter(const struct sandbox *s)
{
	filter = s;
}

static void __attribute__((noreturn)) fatal(const char *what, const struct err *e)
{
	log_error(what, F_STR("error", err_text(e)));
	_exit(EXIT_FAILURE);
}

void role_sandbox(void)
{
	struct err e = { 0 };

	if (!self)
		abort();
	if (geteuid() == 0 && !user[0])
		log_warn("keeps running as root, without its capabilities; set users in the configuration");
	else if (geteuid() != 0 && user[0])
		log_info("not started as root: keeps its user", F_STR("configured", user),
			 F_U64("uid", geteuid()));
	if (privs_drop(user, self->caps, &e) < 0)
		fatal("cannot drop privileges", &e);
	/* A change of user cancels this; end with the supervisor. */
	if (prctl(PR_SET_PDEATHSIG, ROLE_STOP_SIGNAL, 0, 0, 0) < 0) {
		err_set(&e, -errno, "PR_SET_PDEATHSIG");
		fatal("cannot tie itself to the supervisor", &e);
	}
	if (sandbox_install(filter ? filter : self->sandbox, &e) < 0)
		fatal("cannot install its sandbox", &e);
	log_debug("privileges dropped", F_U64("uid", geteuid()), F_HEX("capabilities", self->caps));
}

void role_ready(void)
{
	static const char ready[] = "READY\n";
	struct err e = { 0 };

	/* If the supervisor went before PR_SET_PDEATHSIG, this is where it shows. */
	if (write(role_fd("status"), ready, sizeof(ready) - 1) != sizeof(ready) - 1) {
		err_set(&e, -errno, "the supervisor is gone");
		fatal("cannot report to the supervisor", &e);
	}
}
