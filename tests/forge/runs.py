"""Workflows and their runs: dispatch, what a run is waiting for, who approved it; environments. A run does nothing by
itself: the admin's call moves it on, as a runner would."""

import re

import access
import events
import git
import shapes
import statuses
import store
from api import Answer, Refusal, not_found, paged, route

INPUTS = 25


def workflow_shape(call, record):
    base = call.of_repo(f"/actions/workflows/{record['id']}")
    page = f"{call.bases['web']}/{call.repo['full_name']}"
    name = record["path"].rsplit("/", 1)[-1]
    return {"id": record["id"], "node_id": shapes.node_id("W", record["id"]), "name": record["name"],
            "path": record["path"], "state": record["state"], "created_at": record["created_at"],
            "updated_at": record["created_at"], "url": base, "html_url": f"{page}/blob/main/{record['path']}",
            "badge_url": f"{page}/workflows/{name}/badge.svg"}


def find_workflow(call):
    """By id or by the file's name."""
    for record in call.repo["workflows"]:
        if call["workflow_id"] in (str(record["id"]), record["path"].rsplit("/", 1)[-1]):
            return record
    raise not_found()


@route("GET", "/repos/{owner}/{repo}/actions/workflows", ("actions", "read"))
def list_workflows(call):
    return paged(call, call.repo["workflows"], lambda one: workflow_shape(call, one), "workflows")


@route("GET", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}", ("actions", "read"))
def get_workflow(call):
    return workflow_shape(call, find_workflow(call))


@route("POST", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", ("actions", "write"))
def dispatch(call):
    """Answers with the run at 2026-03-10 or when asked to, else with nothing; GHES knows neither."""
    call.typed(ref=str, inputs=dict, return_run_details=bool)
    ref, workflow = call.want("ref")[0], find_workflow(call)
    inputs = call.body.get("inputs") or {}
    if workflow["dispatch"] is None:
        raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
    if workflow["state"] != "active":
        raise Refusal(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    unknown = sorted(set(inputs) - set(workflow["dispatch"]))
    if unknown:
        raise Refusal(422, f"Unexpected inputs provided: {unknown}")
    if len(inputs) > INPUTS:
        raise Refusal(422, "you may only define up to 25 inputs for a `workflow_dispatch` event")
    name = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    sha = None if len(name) == 40 and not git.branch(call.repo, name) else git.commit_of(call.repo, name)
    if sha is None or "return_run_details" in call.body and call.forge.flavour == "ghes":
        raise Refusal(422, f"No ref found for: {ref}" if sha is None else "Invalid request.")
    run = start(call, workflow, "workflow_dispatch", name, sha, inputs)
    if call.version < "2026-03-10" and not call.body.get("return_run_details"):
        return Answer(204)
    shape = run_shape(call, run)
    return {"workflow_run_id": run["id"], "run_url": shape["url"], "html_url": shape["html_url"]}


def start(call, workflow, event, branch, sha, inputs=None):
    """A new run, queued; or waiting when the workflow's environment asks for approval."""
    environment = next((one for one in call.repo["environments"] if one["name"] == workflow["environment"]), None)
    title = workflow["run_name"] or workflow["name"]
    for key, value in (inputs or {}).items():
        title = title.replace("${{ inputs." + key + " }}", str(value))
    workflow["run_number"] += 1
    waits = bool(environment and (environment["reviewers"] or environment["wait_timer"]))
    run = {"id": call.store.new_id(), "workflow_id": workflow["id"], "name": workflow["name"], "event": event,
           "head_branch": branch, "head_sha": sha, "path": workflow["path"], "run_number": workflow["run_number"],
           "run_attempt": 1, "status": "waiting" if waits else "queued", "conclusion": None,
           "display_title": title if workflow["run_name"] else
           git.run(call.repo, "log", "-1", "--format=%s", sha) if event == "push" else workflow["name"],
           "actor": call.actor, "inputs": inputs or {}, "suite_id": call.store.new_id(),
           "environment": environment["name"] if environment else None, "approvals": [],
           "jobs": [{"id": call.store.new_id(), "name": name, "conclusion": None} for name in workflow["jobs"]],
           "created_at": store.now(), "updated_at": store.now()}
    call.repo["runs"].append(run)
    return run


def run_shape(call, run):
    base = call.of_repo(f"/actions/runs/{run['id']}")
    page = f"{call.bases['web']}/{call.repo['full_name']}/actions/runs/{run['id']}"
    repo = shapes.repository(call)
    actor = shapes.user(call, run["actor"])
    return {
        "id": run["id"], "name": run["name"], "node_id": shapes.node_id("WFR", run["id"]),
        "check_suite_id": run["suite_id"], "check_suite_node_id": shapes.node_id("CS", run["suite_id"]),
        "head_branch": run["head_branch"], "head_sha": run["head_sha"], "path": run["path"],
        "run_number": run["run_number"], "run_attempt": run["run_attempt"], "event": run["event"],
        "status": run["status"], "conclusion": run["conclusion"], "workflow_id": run["workflow_id"], "url": base,
        "html_url": page, "pull_requests": [], "created_at": run["created_at"], "updated_at": run["updated_at"],
        "actor": actor, "triggering_actor": actor, "run_started_at": run["created_at"], "jobs_url": base + "/jobs",
        "logs_url": base + "/logs", "check_suite_url": call.of_repo(f"/check-suites/{run['suite_id']}"),
        "artifacts_url": base + "/artifacts", "cancel_url": base + "/cancel", "rerun_url": base + "/rerun",
        "previous_attempt_url": None, "workflow_url": call.of_repo(f"/actions/workflows/{run['workflow_id']}"),
        "head_commit": shapes.head_commit(call.repo, run["head_sha"]), "repository": repo, "head_repository": repo,
        "head_repository_id": repo["id"], "display_title": run["display_title"], "referenced_workflows": [],
    }


RANGE = re.compile(r"(?P<sign>[<>]=?)?(?P<one>[^.*<>=]+)|(?P<first>[^.<>=]+)\.\.(?P<last>[^.<>=]+)")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?|\*")


def within(words, moment):
    """Is a moment in a range of GitHub's search: `>=DATE`, `DATE..DATE`, `DATE..*`, or a date? A date may have a time."""
    match = RANGE.fullmatch(words)
    ends = [end for end in match.group("one", "first", "last") if end] if match else [""]
    if not all(MOMENT.fullmatch(end) for end in ends):
        raise Refusal(422, "created: no date, and no range of dates")
    def against(end):
        return (moment[:len(end)] > end) - (moment[:len(end)] < end)
    if match["one"]:
        order = against(match["one"])
        return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, None: order == 0}[match["sign"]]
    return (match["first"] == "*" or against(match["first"]) >= 0) and (match["last"] == "*" or against(match["last"]) <= 0)


def listed(call, runs):
    found = list(reversed(runs))
    for key, field in {"branch": "head_branch", "event": "event", "head_sha": "head_sha", "actor": "actor"}.items():
        if key in call.query:
            found = [run for run in found if run[field] == call.query[key]]
    if "created" in call.query:
        found = [run for run in found if within(call.query["created"], run["created_at"])]
    if "status" in call.query:
        found = [run for run in found if call.query["status"] in (run["status"], run["conclusion"])]
    return paged(call, found, lambda run: run_shape(call, run), "workflow_runs")


@route("GET", "/repos/{owner}/{repo}/actions/runs", ("actions", "read"))
def list_runs(call):
    return listed(call, call.repo["runs"])


@route("GET", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", ("actions", "read"))
def list_workflow_runs(call):
    workflow = find_workflow(call)
    return listed(call, [run for run in call.repo["runs"] if run["workflow_id"] == workflow["id"]])


def find(call):
    for run in call.repo["runs"]:
        if str(run["id"]) == call["run_id"]:
            return run
    raise not_found()


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}", ("actions", "read"))
def get_run(call):
    return run_shape(call, find(call))


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs", ("actions", "read"))
def list_jobs(call):
    run = find(call)
    return paged(call, run["jobs"], lambda job: job_shape(call, run, job), "jobs")


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts", ("actions", "read"))
def list_artifacts(call):
    find(call)
    return paged(call, [], None, "artifacts")


def job_shape(call, run, job):
    base = call.of_repo(f"/actions/jobs/{job['id']}")
    page = f"{call.bases['web']}/{call.repo['full_name']}/actions/runs/{run['id']}/job/{job['id']}"
    return {"id": job["id"], "run_id": run["id"], "run_url": call.of_repo(f"/actions/runs/{run['id']}"),
            "run_attempt": run["run_attempt"], "node_id": shapes.node_id("J", job["id"]),
            "head_sha": run["head_sha"], "url": base, "html_url": page, "status": run["status"],
            "conclusion": job["conclusion"], "created_at": run["created_at"], "started_at": run["created_at"],
            "completed_at": run["updated_at"] if run["status"] == "completed" else None, "name": job["name"],
            "steps": [], "check_run_url": call.of_repo(f"/check-runs/{job['id']}"), "labels": ["ubuntu-latest"],
            "runner_id": None, "runner_name": None, "runner_group_id": None, "runner_group_name": None,
            "workflow_name": run["name"], "head_branch": run["head_branch"]}


@route("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/cancel", ("actions", "write"))
def cancel(call):
    run = find(call)
    if run["status"] == "completed":
        raise Refusal(409, "Cannot cancel a workflow run that is completed.")
    complete(call, run, "cancelled")
    return Answer(202, {})


@route("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun", ("actions", "write"))
def rerun(call):
    run = find(call)
    if run["status"] != "completed":
        raise Refusal(403, "This workflow is already running")
    run.update(status="queued", conclusion=None, run_attempt=run["run_attempt"] + 1, updated_at=store.now())
    return Answer(201, {})


def complete(call, run, conclusion):
    """Ends a run, and tells it on the commit as a check run for every job, in the run's own suite."""
    run.update(status="completed", conclusion=conclusion, updated_at=store.now())
    for job in run["jobs"]:
        job["conclusion"] = conclusion
        statuses.set_check(call, run["head_sha"], job["name"], "completed", conclusion, suite=run["suite_id"])
    events.judged(call)


def environment_shape(call, record):
    base = call.of_repo("/environments/{}", record["name"])
    page = f"{call.bases['web']}/{call.repo['full_name']}/deployments/activity_log?environments_filter={record['name']}"
    return {"id": record["id"], "node_id": shapes.node_id("EN", record["id"]), "name": record["name"], "url": base,
            "html_url": page, "created_at": record["created_at"], "updated_at": record["created_at"]}


def protection_rules(call, record):
    found = []
    if record["wait_timer"]:
        found.append({"id": record["id"] + 1, "node_id": "GA_1", "type": "wait_timer",
                      "wait_timer": record["wait_timer"]})
    if record["reviewers"]:
        found.append({"id": record["id"] + 2, "node_id": "GA_2", "type": "required_reviewers",
                      "prevent_self_review": record["prevent_self_review"], "reviewers": reviewers(call, record)})
    if record["deployment_branch_policy"]:
        found.append({"id": record["id"] + 3, "node_id": "GA_3", "type": "branch_policy"})
    return found


def reviewers(call, record):
    """People by login, teams as org/slug."""
    return [{"type": "Team", "reviewer": shapes.team(call, *name.split("/"))} if "/" in name else
            {"type": "User", "reviewer": shapes.user(call, name)} for name in record["reviewers"]]


@route("GET", "/repos/{owner}/{repo}/environments", ("actions", "read"))
def list_environments(call):
    return paged(call, call.repo["environments"], lambda one: whole_environment(call, one), "environments")


def whole_environment(call, record):
    """With what the documentation leaves out: whether admins may pass."""
    return {**environment_shape(call, record), "protection_rules": protection_rules(call, record),
            "deployment_branch_policy": record["deployment_branch_policy"],
            "can_admins_bypass": record["can_admins_bypass"]}


@route("GET", "/repos/{owner}/{repo}/environments/{environment_name}", ("actions", "read"))
def get_environment(call):
    for record in call.repo["environments"]:
        if record["name"].lower() == call["environment_name"].lower():
            return whole_environment(call, record)
    raise not_found()


def waits_for(call, run):
    """The environment that a waiting run waits for, or None."""
    if run["status"] != "waiting":
        return None
    return next((one for one in call.repo["environments"] if one["name"] == run["environment"]), None)


def may_approve(call, run, record):
    named = call.actor in record["reviewers"] or any(
        access.in_team(call, *name.split("/"), call.actor) for name in record["reviewers"] if "/" in name)
    return named and not access.is_installation(call) and not (
        record["prevent_self_review"] and call.actor == run["actor"])


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments", ("actions", "read"))
def pending(call):
    run = find(call)
    record = waits_for(call, run)
    if record is None:
        return []
    about = environment_shape(call, record)
    return [{"environment": {key: about[key] for key in ("id", "node_id", "name", "url", "html_url")},
             "wait_timer": record["wait_timer"], "wait_timer_started_at": run["created_at"],
             "current_user_can_approve": may_approve(call, run, record), "reviewers": reviewers(call, record)}]


@route("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments", ("deployments", "read"))
def review_pending(call):
    """People only: no app can approve."""
    access.require_person(call)
    call.typed(environment_ids=list, state=str, comment=str)
    ids, state, comment = call.want("environment_ids", "state", "comment")
    call.choice("state", {"approved", "rejected"})
    run = find(call)
    record = waits_for(call, run)
    if record is None or record["id"] not in ids or not may_approve(call, run, record):
        raise Refusal(422, "Validation Failed", ["There are no pending deployment requests that the user can approve"])
    approve(call, run, record, call.actor, state, comment)
    sha = run["head_sha"]
    return [{"url": call.of_repo(f"/deployments/{run['id']}"), "id": run["id"],
             "node_id": shapes.node_id("DE", run["id"]),
             "sha": sha, "ref": run["head_branch"], "task": "deploy", "payload": {}, "environment": record["name"],
             "original_environment": record["name"], "description": None, "creator": shapes.user(call, run["actor"]),
             "created_at": run["created_at"], "updated_at": run["updated_at"],
             "statuses_url": call.of_repo(f"/deployments/{run['id']}/statuses"), "repository_url": call.of_repo()}]


def approve(call, run, record, login, state, comment):
    """Keeps the approval, and lets the run go on or ends it."""
    run["approvals"].append({"environment": record["name"], "user": login, "state": state, "comment": comment})
    if state == "approved":
        run.update(status="queued", updated_at=store.now())
    else:
        complete(call, run, "failure")


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/approvals", ("actions", "read"))
def approvals(call):
    known = {one["name"]: one for one in call.repo["environments"]}
    return [{"environments": [environment_shape(call, known[one["environment"]])], "state": one["state"],
             "user": shapes.user(call, one["user"]), "comment": one["comment"]} for one in find(call)["approvals"]]
