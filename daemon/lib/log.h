/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logging: one line an event, "message key=value key=value", to journald as
 * fields when the process runs under it, to standard error otherwise.
 *
 *	log_info("call established", F_U64("call", id), F_STR("route", name));
 *
 * Values are escaped: no octet from the network reaches the log raw.  Keys and
 * other secrets are never given to it, at no level.
 */
#ifndef KSRTP_LOG_H
#define KSRTP_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LVL_ERROR,		/* somebody has to do something */
	LOG_LVL_WARN,		/* refused, lost, or soon a problem */
	LOG_LVL_NOTICE,		/* start, stop, configuration */
	LOG_LVL_INFO,		/* one or two lines a call */
	LOG_LVL_DEBUG,		/* message by message */
};

enum log_field_type { LOG_F_STR, LOG_F_U64, LOG_F_I64, LOG_F_HEX64 };

struct log_field {
	const char *name;	/* lower case, [a-z0-9_] */
	enum log_field_type type;
	const char *str;	/* LOG_F_STR; NULL is printed as "-" */
	uint64_t num;
};

#define F_STR(n, v)	((struct log_field){ .name = (n), .type = LOG_F_STR, .str = (v) })
#define F_U64(n, v)	((struct log_field){ .name = (n), .type = LOG_F_U64, .num = (uint64_t)(v) })
#define F_I64(n, v)	((struct log_field){ .name = (n), .type = LOG_F_I64, .num = (uint64_t)(int64_t)(v) })
#define F_HEX(n, v)	((struct log_field){ .name = (n), .type = LOG_F_HEX64, .num = (uint64_t)(v) })

/**
 * log_open() - say who is speaking; before this, lines go to standard error
 * @program: "srtpd"
 * @role: "sip", "media", ..., or NULL
 */
void log_open(const char *program, const char *role);

/** log_set_level() - print this level and more urgent ones; LOG_LVL_INFO at first. */
void log_set_level(enum log_level level);
enum log_level log_level(void);

/** log_level_parse() - "error", "warn", "notice", "info", "debug" → level, or -EINVAL. */
int log_level_parse(const char *name);

/**
 * log_emit() - what the macros below call
 *
 * Lines that a stranger can cause without limit must go through
 * log_limited(), which passes a burst, then counts what it holds back and
 * says the number when the storm is over.
 */
void log_emit(enum log_level level, const char *message, const struct log_field *fields,
	      unsigned int nfields);

/** log_hook() - give lines to fn instead of writing them; NULL ends it. For tests. */
void log_hook(void (*fn)(enum log_level level, const char *line, void *arg), void *arg);

struct log_limit {
	uint64_t window_start;
	unsigned int passed;
	uint64_t held_back;
};

/** log_limit_pass() - may another line of this class be written now? (10 in 10 s) */
bool log_limit_pass(struct log_limit *l);

#define log_at(level, msg, ...)							\
	do {									\
		const struct log_field log_fields_[] = { __VA_ARGS__ };		\
		log_emit((level), (msg), log_fields_,				\
			 sizeof(log_fields_) / sizeof(log_fields_[0]));		\
	} while (0)
#define log_error(...)	log_at(LOG_LVL_ERROR, __VA_ARGS__)
#define log_warn(...)	log_at(LOG_LVL_WARN, __VA_ARGS__)
#define log_notice(...)	log_at(LOG_LVL_NOTICE, __VA_ARGS__)
#define log_info(...)	log_at(LOG_LVL_INFO, __VA_ARGS__)
#define log_debug(...)	log_at(LOG_LVL_DEBUG, __VA_ARGS__)
#define log_limited(level, ...)							\
	do {									\
		static struct log_limit log_limit_;				\
		if (log_limit_pass(&log_limit_))				\
			log_at((level), __VA_ARGS__);				\
	} while (0)

#endif /* KSRTP_LOG_H */
