// SPDX-License-Identifier: GPL-2.0-or-later
/* SIP over TLS between two stacks on loopback: who is believed to be whom, and who is not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "certs.h"
#include "clock.h"
#include "err.h"
#include "log.h"
#include "sip_tls.h"
#include "sip_trans.h"

static char dir[] = "/tmp/test_sip_tls.XXXXXX";
static char logged[512];

struct node {
	struct sip_stack stack;
	struct addr addr;
	struct tls_ctx *tls;
	unsigned int requests, responses, ended;
	enum sip_failure failure;
	struct sip_hop from;
};

static struct node a, b;

static const char *path(const char *name)
{
	static char p[8][128];
	static unsigned int n;

	snprintf(p[++n % 8], sizeof(p[0]), "%s/%s", dir, name);
	return p[n % 8];
}

/* ---- certificates ----------------------------------------------------------------------- */

static X509 *root;
static EVP_PKEY *root_key;

static void write_pair(const char *name, const struct cert_spec *spec)
{
	EVP_PKEY *key;
	X509 *x = cert_make(spec, &key);
	char *pem = cert_pem(x, NULL), file[64];
	BIO *mem = BIO_new(BIO_s_mem());
	char *text, *copy;
	long len;

	snprintf(file, sizeof(file), "%s.pem", name);
	write_text(path(file), pem, 0644);
	PEM_write_bio_PrivateKey(mem, key, NULL, NULL, 0, NULL, NULL);
	len = BIO_get_mem_data(mem, &text);
	copy = strndup(text, (size_t)len);
	snprintf(file, sizeof(file), "%s.key", name);
	write_text(path(file), copy, 0600);
	free(copy);
	BIO_free(mem);
	free(pem);
	X509_free(x);
	EVP_PKEY_free(key);
}

static int group_setup(void **state)
{
	const int64_t now = time(NULL), from = now - 3600, to = now + 3600;
	char *pem;

	(void)state;
	assert_non_null(mkdtemp(dir));
	root = cert_make(&(struct cert_spec){ .cn = "root", .ca = 1, .from = from, .to = to },
			 &root_key);
	pem = cert_pem(root, NULL);
	write_text(path("root.pem"), pem, 0644);
	free(pem);
	write_pair("b", &(struct cert_spec){ .cn = "b", .san = "URI:sip:b.example", .by = root,
					     .by_key = root_key, .from = from, .to = to });
	write_pair("a", &(struct cert_spec){ .cn = "a", .san = "DNS:a.example", .by = root,
					     .by_key = root_key, .from = from, .to = to });
	write_pair("wild", &(struct cert_spec){ .cn = "w", .san = "DNS:*.example", .by = root,
						.by_key = root_key, .from = from, .to = to });
	/* with a sip: URI, dNSNames do not count (RFC 5922 section 7.1) */
	write_pair("both", &(struct cert_spec){ .cn = "w", .by = root, .by_key = root_key,
						.san = "DNS:b.example,URI:sip:other.example",
						.from = from, .to = to });
	write_pair("old", &(struct cert_spec){ .cn = "o", .san = "DNS:b.example", .by = root,
					       .by_key = root_key, .from = from, .to = now - 60 });
	write_pair("self", &(struct cert_spec){ .cn = "s", .san = "DNS:b.example", .from = from,
						.to = to });
	return 0;
}

static int group_teardown(void **state)
{
	static const char *const names[] = { "a", "b", "wild", "both", "old", "self", "root" };
	char file[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(file, sizeof(file), "%s.pem", names[i]);
		unlink(path(file));
		snprintf(file, sizeof(file), "%s.key", names[i]);
		unlink(path(file));
	}
	X509_free(root);
	EVP_PKEY_free(root_key);
	return rmdir(dir);
}

/* ---- two stacks ------------------------------------------------------------------------------ */

static void on_request(struct sip_strans *st, const struct sip_msg *req,
		       const struct sip_hop *from, void *arg)
{
	struct node *n = arg;

	(void)req;
	n->requests++;
	n->from = *from;
	sip_strans_reply_code(st, 200, NULL);
	sip_strans_release(st);
}

static const struct sip_tu tu = { .request = on_request };

static void on_response(struct sip_ctrans *ct, const struct sip_msg *resp,
			const struct sip_hop *from, void *arg)
{
	struct node *n = arg;

	(void)ct;
	(void)from;
	assert_int_equal(resp->code, 200);
	n->responses++;
}

static void on_ended(struct sip_ctrans *ct, enum sip_failure failure, void *arg)
{
	struct node *n = arg;

	(void)ct;
	n->ended++;
	n->failure = failure;
}

static const struct sip_ctrans_ops ops = { .response = on_response, .ended = on_ended };

static void start_node(struct node *n, const char *cert, enum tls_client_cert client)
{
	struct sip_stream_conf conf = sip_stream_conf_default;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct err e = { 0 };
	char pem[64], key[64];
	struct tls_conf tls = { .ca = path("root.pem"), .client = client };
	int fd;

	memset(n, 0, sizeof(*n));
	if (cert) {
		snprintf(pem, sizeof(pem), "%s.pem", cert);
		snprintf(key, sizeof(key), "%s.key", cert);
		tls.cert = path(pem);
		tls.key = path(key);
	}
	if (tls_ctx_new(&n->tls, &tls, &e))
		fail_msg("%s", e.text);
	addr_parse(&n->addr, "127.0.0.1", 0);
	assert_int_equal(sip_stack_init(&n->stack, NULL, NULL, &tu, n), 0);
	fd = sip_stream_listen(&n->addr, &e);
	assert_true(fd >= 0);
	getsockname(fd, (struct sockaddr *)&ss, &len);
	addr_from_sockaddr(&n->addr, &ss);
	conf.connect_ms = 500;
	assert_int_equal(sip_tls_add(&n->stack.transp, fd, NULL, &conf, n->tls, &e), 0);
}

static void on_log(enum log_level level, const char *line, void *arg)
{
	(void)arg;
	if (level <= LOG_LVL_WARN)
		snprintf(logged, sizeof(logged), "%s", line);
}

static int setup(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(loop_init(&e), 0);
	log_hook(on_log, NULL);
	logged[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sip_stack_fini(&a.stack);
	sip_stack_fini(&b.stack);
	loop_turn(0);
	tls_ctx_free(a.tls);
	tls_ctx_free(b.tls);
	assert_int_equal(timer_count(), 0);
	loop_fini();
	log_hook(NULL, NULL);
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	return 0;
}

#define until(cond)								\
	do {									\
		const uint64_t limit_ = clock_now() + 10000;			\
		while (!(cond) && clock_now() < limit_)				\
			loop_turn(20);						\
		assert_true(cond);						\
	} while (0)

/* An OPTIONS from a to @domain at b's address; @body octets long. */
static void ask_hop(const struct sip_hop *hop, size_t body)
{
	static char big[SIP_MAX_BODY];
	static unsigned int calls;
	struct err e = { 0 };
	struct sip_msg *m = sip_msg_request(SIP_OPTIONS, "sips:b.example");

	memset(big, 'x', sizeof(big));
	sip_msg_add(m, SIP_HDR_FROM, "<sip:a@example.com>;tag=1");
	sip_msg_add(m, SIP_HDR_TO, "<sips:b.example>");
	sip_msg_addf(m, SIP_HDR_CALL_ID, "%u", ++calls);
	sip_msg_add(m, SIP_HDR_CSEQ, "1 OPTIONS");
	if (body)
		sip_msg_set_body(m, "text/plain", big, body);
	assert_non_null(sip_ctrans_send(&a.stack, hop, m, &ops, &a, &e));
}

static uint64_t ask(const char *domain)
{
	struct sip_hop hop = { .proto = SIP_TLS, .remote = b.addr };
	struct err e = { 0 };

	assert_int_equal(sip_tls_flow(&a.stack.transp, &hop, domain, &e), 0);
	ask_hop(&hop, 0);
	return hop.flow;
}

static const struct sip_stream_stats *stats(struct node *n)
{
	return sip_stream_stats(&n->stack.transp, 0);
}

static void test_right_name(void **state)
{
	struct cert_names names;
	uint64_t flow;

	(void)state;
	start_node(&a, NULL, TLS_CLIENT_IGNORE);
	start_node(&b, "b", TLS_CLIENT_IGNORE);
	flow = ask("B.example");
	/* the handshake is still under way: the second waits with the first */
	assert_true(ask("b.example") == flow);
	until(a.ended == 2);
	assert_int_equal(a.responses, 2);
	assert_true(ask("b.EXAMPLE") == flow);
	until(a.ended == 3);
	assert_int_equal(b.requests, 3);
	assert_int_equal(stats(&b)->accepted, 1);
	assert_int_equal(sip_tls_peer(&b.stack.transp, &b.from, &names), -ENOENT);
}

static void test_large_messages(void **state)
{
	struct sip_hop hop = { .proto = SIP_TLS, .remote = b.addr };
	struct err e = { 0 };

	(void)state;
	start_node(&a, NULL, TLS_CLIENT_IGNORE);
	start_node(&b, "b", TLS_CLIENT_IGNORE);
	hop.remote = b.addr;
	assert_int_equal(sip_tls_flow(&a.stack.transp, &hop, "b.example", &e), 0);
	for (int i = 0; i < 5; i++)
		ask_hop(&hop, SIP_MAX_BODY);
	until(a.ended == 5);
	assert_int_equal(a.responses, 5);
	assert_int_equal(b.requests, 5);
}

static void expect_refused(const char *cert, const char *domain, const char *why)
{
	start_node(&a, NULL, TLS_CLIENT_IGNORE);
	start_node(&b, cert, TLS_CLIENT_IGNORE);
	ask(domain);
	until(a.ended == 1);
	assert_int_equal(a.failure, SIP_FAIL_TRANSPORT);
	assert_int_equal(a.responses, 0);
	assert_int_equal(b.requests, 0);
	if (!strstr(logged, why))
		fail_msg("logged: %s", logged);
}

static void test_other_name(void **state)
{
	(void)state;
	expect_refused("b", "c.example", "is for b.example, not for c.example");
}

static void test_name_of_subdomain(void **state)
{
	(void)state;
	expect_refused("b", "sub.b.example", "not for sub.b.example");
}

static void test_wildcard(void **state)
{
	(void)state;
	expect_refused("wild", "b.example", "is for *.example, not for b.example");
}

static void test_uri_before_dns(void **state)
{
	(void)state;
	expect_refused("both", "b.example", "is for other.example, not for b.example");
}

static void test_expired(void **state)
{
	(void)state;
	expect_refused("old", "b.example", "certificate has expired");
}

static void test_unknown_root(void **state)
{
	(void)state;
	expect_refused("self", "b.example", "self-signed certificate");
}

/* One connection is one name: a flow for b says nothing about c. */
static void test_names_do_not_share(void **state)
{
	uint64_t flow;

	(void)state;
	start_node(&a, NULL, TLS_CLIENT_IGNORE);
	start_node(&b, "b", TLS_CLIENT_IGNORE);
	flow = ask("b.example");
	until(a.ended == 1);
	assert_true(ask("c.example") != flow);
	until(a.ended == 2);
	assert_int_equal(a.failure, SIP_FAIL_TRANSPORT);
	assert_int_equal(b.requests, 1);
	/* nor does an address without a name go by b's */
	ask_hop(&(struct sip_hop){ .proto = SIP_TLS, .remote = b.addr }, 0);
	until(a.ended == 3);
	assert_int_equal(a.failure, SIP_FAIL_TRANSPORT);
	assert_int_equal(b.requests, 1);
}

static void test_client_certificate(void **state)
{
	struct cert_names names;

	(void)state;
	start_node(&a, "a", TLS_CLIENT_IGNORE);
	start_node(&b, "b", TLS_CLIENT_REQUIRE);
	ask("b.example");
	until(a.ended == 1);
	assert_int_equal(a.responses, 1);
	assert_int_equal(sip_tls_peer(&b.stack.transp, &b.from, &names), 0);
	assert_int_equal(names.n, 1);
	assert_string_equal(names.name[0], "a.example");
}

static void test_client_certificate_missing(void **state)
{
	(void)state;
	start_node(&a, NULL, TLS_CLIENT_IGNORE);
	start_node(&b, "b", TLS_CLIENT_REQUIRE);
	ask("b.example");
	until(a.ended == 1);
	assert_int_equal(a.failure, SIP_FAIL_TRANSPORT);
	assert_int_equal(b.requests, 0);
}

static void test_client_certificate_optional(void **state)
{
	(void)state;
	start_node(&a, NULL, TLS_CLIENT_IGNORE);
	start_node(&b, "b", TLS_CLIENT_ASK);
	ask("b.example");
	until(a.ended == 1);
	assert_int_equal(a.responses, 1);
}

/* Who connects and says nothing is cut off. */
static void test_silent_client(void **state)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd;

	(void)state;
	start_node(&b, "b", TLS_CLIENT_IGNORE);
	len = addr_to_sockaddr(&b.addr, &ss);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&ss, len), 0);
	until(stats(&b)->now == 1);
	until(stats(&b)->now == 0);
	assert_int_equal(stats(&b)->failed, 1);
	close(fd);
	assert_int_equal(sip_stack_init(&a.stack, NULL, NULL, &tu, &a), 0);
}

static void test_old_version(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct sockaddr_storage ss;
	socklen_t len;
	SSL *ssl;
	int fd;

	(void)state;
	start_node(&b, "b", TLS_CLIENT_IGNORE);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
	ssl = SSL_new(ctx);
	len = addr_to_sockaddr(&b.addr, &ss);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&ss, len), 0);
	until(stats(&b)->now == 1);
	SSL_set_fd(ssl, fd);
	SSL_set_connect_state(ssl);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(SSL_do_handshake(ssl), -1);
	until(stats(&b)->now == 0);
	ERR_clear_error();
	assert_int_equal(SSL_do_handshake(ssl), -1);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
	assert_int_equal(stats(&b)->failed, 1);
	ERR_clear_error();
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	assert_int_equal(sip_stack_init(&a.stack, NULL, NULL, &tu, &a), 0);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_right_name),
		T(test_large_messages),
		T(test_other_name),
		T(test_name_of_subdomain),
		T(test_wildcard),
		T(test_uri_before_dns),
		T(test_expired),
		T(test_unknown_root),
		T(test_names_do_not_share),
		T(test_client_certificate),
		T(test_client_certificate_missing),
		T(test_client_certificate_optional),
		T(test_silent_client),
		T(test_old_version),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
