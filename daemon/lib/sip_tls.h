/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIP over TLS (RFC 3261 section 26.3.1, RFC 5922): connections of sip_stream.h with
 * tls_io.h in between.
 *
 * Whom a connection is to is settled when it is made, by name: sip_tls_flow().  After
 * that its flow stands for that name.  A hop without a flow is taken for a server
 * whose certificate names its numeric address, which few do.
 */
#ifndef KSRTP_SIP_TLS_H
#define KSRTP_SIP_TLS_H

#include "sip_stream.h"
#include "tls_io.h"

/**
 * sip_tls_add() - make a listening socket (sip_stream_listen()) a TLS side
 * @fd: taken over, also on failure
 * @tls: stays the caller's, and has to outlive the side
 *
 * Return: index of the side or -errno.
 */
int sip_tls_add(struct sip_transp *t, int fd, const struct addr *advertised,
		const struct sip_stream_conf *conf, struct tls_ctx *tls, struct err *e);

/** sip_tls_client() - a TLS side that connects only; sip_tcp_client(). */
int sip_tls_client(struct sip_transp *t, const struct addr *local,
		   const struct sip_stream_conf *conf, struct tls_ctx *tls, struct err *e);

/**
 * sip_tls_flow() - a connection to @domain at @hop->remote, an old one or a new one
 * @hop: its side has to be TLS; gets its flow
 * @domain: the domain asked for, before DNS made another of it (RFC 5922 section 4)
 *
 * What is sent by it waits until the certificate has been checked.  Return: 0 or -errno.
 */
int sip_tls_flow(struct sip_transp *t, struct sip_hop *hop, const char *domain, struct err *e);

/**
 * sip_tls_peer() - SIP domains of the certificate that the far end of a flow showed
 *
 * Return: 0; -ENOENT when it showed none, or there is no such flow.
 */
int sip_tls_peer(const struct sip_transp *t, const struct sip_hop *from, struct cert_names *out);

#endif /* KSRTP_SIP_TLS_H */
