# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo's hosts as network namespaces:

    phone-a 10.10.1.2 -- 10.10.1.1 gw 10.10.2.1 -- 10.10.2.2 phone-b
                   `outside': SRTP    `inside': plain RTP
"""
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time

GW_OUTSIDE, PHONE_A = "10.10.1.1", "10.10.1.2"
GW_INSIDE, PHONE_B = "10.10.2.1", "10.10.2.2"
SIDES = ("outside", "inside")

_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


class DemoError(Exception):
    """The demo cannot go on; the text says what failed."""


def run(*command, ns=None, timeout=30):
    """Runs a command to its end, in a namespace if one is named; returns its output."""
    if ns:
        command = ("ip", "netns", "exec", ns) + command
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=timeout)
    if done.returncode:
        raise DemoError(f"{' '.join(command)}: exit status {done.returncode}: "
                        f"{(done.stderr or done.stdout).strip()}")
    return done.stdout


def start(*command, ns, log, env=None):
    """Starts a program that stays; its output goes to the file `log`."""
    with open(log, "ab") as out:
        return subprocess.Popen(("ip", "netns", "exec", ns) + command, stdin=subprocess.DEVNULL,
                                stdout=out, stderr=subprocess.STDOUT, env=env)


def stop(process, how=signal.SIGTERM, seconds=10):
    """Ends a program of start(); returns its exit status, or None when it had to be killed."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def wait_for(condition, seconds, what):
    """Waits until condition() is true; raises DemoError when the time is up."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise DemoError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.05)


@contextlib.contextmanager
def inside(ns):
    """Sockets made under this belong to a namespace, and stay in it."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{ns}", os.O_RDONLY)
    try:
        if _libc.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {ns}")
        try:
            yield
        finally:
            if _libc.setns(home, CLONE_NEWNET):
                os._exit(70)    # everything after this would run in the wrong place
    finally:
        os.close(there)
        os.close(home)


def build():
    """Makes the namespaces and their links."""
    for ns in ("gw", "phone-a", "phone-b"):
        run("ip", "netns", "add", ns)
        run("ip", "link", "set", "lo", "up", ns=ns)
    for side, gw, phone, ns in (("outside", GW_OUTSIDE, PHONE_A, "phone-a"),
                                ("inside", GW_INSIDE, PHONE_B, "phone-b")):
        run("ip", "link", "add", side, "netns", "gw", "type", "veth",
            "peer", "name", "eth0", "netns", ns)
        run("ip", "address", "add", f"{gw}/24", "dev", side, ns="gw")
        run("ip", "address", "add", f"{phone}/24", "dev", "eth0", ns=ns)
        run("ip", "link", "set", side, "up", ns="gw")
        run("ip", "link", "set", "eth0", "up", ns=ns)
        run("ip", "route", "add", "default", "via", gw, ns=ns)


class Capture:
    """tcpdump on both of the gateway's interfaces, whole packets.

    Written to memory first, so that the shared folder does not slow the
    capture; stop() puts the files where they stay.
    """
    END = b"end of capture"     # a datagram of ours that is known to be the last

    def __init__(self, out, name):
        self.files = {side: (f"/run/{name}-{side}.pcap", os.path.join(out, f"{name}-{side}.pcap"))
                      for side in SIDES}
        self.log = f"/run/{name}-tcpdump.log"
        self.running = [start("tcpdump", "-i", side, "-n", "-s", "0", "-B", "8192", "-U",
                              "--immediate-mode", "-Z", "root", "-w", temporary,
                              ns="gw", log=self.log)
                        for side, (temporary, _) in self.files.items()]
        wait_for(lambda: _read(self.log).count(b"listening on") == len(SIDES), 10,
                 "tcpdump to listen")

    def stop(self):
        """Ends the capture; raises DemoError when tcpdump missed packets."""
        with inside("gw"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for phone in (PHONE_A, PHONE_B):
                sock.sendto(self.END, (phone, 9))
        for temporary, _ in self.files.values():
            wait_for(lambda: self.END in _read(temporary), 10, "tcpdump to write all packets")
        for process in self.running:
            stop(process, signal.SIGINT)
        for temporary, final in self.files.values():
            shutil.copyfile(temporary, final)
            os.unlink(temporary)
        for line in _read(self.log).decode().splitlines():
            if "dropped by kernel" in line and not line.startswith("0 "):
                raise DemoError(f"the capture is not complete: {line}")


def _read(path):
    with open(path, "rb") as file:
        return file.read()
