# SPDX-License-Identifier: GPL-2.0-or-later
"""What the suites of sip-signerd share: results, daemons, a caller and a callee."""
import base64
import hashlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time

PATIENCE = 20       # seconds for anything that has to come
BINARY = "build/bin/sip-signerd"
REALM = "provider.example"
ALICE, EVE, BOB = "sip:alice@atlanta.example", "sip:eve@atlanta.example", "sip:bob@biloxi.example"
ONE, AUTH, SIGN, CALLEE, TLS, HTTPS = 25440, 25442, 25443, 25450, 25441, 25444
PRINT_A = "4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1"
PRINT_B = "02:1A:CC:54:27:AB:EB:9C:53:3F:3E:4B:65:2E:7D:46:3F:54:42:CD:54:F1:7A:03:A2:7D:F9:B0:7F:46:19:B2"

CONFIG = """
mode = "{mode}";
realm = "provider.example";
listen = ( {listen} );
names = "signer.example";
next_hops = ( {{ address = "127.0.0.1:{hop}"; }} );
users = "{dir}/users.db";
signature = {{ private_key = "{key}"; certificate = "{dir}/pki/provider/provider.example/sign.pem";
  x5u = "https://provider.example/sign.pem"; }};
token = {{ issuer = "auth.example"; audience = "sign.example"; {trusted} }};
{publish}
tls = {{ certificate = "{dir}/pki/tls/localhost/tls.pem"; private_key = "{dir}/pki/tls/localhost/tls.key"; }};
"""

number = failed = 0


def check(passed, name, *why):
    global number, failed
    number += 1
    failed += not passed
    print(f"{'ok' if passed else 'not ok'} {number} - {name}", flush=True)
    if not passed:
        for line in "\n".join(str(part) for part in why).splitlines():
            print("# " + line)


def equal(got, wanted, name):
    check(got == wanted, name, f"got:    {got}", f"wanted: {wanted}")


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    return None


def run(*words, text=None):
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=PATIENCE,
                          check=False)
    return done.returncode, done.stdout + done.stderr


# ---- daemons -------------------------------------------------------------------

class Daemon:
    running = []

    def __init__(self, directory, name):
        Daemon.running.append(self)
        self.log_name = f"{directory}/{name}.log"
        with open(self.log_name, "wb") as log:
            self.process = subprocess.Popen([BINARY, "-c", f"{directory}/{name}.conf", "--log-level", "debug"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def log(self):
        with open(self.log_name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def serving(self):
        wait_until(lambda: "serving" in self.log() or self.process.poll() is not None)
        return self.process.poll() is None

    def roles(self):
        found = {}
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                  encoding="ascii") as file:
            for pid in file.read().split():
                with open(f"/proc/{pid}/cmdline", encoding="utf-8") as line:
                    words = line.read().split("\0")
                found[words[words.index("--role") + 1]] = int(pid)
        return found

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "killed by the test"

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.wait()


def configure(directory, name, mode, ports, hop, trusted="", publish=""):
    key = "pki/provider/auth.example/sign.key" if mode == "auth" else \
        "pki/provider/provider.example/sign.key"
    listen = ", ".join(f'{{ transport = "{p}"; address = "127.0.0.1:{n}"; }}' for p, n in ports)
    with open(f"{directory}/{name}.conf", "w", encoding="utf-8") as file:
        file.write(CONFIG.format(mode=mode, dir=directory, listen=listen, hop=hop,
                                 key=f"{directory}/{key}", trusted=trusted, publish=publish))


# ---- SIP -----------------------------------------------------------------------

class Callee:
    """Answers every request 486 and keeps the last one."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", CALLEE))
        self.socket.setblocking(False)
        self.last = None

    def poll(self):
        try:
            data, peer = self.socket.recvfrom(65536)
        except BlockingIOError:
            return
        text = data.decode()
        if text.startswith("ACK"):
            return
        self.last = text
        keep = [line for line in text.split("\r\n\r\n")[0].split("\r\n")
                if re.match(r"(Via|From|To|Call-ID|CSeq):", line, re.I)]
        keep = [line + ";tag=b" if line.startswith("To:") else line for line in keep]
        self.socket.sendto("\r\n".join(["SIP/2.0 486 Busy Here", *keep, "Content-Length: 0",
                                        "", ""]).encode(), peer)


class Caller:
    count = 0

    def __init__(self, callee, port, kind="udp", ca=None):
        self.callee, self.kind = callee, kind
        if kind == "udp":
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.connect(("127.0.0.1", port))
        else:
            self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        if kind == "tls":
            self.socket = ssl.create_default_context(cafile=ca).wrap_socket(
                self.socket, server_hostname="localhost")
        self.socket.settimeout(0.02)
        self.unread = ""

    def close(self):
        self.socket.close()

    def response(self):
        """The next final response."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.callee.poll()
            try:
                self.unread += self.socket.recv(65536).decode()
            except (TimeoutError, ssl.SSLWantReadError):
                pass
            while "\r\n\r\n" in self.unread:
                head, self.unread = self.unread.split("\r\n\r\n", 1)
                if not head.startswith("SIP/2.0 1"):
                    return head
        return "SIP/2.0 000 nothing came"

    def send(self, method, sender=ALICE, prints=(PRINT_A,), headers=(), target=BOB, hops=70):
        Caller.count += 1
        tag = f"c{os.getpid()}x{Caller.count}"
        body = ""
        if prints is not None:
            body = "".join(line + "\r\n" for line in (
                "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
                "m=audio 30000 UDP/TLS/RTP/SAVP 0", "a=setup:actpass",
                *(f"a=fingerprint:sha-256 {p}" for p in prints)))
        host, port = self.socket.getsockname()
        lines = [f"{method} {target} SIP/2.0",
                 f"Via: SIP/2.0/{self.kind.upper()} {host}:{port};branch=z9hG4bK{tag};rport",
                 f"Max-Forwards: {hops}", f"From: <{sender}>;tag={tag}", f"To: <{target}>",
                 f"Call-ID: {tag}", f"CSeq: 1 {method}", f"Contact: <sip:{host}:{port}>", *headers]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", body]
        self.socket.send("\r\n".join(lines).encode())
        return self.response()

    def ask(self, user, password, method="UPDATE", algorithm="SHA-256", **more):
        """Request, challenge, request with credentials. Return: the last response."""
        first = self.send(method, **more)
        if not first.startswith("SIP/2.0 407"):
            return first
        return self.send(method, headers=[credentials(first, user, password, method, algorithm)],
                         **more)


def credentials(response, user, password, method, algorithm="SHA-256", target=BOB):
    line = next(line for line in response.split("\r\n") if f"algorithm={algorithm}," in line + ",")
    nonce = re.search(r'nonce="([^"]*)"', line).group(1)

    def digest(text):
        name = {"SHA-256": "sha256", "SHA-512-256": "sha512_256", "MD5": "md5"}[algorithm]
        return hashlib.new(name, text.encode()).hexdigest()

    cnonce = os.urandom(8).hex()
    answer = digest(f"{digest(f'{user}:{REALM}:{password}')}:{nonce}:00000001:{cnonce}:auth:"
                    + digest(f"{method}:{target}"))
    return (f'Proxy-Authorization: Digest username="{user}", realm="{REALM}", nonce="{nonce}", '
            f'uri="{target}", response="{answer}", algorithm={algorithm}, cnonce="{cnonce}", '
            'qop=auth, nc=00000001')


def header(message, name):
    found = re.search(rf"^{name}: (.*?)\r?$", message or "", re.M)
    return found.group(1) if found else None


def code(response):
    return response.split(" ")[1]


def claims(message):
    part = header(message, "Identity").split(";")[0].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def second_opinion(directory, identity):
    with open(f"{directory}/identity", "w", encoding="ascii") as file:
        file.write(identity)
    run("openssl", "x509", "-in", f"{directory}/pki/provider/provider.example/sign.pem", "-pubkey",
        "-noout", "-out", f"{directory}/public.pem")
    return run("secsipidx", "-check", "-fidentity", f"{directory}/identity", "-fpubkey",
               f"{directory}/public.pem", "-expire", "60")


def summary():
    """Print the plan. Return: the exit status."""
    print(f"1..{number}")
    return 1 if failed else 0
