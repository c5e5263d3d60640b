// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any RTP packet through the module's handling of header extensions, in memory of exactly
 * its size: elements and cryptex, each against the model written from the RFCs.
 *
 * Octets: mode, number of ids, ids, then the packet.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "../module/lib/model_header.h"
#include "cryptex.h"
#include "hdrext.h"
#include "rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[16] = "header extension", iv[16] = "initial vector";

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void block(const void *ctx, u8 out[16], const u8 in[16])
{
	int n;

	EVP_EncryptUpdate((EVP_CIPHER_CTX *)(uintptr_t)ctx, out, &n, in, 16);
}

static u8 *copy(const uint8_t *p, size_t len, size_t room)
{
	u8 *c = malloc(len + room);

	check(c);
	memcpy(c, p, len);
	return c;
}

static void elements(const uint8_t *p, size_t len, size_t hdr, const uint8_t *ids, size_t n)
{
	static EVP_CIPHER_CTX *ecb, *ctr;
	u8 *ours = copy(p, len, 0), *ref = copy(p, len, 0);
	struct srtp_ext_ids set = { { 0 } };
	int rc;

	if (!ecb) {
		ecb = EVP_CIPHER_CTX_new();
		ctr = EVP_CIPHER_CTX_new();
		EVP_EncryptInit_ex(ecb, EVP_aes_128_ecb(), NULL, key, NULL);
		EVP_CIPHER_CTX_set_padding(ecb, 0);
	}
	for (size_t i = 0; i < n; i++)
		srtp_ext_add(&set, ids[i]);
	rc = srtp_ext_crypt(ours, hdr, &set, block, ecb, iv);
	check(rc == 0 || rc == SRTP_DROP_MALFORMED);
	check(ref_ext(ref, hdr, ids, n, ctr, EVP_aes_128_ctr(), key, iv) == !rc);
	check(!memcmp(ours, ref, len));
	check(!rc || !memcmp(ours, p, len));
	check(srtp_ext_crypt(ours, hdr, &set, block, ecb, iv) == rc && !memcmp(ours, p, len));
	free(ours);
	free(ref);
}

/* Sent, joined and split as around a cipher, received. */
static void cryptex(const uint8_t *p, size_t size, u32 hdr, u8 mode)
{
	u8 *ours = copy(p, size, SRTP_CRYPTEX_GROWTH), *ref = copy(p, size, SRTP_CRYPTEX_GROWTH);
	u32 len = (u32)size, was = hdr;
	bool used, ref_used, marked = ref_cryptex_marked(p);
	struct srtp_rtp r;
	u8 *joined;
	int rc = srtp_cryptex_seal(ours, &len, &hdr, mode, &used);

	check(rc == 0 || (rc == SRTP_DROP_CRYPTEX && !memcmp(ours, p, size) && len == size));
	check(!marked || rc);
	if (rc)
		goto out;
	check(ref_cryptex_mark(ref, size, &ref_used) == len && used == ref_used);
	check(!memcmp(ours, ref, len) && hdr == was + (len - size));
	if (!used)
		goto out;
	check(srtp_rtp_parse(ours, len, len, &r) == 0 && r.hdr_len == hdr);
	joined = copy(ours, len, 0);
	ref_gather(joined, ours, len);
	srtp_cryptex_join(ours);
	check(!memcmp(ours, joined, len));
	free(joined);
	srtp_cryptex_split(ours);
	check(!memcmp(ours, ref, len));
	check(srtp_cryptex_open(ours, mode, &used) == 0 && used);
	srtp_cryptex_restore(ours);
	ref_cryptex_unmark(ref);
	check(!memcmp(ours, ref, len) && (len > size || !memcmp(ours, p, size)));
out:
	free(ours);
	free(ref);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srtp_rtp r;
	const uint8_t *p;
	size_t n, len;
	bool used;
	u8 *c;
	int rc;

	if (size < 2)
		return 0;
	n = data[1] % 16;
	if (size < 2 + n + SRTP_RTP_MIN)
		return 0;
	p = data + 2 + n;
	len = size - 2 - n;
	if (srtp_rtp_parse(p, len, len, &r))
		return 0;
	elements(p, len, r.hdr_len, data + 2, n);
	cryptex(p, len, r.hdr_len, 1 + data[0] % 2);
	c = copy(p, len, 0);
	rc = srtp_cryptex_open(c, 1 + data[0] % 2, &used);
	check(!memcmp(c, p, len) && (rc ? data[0] % 2 == 1 && p[0] & 0x1f :
				     used == ref_cryptex_marked(p)));
	free(c);
	return 0;
}
