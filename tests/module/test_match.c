// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "-m srtp": each option both ways, by counting what rules without target see, in every
 * chain; and the rules that an operator writes.  A session without peer, a local program;
 * and a relay.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/gw.h"
#include "lib/ns.h"
#include "lib/tap.h"

#define COUNTED "-p udp -m srtp"

static const char *tables;	/* "iptables", "ip6tables-legacy" */

static const char *const options[] = {
	"", " --verified", " ! --verified",
	" --profile AEAD_AES_128_GCM", " ! --profile AEAD_AES_128_GCM",
	" --profile AES_CM_128_HMAC_SHA1_80", " ! --profile AES_CM_128_HMAC_SHA1_80",
	" --state open", " ! --state open", " --state held", " ! --state held",
	" --direction in", " ! --direction in", " --direction out", " ! --direction out",
	" ! --verified --state open --direction in",
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

enum chain { PREROUTING, INPUT, OUTPUT, FORWARD, CHAINS };

static const struct { const char *table, *name; } chains[CHAINS] = {
	{ "raw", "PREROUTING" }, { "filter", "INPUT" }, { "filter", "OUTPUT" }, { "filter", "FORWARD" },
};

static unsigned int before[CHAINS][OPTIONS];	/* what the rules had counted at the last look */

static void count_in(enum chain chain)
{
	char line[64];
	FILE *f;

	snprintf(line, sizeof(line), "%s-restore -n", tables);
	f = popen(line, "w");
	if (!f)
		bail("%s", line);
	fprintf(f, "*%s\n", chains[chain].table);
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(f, "-A %s " COUNTED "%s\n", chains[chain].name, options[i]);
	fputs("COMMIT\n", f);
	if (pclose(f))
		bail("%s refused the rules for %s", line, chains[chain].name);
	memset(before[chain], 0, sizeof(before[chain]));
}

/* Packets that each rule counted since the last look, as the rules are written again. */
static bool counts_are(enum chain chain, const unsigned int want[OPTIONS])
{
	unsigned int seen = 0, n, at;
	char line[512], head[64];
	bool ok = true;
	FILE *f;

	snprintf(head, sizeof(head), "-A %s " COUNTED, chains[chain].name);
	snprintf(line, sizeof(line), "%s-save -c -t %s", tables, chains[chain].table);
	f = popen(line, "r");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "[%u:%*u] %n", &n, &at) != 1 ||
		    strncmp(line + at, head, strlen(head)))
			continue;
		if (seen == OPTIONS || strcmp(line + at + strlen(head), options[seen]))
			return diag("%s: rule %u came back as '%s'", tables, seen, line + at);
		if (n - before[chain][seen] != want[seen])
			ok = diag("%s: %u packets, not %u: %s", tables, n - before[chain][seen],
				  want[seen], line + at);
		before[chain][seen++] = n;
	}
	if (f)
		pclose(f);
	return seen == OPTIONS ? ok : diag("%s: %u rules of %zu in %s", tables, seen, OPTIONS,
					   chains[chain].name);
}

/* What each rule sees of @n packets of a session. */
static void expect(unsigned int want[OPTIONS], unsigned int n, bool out, bool verified,
		   uint16_t profile, enum srtp_state state)
{
	const bool is[OPTIONS] = {
		true, verified, !verified,
		profile == GCM, profile != GCM, profile == CM, profile != CM,
		state == SRTP_STATE_OPEN, state != SRTP_STATE_OPEN,
		state == SRTP_STATE_HELD, state != SRTP_STATE_HELD,
		!out, out, out, !out,
		!verified && state == SRTP_STATE_OPEN && !out,
	};

	for (size_t i = 0; i < OPTIONS; i++)
		want[i] = is[i] ? n : 0;
}

/* RTP, RTCP, and what is neither; the latter also to and from a port without session. */
static void send_in(struct side *s, uint32_t n)
{
	struct addr nobody = s->local;
	uint8_t p[PACKET_MAX];

	side_next(s, NULL);
	side_send(s, p, rtcp_build(p, 3, n, 2));
	memset(p, 22, 60);
	side_send_raw(s, p, 60);
	nobody.port++;
	udp_send(s->fd, &nobody, p, rtp_simple(p, 1, 1));
}

static void drain(int fd, int n)
{
	uint8_t p[PACKET_MAX];

	while (n--)
		if (udp_recv(fd, p, sizeof(p), DEADLINE_MS, NULL) < 0)
			bail("a packet did not come");
}

static void test_counts(int af)
{
	struct nl_srtp_session tx = { .given = NL_SRTP_TX };
	unsigned int want[OPTIONS];
	uint8_t key[KEY_LEN], p[PACKET_MAX];
	struct side s;
	bool ok;
	int app;

	side_open(&s, af, 'a', GCM, NULL);
	app = udp_open(NS_G, &s.local);
	random_key(key);
	tx.tx = side_crypto(CM, key, 0);
	side_set(&s, tx);

	/* The hooks' own order: raw comes before the target, filter behind it. */
	count_in(PREROUTING);
	count_in(INPUT);
	count_in(OUTPUT);

	send_in(&s, 1);
	drain(app, 1);
	expect(want, 2, false, false, GCM, SRTP_STATE_HELD);
	ok = counts_are(PREROUTING, want);
	expect(want, 0, false, false, GCM, SRTP_STATE_HELD);
	ok = counts_are(INPUT, want) && ok;
	tap(ok, "%s: held and not verified: seen before the target, nothing of it behind", tables);

	side_set(&s, (struct nl_srtp_session){ .given = NL_SRTP_STATE, .state = SRTP_STATE_OPEN });
	send_in(&s, 2);
	drain(app, 3);
	expect(want, 2, false, false, GCM, SRTP_STATE_OPEN);
	ok = counts_are(PREROUTING, want);
	ok = counts_are(INPUT, want) && ok;
	tap(ok, "%s: open and not verified: each option and its inverse", tables);

	side_set(&s, (struct nl_srtp_session){ .given = NL_SRTP_VERIFIED, .verified = true });
	send_in(&s, 3);
	drain(app, 3);
	expect(want, 2, false, true, GCM, SRTP_STATE_OPEN);
	ok = counts_are(PREROUTING, want);
	ok = counts_are(INPUT, want) && ok;
	tap(ok, "%s: open and verified: each option and its inverse", tables);

	udp_send(app, &s.far, p, rtp_simple(p, 9, 1));
	udp_send(app, &s.far, p, rtcp_build(p, 9, 1, 0));
	udp_send(app, &s.far, p, rtp_simple(p, 9, 2));
	memset(p, 22, 60);
	udp_send(app, &s.far, p, 60);
	expect(want, 3, true, true, CM, SRTP_STATE_OPEN);
	ok = counts_are(OUTPUT, want);
	expect(want, 0, true, true, CM, SRTP_STATE_OPEN);
	ok = counts_are(INPUT, want) && ok;
	tap(ok, "%s: a local program's packets are seen in OUTPUT, by the other direction's profile",
	    tables);
	shell("%s -t raw -F; %s -F", tables, tables);
	close(app);
	side_close(&s);
}

/* A program at a port that is no session's. */
static int open_beside(const struct side *s, struct addr *nobody)
{
	*nobody = s->local;
	nobody->port++;
	return udp_open(NS_G, nobody);
}

/* A firewall passes only media whose keys a signer vouched for; all else is none of its business. */
static void test_firewall(int af)
{
	uint8_t p[PACKET_MAX], in[PACKET_MAX];
	struct addr nobody;
	struct side s;
	size_t n;
	bool ok;
	int app, other;

	app = side_program(&s, af, CM, NULL);
	other = open_beside(&s, &nobody);
	shell("%s -A INPUT -m srtp ! --verified -j DROP", tables);

	side_next(&s, NULL);
	memset(p, 22, 60);
	side_send_raw(&s, p, 60);
	ok = udp_recv(app, in, sizeof(in), DEADLINE_MS, NULL) == 60 ||
	     diag("DTLS did not come, or media did");
	n = rtp_simple(p, 5, 5);
	udp_send(s.fd, &nobody, p, n);
	ok = ok && (udp_recv(other, in, sizeof(in), DEADLINE_MS, NULL) == (ssize_t)n ||
		    diag("a packet of no session did not come"));
	side_set(&s, (struct nl_srtp_session){ .given = NL_SRTP_VERIFIED, .verified = true });
	n = side_next(&s, p);
	ok = ok && udp_recv(app, in, sizeof(in), DEADLINE_MS, NULL) == (ssize_t)n &&
	     !memcmp(in, p, n);
	tap(ok && drops_are(&s, DROPS()), "%s: -A INPUT -m srtp ! --verified -j DROP", tables);
	shell("%s -F INPUT", tables);
	close(other);
	close(app);
	side_close(&s);
}

/* The rule of docs/hooks.md in front of the target, for media that is relayed and never comes to INPUT. */
static void test_relayed(int af)
{
	uint8_t p[PACKET_MAX];
	char outer[ADDR_STRLEN];
	struct addr nobody;
	struct pair pair;
	int other;
	size_t n;
	bool ok;

	pair_open(&pair, af, GCM, PLAIN, NULL);
	other = open_beside(&pair.a, &nobody);
	addr_ip_str(&pair.a.local, outer);
	shell("%s -t mangle -I PREROUTING -d %s -m srtp ! --verified -j DROP", tables, outer);

	side_next(&pair.a, NULL);
	/* What comes behind it has come when it does, so it has been dropped. */
	n = rtp_simple(p, 5, 5);
	udp_send(pair.a.fd, &nobody, p, n);
	ok = plain_got(other, &pair.a.far, p, n) && side_silent(&pair.b) &&
	     passes(&pair.b, &pair.a);
	side_set(&pair.a, (struct nl_srtp_session){ .given = NL_SRTP_VERIFIED, .verified = true });
	ok = ok && passes(&pair.a, &pair.b) && passes(&pair.b, &pair.a);
	tap(ok && side_silent(&pair.b) && pair_drops_are(&pair, DROPS()),
	    "%s: -t mangle -I PREROUTING -d OUTER -m srtp ! --verified -j DROP, of a relay", tables);
	shell("%s -t mangle -D PREROUTING -d %s -m srtp ! --verified -j DROP", tables, outer);
	close(other);
	pair_close(&pair);
}

/* The four rules of docs/transparent.md: only media of open sessions, and that protected. */
static void only_open(const char *how, const struct side *s)
{
	char ip[ADDR_STRLEN];
	unsigned int port = s->local.port;

	addr_ip_str(&s->local, ip);
	for (int accept = 1; accept >= 0; accept--) {
		const char *rest = accept ? "-m srtp --state open ! --profile none -j ACCEPT" : "-j DROP";

		shell("%s %s OUTPUT -p udp -s %s --sport %u:%u %s", tables, how, ip, port, port, rest);
		shell("%s %s INPUT -p udp -d %s --dport %u:%u %s", tables, how, ip, port, port, rest);
	}
}

/* Where there is no session the module protects nothing: a firewall has to. */
static void test_no_session(int af)
{
	uint8_t p[PACKET_MAX], in[PACKET_MAX];
	struct addr nobody;
	struct err e = { 0 };
	struct side s;
	int app, other;
	size_t n;
	bool ok;

	app = side_program(&s, af, GCM, NULL);
	other = open_beside(&s, &nobody);
	only_open("-A", &s);

	n = side_next(&s, p);
	ok = plain_got(app, &s.far, p, n);
	udp_send(app, &s.far, p, n);
	ok = ok && side_got(&s, p, n) && drops_are(&s, DROPS());
	if (nl_srtp_session_del(gw, &s.id, 1, &e))
		bail("%s", err_text(&e));
	ok = ok && (!udp_try(app, &s.far, p, n) || diag("a packet left without a session"));
	side_send_raw(&s, p, n);
	udp_send(s.fd, &nobody, p, n);
	ok = ok && plain_got(other, &s.far, p, n) && side_silent(&s) &&
	     (udp_recv(app, in, sizeof(in), 0, NULL) < 0 || diag("a packet came without a session"));
	tap(ok, "%s: media of open sessions passes the firewall, without session nothing does", tables);

	only_open("-D", &s);
	udp_send(app, &s.far, p, n);
	ok = plain_got(s.fd, &s.local, p, n);
	side_send_raw(&s, p, n);
	tap(ok && plain_got(app, &s.far, p, n), "%s: without session and firewall packets go by as they are",
	    tables);
	close(other);
	close(app);
	side_close(&s);
}

/* A port that a rule and an attachment give to the module: what was opened is no SRTP any more. */
static void test_given_twice(int af, uint16_t profile)
{
	struct nl_srtp_attachment twice = { 0 };
	uint8_t p[PACKET_MAX];
	struct side s;
	uint32_t id;
	size_t n;
	bool ok;
	int app;

	app = side_program(&s, af, profile, NULL);
	twice.first = twice.last = s.local.port;
	id = gw_attach(twice);
	side_next(&s, NULL);
	ok = drops_are(&s, DROPS({ SRTP_DROP_REPLAY, 1 }));
	n = rtp_simple(p, 5, 5);
	udp_send(app, &s.far, p, n);
	ok = ok && side_got(&s, p, n);
	gw_detach(id);
	n = side_next(&s, p);
	tap(ok && plain_got(app, &s.far, p, n) && drops_are(&s, DROPS({ SRTP_DROP_REPLAY, 1 })),
	    "%s %s: by a rule and an attachment at once a packet counts as received twice",
	    tables, suite_name(profile));
	close(app);
	side_close(&s);
}

/* The session is a guest's behind this host: its media is forwarded. */
static void test_forwarded(void)
{
	struct nl_srtp_session want = { .given = NL_SRTP_LOCAL | NL_SRTP_REMOTE | NL_SRTP_RX |
						 NL_SRTP_TX | NL_SRTP_STATE,
					.state = SRTP_STATE_OPEN };
	unsigned int counts[OPTIONS], out[OPTIONS];
	uint8_t p[PACKET_MAX], in[PACKET_MAX];
	struct err e = { 0 };
	uint32_t id;
	size_t n;
	int a, b;
	bool ok;

	shell("sysctl -qw net.ipv4.ip_forward=1 && ip -n ta route add 10.2.0.0/24 via 10.1.0.1 && "
	      "ip -n tb route add 10.1.0.0/24 via 10.2.0.1");
	want.local = host_addr(AF_INET, 'b', 16900);
	want.remote = host_addr(AF_INET, 'a', 40900);
	want.rx = want.tx = side_crypto(PLAIN, NULL, 0);
	if (nl_srtp_session_new(gw, &want, 1, &id, &e))
		bail("%s", err_text(&e));
	a = udp_open(NS_A, &want.remote);
	b = udp_open(NS_B, &want.local);
	count_in(FORWARD);
	n = rtp_simple(p, 1, 1);
	udp_send(a, &want.local, p, n);
	udp_send(a, &want.local, p, n);
	drain(b, 2);
	udp_send(b, &want.remote, p, n);
	ok = udp_recv(a, in, sizeof(in), DEADLINE_MS, NULL) == (ssize_t)n;
	expect(counts, 2, false, false, PLAIN, SRTP_STATE_OPEN);
	expect(out, 1, true, false, PLAIN, SRTP_STATE_OPEN);
	for (size_t i = 0; i < OPTIONS; i++)
		counts[i] += out[i];
	tap(ok && counts_are(FORWARD, counts), "%s: in FORWARD either direction", tables);
	nl_srtp_session_del(gw, &id, 1, NULL);
	shell("%s -F FORWARD; sysctl -qw net.ipv4.ip_forward=0", tables);
	close(a);
	close(b);
}

int main(void)
{
	static const struct { int af; const char *tables; } all[] = {
		{ AF_INET, "iptables" }, { AF_INET6, "ip6tables-legacy" },
	};

	gw_begin();
	for (int i = 0; i < 2; i++) {
		tables = all[i].tables;
		test_counts(all[i].af);
		test_firewall(all[i].af);
		test_relayed(all[i].af);
		test_no_session(all[i].af);
		test_given_twice(all[i].af, i ? CM : GCM);
		if (!i)
			test_forwarded();
	}
	return tap_done();
}
