/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where one SIP message of a stream ends and the next begins (RFC 3261 sections 7.5
 * and 18.3), and the keep-alives between them (RFC 5626 section 3.5.1).  No I/O.
 *
 *	struct sip_framer	embedded in its connection
 *	 `- buffer		grows up to SIP_FRAME_MAX, given back when empty
 *
 *	while ((room = sip_framer_room(f, &at)) && (n = read(fd, at, room)) > 0) {
 *		sip_framer_added(f, n);
 *		while (sip_framer_next(f, &frame) == SIP_FRAME_MESSAGE) ...
 *	}
 */
#ifndef KSRTP_SIP_FRAME_H
#define KSRTP_SIP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "sip_msg.h"

struct err;

#define SIP_FRAME_HEADERS	32768				/* octets of start line and headers */
#define SIP_FRAME_MAX		(SIP_FRAME_HEADERS + SIP_MAX_BODY)

/** struct sip_framer - private; start zeroed */
struct sip_framer {
	uint8_t *buf;
	size_t cap;
	size_t start, end;	/* octets not consumed yet */
	size_t scanned;		/* of those, known to hold no end of headers */
	size_t whole;		/* length of the message whose headers are here; 0: unknown */
	int broken;
};

enum sip_frame_kind {
	SIP_FRAME_NONE,		/* more octets are needed */
	SIP_FRAME_MESSAGE,
	SIP_FRAME_PING,		/* CRLF CRLF: answer CRLF */
	SIP_FRAME_PONG,		/* CRLF */
	SIP_FRAME_BROKEN,	/* nothing after this can be understood: close the connection */
};

/** struct sip_frame - octets of a message, good until the next call on the framer */
struct sip_frame {
	const uint8_t *data;
	size_t len;
};

/**
 * sip_framer_room() - where to put octets read
 *
 * Return: how many fit, at least one; 0 when memory is out.
 */
size_t sip_framer_room(struct sip_framer *f, uint8_t **at);

/** sip_framer_added() - @n octets were put there. */
void sip_framer_added(struct sip_framer *f, size_t n);

/**
 * sip_framer_next() - the next thing that is complete; call until SIP_FRAME_NONE
 *
 * Broken is: headers longer than SIP_FRAME_HEADERS, a body longer than SIP_MAX_BODY,
 * Content-Length absent, twice or no number (a stream needs it, section 18.3), a NUL
 * in front of the headers' end. Broken once is broken for good.
 */
enum sip_frame_kind sip_framer_next(struct sip_framer *f, struct sip_frame *frame, struct err *e);

/** sip_framer_pending() - octets of something not complete yet. */
static inline size_t sip_framer_pending(const struct sip_framer *f) { return f->end - f->start; }

void sip_framer_fini(struct sip_framer *f);

#endif /* KSRTP_SIP_FRAME_H */
