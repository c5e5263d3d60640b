// SPDX-License-Identifier: GPL-2.0-or-later
#include "ctl.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "err.h"

/* Make the directory the socket goes to, its last component only. */
static int make_directory(const struct sockaddr_un *un, struct err *e)
{
	struct sockaddr_un dir = *un;
	char *slash = strrchr(dir.sun_path, '/');

	if (!slash || slash == dir.sun_path)
		return 0;
	*slash = '\0';
	if (mkdir(dir.sun_path, 0755) < 0 && errno != EEXIST)
		return err_set(e, -errno, "%s: cannot make this directory: %s", dir.sun_path,
			       strerror(errno));
	return 0;
}

/* Is there a socket already, and does somebody listen on it? */
static int remove_stale(const struct sockaddr_un *un, struct err *e)
{
	struct stat st;
	int fd, ret;

	if (lstat(un->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : err_set(e, -errno, "%s: %s", un->sun_path,
						     strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, -EEXIST, "%s: is there and is no socket; remove it or change control_socket",
			       un->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, -errno, "cannot make a socket: %s", strerror(errno));
	ret = connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 ? -errno : 0;
	close(fd);
	if (ret != -ECONNREFUSED)
		return err_set(e, -EADDRINUSE,
			       "%s: another daemon listens there; stop it or change control_socket",
			       un->sun_path);
	if (unlink(un->sun_path) < 0)
		return err_set(e, -errno, "%s: cannot remove this stale socket: %s", un->sun_path,
			       strerror(errno));
	return 0;
}

int ctl_listen(const char *path, struct err *e)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, ret;

	if (strlen(path) >= sizeof(un.sun_path))
		return err_set(e, -ENAMETOOLONG, "%s: too long for a socket", path);
	strcpy(un.sun_path, path);
	ret = make_directory(&un, e);
	if (!ret)
		ret = remove_stale(&un, e);
	if (ret < 0)
		return ret;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, -errno, "cannot make a socket: %s", strerror(errno));
	/* With the right mode from its first moment: 0660. */
	mask = umask(0117);
	ret = bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ? -errno : 0;
	umask(mask);
	if (!ret && listen(fd, CTL_MAX_CONNECTIONS) < 0)
		ret = -errno;
	if (ret < 0) {
		close(fd);
		return err_set(e, ret, "%s: cannot listen: %s", path, strerror(-ret));
	}
	return fd;
}
