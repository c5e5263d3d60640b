// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet through the module's bytes-only parts with OpenSSL's ciphers (the model that
 * the unit tests hold to the vectors) and through libsrtp: both make the same octets of
 * it, and both take or refuse what becomes of these on the way.
 *
 * Octets: suite, what happens on the way, position (2), value, ROC (2), then the packet.
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

static uint8_t key[46];
static struct model *models[SUITES];

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void start(void)
{
	if (models[0])
		return;
	check(srtp_init() == srtp_err_status_ok);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 37 + 11);
	for (size_t i = 0; i < SUITES; i++)
		models[i] = model_new(suites[i], key);
}

static srtp_t session(uint16_t profile, uint32_t ssrc, uint32_t roc)
{
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	union { uint32_t align; uint8_t p[ROOM]; } lib, ours;
	const uint8_t *pkt = data + CONTROL;
	uint32_t ssrc, roc;
	const struct model *m;
	uint16_t profile;
	uint64_t index;
	size_t len, n;
	srtp_t s;
	bool ok;
	int l;

	if (size < CONTROL + SRTP_RTP_MIN || size > 2048)
		return 0;
	start();
	m = models[data[0] % SUITES];
	profile = suites[data[0] % SUITES];
	roc = srtp_get16(data + 5);
	len = size - CONTROL;
	memset(&lib, 0, sizeof(lib));
	memcpy(lib.p, pkt, len);
	lib.p[0] = (lib.p[0] & 0x3f) | 0x80;	/* others are no media: RFC 7983 */
	memcpy(&ours, &lib, sizeof(lib));
	ssrc = srtp_get32(lib.p + (is_rtcp(lib.p) ? 4 : 8));
	index = is_rtcp(lib.p) ? 1 : (uint64_t)roc << 16 | srtp_get16(lib.p + 2);

	/* Made alike. */
	s = session(profile, ssrc, roc);
	l = (int)len;
	ok = (is_rtcp(lib.p) ? srtp_protect_rtcp(s, lib.p, &l) : srtp_protect(s, lib.p, &l)) ==
		srtp_err_status_ok;
	srtp_dealloc(s);
	n = model_protect(m, ours.p, len, index);
	check(ok == (n > 0));
	if (!ok)
		return 0;
	check(n == (size_t)l && !memcmp(lib.p, ours.p, n));

	/* Taken or refused alike, and opened alike. */
	n = spoil(ours.p, n, data);
	memcpy(lib.p, ours.p, ROOM);
	if (n < 2 || ours.p[0] >> 6 != 2)
		return 0;
	if (!is_rtcp(ours.p))
		index = (uint64_t)roc << 16 | srtp_get16(ours.p + 2);
	s = session(profile, ssrc, roc);
	l = (int)n;
	ok = (is_rtcp(lib.p) ? srtp_unprotect_rtcp(s, lib.p, &l) : srtp_unprotect(s, lib.p, &l)) ==
		srtp_err_status_ok;
	srtp_dealloc(s);
	len = n;
	switch (model_unprotect(m, ours.p, &len, &index)) {
	case 0:
		check(ok && len == (size_t)l && !memcmp(lib.p, ours.p, len));
		break;
	case SRTP_DROP_MALFORMED:	/* padding longer than the payload: libsrtp does not look */
		check(!ok || lib.p[0] & 0x20);
		break;
	default:
		check(!ok);
	}
	return 0;
}
