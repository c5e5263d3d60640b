# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that runs in the place: signers, proxies, gateways; their configurations."""
import json
import os
import shutil
import socket
import subprocess
import time

import net
from gateway import DRIVERS, IS_MEDIA
from place import (DOMAIN, INSIDE, MALLORY, NAME, OUTSIDE, PHONE, PORTS, PROXY, ROBERT, SIGNER, URI)

# Whose signatures a gateway of each scheme believes, and who signs for it. `None`: nobody does.
SCHEMES = {
    "none": None,
    "classical": {"policies": (("", "own"),),
                  "signers": {"a": ("atlanta.example",), "b": ("biloxi.example",)}},
    "one-provider": {"policies": (("one.example", "all"),),
                     "signers": {"a": ("one.example",), "b": ("one.example",)}},
    "two-providers": {"policies": (("one.example", "all"), ("two.example", "all")),
                      "signers": {"a": ("one.example", "two.example"),
                                  "b": ("two.example", "one.example")}},
    "split-providers": {"policies": (("sign.example", "all"),),
                        "signers": {"a": ("auth.example",), "b": ("auth.example",)}},
}
USERS = {"atlanta.example": "a", "biloxi.example": "b", "one.example": "ab", "two.example": "ab",
         "auth.example": "ab"}

GATEWAY = """\
control_socket = "{run}/srtpd.sock";
identity_timeout = 5; handshake_timeout = 10;
{trust}
sides = (
  {{ name = "inside"; sip = "{inside}:5060"; media = "{inside}"; ports = "16384-24575";
    security = "rtp"; }},
  {{ name = "outside"; sip = "{outside}:5060"; media = "{outside}"; ports = "24576-32767";
    security = "dtls-srtp"; identity = "{identity}"; }}
);
routes = (
  {{ name = "out"; from = "inside"; to = "outside"; next_hop = "{proxy}:5060"; }},
  {{ name = "in"; from = "outside"; to = "inside"; next_hop = "{phone}:5060"; }}
);
"""
TRUST = """\
trust = {{
  roots = ( {{ name = "main"; file = "{pki}/sign-root/ca.pem"; }} );
  policies = ( {policies} );
  https_ca = "{pki}/tls-root/ca.pem"; allow_networks = "10.20.0.0/24"; }};
signers = ( {signers} );
"""
PROXYD = """\
listen = ( {{ address = "{address}:5060"; }} );
domains = ( {{ name = "{domain}"; }} );
routes = ( {{ domain = "{other}"; next_hop = "{hop}:5060"; }} );
relays = ( {relays} );
location = "{run}/location.db"; authenticate = false; dns = false;
"""
SIGNERD = """\
listen = ( {{ address = "{address}:5060"; }} );
realm = "{name}"; {users}rate = 0;
signature = {{ private_key = "{key}/sign.key"; {certificate} }};
{more}
tls = {{ certificate = "{pki}/tls/{address}/tls.pem"; private_key = "{pki}/tls/{address}/tls.key"; }};
"""


def key_folder(name, pki):
    return f"{pki}/{'domain' if name in DOMAIN.values() else 'provider'}/{name}"


def x5u(name):
    return f"https://{SIGNER[name]}/sign.pem"


def signerd_conf(name, pki, run):
    at, key = SIGNER[name], key_folder(name, pki)
    users = f'users = "{run}/users.db"; '
    certificate = f'certificate = "{key}/sign.pem"; x5u = "{x5u(name)}";'
    more = f'publish = ( {{ address = "{at}:443"; }} );'
    if name == "auth.example":
        certificate = ""
        more = (f'mode = "auth"; next_hops = ( {{ address = "{SIGNER["sign.example"]}:5060"; }} );'
                'token = { issuer = "auth.example"; audience = "sign.example"; };')
    elif name == "sign.example":
        users = ""
        more += ('mode = "sign"; token = { audience = "sign.example"; trusted = ( '
                 '{ name = "auth.example"; '
                 f'certificate = "{key_folder("auth.example", pki)}/sign.pem"; }} ); }};')
    return SIGNERD.format(address=at, name=name, users=users, pki=pki, key=key,
                          certificate=certificate, more=more)


def user(programs, conf, *what, password=None):
    subprocess.run([f"{programs}/sip-signerd", "-c", conf, "user", *what], input=password,
                   text=True, check=True, stdout=subprocess.DEVNULL)


def make_users(programs, folder, pki):
    """A file of users for each signer that has any."""
    os.makedirs(folder)
    for name, who in USERS.items():
        conf, db = f"{folder}/{name}.conf", f"{folder}/users.db"
        with open(conf, "w", encoding="ascii") as file:
            file.write(signerd_conf(name, pki, folder))
        for x in who:
            user(programs, conf, "add", NAME[x], URI[x], password=f"of {NAME[x]}\n")
            if x == "b":
                user(programs, conf, "claim", "bob", ROBERT)
        user(programs, conf, "add", "mallory", MALLORY[who[0]], password="of mallory\n")
        os.rename(db, f"{folder}/{name}.db")


class Site:
    def __init__(self, root, kernel, out):
        self.bin, self.root, self.out = os.path.join(root, "build/bin"), root, out
        self.pki = os.path.join(out, "pki")
        self.running = {}
        os.environ["XTABLES_LIBDIR"] = ":".join((
            os.path.join(root, "build/lib/xtables"), "/usr/lib/x86_64-linux-gnu/xtables"))
        module = os.path.join(root, f"build/module-{kernel}/srtp.ko")
        depends = net.run("modinfo", "-F", "depends", module).strip().split(",")
        net.run("modprobe", "-a", *filter(None, depends), *DRIVERS)
        net.run("insmod", module)
        for x in "ab":
            self._iptables(x, "-t", "mangle", "-A", "PREROUTING", "-p", "udp", "-m", "udp",
                           "--dport", PORTS, "-j", "SRTP")
            # Witnesses: media that a program's socket was given, and media it sent.
            self._iptables(x, "-A", "INPUT", "-p", "udp", "-m", "udp", "--dport", PORTS,
                           *IS_MEDIA, "-m", "socket", "--nowildcard")
            self._iptables(x, "-A", "OUTPUT", "-p", "udp", "-m", "udp", "--sport", PORTS,
                           *IS_MEDIA, "-m", "owner", "--socket-exists")

    def _iptables(self, x, *arguments):
        return net.run("iptables", "-w", *arguments, ns=f"gw-{x}")

    # ---- programs --------------------------------------------------------------

    def _write(self, name, text):
        run = f"/run/{name}"
        os.makedirs(run, exist_ok=True)
        with open(f"{run}/conf", "w", encoding="ascii") as file:
            file.write(text)
        return run

    def _log(self, name):
        return os.path.join("/run", f"{name}.log")

    def log_text(self, name):
        with open(self._log(name), encoding="utf-8", errors="replace") as file:
            return file.read()

    def _start(self, name, program, ns, ready):
        log = self._log(name)
        self.running[name] = net.start(f"{self.bin}/{program}", "-c", f"/run/{name}/conf", ns=ns,
                                       log=log)
        return name, ready

    def _await(self, started):
        for name, ready in started:
            def serves():
                if self.running[name].poll() is not None:
                    last = " | ".join(self.log_text(name).splitlines()[-5:])
                    raise net.DemoError(f"{name} ended: {last}")
                return ready()
            net.wait_for(serves, 60, f"{name} to serve")

    def _serving(self, name):
        before = self.log_text(name).count("serving") if os.path.exists(self._log(name)) else 0
        return lambda: self.log_text(name).count("serving") > before

    def stop(self, *beginnings):
        """Ends programs whose names begin so; returns what did not end with 0."""
        names = [name for name in self.running if name.startswith(beginnings)]
        ended = {name: net.stop(self.running.pop(name)) for name in names}
        return {name: status for name, status in ended.items() if status != 0}

    def keep_logs(self):
        """What was written to memory is put where it stays."""
        for name in os.listdir("/run"):
            if name.endswith(".log"):
                with open(os.path.join(self.out, name), "w", encoding="utf-8") as file:
                    file.write(self.log_text(name[:-4]))

    # ---- signers ---------------------------------------------------------------

    def user(self, name, *what):
        user(self.bin, f"/run/{name}/conf", *what)

    def start_signers(self, names):
        """One after the other: each starts many processes, and has to be quick about it."""
        for name in names:
            if name in self.running:
                continue
            run = self._write(name, signerd_conf(name, self.pki, f"/run/{name}"))
            if name in USERS:
                shutil.copy(os.path.join(self.out, "users", f"{name}.db"), f"{run}/users.db")
            self._await([self._start(name, "sip-signerd", "wan", self._serving(name))])

    # ---- proxies and gateways --------------------------------------------------

    def start_proxies(self):
        """The domains' own, honest ones."""
        started = []
        for x, other in ("ab", "ba"):
            name = f"proxy-{x}"
            relays = ", ".join(f'{{ address = "{host}"; }}' for host in
                               (*SIGNER.values(), PROXY[other], OUTSIDE[x]))
            self._write(name, PROXYD.format(address=PROXY[x], domain=DOMAIN[x], other=DOMAIN[other],
                                            hop=PROXY[other], relays=relays, run=f"/run/{name}"))
            os.chown(f"/run/{name}", 65534, 65534)
            started.append(self._start(name, "sip-proxyd", "wan", self._serving(name)))
        self._await(started)

    def start_gateways(self, scheme):
        started, about = [], SCHEMES[scheme]
        for x in "ab":
            name = f"gw-{x}"
            run = self._write(name, "")
            with open(f"{run}/password", "w", encoding="ascii",
                      opener=lambda p, f: os.open(p, f, 0o600)) as file:
                file.write(f"of {NAME[x]}\n")
            trust = about and TRUST.format(
                pki=self.pki,
                policies=", ".join(
                    f'{{ root = "main"; scope = "{scope}";'
                    + (f' signer = "{signer}";' if signer else "") + " }"
                    for signer, scope in about["policies"]),
                signers=", ".join(
                    f'{{ name = "{n.split(".")[0]}"; side = "outside"; address = "{SIGNER[n]}:5060";'
                    f' user = "{NAME[x]}"; password_file = "{run}/password"; }}'
                    for n in about["signers"][x]))
            self._write(name, GATEWAY.format(
                run=run, trust=trust or "", inside=INSIDE[x], outside=OUTSIDE[x], proxy=PROXY[x],
                phone=PHONE[x], identity="require" if about else "off"))
            started.append(self._start(name, "srtpd", name, self._serving(name)))
        self._await(started)

    def show(self, x, what):
        """What `srtpctl show WHAT --json` says."""
        more = () if what == "sessions" else ("--socket", f"/run/gw-{x}/srtpd.sock")
        return json.loads(net.run(f"{self.bin}/srtpctl", "show", what, "--json", *more,
                                  ns=f"gw-{x}"))

    def calls(self, x):
        """The calls srtpd knows; asked on its socket, for a program would be slow here."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(f"/run/gw-{x}/srtpd.sock")
            sock.sendall(b'{"op":"calls"}\n')
            told = b""
            while b'"end"' not in told:
                octets = sock.recv(65536)
                if not octets:
                    raise net.DemoError(f"srtpd does not say its calls: {told}")
                told += octets
        return [line["call"] for line in map(json.loads, told.splitlines()) if "call" in line]

    def idle(self):
        """No call left at either gateway."""
        return not any(self.calls(x) for x in "ab")

    def at_rest(self):
        """The counters, once no call and no kernel session is left."""
        net.wait_for(self.idle, 20, "the call to end")
        end = time.monotonic() + 20
        while True:
            found = self.counters()
            if not any(found[x]["kernel"]["sessions"] for x in "ab"):
                return found
            if time.monotonic() > end:
                raise net.DemoError("kernel sessions are left")

    def counters(self):
        """Of both gateways: the kernel's, srtpd's and the witnesses'."""
        found = {}
        for x in "ab":
            lines = [line for line in self._iptables(x, "-nvxL").splitlines() if "u32" in line]
            if len(lines) != 2:
                raise net.DemoError("the iptables rules that count are gone")
            found[x] = self.show(x, "stats")
            found[x]["witnesses"] = sum(int(line.split()[0]) for line in lines)
        found["time"] = time.time()
        return found
