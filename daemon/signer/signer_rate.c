// SPDX-License-Identifier: GPL-2.0-or-later
#include "signer_rate.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* In thousandths of a token, which is what one token a second gives in a millisecond. */
#define TOKEN	1000u

struct signer_rate_user {
	struct hash_node node;
	struct signer_rate_user *next;
	uint64_t level, at;
	char name[];
};

int signer_rate_init(struct signer_rate *r, uint32_t per_second, uint32_t burst)
{
	memset(r, 0, sizeof(*r));
	r->per_second = per_second;
	r->burst = burst ? burst : 1;
	return hash_init(&r->table);
}

static uint64_t full(const struct signer_rate *r)
{
	return (uint64_t)r->burst * TOKEN;
}

static uint64_t level(const struct signer_rate *r, const struct signer_rate_user *u)
{
	const uint64_t now = u->level + (clock_now() - u->at) * r->per_second;

	return now < full(r) ? now : full(r);
}

/* What has no debts is as if it had never been. */
static void sweep(struct signer_rate *r)
{
	struct signer_rate_user **at = &r->users, *u;

	while ((u = *at)) {
		if (level(r, u) < full(r)) {
			at = &u->next;
			continue;
		}
		*at = u->next;
		hash_remove(&r->table, &u->node);
		free(u);
	}
}

static struct signer_rate_user *find(struct signer_rate *r, const char *name)
{
	const uint64_t hash = hash_bytes(name, strlen(name));
	struct signer_rate_user *u;
	struct hash_node *n;

	for (n = hash_first(&r->table, hash); n; n = hash_next(n)) {
		u = hash_entry(n, struct signer_rate_user, node);
		if (strcmp(u->name, name) == 0)
			return u;
	}
	if (r->table.count >= SIGNER_RATE_USERS)
		sweep(r);
	if (r->table.count >= SIGNER_RATE_USERS)
		return NULL;
	u = calloc(1, sizeof(*u) + strlen(name) + 1);
	if (!u)
		return NULL;
	strcpy(u->name, name);
	u->level = full(r);
	u->at = clock_now();
	if (hash_insert(&r->table, &u->node, hash)) {
		free(u);
		return NULL;
	}
	u->next = r->users;
	r->users = u;
	return u;
}

uint32_t signer_rate_take(struct signer_rate *r, const char *user)
{
	struct signer_rate_user *u;
	uint64_t missing;

	if (!r->per_second)
		return 0;
	u = find(r, user);
	if (!u)
		return 1;
	u->level = level(r, u);
	u->at = clock_now();
	if (u->level >= TOKEN) {
		u->level -= TOKEN;
		return 0;
	}
	missing = TOKEN - u->level;
	return (uint32_t)((missing + r->per_second * TOKEN - 1) / (r->per_second * TOKEN));
}

void signer_rate_fini(struct signer_rate *r)
{
	struct signer_rate_user *u;

	while ((u = r->users)) {
		r->users = u->next;
		hash_remove(&r->table, &u->node);
		free(u);
	}
	hash_fini(&r->table);
}
