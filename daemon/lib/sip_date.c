// SPDX-License-Identifier: GPL-2.0-or-later
/* Dates by hand: strptime() and strftime() speak the locale's language. */
#include "sip_date.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static bool digits(const char *s, int n, int *out)
{
	*out = 0;
	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*out = *out * 10 + (s[i] - '0');
	}
	return true;
}

static int name(const char *table, const char *s)
{
	for (int i = 0; table[3 * i]; i++)
		if (strncasecmp(table + 3 * i, s, 3) == 0)
			return i;
	return -1;
}

int64_t sip_date_parse(const char *s)
{
	/* Where something else than a digit or a letter has to be. */
	static const char form[] = "...,\x20..\x20...\x20....\x20..:..:..\x20GMT";
	struct tm tm = { 0 }, given;
	int year, weekday;
	time_t t;

	if (strlen(s) != sizeof(form) - 1)
		return -EINVAL;
	for (size_t i = 0; form[i]; i++)
		if (form[i] != '.' && form[i] != s[i])
			return -EINVAL;
	weekday = name(days, s);
	tm.tm_mon = name(months, s + 8);
	if (weekday < 0 || tm.tm_mon < 0 || !digits(s + 5, 2, &tm.tm_mday) ||
	    !digits(s + 12, 4, &year) || !digits(s + 17, 2, &tm.tm_hour) ||
	    !digits(s + 20, 2, &tm.tm_min) || !digits(s + 23, 2, &tm.tm_sec))
		return -EINVAL;
	tm.tm_year = year - 1900;
	given = tm;
	t = timegm(&tm);
	/* timegm() makes 2 March of 30 February. */
	if (t < 0 || tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon ||
	    tm.tm_hour != given.tm_hour || tm.tm_min != given.tm_min ||
	    tm.tm_sec != given.tm_sec || tm.tm_wday != weekday)
		return -EINVAL;
	return t;
}

const char *sip_date_print(int64_t seconds, char out[SIP_DATE_LEN])
{
	time_t t = seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		memset(&tm, 0, sizeof(tm));
	snprintf(out, SIP_DATE_LEN, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
		 days + 3 * tm.tm_wday, (unsigned int)tm.tm_mday % 100u, months + 3 * tm.tm_mon,
		 (unsigned int)(tm.tm_year + 1900) % 10000u, (unsigned int)tm.tm_hour % 100u,
		 (unsigned int)tm.tm_min % 100u, (unsigned int)tm.tm_sec % 100u);
	return out;
}
