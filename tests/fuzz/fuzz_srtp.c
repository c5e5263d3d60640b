// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet through the module's bytes-only parts with OpenSSL's ciphers (the model that
 * the unit tests hold to the vectors) and through libsrtp: both make the same octets of
 * it, and both take or refuse what becomes of these on the way.  With header extensions
 * encrypted (RFC 6904, RFC 9335) libsrtp judges what it is sure to do as the RFCs say; else what
 * was sent comes out, and what was changed does not.
 *
 * Octets: suite and 8 times the mode, what happens on the way, position (2), value, ROC (2), then
 * the packet.
 */
#include <stdlib.h>
#include <string.h>

#include <srtp2/srtp.h>

#include "../module/lib/model.h"
#include "nl_srtp.h"
#include "rtp.h"

#define CONTROL	7
#define ROOM	4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Debian's libsrtp has AES-192 wrong. */
static const uint16_t suites[] = {
	SRTP_PROFILE_AES128_CM_SHA1_80, SRTP_PROFILE_AES128_CM_SHA1_32,
	SRTP_PROFILE_AES256_CM_SHA1_80, SRTP_PROFILE_AES256_CM_SHA1_32,
	SRTP_PROFILE_NULL_SHA1_80, SRTP_PROFILE_NULL_SHA1_32,
	SRTP_PROFILE_AEAD_AES_128_GCM, SRTP_PROFILE_AEAD_AES_256_GCM,
};

#define SUITES	(sizeof(suites) / sizeof(suites[0]))

enum mode { PLAIN_HEADERS, ELEMENTS, CRYPTEX, CRYPTEX_REQUIRED, MODES };

static uint8_t key[46];
static const uint8_t ids[] = { 1, 3, 4, 14, 20, 255 };
static struct model *models[SUITES][MODES];

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void start(void)
{
	if (models[0][0])
		return;
	check(srtp_init() == srtp_err_status_ok);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 37 + 11);
	for (size_t i = 0; i < SUITES; i++)
		for (int k = 0; k < MODES; k++)
			models[i][k] = model_new(suites[i], key);
	for (size_t i = 0; i < SUITES; i++) {
		model_headers(models[i][ELEMENTS], ids, sizeof(ids), SRTP_CRYPTEX_OFF);
		model_headers(models[i][CRYPTEX], NULL, 0, SRTP_CRYPTEX_ON);
		model_headers(models[i][CRYPTEX_REQUIRED], NULL, 0, SRTP_CRYPTEX_REQUIRED);
	}
}

static srtp_t session(uint16_t profile, uint32_t ssrc, uint32_t roc, enum mode mode)
{
	int list[] = { 1, 3, 4, 14 };	/* of one octet; it has no others */
	srtp_policy_t policy = { 0 };
	srtp_t s;

	switch (profile) {
	case SRTP_PROFILE_AES128_CM_SHA1_80:
	case SRTP_PROFILE_AES128_CM_SHA1_32:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
		break;
	case SRTP_PROFILE_AES256_CM_SHA1_80:
	case SRTP_PROFILE_AES256_CM_SHA1_32:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
		break;
	case SRTP_PROFILE_AEAD_AES_128_GCM:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
		break;
	case SRTP_PROFILE_AEAD_AES_256_GCM:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
		break;
	default:
		srtp_crypto_policy_set_null_cipher_hmac_sha1_80(&policy.rtcp);
	}
	policy.rtp = policy.rtcp;
	if (strstr(nl_srtp_profile_name(profile), "_32"))
		policy.rtp.auth_tag_len = 4;
	policy.ssrc.type = ssrc_specific;
	policy.ssrc.value = ssrc;
	policy.key = key;
	policy.window_size = 128;
	if (mode == ELEMENTS) {
		policy.enc_xtn_hdr = list;
		policy.enc_xtn_hdr_count = 4;
	}
	check(srtp_create(&s, &policy) == srtp_err_status_ok);
	check(srtp_set_stream_roc(s, ssrc, roc) == srtp_err_status_ok);
	return s;
}

static bool is_rtcp(const uint8_t *p)
{
	return p[1] >= 192 && p[1] <= 223;
}

/* What happens on the way: nothing, a bit or an octet changed, cut short, made longer. */
static size_t spoil(uint8_t *p, size_t len, const uint8_t *control)
{
	size_t at = srtp_get16(control + 2);

	switch (control[1] % 5) {
	case 1:
		p[at % len] ^= (uint8_t)(1 << (control[4] & 7));
		break;
	case 2:
		p[at % len] = control[4];
		break;
	case 3:
		return at % len;
	case 4:
		p[len] = control[4];
		return len + 1;
	}
	return len;
}

/* Does libsrtp have an opinion on a packet of @len octets, sent or opened in this mode? */
static bool lib_judges(enum mode mode, uint16_t profile, const uint8_t *p, size_t len)
{
	size_t at = SRTP_RTP_MIN + 4 * (size_t)(p[0] & 15), end;

	if (mode == PLAIN_HEADERS || is_rtcp(p))
		return true;
	if (mode != ELEMENTS)
		return !(p[0] & 0x1f);	/* nothing that cryptex would hide */
	if (!(p[0] & 0x10) || len < at + 4)
		return true;
	/* What it does to the two-byte form, and without a cipher, is not RFC 6904. */
	if (srtp_get16(p + at) != 0xbede || strstr(nl_srtp_profile_name(profile), "NULL"))
		return false;
	end = at + 4 + 4 * (size_t)srtp_get16(p + at + 2);
	/* Nor what it does behind padding, and with elements that end all or overrun. */
	for (at += 4; at < end && end <= len && p[at]; at += 2u + (p[at] & 15))
		if (p[at] >> 4 == 15 || p[at] >> 4 == 0)
			return false;
	for (; at < end && end <= len; at++)
		if (p[at])
			return false;
	return end > len || at == end;
}

/* A packet as it was sent is the one that came out; cryptex leaves an empty extension behind. */
static bool same(const uint8_t *sent, size_t len, const uint8_t *came, size_t n)
{
	size_t fixed = SRTP_RTP_MIN + 4 * (size_t)(sent[0] & 15);

	if (n == len)
		return !memcmp(sent, came, len);
	return n == len + 4 && came[0] == (sent[0] | 0x10) && !memcmp(sent + 1, came + 1, fixed - 1) &&
	       !memcmp(came + fixed, "\xbe\xde\0\0", 4) &&
	       !memcmp(sent + fixed, came + fixed + 4, len - fixed);
}

union packet {
	uint32_t align;		/* libsrtp wants it */
	uint8_t p[ROOM];
};

/* Made alike, octet for octet, or not at all. */
static void made(srtp_t s, union packet *lib, size_t len, const union packet *ours, size_t n)
{
	int l = (int)len;
	bool ok = (is_rtcp(lib->p) ? srtp_protect_rtcp(s, lib->p, &l) :
		   srtp_protect(s, lib->p, &l)) == srtp_err_status_ok;

	srtp_dealloc(s);
	check(ok == (n > 0));
	check(!ok || (n == (size_t)l && !memcmp(lib->p, ours->p, n)));
}

/* Taken or refused alike, and opened alike. */
static void opened(srtp_t s, union packet *lib, size_t n, const union packet *ours, size_t len, int drop)
{
	int l = (int)n;
	bool ok = (is_rtcp(lib->p) ? srtp_unprotect_rtcp(s, lib->p, &l) :
		   srtp_unprotect(s, lib->p, &l)) == srtp_err_status_ok;

	srtp_dealloc(s);
	if (!drop)
		check(ok && len == (size_t)l && !memcmp(lib->p, ours->p, len));
	else if (drop == SRTP_DROP_MALFORMED)
		check(!ok || lib->p[0] & 0x20);	/* padding longer than the payload: it does not look */
	else
		check(!ok);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union packet lib, ours, plain, sent;
	const uint8_t *pkt = data + CONTROL;
	const struct model *m;
	uint32_t ssrc, roc;
	uint16_t profile;
	uint64_t index;
	size_t len, n, octets;
	enum mode mode;
	bool judged;
	int drop;

	if (size < CONTROL + SRTP_RTP_MIN || size > 2048)
		return 0;
	start();
	mode = data[0] / SUITES % MODES;
	m = models[data[0] % SUITES][mode];
	profile = suites[data[0] % SUITES];
	roc = srtp_get16(data + 5);
	octets = size - CONTROL;
	memset(&lib, 0, sizeof(lib));
	memcpy(lib.p, pkt, octets);
	lib.p[0] = (lib.p[0] & 0x3f) | 0x80;	/* others are no media: RFC 7983 */
	plain = ours = lib;
	ssrc = srtp_get32(lib.p + (is_rtcp(lib.p) ? 4 : 8));
	index = is_rtcp(lib.p) ? 1 : (uint64_t)roc << 16 | srtp_get16(lib.p + 2);

	judged = lib_judges(mode, profile, lib.p, octets);
	len = model_protect(m, ours.p, octets, index);
	if (judged)
		made(session(profile, ssrc, roc, mode), &lib, octets, &ours, len);
	if (!len)
		return 0;
	sent = ours;

	n = spoil(ours.p, len, data);
	lib = ours;
	if (n < 2 || ours.p[0] >> 6 != 2)
		return 0;
	if (!is_rtcp(ours.p))
		index = (uint64_t)roc << 16 | srtp_get16(ours.p + 2);
	if (n != len || memcmp(ours.p, sent.p, n)) {
		len = n;
		drop = model_unprotect(m, ours.p, &len, &index);
		check(drop);
	} else {
		drop = model_unprotect(m, ours.p, &len, &index);
		check(drop ? drop == SRTP_DROP_MALFORMED && plain.p[0] & 0x20 :
		      same(plain.p, octets, ours.p, len));
	}
	if (judged)
		opened(session(profile, ssrc, roc, mode), &lib, n, &ours, len, drop);
	return 0;
}
