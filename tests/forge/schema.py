"""The part of GitHub's GraphQL schema that relrun and gh ask for: which type has which field, and what it answers."""

import access
import events
import git
import merging
import mutations
import pulls
import releases
import rules
import shapes
import statuses
from graph import Field, Node, Schema, fixed, many, of, upper
from graphql import Problem


def person(call, login):
    return Node("Bot" if call.store.user(login)["type"] == "Bot" else "User", call.store.user(login)) if login else None


def find_repository(call, _, given):
    repo = call.store.repository(given["owner"], given["name"])
    if repo is None or not access.can_read(call, repo):
        raise Problem(f"Could not resolve to a Repository with the name '{given['owner']}/{given['name']}'.",
                      "NOT_FOUND")
    return Node("Repository", repo, repo)


def by_node_id(call, text):
    """The node of a global id; raises NOT_FOUND."""
    kind, number = shapes.from_node_id(text or "") or (None, None)
    for repo in call.store.state["repositories"].values():
        if not access.can_read(call, repo):
            continue
        if kind == "R" and repo["id"] == number:
            return Node("Repository", repo, repo)
        for pull in repo["pulls"] if kind == "PR" else []:
            if pull["id"] == number:
                return Node("PullRequest", pull, repo)
        for record in repo["releases"] if kind == "RE" else []:
            if record["id"] == number:
                return Node("Release", record, repo)
    raise Problem(f"Could not resolve to a node with the global id of '{text}'", "NOT_FOUND")


def find_pull(call, value, given):
    call.repo = value.repo
    events.notice(call)
    for pull in value.repo["pulls"]:
        if pull["number"] == given["number"]:
            return Node("PullRequest", pull, value.repo)
    raise Problem(f"Could not resolve to a PullRequest with the number of {given['number']}.", "NOT_FOUND")


def state_of(pull):
    return "MERGED" if pull["merged"] else pull["state"].upper()


def list_pulls(_, value, given):
    states = given.get("states")
    states = [states] if isinstance(states, str) else states
    found = [pull for pull in value.repo["pulls"] if (not states or state_of(pull) in states)
             and given.get("baseRefName") in (None, pull["base_ref"])
             and given.get("headRefName") in (None, pull["head_ref"])]
    if (given.get("orderBy") or {}).get("direction") == "DESC":
        found.reverse()
    return [Node("PullRequest", pull, value.repo) for pull in found]


def list_releases(call, value, _):
    call.repo = value.repo
    return [Node("Release", record, value.repo) for record in releases.visible(call)]


def find_release(call, value, given):
    """Drafts too, for those who push: REST has no such way."""
    found = [one.record for one in list_releases(call, value, given) if one.record["tag_name"] == given["tagName"]]
    found.sort(key=lambda record: record["draft"])
    return Node("Release", found[0], value.repo) if found else None


def find_ref(call, value, given):
    name = given["qualifiedName"]
    name = name if name.startswith("refs/") else "refs/heads/" + name
    oid = git.ref(value.repo, name)
    return Node("Ref", {"name": name, "oid": oid}, value.repo) if oid else None


def mergeable(call, value, _):
    if value.record["state"] != "open":
        return "UNKNOWN"
    known, _ = merging.state(call, value.repo, value.record)
    return {None: "UNKNOWN", True: "MERGEABLE", False: "CONFLICTING"}[known]


def merge_state(call, value, _):
    if value.record["state"] != "open":
        return "UNKNOWN"
    return merging.state(call, value.repo, value.record)[1].upper()


def commit(oid, repo):
    return Node("Commit", oid, repo) if oid else None


def commits(call, value, _):
    return [Node("PullRequestCommit", oid, value.repo) for oid in pulls.commits_of(call, value.record)]


def rollup(_, value, __):
    repo, sha = value.repo, value.record
    told = statuses.latest(repo, sha) or statuses.latest_checks(repo, sha)
    return Node("StatusCheckRollup", sha, repo) if told else None


def contexts(_, value, __):
    repo, sha = value.repo, value.record
    return ([Node("CheckRun", one, repo) for one in statuses.latest_checks(repo, sha)]
            + [Node("StatusContext", one, repo) for one in statuses.latest(repo, sha)])


def rollup_state(call, value, _):
    words = {("SUCCESS" if one.record["conclusion"] in statuses.SATISFYING else "PENDING"
              if one.record["status"] != "completed" else "FAILURE") if one.kind == "CheckRun" else
             one.record["state"].upper() for one in contexts(call, value, _)}
    return next((word for word in ("ERROR", "FAILURE", "PENDING") if word in words), "SUCCESS")


def is_required(call, value, given):
    number = given.get("pullRequestNumber")
    pull = next((one for one in value.repo["pulls"] if one["number"] == number), None) if number is not None else \
        by_node_id(call, given.get("pullRequestId")).record
    name = value.record.get("context") or value.record.get("name")
    wanted, _ = merging.required_checks(value.repo, pull["base_ref"])
    return any(context.lower() == name.lower() for context, _ in wanted)


def page(call, value, path):
    return f"{call.bases['web']}/{value.repo['full_name']}{path}"


def message_of(value):
    return shapes.read_commit(value.repo, value.record)["message"]


def protection_rule(_, value, __):
    record = rules.protection_of(value.repo, value.record["name"].removeprefix("refs/heads/"))
    return Node("BranchProtectionRule", record, value.repo) if record else None


def viewer_permission(call, value, _):
    return {"none": None}.get(level := access.level(call, value.repo, "contents"), level.upper())


def latest_reviews(_, value, __):
    newest = {review["user"]: review for review in value.record["reviews"]}
    return [Node("PullRequestReview", review, value.repo) for review in newest.values()]


def identity(prefix):
    return Field(None, lambda _, value, __: shapes.node_id(prefix, value.record["id"]))


def setting(key):
    return Field(None, lambda _, value, __: value.repo["settings"][key])


CARDS, ITEMS = many("ProjectCard", lambda *_: []), many("ProjectV2Item", lambda *_: [])
ACTOR = {"login": of("login"), "id": identity("U"), "databaseId": of("id"), "url": Field(None, lambda call, value, _:
         f"{call.bases['web']}/{value.record['login']}"), "resourcePath": Field(None, lambda _, value, __:
                                                                                "/" + value.record["login"])}

TYPES = {
    "Query": {
        "repository": Field("Repository", find_repository, ("owner", "name", "followRenames")),
        "node": Field("Node", lambda call, _, given: by_node_id(call, given["id"]), ("id",)),
        "viewer": Field("User", lambda call, *_: person(call, call.actor)),
        "rateLimit": Field("RateLimit", lambda call, *_: {
            "limit": call.forge.budget.limit(call), "remaining": call.forge.budget.left(call, "graphql"), "cost": 1}),
        "__type": Field("__Type", lambda _, __, given: given["name"], ("name",)),
    },
    "RateLimit": {key: of(key) for key in ("limit", "remaining", "cost")},
    "__Type": {"name": Field(None, lambda _, value, __: value), "fields": Field("__Field", lambda _, value, __:
               list(TYPES.get(value, {})), ("includeDeprecated",))},
    "__Field": {"name": Field(None, lambda _, value, __: value)},
    "PageInfo": {key: of(key) for key in ("hasNextPage", "endCursor", "hasPreviousPage", "startCursor")},
    "Node": {"id": fixed(None)}, "Actor": {"login": of("login"), "url": ACTOR["url"]},
    "RequestedReviewer": {}, "StatusCheckRollupContext": {},
    "GitObject": {"oid": Field(None, lambda _, value, __: value.record)},
    "User": {**ACTOR, "name": fixed(None), "email": fixed("")}, "Bot": ACTOR,
    "Team": {"name": of("name"), "slug": of("slug"), "organization": fixed(None, "Organization")},
    "Organization": {**ACTOR, "name": fixed(None)}, "RepositoryOwner": {"id": ACTOR["id"], "login": of("login")},
    "Repository": {
        "id": identity("R"), "databaseId": of("id"), "name": of("name"), "nameWithOwner": of("full_name"),
        "owner": Field("RepositoryOwner", lambda call, value, _: Node(
            value.repo["owner_type"], call.store.user(value.repo["owner"]))),
        "isPrivate": of("private"), "isFork": Field(None, lambda _, value, __: value.repo["parent"] is not None),
        "isArchived": fixed(False), "hasIssuesEnabled": fixed(True), "hasWikiEnabled": fixed(False),
        "hasProjectsEnabled": fixed(False), "description": of("description"), "parent": fixed(None, "Repository"),
        "isInOrganization": Field(None, lambda _, value, __: value.repo["owner_type"] == "Organization"),
        "url": Field(None, lambda call, value, _: page(call, value, "")),
        "visibility": Field(None, lambda _, value, __: "PRIVATE" if value.repo["private"] else "PUBLIC"),
        "viewerPermission": Field(None, viewer_permission), "viewerDefaultMergeMethod": fixed("MERGE"),
        "defaultBranchRef": Field("Ref", lambda call, value, _: find_ref(
            call, value, {"qualifiedName": value.repo["default_branch"]})),
        "autoMergeAllowed": setting("allow_auto_merge"), "mergeCommitAllowed": setting("allow_merge_commit"),
        "squashMergeAllowed": setting("allow_squash_merge"), "rebaseMergeAllowed": setting("allow_rebase_merge"),
        "deleteBranchOnMerge": setting("delete_branch_on_merge"),
        "pullRequest": Field("PullRequest", find_pull, ("number",)),
        "pullRequests": many("PullRequest", list_pulls, "states", "baseRefName", "headRefName", "orderBy", "labels"),
        "release": Field("Release", find_release, ("tagName",)),
        "releases": many("Release", list_releases, "orderBy"),
        "latestRelease": Field("Release", lambda _, value, __: (record := releases.latest_of(value.repo)) and
                               Node("Release", record, value.repo)),
        "ref": Field("Ref", find_ref, ("qualifiedName",)),
        "object": Field("GitObject", lambda _, value, given: commit(git.commit_of(
            value.repo, given.get("oid") or given["expression"]), value.repo), ("oid", "expression")),
    },
    "Ref": {"name": Field(None, lambda _, value, __: value.record["name"].split("/", 2)[2]),
            "prefix": Field(None, lambda _, value, __: "/".join(value.record["name"].split("/")[:2]) + "/"),
            "target": Field("GitObject", lambda _, value, __: commit(value.record["oid"], value.repo)),
            "branchProtectionRule": Field("BranchProtectionRule", protection_rule), "id": fixed("REF")},
    "BranchProtectionRule": {
        "requiresStrictStatusChecks": Field(None, lambda _, value, __: bool(
            (value.record["required_status_checks"] or {}).get("strict"))),
        "requiresApprovingReviews": Field(None, lambda _, value, __:
                                          value.record["required_pull_request_reviews"] is not None),
        "requiredApprovingReviewCount": Field(None, lambda _, value, __: (
            value.record["required_pull_request_reviews"] or {}).get("required_approving_review_count")),
        "isAdminEnforced": of("enforce_admins"),
        "requiredStatusCheckContexts": Field(None, lambda _, value, __: [
            one["context"] for one in (value.record["required_status_checks"] or {"checks": []})["checks"]])},
    "PullRequest": {
        "id": identity("PR"), "databaseId": of("id"), "number": of("number"), "title": of("title"),
        "body": Field(None, lambda _, value, __: value.record["body"] or ""), "isDraft": of("draft"),
        "state": Field(None, lambda _, value, __: state_of(value.record)), "merged": of("merged"),
        "closed": Field(None, lambda _, value, __: value.record["state"] == "closed"),
        "url": Field(None, lambda call, value, _: page(call, value, f"/pull/{value.record['number']}")),
        "author": Field("Actor", lambda call, value, _: person(call, value.record["user"])),
        "mergedBy": Field("Actor", lambda call, value, _: person(call, value.record["merged_by"])),
        "createdAt": of("created_at"), "updatedAt": of("updated_at"), "closedAt": of("closed_at"),
        "mergedAt": of("merged_at"), "baseRefName": of("base_ref"), "headRefName": of("head_ref"),
        "headRefOid": of("head_sha"), "baseRefOid": Field(None, lambda _, value, __: git.branch(
            value.repo, value.record["base_ref"]) or value.record["base_sha"]),
        "baseRef": Field("Ref", lambda call, value, _: find_ref(call, value,
                                                               {"qualifiedName": value.record["base_ref"]})),
        "isCrossRepository": Field(None, lambda _, value, __: value.record["head_repo"] != value.repo["full_name"]),
        "headRepository": Field("Repository", lambda call, value, _: (repo := call.store.state["repositories"].get(
            value.record["head_repo"])) and Node("Repository", repo, repo)),
        "headRepositoryOwner": Field("RepositoryOwner", lambda call, value, _: Node(
            "Organization", call.store.user(value.record["head_label"].split(":")[0]))),
        "mergeable": Field(None, mergeable), "mergeStateStatus": Field(None, merge_state),
        "reviewDecision": Field(None, lambda call, value, _: merging.review_decision(call, value.repo, value.record)),
        "mergeCommit": Field("Commit", lambda _, value, __: commit(
            value.record["merge_commit_sha"] if value.record["merged"] else None, value.repo)),
        "potentialMergeCommit": Field("Commit", lambda _, value, __: commit(
            None if value.record["merged"] else value.record["merge_commit_sha"], value.repo)),
        "autoMergeRequest": Field("AutoMergeRequest", lambda _, value, __: value.record["auto_merge"] and Node(
            "AutoMergeRequest", value.record["auto_merge"], value.repo)),
        "isInMergeQueue": fixed(False), "isMergeQueueEnabled": fixed(False), "maintainerCanModify": fixed(False),
        "viewerMergeHeadlineText": Field(None, lambda _, value, __: value.record["title"], ("mergeType",)),
        "viewerMergeBodyText": Field(None, lambda *_: "", ("mergeType",)),
        "additions": fixed(0), "deletions": fixed(0), "changedFiles": fixed(0),
        "labels": many("Label", lambda call, value, _: [Node("Label", shapes.label_named(call, name), value.repo)
                                                        for name in value.record["labels"]]),
        "commits": many("PullRequestCommit", commits), "assignees": many("User", lambda *_: []),
        "comments": many("IssueComment", lambda _, value, __: [Node("IssueComment", one, value.repo)
                                                               for one in value.record["comments"]]),
        "reviews": many("PullRequestReview", lambda _, value, __: [
            Node("PullRequestReview", one, value.repo) for one in value.record["reviews"]], "states"),
        "latestReviews": many("PullRequestReview", latest_reviews),
        "reviewRequests": many("ReviewRequest", lambda _, value, __: [
            Node("ReviewRequest", login, value.repo) for login in value.record["requested_reviewers"]]),
        "reviewThreads": many("PullRequestReviewThread", lambda _, value, __: [
            Node("PullRequestReviewThread", one, value.repo) for one in value.record["threads"]]),
        "files": many("PullRequestChangedFile", lambda call, value, _: [
            Node("PullRequestChangedFile", one, value.repo) for one in shapes.changed_files(
                call, value.record["base_sha"], value.record["head_sha"])]),
        "projectCards": CARDS, "projectItems": ITEMS, "reactionGroups": fixed([], "ReactionGroup"),
        "milestone": fixed(None, "Milestone"),
        "statusCheckRollup": Field("StatusCheckRollup", lambda call, value, _: rollup(
            call, Node("Commit", value.record["head_sha"], value.repo), _)),
    },
    "AutoMergeRequest": {"mergeMethod": upper("merge_method"), "enabledAt": of("enabled_at"),
                         "commitHeadline": of("commit_title"), "commitBody": of("commit_message"),
                         "authorEmail": fixed(None),
                         "enabledBy": Field("Actor", lambda call, value, _: person(call, value.record["enabled_by"]))},
    "Label": {"id": identity("LA"), "name": of("name"), "color": of("color"),
              "description": Field(None, lambda _, value, __: value.record["description"] or "")},
    "Milestone": {key: fixed(None) for key in ("number", "title", "description", "dueOn")},
    "ReactionGroup": {"content": fixed(None), "users": fixed(None, "ReactingUserConnection")},
    "ReactingUserConnection": {"totalCount": fixed(0)},
    "ProjectCard": {"project": fixed(None, "Project"), "column": fixed(None, "Project")},
    "Project": {"name": fixed(None)}, "ProjectV2": {"id": fixed(None), "title": fixed(None)},
    "ProjectV2Item": {"id": fixed(None), "project": fixed(None, "ProjectV2")},
    "IssueComment": {"id": identity("IC"), "body": of("body"), "createdAt": of("created_at"),
                     "author": Field("Actor", lambda call, value, _: person(call, value.record["user"])),
                     "authorAssociation": fixed("MEMBER"), "includesCreatedEdit": fixed(False),
                     "isMinimized": fixed(False), "minimizedReason": fixed(None), "viewerDidAuthor": fixed(False),
                     "reactionGroups": fixed([], "ReactionGroup"), "url": fixed("")},
    "PullRequestReview": {
        "id": identity("PRR"), "state": of("state"), "body": of("body"), "submittedAt": of("submitted_at"),
        "author": Field("Actor", lambda call, value, _: person(call, value.record["user"])),
        "authorAssociation": fixed("MEMBER"), "reactionGroups": fixed([], "ReactionGroup"),
        "commit": Field("Commit", lambda _, value, __: commit(value.record["commit_id"], value.repo))},
    "ReviewRequest": {"requestedReviewer": Field("RequestedReviewer", lambda call, value, _: person(
        call, value.record))},
    "PullRequestReviewThread": {"id": of("id"), "isResolved": of("resolved")},
    "PullRequestChangedFile": {"path": of("filename"), "additions": of("additions"), "deletions": of("deletions")},
    "PullRequestCommit": {"commit": Field("Commit", lambda _, value, __: commit(value.record, value.repo))},
    "Commit": {
        "oid": Field(None, lambda _, value, __: value.record),
        "id": Field(None, lambda _, value, __: "C_" + value.record),
        "message": Field(None, lambda _, value, __: message_of(value)),
        "messageHeadline": Field(None, lambda _, value, __: message_of(value).split("\n")[0]),
        "messageBody": Field(None, lambda _, value, __: message_of(value).partition("\n\n")[2]),
        "committedDate": Field(None, lambda _, value, __: shapes.read_commit(
            value.repo, value.record)["committer"]["date"]),
        "authoredDate": Field(None, lambda _, value, __: shapes.read_commit(
            value.repo, value.record)["author"]["date"]),
        "authors": many("GitActor", lambda _, value, __: [Node("GitActor", shapes.read_commit(
            value.repo, value.record)["author"], value.repo)]),
        "statusCheckRollup": Field("StatusCheckRollup", rollup)},
    "GitActor": {"name": of("name"), "email": of("email"), "user": fixed(None, "User")},
    "StatusCheckRollup": {"state": Field(None, rollup_state), "contexts": many("StatusCheckRollupContext", contexts)},
    "StatusContext": {"context": of("context"), "state": upper("state"), "targetUrl": of("target_url"),
                      "createdAt": of("created_at"), "description": of("description"),
                      "isRequired": Field(None, is_required, ("pullRequestNumber", "pullRequestId"))},
    "CheckRun": {"name": of("name"), "status": upper("status"), "conclusion": upper("conclusion"),
                 "startedAt": of("started_at"), "completedAt": of("completed_at"), "databaseId": of("id"),
                 "detailsUrl": Field(None, lambda call, value, _: page(call, value, f"/runs/{value.record['id']}")),
                 "checkSuite": fixed(None, "CheckSuite"),
                 "isRequired": Field(None, is_required, ("pullRequestNumber", "pullRequestId"))},
    "CheckSuite": {"workflowRun": fixed(None, "WorkflowRun")}, "WorkflowRun": {"workflow": fixed(None, "Workflow")},
    "Workflow": {"name": fixed(None)},
    "Release": {
        "id": identity("RE"), "databaseId": of("id"), "name": Field(None, lambda _, value, __:
                                                                   value.record["name"] or ""),
        "tagName": of("tag_name"), "isDraft": of("draft"), "isPrerelease": of("prerelease"), "description": of("body"),
        "isLatest": Field(None, lambda _, value, __: releases.latest_of(value.repo) is value.record),
        "createdAt": of("created_at"), "publishedAt": of("published_at"),
        "url": Field(None, lambda call, value, _: page(call, value, f"/releases/tag/{value.record['tag_name']}"))},
}
TYPES["Mutation"], PAYLOADS = mutations.table(Field, Node, by_node_id, person)
TYPES.update(PAYLOADS)
SCHEMA = Schema(TYPES)
