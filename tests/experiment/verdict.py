# SPDX-License-Identifier: GPL-2.0-or-later
"""What came of a cell, from what the guest wrote down; nothing here asks what was meant.

Evidence is independent of the attacker's own account wherever there is any: the gateways'
logs of whose certificate media was opened to, the kernels' packet counters, iptables'
witnesses, the captures, and recordings on all sides.
"""
import collections
import os
import re

import g711
import place
import plan
import sipmsg
import tone
import wire

HERTZ = {"a": 440, "b": 1010}
RECORDED = 50 * 160     # A-law octets of a second, of which a pitch can be told


def hertz(path):
    """The strongest frequency of a recording's last second and a half; 0 when it is too short."""
    try:
        with open(path, "rb") as file:
            octets = file.read()
    except OSError:
        return 0.0
    return float(tone.pitch(g711.decode(octets[-12000:]))) if len(octets) >= RECORDED else 0.0


class Links:
    """The captures of one scheme, read once."""

    def __init__(self, folder, scheme):
        self.packets = {link: wire.read_pcap(os.path.join(folder, f"{scheme}-{link}.pcap"))
                        for link in ("to-a", "to-b", "lo")}

    def sip(self, begin, end):
        """(messages, repeated ones, octets) between the gateways, the end of the call apart."""
        messages, again, octets, methods, steps = 0, 0, 0, collections.Counter(), []
        for link, packets in self.packets.items():
            seen = set()
            for p, line, headers in wire.sip([p for p in packets if begin <= p.time <= end]):
                cseq = headers.get("cseq", "")
                if cseq.endswith(("BYE", "REGISTER")):
                    continue
                if (p.src, p.dst, p.data) in seen:
                    again += 1
                    continue
                seen.add((p.src, p.dst, p.data))
                messages, octets = messages + 1, octets + len(p.data)
                name = line.split(" ")[0 if not line.startswith("SIP/2.0") else 1]
                name = name if name.isalpha() else f"{name} {cseq.split(' ')[-1]}"
                methods[name] += 1
                if link == "to-a" and name not in steps:
                    steps.append(name)
        return {"messages": messages, "repeated": again, "octets": octets,
                "kinds": dict(sorted(methods.items())), "steps": steps}

    def media(self, x, begin, end):
        """RTP packets that gateway x sent, on its own link."""
        return [p for p in wire.media([p for p in self.packets[f"to-{x}"]
                                       if begin <= p.time <= end])
                if p.src == place.OUTSIDE[x] and wire.kind(p.data) == "rtp"]


class Verdict:
    def __init__(self, cell, folder, links):
        self.cell, self.folder, self.wrong = cell, folder, []
        self.scheme, self.adversary = cell["scheme"], cell["adversary"]
        self.expected = plan.expected(self.scheme, self.adversary)
        self.record = {"scheme": self.scheme, "adversary": self.adversary,
                       "expected": self.expected, "observed": "failed", "deceived": [],
                       "media_packets": None, "attacker_heard_tone": None, "told": {},
                       "setup_ms": None, "messages": None}
        if "ends" not in cell:
            self.claim(False, f"the cell was played: {cell['error']}")
            return
        self.claim(not cell["error"], f"the cell was played to its end: {cell['error']}")
        self.ends = cell["ends"]
        sip = links.sip(cell["begin"], cell["end"])
        self.sent = {x: links.media(x, cell["begin"], cell["end"]) for x in "ab"}
        self.kernel = {x: self._grown(x) for x in "ab"}
        self.record.update(
            deceived=self._deceived(),
            media_packets=sum(k["tx_packets"] for k in self.kernel.values()),
            attacker_heard_tone=bool(self._attacker()), attacker_heard=self._attacker(),
            told=self._told(), setup_ms=self._set_up(), messages=sip["messages"], sip=sip,
            heard={place.NAME[x]: e["heard"] for x, e in self.ends.items()},
            dropped={k: n for k, n in self._drops().items() if n},
            refused_by=self._refusals(), notes=(cell["proxies"] or {}).get("notes", []))
        self.record["observed"] = self._observed()
        self._evidence()
        self.claim(self.record["observed"] == self.expected,
                   f"{self.expected} was expected, not {self.record['observed']}")

    def claim(self, holds, text):
        if not holds:
            self.wrong.append(text)

    # ---- what the evidence says ------------------------------------------------

    def _grown(self, x):
        """The kernel's counters of this call."""
        before, after = (self.cell[when][x]["kernel"] for when in ("before", "after"))
        grown = {k: after[k] - before[k] for k in ("rx_packets", "tx_packets")}
        grown["drops"] = {k: n - before["drops"][k] for k, n in after["drops"].items()}
        return grown

    def _drops(self):
        drops = collections.Counter()
        for kernel in self.kernel.values():
            drops.update(kernel["drops"])
        return drops

    def _opened_to(self, x):
        """Certificates that gateway x opened media to, on the side that is encrypted."""
        return [found.group(1) for found in (
            re.search(r'media leg open .*far_end_sha_256="([0-9A-F:]+)"', line)
            for line in self.cell["logs"][x]) if found]

    def _deceived(self):
        """Whose gateway believes in another certificate than the other gateway's, with media
        open to it; and a callee who rings although his caller has not called."""
        return [place.NAME[x] for x in "ab"
                if any(f != self.cell["certificates"][place.OTHER[x]] for f in self._opened_to(x))
                or (x == "b" and self.ends["b"]["rang"] and not self.ends["a"]["dialled"])]

    def _recording(self, who):
        name = self.cell.get("recordings", {}).get(who)
        return hertz(os.path.join(self.folder, name)) if name else 0.0

    def _attacker(self):
        """Whose tone the attacker has decrypted and recorded."""
        return [place.NAME[x] for x in "ab"
                if abs(self._recording(f"attacker-{x}") - HERTZ[x]) < 2]

    def _told(self):
        told = {}
        for x, end in self.ends.items():
            words = []
            if end["final"] and not end["final"].startswith("SIP/2.0 200"):
                words.append(end["final"].split("\r\n")[0][8:])
                warning = sipmsg.header(end["final"], "Warning")
                words += re.findall(r'"(.*)"', warning)
            if end["ended"]:
                words.append(f"BYE {sipmsg.header(end['ended'], 'Reason')}".strip())
            told[place.NAME[x]] = ": ".join(words)
        return told

    def _refusals(self):
        """What the gateways' own logs say was refused, and why."""
        found = []
        for x in "ab":
            for line in self.cell["logs"][x]:
                match = re.search(r'trust: request refused .*check="(\w+)" why="((?:[^"\\]|\\.)*)" code=(\d+) '
                                  r'method="(\w+)"', line)
                if match and (f"gateway of {place.NAME[x]}", *match.groups()) not in found:
                    found.append((f"gateway of {place.NAME[x]}", *match.groups()))
        return [" ".join((who, "refused", method, "with", code, f"({check}: {why})"))
                for who, check, why, code, method in found]

    def _set_up(self):
        a, b = self.ends["a"], self.ends["b"]
        if not (a["dialled"] and a["first"]) or self.record["deceived"] == ["alice"]:
            return None
        return round(1000 * (max(a["first"], b["first"] or 0) - a["dialled"]), 1)

    def _observed(self):
        """The outcome, in the words of the plan."""
        record, ends = self.record, self.ends
        if record["deceived"] == ["alice"] and "alice" in record["attacker_heard"]:
            return plan.ALICE
        if len(record["deceived"]) == 2 and len(record["attacker_heard"]) == 2:
            return plan.BOTH
        if record["deceived"] or record["attacker_heard"]:
            return f"deceived: {record['deceived']}, attacker heard: {record['attacker_heard']}"
        if not record["media_packets"] and not any(e["heard"] for e in ends.values()) \
                and not any(self.sent.values()):
            return plan.REFUSED
        if all(self._opened_to(x) for x in "ab") and not any(
                e["foreign"] or e["twice"] for e in ends.values()) and min(
                    e["heard"] for e in ends.values()) * 160 >= RECORDED:
            drops = self._drops()
            if self.cell["put_in"] and drops["replay"] + drops["auth"] + drops["old"] > 0:
                return plan.LOST
            return plan.CALL
        return "some media"

    # ---- what has to hold beside it --------------------------------------------

    def _evidence(self):
        record, scheme = self.record, self.scheme
        user = sum(self.cell["after"][x]["witnesses"] - self.cell["before"][x]["witnesses"]
                   for x in "ab")
        self.claim(user == 0, f"{user} media packets passed through a program of a gateway")
        plain = sum(wire.sounds_like_a_tone(wire.payload(p.data))
                    for packets in self.sent.values() for p in packets
                    if self.adversary != "wire-injects-media")
        self.claim(plain == 0, f"{plain} packets can be heard on the wire")
        for x, end in self.ends.items():
            out = self.kernel[x]["tx_packets"]
            seen = len(self.sent[x]) + end["heard"]
            if x == "b" and self.adversary in ("wire-replays-media", "wire-injects-media"):
                continue        # its link shows what the attacker made of it
            self.claim(out == seen, f"gateway {x}: kernel sent {out} packets, {seen} were seen")
        if record["observed"] in (plan.CALL, plan.LOST):
            for x in "ab":
                pitch = self._recording(f"{place.NAME[x]}-hears")
                self.claim(abs(pitch - HERTZ[place.OTHER[x]]) < 2, f"{x} hears {pitch} Hz")
        if record["observed"] in (plan.CALL, plan.LOST, plan.BOTH, plan.ALICE) and scheme != "none":
            for x in "ab" if record["observed"] != plan.ALICE else "a":
                self.claim([c["identity"] for c in self.cell["calls"][x]] == ["verified"],
                           f"gateway {x} takes the other end for verified")
                marks = {(s["state"], s["verified"]) for s in self.cell["sessions"][x]
                         if s["tx"] and s["tx"]["profile"] != "none"}
                self.claim(marks == {("open", True)}, f"gateway {x}: sessions {marks}")
        if scheme in plan.OURS and self.adversary in ("nobody", "nobody-it-rings"):
            steps = record["sip"]["steps"]
            self.claim((steps.index("UPDATE") < steps.index("200 INVITE")) ==
                       (self.adversary != "nobody"),
                       "the callee is verified while his phone rings, and only then")
        if record["observed"] == plan.LOST:
            self.claim(self._drops()["replay"] + self._drops()["auth"] >= 50,
                       "the kernel counted what it dropped")
