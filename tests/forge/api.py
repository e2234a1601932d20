"""What every noun needs of HTTP: the table of routes, a call, its answer, a refusal, and lists in pages."""

import json
import re
import urllib.parse

DOCS = "https://docs.github.com/rest"
ROUTES = []


class Refusal(Exception):
    """An answer that is no success. `errors`: the list of a 422, of objects or strings, by endpoint."""

    def __init__(self, status, message, errors=None, headers=None):
        super().__init__(message)
        self.status, self.message, self.errors, self.headers = status, message, errors, headers or {}

    def answer(self):
        body = {"message": self.message, "documentation_url": DOCS, "status": str(self.status)}
        if self.errors is not None:
            body["errors"] = self.errors
        return Answer(self.status, body, self.headers)


class Answer:
    """status, a body (JSON data, bytes, or None) and headers; `stream` is an open file with `size` bytes to send."""

    def __init__(self, status=200, body=None, headers=None, stream=None, size=0):
        self.status, self.body, self.headers, self.stream, self.size = status, body, dict(headers or {}), stream, size


def not_found():
    return Refusal(404, "Not Found")


def invalid(resource, field, code, message=None):
    """The refusal of one field: code is missing, missing_field, invalid, already_exists, unprocessable or custom."""
    error = {"resource": resource, "code": code, "field": field}
    if message:
        error["message"] = message
    return Refusal(422, "Validation Failed", [error])


BODY_LIMIT = 65536


def check_length(body):
    """The text of an issue, a pull request (an issue, too) or a comment: GitHub counts characters."""
    if body is not None and len(body) > BODY_LIMIT:
        raise invalid("Issue", "body", "custom", f"body is too long (maximum is {BODY_LIMIT} characters)")


class Route:
    """One method of one path. `need` is (permission, level): what a token must have; `raw`: the handler reads the
    body itself, outside of the lock."""

    def __init__(self, method, pattern, handler, need, raw):
        self.method, self.pattern, self.handler, self.need, self.raw = method, pattern, handler, need, raw
        self.hits = 0
        literal = re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", pattern)
        self.regex = re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", literal) + "$")


def route(method, pattern, need=("metadata", "read"), raw=False):
    """Registers the handler of METHOD PATTERN; `{name}` stands for one part of the path, `{name+}` for all the rest."""
    def register(handler):
        ROUTES.append(Route(method, pattern, handler, need, raw))
        return handler
    return register


def find(method, path):
    """(route, parameters) of the most literal pattern that fits, or (None, the methods that the path has)."""
    fitting = [(candidate, match) for candidate in ROUTES if (match := candidate.regex.match(path))]
    mine = [pair for pair in fitting if pair[0].method == method]
    if not mine:
        return None, [candidate.method for candidate, _ in fitting]
    best, match = max(mine, key=lambda pair: len(re.sub(r"\{.*?\}", "", pair[0].pattern)))
    return best, {key: urllib.parse.unquote(value) for key, value in match.groupdict().items()}


class Call:
    """One request on its way: who asks (`actor`: login, token's record or None), for what (`repo`), with what."""

    def __init__(self, forge, method, path, query, headers):
        self.forge, self.store = forge, forge.store
        self.method, self.path, self.query, self.headers = method, path, query, headers
        self.parameters, self.repo, self.actor, self.token, self.token_name = {}, None, None, None, None
        self.body, self.reader, self.version, self.bases, self.after, self.dirty = {}, None, "2022-11-28", {}, [], False

    def __getitem__(self, name):
        return self.parameters[name]

    def url(self, path, *parts):
        """An address below the API's root; parts are %-encoded."""
        return self.bases["api"] + path.format(*(urllib.parse.quote(str(part), safe="") for part in parts))

    def of_repo(self, path="", *parts):
        return self.url("/repos/" + self.repo["full_name"] + path, *parts)

    def want(self, *names):
        """The values of required fields of the body; a missing one is GitHub's 422 about the schema."""
        for name in names:
            if self.body.get(name) is None:
                raise Refusal(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        return [self.body[name] for name in names]

    def typed(self, **kinds):
        """Refuses fields of the body whose type is another one, as GitHub's schema check does; None is no value."""
        names = {str: "string", bool: "boolean", int: "integer", list: "array", dict: "object"}
        for name, kind in kinds.items():
            value = self.body.get(name)
            wrong = value is not None and (not isinstance(value, kind) or kind is int and isinstance(value, bool))
            if wrong:
                raise Refusal(422, f"Invalid request.\n\nFor 'properties/{name}', {json.dumps(value)} is not a"
                                   f" {names[kind]}.")

    def choice(self, name, allowed):
        value = self.body.get(name)
        if value is not None and value not in allowed:
            raise Refusal(422, f"Invalid request.\n\nInvalid input: `{value}` is not a member of {sorted(allowed)}.")
        return value

    def flag(self, name):
        return self.query.get(name, "").lower() in ("true", "1")


def whole(text, default):
    return int(text) if text is not None and re.fullmatch(r"[0-9]{1,9}", text) else default


def paged(call, items, shape, wrap=None):
    """The page of `items` that the query asks for, each through `shape`; `wrap` is the key of a wrapped list, which
    also tells the total. The Link header never tells `last`: clients have to follow `next`."""
    size = max(1, min(100, whole(call.query.get("per_page"), 30) or 30))
    page = max(1, whole(call.query.get("page"), 1))
    part = [shape(item) for item in items[(page - 1) * size:page * size]]
    links = []
    def link(number, name):
        query = {**call.query, "per_page": str(size), "page": str(number)}
        links.append(f'<{call.bases["api"]}{call.raw_path}?{urllib.parse.urlencode(query)}>; rel="{name}"')
    if page > 1:
        link(page - 1, "prev")
    if page * size < len(items):
        link(page + 1, "next")
    if page > 1:
        link(1, "first")
    body = {"total_count": len(items), wrap: part} if wrap else part
    return Answer(200, body, {"Link": ", ".join(links)} if links else {})
