// SPDX-License-Identifier: GPL-2.0-or-later
/* SIP over TCP: the stream's octets are the socket's. */
#include <errno.h>
#include <sys/socket.h>

#include "sip_stream_impl.h"

static ssize_t tcp_read(struct sip_conn *c, void *data, size_t len)
{
	const ssize_t n = recv(c->fd, data, len, 0);

	return n >= 0 ? n : errno == EINTR ? -EAGAIN : -errno;
}

static ssize_t tcp_write(struct sip_conn *c, const void *data, size_t len)
{
	const ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

	return n >= 0 ? n : errno == EINTR ? -EAGAIN : -errno;
}

static const struct sip_stream_io tcp_io = {
	.side = {
		.proto = SIP_TCP,
		.reliable = true,
		.send = sip_stream_send,
		.flow = sip_stream_flow,
		.close = sip_stream_close,
	},
	.read = tcp_read,
	.write = tcp_write,
};

int sip_tcp_client(struct sip_transp *t, const struct addr *local,
		   const struct sip_stream_conf *conf, struct err *e)
{
	return sip_stream_add(t, -1, local, conf, &tcp_io, NULL, e);
}

int sip_tcp_add(struct sip_transp *t, int fd, const struct addr *advertised,
		const struct sip_stream_conf *conf, struct err *e)
{
	return sip_stream_add(t, fd, advertised, conf, &tcp_io, NULL, e);
}
