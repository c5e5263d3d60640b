# SPDX-License-Identifier: GPL-2.0-or-later
"""Who sits on the wire between the callee's gateway and everybody else.

As long as nobody attacks, the wire is the kernel's bridge. Then every frame passes through
here, and may be altered, dropped, repeated; frames that nobody sent may be put in.
"""
import os
import re
import select
import socket
import struct
import threading

import net
import wire as captures

ETH_P_ALL = 3
PORTS = ("to-wan", "to-gw")


def _sum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Datagram:
    """UDP over IPv4 in a frame, apart and together again."""

    def __init__(self, frame):
        self.start = 14 + (frame[14] & 15) * 4
        self.head = bytearray(frame[:self.start + 8])
        length = struct.unpack_from("!H", frame, self.start + 4)[0]
        self.data = frame[self.start + 8:self.start + length]

    @staticmethod
    def within(frame):
        return frame[12:14] == b"\x08\x00" and frame[23] == 17

    def frame(self, data=None):
        """With its lengths right, and without a UDP checksum, which IPv4 lets be absent."""
        data = self.data if data is None else data
        struct.pack_into("!HH", self.head, self.start + 4, 8 + len(data), 0)
        struct.pack_into("!H", self.head, 16, self.start - 14 + 8 + len(data))
        struct.pack_into("!H", self.head, 24, 0)
        struct.pack_into("!H", self.head, 24, _sum(self.head[14:self.start]))
        return bytes(self.head) + data


class Wire:
    def __init__(self, ns):
        self.ns, self.thread, self.socks, self.put_in = ns, None, [], 0

    def _master(self, *what):
        for port in PORTS:
            net.run("ip", "link", "set", port, *what, ns=self.ns)

    def begin(self, attack):
        self.attack, self.put_in, self.kept, self.stopping = attack, 0, {}, False
        self._master("nomaster")
        with net.inside(self.ns):
            self.socks = [socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
                          for _ in PORTS]
            for sock, port in zip(self.socks, PORTS):
                sock.bind((port, ETH_P_ALL))
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def end(self):
        if self.thread:
            self.stopping = True
            self.thread.join(5)
            self.thread = None
            for sock in self.socks:
                sock.close()
            self._master("master", "bridge")

    def _run(self):
        while not self.stopping:
            for sock in select.select(self.socks, [], [], 0.2)[0]:
                frame, about = sock.recvfrom(65536)
                if about[2] == socket.PACKET_OUTGOING:
                    continue
                other = self.socks[1 - self.socks.index(sock)]
                for passed in self._pass(frame):
                    other.send(passed)

    def _pass(self, frame):
        if not Datagram.within(frame):
            return [frame]
        d = Datagram(frame)
        if captures.SIP in struct.unpack_from("!HH", d.head, d.start):
            return self._sip(d)
        if captures.kind(d.data) == "rtp":
            return self._media(d)
        return [d.frame()]

    def _sip(self, d):
        text = d.data.decode("utf-8", "replace")
        if self.attack == "alters" and text.startswith("INVITE "):
            self.put_in += 1
            false = ":".join(f"{b:02X}" for b in os.urandom(32))
            return [d.frame(re.sub(r"(a=fingerprint:sha-256 )\S+", rf"\g<1>{false}", text).encode())]
        if self.attack == "drops" and text.startswith("UPDATE "):
            self.put_in += 1
            return []
        return [d.frame()]

    def _media(self, d):
        frames = [d.frame()]
        if self.attack == "replays":
            kept = self.kept.setdefault(bytes(d.head[26:30]), [])
            kept.append(frames[0])
            frames += [frames[0]] + kept[-26:-25]       # at once, and half a second late
            self.put_in += len(frames) - 1
        elif self.attack == "injects":
            forged = bytearray(d.data)
            forged[20] ^= 1             # of the payload: only the tag can tell
            plain = struct.pack("!BBHII", 0x80, 8, self.put_in & 0xffff, self.put_in, 0xBAD) \
                + bytes([0xD5 ^ self.put_in & 0x7f]) * 160
            self.put_in += 2
            frames += [d.frame(bytes(forged)), d.frame(plain)]
        return frames
