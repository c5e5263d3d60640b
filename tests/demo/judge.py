# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns what the guest wrote down into the report's calls and their claims."""
import os

import net
import tone
import wire

MIN_SNR = 30.0          # dB; G.711 alone leaves 38
MIN_TONE = 4.0          # seconds of it, ramps cut off


class Verdict:
    """One call's entry in the report, and what is claimed of it: (claim, holds, why)."""

    def __init__(self, call, kernel, folder):
        self.call, self.folder = call, folder
        self.entry = {"name": call["name"], "kernel": kernel, "profile": call["profile"],
                      "direction": call["direction"]}
        self.claims = []
        self.pcap = {side: os.path.join(folder, f"{call['name']}-{side}.pcap")
                     for side in net.SIDES}

    def claim(self, text, holds, why=""):
        self.claims.append((f"{self.entry['name']}: {text}", bool(holds), str(why)))

    def read(self):
        """The captures, as self.srtp and self.plain."""
        self.srtp, self.plain = (wire.read_pcap(self.pcap[side]) for side in net.SIDES)
        self.from_gateway = [p for p in wire.media(self.srtp) if p.src == net.GW_OUTSIDE] \
            + [p for p in wire.media(self.plain) if p.src == net.GW_INSIDE]

    def delta(self, *path):
        """How much a counter grew during the call."""
        values = []
        for when in ("before", "after"):
            value = self.call[when]
            for name in path:
                value = value[name]
            values.append(value)
        return values[1] - values[0]


def judge(call, kernel, folder, hertz):
    """Returns the Verdict on one call."""
    verdict = Verdict(call, kernel, folder)
    verdict.claim("the call runs to its end", call["error"] is None, call["error"])
    if "before" not in call or "after" not in call:
        return verdict
    try:
        verdict.read()
    except (OSError, ValueError) as error:
        verdict.claim("the captures can be read", False, error)
        return verdict
    if "mode" in call:
        judge_liar(verdict)
    else:
        judge_call(verdict, hertz)
    return verdict


def judge_call(verdict, hertz):
    """A call between the two phones."""
    call, entry = verdict.call, verdict.entry
    caller, callee = ("a", "b") if call["direction"] == "srtp-to-rtp" else ("b", "a")
    entry["setup_ms"] = wire.setup_ms(verdict.srtp if caller == "a" else verdict.plain)
    verdict.claim("INVITE is answered by 200", entry["setup_ms"] is not None)
    entry["caller_to_callee"] = judge_direction(verdict, caller, callee, hertz)
    entry["callee_to_caller"] = judge_direction(verdict, callee, caller, hertz)
    judge_counters(verdict)
    judge_encryption(verdict)
    shown = [(leg["security"], leg["profile"]) for seen in call.get("during", {}).get(
        "calls", {}).get("calls", []) for leg in (seen["a"], seen["b"])]
    verdict.claim("srtpctl shows one call, with this suite on one side and none on the other",
                  sorted(shown) == [("dtls", entry["profile"]), ("plain", "none")], shown)


def judge_direction(verdict, speaker, listener, hertz):
    """What `listener` got of what `speaker` sent."""
    call = verdict.call
    if speaker == "a":
        way = wire.direction(wire.rtp(verdict.srtp, net.PHONE_A),
                             wire.rtp(verdict.plain, net.GW_INSIDE))
    else:
        way = wire.direction(wire.rtp(verdict.plain, net.PHONE_B),
                             wire.rtp(verdict.srtp, net.GW_OUTSIDE))
    who = f"{speaker} to {listener}"
    verdict.claim(f"{who}: no packet is lost, doubled or made up",
                  way["packets"] > 0 and way["lost"] == way["duplicates"] == way["unknown"] == 0,
                  way)
    try:
        heard = tone.analyse(os.path.join(verdict.folder,
                                          f"{call['name']}-heard-by-{listener}.wav"))
    except (OSError, ValueError) as error:
        heard = {"tone_hz": 0.0, "snr_db": 0.0, "seconds": 0.0}
        verdict.claim(f"{who}: there is a recording", False, error)
    wanted = hertz[speaker]
    verdict.claim(f"{who}: {wanted} Hz is heard for {MIN_TONE:g} s",
                  abs(heard["tone_hz"] - wanted) <= 2 and heard["seconds"] >= MIN_TONE, heard)
    verdict.claim(f"{who}: SNR is at least {MIN_SNR:g} dB in every second",
                  heard["snr_db"] >= MIN_SNR, f"{heard['snr_db']} dB")
    return {"packets": way["packets"], "lost": way["lost"], "tone_hz": heard["tone_hz"],
            "snr_db": heard["snr_db"], "held": way["before_open"]}


def judge_counters(verdict):
    """Who handled the media: the module's counters, and witnesses independent of it."""
    entry = verdict.entry
    entry["kernel_packets"] = verdict.delta("stats", "kernel", "rx_packets")
    sent = verdict.delta("stats", "kernel", "tx_packets")
    verdict.claim("every media packet that left the gateway was sent by the kernel module",
                  sent == len(verdict.from_gateway) > 0,
                  f"the module counts {sent}, the wires show {len(verdict.from_gateway)}")
    to_sockets, from_sockets, daemon = (verdict.delta(name) for name in (
        "media_to_sockets", "media_from_sockets", "media_by_srtpd"))
    entry["userspace_packets"] = max(to_sockets, daemon) + from_sockets
    verdict.claim("no media packet was seen by a program's socket",
                  entry["userspace_packets"] == 0,
                  f"{to_sockets} to sockets, {from_sockets} from sockets, {daemon} by srtpd's count")


def judge_encryption(verdict):
    """Is all on the SRTP side encrypted, and with what?"""
    entry = verdict.entry
    tag = wire.TAGS[entry["profile"]]
    found = wire.plain_packets(verdict.srtp, verdict.plain, tag)
    # What a phone says in the clear by itself (baresip does, in RTCP, before its keys
    # and after its goodbye) is not the gateway's doing; it must not get through it.
    own = [p for p, _ in found if p.src == net.PHONE_A and wire.kind(p.data) == "rtcp"]
    plain = [(p, why) for p, why in found if p not in own]
    entry["plain_packets_on_srtp_side"] = len(plain)
    entry["plain_rtcp_of_the_phone"] = len(own)
    verdict.claim("no plain packet on the encrypted side", wire.media(verdict.srtp) and not plain,
                  [(p.src, p.dport, why) for p, why in plain[:5]])
    passed = wire.rtcp_of_no_srtcp(
        [p for p in wire.media(verdict.plain) if p.src == net.GW_INSIDE],
        [p for p in wire.media(verdict.srtp) if p.src == net.PHONE_A and p not in own], tag)
    verdict.claim("RTCP that was sent in the clear is not passed on", not passed, passed[:3])

    control = wire.plain_packets(verdict.plain, verdict.plain, tag)
    verdict.claim("the same look at the plain side finds every packet plain",
                  len(control) == len(wire.media(verdict.plain)) > 0,
                  f"{len(control)} of {len(wire.media(verdict.plain))}")

    chosen = wire.dtls_profiles(verdict.pcap["outside"])
    verdict.claim(f"DTLS agreed on {entry['profile']}", chosen == [entry["profile"]], chosen)
    grown = wire.growth(verdict.srtp, verdict.plain)
    verdict.claim(f"every packet is {tag} octets longer encrypted than plain",
                  set(grown) == {tag}, dict(grown))


def judge_liar(verdict):
    """The call of the phone that signals a fingerprint: its own, or another one."""
    call, entry = verdict.call, verdict.entry
    liar = call.get("liar")
    if not liar:
        return
    tried = {"srtp": len(wire.rtp(verdict.srtp, net.PHONE_A)),
             "plain": len(wire.rtp(verdict.plain, net.PHONE_B))}
    entry["ended"] = " ".join(filter(None, (liar["ended"], liar["reason"])))
    entry["media_packets_passed"] = len(verdict.from_gateway)
    if call["mode"] == "honest":
        verdict.claim("the phone itself ends the call", liar["ended"] == "by us", entry["ended"])
        verdict.claim("media passes both ways", liar["received"] > 100 and
                      len(wire.rtp(verdict.plain, net.GW_INSIDE)) > 100, liar)
        return
    entry["media_packets_tried"] = tried["srtp"] + tried["plain"]
    answered = liar["answer"].split()[1] == "200"
    verdict.claim("the gateway ends the call, and says why",
                  liar["ended"] == "BYE" and "SIP" in liar["reason"] if answered
                  else liar["answer"][8] in "456", entry["ended"])
    if answered:
        verdict.claim("the other phone is told too", any(
            line.startswith("BYE ") and p.dst == net.PHONE_B
            for p, line, _ in wire.sip(verdict.plain)))
        verdict.claim("both phones tried to send media", tried["srtp"] and tried["plain"], tried)
    verdict.claim("not one media packet passed in either direction",
                  not verdict.from_gateway, f"{len(verdict.from_gateway)} passed")
    seen = [verdict.delta(name) for name in ("media_to_sockets", "media_from_sockets",
                                             "media_by_srtpd")]
    verdict.claim("no media packet was seen by a program's socket", not any(seen), seen)
