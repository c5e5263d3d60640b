# SPDX-License-Identifier: GPL-2.0-or-later
"""srtpd for tests, a SIP peer made of datagrams, sipp, and TAP."""
import glob
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
HERE = os.path.join(ROOT, "tests/sip")
BIN = os.path.join(ROOT, "build/bin")

# One address a party; 127.0.0.0/8 is all loopback.
GW_A, GW_B, GW_C = "127.0.10.1", "127.0.11.1", "127.0.12.1"
CALLER, CALLEE, DTLS_PEER = "127.0.10.9", "127.0.11.9", "127.0.12.9"
# What is repeated to one of them later, which a slow machine does, disturbs no other.
LOSSY_CALLEE, LAST_CALLEE = "127.0.11.8", "127.0.11.7"

CONFIG = """\
control_socket = "{dir}/control";
users = {{ sip = "nobody"; media = "daemon"; }};
max_calls = 200;
log_level = "info";
handshake_timeout = 3;
sides = (
  {{ name = "a"; sip = "{a}:5060"; media = "{a}"; ports = "20000-22999"; security = "rtp"; }},
  {{ name = "b"; sip = "{b}:5060"; media = "{b}"; ports = "20000-22999"; security = "rtp"; }},
  {{ name = "c"; sip = "{c}:5060"; media = "{c}"; ports = "20000-22999"; security = "dtls-srtp"; }}
);
routes = (
  {{ name = "to-b"; from = "a"; user = "bob*"; to = "b"; next_hop = "{callee}:5060"; }},
  {{ name = "to-lossy"; from = "a"; user = "lossy"; to = "b"; next_hop = "{lossy}:5060"; }},
  {{ name = "to-last"; from = "a"; user = "last"; to = "b"; next_hop = "{last}:5060"; }},
  {{ name = "to-c"; from = "a"; user = "dtls"; to = "c"; next_hop = "{peer}:5060"; }},
  {{ name = "c-to-b"; from = "c"; user = "bob"; to = "b"; next_hop = "{callee}:5060"; }}
);
"""

_count = 0
_failed = 0


def check(good, name, *why):
    """One line of TAP; returns whether it was good."""
    global _count, _failed
    _count += 1
    _failed += not good
    print(f"{'ok' if good else 'not ok'} {_count} - {name}", flush=True)
    if not good:
        for line in "\n".join(str(part) for part in why).splitlines():
            print(f"# {line}", flush=True)
    return good


def equal(got, wanted, name):
    return check(got == wanted, name, f"got {got!r}, wanted {wanted!r}")


def done():
    print(f"1..{_count}", flush=True)
    return 1 if _failed else 0


def wait_for(condition, seconds):
    """The first true value of condition() within this time, or its last value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


class Daemon:
    """srtpd with three sides, from start() to stop()."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="ksrtp-sip.")
        self.log = os.path.join(self.dir, "log")
        self.process = None

    def __enter__(self):
        config = os.path.join(self.dir, "srtpd.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(dir=self.dir, a=GW_A, b=GW_B, c=GW_C, callee=CALLEE,
                                     peer=DTLS_PEER, lossy=LOSSY_CALLEE,
                                     last=LAST_CALLEE))
        with open(self.log, "w", encoding="ascii") as log:
            self.process = subprocess.Popen([f"{BIN}/srtpd", "-c", config],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if not wait_for(self._answers, 20):
            raise RuntimeError("srtpd does not answer:\n" + self.tail())
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError("srtpd ended:\n" + self.tail())
        try:
            return self.ask("stats")
        except OSError:
            return None

    def tail(self, lines=12):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    def ask(self, op, **members):
        """What an operation of docs/ctl-protocol.md answers, without its last line."""
        answers = []
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(5)
            control.connect(os.path.join(self.dir, "control"))
            with control.makefile("rw") as lines:
                json.loads(lines.readline())
                lines.write(json.dumps(dict(members, op=op)) + "\n")
                lines.flush()
                while True:
                    answer = json.loads(lines.readline())
                    if "end" in answer:
                        return answers
                    if "error" in answer:
                        raise RuntimeError(answer["error"])
                    answers.append(answer)

    def stats(self):
        return self.ask("stats")[0]["stats"]

    def calls(self):
        return [answer["call"] for answer in self.ask("calls")]

    def stop(self, seconds=8):
        """SIGTERM; the exit status, or None when it does not end."""
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


def sessions():
    """The module's sessions."""
    shown = subprocess.run([f"{BIN}/srtpctl", "show", "sessions", "--json"], check=True,
                           capture_output=True, text=True)
    return json.loads(shown.stdout)["sessions"]


class Sipp:
    """One sipp with one of our scenarios."""

    def __init__(self, scenario, ip, service="bob", calls=1, rate=10, lost=0, seconds=30):
        self.dir = tempfile.mkdtemp(prefix="ksrtp-sipp.")
        remote = {CALLER: GW_A, CALLEE: GW_B, LOSSY_CALLEE: GW_B, LAST_CALLEE: GW_B,
                  DTLS_PEER: GW_C}[ip]
        command = ["sipp", f"{remote}:5060", "-sf", f"{HERE}/{scenario}.xml", "-i", ip, "-p", "5060",
                   "-s", service, "-m", str(calls), "-r", str(rate), "-nostdin",
                   "-timeout", f"{seconds}s", "-timeout_error", "-trace_err", "-trace_msg",
                   # A retransmission that comes because sipp itself was late is no reason to
                   # give a call up; one that does not come to its end fails by the timeout.
                   "-default_behaviors", "all,-abortunexp"]
        if lost:
            command += ["-lost", str(lost)]
        with open(os.path.join(self.dir, "out"), "w", encoding="ascii") as out:
            self.process = subprocess.Popen(command, cwd=self.dir, stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=subprocess.STDOUT,
                                            env=dict(os.environ, TERM="dumb"))
        if scenario.startswith("uas"):
            wait_for(lambda: self._listens(ip), 10)
        self.seconds = seconds

    @staticmethod
    def _listens(ip):
        address = "".join(f"{int(part):02X}" for part in reversed(ip.split("."))) + ":13C4"
        with open("/proc/net/udp", encoding="ascii") as table:
            return any(line.split()[1] == address for line in table.readlines()[1:])

    def wait(self):
        """True when every call went as the scenario says."""
        try:
            return self.process.wait(self.seconds + 10) == 0
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False

    def messages(self):
        text = ""
        for file in glob.glob(f"{self.dir}/*_messages.log"):
            with open(file, encoding="utf-8", errors="replace") as log:
                text += log.read()
        return text

    def why(self):
        text = f"status {self.process.returncode}\n"
        for file in sorted(glob.glob(f"{self.dir}/*_errors.log")):
            with open(file, encoding="utf-8", errors="replace") as log:
                text += log.read()[:6000]
        return text

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Response:
    def __init__(self, text):
        head, _, self.body = text.partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.code = int(lines[0].split()[1])
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]

    def get(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Peer:
    """A SIP peer that writes its requests by hand."""

    _number = 0

    def __init__(self, ip, gateway):
        self.ip, self.gateway = ip, gateway
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 5060))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendto(octets, (self.gateway, 5060))

    def answer(self, request):
        """200 to a request that came in."""
        kept = ("via", "from", "to", "call-id", "cseq")
        self.send(("SIP/2.0 200 OK\r\n" + "".join(
            line + "\r\n" for line in request.split("\r\n")
            if line.split(":")[0].lower() in kept) + "Content-Length: 0\r\n\r\n").encode())

    def is_hung_up_on(self):
        """Waits for a BYE and answers it."""
        self.socket.settimeout(5)
        try:
            while True:
                text = self.socket.recv(65535).decode(errors="replace")
                if text.startswith("BYE "):
                    self.answer(text)
                    return True
        except TimeoutError:
            return False

    def drain(self):
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(65535)
        except BlockingIOError:
            pass
        self.socket.setblocking(True)

    def request(self, method, uri, body=None, headers=""):
        """Sends a request outside any dialog; the final response, already acknowledged."""
        Peer._number += 1
        me = f"peer{os.getpid()}x{Peer._number}"
        content = (body or "").encode()
        common = (f"From: <sip:alice@atlanta.example>;tag={me}\r\n"
                  f"Call-ID: {me}\r\nMax-Forwards: 70\r\n")
        via = f"Via: SIP/2.0/UDP {self.ip}:5060;branch=z9hG4bK{me}\r\n"
        kind = "Content-Type: application/sdp\r\n" if body is not None else ""
        self.send((f"{method} {uri} SIP/2.0\r\n{via}{common}To: <{uri}>\r\nCSeq: 1 {method}\r\n"
                   f"Contact: <sip:alice@{self.ip}>\r\n{headers}{kind}"
                   f"Content-Length: {len(content)}\r\n\r\n").encode() + content)
        self.socket.settimeout(5)
        while True:
            try:
                response = Response(self.socket.recv(65535).decode(errors="replace"))
            except TimeoutError:
                return None
            if response.get("Call-ID") == me and response.code >= 200:
                break
        if method == "INVITE":
            if response.code < 300:
                via = via.replace("z9hG4bK", "z9hG4bKack")
            self.send((f"ACK {uri} SIP/2.0\r\n{via}{common}To: {response.get('To')}\r\n"
                       f"CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n").encode())
        return response
