"""Issues, their labels, comments, and the search; a pull request is an issue here too."""

import re

import access
import pulls
import shapes
import store
from api import Answer, Refusal, check_length, invalid, not_found, paged, route

def shape(call, record):
    number, is_pull = record["number"], "head_sha" in record
    base = call.of_repo(f"/issues/{number}")
    page = f"{call.bases['web']}/{call.repo['full_name']}/{'pull' if is_pull else 'issues'}/{number}"
    result = {
        "id": record["id"], "node_id": shapes.node_id("I", record["id"]), "url": base,
        "repository_url": call.of_repo(), "labels_url": base + "/labels{/name}", "comments_url": base + "/comments",
        "events_url": base + "/events", "html_url": page, "number": number, "state": record["state"],
        "state_reason": record.get("state_reason"), "title": record["title"], "body": record["body"] or "",
        "user": shapes.user(call, record["user"]), "assignee": None, "assignees": [], "milestone": None,
        "labels": [shapes.label(call, shapes.label_named(call, name)) for name in record["labels"]],
        "locked": False, "active_lock_reason": None, "comments": len(record["comments"]),
        "closed_at": record["closed_at"], "created_at": record["created_at"], "updated_at": record["updated_at"],
        "author_association": "MEMBER",
    }
    if call.version >= "2026-03-10":
        del result["assignee"]
    if is_pull:
        links = pulls.shape(call, record)
        result["pull_request"] = {"url": links["url"], "html_url": page, "diff_url": links["diff_url"],
                                  "patch_url": links["patch_url"], "merged_at": record["merged_at"]}
        result["draft"] = record["draft"]
    return result


def everything(repo):
    """Issues and pull requests, newest first."""
    return sorted(repo["issues"] + repo["pulls"], key=lambda one: -one["number"])


def find(call, name="issue_number"):
    for record in everything(call.repo):
        if str(record["number"]) == call[name]:
            return record
    raise not_found()


@route("GET", "/repos/{owner}/{repo}/issues", ("issues", "read"))
def list_issues(call):
    """Labels are joined by AND, and pull requests are among the answers."""
    state = call.query.get("state", "open")
    wanted = [name.strip().lower() for name in call.query.get("labels", "").split(",") if name.strip()]
    found = [one for one in everything(call.repo) if state in ("all", one["state"])
             and all(name in [label.lower() for label in one["labels"]] for name in wanted)]
    return paged(call, found, lambda one: shape(call, one))


@route("POST", "/repos/{owner}/{repo}/issues", ("issues", "read"))
def create(call):
    call.typed(title=str, body=str, labels=list)
    if call.token is None:
        raise Refusal(401, "Requires authentication")
    if not call.want("title")[0]:
        raise invalid("Issue", "title", "missing_field")
    return Answer(201, shape(call, add(call, call.body["title"], call.body.get("body"), call.body.get("labels"))))


def add(call, title, body, labels, user=None):
    check_length(body)
    call.repo["last_number"] += 1
    record = {"id": call.store.new_id(), "number": call.repo["last_number"], "title": title, "body": body,
              "state": "open", "state_reason": None, "labels": [], "comments": [], "user": user or call.actor,
              "closed_at": None, "created_at": store.now(), "updated_at": store.now()}
    call.repo["issues"].append(record)
    put_labels(call, record, labels or [])
    return record


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}", ("issues", "read"))
def get_issue(call):
    return shape(call, find(call))


@route("PATCH", "/repos/{owner}/{repo}/issues/{issue_number}", ("issues", "write"))
def update(call):
    call.typed(body=str, state=str, state_reason=str, labels=list)
    call.choice("state", {"open", "closed"})
    call.choice("state_reason", {"completed", "not_planned", "duplicate", "reopened"})
    record = find(call)
    check_length(call.body.get("body"))
    for field in ("title", "body", "state_reason"):
        if call.body.get(field) is not None:
            record[field] = call.body[field]
    if call.body.get("state") and call.body["state"] != record["state"]:
        closed = call.body["state"] == "closed"
        record.update(state=call.body["state"], closed_at=store.now() if closed else None)
    if call.body.get("labels") is not None:
        record["labels"] = []
        put_labels(call, record, call.body["labels"])
    record["updated_at"] = store.now()
    return shape(call, record)


def names_of(labels):
    return [one["name"] if isinstance(one, dict) else one for one in labels]


def put_labels(call, record, labels):
    """Adds labels to an issue; a new name becomes a label of the repository."""
    for name in names_of(labels):
        known = shapes.label_named(call, name)["name"]
        if known not in record["labels"]:
            record["labels"].append(known)


def labels_of(call, record):
    return [shapes.label(call, shapes.label_named(call, name)) for name in record["labels"]]


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/labels", ("issues", "read"))
def list_issue_labels(call):
    return paged(call, labels_of(call, find(call)), lambda one: one)


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/labels", ("issues", "write"))
def add_labels(call):
    record = find(call)
    put_labels(call, record, call.body.get("labels") or [])
    return labels_of(call, record)


@route("PUT", "/repos/{owner}/{repo}/issues/{issue_number}/labels", ("issues", "write"))
def set_labels(call):
    record = find(call)
    record["labels"] = []
    put_labels(call, record, call.body.get("labels") or [])
    return labels_of(call, record)


@route("DELETE", "/repos/{owner}/{repo}/issues/{issue_number}/labels/{name}", ("issues", "write"))
def remove_label(call):
    record = find(call)
    kept = [name for name in record["labels"] if name.lower() != call["name"].lower()]
    if kept == record["labels"]:
        raise Refusal(404, "Label does not exist")
    record["labels"] = kept
    return labels_of(call, record)


@route("GET", "/repos/{owner}/{repo}/labels", ("issues", "read"))
def list_labels(call):
    return paged(call, call.repo["labels"], lambda one: shapes.label(call, one))


@route("GET", "/repos/{owner}/{repo}/labels/{name}", ("issues", "read"))
def get_label(call):
    for one in call.repo["labels"]:
        if one["name"].lower() == call["name"].lower():
            return shapes.label(call, one)
    raise not_found()


@route("POST", "/repos/{owner}/{repo}/labels", ("issues", "write"))
def create_label(call):
    call.typed(name=str, color=str, description=str)
    name = call.want("name")[0]
    if any(one["name"].lower() == name.lower() for one in call.repo["labels"]):
        raise invalid("Label", "name", "already_exists")
    one = shapes.label_named(call, name)
    one.update(color=call.body.get("color") or one["color"], description=call.body.get("description"))
    return Answer(201, shapes.label(call, one), {"Location": call.of_repo("/labels/{}", name)})


def comment_shape(call, record, comment):
    base = call.of_repo(f"/issues/comments/{comment['id']}")
    kind = "pull" if "head_sha" in record else "issues"
    page = f"{call.bases['web']}/{call.repo['full_name']}/{kind}/{record['number']}#issuecomment-{comment['id']}"
    return {"id": comment["id"], "node_id": shapes.node_id("IC", comment["id"]), "url": base, "html_url": page,
            "body": comment["body"], "user": shapes.user(call, comment["user"]), "created_at": comment["created_at"],
            "updated_at": comment["updated_at"], "issue_url": call.of_repo(f"/issues/{record['number']}"),
            "author_association": "MEMBER"}


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", ("issues", "read"))
def list_comments(call):
    record = find(call)
    return paged(call, record["comments"], lambda one: comment_shape(call, record, one))


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", ("issues", "read"))
def add_comment(call):
    call.typed(body=str)
    if call.token is None:
        raise Refusal(401, "Requires authentication")
    record, body = find(call), call.want("body")[0]
    check_length(body)
    one = {"id": call.store.new_id(), "body": body, "user": call.actor, "created_at": store.now(),
           "updated_at": store.now()}
    record["comments"].append(one)
    return Answer(201, comment_shape(call, record, one))


@route("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", ("issues", "write"))
def update_comment(call):
    body = call.want("body")[0]
    check_length(body)
    for record in everything(call.repo):
        for one in record["comments"]:
            if str(one["id"]) == call["comment_id"]:
                one.update(body=body, updated_at=store.now())
                return comment_shape(call, record, one)
    raise not_found()


TERM = re.compile(r'(\w+):("[^"]*"(?:,"[^"]*")*|\S+)')


@route("GET", "/search/issues", ("anyone", "read"))
def search(call):
    """Understands repo:, is:, state:, label: ("a","b" is OR), author: and words of the title."""
    query = call.query.get("q", "")
    terms, words = TERM.findall(query), TERM.sub("", query).split()
    if not any(key == "repo" for key, _ in terms):
        raise Refusal(422, "Validation Failed", [{"resource": "Search", "code": "invalid", "field": "q", "message":
                      "The listed users and repositories cannot be searched."}])
    values = {}
    for key, value in terms:
        values.setdefault(key, []).append([part.strip('"').lower() for part in re.findall(r'"[^"]*"|[^,]+', value)])
    call.repo = call.store.repository(*values["repo"][0][0].split("/", 1))
    if call.repo is None or not access.can_read(call, call.repo):
        raise Refusal(422, "Validation Failed", [{"resource": "Search", "code": "invalid", "field": "q", "message":
                      "The listed users and repositories cannot be searched either because the resources do not exist"
                      " or you do not have permission to view them."}])
    found = [one for one in everything(call.repo) if fits(one, values)
             and all(word.lower() in one["title"].lower() for word in words)]
    listed = paged(call, found, lambda one: {**shape(call, one), "assignee": None, "score": 1.0})
    return Answer(200, {"total_count": len(found), "incomplete_results": False, "items": listed.body}, listed.headers)


def fits(one, values):
    for options in values.get("is", []) + values.get("type", []) + values.get("state", []):
        for word in options:
            good = {"open": one["state"] == "open", "closed": one["state"] == "closed", "issue": "head_sha" not in one,
                    "pr": "head_sha" in one, "merged": one.get("merged", False)}.get(word, True)
            if not good:
                return False
    labels = {name.lower() for name in one["labels"]}
    if not all(labels & set(options) for options in values.get("label", [])):
        return False
    return all((one["user"] or "").lower() in options for options in values.get("author", []))
