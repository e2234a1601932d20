"""Releases: drafts that only pushers see, publishing that makes the tag, immutability that ends all changes."""

import access
import assets
import events
import git
import rules
import shapes
import store
from api import Answer, Refusal, invalid, not_found, paged, route

BODY_LIMIT = 125000
FIELDS = ("tag_name", "target_commitish", "name", "body", "draft", "prerelease")


def shape(call, record):
    base, web = call.of_repo(f"/releases/{record['id']}"), f"{call.bases['web']}/{call.repo['full_name']}"
    place = f"untagged-{record['id']:020x}" if record["draft"] else record["tag_name"]
    zipped = None if record["draft"] else call.of_repo("/zipball/{}", record["tag_name"])
    result = {
        "url": base, "assets_url": base + "/assets", "html_url": f"{web}/releases/tag/{place}",
        "upload_url": f"{call.bases['uploads']}/repos/{call.repo['full_name']}/releases/{record['id']}/assets"
                      "{?name,label}",
        "id": record["id"], "author": shapes.user(call, record["author"]), "node_id":
        shapes.node_id("RE", record["id"]), "tag_name": record["tag_name"],
        "target_commitish": record["target_commitish"], "name": record["name"], "draft": record["draft"],
        "immutable": record["immutable"], "prerelease": record["prerelease"], "created_at": record["created_at"],
        "published_at": record["published_at"], "updated_at": record["updated_at"],
        "assets": [assets.shape(call, asset, record) for asset in record["assets"]], "tarball_url":
        zipped and zipped.replace("/zipball/", "/tarball/"), "zipball_url": zipped, "body": record["body"],
    }
    if call.forge.flavour == "ghes":
        del result["immutable"]
    return result


def can_push(call):
    return access.can(call, call.repo, "contents", "write")


def visible(call):
    """What the caller may see, newest first: drafts only with push access."""
    return [record for record in reversed(call.repo["releases"]) if not record["draft"] or can_push(call)]


def by_id(call, name="release_id"):
    """The record that the path names; a draft is not there for those who may not push."""
    for record in call.repo["releases"]:
        if str(record["id"]) == call[name] and (not record["draft"] or can_push(call)):
            return record
    raise not_found()


def published(repo, tag):
    for record in repo["releases"]:
        if record["tag_name"] == tag and not record["draft"]:
            return record
    return None


@route("GET", "/repos/{owner}/{repo}/releases", ("contents", "read"))
def list_releases(call):
    return paged(call, visible(call), lambda record: shape(call, record))


@route("GET", "/repos/{owner}/{repo}/releases/latest", ("contents", "read"))
def latest(call):
    record = latest_of(call.repo)
    if record is None:
        raise not_found()
    return shape(call, record)


def latest_of(repo):
    """The one that was made latest by name, else the newest commit's among the full releases."""
    full = [record for record in repo["releases"] if not record["draft"] and not record["prerelease"]]
    for record in full:
        if record["latest"]:
            return record
    dated = [(git.run(repo, "log", "-1", "--format=%ct", "refs/tags/" + record["tag_name"], check=False), record["id"])
             for record in full]
    newest = max(dated, default=None)
    return next((record for record in full if newest and record["id"] == newest[1]), None)


@route("GET", "/repos/{owner}/{repo}/releases/tags/{tag+}", ("contents", "read"))
def get_by_tag(call):
    record = published(call.repo, call["tag"])
    if record is None:
        raise not_found()
    return shape(call, record)


@route("GET", "/repos/{owner}/{repo}/releases/{release_id}", ("contents", "read"))
def get_release(call):
    return shape(call, by_id(call))


def check_body(call):
    call.typed(tag_name=str, target_commitish=str, name=str, body=str, draft=bool, prerelease=bool,
               generate_release_notes=bool, make_latest=str)
    call.choice("make_latest", {"true", "false", "legacy"})
    if len(call.body.get("body") or "") > BODY_LIMIT:
        raise invalid("Release", "body", "custom", f"body is too long (maximum is {BODY_LIMIT} characters)")


def check_tag(call, record):
    """What forbids a release of this tag: an immutable one was deleted, or another is public."""
    tag = record["tag_name"]
    if tag in call.repo["burnt_tags"]:
        raise invalid("Release", "tag_name", "custom", "tag_name was used by an immutable release")
    other = published(call.repo, tag)
    if not record["draft"] and other is not None and other["id"] != record["id"]:
        raise invalid("Release", "tag_name", "already_exists")


def changes_workflows(repo, oid):
    """Whether workflow files at a commit are others than on the default branch: no app may make a tag there."""
    tip = git.branch(repo, repo["default_branch"])
    return bool(tip and git.run(repo, "diff", "--name-only", tip, oid, "--", ".github/workflows"))


def publish(call, record):
    """Makes the tag at `target_commitish` unless it is there; freezes the release when the setting says so."""
    repo, tag = call.repo, record["tag_name"]
    before = git.all_refs(repo)
    name = "refs/tags/" + tag
    if name not in before:
        oid = git.commit_of(repo, record["target_commitish"])
        if oid is None:
            raise invalid("Release", "target_commitish", "invalid")
        if access.is_installation(call) and changes_workflows(repo, oid):
            raise not_found()
        if not git.succeeds(repo, "check-ref-format", name):
            raise invalid("Release", "tag_name", "invalid", "tag_name is not a valid tag")
        if rules.refuse_push(call, repo, {"ref": name, "old": git.ZERO, "new": oid, "forward": False, "merges": 0}):
            raise invalid("Release", "pre_receive", "custom",
                          "pre_receive Repository rule violations found\n\nCannot create ref due to creations being"
                          " restricted.\n\n")
        git.move(repo, name, oid, git.ZERO)
        events.refs_moved(call, before)
    record["published_at"] = record["published_at"] or store.now()
    record["immutable"] = bool(repo["settings"]["immutable_releases"])
    wish = call.body.get("make_latest", "true")
    if wish == "true" and not record["prerelease"]:
        for other in repo["releases"]:
            other["latest"] = False
        record["latest"] = True


@route("POST", "/repos/{owner}/{repo}/releases", ("contents", "write"))
def create(call):
    check_body(call)
    tag = call.want("tag_name")[0]
    if not tag:
        raise invalid("Release", "tag_name", "missing_field")
    given = {key: call.body[key] for key in FIELDS if call.body.get(key) is not None}
    record = {"id": 0, "name": None, "body": None, "draft": False, "prerelease": False, "immutable": False,
              "target_commitish": call.repo["default_branch"], "latest": False, "author": call.actor, "assets": [],
              "created_at": store.now(), "updated_at": store.now(), "published_at": None, **given}
    check_tag(call, record)
    if not record["draft"]:
        publish(call, record)
    record["id"] = call.store.new_id()
    call.repo["releases"].append(record)
    return Answer(201, shape(call, record), {"Location": call.of_repo(f"/releases/{record['id']}")})


@route("PATCH", "/repos/{owner}/{repo}/releases/{release_id}", ("contents", "write"))
def update(call):
    check_body(call)
    record = by_id(call)
    given = {key: call.body[key] for key in FIELDS if call.body.get(key) is not None}
    if record["immutable"]:
        if given.get("tag_name", record["tag_name"]) != record["tag_name"] or given.get("draft"):
            raise Refusal(422, "Validation Failed", [{"resource": "Release", "code": "custom", "field": "tag_name",
                                                     "message": "Cannot modify the tag of an immutable release."}])
    changed = {**record, **given, "updated_at": store.now()}
    check_tag(call, changed)
    if record["draft"] and not changed["draft"] or not changed["draft"] and "make_latest" in call.body:
        publish(call, changed)
    record.update(changed)
    return shape(call, record)


@route("DELETE", "/repos/{owner}/{repo}/releases/{release_id}", ("contents", "write"))
def delete(call):
    """The tag stays. The name of an immutable release is spent for good."""
    record = by_id(call)
    if record["immutable"]:
        call.repo["burnt_tags"].append(record["tag_name"])
    call.repo["releases"].remove(record)
    for asset in record["assets"]:
        assets.forget(call.store, asset)
    return Answer(204)


@route("POST", "/repos/{owner}/{repo}/releases/generate-notes", ("contents", "write"))
def generate_notes(call):
    call.typed(tag_name=str, target_commitish=str, previous_tag_name=str)
    tag, previous = call.want("tag_name")[0], call.body.get("previous_tag_name")
    page = f"{call.bases['web']}/{call.repo['full_name']}"
    range_of = f"compare/{previous}...{tag}" if previous else f"commits/{tag}"
    return {"name": tag, "body": f"**Full Changelog**: {page}/{range_of}"}


@route("GET", "/repos/{owner}/{repo}/immutable-releases", ("administration", "read"))
def get_immutable(call):
    """404 is how GitHub says that the setting is off."""
    if call.forge.flavour == "ghes" or not call.repo["settings"]["immutable_releases"]:
        raise not_found()
    return {"enabled": True, "enforced_by_owner": False}


@route("PUT", "/repos/{owner}/{repo}/immutable-releases", ("administration", "write"))
def put_immutable(call):
    return set_immutable(call, True)


@route("DELETE", "/repos/{owner}/{repo}/immutable-releases", ("administration", "write"))
def delete_immutable(call):
    return set_immutable(call, False)


def set_immutable(call, value):
    if call.forge.flavour == "ghes":
        raise not_found()
    call.repo["settings"]["immutable_releases"] = value
    return Answer(204)
