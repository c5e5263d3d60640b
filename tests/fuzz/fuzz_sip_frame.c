// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * However a stream is cut into reads, the same messages come out of it.  What is
 * framed goes to the parser, which has to agree on the length of its body.
 */
#include <stdlib.h>
#include <string.h>

#include "sip_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t more(uint64_t h, const void *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ ((const uint8_t *)p)[i]) * 0x100000001b3ull;
	return h;
}

static void look(const struct sip_frame *frame)
{
	struct sip_msg *m = NULL;
	unsigned int refusal;
	struct err e;

	if (sip_msg_parse(&m, frame->data, frame->len, &refusal, &e) == 0 && m->body_len) {
		const uint8_t *end = memmem(frame->data, frame->len, "\r\n\r\n", 4);

		if (!end || m->body_len != (size_t)(frame->data + frame->len - end - 4))
			abort();
	}
	sip_msg_free(m);
}

static uint64_t run(const uint8_t *data, size_t size, size_t step)
{
	struct sip_framer f = { 0 };
	struct sip_frame frame;
	enum sip_frame_kind kind = SIP_FRAME_NONE;
	uint64_t h = 0;

	while (size && kind != SIP_FRAME_BROKEN) {
		uint8_t *at;
		size_t n = sip_framer_room(&f, &at);

		if (!n)
			abort();
		n = n < step ? n : step;
		n = n < size ? n : size;
		memcpy(at, data, n);
		sip_framer_added(&f, n);
		data += n;
		size -= n;
		while ((kind = sip_framer_next(&f, &frame, NULL)) != SIP_FRAME_NONE &&
		       kind != SIP_FRAME_BROKEN) {
			h = more(h, &kind, sizeof(kind));
			if (kind != SIP_FRAME_MESSAGE)
				continue;
			if (frame.len > SIP_FRAME_MAX)
				abort();
			h = more(h, frame.data, frame.len);
			if (step > 1)
				look(&frame);
		}
	}
	sip_framer_fini(&f);
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint64_t whole = run(data, size, SIZE_MAX);

	if (whole != run(data, size, 1) || whole != run(data, size, 7))
		abort();
	return 0;
}
