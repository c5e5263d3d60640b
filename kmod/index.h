/* SPDX-License-Identifier: GPL-2.0-only */
/* The 48-bit index of RTP packets (RFC 3711 section 3.3.1 and appendix A). */
#ifndef _SRTP_INDEX_H
#define _SRTP_INDEX_H

#include "bytes.h"

#define SRTP_INDEX_LIMIT	(1ULL << 48)	/* SRTP indices, RFC 3711 section 3.3.1 */
#define SRTCP_INDEX_LIMIT	(1ULL << 31)	/* SRTCP indices, section 3.4 */

/**
 * struct srtp_index - where an RTP stream is
 * @roc: roll-over counter.
 * @s_l: highest sequence number accepted (received, or sent).
 * @started: false until the first packet; then @s_l means nothing and the next
 *	packet is taken to have @roc.
 */
struct srtp_index {
	u32 roc;
	u16 s_l;
	bool started;
};

/**
 * srtp_index_guess - roll-over counter that a sequence number belongs to
 * @roc: counter of the highest packet so far
 * @s_l: its sequence number
 * @seq: sequence number in question
 *
 * Return: @roc, or one more or one less, modulo 2^32.
 */
static inline u32 srtp_index_guess(u32 roc, u16 s_l, u16 seq)
{
	if (s_l < 0x8000)
		return (int)seq - s_l > 0x8000 ? roc - 1 : roc;
	return (int)s_l - 0x8000 > seq ? roc + 1 : roc;
}

/**
 * srtp_index_estimate - index of a packet, told from its sequence number
 * @s: the stream; not changed
 * @seq: the packet's sequence number
 * @index: set to 2^16 * ROC + @seq on success
 *
 * Return: 0; SRTP_DROP_OLD for a packet from before the stream's first
 * roll-over period (ROC would be -1: RFC 3711 has no such index);
 * SRTP_DROP_EXPIRED when the 2^48 indices are used up, which must end the key
 * and not wrap (section 9.2).
 */
static inline int srtp_index_estimate(const struct srtp_index *s, u16 seq, u64 *index)
{
	u32 v = s->started ? srtp_index_guess(s->roc, s->s_l, seq) : s->roc;

	if (s->roc == 0 && v == 0xffffffffu)
		return SRTP_DROP_OLD;
	if (s->roc == 0xffffffffu && v == 0)
		return SRTP_DROP_EXPIRED;
	*index = (u64)v << 16 | seq;
	return 0;
}

/**
 * srtp_index_ahead - srtp_index_estimate() for a packet that is newer than all before
 * @s: the stream; not changed
 * @seq: the packet's sequence number
 *
 * Return: the index; 0, which is newer than nothing, when the packet is not newer, or when
 * only srtp_index_estimate() can tell.
 */
static inline u64 srtp_index_ahead(const struct srtp_index *s, u16 seq)
{
	u16 ahead = (u16)(seq - s->s_l);
	u64 index = ((u64)s->roc << 16 | s->s_l) + ahead;

	return s->started && ahead < 0x8000 && index < SRTP_INDEX_LIMIT ? index : 0;
}

/**
 * srtp_index_commit - take over an index that is now known to be good
 * @s: the stream
 * @index: index of an authenticated (or a sent) packet
 *
 * Only forward: a late packet, of this period or the one before, changes
 * nothing (section 3.3.1).
 *
 * Return: true when the packet is the newest so far.
 */
static inline bool srtp_index_commit(struct srtp_index *s, u64 index)
{
	if (s->started && index <= ((u64)s->roc << 16 | s->s_l))
		return false;
	s->roc = (u32)(index >> 16);
	s->s_l = (u16)index;
	s->started = true;
	return true;
}

#endif /* _SRTP_INDEX_H */
