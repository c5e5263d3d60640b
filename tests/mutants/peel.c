// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes checks out of the verifier, one after the other, until what has to be refused
 * verifies: the list is tests/unit/verify_bad.c, the checks are those that
 * tests/suites/12-verify-mutants has put a switch into.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verify_lists.h"

#define MAX_CHAIN	6

#define MAX_MUTANTS	200

/* The suite writes the names; its switches ask mutant() when their check would refuse. */
extern const char *const mutant_name[];
extern const int mutant_count;
int mutant(int m);

static bool off[MAX_MUTANTS], fired[MAX_MUTANTS];
static int number, failed;

int mutant(int m)
{
	fired[m] = true;
	return off[m];
}

static void result(bool ok, const char *what, const char *how)
{
	number++;
	failed += !ok;
	printf("%sok %d - %s: %s\n", ok ? "" : "not ", number, what, how);
}

/* What became of it, in one line that is another when another check refuses it. */
static void outcome(const struct vl_entry *e, char *out, size_t cap)
{
	struct vl_result r;

	memset(fired, 0, sizeof(fired));
	vl_judge(e, &r);
	if (r.waits)
		snprintf(out, cap, "waits");
	else if (r.res.verified)
		snprintf(out, cap, "verifies");
	else
		snprintf(out, cap, "%s%u %s: %s", r.fetched ? "" : "at once, ", r.res.code, r.res.check, r.res.why.text);
}

static bool others(const bool *did)
{
	for (int m = 0; m < mutant_count; m++)
		if (fired[m] && !did[m])
			return true;
	return false;
}

/*
 * The next check to take out: the last one that refused, if that makes a difference; be
 * it that another check refuses the same.
 */
static int next_off(const struct vl_entry *e, const char *now, char *then, size_t cap)
{
	bool did[MAX_MUTANTS];

	memcpy(did, fired, sizeof(did));
	for (int m = mutant_count - 1; m >= 0; m--) {
		if (!did[m] || off[m])
			continue;
		off[m] = true;
		outcome(e, then, cap);
		if (strcmp(then, now) || others(did))
			return m;
		off[m] = false;
	}
	return -1;
}

static void peel(const struct vl_entry *e, bool *needed)
{
	char now[400], then[400], how[600] = "";
	int chain = 0, m;

	if (e->away) {
		result(true, e->name, "not tried, it would leave this machine");
		return;
	}
	memset(off, 0, sizeof(off));
	outcome(e, now, sizeof(now));
	while (strcmp(now, "verifies") && chain < MAX_CHAIN && (m = next_off(e, now, then, sizeof(then))) >= 0) {
		needed[m] = true;
		snprintf(how + strlen(how), sizeof(how) - strlen(how), "%s%s", chain++ ? ", " : "without ",
			 mutant_name[m]);
		strcpy(now, then);
	}
	if (!strcmp(now, "verifies")) {
		strcat(how, chain ? " it verifies" : "it verifies as it is");
		result(chain && !e->stuck, e->name, how);
	} else if (e->stuck) {
		snprintf(how + strlen(how), sizeof(how) - strlen(how), "%srefused all the same, %s",
			 chain ? " " : "", e->stuck);
		result(true, e->name, how);
	} else {
		snprintf(how + strlen(how), sizeof(how) - strlen(how), " still %.200s", now);
		result(false, e->name, how);
	}
}

static void body(void **state)
{
	bool needed[MAX_MUTANTS] = { false };

	(void)state;
	assert_in_range(mutant_count, 1, MAX_MUTANTS);
	vl_open();
	for (size_t i = 0; i < vl_nbad; i++)
		peel(&vl_bad[i], needed);
	for (int m = 0; m < mutant_count; m++)
		result(needed[m], mutant_name[m], needed[m] ? "is needed" : "nothing in the list needs it");
	vl_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(body) };

	setlinebuf(stdout);
	if (cmocka_run_group_tests(tests, NULL, NULL))
		failed++;
	printf("1..%d\n", number);
	return failed != 0;
}
