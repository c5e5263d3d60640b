/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a configuration file may hold: one row for each setting with its type,
 * range, default and one sentence of documentation.  Reading, checking and the
 * table in docs/configuration.md all come from these rows.
 */
#ifndef KSRTP_CONF_SCHEMA_H
#define KSRTP_CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conf_type {
	CONF_TEXT,	/* string → char[size]; printable ASCII, @min to @max octets */
	CONF_NAME,	/* string → char[size]; letters, digits, '-', '_' */
	CONF_PATH,	/* string → char[size]; "" or absolute */
	CONF_NUMBER,	/* integer @min to @max → uint32_t */
	CONF_FLAG,	/* true or false → bool */
	CONF_WORD,	/* one of @words → int */
	CONF_WORDS,	/* array of different @words, @min to @max → uint16_t[], how many → unsigned
			 * int at @count */
	CONF_IP,	/* "192.0.2.1" or "2001:db8::1", one host's → struct addr, port 0 */
	CONF_TRANSPORT,	/* "192.0.2.1:5060" or "[2001:db8::1]:5060" → struct addr */
	CONF_PORTS,	/* "16384-24575", even to odd, from @min to @max → uint16_t[2] */
	CONF_GROUP,	/* { } → what @items say, at the same base */
	CONF_LIST,	/* ( { }, ... ), @min to @max → array of structures of @size octets, how
			 * many → unsigned int at @count */
};

enum conf_when {
	CONF_RESTART,	/* takes effect when the daemon is started again */
	CONF_LIVE,	/* could be changed while it runs */
};

struct conf_word {
	const char *word;	/* NULL ends the table */
	int value;
	const char *not_yet;	/* why this one is refused although it is known; or NULL */
};

/**
 * struct conf_item - one setting
 * @def: default as it would be written, without quotes, words separated by blanks;
 *	NULL: the setting is required
 * @unit: of a number, for messages and documentation; or NULL
 * @offset, @count: where in the structure of the enclosing list element, or snapshot
 */
struct conf_item {
	const char *name;	/* NULL ends the table */
	enum conf_type type;
	const char *def;
	int64_t min, max;
	const char *unit;
	const struct conf_word *words;
	const struct conf_item *items;
	size_t offset, size, count;
	enum conf_when when;
	const char *doc;
};

#define CONF_AT(s, member) .offset = offsetof(s, member), .size = sizeof(((s *)0)->member)

/**
 * conf_value() - check a scalar written as text and store it
 * @base: structure that @it's offset is meant in
 * @why: set to what is wrong and what is allowed, when refused
 *
 * For every type but CONF_WORDS, CONF_GROUP and CONF_LIST. Return: 0 or -EINVAL.
 */
int conf_value(const struct conf_item *it, const char *text, void *base, char *why, size_t cap);

/** conf_word_add() - one more word of a CONF_WORDS item. Return: 0 or -EINVAL. */
int conf_word_add(const struct conf_item *it, const char *text, void *base, char *why, size_t cap);

/** conf_schema_print() - the rows as a table in Markdown, through @line. */
void conf_schema_print(const struct conf_item *items, const char *prefix,
		       void (*line)(const char *text, void *arg), void *arg);

#endif /* KSRTP_CONF_SCHEMA_H */
