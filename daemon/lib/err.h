/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a failure travels.
 *
 * A function that can fail returns 0 or -errno.  Where a person or a SIP reply
 * needs the reason, the lowest function that knows it fills a struct err, and
 * whoever is at the top logs it or sends it, once.
 */
#ifndef KSRTP_ERR_H
#define KSRTP_ERR_H

#include <stddef.h>

/**
 * struct err - why something failed
 * @code: negative errno, or 0 when nothing has failed
 * @text: one sentence for a person: what, where, and what to do about it;
 *	NUL-terminated, never holds a secret
 */
struct err {
	int code;
	char text[240];
};

/**
 * err_set() - fill @e (which may be NULL) and hand back the code
 * @e: where to write, or NULL
 * @code: negative errno
 * @fmt: printf format of the sentence; control octets in the result are replaced by '?'
 *
 * Return: @code, so that "return err_set(e, -EINVAL, ...)" reads well.
 */
int err_set(struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** err_prefix() - put "prefix: " in front of the text already in @e (may be NULL). */
void err_prefix(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** err_text() - @e's text, or the name of its errno when it has none; never NULL. */
const char *err_text(const struct err *e);

#endif /* KSRTP_ERR_H */
