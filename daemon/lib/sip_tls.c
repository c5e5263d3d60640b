// SPDX-License-Identifier: GPL-2.0-or-later
#include "sip_tls.h"

#include <errno.h>

#include "err.h"
#include "sip_stream_impl.h"

static int on_open(struct sip_conn *c)
{
	if (c->outgoing && !c->name)
		return -EINVAL;
	c->io = tls_new(c->stream->io_arg, c->fd, c->name);
	return c->io ? 0 : -ENOMEM;
}

static int on_handshake(struct sip_conn *c, struct err *e)
{
	return tls_handshake(c->io, c->name, e);
}

static ssize_t on_read(struct sip_conn *c, void *data, size_t len)
{
	return tls_read(c->io, data, len);
}

static ssize_t on_write(struct sip_conn *c, const void *data, size_t len)
{
	return tls_write(c->io, data, len);
}

static bool on_buffered(const struct sip_conn *c)
{
	return SSL_pending(c->io) > 0;
}

static bool on_wants_write(const struct sip_conn *c)
{
	return SSL_want_write((SSL *)c->io);
}

/* close_notify; nobody waits for the other one */
static void on_bye(struct sip_conn *c)
{
	SSL_shutdown(c->io);
}

static void on_free(struct sip_conn *c)
{
	SSL_free(c->io);
}

static int tls_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	struct sip_hop hop = *to;
	char ip[ADDR_STRLEN];
	struct err e = { 0 };
	int rc = 0;

	if (!hop.flow)
		rc = sip_tls_flow(side->transp, &hop, addr_ip_str(&to->remote, ip), &e);
	return rc ? rc : sip_stream_send(side, &hop, data, len);
}

static int tls_flow(struct sip_side *side, struct sip_hop *to)
{
	char ip[ADDR_STRLEN];
	struct err e = { 0 };

	/* Whom a flow that is gone was to is not known any more. */
	if (to->flow)
		return sip_stream_conn(side->impl, to->flow) ? sip_stream_flow(side, to) :
		       -ENOTCONN;
	return sip_tls_flow(side->transp, to, addr_ip_str(&to->remote, ip), &e);
}

static const struct sip_stream_io tls_stream_io = {
	.side = {
		.proto = SIP_TLS,
		.reliable = true,
		.send = tls_send,
		.flow = tls_flow,
		.close = sip_stream_close,
	},
	.open = on_open,
	.handshake = on_handshake,
	.read = on_read,
	.write = on_write,
	.buffered = on_buffered,
	.wants_write = on_wants_write,
	.bye = on_bye,
	.free = on_free,
};

static struct sip_stream *stream_of(const struct sip_transp *t, unsigned int side)
{
	return side < t->nsides && t->side[side]->ops == &tls_stream_io.side ?
	       t->side[side]->impl : NULL;
}

int sip_tls_flow(struct sip_transp *t, struct sip_hop *hop, const char *domain, struct err *e)
{
	struct sip_stream *s = stream_of(t, hop->side);
	struct sip_conn *c = s ? sip_stream_reach(s, &hop->remote, domain, e) : NULL;

	if (!s)
		return err_set(e, -EINVAL, "not a TLS side");
	if (!c)
		return e && e->code ? e->code : -ENOMEM;
	c->asked = true;
	hop->flow = c->flow;
	return 0;
}

int sip_tls_peer(const struct sip_transp *t, const struct sip_hop *from, struct cert_names *out)
{
	const struct sip_stream *s = stream_of(t, from->side);
	struct sip_conn *c = s ? sip_stream_conn(s, from->flow) : NULL;

	return c && c->state == CONN_OPEN ? tls_peer_names(c->io, out) : -ENOENT;
}

int sip_tls_add(struct sip_transp *t, int fd, const struct addr *advertised,
		const struct sip_stream_conf *conf, struct tls_ctx *tls, struct err *e)
{
	return sip_stream_add(t, fd, advertised, conf, &tls_stream_io, tls, e);
}

int sip_tls_client(struct sip_transp *t, const struct addr *local,
		   const struct sip_stream_conf *conf, struct tls_ctx *tls, struct err *e)
{
	return sip_stream_add(t, -1, local, conf, &tls_stream_io, tls, e);
}
