// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets whose octets are in pages, split wherever it hurts, and packets that are a file's own
 * pages: what comes out is what comes out of the same packet in one piece, and the file stays
 * as it was.  Every suite, every way.  Rules in PREROUTING and OUTPUT.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/any.h"
#include "lib/ns.h"
#include "lib/tap.h"
#include "lib/way.h"

#define EVENT	"/sys/kernel/tracing/events/net/netif_rx_entry/"
#define TRACE	"/sys/kernel/tracing/trace"
#define SPLITS	20	/* packets that are split, for each way and suite */
#define FILES	5	/* and ones from a file */

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail("%s: %s", path, strerror(errno));
	close(fd);
}

/* Packets with pages that the gateway's device has received since the last call. */
static unsigned int paged(void)
{
	FILE *f = fopen(TRACE, "re");
	unsigned int n = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "netif_rx_entry:") != NULL;
	if (!f)
		bail("%s: %s", TRACE, strerror(errno));
	fclose(f);
	put(TRACE, "");
	return n;
}

/* RTP or RTCP of all sizes. */
static size_t make(uint8_t *p, uint16_t seq)
{
	const struct rtp r = { .ssrc = 7, .seq = seq, .payload = 1 + any(1200), .csrcs = any(3) ? 0 : any(16),
			       .ext_words = any(2) ? -1 : (int)any(9), .padding = any(4) ? 0 : 1 };

	return any(5) ? rtp_build(p, &r) : rtcp_build(p, 7, seq, any(100));
}

/* In up to four parts: the first is the packet's linear one, the others are put in pages. */
static void send_split(struct way *w, const uint8_t *p, size_t len, unsigned int parts)
{
	struct sockaddr_storage ss;
	const socklen_t n = addr_to_sockaddr(&w->to, &ss);
	size_t from = 0;

	for (unsigned int i = 0; i < parts; i++) {
		/* No part is empty; the first cut is in the header half of the time. */
		const size_t room = len - from - (parts - 1 - i);
		const size_t to = i + 1 == parts ? len :
				  from + 1 + any(i == 0 && any(2) ? 9 : (unsigned int)room);

		if (sendto(w->fd, p + from, to - from, i + 1 < parts ? MSG_MORE : 0,
			   (struct sockaddr *)&ss, n) != (ssize_t)(to - from))
			bail("part %u of a packet: %s", i, strerror(errno));
		from = to;
	}
}

static bool test_splits(struct way *w)
{
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX];

	for (uint16_t i = 0; i < SPLITS; i++) {
		const size_t n = make(plain, i), len = way_make(w, wire, plain, n);
		const unsigned int parts = 2 + any(3);

		send_split(w, wire, len, parts);
		if (!way_got(w, plain, n))
			return diag("packet %u of %zu octets, in %u parts", i, len, parts);
	}
	return true;
}

/* The pages of a file, of IPv4 across a boundary: nobody has the right to write into them. */
static bool test_file(struct way *w)
{
	int fd = memfd_create("packets", MFD_CLOEXEC);
	uint8_t plain[PACKET_MAX], wire[PACKET_MAX], after[PACKET_MAX];
	struct sockaddr_storage ss;
	const socklen_t n = addr_to_sockaddr(&w->to, &ss);
	bool ok = true;

	if (fd < 0 || ftruncate(fd, 8192) || connect(w->fd, (struct sockaddr *)&ss, n))
		bail("a file to send from: %s", strerror(errno));
	for (uint16_t i = 0; i < FILES && ok; i++) {
		const size_t octets = make(plain, (uint16_t)(SPLITS + i));
		const size_t len = way_make(w, wire, plain, octets);
		/* Before Linux 6.5 IPv6 copies, and makes a datagram of what is in each page. */
		const off_t at = w->af == AF_INET ? 4096 - (off_t)any((unsigned int)len) : 100 * i;
		off_t from = at;

		if (pwrite(fd, wire, len, at) != (ssize_t)len ||
		    sendfile(w->fd, fd, &from, len) != (ssize_t)len)
			bail("sendfile: %s", strerror(errno));
		ok = way_got(w, plain, octets);
		if (pread(fd, after, len, at) != (ssize_t)len || memcmp(after, wire, len))
			ok = diag("the file has changed");
	}
	close(fd);
	return ok;
}

static void test_way(enum way_kind kind, int af, uint16_t profile)
{
	unsigned int least = SPLITS + (af == AF_INET ? FILES : 0), n;
	struct way w;
	bool ok;

	way_open(&w, kind, af, profile, NULL);
	paged();
	ok = test_splits(&w);
	ok = ok && test_file(&w);
	n = paged();
	/* From a program they are put in one piece before any device can tell. */
	if (ok && kind != WAY_SEND && (n < least || n > SPLITS + FILES))
		ok = diag("%u packets came in pages, the test does not test", n);
	tap(ok && way_silent(&w) && way_drops(&w, DROPS()), "%s: in pages", w.name);
	way_close(&w);
}

int main(void)
{
	const char *name;
	uint16_t profile;

	gw_begin();
	put(EVENT "filter", "data_len > 0 && name == \"g0\"");
	put(EVENT "enable", "1");
	for (size_t i = 0; (name = nl_srtp_profile_list(i, &profile)); i++)
		for (enum way_kind kind = 0; kind < WAYS && profile != PLAIN; kind++) {
			test_way(kind, AF_INET, profile);
			test_way(kind, AF_INET6, profile);
		}
	put(EVENT "enable", "0");
	return tap_done();
}
