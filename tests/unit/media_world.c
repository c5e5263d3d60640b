// SPDX-License-Identifier: GPL-2.0-or-later
#include "media_world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "secret.h"
#include "timer.h"

struct dtls_cert phone_cert, other_cert;
bool media_world_real_time;

/* ---- datapath ------------------------------------------------------------- */

static void note(struct fake *f, const char *what)
{
	size_t len = strlen(f->log);

	snprintf(f->log + len, sizeof(f->log) - len, "%s%s", len ? " " : "", what);
}

static int refuse(struct fake *f, struct err *e)
{
	int code = f->fail_next;

	f->fail_next = 0;
	return code ? err_set(e, code, "refused by the test") : 0;
}

static int fake_create(struct datapath *dp, const struct nl_srtp_session *s, size_t n,
		       uint32_t *ids, struct err *e)
{
	struct fake *f = (struct fake *)dp;
	char word[32];

	if (f->eexist) {
		f->eexist--;
		return err_set(e, -EEXIST, "port is another session's");
	}
	if (refuse(f, e))
		return e->code;
	for (size_t i = 0; i < n; i++) {
		assert_true(f->last_id < MEDIA_WORLD_SESSIONS);
		assert_int_equal(s[i].given, NL_SRTP_LOCAL | NL_SRTP_OWNER | NL_SRTP_STATE |
				 NL_SRTP_LATCH | NL_SRTP_IDLE_TIMEOUT);
		assert_int_equal(s[i].state, SRTP_STATE_HELD);
		assert_int_equal(s[i].latch, SRTP_LATCH_NEVER);
		assert_true(s[i].owner != 0);
		f->session[f->last_id] = (struct fake_session){ .s = s[i], .there = true };
		ids[i] = ++f->last_id;
	}
	snprintf(word, sizeof(word), "new:%zu", n);
	note(f, word);
	return 0;
}

static void take_keys(struct fake_session *fs, const struct nl_srtp_session *s)
{
	fs->keyed++;
	fs->s.rx.profile = s->rx.profile;
	fs->s.tx.profile = s->tx.profile;
	if (s->rx.profile == SRTP_PROFILE_NONE) {
		assert_null(s->rx.key);
		assert_null(s->tx.key);
		return;
	}
	memcpy(fs->rx.key, s->rx.key, s->rx.key_len);
	memcpy(fs->rx.salt, s->rx.salt, s->rx.salt_len);
	memcpy(fs->tx.key, s->tx.key, s->tx.key_len);
	memcpy(fs->tx.salt, s->tx.salt, s->tx.salt_len);
}

static int fake_change(struct datapath *dp, const struct nl_srtp_session *s, size_t n,
		       struct err *e)
{
	struct fake *f = (struct fake *)dp;
	uint32_t all = 0;
	char word[96];

	if (refuse(f, e))
		return e->code;
	for (size_t i = 0; i < n; i++) {
		assert_true(s[i].given & NL_SRTP_ID);
		if (!s[i].id || s[i].id > f->last_id || !f->session[s[i].id - 1].there)
			return err_set(e, -ENOENT, "no such session");
	}
	for (size_t i = 0; i < n; i++) {
		struct fake_session *fs = &f->session[s[i].id - 1];

		all |= s[i].given;
		if (s[i].given & NL_SRTP_REMOTE)
			fs->s.remote = s[i].remote;
		if (s[i].given & NL_SRTP_RX) {
			assert_true(s[i].given & NL_SRTP_TX);
			take_keys(fs, &s[i]);
		}
		if (s[i].given & NL_SRTP_STATE)
			fs->s.state = s[i].state;
		if (s[i].given & NL_SRTP_PEER)
			fs->s.peer = s[i].peer;
		if (s[i].given & NL_SRTP_RTCP_PEER)
			fs->s.rtcp_peer = s[i].rtcp_peer;
		if (s[i].given & NL_SRTP_LATCH)
			fs->s.latch = s[i].latch;
		if (s[i].given & NL_SRTP_VERIFIED)
			fs->s.verified = s[i].verified;
		/* What the kernel refuses: open without contexts. */
		assert_true(fs->s.state == SRTP_STATE_HELD || fs->keyed);
	}
	snprintf(word, sizeof(word), "set:%zu[%s%s%s%s]", n, all & NL_SRTP_RX ? "keys," : "",
		 all & NL_SRTP_REMOTE ? "remote," : "", all & NL_SRTP_IDLE_TIMEOUT ? "idle," : "",
		 !(all & NL_SRTP_STATE) ? "" : s[0].state == SRTP_STATE_OPEN ? "open" : "held");
	note(f, word);
	return 0;
}

static int fake_remove(struct datapath *dp, const uint32_t *ids, size_t n, struct err *e)
{
	struct fake *f = (struct fake *)dp;
	char word[32];

	if (f->fail_removals && f->fail_removals--)
		return err_set(e, -ENOMEM, "refused by the test");
	for (size_t i = 0; i < n; i++)
		if (!ids[i] || ids[i] > f->last_id || !f->session[ids[i] - 1].there)
			return err_set(e, -ENOENT, "no such session");
	for (size_t i = 0; i < n; i++)
		f->session[ids[i] - 1].there = false;
	snprintf(word, sizeof(word), "del:%zu", n);
	note(f, word);
	return 0;
}

static int fake_present(struct datapath *dp, uint32_t id, struct err *e)
{
	struct fake *f = (struct fake *)dp;

	return f->session[id - 1].there ? 0 : err_set(e, -ENOENT, "no such session");
}

static int fake_flush(struct datapath *dp, uint64_t owner, struct err *e)
{
	struct fake *f = (struct fake *)dp;

	(void)e;
	for (uint32_t i = 0; i < f->last_id; i++)
		if (f->session[i].s.owner == owner)
			f->session[i].there = false;
	note(f, "flush");
	return 0;
}

static const struct datapath_ops fake_ops = {
	.create = fake_create, .change = fake_change, .remove = fake_remove,
	.present = fake_present, .flush = fake_flush,
};

/* ---- sip ------------------------------------------------------------------ */

static void on_opened(const struct media_leg_opened *msg, void *arg)
{
	struct media_world *w = arg;

	w->leg[msg->leg].opened = *msg;
	w->leg[msg->leg].nopened++;
}

static void on_state(const struct media_leg_state *msg, void *arg)
{
	struct media_world *w = arg;

	w->leg[msg->leg].state = *msg;
	w->leg[msg->leg].nstate++;
}

static void on_failed(const struct media_leg_failed *msg, void *arg)
{
	struct media_world *w = arg;

	w->leg[msg->leg].failed = *msg;
	w->leg[msg->leg].nfailed++;
}

static void on_out_of_hand(void *arg)
{
	((struct media_world *)arg)->out_of_hand++;
}

static const struct media_ops media_ops = {
	.opened = on_opened, .state = on_state, .failed = on_failed,
	.out_of_hand = on_out_of_hand,
};

void do_open(struct media_world *w, uint64_t leg, const char *side, bool two_ports)
{
	struct media_leg_open msg = { .leg = leg, .call = 7, .two_ports = two_ports };

	snprintf(msg.side, sizeof(msg.side), "%s", side);
	msg.security = conf_side_by_name(&w->conf, side)->security;
	assert_int_equal(media_leg_open(w->media, &msg), 0);
}

void do_remote(struct media_world *w, uint64_t leg, const struct addr *rtp, const struct addr *rtcp,
	       enum media_dtls_role role)
{
	struct media_leg_remote msg = { .leg = leg, .rtp = *rtp, .rtcp = rtcp ? *rtcp : *rtp,
					.mux = !rtcp, .role = role };

	assert_int_equal(media_leg_remote(w->media, &msg), 0);
}

int do_fingerprints(struct media_world *w, uint64_t leg, const struct dtls_cert *cert)
{
	struct media_leg_fingerprints msg = { .leg = leg, .count = 1, .fp = { cert->fingerprint } };

	return media_leg_fingerprints(w->media, &msg, MEDIA_FROM_SIP);
}

void do_pair(struct media_world *w, uint64_t a, uint64_t b)
{
	struct media_leg_pair msg = { .a = a, .b = b };

	assert_int_equal(media_leg_pair(w->media, &msg), 0);
}

void do_close(struct media_world *w, uint64_t leg)
{
	struct media_leg_close msg = { .leg = leg };

	assert_int_equal(media_leg_close(w->media, &msg), 0);
}

/* ---- phones --------------------------------------------------------------- */

void phone_open(struct media_world *w, struct phone *p)
{
	struct sockaddr_storage ss;
	socklen_t len;

	(void)w;
	*p = (struct phone){ .fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0) };
	assert_true(p->fd >= 0);
	assert_int_equal(addr_parse(&p->addr, "127.0.0.1", 0), 0);
	len = addr_to_sockaddr(&p->addr, &ss);
	assert_int_equal(bind(p->fd, (struct sockaddr *)&ss, len), 0);
	len = sizeof(ss);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&ss, &len), 0);
	assert_int_equal(addr_from_sockaddr(&p->addr, &ss), 0);
}

void phone_send(struct phone *p, const struct addr *to, const void *data, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t ss_len = addr_to_sockaddr(to, &ss);

	assert_int_equal(sendto(p->fd, data, len, 0, (struct sockaddr *)&ss, ss_len), len);
}

static void phone_on_send(struct dtls *d, const uint8_t *data, size_t len, void *arg)
{
	struct phone *p = arg;

	(void)d;
	phone_send(p, &p->gateway, data, len);
}

static void phone_on_secured(struct dtls *d, struct srtp_keys *keys, void *arg)
{
	struct phone *p = arg;

	(void)d;
	p->keys = keys;
	p->secured++;
}

static void phone_on_ended(struct dtls *d, const struct err *why, void *arg)
{
	struct phone *p = arg;

	(void)d;
	(void)why;
	p->ended++;
}

static const struct dtls_ops phone_ops = {
	.send = phone_on_send, .secured = phone_on_secured, .ended = phone_on_ended,
};

void phone_dtls(struct media_world *w, struct phone *p, const struct addr *gateway,
		enum media_dtls_role role, const struct dtls_cert *shows)
{
	static const uint16_t profiles[] = { SRTP_PROFILE_AEAD_AES_128_GCM };
	struct dtls_fp_set fp;

	p->gateway = *gateway;
	p->ctx = dtls_ctx_new(shows, profiles, 1, NULL);
	assert_non_null(p->ctx);
	p->d = dtls_new(p->ctx, role, &phone_ops, p);
	assert_non_null(p->d);
	assert_int_equal(dtls_fp_choose(&fp, &w->gateway_cert.fingerprint, 1), 0);
	assert_int_equal(dtls_start(p->d, &fp, 60000), 0);
}

static bool phone_read(struct phone *p)
{
	uint8_t data[2048];
	ssize_t len;

	if (p->fd <= 0)
		return false;
	len = recv(p->fd, data, sizeof(data), 0);
	if (len < 0)
		return false;
	memcpy(p->last, data, (size_t)len);
	p->last_len = len;
	if (p->d)
		dtls_input(p->d, data, (size_t)len);
	return true;
}

/* The loopback delivers at once: when nobody has anything to read, nothing is under way. */
void media_world_run(struct media_world *w)
{
	for (int quiet = 0; quiet < 3; quiet++) {
		loop_turn(0);
		for (unsigned int i = 0; i < 4; i++)
			while (phone_read(&w->phone[i]))
				quiet = 0;
	}
}

void media_world_pass(struct media_world *w, uint64_t ms)
{
	uint64_t end = clock_now() + ms;

	for (;;) {
		int64_t next;

		media_world_run(w);
		next = timer_next();
		if (next < 0 || clock_now() + (uint64_t)next > end)
			break;
		clock_advance((uint64_t)next);
	}
	if (clock_now() < end)
		clock_advance(end - clock_now());
	media_world_run(w);
}

/* ---- the world ------------------------------------------------------------ */

static void side(struct conf_side *s, const char *name, enum media_security security, uint16_t min)
{
	snprintf(s->name, sizeof(s->name), "%s", name);
	assert_int_equal(addr_parse(&s->media, "127.0.0.1", 0), 0);
	s->port_min = min;
	s->port_max = (uint16_t)(min + 19);
	s->security = security;
	s->profiles[0] = SRTP_PROFILE_AEAD_AES_128_GCM;
	s->profiles[1] = SRTP_PROFILE_AES128_CM_SHA1_80;
	s->nprofiles = security == MEDIA_DTLS ? 2 : 0;
}

int media_world_setup(void **state)
{
	static bool once;
	struct media_world *w = calloc(1, sizeof(*w));
	struct err e = { 0 };

	if (!w)
		return -1;
	if (!once && (secret_init(65536) || loop_init(NULL) || dtls_cert_make(&phone_cert, NULL) ||
		      dtls_cert_make(&other_cert, NULL)))
		return -1;
	once = true;
	log_set_level(LOG_LVL_ERROR);	/* refusals are what these tests are about */
	if (!media_world_real_time)
		clock_fake(1000000, 1800000000);
	side(&w->conf.side[0], "plain", MEDIA_PLAIN, 26300);
	side(&w->conf.side[1], "secure", MEDIA_DTLS, 26320);
	side(&w->conf.side[2], "signed", MEDIA_DTLS, 26340);
	w->conf.side[2].identity = CONF_IDENTITY_REQUIRE;
	w->conf.nsides = 3;
	w->conf.max_calls = 10;
	w->conf.media_idle_timeout = 60;
	w->conf.handshake_timeout = 10;
	if (dtls_cert_make(&w->gateway_cert, NULL))
		return -1;
	w->fake.dp.ops = &fake_ops;
	w->media = media_new(&w->conf, &w->gateway_cert, &media_ops, w, &e);
	if (!w->media)
		fail_msg("%s", e.text);
	media_use(w->media, &w->fake.dp, NULL);
	for (unsigned int i = 0; i < 4; i++)
		phone_open(w, &w->phone[i]);
	*state = w;
	return 0;
}

int media_world_teardown(void **state)
{
	struct media_world *w = *state;

	for (unsigned int i = 0; i < 4; i++) {
		struct phone *p = &w->phone[i];

		dtls_free(p->d);
		srtp_keys_free(p->keys);
		SSL_CTX_free(p->ctx);
		close(p->fd);
	}
	media_free(w->media);
	loop_turn(0);
	for (uint32_t i = 0; i < w->fake.last_id; i++)
		assert_false(w->fake.session[i].there);
	dtls_cert_free(&w->gateway_cert);
	free(w);
	assert_int_equal(secret_in_use(), 0);
	assert_int_equal(timer_count(), 0);
	return 0;
}

struct fake_session *session_of(struct media_world *w, uint64_t leg, bool rtcp)
{
	struct addr *local = rtcp ? &w->leg[leg].opened.rtcp : &w->leg[leg].opened.rtp;

	for (uint32_t i = w->fake.last_id; i-- > 0;)
		if (addr_equal(&w->fake.session[i].s.local, local))
			return &w->fake.session[i];
	fail_msg("leg %u has no session", (unsigned int)leg);
	return NULL;
}

void assert_log(struct media_world *w, const char *want)
{
	assert_string_equal(w->fake.log, want);
	w->fake.log[0] = '\0';
}

void assert_keys(struct media_world *w, uint64_t leg, bool rtcp, const struct phone *p)
{
	const struct fake_session *s = session_of(w, leg, rtcp);

	assert_non_null(p->keys);
	assert_int_equal(s->keyed, 1);
	assert_int_equal(s->s.rx.profile, p->keys->profile);
	assert_int_equal(s->s.tx.profile, p->keys->profile);
	assert_memory_equal(&s->rx, &p->keys->tx, sizeof(s->rx));
	assert_memory_equal(&s->tx, &p->keys->rx, sizeof(s->tx));
}

void assert_state(struct media_world *w, uint64_t leg, enum media_state state)
{
	if (w->leg[leg].nfailed)
		fail_msg("leg %u failed: %s", (unsigned int)leg, w->leg[leg].failed.text);
	assert_int_equal(w->leg[leg].state.state, state);
}

void assert_failed(struct media_world *w, uint64_t leg, int code)
{
	assert_int_equal(w->leg[leg].nfailed, 1);
	if (w->leg[leg].failed.code != code)
		fail_msg("code %d: %s", w->leg[leg].failed.code, w->leg[leg].failed.text);
}

void call_up(struct media_world *w)
{
	do_open(w, 1, "secure", true);
	do_open(w, 2, "plain", true);
	do_remote(w, 2, &w->phone[1].addr, NULL, MEDIA_DTLS_ACTIVE);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_ACTIVE);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	do_pair(w, 1, 2);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	media_world_pass(w, 1000);
	assert_state(w, 1, MEDIA_STATE_OPEN);
	assert_state(w, 2, MEDIA_STATE_OPEN);
	w->fake.log[0] = '\0';
}
