// SPDX-License-Identifier: GPL-2.0-or-later
/* The command `sip-signerd status`: a client of the control socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "signer_status.h"

#define PATIENCE_S 5

static FILE *connect_to(const char *path)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f;

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		return NULL;
	strcpy(a.sun_path, path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		f = fdopen(fd, "r+");
		if (f)
			return f;
	}
	close(fd);
	return NULL;
}

static json_t *next(FILE *f)
{
	return json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL);
}

/* Hello, request, answer. Return: the answer, or NULL. */
static json_t *ask(FILE *f)
{
	static const char request[] = "{\"op\":\"status\"}\n";
	json_t *hello = next(f), *answer = NULL;

	if (json_integer_value(json_object_get(hello, "abi")) == CTL_ABI &&
	    send(fileno(f), request, sizeof(request) - 1, MSG_NOSIGNAL) == sizeof(request) - 1)
		answer = next(f);
	json_decref(hello);
	if (json_object_get(answer, "front"))
		return answer;
	json_decref(answer);
	return NULL;
}

static void print(json_t *answer)
{
	const char *role, *name;
	json_t *counts, *v;

	json_object_foreach(answer, role, counts)
		json_object_foreach(counts, name, v)
			printf("%-6s %-12s %lld\n", role, name, (long long)json_integer_value(v));
}

int signer_status_main(const struct conf_signerd *conf, int argc, char **argv)
{
	const bool json = argc == 1 && strcmp(argv[0], "--json") == 0;
	json_t *answer;
	FILE *f;

	if (argc > 1 || (argc == 1 && !json)) {
		fputs("usage: sip-signerd [-c FILE] status [--json]\n", stderr);
		return 2;
	}
	if (!conf->control[0]) {
		fprintf(stderr, "sip-signerd: %s has no `control` setting, so nobody can be asked\n", conf->file);
		return EXIT_FAILURE;
	}
	f = connect_to(conf->control);
	answer = f ? ask(f) : NULL;
	if (!answer)
		fprintf(stderr, "sip-signerd: %s: %s\n", conf->control,
			f ? "no answer that is understood" : strerror(errno));
	else if (json)
		json_dumpf(answer, stdout, JSON_COMPACT), putchar('\n');
	else
		print(answer);
	json_decref(answer);
	if (f)
		fclose(f);
	return answer ? EXIT_SUCCESS : EXIT_FAILURE;
}
