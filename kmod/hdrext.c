// SPDX-License-Identifier: GPL-2.0-only
/* Elements of a header extension (RFC 8285), and which of their octets are encrypted (RFC 6904). */
#include "hdrext.h"
#include "rtp.h"

/**
 * struct walk - through the elements of an extension
 * @p: first octet behind "defined by profile" and length.
 * @len: octets there.
 * @at: where the next element starts.
 * @two: each has two octets of header, else one.
 * @id: of the element found.
 * @data: where its data starts.
 * @data_len: octets of it.
 */
struct walk {
	const u8 *p;
	size_t len;
	size_t at;
	bool two;
	u8 id;
	size_t data;
	size_t data_len;
};

/*
 * The next element.  Return: 1; 0 when there is none; SRTP_DROP_MALFORMED when it does
 * not fit.  In the one-byte form an id 15, and an id 0 with a length, end the extension
 * (RFC 8285 section 4.2): what follows is nobody's and stays as it is.
 */
static int next(struct walk *w)
{
	size_t hdr = w->two ? 2 : 1;

	while (w->at < w->len && !w->p[w->at])	/* padding */
		w->at++;
	if (w->at >= w->len)
		return 0;
	w->id = w->two ? w->p[w->at] : w->p[w->at] >> 4;
	if (!w->two && (w->id == 0 || w->id == 15))
		return 0;
	if (w->len - w->at < hdr)
		return SRTP_DROP_MALFORMED;
	w->data_len = w->two ? w->p[w->at + 1] : (w->p[w->at] & 0x0f) + 1u;
	w->data = w->at + hdr;
	if (w->len - w->data < w->data_len)
		return SRTP_DROP_MALFORMED;
	w->at = w->data + w->data_len;
	return 1;
}

static bool begin(struct walk *w, const u8 *ext, size_t len)
{
	u16 form = srtp_get16(ext);

	*w = (struct walk){
		.p = ext + SRTP_EXT_HEADER,
		.len = len - SRTP_EXT_HEADER,
		.two = (form & 0xfff0) == SRTP_EXT_TWO_BYTE,
	};
	return w->two || form == SRTP_EXT_ONE_BYTE;
}

/**
 * srtp_ext_crypt - encrypt or decrypt the chosen elements of a packet's extension
 * @p: RTP packet
 * @len: octets of its header, from srtp_rtp_parse()
 * @ids: the chosen
 * @aes: AES encryption of a block
 * @key: the expanded header key, handed to @aes
 * @iv: 16 octets: that of the packet with the header salt; the last two are 0
 *
 * The keystream starts with the first element's header and runs under everything;
 * what is not data of a chosen element stays as it is, and no block is made that
 * covers nothing chosen.  An extension of another form than RFC 8285's has no
 * elements.  One whose elements overrun it is refused: in part encrypted it would show
 * the rest.
 *
 * Return: 0, or SRTP_DROP_MALFORMED with nothing changed.
 */
int srtp_ext_crypt(u8 *p, size_t len, const struct srtp_ext_ids *ids, srtp_aes_block aes,
		   const void *key, const u8 *iv)
{
	size_t start = SRTP_RTP_MIN + srtp_csrc_len(p), i, have = (size_t)-1;
	u8 in[16], block[16], *data = p + start + SRTP_EXT_HEADER;
	struct walk w;
	int found;

	if (!srtp_has_ext(p) || !begin(&w, p + start, len - start))
		return 0;
	while ((found = next(&w)) == 1)
		;
	if (found)
		return found;
	memcpy(in, iv, sizeof(in));
	for (w.at = 0; next(&w) == 1; ) {
		if (!srtp_ext_has(ids, w.id))
			continue;
		for (i = w.data; i < w.data + w.data_len; i++) {
			if (i / 16 != have) {
				have = i / 16;
				in[14] = (u8)(have >> 8);
				in[15] = (u8)have;
				aes(key, block, in);
			}
			data[i] ^= block[i % 16];
		}
	}
	memzero_explicit(block, sizeof(block));
	return 0;
}
