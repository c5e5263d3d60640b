/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Date header (RFC 3261 section 20.17): "Sat, 13 Nov 2010 23:29:00 GMT" and no other form. */
#ifndef KSRTP_SIP_DATE_H
#define KSRTP_SIP_DATE_H

#include <stdint.h>

#define SIP_DATE_LEN	30	/* buffer for sip_date_print(), NUL included */

/**
 * sip_date_parse() - read the value of a Date header
 *
 * A day of the week that does not fit the date is refused, and so is a leap second:
 * what is signed (RFC 8224) has one reading only.
 *
 * Return: seconds since 1970, or -EINVAL; dates before 1970 are refused.
 */
int64_t sip_date_parse(const char *value);

/** sip_date_print() - @seconds since 1970, up to the year 9999; returns @out. */
const char *sip_date_print(int64_t seconds, char out[SIP_DATE_LEN]);

#endif /* KSRTP_SIP_DATE_H */
