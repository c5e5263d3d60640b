/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling systemd about states, by the protocol of sd_notify(3): a datagram to the
 * socket that NOTIFY_SOCKET names.
 */
#ifndef KSRTP_NOTIFY_H
#define KSRTP_NOTIFY_H

/**
 * notify_open() - read NOTIFY_SOCKET, and take it out of the environment
 *
 * So that no role can speak in the supervisor's name. Without the variable,
 * notify() does nothing.
 */
void notify_open(void);

/** notify() - send assignments such as "READY=1\nSTATUS=serving". */
void notify(const char *state);

#endif /* KSRTP_NOTIFY_H */
