/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two DTLS ends in one process: a queue is the network, datagrams are delivered,
 * lost or changed one by one, and time only passes when nothing else can happen.
 */
#ifndef KSRTP_TEST_DTLS_NET_H
#define KSRTP_TEST_DTLS_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "dtls.h"
#include "dtls_bio.h"

struct net;

/** struct net_end - one of our associations (@d), or a bare OpenSSL object (@ssl) */
struct net_end {
	struct net *net;
	struct net_end *other;
	struct dtls *d;
	SSL *ssl;
	struct dtls_io io;		/* of @ssl */
	struct srtp_keys *keys;
	unsigned int secured, ended;
	struct err why;
	unsigned int sent;
	int last_alert;			/* description of the last plain alert sent, or -1 */
};

struct net_datagram {
	struct net_end *to;
	size_t len;
	uint8_t data[DTLS_MTU];
};

struct net {
	struct net_datagram queue[64];
	unsigned int count;
	unsigned int seen;		/* datagrams sent so far */
	/* Return false to lose datagram number @n (from 1). */
	bool (*deliver)(struct net *net, unsigned int n, struct net_datagram *d);
	unsigned int first, last;	/* for net_lose_some() */
};

/** net_setup() - clock, loop, arena; once per test; net_teardown() checks what is left. */
int net_setup(void **state);
int net_teardown(void **state);

void net_our(struct net *net, struct net_end *end, struct net_end *other, SSL_CTX *ctx,
	     enum media_dtls_role role);
/** net_bare() - @cert may be NULL; profiles as OpenSSL names them, NULL for none. */
void net_bare(struct net *net, struct net_end *end, struct net_end *other, bool client,
	      const struct dtls_cert *cert, const char *profiles);
void net_end_free(struct net_end *end);

/** net_fp() - the set of one certificate, by @alg. */
struct dtls_fp_set net_fp(const struct dtls_cert *cert, const char *alg);
SSL_CTX *net_ctx(const struct dtls_cert *cert, const uint16_t *profiles, unsigned int n);

/** net_send() - put a datagram into the network towards @to. */
void net_send(struct net_end *to, const uint8_t *data, size_t len);
/** net_run() - deliver and let time pass, at most @ms. */
void net_run(struct net *net, uint64_t ms);
bool net_lose_some(struct net *net, unsigned int n, struct net_datagram *d);

#endif /* KSRTP_TEST_DTLS_NET_H */
