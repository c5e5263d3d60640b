// SPDX-License-Identifier: GPL-2.0-or-later
/* sip-signerd's configuration: defaults, mistakes, and the table in docs/signer.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_signer.h"
#include "sip_digest.h"

#define BASE	"realm = \"p.example\"; accounts = { front = \"\"; auth = \"\"; sign = \"\"; publish = \"\"; };\n"
#define LISTEN	"listen = ( { address = \"192.0.2.1:5060\"; } );\n"
#define KEYS	"signature = { private_key = \"%1$s\"; certificate = \"%2$s\"; x5u = \"https://p.example/c\"; };\n"

static char key[] = "/tmp/test_signer_key.XXXXXX", cert[] = "/tmp/test_signer_cert.XXXXXX";
static char said[4096];

static void report(const char *line, void *arg)
{
	const size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%s\n", line);
}

/* @text may name the key as %1$s and the certificate as %2$s. */
static struct conf_signerd *parse(const char *text)
{
	char full[4096], *at = full;

	said[0] = '\0';
	while (*text) {
		const char *word = strncmp(text, "%1$s", 4) == 0 ? key :
				   strncmp(text, "%2$s", 4) == 0 ? cert : NULL;

		if (word) {
			at = stpcpy(at, word);
			text += 4;
		} else {
			*at++ = *text++;
		}
	}
	*at = '\0';
	return conf_signerd_parse("f", full, strlen(full), report, NULL);
}

static void defaults(void **state)
{
	struct conf_signerd *c = parse(BASE LISTEN KEYS);

	(void)state;
	if (!c)
		fail_msg("%s", said);
	assert_int_equal(c->mode, SIGNER_MODE_BOTH);
	assert_int_equal(conf_signerd_algs(c), DIGEST_STRONG);
	assert_false(c->compact);
	assert_false(c->record_route);
	assert_int_equal(c->ppt, PASSPORT_BASE);
	assert_int_equal(c->npublish, 0);
	assert_int_equal(c->token_life, 30);
	free(c);
	c = parse(BASE LISTEN KEYS "md5 = true;");
	assert_non_null(c);
	assert_int_equal(conf_signerd_algs(c), DIGEST_STRONG | DIGEST_BIT(DIGEST_MD5));
	free(c);
}

static void assert_mistake(const char *text, const char *wanted)
{
	struct conf_signerd *c = parse(text);

	assert_null(c);
	if (!strstr(said, wanted))
		fail_msg("\n--- wanted\n%s\n--- said\n%s", wanted, said);
}

static void mistakes(void **state)
{
	(void)state;
	assert_mistake(BASE KEYS, "f: listen: is missing; it is required\n");
	assert_mistake(BASE LISTEN, "signature.private_key: is missing; it is required\n");
	assert_mistake(BASE LISTEN KEYS "mode = \"sign\";", "token.audience: is missing\n");
	assert_mistake(BASE LISTEN KEYS "mode = \"sign\"; token = { audience = \"s\"; };",
		       "token.trusted: is missing; without it nobody's tokens are taken\n");
	assert_mistake(BASE LISTEN KEYS "mode = \"auth\"; token = { audience = \"s\"; };",
		       "token.issuer: is missing\n");
	assert_mistake(BASE LISTEN KEYS "mode = \"auth\"; token = { audience = \"s\"; issuer = \"a\"; };",
		       "next_hops: is missing; tokens are for one signer\n");
	assert_mistake(BASE LISTEN KEYS "next_hops = ( { address = \"192.0.2.1:5060\"; } );",
		       "next_hops[0].address: is sip-signerd itself; requests would loop\n");
	assert_mistake(BASE LISTEN KEYS "next_hops = ( { transport = \"tls\"; address = \"192.0.2.2:5060\"; } );",
		       "next_hops[0].transport: tls needs next_hop_name\n");
	assert_mistake(BASE LISTEN KEYS "publish = ( { address = \"192.0.2.1:443\"; } );",
		       "publish: needs tls.certificate and tls.private_key\n");
	assert_mistake("realm = \"a\\\"b\";" LISTEN KEYS, "realm: may hold neither \" nor \\\n");
	assert_mistake("realm = \"p\"; accounts = { front = \"daemon\"; auth = \"daemon\"; };" LISTEN KEYS,
		       "accounts.front: is another role's too; a role could stop the other\n");
	assert_mistake("realm = \"p\"; accounts = { sign = \"root\"; };" LISTEN KEYS,
		       "accounts.sign: \"root\" is the superuser; name one without rights\n");
	assert_mistake(BASE LISTEN "signature = { private_key = \"key.pem\"; };",
		       "signature.private_key: is neither an absolute path nor a pkcs11: URI\n");
	assert_mistake(BASE LISTEN "signature = { private_key = \"pkcs11:object=a\"; pkcs11_module = \"%2$s\"; };",
		       "signature.private_key: in a token needs pkcs11_module and pin_file\n");
	assert_mistake(BASE LISTEN "signature = { private_key = \"pkcs11:object=a\"; pin_file = \"/nowhere/pin\"; };",
		       "signature.pin_file: /nowhere/pin: No such file or directory\n");
	assert_mistake(BASE LISTEN "signature = { private_key = \"%2$s\"; pin_file = \"%2$s\"; };",
		       "signature.private_key: is no pkcs11: URI, so");
	assert_mistake(BASE LISTEN "signature = { private_key = \"%2$s\"; certificate = \"%2$s\";"
		       "x5u = \"http://p.example/c\"; };", "signature.x5u: has to be an https URL\n");
	assert_mistake(BASE LISTEN "signature = { private_key = \"%2$s\"; certificate = \"%2$s\";"
		       "x5u = \"https://p.example/c\"; };", "lets others at a secret; chmod 600 it\n");
}

static char table[32768];

static void collect(const char *line, void *arg)
{
	const size_t n = strlen(table);

	(void)arg;
	snprintf(table + n, sizeof(table) - n, "%s\n", line);
}

/* The table in the documentation is the schema's own. */
static void documentation(void **state)
{
	FILE *in = fopen("docs/signer.md", "r");
	static char text[65536];
	size_t n;

	(void)state;
	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	fclose(in);
	conf_schema_print(conf_signerd_items, "", collect, NULL);
	if (strstr(text, table))
		return;
	print_message("docs/signer.md has to contain:\n");
	for (char *save, *row = strtok_r(table, "\n", &save); row; row = strtok_r(NULL, "\n", &save))
		print_message("%s\n", row);
	fail();
}

static int up(void **state)
{
	int fd[2] = { mkstemp(key), mkstemp(cert) };

	(void)state;
	assert_true(fd[0] >= 0 && fd[1] >= 0);
	assert_int_equal(fchmod(fd[1], 0644), 0);
	close(fd[0]);
	close(fd[1]);
	return 0;
}

static int down(void **state)
{
	(void)state;
	unlink(key);
	unlink(cert);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(documentation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, up, down);
}
