// SPDX-License-Identifier: GPL-2.0-or-later
/* Replay cache: entries in order of arrival, found by a keyed hash. */
#include "seen.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hash.h"

struct entry {
	struct hash_node node;
	struct entry *next;
	uint8_t id[SHA256_DIGEST_LENGTH];
	uint64_t request;	/* keyed hash: nobody outside can find two requests with one value */
	int64_t expires;
	uint16_t owner;		/* of owned[], or NO_OWNER */
};

/* Owners are told apart by a keyed hash; two in one place share their half. */
#define OWNERS		1024
#define NO_OWNER	OWNERS

struct seen {
	struct hash_table table;
	struct entry *oldest, **newest;
	unsigned int max;
	int64_t horizon;	/* what expires no later may have been here and been forgotten */
	unsigned int owned[OWNERS + 1];
	struct seen_stats stats;
};

struct seen *seen_new(unsigned int max, int64_t since)
{
	struct seen *s = calloc(1, sizeof(*s));

	if (!s || hash_init(&s->table)) {
		free(s);
		return NULL;
	}
	s->max = max;
	s->horizon = since;
	s->newest = &s->oldest;
	return s;
}

static void drop_oldest(struct seen *s)
{
	struct entry *n = s->oldest;

	s->oldest = n->next;
	if (!s->oldest)
		s->newest = &s->oldest;
	hash_remove(&s->table, &n->node);
	s->owned[n->owner]--;
	s->stats.used--;
	free(n);
}

void seen_free(struct seen *s)
{
	if (!s)
		return;
	while (s->oldest)
		drop_oldest(s);
	hash_fini(&s->table);
	free(s);
}

const struct seen_stats *seen_stats(const struct seen *s)
{
	return &s->stats;
}

const char *seen_verdict_text(enum seen_verdict v)
{
	switch (v) {
	case SEEN_NEW:
		return "not seen before";
	case SEEN_AGAIN:
		return "this very request was accepted before";
	case SEEN_REPLAY:
		return "the signature or token was used before, in another request";
	case SEEN_PAST:
		return "signed too long ago to know whether it was used before";
	case SEEN_FULL:
		return "the replay cache is full; raise its size";
	}
	return "unknown";
}

/* They arrive about as they expire; one that is held up by its elder only stays longer. */
static void drop_expired(struct seen *s)
{
	int64_t now = clock_wall();

	while (s->oldest && s->oldest->expires <= now) {
		if (s->oldest->expires > s->horizon)
			s->horizon = s->oldest->expires;
		drop_oldest(s);
	}
}

static uint64_t request_hash(const struct seen_request *rq)
{
	const char *tag = rq->from_tag ? rq->from_tag : "";
	uint64_t h = hash_bytes(rq->call_id, strlen(rq->call_id));

	h = hash_more(h, tag, strlen(tag));
	h = hash_more(h, rq->method, strlen(rq->method));
	return hash_more(h, &rq->cseq, sizeof(rq->cseq));
}

static struct entry *find(const struct seen *s, const uint8_t *id, uint64_t hash)
{
	for (struct hash_node *n = hash_first(&s->table, hash); n; n = hash_next(n)) {
		struct entry *x = hash_entry(n, struct entry, node);

		if (memcmp(x->id, id, sizeof(x->id)) == 0)
			return x;
	}
	return NULL;
}

static enum seen_verdict judge(struct seen *s, const uint8_t id[SHA256_DIGEST_LENGTH],
			       const struct seen_request *rq, int64_t expires)
{
	uint64_t hash = hash_bytes(id, SHA256_DIGEST_LENGTH), request = request_hash(rq);
	uint16_t owner = rq->owner ? (uint16_t)(hash_bytes(rq->owner, strlen(rq->owner)) % OWNERS) : NO_OWNER;
	struct entry *n;

	drop_expired(s);
	n = find(s, id, hash);
	if (n)
		return n->request == request ? SEEN_AGAIN : SEEN_REPLAY;
	if (expires <= s->horizon)
		return SEEN_PAST;
	if (s->stats.used >= s->max || (owner != NO_OWNER && s->owned[owner] >= (s->max + 1) / 2))
		return SEEN_FULL;
	n = calloc(1, sizeof(*n));
	if (!n)
		return SEEN_FULL;
	memcpy(n->id, id, sizeof(n->id));
	n->request = request;
	n->expires = expires;
	if (hash_insert(&s->table, &n->node, hash)) {
		free(n);
		return SEEN_FULL;
	}
	*s->newest = n;
	s->newest = &n->next;
	n->owner = owner;
	s->owned[owner]++;
	s->stats.used++;
	return SEEN_NEW;
}

static enum seen_verdict judge_and_count(struct seen *s, const uint8_t id[SHA256_DIGEST_LENGTH],
					 const struct seen_request *rq, int64_t expires)
{
	enum seen_verdict v = judge(s, id, rq, expires);
	uint64_t *const count[] = {
		[SEEN_NEW] = &s->stats.noted, [SEEN_AGAIN] = &s->stats.again,
		[SEEN_REPLAY] = &s->stats.replayed, [SEEN_PAST] = &s->stats.past,
		[SEEN_FULL] = &s->stats.full,
	};

	++*count[v];
	return v;
}

enum seen_verdict seen_signature(struct seen *s, const uint8_t sig[JWS_SIG_LEN],
				 const struct seen_request *rq, int64_t expires)
{
	uint8_t id[SHA256_DIGEST_LENGTH];

	SHA256(sig, JWS_SIG_LEN / 2, id);
	return judge_and_count(s, id, rq, expires);
}

enum seen_verdict seen_id(struct seen *s, const char *space, const char *id,
			  const struct seen_request *rq, int64_t expires)
{
	/* Hash of two hashes: no pair of strings runs into another pair, nor into an r. */
	uint8_t two[2][SHA256_DIGEST_LENGTH], one[SHA256_DIGEST_LENGTH];

	SHA256((const uint8_t *)space, strlen(space), two[0]);
	SHA256((const uint8_t *)id, strlen(id), two[1]);
	SHA256(two[0], sizeof(two), one);
	return judge_and_count(s, one, rq, expires);
}
