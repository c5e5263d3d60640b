/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to passport.c, passport_write.c and token.c. */
#ifndef KSRTP_PASSPORT_IMPL_H
#define KSRTP_PASSPORT_IMPL_H

#include "buf.h"
#include "passport.h"

#define PASSPORT_CTX_CLAIM	"ksrtp-ctx"	/* the name of the type, too */

/** passport_write_ctx() - @c as an object in that form */
void passport_write_ctx(struct wbuf *w, const struct passport_ctx *c);

/** passport_write_payload() - the claims in the deterministic form of RFC 8225 section 9 */
void passport_write_payload(struct wbuf *w, const struct passport *p);

/**
 * passport_input() - "header.payload", what is signed
 * @n: its length; @out has a NUL behind it
 *
 * Return: 0, -EINVAL for what is not printable ASCII, -EMSGSIZE.
 */
int passport_input(const struct passport *p, char *out, size_t cap, size_t *n);

#endif /* KSRTP_PASSPORT_IMPL_H */
