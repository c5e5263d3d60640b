// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Legs that change while they run: re-INVITE, a datapath that refuses or acts by itself,
 * what reaches the sockets, and the end.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "media_world.h"
#include "openssl_clock.h"

static const struct addr nowhere = { .family = AF_INET, .port = 9 };	/* 0.0.0.0: on hold */

/* ---- changes -------------------------------------------------------------- */

static void keys_are_never_installed_twice(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_ACTIVE);
	do_remote(w, 2, &w->phone[1].addr, NULL, MEDIA_DTLS_ACTIVE);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	do_pair(w, 1, 2);
	do_pair(w, 2, 1);
	assert_log(w, "");
	do_remote(w, 1, &w->phone[2].addr, NULL, MEDIA_DTLS_ACTIVE);
	assert_log(w, "set:1[remote,]");
	assert_true(addr_equal(&session_of(w, 1, false)->s.remote, &w->phone[2].addr));
	assert_state(w, 1, MEDIA_STATE_OPEN);
	assert_keys(w, 1, false, &w->phone[0]);
}

static void on_hold_and_back(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	do_remote(w, 2, &nowhere, NULL, MEDIA_DTLS_ACTIVE);
	assert_log(w, "set:2[held]");
	assert_state(w, 1, MEDIA_STATE_SECURED);
	assert_state(w, 2, MEDIA_STATE_SECURED);
	do_remote(w, 2, &w->phone[3].addr, NULL, MEDIA_DTLS_ACTIVE);
	assert_log(w, "set:1[remote,] set:2[open]");
	assert_state(w, 1, MEDIA_STATE_OPEN);
	assert_int_equal(session_of(w, 1, false)->keyed, 1);
}

static void what_cannot_change(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_PASSIVE);
	assert_failed(w, 1, -EOPNOTSUPP);
	assert_log(w, "set:2[held]");
	do_remote(w, 2, &w->phone[1].addr, &w->phone[2].addr, MEDIA_DTLS_ACTIVE);
	assert_failed(w, 2, -EOPNOTSUPP);
}

static void other_certificate_in_a_re_invite(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	assert_int_equal(do_fingerprints(w, 1, &other_cert), 0);
	assert_log(w, "");
	/* No new association was asked for: what was let in is thrown out. */
	media_world_pass(w, 1900);
	assert_state(w, 1, MEDIA_STATE_OPEN);
	media_world_pass(w, 100);
	assert_failed(w, 1, -EACCES);
	assert_log(w, "set:2[held]");
	assert_int_equal(session_of(w, 2, false)->s.state, SRTP_STATE_HELD);
	assert_int_equal(session_of(w, 1, false)->s.peer, 0);
}

static void far_end_closes(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	dtls_free(w->phone[0].d);
	w->phone[0].d = NULL;
	media_world_run(w);
	assert_failed(w, 1, -ECONNRESET);
	assert_log(w, "set:2[held]");
}

static void one_port_is_not_two(void **state)
{
	struct media_world *w = *state;

	do_open(w, 1, "plain", false);
	do_remote(w, 1, &w->phone[0].addr, &w->phone[1].addr, MEDIA_DTLS_ACTIVE);
	assert_failed(w, 1, -EPROTO);
}

static void other_address_family(void **state)
{
	struct media_world *w = *state;
	struct addr six;

	assert_int_equal(addr_parse(&six, "::1", 5000), 0);
	do_open(w, 1, "plain", false);
	do_remote(w, 1, &six, NULL, MEDIA_DTLS_ACTIVE);
	assert_failed(w, 1, -EAFNOSUPPORT);
}

/* ---- the datapath refuses, or acts by itself ------------------------------ */

static void datapath_refuses_keys(void **state)
{
	struct media_world *w = *state;

	do_open(w, 1, "secure", false);
	phone_dtls(w, &w->phone[0], &w->leg[1].opened.rtp, MEDIA_DTLS_PASSIVE, &phone_cert);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_ACTIVE);
	w->fake.fail_next = -ENOMEM;
	media_world_run(w);
	assert_failed(w, 1, -ENOMEM);
	assert_string_equal(w->leg[1].failed.text, "refused by the test");
	assert_int_equal(session_of(w, 1, false)->keyed, 0);
}

static void datapath_refuses_to_open(void **state)
{
	struct media_world *w = *state;

	do_open(w, 1, "plain", false);
	do_open(w, 2, "plain", false);
	do_remote(w, 1, &w->phone[0].addr, NULL, MEDIA_DTLS_ACTIVE);
	do_remote(w, 2, &w->phone[1].addr, NULL, MEDIA_DTLS_ACTIVE);
	w->fake.fail_next = -EINVAL;
	do_pair(w, 1, 2);
	assert_failed(w, 1, -EINVAL);
	assert_failed(w, 2, -EINVAL);
	assert_int_equal(session_of(w, 1, false)->s.state, SRTP_STATE_HELD);
}

/* What cannot be held is removed. */
static void datapath_refuses_to_hold(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	w->fake.fail_next = -EIO;
	assert_int_equal(do_fingerprints(w, 1, &other_cert), 0);
	media_world_pass(w, 2000);
	assert_failed(w, 1, -EACCES);
	assert_int_equal(session_of(w, 1, false)->s.state, SRTP_STATE_HELD);
	assert_int_equal(session_of(w, 2, false)->s.state, SRTP_STATE_HELD);
	assert_log(w, "set:1[held] set:1[held]");
}

/* What cannot be removed is tried once more; a role that cannot remove must not live on. */
static void datapath_refuses_to_remove(void **state)
{
	struct media_world *w = *state;
	struct fake_session *secure, *plain;

	call_up(w);
	secure = session_of(w, 1, false);
	plain = session_of(w, 2, false);
	w->fake.fail_removals = 1;
	do_close(w, 1);
	assert_false(secure->there);
	assert_int_equal(w->out_of_hand, 0);
	w->fake.fail_removals = 2;
	do_close(w, 2);
	assert_true(plain->there);
	assert_int_equal(w->out_of_hand, 1);
}

static void port_is_anothers(void **state)
{
	struct media_world *w = *state;

	w->fake.eexist = 3;
	do_open(w, 1, "plain", true);
	assert_int_equal(w->leg[1].nopened, 1);
	assert_log(w, "new:2");
	w->fake.eexist = 100;
	do_open(w, 2, "secure", true);
	assert_failed(w, 2, -EEXIST);
	w->fake.eexist = 0;
	assert_int_equal(media_legs(w->media), 1);
}

static void no_datapath(void **state)
{
	struct media_world *w = *state;
	struct err why;

	err_set(&why, -ENODEV, "kernel module srtp is not loaded");
	media_use(w->media, NULL, &why);
	do_open(w, 1, "secure", true);
	assert_failed(w, 1, -ENODEV);
	assert_string_equal(w->leg[1].failed.text, "kernel module srtp is not loaded");
	media_use(w->media, &w->fake.dp, NULL);
	do_open(w, 2, "secure", true);
	assert_int_equal(w->leg[2].nopened, 1);
}

static void session_expires(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	session_of(w, 1, false)->there = false;
	w->fake.dp.events->gone(w->leg[1].state.rtp_session, true, w->fake.dp.arg);
	assert_failed(w, 1, -ETIMEDOUT);
	assert_string_equal(w->leg[1].failed.text, "no media for 60 s");
	assert_int_equal(session_of(w, 2, false)->s.state, SRTP_STATE_HELD);
	do_close(w, 1);
	do_close(w, 2);
}

static void events_were_lost(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	session_of(w, 2, false)->there = false;
	w->fake.dp.events->lost(w->fake.dp.arg);
	assert_failed(w, 2, -ETIMEDOUT);
	assert_int_equal(w->leg[1].nfailed, 0);
	assert_int_equal(session_of(w, 1, false)->s.state, SRTP_STATE_HELD);
}

/* Silent sessions that are wanted are named; the one whose silence means the end is not. */
static void kept_alive(void **state)
{
	struct media_world *w = *state;

	call_up(w);			/* two_ports on both: RTCP ports without traffic */
	media_world_pass(w, 19000);
	assert_log(w, "set:2[idle,]");
	do_open(w, 3, "plain", false);
	media_world_pass(w, 20000);
	assert_log(w, "new:1 set:3[idle,]");
}

static void remote_moved(void **state)
{
	struct media_world *w = *state;
	struct addr moved = w->phone[3].addr;

	call_up(w);
	w->fake.dp.events->moved(w->leg[1].state.rtp_session, &moved, w->fake.dp.arg);
	dtls_free(w->phone[0].d);	/* close_notify from the old address still counts */
	w->phone[0].d = NULL;
	media_world_run(w);
	assert_failed(w, 1, -ECONNRESET);
}

static void hear_line(enum log_level level, const char *line, void *arg)
{
	assert_int_equal(level, LOG_LVL_WARN);
	snprintf(arg, 200, "%s", line);
}

static void storm_names_the_call(void **state)
{
	struct media_world *w = *state;
	char line[200] = "";

	call_up(w);
	log_set_level(LOG_LVL_WARN);
	log_hook(hear_line, line);
	w->fake.dp.events->storm(0x7fffffff, SRTP_DROP_AUTH, 300, w->fake.dp.arg);
	assert_string_equal(line, "");
	w->fake.dp.events->storm(w->leg[1].state.rtp_session, SRTP_DROP_AUTH, 300, w->fake.dp.arg);
	log_hook(NULL, NULL);
	log_set_level(LOG_LVL_ERROR);
	assert_non_null(strstr(line, "call="));
	assert_non_null(strstr(line, "drop=\"auth\""));
	assert_non_null(strstr(line, "packets=300"));
}

/* ---- what reaches the sockets --------------------------------------------- */

static void rtp_in_user_space_is_counted(void **state)
{
	struct media_world *w = *state;
	static const uint8_t rtp[12] = { 0x80, 0, 0, 1 };

	call_up(w);
	assert_int_equal(media_stats(w->media)->userspace_packets, 0);
	phone_send(&w->phone[0], &w->leg[1].opened.rtp, rtp, sizeof(rtp));
	phone_send(&w->phone[3], &w->leg[2].opened.rtcp, rtp, sizeof(rtp));
	phone_send(&w->phone[3], &w->leg[2].opened.rtcp, "\xff", 1);
	phone_send(&w->phone[3], &w->leg[2].opened.rtcp, "", 0);
	media_world_run(w);
	assert_int_equal(media_stats(w->media)->userspace_packets, 2);
	assert_int_equal(media_stats(w->media)->junk, 2);
}

static void stun_check_is_answered(void **state)
{
	struct media_world *w = *state;
	uint8_t ask[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	struct phone *p = &w->phone[0];

	do_open(w, 1, "secure", false);
	phone_send(p, &w->leg[1].opened.rtp, ask, sizeof(ask));
	media_world_run(w);
	assert_int_equal(p->last_len, 0);		/* we do not know it yet */
	do_remote(w, 1, &p->addr, NULL, MEDIA_DTLS_PASSIVE);
	phone_send(&w->phone[1], &w->leg[1].opened.rtp, ask, sizeof(ask));
	media_world_run(w);
	assert_int_equal(w->phone[1].last_len, 0);	/* a stranger */
	phone_send(p, &w->leg[1].opened.rtp, ask, sizeof(ask));
	media_world_run(w);
	assert_int_equal(p->last_len, 32);
	assert_int_equal(p->last[0] << 8 | p->last[1], 0x0101);
	assert_int_equal((p->last[26] << 8 | p->last[27]) ^ 0x2112, p->addr.port);

	for (int i = 0; i < 50; i++) {		/* bounded */
		p->last_len = 0;
		phone_send(p, &w->leg[1].opened.rtp, ask, sizeof(ask));
		media_world_run(w);
	}
	assert_int_equal(p->last_len, 0);
	media_world_pass(w, 1000);
	phone_send(p, &w->leg[1].opened.rtp, ask, sizeof(ask));
	media_world_run(w);
	assert_int_equal(p->last_len, 32);
}

static void too_many_legs(void **state)
{
	struct media_world *w = *state;

	/* Ports run out first: 10 pairs. */
	for (uint64_t leg = 1; leg <= 10; leg++)
		do_open(w, leg, "plain", false);
	assert_int_equal(w->leg[10].nopened, 1);
	do_open(w, 11, "plain", false);
	assert_failed(w, 11, -ENOBUFS);
	assert_int_equal(media_legs(w->media), 10);
}

static void end_removes_everything(void **state)
{
	struct media_world *w = *state;

	call_up(w);
	media_free(w->media);
	assert_log(w, "flush");
	w->media = NULL;
	media_world_run(w);
	assert_int_equal(w->phone[0].ended, 1);		/* by close_notify */
}

#define T(f)	cmocka_unit_test_setup_teardown(f, media_world_setup, media_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(keys_are_never_installed_twice), T(on_hold_and_back), T(what_cannot_change),
		T(other_certificate_in_a_re_invite), T(far_end_closes), T(one_port_is_not_two),
		T(other_address_family), T(datapath_refuses_keys), T(datapath_refuses_to_open),
		T(datapath_refuses_to_hold),
		T(datapath_refuses_to_remove), T(port_is_anothers), T(no_datapath),
		T(session_expires), T(events_were_lost), T(kept_alive), T(remote_moved),
		T(storm_names_the_call),
		T(rtp_in_user_space_is_counted), T(stun_check_is_answered), T(too_many_legs),
		T(end_removes_everything),
	};
	int status;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	status = cmocka_run_group_tests_name("media changes", tests, NULL, NULL);
	dtls_cert_free(&phone_cert);
	dtls_cert_free(&other_cert);
	loop_fini();
	return status;
}
