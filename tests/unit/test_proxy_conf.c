// SPDX-License-Identifier: GPL-2.0-or-later
/* sip-proxyd's configuration: defaults, mistakes, and the table in docs/proxy.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"
#include "conf_proxy.h"

static char said[4096];

static void report(const char *line, void *arg)
{
	const size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%s\n", line);
}

static struct conf_proxy *parse(const char *text)
{
	said[0] = '\0';
	return conf_proxy_parse("f", text, strlen(text), report, NULL);
}

#define BASE	"user = \"\"; domains = ( { name = \"example.com\"; } );"
#define LISTEN	"listen = ( { address = \"192.0.2.1:5060\"; } );"

static void assert_mistake(const char *text, const char *mistake)
{
	struct conf_proxy *c = parse(text);

	free(c);
	if (c || strcmp(said, mistake) != 0)
		fail_msg("said:\n%s", said);
}

static void defaults(void **state)
{
	struct conf_proxy *c = parse(BASE LISTEN);

	(void)state;
	assert_non_null(c);
	assert_string_equal(c->realm, "example.com");
	assert_true(c->authenticate);
	assert_false(c->md5);
	assert_true(c->record_route);
	assert_int_equal(c->listen[0].proto, SIP_UDP);
	assert_int_equal(c->nroutes, 0);
	assert_true(conf_proxy_is_domain(c, "EXAMPLE.com"));
	assert_false(conf_proxy_is_domain(c, "sub.example.com"));
	free(c);
}

static void mistakes(void **state)
{
	(void)state;
	assert_mistake(BASE, "f: listen: is missing; it is required\n");
	assert_mistake(BASE "listen = ( { address = \"0.0.0.0:5060\"; } );",
		       "f:1: listen[0].address: \"0.0.0.0:5060\" is not the address of one host\n");
	assert_mistake(BASE "listen = ( { address = \"192.0.2.1:5060\"; }, { address = \"192.0.2.1:5060\"; } );",
		       "f:1: listen[1].address: is there twice\n");
	assert_mistake(BASE "listen = ( { transport = \"tcp\"; address = \"192.0.2.1:5060\"; },"
		       "{ transport = \"tls\"; address = \"192.0.2.1:5060\"; } );"
		       "tls = { certificate = \"/c\"; private_key = \"/k\"; };",
		       "f:1: listen[1].address: is there twice\n");
	assert_mistake(BASE "listen = ( { transport = \"tls\"; address = \"192.0.2.1:5061\"; } );",
		       "f: tls: certificate and private_key are needed to listen on TLS\n");
	assert_mistake(BASE LISTEN "routes = ( { domain = \"b\"; transport = \"tcp\"; next_hop = \"192.0.2.2:5060\"; } );",
		       "f:1: routes[0].next_hop: no `listen` entry has this transport and address family\n");
	assert_mistake(BASE LISTEN "routes = ( { domain = \"Example.com\"; next_hop = \"192.0.2.2:5060\"; } );",
		       "f:1: routes[0].domain: is one of our own domains\n");
	assert_mistake(BASE LISTEN "routes = ( { domain = \"b\"; next_hop = \"192.0.2.2:5060\"; tls_name = \"c\"; } );",
		       "f:1: routes[0].tls_name: has no meaning without transport = \"tls\"; remove it\n");
	assert_mistake(BASE LISTEN "min_expires = 600; max_expires = 300;",
		       "f:1: min_expires: is more than max_expires (300)\n");
	assert_mistake("user = \"root\"; domains = ( { name = \"example.com\"; } );" LISTEN,
		       "f:1: user: \"root\" is the superuser; name one without rights\n");
}

static char table[16384];

static void collect(const char *line, void *arg)
{
	const size_t n = strlen(table);

	(void)arg;
	snprintf(table + n, sizeof(table) - n, "%s\n", line);
}

/* The table in the documentation is the schema's own. */
static void documentation(void **state)
{
	FILE *in = fopen("docs/proxy.md", "r");
	static char text[65536];
	size_t n;

	(void)state;
	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	fclose(in);
	conf_schema_print(conf_proxy_items, "", collect, NULL);
	if (strstr(text, table))
		return;
	print_message("docs/proxy.md has to contain:\n");
	for (char *save, *row = strtok_r(table, "\n", &save); row; row = strtok_r(NULL, "\n", &save))
		print_message("%s\n", row);
	fail();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(documentation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
