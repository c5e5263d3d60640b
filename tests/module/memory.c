// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory DIR: installs, uses, replaces and deletes keys, and stops after each so that somebody
 * can look for them in this guest's memory (tests/debug/30-memory).
 *
 * The keys come from DIR/keys with every octet inverted, and stand here only for as long as it
 * takes to hand them on: what is found is found in the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/snapshot.h"
#include "lib/tap.h"

#define SETS 5
#define SLOTS 4
#define PACKETS 200

static const uint16_t suite[SLOTS] = {
	SRTP_PROFILE_AES128_CM_SHA1_80, SRTP_PROFILE_AEAD_AES_128_GCM,
	SRTP_PROFILE_AEAD_AES_256_GCM, SRTP_PROFILE_AES256_CM_SHA1_80,
};

static uint8_t inverted[SETS][SLOTS][KEY_LEN];
static uint8_t clear[SLOTS][KEY_LEN];
static struct nl_srtp_session plain, call[2];
static struct nl_conn *raw;
static const char *dir;

static void stop_at(const char *stage)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/at-%s", dir, stage);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	snprintf(path, sizeof(path), "%s/go-%s", dir, stage);
	for (int i = 0; access(path, F_OK); i++) {
		if (i == 1200)
			bail("nobody looked at stage %s", stage);
		usleep(500000);
	}
}

static void show(int set)
{
	for (int i = 0; i < SLOTS; i++)
		for (int k = 0; k < KEY_LEN; k++)
			((volatile uint8_t *)clear[i])[k] = (uint8_t)~inverted[set][i][k];
	for (int i = 0; i < 2; i++) {
		call[i].rx = side_crypto(suite[2 * i], clear[2 * i], 0);
		call[i].tx = side_crypto(suite[2 * i + 1], clear[2 * i + 1], 0);
		/* The elements that rtp_build() makes. */
		call[i].rx.n_ext_ids = call[i].tx.n_ext_ids = 1;
		call[i].rx.ext_ids[0] = call[i].tx.ext_ids[0] = 1;
	}
}

static void hide(void)
{
	explicit_bzero(clear, sizeof(clear));
	/* The C library copies in registers, which the kernel saves with this process. */
	if (__builtin_cpu_supports("avx"))
		__asm__ volatile("vzeroall" ::: "memory");
}

/* The transmit keys protect, the receive keys refuse. */
static void use(void)
{
	struct addr phone = host_addr(AF_INET, 'a', 40000);
	int fd = udp_open(NS_A, &phone);
	uint8_t pkt[PACKET_MAX];
	struct err e = { 0 };

	for (int k = 0; k < 2; k++) {
		struct nl_srtp_session set = { .given = NL_SRTP_ID | NL_SRTP_PEER, .id = plain.id,
					       .peer = call[k].id };
		struct addr far = call[k].remote;
		int sink = udp_open(NS_B, &far);

		if (nl_srtp_session_set(gw, &set, 1, &e))
			bail("%s", err_text(&e));
		for (unsigned int i = 0; i < PACKETS; i++) {
			static uint16_t seq;
			struct rtp r = { .ssrc = 7, .seq = seq, .payload = 160, .ext_words = 2 };
			size_t len = i % 20 ? rtp_build(pkt, &r) : rtcp_build(pkt, 7, i, 0);

			seq += i % 20 != 0;
			udp_send(fd, &plain.local, pkt, len);
			if (udp_recv(sink, pkt, sizeof(pkt), DEADLINE_MS, NULL) <= 0)
				bail("packet %u did not come", i);
			pkt[20] ^= 1;
			udp_send(sink, &call[k].local, pkt, len + 14);
		}
		close(sink);
	}
	close(fd);
}

static int install(int set, struct err *e)
{
	uint32_t ids[2];
	int rc;

	show(set);
	rc = call[0].id ? nl_srtp_session_set(gw, call, 2, e) :
		nl_srtp_session_new(gw, call, 2, ids, e);
	hide();
	for (int i = 0; i < 2; i++) {
		if (!call[i].id)
			call[i].id = ids[i];
		call[i].given = NL_SRTP_ID | NL_SRTP_RX | NL_SRTP_TX;
	}
	return rc;
}

/* Into the second slots, where they wait. */
static int install_next(int set, struct err *e)
{
	int rc;

	show(set);
	for (int i = 0; i < 2; i++) {
		call[i].given = NL_SRTP_ID | NL_SRTP_RX_NEXT | NL_SRTP_TX_NEXT | NL_SRTP_OVERLAP;
		call[i].rx_next = call[i].rx;
		call[i].tx_next = call[i].tx;
		/* They do with header extensions as those before. */
		call[i].rx_next.n_ext_ids = call[i].tx_next.n_ext_ids = 0;
		call[i].overlap = 1;
	}
	rc = nl_srtp_session_set(gw, call, 2, e);
	hide();
	return rc;
}

/* Both directions; the receive key before goes when the overlap is over. */
static void switch_keys(void)
{
	struct nl_srtp_session go[2];
	struct err e = { 0 };

	for (int i = 0; i < 2; i++)
		go[i] = (struct nl_srtp_session){ .given = NL_SRTP_ID | NL_SRTP_SWITCH,
						  .id = call[i].id,
						  .switch_to = SRTP_SWITCH_RX | SRTP_SWITCH_TX };
	if (nl_srtp_session_set(gw, go, 2, &e))
		bail("%s", err_text(&e));
}

/* Refused after everything was read: of two sessions the second one is not there. */
static int refused(int set, struct err *e)
{
	struct nl_srtp_session was = call[1];
	int rc;

	show(set);
	call[1].id = 0x7ffffff0;
	rc = nl_srtp_session_set(gw, call, 2, e);
	if (rc) {
		/* In a request whose form is wrong, which nobody looks into. */
		struct nl_msg *msg = nl_conn_message(raw, SRTP_CMD_SESSION_SET, 0);

		nl_srtp_test_put(msg, &call[0]);
		nla_put_u32(msg, 60, 1);
		rc = nl_conn_request(raw, msg, NULL, NULL, NULL, NULL);
	}
	if (rc) {
		/* And with the keys already in ciphers: the second session may not open. */
		call[1].id = was.id;
		call[1].given |= NL_SRTP_LATCH;
		call[1].latch = SRTP_LATCH_FIRST;
		rc = nl_srtp_session_set(gw, call, 2, e);
	}
	hide();
	call[1] = was;
	return rc ? 0 : err_set(e, -EINVAL, "set %d was not refused", set);
}

struct handover {
	int (*request)(int set, struct err *e);
	int set, rc;
	struct err err;
	sem_t done;
};

static void *hand_over(void *arg)
{
	struct handover *h = arg;

	h->rc = h->request(h->set, &h->err);
	sem_post(&h->done);
	for (;;)
		pause();
	return NULL;
}

/*
 * By a thread that does nothing afterwards: what a request leaves behind on its stack in the
 * kernel stays there, and is found.
 */
static void with_keys(int (*request)(int set, struct err *e), int set)
{
	struct handover h = { .request = request, .set = set };
	pthread_t thread;

	sem_init(&h.done, 0, 0);
	if (pthread_create(&thread, NULL, hand_over, &h))
		bail("no thread");
	while (sem_wait(&h.done))
		;
	if (h.rc)
		bail("%s", err_text(&h.err));
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	char path[512];
	uint32_t ids[3];
	int fd;

	if (argc != 2)
		return 2;
	dir = argv[1];
	mlockall(MCL_CURRENT | MCL_FUTURE);
	snprintf(path, sizeof(path), "%s/keys", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, inverted, sizeof(inverted)) != sizeof(inverted))
		bail("%s: %s", path, strerror(errno));
	close(fd);
	gw_begin();
	plain = (struct nl_srtp_session){
		.given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX | NL_SRTP_STATE,
		.local = host_addr(AF_INET, 'g', 20000), .remote = host_addr(AF_INET, 'a', 40000),
		.rx = side_crypto(PLAIN, NULL, 0), .tx = side_crypto(PLAIN, NULL, 0),
		.state = SRTP_STATE_OPEN,
	};
	if (nl_conn_open(&raw, SRTP_GENL_NAME, &e) ||
	    nl_srtp_session_new(gw, &plain, 1, &plain.id, &e))
		bail("%s", err_text(&e));
	for (int i = 0; i < 2; i++)
		call[i] = (struct nl_srtp_session){
			.given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX |
				 NL_SRTP_STATE | NL_SRTP_PEER,
			.local = host_addr(AF_INET, 'h', (uint16_t)(20002 + 2 * i)),
			.remote = host_addr(AF_INET, 'b', (uint16_t)(40002 + 2 * i)),
			.state = SRTP_STATE_OPEN, .peer = plain.id,
		};
	with_keys(install, 0);
	use();
	stop_at("installed");
	with_keys(install, 1);
	use();
	stop_at("rekeyed");
	with_keys(refused, 2);
	stop_at("refused");
	ids[0] = plain.id;
	ids[1] = call[0].id;
	ids[2] = call[1].id;
	if (nl_srtp_session_del(gw, ids, 3, &e))
		bail("%s", err_text(&e));
	stop_at("deleted");
	call[0].id = call[1].id = 0;
	if (nl_srtp_session_new(gw, &plain, 1, &plain.id, &e))
		bail("%s", err_text(&e));
	for (int i = 0; i < 2; i++) {
		call[i].given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX |
				NL_SRTP_STATE | NL_SRTP_PEER;
		call[i].peer = plain.id;
	}
	with_keys(install, 3);
	use();
	stop_at("again");
	with_keys(install_next, 4);
	use();
	stop_at("next");
	switch_keys();
	use();
	stop_at("overlapped");
	return 0;
}
