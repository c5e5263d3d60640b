// SPDX-License-Identifier: GPL-2.0-or-later
/* Words and checks that the daemons' configuration files have in common. */
#include "conf_common.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "log.h"
#include "sip_msg.h"
#include "tls_io.h"

const struct conf_word conf_log_levels[] = {
	{ "error", LOG_LVL_ERROR, NULL },
	{ "warn", LOG_LVL_WARN, NULL },
	{ "notice", LOG_LVL_NOTICE, NULL },
	{ "info", LOG_LVL_INFO, NULL },
	{ "debug", LOG_LVL_DEBUG, NULL },
	{ 0 }
};

const struct conf_word conf_transports[] = {
	{ "udp", SIP_UDP, NULL },
	{ "tcp", SIP_TCP, NULL },
	{ "tls", SIP_TLS, NULL },
	{ 0 }
};

const struct conf_word conf_client_certs[] = {
	{ "ignore", TLS_CLIENT_IGNORE, NULL },
	{ "ask", TLS_CLIENT_ASK, NULL },
	{ "require", TLS_CLIENT_REQUIRE, NULL },
	{ 0 }
};

void conf_check_public(struct conf *c, const char *path, const char *file)
{
	struct stat st;

	if (!file[0])
		return;
	if (stat(file, &st) < 0 || !S_ISREG(st.st_mode) || access(file, R_OK) < 0)
		conf_wrong(c, path, "\"%s\" is not a file that can be read", file);
	else if (st.st_mode & 022)
		conf_wrong(c, path, "\"%s\" can be changed by others (mode %04o); chmod go-w it",
			   file, (unsigned int)(st.st_mode & 07777));
}

void conf_check_private(struct conf *c, const char *path, const char *file)
{
	struct err e = { 0 };
	const int fd = file[0] ? conf_private_open(file, &e) : -1;

	if (fd >= 0)
		close(fd);
	else if (file[0])
		conf_wrong(c, path, "%s", err_text(&e));
}

void conf_check_user(struct conf *c, const char *path, const char *user)
{
	const struct passwd *pw = user[0] ? getpwnam(user) : NULL;

	if (user[0] && !pw)
		conf_wrong(c, path, "there is no user \"%s\" on this system", user);
	else if (pw && pw->pw_uid == 0)
		conf_wrong(c, path, "\"%s\" is the superuser; name one without rights", user);
}
