// SPDX-License-Identifier: GPL-2.0-or-later
/* Which URLs are taken, and where they lead. */
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"
#include "fetch_impl.h"

static bool url_part(CURLU *u, CURLUPart part, char *out, size_t cap, unsigned int flags)
{
	char *text = NULL;
	bool ok = curl_url_get(u, part, &text, flags) == CURLUE_OK && strlen(text) < cap;

	if (ok)
		memcpy(out, text, strlen(text) + 1);
	curl_free(text);
	return ok;
}

static bool url_has(CURLU *u, CURLUPart part)
{
	char *text = NULL;
	bool has = curl_url_get(u, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

/* No escapes and no IDN: libcurl has to look up the very name that was resolved. */
static bool is_plain(const char *host)
{
	for (; *host; host++)
		if (!isalnum((unsigned char)*host) && !strchr("-._[]:", *host))
			return false;
	return true;
}

/* Is @host among the names in @list, which are parted by blanks? */
static bool is_listed(const char *list, const char *host)
{
	size_t len = strlen(host), n;

	for (list += strspn(list, " "); *list; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		if (n == len && strncasecmp(list, host, n) == 0)
			return true;
	}
	return false;
}

/*
 * Who is behind a URL, roughly: the last two labels of its host's name, or the network
 * of its address, /24 or /48.  Names and addresses in one hand are many.
 */
static void find_corner(struct fetch_job *j)
{
	const char *dot = strrchr(j->host, '.');
	struct addr a;

	if (addr_parse(&a, j->host, 0) == 0) {
		memset(a.ip + (a.family == AF_INET ? 3 : 6), 0, sizeof(a.ip) - (a.family == AF_INET ? 3 : 6));
		addr_ip_str(&a, j->corner);
		return;
	}
	while (dot && dot > j->host && dot[-1] != '.')
		dot--;
	dot = dot ? dot : j->host;
	for (size_t i = 0; i < sizeof(j->corner) - 1 && dot[i]; i++)
		j->corner[i] = (char)tolower((unsigned char)dot[i]);
}

/* What curl will connect to has to be what was looked at: its own parser reads the URL. */
int fetch_url_read(struct fetch_job *j, const char *url, struct err *e)
{
	CURLU *u = curl_url();
	char port[8], scheme[16];
	int err = -EINVAL;

	if (!u || strlen(url) >= sizeof(j->url))
		err_set(e, err, "URL longer than %zu octets", sizeof(j->url) - 1);
	else if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
		 !url_part(u, CURLUPART_SCHEME, scheme, sizeof(scheme), 0) ||
		 !url_part(u, CURLUPART_HOST, j->host, sizeof(j->host), 0) || !j->host[0])
		err_set(e, err, "not a URL with a scheme and a host");
	else if (strcmp(scheme, "https") != 0 && !(j->f->conf.allow_http && strcmp(scheme, "http") == 0))
		err_set(e, err, "scheme %s is not allowed; use https", scheme);
	else if (url_has(u, CURLUPART_USER) || url_has(u, CURLUPART_PASSWORD))
		err_set(e, err, "user info in a URL is not allowed");
	else if (url_has(u, CURLUPART_FRAGMENT))
		err_set(e, err, "a fragment in a URL is not allowed");
	else if (!is_plain(j->host))
		err_set(e, err, "host name of the URL is not of letters, digits, hyphens and dots");
	else if (j->f->conf.hosts[strspn(j->f->conf.hosts, " ")] && !is_listed(j->f->conf.hosts, j->host))
		err_set(e, err, "%.80s is not among the hosts that are fetched from", j->host);
	else if (!url_part(u, CURLUPART_PORT, port, sizeof(port), CURLU_DEFAULT_PORT))
		err_set(e, err, "port of the URL cannot be read");
	else
		err = 0;
	if (!err) {
		j->port = (uint16_t)strtoul(port, NULL, 10);
		/* What listens there speaks something else, and may be made to believe it is meant. */
		if (j->port < 1024 && j->port != 443 && !(j->port == 80 && j->f->conf.allow_http))
			err = err_set(e, -EINVAL, "port %u of the URL is not a web server's", j->port);
	}
	if (!err) {
		find_corner(j);
		memcpy(j->url, url, strlen(url) + 1);
	}
	curl_url_cleanup(u);
	return err;
}
