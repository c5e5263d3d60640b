// SPDX-License-Identifier: GPL-2.0-or-later
#include "gw.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "ns.h"
#include "tap.h"

struct nl_srtp *gw;

void gw_begin(void)
{
	struct err e = { 0 };

	one_cpu();
	if (srtp_init() != srtp_err_status_ok)
		bail("libsrtp does not start");
	ns_enter(NS_G);
	if (nl_srtp_open(&gw, &e))
		bail("%s", err_text(&e));
}

const char *af_name(int af)
{
	return af == AF_INET ? "IPv4" : "IPv6";
}

const char *suite_name(uint16_t profile)
{
	return profile == CM ? "CM" : profile == GCM ? "GCM" : profile == PLAIN ? "plain" :
		nl_srtp_profile_name(profile);
}

void each_case(void (*test)(int af, uint16_t profile))
{
	static const uint16_t suites[] = { CM, GCM };

	for (int i = 0; i < 2; i++) {
		test(AF_INET, suites[i]);
		test(AF_INET6, suites[i]);
	}
}

void random_key(uint8_t *key)
{
	if (getrandom(key, KEY_LEN, 0) != KEY_LEN)
		bail("getrandom");
}

struct nl_srtp_crypto side_crypto(uint16_t profile, const uint8_t *key, uint32_t window)
{
	struct nl_srtp_crypto c = { .profile = profile, .window = window };

	nl_srtp_profile_sizes(profile, &c.key_len, &c.salt_len);
	if (profile != PLAIN) {
		c.key = key;
		c.salt = key + c.key_len;
	}
	return c;
}

void phone_policy(uint16_t profile, srtp_policy_t *policy)
{
	srtp_crypto_policy_t *rtp = &policy->rtp, *rtcp = &policy->rtcp;

	switch (profile) {
	case SRTP_PROFILE_AES128_CM_SHA1_80:
	case SRTP_PROFILE_AES128_CM_SHA1_32:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(rtcp);
		break;
	case SRTP_PROFILE_AES256_CM_SHA1_80:
	case SRTP_PROFILE_AES256_CM_SHA1_32:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(rtcp);
		break;
	case SRTP_PROFILE_NULL_SHA1_80:
	case SRTP_PROFILE_NULL_SHA1_32:
		srtp_crypto_policy_set_null_cipher_hmac_sha1_80(rtcp);
		break;
	case SRTP_PROFILE_AEAD_AES_128_GCM:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(rtcp);
		break;
	case SRTP_PROFILE_AEAD_AES_256_GCM:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(rtcp);
		break;
	default:
		bail("libsrtp cannot do %s", nl_srtp_profile_name(profile));
	}
	*rtp = *rtcp;
	if (strstr(nl_srtp_profile_name(profile), "_32"))
		rtp->auth_tag_len = 4;
}

srtp_t phone_srtp_ids(uint16_t profile, const uint8_t *key, bool sends, const uint8_t *ids,
		      size_t n)
{
	srtp_policy_t policy = { 0 };
	int list[256];
	srtp_t s;

	for (size_t i = 0; i < n; i++)
		list[i] = ids[i];
	phone_policy(profile, &policy);
	policy.ssrc.type = sends ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = (uint8_t *)key;
	policy.window_size = 4096;
	policy.enc_xtn_hdr = n ? list : NULL;
	policy.enc_xtn_hdr_count = (int)n;
	if (srtp_create(&s, &policy) != srtp_err_status_ok)
		bail("srtp_create");
	return s;
}

srtp_t phone_srtp(uint16_t profile, const uint8_t *key, bool sends)
{
	return phone_srtp_ids(profile, key, sends, NULL, 0);
}

void phone_update(srtp_t s, uint16_t profile, uint8_t *key, bool sends)
{
	srtp_policy_t policy = { 0 };

	phone_policy(profile, &policy);
	policy.window_size = 4096;
	policy.ssrc.type = sends ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = key;
	if (srtp_update(s, &policy) != srtp_err_status_ok)
		bail("srtp_update");
}

void side_open(struct side *s, int af, char host, uint16_t profile,
	       const struct nl_srtp_session *extra)
{
	static uint16_t next;
	struct nl_srtp_session want = { 0 };
	struct err e = { 0 };

	memset(s, 0, sizeof(*s));
	s->local = host_addr(af, host == 'a' ? 'g' : 'h', (uint16_t)(16384 + 2 * next));
	s->far = host_addr(af, host, (uint16_t)(40000 + 2 * next++));
	s->profile = profile;
	random_key(s->rx);
	random_key(s->tx);
	s->ssrc = 0xaa000000u + next;
	s->seq = 1000;
	s->fd = udp_open(host == 'a' ? NS_A : NS_B, &s->far);
	if (profile == SRTP_PROFILE_AES192_CM_SHA1_80 || profile == SRTP_PROFILE_AES192_CM_SHA1_32) {
		s->model_send = model_new(profile, s->rx);
		s->model_recv = model_new(profile, s->tx);
	} else if (profile != PLAIN) {
		s->send = phone_srtp(profile, s->rx, true);
		s->recv = phone_srtp(profile, s->tx, false);
	}
	if (extra)
		want = *extra;
	want.given |= NL_SRTP_LOCAL | NL_SRTP_RX | NL_SRTP_TX;
	if (!(want.given & NL_SRTP_REMOTE)) {
		want.given |= NL_SRTP_REMOTE;
		want.remote = s->far;
	}
	want.local = s->local;
	want.rx = side_crypto(profile, s->rx, want.rx.window);
	want.tx = side_crypto(profile, s->tx, 0);
	/* Latching by authentication is for sides that authenticate. */
	if (want.given & NL_SRTP_LATCH && want.latch == SRTP_LATCH_AUTHENTICATED &&
	    profile == PLAIN)
		want.latch = SRTP_LATCH_NEVER;
	if (nl_srtp_session_new(gw, &want, 1, &s->id, &e))
		bail("%s", err_text(&e));
}

void phone_free(struct side *s)
{
	if (s->send)
		srtp_dealloc(s->send);
	if (s->recv)
		srtp_dealloc(s->recv);
	model_free(s->model_send);
	model_free(s->model_recv);
	s->send = s->recv = NULL;
	s->model_send = s->model_recv = NULL;
}

void side_move(struct side *s, const struct addr *local, struct nl_srtp_session what)
{
	struct err e = { 0 };

	phone_free(s);
	random_key(s->rx);
	random_key(s->tx);
	s->send = phone_srtp(s->profile, s->rx, true);
	s->recv = phone_srtp(s->profile, s->tx, false);
	s->local = *local;
	what.given |= NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX | NL_SRTP_TX;
	what.local = s->local;
	what.remote = s->far;
	what.rx = side_crypto(s->profile, s->rx, 0);
	what.tx = side_crypto(s->profile, s->tx, 0);
	if (nl_srtp_session_del(gw, &s->id, 1, &e) || nl_srtp_session_new(gw, &what, 1, &s->id, &e))
		bail("%s", err_text(&e));
}

void side_close(struct side *s)
{
	nl_srtp_session_del(gw, &s->id, 1, NULL);
	phone_free(s);
	close(s->fd);
}

int side_program(struct side *s, int af, uint16_t profile, const struct nl_srtp_session *extra)
{
	side_open(s, af, 'a', profile, extra);
	side_set(s, (struct nl_srtp_session){ .given = NL_SRTP_STATE, .state = SRTP_STATE_OPEN });
	return udp_open(NS_G, &s->local);
}

uint32_t gw_attach(struct nl_srtp_attachment a)
{
	struct err e = { 0 };
	uint32_t id;

	if (nl_srtp_attach(gw, &a, &id, &e))
		bail("%s", err_text(&e));
	return id;
}

void gw_detach(uint32_t id)
{
	struct err e = { 0 };

	if (nl_srtp_detach(gw, id, &e))
		bail("%s", err_text(&e));
}

static int add_taken(const struct nl_srtp_attachment *a, void *arg)
{
	*(uint64_t *)arg += a->packets;
	return 0;
}

uint64_t gw_taken(void)
{
	struct err e = { 0 };
	uint64_t n = 0;

	if (nl_srtp_attach_dump(gw, add_taken, &n, &e))
		bail("%s", err_text(&e));
	return n;
}

uint64_t gw_taken_since(uint64_t before, uint64_t wanted)
{
	uint64_t n = gw_taken() - before;

	for (int ms = 0; n < wanted && ms < DEADLINE_MS; ms += 20) {
		usleep(20000);
		n = gw_taken() - before;
	}
	return n;
}

void side_set(const struct side *s, struct nl_srtp_session what)
{
	struct err e = { 0 };

	what.given |= NL_SRTP_ID;
	what.id = s->id;
	if (nl_srtp_session_set(gw, &what, 1, &e))
		bail("%s", err_text(&e));
}

void pair_open(struct pair *p, int af, uint16_t profile_a, uint16_t profile_b,
	       const struct nl_srtp_session *extra)
{
	struct nl_srtp_session both[2] = { 0 };
	struct err e = { 0 };

	p->af = af;
	side_open(&p->a, af, 'a', profile_a, extra);
	side_open(&p->b, af, 'b', profile_b, extra);
	for (int i = 0; i < 2; i++) {
		both[i].given = NL_SRTP_ID | NL_SRTP_PEER | NL_SRTP_STATE;
		both[i].id = i ? p->b.id : p->a.id;
		both[i].peer = i ? p->a.id : p->b.id;
		both[i].state = SRTP_STATE_OPEN;
	}
	if (nl_srtp_session_set(gw, both, 2, &e))
		bail("%s", err_text(&e));
}

void pair_close(struct pair *p)
{
	side_close(&p->a);
	side_close(&p->b);
}

bool is_rtcp(const uint8_t *p)
{
	return p[1] >= 192 && p[1] <= 223;
}

size_t side_protect(struct side *s, uint8_t *p, size_t len)
{
	int n = (int)len;
	srtp_err_status_t st;

	if (s->model_send)
		return model_protect(s->model_send, p, len, is_rtcp(p) ? s->rtcp_index++ :
				     (unsigned int)(p[2] << 8 | p[3]));
	if (!s->send)
		return len;
	st = is_rtcp(p) ? srtp_protect_rtcp_mki(s->send, p, &n, s->use_mki, s->mki_index) :
		srtp_protect_mki(s->send, p, &n, s->use_mki, s->mki_index);
	if (st != srtp_err_status_ok)
		bail("libsrtp does not protect a packet: error %d", st);
	return (size_t)n;
}

void side_send_raw(struct side *s, const uint8_t *p, size_t len)
{
	udp_send(s->fd, &s->local, p, len);
}

void side_send(struct side *s, const uint8_t *p, size_t len)
{
	/* libsrtp wants 32-bit alignment. */
	union { uint32_t align; uint8_t data[PACKET_MAX]; } buf;

	memcpy(buf.data, p, len);
	side_send_raw(s, buf.data, side_protect(s, buf.data, len));
}

void side_send_spoilt(struct side *s, const uint8_t *p, size_t len)
{
	union { uint32_t align; uint8_t data[PACKET_MAX]; } buf;

	memcpy(buf.data, p, len);
	len = side_protect(s, buf.data, len);
	buf.data[20] ^= 1;
	side_send_raw(s, buf.data, len);
	buf.data[20] ^= 1;
	side_send_raw(s, buf.data, len);
	side_send_raw(s, buf.data, len);
}

size_t side_next(struct side *s, uint8_t *out)
{
	uint8_t p[PACKET_MAX];
	size_t len = rtp_simple(p, s->ssrc, s->seq++);

	side_send(s, p, len);
	if (out)
		memcpy(out, p, len);
	return len;
}

bool side_got(struct side *s, const uint8_t *want, size_t len)
{
	union { uint32_t align; uint8_t data[PACKET_MAX]; } in;
	struct addr from;
	char text[ADDR_STRLEN];
	ssize_t got = udp_recv(s->fd, in.data, sizeof(in.data), DEADLINE_MS, &from);
	int n = (int)got;

	if (got < 0)
		return diag("nothing came within %d ms", DEADLINE_MS);
	if (!addr_equal(&from, &s->local))
		return diag("came from %s", addr_str(&from, text));
	if (s->model_recv && got >= 12) {
		uint64_t index = (unsigned int)(in.data[2] << 8 | in.data[3]);
		size_t octets = (size_t)got;
		int why = model_unprotect(s->model_recv, in.data, &octets, &index);

		if (why)
			return diag("the model does not open what came: %s", nl_srtp_drop_name(why));
		n = (int)octets;
	} else if (s->recv) {
		srtp_err_status_t st = got < 2 ? srtp_err_status_parse_err :
			is_rtcp(in.data) ? srtp_unprotect_rtcp_mki(s->recv, in.data, &n, s->use_mki) :
			srtp_unprotect_mki(s->recv, in.data, &n, s->use_mki);

		if (st != srtp_err_status_ok)
			return diag("libsrtp does not open what came (%zd octets): error %d", got, st);
	}
	if ((size_t)n != len)
		return diag("%d octets came, not %zu", n, len);
	for (size_t i = 0; i < len; i++)
		if (in.data[i] != want[i])
			return diag("octet %zu of %zu is %02x, not %02x", i, len, in.data[i], want[i]);
	return true;
}

bool plain_got(int fd, const struct addr *from, const uint8_t *p, size_t len)
{
	uint8_t in[PACKET_MAX];
	struct addr came;
	ssize_t got = udp_recv(fd, in, sizeof(in), DEADLINE_MS, &came);

	if (got != (ssize_t)len || memcmp(in, p, len))
		return diag("the program got %zd octets, not the %zu sent", got, len);
	return addr_equal(&came, from) || diag("from another address");
}

bool side_silent(struct side *s)
{
	uint8_t p[PACKET_MAX];
	ssize_t got = udp_recv(s->fd, p, sizeof(p), 0, NULL);

	return got < 0 || diag("%zd octets came that should not", got);
}

bool passes(struct side *from, struct side *to)
{
	uint8_t p[PACKET_MAX];
	size_t len = side_next(from, p);

	return side_got(to, p, len);
}

struct nl_srtp_report side_report(const struct side *s)
{
	struct nl_srtp_report r;
	struct err e = { 0 };

	if (nl_srtp_session_get(gw, s->id, &r, &e))
		bail("%s", err_text(&e));
	return r;
}

struct nl_srtp_stats side_stats(const struct side *s)
{
	return side_report(s).stats;
}

static bool compare_drops(const struct nl_srtp_stats *st, const struct drop *want)
{
	bool ok = true;

	for (int i = 1; i < __SRTP_DROP_MAX; i++) {
		uint64_t n = 0;

		for (const struct drop *d = want; d->why; d++)
			if ((int)d->why == i)
				n += d->count;
		if (st->drops[i] != n)
			ok = diag("dropped for %s: %llu, not %llu", nl_srtp_drop_name(i),
				  (unsigned long long)st->drops[i], (unsigned long long)n);
	}
	return ok;
}

static void add_drops(struct nl_srtp_stats *st, const struct side *s)
{
	struct nl_srtp_stats more = side_stats(s);

	for (int i = 0; i < __SRTP_DROP_MAX; i++)
		st->drops[i] += more.drops[i];
}

/* The last packets may still be on their way: waits for as many as there have to be. */
static bool both_drops_are(const struct side *a, const struct side *b, const struct drop *want)
{
	uint64_t sum, wanted = 0;
	struct nl_srtp_stats st;

	for (const struct drop *d = want; d->why; d++)
		wanted += d->count;
	for (int ms = 0; ; ms += 20) {
		st = (struct nl_srtp_stats){ 0 };
		add_drops(&st, a);
		if (b)
			add_drops(&st, b);
		sum = 0;
		for (int i = 0; i < __SRTP_DROP_MAX; i++)
			sum += st.drops[i];
		if (sum >= wanted || ms >= DEADLINE_MS)
			return compare_drops(&st, want);
		usleep(20000);
	}
}

bool drops_are(const struct side *s, const struct drop *want)
{
	return both_drops_are(s, NULL, want);
}

bool pair_drops_are(const struct pair *p, const struct drop *want)
{
	return both_drops_are(&p->a, &p->b, want);
}
