# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway under test: srtp.ko, one iptables rule, srtpd; and its counters."""
import json
import os
import re
import subprocess

import net

PORTS = "16384:32767"
CONTROL = "/run/ksrtp/srtpd.sock"

CONFIG = """\
control_socket = "{control}";
users = {{ sip = "nobody"; media = "daemon"; }};
max_calls = 1000;
log_level = "info";
sides = (
  {{ name = "inside"; sip = "{gw_inside}:5060"; media = "{gw_inside}"; ports = "16384-24575";
    security = "rtp"; }},
  {{ name = "outside"; sip = "{gw_outside}:5060"; media = "{gw_outside}"; ports = "24576-32767";
    security = "dtls-srtp"; profiles = [ "{profile}" ]; savpf = false; rtcp_mux = true;
    identity = "off"; }}
);
routes = (
  {{ name = "out"; from = "inside"; user = "*"; domain = "*"; to = "outside";
    next_hop = "{phone_a}:5060"; }},
  {{ name = "in"; from = "outside"; user = "*"; domain = "*"; to = "inside";
    next_hop = "{phone_b}:5060"; }}
);
"""

# Ciphers as fast as the machine has them; a virtual machine may not load them by itself.
DRIVERS = ("aesni-intel", "ghash-clmulni-intel", "sha1-ssse3", "gcm", "ctr", "hmac")

# The first two bits of the UDP payload are 10: RTP or RTCP (RFC 7983 section 7).
IS_MEDIA = ("-m", "u32", "--u32", "0>>22&0x3C@8>>30=2")


class Gateway:
    """Module and rule live as long as the guest, srtpd from start() to stop()."""

    def __init__(self, root, kernel, out):
        self.bin = os.path.join(root, "build/bin")
        self.log = os.path.join(out, "srtpd.log")
        self.process = None
        module = os.path.join(root, f"build/module-{kernel}/srtp.ko")
        for file in (module, f"{self.bin}/srtpd", f"{self.bin}/srtpctl"):
            if not os.path.exists(file):
                raise net.DemoError(f"{file} is not there: run `make` first")
        depends = net.run("modinfo", "-F", "depends", module).strip().split(",")
        net.run("modprobe", "-a", *filter(None, depends), *DRIVERS)
        net.run("insmod", module)
        self.env = dict(os.environ, XTABLES_LIBDIR=":".join(
            (os.path.join(root, "build/lib/xtables"), "/usr/lib/x86_64-linux-gnu/xtables")))
        self._iptables("-t", "mangle", "-A", "PREROUTING", "-p", "udp", "-m", "udp",
                       "--dport", PORTS, "-j", "SRTP")
        # Witnesses that know nothing of the module: media that a program's socket was
        # given, and media that a program's socket sent.
        self._iptables("-A", "INPUT", "-p", "udp", "-m", "udp", "--dport", PORTS, *IS_MEDIA,
                       "-m", "socket", "--nowildcard")
        self._iptables("-A", "OUTPUT", "-p", "udp", "-m", "udp", "--sport", PORTS, *IS_MEDIA,
                       "-m", "owner", "--socket-exists")

    def _iptables(self, *arguments):
        done = subprocess.run(("ip", "netns", "exec", "gw", "iptables", "-w") + arguments,
                              capture_output=True, text=True, env=self.env, check=False)
        if done.returncode:
            raise net.DemoError(f"iptables {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def start(self, profile):
        """Starts srtpd with one protection profile and waits until it answers."""
        config = f"/run/srtpd-{profile}.conf"
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(control=CONTROL, profile=profile, gw_inside=net.GW_INSIDE,
                                     gw_outside=net.GW_OUTSIDE, phone_a=net.PHONE_A,
                                     phone_b=net.PHONE_B))
        os.makedirs(os.path.dirname(CONTROL), exist_ok=True)
        net.run(f"{self.bin}/srtpd", "--check-config", "-c", config, ns="gw")
        self.process = net.start(f"{self.bin}/srtpd", "-c", config, ns="gw", log=self.log)
        net.wait_for(self._answers, 20, "srtpd to answer on its control socket")

    def _answers(self):
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                last = log.read().splitlines()[-5:]
            raise net.DemoError(f"srtpd ended with status {self.process.returncode}: "
                                f"{' | '.join(last)}")
        try:
            return self.show("calls")
        except net.DemoError:
            return None

    def show(self, what):
        """What `srtpctl show WHAT --json` says."""
        return json.loads(net.run(f"{self.bin}/srtpctl", "show", what, "--json", ns="gw"))

    def counters(self):
        """All counters of the moment: the module's, the daemon's, the witnesses'."""
        witnesses = [int(line.split()[0]) for chain in ("INPUT", "OUTPUT")
                     for line in self._iptables("-nvxL", chain).splitlines() if "u32" in line]
        if len(witnesses) != 2:
            raise net.DemoError("the iptables rules that count are gone")
        return {"stats": self.show("stats"), "media_to_sockets": witnesses[0],
                "media_from_sockets": witnesses[1], "media_by_srtpd": self._logged()}

    def _logged(self):
        """How many media packets srtpd itself says it was given, leg by leg."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return sum(int(n) for n in re.findall(r"userspace_packets=(\d+)", log.read()))

    def idle(self):
        """True when no call and no kernel session is left."""
        return not self.show("calls")["calls"] and not self.show("sessions")["sessions"]

    def stop(self):
        """Ends srtpd; raises DemoError when it does not end cleanly."""
        if not self.process:
            return
        process, self.process = self.process, None
        status = net.stop(process)
        if status:
            raise net.DemoError(f"srtpd ended with status {status}, not 0")
        if status is None:
            raise net.DemoError("srtpd did not end within 10 s of SIGTERM")

    def unload(self):
        """Takes rules and module away; raises DemoError when something still holds it."""
        self._iptables("-t", "mangle", "-F")
        self._iptables("-F")
        net.run("rmmod", "srtp")
