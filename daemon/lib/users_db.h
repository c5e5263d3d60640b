/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users of an Authentication Service, in SQLite: what proves who they are, and which
 * identities each may put into From.
 *
 * Passwords are not kept, only H(A1) for each digest algorithm, hashed for the realm
 * (sip_digest.h).  That is as good as the password for this realm, so the file has to
 * be of mode 0600, and what is deleted is overwritten.
 *
 * The journal is a write-ahead log: a command changes users while the service reads.
 * Statements are prepared once; a call takes microseconds, or up to a second when
 * somebody else writes.
 */
#ifndef KSRTP_USERS_DB_H
#define KSRTP_USERS_DB_H

#include <stdint.h>

#include "passport.h"
#include "sip_digest.h"

struct err;
struct users_db;

#define USERS_NAME_MAX		64	/* octets of a user's name */
#define USERS_PASSWORD_MAX	256

enum users_db_mode {
	USERS_DB_READ,		/* the service: every change is refused */
	USERS_DB_WRITE,		/* the command; the file has to be there */
	USERS_DB_CREATE,	/* the command; made when it is not there */
};

/**
 * users_db_open() - open and check
 *
 * Return: 0; -ENOENT; -EPERM when group or others may read or write the file; -EINVAL
 * when it is no database of ours; -EIO, -ENOMEM.
 */
int users_db_open(struct users_db **out, const char *path, enum users_db_mode mode, struct err *e);
void users_db_close(struct users_db *db);	/* NULL is fine */

/**
 * users_db_add() - a new user
 * @name: 1 to 64 printable octets without '"', '\' and ':'
 * @algs: DIGEST_BIT()s to keep a hash for
 * @identity: sip, sips or tel URI that the user may claim; NULL: "sip:name@realm".
 *	More by users_db_claim().
 *
 * Return: 0; -EEXIST; -EINVAL with what is wrong; -EIO. All or nothing, as all below.
 */
int users_db_add(struct users_db *db, const char *name, const char *realm, unsigned int algs,
		 const char *password, const char *identity, struct err *e);

/** users_db_passwd() - another password; hashes of other algorithms than @algs go. 0 or -ENOENT, ... */
int users_db_passwd(struct users_db *db, const char *name, const char *realm, unsigned int algs,
		    const char *password, struct err *e);

/** users_db_delete() - the user, with all that belongs to it. 0 or -ENOENT, ... */
int users_db_delete(struct users_db *db, const char *name, const char *realm, struct err *e);

/** users_db_claim(), users_db_unclaim() - one identity more or less. 0, -ENOENT (no such user or claim), ... */
int users_db_claim(struct users_db *db, const char *name, const char *realm, const char *identity,
		   struct err *e);
int users_db_unclaim(struct users_db *db, const char *name, const char *realm,
		     const char *identity, struct err *e);

/**
 * struct users_db_row - a user as listed
 * @algs: DIGEST_BIT()s that there is a hash for
 * @claims: canonical identities, separated by blanks
 */
struct users_db_row {
	const char *name, *realm, *claims;
	unsigned int algs;
	int64_t created;	/* seconds since 1970 */
};

/** users_db_list() - call @fn for each user, by realm and name. 0 or -EIO. */
int users_db_list(struct users_db *db, void (*fn)(const struct users_db_row *row, void *arg),
		  void *arg, struct err *e);

/**
 * users_db_ha1() - for digest_server_check(); wipe it afterwards
 *
 * Return: 0; -ENOENT: no such user, or no hash for @alg; -EIO.
 */
int users_db_ha1(struct users_db *db, const char *name, const char *realm, enum digest_alg alg,
		 char ha1[DIGEST_HEX]);

/**
 * users_db_may_claim() - may this user, who is authenticated, be @id?
 *
 * sip and sips of one user and host are one identity. Return: 0; -EACCES with who
 * claims what; -EIO.
 */
int users_db_may_claim(struct users_db *db, const char *name, const char *realm,
		       const struct passport_id *id, struct err *e);

/**
 * users_db_both() - both questions at once, for who is asked them for each request
 * @may: users_db_may_claim() would answer 0
 *
 * Return: as users_db_ha1().
 */
int users_db_both(struct users_db *db, const char *name, const char *realm, enum digest_alg alg,
		  const struct passport_id *id, char ha1[DIGEST_HEX], bool *may);

#endif /* KSRTP_USERS_DB_H */
