// SPDX-License-Identifier: GPL-2.0-or-later
#include "location.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

#define APPLICATION_ID	0x6b736c6f	/* "kslo" */
#define SCHEMA_VERSION	1

/*
 * One process has it, so the journal's index needs no shared memory; a commit that a
 * crash of the machine loses is registered again within minutes.
 */
static const char settings[] =
	"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
	"PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";

static const char schema[] =
	"BEGIN;"
	"CREATE TABLE binding (aor TEXT NOT NULL, contact TEXT NOT NULL, call_id TEXT NOT NULL,"
	" cseq INTEGER NOT NULL, q INTEGER NOT NULL, expires INTEGER NOT NULL,"
	" side INTEGER NOT NULL, proto INTEGER NOT NULL, flow INTEGER NOT NULL,"
	" ip TEXT NOT NULL, port INTEGER NOT NULL,"
	" PRIMARY KEY (aor, contact)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX binding_expires ON binding (expires);"
	"CREATE INDEX binding_ip ON binding (ip);"
	"PRAGMA application_id = 1802726511;"
	"PRAGMA user_version = 1;"
	"COMMIT;";

enum { GET, DEL, ADD, KNOWS, EXPIRE, BEGIN, COMMIT, ROLLBACK, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[GET] = "SELECT contact, call_id, cseq, q, expires, side, proto, flow, ip, port FROM binding"
		" WHERE aor = ?1 AND expires > ?2 ORDER BY q DESC, expires DESC LIMIT 16",
	[DEL] = "DELETE FROM binding WHERE aor = ?1",
	[ADD] = "INSERT INTO binding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[KNOWS] = "SELECT 1 FROM binding WHERE ip = ?1 AND expires > ?2 LIMIT 1",
	[EXPIRE] = "DELETE FROM binding WHERE expires <= ?1",
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
};

struct location {
	sqlite3 *db;
	sqlite3_stmt *stmt[STATEMENTS];
};

static int failed(const struct location *l, const char *path, struct err *e)
{
	return err_set(e, -EIO, "%s: %s", path, sqlite3_errmsg(l->db));
}

static int number(struct location *l, const char *pragma)
{
	sqlite3_stmt *s = NULL;
	int n = -1;

	if (sqlite3_prepare_v2(l->db, pragma, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW)
		n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	return n;
}

static int prepare(struct location *l, const char *path, struct err *e)
{
	const int id = number(l, "PRAGMA application_id"), version = number(l, "PRAGMA user_version");

	if (sqlite3_exec(l->db, settings, NULL, NULL, NULL))
		return failed(l, path, e);
	if (id == 0 && version == 0 && number(l, "SELECT count(*) FROM sqlite_schema") == 0) {
		if (sqlite3_exec(l->db, schema, NULL, NULL, NULL))
			return failed(l, path, e);
	} else if (id != APPLICATION_ID || version != SCHEMA_VERSION) {
		return err_set(e, -EINVAL, "%s: is no location database of this version", path);
	}
	/* Connections of a former process are gone, and numbers of flows begin anew. */
	if (sqlite3_exec(l->db, "UPDATE binding SET flow = 0 WHERE flow <> 0", NULL, NULL, NULL))
		return failed(l, path, e);
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(l->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &l->stmt[i],
				       NULL))
			return failed(l, path, e);
	return 0;
}

int location_open(struct location **out, const char *path, struct err *e)
{
	struct location *l = calloc(1, sizeof(*l));
	int rc;

	*out = NULL;
	if (!l)
		return err_set(e, -ENOMEM, "no memory for the location service");
	if (sqlite3_open_v2(path, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL))
		rc = failed(l, path, e);
	else
		rc = prepare(l, path, e);
	if (rc) {
		location_close(l);
		return rc;
	}
	*out = l;
	return 0;
}

void location_close(struct location *l)
{
	if (!l)
		return;
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(l->stmt[i]);
	sqlite3_close(l->db);
	free(l);
}

static void text(sqlite3_stmt *s, int i, const char *value)
{
	sqlite3_bind_text(s, i, value, -1, SQLITE_TRANSIENT);
}

/* A statement without rows. */
static int run(sqlite3_stmt *s)
{
	const int rc = sqlite3_step(s);

	sqlite3_reset(s);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

static void take_text(sqlite3_stmt *s, int column, char *out, size_t cap)
{
	const unsigned char *t = sqlite3_column_text(s, column);

	snprintf(out, cap, "%s", t ? (const char *)t : "");
}

int location_get(struct location *l, const char *aor, int64_t now,
		 struct location_binding out[LOCATION_MAX])
{
	sqlite3_stmt *s = l->stmt[GET];
	int n = 0, rc;

	text(s, 1, aor);
	sqlite3_bind_int64(s, 2, now);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW && n < LOCATION_MAX) {
		struct location_binding *b = &out[n];
		char ip[ADDR_STRLEN];

		memset(b, 0, sizeof(*b));
		take_text(s, 0, b->contact, sizeof(b->contact));
		take_text(s, 1, b->call_id, sizeof(b->call_id));
		b->cseq = (uint32_t)sqlite3_column_int64(s, 2);
		b->q = (unsigned int)sqlite3_column_int(s, 3);
		b->expires = sqlite3_column_int64(s, 4);
		b->hop.side = (unsigned int)sqlite3_column_int(s, 5);
		b->hop.proto = (enum sip_proto)sqlite3_column_int(s, 6);
		b->hop.flow = (uint64_t)sqlite3_column_int64(s, 7);
		take_text(s, 8, ip, sizeof(ip));
		if (addr_parse(&b->hop.remote, ip, (uint16_t)sqlite3_column_int(s, 9)) == 0)
			n++;
	}
	sqlite3_reset(s);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? n : -EIO;
}

static int add(struct location *l, const char *aor, const struct location_binding *b)
{
	sqlite3_stmt *s = l->stmt[ADD];
	char ip[ADDR_STRLEN];

	text(s, 1, aor);
	text(s, 2, b->contact);
	text(s, 3, b->call_id);
	sqlite3_bind_int64(s, 4, b->cseq);
	sqlite3_bind_int(s, 5, (int)b->q);
	sqlite3_bind_int64(s, 6, b->expires);
	sqlite3_bind_int(s, 7, (int)b->hop.side);
	sqlite3_bind_int(s, 8, (int)b->hop.proto);
	sqlite3_bind_int64(s, 9, (int64_t)b->hop.flow);
	text(s, 10, addr_ip_str(&b->hop.remote, ip));
	sqlite3_bind_int(s, 11, b->hop.remote.port);
	return run(s);
}

int location_set(struct location *l, const char *aor, const struct location_binding *list,
		 unsigned int n)
{
	int rc = run(l->stmt[BEGIN]);

	if (rc)
		return rc;
	text(l->stmt[DEL], 1, aor);
	rc = run(l->stmt[DEL]);
	for (unsigned int i = 0; i < n && rc == 0; i++)
		rc = add(l, aor, &list[i]);
	if (rc == 0)
		rc = run(l->stmt[COMMIT]);
	if (rc)
		run(l->stmt[ROLLBACK]);
	return rc;
}

bool location_knows(struct location *l, const struct addr *source, int64_t now)
{
	sqlite3_stmt *s = l->stmt[KNOWS];
	char ip[ADDR_STRLEN];
	bool known;

	text(s, 1, addr_ip_str(source, ip));
	sqlite3_bind_int64(s, 2, now);
	known = sqlite3_step(s) == SQLITE_ROW;
	sqlite3_reset(s);
	return known;
}

int location_expire(struct location *l, int64_t now)
{
	sqlite3_bind_int64(l->stmt[EXPIRE], 1, now);
	return run(l->stmt[EXPIRE]) ? -EIO : sqlite3_changes(l->db);
}
