# SPDX-License-Identifier: GPL-2.0-or-later
"""The phones: baresip, told what to do through its ctrl_tcp module, and the liar."""
import glob
import json
import os
import select
import socket
import subprocess
import time

import net

MODULES = "/usr/lib/baresip/modules"

CONFIG = """\
poll_method epoll
sip_listen {addr}:5060
net_interface eth0
call_local_timeout 60
call_max_calls 4
audio_buffer 200
audio_player aufile,/dev/null
audio_source aufile,{tone}
audio_alert aufile,/dev/null
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_level no
rtp_ports 10000-10100
rtcp_mux {mux}
jitter_buffer_delay 1-200
module_path {modules}
module g711.so
module sndfile.so
module aufile.so
module dtls_srtp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:4444
snd_path {records}
statmode_default off
"""

# What has to be in the modules folder for the configuration above.
NEEDED = ("g711", "sndfile", "aufile", "dtls_srtp", "menu", "ctrl_tcp")


class Phone:
    """One phone: `user` at `addr` in namespace `ns`, playing the WAV file `tone`.

    `encryption` is baresip's mediaenc: "dtls_srtp", or "" for plain RTP.  What
    it hears is recorded below `folder`.
    """
    def __init__(self, user, ns, addr, tone, folder, log, encryption="", mux="no"):
        self.user, self.ns, self.encryption = user, ns, encryption
        self.records = os.path.join(folder, "records")
        os.makedirs(self.records)
        for module in NEEDED:
            if not os.path.exists(f"{MODULES}/{module}.so"):
                raise net.DemoError(f"baresip lacks its module {module}: install baresip-core")
        for name, text in (
                ("config", CONFIG.format(addr=addr, tone=tone, mux=mux, modules=MODULES,
                                         records=self.records)),
                ("accounts", f"<sip:{user}@{addr}:5060>;regint=0;answermode=auto;"
                             f"mediaenc={encryption};audio_codecs=pcma\n"),
                ("contacts", "")):
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write(text)
        self.process = net.start("baresip", "-f", folder, ns=ns, log=log)
        self.buffer = b""
        self.events = []
        self.socket = net.wait_for(self._connect, 20, f"{user}'s phone to start")
        self.socket.settimeout(0.1)

    def _connect(self):
        if self.process.poll() is not None:
            raise net.DemoError(f"{self.user}'s phone ended with status {self.process.returncode}")
        try:
            with net.inside(self.ns):
                return socket.create_connection(("127.0.0.1", 4444), timeout=2)
        except OSError:
            return None

    def _read(self):
        """Takes what the phone has said; netstrings with JSON in them."""
        try:
            data = self.socket.recv(65536)
            if not data:
                raise net.DemoError(f"{self.user}'s phone hung up its control connection")
            self.buffer += data
        except TimeoutError:
            pass
        while b":" in self.buffer:
            length, _, rest = self.buffer.partition(b":")
            if len(rest) < int(length) + 1:
                break
            self.events.append(json.loads(rest[:int(length)]))
            self.buffer = rest[int(length) + 1:]

    def wait(self, accept, seconds, what):
        """Waits for an event that accept() likes; earlier ones are forgotten with it."""
        end = time.monotonic() + seconds
        while True:
            for i, event in enumerate(self.events):
                if accept(event):
                    del self.events[:i + 1]
                    return event
            if time.monotonic() > end:
                raise net.DemoError(f"{self.user}'s phone: no {what} in {seconds} s; it said "
                                    f"{[e.get('type', e) for e in self.events]}")
            self._read()

    def wait_type(self, kind, seconds=20):
        return self.wait(lambda e: e.get("event") and e.get("type") == kind, seconds, kind)

    def command(self, name, params=""):
        """Gives a command and waits for its answer."""
        message = json.dumps({"command": name, "params": params, "token": name}).encode()
        self.socket.sendall(b"%d:%s," % (len(message), message))
        answer = self.wait(lambda e: e.get("response") and e.get("token") == name, 10,
                           f"answer to {name}")
        if not answer.get("ok"):
            raise net.DemoError(f"{self.user}'s phone: {name} {params}: {answer.get('data')}")

    def recordings(self):
        """What the phone heard so far, one file a call, in order."""
        return sorted(glob.glob(f"{self.records}/*-dec.wav"))

    def stop(self):
        self.socket.close()
        net.stop(self.process)


class Liar:
    """The phone of liar.py, started once because its libraries load slowly."""

    def __init__(self, ns, addr, uri, log):
        script = os.path.join(os.path.dirname(__file__), "liar.py")
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                ("ip", "netns", "exec", ns, "/usr/bin/python3", script, addr, uri),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        self._answer(60)

    def _answer(self, seconds):
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            raise net.DemoError(f"the liar says nothing for {seconds} s")
        line = self.process.stdout.readline()
        if not line:
            raise net.DemoError(f"the liar ended with status {self.process.wait()}")
        return json.loads(line)

    def call(self, mode):
        """Places a call, "lie" or "honest"; returns what came of it."""
        self.process.stdin.write(mode.encode() + b"\n")
        self.process.stdin.flush()
        return self._answer(70)

    def stop(self):
        net.stop(self.process)
