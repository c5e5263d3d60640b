// SPDX-License-Identifier: GPL-2.0-or-later
/* The two lists over one good INVITE: verify_good.c, verify_bad.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verify_lists.h"

#define LEAST	25	/* entries of each list */

static int set_up(void **state)
{
	(void)state;
	vl_open();
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	vl_close();
	return 0;
}

static void verifies(void **state)
{
	const struct vl_entry *e = *state;
	struct vl_result r;

	vl_judge(e, &r);
	if (r.waits || !r.res.verified || r.res.code)
		fail_msg("%s: %u %s: %s", e->name, r.res.code, r.res.check, r.res.why.text);
	assert_string_equal(r.res.check, "");
	assert_int_not_equal(r.res.nfp, 0);
	assert_true(r.res.who.value[0]);
}

static const char *phrase(unsigned int code)
{
	switch (code) {
	case 428: return "Use Identity Header";
	case 436: return "Bad Identity Info";
	case 437: return "Unsupported Credential";
	case 438: return "Invalid Identity Header";
	case 400: return "Bad Request";
	case 482: return "Request Merged";
	case 488: return "Not Acceptable Here";
	case 503: return "Service Unavailable";
	default: return NULL;	/* 403 has several */
	}
}

static void refused(void **state)
{
	const struct vl_entry *e = *state;
	struct vl_result r;

	vl_judge(e, &r);
	if (r.waits || r.res.verified || r.res.code != e->code || strcmp(r.res.check, e->check) ||
	    !strstr(r.res.why.text, e->why))
		fail_msg("%s: %u %s: %s", e->name, r.res.code, r.res.check, r.res.why.text);
	if (phrase(e->code))
		assert_string_equal(r.res.reason, phrase(e->code));
	assert_string_equal(r.res.who.value, "");
	if (e->fast)
		assert_int_equal(r.fetched, 0);
}

/*
 * Each has its own reason.  Only the compact form and changed octets end in one and the
 * same: what is rebuilt can be seen to be wrong by its signature alone.
 */
static void reasons_differ(void **state)
{
	(void)state;
	assert_true(vl_ngood >= LEAST && vl_nbad >= LEAST);
	for (size_t i = 0; i < vl_nbad; i++) {
		assert_true(strlen(vl_bad[i].why) > 3);
		for (size_t k = 0; k < i; k++)
			if (vl_bad[i].code == vl_bad[k].code && !strcmp(vl_bad[i].check, vl_bad[k].check) &&
			    !strcmp(vl_bad[i].why, vl_bad[k].why) && strcmp(vl_bad[i].check, "signature"))
				fail_msg("\"%s\" and \"%s\" have the same reason", vl_bad[i].name, vl_bad[k].name);
	}
}

int main(void)
{
	struct CMUnitTest *tests = calloc(vl_ngood + vl_nbad + 1, sizeof(*tests));
	size_t n = 0;
	int ret;

	for (size_t i = 0; i < vl_ngood; i++)
		tests[n++] = (struct CMUnitTest){ .name = vl_good[i].name, .test_func = verifies,
						  .initial_state = (void *)&vl_good[i] };
	for (size_t i = 0; i < vl_nbad; i++)
		tests[n++] = (struct CMUnitTest){ .name = vl_bad[i].name, .test_func = refused,
						  .initial_state = (void *)&vl_bad[i] };
	tests[n++] = (struct CMUnitTest){ .name = "each refusal has its own reason",
					  .test_func = reasons_differ };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	ret = _cmocka_run_group_tests("lists", tests, n, set_up, clean_up);
	free(tests);
	return ret;
}
