// SPDX-License-Identifier: GPL-2.0-or-later
#include "model_header.h"

#include <stdlib.h>
#include <string.h>

#define FIXED	12

static size_t csrcs(const uint8_t *p)
{
	return 4 * (size_t)(p[0] % 16);
}

static bool extended(const uint8_t *p)
{
	return p[0] >> 4 & 1;
}

static unsigned int tag_of(const uint8_t *p)
{
	const uint8_t *x = p + FIXED + csrcs(p);

	return 256u * x[0] + x[1];
}

static void tag_set(uint8_t *p, unsigned int tag)
{
	uint8_t *x = p + FIXED + csrcs(p);

	x[0] = (uint8_t)(tag / 256);
	x[1] = (uint8_t)(tag % 256);
}

static bool wanted(uint8_t id, const uint8_t *ids, size_t n)
{
	return memchr(ids, id, n);
}

/* RFC 6904 section 3.1: all ones over the data of the elements wanted. */
static bool make_mask(uint8_t *mask, const uint8_t *e, size_t len, bool two, const uint8_t *ids,
		      size_t n)
{
	size_t i = 0;

	memset(mask, 0, len);
	while (i < len) {
		uint8_t id = two ? e[i] : e[i] / 16;
		size_t head = 1 + two, data;

		if (e[i] == 0) {
			i++;
			continue;
		}
		/* RFC 8285 section 4.2: these end it. */
		if (!two && (id == 15 || id == 0))
			return true;
		if (i + head > len)
			return false;
		data = two ? e[i + 1] : e[i] % 16 + 1u;
		if (i + head + data > len)
			return false;
		if (wanted(id, ids, n))
			memset(mask + i + head, 0xff, data);
		i += head + data;
	}
	return true;
}

bool ref_ext(uint8_t *p, size_t hdr, const uint8_t *ids, size_t n, EVP_CIPHER_CTX *ctx,
	     const EVP_CIPHER *ctr, const uint8_t *key, const uint8_t *iv)
{
	size_t at = FIXED + csrcs(p) + 4, len;
	uint8_t *mask, *stream;
	unsigned int tag;
	bool good;
	int m;

	if (!extended(p))
		return true;
	tag = tag_of(p);
	if (tag != 0xbede && tag / 16 != 0x100)
		return true;
	len = hdr - at;
	mask = malloc(len + 1);
	stream = calloc(1, len + 1);
	if (!mask || !stream)
		abort();
	good = make_mask(mask, p + at, len, tag != 0xbede, ids, n);
	if (good && len) {
		EVP_EncryptInit_ex(ctx, ctr, NULL, key, iv);
		EVP_EncryptUpdate(ctx, stream, &m, stream, (int)len);
		for (size_t i = 0; i < len; i++)
			p[at + i] ^= stream[i] & mask[i];
	}
	free(mask);
	free(stream);
	return good;
}

size_t ref_cryptex_mark(uint8_t *p, size_t len, bool *used)
{
	size_t at = FIXED + csrcs(p);

	*used = true;
	if (extended(p) && tag_of(p) == 0xbede) {
		tag_set(p, 0xc0de);
	} else if (extended(p) && tag_of(p) == 0x1000) {
		tag_set(p, 0xc2de);
	} else if (!extended(p) && csrcs(p)) {
		memmove(p + at + 4, p + at, len - at);
		p[0] += 16;
		memcpy(p + at, "\xc0\xde\0\0", 4);
		len += 4;
	} else {
		*used = false;
	}
	return len;
}

bool ref_cryptex_marked(const uint8_t *p)
{
	return extended(p) && (tag_of(p) == 0xc0de || tag_of(p) == 0xc2de);
}

void ref_cryptex_unmark(uint8_t *p)
{
	tag_set(p, tag_of(p) == 0xc0de ? 0xbede : 0x1000);
}

void ref_gather(uint8_t *out, const uint8_t *p, size_t len)
{
	size_t at = FIXED + csrcs(p);

	memcpy(out, p, FIXED);
	memcpy(out + FIXED, p + at, 4);
	memcpy(out + REF_AAD, p + FIXED, csrcs(p));
	memcpy(out + REF_AAD + csrcs(p), p + at + 4, len - at - 4);
}

void ref_scatter(uint8_t *p, const uint8_t *in, size_t len)
{
	size_t n = csrcs(in), at = FIXED + n;

	memcpy(p, in, FIXED);
	memcpy(p + FIXED, in + REF_AAD, n);
	memcpy(p + at, in + FIXED, 4);
	memcpy(p + at + 4, in + REF_AAD + n, len - at - 4);
}
