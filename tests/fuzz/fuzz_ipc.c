// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages between the roles: whatever a reader takes, the writer writes the same
 * octets for. Input is a packet: type, body.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ipc.h"
#include "media_proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRY(NAME, name)						\
	case NAME: {						\
		struct name m;					\
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
	TRY(MEDIA_LEG_OPEN, media_leg_open)
	TRY(MEDIA_LEG_REMOTE, media_leg_remote)
	TRY(MEDIA_LEG_FINGERPRINTS, media_leg_fingerprints)
	TRY(MEDIA_LEG_PAIR, media_leg_pair)
	TRY(MEDIA_LEG_CLOSE, media_leg_close)
	TRY(MEDIA_LEG_OPENED, media_leg_opened)
	TRY(MEDIA_LEG_STATE, media_leg_state)
	TRY(MEDIA_LEG_FAILED, media_leg_failed)
	TRY(MEDIA_READY, media_ready)
	TRY(MEDIA_STATS, media_stats)
	default:
		return 0;
	}
	if (w.bad || w.len != size || memcmp(space, data, size) != 0)
		abort();
	return 0;
}
