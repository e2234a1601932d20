"""One forge: its state, its listeners, its faults, and the log of what it was asked."""

import itertools
import json
import os
import sys

import dispatch
import faults
import server
import store
# What registers routes:
import assets, graphql, issues, meta, pulls, refs, releases, reviews, rules, runs, statuses  # noqa: E401,F401


class Forge:
    """Three addresses: `main` (everything), `storage` (the bytes behind redirects, an origin of its own), and
    optionally a unix socket, on which clients believe to talk to github.com."""

    def __init__(self, options, rows):
        self.flavour, self.base, self.strict_anonymous = options.flavour, options.base, options.strict_anonymous
        self.store = store.Store(options.state)
        self.faults, self.budget = faults.Faults(rows), dispatch.Budget()
        self.entries, self.count = [], itertools.count(1)
        self.log_path = os.path.join(self.store.directory, "log.jsonl")
        if os.path.exists(self.log_path):
            with open(self.log_path, encoding="utf-8") as source:
                self.entries = [json.loads(line) for line in source]
            self.count = itertools.count(1 + max((entry["ordinal"] for entry in self.entries), default=0))
        self.main = server.Listener(self, "main", options.port)
        self.base = self.base and self.base.replace("{port}", str(self.main.port))
        self.storage = server.Listener(self, "storage", 0)
        self.socket = server.Listener(self, "socket", options.socket) if options.socket else None

    def start(self):
        for listener in (self.main, self.storage, self.socket):
            if listener:
                listener.start()

    def refuse(self, seconds):
        self.main.refuse(seconds)

    def connected(self):
        """How many clients are there; one that has left is counted until its last request is done with."""
        return sum(len(listener.connections) for listener in (self.main, self.storage, self.socket) if listener)

    def ordinal(self):
        return next(self.count)

    def remember(self, entry):
        """Keeps one request in the log: never a token, always its name."""
        entry = {key: value for key, value in entry.items() if value is not None}
        with self.store.lock:
            self.entries.append(entry)
            if not entry["path"].startswith("/_forge/"):
                with open(self.log_path, "a", encoding="utf-8") as target:
                    target.write(json.dumps(entry) + "\n")

    def forget(self):
        with self.store.lock:
            self.entries.clear()
            open(self.log_path, "w", encoding="utf-8").close()

    def complain(self, text):
        print(text, file=sys.stderr, flush=True)

    def bases(self, prefix, socket_host):
        """The addresses that an answer may name, as the client reaches them."""
        if socket_host is not None:
            return {"api": "https://api.github.com", "uploads": "https://uploads.github.com",
                    "web": "https://github.com", "storage": "https://objects.githubusercontent.com"}
        web = f"http://127.0.0.1:{self.main.port}"
        api = (self.base or web) + prefix
        return {"api": api, "web": web,
                "uploads": (self.base or web) + ("/api/uploads" if self.flavour == "ghes" else "/uploads"),
                "storage": f"http://127.0.0.1:{self.storage.port}"}
