"""Listening, and messages: reads requests, finds who serves them, writes answers, and lets faults strike."""

import hashlib
import http.server
import io
import json
import os
import select
import socket
import struct
import tempfile
import threading
import time
import traceback
import urllib.parse

import dispatch
import faults
from api import Answer, Refusal

DRAIN = 1 << 20
PIECE = 1 << 16


class Listener(threading.Thread):
    """One address: accepts connections and starts a thread for each. It can stop listening for a while."""

    def __init__(self, forge, name, where):
        super().__init__(daemon=True)
        self.forge, self.name, self.where, self.resume_at = forge, name, where, 0
        self.connections = set()
        if isinstance(where, str):
            self.socket, self.port = socket.socket(socket.AF_UNIX), None
            if os.path.exists(where):
                os.unlink(where)
            self.socket.bind(where)
        else:
            self.port = where or free_port()
            self.socket = socket.socket(socket.AF_INET)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(("127.0.0.1", self.port))
        self.socket.listen(128)

    def refuse(self, seconds):
        """From now on connections are refused, and those that are open end. A socket that was shut down twice would
        hand out dead connections when it listens again."""
        was_deaf, self.resume_at = self.resume_at, time.monotonic() + seconds
        if was_deaf:
            return
        self.socket.shutdown(socket.SHUT_RDWR)
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def run(self):
        while True:
            if self.resume_at:
                time.sleep(max(0, self.resume_at - time.monotonic()))
                self.resume_at = 0
                self.socket.listen(128)
            ready, _, _ = select.select([self.socket], [], [], 0.05)
            if ready and not self.resume_at:
                try:
                    connection, _ = self.socket.accept()
                except OSError:
                    continue
                self.connections.add(connection)
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.settimeout(600)
            if self.port:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Exchange(connection, ("local", 0), self)
        except (OSError, ValueError):
            pass
        finally:
            self.connections.discard(connection)
            try:
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            connection.close()


def free_port():
    """A port that is bound by its number afterwards: only such a socket keeps it while it does not listen."""
    with socket.socket(socket.AF_INET) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gone(Exception):
    """The client has left, or was sent away, in the middle of a request."""


class Body:
    """A request's body as a stream, whether it has a length or comes in chunks; asks for it first when the client
    waits for that."""

    def __init__(self, exchange):
        self.exchange, self.source, self.begun = exchange, exchange.rfile, False
        self.digest = hashlib.sha256()
        self.chunked = "chunked" in exchange.headers.get("Transfer-Encoding", "").lower()
        length = exchange.headers.get("Content-Length")
        self.left = int(length) if length and length.isdigit() and not self.chunked else 0
        self.size = None if self.chunked else self.left
        self.done = not self.chunked and self.left == 0

    def read(self, limit=None):
        """Up to `limit` bytes (None: all of it); b"" at the end. Raises Gone when the client leaves before."""
        if limit is None:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        if self.done:
            return b""
        if not self.begun:
            self.begun = True
            if self.exchange.headers.get("Expect", "").lower() == "100-continue":
                self.exchange.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.chunked and self.left == 0:
            self.left = int(self.source.readline(100).split(b";")[0] or b"0", 16)
            if self.left == 0:
                while self.source.readline(1000).strip():
                    pass
                self.done = True
                return b""
        piece = self.source.read(min(limit, self.left))
        if not piece:
            raise Gone()
        self.digest.update(piece)
        self.left -= len(piece)
        if self.left == 0:
            if self.chunked:
                self.source.readline(10)
            else:
                self.done = True
        return piece

    def drain(self):
        """Reads on, so that the answer is not lost in a reset; False when there is too much left for that."""
        if not self.done and not self.begun and self.exchange.headers.get("Expect"):
            return False
        left = DRAIN
        while not self.done and left > 0:
            left -= len(self.read(PIECE))
        return self.done


class Exchange(http.server.BaseHTTPRequestHandler):
    """The requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "github.com", ""

    def __init__(self, connection, address, listener):
        self.forge = listener.forge
        super().__init__(connection, address, listener)

    def log_message(self, *_):
        pass

    def handle_expect_100(self):
        return True

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.answer_request
        raise AttributeError(name)

    def answer_request(self):
        """One request from its first line to the last byte of its answer."""
        self.input = Body(self)
        target = urllib.parse.urlsplit(self.path)
        entry = {"method": self.command, "path": target.path, "query": target.query, "listener": self.server.name,
                 "authorization": "Authorization" in self.headers, "ordinal": self.forge.ordinal()}
        try:
            self.exchange(target, entry)
        except (Gone, OSError):
            entry.setdefault("status", 0)
            self.close_connection = True
        finally:
            self.forge.remember({**entry, "body": self.input.digest.hexdigest()})

    def exchange(self, target, entry):
        call = dispatch.call_of(self, target)
        entry["path"] = call.path
        row = None
        if not call.path.startswith("/_forge/"):
            row = self.fault_of(call)
        if row:
            entry["fault"] = row["fault"]
            answer = self.before(row)
        else:
            answer = None
        answer = answer or self.serve(call, row)
        entry.update(status=answer.status, token=call.token_name)
        if row:
            answer = self.after(row, answer, call)
            answer.headers["X-Forge-Fault"] = row["fault"]
            entry["status"] = answer.status
        self.send(answer, row)

    def fault_of(self, call):
        """Small bodies are read for it when a row asks about them; uploads stay streams."""
        rows = self.forge.faults
        if any(row.get("body") for row in rows.rows) and (self.input.size or 0) < DRAIN:
            text = self.input.read()
            self.input = Memory(text)
        else:
            text = b""
        target = call.path + ("?" + call.raw_query if call.raw_query else "")
        with self.forge.store.lock:
            return rows.strike(self.command, target, text)

    def before(self, row):
        kind = row["fault"]
        if kind == "refuse" and row.get("before"):
            self.reset(faults.pause(row, 1))
        if kind == "reset_before":
            self.reset()
        if kind == "timeout_before":
            self.hang()
        if kind == "gather" and not self.forge.faults.gather(row):
            return faults.plain({"status": 504})
        return faults.instead(row)

    def serve(self, call, row):
        try:
            return dispatch.serve(self.forge, call, self.input, row)
        except Refusal as refusal:
            return refusal.answer()
        except (Gone, ConnectionError):
            raise
        except Exception:  # a mistake of the forge's own: the test must see it
            self.forge.complain(traceback.format_exc())
            return Answer(500, {"message": "the forge failed: " + traceback.format_exc(limit=-2)})

    def after(self, row, answer, call):
        kind = row["fault"]
        if kind == "reset_after" or (kind == "starter" and row.get("reset")):
            self.reset()
        if kind == "timeout_after":
            self.hang()
        return faults.spoil(row, answer, call)

    def reset(self, deaf=None):
        """Ends the connection the hard way: the peer sees ECONNRESET. `deaf`: so many seconds nobody listens then."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.connections.discard(self.connection)
        self.rfile.close()
        self.connection.close()
        if deaf is not None:
            self.forge.refuse(deaf)
        raise Gone()

    def hang(self):
        """Silence until the client leaves; what it still sends is read, or its leaving would not be seen."""
        try:
            while self.connection.recv(PIECE):
                pass
        except OSError:
            pass
        raise Gone()

    def send(self, answer, row=None):
        """Writes status, headers and body; a body of JSON gets its length and its ETag."""
        body, headers = answer.body, {"X-GitHub-Request-Id": f"F0:{self.forge.ordinal():X}", **answer.headers}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
        body = body or b""
        size = answer.size if answer.stream else len(body)
        if not self.input.drain():
            self.close_connection = True
        kind = row["fault"] if row else None
        if kind in ("truncate", "refuse"):
            self.close_connection = True
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304) and not 100 <= answer.status < 200:
            self.send_header("Content-Length", str(size))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        source = answer.stream or io.BytesIO(body)
        try:
            if self.command != "HEAD" and answer.status not in (204, 304):
                self.copy(source, size // 2 if kind == "truncate" else size, row if kind == "slow" else None)
        finally:
            source.close()
        self.wfile.flush()
        if kind == "refuse":
            self.forge.refuse(faults.pause(row, 1))

    def copy(self, source, size, slow):
        while size > 0:
            piece = source.read(min(size, max(1, size // 8) if slow else PIECE))
            if not piece:
                self.close_connection = True
                return
            self.wfile.write(piece)
            size -= len(piece)
            if slow:
                self.wfile.flush()
                time.sleep(faults.pause(slow, 0.2))


class Memory:
    """A body that has been read already."""

    def __init__(self, text):
        self.source, self.size = io.BytesIO(text), len(text)

    def read(self, limit=None):
        return self.source.read(limit) if limit else self.source.read()

    def drain(self):
        return True


def spool(body):
    """A temporary file with all of a body, at its beginning, and its size."""
    target = tempfile.TemporaryFile()
    for piece in iter(lambda: body.read(PIECE), b""):
        target.write(piece)
    size = target.tell()
    target.seek(0)
    return target, size
