// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events: what is told to who listens, from any context.  Without listeners nothing
 * is built.  An event that is lost for want of memory is counted; it is never waited
 * or tried again for.
 */
#include <linux/netlink.h>

#include "event.h"
#include "net.h"
#include "netlink.h"
#include "stats.h"

/* A storm is this many drops for one reason within a second, in one session. */
#define STORM_DROPS	256
#define STORM_LOOK	64		/* drops of a CPU from one look at all of them to the next */
#define STORM_QUIET	(5 * HZ)	/* from one event to the next, for a session and reason */

/*
 * Idle sessions and packets inside a cipher may have something to tell until the last
 * namespace is gone, which is after the family and its group's number are: that may
 * be another family's by then.
 */
static bool gone;

static int fill(struct sk_buff *msg, struct srtp_session *s, const struct srtp_note *note)
{
	void *hdr = genlmsg_put(msg, 0, 0, &srtp_family, 0, SRTP_CMD_EVENT);
	int err;

	if (!hdr || nla_put_u8(msg, SRTP_A_EVENT, note->event))
		return -EMSGSIZE;
	err = srtp_fill_session(msg, s);
	if (err)
		return err;
	if (note->old && (nla_put(msg, SRTP_A_OLD_ADDR, s->local.family == NFPROTO_IPV4 ? 4 : 16,
				  &note->old->ip) ||
			  nla_put_be16(msg, SRTP_A_OLD_PORT, note->old->port)))
		return -EMSGSIZE;
	if (note->event == SRTP_EVENT_FIRST && (nla_put_u8(msg, SRTP_A_DIRECTION, note->tx) ||
						nla_put_u32(msg, SRTP_A_SSRC, note->ssrc)))
		return -EMSGSIZE;
	if (note->event == SRTP_EVENT_STORM &&
	    (nla_put_u16(msg, SRTP_A_DROP, note->drop) ||
	     nla_put_u64_64bit(msg, SRTP_A_PACKETS, note->packets, SRTP_A_PAD)))
		return -EMSGSIZE;
	genlmsg_end(msg, hdr);
	return 0;
}

static struct sk_buff *build(struct srtp_session *s, const struct srtp_note *note, gfp_t gfp)
{
	struct sk_buff *msg;
	int err;

	if (!genl_has_listeners(&srtp_family, s->sn->net, 0))
		return NULL;
	msg = genlmsg_new(NLMSG_GOODSIZE, gfp);
	if (!msg)
		return ERR_PTR(-ENOMEM);
	err = fill(msg, s, note);
	if (!err)
		return msg;
	nlmsg_free(msg);
	return ERR_PTR(err);
}

/**
 * srtp_event_send - tell listeners what srtp_event_build() made
 * @sn: namespace of the session
 * @msg: the message, which is used up; NULL or an error
 *
 * Who misses an event learns that from its socket's ENOBUFS, from the namespace's
 * count of lost events, or from the next dump.
 */
void srtp_event_send(struct srtp_net *sn, struct sk_buff *msg)
{
	int err = PTR_ERR_OR_ZERO(msg);

	if (!IS_ERR_OR_NULL(msg)) {
		rcu_read_lock();
		if (READ_ONCE(gone))
			nlmsg_free(msg);
		else
			err = genlmsg_multicast_netns(&srtp_family, sn->net, msg, 0, 0, GFP_ATOMIC);
		rcu_read_unlock();
	}
	/* -ENOENT: deleted meanwhile. -ESRCH: nobody listens any more. */
	if (err && err != -ENOENT && err != -ESRCH)
		atomic64_inc(&sn->events_lost);
}

/**
 * srtp_event_build - what is told of a session that will have no more to tell
 * @s: session; it is live
 * @event: enum srtp_event
 * @gfp: how to allocate
 *
 * Return: for srtp_event_send(): a message, NULL if nobody listens, or an error.
 */
struct sk_buff *srtp_event_build(struct srtp_session *s, enum srtp_event event, gfp_t gfp)
{
	return build(s, &(struct srtp_note){ .event = event }, gfp);
}

/**
 * srtp_event_note - tell listeners about a session; it is live
 * @s: session
 * @note: what happened
 * @gfp: how to allocate
 */
void srtp_event_note(struct srtp_session *s, const struct srtp_note *note, gfp_t gfp)
{
	srtp_event_send(s->sn, build(s, note, gfp));
}

/**
 * srtp_event - the same for an event that says all by its name
 * @s: session
 * @event: enum srtp_event
 * @gfp: how to allocate
 */
void srtp_event(struct srtp_session *s, enum srtp_event event, gfp_t gfp)
{
	srtp_event_send(s->sn, srtp_event_build(s, event, gfp));
}

/**
 * srtp_event_first - an RTP packet was received or sent, and it may be the first
 * @s: session
 * @tx: sent
 * @ssrc: of the packet
 *
 * For each direction of a session this is told once, whatever its keys become.
 */
void srtp_event_first(struct srtp_session *s, bool tx, u32 ssrc)
{
	if (!test_and_set_bit(tx, &s->first))
		srtp_event_note(s, &(struct srtp_note){
			.event = SRTP_EVENT_FIRST, .tx = tx, .ssrc = ssrc }, GFP_ATOMIC);
}

static int storm_of(int reason)
{
	switch (reason) {
	case SRTP_DROP_REPLAY:
		return SRTP_STORM_REPLAY;
	case SRTP_DROP_OLD:
		return SRTP_STORM_OLD;
	case SRTP_DROP_AUTH:
		return SRTP_STORM_AUTH;
	case SRTP_DROP_MKI:
		return SRTP_STORM_MKI;
	}
	return -1;
}

/**
 * srtp_event_drop - a packet was dropped; is that a storm
 * @s: session
 * @reason: enum srtp_drop
 * @count: how many this CPU dropped for that reason
 *
 * Called with bottom halves off, for packets that somebody may be sending as fast as
 * he can: most calls end at the first line.
 */
void srtp_event_drop(struct srtp_session *s, int reason, u64 count)
{
	struct srtp_note note = { .event = SRTP_EVENT_STORM, .drop = reason };
	int which = count % STORM_LOOK ? -1 : storm_of(reason);
	struct srtp_storm *storm;
	u32 now = jiffies, total;

	if (which < 0)
		return;
	total = srtp_stats_one(s->stats, SRTP_C_DROP + reason - 1);
	storm = &s->storm[which];
	spin_lock(&s->lock);
	if (now - storm->since > HZ) {
		storm->since = now;
		storm->base = total;
	} else if (total - storm->base >= STORM_DROPS &&
		   (!storm->told_at || now - storm->told_at >= STORM_QUIET)) {
		note.packets = total - storm->told;
		storm->told = total;
		storm->told_at = now ?: 1;
		storm->since = now;
		storm->base = total;
	}
	spin_unlock(&s->lock);
	if (note.packets)
		srtp_event_note(s, &note, GFP_ATOMIC);
}

/**
 * srtp_event_exit - nothing is told any more; before the family goes
 */
void srtp_event_exit(void)
{
	WRITE_ONCE(gone, true);
	synchronize_rcu();
}
