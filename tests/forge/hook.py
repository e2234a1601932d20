"""The pre-receive hook: tells the forge which refs a push wants to move and keeps what it refuses for `update`."""

import json
import os
import subprocess
import sys
import urllib.request

updates = []
for line in sys.stdin:
    old, new, name = line.rstrip("\n").split(" ", 2)
    forward = old != "0" * 40 and new != "0" * 40 and subprocess.run(
        ["git", "merge-base", "--is-ancestor", old, new], capture_output=True, check=False).returncode == 0
    commits = []
    if new != "0" * 40 and name.startswith("refs/heads/"):
        commits = subprocess.run(["git", "log", "--format=%P", new, *([] if old == "0" * 40 else ["^" + old])],
                                 capture_output=True, text=True, check=False).stdout.splitlines()
    touched = []
    if new != "0" * 40:
        touched = subprocess.run(["git", "log", "--format=", "--name-only", new, "--not", "--all", "--",
                                  ".github/workflows"], capture_output=True, text=True, check=False).stdout.split("\n")
    updates.append({"ref": name, "old": old, "new": new, "forward": forward, "workflows": sorted(filter(None, touched)),
                    "merges": sum(1 for parents in commits if " " in parents)})
question = json.dumps({"repository": os.environ["FORGE_REPOSITORY"], "login": os.environ["FORGE_LOGIN"],
                       "token": os.environ["FORGE_TOKEN_NAME"], "updates": updates}).encode()
request = urllib.request.Request(os.environ["FORGE_URL"], data=question, headers={"Content-Type": "application/json"})
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(request, timeout=60) as answer:
    refused = json.load(answer)["refused"]
with open(os.environ["FORGE_DECISIONS"], "w", encoding="utf-8") as target:
    for name, lines in refused.items():
        target.write(name + "\n")
        for text in lines:
            print("error: " + text, file=sys.stderr)
