// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * measure DIR WHAT SECONDS: repeat one thing for so many seconds of CPU time, and print
 * {"measure": WHAT, "count": N, "cpu_s": S} for it, and for what else it measured on the way.
 *
 *	raw-sign, raw-verify	what `openssl speed ecdsap256` does
 *	step		the signing step: typed claims in, Identity value out
 *	request		SIP in, digest checked, signed, SIP out, roles by their messages in
 *			one process; then `answer` (200 in, 200 out) and `end` (timers)
 *	verify		SIP in, verdict out, by srtpd's verifier with its certificate cache
 *
 * What has to be made first (requests to read, claims) is made outside of the clock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "err.h"
#include "lib/checks.h"
#include "lib/end.h"
#include "lib/inside.h"
#include "log.h"
#include "loop.h"
#include "signer_sign.h"

#define BATCH	256
#define ENDS	64
#define PAUSE	40000	/* ms; by then all transactions of a batch are over */

static const char *dir;
static double seconds;

/* ---- the clock ------------------------------------------------------------------------ */

struct sum {
	double cpu;
	unsigned long count;
};

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add(struct sum *s, double since, unsigned long count)
{
	s->cpu += cpu() - since;
	s->count += count;
}

static void print(const char *what, const struct sum *s)
{
	printf("{\"measure\": \"%s\", \"count\": %lu, \"cpu_s\": %.6f}\n", what, s->count, s->cpu);
}

/* ---- raw ------------------------------------------------------------------------------ */

static void raw(bool verify)
{
	EVP_PKEY *key = bench_key(dir);
	EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new(key, NULL), *check = EVP_PKEY_CTX_new(key, NULL);
	unsigned char hash[32] = { 1 }, sig[80];
	struct sum sum = { 0 };
	size_t len = sizeof(sig);
	bool ok = EVP_PKEY_sign_init(sign) == 1 && EVP_PKEY_verify_init(check) == 1 &&
		  EVP_PKEY_sign(sign, sig, &len, hash, sizeof(hash)) == 1;

	while (ok && sum.cpu < seconds) {
		const double since = cpu();

		for (int i = 0; i < BATCH && ok; i++) {
			if (verify) {
				ok = EVP_PKEY_verify(check, sig, len, hash, sizeof(hash)) == 1;
			} else {
				len = sizeof(sig);
				ok = EVP_PKEY_sign(sign, sig, &len, hash, sizeof(hash)) == 1;
			}
		}
		add(&sum, since, BATCH);
	}
	if (!ok)
		bench_fail("OpenSSL neither signs nor verifies");
	EVP_PKEY_CTX_free(sign);
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_free(key);
	print(verify ? "raw-verify" : "raw-sign", &sum);
}

/* ---- the signing step ----------------------------------------------------------------- */

static void on_signed(const struct signer_signed *m, void *arg)
{
	unsigned long *made = arg;

	*made += !m->code;
}

static void step(void)
{
	static struct signer_vouch claims[BATCH];
	struct signer_sign_conf conf = { .x5u = BENCH_X5U };
	struct signer_sign_role *sign;
	unsigned long made = 0;
	struct sum sum = { 0 };
	struct err e = { 0 };
	uint64_t serial = 0;

	conf.key = bench_key(dir);
	conf.cert = bench_cert(dir);
	if (signer_sign_new(&sign, &conf, on_signed, &made, &e))
		bench_fail("no signing service: %s", err_text(&e));
	while (sum.cpu < seconds) {
		double since;

		for (int i = 0; i < BATCH; i++) {
			struct signer_vouch *m = &claims[i];

			*m = (struct signer_vouch){ .handle = ++serial, .iat = clock_wall(), .nmky = 1 };
			snprintf(m->user, sizeof(m->user), "u%d", i);
			snprintf(m->orig.value, sizeof(m->orig.value), "sip:u%d@atlanta.example.com", i);
			snprintf(m->dest.value, sizeof(m->dest.value), "sip:bob@biloxi.example.org");
			strcpy(m->mky[0].alg, "sha-256");
			m->mky[0].len = 32;
			for (uint8_t k = 0; k < 32; k++)
				m->mky[0].digest[k] = (uint8_t)(serial + k);
		}
		since = cpu();
		for (int i = 0; i < BATCH; i++) {
			const struct signer_sign use = { .ask = 1, .handle = claims[i].handle };

			signer_sign_vouch(sign, &claims[i]);
			signer_sign_use(sign, &use);
		}
		bench_inside_settle();
		add(&sum, since, BATCH);
	}
	if (made != sum.count)
		bench_fail("%lu signatures of %lu", made, sum.count);
	signer_sign_free(sign);
	EVP_PKEY_free(conf.key);
	X509_free(conf.cert);
	print("step", &sum);
}

/* ---- a whole request, and its verification ---------------------------------------------- */

static struct bench_end ends[ENDS];
static char batch[BATCH][BENCH_MESSAGE], out[BATCH][BENCH_MESSAGE];
static unsigned int nout;
static unsigned long delivered;		/* 200s that reached the ends */

static void on_out(const char *data, size_t len)
{
	const unsigned int code = bench_code(data);

	if (code == 407) {
		struct bench_end *end = &ends[bench_end_of(data)];

		if (!end->challenged)	/* else it comes again, for want of an ACK */
			bench_challenged(end, data);
	} else if (code == 200) {
		delivered++;
	} else if (!code && nout < BATCH && len < BENCH_MESSAGE) {
		memcpy(out[nout++], data, len + 1);
	} else {
		bench_fail("the provider sent: %s", data);
	}
}

static void start_ends(void)
{
	bench_inside_out = on_out;
	bench_inside_start(dir);
	for (unsigned int i = 0; i < ENDS; i++) {
		ends[i].index = i;
		snprintf(ends[i].address, sizeof(ends[i].address), "192.0.2.1:5060");
		bench_inside_input(batch[0], bench_invite(&ends[i], batch[0]));
		if (!ends[i].challenged)
			bench_fail("u%u was not challenged", i);
	}
	bench_inside_settle();
}

/* One batch of requests through the provider: what came of it is in @out. */
static void send_batch(struct sum *sum)
{
	size_t len[BATCH];
	double since;

	for (unsigned int i = 0; i < BATCH; i++)
		len[i] = bench_invite(&ends[i % ENDS], batch[i]);
	nout = 0;
	since = cpu();
	for (unsigned int i = 0; i < BATCH; i++) {
		bench_inside_input(batch[i], len[i]);
		if (i % 8 == 7)
			bench_inside_settle();
	}
	add(sum, since, BATCH);
	if (nout != BATCH)
		bench_fail("%u requests of %u came out", nout, BATCH);
	for (unsigned int i = 0; i < BATCH; i++)
		if (!strstr(out[i], "\r\nIdentity: ey"))
			bench_fail("not signed: %s", out[i]);
}

/* They are answered and come to their end. */
static void answer_batch(struct sum *answers, struct sum *ended)
{
	unsigned int answered = 0;
	size_t len[BATCH];
	double since;

	for (unsigned int i = 0; i < BATCH; i++)
		len[i] = bench_answer(out[i], "200 OK", batch[i]);
	delivered = 0;
	since = cpu();
	for (; answered < BATCH; answered++) {
		bench_inside_input(batch[answered], len[answered]);
		if (answered % 8 == 7)
			bench_inside_settle();
	}
	add(answers, since, BATCH);
	if (delivered != BATCH)
		bench_fail("%lu answers of %u came back", delivered, BATCH);
	clock_advance(PAUSE);
	since = cpu();
	bench_inside_settle();
	bench_inside_settle();
	add(ended, since, BATCH);
}

static void request(void)
{
	struct sum sum = { 0 }, answers = { 0 }, ended = { 0 };

	start_ends();
	while (sum.cpu < seconds) {
		send_batch(&sum);
		answer_batch(&answers, &ended);
	}
	bench_inside_stop();
	print("request", &sum);
	print("answer", &answers);
	print("end", &ended);
}

static void verify(void)
{
	struct sum sum = { 0 }, other = { 0 };
	unsigned long verified;

	start_ends();
	bench_checks_start(dir);
	/* The first one downloads the certificate. */
	send_batch(&other);
	bench_checks_first(out[0]);
	answer_batch(&other, &other);
	while (sum.cpu < seconds) {
		double since;

		send_batch(&other);
		since = cpu();
		for (unsigned int i = 0; i < BATCH; i++) {
			bench_checks_request(out[i]);
			if (i % 8 == 7)
				bench_inside_settle();
		}
		add(&sum, since, BATCH);
		answer_batch(&other, &other);
	}
	verified = bench_checks_stop();
	if (verified != sum.count)
		bench_fail("%lu verified of %lu", verified, sum.count);
	bench_inside_stop();
	print("verify", &sum);
}

int main(int argc, char **argv)
{
	struct err e = { 0 };

	if (argc != 4 || (seconds = atof(argv[3])) <= 0)
		bench_fail("usage: measure DIR raw-sign|raw-verify|step|request|verify SECONDS");
	dir = argv[1];
	log_set_level(LOG_LVL_NOTICE);
	if (loop_init(&e))
		bench_fail("%s", err_text(&e));
	clock_fake(clock_now(), clock_wall());
	if (strcmp(argv[2], "raw-sign") == 0)
		raw(false);
	else if (strcmp(argv[2], "raw-verify") == 0)
		raw(true);
	else if (strcmp(argv[2], "step") == 0)
		step();
	else if (strcmp(argv[2], "request") == 0)
		request();
	else if (strcmp(argv[2], "verify") == 0)
		verify();
	else
		bench_fail("%s is not measured", argv[2]);
	loop_fini();
	return EXIT_SUCCESS;
}
