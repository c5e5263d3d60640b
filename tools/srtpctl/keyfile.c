// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys come from files or standard input, never from the command line, which anybody can see. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl.h"
#include "secret.h"

/* Octet by octet and without stdio: no buffer keeps a copy, and a next call finds the next line. */
static ssize_t read_line(int fd, char *line, size_t cap)
{
	size_t len = 0;

	for (;;) {
		char c;
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0 || c == '\n')
			return (ssize_t)len;
		if (len == cap)
			return -EMSGSIZE;
		line[len++] = c;
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int open_key(const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;

	if (fd < 0)
		return err_set(e, errno == EACCES ? -EACCES : -ENOENT, "key file %s: %s",
			       path, strerror(errno));
	if (fstat(fd, &st))
		rc = err_set(e, -EIO, "key file %s: %s", path, strerror(errno));
	else if (S_ISREG(st.st_mode) && st.st_mode & 077)
		rc = err_set(e, -EINVAL, "key file %s can be read by others: chmod 600 %s", path,
			     path);
	else if (S_ISREG(st.st_mode) && st.st_uid != 0 && st.st_uid != geteuid())
		rc = err_set(e, -EINVAL, "key file %s belongs to another user: chown it", path);
	else
		return fd;
	close(fd);
	return rc;
}

int keyfile_read(const char *path, size_t want, uint8_t *out, struct err *e)
{
	bool is_stdin = !strcmp(path, "-");
	const char *name = is_stdin ? "standard input" : path;
	char line[2 * KEY_MAX + 8];
	int fd = is_stdin ? STDIN_FILENO : open_key(path, e), rc = 0;
	ssize_t len;

	if (fd < 0)
		return fd;
	len = read_line(fd, line, sizeof(line));
	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	if (len < 0 && len != -EMSGSIZE) {
		rc = err_set(e, -EIO, "key of %s: %s", name, strerror((int)-len));
	} else if (want > KEY_MAX || len != (ssize_t)(2 * want)) {
		rc = err_set(e, -EINVAL, "key of %s: one line of %zu hexadecimal digits is wanted "
			     "(master key, then master salt)", name, 2 * want);
	}
	for (size_t i = 0; !rc && i < want; i++) {
		int high = digit(line[2 * i]), low = digit(line[2 * i + 1]);

		if (high < 0 || low < 0)
			rc = err_set(e, -EINVAL, "key of %s: not hexadecimal at digit %zu", name,
				     2 * i + (high < 0 ? 1 : 2));
		else
			out[i] = (uint8_t)(high << 4 | low);
	}
	secret_wipe(line, sizeof(line));
	if (rc)
		secret_wipe(out, KEY_MAX);
	if (!is_stdin)
		close(fd);
	return rc;
}
