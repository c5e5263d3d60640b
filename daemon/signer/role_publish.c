// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The role that answers verifiers who ask for our certificate chain: one file by HTTPS. It
 * has the key of the web server, and no other.
 */
#include <errno.h>
#include <microhttpd.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "conf_signer.h"
#include "err.h"
#include "log.h"
#include "loop.h"
#include "secret.h"
#include "signer_roles.h"
#include "timer.h"

#define CONNECTIONS	512
#define PER_IP		32
#define SILENCE_S	10

static struct publish_role {
	struct MHD_Daemon *http;
	struct loop_watch watch;
	struct timer timer;
	const char *path;		/* of x5u */
	char *chain;
	size_t len;
	char etag[2 * EVP_MAX_MD_SIZE + 3];
	uint32_t max_age;
	int64_t not_after;
	uint64_t served, not_modified, refused;
} role;

/* ---- answers ---------------------------------------------------------------------------- */

/* No copy may outlive the certificate. */
static uint32_t max_age(void)
{
	const int64_t left = role.not_after - clock_wall();

	return left <= 0 ? 0 : left < role.max_age ? (uint32_t)left : role.max_age;
}

static enum MHD_Result send_empty(struct MHD_Connection *c, unsigned int code)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ret;

	if (!r)
		return MHD_NO;
	if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	ret = MHD_queue_response(c, code, r);
	MHD_destroy_response(r);
	role.refused++;
	return ret;
}

static enum MHD_Result send_chain(struct MHD_Connection *c)
{
	const char *known = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
							MHD_HTTP_HEADER_IF_NONE_MATCH);
	const bool same = known && strcmp(known, role.etag) == 0;
	struct MHD_Response *r;
	enum MHD_Result ret;
	char age[48];

	r = MHD_create_response_from_buffer(same ? 0 : role.len, role.chain, MHD_RESPMEM_PERSISTENT);
	if (!r)
		return MHD_NO;
	snprintf(age, sizeof(age), "public, max-age=%u", max_age());
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, age);
	MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, role.etag);
	if (!same)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
					"application/pem-certificate-chain");
	ret = MHD_queue_response(c, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	if (same)
		role.not_modified++;
	else
		role.served++;
	return ret;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **state)
{
	(void)arg;
	(void)version;
	(void)data;
	(void)state;
	/* A body is nothing we want: the answer ends the connection before it is read. */
	if (*len || (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD)))
		return send_empty(c, MHD_HTTP_METHOD_NOT_ALLOWED);
	return strcmp(url, role.path) ? send_empty(c, MHD_HTTP_NOT_FOUND) : send_chain(c);
}

/* ---- the loop --------------------------------------------------------------------------- */

static void on_timer(struct timer *t, void *arg);

static void turn(void)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;

	MHD_run(role.http);
	if (MHD_get_timeout(role.http, &ms) == MHD_YES)
		timer_start(&role.timer, ms, on_timer, NULL);
	else
		timer_cancel(&role.timer);
}

static void on_timer(struct timer *t, void *arg)
{
	(void)t;
	(void)arg;
	turn();
}

static void on_ready(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	(void)w;
	(void)fd;
	(void)events;
	(void)arg;
	turn();
}

/* ---- start ------------------------------------------------------------------------------ */

/* The chain has to be one, and what is served is what was read. */
static int load_chain(const struct conf_signerd *c, struct err *e)
{
	const long len = conf_slurp(c->certificate, &role.chain, e);
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	struct tm tm;
	X509 *x;
	BIO *b;

	if (len < 0)
		return (int)len;
	role.len = (size_t)len;
	if (strstr(role.chain, "PRIVATE KEY"))
		return err_set(e, -EINVAL, "%s: holds a private key, and would be published", c->certificate);
	b = BIO_new_mem_buf(role.chain, (int)len);
	x = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
	BIO_free(b);
	if (!x || ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) != 1 ||
	    EVP_Digest(role.chain, role.len, hash, &n, EVP_sha256(), NULL) != 1) {
		X509_free(x);
		return err_set(e, -EINVAL, "%s: no PEM certificate", c->certificate);
	}
	role.not_after = timegm(&tm);
	X509_free(x);
	role.etag[0] = '"';
	for (unsigned int i = 0; i < n; i++)
		snprintf(role.etag + 1 + 2 * i, 3, "%02x", hash[i]);
	strcat(role.etag, "\"");
	return 0;
}

static int load_key(const char *path, char **key, struct err *e)
{
	const int fd = conf_private_open(path, e);
	long len;

	if (fd < 0)
		return fd;
	len = conf_slurp_fd(fd, path, key, e);
	close(fd);
	return len < 0 ? (int)len : 0;
}

static int start_http(const struct conf_signerd *c, struct err *e)
{
	const struct addr *at = &c->publish[0].address;
	char *cert = NULL, *key = NULL;
	struct sockaddr_storage ss;
	long len = conf_slurp(c->tls_certificate, &cert, e);
	int rc = len < 0 ? (int)len : load_key(c->tls_key, &key, e);

	addr_to_sockaddr(at, &ss);
	if (rc == 0) {
		role.http = MHD_start_daemon(
			MHD_USE_EPOLL | MHD_USE_TLS | (at->family == AF_INET6 ? MHD_USE_IPv6 : 0),
			at->port, NULL, NULL, on_request, NULL, MHD_OPTION_SOCK_ADDR, &ss,
			MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_MEM_CERT, cert,
			MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
			SILENCE_S, MHD_OPTION_PER_IP_CONNECTION_LIMIT, PER_IP,
			MHD_OPTION_HTTPS_PRIORITIES, "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
			MHD_OPTION_END);
		if (!role.http)
			rc = err_set(e, -EIO, "cannot serve HTTPS at the address of `publish`; is it in use, and are tls.certificate and tls.private_key a pair?");
	}
	if (key)
		secret_wipe(key, strlen(key));
	free(key);
	free(cert);
	return rc;
}

static int start(const struct conf_signerd *c, struct err *e)
{
	const union MHD_DaemonInfo *info;
	int rc = load_chain(c, e);

	role.path = strchr(c->x5u + strlen("https://"), '/');
	role.max_age = c->publish[0].max_age;
	if (rc == 0)
		rc = start_http(c, e);
	if (rc)
		return rc;
	info = MHD_get_daemon_info(role.http, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || loop_watch(&role.watch, info->epoll_fd, LOOP_READ, on_ready, NULL))
		return err_set(e, -EIO, "cannot watch the web server");
	return 0;
}

int signer_publish_run(const struct signer_env *env)
{
	struct err e = { 0 };
	int status;

	if (start(env->conf, &e)) {
		log_error("cannot start", F_STR("error", err_text(&e)));
		return EXIT_FAILURE;
	}
	role_sandbox();
	status = signer_run();
	log_notice("ending", F_U64("served", role.served), F_U64("not_modified", role.not_modified),
		   F_U64("refused", role.refused));
	timer_cancel(&role.timer);
	loop_unwatch(&role.watch);
	MHD_stop_daemon(role.http);
	free(role.chain);
	return status;
}
