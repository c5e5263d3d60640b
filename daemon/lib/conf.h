/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a configuration file (libconfig syntax) against a schema.  Everything in
 * the file is looked at before anything is used, and every mistake is reported as
 *
 *	FILE:LINE: setting: what is wrong, what is allowed
 *
 * A setting that the schema does not know is a mistake.  Files do not include
 * others: all roles must see the same octets.
 */
#ifndef KSRTP_CONF_H
#define KSRTP_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "conf_schema.h"

#define CONF_FILE_MAX	(256 * 1024)	/* octets in a configuration file */

struct err;
struct conf;
typedef void (*conf_report_fn)(const char *line, void *arg);

/**
 * conf_slurp() - read a whole file into memory
 * @text: set to NUL-terminated octets; the caller frees them
 *
 * Return: how many octets, or -errno with @e filled (-EFBIG beyond CONF_FILE_MAX).
 */
long conf_slurp(const char *path, char **text, struct err *e);

/** conf_slurp_fd() - the same from an open file, whose offset is neither used nor moved. */
long conf_slurp_fd(int fd, const char *name, char **text, struct err *e);

/** conf_sealed_copy() - a memfd with this text that nobody can change. Descriptor or -errno. */
int conf_sealed_copy(const char *text, size_t len, struct err *e);

/**
 * conf_parse() - parse a file's octets
 * @name: of the file, for reports
 * @report: called for each mistake, now and later
 *
 * Return: to be freed with conf_free(), or NULL when the syntax is wrong (reported).
 */
struct conf *conf_parse(const char *name, const char *text, size_t len, conf_report_fn report,
			void *arg);
void conf_free(struct conf *c);

/**
 * conf_fill() - check all settings against @items and store them in @out
 *
 * @out must be zeroed; fields of settings with mistakes keep zero.
 */
void conf_fill(struct conf *c, const struct conf_item *items, void *out);

/**
 * conf_wrong() - report a mistake that only shows when settings are compared
 * @path: "sides.[1].ports"; its line is the setting's, or of what it would be in
 */
void conf_wrong(struct conf *c, const char *path, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** conf_given() - does the file itself say @path? */
bool conf_given(const struct conf *c, const char *path);

/** conf_mistakes() - how many were reported. */
unsigned int conf_mistakes(const struct conf *c);

/**
 * conf_private_open() - open a file that holds a secret
 *
 * Refused (-EPERM) unless it is a regular file, owned by root or by who started the
 * daemon, that neither group nor others may read or write.
 *
 * Return: descriptor, read-only, or -errno with @e filled.
 */
int conf_private_open(const char *path, struct err *e);

#endif /* KSRTP_CONF_H */
