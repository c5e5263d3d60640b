/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dtls.c and dtls_ctx.c share and nobody else sees. */
#ifndef KSRTP_DTLS_IMPL_H
#define KSRTP_DTLS_IMPL_H

#include "dtls.h"
#include "dtls_bio.h"
#include "timer.h"

/**
 * struct dtls - an association
 * @answered: passive: a ServerHello went out, so a failure is no longer stateless
 * @conflict: active: the far end sent a ClientHello all the same
 * @why: filled by a callback that is about to make OpenSSL fail
 * @doubt: something that nobody vouches for says this handshake is over; believed
 *	when nothing better comes before @doubt_timer
 * @goodbye: the alert that tells the far end, held back until then
 */
struct dtls {
	SSL_CTX *ctx;
	SSL *ssl;
	struct dtls_io io;
	enum media_dtls_role role;
	enum dtls_state state;
	const struct dtls_ops *ops;
	void *arg;
	struct dtls_fp_set fp;

	struct timer retransmit;
	struct timer deadline;
	uint32_t timeout_ms;
	uint64_t started;
	uint32_t took_ms;

	bool heard, answered, conflict;
	struct err why;
	struct err doubt;
	struct timer doubt_timer;
	uint8_t goodbye[32];
	size_t goodbye_len;
	struct dtls_stats stats;
};

/** dtls_check_peer() - profile agreed, certificate one of those signalled? 0, or -errno and @e. */
int dtls_check_peer(struct dtls *d, const X509 *x509, struct err *e);

#endif /* KSRTP_DTLS_IMPL_H */
