"""What protects branches and tags: classic protection, rulesets, what they say to a push, and what a merge still
lacks."""

import fnmatch

import access
import git
import shapes
import statuses
import store
from api import Answer, Refusal, not_found, paged, route

FLAGS = ("required_linear_history", "allow_force_pushes", "allow_deletions", "block_creations",
         "required_conversation_resolution", "lock_branch", "allow_fork_syncing")
ROLE_IDS = {1: "read", 2: "maintain", 3: "triage", 4: "write", 5: "admin"}


def protection_of(repo, branch):
    return repo["protection"].get(branch)


def shape(call, branch, record):
    """protected-branch, as GET and PUT answer."""
    base = call.of_repo("/branches/{}/protection", branch)
    result = {"url": base, "required_signatures": {"url": base + "/required_signatures",
                                                   "enabled": bool(record.get("required_signatures"))},
              "enforce_admins": {"url": base + "/enforce_admins", "enabled": bool(record["enforce_admins"])}}
    for flag in FLAGS:
        result[flag] = {"enabled": bool(record.get(flag))}
    checks = record["required_status_checks"]
    if checks is not None:
        result["required_status_checks"] = {
            "url": base + "/required_status_checks", "contexts_url": base + "/required_status_checks/contexts",
            "strict": checks["strict"], "contexts": [one["context"] for one in checks["checks"]],
            "checks": checks["checks"]}
    reviews = record["required_pull_request_reviews"]
    if reviews is not None:
        result["required_pull_request_reviews"] = {
            "url": base + "/required_pull_request_reviews",
            "dismiss_stale_reviews": bool(reviews.get("dismiss_stale_reviews")),
            "require_code_owner_reviews": bool(reviews.get("require_code_owner_reviews")),
            "required_approving_review_count": reviews.get("required_approving_review_count", 1),
            "require_last_push_approval": bool(reviews.get("require_last_push_approval"))}
    pushers = record["restrictions"]
    if pushers is not None:
        place = base + "/restrictions"
        result["restrictions"] = {
            "url": place, "users_url": place + "/users", "teams_url": place + "/teams", "apps_url": place + "/apps",
            "users": [shapes.user(call, login) for login in pushers.get("users", [])], "teams": [], "apps": []}
    return result


@route("GET", "/repos/{owner}/{repo}/branches/{branch}/protection", ("administration", "read"))
def get_protection(call):
    if git.branch(call.repo, call["branch"]) is None:
        raise Refusal(404, "Branch not found")
    record = protection_of(call.repo, call["branch"])
    if record is None:
        raise Refusal(404, "Branch not protected")
    return shape(call, call["branch"], record)


@route("PUT", "/repos/{owner}/{repo}/branches/{branch}/protection", ("administration", "write"))
def put_protection(call):
    """A full replacement: four fields have to be there, null or not."""
    missing = [name for name in ("required_status_checks", "enforce_admins", "required_pull_request_reviews",
                                 "restrictions") if name not in call.body]
    if missing:
        raise Refusal(422, "Invalid request.\n\n" + ", ".join(f'"{name}" wasn\'t supplied' for name in missing) + ".")
    if git.branch(call.repo, call["branch"]) is None:
        raise Refusal(404, "Branch not found")
    if call.body["restrictions"] is not None and call.repo["owner_type"] != "Organization":
        raise Refusal(422, "Validation Failed", ["Only organization repositories can have users and team restrictions"])
    call.repo["protection"][call["branch"]] = protection_record(call.body)
    return shape(call, call["branch"], call.repo["protection"][call["branch"]])


def protection_record(body):
    """What is kept of a PUT: `contexts` become `checks` of any app."""
    checks = body.get("required_status_checks")
    if checks is not None:
        if not isinstance(checks.get("strict"), bool) or not isinstance(checks.get("contexts", []), list):
            raise Refusal(422, "Invalid request.\n\nNo subschema in \"anyOf\" matched.")
        rows = checks.get("checks") or [{"context": name} for name in checks.get("contexts", [])]
        checks = {"strict": checks["strict"],
                  "checks": [{"context": row["context"], "app_id": row.get("app_id")} for row in rows]}
    return {**{flag: bool(body.get(flag)) for flag in FLAGS}, "required_status_checks": checks,
            "enforce_admins": bool(body.get("enforce_admins")),
            "required_pull_request_reviews": body.get("required_pull_request_reviews"),
            "restrictions": body.get("restrictions"), "required_signatures": bool(body.get("required_signatures"))}


@route("DELETE", "/repos/{owner}/{repo}/branches/{branch}/protection", ("administration", "write"))
def delete_protection(call):
    if call.repo["protection"].pop(call["branch"], None) is None:
        raise Refusal(404, "Branch not protected")
    return Answer(204)


@route("GET", "/repos/{owner}/{repo}/branches/{branch}", ("contents", "read"))
def get_branch(call):
    """What everybody who reads may know of a branch: that it is protected, and by which checks."""
    name, oid = call["branch"], git.branch(call.repo, call["branch"])
    if oid is None:
        raise Refusal(404, "Branch not found")
    record = protection_of(call.repo, name)
    checks = (record or {}).get("required_status_checks") or {"checks": []}
    base = call.of_repo("/branches/{}", name)
    return {"name": name, "commit": shapes.commit(call, oid), "protected": bool(record or rules_of(call.repo, name)),
            "_links": {"self": base, "html": f"{call.bases['web']}/{call.repo['full_name']}/tree/{name}"},
            "protection": {"enabled": bool(record), "required_status_checks": {
                "enforcement_level": ("everyone" if record["enforce_admins"] else "non_admins")
                if record and checks["checks"] else "off",
                "contexts": [one["context"] for one in checks["checks"]], "checks": checks["checks"]}},
            "protection_url": base + "/protection"}


def covers(repo, ruleset, name):
    """Whether a ruleset's conditions hold for a full ref name."""
    kind = {"branch": "refs/heads/", "tag": "refs/tags/"}.get(ruleset["target"])
    if kind is None or not name.startswith(kind):
        return False
    condition = (ruleset.get("conditions") or {}).get("ref_name") or {}
    def hit(patterns):
        return any(pattern == "~ALL" or pattern == "~DEFAULT_BRANCH" and name == kind + repo["default_branch"]
                   or fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
    return hit(condition.get("include", [])) and not hit(condition.get("exclude", []))


def active(repo, name):
    return [one for one in repo["rulesets"] if one["enforcement"] == "active" and covers(repo, one, name)]


def rules_of(repo, branch):
    return [(ruleset, rule) for ruleset in active(repo, "refs/heads/" + branch) for rule in ruleset["rules"]]


@route("GET", "/repos/{owner}/{repo}/rules/branches/{branch+}")
def effective(call):
    return paged(call, rules_of(call.repo, call["branch"]), lambda pair: {
        **pair[1], "ruleset_source_type": "Repository", "ruleset_source": call.repo["full_name"],
        "ruleset_id": pair[0]["id"]})


def ruleset_shape(call, record, whole):
    base = call.of_repo(f"/rulesets/{record['id']}")
    result = {"id": record["id"], "name": record["name"], "target": record["target"], "source_type": "Repository",
              "source": call.repo["full_name"], "enforcement": record["enforcement"],
              "node_id": shapes.node_id("RRS", record["id"]), "created_at": record["created_at"],
              "updated_at": record["created_at"], "_links": {"self": {"href": base}, "html": {
                  "href": f"{call.bases['web']}/{call.repo['full_name']}/rules/{record['id']}"}}}
    if whole:
        result.update(conditions=record["conditions"], rules=record["rules"],
                      current_user_can_bypass="always" if bypasses(call, call.repo, record, False) else
                      "pull_requests_only" if bypasses(call, call.repo, record, True) else "never")
        if access.can(call, call.repo, "administration", "write"):
            result["bypass_actors"] = record["bypass_actors"]
    return result


@route("GET", "/repos/{owner}/{repo}/rulesets")
def list_rulesets(call):
    targets = call.query.get("targets", "branch,tag,push").split(",")
    records = [record for record in call.repo["rulesets"] if record["target"] in targets]
    return paged(call, records, lambda record: ruleset_shape(call, record, False))


@route("GET", "/repos/{owner}/{repo}/rulesets/{ruleset_id}")
def get_ruleset(call):
    for record in call.repo["rulesets"]:
        if str(record["id"]) == call["ruleset_id"]:
            return ruleset_shape(call, record, True)
    raise not_found()


@route("POST", "/repos/{owner}/{repo}/rulesets", ("administration", "write"))
def create_ruleset(call):
    call.typed(name=str, target=str, enforcement=str, rules=list, conditions=dict, bypass_actors=list)
    call.want("name", "enforcement")
    call.choice("enforcement", {"disabled", "active", "evaluate"})
    for actor in call.body.get("bypass_actors") or []:
        if actor.get("actor_type") == "Integration" and actor.get("actor_id") == 15368:
            raise Refusal(422, "Validation Failed", ["Actor GitHub Actions integration must be part of the ruleset"
                                                     " source or owner organization"])
    return Answer(201, ruleset_shape(call, add_ruleset(call, call.body), True))


def add_ruleset(call, body):
    record = {"id": call.store.new_id(), "name": body["name"], "target": body.get("target") or "branch",
              "enforcement": body["enforcement"], "conditions": body.get("conditions"),
              "rules": body.get("rules") or [], "bypass_actors": body.get("bypass_actors") or [],
              "created_at": store.now()}
    call.repo["rulesets"].append(record)
    return record


def bypasses(call, repo, ruleset, merging):
    """Whether the caller is among those whom a ruleset lets pass."""
    granted = access.level(call, repo, "contents")
    for actor in ruleset["bypass_actors"]:
        if actor.get("bypass_mode", "always") == "pull_request" and not merging:
            continue
        kind, number = actor["actor_type"], actor.get("actor_id")
        if kind == "RepositoryRole" and not access.is_installation(call):
            if access.LEVELS.index(granted) >= access.LEVELS.index(ROLE_IDS.get(number, "admin")):
                return True
        if kind == "OrganizationAdmin" and granted == "admin" and not access.is_installation(call):
            return True
        if kind == "User" and call.actor and call.store.user(call.actor)["id"] == number:
            return True
        if kind == "Integration" and access.is_installation(call) and call.token.get("app_id") == number:
            return True
    return False


def refuse_push(call, repo, update):
    """The lines that refuse an update {ref, old, new, forward, merges, workflows}, none when it may be."""
    name = update["ref"]
    if update.get("workflows") and access.is_installation(call) and "workflows" not in call.token["permissions"]:
        return [f"refusing to allow a GitHub App to create or update workflow `{update['workflows'][0]}` without"
                " `workflows` permission"]
    lines = classic(call, repo, update) if name.startswith("refs/heads/") else []
    if lines:
        return [f"GH006: Protected branch update failed for {name}."] + lines
    for ruleset in active(repo, name):
        if bypasses(call, repo, ruleset, False):
            continue
        for rule in ruleset["rules"]:
            line = broken(repo, rule, update)
            if line:
                lines.append("- " + line)
    return [f"GH013: Repository rule violations found for {name}."] + lines if lines else []


def broken(repo, rule, update):
    kind, old, new = rule["type"], update["old"], update["new"]
    creation, deletion = old == git.ZERO, new == git.ZERO
    if kind == "creation" and creation:
        return "Cannot create ref due to creations being restricted."
    if kind == "update" and not creation and not deletion:
        return "Cannot update this protected ref."
    if kind == "deletion" and deletion:
        return "Cannot delete this protected ref."
    if kind == "non_fast_forward" and not creation and not deletion and not update["forward"]:
        return "Cannot force-push to this branch"
    if kind == "required_linear_history" and update["merges"]:
        return "This branch must not contain merge commits."
    if kind == "pull_request" and not creation and not deletion:
        return "Changes must be made through a pull request."
    if kind == "required_status_checks" and not deletion:
        if creation and rule["parameters"].get("do_not_enforce_on_create"):
            return None
        return missing_checks(repo, new, [(one["context"], one.get("integration_id"))
                                          for one in rule["parameters"]["required_status_checks"]], first=True)
    return None


def missing_checks(repo, sha, wanted, first=False):
    """Sentences for the required checks that are not green; `first`: the first of them or None."""
    lines = []
    for context, app_id in wanted:
        state = statuses.verdict(repo, sha, context, app_id)
        if state != "success":
            word = {None: "expected", "pending": "pending", "failure": "failing"}[state]
            lines.append(f'Required status check "{context}" is {word}.')
    return (lines[0] if lines else None) if first else lines


def classic(call, repo, update):
    record = protection_of(repo, update["ref"][len("refs/heads/"):])
    old, new = update["old"], update["new"]
    if record is None or old == git.ZERO:
        return []
    if new == git.ZERO:
        return [] if record["allow_deletions"] else ["Cannot delete this branch"]
    if not update["forward"] and not record["allow_force_pushes"]:
        return ["Cannot force-push to this branch"]
    if is_exempt(call, repo, record):
        return []
    lines = []
    if record["lock_branch"]:
        lines.append("Cannot change this locked branch")
    pushers = record["restrictions"]
    if pushers is not None and call.actor not in pushers.get("users", []):
        lines.append("You're not authorized to push to this branch.")
    if record["required_linear_history"] and update["merges"]:
        lines.append("This branch must not contain merge commits.")
    if record["required_pull_request_reviews"] is not None:
        lines.append("Changes must be made through a pull request.")
    checks = record["required_status_checks"]
    if checks:
        lines += missing_checks(repo, new, [(one["context"], one["app_id"]) for one in checks["checks"]])
    return lines


def is_exempt(call, repo, record):
    """Admins pass what is not enforced for them."""
    return (not record["enforce_admins"] and not access.is_installation(call)
            and access.level(call, repo, "administration") == "admin")
