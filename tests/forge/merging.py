"""Merging a pull request: whether it could, what it still lacks, and the commits that it makes in the bare repository.
The server's own commits have dates from the commits that they join, so that the same history has the same ids."""

import shutil
import tempfile

import access
import events
import git
import rules
import statuses
import store
from api import Refusal

METHODS = {"merge": "allow_merge_commit", "squash": "allow_squash_merge", "rebase": "allow_rebase_merge"}


def ruleset_reviews(repo, pull):
    """What rulesets ask of reviews on the base: {count, dismiss_stale, last_push}; empty when nothing."""
    result = {}
    for _, rule in rules.rules_of(repo, pull["base_ref"]):
        if rule["type"] == "pull_request":
            given = rule.get("parameters") or {}
            result["count"] = max(result.get("count", 0), given.get("required_approving_review_count", 0))
            result["dismiss_stale"] = result.get("dismiss_stale") or given.get("dismiss_stale_reviews_on_push")
            result["last_push"] = result.get("last_push") or given.get("require_last_push_approval")
    return result


def refuse_method(call, pull, method):
    """Raises 405 for a method that the rules of the base do not let this caller use."""
    repo, base = call.repo, pull["base_ref"]
    record = rules.protection_of(repo, base)
    linear = bool(record and record["required_linear_history"] and not rules.is_exempt(call, repo, record))
    for ruleset in rules.active(repo, "refs/heads/" + base):
        if rules.bypasses(call, repo, ruleset, True):
            continue
        for rule in ruleset["rules"]:
            allowed = (rule.get("parameters") or {}).get("allowed_merge_methods")
            if rule["type"] == "pull_request" and allowed and method not in allowed:
                word = {"merge": "Merge commits", "squash": "Squash merges", "rebase": "Rebase merges"}[method]
                raise Refusal(405, f"Repository rule violations found\n\n{word} are not allowed on this repository.\n\n")
            linear = linear or rule["type"] == "required_linear_history"
    if linear and method == "merge":
        raise Refusal(405, "Repository rule violations found\n\nThis branch must not contain merge commits.\n\n")


def required_checks(repo, branch):
    """([(context, app_id)], strict) of classic protection and rulesets together."""
    wanted, strict = [], False
    classic = (rules.protection_of(repo, branch) or {}).get("required_status_checks")
    if classic:
        wanted += [(one["context"], one["app_id"]) for one in classic["checks"]]
        strict = classic["strict"]
    for _, rule in rules.rules_of(repo, branch):
        if rule["type"] == "required_status_checks":
            given = rule["parameters"]
            wanted += [(one["context"], one.get("integration_id")) for one in given["required_status_checks"]]
            strict = strict or given.get("strict_required_status_checks_policy", False)
    return wanted, strict


def opinions(call, repo, pull):
    """{login: review} of the reviews that count: the last of every person who may push, comments left out."""
    found = {}
    for review in pull["reviews"]:
        if review["state"] in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED") and review["user"]:
            if access.LEVELS.index(access.role(call, repo, review["user"])) >= access.LEVELS.index("write"):
                found[review["user"]] = review
    return found


def required_reviews(repo, pull):
    """(count, last_push) that classic protection and rulesets ask for; count is None when no review is asked for."""
    classic = (rules.protection_of(repo, pull["base_ref"]) or {}).get("required_pull_request_reviews")
    of_rules = ruleset_reviews(repo, pull)
    counts = [classic.get("required_approving_review_count", 1)] if classic else []
    counts += [of_rules["count"]] if "count" in of_rules else []
    last_push = bool(classic and classic.get("require_last_push_approval") or of_rules.get("last_push"))
    return (max(counts) if counts else None), last_push


def review_decision(call, repo, pull):
    """APPROVED, CHANGES_REQUESTED, REVIEW_REQUIRED, or None when no review is required."""
    count, last_push = required_reviews(repo, pull)
    said = opinions(call, repo, pull)
    if any(review["state"] == "CHANGES_REQUESTED" for review in said.values()):
        return "CHANGES_REQUESTED"
    if count is None:
        return None
    approved = [login for login, review in said.items() if review["state"] == "APPROVED"]
    if last_push:
        approved = [login for login in approved if login != pull["pusher"]]
    return "APPROVED" if len(approved) >= count else "REVIEW_REQUIRED"


def unmet(call, repo, pull, exempt=True):
    """What stands between a pull request and its merge, as sentences; `exempt`: the caller's own rights count."""
    base, lines = pull["base_ref"], []
    record = rules.protection_of(repo, base)
    if exempt and record and rules.is_exempt(call, repo, record):
        return []
    classic_checks = (record or {}).get("required_status_checks") or {"checks": [], "strict": False}
    wanted, strict = [(one["context"], one["app_id"]) for one in classic_checks["checks"]], classic_checks["strict"]
    for ruleset in rules.active(repo, "refs/heads/" + base):
        if exempt and rules.bypasses(call, repo, ruleset, True):
            continue
        for rule in ruleset["rules"]:
            if rule["type"] == "required_status_checks":
                wanted += [(one["context"], one.get("integration_id"))
                           for one in rule["parameters"]["required_status_checks"]]
                strict = strict or rule["parameters"].get("strict_required_status_checks_policy", False)
            if rule["type"] == "update":
                lines.append("Cannot update this protected ref.")
            if rule["type"] == "merge_queue":
                lines.append("Changes must be made through the merge queue")
    count, _ = required_reviews(repo, pull)
    decision = review_decision(call, repo, pull)
    if count is not None and decision == "CHANGES_REQUESTED":
        lines.append("Changes have been requested by a reviewer.")
    elif decision == "REVIEW_REQUIRED":
        lines.append(f"At least {count} approving review{'s are' if count > 1 else ' is'} required by reviewers with"
                     " write access.")
    lines += rules.missing_checks(repo, pull["head_sha"], wanted)
    tip = git.branch(repo, base)
    if strict and tip and not git.is_ancestor(repo, tip, pull["head_sha"]):
        lines.append("Head branch is out of date. Review and try the merge again.")
    if record and record["lock_branch"]:
        lines.append("Cannot change this locked branch")
    resolved = record and record["required_conversation_resolution"] or any(
        (rule.get("parameters") or {}).get("required_review_thread_resolution")
        for _, rule in rules.rules_of(repo, base))
    if resolved and any(not thread["resolved"] for thread in pull["threads"]):
        lines.append("A conversation must be resolved before this pull request can be merged.")
    return lines


def test_merge(call, repo, pull):
    """The tree of a real merge of head into base, None when they conflict. Keeps refs/pull/N/merge."""
    tip = git.branch(repo, pull["base_ref"])
    if tip is None:
        return None
    tree = git.run(repo, "merge-tree", "--write-tree", "--allow-unrelated-histories", tip, pull["head_sha"],
                   check=False).split("\n")[0]
    if not git.succeeds(repo, "merge-tree", "--write-tree", "--allow-unrelated-histories", tip, pull["head_sha"]):
        return None
    return tree


def state(call, repo, pull):
    """(mergeable, mergeable_state): unknown until somebody has asked once after a change."""
    if pull["merged"] or pull["state"] == "closed":
        return None, "unknown"
    if pull["mergeable"] is None:
        call.dirty = True
        tree = test_merge(call, repo, pull)
        pull["mergeable"] = tree is not None
        if tree:
            tip = git.branch(repo, pull["base_ref"])
            pull["merge_commit_sha"] = commit(repo, tree, [tip, pull["head_sha"]],
                                              f"Merge {pull['head_sha']} into {tip}", call.actor)
            git.move(repo, f"refs/pull/{pull['number']}/merge", pull["merge_commit_sha"])
        return None, "unknown"
    return pull["mergeable"], state_word(call, repo, pull)


def state_word(call, repo, pull):
    """dirty, draft, behind, blocked, unstable or clean."""
    if not pull["mergeable"]:
        return "dirty"
    if pull["draft"]:
        return "draft"
    lines = unmet(call, repo, pull, exempt=False)
    if lines:
        return "behind" if all(line.startswith("Head branch is out of date") for line in lines) else "blocked"
    bad = [one for one in statuses.latest(repo, pull["head_sha"]) if one["state"] != "success"]
    bad += [one for one in statuses.latest_checks(repo, pull["head_sha"])
            if one["conclusion"] not in statuses.SATISFYING]
    return "unstable" if bad else "clean"


def person(login):
    return {"GIT_AUTHOR_NAME": login or "GitHub", "GIT_AUTHOR_EMAIL": f"{login or 'noreply'}@users.noreply.github.com"}


def commit(repo, tree, parents, message, login):
    """A commit by GitHub in the name of `login`, one second after its newest parent."""
    newest = max(int(git.run(repo, "show", "--no-patch", "--format=%ct", parent)) for parent in parents)
    when = {"GIT_AUTHOR_DATE": f"{newest + 1} +0000", "GIT_COMMITTER_DATE": f"{newest + 1} +0000"}
    words = [word for parent in parents for word in ("-p", parent)]
    return git.run(repo, "commit-tree", tree, *words, text=message.rstrip("\n") + "\n",
                   env={**git.COMMITTER, **person(login), **when})


def rebased(repo, tip, pull):
    """The commits of a pull request, made again on top of the base by GitHub as committer: never the same ids."""
    directory = tempfile.mkdtemp()
    try:
        git.run(repo, "worktree", "add", "--quiet", "--detach", directory, tip)
        oids = git.run(repo, "rev-list", "--reverse", "--no-merges", f"{tip}..{pull['head_sha']}").splitlines()
        at = tip
        for oid in oids:
            git.run(repo, "-C", directory, "--git-dir", directory + "/.git", "cherry-pick", "--keep-redundant-commits",
                    "--allow-empty", "--no-commit", oid)
            tree = git.run(repo, "-C", directory, "--git-dir", directory + "/.git", "write-tree")
            author = git.run(repo, "show", "--no-patch", "--format=%an%n%ae%n%ad%n%ct", "--date=raw", oid).split("\n")
            env = {"GIT_AUTHOR_NAME": author[0], "GIT_AUTHOR_EMAIL": author[1], "GIT_AUTHOR_DATE": author[2],
                   **git.COMMITTER, "GIT_COMMITTER_DATE": f"{int(author[3]) + 1} +0000"}
            at = git.run(repo, "commit-tree", tree, "-p", at, env=env,
                         text=git.run(repo, "show", "--no-patch", "--format=%B", oid))
        return at
    finally:
        git.run(repo, "worktree", "remove", "--force", directory, check=False)
        shutil.rmtree(directory, ignore_errors=True)


def merge(call, pull, method, title=None, message=None):
    """Makes the commits and moves the base; the id of its new tip. Raises 405 when the trees conflict."""
    repo, before = call.repo, git.all_refs(call.repo)
    name = "refs/heads/" + pull["base_ref"]
    tip, tree = before.get(name), test_merge(call, repo, pull)
    if tree is None:
        raise Refusal(405, "Pull Request is not mergeable")
    if method == "merge":
        head = f"{pull['head_label'].replace(':', '/', 1)}"
        text = f"{title or 'Merge pull request #%d from %s' % (pull['number'], head)}\n\n{message or pull['title']}"
        new = commit(repo, tree, [tip, pull["head_sha"]], text, call.actor)
    elif method == "squash":
        text = f"{title or '%s (#%d)' % (pull['title'], pull['number'])}\n\n{message or pull['body'] or ''}"
        new = commit(repo, tree, [tip], text, call.actor)
    else:
        try:
            new = rebased(repo, tip, pull)
        except git.Failed:
            raise Refusal(405, "This branch can't be rebased") from None
    git.move(repo, name, new, tip)
    events.close(pull)
    pull.update(merged=True, merged_at=store.now(), merged_by=call.actor, merge_commit_sha=new, auto_merge=None,
                merge_method=method)
    if repo["settings"]["delete_branch_on_merge"] and pull["head_repo"] == repo["full_name"]:
        git.move(repo, "refs/heads/" + pull["head_ref"], git.ZERO)
    events.refs_moved(call, before)
    return new
