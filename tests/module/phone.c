// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A phone that speaks SRTP by libsrtp2 to a media server: sends PCMU packets of 20 ms, and
 * looks at what comes back.
 *
 *	phone echo|audio ADDRESS PORT SERVER PORT PROFILE KEY-TO-SERVER KEY-FROM-SERVER PACKETS
 *
 * Keys are files of hexadecimal digits. echo: every packet has to come back as it was sent. audio: what
 * comes back, in packets of whoever made them, has to be four fifths of the audio that was sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define FRAME 160	/* octets of 20 ms of PCMU */
#define MOST 1000	/* packets */

static uint8_t sent[MOST * FRAME], came[4 * MOST * FRAME];
static size_t came_len;

static void read_key(const char *path, uint8_t *key, size_t want)
{
	FILE *f = fopen(path, "r");
	unsigned int octet;
	size_t n = 0;

	if (!f)
		bail("%s cannot be read", path);
	while (n < KEY_LEN && fscanf(f, "%2x", &octet) == 1)
		key[n++] = (uint8_t)octet;
	fclose(f);
	if (n != want)
		bail("%s has %zu octets, not %zu", path, n, want);
}

/* Any octet but those that mean zero, of which there are two. */
static void make(uint8_t *pkt, uint16_t i)
{
	static const uint8_t header[] = { 0x80, 0, 0, 0, 0, 0, 0, 0, 0x0b, 0xad, 0xca, 0xfe };
	uint32_t time = 160u * i;

	memcpy(pkt, header, 12);
	pkt[2] = (uint8_t)(i >> 8);
	pkt[3] = (uint8_t)i;
	for (int k = 0; k < 4; k++)
		pkt[4 + k] = (uint8_t)(time >> (24 - 8 * k));
	for (int k = 0; k < FRAME; k++) {
		pkt[12 + k] = (uint8_t)random();
		if ((pkt[12 + k] & 0x7f) == 0x7f)
			pkt[12 + k] = 1;
	}
	memcpy(sent + i * FRAME, pkt + 12, FRAME);
}

/* Opens what has come within @ms. Return: false when nothing came. */
static bool take(int fd, srtp_t recv, int ms, uint8_t *out, int *len)
{
	union { uint32_t align; uint8_t data[PACKET_MAX]; } in;
	ssize_t got = udp_recv(fd, in.data, sizeof(in.data), ms, NULL);

	if (got < 0)
		return false;
	*len = (int)got;
	if (got < 12 || srtp_unprotect(recv, in.data, len) != srtp_err_status_ok)
		bail("what came is not SRTP under that key");
	memcpy(out, in.data, (size_t)*len);
	return true;
}

static void take_audio(int fd, srtp_t recv, int ms)
{
	uint8_t in[PACKET_MAX];
	int len;

	while (take(fd, recv, ms, in, &len)) {
		if (came_len + (size_t)len - 12 > sizeof(came))
			bail("too much came");
		memcpy(came + came_len, in + 12, (size_t)len - 12);
		came_len += (size_t)len - 12;
	}
}

static bool echoed(int fd, srtp_t recv, const uint8_t *pkt, int len)
{
	uint8_t in[PACKET_MAX];
	int n;

	return take(fd, recv, DEADLINE_MS, in, &n) && n == len && !memcmp(in, pkt, (size_t)len);
}

int main(int argc, char **argv)
{
	union { uint32_t align; uint8_t data[PACKET_MAX]; } buf;
	const struct timespec pause = { .tv_nsec = 20000000 };
	uint8_t key[KEY_LEN], pkt[PACKET_MAX];
	size_t key_len, salt_len, n;
	struct addr local, server;
	srtp_t send, recv;
	uint16_t profile;
	bool echo;
	int fd;

	if (argc != 10 || srtp_init() != srtp_err_status_ok)
		bail("usage: see the head of tests/module/phone.c");
	echo = !strcmp(argv[1], "echo");
	n = strtoul(argv[9], NULL, 10);
	profile = !strcmp(argv[6], "AEAD_AES_128_GCM") ? GCM : CM;
	if (addr_parse(&local, argv[2], (uint16_t)atoi(argv[3])) ||
	    addr_parse(&server, argv[4], (uint16_t)atoi(argv[5])) || n < 1 || n > MOST)
		bail("addresses or number of packets");
	nl_srtp_profile_sizes(profile, &key_len, &salt_len);
	read_key(argv[7], key, key_len + salt_len);
	send = phone_srtp(profile, key, true);
	read_key(argv[8], key, key_len + salt_len);
	recv = phone_srtp(profile, key, false);
	fd = udp_open(NS_A, &local);
	for (uint16_t i = 0; i < n; i++) {
		int len = 12 + FRAME;

		make(pkt, i);
		memcpy(buf.data, pkt, (size_t)len);
		if (srtp_protect(send, buf.data, &len) != srtp_err_status_ok)
			bail("srtp_protect");
		udp_send(fd, &server, buf.data, (size_t)len);
		if (echo && !echoed(fd, recv, pkt, 12 + FRAME))
			bail("packet %u did not come back as it was", i);
		if (!echo) {
			nanosleep(&pause, NULL);
			take_audio(fd, recv, 0);
		}
	}
	if (!echo) {
		take_audio(fd, recv, 2000);
		if (came_len < n * FRAME * 4 / 5 || !memmem(sent, n * FRAME, came, came_len))
			bail("%zu octets of audio came back, of %zu%s", came_len, n * FRAME,
			     memmem(sent, n * FRAME, came, came_len) ? "" : ", changed");
	}
	return 0;
}
