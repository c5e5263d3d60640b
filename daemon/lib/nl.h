/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A generic netlink request socket.
 *
 * Requests are synchronous, on purpose: the kernel runs a generic netlink command
 * inside the sendmsg() that carries it, so the answer is queued on our socket
 * before sendmsg() returns and the wait that follows is no wait.  A deadline of two
 * seconds stands behind it all the same.  Events come in on another socket
 * (nl_event.h), so that an answer is never mixed up with them.
 *
 * A request may carry keys.  Its memory is wiped before it is freed, and
 * NETLINK_CAP_ACK keeps the kernel from echoing it in an error reply.
 */
#ifndef KSRTP_NL_H
#define KSRTP_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <netlink/netlink.h>
#include <netlink/msg.h>

#include "err.h"

#define NL_REQUEST_MAX		8192	/* octets of one request, header included */
#define NL_DEADLINE_MS		2000

/**
 * struct nl_name - what an attribute is called, for messages
 * @type: attribute type
 * @name: as in the YAML specification
 * @nest: names of what is inside; NULL when it is no nest
 * @many: may repeat: say which one, as in "session[1]"
 *
 * A table ends with an entry whose name is NULL.
 */
struct nl_name {
	uint16_t type;
	const char *name;
	const struct nl_name *nest;
	bool many;
};

/**
 * struct nl_refusal - what the kernel said about a request
 * @code: negative errno; 0 for success
 * @text: extended-ack message, printable, "" when there was none
 * @path: attribute at fault, "session[0].local-port", "" when there was none
 */
struct nl_refusal {
	int code;
	char text[128];
	char path[96];
};

struct nl_conn;

/**
 * nl_conn_open() - a socket for requests to generic netlink family @family
 * @out: set on success; owner closes it with nl_conn_close()
 * @e: why not, or NULL
 *
 * Return: 0; -ENODEV when the kernel does not know the family; another -errno.
 */
int nl_conn_open(struct nl_conn **out, const char *family, struct err *e);
void nl_conn_close(struct nl_conn *n);

/** nl_conn_fd() - the descriptor, for those who test the kernel with bytes of their own. */
int nl_conn_fd(const struct nl_conn *n);
/** nl_conn_family() - the family's number, for the same. */
int nl_conn_family(const struct nl_conn *n);

/**
 * nl_conn_message() - begin a request
 * @cmd: command of the family
 * @flags: NLM_F_DUMP or 0; the rest is set here
 *
 * Return: a message of NL_REQUEST_MAX octets that nl_conn_request() or nl_message_free()
 * ends, or NULL without memory.
 */
struct nl_msg *nl_conn_message(struct nl_conn *n, uint8_t cmd, uint16_t flags);

/** nl_message_free() - wipe and free; NULL is fine. */
void nl_message_free(struct nl_msg *msg);

/**
 * nl_conn_request() - send and read every answer
 * @msg: consumed, wiped and freed, whatever happens; NULL gives -ENOMEM
 * @on_reply: called for each answer that is not an acknowledgement; non-zero stops
 *	the calls (not the reading) and becomes the result; NULL when none is expected
 * @refusal: what the kernel said; may be NULL
 * @names: of the family's attributes, for @refusal->path; may be NULL
 *
 * Return: 0; what the kernel refused with; -EINTR when a dump is not one consistent
 * picture because something changed under it; -ETIMEDOUT; another -errno.
 */
int nl_conn_request(struct nl_conn *n, struct nl_msg *msg,
	       int (*on_reply)(const struct nlmsghdr *nlh, void *arg), void *arg,
	       struct nl_refusal *refusal, const struct nl_name *names);

/*
 * The parts that work on bytes alone, for tests and fuzzers too.
 */

/**
 * nl_refusal_parse() - read an NLMSG_ERROR or a dump's NLMSG_DONE
 * @nlh: the answer, whose nlmsg_len has been checked against what was received
 * @request: the request it answers, @request_len octets, or NULL
 * @names: as in nl_conn_request()
 *
 * Return: 0, or -EBADMSG when the answer is cut short (@r is then empty).
 */
int nl_refusal_parse(const struct nlmsghdr *nlh, const void *request, size_t request_len,
		     const struct nl_name *names, struct nl_refusal *r);

/**
 * nl_attr_path() - name the attribute that lies @offset octets into a request
 * @missing: type of an attribute missing in the nest at @offset; 0 for none, and then
 *	the attribute at @offset is meant
 *
 * @out is "" when @offset is no attribute's.
 */
void nl_attr_path(const void *request, size_t request_len, size_t offset, unsigned int missing,
		  const struct nl_name *names, char *out, size_t cap);

#endif /* KSRTP_NL_H */
