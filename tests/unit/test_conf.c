// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "addr.h"
#include "conf.h"
#include "err.h"

/* The reader itself, with a schema of its own; srtpd's is in test_conf_gateway.c. */

struct elem {
	char name[8];
	uint16_t ports[2];
	uint16_t word[3];
	unsigned int nwords;
};

struct snapshot {
	char text[9], path[16];
	uint32_t number;
	bool flag;
	int word;
	struct addr ip, transport;
	struct elem elem[2];
	unsigned int nelems;
};

static const struct conf_word words[] = {
	{ "one", 1, NULL }, { "two", 2, NULL }, { "three", 3, "comes later" }, { 0 }
};

static const struct conf_item inner[] = {
	{ .name = "text", .type = CONF_TEXT, .def = "dflt", .max = 6, CONF_AT(struct snapshot, text),
	  .doc = "A text." },
	{ .name = "path", .type = CONF_PATH, .def = "", CONF_AT(struct snapshot, path),
	  .doc = "A path." },
	{ 0 }
};

static const struct conf_item elem_items[] = {
	{ .name = "name", .type = CONF_NAME, .min = 1, CONF_AT(struct elem, name), .doc = "A name." },
	{ .name = "ports", .type = CONF_PORTS, .min = 1024, .max = 65535, .def = "2000-2001",
	  CONF_AT(struct elem, ports), .doc = "Ports." },
	{ .name = "words", .type = CONF_WORDS, .words = words, .min = 1, .max = 3, .def = "two one",
	  CONF_AT(struct elem, word), .count = offsetof(struct elem, nwords), .doc = "Words." },
	{ 0 }
};

static const struct conf_item items[] = {
	{ .name = "group", .type = CONF_GROUP, .items = inner, .doc = "A group." },
	{ .name = "number", .type = CONF_NUMBER, .def = "5", .min = 1, .max = 4000000000,
	  .unit = "things", CONF_AT(struct snapshot, number), .doc = "A number." },
	{ .name = "flag", .type = CONF_FLAG, .def = "true", CONF_AT(struct snapshot, flag),
	  .doc = "A flag." },
	{ .name = "word", .type = CONF_WORD, .words = words, .def = "one",
	  CONF_AT(struct snapshot, word), .doc = "A word." },
	{ .name = "ip", .type = CONF_IP, .def = "192.0.2.1", CONF_AT(struct snapshot, ip),
	  .doc = "An address." },
	{ .name = "transport", .type = CONF_TRANSPORT, .def = "[2001:db8::1]:5060",
	  CONF_AT(struct snapshot, transport), .doc = "An address with a port." },
	{ .name = "list", .type = CONF_LIST, .items = elem_items, .min = 0, .max = 2, .def = "",
	  .offset = offsetof(struct snapshot, elem), .size = sizeof(struct elem),
	  .count = offsetof(struct snapshot, nelems), .doc = "A list." },
	{ 0 }
};

static char reports[8192];

static void report(const char *line, void *arg)
{
	size_t n = strlen(reports);

	(void)arg;
	snprintf(reports + n, sizeof(reports) - n, "%s\n", line);
}

static struct snapshot snap;

/* Return: how many mistakes; @reports has them. */
static unsigned int load(const char *text)
{
	struct conf *c;
	unsigned int n;

	reports[0] = '\0';
	memset(&snap, 0, sizeof(snap));
	c = conf_parse("f.conf", text, strlen(text), report, NULL);
	if (!c)
		return 1;
	conf_fill(c, items, &snap);
	n = conf_mistakes(c);
	conf_free(c);
	return n;
}

static void assert_mistake(const char *text, const char *wanted)
{
	assert_int_equal(load(text), 1);
	assert_string_equal(reports, wanted);
}

static void defaults(void **state)
{
	char out[ADDR_STRLEN];

	(void)state;
	assert_int_equal(load(""), 0);
	assert_string_equal(reports, "");
	assert_string_equal(snap.text, "dflt");
	assert_string_equal(snap.path, "");
	assert_int_equal(snap.number, 5);
	assert_true(snap.flag);
	assert_int_equal(snap.word, 1);
	assert_string_equal(addr_ip_str(&snap.ip, out), "192.0.2.1");
	assert_string_equal(addr_str(&snap.transport, out), "[2001:db8::1]:5060");
	assert_int_equal(snap.nelems, 0);
}

static void values(void **state)
{
	char out[ADDR_STRLEN];

	(void)state;
	assert_int_equal(load("group = { text = \"abcdef\"; path = \"/x\"; };\n"
			      "number = 4000000000L; flag = false; word = \"two\";\n"
			      "ip = \"2001:db8::2\"; transport = \"192.0.2.9:65535\";\n"
			      "list = ( { name = \"a-1_B\"; ports = \"1024-65535\"; words = [ \"one\" ]; },\n"
			      "  { name = \"b\"; } );"), 0);
	assert_string_equal(snap.text, "abcdef");
	assert_string_equal(snap.path, "/x");
	assert_int_equal(snap.number, 4000000000u);
	assert_false(snap.flag);
	assert_int_equal(snap.word, 2);
	assert_string_equal(addr_ip_str(&snap.ip, out), "2001:db8::2");
	assert_string_equal(addr_str(&snap.transport, out), "192.0.2.9:65535");
	assert_int_equal(snap.nelems, 2);
	assert_string_equal(snap.elem[0].name, "a-1_B");
	assert_int_equal(snap.elem[0].ports[0], 1024);
	assert_int_equal(snap.elem[0].ports[1], 65535);
	assert_int_equal(snap.elem[0].nwords, 1);
	assert_int_equal(snap.elem[0].word[0], 1);
	assert_int_equal(snap.elem[1].ports[0], 2000);
	assert_int_equal(snap.elem[1].nwords, 2);
	assert_int_equal(snap.elem[1].word[0], 2);
	assert_int_equal(snap.elem[1].word[1], 1);
}

static void unknown_settings(void **state)
{
	(void)state;
	assert_mistake("number = 1;\n\nnumbr = 2;\n",
		       "f.conf:3: numbr: is unknown; known here: group, number, flag, word, ip, transport, list\n");
	assert_mistake("group = {\n x = 1;\n};", "f.conf:2: group.x: is unknown; known here: text, path\n");
	assert_mistake("list = (\n{ name = \"a\"; },\n{ name = \"b\";\n y = 1; } );",
		       "f.conf:4: list[1].y: is unknown; known here: name, ports, words\n");
}

static void wrong_types(void **state)
{
	(void)state;
	assert_mistake("number = \"5\";", "f.conf:1: number: is a string; a number is needed\n");
	assert_mistake("number = 1.5;", "f.conf:1: number: is a fraction; a number is needed\n");
	assert_mistake("flag = 1;", "f.conf:1: flag: is a number; true or false is needed\n");
	assert_mistake("word = true;", "f.conf:1: word: is a truth value; a string in quotes is needed\n");
	assert_mistake("group = [ 1 ];", "f.conf:1: group: is an array [ ]; a group { ... } is needed\n");
	assert_mistake("list = { };", "f.conf:1: list: is a group { }; a list ( { ... }, { ... } ) is needed\n");
	assert_mistake("list = ( 1 );", "f.conf:1: list[0]: is a number; a group { ... } is needed\n");
	assert_mistake("list = ( { name = \"a\"; words = \"one\"; } );",
		       "f.conf:1: list[0].words: is a string; an array [ \"...\" ] is needed\n");
	assert_mistake("list = ( { name = \"a\"; words = [ 1 ]; } );",
		       "f.conf:1: list[0].words[0]: is a number; a string in quotes is needed\n");
}

static void out_of_range(void **state)
{
	(void)state;
	assert_mistake("number = 0;", "f.conf:1: number: 0 is out of range; 1 to 4000000000 things are allowed\n");
	assert_mistake("number = -1;", "f.conf:1: number: -1 is out of range; 1 to 4000000000 things are allowed\n");
	assert_mistake("number = 4000000001L;",
		       "f.conf:1: number: 4000000001 is out of range; 1 to 4000000000 things are allowed\n");
	assert_mistake("group = { text = \"abcdefg\"; };",
		       "f.conf:1: group.text: 7 characters are too long; at most 6 are allowed\n");
	assert_mistake("group = { path = \"/234567890123456\"; };",
		       "f.conf:1: group.path: 16 characters are too long; at most 15 are allowed\n");
	assert_mistake("list = ( { name = \"\"; } );",
		       "f.conf:1: list[0].name: too short; at least 1 character\n");
	assert_mistake("list = ( { name=\"a\"; }, { name=\"b\"; }, { name=\"c\"; } );",
		       "f.conf:1: list: has 3 entries; 0 to 2 are allowed\n");
	assert_mistake("list = ( { name = \"a\"; words = [ ]; } );",
		       "f.conf:1: list[0].words: is empty; at least 1 needed\n");
}

static void wrong_values(void **state)
{
	(void)state;
	assert_mistake("word = \"four\";", "f.conf:1: word: \"four\" is unknown; allowed: \"one\", \"two\"\n");
	assert_mistake("word = \"three\";", "f.conf:1: word: \"three\" comes later\n");
	assert_mistake("group = { path = \"x/y\"; };",
		       "f.conf:1: group.path: \"x/y\" is no absolute path; begin it with '/'\n");
	assert_mistake("group = { text = \"a\\tb\"; };",
		       "f.conf:1: group.text: octet 0x09 is not allowed; printable ASCII is\n");
	assert_mistake("list = ( { name = \"a b\"; } );",
		       "f.conf:1: list[0].name: \"a b\" is no name; letters, digits, '-' and '_' are allowed\n");
	assert_mistake("list = ( { name = \"a\"; words = [ \"one\", \"one\" ]; } );",
		       "f.conf:1: list[0].words[1]: \"one\" is there twice\n");
	assert_mistake("list = ( {\n } );", "f.conf:1: list[0].name: is missing; it is required\n");
}

static void addresses(void **state)
{
	static const char *const bad_ip[] = { "example.org", "192.0.2.1:5060", "[2001:db8::1]", "", "1.2.3" };
	static const char *const bad_transport[] = {
		"192.0.2.1", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:+5", "192.0.2.1:5x",
		"example.org:5060", "2001:db8::1", "[2001:db8::1]", "[192.0.2.1]:5060", ":5060", "",
	};
	char text[128], wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad_ip) / sizeof(bad_ip[0]); i++) {
		snprintf(text, sizeof(text), "ip = \"%s\";", bad_ip[i]);
		snprintf(wanted, sizeof(wanted),
			 "f.conf:1: ip: \"%s\" is no numeric IP address; like \"192.0.2.1\" or \"2001:db8::1\"\n",
			 bad_ip[i]);
		assert_mistake(text, wanted);
	}
	for (size_t i = 0; i < sizeof(bad_transport) / sizeof(bad_transport[0]); i++) {
		snprintf(text, sizeof(text), "transport = \"%s\";", bad_transport[i]);
		snprintf(wanted, sizeof(wanted),
			 "f.conf:1: transport: \"%s\" is no numeric address with a port; like \"192.0.2.1:5060\" or \"[2001:db8::1]:5060\"\n",
			 bad_transport[i]);
		assert_mistake(text, wanted);
	}
	assert_mistake("ip = \"0.0.0.0\";",
		       "f.conf:1: ip: \"0.0.0.0\" is not the address of one host; write the one this side is reached by\n");
	assert_mistake("transport = \"224.0.0.1:5060\";",
		       "f.conf:1: transport: \"224.0.0.1:5060\" is not the address of one host\n");
}

static void ports(void **state)
{
	static const struct {
		const char *ports, *why;
	} v[] = {
		{ "2000", "is no port range; like \"16384-24575\"" },
		{ "a-b", "is no port range; like \"16384-24575\"" },
		{ "2000-2001-", "is no port range; like \"16384-24575\"" },
		{ "2000-70001", "is no port range; like \"16384-24575\"" },
		{ "1000-2001", "is no range within 1024 to 65535, lower port first" },
		{ "3000-2001", "is no range within 1024 to 65535, lower port first" },
		{ "2001-2003", "must go from an even port to an odd one: RTP and RTCP come in pairs" },
		{ "2000-2002", "must go from an even port to an odd one: RTP and RTCP come in pairs" },
	};
	char text[128], wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		snprintf(text, sizeof(text), "list = ( { name = \"a\"; ports = \"%s\"; } );", v[i].ports);
		snprintf(wanted, sizeof(wanted), "f.conf:1: list[0].ports: \"%s\" %s\n", v[i].ports, v[i].why);
		assert_mistake(text, wanted);
	}
}

static void every_mistake_is_reported(void **state)
{
	(void)state;
	assert_int_equal(load("number = 0;\nflag = 2;\nfoo = 1;\nlist = ( { } );\n"), 4);
	assert_string_equal(reports,
			    "f.conf:1: number: 0 is out of range; 1 to 4000000000 things are allowed\n"
			    "f.conf:2: flag: is a number; true or false is needed\n"
			    "f.conf:3: foo: is unknown; known here: group, number, flag, word, ip, transport, list\n"
			    "f.conf:4: list[0].name: is missing; it is required\n");
}

static void syntax(void **state)
{
	static const char nul[] = "number = 5;\n\0flag = 77;";
	struct conf *c;

	(void)state;
	assert_mistake("number = 5;\nflag = ;\n", "f.conf:2: syntax error; look there and at the line before\n");
	assert_mistake("number = 5;\nnumber = 6;\n",
		       "f.conf:2: duplicate setting name; look there and at the line before\n");
	assert_mistake("number = 5;\n  @include \"/etc/passwd\"\n",
		       "f.conf:2: @include: files do not include others; write it all in this file\n");
	reports[0] = '\0';
	c = conf_parse("f.conf", nul, sizeof(nul) - 1, report, NULL);
	assert_null(c);
	assert_string_equal(reports, "f.conf:2: octet 0x00 is not allowed; this is a text file\n");
}

static void compared_settings(void **state)
{
	static const char text[] = "number = 5;\n\nlist = (\n { name = \"a\"; } );";
	struct conf *c;

	(void)state;
	reports[0] = '\0';
	c = conf_parse("f.conf", text, strlen(text), report, NULL);
	assert_non_null(c);
	conf_wrong(c, "list.[0].name", "is %s", "odd");
	conf_wrong(c, "list.[0].ports", "not given: line of its group");
	conf_wrong(c, "absent", "no line at all");
	assert_int_equal(conf_mistakes(c), 3);
	assert_true(conf_given(c, "list.[0].name"));
	assert_false(conf_given(c, "list.[0].ports"));
	conf_free(c);
	assert_string_equal(reports, "f.conf:4: list[0].name: is odd\n"
				     "f.conf:4: list[0].ports: not given: line of its group\n"
				     "f.conf: absent: no line at all\n");
}

static void files(void **state)
{
	char name[] = "/tmp/test_conf.XXXXXX", *text;
	int fd = mkstemp(name);
	struct err e = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "number = 7;", 11), 11);
	assert_int_equal(conf_slurp(name, &text, &e), 11);
	assert_string_equal(text, "number = 7;");
	free(text);
	assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
	assert_int_equal(conf_slurp_fd(fd, "it", &text, &e), 11);
	free(text);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
	assert_int_equal(ftruncate(fd, CONF_FILE_MAX + 1), 0);
	assert_int_equal(conf_slurp(name, &text, &e), -EFBIG);
	close(fd);
	unlink(name);
	assert_int_equal(conf_slurp(name, &text, &e), -ENOENT);
	assert_int_equal(conf_slurp("/tmp", &text, &e), -EINVAL);
	assert_string_equal(e.text, "/tmp: is not a regular file");
}

static void sealed_copies(void **state)
{
	struct err e = { 0 };
	int fd = conf_sealed_copy("abc", 3, &e);
	char *text;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(conf_slurp_fd(fd, "copy", &text, &e), 3);
	assert_string_equal(text, "abc");
	free(text);
	close(fd);
}

static void private_files(void **state)
{
	char name[] = "/tmp/test_conf.XXXXXX";
	int fd = mkstemp(name);
	struct err e = { 0 };
	char wanted[160];

	(void)state;
	assert_int_equal(fchmod(fd, 0600), 0);
	close(fd);
	fd = conf_private_open(name, &e);
	assert_true(fd >= 0);
	close(fd);
	for (mode_t bit = 01; bit <= 040; bit <<= 1) {
		assert_int_equal(chmod(name, 0600 | bit), 0);
		assert_int_equal(conf_private_open(name, &e), -EPERM);
		snprintf(wanted, sizeof(wanted), "%s: mode %04o lets others at a secret; chmod 600 it",
			 name, (unsigned int)(0600 | bit));
		assert_string_equal(e.text, wanted);
	}
	assert_int_equal(chmod(name, 0600), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(name, 12345, (gid_t)-1), 0);
		assert_int_equal(conf_private_open(name, &e), -EPERM);
		snprintf(wanted, sizeof(wanted),
			 "%s: belongs to user 12345; it must belong to root or to user 0", name);
		assert_string_equal(e.text, wanted);
	}
	unlink(name);
	assert_int_equal(conf_private_open(name, &e), -ENOENT);
	assert_int_equal(conf_private_open("/tmp", &e), -EINVAL);
}

static void collect(const char *line, void *arg)
{
	(void)arg;
	report(line, NULL);
}

static void documentation(void **state)
{
	(void)state;
	reports[0] = '\0';
	conf_schema_print(items, "", collect, NULL);
	assert_string_equal(reports,
		"| setting | allowed | default | meaning |\n"
		"| --- | --- | --- | --- |\n"
		"| `group` | group |   | A group. |\n"
		"| `group.text` | text, at most 6 characters | `\"dflt\"` | A text. |\n"
		"| `group.path` | absolute path or empty | `\"\"` | A path. |\n"
		"| `number` | 1 to 4000000000 things | `5` | A number. |\n"
		"| `flag` | `true`, `false` | `true` | A flag. |\n"
		"| `word` | `\"one\"`, `\"two\"` | `\"one\"` | A word. |\n"
		"| `ip` | numeric IP address | `\"192.0.2.1\"` | An address. |\n"
		"| `transport` | `\"192.0.2.1:5060\"`, `\"[2001:db8::1]:5060\"` | `\"[2001:db8::1]:5060\"` | An address with a port. |\n"
		"| `list[]` | list of 0 to 2 groups | empty | A list. |\n"
		"| `list[].name` | letters, digits, `-`, `_`, at most 7 | required | A name. |\n"
		"| `list[].ports` | `\"EVEN-ODD\"` within 1024 to 65535 | `\"2000-2001\"` | Ports. |\n"
		"| `list[].words` | array of `\"one\"`, `\"two\"` | `[ \"two\", \"one\" ]` | Words. |\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(values),
		cmocka_unit_test(unknown_settings),
		cmocka_unit_test(wrong_types),
		cmocka_unit_test(out_of_range),
		cmocka_unit_test(wrong_values),
		cmocka_unit_test(addresses),
		cmocka_unit_test(ports),
		cmocka_unit_test(every_mistake_is_reported),
		cmocka_unit_test(syntax),
		cmocka_unit_test(compared_settings),
		cmocka_unit_test(files),
		cmocka_unit_test(sealed_copies),
		cmocka_unit_test(private_files),
		cmocka_unit_test(documentation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
