/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket, server side; docs/ctl-protocol.md has the protocol: one JSON
 * object a line, hello first, then requests and their answers.
 *
 *	struct ctl_server ── owns its connections ── own their one running request
 *
 * An operation never blocks and never builds a whole list in memory: it returns
 * CTL_MORE and is called again when what it sent before has left.
 */
#ifndef KSRTP_CTL_H
#define KSRTP_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

#define CTL_ABI			1
#define CTL_LINE_MAX		4096	/* octets of a request, its newline included */
#define CTL_REPLY_MAX		65536	/* octets of a line we send */
#define CTL_MAX_CONNECTIONS	16
#define CTL_MAX_PER_UID		8	/* of other users than root */
#define CTL_SILENCE_MS		30000

enum ctl_access {
	CTL_READ,	/* whoever may connect */
	CTL_ADMIN,	/* root and the user who started the daemon */
};

enum ctl_result {
	CTL_DONE,	/* answered; {"end":true} follows */
	CTL_MORE,	/* call again when there is room, with the same cursor */
	CTL_LATER,	/* ctl_finish() or ctl_refuse() will come, by ctl_id() */
	CTL_REFUSED,	/* ctl_refuse() was called */
};

/* One request being answered; valid during an operation's call only. */
struct ctl_request;

/**
 * struct ctl_op - one row of the operations table
 * @name: value of "op"
 * @members: what a request may have beside "op", NULL-terminated; NULL for nothing
 * @fn: answers with ctl_send(); @req is the whole request object, not to be kept
 */
struct ctl_op {
	const char *name;
	enum ctl_access access;
	const char *const *members;
	enum ctl_result (*fn)(struct ctl_request *q, const json_t *req, void *arg);
};

/**
 * ctl_listen() - bind the control socket's path, mode 0660
 *
 * A socket that nobody listens on any more is replaced, one that answers is not
 * (-EADDRINUSE). A missing last directory is made.
 *
 * Return: listening descriptor or -errno with @e filled.
 */
int ctl_listen(const char *path, struct err *e);

/**
 * ctl_open() - serve on @fd (becomes the server's)
 * @daemon: "srtpd", for the hello line
 * @owner: user beside root who may use CTL_ADMIN operations
 * @ops: ends with .fn = NULL; stays the caller's
 *
 * Call before role_sandbox(): JSON hashing wants its first randomness from a file.
 *
 * Return: NULL with @e filled when it fails.
 */
struct ctl_server *ctl_open(int fd, const char *daemon, const char *version, uid_t owner,
			    const struct ctl_op *ops, void *arg, struct err *e);

/** ctl_close() - end all connections; NULL is fine. */
void ctl_close(struct ctl_server *s);

/** ctl_send() - send one object; takes the reference. Return: 0, or -errno (connection lost). */
int ctl_send(struct ctl_request *q, json_t *object);

/**
 * ctl_refuse() - answer {"error":text,"code":code}
 * @code: as listed in docs/ctl-protocol.md, "failed" when NULL
 *
 * Return: CTL_REFUSED, so that an operation can return it.
 */
enum ctl_result ctl_refuse(struct ctl_request *q, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** ctl_cursor() - a number that is 0 at first and kept between calls of CTL_MORE. */
uint64_t *ctl_cursor(struct ctl_request *q);

/** ctl_id() - the request's name for later, unique as long as the process lives. */
uint64_t ctl_id(const struct ctl_request *q);

/** ctl_find() - the request that answered CTL_LATER, or NULL when its client has gone. */
struct ctl_request *ctl_find(struct ctl_server *s, uint64_t id);

/** ctl_finish() - end of a CTL_LATER request: {"end":true}. ctl_refuse() ends it as well. */
void ctl_finish(struct ctl_request *q);

/** ctl_peer_uid() - who asks, by SO_PEERCRED. */
uid_t ctl_peer_uid(const struct ctl_request *q);

#endif /* KSRTP_CTL_H */
