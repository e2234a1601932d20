"""Commit statuses and check runs: the two surfaces on which a commit is judged. Check runs are made by apps only, so
here only the admin's call makes them."""

import events
import git
import refs
import shapes
import store
from api import Answer, Refusal, invalid, not_found, paged, route

STATES = {"error", "failure", "pending", "success"}
CONCLUSIONS = {"action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"}
SATISFYING = {"success", "skipped", "neutral"}
PER_CONTEXT = 1000


def shape(call, record):
    base = call.of_repo(f"/statuses/{record['sha']}")
    return {"url": base, "avatar_url": shapes.user(call, record["creator"])["avatar_url"], "id": record["id"],
            "node_id": shapes.node_id("SC", record["id"]), "state": record["state"],
            "description": record["description"], "target_url": record["target_url"], "context": record["context"],
            "created_at": record["created_at"], "updated_at": record["created_at"],
            "creator": shapes.user(call, record["creator"])}


@route("POST", "/repos/{owner}/{repo}/statuses/{sha}", ("statuses", "write"))
def create(call):
    call.typed(state=str, target_url=str, description=str, context=str)
    state, sha = call.want("state")[0], call["sha"]
    if state not in STATES:
        raise Refusal(422, "Validation Failed", [{"resource": "Status", "code": "custom", "field": "state",
                                                 "message": "state is not included in the list"}])
    if not refs.FULL.match(sha) or git.commit_of(call.repo, sha) != sha:
        raise Refusal(422, f"No commit found for SHA: {sha}")
    if len(call.body.get("description") or "") > 140:
        raise invalid("Status", "description", "custom", "description is too long (maximum is 140 characters)")
    context = call.body.get("context") or "default"
    same = [one for one in call.repo["statuses"] if one["sha"] == sha and one["context"].lower() == context.lower()]
    if len(same) >= PER_CONTEXT:
        raise Refusal(422, "Validation Failed", [{
            "resource": "Status", "code": "custom", "field": "base",
            "message": "This SHA and context has reached the maximum number of statuses."}])
    app_id = call.token["app_id"] if call.token["kind"] == "installation" else None
    record = {"id": call.store.new_id(), "sha": sha, "state": state, "context": context,
              "description": call.body.get("description"), "target_url": call.body.get("target_url"),
              "creator": call.actor, "app_id": app_id, "created_at": store.now()}
    call.repo["statuses"].append(record)
    call.after.append(lambda: events.judged(call))
    return Answer(201, shape(call, record), {"Location": call.of_repo(f"/statuses/{sha}")})


def of_commit(repo, sha):
    """All statuses of a commit, newest first."""
    return [record for record in reversed(repo["statuses"]) if record["sha"] == sha]


def latest(repo, sha):
    """The newest status of every context, newest first; contexts differ by more than case."""
    found = {}
    for record in of_commit(repo, sha):
        found.setdefault(record["context"].lower(), record)
    return list(found.values())


def combined_state(records):
    states = {record["state"] for record in records}
    if states & {"error", "failure"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


@route("GET", "/repos/{owner}/{repo}/commits/{ref+}/status", ("statuses", "read"))
def combined(call):
    """Check runs are no part of it: with none but those it is `pending`, of nothing."""
    sha = refs.commit_or_refuse(call, call["ref"], 404)
    records = latest(call.repo, sha)
    def simple(record):
        return {key: value for key, value in shape(call, record).items() if key != "creator"}
    page = paged(call, records, simple)
    return Answer(200, {"state": combined_state(records), "statuses": page.body, "sha": sha,
                        "total_count": len(records), "repository": shapes.repository(call),
                        "commit_url": call.of_repo(f"/commits/{sha}"),
                        "url": call.of_repo(f"/commits/{sha}/status")}, page.headers)


@route("GET", "/repos/{owner}/{repo}/commits/{ref+}/statuses", ("statuses", "read"))
def list_statuses(call):
    sha = refs.commit_or_refuse(call, call["ref"], 404)
    return paged(call, of_commit(call.repo, sha), lambda record: shape(call, record))


def check_shape(call, record):
    base = call.of_repo(f"/check-runs/{record['id']}")
    page = f"{call.bases['web']}/{call.repo['full_name']}/runs/{record['id']}"
    return {"id": record["id"], "head_sha": record["sha"], "node_id": shapes.node_id("CR", record["id"]),
            "external_id": "", "url": base, "html_url": page, "details_url": page, "status": record["status"],
            "conclusion": record["conclusion"], "started_at": record["started_at"],
            "completed_at": record["completed_at"],
            "output": {"title": None, "summary": None, "text": None, "annotations_count": 0,
                       "annotations_url": base + "/annotations"},
            "name": record["name"], "check_suite": {"id": record["suite_id"]},
            "app": shapes.app(call, record["app_id"]), "pull_requests": []}


def set_check(call, sha, name, status, conclusion, app_id=15368, suite=None):
    """A new check run, as an app would file it: in this suite, or in the first that the app has at the commit. Raises
    Refusal for words that GitHub does not know."""
    if status == "completed" and conclusion not in CONCLUSIONS:
        raise Refusal(422, f"no such conclusion: {conclusion}")
    moment = store.now()
    suite = suite or next((one["suite_id"] for one in call.repo["check_runs"]
                  if one["sha"] == sha and one["app_id"] == app_id), None) or call.store.new_id()
    record = {"id": call.store.new_id(), "sha": sha, "name": name, "status": status, "suite_id": suite,
              "conclusion": conclusion if status == "completed" else None, "app_id": app_id, "started_at": moment,
              "completed_at": moment if status == "completed" else None}
    call.repo["check_runs"].append(record)
    return record


def latest_checks(repo, sha, by_suite=False):
    """The newest check run of every app and name, or of every suite and name."""
    found = {}
    for record in reversed(repo["check_runs"]):
        if record["sha"] == sha:
            found.setdefault((by_suite and record["suite_id"], record["app_id"], record["name"]), record)
    return list(found.values())


@route("GET", "/repos/{owner}/{repo}/commits/{ref+}/check-runs", ("checks", "read"))
def list_checks(call):
    sha = refs.commit_or_refuse(call, call["ref"])
    records = latest_checks(call.repo, sha, by_suite=True)
    if call.query.get("filter") == "all":
        records = [one for one in reversed(call.repo["check_runs"]) if one["sha"] == sha]
    for key, field in {"check_name": "name", "status": "status", "app_id": "app_id"}.items():
        if key in call.query:
            records = [one for one in records if str(one[field]) == call.query[key]]
    return paged(call, records, lambda one: check_shape(call, one), "check_runs")


@route("GET", "/repos/{owner}/{repo}/commits/{ref+}/check-suites", ("checks", "read"))
def list_suites(call):
    sha = refs.commit_or_refuse(call, call["ref"])
    suites = {}
    for one in latest_checks(call.repo, sha, by_suite=True):
        suites.setdefault(one["suite_id"], []).append(one)
    def suite(pair):
        number, runs = pair
        done = all(run["status"] == "completed" for run in runs)
        good = all(run["conclusion"] in SATISFYING for run in runs)
        base = call.of_repo(f"/check-suites/{number}")
        return {"id": number, "node_id": shapes.node_id("CS", number), "head_branch": None, "head_sha": sha,
                "status": "completed" if done else "in_progress", "url": base, "before": None, "after": None,
                "conclusion": ("success" if good else "failure") if done else None, "pull_requests": [],
                "app": shapes.app(call, runs[0]["app_id"]), "repository": shapes.repository(call),
                "created_at": runs[0]["started_at"], "updated_at": runs[0]["started_at"],
                "head_commit": shapes.head_commit(call.repo, sha), "latest_check_runs_count": len(runs),
                "check_runs_url": base + "/check-runs"}
    return paged(call, list(suites.items()), suite, "check_suites")


@route("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}", ("checks", "read"))
def get_check(call):
    for record in call.repo["check_runs"]:
        if str(record["id"]) == call["check_run_id"]:
            return check_shape(call, record)
    raise not_found()


@route("GET", "/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", ("checks", "read"))
def list_annotations(call):
    get_check(call)
    return paged(call, [], None)


@route("POST", "/repos/{owner}/{repo}/check-runs", ("checks", "write"))
def create_check(call):
    """Through the API only apps may; with the Actions token it lands in some suite of the commit."""
    call.typed(name=str, head_sha=str, status=str, conclusion=str)
    name, sha = call.want("name", "head_sha")
    if call.token["kind"] != "installation":
        raise Refusal(403, "You must authenticate via a GitHub App.")
    if git.commit_of(call.repo, sha) != sha:
        raise Refusal(422, f"No commit found for SHA: {sha}")
    conclusion = call.body.get("conclusion")
    record = set_check(call, sha, name, "completed" if conclusion else call.body.get("status") or "queued", conclusion)
    call.after.append(lambda: events.judged(call))
    return Answer(201, check_shape(call, record))


def verdict(repo, sha, context, app_id=None):
    """What a required check says on a commit: "success", "failure", "pending", or None when nothing reported. A status
    and a check run of one name are both required; `app_id` (not -1) binds the name to one app."""
    bound = app_id not in (None, -1)
    found = []
    for one in latest(repo, sha):
        if one["context"].lower() == context.lower() and not (bound and one["app_id"] != app_id):
            found.append({"error": "failure"}.get(one["state"], one["state"]))
    for one in latest_checks(repo, sha):
        if one["name"] == context and not (bound and one["app_id"] != app_id):
            found.append("pending" if one["status"] != "completed" else
                         "success" if one["conclusion"] in SATISFYING else "failure")
    if not found:
        return None
    return next((word for word in ("failure", "pending") if word in found), "success")
