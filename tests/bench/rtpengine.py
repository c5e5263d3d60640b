#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rtpengine.py SUITE DIRECTION: set up a call by rtpengine's NG protocol.

Prints the port to send to and the key that it will protect with, in hexadecimal
("-" when it sends plain RTP). The key for what it receives is that of
tests/bench/lib/packets.c.
"""
import base64
import os
import re
import socket
import sys

NG = ("127.0.0.1", 2223)
SUITES = ["AEAD_AES_256_GCM", "AEAD_AES_128_GCM", "AES_256_CM_HMAC_SHA1_80",
          "AES_256_CM_HMAC_SHA1_32", "AES_192_CM_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_32",
          "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "F8_128_HMAC_SHA1_80",
          "F8_128_HMAC_SHA1_32", "NULL_HMAC_SHA1_80", "NULL_HMAC_SHA1_32"]
KEY_OCTETS = {"AES_CM_128_HMAC_SHA1_80": 30, "AEAD_AES_128_GCM": 28}


def bencode(value):
    if isinstance(value, str):
        octets = value.encode()
        return b"%d:%s" % (len(octets), octets)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in sorted(value.items())) + b"e"


def bdecode(data, at=0):
    """Return the value at an offset, and where it ends."""
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind in (b"l", b"d"):
        items, at = [], at + 1
        while data[at:at + 1] != b"e":
            item, at = bdecode(data, at)
            items.append(item)
        if kind == b"d":
            items = dict(zip(items[::2], items[1::2]))
        return items, at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1:end].decode(), end


def command(sock, **members):
    # Replies are cached by this cookie.
    sock.send(os.urandom(8).hex().encode() + b" " + bencode({k.replace("_", "-"): v for k, v in members.items()}))
    reply, _ = bdecode(sock.recv(65536).split(b" ", 1)[1])
    if reply.get("result") not in ("ok", "pong") and members["command"] != "delete":
        sys.exit(f"rtpengine: {members['command']}: {reply}")
    return reply


def sdp(address, port, suite, key, tag="1"):
    lines = ["v=0", f"o=- 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0",
             f"m=audio {port} {'RTP/SAVP' if key else 'RTP/AVP'} 0", "a=rtpmap:0 PCMU/8000"]
    if key:
        lines.append(f"a=crypto:{tag} {suite} inline:{base64.b64encode(key).decode()}")
    return "\r\n".join(lines) + "\r\n"


def bench_key(which, octets):
    """The same octets as bench_key() in lib/packets.c."""
    return bytes((17 + which * 101 + i * 7) & 0xff for i in range(octets))


def main():
    suite, direction = sys.argv[1:]
    octets = KEY_OCTETS.get(suite, 0)
    secure_in = octets and direction in ("unprotect", "both")
    secure_out = octets and direction in ("protect", "both")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(20)
    sock.connect(NG)
    call = {"call_id": "bench", "from_tag": "gen", "ICE": "remove", "DTLS": "off",
            "flags": ["asymmetric", "trust-address"], "replace": ["origin"]}
    command(sock, command="delete", call_id="bench", from_tag="gen", delete_delay="0")
    offer = command(sock, command="offer", direction=["gen", "sink"],
                    sdp=sdp("10.1.255.2", 40000, suite, secure_in and bench_key(0, octets)),
                    transport_protocol="RTP/SAVP" if secure_out else "RTP/AVP",
                    SDES=["no-" + s for s in SUITES if s != suite], **call)["sdp"]
    out_key, tag = "-", "1"
    if secure_out:
        found = re.search(r"a=crypto:(\d+) " + suite + r" inline:([A-Za-z0-9+/]+)", offer)
        if not found:
            sys.exit(f"rtpengine offers no {suite}:\n{offer}")
        tag, text = found.groups()
        out_key = base64.b64decode(text + "=" * (-len(text) % 4)).hex()
        if secure_in and out_key == bench_key(0, octets).hex():
            sys.exit("rtpengine passes the SRTP on as it is")
    answer = command(sock, command="answer", to_tag="sink",
                     sdp=sdp("10.2.255.2", 40002, suite, secure_out and bench_key(1, octets), tag),
                     **call)["sdp"]
    print(re.search(r"m=audio (\d+)", answer).group(1), out_key)


if __name__ == "__main__":
    main()
