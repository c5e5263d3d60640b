// SPDX-License-Identifier: GPL-2.0-or-later
#include "nl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "secret.h"

#define NL_REPLY_MAX 65536	/* the kernel builds dumps in at most 32 KiB */

struct nl_conn {
	struct nl_sock *sk;
	int family;
	uint32_t seq;
	char name[GENL_NAMSIZ];
	uint8_t request[NL_REQUEST_MAX];	/* headers only, see keep_skeleton() */
	size_t request_len;
	union {
		struct nlmsghdr align;
		uint8_t data[NL_REPLY_MAX];
	} reply;
};

int nl_conn_fd(const struct nl_conn *n)
{
	return nl_socket_get_fd(n->sk);
}

int nl_conn_family(const struct nl_conn *n)
{
	return n->family;
}

static int socket_options(int fd, struct err *e)
{
	const struct timeval deadline = {
		.tv_sec = NL_DEADLINE_MS / 1000,
		.tv_usec = NL_DEADLINE_MS % 1000 * 1000,
	};
	static const struct {
		int option;
		const char *name;
	} want[] = {
		{ NETLINK_CAP_ACK, "NETLINK_CAP_ACK" },
		{ NETLINK_EXT_ACK, "NETLINK_EXT_ACK" },
		{ NETLINK_GET_STRICT_CHK, "NETLINK_GET_STRICT_CHK" },
	};
	const int on = 1;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		if (setsockopt(fd, SOL_NETLINK, want[i].option, &on, sizeof(on)))
			return err_set(e, -errno, "netlink socket option %s: %s",
				       want[i].name, strerror(errno));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline)))
		return err_set(e, -errno, "netlink socket time-out: %s", strerror(errno));
	return 0;
}

int nl_conn_open(struct nl_conn **out, const char *family, struct err *e)
{
	struct nl_conn *n = calloc(1, sizeof(*n));
	int rc;

	*out = NULL;
	if (!n)
		return err_set(e, -ENOMEM, "no memory for a netlink socket");
	n->sk = nl_socket_alloc();
	if (!n->sk) {
		rc = err_set(e, -ENOMEM, "no memory for a netlink socket");
		goto free;
	}
	rc = genl_connect(n->sk);
	if (rc) {
		rc = err_set(e, -EIO, "netlink socket: %s", nl_geterror(rc));
		goto free_socket;
	}
	rc = socket_options(nl_conn_fd(n), e);
	if (rc)
		goto free_socket;
	n->family = genl_ctrl_resolve(n->sk, family);
	if (n->family < 0) {
		if (n->family == -NLE_OBJ_NOTFOUND)
			rc = err_set(e, -ENODEV, "the kernel has no netlink family \"%s\"", family);
		else
			rc = err_set(e, -EIO, "looking up netlink family \"%s\": %s", family,
				     nl_geterror(n->family));
		goto free_socket;
	}
	/* libnl used some numbers already; an answer to those must not match ours. */
	n->seq = nl_socket_use_seq(n->sk);
	snprintf(n->name, sizeof(n->name), "%s", family);
	*out = n;
	return 0;

free_socket:
	nl_socket_free(n->sk);
free:
	free(n);
	return rc;
}

void nl_conn_close(struct nl_conn *n)
{
	if (!n)
		return;
	nl_socket_free(n->sk);
	free(n);
}

struct nl_msg *nl_conn_message(struct nl_conn *n, uint8_t cmd, uint16_t flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(NL_REQUEST_MAX);

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, nl_socket_get_local_port(n->sk), ++n->seq, n->family, 0,
			 NLM_F_REQUEST | NLM_F_ACK | flags, cmd, 1)) {
		nl_message_free(msg);
		return NULL;
	}
	return msg;
}

void nl_message_free(struct nl_msg *msg)
{
	if (!msg)
		return;
	/* libnl never moves a message's buffer, so this is the only copy of the keys. */
	secret_wipe(nlmsg_hdr(msg), nlmsg_get_max_size(msg));
	nlmsg_free(msg);
}

/*
 * To name the attribute at fault later we need the request's structure, not what is
 * in it: walk the nests that @names knows, keep headers, leave the rest zero.
 */
static void copy_headers(uint8_t *to, const uint8_t *from, size_t pos, size_t end,
			 const struct nl_name *names)
{
	while (end - pos >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)(from + pos);
		const struct nl_name *name = names;

		if (a->nla_len < NLA_HDRLEN || a->nla_len > end - pos)
			return;
		memcpy(to + pos, a, NLA_HDRLEN);
		while (name->name && name->type != (a->nla_type & NLA_TYPE_MASK))
			name++;
		if (name->name && name->nest)
			copy_headers(to, from, pos + NLA_HDRLEN, pos + a->nla_len, name->nest);
		if (NLA_ALIGN((size_t)a->nla_len) > end - pos)
			return;
		pos += NLA_ALIGN(a->nla_len);
	}
}

static void keep_skeleton(struct nl_conn *n, const struct nlmsghdr *nlh, const struct nl_name *names)
{
	memset(n->request, 0, sizeof(n->request));
	n->request_len = 0;
	if (!names || nlh->nlmsg_len > sizeof(n->request))
		return;
	memcpy(n->request, nlh, NLMSG_HDRLEN);
	copy_headers(n->request, (const void *)nlh, NLMSG_HDRLEN + GENL_HDRLEN, nlh->nlmsg_len,
		     names);
	n->request_len = nlh->nlmsg_len;
}

/* One datagram of the kernel's, never another process's. Return: its length or -errno. */
static ssize_t receive(struct nl_conn *n)
{
	for (;;) {
		struct sockaddr_nl from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t got = recvfrom(nl_conn_fd(n), n->reply.data, sizeof(n->reply.data), MSG_TRUNC,
				       (struct sockaddr *)&from, &from_len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (got > (ssize_t)sizeof(n->reply.data))
			return -EMSGSIZE;
		if (from_len == sizeof(from) && from.nl_pid == 0)
			return got;
	}
}

struct exchange {
	struct nl_conn *n;
	int (*on_reply)(const struct nlmsghdr *nlh, void *arg);
	void *arg;
	struct nl_refusal *refusal;
	const struct nl_name *names;
	uint32_t seq;
	bool interrupted;
	bool done;
	int result;
};

static void one_message(struct exchange *x, const struct nlmsghdr *nlh)
{
	/* What is left of a request that timed out. */
	if (nlh->nlmsg_seq != x->seq)
		return;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		x->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		return;
	case NLMSG_ERROR:
	case NLMSG_DONE:
		x->done = true;
		if (nl_refusal_parse(nlh, x->n->request, x->n->request_len, x->names, x->refusal))
			x->result = -EBADMSG;
		else if (!x->result)
			x->result = x->refusal->code;
		return;
	default:
		if (nlh->nlmsg_type == x->n->family && x->on_reply && !x->result)
			x->result = x->on_reply(nlh, x->arg);
	}
}

static int read_answers(struct exchange *x)
{
	while (!x->done) {
		ssize_t left = receive(x->n);
		const uint8_t *p = x->n->reply.data;

		if (left < 0)
			return (int)left;
		while (left >= (ssize_t)NLMSG_HDRLEN && !x->done) {
			const struct nlmsghdr *nlh = (const void *)p;

			if (nlh->nlmsg_len < NLMSG_HDRLEN || nlh->nlmsg_len > (size_t)left)
				return -EBADMSG;
			one_message(x, nlh);
			p += NLMSG_ALIGN(nlh->nlmsg_len);
			left -= NLMSG_ALIGN(nlh->nlmsg_len);
		}
	}
	if (!x->result && x->interrupted)
		return -EINTR;
	return x->result;
}

int nl_conn_request(struct nl_conn *n, struct nl_msg *msg,
	       int (*on_reply)(const struct nlmsghdr *nlh, void *arg), void *arg,
	       struct nl_refusal *refusal, const struct nl_name *names)
{
	struct nl_refusal unused;
	struct exchange x = {
		.n = n, .on_reply = on_reply, .arg = arg, .names = names,
		.refusal = refusal ? refusal : &unused,
	};
	int sent;

	memset(x.refusal, 0, sizeof(*x.refusal));
	if (!msg)
		return -ENOMEM;
	x.seq = nlmsg_hdr(msg)->nlmsg_seq;
	keep_skeleton(n, nlmsg_hdr(msg), names);
	do {
		sent = nl_sendto(n->sk, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	} while (sent == -NLE_INTR);
	nl_message_free(msg);
	if (sent < 0)
		return sent == -NLE_AGAIN ? -ETIMEDOUT : sent == -NLE_PERM ? -EPERM : -EIO;
	return read_answers(&x);
}
