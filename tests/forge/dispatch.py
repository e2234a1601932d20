"""From a path to its handler: the roots that a forge serves (API, uploads, git, pages, storage, its own admin), what
every API call must bring (User-Agent, version, token, budget), and the cache headers of what it gets back."""

import hashlib
import json
import re
import time
import urllib.parse

import access
import admin
import faults
import git
import pages
from api import Answer, Call, Refusal, find, not_found

VERSIONS = {"github": ["2022-11-28", "2026-03-10"], "ghes": ["2022-11-28"]}
UPLOADS = re.compile(r"^/(?:api/)?uploads(/repos/.*)$")
GIT = re.compile(r"^(?:/git)?/([^/]+)/([^/]+?)\.git(/.*)$")


def call_of(exchange, target):
    """The call that a request means, before anybody has looked at who asks."""
    path, forge = target.path, exchange.forge
    socket_host = exchange.headers.get("Host", "") if exchange.server.name == "socket" else None
    prefix = "/api/v3" if path.startswith("/api/v3/") or path == "/api/v3" else ""
    path = path[len(prefix):] or "/"
    upload = UPLOADS.match(path)
    if upload or (socket_host or "").startswith("uploads."):
        path = upload.group(1) if upload else path
    if path == "/api/graphql":
        path = "/graphql"
    call = Call(forge, exchange.command, path, dict(urllib.parse.parse_qsl(target.query, keep_blank_values=True)),
                exchange.headers)
    call.raw_path, call.raw_query, call.listener = path, target.query, exchange.server.name
    call.bases = forge.bases(prefix, socket_host)
    return call


def serve(forge, call, body, fault):
    """The answer to a call; raises Refusal."""
    path = call.path
    if path.startswith("/storage/") and call.listener in ("storage", "socket"):
        return pages.storage(call)
    if call.listener == "storage":
        raise not_found()
    if path.startswith("/_forge/"):
        return admin.serve(forge, call, body)
    match = GIT.match(path)
    if match:
        return git.serve(call, body, *match.groups())
    answer = pages.serve(call)
    return answer or api(forge, call, body, fault)


def api(forge, call, body, fault):
    if not call.headers.get("User-Agent"):
        return Answer(403, b"Request forbidden by administrative rules. Please make sure your request has a User-Agent"
                           b" header.", {"Content-Type": "text/html; charset=utf-8"})
    if len(call.path) > 1 and call.path.endswith("/") and not call.path.endswith("/git/matching-refs/"):
        raise not_found()
    asked = call.headers.get("X-GitHub-Api-Version")
    if asked is not None and asked not in VERSIONS[forge.flavour]:
        raise Refusal(400, f"Invalid API version: {asked}. Supported: {', '.join(VERSIONS[forge.flavour])}.")
    call.version = asked or "2022-11-28"
    if faults.BROKEN in call.query:
        raise Refusal(500, "Server Error")
    try:
        access.identify(call)
        forge.budget.take(call)
        answer = routed(forge, call, body, fault)
    except Refusal as refusal:
        answer = refusal.answer()
    answer = cached(call, answer)
    for name, value in forge.budget.headers(call, answer).items():
        answer.headers.setdefault(name, value)
    answer.headers.update({"X-GitHub-Api-Version-Selected": call.version,
                           "X-GitHub-Media-Type": "github.v3; format=json"})
    return answer


def routed(forge, call, body, fault):
    method = "GET" if call.method == "HEAD" else call.method
    route, parameters = find(method, by_id(call))
    if route is None:
        raise not_found()
    call.parameters, call.fault, route.hits = parameters, fault, route.hits + 1
    if not route.raw:
        text = body.read()
        call.body = decoded(text)
    call.reader = body
    if route.raw:
        with forge.store.lock:
            admit(call, route)
        return route.handler(call)
    with forge.store.lock:
        admit(call, route)
        answer = route.handler(call)
        settle(call)
        if call.dirty or method != "GET":
            forge.store.save()
    return answer if isinstance(answer, Answer) else Answer(200, answer)


def settle(call):
    """What follows from a change: pull requests that can merge by themselves now, and the like."""
    for after in call.after:
        after()


BY_ID = re.compile(r"^/repositories/(\d+)(/.*)?$")


def moved(call):
    """The redirect to a repository that has another name now: 301 for reads, 307 for writes; None when it has not."""
    former = f"{call['owner']}/{call['repo']}"
    for record in call.store.state["repositories"].values():
        if former in record["former_names"]:
            rest = call.raw_path.split("/", 4)[4:]
            where = "/".join([f"{call.bases['api']}/repositories/{record['id']}", *rest])
            where += "?" + call.raw_query if call.raw_query else ""
            read = call.method in ("GET", "HEAD")
            return Refusal(301 if read else 307, "Moved Permanently" if read else "Temporary Redirect",
                           headers={"Location": where})
    return None


def by_id(call):
    """/repositories/ID/... is another name of /repos/OWNER/NAME/..."""
    match = BY_ID.match(call.path)
    for record in call.store.state["repositories"].values() if match else ():
        if record["id"] == int(match[1]):
            return f"/repos/{record['full_name']}{match[2] or ''}"
    return call.path


def admit(call, route):
    """Fills in the repository and refuses who may not."""
    if "owner" in call.parameters and "repo" in call.parameters:
        call.repo = call.store.repository(call["owner"], call["repo"])
        if call.repo is None:
            raise moved(call) or not_found()
        access.require(call, call.repo, *route.need)
    elif call.token is None and route.need[0] == "person":
        raise Refusal(401, "Requires authentication")


def decoded(text):
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None
    if not isinstance(value, dict):
        raise Refusal(400, "Body should be a JSON object")
    return value


def cached(call, answer):
    """Reads get an ETag; a read of what the client has already is a 304 without a body."""
    if call.method not in ("GET", "HEAD") or answer.status != 200 or not isinstance(answer.body, (dict, list)):
        return answer
    mark = 'W/"' + hashlib.sha256(json.dumps(answer.body).encode()).hexdigest() + '"'
    answer.headers["ETag"] = mark
    answer.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    given = call.headers.get("If-None-Match", "")
    if mark in given or mark[2:] in given.replace("W/", ""):
        return Answer(304, None, answer.headers)
    return answer


class Budget:
    """The primary rate limit: a count for every token and resource; `limits` says otherwise for a token's name."""

    HOUR = 3600

    def __init__(self):
        self.used, self.limits, self.reset_at = {}, {}, int(time.time()) + self.HOUR

    def limit(self, call):
        if call.token_name in self.limits:
            return self.limits[call.token_name]
        if call.token is None:
            return 60 if call.forge.strict_anonymous else 5000
        return 15000 if access.is_installation(call) else 5000

    @staticmethod
    def resource(call):
        return {"/graphql": "graphql", "/search/issues": "search"}.get(call.path, "core")

    def left(self, call, resource):
        return max(0, self.limit(call) - self.used.get((call.token_name, resource), 0))

    def take(self, call):
        """Raises 403 when nothing is left; asking for the limits is free."""
        if call.path == "/rate_limit":
            return
        resource = self.resource(call)
        if self.left(call, resource) == 0:
            raise Refusal(403, f"API rate limit exceeded for {call.actor or '127.0.0.1'}.")
        key = (call.token_name, resource)
        self.used[key] = self.used.get(key, 0) + 1

    def headers(self, call, answer):
        resource = self.resource(call)
        if answer.status == 304:
            self.used[(call.token_name, resource)] -= 1
        limit, left = self.limit(call), self.left(call, resource)
        return {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(left),
                "x-ratelimit-used": str(limit - left), "x-ratelimit-reset": str(self.reset_at),
                "x-ratelimit-resource": resource}
