# SPDX-License-Identifier: GPL-2.0-or-later
"""How an attacker comes to signatures: with a key, or with an account at a signer."""
import base64
import email.utils
import hashlib
import json
import os
import re
import select
import socket
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

import net
import sipmsg


def _b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _text(value):
    """JSON as RFC 8225 section 9 wants it."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


class Key:
    """A signing key and where its certificate is."""

    def __init__(self, folder, x5u):
        self.x5u = x5u
        with open(f"{folder}/sign.key", "rb") as file:
            self.key = serialization.load_pem_private_key(file.read(), None)

    def sign(self, message):
        """The message with a Date of now and a full-form Identity of this key's."""
        now = int(time.time())
        mky = [{"alg": alg.lower(), "dig": dig.replace(":", "").upper()}
               for alg, dig in sorted(set(sipmsg.fingerprints(sipmsg.body(message))))]
        claims = {"iat": now, "mky": mky,
                  "orig": {"uri": sipmsg.uri(sipmsg.header(message, "From"))},
                  "dest": {"uri": [sipmsg.uri(sipmsg.header(message, "To"))]}}
        head = {"alg": "ES256", "typ": "passport", "x5u": self.x5u}
        signed = f"{_b64(_text(head))}.{_b64(_text(claims))}"
        r, s = utils.decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        token = f"{signed}.{_b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
        return sipmsg.on_top(sipmsg.without(message, "Identity", "Date"),
                             f"Date: {email.utils.formatdate(now, usegmt=True)}",
                             f"Identity: {token};info=<{self.x5u}>;alg=ES256")


class Account:
    """A user of signers, who has his own way with what they sign.

    What goes to a signer comes back to another of his sockets, signed, and goes no further.
    """
    OUT, BACK = 5070, 5071

    def __init__(self, ns, host, user, password):
        self.host, self.user, self.password = host, user, password
        with net.inside(ns):
            self.out, self.back = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                                   for _ in range(2))
            self.out.bind((host, self.OUT))
            self.back.bind((host, self.BACK))

    def _digest(self, challenge, method, uri):
        """RFC 7616 section 3.4, SHA-256 and qop=auth."""
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))
        h = lambda text: hashlib.sha256(text.encode()).hexdigest()     # noqa: E731
        cnonce = os.urandom(8).hex()
        a1 = h(f"{self.user}:{given['realm']}:{self.password}")
        response = h(f"{a1}:{given['nonce']}:00000001:{cnonce}:auth:{h(f'{method}:{uri}')}")
        opaque = f', opaque="{given["opaque"]}"' if "opaque" in given else ""
        return (f'Proxy-Authorization: Digest username="{self.user}", realm="{given["realm"]}", '
                f'nonce="{given["nonce"]}", uri="{uri}", response="{response}", algorithm=SHA-256, '
                f'cnonce="{cnonce}", qop=auth, nc=00000001{opaque}')

    def _outcome(self, branch):
        """(the final response, what came back signed or "") of the request with that branch."""
        signed, end = "", time.monotonic() + 6
        while time.monotonic() < end:
            for sock in select.select([self.back, self.out], [], [], 1)[0]:
                octets, source = sock.recvfrom(65536)
                message = octets.decode("utf-8", "replace")
                if f"branch={branch}" not in message:
                    continue
                if sock is self.back and message.startswith(("INVITE ", "UPDATE ")):
                    signed = message
                    sock.sendto(sipmsg.answer(message, "480 Signed", tag="m").encode(), source)
                elif sock is self.out and not message.startswith("SIP/2.0 1"):
                    return message, signed
        raise net.DemoError("a signer says nothing")

    def ask(self, signer, message):
        """(signed message, "") or (None, what the signer said)."""
        method, uri, _ = message.split(" ", 2)
        bare = sipmsg.without(message, "Via", "Route", "Record-Route", "Identity", "Date")
        proof = ()
        while True:
            branch = "z9hG4bK" + os.urandom(6).hex()
            request = sipmsg.on_top(
                bare, f"Via: SIP/2.0/UDP {self.host}:{self.OUT};branch={branch}",
                f"Route: <sip:{signer};lr>, <sip:{self.host}:{self.BACK};lr>", *proof)
            self.out.sendto(request.encode(), (signer, 5060))
            answer, signed = self._outcome(branch)
            if method == "INVITE":
                self.out.sendto(sipmsg.ack_of(request, answer).encode(), (signer, 5060))
            if signed:
                return signed, ""
            if proof or not answer.startswith("SIP/2.0 407"):
                return None, answer.split("\r\n")[0][8:]
            challenge = [c for c in sipmsg.lines(answer, "Proxy-Authenticate")
                         if re.search(r"algorithm=\"?SHA-256\"?(,|$)", c)][0]
            proof = (self._digest(challenge.partition(":")[2], method, uri),)
