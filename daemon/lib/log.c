// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line is put together once, escaped, in a buffer on the stack; a line that is
 * too long is cut and says so.  The journal is spoken to in its own protocol
 * (systemd's docs/JOURNAL_NATIVE_PROTOCOL), which for values without newlines is
 * "NAME=value\n" in one datagram, so libsystemd with all that it links stays out of
 * the processes that parse and that hold keys.
 */
#include "log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"

#define LINE_MAX_OCTETS	2048
#define VALUE_MAX	512	/* octets of one value before escaping */
#define JOURNAL_PATH	"/run/systemd/journal/socket"

#define BURST		10
#define WINDOW_MS	10000

static const struct {
	const char *name, *shown;
	int priority;		/* of syslog(3) */
} levels[] = {
	[LOG_LVL_ERROR]  = { "error", "ERROR", 3 },
	[LOG_LVL_WARN]   = { "warn", "WARN", 4 },
	[LOG_LVL_NOTICE] = { "notice", "NOTICE", 5 },
	[LOG_LVL_INFO]   = { "info", "INFO", 6 },
	[LOG_LVL_DEBUG]  = { "debug", "DEBUG", 7 },
};
#define NLEVELS (sizeof(levels) / sizeof(levels[0]))

static char program[32] = "ksrtp", role[32];
static enum log_level shown_level = LOG_LVL_INFO;
static int journal = -1;
static void (*hook)(enum log_level level, const char *line, void *arg);
static void *hook_arg;

/* systemd sets JOURNAL_STREAM to the device and inode of the stderr it gave us. */
static bool stderr_is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	return s && sscanf(s, "%" SCNuMAX ":%" SCNuMAX, &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

static void open_journal(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = JOURNAL_PATH };

	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (journal >= 0 && connect(journal, (struct sockaddr *)&un, sizeof(un)) < 0) {
		close(journal);
		journal = -1;
	}
}

void log_open(const char *prog, const char *role_name)
{
	/* Even gmtime_r() looks for the time zone file once: now, while files may be opened. */
	tzset();
	snprintf(program, sizeof(program), "%s", prog);
	snprintf(role, sizeof(role), "%s", role_name ? role_name : "");
	if (journal >= 0)
		close(journal);
	journal = -1;
	if (stderr_is_journal())
		open_journal();
}

void log_set_level(enum log_level level)
{
	shown_level = level;
}

enum log_level log_level(void)
{
	return shown_level;
}

int log_level_parse(const char *name)
{
	for (size_t i = 0; i < NLEVELS; i++) {
		if (strcmp(name, levels[i].name) == 0)
			return (int)i;
	}
	return -EINVAL;
}

void log_hook(void (*fn)(enum log_level level, const char *line, void *arg), void *arg)
{
	hook = fn;
	hook_arg = arg;
}

/* Octets that are not printable ASCII, and what would end a quoted value, as \xHH. */
static void put_escaped(struct wbuf *w, const char *s)
{
	size_t n = 0;

	for (; *s && n < VALUE_MAX; s++, n++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			wbuf_printf(w, "\\%c", c);
		else if (c >= 0x20 && c < 0x7f)
			wbuf_u8(w, c);
		else
			wbuf_printf(w, "\\x%02x", c);
	}
	if (*s)
		wbuf_str(w, "...");
}

static void put_value(struct wbuf *w, const struct log_field *f, bool quoted)
{
	switch (f->type) {
	case LOG_F_STR:
		if (quoted && f->str)
			wbuf_u8(w, '"');
		put_escaped(w, f->str ? f->str : "-");
		if (quoted && f->str)
			wbuf_u8(w, '"');
		break;
	case LOG_F_U64:
		wbuf_printf(w, "%" PRIu64, f->num);
		break;
	case LOG_F_I64:
		wbuf_printf(w, "%" PRId64, (int64_t)f->num);
		break;
	case LOG_F_HEX64:
		wbuf_printf(w, "0x%" PRIx64, f->num);
		break;
	}
}

static void put_text(struct wbuf *w, const char *message, const struct log_field *fields,
		     unsigned int nfields)
{
	for (; *message; message++) {
		unsigned char c = (unsigned char)*message;

		wbuf_u8(w, c >= 0x20 && c != 0x7f ? c : '?');
	}
	for (unsigned int i = 0; i < nfields; i++) {
		wbuf_printf(w, " %s=", fields[i].name);
		put_value(w, &fields[i], true);
	}
}

/* Return: false when the journal is not there. */
static bool to_journal(enum log_level level, const char *text, const struct log_field *fields,
		       unsigned int nfields)
{
	char space[2 * LINE_MAX_OCTETS];
	struct wbuf w = wbuf_on(space, sizeof(space));
	size_t whole;

	wbuf_printf(&w, "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nSYSLOG_PID=%d\n",
		    text, levels[level].priority, program, (int)getpid());
	if (role[0])
		wbuf_printf(&w, "KSRTP_ROLE=%s\n", role);
	for (unsigned int i = 0; i < nfields; i++) {
		whole = w.len;
		wbuf_str(&w, "KSRTP_");
		for (const char *p = fields[i].name; *p; p++)
			wbuf_u8(&w, (uint8_t)toupper((unsigned char)*p));
		wbuf_u8(&w, '=');
		put_value(&w, &fields[i], false);
		wbuf_u8(&w, '\n');
		if (w.bad) {
			w.len = whole;	/* the message has it */
			break;
		}
	}
	/* A journal that does not keep up loses lines rather than stopping calls. */
	return send(journal, space, w.len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno == EAGAIN;
}

static void to_stderr(enum log_level level, const char *text)
{
	char line[LINE_MAX_OCTETS + 96];
	struct timespec ts;
	struct tm tm;
	int n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);	/* UTC; log_open() let it see the time zone file */
	n = snprintf(line, sizeof(line), "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s %s: %s\n",
		     tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		     tm.tm_sec, ts.tv_nsec / 1000000, levels[level].shown,
		     role[0] ? role : program, text);
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;			/* nowhere left to say it */
}

void log_emit(enum log_level level, const char *message, const struct log_field *fields,
	      unsigned int nfields)
{
	char text[LINE_MAX_OCTETS];
	struct wbuf w = wbuf_on(text, sizeof(text) - sizeof("..."));
	int saved = errno;

	if (level > shown_level)
		return;
	put_text(&w, message, fields, nfields);
	memcpy(text + w.len, w.bad ? "..." : "", w.bad ? sizeof("...") : 1);

	if (hook)
		hook(level, text, hook_arg);
	else if (journal < 0 || !to_journal(level, text, fields, nfields))
		to_stderr(level, text);
	errno = saved;
}

bool log_limit_pass(struct log_limit *l)
{
	const uint64_t now = clock_now();

	if (!l->passed || now - l->window_start >= WINDOW_MS) {
		const uint64_t held = l->held_back;

		l->window_start = now;
		l->passed = 0;
		l->held_back = 0;
		if (held)
			log_warn("lines like the next were held back", F_U64("count", held));
	}
	if (l->passed >= BURST) {
		l->held_back++;
		return false;
	}
	l->passed++;
	return true;
}
