# SPDX-License-Identifier: GPL-2.0-or-later
"""sip-proxyd with a domain, three users and certificates, in a folder of its own."""

import hashlib
import os
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

BINARY = "build/bin/sip-proxyd"
IP = "127.0.52.1"
UDP = (IP, 5060)
TLS = (IP, 5061)
USERS = {"alice": "wonder", "bob": "builder", "carol": "carol"}

CONFIG = """
user = "nobody";
log_level = "info";
listen = (
	{{ transport = "udp"; address = "{ip}:5060"; }},
	{{ transport = "tcp"; address = "{ip}:5060"; }},
	{{ transport = "tls"; address = "{ip}:5061"; }}
);
domains = ( {{ name = "example.com"; }}, {{ name = "{ip}"; }} );
routes = (
	{{ domain = "far.example"; transport = "udp"; next_hop = "127.0.52.9:5060"; }}
);
relays = ( {{ address = "127.0.52.8"; }} );
location = "{folder}/location.db";
users = "{folder}/users.db";
realm = "example.com";
dns_servers = "127.0.52.53:5353";
min_expires = 60;
max_expires = 600;
max_bindings = 3;
tls = {{ certificate = "{folder}/cert.pem"; private_key = "{folder}/key.pem"; }};
"""

SCHEMA = """
CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT NOT NULL, realm TEXT NOT NULL,
 created INTEGER NOT NULL, UNIQUE (realm, name)) STRICT;
CREATE TABLE credential (user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
 alg TEXT NOT NULL, ha1 TEXT NOT NULL, PRIMARY KEY (user, alg)) STRICT, WITHOUT ROWID;
CREATE TABLE claim (user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
 identity TEXT NOT NULL, PRIMARY KEY (user, identity)) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x6b737274;
PRAGMA user_version = 1;
"""


class Daemon:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="ksrtp-proxy.")
        self.config = os.path.join(self.folder, "sip-proxyd.conf")
        self.log = os.path.join(self.folder, "log")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(CONFIG.format(ip=IP, folder=self.folder))
        self.make_users()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=proxy",
             "-addext", "subjectAltName=DNS:example.com", "-keyout",
             f"{self.folder}/key.pem", "-out", f"{self.folder}/cert.pem"],
            check=True, capture_output=True)
        os.chmod(f"{self.folder}/key.pem", 0o600)
        self.process = None
        # What DNS says: NAPTR and SRV lead to 127.0.52.10; the first server is not there.
        self.dns = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
             "--bind-interfaces", "--listen-address=127.0.52.53", "--port=5353", "--user=root",
             "--pid-file=", "--no-daemon",
             "--naptr-record=dns.example,10,50,s,SIP+D2T,,_sip._tcp.dns.example",
             "--naptr-record=dns.example,20,50,s,SIP+D2U,,_sip._udp.dns.example",
             "--srv-host=_sip._tcp.dns.example,nobody.dns.example,5080,1,1",
             "--srv-host=_sip._tcp.dns.example,sip.dns.example,5070,2,1",
             "--srv-host=_sip._udp.dns.example,sip.dns.example,5070,1,1",
             "--host-record=nobody.dns.example,127.0.52.10",
             "--host-record=sip.dns.example,127.0.52.10"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def make_users(self):
        path = f"{self.folder}/users.db"
        old = os.umask(0o077)
        db = sqlite3.connect(path)
        db.executescript(SCHEMA)
        for number, (name, password) in enumerate(USERS.items(), 1):
            ha1 = hashlib.sha256(f"{name}:example.com:{password}".encode()).hexdigest()
            db.execute("INSERT INTO user VALUES (?, ?, 'example.com', 0)", (number, name))
            db.execute("INSERT INTO credential VALUES (?, 'SHA-256', ?)", (number, ha1))
            for host in ("example.com", IP):
                db.execute("INSERT INTO claim VALUES (?, ?)", (number, f"sip:{name}@{host}"))
        db.commit()
        db.close()
        os.umask(old)

    def passwd(self, name, password):
        """As an operator changes it while the daemon runs."""
        ha1 = hashlib.sha256(f"{name}:example.com:{password}".encode()).hexdigest()
        db = sqlite3.connect(f"{self.folder}/users.db")
        db.execute("UPDATE credential SET ha1 = ? WHERE user = "
                   "(SELECT id FROM user WHERE name = ?)", (ha1, name))
        db.commit()
        db.close()

    def start(self):
        """Return whether it serves: READY=1 has come."""
        ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = f"{self.folder}/notify"
        if os.path.exists(path):
            os.unlink(path)
        ready.bind(path)
        ready.settimeout(10)
        log = open(self.log, "ab")
        self.process = subprocess.Popen([BINARY, "-c", self.config], stderr=log,
                                        env={**os.environ, "NOTIFY_SOCKET": path})
        log.close()
        limit = time.monotonic() + 10
        ready.settimeout(0.1)
        while time.monotonic() < limit and self.process.poll() is None:
            try:
                if b"READY=1" in ready.recv(1024):
                    return True
            except socket.timeout:
                pass
        return False

    def stop(self):
        """Return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def status(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

    def logged(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()
