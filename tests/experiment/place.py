# SPDX-License-Identifier: GPL-2.0-or-later
"""The place of the experiment, as network namespaces:

    phone-a ── gw-a ── wan ── wire ── gw-b ── phone-b
    10.20.11.2    .1.2  .1.1 .2.1  bridge  .2.2    10.20.12.2

`wan` routes between the gateways and holds, each with an address of its own, the two
domains' proxies, the signers and the box of whoever is hostile. `wire` is a bridge
between the callee's gateway and everybody else, and a place for who sits on the wire.
"""
import net

PHONE = {"a": "10.20.11.2", "b": "10.20.12.2"}
INSIDE = {"a": "10.20.11.1", "b": "10.20.12.1"}
OUTSIDE = {"a": "10.20.1.2", "b": "10.20.2.2"}
ROUTER = {"a": "10.20.1.1", "b": "10.20.2.1"}
PROXY = {"a": "10.20.0.11", "b": "10.20.0.12"}
HOSTILE = "10.20.0.14"
SIGNER = {"atlanta.example": "10.20.0.21", "biloxi.example": "10.20.0.22",
          "one.example": "10.20.0.23", "two.example": "10.20.0.24",
          "auth.example": "10.20.0.25", "sign.example": "10.20.0.26"}

NAME = {"a": "alice", "b": "bob"}
DOMAIN = {"a": "atlanta.example", "b": "biloxi.example"}
URI = {x: f"sip:{NAME[x]}@{DOMAIN[x]}" for x in "ab"}
# Another of Bob's names; who calls it means another dialog.
ROBERT = "sip:robert@biloxi.example"
# Holds an account everywhere, and may claim to be nobody but himself.
MALLORY = {x: f"sip:mallory@{DOMAIN[x]}" for x in "ab"}
PORTS = "16384:32767"
OTHER = {"a": "b", "b": "a"}


def link(ns, name, peer_ns, peer, mtu):
    net.run("ip", "link", "add", name, "netns", ns, "type", "veth", "peer", "name", peer,
            "netns", peer_ns)
    for where, device in ((ns, name), (peer_ns, peer)):
        net.run("ip", "link", "set", device, "mtu", str(mtu), "up", ns=where)


def address(ns, device, value):
    net.run("ip", "address", "add", f"{value}/24", "dev", device, ns=ns)


def build():
    """Namespaces and links; large enough for a signed INVITE, so that captures hold no fragments."""
    for ns in ("wan", "wire", "gw-a", "gw-b", "phone-a", "phone-b"):
        net.run("ip", "netns", "add", ns)
        net.run("ip", "link", "set", "lo", "up", ns=ns)
    for host in (*PROXY.values(), HOSTILE, *SIGNER.values()):
        net.run("ip", "address", "add", f"{host}/32", "dev", "lo", ns="wan")
    net.run("sysctl", "-qw", "net.ipv4.ip_forward=1", ns="wan")
    link("wan", "to-a", "gw-a", "outside", 4000)
    link("wan", "to-b", "wire", "to-wan", 4000)
    link("wire", "to-gw", "gw-b", "outside", 4000)
    net.run("ip", "link", "add", "bridge", "mtu", "4000", "type", "bridge", "forward_delay", "0",
            ns="wire")
    net.run("ip", "link", "set", "bridge", "up", ns="wire")
    for device in ("to-wan", "to-gw"):
        net.run("ip", "link", "set", device, "master", "bridge", ns="wire")
    for x in "ab":
        address("wan", f"to-{x}", ROUTER[x])
        address(f"gw-{x}", "outside", OUTSIDE[x])
        link(f"gw-{x}", "inside", f"phone-{x}", "eth0", 1500)
        address(f"gw-{x}", "inside", INSIDE[x])
        address(f"phone-{x}", "eth0", PHONE[x])
        net.run("ip", "route", "add", "default", "via", ROUTER[x], ns=f"gw-{x}")
        net.run("ip", "route", "add", "default", "via", INSIDE[x], ns=f"phone-{x}")


def delay(ms):
    """Packets from and to the gateways take so long on their way; 0: no time."""
    for ns, device in (("wan", "to-a"), ("wan", "to-b"), ("gw-a", "outside"), ("gw-b", "outside")):
        if ms:
            net.run("tc", "qdisc", "add", "dev", device, "root", "netem", "delay", f"{ms}ms",
                    "limit", "10000", ns=ns)
        else:
            net.run("tc", "qdisc", "del", "dev", device, "root", ns=ns)
