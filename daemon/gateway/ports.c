// SPDX-License-Identifier: GPL-2.0-or-later
#include "ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

/* How many pairs that others hold are passed over before giving up. */
#define PORTS_TRIES	64

struct rested {
	uint16_t even;
	uint64_t ready;		/* clock_now() from which it may be used */
};

/**
 * struct ports - range
 * @queue: ring of the free pairs; @head is the one that has rested longest
 */
struct ports {
	struct addr ip;
	unsigned int npairs;
	unsigned int nfree;
	unsigned int head;
	struct rested queue[];
};

/* Where the next call's media will be is nobody's to guess (RFC 6056). */
static int shuffle(struct ports *p)
{
	for (unsigned int i = p->npairs - 1; i > 0; i--) {
		struct rested tmp = p->queue[i];
		uint32_t r;

		if (getrandom(&r, sizeof(r), 0) != sizeof(r))
			return -EIO;
		r %= i + 1;
		p->queue[i] = p->queue[r];
		p->queue[r] = tmp;
	}
	return 0;
}

struct ports *ports_new(const struct addr *ip, uint16_t min, uint16_t max, struct err *e)
{
	unsigned int first = (min + 1u) & ~1u;
	unsigned int npairs;
	struct ports *p;

	if (first == 0)
		first = 2;
	if (max <= first) {
		err_set(e, -EINVAL, "media ports %u to %u hold no pair of an even and the next odd port",
			min, max);
		return NULL;
	}
	npairs = (max - first + 1) / 2;
	p = calloc(1, sizeof(*p) + npairs * sizeof(p->queue[0]));
	if (!p) {
		err_set(e, -ENOMEM, "no memory for %u media ports", npairs);
		return NULL;
	}
	p->ip = *ip;
	p->npairs = npairs;
	p->nfree = npairs;
	for (unsigned int i = 0; i < npairs; i++)
		p->queue[i].even = (uint16_t)(first + 2 * i);
	if (shuffle(p)) {
		err_set(e, -EIO, "no random numbers from the kernel");
		free(p);
		return NULL;
	}
	return p;
}

void ports_free(struct ports *p)
{
	free(p);
}

unsigned int ports_in_use(const struct ports *p)
{
	return p->npairs - p->nfree;
}

/* No SO_REUSEADDR: with it a second program could bind the same port and take the DTLS. */
static int bound(const struct addr *ip, uint16_t port, int *fd)
{
	struct addr a = *ip;
	struct sockaddr_storage ss;
	socklen_t len;
	int s, one = 1, err;

	s = socket(a.family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -errno;
	a.port = port;
	len = addr_to_sockaddr(&a, &ss);
	if ((a.family == AF_INET6 &&
	     setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one))) ||
	    bind(s, (struct sockaddr *)&ss, len)) {
		err = -errno;
		close(s);
		return err;
	}
	*fd = s;
	return 0;
}

static int bind_pair(const struct ports *p, uint16_t even, bool two, struct port_pair *out)
{
	int err;

	*out = (struct port_pair){ .even = even, .rtp_fd = -1, .rtcp_fd = -1 };
	err = bound(&p->ip, even, &out->rtp_fd);
	if (!err && two)
		err = bound(&p->ip, (uint16_t)(even + 1), &out->rtcp_fd);
	if (err && out->rtp_fd >= 0)
		close(out->rtp_fd);
	if (err)
		*out = (struct port_pair){ .rtp_fd = -1, .rtcp_fd = -1 };
	return err;
}

static uint16_t pop(struct ports *p)
{
	uint16_t even = p->queue[p->head].even;

	p->head = (p->head + 1) % p->npairs;
	p->nfree--;
	return even;
}

static void push(struct ports *p, uint16_t even)
{
	unsigned int tail = (p->head + p->nfree) % p->npairs;

	p->queue[tail] = (struct rested){ .even = even, .ready = clock_now() + PORTS_REST_MS };
	p->nfree++;
}

int ports_take(struct ports *p, bool two, struct port_pair *out, struct err *e)
{
	char ip[ADDR_STRLEN];

	*out = (struct port_pair){ .rtp_fd = -1, .rtcp_fd = -1 };
	for (int tries = 0; tries < PORTS_TRIES; tries++) {
		uint16_t even;
		int err;

		if (p->nfree == 0 || p->queue[p->head].ready > clock_now())
			break;
		even = pop(p);
		err = bind_pair(p, even, two, out);
		if (!err)
			return 0;
		push(p, even);
		if (err != -EADDRINUSE)
			return err_set(e, err, "media port %u of %s cannot be bound", even,
				       addr_ip_str(&p->ip, ip));
		log_limited(LOG_LVL_WARN, "media port is held by another program",
			    F_STR("ip", addr_ip_str(&p->ip, ip)), F_U64("port", even));
	}
	return err_set(e, -ENOBUFS, "no free media port on %s: %u pairs in use, %u resting or taken by "
		       "others; widen the side's media port range", addr_ip_str(&p->ip, ip),
		       ports_in_use(p), p->nfree);
}

void ports_give(struct ports *p, struct port_pair *pair)
{
	if (!pair->even)
		return;
	close(pair->rtp_fd);
	if (pair->rtcp_fd >= 0)
		close(pair->rtcp_fd);
	push(p, pair->even);
	*pair = (struct port_pair){ .rtp_fd = -1, .rtcp_fd = -1 };
}
