#!/usr/bin/python3
"""An HTTP server that misbehaves on request: http_server.py DIRECTORY NAME[=CERTIFICATE[:TLS-VERSION]]...

Each NAME is a server on a port of its own on 127.0.0.1; with a certificate (DIRECTORY/CERTIFICATE.pem, key inside) it
speaks TLS. DIRECTORY/ports says "NAME PORT" a line once all listen; DIRECTORY/log gets a line of JSON for each request:
server, method, target, fields, size and sha256 of the body. What a path does stands at its function below.
"""
import hashlib
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse
import warnings

directory = sys.argv[1]
log_lock = threading.Lock()
answered = {}
warnings.simplefilter("ignore")  # old versions of TLS are what is tested


class Gone(Exception):
    """The connection is over."""


class Connection:
    def __init__(self, server, sock):
        self.server, self.sock, self.buffer, self.served = server, sock, b"", 0

    def send(self, data):
        self.sock.sendall(data)

    def more(self):
        data = self.sock.recv(1 << 18)
        if not data:
            raise Gone
        return data

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = lines[0].split(" ")
        self.fields = [line.split(":", 1) for line in lines[1:]]
        self.fields = [[name.lower(), value.strip()] for name, value in self.fields]
        self.path, _, query = self.target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True, encoding="latin-1"))

    def field(self, name):
        return next((value for each, value in self.fields if each == name), None)

    def body(self):
        """Reads the body; keeps its size and digest."""
        left, digest = int(self.field("content-length") or 0), hashlib.sha256()
        self.size = left
        if left and (self.field("expect") or "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        while left:
            if not self.buffer:
                self.buffer = self.more()
            piece, self.buffer = self.buffer[:left], self.buffer[left:]
            digest.update(piece)
            left -= len(piece)
        self.sha256 = digest.hexdigest()

    def log(self, **more):
        row = {"server": self.server, "method": self.method, "target": self.target, "fields": self.fields, **more}
        with log_lock, open(directory + "/log", "a") as file:
            file.write(json.dumps(row) + "\n")

    def answer(self, status, data=b"", *fields):
        head = ["HTTP/1.1 %d Status" % status, "Content-Length: %d" % len(data), *fields]
        self.send("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + (b"" if self.method == "HEAD" else data))

    def reset(self):
        """RST, not FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone


# ---- what a path does, after the body was read ----

def ok(c):
    c.answer(200, b"hello\n", "X-Seen: %d" % len(c.fields))


def status(c):
    """/status/404"""
    c.answer(int(c.path.split("/")[2]), b'{"message": "as asked"}', "Content-Type: application/json")


def redirect(c):
    """/redirect?status=302&to=ADDRESS"""
    c.answer(int(c.query.get("status", "302")), b"elsewhere", "Location: " + c.query["to"])


def count(c):
    """/count?n=3: so many redirections"""
    n = int(c.query["n"])
    c.answer(302, b"", "Location: count?n=%d" % (n - 1)) if n else c.answer(200, b"there\n")


def raw(c):
    """/raw?data=BYTES&end=fin|rst|wait: these bytes and the end of the connection"""
    c.send(c.query.get("data", "").encode("latin-1"))
    if c.query.get("end") == "rst":
        time.sleep(0.1)  # the bytes shall arrive before the reset throws them away
        c.reset()
    if c.query.get("end") == "wait":
        time.sleep(60)
    raise Gone


def once(c):
    """/once: the first request of a connection is answered, the second is swallowed"""
    if c.served:
        raise Gone
    c.answer(200, b"once\n")


def v2(c):
    """/v2/NAME/manifests/TAG: a registry that lets nobody in without the token that /token gives to anybody. Tag 1.0 is
    there, tag bare as well and without its digest, tag secret is refused, any other is absent."""
    tag, allowed = c.path.split("/")[-1], c.field("authorization") == "Bearer for-anybody"
    if not allowed:
        c.answer(401, b"{}", 'WWW-Authenticate: Bearer realm="http://%s/token",service="registry.test",scope="repository:o/r:pull"'
                 % c.field("host"))
    elif tag == "secret":
        c.answer(403, b"{}")
    elif tag == "bare":
        c.answer(200, b"{}\n")
    else:
        c.answer(200 if tag == "1.0" else 404, b"{}", "Docker-Content-Digest: sha256:" + "5" * 64)


def token(c):
    fit = c.query.get("service") == "registry.test" and c.query.get("scope") == "repository:o/r:pull"
    c.answer(200 if fit else 400, b'{"token": "for-anybody", "expires_in": 1.5}')


def get_only(c):
    """/get_only: an address that was signed for GET"""
    if c.method == "HEAD":
        c.answer(403)
    elif c.field("range") == "bytes=0-0":
        c.answer(206, b"x", "Content-Range: bytes 0-0/4321")
    else:
        c.answer(200, b"x" * 4321)


def upload(c):
    c.answer(201, json.dumps({"size": c.size, "sha256": c.sha256}).encode())


def zeros(c):
    """/zeros/1000: so many zero bytes"""
    left, piece = int(c.path.split("/")[2]), bytes(1 << 20)
    c.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % left)
    while left:
        n = min(left, len(piece))
        c.send(piece[:n])
        left -= n


def endless(c):
    c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        c.send(b"10000\r\n" + bytes(65536) + b"\r\n")


def drip(c):
    """Two bytes a second."""
    c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        c.send(b".")
        time.sleep(0.5)


def fields(c):
    """/fields?n=1000&size=10: so many fields of so many bytes"""
    c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")
    for i in range(int(c.query["n"])):
        c.send(b"X-Field-%d: %s\r\n" % (i, b"x" * int(c.query["size"])))
    c.send(b"\r\n")


def hundreds(c):
    while True:
        c.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def parallel(c):
    """/parallel: how many of its kind run at the same time"""
    with log_lock:
        answered["now"] = answered.get("now", 0) + 1
        answered["most"] = max(answered.get("most", 0), answered["now"])
    time.sleep(0.2)
    with log_lock:
        answered["now"] -= 1
        most = answered["most"]
    c.answer(200, b"%d" % most)


# ---- and before it ----

def early(c):
    """/early/422: refused by its head"""
    c.answer(int(c.path.split("/")[2]), b"no", "Connection: close")
    c.sock.shutdown(socket.SHUT_WR)
    while c.sock.recv(1 << 18):
        pass
    raise Gone


def swallow(c):
    """/swallow: the connection ends in the middle of the body"""
    c.more()
    c.reset()


def discard(c):
    """/discard: takes the body as fast as it can, for the benchmark"""
    left, place = int(c.field("content-length") or 0) - len(c.buffer), bytearray(1 << 20)
    if (c.field("expect") or "").lower() == "100-continue":
        c.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    c.buffer = b""
    while left:
        n = c.sock.recv_into(place, min(left, len(place)))
        if n == 0:
            raise Gone
        left -= n
    c.answer(201, b"taken")


def expectation(c):
    """/expectation: 417 to whoever expects"""
    if c.field("expect"):
        c.answer(417)
    else:
        c.body()
        upload(c)


AFTER = {"status": status, "redirect": redirect, "count": count, "raw": raw, "once": once, "upload": upload,
         "v2": v2, "token": token, "get_only": get_only,
         "zeros": zeros, "endless": endless, "drip": drip, "fields": fields, "hundreds": hundreds, "parallel": parallel}
BEFORE = {"discard": discard, "early": early, "swallow": swallow, "expectation": expectation}


def serve(server, sock, context):
    try:
        if context:
            sock = context.wrap_socket(sock, server_side=True)
        c = Connection(server, sock)
        while True:
            c.head()
            word = c.path.split("/")[1]
            if word in BEFORE:
                c.log()
                BEFORE[word](c)
            else:
                c.body()
                c.log(size=c.size, sha256=c.sha256)
                AFTER.get(word, ok)(c)
            c.served += 1
    except (Gone, OSError, ValueError):
        pass
    finally:
        sock.close()  # without TLS's goodbye, which is a truncation


def accept(server, listener, context):
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(server, sock, context), daemon=True).start()


def context_of(certificate, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain("%s/%s.pem" % (directory, certificate))
    context.set_alpn_protocols(["http/1.1"])
    if version:
        context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
    return context


def main():
    ports = []
    for argument in sys.argv[2:]:
        name, _, rest = argument.partition("=")
        certificate, _, version = rest.partition(":")
        listener = socket.create_server(("127.0.0.1", 0))
        ports.append("%s %d\n" % (name, listener.getsockname()[1]))
        context = context_of(certificate, version) if certificate else None
        threading.Thread(target=accept, args=(name, listener, context), daemon=True).start()
    with open(directory + "/ports.new", "w") as file:
        file.writelines(ports)
    os.rename(directory + "/ports.new", directory + "/ports")
    threading.Event().wait()


main()
