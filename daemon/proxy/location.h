/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The location service (RFC 3261 section 10): addresses-of-record and the contacts
 * registered for them, in SQLite.  One process writes and reads it, with prepared
 * statements, and no call waits for a disk.
 */
#ifndef KSRTP_LOCATION_H
#define KSRTP_LOCATION_H

#include <stdint.h>

#include "sip_transp.h"

struct err;
struct location;

#define LOCATION_MAX		16	/* bindings of one address-of-record */
#define LOCATION_URI_SIZE	1024
#define LOCATION_CALL_ID_SIZE	256
#define LOCATION_AOR_SIZE	512

/**
 * struct location_binding
 * @contact: URI without < >
 * @q: 0 to 1000
 * @expires: seconds since 1970
 * @hop: where the REGISTER came from; @hop.flow is 0 when that connection belongs to
 *	a former process
 */
struct location_binding {
	char contact[LOCATION_URI_SIZE];
	char call_id[LOCATION_CALL_ID_SIZE];
	uint32_t cseq;
	unsigned int q;
	int64_t expires;
	struct sip_hop hop;
};

/** location_open() - made when not there. 0; -EINVAL when it is no database of ours; -EIO, -ENOMEM. */
int location_open(struct location **out, const char *path, struct err *e);
void location_close(struct location *l);	/* NULL is fine */

/**
 * location_get() - bindings of @aor that have not expired at @now, the highest q first
 *
 * Return: how many, at most LOCATION_MAX; -EIO.
 */
int location_get(struct location *l, const char *aor, int64_t now,
		 struct location_binding out[LOCATION_MAX]);

/** location_set() - all bindings of @aor are these from now on; all or nothing. 0 or -EIO. */
int location_set(struct location *l, const char *aor, const struct location_binding *list,
		 unsigned int n);

/** location_knows() - has somebody registered from this address, and not expired? */
bool location_knows(struct location *l, const struct addr *source, int64_t now);

/** location_expire() - forget what has expired. Return: how many, or -EIO. */
int location_expire(struct location *l, int64_t now);

#endif /* KSRTP_LOCATION_H */
