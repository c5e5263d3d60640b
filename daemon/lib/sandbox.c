// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "err.h"

/* What any role needs: libc, libevent's loop on epoll, ipc, log lines, OpenSSL's randomness. */
static const int common[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
	SCMP_SYS(close), SCMP_SYS(shutdown), SCMP_SYS(lseek), SCMP_SYS(fstat),
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2), SCMP_SYS(epoll_ctl),
	SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(restart_syscall),
	SCMP_SYS(getrandom), SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(sysinfo),
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static int allow(scmp_filter_ctx ctx, int nr)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
}

static int allow_if(scmp_filter_ctx ctx, const struct sandbox_arg *a)
{
	const struct scmp_arg_cmp cmp = SCMP_CMP64(a->arg, SCMP_CMP_MASKED_EQ, a->mask, a->value);

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, a->nr, 1, &cmp);
}

static int allow_common(scmp_filter_ctx ctx)
{
	const struct sandbox_arg some[] = {
		/* No new code in memory. */
		{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
		{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
		/* abort() sends a signal to its own process, which may be no other's. */
		{ SCMP_SYS(tgkill), 0, UINT64_MAX, (uint64_t)getpid() },
		{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_GETFL },
		{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_SETFL },
		{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_GETFD },
		{ SCMP_SYS(fcntl), 1, UINT64_MAX, F_SETFD },
		{ SCMP_SYS(prctl), 0, UINT64_MAX, PR_GET_SECCOMP },
	};
	int ret = 0;

	for (size_t i = 0; !ret && i < sizeof(common) / sizeof(common[0]); i++)
		ret = allow(ctx, common[i]);
	for (size_t i = 0; !ret && i < sizeof(some) / sizeof(some[0]); i++)
		ret = allow_if(ctx, &some[i]);
	return ret;
}

int sandbox_install(const struct sandbox *s, struct err *e)
{
	/* Also kills calls of another architecture, as 32-bit ones on x86-64. */
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int ret;

	/* Even gmtime_r() of glibc reads the time zone file, the first time. */
	tzset();
	if (!ctx)
		return err_set(e, -ENOMEM, "cannot set the system call filter up");
	ret = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!ret)
		ret = allow_common(ctx);
	for (size_t i = 0; s && !ret && i < s->ncalls; i++)
		ret = allow(ctx, s->calls[i]);
	for (size_t i = 0; s && !ret && i < s->nargs; i++)
		ret = allow_if(ctx, &s->args[i]);
	if (!ret)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	if (ret)
		return err_set(e, ret, "cannot install the system call filter: %s", strerror(-ret));
	/* Read back, like everything else that is given up. */
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER)
		return err_set(e, -EPERM, "the system call filter did not take");
	return 0;
}
