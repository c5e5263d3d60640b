/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A provider within the calling process: the front, auth and sign of sip-signerd, which
 * talk by the octets of their messages, on a side whose packets are buffers.
 */
#ifndef SIGNER_BENCH_INSIDE_H
#define SIGNER_BENCH_INSIDE_H

#include "signer_auth.h"
#include "signer_front.h"
#include "signer_sign.h"

/** bench_inside_start() - @dir: has users.db, sign.key and sign.pem. Ends the program on failure. */
void bench_inside_start(const char *dir);
void bench_inside_stop(void);

/** bench_inside_input() - a packet came. What goes out because of it is given to @out. */
void bench_inside_input(const char *data, size_t len);

/** bench_inside_out - called with each packet that leaves, NUL-terminated */
extern void (*bench_inside_out)(const char *data, size_t len);

/** bench_inside_settle() - what the event loop does at the end of a turn. */
void bench_inside_settle(void);

/** bench_key(), bench_cert() - from PEM files; they end the program on failure. */
EVP_PKEY *bench_key(const char *dir);
X509 *bench_cert(const char *dir);

#endif /* SIGNER_BENCH_INSIDE_H */
