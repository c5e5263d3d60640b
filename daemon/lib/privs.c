// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libcap-ng changes user and capabilities together (capng_change_id()), which spares
 * the order of setgroups, setresgid, KEEPCAPS, setresuid and capset; what it may
 * leave behind (KEEPCAPS, ambient capabilities) is cleared here, and nothing is
 * believed that was not read back from the kernel.
 */
#include "privs.h"

#include <cap-ng.h>
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"
#include "err.h"

int privs_early(struct err *e)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_set(e, -errno, "cannot make the process undumpable: %s", strerror(errno));
	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return err_set(e, -errno, "cannot forbid core files: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, -errno, "cannot forbid new privileges: %s", strerror(errno));
	return 0;
}

static int current_caps(uint64_t *permitted, uint64_t *effective, uint64_t *inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	*permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	*effective = data[0].effective | (uint64_t)data[1].effective << 32;
	*inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

/* "CAP_NET_ADMIN CAP_..." */
static const char *cap_names(uint64_t caps, char *out, size_t cap)
{
	struct wbuf w = wbuf_on(out, cap - 1);

	for (unsigned int i = 0; i < 64; i++) {
		const char *name = caps & PRIVS_CAP(i) ? capng_capability_to_name(i) : NULL;

		if (!name)
			continue;
		wbuf_str(&w, w.len ? " CAP_" : "CAP_");
		for (; *name; name++)
			wbuf_u8(&w, (uint8_t)toupper((unsigned char)*name));
	}
	out[w.len] = '\0';
	return out;
}

static int keep_only(uint64_t caps)
{
	capng_clear(CAPNG_SELECT_BOTH);
	for (unsigned int i = 0; i < 64; i++) {
		if ((caps & PRIVS_CAP(i)) &&
		    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, i) < 0)
			return -EINVAL;
	}
	return 0;
}

static int change_user(const char *user, uint64_t caps, struct err *e)
{
	const struct passwd *pw;
	int ret;

	errno = 0;
	pw = getpwnam(user);
	if (!pw)
		return err_set(e, errno ? -errno : -ENOENT,
			       "there is no user \"%s\"; create it or change the setting users", user);
	if (pw->pw_uid == 0)
		return err_set(e, -EPERM, "user \"%s\" is the superuser; take another", user);
	if (keep_only(caps) < 0)
		return err_set(e, -EINVAL, "cannot select capabilities");
	ret = capng_change_id((int)pw->pw_uid, (int)pw->pw_gid,
			      CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	if (ret < 0)
		return err_set(e, -EPERM, "cannot become user \"%s\" (capng_change_id: %d)", user, ret);
	return 0;
}

static int same_user(uint64_t caps, struct err *e)
{
	uint64_t permitted, effective, inheritable;
	char names[200];
	int ret = current_caps(&permitted, &effective, &inheritable);

	if (ret < 0)
		return err_set(e, ret, "cannot read capabilities");
	if (caps & ~permitted)
		return err_set(e, -EPERM,
			       "needs %s; start srtpd as root or with AmbientCapabilities= of systemd",
			       cap_names(caps & ~permitted, names, sizeof(names)));
	/* Only who may set capabilities may shrink the bounding set. */
	if (permitted & PRIVS_CAP(CAP_SETPCAP)) {
		for (unsigned int i = 0; i < 64; i++) {
			if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1 &&
			    prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
				return err_set(e, -errno, "cannot empty the bounding set: %s",
					       strerror(errno));
		}
	}
	if (geteuid() == 0 && setgroups(0, NULL) < 0)
		return err_set(e, -errno, "cannot leave supplementary groups: %s", strerror(errno));
	if (keep_only(caps) < 0 || capng_apply(CAPNG_SELECT_CAPS) < 0)
		return err_set(e, -EPERM, "cannot give capabilities up");
	return 0;
}

int privs_drop(const char *user, uint64_t caps, struct err *e)
{
	const bool change = geteuid() == 0 && user && user[0];
	int ret;

	ret = change ? change_user(user, caps, e) : same_user(caps, e);
	if (ret < 0)
		return ret;
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_set(e, -errno, "cannot clear ambient capabilities: %s", strerror(errno));
	ret = privs_early(e);
	if (ret < 0)
		return ret;
	if (change && (getuid() == 0 || getgroups(0, NULL) != 0))
		return err_set(e, -EPERM, "the change to user \"%s\" did not take", user);
	return privs_check(caps, e);
}

int privs_check(uint64_t caps, struct err *e)
{
	uint64_t permitted, effective, inheritable;
	uid_t r, u, s;
	gid_t rg, eg, sg;
	struct rlimit core;
	int ret;

	if (getresuid(&r, &u, &s) < 0 || r != u || u != s)
		return err_set(e, -EPERM, "user ids differ after the drop");
	if (getresgid(&rg, &eg, &sg) < 0 || rg != eg || eg != sg)
		return err_set(e, -EPERM, "group ids differ after the drop");
	ret = current_caps(&permitted, &effective, &inheritable);
	if (ret < 0)
		return err_set(e, ret, "cannot read capabilities");
	if (permitted != caps || effective != caps || inheritable)
		return err_set(e, -EPERM, "capabilities are 0x%" PRIx64 "/0x%" PRIx64
			       " and should be 0x%" PRIx64, permitted, effective, caps);
	for (unsigned int i = 0; i < 64; i++) {
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) > 0)
			return err_set(e, -EPERM, "ambient capability %u is left", i);
	}
	if (u != 0 && !(caps & PRIVS_CAP(CAP_SETUID)) && setresuid(0, 0, 0) == 0)
		return err_set(e, -EPERM, "the way back to root is open");
	if (prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(e, -EPERM, "keepcaps, no_new_privs or dumpable are not as they should be");
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_cur || core.rlim_max)
		return err_set(e, -EPERM, "core files are still allowed");
	return 0;
}
