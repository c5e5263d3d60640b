# SPDX-License-Identifier: GPL-2.0-or-later
"""Both domains' proxies, in the hands of one attacker.

They take the very addresses of the honest ones. They see and may change all signalling
between the signers and the gateways, and have a box for media (mitm.py). What they do to
a call is a Deed; what they may use for it, keys and accounts, they are given.
"""
import os
import re
import select
import socket
import threading

import net
import sipmsg
from place import DOMAIN, OTHER, OUTSIDE, PROXY, URI


class Deed:
    """`swap`: put the box into the middle of the media, in requests and answers.
    `sign(message, side)`: what becomes of a swapped request of that side's user; returns the
    message, with another signature or without, or None when there is nothing to go on with.
    `answers`: the callee is never asked, the proxy answers as if it were he.
    `sdp`: with that description, but media that ends at the box.
    `plain`: the description becomes one of plain RTP. `withhold`: the call goes nowhere."""

    def __init__(self, swap=True, sign=None, answers=False, sdp=None, plain=False,
                 withhold=False):
        self.swap, self.sign, self.answers = swap, sign, answers
        self.sdp, self.plain, self.withhold = sdp, plain, withhold


class Proxies:
    def __init__(self, ns, box):
        self.ns, self.box = ns, box
        self.thread = None
        self.signed = {}        # the last signed message that came by, by method

    def begin(self, deed):
        """Between the ends from now on."""
        self.deed, self.seen, self.notes, self.done = deed, [], [], {}
        self.call = None
        self.box.begin(speaks=deed.answers)
        with net.inside(self.ns):
            self.socks = {x: socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for x in "ab"}
            for x, sock in self.socks.items():
                sock.bind((PROXY[x], 5060))
        self.stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def end(self):
        if not self.thread:
            return
        self.stopping = True
        self.thread.join(10)
        self.thread = None
        for sock in self.socks.values():
            sock.close()
        self.box.end()

    def _run(self):
        sides = {sock: x for x, sock in self.socks.items()}
        while not self.stopping:
            for sock in select.select(list(sides), [], [], 0.2)[0]:
                octets, source = sock.recvfrom(65536)
                message = octets.decode("utf-8", "replace")
                self.seen.append(message)
                try:
                    if message.startswith("SIP/2.0 "):
                        self._response(message, sock)
                    else:
                        self._request(message, sock, source, sides[sock])
                except (AttributeError, IndexError, KeyError, OSError, net.DemoError) as error:
                    self.notes.append(f"proxy: {error!r} at {message.splitlines()[0]}")

    # ---- requests --------------------------------------------------------------

    def _request(self, message, sock, source, x):
        method, uri = message.split(" ")[:2]
        again = (method, sipmsg.header(message, "CSeq"), sipmsg.lines(message, "Via")[0])
        if again in self.done:
            for octets, where in self.done[again]:
                sock.sendto(octets, where)
            return
        self.done[again] = sent = []

        def send(text, where):
            sent.append((text.encode(), where))
            sock.sendto(text.encode(), where)
        if method == "INVITE":
            send(sipmsg.answer(message, "100 Trying"), source)
        if "\r\nIdentity:" in message:
            self.signed[method] = message
        if self.deed.answers:
            self._as_callee(method, message, send, source)
            return
        if self.deed.withhold:
            if method == "INVITE":
                send(sipmsg.answer(message, "486 Busy Here", tag="w"), source)
            return
        host = re.match(r"sips?:(?:[^@]*@)?([^;:?>]+)", uri).group(1)
        target = {DOMAIN[y]: OUTSIDE[y] for y in "ab"}.get(host, host)
        to = "a" if target == OUTSIDE["a"] else "b"
        onward = self._forwarded(message, x, source)
        if sipmsg.body(message) and self.deed.swap:
            onward = self._tampered(onward, OTHER[to], to)
        if onward:
            send(onward, (target, 5060))
        else:
            send(sipmsg.answer(message, "480 Cannot Be Signed", tag="n"), source)

    def _forwarded(self, message, x, source):
        """Our own Route off, our Via and Record-Route on."""
        own = rf"<sip:{re.escape(PROXY[x])}(:5060)?;lr>"
        message = re.sub(rf"^Route: *{own}\r\n", "", message, count=1, flags=re.M)
        message = re.sub(rf"^Route: *{own}, *", "Route: ", message, count=1, flags=re.M)
        branch = re.search(r"branch=([^;,\s]+)", message).group(1)
        return sipmsg.on_top(
            message,
            f"Via: SIP/2.0/UDP {PROXY[x]}:5060;branch={branch}x{source[0].replace('.', 'x')}",
            f"Record-Route: <sip:{PROXY[x]};lr>")

    def _tampered(self, message, by, to):
        """A request with SDP of the user of side `by`, as side `to` is to see it."""
        leg = self.box.legs[by]
        leg.remote = sipmsg.media_of(message)
        message = self._swapped(message, to)
        if self.deed.plain:
            message = sipmsg.with_body(message, sipmsg.as_plain_rtp(sipmsg.body(message)))
        return self.deed.sign(message, by) if self.deed.sign else message

    def _swapped(self, message, to):
        leg = self.box.legs[to]
        return sipmsg.with_body(message, sipmsg.pointed(
            sipmsg.body(message), self.box.address, leg.port, self.box.fingerprint))

    # ---- responses -------------------------------------------------------------

    def _response(self, message, sock):
        if self.deed.answers:
            return
        to = "a" if sipmsg.uri(sipmsg.header(message, "From")) == URI["a"] else "b"
        message = re.sub(r"^Via:.*?\r\n", "", message, count=1, flags=re.M)
        if sipmsg.body(message) and self.deed.swap and not self.deed.plain:
            by = OTHER[to]
            leg, other = self.box.legs[by], self.box.legs[to]
            # Who answers "active" begins the handshake with us, and we with the other.
            active = sipmsg.setup_of(message) == "active"
            leg.start(sipmsg.media_of(message), not active)
            other.start(other.remote, active)
            message = self._swapped(message, to)
        via = re.search(r"^Via:\s*SIP/2.0/UDP ([^;:\s]+)(?::(\d+))?([^\r,]*)", message, re.M)
        if not via:
            return              # to a request of our own
        port = re.search(r"rport=(\d+)", via.group(3))
        host = re.search(r"received=([^;\s]+)", via.group(3))
        sock.sendto(message.encode(), (host.group(1) if host else via.group(1),
                                       int(port.group(1) if port else via.group(2) or 5060)))

    # ---- in the callee's place -------------------------------------------------

    def _as_callee(self, method, message, send, source):
        leg = self.box.legs["a"]
        contact = f"Contact: <sip:bob@{PROXY['b']}:5060>"
        if method == "INVITE":
            self.call, self.tag = message, os.urandom(4).hex()
            sdp = self.deed.sdp or sipmsg.body(message)
            fingerprint = sipmsg.fingerprints(sdp)[0][1] if self.deed.sdp else self.box.fingerprint
            sdp = sipmsg.pointed(sdp, self.box.address, leg.port, fingerprint)
            self.sdp = re.sub(r"^a=setup:\w+", "a=setup:active", sdp, flags=re.M)
            leg.start(sipmsg.media_of(message), True)
            send(sipmsg.answer(message, "200 OK", contact,
                               "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE",
                               "Supported: from-change", tag=self.tag, sdp=self.sdp), source)
        elif method == "ACK" and self.call:
            self._update(contact)
        elif method != "ACK":
            send(sipmsg.answer(message, "200 OK"), source)

    def _update(self, contact):
        """The UPDATE that is to prove who answered."""
        call, self.call = self.call, None
        target = sipmsg.uri(sipmsg.header(call, "Contact"))
        update = "\r\n".join([
            f"UPDATE {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {PROXY['b']}:5060;branch=z9hG4bK{os.urandom(6).hex()}",
            "Max-Forwards: 70", f"From: {sipmsg.header(call, 'To')};tag={self.tag}",
            f"To: {sipmsg.header(call, 'From')}", *sipmsg.lines(call, "Call-ID"),
            "CSeq: 1 UPDATE", contact, "Content-Type: application/sdp", "", ""])
        update = sipmsg.with_body(update, self.sdp)
        update = self.deed.sign(update, "b") if self.deed.sign else update
        if update:
            self.socks["b"].sendto(update.encode(), (OUTSIDE["a"], 5060))


def resent(message, moved):
    """A signed INVITE of before, sent anew; `moved` into another dialog."""
    mark = os.urandom(4).hex()
    message = sipmsg.without(message, "Via", "Record-Route", "Route")
    if moved:
        message = re.sub(r"^(Call-ID: *)", rf"\g<1>{mark}", message, flags=re.M)
        message = re.sub(r"^(From:.*tag=)", rf"\g<1>{mark}", message, flags=re.M)
    return sipmsg.on_top(message, f"Via: SIP/2.0/UDP {PROXY['b']}:5060;branch=z9hG4bK{mark}",
                         f"Record-Route: <sip:{PROXY['b']};lr>")
