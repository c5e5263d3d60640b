// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The least that a relay in user space can do: receive, unprotect and protect by
 * libsrtp2, send. No jitter buffer, no statistics, no second call.
 *
 *	relay_user SUITE DIRECTION	in namespace bw; says "ready", runs until killed
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../module/lib/ns.h"
#include "../module/lib/tap.h"
#include "lib/gen.h"
#include "lib/packets.h"

static int open_leg(const char *ip, const char *peer, uint16_t port)
{
	struct sockaddr_in local = gen_addr(ip, FIRST_PORT, 0), remote = gen_addr(peer, port, 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)) ||
	    connect(fd, (struct sockaddr *)&remote, sizeof(remote)))
		bail("socket %s", ip);
	return fd;
}

int main(int argc, char **argv)
{
	uint8_t packet[PACKET_SLOT] __attribute__((aligned(8)));
	uint8_t in_key[KEY_MAX], out_key[KEY_MAX];
	const struct suite *suite = argc == 3 ? suite_find(argv[1]) : NULL;
	srtp_t in = NULL, out = NULL;
	int from, to;

	if (!suite)
		bail("usage: relay_user SUITE protect|unprotect|both");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (srtp_init() != srtp_err_status_ok)
		bail("libsrtp does not start");
	bench_key(in_key, 0);
	bench_key(out_key, 1);
	if (suite->set && strcmp(argv[2], "protect"))
		in = srtp_for(suite, in_key, false);
	if (suite->set && strcmp(argv[2], "unprotect"))
		out = srtp_for(suite, out_key, true);
	ns_enter("bw");
	from = open_leg("10.1.0.1", GEN_IP, GEN_PORT);
	to = open_leg("10.2.0.1", SINK_IP, SINK_PORT);
	puts("ready");
	fflush(stdout);
	for (;;) {
		ssize_t got = recv(from, packet, sizeof(packet) - SRTP_MAX_TRAILER_LEN, 0);
		int len = (int)got;

		if (got < 0)
			bail("recv");
		if (in && srtp_unprotect(in, packet, &len) != srtp_err_status_ok)
			continue;
		if (out && srtp_protect(out, packet, &len) != srtp_err_status_ok)
			continue;
		if (send(to, packet, (size_t)len, 0) != len)
			bail("send");
	}
}
