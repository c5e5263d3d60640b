#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""calls.py [STEP...]: calls through srtpd on loopback addresses, first without and
then with the kernel module; runs in the VM as root."""
import glob
import os
import random
import re
import subprocess
import sys
import time

from daemon import (CALLEE, CALLER, DTLS_PEER, GW_A, GW_C, HERE, LAST_CALLEE, LOSSY_CALLEE,
                    ROOT, Daemon, Peer, Sipp, check, done, equal, sessions, wait_for)

PLAIN = ("v=0\r\no=- 1 1 IN IP4 127.0.10.9\r\ns=-\r\nc=IN IP4 127.0.10.9\r\nt=0 0\r\n"
         "m=audio 4000 RTP/AVP 0\r\n")
ANSWER_DTLS = ("v=0\r\no=- 1 1 IN IP4 127.0.12.9\r\ns=-\r\nc=IN IP4 127.0.12.9\r\nt=0 0\r\n"
               "m=audio 4000 UDP/TLS/RTP/SAVP 0\r\na=setup:passive\r\na=fingerprint:sha-256 "
               + ":".join(["AB"] * 32) + "\r\n")


def without_module():
    """Calls are refused in good order, nothing else suffers."""
    with Daemon() as daemon, Peer(CALLER, GW_A) as peer:
        answer = peer.request("INVITE", "sip:bob@biloxi.example", PLAIN)
        equal(answer and (answer.code, answer.get("Retry-After")), (503, "10"),
              "without the module a call is refused with 503 and Retry-After")
        equal(peer.request("OPTIONS", f"sip:{GW_A}").code, 200, "OPTIONS is answered")
        equal(daemon.ask("version")[0]["version"]["datapath"], "none", "the operator is told")
        check(wait_for(lambda: "not loaded" in daemon.tail(), 5), "and the log says what to do", daemon.tail())
        equal(daemon.calls(), [], "no call is left")
        equal(daemon.stop(), 0, "srtpd ends in good order")


def load_module():
    release = os.uname().release
    series = ".".join(release.split(".")[:2])
    module = os.path.join(ROOT, f"build/module-{series}/srtp.ko")
    depends = subprocess.run(["modinfo", "-F", "depends", module], check=True, text=True,
                             capture_output=True).stdout.strip().split(",")
    subprocess.run(["modprobe", "-a", *filter(None, depends)], check=True)
    subprocess.run(["insmod", module], check=True)


def nothing_left(daemon):
    """No call, no session; sessions go a moment after the call."""
    return wait_for(lambda: not daemon.calls() and not sessions(), 5)


def pair(daemon, name, uac, uas, callee_ip=CALLEE, **options):
    """A caller and a callee whose scenarios both have to come to their end."""
    callee = Sipp(uas, callee_ip, **options)
    caller = Sipp(uac, CALLER, **options)
    try:
        good = caller.wait()
        good = callee.wait() and good
        check(good, name, "caller:", caller.why(), "callee:", callee.why(), daemon.tail())
        check(nothing_left(daemon), f"{name}: no call and no session is left", daemon.calls(),
              daemon.tail())
        return callee.messages()
    finally:
        caller.close()
        callee.close()


def good_calls(daemon):
    seen = pair(daemon, "a call, ended by the caller", "uac", "uas")
    check("c=IN IP4 127.0.11.1" in seen and "127.0.10.9" not in seen.split("m=audio")[0],
          "the callee sees the gateway's address, not the caller's", seen[:800])
    pair(daemon, "a call, ended by the callee", "uac_wait", "uas_bye")
    pair(daemon, "hold and resume", "uac_hold", "uas_hold")
    pair(daemon, "CANCEL while it rings", "uac_cancel", "uas_cancelled")
    pair(daemon, "a busy callee", "uac_busy", "uas_busy")


def refusals(daemon):
    with Peer(CALLER, GW_A) as plain, Peer(DTLS_PEER, GW_C) as dtls:
        answer = plain.request("INVITE", "sip:nobody@biloxi.example", PLAIN)
        equal(answer and answer.code, 404, "no route: 404")
        answer = plain.request("OPTIONS", f"sip:{GW_A}")
        equal(answer and (answer.code, answer.get("Allow"), answer.get("Accept")),
              (200, "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE", "application/sdp"), "OPTIONS")
        answer = plain.request("INVITE", "sip:bob@biloxi.example", PLAIN, "Require: timer\r\n")
        equal(answer and (answer.code, answer.get("Unsupported")), (420, "timer"),
              "an extension that is required: 420")
        answer = plain.request("SUBSCRIBE", "sip:bob@biloxi.example")
        equal(answer and answer.code, 405, "a method that is not served: 405")
        for file in sorted(glob.glob(f"{HERE}/bad/*.sdp")):
            with open(file, newline="", encoding="ascii") as text:
                sdp = text.read()
            warning, side, what = os.path.basename(file)[:-4].split("-", 2)
            peer = plain if side == "plain" else dtls
            answer = peer.request("INVITE", "sip:bob@biloxi.example", sdp)
            equal(answer and (answer.code, (answer.get("Warning") or "").split(" ")[0]),
                  (488, warning), f"{side} side, {what.replace('-', ' ')}: 488, Warning {warning}")
    check(nothing_left(daemon), "what was refused left nothing", daemon.calls())


def two_lines(daemon):
    """Audio and video: the audio is served, the video is refused with port 0."""
    offer = PLAIN + "m=video 4002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
    callee = Sipp("uas_bye", CALLEE)
    with Peer(CALLER, GW_A) as peer:
        answer = peer.request("INVITE", "sip:bob@biloxi.example", offer)
        lines = re.findall(r"^m=(\w+) (\d+) ", answer.body if answer else "", re.M)
        equal([(kind, port != "0") for kind, port in lines], [("audio", True), ("video", False)],
              "of audio and video, the audio is served")
        check(peer.is_hung_up_on(), "and the callee's BYE reaches the caller", daemon.tail())
    check(callee.wait(), "which is answered", callee.why())
    callee.close()
    check(nothing_left(daemon), "and leaves nothing", daemon.calls())


def never_secured(daemon):
    """A DTLS callee that answers and then says nothing on the media path."""
    with Peer(DTLS_PEER, GW_C) as callee:
        caller = Sipp("uac_wait", CALLER, service="dtls")
        callee.socket.settimeout(5)
        invite = callee.socket.recv(65535).decode()
        head = {}
        for line in invite.split("\r\n\r\n")[0].split("\r\n")[1:]:
            name, _, value = line.partition(":")
            head.setdefault(name.lower(), value.strip())
        check("UDP/TLS/RTP/SAVP" in invite and "a=setup:actpass" in invite and
              "a=fingerprint:sha-256 " in invite, "a DTLS side is offered DTLS-SRTP", invite)
        callee.send((f"SIP/2.0 200 OK\r\nVia: {head['via']}\r\nFrom: {head['from']}\r\n"
                     f"To: {head['to']};tag=callee\r\nCall-ID: {head['call-id']}\r\n"
                     f"CSeq: {head['cseq']}\r\nContact: <sip:dtls@{DTLS_PEER}>\r\n"
                     f"Content-Type: application/sdp\r\nContent-Length: {len(ANSWER_DTLS)}\r\n\r\n"
                     f"{ANSWER_DTLS}").encode())
        began = time.monotonic()
        wait_for(lambda: any(call["state"] == "securing" for call in daemon.calls()), 3)
        equal([(call["state"], call["b"]["security"]) for call in daemon.calls()],
              [("securing", "dtls")], "answered, but held")
        bye = ""
        while not bye.startswith("BYE") and time.monotonic() < began + 10:
            bye = callee.socket.recv(65535).decode()
        check(bye.startswith("BYE") and "Reason: SIP;cause=" in bye,
              "a side that never secures ends the call, with the reason", bye, daemon.tail())
        check(2 < time.monotonic() - began < 6, "after handshake_timeout")
        callee.answer(bye)
        check(caller.wait(), "the caller is told as well", caller.why())
        caller.close()
    check(nothing_left(daemon), "and leaves nothing", daemon.calls(), sessions())


def flood(daemon):
    """Malformed datagrams of all kinds, then a good call."""
    rng = random.Random(4475)
    torture = []
    for file in sorted(glob.glob(f"{ROOT}/tests/rfc4475/*.dat")):
        with open(file, "rb") as data:
            torture.append(data.read())
    with Peer(CALLER, GW_A) as peer:
        for number in range(3000):
            octets = bytearray(rng.choice(torture)) if torture and number % 3 else bytearray(
                rng.randbytes(rng.randrange(1, 1400)))
            for _ in range(rng.randrange(1, 8)):
                octets[rng.randrange(len(octets))] = rng.randrange(256)
            peer.send(bytes(octets[:rng.randrange(1, len(octets) + 1)]))
            if number % 50 == 0:
                peer.drain()
                daemon.stats()      # lives, and has caught up
        peer.drain()
    check(daemon.stats()["sip_malformed"] > 500, "a flood of malformed datagrams is counted",
          daemon.stats())
    wait_for(lambda: not daemon.calls(), 40)
    pair(daemon, "a good call after it", "uac", "uas")


def many(daemon):
    before = daemon.stats()["calls_total"]
    pair(daemon, "100 calls, ten a second", "uac", "uas", calls=100, rate=10, seconds=60)
    equal(daemon.stats()["calls_total"] - before, 100, "each of them counted once")
    pair(daemon, "20 calls where one datagram in twenty is lost", "uac", "uas",
         LOSSY_CALLEE, service="lossy", calls=20, rate=5, lost=5, seconds=60)


def hangup_and_stop(daemon):
    """BYE by the operator, then SIGTERM in the middle of calls."""
    callee = Sipp("uas", LAST_CALLEE, calls=3)
    callers = Sipp("uac_wait", CALLER, service="last", calls=3)
    wait_for(lambda: len([c for c in daemon.calls() if c["state"] == "open"]) == 3, 20)
    calls = daemon.calls()
    equal(sorted(call["state"] for call in calls), ["open"] * 3, "three calls are open")
    equal(len(sessions()), sum(len(call[leg]["sessions"]) for call in calls for leg in "ab"),
          "their sessions are the kernel's")
    check(len(sessions()) >= 6, "which are two a call at least", sessions())
    daemon.ask("hangup", id=calls[0]["id"])
    check(wait_for(lambda: len(daemon.calls()) == 2, 5), "the operator ends one")
    status = daemon.stop()
    equal(status, 0, "SIGTERM ends srtpd in good order")
    check(callers.wait() and callee.wait(), "and every party is told by BYE", callers.why(),
          callee.why(), daemon.tail())
    equal(sessions(), [], "no session is left in the kernel")
    callers.close()
    callee.close()


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    without_module()
    load_module()
    with Daemon() as daemon:
        if not wait_for(lambda: daemon.ask("version")[0]["version"]["datapath"] == "kernel", 10):
            check(False, "srtpd finds the module", daemon.tail())
            return done()
        steps = [good_calls, refusals, two_lines, never_secured, flood, many, hangup_and_stop]
        for step in steps:
            if len(sys.argv) < 2 or step.__name__ in sys.argv[1:]:
                step(daemon)
    return done()


sys.exit(main())
