// SPDX-License-Identifier: GPL-2.0-or-later
/* The credential store: three tables, prepared statements only. */
#include "users_db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "secret.h"

#define APPLICATION_ID	"0x6b737274"	/* "ksrt" */
#define SCHEMA_VERSION	1

static const char schema[] =
	"CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT NOT NULL, realm TEXT NOT NULL,"
	" created INTEGER NOT NULL, UNIQUE (realm, name)) STRICT;"
	"CREATE TABLE credential (user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,"
	" alg TEXT NOT NULL, ha1 TEXT NOT NULL, PRIMARY KEY (user, alg)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE claim (user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,"
	" identity TEXT NOT NULL, PRIMARY KEY (user, identity)) STRICT, WITHOUT ROWID;"
	"PRAGMA application_id = " APPLICATION_ID ";"
	"PRAGMA user_version = 1;";

enum {
	ADD_USER, ADD_HASH, ADD_CLAIM, DEL_USER, DEL_HASHES, DEL_CLAIM, LIST, GET_HASH, MAY_CLAIM, GET_BOTH,
	STATEMENTS
};

#define THE_USER "(SELECT id FROM user WHERE realm = ?1 AND name = ?2)"

/* ?1 is the realm and ?2 the name in all of them. */
static const char *const sql[STATEMENTS] = {
	[ADD_USER] = "INSERT INTO user (realm, name, created) VALUES (?1, ?2, ?3)",
	[ADD_HASH] = "INSERT INTO credential VALUES (" THE_USER ", ?3, ?4)",
	[ADD_CLAIM] = "INSERT OR IGNORE INTO claim SELECT id, ?3 FROM user WHERE realm = ?1 AND name = ?2",
	[DEL_USER] = "DELETE FROM user WHERE realm = ?1 AND name = ?2",
	[DEL_HASHES] = "DELETE FROM credential WHERE user = " THE_USER,
	[DEL_CLAIM] = "DELETE FROM claim WHERE user = " THE_USER " AND identity = ?3",
	[LIST] = "SELECT name, realm, created,"
		 " (SELECT group_concat(alg, ' ') FROM credential WHERE user = id),"
		 " (SELECT group_concat(identity, ' ') FROM claim WHERE user = id)"
		 " FROM user ORDER BY realm, name",
	[GET_HASH] = "SELECT ha1 FROM credential WHERE user = " THE_USER " AND alg = ?3",
	[GET_BOTH] = "SELECT ha1, EXISTS (SELECT 1 FROM claim WHERE claim.user = credential.user"
		     " AND identity = ?4) FROM credential WHERE user = " THE_USER " AND alg = ?3",
	[MAY_CLAIM] = "SELECT 1 FROM claim WHERE user = " THE_USER " AND identity = ?3",
};

struct users_db {
	sqlite3 *db;
	sqlite3_stmt *stmt[STATEMENTS];
};

static int failed(struct users_db *db, const char *what, struct err *e)
{
	int code = sqlite3_errcode(db->db) & 0xff;

	if (code == SQLITE_READONLY)
		return err_set(e, -EROFS, "users: %s: opened for reading only", what);
	if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
		return err_set(e, -EINVAL, "users: %s: not a users database", what);
	return err_set(e, -EIO, "users: %s: %s", what, sqlite3_errmsg(db->db));
}

static sqlite3_stmt *begin(struct users_db *db, int which, const char *realm, const char *name)
{
	sqlite3_stmt *s = db->stmt[which];

	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	sqlite3_bind_text(s, 1, realm, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, name, -1, SQLITE_STATIC);
	return s;
}

/* Run a statement that gives no rows. Return: rows changed, or SQLite's error, negated. */
static int run(struct users_db *db, sqlite3_stmt *s)
{
	int status = sqlite3_step(s);

	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return status == SQLITE_DONE ? sqlite3_changes(db->db) : -status;
}

/* ---- opening ----------------------------------------------------------------- */

/* Who can read it can be any of its users. */
static int check_file(const char *path, enum users_db_mode mode, struct err *e)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (mode == USERS_DB_CREATE ? O_CREAT : 0), 0600);
	struct stat st;
	int err = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		err = err_set(e, -errno, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_mode & 077)
		err = err_set(e, -EPERM, "%s: not a file, or open to group or others (chmod 600 it)", path);
	if (fd >= 0)
		close(fd);
	return err;
}

static int get_number(struct users_db *db, const char *pragma)
{
	sqlite3_stmt *s = NULL;
	int v = -1;

	if (sqlite3_prepare_v2(db->db, pragma, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
		v = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return v;
}

static int set_up(struct users_db *db, const char *path, enum users_db_mode mode, struct err *e)
{
	int version;

	sqlite3_busy_timeout(db->db, 1000);
	sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (sqlite3_exec(db->db, "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;"
			 "PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;", NULL, NULL, NULL))
		return failed(db, path, e);
	if (mode == USERS_DB_CREATE) {
		/* Two that create at once: the second waits, and finds it done. */
		if (sqlite3_exec(db->db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
			return failed(db, path, e);
		if (get_number(db, "SELECT count(*) FROM sqlite_schema") == 0 &&
		    sqlite3_exec(db->db, schema, NULL, NULL, NULL))
			return failed(db, path, e);
		if (sqlite3_exec(db->db, "COMMIT", NULL, NULL, NULL))
			return failed(db, path, e);
	}
	version = get_number(db, "PRAGMA user_version");
	if (get_number(db, "PRAGMA application_id") != (int)strtol(APPLICATION_ID, NULL, 16) ||
	    version != SCHEMA_VERSION)
		return err_set(e, -EINVAL, "%s: not a users database of version %d", path, SCHEMA_VERSION);
	if (mode == USERS_DB_READ &&
	    sqlite3_exec(db->db, "PRAGMA query_only = ON", NULL, NULL, NULL))
		return failed(db, path, e);
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(db->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &db->stmt[i], NULL))
			return failed(db, path, e);
	return 0;
}

int users_db_open(struct users_db **out, const char *path, enum users_db_mode mode, struct err *e)
{
	struct users_db *db;
	int err = check_file(path, mode, e);

	*out = NULL;
	if (err)
		return err;
	db = calloc(1, sizeof(*db));
	if (!db)
		return err_set(e, -ENOMEM, "no memory for %s", path);
	if (sqlite3_open_v2(path, &db->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		err = db->db ? failed(db, path, e) : err_set(e, -ENOMEM, "no memory for %s", path);
	else
		err = set_up(db, path, mode, e);
	if (err)
		users_db_close(db);
	else
		*out = db;
	return err;
}

void users_db_close(struct users_db *db)
{
	if (!db)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(db->stmt[i]);
	sqlite3_close(db->db);
	free(db);
}

/* ---- changes ----------------------------------------------------------------- */

static int check_text(const char *what, const char *text, size_t most, const char *not,
		      struct err *e)
{
	size_t len = strlen(text);

	if (!len || len > most)
		return err_set(e, -EINVAL, "%s has to have 1 to %zu octets", what, most);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f || strchr(not, text[i]))
			return err_set(e, -EINVAL, "%s may hold no control octets%s%s", what,
				       *not ? " and none of " : "", not);
	return 0;
}

static int check_user(const char *name, const char *realm, struct err *e)
{
	return check_text("the user's name", name, USERS_NAME_MAX, "\"\\:", e) ?:
	       check_text("the realm", realm, DIGEST_VALUE_MAX - 1, "\"\\", e);
}

/* The form that claims are stored and asked for in: "tel:" and digits, or "sip:user@host". */
static void claim_text(char out[PASSPORT_ID_MAX + 8], const struct passport_id *id)
{
	const char *value = id->value;

	if (!id->tn && strncmp(value, "sips:", 5) == 0)
		value += 5;
	else if (!id->tn && strncmp(value, "sip:", 4) == 0)
		value += 4;
	strcpy(out, id->tn ? "tel:" : "sip:");
	strcat(out, value);
}

static int identity_text(char out[PASSPORT_ID_MAX + 8], const char *uri, struct err *e)
{
	struct passport_id id;
	int err = passport_id_from_uri(&id, uri, e);

	if (!err)
		claim_text(out, &id);
	return err;
}

static int put_hashes(struct users_db *db, const char *name, const char *realm, unsigned int algs,
		      const char *password, struct err *e)
{
	char ha1[DIGEST_HEX];
	int err = 0;

	for (int alg = 0; alg < DIGEST_ALGS && !err; alg++) {
		sqlite3_stmt *s;

		if (!(algs & DIGEST_BIT(alg)))
			continue;
		if (digest_ha1((enum digest_alg)alg, name, realm, password, ha1)) {
			err = err_set(e, -EIO, "OpenSSL cannot compute %s", digest_alg_name((enum digest_alg)alg));
			break;
		}
		s = begin(db, ADD_HASH, realm, name);
		sqlite3_bind_text(s, 3, digest_alg_name((enum digest_alg)alg), -1, SQLITE_STATIC);
		sqlite3_bind_text(s, 4, ha1, -1, SQLITE_STATIC);
		if (run(db, s) < 0)
			err = failed(db, name, e);
	}
	secret_wipe(ha1, sizeof(ha1));
	return err;
}

static int check_password(const char *password, unsigned int algs, struct err *e)
{
	if (!algs || algs >= DIGEST_BIT(DIGEST_ALGS))
		return err_set(e, -EINVAL, "no digest algorithm to keep a hash for");
	return check_text("the password", password, USERS_PASSWORD_MAX, "", e);
}

static int start(struct users_db *db, struct err *e)
{
	return sqlite3_exec(db->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) ? failed(db, "change", e) : 0;
}

/* All or nothing. */
static int end(struct users_db *db, int err, struct err *e)
{
	if (!err && sqlite3_exec(db->db, "COMMIT", NULL, NULL, NULL))
		err = failed(db, "change", e);
	if (err)
		sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

int users_db_add(struct users_db *db, const char *name, const char *realm, unsigned int algs,
		 const char *password, const char *identity, struct err *e)
{
	char usual[USERS_NAME_MAX + DIGEST_VALUE_MAX + 8], claim[PASSPORT_ID_MAX + 8];
	sqlite3_stmt *s;
	int err = check_user(name, realm, e), n;

	snprintf(usual, sizeof(usual), "sip:%s@%s", name, realm);
	err = err ?: check_password(password, algs, e);
	err = err ?: identity_text(claim, identity ? identity : usual, e);
	err = err ?: start(db, e);
	if (err)
		return err;
	s = begin(db, ADD_USER, realm, name);
	sqlite3_bind_int64(s, 3, clock_wall());
	n = run(db, s);
	if (n < 0)
		err = -n == SQLITE_CONSTRAINT ? err_set(e, -EEXIST, "user %s of %s is there already", name, realm)
					      : failed(db, name, e);
	err = err ?: put_hashes(db, name, realm, algs, password, e);
	if (!err) {
		s = begin(db, ADD_CLAIM, realm, name);
		sqlite3_bind_text(s, 3, claim, -1, SQLITE_STATIC);
		err = run(db, s) < 0 ? failed(db, name, e) : 0;
	}
	return end(db, err, e);
}

static int no_user(const char *name, const char *realm, struct err *e)
{
	return err_set(e, -ENOENT, "there is no user %s of %s", name, realm);
}

int users_db_passwd(struct users_db *db, const char *name, const char *realm, unsigned int algs,
		    const char *password, struct err *e)
{
	int err = check_password(password, algs, e), n;

	err = err ?: start(db, e);
	if (err)
		return err;
	n = run(db, begin(db, DEL_HASHES, realm, name));
	/* Every user has a hash: none deleted is no user. */
	err = n < 0 ? failed(db, name, e) : n == 0 ? no_user(name, realm, e) : 0;
	err = err ?: put_hashes(db, name, realm, algs, password, e);
	return end(db, err, e);
}

int users_db_delete(struct users_db *db, const char *name, const char *realm, struct err *e)
{
	int n = run(db, begin(db, DEL_USER, realm, name));

	return n < 0 ? failed(db, name, e) : n == 0 ? no_user(name, realm, e) : 0;
}

static bool is_user(struct users_db *db, const char *name, const char *realm)
{
	char ha1[DIGEST_HEX];
	bool is = false;

	for (int alg = 0; alg < DIGEST_ALGS && !is; alg++)
		is = users_db_ha1(db, name, realm, (enum digest_alg)alg, ha1) == 0;
	secret_wipe(ha1, sizeof(ha1));
	return is;
}

static int change_claim(struct users_db *db, int which, const char *name, const char *realm,
			const char *identity, struct err *e)
{
	char claim[PASSPORT_ID_MAX + 8];
	int err = identity_text(claim, identity, e), n;
	sqlite3_stmt *s;

	if (err)
		return err;
	s = begin(db, which, realm, name);
	sqlite3_bind_text(s, 3, claim, -1, SQLITE_STATIC);
	n = run(db, s);
	if (n < 0)
		return failed(db, name, e);
	if (n == 0 && !is_user(db, name, realm))
		return no_user(name, realm, e);
	if (n == 0 && which == DEL_CLAIM)
		return err_set(e, -ENOENT, "user %s of %s could not claim %s before", name, realm, claim);
	return 0;
}

int users_db_claim(struct users_db *db, const char *name, const char *realm, const char *identity,
		   struct err *e)
{
	return change_claim(db, ADD_CLAIM, name, realm, identity, e);
}

int users_db_unclaim(struct users_db *db, const char *name, const char *realm,
		     const char *identity, struct err *e)
{
	return change_claim(db, DEL_CLAIM, name, realm, identity, e);
}

/* ---- questions --------------------------------------------------------------- */

static unsigned int algs_of(const char *names)
{
	unsigned int algs = 0;
	char text[80], *save;

	snprintf(text, sizeof(text), "%s", names ? names : "");
	for (char *n = strtok_r(text, " ", &save); n; n = strtok_r(NULL, " ", &save))
		if (digest_alg_parse(n) >= 0)
			algs |= DIGEST_BIT(digest_alg_parse(n));
	return algs;
}

int users_db_list(struct users_db *db, void (*fn)(const struct users_db_row *row, void *arg),
		  void *arg, struct err *e)
{
	sqlite3_stmt *s = db->stmt[LIST];
	int status;

	while ((status = sqlite3_step(s)) == SQLITE_ROW) {
		const char *claims = (const char *)sqlite3_column_text(s, 4);
		struct users_db_row row = {
			.name = (const char *)sqlite3_column_text(s, 0),
			.realm = (const char *)sqlite3_column_text(s, 1),
			.created = sqlite3_column_int64(s, 2),
			.algs = algs_of((const char *)sqlite3_column_text(s, 3)),
			.claims = claims ? claims : "",
		};

		if (row.name && row.realm)
			fn(&row, arg);
	}
	sqlite3_reset(s);
	return status == SQLITE_DONE ? 0 : failed(db, "list", e);
}

/* @s gives a hash in its first column. */
static int get_hash(sqlite3_stmt *s, enum digest_alg alg, char ha1[DIGEST_HEX], bool *may)
{
	int status = sqlite3_step(s), err = -ENOENT;

	if (status == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(s, 0);

		err = -EIO;
		if (text && strlen(text) == digest_hex_len(alg)) {
			memcpy(ha1, text, digest_hex_len(alg) + 1);
			if (may)
				*may = sqlite3_column_int(s, 1) == 1;
			err = 0;
		}
	} else if (status != SQLITE_DONE) {
		err = -EIO;
	}
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return err;
}

int users_db_ha1(struct users_db *db, const char *name, const char *realm, enum digest_alg alg,
		 char ha1[DIGEST_HEX])
{
	sqlite3_stmt *s = begin(db, GET_HASH, realm, name);

	sqlite3_bind_text(s, 3, digest_alg_name(alg), -1, SQLITE_STATIC);
	return get_hash(s, alg, ha1, NULL);
}

int users_db_both(struct users_db *db, const char *name, const char *realm, enum digest_alg alg,
		  const struct passport_id *id, char ha1[DIGEST_HEX], bool *may)
{
	sqlite3_stmt *s = begin(db, GET_BOTH, realm, name);
	char claim[PASSPORT_ID_MAX + 8];

	*may = false;
	claim_text(claim, id);
	sqlite3_bind_text(s, 3, digest_alg_name(alg), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, claim, -1, SQLITE_STATIC);
	return get_hash(s, alg, ha1, may);
}

int users_db_may_claim(struct users_db *db, const char *name, const char *realm,
		       const struct passport_id *id, struct err *e)
{
	sqlite3_stmt *s = begin(db, MAY_CLAIM, realm, name);
	char claim[PASSPORT_ID_MAX + 8];
	int status;

	claim_text(claim, id);
	sqlite3_bind_text(s, 3, claim, -1, SQLITE_STATIC);
	status = sqlite3_step(s);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	if (status == SQLITE_ROW)
		return 0;
	if (status != SQLITE_DONE)
		return failed(db, name, e);
	return err_set(e, -EACCES, "user %s of %s may not claim to be %s", name, realm, claim);
}
