// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A proxy makes another request of a fresh signed one that nobody has seen yet.  RFC 8224
 * lets it; a token of type "ksrtp-ctx" does not.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "log.h"
#include "verify_world.h"

static struct verify_world w;

static int setup(void **state)
{
	(void)state;
	vw_open(&w, NULL);
	log_set_level(LOG_LVL_ERROR);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vw_close(&w);
	return 0;
}

/* @text (freed) with the first @from replaced. */
static char *with(char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out;

	if (!at)
		fail_msg("no \"%s\" in\n%s", from, text);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	free(text);
	return out;
}

/* @text (freed) without its @nth Identity. */
static char *without(char *text, unsigned int nth)
{
	char *at = strstr(text, "\r\nIdentity:"), *end;

	for (; at && nth; nth--)
		at = strstr(at + 2, "\r\nIdentity:");
	assert_non_null(at);
	end = strstr(at + 2, "\r\n");
	memmove(at, end, strlen(end) + 1);
	return text;
}

static void expect(char *text, int code, const char *check)
{
	static uint64_t mono = 1000000;
	int got;

	clock_fake(mono += 11000, clock_wall());
	got = vw_ask(&w, text);
	free(text);
	if (got != code || strcmp(w.res.check, check))
		fail_msg("%d %s (%s), expected %d %s", got, w.res.check, w.res.why.text, code, check);
}

static void expect_bound(char *text, bool bound)
{
	expect(text, 0, "");
	assert_true(w.res.verified);
	assert_int_equal(w.res.bound, bound);
}

/* ---- the attack -------------------------------------------------------------- */

/* What a proxy can write instead of what was sent, the INVITE of a new call. */
static const struct {
	const char *what, *from[3], *to[3];
} turns[] = {
	{ "a call of its own", { "Call-ID: c1" }, { "Call-ID: other" } },
	{ "by another tag", { ";tag=a1" }, { ";tag=a2" } },
	{ "the same call later", { "CSeq: 1 INVITE" }, { "CSeq: 3 INVITE" } },
	{ "a re-INVITE of a call that is up", { "CSeq: 1", "biloxi.example.org>" },
	  { "CSeq: 9", "biloxi.example.org>;tag=up" } },
	{ "an UPDATE of that call", { "INVITE sip:", "CSeq: 1 INVITE", "biloxi.example.org>" },
	  { "UPDATE sip:", "CSeq: 9 UPDATE", "biloxi.example.org>;tag=up" } },
};

#define TURNS (sizeof(turns) / sizeof(turns[0]))

static char *turned(unsigned int i, const struct vw_spec *s)
{
	char *text = vw_request(&w, s);

	for (unsigned int k = 0; k < 3 && turns[i].from[k]; k++)
		text = with(text, turns[i].from[k], turns[i].to[k]);
	return text;
}

static void succeeds_without(void **state)
{
	const struct vw_spec plain = { 0 }, both = { .ctx = true };

	(void)state;
	for (unsigned int i = 0; i < TURNS; i++) {
		/* The usual token, to a verifier that would like more; and both, to one that does not care. */
		w.binding = CONF_BINDING_PREFER;
		expect_bound(turned(i, &plain), false);
		w.binding = CONF_BINDING_OFF;
		expect_bound(turned(i, &both), false);
	}
}

static void fails_with(void **state)
{
	const struct vw_spec both = { .ctx = true };

	(void)state;
	for (enum conf_binding b = CONF_BINDING_PREFER; b <= CONF_BINDING_REQUIRE; b++) {
		w.binding = b;
		for (unsigned int i = 0; i < TURNS; i++) {
			expect(turned(i, &both), 438, "context");
			/* Nor does it help to take away what does not fit: the other one tells. */
			expect(without(turned(i, &both), 1), 438, "context");
			expect(without(turned(i, &both), 0), 438, "context");
		}
		/* Beside them, the same as it was sent. */
		expect_bound(vw_request(&w, &both), true);
	}
}

/* ---- what else holds --------------------------------------------------------- */

static void within_a_dialog(void **state)
{
	const struct vw_spec update = { .method = "UPDATE", .cseq = 7, .to_tag = "b1", .ctx = true };

	(void)state;
	w.binding = CONF_BINDING_REQUIRE;
	expect(with(vw_request(&w, &update), ";tag=b1", ";tag=b2"), 438, "context");
	expect(with(vw_request(&w, &update), ";tag=b1", ""), 438, "context");
	expect_bound(vw_request(&w, &update), true);
}

static void required(void **state)
{
	const struct vw_spec plain = { 0 }, compact = { .compact = true }, both = { .ctx = true };
	char *text;

	(void)state;
	w.binding = CONF_BINDING_REQUIRE;
	expect(vw_request(&w, &plain), 428, "context");
	expect(vw_request(&w, &compact), 428, "context");
	expect(without(vw_request(&w, &both), 1), 438, "context");
	/* It says all that the other one does. */
	expect_bound(without(vw_request(&w, &both), 0), true);
	/* It is used up as any. */
	text = vw_request(&w, &both);
	expect_bound(strdup(text), true);
	expect(text, 482, "replay");
	/* "prefer" calls what fails here unverified. */
	text = vw_request(&w, &plain);
	assert_int_equal(vw_ask_as(&w, text, CONF_IDENTITY_PREFER, NULL, NULL), 0);
	assert_false(w.res.verified);
	free(text);
}

/* Each claim of the usual token counts in this one too, when it is alone. */
static void complete(void **state)
{
	const struct vw_spec spoilt[] = {
		{ .signed_from = "sip:mallory@atlanta.example.com", .ctx = true },
		{ .signed_to = "sip:carol@biloxi.example.org", .ctx = true },
		{ .signed_sdp = VW_SDP(VW_FP2), .ctx = true },
		{ .key = w.domain_key, .ctx = true },
	};
	static const char *const check[] = { "orig", "dest", "mky", "signature" };

	(void)state;
	w.binding = CONF_BINDING_PREFER;
	for (unsigned int i = 0; i < 4; i++)
		expect(without(vw_request(&w, &spoilt[i]), 0), 438, check[i]);
	assert_non_null(w.domain_key);
}

/* One by somebody else beside one of ours changes nothing: it could be taken away as well. */
static void somebody_elses(void **state)
{
	const struct vw_spec both = { .ctx = true, .call_id = "hers" }, plain = { .cseq = 4 };
	char *theirs, *ours = vw_request(&w, &plain), *line, *both_lines;

	(void)state;
	theirs = without(vw_request(&w, &both), 0);
	line = strstr(theirs, "Identity:");
	strstr(line, "\r\n")[2] = '\0';
	assert_true(asprintf(&both_lines, "%sMax-Forwards: 70\r\n", line) > 0);
	w.binding = CONF_BINDING_PREFER;
	expect_bound(with(strdup(ours), "Max-Forwards: 70\r\n", both_lines), false);
	w.binding = CONF_BINDING_REQUIRE;
	expect(with(ours, "Max-Forwards: 70\r\n", both_lines), 438, "context");
	free(theirs);
	free(both_lines);
}

/* No compact form; and nothing that cannot be written is signed. */
static void forms(void **state)
{
	const struct vw_spec both = { .ctx = true };
	struct passport p = { .ppt = PASSPORT_CTX, .iat = VW_IAT };
	char *text, *at, *end, out[4096], longer[PASSPORT_CALL_ID_MAX + 1];
	struct err e = { 0 };

	(void)state;
	w.binding = CONF_BINDING_PREFER;
	text = without(vw_request(&w, &both), 0);
	at = strstr(text, "Identity: ") + strlen("Identity: ");
	end = strrchr(strndupa(at, strcspn(at, ";")), '.');
	assert_non_null(end);
	/* "..signature": what remains of it */
	out[0] = '\0';
	snprintf(out, sizeof(out), ".%s%s", end, strchr(at, ';'));
	strcpy(at, out);
	expect(text, 438, "token");
	assert_int_equal(passport_sign(&p, w.key, true, out, sizeof(out), &e), -EINVAL);
	p.ppt = PASSPORT_BASE;
	p.announce = true;
	assert_int_equal(passport_sign(&p, w.key, true, out, sizeof(out), &e), -EINVAL);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(passport_ctx_set(&p.ctx, "INVITE", longer, 1, "a", NULL), -EINVAL);
	assert_string_equal(p.ctx.method, "");
	assert_int_equal(passport_ctx_set(&p.ctx, "INVITE", "c\x80", 1, "a", NULL), -EINVAL);
	assert_int_equal(passport_ctx_set(&p.ctx, "INVITE", "c\n", 1, "a", NULL), -EINVAL);
	assert_int_equal(passport_ctx_set(&p.ctx, "INVITE", longer + 1, 1, NULL, NULL), 0);
	assert_string_equal(p.ctx.from_tag, "");
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(succeeds_without), T(fails_with), T(within_a_dialog), T(required), T(complete),
		T(somebody_elses), T(forms),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
