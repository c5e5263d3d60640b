/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions of the signalling must be honest for a DTLS-SRTP call to be
 * safe?  Checked for every subset of the twelve (six for each domain) hostile.
 *
 *	S-1 authenticate the sender	R-1 register the contact
 *	S-2 sign its request		R-2 authenticate the REGISTER
 *	S-3 forward by DNS		R-3 forward to the contact
 *
 * Alice (domain A) calls Bob (domain B); with PARALLEL Bob may at the same time
 * be calling Alice.  An INVITE and, in the reverse direction, an UPDATE each
 * carry a token: origin, destination, fingerprint and, with BIND, the dialog.
 * An end opens its media to a fingerprint only after a token for it that says
 * the right origin and destination and bears the signature of the origin's S-2.
 *
 * The attacker is whoever runs a hostile function, all of them together, and
 * also has an account E of its own at every signer.  It reads every message,
 * and can drop, keep, invent and redirect messages where a function on their
 * way is hostile; it cannot sign without S-2, and holds the key to its own
 * fingerprint only.  Media addresses are not signed, so the media path is its
 * as soon as the signalling path is.
 *
 * What it can say is told by knowledge that only grows, so it learns eagerly;
 * what is left to choose is which token is delivered to whom.  The verifier
 * visits every choice for every subset and notes, in a table outside of the
 * state, what came of it.
 */

#ifndef BIND
#define BIND 0
#endif
#ifndef PARALLEL
#define PARALLEL 0
#endif

/* Who; the number of an end is also that of its fingerprint. */
#define A	0
#define B	1
#define E	2
#define NOBODY	3

/* Hostile functions: bit of domain d, function f. */
#define S1	0
#define S2	1
#define S3	2
#define R1	3
#define R2	4
#define R3	5
#define HOSTILE(d, f)	((hostile >> ((d) * 6 + (f))) & 1)

/* Dialogs: 1 is Alice's call to Bob, 2 is Bob's to Alice; 0 where no token says. */
#define DLG(d)	((BIND) -> (d) : 0)
#define TOK(o, d, fp, dlg)	tok[(((o) * 3 + (d)) * 3 + (fp)) * 3 + DLG(dlg)]

c_code {
	\#include <stdlib.h>
	\#include <stdio.h>

	/* Bits of found[subset]. */
	\#define ALICE_DECEIVED	1	/* Alice opened to the attacker's key as Bob's */
	\#define BOB_DECEIVED	2
	\#define TAPPED		4	/* both, in one dialog: the attacker is in the middle */
	\#define STRANGE		8	/* an end opened in a dialog that the other knows nothing of */
	\#define HONEST_CALL	16	/* the call that was meant, open end to end */
	static unsigned char found[4096];

	static void print_found(void)
	{
		int i;

		for (i = 0; i < 4096; i++)
			printf("subset %d found %d\n", i, found[i]);
	}
}

short hostile;
bool tok[81];

/*
 * What each end has done, by dialog (0: Alice's call, dialog 1; 1: Bob's, dialog 2).
 * The caller opens when a good UPDATE has come, the callee when a good INVITE has.
 */
byte alice_fp[2] = NOBODY;	/* fingerprint opened to, believing it the other's */
byte bob_fp[2] = NOBODY;
bool invited[2];		/* the caller of the dialog sent its INVITE */
bool updated[2];		/* the callee answered with an UPDATE */

/*
 * An honest S-1 lets an end speak for itself alone, and an honest S-2 signs what
 * S-1 vouched for: then the token says what the end said.  A hostile S-1 vouches
 * for anybody of its domain to an S-2 that believes it; a hostile S-2 asks nobody.
 */
inline say(o, d, dlg) {
	TOK(o, d, o, dlg) = 1;
}

inline learn_forged() {
	atomic {
		if
		:: HOSTILE(A, S1) || HOSTILE(A, S2) ->
			TOK(A, B, E, 1) = 1;
			TOK(A, B, E, 2) = 1
		:: else
		fi;
		if
		:: HOSTILE(B, S1) || HOSTILE(B, S2) ->
			TOK(B, A, E, 1) = 1;
			TOK(B, A, E, 2) = 1
		:: else
		fi;
		/* Its own account: as itself, with anybody's fingerprint, which it need not own. */
		for (i : 0 .. 2) {
			for (j : 1 .. 2) {
				TOK(E, A, i, j) = 1;
				TOK(E, B, i, j) = 1
			}
		}
		i = 0;
		j = 0
	}
}

/*
 * May the attacker decide what arrives in the place of @from's request?  A
 * signing function is on the way too.  Mid-dialog requests do not ask R-1 and
 * R-2; a call that these led astray is the attacker's from then on.
 */
#define PATH(from, to) (HOSTILE(from, S1) || HOSTILE(from, S2) || HOSTILE(from, S3) || \
	HOSTILE(to, R1) || HOSTILE(to, R2) || HOSTILE(to, R3))
#define ANY_PATH	(PATH(A, B) || PATH(B, A))

inline note() {
	atomic {
		c_code {
			unsigned char f = 0;
			int d;

			for (d = 0; d < 2; d++) {
				int a = now.alice_fp[d], b = now.bob_fp[d];
				int caller = d == 0 ? a : b, callee = d == 0 ? b : a;

				if (a == 2) f |= ALICE_DECEIVED;
				if (b == 2) f |= BOB_DECEIVED;
				if (a == 2 && b == 2) f |= TAPPED;
				if (a == 1 && b == 0) f |= HONEST_CALL;
				/* Opened to the other's true key, but the other was not there. */
				if ((caller == 1 - d && !now.updated[d]) ||
				    (callee == d && !now.invited[d])) f |= STRANGE;
			}
			found[now.hostile] |= f;
		}
	}
}

/*
 * The calls are alike: X calls Y in dialog d + 1.  In order:
 * X sends its INVITE;
 * Y is called in X's name with X's key: by X, or by an attacker who has the way;
 * Y is called in X's name with the attacker's key;
 * Y is called by E, in whose name a fingerprint of X may be said;
 * X's call is answered with Y's key: the UPDATE;
 * X's call is answered with the attacker's key.
 */
#define CALL(X, Y, d, x_fp, y_fp)						\
	:: !invited[d] ->							\
		atomic { invited[d] = 1; say(X, Y, d + 1); say(X, E, d + 1) }	\
	:: !updated[d] && TOK(X, Y, X, d + 1) && (invited[d] || ANY_PATH) ->	\
		atomic { y_fp[d] = X; updated[d] = 1; say(Y, X, d + 1) }	\
	:: !updated[d] && TOK(X, Y, E, d + 1) ->				\
		atomic { y_fp[d] = E; updated[d] = 1; say(Y, X, d + 1) }	\
	:: !updated[d] && TOK(E, Y, X, d + 1) ->				\
		atomic { updated[d] = 1; say(Y, E, d + 1) }			\
	:: invited[d] && x_fp[d] == NOBODY && TOK(Y, X, Y, d + 1) &&		\
	   (updated[d] || ANY_PATH) ->						\
		x_fp[d] = Y							\
	:: invited[d] && x_fp[d] == NOBODY && TOK(Y, X, E, d + 1) && ANY_PATH ->	\
		x_fp[d] = E

active proctype world() {
	byte i = 0, j = 0;

	c_code { atexit(print_found); }
	select(hostile : 0 .. 4095);
	learn_forged();

	do
	CALL(A, B, 0, alice_fp, bob_fp)
#if PARALLEL
	CALL(B, A, 1, bob_fp, alice_fp)
#endif
	:: break
	od;
	note()
}
