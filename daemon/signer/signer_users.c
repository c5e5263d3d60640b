// SPDX-License-Identifier: GPL-2.0-or-later
#include "signer_users.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "conf_signer.h"
#include "err.h"
#include "secret.h"
#include "users_db.h"

/* ---- passwords -------------------------------------------------------------------------- */

/* One line, octet by octet: nothing of it stays in a buffer of stdio's. */
static bool read_line(char *out, size_t cap)
{
	size_t n = 0;
	char c;

	for (;;) {
		const ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || c == '\n')
			break;
		if (n + 1 == cap)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n > 0;
}

static bool ask(const char *prompt, char *out, size_t cap)
{
	struct termios old, quiet;
	bool ok;

	if (tcgetattr(STDIN_FILENO, &old))
		return false;
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs(prompt, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	ok = read_line(out, cap);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	fputc('\n', stderr);
	return ok;
}

static int get_password(char out[USERS_PASSWORD_MAX + 1], struct err *e)
{
	char again[USERS_PASSWORD_MAX + 1] = "";
	int err = 0;

	if (!isatty(STDIN_FILENO)) {
		if (!read_line(out, USERS_PASSWORD_MAX + 1))
			err = err_set(e, -EINVAL, "the first line of standard input has to be the password, 1 to %d octets",
				      USERS_PASSWORD_MAX);
		return err;
	}
	if (!ask("Password: ", out, USERS_PASSWORD_MAX + 1) || !ask("Again: ", again, sizeof(again)))
		err = err_set(e, -EINVAL, "a password has 1 to %d octets", USERS_PASSWORD_MAX);
	else if (strcmp(out, again) != 0)
		err = err_set(e, -EINVAL, "the two are not the same; nothing was changed");
	secret_wipe(again, sizeof(again));
	return err;
}

/* ---- commands --------------------------------------------------------------------------- */

struct command {
	const char *name, *args;
	int min, max;		/* words behind the name */
	enum users_db_mode mode;
	int (*run)(struct users_db *db, const struct conf_signerd *c, char **argv, int argc,
		   struct err *e);
	const char *doc;
};

static int add(struct users_db *db, const struct conf_signerd *c, char **argv, int argc, struct err *e)
{
	char password[USERS_PASSWORD_MAX + 1] = "";
	int err = get_password(password, e);

	if (!err)
		err = users_db_add(db, argv[0], c->realm, conf_signerd_algs(c), password,
				   argc > 1 ? argv[1] : NULL, e);
	secret_wipe(password, sizeof(password));
	return err;
}

static int passwd(struct users_db *db, const struct conf_signerd *c, char **argv, int argc,
		  struct err *e)
{
	char password[USERS_PASSWORD_MAX + 1] = "";
	int err = get_password(password, e);

	(void)argc;
	if (!err)
		err = users_db_passwd(db, argv[0], c->realm, conf_signerd_algs(c), password, e);
	secret_wipe(password, sizeof(password));
	return err;
}

static int delete(struct users_db *db, const struct conf_signerd *c, char **argv, int argc,
		  struct err *e)
{
	(void)argc;
	return users_db_delete(db, argv[0], c->realm, e);
}

static int claim(struct users_db *db, const struct conf_signerd *c, char **argv, int argc,
		 struct err *e)
{
	(void)argc;
	return users_db_claim(db, argv[0], c->realm, argv[1], e);
}

static int unclaim(struct users_db *db, const struct conf_signerd *c, char **argv, int argc,
		   struct err *e)
{
	(void)argc;
	return users_db_unclaim(db, argv[0], c->realm, argv[1], e);
}

static void print_row(const struct users_db_row *row, void *arg)
{
	(void)arg;
	printf("%s\t%s\t", row->name, row->realm);
	for (int alg = 0, n = 0; alg < DIGEST_ALGS; alg++)
		if (row->algs & DIGEST_BIT(alg))
			printf("%s%s", n++ ? "," : "", digest_alg_name((enum digest_alg)alg));
	printf("\t%s\n", row->claims ? row->claims : "");
}

static int list(struct users_db *db, const struct conf_signerd *c, char **argv, int argc,
		struct err *e)
{
	(void)c;
	(void)argv;
	(void)argc;
	return users_db_list(db, print_row, NULL, e);
}

static const struct command commands[] = {
	{ "add", "NAME [URI]", 1, 2, USERS_DB_CREATE, add,
	  "a new user, who may be URI in From; sip:NAME@REALM when not given" },
	{ "passwd", "NAME", 1, 1, USERS_DB_WRITE, passwd, "another password" },
	{ "delete", "NAME", 1, 1, USERS_DB_WRITE, delete, "the user and all that belongs to him" },
	{ "claim", "NAME URI", 2, 2, USERS_DB_WRITE, claim, "one more URI that he may be" },
	{ "unclaim", "NAME URI", 2, 2, USERS_DB_WRITE, unclaim, "one less" },
	{ "list", "", 0, 0, USERS_DB_WRITE, list,
	  "name, realm, digest algorithms and URIs of each, parted by tabs" },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

void signer_users_usage(FILE *to)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(to, "  user %-8s%-12s%s\n", commands[i].name, commands[i].args,
			commands[i].doc);
}

int signer_users_main(const struct conf_signerd *conf, int argc, char **argv)
{
	const struct command *cmd = NULL;
	struct users_db *db = NULL;
	struct err e = { 0 };
	int err;

	for (size_t i = 0; i < COUNT(commands) && argc > 0; i++)
		if (strcmp(commands[i].name, argv[0]) == 0)
			cmd = &commands[i];
	if (!cmd || argc - 1 < cmd->min || argc - 1 > cmd->max) {
		fputs("usage: sip-signerd [-c FILE] user COMMAND ...\n", stderr);
		signer_users_usage(stderr);
		return 2;
	}
	err = users_db_open(&db, conf->users, cmd->mode, &e);
	if (!err)
		err = cmd->run(db, conf, argv + 1, argc - 1, &e);
	users_db_close(db);
	if (!err)
		return EXIT_SUCCESS;
	fprintf(stderr, "sip-signerd: %s\n", err_text(&e));
	return EXIT_FAILURE;
}
