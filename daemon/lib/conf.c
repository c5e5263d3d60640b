// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"

#define PATH_CAP 128
#define MISTAKES_MAX 100	/* reported; a file of noise need not fill a disk */

struct conf {
	config_t lib;
	char name[256];
	unsigned int mistakes;
	conf_report_fn report;
	void *arg;
};

long conf_slurp_fd(int fd, const char *name, char **text, struct err *e)
{
	size_t len = 0;
	struct stat st;
	char *p;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s: is not a regular file", name);
	p = malloc(CONF_FILE_MAX + 1);
	if (!p)
		return err_set(e, -ENOMEM, "%s: no memory to read it", name);
	while (len <= CONF_FILE_MAX) {
		/* By offset: the roles share this descriptor's description. */
		ssize_t n = pread(fd, p + len, CONF_FILE_MAX + 1 - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int ret = err_set(e, -errno, "%s: %s", name, strerror(errno));

			free(p);
			return ret;
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len > CONF_FILE_MAX) {
		free(p);
		return err_set(e, -EFBIG, "%s: larger than %d octets", name, CONF_FILE_MAX);
	}
	p[len] = '\0';
	*text = p;
	return (long)len;
}

long conf_slurp(const char *path, char **text, struct err *e)
{
	/* O_NONBLOCK: a fifo put there by mistake must not stop the start. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	long len;

	if (fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	len = conf_slurp_fd(fd, path, text, e);
	close(fd);
	return len;
}

int conf_sealed_copy(const char *text, size_t len, struct err *e)
{
	int fd = memfd_create("configuration", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return err_set(e, -errno, "cannot copy the configuration: %s", strerror(errno));
	if (write(fd, text, len) != (ssize_t)len ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
		close(fd);
		return err_set(e, -EIO, "cannot copy the configuration");
	}
	return fd;
}

static void __attribute__((format(printf, 4, 0)))
vreport(struct conf *c, unsigned int line, const char *path, const char *fmt, va_list ap)
{
	char text[768], what[320], shown[PATH_CAP] = "";
	size_t len = 0;

	if (c->mistakes++ >= MISTAKES_MAX)
		return;
	vsnprintf(what, sizeof(what), fmt, ap);
	len = (size_t)snprintf(text, sizeof(text), "%s:", c->name);
	if (line && len < sizeof(text))
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u:", line);
	/* "sides.[1].ports" is libconfig's way; people write "sides[1].ports". */
	for (size_t i = 0; *path && i + 1 < sizeof(shown); path++) {
		if (path[0] != '.' || path[1] != '[')
			shown[i++] = *path;
	}
	if (len < sizeof(text))
		snprintf(text + len, sizeof(text) - len, " %s%s%s", shown, shown[0] ? ": " : "",
			 what);
	for (char *p = text; *p; p++) {
		if (!isprint((unsigned char)*p))
			*p = '?';
	}
	c->report(text, c->arg);
}

static void __attribute__((format(printf, 4, 5)))
report(struct conf *c, unsigned int line, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vreport(c, line, path, fmt, ap);
	va_end(ap);
}

/* libconfig would open whatever @include names: say no before it looks. */
static bool has_include(struct conf *c, const char *text)
{
	unsigned int line = 1;

	for (const char *p = text; p; line++) {
		p += strspn(p, " \t\r\f");
		if (strncmp(p, "@include", 8) == 0) {
			report(c, line, "@include", "files do not include others; write it all in this file");
			return true;
		}
		p = strchr(p, '\n');
		if (p)
			p++;
	}
	return false;
}

struct conf *conf_parse(const char *name, const char *text, size_t len, conf_report_fn fn, void *arg)
{
	struct conf *c = calloc(1, sizeof(*c));
	const char *nul = memchr(text, 0, len);

	if (!c) {
		fn("no memory to read the configuration", arg);
		return NULL;
	}
	config_init(&c->lib);
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->report = fn;
	c->arg = arg;

	/* What is behind a NUL octet would be skipped without a word. */
	if (nul || len > CONF_FILE_MAX) {
		unsigned int line = 1;

		for (const char *p = text; nul && p < nul; p++)
			line += *p == '\n';
		report(c, nul ? line : 0, "", nul ? "octet 0x00 is not allowed; this is a text file" :
						    "too large");
		goto fail;
	}
	if (has_include(c, text))
		goto fail;
	if (config_read_string(&c->lib, text) != CONFIG_TRUE) {
		report(c, (unsigned int)config_error_line(&c->lib), "",
		       "%s; look there and at the line before", config_error_text(&c->lib));
		goto fail;
	}
	return c;

fail:
	conf_free(c);
	return NULL;
}

void conf_free(struct conf *c)
{
	if (!c)
		return;
	config_destroy(&c->lib);
	free(c);
}

static const char *type_name(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a number";
	case CONFIG_TYPE_FLOAT:
		return "a fraction";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "a truth value";
	case CONFIG_TYPE_ARRAY:
		return "an array [ ]";
	case CONFIG_TYPE_LIST:
		return "a list ( )";
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	default:
		return "nothing";
	}
}

static void wrong_type(struct conf *c, const config_setting_t *s, const char *path,
		       const char *wanted)
{
	report(c, config_setting_source_line(s), path, "is %s; %s is needed", type_name(s), wanted);
}

static void fill_group(struct conf *c, const config_setting_t *group, const struct conf_item *items,
		       void *out, const char *prefix);

static void fill_scalar(struct conf *c, const config_setting_t *s, const struct conf_item *it,
			void *out, const char *path)
{
	const int type = config_setting_type(s);
	char text[32], why[320];
	const char *value = text;

	if (it->type == CONF_NUMBER) {
		if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
			wrong_type(c, s, path, "a number");
			return;
		}
		snprintf(text, sizeof(text), "%lld", type == CONFIG_TYPE_INT ?
			 (long long)config_setting_get_int(s) : config_setting_get_int64(s));
	} else if (it->type == CONF_FLAG) {
		if (type != CONFIG_TYPE_BOOL) {
			wrong_type(c, s, path, "true or false");
			return;
		}
		snprintf(text, sizeof(text), "%s", config_setting_get_bool(s) ? "true" : "false");
	} else {
		if (type != CONFIG_TYPE_STRING) {
			wrong_type(c, s, path, "a string in quotes");
			return;
		}
		value = config_setting_get_string(s);
	}
	if (conf_value(it, value, out, why, sizeof(why)) < 0)
		report(c, config_setting_source_line(s), path, "%s", why);
}

static void fill_words(struct conf *c, const config_setting_t *s, const struct conf_item *it,
		       void *out, const char *path)
{
	char why[320], name[PATH_CAP];
	int n;

	if (config_setting_type(s) != CONFIG_TYPE_ARRAY) {
		wrong_type(c, s, path, "an array [ \"...\" ]");
		return;
	}
	n = config_setting_length(s);
	if (n < it->min)
		report(c, config_setting_source_line(s), path, "is empty; at least %" PRId64 " needed",
		       it->min);
	for (int i = 0; i < n; i++) {
		const config_setting_t *elem = config_setting_get_elem(s, (unsigned int)i);
		const char *word = config_setting_get_string(elem);

		snprintf(name, sizeof(name), "%.100s.[%d]", path, i);
		if (!word)
			wrong_type(c, elem, name, "a string in quotes");
		else if (conf_word_add(it, word, out, why, sizeof(why)) < 0)
			report(c, config_setting_source_line(elem), name, "%s", why);
	}
}

static void fill_list(struct conf *c, const config_setting_t *s, const struct conf_item *it,
		      void *out, const char *path)
{
	unsigned int *count = (unsigned int *)((char *)out + it->count);
	char *elems = (char *)out + it->offset;
	char name[PATH_CAP];
	int n;

	if (config_setting_type(s) != CONFIG_TYPE_LIST) {
		wrong_type(c, s, path, "a list ( { ... }, { ... } )");
		return;
	}
	n = config_setting_length(s);
	if (n < it->min || n > it->max) {
		report(c, config_setting_source_line(s), path,
		       "has %d entries; %" PRId64 " to %" PRId64 " are allowed", n, it->min, it->max);
		if (n > it->max)
			n = (int)it->max;
	}
	*count = (unsigned int)n;
	for (int i = 0; i < n; i++) {
		const config_setting_t *elem = config_setting_get_elem(s, (unsigned int)i);

		snprintf(name, sizeof(name), "%.100s.[%d]", path, i);
		if (config_setting_type(elem) != CONFIG_TYPE_GROUP)
			wrong_type(c, elem, name, "a group { ... }");
		else
			fill_group(c, elem, it->items, elems + (size_t)i * it->size, name);
	}
}

static void fill_default(struct conf *c, const config_setting_t *group, const struct conf_item *it,
			 void *out, const char *path)
{
	char why[320], words[256];

	if (it->type == CONF_GROUP) {
		for (const struct conf_item *i = it->items; i->name; i++) {
			char name[PATH_CAP];

			snprintf(name, sizeof(name), "%.60s.%s", path, i->name);
			fill_default(c, group, i, out, name);
		}
		return;
	}
	if (!it->def) {
		report(c, config_setting_source_line(group), path, "is missing; it is required");
		return;
	}
	if (it->type != CONF_WORDS) {
		conf_value(it, it->def, out, why, sizeof(why));
		return;
	}
	snprintf(words, sizeof(words), "%s", it->def);
	for (char *save, *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
		conf_word_add(it, w, out, why, sizeof(why));
}

static void report_unknown(struct conf *c, const config_setting_t *s,
			   const struct conf_item *items, const char *path)
{
	char known[256] = "";
	size_t len = 0;

	for (const struct conf_item *it = items; it->name && len < sizeof(known); it++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s",
					it == items ? "" : ", ", it->name);
	report(c, config_setting_source_line(s), path, "is unknown; known here: %s", known);
}

static void fill_group(struct conf *c, const config_setting_t *group, const struct conf_item *items,
		       void *out, const char *prefix)
{
	const char *dot = prefix[0] ? "." : "";
	char path[PATH_CAP];
	const struct conf_item *it;

	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned int)i);
		const char *name = config_setting_name(s);

		snprintf(path, sizeof(path), "%.60s%s%.60s", prefix, dot, name);
		for (it = items; it->name; it++) {
			if (strcmp(it->name, name) == 0)
				break;
		}
		if (!it->name)
			report_unknown(c, s, items, path);
		else if (it->type == CONF_LIST)
			fill_list(c, s, it, out, path);
		else if (it->type == CONF_WORDS)
			fill_words(c, s, it, out, path);
		else if (it->type != CONF_GROUP)
			fill_scalar(c, s, it, out, path);
		else if (config_setting_type(s) == CONFIG_TYPE_GROUP)
			fill_group(c, s, it->items, out, path);
		else
			wrong_type(c, s, path, "a group { ... }");
	}
	for (it = items; it->name; it++) {
		snprintf(path, sizeof(path), "%.60s%s%s", prefix, dot, it->name);
		if (!config_setting_get_member(group, it->name))
			fill_default(c, group, it, out, path);
	}
}

void conf_fill(struct conf *c, const struct conf_item *items, void *out)
{
	fill_group(c, config_root_setting(&c->lib), items, out, "");
}

void conf_wrong(struct conf *c, const char *path, const char *fmt, ...)
{
	const config_setting_t *s = config_lookup(&c->lib, path);
	char shorter[PATH_CAP];
	va_list ap;

	snprintf(shorter, sizeof(shorter), "%s", path);
	while (!s) {
		char *dot = strrchr(shorter, '.');

		if (!dot)
			break;
		*dot = '\0';
		s = config_lookup(&c->lib, shorter);
	}
	va_start(ap, fmt);
	vreport(c, s ? config_setting_source_line(s) : 0, path, fmt, ap);
	va_end(ap);
}

bool conf_given(const struct conf *c, const char *path)
{
	return config_lookup(&c->lib, path) != NULL;
}

unsigned int conf_mistakes(const struct conf *c)
{
	return c->mistakes;
}

int conf_private_open(const char *path, struct err *e)
{
	struct stat st;
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_set(e, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		ret = err_set(e, -EINVAL, "%s: is not a regular file", path);
	else if (st.st_uid != 0 && st.st_uid != geteuid())
		ret = err_set(e, -EPERM, "%s: belongs to user %u; it must belong to root or to user %u",
			      path, (unsigned int)st.st_uid, (unsigned int)geteuid());
	else if (st.st_mode & 077)
		ret = err_set(e, -EPERM, "%s: mode %04o lets others at a secret; chmod 600 it", path,
			      (unsigned int)(st.st_mode & 07777));
	else
		return fd;
	close(fd);
	return ret;
}
