"""Faults on demand. A fault is a row of data:

    {"fault": KIND, "method": "POST", "path": REGEX, "body": REGEX, "nth": 1, "times": 1, ...}

`path` is searched in the path (without /api/v3) and the query; `body` in a JSON body; the fault strikes from the nth
request that matches, `times` times (0: for good). KIND and its own fields:

    refuse                  the answer is given, then nobody listens for `seconds` (default 1; or `ms`); `before`:
                            no answer either
    reset_before            the connection is reset before the body is read
    reset_after             all is done, then the connection is reset
    timeout_before, timeout_after   as above, but silent until the client leaves
    status                  answers `status` (default 502), `message`; `when` = "before" (nothing done) or "after"
    answer                  answers `status`, `json`, `headers` as given, nothing done
    truncate                all is done, and half of the answer is sent
    rate_limited            429, Retry-After `seconds`     secondary    403 with the secondary limit's words
    permission              403                            invalid      422
    starter                 an upload leaves an asset in state `starter`, then `status` (default 502) or, with `reset`,
                            a reset
    slow                    the answer drips, `seconds` (default 0.2) between pieces
    wrong_type              an object where a list is due, and a list where an object is
    drop_page               the answer names a next page, and that page answers 500
    stale                   a list lacks its newest entry, as an index that lags behind
    gather                  no fault: the first `count` requests are held until all of them are there, and then done; where
                            they do not come within `seconds` (default 10) it answers 504, nothing done
"""

import re
import threading

from api import Answer, Refusal

KINDS = {"refuse", "reset_before", "reset_after", "timeout_before", "timeout_after", "status", "answer", "truncate",
         "rate_limited", "secondary", "permission", "invalid", "starter", "slow", "wrong_type", "drop_page", "stale", "gather"}
BROKEN = "_forge_broken"


class Faults:
    """The rows in force and how often each has matched."""

    def __init__(self, rows=()):
        self.rows = []
        for row in rows:
            self.add(row)
        self.arrival = threading.Condition()

    def add(self, row):
        """Raises ValueError for a row that could never strike."""
        if row.get("fault") not in KINDS:
            raise ValueError(f"no such fault: {row.get('fault')}; there are {', '.join(sorted(KINDS))}")
        for name in ("path", "body"):
            re.compile(row.get(name) or "")
        self.rows.append({**row, "seen": 0, "struck": 0})

    def strike(self, method, target, body=b""):
        """The fault that this request meets, or None. Every matching row counts the request."""
        struck = None
        for row in self.rows:
            if row.get("method") not in (None, method) or not re.search(row.get("path") or "", target):
                continue
            if row.get("body") and not re.search(row["body"], body.decode("utf-8", "replace")):
                continue
            row["seen"] += 1
            first, times = row.get("nth", 1), row.get("times", 1)
            if row["seen"] >= first and (times == 0 or row["seen"] < first + times) and not struck:
                row["struck"] += 1
                struck = row
        return struck

    def gather(self, row):
        """Waits for the others of this row; False when they did not come."""
        with self.arrival:
            row["here"] = row.get("here", 0) + 1
            self.arrival.notify_all()
            return self.arrival.wait_for(lambda: row["here"] >= row["count"], pause(row, 10))


def pause(row, default):
    """The seconds of a row: `seconds`, or `ms` where only whole numbers can be written."""
    return row["ms"] / 1000 if "ms" in row else row.get("seconds", default)


def instead(row):
    """The answer that stands in for the work, or None when the work is to be done."""
    kind, after = row["fault"], str(row.get("seconds", 1))
    if kind == "status" and row.get("when", "before") == "before":
        return plain(row)
    if kind == "answer":
        return Answer(row.get("status", 200), row.get("json"), row.get("headers"))
    if kind == "rate_limited":
        return Refusal(429, "API rate limit exceeded", headers={
            "Retry-After": after, "x-ratelimit-remaining": "0"}).answer()
    if kind == "secondary":
        return Refusal(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
                       headers={"Retry-After": after}).answer()
    if kind == "permission":
        return Refusal(403, "Resource not accessible by integration",
                       headers={"X-Accepted-GitHub-Permissions": "contents=write"}).answer()
    if kind == "invalid":
        return Refusal(422, row.get("message", "Validation Failed"),
                       [{"resource": "Forge", "code": "invalid", "field": "forge"}]).answer()
    return None


def plain(row):
    """What a gateway says when what is behind it failed: HTML, as GitHub's does."""
    status = row.get("status", 502)
    page = row.get("message", f"<html><head><title>{status}</title></head><body>Unicorn!</body></html>")
    return Answer(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


def spoil(row, answer, call):
    """The answer after the fault has had its way with it."""
    kind = row["fault"]
    if kind == "status" and row.get("when") == "after":
        return plain(row)
    if kind == "wrong_type":
        body = answer.body
        return Answer(answer.status, body[0] if isinstance(body, list) and body else
                      {"message": "ok"} if isinstance(body, list) else [body], answer.headers)
    if kind == "stale":
        # The mark is that of the whole list: with it the client would hold the short one for current.
        headers = {name: value for name, value in answer.headers.items() if name != "ETag"}
        return Answer(answer.status, without_newest(answer.body), headers)
    if kind == "drop_page":
        link = f'<{call.bases["api"]}{call.raw_path}?page=2&{BROKEN}=1>; rel="next"'
        return Answer(answer.status, answer.body, {**answer.headers, "Link": link})
    return answer


def without_newest(body):
    """A list, also a wrapped one with its total, without the record of the highest id."""
    if isinstance(body, dict):
        short = {key: without_newest(value) if isinstance(value, list) else value for key, value in body.items()}
        missing = sum(len(value) - len(short[key]) for key, value in body.items() if isinstance(value, list))
        if "total_count" in body:
            short["total_count"] = body["total_count"] - missing
        return short
    if isinstance(body, list) and body:
        newest = max(range(len(body)), key=lambda at: body[at].get("id", 0))
        return body[:newest] + body[newest + 1:]
    return body
