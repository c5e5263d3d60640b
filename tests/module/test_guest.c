// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions of a guest behind the gateway, at the guest's own address: what comes for it is
 * opened in PREROUTING and forwarded, what it sends is protected in POSTROUTING.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <linux/virtio_net.h>

#include "lib/capture.h"
#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/pmtu.h"
#include "lib/raw_ip.h"
#include "lib/tap.h"

/**
 * struct guest - an open session, and the two ends
 * @s: the phone, on host a
 * @fd: the guest's socket, on host b
 */
struct guest {
	struct side s;
	int fd;
};

static void guest_open(struct guest *g, int af, uint16_t profile)
{
	struct addr local;

	side_open(&g->s, af, 'a', profile, NULL);
	local = host_addr(af, 'b', g->s.local.port);
	side_move(&g->s, &local, (struct nl_srtp_session){ .given = NL_SRTP_STATE,
							   .state = SRTP_STATE_OPEN });
	g->fd = udp_open(NS_B, &local);
}

static void guest_close(struct guest *g)
{
	close(g->fd);
	side_close(&g->s);
}

static bool guest_got(const struct guest *g, const uint8_t *p, size_t len)
{
	return plain_got(g->fd, &g->s.far, p, len);
}

static bool sends(struct guest *g, const uint8_t *p, size_t len)
{
	udp_send(g->fd, &g->s.far, p, len);
	return side_got(&g->s, p, len);
}

static bool receives(struct guest *g, const uint8_t *p, size_t len)
{
	side_send(&g->s, p, len);
	return guest_got(g, p, len);
}

static void test_both_ways(int af, uint16_t profile)
{
	uint8_t p[PACKET_MAX];
	struct guest g;
	bool ok = true;
	size_t n;

	guest_open(&g, af, profile);
	for (uint16_t i = 0; i < 20 && ok; i++) {
		n = rtp_simple(p, 1, i);
		ok = receives(&g, p, n);
		n = rtp_simple(p, 2, i);
		ok = ok && sends(&g, p, n);
		n = rtcp_build(p, 3, i, 2);
		ok = ok && receives(&g, p, n) && sends(&g, p, n);
	}
	tap(ok && drops_are(&g.s, DROPS()), "%s %s: a guest's RTP and RTCP, both ways", af_name(af),
	    suite_name(profile));
	/* Forged, sent twice, and the guest's own index twice. */
	n = rtp_simple(p, 1, 20);
	side_send_spoilt(&g.s, p, n);
	ok = guest_got(&g, p, n);
	n = rtp_simple(p, 2, 19);
	udp_send(g.fd, &g.s.far, p, n);
	n = rtp_simple(p, 2, 20);
	ok = ok && sends(&g, p, n);
	n = rtp_simple(p, 1, 21);
	ok = ok && receives(&g, p, n) && side_silent(&g.s);
	tap(ok && drops_are(&g.s, DROPS({ SRTP_DROP_AUTH, 1 }, { SRTP_DROP_REPLAY, 1 },
					{ SRTP_DROP_REUSE, 1 })),
	    "%s %s: forged, repeated, an index twice: nothing passes", af_name(af), suite_name(profile));
	guest_close(&g);
}

/* Exactly up to the MTU and no octet further; then the guest knows. */
static void test_too_long(int af, uint16_t profile)
{
	const unsigned int tag = profile == CM ? 10 : 16;
	struct rtp r = { .ssrc = 1, .seq = 1, .ext_words = -1,
			 .payload = (af == AF_INET ? 1472 : 1452) - tag - 12 };
	uint8_t p[PACKET_MAX];
	struct guest g;
	unsigned int mtu;
	ssize_t quoted;
	size_t n;
	bool ok;

	guest_open(&g, af, profile);
	pmtu_probe(g.fd, af);
	n = rtp_build(p, &r);
	ok = sends(&g, p, n);
	r.seq++;
	r.payload++;
	n = rtp_build(p, &r);
	udp_send(g.fd, &g.s.far, p, n);
	mtu = pmtu_told(g.fd, &quoted);
	ok = ok && (mtu == 1500 - tag || diag("told an MTU of %u", mtu));
	r.seq++;
	r.payload--;
	n = rtp_build(p, &r);
	ok = ok && sends(&g, p, n);
	tap(ok && drops_are(&g.s, DROPS({ SRTP_DROP_TOO_LONG, 1 })),
	    "%s %s: too long with its tag, a guest's packet is dropped, and the guest told", af_name(af),
	    suite_name(profile));

	/* In fragments they are put together, protected, and sent in fragments again. */
	pmtu_heed(g.fd, af);
	r.seq++;
	r.payload++;
	n = rtp_build(p, &r);
	ok = sends(&g, p, n);
	r.seq++;
	r.payload = 1900;
	n = rtp_build(p, &r);
	ok = ok && sends(&g, p, n) && receives(&g, p, n);
	tap(ok && drops_are(&g.s, DROPS({ SRTP_DROP_TOO_LONG, 1 })),
	    "%s %s: one that comes in fragments gets through", af_name(af), suite_name(profile));
	guest_close(&g);
}

/* No shorter packet of IPv6 is asked for than the least MTU: with its tag it leaves in fragments. */
static void test_least_mtu(uint16_t profile)
{
	struct rtp r = { .ssrc = 1, .seq = 1, .ext_words = -1, .payload = 1280 - 40 - 8 - 12 };
	uint8_t p[PACKET_MAX];
	struct guest g;
	size_t n;
	bool ok;

	guest_open(&g, AF_INET6, profile);
	shell("ip link set g0 mtu 1280");
	n = rtp_build(p, &r);
	ok = sends(&g, p, n);
	shell("ip link set g0 mtu 1500");
	tap(ok && drops_are(&g.s, DROPS()), "%s: a guest's packet of IPv6's least MTU gets through",
	    suite_name(profile));
	guest_close(&g);
}

/*
 * A guest leaves the fragmenting to a device (UFO): the datagram is one packet until then.  It is
 * written as a virtual machine would: a header of virtio, the packet, no checksum yet.
 */
static void send_ufo(int tun, const struct guest *g, const uint8_t *p, size_t len)
{
	union { struct virtio_net_hdr vnet; uint8_t data[4096]; } out = { .vnet = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .gso_type = VIRTIO_NET_HDR_GSO_UDP,
		.gso_size = 1448, .csum_offset = 6,
	} };
	uint8_t *ip = out.data + sizeof(struct virtio_net_hdr), *udp;
	const size_t head = raw_ip_head(ip, &g->s.local, &g->s.far, IPPROTO_UDP, 8 + len);

	out.vnet.hdr_len = (uint16_t)(head + 8);
	out.vnet.csum_start = (uint16_t)head;
	udp = ip + head;
	if (g->s.far.family == AF_INET)
		raw_ip_sum(ip);
	put16(udp, g->s.local.port);
	put16(udp + 2, g->s.far.port);
	put16(udp + 4, 8 + len);
	memcpy(udp + 8, p, len);
	if (write(tun, out.data, (size_t)(udp + 8 - out.data) + len) < 0)
		bail("tun: %s", strerror(errno));
}

static int tun_open(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	strcpy(ifr.ifr_name, name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		bail("/dev/net/tun: %s", strerror(errno));
	shell("ip link set %s up", name);
	return fd;
}

static void test_ufo(int af, uint16_t profile)
{
	struct nl_srtp_session state = { .given = NL_SRTP_STATE, .state = SRTP_STATE_HELD };
	struct rtp r = { .ssrc = 1, .seq = 1, .ext_words = -1, .payload = 1900 };
	struct captured seen;
	uint8_t p[PACKET_MAX];
	int tun = tun_open("vm0"), wire;
	struct guest g;
	size_t n;
	bool ok;

	guest_open(&g, af, profile);
	n = rtp_build(p, &r);
	wire = capture_open(NS_G, "g0");
	send_ufo(tun, &g, p, n);
	ok = side_got(&g.s, p, n);
	side_set(&g.s, state);
	send_ufo(tun, &g, p, n);
	ok = ok && drops_are(&g.s, DROPS({ SRTP_DROP_HELD, 1 }));
	/* Neither of the second fragment's octets nor of the first's. */
	seen = capture_search(wire, p + 1600, 100);
	close(wire);
	tap(ok && seen.longest && !seen.found, "%s %s: one that its guest leaves a device to fragment",
	    af_name(af), suite_name(profile));
	guest_close(&g);
	close(tun);
}

static void test_all(int af, uint16_t profile)
{
	test_ufo(af, profile);
	if (af == AF_INET6)
		test_least_mtu(profile);
	test_both_ways(af, profile);
	test_too_long(af, profile);
}

int main(void)
{
	gw_begin();
	shell("modprobe -q tun; sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 && "
	      "ip -n ta route add 10.2.0.0/24 via 10.1.0.1 && "
	      "ip -n ta route add fd02::/64 via fd01::1 && "
	      "ip -n tb route add 10.1.0.0/24 via 10.2.0.1 && "
	      "ip -n tb route add fd01::/64 via fd02::1");
	each_case(test_all);
	return tap_done();
}
