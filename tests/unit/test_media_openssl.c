// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenSSL's own command line as the far end, over real sockets: what it exports has to
 * be what the datapath was given.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "loop.h"
#include "media_world.h"

#define DEADLINE_S	15

struct openssl {
	pid_t pid;
	int in, out;
	char said[65536];
	size_t len;
	char dir[32], cert[64], key[64];
};

static void write_files(struct openssl *o)
{
	FILE *f;

	strcpy(o->dir, "/tmp/ksrtp-openssl-XXXXXX");
	assert_non_null(mkdtemp(o->dir));
	snprintf(o->cert, sizeof(o->cert), "%s/cert.pem", o->dir);
	snprintf(o->key, sizeof(o->key), "%s/key.pem", o->dir);
	f = fopen(o->cert, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, phone_cert.x509), 1);
	fclose(f);
	f = fopen(o->key, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, phone_cert.key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
}

static void run(struct openssl *o, const char *args)
{
	char command[1024];
	int in[2], out[2];

	snprintf(command, sizeof(command), "exec openssl %s -cert %s -key %s -dtls1_2 "
		 "-keymatexport EXTRACTOR-dtls_srtp -keymatexportlen 56 2>&1", args, o->cert, o->key);
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	o->pid = fork();
	assert_true(o->pid >= 0);
	if (!o->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(out[1], 1);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	o->in = in[1];
	o->out = out[0];
	assert_int_equal(fcntl(o->out, F_SETFL, O_NONBLOCK), 0);
}

static void end(struct openssl *o)
{
	kill(o->pid, SIGTERM);
	waitpid(o->pid, NULL, 0);
	close(o->in);
	close(o->out);
	unlink(o->cert);
	unlink(o->key);
	rmdir(o->dir);
}

static void hear(struct openssl *o)
{
	ssize_t n = read(o->out, o->said + o->len, sizeof(o->said) - 1 - o->len);

	if (n > 0)
		o->len += (size_t)n;
}

/* Until OpenSSL has said @what, and (if @leg) the leg got somewhere. */
static void wait_for(struct media_world *w, struct openssl *o, const char *what, uint64_t leg)
{
	time_t until = time(NULL) + DEADLINE_S;

	while (!strstr(o->said, what) || (leg && w->leg[leg].state.state < MEDIA_STATE_SECURED)) {
		if (time(NULL) > until || (leg && w->leg[leg].nfailed))
			fail_msg("no \"%s\"; %s; openssl: %s", what, w->leg[leg].failed.text, o->said);
		loop_turn(20);
		hear(o);
	}
}

static void assert_exported(struct media_world *w, const struct openssl *o, bool we_are_client)
{
	const struct fake_session *s = session_of(w, 1, false);
	const struct srtp_master *client = we_are_client ? &s->tx : &s->rx;
	const struct srtp_master *server = we_are_client ? &s->rx : &s->tx;
	const char *hex = strstr(o->said, "Keying material: ");
	uint8_t block[56];

	assert_non_null(hex);
	hex += strlen("Keying material: ");
	for (size_t i = 0; i < sizeof(block); i++) {
		unsigned int v;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		block[i] = (uint8_t)v;
	}
	assert_int_equal(s->keyed, 1);
	assert_int_equal(s->s.rx.profile, SRTP_PROFILE_AEAD_AES_128_GCM);
	assert_memory_equal(client->key, block, 16);
	assert_memory_equal(server->key, block + 16, 16);
	assert_memory_equal(client->salt, block + 32, 12);
	assert_memory_equal(server->salt, block + 44, 12);
}

/* A port for the program to bind: one that was free a moment ago. */
static struct addr free_port(struct media_world *w)
{
	close(w->phone[0].fd);
	w->phone[0].fd = -1;
	return w->phone[0].addr;
}

static void s_client(void **state)
{
	struct media_world *w = *state;
	struct addr far_end = free_port(w);
	static struct openssl o;
	char args[256];

	o = (struct openssl){ 0 };
	write_files(&o);
	do_open(w, 1, "secure", false);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	do_remote(w, 1, &far_end, NULL, MEDIA_DTLS_PASSIVE);
	snprintf(args, sizeof(args), "s_client -connect 127.0.0.1:%u -bind 127.0.0.1:%u "
		 "-use_srtp SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM",
		 w->leg[1].opened.rtp.port, far_end.port);
	run(&o, args);
	wait_for(w, &o, "Keying material: ", 1);
	wait_for(w, &o, "---\n", 1);
	assert_exported(w, &o, false);
	assert_non_null(strstr(o.said, "SRTP Extension negotiated, profile=SRTP_AEAD_AES_128_GCM"));
	end(&o);
}

static void s_server(void **state)
{
	struct media_world *w = *state;
	struct addr far_end = free_port(w);
	static struct openssl o;
	char args[256];

	o = (struct openssl){ 0 };
	write_files(&o);
	snprintf(args, sizeof(args), "s_server -accept 127.0.0.1:%u -Verify 1 "
		 "-use_srtp SRTP_AEAD_AES_128_GCM", far_end.port);
	run(&o, args);
	wait_for(w, &o, "ACCEPT", 0);
	do_open(w, 1, "secure", false);
	assert_int_equal(do_fingerprints(w, 1, &phone_cert), 0);
	do_remote(w, 1, &far_end, NULL, MEDIA_DTLS_ACTIVE);
	wait_for(w, &o, "Keying material: ", 1);
	wait_for(w, &o, "CIPHER is", 1);
	assert_exported(w, &o, true);
	end(&o);
}

#define T(f)	cmocka_unit_test_setup_teardown(f, media_world_setup, media_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { T(s_client), T(s_server) };
	int status;

	media_world_real_time = true;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	status = cmocka_run_group_tests_name("media_openssl", tests, NULL, NULL);
	dtls_cert_free(&phone_cert);
	dtls_cert_free(&other_cert);
	loop_fini();
	return status;
}
