# SPDX-License-Identifier: GPL-2.0-or-later
"""What sip-proxyd promises."""

import os
import shutil
import socket
import ssl
import subprocess
import time

from daemon import BINARY, IP, TLS, UDP, Daemon
from peer import Peer, digest

IDENTITY = ("eyJhbGciOiJFUzI1NiJ9.eyJkZXN0Ijp7fX0.c2ln,;info=<https://c.example/p.cer>"
            " ;alg=ES256;ppt=\"msec\"")

failed = 0
count = 0


def ok(good, name, why=""):
    global failed, count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    if not good:
        failed += 1
        for line in str(why).splitlines():
            print(f"# {line}", flush=True)


def equal(got, wanted, name):
    ok(got == wanted, name, f"got:    {got!r}\nwanted: {wanted!r}")


def code(message):
    return message.code if message else None


def register(peer, user, password, contact, more=(), to=None, nc=1, challenge=None, cseq=2,
             call_id=None):
    """REGISTER with an answer to the challenge; its final response and the challenge."""
    uri = "sip:example.com"
    to = to or f"sip:{user}@example.com"
    if challenge is None:
        peer.send(peer.request("REGISTER", uri, user=user, to=to, cseq=1, call_id=call_id), UDP)
        challenge = next(value for value in peer.receive(401).all("WWW-Authenticate")
                         if "SHA-256" in value)
        call_id = peer.call_id
    lines = [digest(challenge, user, password, "REGISTER", uri, nc), *more]
    if contact:
        lines.append(f"Contact: {contact}")
    peer.send(peer.request("REGISTER", uri, user=user, to=to, cseq=cseq, call_id=call_id,
                           more=lines), UDP)
    return peer.receive(), challenge


def command_line(daemon):
    def run(*args):
        done = subprocess.run([BINARY, *args], capture_output=True, text=True, check=False)
        return done.returncode, (done.stdout + done.stderr).strip()

    equal(run("--check-config", "-c", "daemon/proxy/sip-proxyd.conf"),
          (0, "daemon/proxy/sip-proxyd.conf: ok"), "the sample configuration is accepted")
    bad = os.path.join(daemon.folder, "bad.conf")
    with open(daemon.config, encoding="ascii") as file:
        text = file.read()
    text = text.replace("dns_servers", "dsn_servers").replace("127.0.52.9:5060", "[::1]:5060")
    with open(bad, "w", encoding="ascii") as file:
        file.write(text)
    status, said = run("--check-config", "-c", bad)
    equal(status, 1, "one with mistakes is refused")
    ok("bad.conf:17: dsn_servers: is unknown" in said, "with the line of an unknown setting", said)
    ok("routes[0].next_hop: no `listen` entry has this transport and address family" in said,
       "and of what does not fit together", said)
    equal(run("--frobnicate")[0], 2, "an unknown option is refused")


def privileges(daemon):
    status = daemon.status()
    equal(status["Seccomp"], "2", "it runs behind a system call filter")
    equal(status["NoNewPrivs"], "1", "without a way to new privileges")
    equal((status["CapPrm"], status["CapEff"], status["CapBnd"] if os.getuid() == 0 else
           "0000000000000000"), ("0000000000000000",) * 3, "without capabilities")
    if os.getuid() == 0:
        ok(status["Uid"].split("\t")[0] != "0", "and not as root", status["Uid"])


def registering(bob):
    bob.send(bob.request("REGISTER", "sip:example.com", user="bob", to="sip:bob@example.com"), UDP)
    answer = bob.receive()
    equal(code(answer), 401, "REGISTER is challenged")
    challenges = answer.all("WWW-Authenticate")
    equal([("SHA-512-256" in c, "SHA-256" in c, 'qop="auth"' in c, 'realm="example.com"' in c)
           for c in challenges], [(True, False, True, True), (False, True, True, True)],
          "with SHA-512-256, then SHA-256, and no MD5")
    contact = f"<sip:bob@{bob.ip}:{bob.port}>"
    answer, challenge = register(bob, "bob", "wrong", contact)
    equal(code(answer), 401, "a wrong password is refused")
    answer, _ = register(bob, "nobody", "builder", contact)
    equal(code(answer), 401, "an unknown user is, too")
    answer, _ = register(bob, "bob", "builder", contact, to="sip:alice@example.com")
    equal(code(answer), 403, "nobody registers for somebody else")
    answer, _ = register(bob, "bob", "builder", "")
    equal((code(answer), answer.all("Contact")), (200, []), "until now nothing is bound")

    answer, challenge = register(bob, "bob", "builder", contact)
    equal((code(answer), answer.all("Contact")), (200, [f"{contact};expires=600;q=1.000"]),
          "a right one binds the contact, for as long as is allowed")
    call_id = bob.call_id
    answer, _ = register(bob, "bob", "builder", contact, challenge=challenge, call_id=call_id,
                         cseq=3)
    ok(code(answer) == 401 and "stale=true" in answer.first("WWW-Authenticate").lower(),
       "the same answer again is a replay", answer.octets)
    answer, _ = register(bob, "bob", "builder", contact, challenge=challenge, nc=2,
                         call_id=call_id, cseq=2)
    equal(code(answer), 500, "an older CSeq changes nothing")
    answer, _ = register(bob, "bob", "builder", f"{contact};expires=59")
    equal((code(answer), answer.first("Min-Expires")), (423, "60"), "59 seconds are too brief")
    second = f"<sip:bob@{bob.ip}:1;transport=udp>"
    answer, _ = register(bob, "bob", "builder", f"{second};q=0.25;expires=100")
    equal(answer.all("Contact"), [f"{contact};expires=600;q=1.000",
                                  f"{second};expires=100;q=0.250"], "two contacts, each with its q")
    answer, _ = register(bob, "bob", "builder", f"<sip:b2@{bob.ip}>, <sip:b3@{bob.ip}>")
    equal(code(answer), 403, "more than three are too many")
    answer, _ = register(bob, "bob", "builder", f"{second};expires=0")
    equal(answer.all("Contact"), [f"{contact};expires=600;q=1.000"], "expires=0 removes one")
    answer, _ = register(bob, "bob", "builder", "*", more=["Expires: 10"])
    equal(code(answer), 400, "* is for removing only")
    answer, _ = register(bob, "bob", "builder", "*", more=["Expires: 0"])
    equal((code(answer), answer.all("Contact")), (200, []), "* removes all")
    answer, _ = register(bob, "bob", "builder", contact)
    equal(code(answer), 200, "and one is back")


def refusals(alice):
    for uri, wanted, name in (
            ("sip:nobody@example.com", 404, "a user who does not exist: 404"),
            ("sip:carol@example.com", 480, "one who has not registered: 480"),
            ("sip:x@elsewhere.example", 403, "a stranger is not carried to another domain: 403"),
            ("tel:+15551234", 416, "another scheme: 416")):
        alice.send(alice.request("INVITE", uri), UDP)
        answer = alice.receive()
        equal(code(answer), wanted, name)
        alice.send(alice.request("ACK", uri, branch=alice.branch, call_id=alice.call_id,
                                 tag=";tag=" + answer.first("To").split("tag=")[-1]), UDP)
    alice.send(alice.request("OPTIONS", "sip:example.com"), UDP)
    equal(code(alice.receive()), 200, "OPTIONS to the proxy itself: 200")
    alice.send(alice.request("INVITE", "sip:bob@example.com", more=["Proxy-Require: magic"]), UDP)
    answer = alice.receive(420)
    equal(answer and answer.first("Unsupported"), "magic", "Proxy-Require that is not known: 420")


def call(alice, bob):
    """INVITE to BYE, with an UPDATE in between; what bob gets is what alice wrote."""
    extra = [f"y: {IDENTITY}", f"IDENTITY:{IDENTITY}", "Date: Fri, 25 Sep 2015 19:12:25 GMT",
             "X-Odd:   spaced \t out  ", "Contact: <sip:alice@%s:%u>" % (alice.ip, alice.port),
             "Content-Type: application/sdp"]
    body = "v=0\r\na=fingerprint:sha-256 02:1A\r\nx=\r\n\r\n"
    alice.send(alice.request("INVITE", "sip:bob@example.com", more=extra, body=body), UDP)
    call_id = alice.call_id
    invite = bob.receive("INVITE")
    ok(invite is not None, "an INVITE reaches the contact")
    equal(invite.start, f"INVITE sip:bob@{bob.ip}:{bob.port} SIP/2.0", "by the contact's URI")
    ok(invite.octets.count(("y: " + IDENTITY + "\r\n").encode()) == 1 and
       invite.octets.count(("IDENTITY: " + IDENTITY + "\r\n").encode()) == 1,
       "Identity octet for octet, in both spellings", invite.octets)
    equal(invite.body.decode(), body, "the body octet for octet")
    equal(invite.first("Max-Forwards"), "69", "one hop less")
    equal(invite.all("Record-Route"), [f"<sip:{IP}:5060;lr>"], "the proxy stays in the path")
    equal(len(invite.all("Via")), 2, "its Via on top")
    bob.answer(invite, 180)
    equal(code(alice.receive(180)), 180, "180 comes back")
    bob.answer(invite, 200, more=[f"Contact: <sip:bob@{bob.ip}:{bob.port}>",
                                  f"Identity: {IDENTITY}"])
    answer = alice.receive(200)
    equal((code(answer), len(answer.all("Via")), answer.first("Identity")), (200, 1, IDENTITY),
          "200 comes back, without the proxy's Via")
    within = dict(call_id=call_id, to="sip:bob@example.com", tag=";tag=callee")
    target = f"sip:bob@{bob.ip}:{bob.port}"
    route = "Route: " + answer.first("Record-Route")
    alice.send(alice.request("ACK", target, more=[route], **within), UDP)
    ack = bob.receive("ACK")
    equal((ack.start, ack.all("Route")), (f"ACK {target} SIP/2.0", []), "the ACK goes through")
    alice.send(alice.request("UPDATE", target, cseq=2, more=[route, *extra], body=body, **within),
               UDP)
    update = bob.receive("UPDATE")
    ok(update and update.octets.count(("y: " + IDENTITY + "\r\n").encode()) == 1 and
       update.body.decode() == body, "UPDATE, its Identity and body octet for octet",
       update and update.octets)
    bob.answer(update, 200)
    equal(code(alice.receive(200)), 200, "its answer comes back")
    alice.send(alice.request("BYE", target, cseq=3, more=[route], **within), UDP)
    bob.answer(bob.receive("BYE"), 200)
    equal(code(alice.receive(200)), 200, "BYE goes through")


def cancel(alice, bob):
    alice.send(alice.request("INVITE", "sip:bob@example.com"), UDP)
    branch, call_id = alice.branch, alice.call_id
    invite = bob.receive("INVITE")
    bob.answer(invite, 180)
    alice.receive(180)
    alice.send(alice.request("CANCEL", "sip:bob@example.com", branch=branch, call_id=call_id,
                             more=["Reason: SIP ;cause=200"]), UDP)
    equal(code(alice.receive(200)), 200, "CANCEL is answered")
    stop = bob.receive("CANCEL")
    equal((stop.start, stop.first("Reason"), stop.first("Via")),
          (f"CANCEL sip:bob@{bob.ip}:{bob.port} SIP/2.0", "SIP ;cause=200", invite.first("Via")),
          "and passed on with its reason")
    bob.answer(stop, 200)
    bob.answer(invite, 487)
    equal(bob.receive("ACK").first("CSeq"), "1 ACK", "the proxy acknowledges 487")
    equal(code(alice.receive(487)), 487, "and hands it back")
    alice.send(alice.request("ACK", "sip:bob@example.com", branch=branch, call_id=call_id,
                             tag=";tag=callee"), UDP)


def other_domain(alice):
    signer, far = Peer("127.0.52.8"), Peer("127.0.52.9", 5060)
    signer.send(signer.request("INVITE", "sip:x@far.example", more=[f"Identity: {IDENTITY}"]), UDP)
    invite = far.receive("INVITE")
    equal((invite.start, invite.first("Identity")), ("INVITE sip:x@far.example SIP/2.0", IDENTITY),
          "a signer's request goes to the other domain")
    far.answer(invite, 603)
    equal(code(signer.receive(603)), 603, "its refusal comes back")
    alice.send(alice.request("MESSAGE", "sip:x@far.example"), UDP)
    equal(code(alice.receive()), 403, "a host without registration is refused")
    register(alice, "alice", "wonder", f"<sip:alice@{alice.ip}:{alice.port}>")
    alice.send(alice.request("MESSAGE", "sip:x@far.example"), UDP)
    far.answer(far.receive("MESSAGE"), 200)
    equal(code(alice.receive()), 200, "with one it is carried")
    signer.close()
    far.close()


def by_dns():
    """The signer's request, to a domain that only DNS knows."""
    signer = Peer("127.0.52.8")
    with socket.create_server(("127.0.52.10", 5070)) as listener:
        listener.settimeout(10)
        signer.send(signer.request("MESSAGE", "sip:x@dns.example"), UDP)
        far = Peer.accepted(listener)
    message = far.receive("MESSAGE")
    ok(message is not None, "DNS leads to another domain, past a server that is down")
    far.answer(message, 200)
    equal(code(signer.receive(200)), 200, "and its answer comes back")
    signer.send(signer.request("MESSAGE", "sip:x@none.example"), UDP)
    equal(code(signer.receive()), 480, "a domain that DNS does not know: 480")
    signer.close()
    far.close()


def connections(daemon, alice):
    context = ssl.create_default_context(cafile=f"{daemon.folder}/cert.pem")
    for phone, contact in ((Peer("127.0.52.4", to=UDP), "tcp"),
                           (Peer("127.0.52.4", to=TLS, tls=context), "tls")):
        # The contact is where nobody listens: only the connection leads there.
        answer, _ = register(phone, "carol", "carol",
                             f"<sip:carol@127.0.52.4:9;transport={contact}>")
        equal(code(answer), 200, f"a phone registers by {contact.upper()}")
        alice.send(alice.request("INVITE", "sip:carol@example.com"), UDP)
        invite = phone.receive("INVITE")
        ok(invite is not None and invite.first("Via").startswith(f"SIP/2.0/{contact.upper()} "),
           "and is called by its connection", invite and invite.octets)
        equal(len(invite.all("Record-Route")), 2, "with a Record-Route for either side")
        phone.answer(invite, 486)
        equal(code(alice.receive(486)), 486, "its answer comes back")
        register(phone, "carol", "carol", "*", more=["Expires: 0"])
        phone.close()


def password_changes(daemon, alice):
    daemon.passwd("alice", "changed")
    answer, _ = register(alice, "alice", "wonder", "")
    equal(code(answer), 401, "after a change of password the old one is refused")
    answer, _ = register(alice, "alice", "changed", "")
    equal(code(answer), 200, "and the new one is good, without a restart")


def restart(daemon, alice, bob):
    equal(daemon.stop(), 0, "SIGTERM ends it well")
    ok(daemon.start(), "it starts again", daemon.logged())
    alice.send(alice.request("MESSAGE", "sip:bob@example.com"), UDP)
    message = bob.receive("MESSAGE")
    ok(message is not None, "and still knows who is where")
    bob.answer(message, 200)
    equal(code(alice.receive(200)), 200, "as before")


def sipp(bob):
    """Calls with a SIP implementation that is not ours at both ends."""
    register(bob, "bob", "builder", "*", more=["Expires: 0"])
    answer, _ = register(bob, "bob", "builder", "<sip:bob@127.0.52.6:5060>", to=f"sip:bob@{IP}")
    equal(code(answer), 200, "bob registers for sipp")
    common = ["-nostdin", "-m", "50", "-timeout", "40", "-timeout_error"]
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for transport, name in (("u1", "UDP"), ("t1", "TCP")):
        with subprocess.Popen(["sipp", "-sn", "uas", "-i", "127.0.52.6", "-p", "5060", *common],
                              **quiet) as callee:
            time.sleep(0)
            caller = subprocess.run(
                ["sipp", "-sn", "uac", "-i", "127.0.52.7", "-p", "5060", "-t", transport, "-s",
                 "bob", "-r", "50", "-d", "100", *common, f"{IP}:5060"], **quiet, check=False)
            equal((caller.returncode, callee.wait(45)), (0, 0), f"50 calls with sipp by {name}")


def main():
    daemon = Daemon()
    alice, bob = Peer("127.0.52.2"), Peer("127.0.52.3")
    try:
        command_line(daemon)
        ok(daemon.start(), "it starts", daemon.logged())
        privileges(daemon)
        registering(bob)
        refusals(alice)
        call(alice, bob)
        cancel(alice, bob)
        other_domain(alice)
        by_dns()
        connections(daemon, alice)
        password_changes(daemon, alice)
        restart(daemon, alice, bob)
        sipp(bob)
        equal(daemon.stop(), 0, "it ends well")
        equal([line for line in daemon.logged().splitlines() if " ERROR " in line], [],
              "and had no error to report")
    except Exception as error:  # pylint: disable=broad-except
        import traceback
        ok(False, "the test runs to its end", traceback.format_exc() + daemon.logged())
        del error
    finally:
        if daemon.process and daemon.process.poll() is None:
            daemon.process.kill()
            daemon.process.wait()
        daemon.dns.kill()
        daemon.dns.wait()
        shutil.rmtree(daemon.folder)
    print(f"1..{count}")
    return failed > 0
