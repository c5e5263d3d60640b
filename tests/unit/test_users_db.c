// SPDX-License-Identifier: GPL-2.0-or-later
/* The credential store: what goes in comes out hashed, and what does not belong is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "clock.h"
#include "err.h"
#include "users_db.h"

#define REALM "atlanta.example.com"

static char dir[] = "/tmp/test_users_db.XXXXXX", path[64];

static struct users_db *open_db(enum users_db_mode mode)
{
	struct users_db *db;
	struct err e = { 0 };

	if (users_db_open(&db, path, mode, &e))
		fail_msg("%s", e.text);
	return db;
}

static bool file_has(const char *text)
{
	char cmd[300];

	snprintf(cmd, sizeof(cmd), "cat %s/* | grep -qaF '%s'", dir, text);
	return system(cmd) == 0;
}

static void life(void **state)
{
	struct users_db *db = open_db(USERS_DB_CREATE), *reader = open_db(USERS_DB_READ);
	char want[DIGEST_HEX], ha1[DIGEST_HEX], old[DIGEST_HEX];
	struct stat st;
	struct err e;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(users_db_add(db, "alice", REALM, DIGEST_STRONG, "a secret word", NULL, &e), 0);
	assert_int_equal(users_db_add(db, "alice", REALM, DIGEST_STRONG, "other", NULL, &e), -EEXIST);
	assert_int_equal(users_db_add(db, "alice", "other.example", DIGEST_STRONG, "x", NULL, &e), 0);
	for (int alg = 0; alg < DIGEST_ALGS; alg++) {
		int err = users_db_ha1(reader, "alice", REALM, (enum digest_alg)alg, ha1);

		assert_int_equal(err, alg == DIGEST_MD5 ? -ENOENT : 0);
		if (err)
			continue;
		digest_ha1((enum digest_alg)alg, "alice", REALM, "a secret word", want);
		assert_string_equal(ha1, want);
	}
	assert_int_equal(users_db_ha1(reader, "bob", REALM, DIGEST_SHA256, ha1), -ENOENT);
	assert_int_equal(users_db_ha1(reader, "alice", "x' OR '1'='1", DIGEST_SHA256, ha1), -ENOENT);
	assert_false(file_has("a secret word"));
	digest_ha1(DIGEST_SHA256, "alice", REALM, "a secret word", old);
	assert_true(file_has(old));

	assert_int_equal(users_db_passwd(db, "alice", REALM, DIGEST_BIT(DIGEST_SHA256), "new", &e), 0);
	digest_ha1(DIGEST_SHA256, "alice", REALM, "new", want);
	assert_int_equal(users_db_ha1(reader, "alice", REALM, DIGEST_SHA256, ha1), 0);
	assert_string_equal(ha1, want);
	assert_int_equal(users_db_ha1(reader, "alice", REALM, DIGEST_SHA512_256, ha1), -ENOENT);
	assert_int_equal(users_db_passwd(db, "bob", REALM, DIGEST_STRONG, "new", &e), -ENOENT);

	/* Who only reads changes nothing. */
	assert_int_equal(users_db_add(reader, "mallory", REALM, DIGEST_STRONG, "x", NULL, &e), -EROFS);
	assert_int_equal(users_db_delete(reader, "alice", REALM, &e), -EROFS);

	assert_int_equal(users_db_delete(db, "alice", REALM, &e), 0);
	assert_int_equal(users_db_delete(db, "alice", REALM, &e), -ENOENT);
	assert_int_equal(users_db_ha1(reader, "alice", REALM, DIGEST_SHA256, ha1), -ENOENT);
	assert_int_equal(users_db_ha1(reader, "alice", "other.example", DIGEST_SHA256, ha1), 0);
	users_db_close(reader);
	users_db_close(db);
	/* Overwritten, not only unlinked. */
	assert_false(file_has(old));
	assert_false(file_has(want));
}

static int claim(struct users_db *db, const char *name, const char *uri)
{
	char ha1[DIGEST_HEX] = "", both[DIGEST_HEX] = "";
	bool may;
	struct passport_id id;
	struct err e = { 0 };
	int err;

	assert_int_equal(passport_id_from_uri(&id, uri, &e), 0);
	err = users_db_may_claim(db, name, REALM, &id, &e);
	/* Both questions at once are answered as one by one. */
	assert_int_equal(users_db_both(db, name, REALM, DIGEST_SHA256, &id, both, &may),
			 users_db_ha1(db, name, REALM, DIGEST_SHA256, ha1));
	assert_int_equal(may, err == 0);
	assert_string_equal(both, ha1);
	if (err == -EACCES)
		assert_non_null(strstr(e.text, "may not claim"));
	return err;
}

static void claims(void **state)
{
	struct users_db *db = open_db(USERS_DB_CREATE);
	struct err e;

	(void)state;
	assert_int_equal(users_db_add(db, "alice", REALM, DIGEST_STRONG, "x", NULL, &e), 0);
	assert_int_equal(users_db_add(db, "gw", REALM, DIGEST_STRONG, "x", "sip:Bob@Biloxi.example.org", &e), 0);
	assert_int_equal(claim(db, "alice", "sip:Alice@ATLANTA.example.com;user=ip"), 0);
	assert_int_equal(claim(db, "alice", "sips:alice@atlanta.example.com"), 0);
	assert_int_equal(claim(db, "alice", "sip:bob@biloxi.example.org"), -EACCES);
	assert_int_equal(claim(db, "alice", "sip:alice@atlanta.example.com.evil.example"), -EACCES);
	assert_int_equal(claim(db, "gw", "sip:bob@biloxi.example.org"), 0);
	assert_int_equal(claim(db, "gw", "sip:gw@" REALM), -EACCES);
	assert_int_equal(claim(db, "nobody", "sip:alice@" REALM), -EACCES);
	assert_int_equal(users_db_claim(db, "gw", REALM, "tel:+1-215-555-1212", &e), 0);
	assert_int_equal(users_db_claim(db, "gw", REALM, "tel:+1-215-555-1212", &e), 0);
	assert_int_equal(claim(db, "gw", "sip:+12155551212@anywhere.example;user=phone"), 0);
	assert_int_equal(claim(db, "alice", "tel:+12155551212"), -EACCES);
	assert_int_equal(users_db_unclaim(db, "gw", REALM, "tel:+12155551212", &e), 0);
	assert_int_equal(users_db_unclaim(db, "gw", REALM, "tel:+12155551212", &e), -ENOENT);
	assert_int_equal(claim(db, "gw", "tel:+12155551212"), -EACCES);
	assert_int_equal(users_db_claim(db, "nobody", REALM, "sip:a@b", &e), -ENOENT);
	assert_int_equal(users_db_claim(db, "gw", REALM, "http://a", &e), -EINVAL);
	assert_int_equal(users_db_delete(db, "gw", REALM, &e), 0);
	assert_int_equal(users_db_add(db, "gw", REALM, DIGEST_STRONG, "x", NULL, &e), 0);
	assert_int_equal(claim(db, "gw", "sip:bob@biloxi.example.org"), -EACCES);
	users_db_close(db);
}

static void on_row(const struct users_db_row *row, void *arg)
{
	sprintf((char *)arg + strlen(arg), "%s/%s %u %lld [%s]\n", row->realm, row->name, row->algs,
		(long long)row->created, row->claims);
}

static void listing(void **state)
{
	struct users_db *db;
	char text[1000] = "";
	struct err e;

	(void)state;
	clock_fake(0, 1443208345);
	db = open_db(USERS_DB_CREATE);
	assert_int_equal(users_db_add(db, "bob", "b.example", DIGEST_STRONG | DIGEST_BIT(DIGEST_MD5), "x", NULL, &e), 0);
	assert_int_equal(users_db_add(db, "zoe", "a.example", DIGEST_BIT(DIGEST_SHA256), "x", NULL, &e), 0);
	assert_int_equal(users_db_add(db, "amy", "a.example", DIGEST_STRONG, "x", NULL, &e), 0);
	assert_int_equal(users_db_claim(db, "amy", "a.example", "tel:+1", &e), 0);
	assert_int_equal(users_db_list(db, on_row, text, &e), 0);
	assert_string_equal(text, "a.example/amy 3 1443208345 [sip:amy@a.example tel:1]\n"
			    "a.example/zoe 2 1443208345 [sip:zoe@a.example]\n"
			    "b.example/bob 7 1443208345 [sip:bob@b.example]\n");
	users_db_close(db);
	clock_real();
}

static void refused(void **state)
{
	struct users_db *db;
	char large[300], cmd[300];
	struct err e;

	(void)state;
	assert_int_equal(users_db_open(&db, path, USERS_DB_READ, &e), -ENOENT);
	assert_int_equal(users_db_open(&db, path, USERS_DB_WRITE, &e), -ENOENT);
	assert_null(db);
	db = open_db(USERS_DB_CREATE);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_int_equal(users_db_add(db, "", REALM, DIGEST_STRONG, "x", NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, "a:b", REALM, DIGEST_STRONG, "x", NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, "a\"b", REALM, DIGEST_STRONG, "x", NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, "a\nb", REALM, DIGEST_STRONG, "x", NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, large, REALM, DIGEST_STRONG, "x", NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, "a", large, DIGEST_STRONG, "x", NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, "a", REALM, DIGEST_STRONG, "", NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, "a", REALM, DIGEST_STRONG, large, NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, "a", REALM, 0, "x", NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, "a", REALM, 8, "x", NULL, &e), -EINVAL);
	assert_int_equal(users_db_add(db, "a", REALM, DIGEST_STRONG, "x", "mailto:a@b", &e), -EINVAL);
	assert_int_equal(users_db_passwd(db, "a", REALM, DIGEST_STRONG, "x", &e), -ENOENT);
	users_db_close(db);

	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(users_db_open(&db, path, USERS_DB_READ, &e), -EPERM);
	assert_non_null(strstr(e.text, "chmod 600"));
	snprintf(cmd, sizeof(cmd), "rm -f %s* && echo 'this is not a database, not by any means' >%s && chmod 600 %s",
		 path, path, path);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(users_db_open(&db, path, USERS_DB_WRITE, &e), -EINVAL);
	snprintf(cmd, sizeof(cmd), "rm -f %s* && : >%s && chmod 600 %s", path, path, path);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(users_db_open(&db, path, USERS_DB_WRITE, &e), -EINVAL);
	snprintf(cmd, sizeof(cmd), "rm -f %s* && ln -s %s/elsewhere %s", path, dir, path);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(users_db_open(&db, path, USERS_DB_CREATE, &e), -ELOOP);
	assert_null(db);
}

static int before(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_users_db.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/users.db", dir);
	return 0;
}

static int after(void **state)
{
	char cmd[64];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(life, before, after),
		cmocka_unit_test_setup_teardown(claims, before, after),
		cmocka_unit_test_setup_teardown(listing, before, after),
		cmocka_unit_test_setup_teardown(refused, before, after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
