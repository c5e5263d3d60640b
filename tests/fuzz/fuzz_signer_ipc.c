// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages between the roles of sip-signerd: whatever a reader takes, the writer writes
 * the same octets for. Input is a packet: type, body.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc.h"
#include "signer_proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRY(NAME, name)						\
	case NAME: {						\
		static struct name m;				\
								\
		name##_get(&r, &m);				\
		if (!rbuf_done(&r))				\
			return 0;				\
		name##_put(&w, &m);				\
		break;						\
	}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t space[IPC_MAX];
	struct rbuf r = rbuf_on(data, size);
	const uint16_t type = rbuf_u16(&r);
	struct wbuf w = ipc_begin(space, type);

	if (r.bad || size > IPC_MAX)
		return 0;
	switch (type) {
	TRY(SIGNER_ASK, signer_ask)
	TRY(SIGNER_VOUCH, signer_vouch)
	TRY(SIGNER_VERDICT, signer_verdict)
	TRY(SIGNER_SIGN, signer_sign)
	TRY(SIGNER_SIGNED, signer_signed)
	TRY(SIGNER_COUNTS, signer_counts)
	default:
		return 0;
	}
	if (w.bad || w.len != size || memcmp(space, data, size) != 0)
		abort();
	return 0;
}
