// SPDX-License-Identifier: GPL-2.0-or-later
#include "dtls_record.h"

#include <string.h>

#define RECORD_HEAD	13	/* RFC 6347 section 4.1 */
#define MESSAGE_HEAD	12	/* RFC 6347 section 4.2.2 */
#define MAX_MESSAGE	32768	/* a handshake message; certificates are the longest */
#define MAX_MESSAGE_SEQ	16	/* a full handshake needs seven from either end */

enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22 };

enum {
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	HELLO_VERIFY_REQUEST = 3,
	NEW_SESSION_TICKET = 4,
	CERTIFICATE = 11,
	SERVER_KEY_EXCHANGE = 12,
	CERTIFICATE_REQUEST = 13,
	SERVER_HELLO_DONE = 14,
	CERTIFICATE_VERIFY = 15,
	CLIENT_KEY_EXCHANGE = 16,
};

#define BIT(n)	(1u << (n))

/* Finished is not among them: it never comes in the clear. */
static const uint32_t from_client = BIT(CLIENT_HELLO) | BIT(CERTIFICATE) |
	BIT(CLIENT_KEY_EXCHANGE) | BIT(CERTIFICATE_VERIFY);
static const uint32_t from_server = BIT(SERVER_HELLO) | BIT(HELLO_VERIFY_REQUEST) |
	BIT(NEW_SESSION_TICKET) | BIT(CERTIFICATE) | BIT(SERVER_KEY_EXCHANGE) |
	BIT(CERTIFICATE_REQUEST) | BIT(SERVER_HELLO_DONE);

static unsigned int u16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static unsigned int u24(const uint8_t *p)
{
	return (unsigned int)p[0] << 16 | u16(p + 1);
}

/* One or more whole messages or fragments that are well-formed and may come from there. */
static bool messages_fit(uint32_t allowed, const uint8_t *p, size_t len, bool *client_hello)
{
	bool ok = len > 0;

	while (len) {
		unsigned int type, total, offset, part;

		if (len < MESSAGE_HEAD)
			return false;
		type = p[0];
		total = u24(p + 1);
		offset = u24(p + 6);
		part = u24(p + 9);
		if (total > MAX_MESSAGE || u16(p + 4) > MAX_MESSAGE_SEQ ||
		    offset + part > total || part > len - MESSAGE_HEAD || (!part && total))
			return false;
		if (type > 31 || !(allowed & BIT(type))) {
			*client_hello |= type == CLIENT_HELLO;
			ok = false;
		}
		p += MESSAGE_HEAD + part;
		len -= MESSAGE_HEAD + part;
	}
	return ok;
}

static bool record_fits(enum dtls_phase phase, const uint8_t *head, const uint8_t *body,
			size_t len, struct dtls_screened *s)
{
	unsigned int type = head[0], epoch = u16(head + 3);

	if (!len)
		return false;
	if (epoch == 1)		/* authenticated by its cipher; application data has no place here */
		return type == CHANGE_CIPHER_SPEC || type == ALERT || type == HANDSHAKE;
	if (epoch != 0 || phase == DTLS_PHASE_DONE)
		return false;
	switch (type) {
	case CHANGE_CIPHER_SPEC:
		return len == 1 && body[0] == 1;
	case ALERT:
		if (len == 2)
			s->alert = body[1];
		return false;
	case HANDSHAKE:
		return messages_fit(phase == DTLS_PHASE_SERVER ? from_client : from_server,
				    body, len, &s->client_hello);
	default:
		return false;
	}
}

struct dtls_screened dtls_record_screen(enum dtls_phase phase, const uint8_t *data, size_t len,
					uint8_t *out)
{
	struct dtls_screened s = { .alert = -1 };

	while (len) {
		size_t body, whole;

		/* DTLS 1.0 (in a first ClientHello) or 1.2 */
		if (len < RECORD_HEAD || data[1] != 0xfe || (data[2] != 0xff && data[2] != 0xfd))
			break;
		body = u16(data + 11);
		whole = RECORD_HEAD + body;
		if (whole > len)
			break;
		if (record_fits(phase, data, data + RECORD_HEAD, body, &s)) {
			memcpy(out + s.len, data, whole);
			s.len += whole;
		} else {
			s.dropped++;
		}
		data += whole;
		len -= whole;
	}
	if (len)
		s.dropped++;
	return s;
}
