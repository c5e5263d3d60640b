// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/srtp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_gateway.h"
#include "log.h"

static char reports[8192];

static void report(const char *line, void *arg)
{
	size_t n = strlen(reports);

	(void)arg;
	snprintf(reports + n, sizeof(reports) - n, "%s\n", line);
}

static struct conf_gateway *load(const char *text)
{
	reports[0] = '\0';
	return conf_gateway_parse("f", text, strlen(text), report, NULL);
}

#define SIDE_A	"{ name = \"a\"; sip = \"192.0.2.1:5060\"; media = \"192.0.2.1\"; " \
		"ports = \"16384-24575\"; security = \"rtp\"; }"
#define SIDE_B	"{ name = \"b\"; sip = \"198.51.100.1:5060\"; media = \"198.51.100.1\"; " \
		"ports = \"16384-24575\"; security = \"dtls-srtp\"; }"
#define ROUTE	"{ name = \"r\"; from = \"a\"; to = \"b\"; next_hop = \"198.51.100.9:5060\"; }"

/* One setting line each, so that line numbers tell: top settings, sides, routes. */
#define WITH(top, sides, routes) \
	top "\nsides = (\n" sides "\n);\nroutes = (\n" routes "\n);\n"

static void assert_mistake(const char *text, const char *wanted)
{
	assert_null(load(text));
	assert_string_equal(reports, wanted);
}

static void minimal(void **state)
{
	struct conf_gateway *g = load(WITH("", SIDE_A "," SIDE_B, ROUTE));

	(void)state;
	assert_string_equal(reports, "");
	assert_non_null(g);
	assert_string_equal(g->file, "f");
	assert_string_equal(g->control_socket, "/run/ksrtp/srtpd.sock");
	assert_string_equal(g->user_sip, "nobody");
	assert_string_equal(g->user_media, "daemon");
	assert_string_equal(g->certificate, "");
	assert_string_equal(g->private_key, "");
	assert_int_equal(g->max_calls, 1000);
	assert_int_equal(g->media_idle_timeout, 60);
	assert_int_equal(g->handshake_timeout, 10);
	assert_int_equal(g->log_level, LOG_LVL_INFO);
	assert_int_equal(g->nsides, 2);
	assert_int_equal(g->side[0].security, MEDIA_PLAIN);
	assert_int_equal(g->side[0].sip.port, 5060);
	assert_int_equal(g->side[0].media.port, 0);
	assert_int_equal(g->side[0].port_min, 16384);
	assert_int_equal(g->side[0].port_max, 24575);
	assert_int_equal(g->side[1].security, MEDIA_DTLS);
	assert_int_equal(g->side[1].nprofiles, 2);
	assert_int_equal(g->side[1].profiles[0], SRTP_PROFILE_AEAD_AES_128_GCM);
	assert_int_equal(g->side[1].profiles[1], SRTP_PROFILE_AES128_CM_SHA1_80);
	assert_false(g->side[1].savpf);
	assert_true(g->side[1].rtcp_mux);
	assert_int_equal(g->side[1].identity, CONF_IDENTITY_OFF);
	assert_int_equal(g->nroutes, 1);
	assert_int_equal(g->route[0].from, 0);
	assert_int_equal(g->route[0].to, 1);
	assert_string_equal(g->route[0].user, "*");
	assert_string_equal(g->route[0].domain, "*");
	assert_int_equal(g->route[0].next_hop.port, 5060);
	assert_ptr_equal(conf_side_by_name(g, "b"), &g->side[1]);
	assert_null(conf_side_by_name(g, "c"));
	conf_gateway_free(g);
	conf_gateway_free(NULL);
}

static void sample_file(void **state)
{
	struct conf_gateway *g;

	(void)state;
	reports[0] = '\0';
	g = conf_gateway_load("daemon/gateway/srtpd.conf", report, NULL);
	assert_string_equal(reports, "");
	assert_non_null(g);
	assert_int_equal(g->nsides, 2);
	assert_int_equal(g->nroutes, 2);
	assert_string_equal(g->route[1].name, "in");
	assert_int_equal(g->route[1].from, 1);
	assert_int_equal(g->route[1].to, 0);
	conf_gateway_free(g);
}

static void needed(void **state)
{
	(void)state;
	assert_mistake("", "f: sides: is missing; it is required\n"
			   "f: routes: is missing; it is required\n");
	assert_mistake(WITH("", "", ROUTE),
		       "f:2: sides: has 0 entries; 1 to 8 are allowed\n"
		       "f:6: routes[0].from: there is no side \"a\"\n"
		       "f:6: routes[0].to: there is no side \"b\"\n");
	assert_mistake(WITH("", SIDE_A, ""), "f:5: routes: has 0 entries; 1 to 64 are allowed\n");
	assert_mistake("sides = ( { } ); routes = (" ROUTE ");",
		       "f:1: sides[0].name: is missing; it is required\n"
		       "f:1: sides[0].sip: is missing; it is required\n"
		       "f:1: sides[0].media: is missing; it is required\n"
		       "f:1: sides[0].ports: is missing; it is required\n"
		       "f:1: sides[0].security: is missing; it is required\n"
		       "f:1: routes[0].from: there is no side \"a\"\n"
		       "f:1: routes[0].to: there is no side \"b\"\n");
}

#define SIDE_ID(identity) "{ name = \"b\"; sip = \"198.51.100.1:5060\"; media = \"198.51.100.1\";" \
			  " ports = \"16384-24575\"; security = \"dtls-srtp\";\nidentity = \"" identity "\"; }"
/* A file that is there and that nobody else may write to is all that is asked here. */
#define ROOTS		"roots = ( { name = \"main\"; file = \"/etc/passwd\"; } );"

static void identity_needs_trust(void **state)
{
	struct conf_gateway *g;

	(void)state;
	assert_mistake(WITH("", SIDE_A ",\n" SIDE_ID("require"), ROUTE),
		       "f:5: sides[1].identity: needs trust.roots and trust.policies: nobody could be verified\n");
	assert_mistake(WITH("", SIDE_A ",\n" SIDE_ID("no"), ROUTE),
		       "f:5: sides[1].identity: \"no\" is unknown; allowed: \"off\", \"prefer\", \"require\"\n");
	assert_mistake(WITH("trust = { " ROOTS " policies = ( { scope = \"own\"; } ); };",
			    "{ name = \"a\"; sip = \"192.0.2.1:5060\"; media = \"192.0.2.1\"; "
			    "ports = \"16384-24575\"; security = \"rtp\";\nidentity = \"prefer\"; }," SIDE_B, ROUTE),
		       "f:4: sides[0].identity: has no meaning with security = \"rtp\"; remove it\n");
	g = load(WITH("identity_timeout = 3;\ntrust = { " ROOTS
		      " policies = ( { root = \"main\"; signer = \"p.example\"; scope = \"listed\";"
		      " domains = \"a.example b.example\"; numbers = true; } );"
		      " allow_networks = \"127.0.0.0/8 ::1\"; };", SIDE_A ",\n" SIDE_ID("require"), ROUTE));
	if (!g)
		fail_msg("%s", reports);
	assert_int_equal(g->side[1].identity, CONF_IDENTITY_REQUIRE);
	assert_int_equal(g->identity_timeout, 3);
	assert_int_equal(g->trust.nroots, 1);
	assert_string_equal(g->trust.root[0].name, "main");
	assert_int_equal(g->trust.npolicies, 1);
	assert_int_equal(g->trust.policy[0].scope, CERT_LISTED);
	assert_string_equal(g->trust.policy[0].domains, "a.example b.example");
	assert_true(g->trust.policy[0].numbers);
	assert_int_equal(g->trust.fetch_timeout, 5);
	assert_true(conf_needs_trust(g));
	conf_gateway_free(g);
	g = load(WITH("", SIDE_A "," SIDE_B, ROUTE));
	assert_non_null(g);
	assert_false(conf_needs_trust(g));
	conf_gateway_free(g);
}

static void trust_must_fit(void **state)
{
	(void)state;
	assert_mistake(WITH("trust = { roots = (\n{ name = \"x\"; file = \"/no/such\"; },\n"
			    "{ name = \"x\"; file = \"/etc/passwd\"; } ); };", SIDE_A "," SIDE_B, ROUTE),
		       "f:2: trust.roots[0].file: \"/no/such\" is not a file that can be read\n"
		       "f:3: trust.roots[1].name: \"x\" is there twice\n");
	assert_mistake(WITH("trust = { policies = (\n{ root = \"y\"; scope = \"all\"; },\n"
			    "{ signer = \"p.example\"; scope = \"listed\"; },\n"
			    "{ scope = \"own\"; domains = \"a.example\"; } ); };", SIDE_A "," SIDE_B, ROUTE),
		       "f:2: trust.policies[0].root: there is no root \"y\"\n"
		       "f:2: trust.policies[0].signer: is missing; only scope \"own\" is for any signer\n"
		       "f:3: trust.policies[1].domains: is missing; scope \"listed\" needs it\n"
		       "f:4: trust.policies[2].domains: has a meaning only with scope \"listed\"; remove it\n");
	assert_null(load(WITH("trust = { allow_networks = \"10.0.0.0/33\"; };", SIDE_A "," SIDE_B, ROUTE)));
	assert_non_null(strstr(reports, "f:1: trust.allow_networks: "));
	/* The role that opens connections to strangers' servers is nobody else. */
	assert_mistake(WITH("users = { trust = \"daemon\"; };\ntrust = { " ROOTS
			    " policies = ( { scope = \"own\"; } ); };", SIDE_A ",\n" SIDE_ID("prefer"), ROUTE),
		       "f:1: users.trust: is another role's user; take a third one\n");
}

static void signers(void **state)
{
	char file[] = "/tmp/test_conf_signers.XXXXXX", text[4096];
	int fd = mkstemp(file);
	struct conf_gateway *g;

	(void)state;
	assert_true(fd >= 0);
	snprintf(text, sizeof(text), WITH("signers = ( { name = \"one\"; side = \"b\"; address ="
		 " \"198.51.100.9:5060\"; user = \"gw\"; password_file = \"%s\"; } );",
		 SIDE_A "," SIDE_B, ROUTE), file);
	g = load(text);
	if (!g)
		fail_msg("%s", reports);
	assert_int_equal(g->nsigners, 1);
	assert_int_equal(g->signer[0].side, 1);
	assert_int_equal(g->signer[0].transport, SIP_UDP);
	assert_int_equal(g->signer_timeout, 2000);
	assert_string_equal(g->signer[0].user, "gw");
	assert_true(conf_needs_trust(g));
	conf_gateway_free(g);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_null(load(text));
	assert_non_null(strstr(reports, "f:1: signers[0].password_file: "));
	close(fd);
	unlink(file);
	assert_mistake(WITH("signers = (\n{ name = \"one\"; side = \"a\"; address = \"[2001:db8::1]:5060\";"
			    " user = \"g:w\"; password_file = \"/no/such\"; server = \"x\"; },\n"
			    "{ name = \"one\"; side = \"z\"; address = \"192.0.2.9:5060\";"
			    " user = \"gw\"; password_file = \"/no/such\"; transport = \"tls\"; } );",
			    SIDE_A "," SIDE_B, ROUTE),
		       "f:2: signers[0].side: \"a\" has no fingerprints to be signed; its security is \"rtp\"\n"
		       "f:2: signers[0].address: is of another address family than side \"a\"\n"
		       "f:2: signers[0].user: has a colon, a quote or a backslash in it\n"
		       "f:2: signers[0].server: has a meaning only with tls; remove it\n"
		       "f:2: signers[0].password_file: /no/such: No such file or directory\n"
		       "f:3: signers[1].side: there is no side \"z\"\n"
		       "f:3: signers[1].server: is missing; tls needs it\n"
		       "f: signer_ca: is missing; signer \"one\" is reached by tls\n"
		       "f:3: signers[1].password_file: /no/such: No such file or directory\n"
		       "f:3: signers[1].name: \"one\" is there twice\n");
}

static void sides_must_not_collide(void **state)
{
	(void)state;
	assert_mistake(WITH("", SIDE_A ",\n{ name = \"a\"; sip = \"192.0.2.1:5060\"; media = \"192.0.2.1\";\n"
			    "ports = \"24574-24577\"; security = \"rtp\"; }", ROUTE),
		       "f:4: sides[1].name: \"a\" is there twice\n"
		       "f:4: sides[1].sip: is side \"a\"'s address and port\n"
		       "f:5: sides[1].ports: overlaps 16384-24575 of side \"a\" on the same address\n"
		       "f:8: routes[0].to: there is no side \"b\"\n");
	/* The same ports on another address are fine, neighbours are fine. */
	conf_gateway_free(load(WITH("", SIDE_A "," SIDE_B ",{ name = \"c\"; sip = \"192.0.2.1:5062\"; "
				    "media = \"192.0.2.1\"; ports = \"24576-24577\"; security = \"rtp\"; }",
				    ROUTE)));
	assert_string_equal(reports, "");
	assert_mistake(WITH("", SIDE_A "," SIDE_B ",\n{ name = \"c\"; sip = \"192.0.2.1:16384\"; "
			    "media = \"192.0.2.1\"; ports = \"30000-30001\"; security = \"rtp\"; }", ROUTE),
		       "f:3: sides[0].ports: contains SIP port 16384 of side \"c\"\n");
	assert_mistake(WITH("", SIDE_A "," SIDE_B ",\n{ name = \"c\"; sip = \"203.0.113.1:5060\";\n"
			    "media = \"2001:db8::1\"; ports = \"30000-30001\"; security = \"rtp\"; }", ROUTE),
		       "f:5: sides[2].media: is of another address family than sip; a side has one\n");
}

static void dtls_settings_need_dtls(void **state)
{
	(void)state;
	assert_mistake(WITH("", SIDE_B ",\n{ name = \"a\"; sip = \"192.0.2.1:5060\"; media = \"192.0.2.1\"; "
			    "ports = \"16384-24575\"; security = \"rtp\";\n"
			    "profiles = [ \"AEAD_AES_128_GCM\" ];\nsavpf = true; }", ROUTE),
		       "f:5: sides[1].profiles: has no meaning with security = \"rtp\"; remove it\n"
		       "f:6: sides[1].savpf: has no meaning with security = \"rtp\"; remove it\n");
	assert_mistake(WITH("", SIDE_A ",\n{ name = \"b\"; sip = \"198.51.100.1:5060\"; media = \"198.51.100.1\";"
			    " ports = \"16384-24575\"; security = \"dtls-srtp\"; profiles = [ \"NULL\" ]; }", ROUTE),
		       "f:4: sides[1].profiles[0]: \"NULL\" is unknown; allowed: \"AEAD_AES_256_GCM\", "
		       "\"AEAD_AES_128_GCM\", \"AES_CM_128_HMAC_SHA1_80\", "
		       "\"AES_CM_128_HMAC_SHA1_32\"\n");
}

static void routes_must_lead_somewhere(void **state)
{
	(void)state;
	assert_mistake(WITH("", SIDE_A "," SIDE_B, ROUTE ",\n{ name = \"r\";\nfrom = \"x\";\nto = \"b\";\n"
			    "next_hop = \"[2001:db8::9]:5060\"; }"),
		       "f:8: routes[1].from: there is no side \"x\"\n"
		       "f:10: routes[1].next_hop: is of another address family than side \"b\"\n"
		       "f:7: routes[1].name: \"r\" is there twice\n");
	assert_mistake(WITH("", SIDE_A "," SIDE_B, "{ name = \"r\"; from = \"a\"; to = \"b\"; "
			    "next_hop = \"198.51.100.1:5060\"; }"),
		       "f:6: routes[0].next_hop: is srtpd itself (side \"b\"); calls would loop\n");
	assert_mistake(WITH("", SIDE_A "," SIDE_B, "{ name = \"r\"; from = \"a\"; to = \"b\"; "
			    "next_hop = \"gw.example.org\"; }"),
		       "f:6: routes[0].next_hop: \"gw.example.org\" is no numeric address with a port; "
		       "like \"192.0.2.1:5060\" or \"[2001:db8::1]:5060\"\n");
}

static void users(void **state)
{
	(void)state;
	assert_mistake(WITH("users = { sip = \"no-such-user-here\"; };", SIDE_A "," SIDE_B, ROUTE),
		       "f:1: users.sip: there is no user \"no-such-user-here\" on this system\n");
	assert_mistake(WITH("users = { media = \"root\"; };", SIDE_A "," SIDE_B, ROUTE),
		       "f:1: users.media: \"root\" is the superuser; name one without rights\n");
	assert_mistake(WITH("users = { sip = \"daemon\"; };", SIDE_A "," SIDE_B, ROUTE),
		       "f:1: users.media: is the same as users.sip; a role could stop the other, take another user\n");
	conf_gateway_free(load(WITH("users = { sip = \"\"; media = \"\"; };", SIDE_A "," SIDE_B, ROUTE)));
	assert_string_equal(reports, "");
}

static void certificates(void **state)
{
	char cert[] = "/tmp/test_cert.XXXXXX", key[] = "/tmp/test_key.XXXXXX";
	int c = mkstemp(cert), k = mkstemp(key);
	char top[200], text[1200], wanted[300];

	(void)state;
	assert_true(c >= 0 && k >= 0);
	fchmod(c, 0644);
	fchmod(k, 0600);
	close(c);
	close(k);
	snprintf(top, sizeof(top), "certificate = \"%s\"; private_key = \"%s\";", cert, key);
	snprintf(text, sizeof(text), "%s" WITH("", SIDE_A "," SIDE_B, ROUTE), top);
	conf_gateway_free(load(text));
	assert_string_equal(reports, "");

	assert_int_equal(chmod(key, 0640), 0);
	snprintf(wanted, sizeof(wanted),
		 "f:1: private_key: %s: mode 0640 lets others at a secret; chmod 600 it\n", key);
	assert_mistake(text, wanted);
	assert_int_equal(chmod(key, 0600), 0);

	assert_int_equal(chmod(cert, 0664), 0);
	snprintf(wanted, sizeof(wanted),
		 "f:1: certificate: \"%s\" can be changed by others (mode 0664); chmod go-w it\n", cert);
	assert_mistake(text, wanted);

	unlink(cert);
	unlink(key);
	snprintf(wanted, sizeof(wanted), "f:1: certificate: \"%s\" is not a file that can be read\n"
		 "f:1: private_key: %s: No such file or directory\n", cert, key);
	assert_mistake(text, wanted);

	assert_mistake(WITH("certificate = \"/c.pem\";", SIDE_A "," SIDE_B, ROUTE),
		       "f:1: certificate: private_key is missing; set both or none\n");
	assert_mistake(WITH("\nprivate_key = \"/k.pem\";", SIDE_A "," SIDE_B, ROUTE),
		       "f:2: private_key: certificate is missing; set both or none\n");
}

static void numbers_and_words(void **state)
{
	(void)state;
	assert_mistake(WITH("max_calls = 0;", SIDE_A "," SIDE_B, ROUTE),
		       "f:1: max_calls: 0 is out of range; 1 to 100000 calls are allowed\n");
	assert_mistake(WITH("handshake_timeout = 301;", SIDE_A "," SIDE_B, ROUTE),
		       "f:1: handshake_timeout: 301 is out of range; 1 to 300 seconds are allowed\n");
	assert_mistake(WITH("media_idle_timeout = 86401;", SIDE_A "," SIDE_B, ROUTE),
		       "f:1: media_idle_timeout: 86401 is out of range; 0 to 86400 seconds are allowed\n");
	assert_mistake(WITH("log_level = \"loud\";", SIDE_A "," SIDE_B, ROUTE),
		       "f:1: log_level: \"loud\" is unknown; allowed: \"error\", \"warn\", \"notice\", \"info\", \"debug\"\n");
	assert_mistake(WITH("control_socket = \"\";", SIDE_A "," SIDE_B, ROUTE),
		       "f:1: control_socket: too short; at least 1 character\n");
}

static char table[16384];

static void collect(const char *line, void *arg)
{
	size_t n = strlen(table);

	(void)arg;
	snprintf(table + n, sizeof(table) - n, "%s\n", line);
}

/* The table in the documentation is the schema's own. */
static void documentation(void **state)
{
	FILE *in = fopen("docs/configuration.md", "r");
	static char text[65536];
	size_t n;

	(void)state;
	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	fclose(in);
	conf_schema_print(conf_gateway_items, "", collect, NULL);
	if (strstr(text, table))
		return;
	print_message("docs/configuration.md has to contain:\n");
	for (char *save, *row = strtok_r(table, "\n", &save); row; row = strtok_r(NULL, "\n", &save))
		print_message("%s\n", row);
	fail();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minimal),
		cmocka_unit_test(sample_file),
		cmocka_unit_test(needed),
		cmocka_unit_test(identity_needs_trust),
		cmocka_unit_test(trust_must_fit),
		cmocka_unit_test(signers),
		cmocka_unit_test(sides_must_not_collide),
		cmocka_unit_test(dtls_settings_need_dtls),
		cmocka_unit_test(routes_must_lead_somewhere),
		cmocka_unit_test(users),
		cmocka_unit_test(certificates),
		cmocka_unit_test(numbers_and_words),
		cmocka_unit_test(documentation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
