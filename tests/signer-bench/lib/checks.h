/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verification service of srtpd within the calling process: its verifier, trust
 * store and certificate cache, which fills itself by HTTPS as in service.
 */
#ifndef SIGNER_BENCH_CHECKS_H
#define SIGNER_BENCH_CHECKS_H

/** bench_checks_start() - @dir: has root.pem, tls-root.pem and x5u's web server behind it. */
void bench_checks_start(const char *dir);

/** bench_checks_first() - verify @request though its certificate has to be fetched. */
void bench_checks_first(const char *request);

/** bench_checks_request() - one that needs nothing from the network. */
void bench_checks_request(const char *request);

/** bench_checks_stop() - Return: how many were verified, the first one aside. */
unsigned long bench_checks_stop(void);

#endif /* SIGNER_BENCH_CHECKS_H */
