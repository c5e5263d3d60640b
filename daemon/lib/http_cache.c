// SPDX-License-Identifier: GPL-2.0-or-later
/* RFC 9111: how long an answer keeps, and a table of those that do. */
#include "http_cache.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "hash.h"

#define SECONDS_MAX	INT64_C(2147483648)	/* RFC 9111 section 1.2.2: 2^31 when it is more */
#define GUESS		60			/* nothing said, and no Last-Modified */
#define GUESS_MOST	3600

/* ---- header fields --------------------------------------------------------- */

void http_head_start(struct http_head *h)
{
	*h = (struct http_head){ .max_age = -1, .date = -1, .expires = -1, .last_modified = -1 };
}

/* Digits only; -1 for anything else. */
static int64_t seconds(const char *p)
{
	int64_t v = 0;
	size_t n = 0;

	for (; isdigit((unsigned char)p[n]); n++)
		v = v < SECONDS_MAX ? v * 10 + p[n] - '0' : v;
	return n && !p[n] ? v < SECONDS_MAX ? v : SECONDS_MAX : -1;
}

static void cache_control(struct http_head *h, char *value)
{
	for (char *save, *d = strtok_r(value, ",", &save); d; d = strtok_r(NULL, ",", &save)) {
		char *end;

		d += strspn(d, " \t");
		end = d + strlen(d);
		while (end > d && (end[-1] == ' ' || end[-1] == '\t'))
			*--end = '\0';
		if (strcasecmp(d, "no-store") == 0) {
			h->no_store = true;
		} else if (strncasecmp(d, "no-cache", 8) == 0) {
			h->no_cache = true;
		} else if (strncasecmp(d, "max-age=", 8) == 0) {
			/* Said twice or wrongly: the shorter, and nothing (section 4.2.1). */
			int64_t v = seconds(d + 8);

			v = v < 0 ? 0 : v;
			h->max_age = h->max_age < 0 || v < h->max_age ? v : h->max_age;
		}
	}
}

/* These are sent back one day: no control octets, which could end a header line. */
static void copy_validator(char *out, size_t cap, const char *value)
{
	size_t len = strlen(value);

	out[0] = '\0';
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return;
	if (len < cap)
		memcpy(out, value, len + 1);
}

void http_head_line(struct http_head *h, const char *line, size_t len)
{
	char text[1024], *value;

	/* What is not read might forbid to store. */
	if (len >= sizeof(text) || memchr(line, '\0', len)) {
		h->no_store = h->no_store || (len > 13 && strncasecmp(line, "Cache-Control", 13) == 0);
		return;
	}
	memcpy(text, line, len);
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	text[len] = '\0';
	value = strchr(text, ':');
	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (strcasecmp(text, "Cache-Control") == 0)
		cache_control(h, value);
	else if (strcasecmp(text, "Age") == 0)
		h->age = seconds(value) > h->age ? seconds(value) : h->age;
	else if (strcasecmp(text, "Date") == 0)
		h->date = curl_getdate(value, NULL);
	else if (strcasecmp(text, "Vary") == 0)
		h->vary_any = h->vary_any || strchr(value, '*');
	else if (strcasecmp(text, "ETag") == 0)
		copy_validator(h->etag, sizeof(h->etag), value);
	if (strcasecmp(text, "Expires") == 0) {
		h->expires = curl_getdate(value, NULL);
		h->bad_expires = h->expires < 0;
	}
	if (strcasecmp(text, "Last-Modified") == 0) {
		h->last_modified = curl_getdate(value, NULL);
		copy_validator(h->modified, sizeof(h->modified), h->last_modified < 0 ? "" : value);
	}
}

int64_t http_lifetime(const struct http_head *h, int64_t asked, int64_t came)
{
	int64_t date = h->date < 0 ? came : h->date, life, age;

	if (h->no_cache || h->vary_any)
		return 0;
	if (h->max_age >= 0)
		life = h->max_age;
	else if (h->bad_expires)
		life = 0;
	else if (h->expires >= 0)
		life = h->expires - date;
	else if (h->last_modified >= 0 && h->last_modified < date)
		life = (date - h->last_modified) / 10 < GUESS_MOST ? (date - h->last_modified) / 10
								   : GUESS_MOST;
	else
		life = GUESS;
	age = h->age + (came - asked);
	if (came - date > age)
		age = came - date;
	return life > age ? life - age : 0;
}

/* ---- the table ------------------------------------------------------------- */

struct http_cache {
	struct http_cache_conf conf;
	struct http_entry **list;	/* a few hundred at most: looked through */
	uint64_t uses;
	struct http_cache_stats stats;
};

struct http_cache *http_cache_new(const struct http_cache_conf *conf)
{
	struct http_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->conf = *conf;
	c->list = calloc(conf->entries + 1, sizeof(*c->list));
	if (!c->list) {
		free(c);
		return NULL;
	}
	return c;
}

static void drop(struct http_cache *c, unsigned int i)
{
	struct http_entry *n = c->list[i];

	c->stats.failures -= n->err.code != 0;
	c->stats.octets -= n->len;
	c->list[i] = c->list[--c->stats.entries];
	free(n->url);
	free(n->data);
	free(n);
}

void http_cache_free(struct http_cache *c)
{
	if (!c)
		return;
	while (c->stats.entries)
		drop(c, 0);
	free(c->list);
	free(c);
}

const struct http_cache_stats *http_cache_stats(const struct http_cache *c)
{
	return &c->stats;
}

static int find(const struct http_cache *c, const char *url)
{
	uint64_t hash = hash_bytes(url, strlen(url));

	for (unsigned int i = 0; i < c->stats.entries; i++)
		if (c->list[i]->hash == hash && strcmp(c->list[i]->url, url) == 0)
			return (int)i;
	return -1;
}

const struct http_entry *http_cache_find(const struct http_cache *c, const char *url)
{
	int i = find(c, url);

	return i < 0 ? NULL : c->list[i];
}

const struct http_entry *http_cache_get(struct http_cache *c, const char *url)
{
	int i = find(c, url);

	if (i < 0 || c->list[i]->fresh_until <= clock_wall()) {
		c->stats.misses++;
		return NULL;
	}
	c->stats.hits++;
	c->list[i]->used = ++c->uses;
	return c->list[i];
}

void http_cache_keep(struct http_cache *c, const char *url)
{
	int i = find(c, url);

	if (i >= 0 && !c->list[i]->err.code)
		c->list[i]->keep = true;
}

/* Which goes first? Failures, then bodies of no proven use, then the longest unused. */
static bool goes_before(const struct http_entry *a, const struct http_entry *b)
{
	bool fa = a->err.code != 0, fb = b->err.code != 0;

	if (fa != fb)
		return fa;
	return a->keep != b->keep ? b->keep : a->used < b->used;
}

static void evict(struct http_cache *c)
{
	unsigned int victim = 0;

	for (unsigned int i = 1; i < c->stats.entries; i++)
		if (goes_before(c->list[i], c->list[victim]))
			victim = i;
	drop(c, victim);
	c->stats.evicted++;
}

/* A new entry, for which room has been made. */
static struct http_entry *add(struct http_cache *c, const char *url)
{
	struct http_entry *n = calloc(1, sizeof(*n));

	if (n)
		n->url = strdup(url);
	if (!n || !n->url) {
		free(n);
		return NULL;
	}
	n->hash = hash_bytes(url, strlen(url));
	n->used = ++c->uses;
	c->list[c->stats.entries++] = n;
	return n;
}

static void set_life(const struct http_cache *c, struct http_entry *n, const struct http_head *h,
		     int64_t asked)
{
	int64_t now = clock_wall(), life = http_lifetime(h, asked, now);

	n->fresh_until = now + (life < c->conf.most ? life : c->conf.most);
	if (h->etag[0])
		memcpy(n->etag, h->etag, sizeof(n->etag));
	if (h->modified[0])
		memcpy(n->modified, h->modified, sizeof(n->modified));
}

void http_cache_put(struct http_cache *c, const char *url, const struct http_head *h,
		    const void *data, size_t len, int64_t asked)
{
	int old = find(c, url);
	bool keep = old >= 0 && c->list[old]->keep;
	struct http_entry *n;
	uint8_t *copy;

	if (old >= 0)
		drop(c, (unsigned int)old);
	if (h->no_store || len > c->conf.octets || !c->conf.entries)
		return;
	while (c->stats.entries >= c->conf.entries || c->stats.octets + len > c->conf.octets)
		evict(c);
	copy = malloc(len + 1);
	n = copy ? add(c, url) : NULL;
	if (!n) {
		free(copy);
		return;
	}
	memcpy(copy, data, len);
	copy[len] = '\0';
	n->data = copy;
	n->len = len;
	n->keep = keep;
	c->stats.octets += len;
	set_life(c, n, h, asked);
}

const struct http_entry *http_cache_renew(struct http_cache *c, const char *url,
					  const struct http_head *h, int64_t asked)
{
	int i = find(c, url);

	if (i < 0 || c->list[i]->err.code)
		return NULL;
	c->list[i]->used = ++c->uses;
	set_life(c, c->list[i], h, asked);
	return c->list[i];
}

void http_cache_fail(struct http_cache *c, const char *url, const struct err *why)
{
	unsigned int most = c->conf.entries / 4, victim;
	int old = find(c, url);
	struct http_entry *n;

	if (old >= 0 && !c->list[old]->err.code)
		return;
	if (old >= 0)
		drop(c, (unsigned int)old);
	if (c->conf.failed <= 0 || !most)
		return;
	if (c->stats.failures >= most || c->stats.entries >= c->conf.entries) {
		victim = c->stats.entries;
		for (unsigned int i = 0; i < c->stats.entries; i++)
			if (c->list[i]->err.code && (victim == c->stats.entries ||
						     c->list[i]->used < c->list[victim]->used))
				victim = i;
		if (victim == c->stats.entries)
			return;		/* full of better things */
		drop(c, victim);
		c->stats.evicted++;
	}
	n = add(c, url);
	if (!n)
		return;
	n->err = *why;
	n->fresh_until = clock_wall() + c->conf.failed;
	c->stats.failures++;
}
