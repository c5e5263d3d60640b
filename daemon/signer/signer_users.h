/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `sip-signerd user ...`: the users database by command. */
#ifndef KSRTP_SIGNER_USERS_H
#define KSRTP_SIGNER_USERS_H

#include <stdio.h>

struct conf_signerd;

/** signer_users_usage() - the commands, a line each. */
void signer_users_usage(FILE *to);

/**
 * signer_users_main() - run one command
 * @argv: what follows "user", @argc words
 *
 * A password comes from the terminal, asked twice, or is the first line of standard input.
 *
 * Return: exit status; 2 for wrong usage.
 */
int signer_users_main(const struct conf_signerd *conf, int argc, char **argv);

#endif /* KSRTP_SIGNER_USERS_H */
