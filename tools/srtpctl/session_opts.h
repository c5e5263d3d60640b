/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What session new and set are told. */
#ifndef SRTPCTL_SESSION_OPTS_H
#define SRTPCTL_SESSION_OPTS_H

#include "ctl.h"

#define STREAMS_MAX	64	/* in one command */

/** enum session_key - the keys that a command line can bring, in the order of standard input */
enum session_key {
	KEY_RX,
	KEY_TX,
	KEY_RX_NEXT,
	KEY_TX_NEXT,
	KEYS,
};

/**
 * struct session_request - what was said about a session
 * @s: as for the kernel; its pointers are into this object
 * @file: where a key is, or NULL
 * @said: a context's own options were given, other than its profile: the last one's name
 * @key: keys that have been read
 * @streams: those of @s
 */
struct session_request {
	struct nl_srtp_session s;
	const char *file[KEYS];
	const char *said[KEYS];
	uint8_t key[KEYS][KEY_MAX];
	struct nl_srtp_stream streams[STREAMS_MAX];
};

/**
 * session_parse() - the options of session new and set
 *
 * Leaves optind at the first word that is no option, and keys unread.
 *
 * Return: enum status, having complained.
 */
int session_parse(int argc, char **argv, struct session_request *r);
/** session_read_keys() - the files, now that all is known to be well. Return: enum status. */
int session_read_keys(struct session_request *r);
void session_wipe(struct session_request *r);

#endif
