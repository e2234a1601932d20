"""Pull requests: opened, followed, reviewed, updated and merged."""

import access
import events
import git
import merging
import shapes
import store
from api import Answer, Refusal, check_length, invalid, not_found, paged, route

REVIEWS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


def side(call, label, ref, sha, full_name):
    repo = call.store.state["repositories"].get(full_name)
    return {"label": label, "ref": ref, "sha": sha, "user": shapes.user(call, label.split(":")[0]),
            "repo": shapes.repository(call, repo) if repo else None}


def shape(call, pull):
    """pull-request-simple, as lists have it."""
    number, repo = pull["number"], call.repo
    base, issue = call.of_repo(f"/pulls/{number}"), call.of_repo(f"/issues/{number}")
    page = f"{call.bases['web']}/{repo['full_name']}/pull/{number}"
    tip = git.branch(repo, pull["base_ref"]) if pull["state"] == "open" else None
    auto = pull["auto_merge"]
    links = {"self": base, "html": page, "issue": issue, "comments": issue + "/comments",
             "review_comments": base + "/comments", "review_comment": call.of_repo("/pulls/comments") + "{/number}",
             "commits": base + "/commits", "statuses": call.of_repo(f"/statuses/{pull['head_sha']}")}
    result = {
        "url": base, "id": pull["id"], "node_id": shapes.node_id("PR", pull["id"]), "html_url": page,
        "diff_url": page + ".diff", "patch_url": page + ".patch", "issue_url": issue,
        "commits_url": links["commits"], "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"], "comments_url": links["comments"],
        "statuses_url": links["statuses"], "number": number, "state": pull["state"], "locked": False,
        "title": pull["title"], "user": shapes.user(call, pull["user"]), "body": pull["body"],
        "labels": [shapes.label(call, shapes.label_named(call, name)) for name in pull["labels"]], "milestone": None,
        "active_lock_reason": None, "created_at": pull["created_at"], "updated_at": pull["updated_at"],
        "closed_at": pull["closed_at"], "merged_at": pull["merged_at"],
        "merge_commit_sha": pull["merge_commit_sha"], "assignee": None, "assignees": [],
        "requested_reviewers": [shapes.user(call, login) for login in pull["requested_reviewers"]],
        "requested_teams": [],
        "head": side(call, pull["head_label"], pull["head_ref"], pull["head_sha"], pull["head_repo"]),
        "base": side(call, f"{repo['owner']}:{pull['base_ref']}", pull["base_ref"], tip or pull["base_sha"],
                     repo["full_name"]),
        "_links": {key: {"href": value} for key, value in links.items()},
        "author_association": "OWNER" if pull["user"] == repo["owner"] else "CONTRIBUTOR",
        "auto_merge": auto and {"enabled_by": shapes.user(call, auto["enabled_by"]),
                                "merge_method": auto["merge_method"], "commit_title": auto["commit_title"] or "",
                                "commit_message": auto["commit_message"] or ""},
        "draft": pull["draft"],
    }
    if call.version >= "2026-03-10":
        del result["merge_commit_sha"]
    return result


def full_shape(call, pull, ask=True):
    """What reading one pull request adds; mergeability is computed by the first who asks, known to the second."""
    mergeable, word = merging.state(call, call.repo, pull) if ask else (None, "unknown")
    start = git.run(call.repo, "merge-base", pull["base_sha"], pull["head_sha"], check=False) or pull["base_sha"]
    files = shapes.changed_files(call, start, pull["head_sha"])
    return {**shape(call, pull), "merged": pull["merged"], "mergeable": mergeable, "mergeable_state": word,
            "rebaseable": mergeable, "merged_by": shapes.user(call, pull["merged_by"]),
            "comments": len(pull["comments"]), "review_comments": 0, "maintainer_can_modify": False,
            "commits": len(commits_of(call, pull)), "additions": sum(one["additions"] for one in files),
            "deletions": sum(one["deletions"] for one in files), "changed_files": len(files)}


def find(call, name="pull_number"):
    for pull in call.repo["pulls"]:
        if str(pull["number"]) == call[name]:
            events.notice(call)
            return pull
    raise not_found()


def commits_of(call, pull):
    """The commits that the base does not have, oldest first."""
    base = git.branch(call.repo, pull["base_ref"]) if pull["state"] == "open" else None
    return git.run(call.repo, "rev-list", "--reverse", pull["head_sha"], "^" + (base or pull["base_sha"])).splitlines()


@route("GET", "/repos/{owner}/{repo}/pulls", ("pull_requests", "read"))
def list_pulls(call):
    """`head` works as owner:branch only; anything else is ignored, and then everything is listed."""
    events.notice(call)
    state = call.query.get("state", "open")
    found = [pull for pull in reversed(call.repo["pulls"]) if state == "all" or pull["state"] == state]
    if call.query.get("base"):
        found = [pull for pull in found if pull["base_ref"] == call.query["base"]]
    if ":" in call.query.get("head", ""):
        found = [pull for pull in found if pull["head_label"].lower() == call.query["head"].lower()]
    if call.query.get("direction") == "asc":
        found.reverse()
    return paged(call, found, lambda pull: shape(call, pull))


@route("POST", "/repos/{owner}/{repo}/pulls", ("pull_requests", "read"))
def create(call):
    if call.token is None:
        raise Refusal(401, "Requires authentication")
    if access.is_installation(call):
        access.require(call, call.repo, "pull_requests", "write")
    call.typed(title=str, head=str, base=str, body=str, draft=bool, maintainer_can_modify=bool)
    head, base = call.want("head", "base")
    title = call.body.get("title") or ""
    check_length(call.body.get("body"))
    owner, _, branch = head.rpartition(":")
    home = head_repository(call, owner)
    sha, tip = home and git.branch(home, branch), git.branch(call.repo, base)
    for field, oid in (("head", sha), ("base", tip)):
        if not oid:
            raise invalid("PullRequest", field, "invalid")
    if not title:
        raise invalid("PullRequest", "title", "missing_field")
    label = f"{home['owner']}:{branch}"
    for pull in call.repo["pulls"]:
        if pull["state"] == "open" and pull["head_label"] == label and pull["base_ref"] == base:
            raise Refusal(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message":
                                                     f"A pull request already exists for {label}."}])
    if home is not call.repo:
        git.run(call.repo, "fetch", "--quiet", home["git_dir"], sha)
    if git.is_ancestor(call.repo, sha, tip):
        raise Refusal(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message":
                                                 f"No commits between {base} and {branch}"}])
    pull = add(call, title, label, home, branch, sha, base, tip)
    return Answer(201, full_shape(call, pull, ask=False), {"Location": call.of_repo(f"/pulls/{pull['number']}")})


def head_repository(call, owner):
    """The repository of `owner` among this one and its forks."""
    if not owner or owner.lower() == call.repo["owner"].lower():
        return call.repo
    for repo in call.store.state["repositories"].values():
        if repo["owner"].lower() == owner.lower() and repo["parent"] == call.repo["full_name"]:
            return repo
    return None


def add(call, title, label, home, branch, sha, base, tip):
    call.repo["last_number"] += 1
    pull = {"id": call.store.new_id(), "number": call.repo["last_number"], "state": "open", "title": title,
            "body": call.body.get("body"), "draft": bool(call.body.get("draft")), "user": call.actor,
            "pusher": call.actor, "head_label": label, "head_ref": branch, "head_sha": sha,
            "head_repo": home["full_name"], "base_ref": base, "base_sha": tip, "labels": [], "comments": [],
            "reviews": [], "threads": [], "requested_reviewers": [], "mergeable": None, "merged": False,
            "merged_by": None,
            "merged_at": None, "merge_commit_sha": None, "auto_merge": None, "closed_at": None,
            "created_at": store.now(), "updated_at": store.now()}
    call.repo["pulls"].append(pull)
    git.move(call.repo, f"refs/pull/{pull['number']}/head", sha)
    return pull


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", ("pull_requests", "read"))
def get_pull(call):
    return full_shape(call, find(call))


@route("PATCH", "/repos/{owner}/{repo}/pulls/{pull_number}", ("pull_requests", "write"))
def update(call):
    call.typed(title=str, body=str, state=str, base=str)
    call.choice("state", {"open", "closed"})
    check_length(call.body.get("body"))
    pull = find(call)
    if call.body.get("base") and call.body["base"] != pull["base_ref"]:
        tip = git.branch(call.repo, call.body["base"])
        if tip is None:
            raise invalid("PullRequest", "base", "invalid")
        pull.update(base_ref=call.body["base"], base_sha=tip, mergeable=None)
    for field in ("title", "body"):
        if call.body.get(field) is not None:
            pull[field] = call.body[field]
    if call.body.get("state") == "closed" and pull["state"] == "open":
        events.close(pull)
    elif call.body.get("state") == "open" and pull["state"] == "closed":
        if pull["merged"]:
            raise Refusal(422, "Validation Failed", [{"resource": "PullRequest", "code": "invalid", "field": "state"}])
        pull.update(state="open", closed_at=None)
    pull["updated_at"] = store.now()
    return full_shape(call, pull)


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/files", ("pull_requests", "read"))
def list_files(call):
    pull = find(call)
    start = git.run(call.repo, "merge-base", pull["base_sha"], pull["head_sha"], check=False) or pull["base_sha"]
    return paged(call, shapes.changed_files(call, start, pull["head_sha"])[:3000], lambda one: one)


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/commits", ("pull_requests", "read"))
def list_commits(call):
    return paged(call, commits_of(call, find(call))[:250], lambda oid: shapes.commit(call, oid))


@route("GET", "/repos/{owner}/{repo}/commits/{sha}/pulls", ("pull_requests", "read"))
def pulls_of_commit(call):
    events.notice(call)
    found = [pull for pull in call.repo["pulls"]
             if call["sha"] == pull["merge_commit_sha"] or call["sha"] in commits_of(call, pull)]
    return paged(call, found, lambda pull: shape(call, pull))


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", ("pull_requests", "read"))
def is_merged(call):
    if not find(call)["merged"]:
        raise not_found()
    return Answer(204)


@route("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/merge", ("contents", "write"))
def merge(call):
    call.typed(sha=str, merge_method=str, commit_title=str, commit_message=str)
    method = call.choice("merge_method", set(merging.METHODS)) or "merge"
    pull = find(call)
    refuse_merge(call, pull, method)
    sha = merging.merge(call, pull, method, call.body.get("commit_title"), call.body.get("commit_message"))
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


def refuse_merge(call, pull, method):
    """Raises 405 with the only reason that there is, or 409 when the head is another than the caller believes."""
    if pull["state"] == "closed" or pull["draft"]:
        raise Refusal(405, "Pull Request is still a draft" if pull["draft"] and pull["state"] == "open"
                      else "Pull Request is not mergeable")
    if call.body.get("sha") and call.body["sha"] != pull["head_sha"]:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    if not call.repo["settings"][merging.METHODS[method]]:
        word = {"merge": "Merge commits are", "squash": "Squash merges are", "rebase": "Rebase merges are"}[method]
        raise Refusal(405, f"{word} not allowed on this repository.")
    merging.refuse_method(call, pull, method)
    lines = merging.unmet(call, call.repo, pull)
    if lines:
        raise Refusal(405, "\n".join(lines))


@route("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/update-branch", ("pull_requests", "write"))
def update_branch(call):
    """Merges the base into the head: the button that moves a head away from its statuses."""
    pull, expected = find(call), call.body.get("expected_head_sha")
    if expected and expected != pull["head_sha"]:
        raise invalid("PullRequest", "expected_head_sha", "custom",
                      "expected_head_sha does not match the current head of the pull request.")
    tip = git.branch(call.repo, pull["base_ref"])
    if git.is_ancestor(call.repo, tip, pull["head_sha"]):
        raise Refusal(422, "There are no new commits on the base branch.")
    tree = merging.test_merge(call, call.repo, pull)
    if tree is None:
        raise Refusal(422, "merge conflict between base and head")
    home = call.store.state["repositories"][pull["head_repo"]]
    text = f"Merge branch '{pull['base_ref']}' into {pull['head_ref']}"
    new = merging.commit(call.repo, tree, [pull["head_sha"], tip], text, call.actor)
    if home is not call.repo:
        git.run(home, "fetch", "--quiet", call.repo["git_dir"], new)
    back, call.repo = call.repo, home
    before = git.all_refs(home)
    git.move(home, "refs/heads/" + pull["head_ref"], new, pull["head_sha"])
    events.refs_moved(call, before)
    call.repo = back
    return Answer(202, {"message": "Updating pull request branch.", "url": call.of_repo(f"/pulls/{pull['number']}")})


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", ("pull_requests", "read"))
def get_requested(call):
    return {"users": [shapes.user(call, login) for login in find(call)["requested_reviewers"]], "teams": []}


@route("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", ("pull_requests", "write"))
def request_reviewers(call):
    call.typed(reviewers=list, team_reviewers=list)
    pull = find(call)
    for login in call.body.get("reviewers") or []:
        if login == pull["user"]:
            raise Refusal(422, "Review cannot be requested from pull request author.")
        if login not in call.repo["collaborators"] and login != call.repo["owner"]:
            raise Refusal(422, "Reviews may only be requested from collaborators. One or more of the users or teams you"
                               " specified is not a collaborator of the repository.")
    pull["requested_reviewers"] = sorted({*pull["requested_reviewers"], *(call.body.get("reviewers") or [])})
    return Answer(201, shape(call, pull))


@route("DELETE", "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", ("pull_requests", "write"))
def unrequest_reviewers(call):
    pull = find(call)
    gone = call.body.get("reviewers") or []
    pull["requested_reviewers"] = [login for login in pull["requested_reviewers"] if login not in gone]
    return shape(call, pull)


