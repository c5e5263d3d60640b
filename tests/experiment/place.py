# SPDX-License-Identifier: GPL-2.0-or-later
"""The place of the experiment, as network namespaces:

    phone-a ── gw-a ── wan ── gw-b ── phone-b
    10.20.11.2    .1.2  .1.1 .2.1  .2.2    10.20.12.2

`wan` routes between the gateways and holds, each with an address of its own, the two
domains' proxies, the signer and whoever is hostile.
"""
import json
import os
import subprocess

import net
from gateway import DRIVERS, IS_MEDIA

PHONE = {"a": "10.20.11.2", "b": "10.20.12.2"}
INSIDE = {"a": "10.20.11.1", "b": "10.20.12.1"}
OUTSIDE = {"a": "10.20.1.2", "b": "10.20.2.2"}
ATLANTA, BILOXI, SIGNER, HOSTILE = (f"10.20.0.{n}" for n in (11, 12, 13, 14))
URI = {"a": "sip:alice@atlanta.example", "b": "sip:bob@biloxi.example"}
# Another name of Bob's, and the way to it leads through the hostile proxies.
ROBERT = "sip:robert@biloxi.example"
PORTS = "16384:32767"

GATEWAY = """\
control_socket = "{run}/srtpd.sock";
identity_timeout = {patience}; handshake_timeout = {handshake};
{trust}
sides = (
  {{ name = "inside"; sip = "{inside}:5060"; media = "{inside}"; ports = "16384-24575";
    security = "rtp"; }},
  {{ name = "outside"; sip = "{outside}:5060"; media = "{outside}"; ports = "24576-32767";
    security = "dtls-srtp"; identity = "{identity}"; }}
);
routes = (
  {{ name = "honest"; from = "inside"; user = "bob"; to = "outside"; next_hop = "{proxy}:5060"; }},
  {{ name = "hostile"; from = "inside"; to = "outside"; next_hop = "{hostile}:5060"; }},
  {{ name = "in"; from = "outside"; to = "inside"; next_hop = "{phone}:5060"; }}
);
"""

TRUST = """\
trust = {{
  roots = ( {{ name = "main"; file = "{pki}/sign-root/ca.pem"; }} );
  policies = ( {{ root = "main"; signer = "provider.example"; scope = "all"; }} );
  https_ca = "{pki}/tls-root/ca.pem"; allow_networks = "{signer}/32"; }};
signers = ( {{ name = "provider"; side = "outside"; address = "{signer}:5060"; user = "{user}";
  password_file = "{run}/password"; }} );
"""

PROXY = """\
listen = ( {{ address = "{address}:5060"; }} );
domains = ( {{ name = "{domain}"; }} );
routes = ( {{ domain = "{other}"; next_hop = "{next}:5060"; }} );
relays = ( {{ address = "{signer}"; }}, {{ address = "{next}"; }} );
location = "{run}/location.db"; authenticate = false; dns = false;
"""

PROVIDER = """\
listen = ( {{ address = "{signer}:5060"; }} );
realm = "provider.example"; users = "{run}/users.db";
signature = {{ private_key = "{pki}/provider/provider.example/sign.key";
  certificate = "{pki}/provider/provider.example/sign.pem"; x5u = "https://{signer}/sign.pem"; }};
publish = ( {{ address = "{signer}:443"; }} );
tls = {{ certificate = "{pki}/tls/{signer}/tls.pem"; private_key = "{pki}/tls/{signer}/tls.key"; }};
"""


def link(ns, name, address, peer_ns, peer, peer_address, mtu):
    net.run("ip", "link", "add", name, "netns", ns, "type", "veth", "peer", "name", peer,
            "netns", peer_ns)
    for where, device, at in ((ns, name, address), (peer_ns, peer, peer_address)):
        net.run("ip", "address", "add", f"{at}/24", "dev", device, ns=where)
        net.run("ip", "link", "set", device, "mtu", str(mtu), "up", ns=where)


def build():
    """Namespaces and links; large enough for a signed INVITE, so that captures hold no fragments."""
    for ns in ("wan", "gw-a", "gw-b", "phone-a", "phone-b"):
        net.run("ip", "netns", "add", ns)
        net.run("ip", "link", "set", "lo", "up", ns=ns)
    for address in (ATLANTA, BILOXI, SIGNER, HOSTILE):
        net.run("ip", "address", "add", f"{address}/32", "dev", "lo", ns="wan")
    net.run("sysctl", "-qw", "net.ipv4.ip_forward=1", ns="wan")
    for x in "ab":
        router = OUTSIDE[x][:-1] + "1"
        link("wan", f"to-{x}", router, f"gw-{x}", "outside", OUTSIDE[x], 4000)
        link(f"gw-{x}", "inside", INSIDE[x], f"phone-{x}", "eth0", PHONE[x], 1500)
        net.run("ip", "route", "add", "default", "via", router, ns=f"gw-{x}")
        net.run("ip", "route", "add", "default", "via", INSIDE[x], ns=f"phone-{x}")


class Site:
    """Everything that runs, and where its files and logs are."""

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

    def _write(self, name, text):
        run = f"/run/{name}"
        os.makedirs(run, exist_ok=True)
        with open(f"{run}/conf", "w", encoding="ascii") as file:
            file.write(text)
        return run

    def _start(self, name, program, ns, ready):
        log = os.path.join(self.out, f"{name}.log")
        net.run(f"{self.bin}/{program}", "-c", f"/run/{name}/conf", "--check-config", ns=ns)
        process = net.start(f"{self.bin}/{program}", "-c", f"/run/{name}/conf", ns=ns, log=log)
        self.running[name] = process

        def answers():
            if process.poll() is not None:
                with open(log, encoding="utf-8", errors="replace") as file:
                    raise net.DemoError(f"{name} ended: {' | '.join(file.read().splitlines()[-5:])}")
            return ready()
        net.wait_for(answers, 40, f"{name} to serve")

    def _says(self, name, word):
        with open(os.path.join(self.out, f"{name}.log"), encoding="utf-8", errors="replace") as file:
            return word in file.read()

    def start_wan(self):
        """The provider with its two users, and the proxies of both domains."""
        run = self._write("provider", PROVIDER.format(signer=SIGNER, pki=self.pki,
                                                      run="/run/provider"))
        users = ([f"{self.bin}/sip-signerd", "-c", f"{run}/conf", "user"])
        for name, uri in (("alice", URI["a"]), ("bob", URI["b"])):
            subprocess.run([*users, "add", name, uri], input=f"of {name}\n", text=True, check=True)
        subprocess.run([*users, "claim", "bob", ROBERT], check=True)
        self._start("provider", "sip-signerd", "wan", lambda: self._says("provider", "serving"))
        for name, domain, other, at, hop in (
                ("atlanta", "atlanta.example", "biloxi.example", ATLANTA, BILOXI),
                ("biloxi", "biloxi.example", "atlanta.example", BILOXI, ATLANTA)):
            self._write(name, PROXY.format(address=at, domain=domain, other=other, next=hop,
                                           signer=SIGNER, run=f"/run/{name}"))
            os.chown(f"/run/{name}", 65534, 65534)
            self._start(name, "sip-proxyd", "wan", lambda name=name: self._says(name, "serving"))

    def start_gateways(self, identity):
        for x, user, proxy in (("a", "alice", ATLANTA), ("b", "bob", BILOXI)):
            name = f"gw-{x}"
            run = self._write(name, "")
            with open(f"{run}/password", "w", encoding="ascii", opener=lambda p, f: os.open(
                    p, f, 0o600)) as file:
                file.write(f"of {user}\n")
            trust = TRUST.format(pki=self.pki, signer=SIGNER, user=user, run=run)
            off = identity == "off"
            self._write(name, GATEWAY.format(
                run=run, patience=5, handshake=4 if off else 15, trust="" if off else trust,
                inside=INSIDE[x], outside=OUTSIDE[x], identity=identity, proxy=proxy,
                hostile=HOSTILE, phone=PHONE[x]))
            self._start(name, "srtpd", name, lambda x=x: self.show(x, "calls", quiet=True))

    def show(self, x, what, quiet=False):
        try:
            more = () if what == "sessions" else ("--socket", f"/run/gw-{x}/srtpd.sock")
            return json.loads(net.run(f"{self.bin}/srtpctl", "show", what, "--json", *more,
                                      ns=f"gw-{x}"))
        except net.DemoError:
            if quiet:
                return None
            raise

    def idle(self):
        return not any(self.show(x, "calls")["calls"] or self.show(x, "sessions")["sessions"]
                       for x in "ab")

    def userspace(self, x):
        """Media packets that a program's socket was given or sent, by iptables and by srtpd."""
        lines = [line for chain in ("INPUT", "OUTPUT")
                 for line in self._iptables(x, "-nvxL", chain).splitlines() if "u32" in line]
        if len(lines) != 2:
            raise net.DemoError("the iptables rules that count are gone")
        return sum(int(line.split()[0]) for line in lines) + \
            self.show(x, "stats")["srtpd"]["userspace_packets"]

    def stop(self, *names):
        """Returns what did not end with 0."""
        ended = {name: net.stop(self.running.pop(name)) for name in names or list(self.running)}
        return {name: status for name, status in ended.items() if status}
