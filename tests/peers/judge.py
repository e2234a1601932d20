"""A proxy that has GitHub's own description of its API judge what goes through it.

    python3 tests/peers/judge.py --prism COMMAND --spec FILE --ready FILE --verdicts FILE --graphql FILE

A request to /f/PORT/PATH reaches the forge on PORT as /PATH and comes back byte by byte, and on its way stoplight's
prism (a validating proxy over @octokit/openapi) sees it and its answer. Prism would garble what is not text, so it is
shown a placeholder for bodies that are no JSON, and its own answer is used for nothing but its verdict: every violation
becomes a line {"method", "path", "status", "violations"} of --verdicts. A request with the header X-Judge-Expects: violation is
the control: there silence is what becomes a line. What a fault of the forge has spoilt is not judged, nor is a GitHub
Enterprise Server (/api/v3), which has another description.

    client -> front (/f/PORT) -> prism -> back -> forge;   what the forge sends goes from back to front as it is

GraphQL is no part of that description: its questions and answers are kept in --graphql, for graphql.mjs to judge.
"""

import argparse
import itertools
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PIECE = 1 << 16
GRAPHQL = re.compile(r"^/(?:api/)?graphql$")
PREFIX = re.compile(r"^/f/(\d+)(/.*)$")
UPLOADS = re.compile(r"^/uploads(/repos/.*)$")


class Message:
    """A request or an answer: first line, headers as they came, and a body in a file."""

    def __init__(self, first, headers):
        self.first, self.headers, self.body, self.size = first, headers, tempfile.SpooledTemporaryFile(1 << 20), 0

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), None)

    def add(self, piece):
        self.body.write(piece)
        self.size += len(piece)

    def is_json(self):
        return "json" in (self.header("content-type") or "")

    def shown(self):
        """The body that prism gets to see."""
        if not self.size:
            return b""
        self.body.seek(0)
        return self.body.read() if self.is_json() else b"bytes"


def read_head(source):
    """A message without its body, None when the peer has left."""
    first = source.readline(PIECE).decode("latin-1").rstrip("\r\n")
    if not first:
        return None
    headers = []
    for line in iter(lambda: source.readline(1 << 20).decode("latin-1").rstrip("\r\n"), ""):
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    return Message(first, headers)


def read_body(source, message, until_end=False):
    """Fills in the body; one that ends early is kept as far as it came."""
    length = message.header("content-length")
    if "chunked" in (message.header("transfer-encoding") or "").lower():
        while size := int(source.readline(100).split(b";")[0] or b"0", 16):
            message.add(source.read(size))
            source.readline(10)
        source.readline(10)
    elif length is not None or until_end:
        left = int(length) if length is not None else None
        while left is None or left > 0:
            piece = source.read(PIECE if left is None else min(PIECE, left))
            if not piece:
                break
            message.add(piece)
            left = left if left is None else left - len(piece)


def send(connection, first, headers, body):
    text = first + "".join(f"\r\n{name}: {value}" for name, value in headers) + "\r\n\r\n"
    connection.sendall(text.encode("latin-1") + body)


def without(headers, *names):
    return [(key, value) for key, value in headers if key.lower() not in names]


class Case:
    """One request that is being judged: where it goes, and what came of it."""

    def __init__(self, request, method, path, port):
        self.request, self.method, self.path, self.port = request, method, path, port
        self.raw, self.status, self.reset = tempfile.SpooledTemporaryFile(1 << 20), None, False
        self.spoilt = False  # by a fault of the forge


class Judge:
    def __init__(self, options):
        self.cases, self.count, self.lock = {}, itertools.count(1), threading.Lock()
        self.judged, self.verdicts = 0, open(options.verdicts, "w", encoding="utf-8")
        self.graphql = open(options.graphql, "w", encoding="utf-8")
        self.front, self.back = listening(), listening()
        self.prism_port = free_port()
        upstream = f"http://127.0.0.1:{self.back.getsockname()[1]}"
        self.prism = subprocess.Popen(
            [options.prism, "proxy", options.spec, upstream, "--port", str(self.prism_port), "--host", "127.0.0.1"],
            stdout=open(options.verdicts + ".prism", "w", encoding="utf-8"), stderr=subprocess.STDOUT)

    def wait_for_prism(self):
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.prism_port), 1).close()
                return
            except OSError:
                if self.prism.poll() is not None:
                    sys.exit("prism did not start")
                time.sleep(0.1)
        sys.exit("prism is not ready after a minute")

    def accept(self, listener, serve):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.guarded, args=(serve, connection), daemon=True).start()

    @staticmethod
    def guarded(serve, connection):
        with connection:
            try:
                serve(connection)
            except (OSError, ValueError):
                pass

    def at_front(self, connection):
        """A client's request: prism is asked, the forge's own bytes are answered."""
        source = connection.makefile("rb")
        request = read_head(source)
        if request is None:
            return
        method, target, _ = request.first.split(" ", 2)
        match = PREFIX.match(target)
        if not match:
            send(connection, "HTTP/1.1 404 Not Found", [("Content-Length", "0"), ("Connection", "close")], b"")
            return
        if (request.header("expect") or "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        read_body(source, request)
        case = Case(request, method, match[2], int(match[1]))
        number = str(next(self.count))
        with self.lock:
            self.cases[number] = case
        violations = self.judge(case, number)
        with self.lock:
            del self.cases[number]
            if request.header("x-judge-expects"):
                violations = [] if violations else [{"severity": "Error", "message": "prism saw nothing wrong"}]
            elif case.spoilt:
                violations = []
            if violations:
                self.verdicts.write(json.dumps({"method": method, "path": case.path, "status": case.status,
                                                "violations": violations}) + "\n")
                self.verdicts.flush()
        case.raw.seek(0)
        for piece in iter(lambda: case.raw.read(PIECE), b""):
            connection.sendall(piece)
        if case.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def judge(self, case, number):
        """The violations of one request and its answer."""
        if case.path.startswith(("/api/v3/", "/api/uploads/")):
            self.ask_forge(case)
            return []
        if GRAPHQL.match(case.path):
            self.keep_graphql(case)
            return []
        self.judged += 1
        return self.ask_prism(case, number)

    def keep_graphql(self, case):
        """Writes down what was asked and what was answered."""
        answer = self.ask_forge(case)
        if answer and case.status == 200:
            asked = json.loads(case.request.shown())
            with self.lock:
                self.graphql.write(json.dumps({**asked, "answer": json.loads(answer.shown())}) + "\n")
                self.graphql.flush()

    def ask_prism(self, case, number):
        """What prism has to say, as a list; it forwards to `back`."""
        request, upload = case.request, UPLOADS.match(case.path)
        headers = without(request.headers, "connection", "expect", "transfer-encoding", "content-length",
                          "accept-encoding", "host", "if-none-match")
        shown = request.shown()
        headers += [("Host", "127.0.0.1"), ("X-Judged", number), ("Connection", "close")]
        if shown or case.method in ("POST", "PUT", "PATCH"):
            headers.append(("Content-Length", str(len(shown))))
        with socket.create_connection(("127.0.0.1", self.prism_port)) as prism:
            send(prism, f"{case.method} {upload[1] if upload else case.path} HTTP/1.1", headers, shown)
            source = prism.makefile("rb")
            answer = read_head(source)
            if answer is None:
                return [{"severity": "Error", "message": "prism left without an answer"}]
            read_body(source, answer, until_end=True)
        told = answer.header("sl-violations")
        if told:
            return json.loads(told) if told.startswith("[") else [{"severity": "Error", "message": told[:2000]}]
        if case.status is None and not case.reset:
            answer.body.seek(0)
            words = answer.body.read(2000).decode("utf-8", "replace")
            return [{"severity": "Error", "message": "prism did not forward: " + words}]
        return []

    def at_back(self, connection):
        """Prism's request: the forge gets the client's, prism gets the forge's answer."""
        source = connection.makefile("rb")
        shown = read_head(source)
        if shown is None:
            return
        read_body(source, shown)
        with self.lock:
            case = self.cases[shown.header("x-judged")]
        answer = self.ask_forge(case)
        if answer is None:
            return
        headers = [(key, value) for key, value in answer.headers if key.lower() in ("content-type", "link", "etag")]
        body = b"" if answer.first.split(" ")[1] in ("204", "304") else answer.shown()
        send(connection, answer.first, headers + [("Content-Length", str(len(body))), ("Connection", "close")], body)

    @staticmethod
    def ask_forge(case):
        """The forge's answer, kept in the case as it came; None when it left without one."""
        request = case.request
        headers = without(request.headers, "connection", "expect", "transfer-encoding", "content-length")
        if request.size or request.header("content-length") or request.header("transfer-encoding"):
            headers.append(("Content-Length", str(request.size)))
        try:
            with socket.create_connection(("127.0.0.1", case.port)) as forge:
                send(forge, f"{case.method} {case.path} HTTP/1.1", headers + [("Connection", "close")], b"")
                request.body.seek(0)
                for piece in iter(lambda: request.body.read(PIECE), b""):
                    forge.sendall(piece)
                for piece in iter(lambda: forge.recv(PIECE), b""):
                    case.raw.write(piece)
        except OSError:
            case.reset = True
        case.raw.seek(0)
        answer = read_head(case.raw)
        if answer is None:
            case.reset = True
            return None
        case.status, case.spoilt = int(answer.first.split(" ")[1]), answer.header("x-forge-fault") is not None
        read_body(case.raw, answer, until_end=True)
        return answer


def listening():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


def free_port():
    with listening() as probe:
        return probe.getsockname()[1]


def main():
    words = argparse.ArgumentParser(prog="judge")
    for name in ("prism", "spec", "ready", "verdicts", "graphql"):
        words.add_argument("--" + name, required=True)
    options = words.parse_args()
    judge = Judge(options)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        judge.wait_for_prism()
        for listener, serve in ((judge.front, judge.at_front), (judge.back, judge.at_back)):
            threading.Thread(target=judge.accept, args=(listener, serve), daemon=True).start()
        with open(options.ready + ".new", "w", encoding="utf-8") as target:
            target.write(f"http://127.0.0.1:{judge.front.getsockname()[1]}")
        os.replace(options.ready + ".new", options.ready)
        ended.wait()
    finally:
        judge.prism.terminate()
        judge.verdicts.write(json.dumps({"judged": judge.judged}) + "\n")
        judge.verdicts.close()


if __name__ == "__main__":
    main()
