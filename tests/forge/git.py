"""Git: the bare repositories behind the API, read and changed through the git executable, and served over HTTP by
`git http-backend` with the forge's own tokens. What a push may do is asked of the forge by a hook."""

import os
import subprocess
import sys

import access
import rules
import server
from api import Answer, Refusal, not_found

BACKEND = os.path.join(subprocess.run(["git", "--exec-path"], capture_output=True, text=True).stdout.strip(),
                       "git-http-backend")
ZERO = "0" * 40
COMMITTER = {"GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.com"}

PRE_RECEIVE = """#!/bin/sh
# Asks the forge about every ref before any moves; `update` reads what it said.
exec "$FORGE_PYTHON" -I -S "$FORGE_HOOK"
"""
UPDATE = """#!/bin/sh
# Refuses what the forge refused, ref by ref, then lets the repository's own hook speak.
if grep -qxF "$1" "$FORGE_DECISIONS"; then exit 1; fi
if [ -x hooks/update ]; then exec hooks/update "$@"; fi
"""
OWN = """#!/bin/sh
if [ -x hooks/@NAME@ ]; then exec hooks/@NAME@ "$@"; fi
"""


class Failed(Exception):
    """git said no; the text is its own."""


def environment(extra=None):
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
           "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    return {**env, **(extra or {})}


def run(repo, *words, text=None, env=None, check=True):
    """Standard output of `git WORDS` in the bare repository, without the last line end; raises Failed."""
    done = subprocess.run(["git", "--git-dir", repo["git_dir"], *words], input=text, capture_output=True,
                          encoding="utf-8", errors="replace", env=environment(env), check=False)
    if check and done.returncode != 0:
        raise Failed(done.stderr.strip() or f"git {words[0]} failed")
    return done.stdout[:-1] if done.stdout.endswith("\n") else done.stdout


def succeeds(repo, *words):
    return subprocess.run(["git", "--git-dir", repo["git_dir"], *words], capture_output=True, env=environment(),
                          check=False).returncode == 0


def all_refs(repo):
    """{full name: object id} of every ref, symbolic ones left out."""
    lines = run(repo, "for-each-ref", "--format=%(objectname) %(refname)").splitlines()
    return {name: oid for oid, name in (line.split(" ", 1) for line in lines)}


def ref(repo, name):
    """The object id that a full ref name has, or None."""
    return run(repo, "rev-parse", "--verify", "--quiet", name, check=False) or None


def branch(repo, name):
    return ref(repo, "refs/heads/" + name)


def commit_of(repo, name):
    """The commit that a branch, tag, heads/x, tags/x, full or short id names; None when it names none."""
    for candidate in (name if len(name) >= 7 else "", "refs/heads/" + name, "refs/tags/" + name, "refs/" + name):
        is_id = candidate == name and all(c in "0123456789abcdef" for c in name)
        if candidate and (is_id or candidate != name):
            found = run(repo, "rev-parse", "--verify", "--quiet", candidate + "^{commit}", check=False)
            if found and succeeds(repo, "cat-file", "-e", found):
                return found
    return None


def is_ancestor(repo, old, new):
    return succeeds(repo, "merge-base", "--is-ancestor", old, new)


def move(repo, name, new, old=None):
    """Moves, makes (old = ZERO) or deletes (new = ZERO) one ref; with `old` only from there. Raises Failed."""
    if new == ZERO:
        run(repo, "update-ref", "-d", name, *([old] if old else []))
    else:
        run(repo, "update-ref", name, new, *([old] if old else []))


def serve(call, body, owner, name, rest):
    """Smart HTTP. Reading a public repository needs no token; a push needs write."""
    repo = call.store.repository(owner, name)
    service = call.query.get("service") or rest.rsplit("/", 1)[-1]
    pushing = service == "git-receive-pack"
    try:
        access.identify(call)
    except Refusal:
        return unauthorized()
    if repo is None or not access.can_read(call, repo):
        return unauthorized() if call.token is None else not_found().answer()
    if pushing and not access.can(call, repo, "contents", "write"):
        if call.token is None:
            return unauthorized()
        return Answer(403, f"Permission to {repo['full_name']}.git denied to {call.actor}.".encode(),
                      {"Content-Type": "text/plain"})
    call.repo = repo
    return backend(call, body, rest)


def unauthorized():
    return Answer(401, b"No anonymous access",
                  {"WWW-Authenticate": 'Basic realm="GitHub"', "Content-Type": "text/plain"})


def backend(call, body, rest):
    """Runs git http-backend as a CGI program; afterwards the forge looks at what moved."""
    repo, forge = call.repo, call.forge
    hooks = install_hooks(call.store)
    decisions = os.path.join(call.store.directory, f"decisions-{forge.ordinal()}")
    settings = {"core.hooksPath": hooks, "receive.hideRefs": "refs/pull", "http.receivepack": "true",
                "receive.advertiseAtomic": "true", "uploadpack.allowAnySHA1InWant": "true", "gc.auto": "0"}
    source, size = server.spool(body)
    env = environment({
        "GIT_PROJECT_ROOT": repo["git_dir"], "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": rest,
        "QUERY_STRING": call.raw_query, "REQUEST_METHOD": call.method, "CONTENT_LENGTH": str(size),
        "CONTENT_TYPE": call.headers.get("Content-Type", ""), "REMOTE_USER": call.actor or "anonymous",
        "REMOTE_ADDR": "127.0.0.1", "GIT_PROTOCOL": call.headers.get("Git-Protocol", ""),
        "HTTP_CONTENT_ENCODING": call.headers.get("Content-Encoding", ""),
        "GIT_COMMITTER_NAME": call.actor or "anonymous", "GIT_COMMITTER_EMAIL": "push@forge.invalid",
        "FORGE_PYTHON": sys.executable, "FORGE_HOOK": os.path.join(os.path.dirname(__file__), "hook.py"),
        "FORGE_URL": f"http://127.0.0.1:{forge.main.port}/_forge/push", "FORGE_REPOSITORY": repo["full_name"],
        "FORGE_LOGIN": call.actor or "", "FORGE_TOKEN_NAME": call.token_name or "", "FORGE_DECISIONS": decisions,
        "GIT_CONFIG_COUNT": str(len(settings))})
    for number, (key, value) in enumerate(settings.items()):
        env[f"GIT_CONFIG_KEY_{number}"], env[f"GIT_CONFIG_VALUE_{number}"] = key, value
    before = all_refs(repo) if rest.endswith("/git-receive-pack") else None
    out = server.tempfile.TemporaryFile()
    with source:
        done = subprocess.run([BACKEND], stdin=source, stdout=out, stderr=subprocess.PIPE, env=env, check=False)
    if os.path.exists(decisions):
        os.unlink(decisions)
    if done.stderr:
        forge.complain(done.stderr.decode("utf-8", "replace"))
    if before is not None:
        import events
        with call.store.lock:
            events.refs_moved(call, before)
            call.store.save()
    return from_cgi(out)


def from_cgi(out):
    """The answer that a CGI program has written to a file."""
    total = out.tell()
    out.seek(0)
    status, headers = 200, {}
    while True:
        line = out.readline().decode("latin-1").rstrip("\r\n")
        if not line:
            break
        name, _, value = line.partition(": ")
        if name.lower() == "status":
            status = int(value.split(" ", 1)[0])
        elif name.lower() != "content-length":
            headers[name] = value
    return Answer(status, None, headers, stream=out, size=total - out.tell())


def install_hooks(store):
    """The directory of the forge's hooks; the repository's own are called by them."""
    directory = os.path.join(store.directory, "hooks")
    if not os.path.isdir(directory):
        os.makedirs(directory + ".new", exist_ok=True)
        own = {name: OWN.replace("@NAME@", name) for name in ("post-receive", "post-update")}
        for name, script in {"pre-receive": PRE_RECEIVE, "update": UPDATE, **own}.items():
            path = os.path.join(directory + ".new", name)
            with open(path, "w", encoding="utf-8") as target:
                target.write(script)
            os.chmod(path, 0o755)
        os.replace(directory + ".new", directory)
    return directory


def judge_push(call, repo, updates):
    """What the forge says to a push: {ref: [lines for the pusher]} of the refs it refuses."""
    refused = {}
    for update in updates:
        lines = rules.refuse_push(call, repo, update)
        if lines:
            refused[update["ref"]] = lines
    return refused


def create(store, record, path):
    """The bare repository of a record: the one at `path`, or a new one below the state."""
    git_dir = path or os.path.join(store.directory, "git", record["owner"], record["name"] + ".git")
    record["git_dir"] = git_dir
    if not os.path.exists(os.path.join(git_dir, "HEAD")):
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", record["default_branch"], git_dir],
                       check=True, env=environment())
