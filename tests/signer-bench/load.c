// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * load CALLEE REQUESTS WINDOW PROVIDER=PID,PID,... [PROVIDER=...]
 *
 * Sends so many INVITEs, WINDOW of them at a time, from 64 ends that ask the providers in
 * turn, as srtpd does, though with a nonce that is used again; answers them at CALLEE
 * (where the providers forward to); and prints what CPU time, kernel included, the
 * processes of each provider used meanwhile:
 *
 *	{"measure": "daemon", "wall_s": W, "providers":
 *	  [{"address": A, "requests": N, "cpu_s": S, "cpu_s_of": {PID: S, ...}}, ...]}
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/end.h"

#define ENDS		64
#define PROVIDERS	8
#define PIDS		8
#define REPEAT_MS	500	/* without a single packet: what was lost is sent again, T1 of RFC 3261 */
#define PATIENCE	10	/* such times in a row */

struct provider {
	struct sockaddr_in address;
	const char *name;
	pid_t pid[PIDS];
	double cpu[PIDS];
	unsigned int npids;
	unsigned long requests;
};

/* An end is one socket, and one user with a challenge of each provider. */
struct caller {
	int fd;
	unsigned int turn, waiting;
	char request[BENCH_MESSAGE];	/* the latest */
	size_t len;
	struct bench_end at[PROVIDERS];
};

static struct provider provider[PROVIDERS];
static unsigned int nproviders;
static struct caller caller[ENDS];
static int callee;
static unsigned long under_way, challenges;

static double now(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		bench_fail("a process of the provider is gone");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_of(pid_t pid)
{
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock))
		bench_fail("there is no process %d", (int)pid);
	return now(clock);
}

/* ---- sockets -------------------------------------------------------------------------- */

static struct sockaddr_in address_of(const char *text, const char *end)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	char copy[64];
	char *colon;

	snprintf(copy, sizeof(copy), "%.*s", (int)(end - text), text);
	colon = strchr(copy, ':');
	if (!colon)
		bench_fail("%s is not ADDRESS:PORT", copy);
	*colon = '\0';
	a.sin_port = htons((uint16_t)atoi(colon + 1));
	if (inet_pton(AF_INET, copy, &a.sin_addr) != 1)
		bench_fail("%s is no IPv4 address", copy);
	return a;
}

static int socket_at(struct sockaddr_in *a)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), space = 1 << 20;
	socklen_t len = sizeof(*a);

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof(space));
	if (fd < 0 || bind(fd, (struct sockaddr *)a, len) || getsockname(fd, (struct sockaddr *)a, &len))
		bench_fail("no socket");
	return fd;
}

/* Return: octets, NUL-terminated; -1: no more. */
static long receive(int fd, char buf[BENCH_MESSAGE], struct sockaddr_in *from)
{
	socklen_t len = sizeof(*from);
	const long n = recvfrom(fd, buf, BENCH_MESSAGE - 1, 0, (struct sockaddr *)from, &len);

	if (n >= 0)
		buf[n] = '\0';
	return n;
}

static void out(int fd, const char *data, size_t len, const struct sockaddr_in *to)
{
	if (sendto(fd, data, len, 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
		bench_fail("a packet could not be sent");
}

/* ---- calls ---------------------------------------------------------------------------- */

static void call(struct caller *c)
{
	const unsigned int i = c->turn++ % nproviders;

	provider[i].requests++;
	under_way++;
	c->waiting = i;
	c->len = bench_invite(&c->at[i], c->request);
	out(c->fd, c->request, c->len, &provider[i].address);
}

/* Whether @text is about the latest request, not what was answered twice. */
static bool is_current(const struct caller *c, const char *text, const struct sockaddr_in *from)
{
	char *cseq = bench_header(text, "CSeq");
	const bool same = cseq && strtoul(cseq, NULL, 10) == (c->at[c->waiting].calls & 0x7fffffff) &&
			  from->sin_port == provider[c->waiting].address.sin_port &&
			  from->sin_addr.s_addr == provider[c->waiting].address.sin_addr.s_addr;

	free(cseq);
	return same;
}

/* Return: true when its call is over. */
static bool take(struct caller *c, const char *text, const struct sockaddr_in *from)
{
	const unsigned int code = bench_code(text);

	if (code == 100 || !is_current(c, text, from))
		return false;
	if (code == 407 && !c->at[c->waiting].challenged) {
		bench_challenged(&c->at[c->waiting], text);
		challenges++;
	} else if (code == 407) {
		return false;	/* again, for want of an ACK */
	} else if (code != 200) {
		bench_fail("a provider said: %s", text);
	}
	under_way--;
	return true;
}

static void answer_all(void)
{
	char request[BENCH_MESSAGE], text[BENCH_MESSAGE];
	struct sockaddr_in from;

	while (receive(callee, request, &from) >= 0) {
		size_t len;

		if (!strstr(request, "\r\nIdentity: "))
			bench_fail("not signed: %s", request);
		len = bench_answer(request, "200 OK", text);
		if (len)
			out(callee, text, len, &from);
	}
}

/* @left calls, at most @window under way. */
static void run(unsigned long left, unsigned int window)
{
	static struct pollfd p[ENDS + 1];
	char text[BENCH_MESSAGE];
	struct sockaddr_in from;
	unsigned int next = 0;
	unsigned int silent = 0;
	bool idle[ENDS];

	for (unsigned int i = 0; i < ENDS; i++) {
		p[i] = (struct pollfd){ .fd = caller[i].fd, .events = POLLIN };
		idle[i] = true;
	}
	p[ENDS] = (struct pollfd){ .fd = callee, .events = POLLIN };
	while (left || under_way) {
		for (; left && under_way < window; left--) {
			while (!idle[next % ENDS])
				next++;
			idle[next % ENDS] = false;
			call(&caller[next++ % ENDS]);
		}
		if (poll(p, ENDS + 1, REPEAT_MS) <= 0) {
			if (++silent == PATIENCE)
				bench_fail("%lu requests were never answered", under_way);
			for (unsigned int i = 0; i < ENDS; i++)
				if (!idle[i])
					out(caller[i].fd, caller[i].request, caller[i].len,
					    &provider[caller[i].waiting].address);
			continue;
		}
		silent = 0;
		if (p[ENDS].revents)
			answer_all();
		for (unsigned int i = 0; i < ENDS; i++)
			while (p[i].revents && receive(caller[i].fd, text, &from) >= 0)
				idle[i] = idle[i] || take(&caller[i], text, &from);
	}
}

/* ---- all of it ------------------------------------------------------------------------ */

static void add_provider(const char *arg)
{
	struct provider *x = &provider[nproviders++];
	const char *is = strchr(arg, '=');

	if (!is || nproviders > PROVIDERS)
		bench_fail("%s is not PROVIDER=PID,...", arg);
	x->address = address_of(arg, is);
	x->name = strndup(arg, (size_t)(is - arg));
	for (const char *at = is; at && x->npids < PIDS; at = strchr(at + 1, ','))
		x->pid[x->npids++] = (pid_t)atoi(at + 1);
}

static void add_caller(unsigned int i)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	char ip[INET_ADDRSTRLEN];

	/* Each is an address of its own, for limits are per address. */
	a.sin_addr.s_addr = htonl(0x7f010101 + i);
	caller[i].fd = socket_at(&a);
	caller[i].turn = i;
	inet_ntop(AF_INET, &a.sin_addr, ip, sizeof(ip));
	for (unsigned int k = 0; k < nproviders; k++) {
		caller[i].at[k].index = i;
		caller[i].at[k].calls = k * 100000000ul;	/* Call-IDs differ */
		snprintf(caller[i].at[k].address, sizeof(caller[i].at[k].address), "%s:%u", ip,
			 ntohs(a.sin_port));
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in at;
	double wall;

	if (argc < 5)
		bench_fail("usage: load CALLEE REQUESTS WINDOW PROVIDER=PID,... ...");
	at = address_of(argv[1], argv[1] + strlen(argv[1]));
	callee = socket_at(&at);
	for (int i = 4; i < argc; i++)
		add_provider(argv[i]);
	for (unsigned int i = 0; i < ENDS; i++)
		add_caller(i);
	run(ENDS * nproviders, 1);	/* each is challenged by each */
	if (challenges != ENDS * nproviders)
		bench_fail("%lu challenges", challenges);
	for (unsigned int i = 0; i < nproviders; i++) {
		provider[i].requests = 0;
		for (unsigned int k = 0; k < provider[i].npids; k++)
			provider[i].cpu[k] = cpu_of(provider[i].pid[k]);
	}
	wall = now(CLOCK_MONOTONIC);
	run(strtoul(argv[2], NULL, 10), (unsigned int)atoi(argv[3]));
	wall = now(CLOCK_MONOTONIC) - wall;

	printf("{\"measure\": \"daemon\", \"wall_s\": %.6f, \"providers\": [", wall);
	for (unsigned int i = 0; i < nproviders; i++) {
		const struct provider *x = &provider[i];
		double sum = 0;

		printf("%s{\"address\": \"%s\", \"requests\": %lu, \"cpu_s_of\": {", i ? ", " : "", x->name,
		       x->requests);
		for (unsigned int k = 0; k < x->npids; k++) {
			const double used = cpu_of(x->pid[k]) - x->cpu[k];

			sum += used;
			printf("%s\"%d\": %.6f", k ? ", " : "", (int)x->pid[k], used);
		}
		printf("}, \"cpu_s\": %.6f}", sum);
	}
	printf("]}\n");
	return EXIT_SUCCESS;
}
