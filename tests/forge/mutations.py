"""The mutations: refs moved all together or not at all, auto-merge, merge."""

import access
import events
import git
import merging
import pulls
import refs
import store
from api import Refusal
from graphql import Problem


def permitted(call, repo, permission):
    try:
        access.require(call, repo, permission, "write")
    except Refusal as refusal:
        raise Problem(refusal.message, "NOT_FOUND" if refusal.status == 404 else "FORBIDDEN") from None


def update_refs(call, repo, updates):
    """Compare-and-swap of many refs. `beforeOid`: what it must be, zeros: must not exist; `afterOid` zeros: delete."""
    permitted(call, repo, "contents")
    before, lines = git.all_refs(repo), []
    for update in updates:
        name, new, old = update["name"], update["afterOid"], before.get(update["name"], git.ZERO)
        expected = update.get("beforeOid")
        if not name.startswith("refs/") or name.count("/") < 2:
            raise Problem(f"{name} is not a valid reference name", "UNPROCESSABLE")
        if expected is not None and expected != old:
            raise Problem(f"Reference {name} is at {old} but expected {expected}", "UNPROCESSABLE")
        if new == git.ZERO and old == git.ZERO:
            raise Problem(f"Reference {name} does not exist", "UNPROCESSABLE")
        if new != git.ZERO and not git.succeeds(repo, "cat-file", "-e", new):
            raise Problem(f"Object {new} does not exist", "UNPROCESSABLE")
        forward = git.ZERO not in (old, new) and git.is_ancestor(repo, old, new)
        if git.ZERO not in (old, new) and not forward and not update.get("force"):
            raise Problem(f"Update of {name} is not a fast forward", "UNPROCESSABLE")
        try:
            refs.guard(call, name, old, new)
        except Refusal as refusal:
            raise Problem(refusal.message, "UNPROCESSABLE") from None
        lines.append(f"delete {name} {old}" if new == git.ZERO else f"update {name} {new} {old}")
    try:
        git.run(repo, "update-ref", "--stdin", text="start\n" + "\n".join(lines) + "\nprepare\ncommit\n")
    except git.Failed as failed:
        raise Problem(str(failed), "UNPROCESSABLE") from None
    events.refs_moved(call, before)


def enable_auto_merge(call, repo, pull, given):
    permitted(call, repo, "pull_requests")
    method = (given.get("mergeMethod") or "MERGE").lower()
    if not repo["settings"]["allow_auto_merge"]:
        raise Problem("Auto merge is not allowed for this repository", "UNPROCESSABLE")
    if given.get("expectedHeadOid") not in (None, pull["head_sha"]):
        raise Problem("Head sha didn't match expected", "UNPROCESSABLE")
    if pull["state"] != "open":
        raise Problem("Pull request is closed", "UNPROCESSABLE")
    if not merging.unmet(call, repo, pull, exempt=False):
        raise Problem("Pull request Pull request is in clean status", "UNPROCESSABLE")
    pull["auto_merge"] = {"enabled_by": call.actor, "merge_method": method, "enabled_at": store.now(),
                          "commit_title": given.get("commitHeadline"), "commit_message": given.get("commitBody")}


def merge(call, repo, pull, given):
    permitted(call, repo, "contents")
    method = (given.get("mergeMethod") or "MERGE").lower()
    call.body = {"sha": given.get("expectedHeadOid")}
    try:
        pulls.refuse_merge(call, pull, method)
        merging.merge(call, pull, method, given.get("commitHeadline"), given.get("commitBody"))
    except Refusal as refusal:
        raise Problem(refusal.message, "UNPROCESSABLE") from None


def disable_auto_merge(call, repo, pull, _):
    permitted(call, repo, "pull_requests")
    if pull["auto_merge"] is None:
        raise Problem("Can't disable auto-merge for this pull request", "UNPROCESSABLE")
    pull["auto_merge"] = None


MERGE_INPUTS = ("pullRequestId", "mergeMethod", "expectedHeadOid", "commitHeadline", "commitBody", "authorEmail")


def table(field, node, by_node_id, person):
    """(fields of Mutation, payload types), made of the schema's own pieces."""
    def on_refs(call, _, given):
        target = by_node_id(call, given["input"]["repositoryId"])
        if target.kind != "Repository":
            raise Problem("Could not resolve to a Repository", "NOT_FOUND")
        call.repo = target.repo
        update_refs(call, target.repo, given["input"]["refUpdates"])
        return node("UpdateRefsPayload", given["input"], target.repo)

    def on_pull(work, payload):
        def resolve(call, _, given):
            target = by_node_id(call, given["input"]["pullRequestId"])
            if target.kind != "PullRequest":
                raise Problem("Could not resolve to a PullRequest", "NOT_FOUND")
            call.repo = target.repo
            events.notice(call)
            work(call, target.repo, target.record, given["input"])
            return node(payload, {**given["input"], "pull": target.record}, target.repo)
        return resolve

    def payload():
        return {"clientMutationId": field(None, lambda _, value, __: value.record.get("clientMutationId")),
                "actor": field("Actor", lambda call, *_: person(call, call.actor)),
                "pullRequest": field("PullRequest", lambda _, value, __: node("PullRequest", value.record["pull"],
                                                                              value.repo))}
    works = {"enablePullRequestAutoMerge": (enable_auto_merge, MERGE_INPUTS),
             "disablePullRequestAutoMerge": (disable_auto_merge, ("pullRequestId",)),
             "mergePullRequest": (merge, MERGE_INPUTS)}
    fields = {"updateRefs": field("UpdateRefsPayload", on_refs, ("input",), ("repositoryId", "refUpdates"))}
    payloads = {"UpdateRefsPayload": {"clientMutationId": payload()["clientMutationId"]}}
    for name, (work, inputs) in works.items():
        kind = name[0].upper() + name[1:] + "Payload"
        fields[name] = field(kind, on_pull(work, kind), ("input",), inputs)
        payloads[kind] = payload()
    return fields, payloads
