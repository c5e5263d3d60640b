# SPDX-License-Identifier: GPL-2.0-or-later
"""One cell of the table: a call under one scheme and one adversary, and all that is seen of it."""
import os
import re
import socket
import time

import net
import place
import sipmsg
from ends import End
from forge import Account, Key
from hostile import Deed, Proxies, resent
from mitm import Box
from programs import SCHEMES, Site, key_folder, x5u
from wireman import Wire

HERTZ = {"a": 440, "b": 1010}
ENOUGH = 60             # packets of media, 1.2 s
RINGS = 2               # seconds; ample for a signed request on a slow machine
REPEATS, DELAY = 3, 20  # calls with and without a delay on the links, for the time they take


def pasted(message, donor):
    """With the signature of another message, and its Date, which is signed."""
    return sipmsg.on_top(sipmsg.without(message, "Identity", "Date"),
                         *sipmsg.lines(donor, "Identity", "Date"))


class Cells:
    def __init__(self, root, kernel, out, say):
        self.out, self.say = out, say
        self.site = Site(root, kernel, out)
        self.wire = Wire("wire")
        self.box = Box("wan", place.HOSTILE)
        self.proxies = Proxies("wan", self.box)
        self.mallory = Account("wan", place.HOSTILE, "mallory", "of mallory")
        self.ends = {x: End(f"phone-{x}", place.PHONE[x], place.INSIDE[x], place.URI[x], HERTZ[x],
                            0x1000 + ord(x)) for x in "ab"}
        self.unclean = []

    def begin(self, scheme):
        """The domains' signers are always there: attackers use them, too."""
        self.scheme, self.proxies.signed, self.before = scheme, {}, None
        if SCHEMES[scheme]:
            names = [*place.DOMAIN.values(), *self.signers("a"), *self.signers("b")]
            self.site.start_signers(names + ["sign.example"] * ("auth.example" in names))
            self.say(f"{scheme}: the signers serve")
        self.site.start_gateways(scheme)
        self.say(f"{scheme}: the gateways serve")

    def end(self):
        self._ended(self.site.stop("gw-", "proxy-"))

    def _ended(self, unclean):
        self.unclean += [f"{name} ended with {status}" for name, status in unclean.items()]

    def finish(self):
        for end in self.ends.values():
            end.stop()
        self.proxies.end()
        self.wire.end()
        self._ended(self.site.stop(""))
        self.site.keep_logs()
        return self.unclean

    # ---- signatures ------------------------------------------------------------

    def signers(self, x):
        return SCHEMES[self.scheme]["signers"][x] if SCHEMES[self.scheme] else ()

    def key(self, name):
        return Key(key_folder(name, self.site.pki), x5u(name))

    def domain_signs(self, message, x):
        return self.key(place.DOMAIN[x]).sign(message)

    def signer_signs(self, message, x):
        name = self.signers(x)[0].replace("auth.", "sign.")
        return self.key(name).sign(message)

    def account_signs(self, message, x):
        """First as the user; then as what the account is, for the user's message."""
        at = place.SIGNER[self.signers(x)[0]]
        signed, why = self.mallory.ask(at, message)
        self.proxies.notes.append(f"signer to mallory as {place.NAME[x]}: {why or 'signed'}")
        if signed:
            return pasted(message, signed)
        own = place.MALLORY[x if self.scheme == "classical" else "a"]
        signed, why = self.mallory.ask(at, re.sub(r"^(From: *<)[^>]*", rf"\g<1>{own}", message,
                                                  flags=re.M))
        self.proxies.notes.append(f"signer to mallory as himself: {why or 'signed'}")
        return pasted(message, signed) if signed else None

    # ---- what is tried ---------------------------------------------------------

    def deed(self, adversary):
        """What the proxies do, for adversaries that have them."""
        signed = self.proxies.signed
        before = dict(signed)           # as it is before this call
        classical = self.scheme == "classical"
        return {
            "callee-proxy-answers": Deed(answers=True, sign=self.domain_signs),
            "proxies-collude": Deed(sign=self.domain_signs if classical else None),
            "own-certificate": Deed(sign=self.domain_signs),
            "strips-identity": Deed(sign=lambda m, x: sipmsg.without(m, "Identity")),
            "offers-plain-rtp": Deed(plain=True, sign=lambda m, x: sipmsg.without(m, "Identity")),
            "own-account": Deed(sign=self.account_signs),
            "authenticator-lies": Deed(sign=self.account_signs),
            "signer-lies": Deed(sign=self.signer_signs),
            "replays-invite": Deed(swap=False), "moves-token": Deed(swap=False),
            "replays-update": Deed(answers=True, sdp=sipmsg.body(before.get("UPDATE", "")),
                                   sign=lambda m, x: pasted(m, before["UPDATE"])),
            "pastes-token": Deed(sign=lambda m, x: pasted(m, before["INVITE"])),
            "reverses-token": Deed(answers=True, sign=lambda m, x: pasted(m, signed["INVITE"])),
        }.get(adversary)

    def one(self, scheme, adversary):
        cell = {"scheme": scheme, "adversary": adversary, "error": None}
        self.adversary = adversary
        try:
            self.ends["b"].rings = RINGS if adversary == "nobody-it-rings" else 0
            if adversary in ("nobody", "nobody-it-rings", "set-up-time") or adversary.startswith("wire-"):
                self._honest_proxies()
            else:
                self._ended(self.site.stop("proxy-"))
            {"set-up-time": self._set_up_time, "replays-invite": self._replays_invite,
             "moves-token": self._moves_token}.get(adversary, self._attacked)(cell)
        except net.DemoError as error:
            cell["error"] = str(error)
            if self.ends["a"].final.startswith("SIP/2.0 200"):
                self.ends["a"].hang_up()
        finally:
            self.wire.end()
            self.proxies.end()
            for end in self.ends.values():
                end.peer = None
        self.say(f"{scheme}: {adversary}: {cell['error'] or 'done'}")
        return cell

    def _honest_proxies(self):
        if "proxy-a" not in self.site.running:
            self.site.start_proxies()
            register("b")

    def _attacked(self, cell):
        if self.adversary == "pastes-token":
            self._other_call(place.ROBERT, Deed(withhold=True))
        elif self.adversary in ("replays-update",) and "UPDATE" not in self.proxies.signed:
            raise net.DemoError("there is no UPDATE to replay")
        lies = self.adversary == "authenticator-lies"
        if lies:
            self._claims("claim")
        try:
            self._observed(cell, self._call)
        finally:
            if lies:
                self._claims("unclaim")

    def _claims(self, what):
        """S-1 is made to believe that mallory is either user."""
        for x in "ab":
            self.site.user(self.signers(x)[0], what, "mallory", place.URI[x])

    def _other_call(self, uri, deed):
        """A call before the one that is looked at."""
        self.before = None
        self.proxies.begin(deed)
        self.ends["a"].call(uri)
        net.wait_for(lambda: self.ends["a"].final, 15, "the answer to the call before")
        self.proxies.end()

    # ---- what is seen ----------------------------------------------------------

    def _observed(self, cell, play):
        a, b = self.ends["a"], self.ends["b"]
        for end in (a, b):
            end.reset()
        marks = {x: len(self.site.log_text(f"gw-{x}")) for x in "ab"}
        cell["before"] = self.before or self.site.at_rest()
        self.before = None
        deed = self.deed(self.adversary)
        if self.adversary.startswith("wire-"):
            self.wire.begin(self.adversary.split("-")[1])
        elif deed:
            self.proxies.begin(deed)
        try:
            cell["begin"] = time.time()
            play(cell)
            if a.peer:
                cell["calls"] = {x: self.site.calls(x) for x in "ab"}
                cell["sessions"] = {x: self.site.show(x, "sessions")["sessions"] for x in "ab"}
                a.peer = b.peer = None
                time.sleep(0.3)         # what is on its way
                a.hang_up()
            net.wait_for(self.site.idle, 20, "the call to end")
        finally:
            cell["end"] = time.time()
            cell["after"] = self.before = self.site.at_rest()
            cell["put_in"] = self.wire.put_in if self.wire.thread else 0
            cell["proxies"] = {"notes": self.proxies.notes, "seen": [
                m.split("\r\n")[0] for m in self.proxies.seen]} if deed else None
            cell["box"] = {"fingerprint": self.box.fingerprint, "media": {
                x: leg.media for x, leg in self.box.legs.items()}} if deed else None
            for x in "ab" if deed else "":
                self._keep(cell, f"attacker-{x}", self.box.heard(x))
            cell["logs"] = {x: self.site.log_text(f"gw-{x}")[marks[x]:].splitlines() for x in "ab"}
            cell["certificates"] = {x: re.findall(
                r'certificate made=.*sha_256="([0-9A-F:]+)"', self.site.log_text(f"gw-{x}"))[-1]
                for x in "ab"}
            cell["ends"] = {x: self._end(cell, x, end) for x, end in self.ends.items()}

    def _end(self, cell, x, end):
        others = set(self.ends[place.OTHER[x]].sent)
        self._keep(cell, f"{place.NAME[x]}-hears", b"".join(p[12:] for p in end.heard))
        return {"final": end.final, "ended": end.ended, "rang": end.invited, "sent": len(end.sent),
                "heard": len(end.heard), "dialled": end.dialled, "answered": end.answered,
                "first": end.first,
                "foreign": len([p for p in end.heard if p not in others]),
                "twice": len(end.heard) - len(set(end.heard))}

    def _keep(self, cell, who, octets):
        if octets:
            name = f"{cell['scheme']}-{cell['adversary']}-{who}.alaw"
            with open(os.path.join(self.out, name), "wb") as file:
                file.write(octets)
            cell.setdefault("recordings", {})[who] = name

    def _call(self, cell):
        a, b = self.ends["a"], self.ends["b"]
        deed = self.deed(self.adversary)
        a.call(place.URI["b"])
        alone = deed and deed.answers
        net.wait_for(lambda: a.ended or (a.final and not a.peer) or
                     min(len(a.heard), len(self.box.legs["a"].heard if alone else b.heard)) > ENOUGH,
                     20, "media, or the call's end")

    # ---- cells that are more than a call ---------------------------------------

    def _replays_invite(self, cell):
        """An honest call by way of the proxies, and then its INVITE once more."""
        a, b = self.ends["a"], self.ends["b"]
        b.reset()
        self.before = None
        self.proxies.begin(Deed(swap=False))
        a.call(place.URI["b"])
        net.wait_for(lambda: a.ended or (a.final and not a.peer) or
                     min(len(a.heard), len(b.heard)) > 5, 20, "the call that is replayed")
        a.hang_up()
        net.wait_for(self.site.idle, 20, "the call that is replayed to end")
        self.proxies.end()
        self._observed(cell, self._again)

    def _moves_token(self, cell):
        """A call that never arrives; what was signed for it becomes another one."""
        self._other_call(place.URI["b"], Deed(withhold=True))
        self._observed(cell, self._again)

    def _again(self, _cell):
        """As it was, and as a request of another dialog; with the caller's fingerprint, which
        is signed, and media to the attackers' box."""
        for moved in (False, True) if self.adversary == "replays-invite" else (True,):
            self._resend(resent(self.proxies.signed["INVITE"], moved))

    def _resend(self, request):
        leg, asked = self.box.legs["b"], len(self.proxies.seen)
        fingerprint = sipmsg.fingerprints(sipmsg.body(request))[0][1]
        request = sipmsg.with_body(request, sipmsg.pointed(
            sipmsg.body(request), place.HOSTILE, leg.port, fingerprint))
        sock = self.proxies.socks["b"]
        sock.sendto(request.encode(), (place.OUTSIDE["b"], 5060))
        final = net.wait_for(lambda: next(
            (m for m in self.proxies.seen[asked:] if re.match(r"SIP/2.0 [2-6]", m)), None), 15, "an answer")
        self.proxies.notes.append(f"{place.NAME['b']}'s gateway: {final.splitlines()[0][8:]}")
        sock.sendto(sipmsg.ack_of(request, final).encode(), (place.OUTSIDE["b"], 5060))

    def _set_up_time(self, cell):
        """Calls from dialling to media, with and without a delay on the gateways' links."""
        a, b = self.ends["a"], self.ends["b"]
        cell["took"], self.before = {}, None
        for delay in (0, DELAY):
            if delay:
                place.delay(delay)
            try:
                cell["took"][delay] = []
                for _ in range(REPEATS):
                    b.reset()
                    a.call(place.URI["b"])
                    net.wait_for(lambda: a.ended or min(len(a.heard), len(b.heard)) > 3, 20, "media")
                    if a.ended:
                        raise net.DemoError("the call was ended")
                    cell["took"][delay].append({
                        "answer_ms": 1000 * (a.answered - a.dialled),
                        "media_ms": 1000 * (max(a.first, b.first) - a.dialled)})
                    a.hang_up()
                    net.wait_for(self.site.idle, 20, "the call to end")
            finally:
                if delay:
                    place.delay(0)


def register(x):
    """The contact of a user's gateway, at the domain's registrar."""
    user = place.URI[x].split(":")[1]
    with net.inside(f"gw-{x}"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(20)
        sock.bind((place.OUTSIDE[x], 5090))
        sock.sendto("\r\n".join((
            f"REGISTER sip:{place.DOMAIN[x]} SIP/2.0",
            f"Via: SIP/2.0/UDP {place.OUTSIDE[x]}:5090;branch=z9hG4bK{os.urandom(4).hex()}",
            "Max-Forwards: 70", f"From: <sip:{user}>;tag=r", f"To: <sip:{user}>",
            f"Call-ID: {os.urandom(4).hex()}", "CSeq: 1 REGISTER",
            f"Contact: <sip:{user.split('@')[0]}@{place.OUTSIDE[x]}:5060>", "Expires: 3600",
            "Content-Length: 0", "", "")).encode(), (place.PROXY[x], 5060))
        answer = sock.recv(65536).decode()
        if not answer.startswith("SIP/2.0 200 "):
            raise net.DemoError(f"the callee's gateway is not registered: {answer}")
