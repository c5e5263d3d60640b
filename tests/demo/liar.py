#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""liar.py ADDR sip:USER@HOST:PORT

A phone whose DTLS certificate is not the one it signalled: what a man in the
middle looks like to the gateway.  It places a call for each line of standard
input: "lie", or "honest" with its own fingerprint, which shows that nothing but
the lie is refused.

SIP over UDP, SDP without ICE, DTLS-SRTP by aiortc.  Once the call is answered
it does the handshake and sends a tone, encrypted if it can and in the clear
while it cannot; it hears out the other end for five seconds.  Prints a JSON
object, on a line, for each call: what it was told and how many RTP packets came
and went.
"""
import asyncio
import json
import math
import re
import struct
import sys
import uuid

from aiortc import RTCCertificate, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcdtlstransport import RTCDtlsFingerprint

import g711

SECONDS = 5
HERTZ = 700
SSRC = 0x11A511A5
PACKET = 160            # samples, 20 ms


class Socket(asyncio.DatagramProtocol):
    """A UDP socket whose datagrams wait in a queue."""

    def __init__(self):
        self.queue = asyncio.Queue()
        self.transport = None

    @classmethod
    async def open(cls, addr, port=0):
        return (await asyncio.get_running_loop().create_datagram_endpoint(
            cls, local_addr=(addr, port)))[1]

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.queue.put_nowait((data, addr))

    @property
    def port(self):
        return self.transport.get_extra_info("sockname")[1]


class Path:
    """Stands in for aiortc's ICE transport: one socket, one remote address."""
    role = "controlling"
    state = "completed"

    def __init__(self, socket):
        self.socket = socket
        self.remote = None

    async def _recv(self):
        return (await self.socket.queue.get())[0]

    async def _send(self, data):
        self.socket.transport.sendto(data, self.remote)

    async def stop(self):
        self.socket.transport.close()


class Dialog:
    """One call as its caller sees it (RFC 3261 sections 12 and 13)."""

    def __init__(self, socket, addr, uri):
        self.socket, self.addr, self.uri = socket, addr, uri
        host, port = re.fullmatch(r"sip:[^@]+@([^:]+):(\d+)", uri).groups()
        self.peer = (host, int(port))
        self.id, self.tag = uuid.uuid4().hex, uuid.uuid4().hex[:8]
        self.to, self.target = f"<{uri}>", uri
        self.ended = None           # how the far end ended the call

    def send(self, text):
        self.socket.transport.sendto(text.encode(), self.peer)

    def request(self, method, cseq, body="", branch=None):
        me = f"{self.addr}:{self.socket.port}"
        lines = [f"{method} {self.target} SIP/2.0",
                 f"Via: SIP/2.0/UDP {me};branch={branch or 'z9hG4bK' + uuid.uuid4().hex};rport",
                 "Max-Forwards: 70",
                 f"From: <sip:liar@{me}>;tag={self.tag}",
                 f"To: {self.to}",
                 f"Call-ID: {self.id}",
                 f"CSeq: {cseq} {method}",
                 f"Contact: <sip:liar@{me}>"]
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines) + "\r\n\r\n" + body

    async def call(self, sdp):
        """INVITE until a final response; returns (status line, its SDP)."""
        invite = self.request("INVITE", 1, sdp)
        branch = re.search(r"branch=(\w+)", invite).group(1)
        wait, answered = 0.5, False
        self.send(invite)
        while True:
            try:
                data, _ = await asyncio.wait_for(self.socket.queue.get(), 20 if answered else wait)
            except asyncio.TimeoutError:
                if answered or wait > 16:
                    raise
                wait *= 2
                self.send(invite)
                continue
            message = data.decode()
            code = int(message.split()[1])
            answered = True
            if code < 200:
                continue
            head, _, body = message.partition("\r\n\r\n")
            self.to = header(head, "To")
            if code < 300:
                contact = header(head, "Contact")
                self.target = re.search(r"sip:[^>;]+", contact).group(0)
                self.ack = self.request("ACK", 1)
            else:
                self.ack = self.request("ACK", 1, branch=branch)
            self.send(self.ack)
            return message.split("\r\n")[0], body

    async def listen(self):
        """Answers what comes within the dialog until the far end says BYE."""
        while True:
            data, _ = await self.socket.queue.get()
            message = data.decode()
            head = message.partition("\r\n\r\n")[0]
            first = head.split("\r\n")[0]
            if first.startswith("SIP/2.0 "):
                if header(head, "CSeq").endswith("INVITE"):
                    self.send(self.ack)         # our ACK was lost, or is late
                continue
            keep = [line for line in head.split("\r\n")[1:]
                    if re.match(r"(?i)(via|from|to|call-id|cseq):", line)]
            if not first.startswith("ACK "):
                self.send("\r\n".join(["SIP/2.0 200 OK", *keep, "Content-Length: 0", "", ""]))
            if first.startswith("BYE "):
                self.ended = "BYE", header(head, "Reason")
                return


def header(head, name):
    match = re.search(rf"(?im)^{name}\s*:\s*(.*?)\s*$", head)
    return match.group(1) if match else ""


def session_description(addr, port, fingerprint):
    return "\r\n".join(("v=0", f"o=- 1 1 IN IP4 {addr}", "s=-", f"c=IN IP4 {addr}", "t=0 0",
                        f"m=audio {port} UDP/TLS/RTP/SAVP 8", "a=rtpmap:8 PCMA/8000",
                        "a=setup:actpass", f"a=fingerprint:sha-256 {fingerprint}", "a=rtcp-mux",
                        ""))


async def talk(dtls, path, tone, result):
    """Sends a tone for SECONDS, in the clear as long as there are no keys."""
    due = asyncio.get_running_loop().time()
    for i in range(SECONDS * 50):
        packet = struct.pack("!BBHII", 0x80, 8, i, i * PACKET, SSRC) + tone[i % len(tone)]
        try:
            if dtls.state == "connected":
                await dtls._send_rtp(packet)
                result["sent_encrypted"] += 1
            elif i % 10 == 0:
                await path._send(packet)
                result["sent_plain"] += 1
        except ConnectionError:
            result["dtls_closed"] = True
        due += PACKET / 8000
        await asyncio.sleep(max(0, due - asyncio.get_running_loop().time()))


async def place_call(addr, uri, mode):
    result = {"mode": mode, "answer": None, "dtls": None, "ended": None, "reason": "",
              "sent_encrypted": 0, "sent_plain": 0, "received": 0}
    sip = await Socket.open(addr)
    path = Path(await Socket.open(addr))
    dtls = RTCDtlsTransport(path, [RTCCertificate.generateCertificate()])
    own = dtls.getLocalParameters().fingerprints[0].value
    signalled = own if mode == "honest" else ":".join(["AA"] * 32)
    samples = [0.5 * math.sin(2 * math.pi * HERTZ * n / 8000) for n in range(8000)]
    encoded = g711.encode(samples)
    tone = [encoded[i:i + PACKET] for i in range(0, len(encoded), PACKET)]

    dialog = Dialog(sip, addr, uri)
    offer = session_description(addr, path.socket.port, signalled)
    result["answer"], sdp = await dialog.call(offer)
    if result["answer"].split()[1] == "200":
        def find(pattern):
            return re.search(pattern, sdp).group(1)
        path.remote = find(r"c=IN IP4 (\S+)"), int(find(r"m=audio (\d+)"))
        dtls._set_role("server" if find(r"a=setup:(\w+)") == "active" else "client")

        async def heard(data, arrival_time_ms):
            result["received"] += 1
        dtls._handle_rtp_data = heard
        theirs = RTCDtlsFingerprint("sha-256", find(r"a=fingerprint:(?i:sha-256) (\S+)"))
        listening = asyncio.create_task(dialog.listen())
        talking = asyncio.create_task(talk(dtls, path, tone, result))
        starting = asyncio.create_task(dtls.start(RTCDtlsParameters(fingerprints=[theirs])))
        await talking
        result["dtls"] = dtls.state
        if dialog.ended:
            result["ended"], result["reason"] = dialog.ended
        else:
            result["ended"] = "by us"
            dialog.send(dialog.request("BYE", 2))
            await asyncio.sleep(0.5)
        for task in (listening, starting):
            task.cancel()
    else:
        result["ended"] = result["answer"]
    return result


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        mode = line.strip()
        if mode not in ("lie", "honest"):
            sys.exit(f"liar: '{mode}' is neither lie nor honest")
        call = place_call(sys.argv[1], sys.argv[2], mode)
        print(json.dumps(asyncio.run(asyncio.wait_for(call, 60))), flush=True)


main()
