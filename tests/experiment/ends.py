# SPDX-License-Identifier: GPL-2.0-or-later
"""The ends of a call: plain SIP and RTP over UDP, one tone each; and what they saw."""
import math
import os
import select
import socket
import struct
import threading
import time

import g711
import net
import tone
from sipmsg import answer, header, media_of, uri

PACKET = 160            # samples, 20 ms


class End:
    """A phone at `addr` in `ns`, behind the gateway `gw`, whose user is `name`."""
    RTP = 10000

    def __init__(self, ns, addr, gw, name, hertz, ssrc):
        self.addr, self.gw, self.name, self.ssrc = addr, (gw, 5060), name, ssrc
        with net.inside(ns):
            self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.sip.bind((addr, 5060))
            self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.rtp.bind((addr, self.RTP))
        self.wave = g711.encode([math.sin(2 * math.pi * hertz * n / tone.RATE) / 2
                                 for n in range(tone.RATE)])
        self.seq = 1
        self.rings = 0          # seconds before it answers
        self.reset()
        self.stopping = False
        self.threads = [threading.Thread(target=work, daemon=True)
                        for work in (self._signal, self._talk)]
        for thread in self.threads:
            thread.start()

    def reset(self):
        """Forgets the last call."""
        self.peer = None
        self.final = self.invite = self.ended = ""
        self.sent, self.heard, self.invited = [], [], 0
        self.dialled = self.answered = self.first = None        # when

    # ---- signalling ------------------------------------------------------------

    def _sdp(self):
        return (f"v=0\r\no=- 1 1 IN IP4 {self.addr}\r\ns=-\r\nc=IN IP4 {self.addr}\r\nt=0 0\r\n"
                f"m=audio {self.RTP} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n")

    def _send(self, lines, body=""):
        if body:
            lines = [*lines, "Content-Type: application/sdp"]
        self.sip.sendto("\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode(),
                        self.gw)

    def _request(self, method, target, to, cseq, sender, branch=None):
        return [f"{method} {target} SIP/2.0",
                f"Via: SIP/2.0/UDP {self.addr}:5060;branch={branch or 'z9hG4bK' + os.urandom(6).hex()}",
                "Max-Forwards: 70", f"From: {sender}", f"To: {to}", f"Call-ID: {self.call_id}",
                f"CSeq: {cseq} {method}", f"Contact: <sip:{self.addr}:5060>"]

    def call(self, target):
        self.reset()
        self.call_id, self.target = os.urandom(8).hex(), target
        self.dialled = time.time()
        self.me, self.branch = f"<{self.name}>;tag={os.urandom(4).hex()}", "z9hG4bK" + os.urandom(6).hex()
        self._send(self._request("INVITE", target, f"<{target}>", 1, self.me, self.branch), self._sdp())

    def hang_up(self):
        """Only of a call that this end placed."""
        self.peer = None
        self._send(self._request("BYE", self.remote, header(self.final, "To"), 2, self.me))

    def _signal(self):
        while not self.stopping:
            if select.select([self.sip], [], [], 0.2)[0]:
                message = self.sip.recv(65536).decode("utf-8", "replace")
                if message.startswith("SIP/2.0 "):
                    self._response(message)
                else:
                    self._asked(message)

    def _response(self, message):
        code = int(message[8:11])
        if code < 200 or not header(message, "CSeq").endswith("INVITE"):
            return
        to = header(message, "To")
        if code < 300:
            self.remote = uri(header(message, "Contact"))
            self._send(self._request("ACK", self.remote, to, 1, self.me))
        else:
            self._send(self._request("ACK", self.target, to, 1, self.me, self.branch))
        if not self.final:
            # In this order: who sees an answer may ask for the peer.
            if code < 300:
                self.peer = media_of(message)
            self.final, self.answered = message, time.time()

    def _reply(self, message, *more, sdp=""):
        self.sip.sendto(answer(message, "200 OK", *more, tag=f"{self.ssrc:x}", sdp=sdp).encode(), self.gw)

    def _asked(self, message):
        method = message.split(" ", 1)[0]
        if method == "ACK":
            return
        if method == "INVITE":
            if self.invite != header(message, "Call-ID"):
                self.reset()
                self.invite = header(message, "Call-ID")
                self.invited += 1
                if self.rings:
                    self.sip.sendto(answer(message, "180 Ringing", f"Contact: <sip:{self.addr}:5060>",
                                           tag=f"{self.ssrc:x}").encode(), self.gw)
                    time.sleep(self.rings)
            self._reply(message, f"Contact: <sip:{self.addr}:5060>", sdp=self._sdp())
            self.peer = media_of(message)
            return
        if method == "BYE":
            self.peer, self.ended = None, message
        self._reply(message)

    # ---- media -----------------------------------------------------------------

    def _talk(self):
        """A packet each 20 ms while there is somebody to send to; what comes is kept."""
        due, at = time.monotonic(), 0
        while not self.stopping:
            while select.select([self.rtp], [], [], max(due - time.monotonic(), 0))[0]:
                self.heard.append(self.rtp.recv(2048))
                self.first = self.first or time.time()
            due = max(due + 0.02, time.monotonic() - 0.1)
            peer = self.peer
            if not peer:
                continue
            packet = struct.pack("!BBHII", 0x80, 8, self.seq & 0xffff, at & 0xffffffff, self.ssrc) \
                + self.wave[at % 8000:at % 8000 + PACKET]
            self.sent.append(packet)
            self.rtp.sendto(packet, peer)
            self.seq, at = self.seq + 1, at + PACKET

    def stop(self):
        self.stopping = True
        for thread in self.threads:
            thread.join(5)
