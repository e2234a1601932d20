"""A forge for tests: GitHub's REST, the GraphQL that relrun and gh send, git over HTTP; stateful, faulty on demand.

    python3 tests/forge --state DIR [--port N] [--ready FILE] [--socket PATH] [--flavour github|ghes] [--base URL]
                        [--faults FILE] [--strict-anonymous]

Prints its port (and writes {"port", "storage_port", "pid"} to FILE) once it listens on 127.0.0.1. --port 0 takes a free
one. --base is the address of the API that its answers name, for a proxy in front; {port} in it stands for the port.
Ends at SIGTERM, or with the fence.
"""

import argparse
import json
import os
import signal
import sys
import threading

import forge as forges


def main():
    words = argparse.ArgumentParser(prog="forge", description=__doc__.split("\n", 1)[0])
    words.add_argument("--state", required=True)
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--ready")
    words.add_argument("--socket")
    words.add_argument("--flavour", choices=["github", "ghes"], default="github")
    words.add_argument("--base")
    words.add_argument("--faults")
    words.add_argument("--strict-anonymous", action="store_true")
    options = words.parse_args()
    rows = []
    if options.faults:
        with open(options.faults, encoding="utf-8") as source:
            rows = json.load(source)
    forge = forges.Forge(options, rows)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    forge.start()
    about = {"port": forge.main.port, "storage_port": forge.storage.port, "pid": os.getpid()}
    if options.ready:
        with open(options.ready + ".new", "w", encoding="utf-8") as target:
            json.dump(about, target)
        os.replace(options.ready + ".new", options.ready)
    print(forge.main.port, flush=True)
    ended.wait()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
