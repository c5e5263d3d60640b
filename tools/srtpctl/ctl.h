/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of srtpctl share. */
#ifndef SRTPCTL_CTL_H
#define SRTPCTL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <getopt.h>
#include <jansson.h>

#include "addr.h"
#include "err.h"
#include "nl_srtp.h"

#define SOCKET_DEFAULT "/run/ksrtp/srtpd.sock"

/** enum status - exit statuses, as in srtpctl(8) */
enum status {
	ST_OK = 0,
	ST_REFUSED = 1,		/* refused, not found, or another failure */
	ST_USAGE = 2,
	ST_NO_MODULE = 3,
	ST_NO_DAEMON = 4,
	ST_VERSION = 5,
	ST_NO_PERMISSION = 6,
};

/** enum need - which common options a command takes */
enum need {
	OPT_JSON = 1 << 0,
	OPT_SOCKET = 1 << 1,
};

/** struct common - common options, set before the command runs */
struct common {
	bool json;
	const char *socket;
};

struct command {
	const char *group;	/* "show", "session", or "" */
	const char *name;
	const char *arguments;	/* synopsis after the name */
	const char *help;	/* one line */
	unsigned int flags;	/* enum need */
	/* argv[0] is the command's name; the common options are gone. Returns enum status. */
	int (*fn)(int argc, char **argv, const struct common *common);
};

extern const struct command commands[];

int cmd_show_sessions(int argc, char **argv, const struct common *common);
int cmd_show_calls(int argc, char **argv, const struct common *common);
int cmd_show_events(int argc, char **argv, const struct common *common);
int cmd_show_streams(int argc, char **argv, const struct common *common);
int cmd_show_stats(int argc, char **argv, const struct common *common);
int cmd_show_version(int argc, char **argv, const struct common *common);
int cmd_session_new(int argc, char **argv, const struct common *common);
int cmd_session_set(int argc, char **argv, const struct common *common);
int cmd_session_del(int argc, char **argv, const struct common *common);
int cmd_session_flush(int argc, char **argv, const struct common *common);
int cmd_attach(int argc, char **argv, const struct common *common);
int cmd_detach(int argc, char **argv, const struct common *common);
int cmd_show_attachments(int argc, char **argv, const struct common *common);
int cmd_monitor(int argc, char **argv, const struct common *common);
int cmd_hangup(int argc, char **argv, const struct common *common);

/* main.c */

/** complain() - "srtpctl: TEXT" on standard error; returns @status. */
int complain(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** failed() - complain about @e, with the status its code stands for. */
int failed(const struct err *e);
/** print_json() - one object or array and a newline; takes @j over. NULL is out of memory. */
int print_json(json_t *j);

/* opts.c: each complains on standard error and returns false when @text is wrong. */

bool opt_number(const char *name, const char *text, uint64_t min, uint64_t max, uint64_t *out);
bool opt_address(const char *name, const char *text, struct addr *out);
bool opt_profile(const char *name, const char *text, uint16_t *out);
bool opt_state(const char *name, const char *text, enum srtp_state *out);
bool opt_latch(const char *name, const char *text, enum srtp_latch *out);
bool opt_yes_no(const char *name, const char *text, bool *out);
bool opt_cryptex(const char *name, const char *text, enum srtp_cryptex *out);
/** opt_switch() - rx, tx or both, as SRTP_SWITCH_RX and SRTP_SWITCH_TX. */
bool opt_switch(const char *name, const char *text, uint8_t *out);
/** opt_octets() - hexadecimal digits, for 1 to @cap octets. */
bool opt_octets(const char *name, const char *text, uint8_t *out, size_t cap, uint8_t *len);
/** opt_limits() - SRTP packets, and SRTCP packets behind a comma; the second stays if not said. */
bool opt_limits(const char *name, const char *text, uint64_t *rtp, uint64_t *rtcp);
/** opt_ids() - header extension ids and ranges of them, behind commas; out[NL_SRTP_EXT_IDS_MAX]. */
bool opt_ids(const char *name, const char *text, uint8_t *out, uint8_t *n);
/** opt_stream() - SSRC[,roc=N][,seq=N][,rtcp=N]; its direction stays. */
bool opt_stream(const char *name, const char *text, struct nl_srtp_stream *out);

/* keyfile.c */

#define KEY_MAX 64

/**
 * keyfile_read() - one line of hexadecimal digits
 * @path: a file that only its owner can read, or "-" for standard input (each call
 *	takes one line of it)
 * @want: octets there have to be
 * @out: KEY_MAX octets; the caller wipes them
 *
 * Return: 0 or -errno.
 */
int keyfile_read(const char *path, size_t want, uint8_t *out, struct err *e);

/* table.c: columns as wide as what is in them */

#define TABLE_COLUMNS	11
#define TABLE_CELL	96

struct table {
	size_t columns, rows, room;
	char (*cells)[TABLE_CELL];	/* row by row; row 0 is the heading */
	bool bad;			/* no memory */
};

void table_begin(struct table *t, const char *const *heading, size_t columns);
/** table_cell() - the next cell, left to right; control octets become '?'. */
void table_cell(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** table_end() - print and free. Return: enum status. */
int table_end(struct table *t);

/* client.c: the daemon's control socket, docs/ctl-protocol.md */

struct client;

/** client_open() - connect and read the daemon's hello. Return: enum status, having complained. */
int client_open(struct client **out, const char *path);
/** client_try() - the same, silent, ST_NO_DAEMON when nobody listens. */
int client_try(struct client **out, const char *path, struct err *e);
void client_close(struct client *c);

/**
 * client_request() - send @request (taken over) and hand on what comes
 * @on_object: called with each object of the answer but the last; NULL to ignore them
 *
 * Return: enum status; @e says why.
 */
int client_request(struct client *c, json_t *request,
		   void (*on_object)(const json_t *o, void *arg), void *arg, struct err *e);

/* report.c: a session for people and programs */

json_t *report_json(const struct nl_srtp_report *r);
json_t *stats_json(const struct nl_srtp_stats *st, bool of_namespace);
void report_print(const struct nl_srtp_report *r);
void stats_print(const struct nl_srtp_stats *st, const char *indent);
uint64_t stats_dropped(const struct nl_srtp_stats *st);
/** crypto_left() - packets until a limit. */
uint64_t crypto_left(uint64_t limit, uint64_t packets);

#endif /* SRTPCTL_CTL_H */
