// SPDX-License-Identifier: GPL-2.0-or-later
#include "dtls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <openssl/err.h>

#include "clock.h"
#include "dtls_impl.h"
#include "dtls_record.h"
#include "loop.h"
#include "secret.h"

/*
 * RFC 6347 section 4.2.4.1 recommends one second at first and allows less where
 * time matters; until keys are there nobody hears anything.
 */
#define FIRST_TIMEOUT_US	250000u
#define LONGEST_TIMEOUT_US	4000000u

/* A real far end that is on its way repeats itself within this time. */
#define DOUBT_MS		2000

/* So many ClientHellos we cannot serve are looked at; the deadline sees to the rest. */
#define MAX_REFUSED		64

static const char setup_conflict[] =
	"the far end sends a ClientHello although it is the passive side (a=setup)";

const char *dtls_state_name(enum dtls_state state)
{
	static const char *const names[] = { "new", "handshake", "secured", "closed", "failed" };

	return (unsigned int)state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

enum dtls_state dtls_state(const struct dtls *d)
{
	return d->state;
}

const struct dtls_stats *dtls_stats(const struct dtls *d)
{
	return &d->stats;
}

uint32_t dtls_took_ms(const struct dtls *d)
{
	return d->took_ms;
}

void dtls_peer_fp(const struct dtls *d, struct media_fingerprint *out)
{
	*out = (struct media_fingerprint){ 0 };
	if (d->state == DTLS_SECURED)
		dtls_fp_of(SSL_get0_peer_certificate(d->ssl), "sha-256", out);
}

static void set_state(struct dtls *d, enum dtls_state state)
{
	d->state = state;
	if (state == DTLS_HANDSHAKE)
		return;
	timer_cancel(&d->deadline);
	timer_cancel(&d->doubt_timer);
	if (state == DTLS_SECURED)
		return;
	timer_cancel(&d->retransmit);
	SSL_free(d->ssl);		/* wipes what it knows of the keys */
	d->ssl = NULL;
}

static void end(struct dtls *d, enum dtls_state state, int code, const char *text)
{
	struct err why;

	err_set(&why, code, "%s", text);
	set_state(d, state);
	d->ops->ended(d, &why, d->arg);
}

/*
 * A ClientHello we cannot serve may be a stranger's.  It is answered with nothing,
 * not even an alert, which would end the real far end's attempt; that has to wait
 * until we give up.
 */
static void on_send(const uint8_t *data, size_t len, void *arg)
{
	struct dtls *d = arg;

	if (d->role == MEDIA_DTLS_PASSIVE && !d->answered) {
		if (data[0] == SSL3_RT_ALERT) {
			d->goodbye_len = len <= sizeof(d->goodbye) ? len : 0;
			memcpy(d->goodbye, data, d->goodbye_len);
			return;
		}
		d->answered = true;
	}
	d->ops->send(d, data, len, d->arg);
}

static unsigned int next_timeout(SSL *ssl, unsigned int us)
{
	(void)ssl;
	if (!us)
		return FIRST_TIMEOUT_US;
	return us < LONGEST_TIMEOUT_US / 2 ? 2 * us : LONGEST_TIMEOUT_US;
}

/* The state machine of the library, at its beginning. */
static int fresh_ssl(struct dtls *d)
{
	SSL *ssl = SSL_new(d->ctx);
	BIO *bio = ssl ? dtls_bio_new(&d->io) : NULL;

	if (!bio) {
		SSL_free(ssl);
		return -ENOMEM;
	}
	SSL_set_bio(ssl, bio, bio);
	SSL_set_app_data(ssl, d);
	DTLS_set_timer_cb(ssl, next_timeout);
	if (d->role == MEDIA_DTLS_ACTIVE)
		SSL_set_connect_state(ssl);
	else
		SSL_set_accept_state(ssl);
	SSL_free(d->ssl);
	d->ssl = ssl;
	d->answered = false;
	return 0;
}

struct dtls *dtls_new(SSL_CTX *ctx, enum media_dtls_role role, const struct dtls_ops *ops,
		      void *arg)
{
	struct dtls *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->ctx = ctx;
	d->role = role;
	d->ops = ops;
	d->arg = arg;
	d->io = (struct dtls_io){ .send = on_send, .arg = d };
	if (fresh_ssl(d)) {
		free(d);
		return NULL;
	}
	SSL_CTX_up_ref(ctx);
	return d;
}

void dtls_free(struct dtls *d)
{
	if (!d)
		return;
	if (d->state == DTLS_SECURED)
		SSL_shutdown(d->ssl);
	ERR_clear_error();
	set_state(d, DTLS_CLOSED);
	SSL_CTX_free(d->ctx);
	d->ctx = NULL;
	loop_defer_free(d);
}

/* ---- what can go wrong ---------------------------------------------------- */

static void on_doubt(struct timer *t, void *arg)
{
	struct dtls *d = arg;

	(void)t;
	if (d->goodbye_len)
		d->ops->send(d, d->goodbye, d->goodbye_len, d->arg);
	end(d, DTLS_FAILED, d->doubt.code, d->doubt.text);
}

static void doubt(struct dtls *d, int code, const char *text)
{
	err_set(&d->doubt, code, "%s", text);
	if (!timer_running(&d->doubt_timer))
		timer_start(&d->doubt_timer, DOUBT_MS, on_doubt, d);
}

static void on_deadline(struct timer *t, void *arg)
{
	struct dtls *d = arg;
	const char *hint = "it stopped half-way";
	struct err why;

	(void)t;
	if (timer_running(&d->doubt_timer))
		hint = d->doubt.text;
	else if (d->conflict)
		hint = setup_conflict;
	else if (!d->heard)
		hint = "nothing came from the address in the far end's SDP";
	err_set(&why, -ETIMEDOUT, "no DTLS handshake within %u s: %s", d->timeout_ms / 1000, hint);
	end(d, DTLS_FAILED, why.code, why.text);
}

static void openssl_reason(struct err *e)
{
	unsigned long code = ERR_peek_last_error();

	if (ERR_GET_REASON(code) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
		err_set(e, -EACCES, "the far end showed no certificate");
	else if (ERR_GET_REASON(code) == SSL_R_READ_TIMEOUT_EXPIRED)
		err_set(e, -ETIMEDOUT, "the far end's DTLS stopped answering");
	else
		err_set(e, -EPROTO, "DTLS handshake failed: %s",
			code ? ERR_reason_error_string(code) : "no reason given");
}

/* The library has given up. */
static void broke(struct dtls *d)
{
	struct err why = d->why;

	d->why = (struct err){ 0 };
	if (!why.code)
		openssl_reason(&why);
	ERR_clear_error();
	if (d->role == MEDIA_DTLS_PASSIVE && !d->answered) {
		d->stats.refused++;
		timer_cancel(&d->retransmit);
		if (!fresh_ssl(d)) {
			doubt(d, why.code, why.text);
			return;
		}
	}
	end(d, DTLS_FAILED, why.code, why.text);
}

/* ---- the handshake -------------------------------------------------------- */

static int export_keys(struct dtls *d, struct srtp_keys **keys, struct err *e)
{
	const SRTP_PROTECTION_PROFILE *p = SSL_get_selected_srtp_profile(d->ssl);
	size_t len;
	uint8_t *block;
	int err;

	err = dtls_check_peer(d, SSL_get0_peer_certificate(d->ssl), e);
	if (err)
		return err;
	len = srtp_keys_block_len((uint16_t)p->id);
	block = secret_alloc(SRTP_KEYS_MAX_BLOCK);
	if (!block || !len)
		err = err_set(e, -ENOMEM, "no locked memory for keys");
	else if (SSL_export_keying_material(d->ssl, block, len, SRTP_KEYS_LABEL,
					    strlen(SRTP_KEYS_LABEL), NULL, 0, 0) != 1)
		err = err_set(e, -EPROTO, "OpenSSL exported no keys");
	else if ((err = srtp_keys_split(keys, (uint16_t)p->id, d->role == MEDIA_DTLS_ACTIVE,
					block, len)))
		err_set(e, err, "no locked memory for keys");
	secret_free(block);
	return err;
}

static void finish(struct dtls *d)
{
	struct srtp_keys *keys = NULL;
	struct err why;

	if (export_keys(d, &keys, &why)) {
		SSL_shutdown(d->ssl);
		ERR_clear_error();
		end(d, DTLS_FAILED, why.code, why.text);
		return;
	}
	d->took_ms = (uint32_t)(clock_now() - d->started);
	set_state(d, DTLS_SECURED);
	d->ops->secured(d, keys, d->arg);
}

static void on_retransmit(struct timer *t, void *arg);

/* The library knows when a flight must be repeated; we wake it up. */
static void arm(struct dtls *d)
{
	struct timeval tv;

	timer_cancel(&d->retransmit);
	if (DTLSv1_get_timeout(d->ssl, &tv))
		timer_start(&d->retransmit, (uint64_t)tv.tv_sec * 1000 +
			    ((uint64_t)tv.tv_usec + 999) / 1000, on_retransmit, d);
}

static void handshake(struct dtls *d)
{
	int ret;

	ERR_clear_error();
	ret = SSL_do_handshake(d->ssl);
	if (ret != 1 && SSL_get_error(d->ssl, ret) != SSL_ERROR_WANT_READ) {
		broke(d);
		return;
	}
	arm(d);
	if (ret == 1)
		finish(d);
}

/*
 * After the handshake only alerts matter, and a repeated Finished, which the library
 * answers with our last flight again.
 */
static void after(struct dtls *d)
{
	uint8_t nothing[256];
	int ret;

	ERR_clear_error();
	do {
		ret = SSL_read(d->ssl, nothing, sizeof(nothing));
	} while (ret > 0);
	switch (SSL_get_error(d->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
		arm(d);
		return;
	case SSL_ERROR_ZERO_RETURN:
		SSL_shutdown(d->ssl);
		ERR_clear_error();
		end(d, DTLS_CLOSED, -ECONNRESET, "the far end closed its DTLS association");
		return;
	default:
		ERR_clear_error();
		end(d, DTLS_FAILED, -ECONNRESET, "the far end ended its DTLS association with an alert");
	}
}

static void on_retransmit(struct timer *t, void *arg)
{
	struct dtls *d = arg;

	(void)t;
	ERR_clear_error();
	if (DTLSv1_handle_timeout(d->ssl) < 0)
		broke(d);
	else
		arm(d);
}

int dtls_start(struct dtls *d, const struct dtls_fp_set *fp, uint32_t timeout_ms)
{
	if (d->state != DTLS_NEW)
		return 0;
	d->fp = *fp;
	d->timeout_ms = timeout_ms;
	d->started = clock_now();
	if (timer_start(&d->deadline, timeout_ms, on_deadline, d))
		return -ENOMEM;
	set_state(d, DTLS_HANDSHAKE);
	if (d->role == MEDIA_DTLS_ACTIVE)
		handshake(d);
	return 0;
}

void dtls_set_fp(struct dtls *d, const struct dtls_fp_set *fp)
{
	struct err why;

	d->fp = *fp;
	if (d->state != DTLS_SECURED || !dtls_check_peer(d, SSL_get0_peer_certificate(d->ssl), &why))
		return;
	SSL_shutdown(d->ssl);
	ERR_clear_error();
	end(d, DTLS_FAILED, why.code, why.text);
}

bool dtls_names(const struct dtls *d, const struct dtls_fp_set *fp)
{
	const X509 *x509 = d->state == DTLS_SECURED ? SSL_get0_peer_certificate(d->ssl) : NULL;

	return x509 && dtls_fp_match(fp, x509);
}

void dtls_retire(struct dtls *d)
{
	timer_cancel(&d->retransmit);
	timer_cancel(&d->deadline);
	timer_cancel(&d->doubt_timer);
	if (d->ssl)
		SSL_set_quiet_shutdown(d->ssl, 1);
}

static void input_handshake(struct dtls *d, const struct dtls_screened *s)
{
	uint64_t refused = d->stats.refused;
	char text[120];

	d->conflict |= s->client_hello;
	if (s->alert >= 0) {
		d->stats.plain_alerts++;
		snprintf(text, sizeof(text), "the far end gave up with DTLS alert %d (%s)", s->alert,
			 SSL_alert_desc_string_long(s->alert));
		doubt(d, -ECONNRESET, d->conflict ? setup_conflict : text);
	}
	if (!s->len)
		return;
	d->heard = true;
	handshake(d);
	if (d->state == DTLS_HANDSHAKE && s->alert < 0 && d->stats.refused == refused) {
		timer_cancel(&d->doubt_timer);
		d->goodbye_len = 0;
	}
}

void dtls_input(struct dtls *d, const uint8_t *data, size_t len)
{
	uint8_t good[DTLS_DATAGRAM_MAX];
	enum dtls_phase phase = d->state == DTLS_SECURED ? DTLS_PHASE_DONE :
		d->role == MEDIA_DTLS_ACTIVE ? DTLS_PHASE_CLIENT : DTLS_PHASE_SERVER;
	struct dtls_screened s;

	if (d->state != DTLS_HANDSHAKE && d->state != DTLS_SECURED)
		return;
	if (len > sizeof(good) || d->stats.refused >= MAX_REFUSED) {
		d->stats.junk++;
		return;
	}
	s = dtls_record_screen(phase, data, len, good);
	d->stats.junk += s.dropped;
	d->io.in = s.len ? good : NULL;
	d->io.in_len = s.len;
	if (d->state == DTLS_HANDSHAKE)
		input_handshake(d, &s);
	else if (s.len)
		after(d);
	d->io.in = NULL;
}
