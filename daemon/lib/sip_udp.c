// SPDX-License-Identifier: GPL-2.0-or-later
/* SIP over UDP: one unconnected socket a side. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "sip_transp.h"

#define DATAGRAMS_PER_WAKE	64	/* then timers and the other sides have their turn */
#define SOCKET_BUFFER		(1 << 20)

struct udp {
	struct loop_watch watch;
	int fd;
};

int sip_udp_bind(const struct addr *a, struct err *e)
{
	const int on = 1, space = SOCKET_BUFFER;
	struct sockaddr_storage ss;
	const socklen_t len = addr_to_sockaddr(a, &ss);
	char text[ADDR_STRLEN];
	int fd, rc;

	fd = socket(a->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		rc = -errno;
		return err_set(e, rc, "no UDP socket for %s: %s", addr_str(a, text), strerror(-rc));
	}
	/* One socket is one address: IPv4 has its own side. */
	if (a->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	/* Room for a burst while one message is worked on; the kernel may give less. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof(space));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &space, sizeof(space));
	if (bind(fd, (struct sockaddr *)&ss, len)) {
		rc = -errno;
		close(fd);
		return err_set(e, rc, "cannot bind UDP %s: %s%s", addr_str(a, text), strerror(-rc),
			       rc == -EADDRINUSE ? " (is another SIP server running?)" :
			       rc == -EADDRNOTAVAIL ? " (no interface has this address)" : "");
	}
	return fd;
}

static int udp_send(struct sip_side *side, const struct sip_hop *to, const void *data, size_t len)
{
	const struct udp *u = side->impl;
	struct sockaddr_storage ss;
	const socklen_t sslen = addr_to_sockaddr(&to->remote, &ss);

	if (sendto(u->fd, data, len, MSG_NOSIGNAL, (struct sockaddr *)&ss, sslen) >= 0)
		return 0;
	/* A full queue is a lost packet: retransmission is there for that. */
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? 0 : -errno;
}

static void udp_close(struct sip_side *side)
{
	struct udp *u = side->impl;

	loop_unwatch(&u->watch);
	close(u->fd);
	side->impl = NULL;
	loop_defer_free(u);
}

static void on_readable(struct loop_watch *w, int fd, unsigned int events, void *arg)
{
	static uint8_t datagram[SIP_MAX_MESSAGE + 1];
	struct sip_side *side = arg;

	(void)w;
	(void)events;
	for (unsigned int i = 0; i < DATAGRAMS_PER_WAKE && side->impl; i++) {
		struct sip_hop from = { .side = side->index, .proto = SIP_UDP };
		struct sockaddr_storage ss;
		socklen_t sslen = sizeof(ss);
		const ssize_t n = recvfrom(fd, datagram, sizeof(datagram), 0,
					   (struct sockaddr *)&ss, &sslen);

		if (n < 0 && errno == EAGAIN)
			break;
		/* Anything else is an ICMP error of something sent: nothing to read, go on. */
		if (n >= 0 && addr_from_sockaddr(&from.remote, &ss) == 0 && from.remote.port)
			sip_transp_input(side->transp, &from, datagram, (size_t)n);
	}
}

static const struct sip_side_ops udp_ops = {
	.proto = SIP_UDP,
	.send = udp_send,
	.close = udp_close,
};

int sip_udp_add(struct sip_transp *t, int fd, const struct addr *advertised, struct err *e)
{
	struct sockaddr_storage ss;
	socklen_t sslen = sizeof(ss);
	struct addr local;
	struct udp *u = calloc(1, sizeof(*u));
	int index, rc = -ENOMEM;

	if (!u)
		goto fail;
	u->fd = fd;
	rc = getsockname(fd, (struct sockaddr *)&ss, &sslen) ? -errno :
	     addr_from_sockaddr(&local, &ss);
	if (rc)
		goto fail;
	index = sip_transp_add(t, &udp_ops, &local, advertised, u);
	rc = index;
	if (rc < 0)
		goto fail;
	rc = loop_watch(&u->watch, fd, LOOP_READ, on_readable, t->side[index]);
	if (rc) {
		t->nsides--;
		free(t->side[index]);
		goto fail;
	}
	return index;
fail:
	close(fd);
	free(u);
	return err_set(e, rc, "SIP side not added: %s", rc == -EINVAL ?
		       "bound to no particular address, so one to advertise is needed" :
		       strerror(-rc));
}
