# SPDX-License-Identifier: GPL-2.0-or-later
"""A SIP peer that writes and reads messages as octets: nothing is hidden from the test."""

import hashlib
import re
import socket
import ssl
import time

DEADLINE = 10


class Message:
    def __init__(self, octets):
        self.octets = octets
        head, _, self.body = octets.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.start = lines[0]
        self.lines = lines[1:]
        self.code = int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0
        self.method = self.start.split()[0] if not self.code else self.first("CSeq").split()[1]

    def all(self, name):
        return [line.split(":", 1)[1].strip() for line in self.lines
                if line.split(":", 1)[0].lower() == name.lower()]

    def first(self, name):
        return (self.all(name) or [""])[0]

    def has(self, line):
        return line in self.lines


class Peer:
    """One socket: UDP, or a connection by TCP or TLS."""

    serial = 0

    def __init__(self, ip, port=0, to=None, tls=None):
        self.ip = ip
        self.stream = to is not None
        self.buffer = b""
        self.transport = "UDP" if not self.stream else "TLS" if tls else "TCP"
        kind = socket.SOCK_STREAM if self.stream else socket.SOCK_DGRAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((ip, port))
        self.socket.settimeout(DEADLINE)
        if self.stream:
            self.socket.connect(to)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="example.com")
        self.port = self.socket.getsockname()[1]
        self.remote = to

    @classmethod
    def accepted(cls, listener):
        """The far end of a connection that somebody made to us."""
        peer = cls.__new__(cls)
        peer.socket, peer.remote = listener.accept()
        peer.stream, peer.buffer, peer.transport = True, b"", "TCP"
        peer.ip, peer.port = peer.socket.getsockname()
        return peer

    def close(self):
        self.socket.close()

    def send(self, octets, to=None):
        if isinstance(octets, str):
            octets = octets.encode("latin-1")
        if self.stream:
            self.socket.sendall(octets)
        else:
            self.socket.sendto(octets, to)

    def receive(self, wanted=None, seconds=DEADLINE):
        """The next message, or the next that is a method or code; None when none comes."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self.socket.settimeout(max(0.01, limit - time.monotonic()))
            try:
                message = self.one()
            except (socket.timeout, ssl.SSLWantReadError):
                return None
            if message is None:
                return None
            if wanted is None or wanted in (message.code, message.method if not message.code else 0):
                return message
        return None

    def one(self):
        if not self.stream:
            octets, self.remote = self.socket.recvfrom(65536)
            return Message(octets)
        while True:
            head, mark, rest = self.buffer.partition(b"\r\n\r\n")
            if mark:
                length = int(re.search(rb"(?im)^Content-Length *: *(\d+)", head).group(1))
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    return Message(head + mark + rest[:length])
            octets = self.socket.recv(65536)
            if not octets:
                return None
            self.buffer += octets

    def request(self, method, uri, user="alice", to=None, more=(), body="", call_id=None,
                cseq=1, tag="", branch=None):
        Peer.serial += 1
        self.branch = branch or f"z9hG4bK-{self.port}-{Peer.serial}"
        self.call_id = call_id or f"call-{self.port}-{Peer.serial}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{self.transport} {self.ip}:{self.port};branch={self.branch};rport",
            "Max-Forwards: 70",
            f"From: <sip:{user}@example.com>;tag=f{self.port}",
            f"To: <{to or uri}>{tag}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            *more,
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def answer(self, request, code, reason="Whatever", more=(), body="", tag="callee"):
        """To a request that was received, by the way it came."""
        lines = [f"SIP/2.0 {code} {reason}"]
        for line in request.lines:
            name = line.split(":", 1)[0].lower()
            if name in ("via", "from", "call-id", "cseq", "record-route"):
                lines.append(line)
            elif name == "to":
                lines.append(line if ";tag=" in line else f"{line};tag={tag}")
        lines += [*more, f"Content-Length: {len(body)}"]
        self.send("\r\n".join(lines) + "\r\n\r\n" + body, self.remote)


def digest(challenge, user, password, method, uri, nc=1):
    """An Authorization line for a challenge with SHA-256."""
    def get(name):
        match = re.search(name + r'="([^"]*)"', challenge)
        return match.group(1) if match else ""

    def h(text):
        return hashlib.sha256(text.encode()).hexdigest()

    realm, nonce, opaque = get("realm"), get("nonce"), get("opaque")
    response = h(":".join([h(f"{user}:{realm}:{password}"), nonce, f"{nc:08x}", "0123", "auth",
                           h(f"{method}:{uri}")]))
    extra = f', opaque="{opaque}"' if opaque else ""
    return (f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", '
            f'uri="{uri}", response="{response}", algorithm=SHA-256, qop=auth, nc={nc:08x}, '
            f'cnonce="0123"{extra}')
