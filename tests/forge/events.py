"""What follows from a change: pull requests follow their branches, are merged indirectly, lose stale approvals, merge
by themselves; workflows start."""

import fnmatch

import access
import git
import merging
import runs
import store


def refs_moved(call, before):
    """Looks at what moved since `before` ({ref: id}) in the call's repository, and draws the consequences."""
    repo = call.repo
    after = git.all_refs(repo)
    moved = {name: (before.get(name, git.ZERO), after.get(name, git.ZERO))
             for name in {*before, *after} if before.get(name) != after.get(name) and not name.startswith("refs/pull/")}
    if not moved:
        return
    repo["refs_seen"] = {name: oid for name, oid in after.items() if not name.startswith("refs/pull/")}
    for other in call.store.state["repositories"].values():
        for pull in other["pulls"]:
            if pull["state"] == "open":
                follow(call, other, pull, repo, moved)
    start_workflows(call, moved)
    judged(call)


def notice(call):
    """Catches up with refs that were moved past the forge, in the bare repository itself."""
    seen = call.repo["refs_seen"]
    if seen != {name: oid for name, oid in git.all_refs(call.repo).items() if not name.startswith("refs/pull/")}:
        refs_moved(call, seen)
        call.dirty = True


def follow(call, home, pull, moved_in, moved):
    """One open pull request of `home` after refs moved in `moved_in`, which is its base's or its head's repository."""
    head_repo = call.store.state["repositories"].get(pull["head_repo"])
    head = moved.get("refs/heads/" + pull["head_ref"])
    if head_repo is moved_in and head:
        new = head[1]
        if new == git.ZERO:
            close(pull)
            return
        if not git.succeeds(home, "cat-file", "-e", new):
            git.run(home, "fetch", "--quiet", head_repo["git_dir"], new)
        git.move(home, f"refs/pull/{pull['number']}/head", new)
        pull.update(head_sha=new, pusher=call.actor, mergeable=None, updated_at=store.now())
        rules_of_base = home["protection"].get(pull["base_ref"]) or {}
        reviews = rules_of_base.get("required_pull_request_reviews") or {}
        if reviews.get("dismiss_stale_reviews") or merging.ruleset_reviews(home, pull).get("dismiss_stale"):
            for review in pull["reviews"]:
                if review["state"] == "APPROVED":
                    review["state"] = "DISMISSED"
    base = moved.get("refs/heads/" + pull["base_ref"]) if home is moved_in else None
    if base or head_repo is moved_in and head:
        pull["mergeable"] = None
        tip = git.branch(home, pull["base_ref"])
        if tip and git.is_ancestor(home, pull["head_sha"], tip):
            indirectly(call, pull, tip)


def close(pull):
    pull.update(state="closed", closed_at=store.now(), updated_at=store.now())


def indirectly(call, pull, tip):
    """The head has become reachable from the base: GitHub calls that merged, whatever protection says."""
    close(pull)
    pull.update(merged=True, merged_at=store.now(), merged_by=call.actor, merge_commit_sha=tip, indirectly=True)


def judged(call):
    """After statuses, checks and reviews: what was told to merge by itself does so once it can."""
    for pull in call.repo["pulls"]:
        auto = pull.get("auto_merge")
        if pull["state"] == "open" and auto and not merging.unmet(call, call.repo, pull, exempt=False):
            if merging.test_merge(call, call.repo, pull):
                pull["auto_merge"], actor = None, call.actor
                call.actor = auto["enabled_by"]
                merging.merge(call, pull, auto["merge_method"], auto.get("commit_title"), auto.get("commit_message"))
                call.actor = actor


TAGS_AT_ONCE = 3


def start_workflows(call, moved):
    """Runs for pushes, as GitHub starts them: none for a quiet token, none for tags when more than three came at once,
    none for a commit that says [skip ci]."""
    if not access.loud(call):
        return
    tags = [name for name, (_, new) in moved.items() if name.startswith("refs/tags/") and new != git.ZERO]
    for name, (_, new) in sorted(moved.items()):
        if new == git.ZERO or name in tags and len(tags) > TAGS_AT_ONCE:
            continue
        sha = git.commit_of(call.repo, new)
        kind, pattern = ("tags", name[10:]) if name in tags else ("branches", name[11:])
        if sha is None or not name.startswith(("refs/tags/", "refs/heads/")) or skips(call.repo, sha):
            continue
        for workflow in call.repo["workflows"]:
            if any(fnmatch.fnmatchcase(pattern, one) for one in workflow["push"].get(kind, [])):
                runs.start(call, workflow, "push", pattern, sha)


def skips(repo, sha):
    message = git.run(repo, "log", "-1", "--format=%B", sha)
    return any(word in message for word in ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"))
