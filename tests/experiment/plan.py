# SPDX-License-Identifier: GPL-2.0-or-later
"""What is tried, and what is expected to come of it: the table of the study, section 5.

Outcomes:
  call             media both ways, and all that is heard comes from the other end
  forgeries lost   the same, while packets that the other end did not send were dropped
  refused          not a single media packet passes, and nobody rings without a caller
  alice deceived   Alice talks to the attacker and believes it is Bob
  both deceived    both talk through the attacker and believe they talk to each other
"""
CALL, LOST, REFUSED = "call", "forgeries lost", "refused"
ALICE, BOTH = "alice deceived", "both deceived"

SCHEMES = ("classical", "one-provider", "two-providers", "split-providers")
OURS = SCHEMES[1:]

# adversary: (in the classical scheme, in ours, what he does)
TABLE = {
    "nobody": (CALL, CALL, "nobody attacks"),
    "nobody-it-rings": (CALL, CALL, "nobody attacks; the callee's phone rings before it answers"),
    "wire-alters-sdp": (REFUSED, REFUSED, "on the wire: another fingerprint into the INVITE"),
    "wire-drops-update": (REFUSED, REFUSED, "on the wire: every UPDATE is lost"),
    "wire-replays-media": (LOST, LOST, "on the wire: every packet again, at once and later"),
    "wire-injects-media": (LOST, LOST, "on the wire: altered packets, and plain RTP"),
    "callee-proxy-answers": (ALICE, REFUSED,
                             "figure 5: the callee's proxy answers, and signs as his domain"),
    "proxies-collude": (BOTH, REFUSED,
                        "figure 6: both proxies put themselves into the middle; what they can "
                        "sign anew they do"),
    "replays-invite": (REFUSED, REFUSED, "a signed INVITE of an earlier call once more"),
    "replays-update": (REFUSED, REFUSED,
                       "answers itself, with the signed UPDATE of an earlier call"),
    "own-certificate": (BOTH, REFUSED,
                        "in the middle; signs with certificates valid for the own domains"),
    "strips-identity": (REFUSED, REFUSED, "in the middle; takes the signatures off"),
    "offers-plain-rtp": (REFUSED, REFUSED, "makes plain RTP of the offer (downgrade)"),
    "own-account": (REFUSED, REFUSED,
                    "in the middle; has an account with the signer: as the user, then as itself"),
    "pastes-token": (REFUSED, REFUSED,
                     "in the middle; takes the fresh token of a call to somebody else"),
    "moves-token": (REFUSED, REFUSED,
                    "keeps a signed INVITE from the callee, and makes a call of its own of it"),
    "reverses-token": (REFUSED, REFUSED,
                       "answers itself; the caller's own token signs the UPDATE back"),
    "authenticator-lies": (BOTH, BOTH, "in the middle; S-1 takes it for either user, S-2 is honest"),
    "signer-lies": (BOTH, BOTH, "in the middle; S-2 signs whatever it wants"),
}


def expected(scheme, adversary):
    return TABLE[adversary][0 if scheme in ("none", "classical") else 1]
