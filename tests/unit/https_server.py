#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""https_server.py CERT KEY [FILE]: an HTTPS server on loopback that answers well and badly.
With "-" as CERT it speaks plain HTTP. FILE is at /file, and at /padded behind 64 KiB of
blank lines. Prints its port, ends when its standard input does."""

import http.server
import ssl
import sys
import threading
import time

hits = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path
        hits[path] = hits.get(path, 0) + 1
        body = f"{path} {hits[path]}".encode()
        if path.startswith("/fresh"):
            self.answer(200, body, Cache_Control="max-age=60")
        elif path == "/no-store":
            self.answer(200, body, Cache_Control="no-store")
        elif path == "/etag":
            if self.headers.get("If-None-Match") == '"v1"':
                self.answer(304, Cache_Control="max-age=0", ETag='"v1"')
            else:
                self.answer(200, body, Cache_Control="max-age=0", ETag='"v1"')
        elif path == "/shared":
            time.sleep(0.2)
            self.answer(200, body, Cache_Control="max-age=60")
        elif path.startswith("/size-"):
            self.answer(200, b"x" * int(path[6:]))
        elif path == "/unsized":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                for _ in range(100):
                    self.wfile.write(b"x" * 1000)
            except OSError:
                pass
        elif path == "/heads":
            self.answer(200, body, **{f"X_{i}": "y" * 1000 for i in range(20)})
        elif path.startswith("/silent"):
            time.sleep(5)
        elif path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            try:
                for _ in range(50):
                    self.wfile.write(b"x")
                    time.sleep(0.1)
            except OSError:
                pass
        elif path == "/moved":
            self.answer(302, Location="/fresh-moved")
        elif path == "/moved-http":
            self.answer(302, Location="http://web.example/fresh")
        elif path == "/moved-private":
            self.answer(302, Location="https://10.0.0.1/fresh")
        elif path == "/loop":
            self.answer(302, Location="/loop")
        elif path in ("/file", "/padded"):
            with open(sys.argv[3], "rb") as file:
                self.answer(200, (b"\n" * 65536 if path == "/padded" else b"") + file.read())
        elif path == "/moved-file":
            self.answer(302, Location="/file")
        elif path == "/empty":
            self.answer(200)
        else:
            self.answer(404, b"no")

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        pass


server = Server(("127.0.0.1", 0), Handler)
if sys.argv[1] != "-":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
