// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replays a corpus through a fuzz program where there is no libFuzzer: every
 * file given (or every file of a folder given) as it is, and then in a number
 * of mutations. The mutations depend on nothing but the file's bytes, so that
 * what one machine finds any other finds again.
 *
 *	fuzz_NAME [-m MUTATIONS] [-s SECONDS] PATH...
 *
 * A crash ends with a line that says which input it was, "FILE mutation N".
 * That input alone, written to crash.bin before it is run:
 *
 *	fuzz_NAME -n N -d crash.bin FILE
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

#define INPUT_MAX	65536u
#define INPUT_SECONDS	10

static struct {
	unsigned long mutations;
	unsigned long only;		/* this mutation alone, 0: all of them */
	const char *dump;
	long long deadline;		/* CLOCK_MONOTONIC milliseconds, 0: none */
	long long file_deadline;	/* of the file at work */
	unsigned long inputs;
	unsigned long files;
} run;

/* The input being run, for ending(). */
static const char *at_file = "";
static unsigned long at_mutation;

/* xorshift64*: repeatable and good enough to choose bytes with. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

static uint64_t seed_of(const uint8_t *data, size_t size, unsigned long mutation)
{
	uint64_t hash = 0xcbf29ce484222325ull + mutation;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 0x100000001b3ull;
	return hash ? hash : 1;
}

/* One change to the @size bytes in @buf, which has room for INPUT_MAX. */
static size_t mutate_once(uint8_t *buf, size_t size, uint64_t *state)
{
	static const uint8_t edges[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '\r', '\n', ':', ';', ' ' };
	size_t at = size ? next(state) % size : 0;
	size_t len = size ? next(state) % (size - at) + 1 : 0;

	switch (next(state) % 7) {
	case 0:				/* flip a bit */
		if (size)
			buf[at] ^= (uint8_t)(1u << (next(state) % 8));
		break;
	case 1:				/* a byte at the edge of something */
		if (size)
			buf[at] = edges[next(state) % sizeof(edges)];
		break;
	case 2:				/* any byte */
		if (size)
			buf[at] = (uint8_t)next(state);
		break;
	case 3:				/* cut short */
		size = at;
		break;
	case 4:				/* leave a part out */
		memmove(buf + at, buf + at + len, size - at - len);
		size -= len;
		break;
	case 5:				/* say a part twice */
		if (len > INPUT_MAX - size)
			len = INPUT_MAX - size;
		memmove(buf + at + len, buf + at, size - at);
		size += len;
		break;
	default:			/* insert a byte */
		if (size == INPUT_MAX)
			break;
		memmove(buf + at + 1, buf + at, size - at);
		buf[at] = (uint8_t)next(state);
		size++;
		break;
	}
	return size;
}

static void dump(const uint8_t *data, size_t size)
{
	FILE *out = fopen(run.dump, "wb");

	if (!out || fwrite(data, 1, size, out) != size || fclose(out)) {
		fprintf(stderr, "%s: %s\n", run.dump, strerror(errno));
		exit(2);
	}
}

/*
 * Runs one input from memory of exactly its size, so that the sanitizer sees
 * the first byte too many.
 */
static void feed(const char *path, unsigned long mutation, const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact) {
		fprintf(stderr, "out of memory\n");
		exit(2);
	}
	memcpy(exact, data, size);
	at_file = path;
	at_mutation = mutation;
	if (run.dump)
		dump(exact, size);
	alarm(INPUT_SECONDS);
	LLVMFuzzerTestOneInput(exact, size);
	alarm(0);
	run.inputs++;
	free(exact);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int time_is_up(void)
{
	return run.deadline && now_ms() >= run.file_deadline;
}

/* Of the time that is left each of the @files that are left gets the same. */
static void share_time(int files)
{
	long long now = now_ms();

	run.file_deadline = now + (run.deadline - now) / files;
}

static size_t read_file(const char *path, uint8_t *buf)
{
	FILE *in = fopen(path, "rb");
	size_t size;

	if (!in) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	size = fread(buf, 1, INPUT_MAX, in);
	if (ferror(in) || fgetc(in) != EOF) {
		fprintf(stderr, "%s: cannot be read, or longer than %u bytes\n", path, INPUT_MAX);
		exit(2);
	}
	fclose(in);
	return size;
}

static void replay(const char *path)
{
	static uint8_t original[INPUT_MAX], buf[INPUT_MAX];
	size_t original_size = read_file(path, original);
	unsigned long mutation;

	run.files++;
	if (!run.only)
		feed(path, 0, original, original_size);
	for (mutation = 1; mutation <= run.mutations; mutation++) {
		uint64_t state = seed_of(original, original_size, mutation);
		unsigned int changes = (unsigned int)(next(&state) % 4) + 1;
		size_t size = original_size;

		if (run.only && run.only != mutation)
			continue;
		if (time_is_up())
			break;
		memcpy(buf, original, original_size);
		while (changes--)
			size = mutate_once(buf, size, &state);
		feed(path, mutation, buf, size);
	}
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay_path(const char *path)
{
	struct dirent **entries;
	struct stat st;
	int count, i;

	if (stat(path, &st) < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		share_time(1);
		replay(path);
		return;
	}
	count = scandir(path, &entries, is_visible, alphasort);
	for (i = 0; i < count; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0)
			exit(2);
		share_time(count - i);
		replay(name);
		free(name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/*
 * A crash (sanitizers abort with abort_on_error=1) or an input that takes too
 * long: say which input it was. dprintf is not for signal handlers in general;
 * here nothing follows it but the end.
 */
static void ending(int sig)
{
	dprintf(STDERR_FILENO, "\ninput: %s mutation %lu%s\n", at_file, at_mutation,
		sig == SIGALRM ? ": takes too long" : "");
	signal(sig, SIG_DFL);
	raise(sig);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end) {
		fprintf(stderr, "not a number: %s\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	int opt;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	signal(SIGABRT, ending);
	signal(SIGALRM, ending);
	while ((opt = getopt(argc, argv, "m:n:s:d:")) != -1) {
		switch (opt) {
		case 'm':
			run.mutations = number(optarg);
			break;
		case 'n':
			run.only = number(optarg);
			if (run.mutations < run.only)
				run.mutations = run.only;
			break;
		case 's':
			run.deadline = now_ms() + 1000LL * (long long)number(optarg);
			break;
		case 'd':
			run.dump = optarg;
			break;
		default:
			return 2;
		}
	}
	if (optind == argc) {
		fprintf(stderr, "usage: %s [-m MUTATIONS] [-n ONE] [-s SECONDS] [-d FILE] PATH...\n", argv[0]);
		return 2;
	}
	for (; optind < argc; optind++)
		replay_path(argv[optind]);
	printf("%lu files, %lu inputs\n", run.files, run.inputs);
	return run.files ? 0 : 1;
}
