"""The test's own doors, below /_forge/: it sets up what a forge has, plays the people's and the runners' part, sets
faults, and reads what happened. No token is asked for; bodies are JSON.

    POST repositories   {"name": "o/r", "private", "default_branch", "git_dir", "parent", "owner_type", "settings",
                         "collaborators": {login: role}}; PATCH the same by {"repo": "o/r"}, also "former_names"
    POST tokens         {"token", "name", "login", "kind": "user"|"installation", "repository", "permissions", "quiet",
                         "app_id", "ceiling"}; PATCH the same by token: {"revoked": true}
    POST orgs           {"org", "members": {login: "admin"|"member"}, "teams": {slug: {"members": {login: {"role",
                         "state"}}, "repositories": {"o/r": role}}}}
    POST reviews        {"repo", "pull", "user", "state", "body", "commit_id"}
    POST threads        {"repo", "pull", "resolved", "thread"}
    POST statuses       {"repo", "sha", "context", "state", "user"}
    POST checks         {"repo", "sha", "name", "status", "conclusion", "app_id"}
    POST workflows      {"repo", "path", "name", "dispatch": [inputs]|null, "push": {"tags": [], "branches": []},
                         "jobs", "environment", "run_name"}
    POST environments   {"repo", "name", "reviewers": [login or org/team], "wait_timer", "prevent_self_review", ...}
    POST runs           {"repo", "run", "status"|"conclusion"}: a run goes on, or ends; {"repo", "path", "event", "branch",
                         "sha"}: one begins, of the workflow at this path
    POST approvals      {"repo", "run", "user", "state", "comment"}
    POST protection     {"repo", "branch", ...the body of the PUT}      POST rulesets {"repo", ...}
    POST issues         {"repo", "title", "body", "labels", "user"}
    POST merges         {"repo", "pull", "user", "method"}: the merge button of somebody who may do all
    POST reachable      {"path", "status", "headers", "body"}: an address of our own that answers so
    POST notice         {"repo"}: looks at refs that were moved in the bare repository itself
    POST limits         {token's name: what is left}
    POST faults         a row of faults.py, or a list; DELETE faults    GET faults
    GET log, DELETE log     GET snapshot[?ids=1]     GET state     GET routes     GET schema
    POST reset     POST refuse {"seconds"}
    POST checkpoint, POST rollback: remembers the state, and makes it again what it was then (not git's refs), with neither
                         faults nor a log
    GET busy: how many others are connected, whose requests may still be under way
"""

import json

import events
import faults
import git
import issues
import merging
import reviews
import rules
import runs
import schema
import statuses
import store
from api import ROUTES, Answer, Refusal

DOORS = {}


def door(method, name):
    def register(handler):
        DOORS[method, name] = handler
        return handler
    return register


def serve(forge, call, body):
    """The answer of one door."""
    handler = DOORS.get((call.method, call.path[len("/_forge/"):]))
    if handler is None:
        raise Refusal(404, f"no such door: {call.method} {call.path}")
    text = body.read()
    call.body = json.loads(text) if text.strip() else {}
    with forge.store.lock:
        if isinstance(call.body, dict) and call.body.get("repo"):
            call.repo = forge.store.repository(*call.body["repo"].split("/", 1))
            if call.repo is None:
                raise Refusal(404, f"no repository {call.body['repo']}")
            call.actor = call.body.get("user") or "ghost"
        try:
            answer = handler(forge, call)
        except (KeyError, ValueError) as problem:
            raise Refusal(400, f"{type(problem).__name__}: {problem}") from None
        if call.method != "GET":
            forge.store.save()
    return answer if isinstance(answer, Answer) else Answer(200, answer if answer is not None else {})


@door("POST", "repositories")
def add_repository(forge, call):
    fields = {key: call.body[key] for key in ("private", "default_branch", "parent", "owner_type", "settings",
                                              "collaborators", "description") if key in call.body}
    owner, name = call.body["name"].split("/", 1)
    if forge.store.repository(owner, name):
        raise Refusal(422, "name already exists on this account")
    record = forge.store.add_repository(owner, name, fields)
    git.create(forge.store, record, call.body.get("git_dir"))
    for login in record["collaborators"]:
        forge.store.user(login)
    record["refs_seen"] = git.all_refs(record)
    return {"id": record["id"], "git_dir": record["git_dir"]}


@door("PATCH", "repositories")
def change_repository(_, call):
    for key in ("private", "default_branch", "collaborators", "former_names"):
        if key in call.body:
            call.repo[key] = call.body[key]
    call.repo["settings"].update(call.body.get("settings", {}))


@door("POST", "tokens")
def add_token(forge, call):
    body = call.body
    if body.get("kind", "user") == "installation":
        login = body.get("login", "github-actions[bot]")
        record = {"kind": "installation", "repository": body["repository"], "app_id": body.get("app_id", 15368),
                  "permissions": body.get("permissions", {}), "quiet": body.get("quiet", True)}
    else:
        login, record = body["login"], {"kind": "user", "ceiling": body.get("ceiling")}
    forge.store.user(login)
    forge.store.state["tokens"][body["token"]] = {**record, "login": login, "name": body.get("name", login)}


@door("PATCH", "tokens")
def change_token(forge, call):
    forge.store.state["tokens"][call.body["token"]].update(call.body)


@door("POST", "orgs")
def add_org(forge, call):
    teams = {slug: {"id": forge.store.new_id(), "members": {}, "repositories": {}, **team}
             for slug, team in call.body.get("teams", {}).items()}
    for team in teams.values():
        for login, member in team["members"].items():
            forge.store.user(login)
            member.setdefault("state", "active")
    forge.store.state["orgs"][call.body["org"]] = {"members": call.body.get("members", {}), "teams": teams}


def pull_of(call):
    for pull in call.repo["pulls"]:
        if pull["number"] == call.body["pull"]:
            return pull
    raise Refusal(404, f"no pull request {call.body['pull']}")


@door("POST", "reviews")
def add_review(forge, call):
    forge.store.user(call.actor)
    review = reviews.add(call, pull_of(call), call.actor, call.body.get("state", "APPROVED"),
                         call.body.get("body", ""), call.body.get("commit_id"))
    events.judged(call)
    return {"id": review["id"]}


@door("POST", "threads")
def add_thread(forge, call):
    """A conversation on a pull request; with `thread` one that is there is resolved or opened again."""
    pull = pull_of(call)
    for thread in pull["threads"]:
        if thread["id"] == call.body.get("thread"):
            thread["resolved"] = call.body["resolved"]
            return {"id": thread["id"]}
    pull["threads"].append({"id": forge.store.new_id(), "resolved": call.body.get("resolved", False)})
    return {"id": pull["threads"][-1]["id"]}


@door("POST", "statuses")
def add_status(forge, call):
    record = {"id": forge.store.new_id(), "sha": call.body["sha"], "state": call.body["state"],
              "context": call.body.get("context", "default"), "description": call.body.get("description"),
              "target_url": call.body.get("target_url"), "creator": call.actor, "app_id": call.body.get("app_id"),
              "created_at": store.now()}
    call.repo["statuses"].append(record)
    events.judged(call)
    return {"id": record["id"]}


@door("POST", "checks")
def add_check(_, call):
    record = statuses.set_check(call, call.body["sha"], call.body["name"], call.body.get("status", "completed"),
                                call.body.get("conclusion"), call.body.get("app_id", 15368))
    events.judged(call)
    return {"id": record["id"]}


@door("POST", "workflows")
def add_workflow(forge, call):
    body = call.body
    record = {"id": forge.store.new_id(), "path": body["path"], "name": body.get("name", body["path"]),
              "state": body.get("state", "active"), "dispatch": body.get("dispatch", []),
              "push": body.get("push", {}), "jobs": body.get("jobs", ["build"]), "run_name": body.get("run_name"),
              "environment": body.get("environment"), "run_number": 0, "created_at": store.now()}
    call.repo["workflows"].append(record)
    return {"id": record["id"]}


@door("POST", "environments")
def add_environment(forge, call):
    for name in call.body.get("reviewers", []):
        if "/" not in name:
            forge.store.user(name)
    record = {"id": forge.store.new_id(), "name": call.body["name"], "reviewers": call.body.get("reviewers", []),
              "wait_timer": call.body.get("wait_timer", 0), "created_at": store.now(),
              "prevent_self_review": call.body.get("prevent_self_review", False),
              "can_admins_bypass": call.body.get("can_admins_bypass", True),
              "deployment_branch_policy": call.body.get("deployment_branch_policy")}
    call.repo["environments"].append(record)
    return {"id": record["id"]}


def run_of(call):
    for run in call.repo["runs"]:
        if run["id"] == call.body["run"]:
            return run
    raise Refusal(404, f"no run {call.body['run']}")


def begin_run(call):
    for workflow in call.repo["workflows"]:
        if workflow["path"] == call.body["path"]:
            return runs.start(call, workflow, call.body["event"], call.body["branch"], call.body["sha"])
    raise Refusal(404, f"no workflow {call.body['path']}")


@door("POST", "runs")
def move_run(_, call):
    if "path" in call.body:
        return {"id": begin_run(call)["id"]}
    run = run_of(call)
    if call.body.get("conclusion"):
        runs.complete(call, run, call.body["conclusion"])
    else:
        run.update(status=call.body["status"], updated_at=store.now())


@door("POST", "approvals")
def approve(forge, call):
    run = run_of(call)
    record = runs.waits_for(call, run)
    if record is None:
        raise Refusal(422, "the run waits for nobody")
    forge.store.user(call.actor)
    runs.approve(call, run, record, call.actor, call.body.get("state", "approved"), call.body.get("comment", ""))


@door("POST", "protection")
def protect(_, call):
    call.repo["protection"][call.body["branch"]] = rules.protection_record(call.body)


@door("POST", "rulesets")
def add_ruleset(_, call):
    return {"id": rules.add_ruleset(call, call.body)["id"]}


@door("POST", "issues")
def add_issue(forge, call):
    forge.store.user(call.actor)
    return {"number": issues.add(call, call.body["title"], call.body.get("body"), call.body.get("labels"))["number"]}


@door("POST", "merges")
def merge(forge, call):
    forge.store.user(call.actor)
    return {"sha": merging.merge(call, pull_of(call), call.body.get("method", "merge"))}


@door("POST", "reachable")
def make_reachable(forge, call):
    forge.store.state["reachable"][call.body["path"]] = {"status": 200, **call.body}


@door("POST", "notice")
def notice(_, call):
    events.notice(call)


@door("POST", "limits")
def set_limits(forge, call):
    forge.budget.limits.update(call.body)
    forge.budget.used.clear()


@door("POST", "push")
def judge_push(forge, call):
    """The hook's question: which refs of a push are refused, and with what words."""
    call.repo = forge.store.repository(*call.body["repository"].split("/", 1))
    call.actor = call.body["login"]
    call.token = next((one for one in forge.store.state["tokens"].values() if one["name"] == call.body["token"]), None)
    return {"refused": git.judge_push(call, call.repo, call.body["updates"])}


@door("POST", "faults")
def add_faults(forge, call):
    for row in call.body if isinstance(call.body, list) else [call.body]:
        forge.faults.add(row)


@door("DELETE", "faults")
def clear_faults(forge, _):
    forge.faults.rows.clear()


@door("GET", "faults")
def list_faults(forge, _):
    return forge.faults.rows


@door("GET", "log")
def log(forge, _):
    """In the order in which the requests came; an answer may be told to the log later than the next request."""
    return [entry for entry in sorted(forge.entries, key=lambda entry: entry["ordinal"])
            if not entry["path"].startswith("/_forge/")]


@door("DELETE", "log")
def forget(forge, _):
    forge.forget()


@door("GET", "snapshot")
def snapshot(forge, call):
    """The state, and the refs that are really there."""
    state = forge.store.snapshot(call.query.get("ids") == "1")
    for name, record in forge.store.state["repositories"].items():
        state["repositories"][name]["refs"] = {ref: oid for ref, oid in sorted(git.all_refs(record).items())
                                               if not ref.startswith("refs/pull/")}
    return Answer(200, (json.dumps(state, indent=1, sort_keys=True) + "\n").encode())


@door("GET", "state")
def whole_state(forge, _):
    return {key: value for key, value in forge.store.state.items() if key != "tokens"}


@door("GET", "routes")
def routes(*_):
    return [{"method": one.method, "pattern": one.pattern, "hits": one.hits} for one in ROUTES]


@door("GET", "schema")
def graphql_schema(*_):
    """The GraphQL schema as data, for a judge: {type: {field: {type, arguments, inputs}}}."""
    return {kind: {name: {"type": field.type, "arguments": list(field.arguments), "inputs": list(field.inputs)}
                   for name, field in fields.items()} for kind, fields in schema.TYPES.items()}


@door("POST", "reset")
def reset(forge, _):
    forge.store.reset()
    forge.faults.rows.clear()
    forge.forget()
    forge.budget.used.clear()
    forge.budget.limits.clear()


@door("POST", "checkpoint")
def checkpoint(forge, _):
    forge.kept = json.dumps(forge.store.state)


@door("POST", "rollback")
def rollback(forge, _):
    forge.store.state = json.loads(forge.kept)
    forge.budget.used.clear()
    forge.faults.rows.clear()
    forge.forget()


@door("GET", "busy")
def busy(forge, _):
    return {"others": forge.connected() - 1}


@door("POST", "refuse")
def refuse(forge, call):
    forge.refuse(faults.pause(call.body, 1))


