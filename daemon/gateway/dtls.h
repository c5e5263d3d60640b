/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One DTLS-SRTP association (RFC 5764): the handshake on one UDP port, with one far
 * end, that yields the keys of one kernel session.
 *
 * Fail closed: keys are exported only when the handshake is complete, a protection
 * profile was agreed and the far end's certificate is one that signalling named.
 * This file knows neither sockets nor the kernel; its owner moves the datagrams.
 *
 *	NEW ──start──> HANDSHAKE ──keys──> SECURED ──close_notify──> CLOSED
 *	                   │                  │
 *	                   └──────────────────┴──> FAILED
 */
#ifndef KSRTP_DTLS_H
#define KSRTP_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "dtls_cert.h"
#include "dtls_fp.h"
#include "err.h"
#include "media_proto.h"
#include "srtp_keys.h"

enum dtls_state {
	DTLS_NEW,
	DTLS_HANDSHAKE,
	DTLS_SECURED,
	DTLS_CLOSED,	/* the far end said goodbye */
	DTLS_FAILED,
};

const char *dtls_state_name(enum dtls_state state);

struct dtls;

/**
 * struct dtls_ops - what the owner is told
 * @send: one datagram to the far end; must not free the association
 * @secured: once; @keys become the owner's
 * @ended: once; FAILED or CLOSED, with the reason: -EACCES the certificate is not
 *	one that was signalled, -EPROTO no common profile or a broken handshake,
 *	-ETIMEDOUT, -ECONNRESET the far end closed or gave up
 *
 * @secured and @ended may free the association.
 */
struct dtls_ops {
	void (*send)(struct dtls *d, const uint8_t *data, size_t len, void *arg);
	void (*secured)(struct dtls *d, struct srtp_keys *keys, void *arg);
	void (*ended)(struct dtls *d, const struct err *why, void *arg);
};

/** struct dtls_stats - what was not believed */
struct dtls_stats {
	uint64_t junk;		/* records that cannot be part of the handshake */
	uint64_t plain_alerts;	/* alerts nobody vouches for */
	uint64_t refused;	/* ClientHellos we could not serve */
};

/**
 * dtls_ctx_new() - what all associations of one side share
 * @cert: ours; copied by reference count, the caller may free his
 * @profiles: SRTP protection profiles by preference, at least one
 *
 * DTLS 1.2, ECDHE suites only, certificates asked for in both directions, neither
 * tickets nor renegotiation.
 *
 * Return: the context (freed with SSL_CTX_free(), associations keep it alive) or
 * NULL with @e filled.
 */
SSL_CTX *dtls_ctx_new(const struct dtls_cert *cert, const uint16_t *profiles,
		      unsigned int nprofiles, struct err *e);

/** dtls_new() - in state NEW. NULL without memory. */
struct dtls *dtls_new(SSL_CTX *ctx, enum media_dtls_role role, const struct dtls_ops *ops,
		      void *arg);

/** dtls_free() - says goodbye when secured, stops timers, wipes; from any callback but send. */
void dtls_free(struct dtls *d);

/**
 * dtls_start() - begin (active: send the ClientHello; passive: take one)
 * @fp: which certificates the far end may show
 * @timeout_ms: until secured
 *
 * Return: 0 or -ENOMEM.  @ops->ended may be called from here.
 */
int dtls_start(struct dtls *d, const struct dtls_fp_set *fp, uint32_t timeout_ms);

/**
 * dtls_set_fp() - signalling named other certificates
 *
 * During the handshake the new set counts.  When secured, the certificate shown must
 * be in the new set too, else the association FAILED and @ops->ended is called.
 */
void dtls_set_fp(struct dtls *d, const struct dtls_fp_set *fp);

/** dtls_names() - is the certificate that a secured association was agreed with in @fp? */
bool dtls_names(const struct dtls *d, const struct dtls_fp_set *fp);

/** dtls_retire() - another association takes its place: it says nothing any more, nor goodbye. */
void dtls_retire(struct dtls *d);

/** dtls_input() - a datagram from the far end's address. Ignored unless running. */
void dtls_input(struct dtls *d, const uint8_t *data, size_t len);

enum dtls_state dtls_state(const struct dtls *d);
/** dtls_peer_fp() - sha-256 fingerprint of the far end's certificate; len 0 unless SECURED. */
void dtls_peer_fp(const struct dtls *d, struct media_fingerprint *out);
/** dtls_stats() - counters since dtls_new(). */
const struct dtls_stats *dtls_stats(const struct dtls *d);
/** dtls_took_ms() - from dtls_start() to SECURED; 0 before. */
uint32_t dtls_took_ms(const struct dtls *d);

#endif /* KSRTP_DTLS_H */
