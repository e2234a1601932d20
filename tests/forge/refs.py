"""Refs, commits, branches, tags and comparisons: read from the real bare repository, written with its own checks."""

import base64
import re
import subprocess

import events
import git
import rules
import shapes
from api import Answer, Refusal, not_found, paged, route

FULL = re.compile(r"^[0-9a-f]{40}$")


def ref_shape(call, name, oid):
    kind = git.run(call.repo, "cat-file", "-t", oid)
    place = {"tag": "tags", "commit": "commits"}.get(kind, kind + "s")
    return {"ref": name, "node_id": shapes.node_id("REF", call.repo["id"]) + name.encode().hex(),
            "url": call.of_repo("/git/" + name),
            "object": {"type": kind, "sha": oid, "url": call.of_repo(f"/git/{place}/{oid}")}}


def refuse_empty(call):
    if not git.all_refs(call.repo):
        raise Refusal(409, "Git Repository is empty.")


@route("GET", "/repos/{owner}/{repo}/git/ref/{ref+}")
def get_ref(call):
    refuse_empty(call)
    name = "refs/" + call["ref"]
    oid = git.all_refs(call.repo).get(name)
    if oid is None:
        raise not_found()
    return ref_shape(call, name, oid)


@route("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref+}")
def matching_refs(call):
    prefix = "refs/" + call["ref"]
    found = sorted((name, oid) for name, oid in git.all_refs(call.repo).items() if name.startswith(prefix))
    return paged(call, found, lambda pair: ref_shape(call, *pair))


@route("GET", "/repos/{owner}/{repo}/git/matching-refs/")
def all_matching_refs(call):
    return paged(call, sorted(git.all_refs(call.repo).items()), lambda pair: ref_shape(call, *pair))


def guard(call, name, old, new):
    """Refuses what protection and rulesets do not let the caller do to a ref through the API."""
    lines = rules.refuse_push(call, call.repo, {
        "ref": name, "old": old, "new": new, "merges": 0,
        "forward": git.ZERO not in (old, new) and git.is_ancestor(call.repo, old, new)})
    if lines:
        raise Refusal(422, "Repository rule violations found\n\n" + "\n".join(lines))


@route("POST", "/repos/{owner}/{repo}/git/refs", ("contents", "write"))
def create_ref(call):
    call.typed(ref=str, sha=str)
    name, oid = call.want("ref", "sha")
    refuse_empty(call)
    if not name.startswith("refs/") or name.count("/") < 2:
        raise Refusal(422, "Reference name must start with 'refs/' and have at least two slashes.")
    if not FULL.match(oid):
        raise Refusal(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    if name.startswith("refs/pull/"):
        raise Refusal(422, "Reference name is reserved")
    before = git.all_refs(call.repo)
    if name in before:
        raise Refusal(422, "Reference already exists")
    if not git.succeeds(call.repo, "cat-file", "-e", oid):
        raise Refusal(422, "Object does not exist")
    guard(call, name, git.ZERO, oid)
    try:
        git.move(call.repo, name, oid, git.ZERO)
    except git.Failed as failed:
        raise Refusal(422, f"Reference update failed: {failed}") from None
    events.refs_moved(call, before)
    return Answer(201, ref_shape(call, name, oid), {"Location": call.of_repo("/git/" + name)})


@route("PATCH", "/repos/{owner}/{repo}/git/refs/{ref+}", ("contents", "write"))
def update_ref(call):
    call.typed(sha=str, force=bool)
    new = call.want("sha")[0]
    name, before = "refs/" + call["ref"], git.all_refs(call.repo)
    if name not in before:
        raise Refusal(422, "Reference does not exist")
    if not git.succeeds(call.repo, "cat-file", "-e", new):
        raise Refusal(422, "Object does not exist")
    if not call.body.get("force") and not git.is_ancestor(call.repo, before[name], new):
        raise Refusal(422, "Update is not a fast forward")
    guard(call, name, before[name], new)
    git.move(call.repo, name, new)
    events.refs_moved(call, before)
    return ref_shape(call, name, new)


@route("DELETE", "/repos/{owner}/{repo}/git/refs/{ref+}", ("contents", "write"))
def delete_ref(call):
    name, before = "refs/" + call["ref"], git.all_refs(call.repo)
    if name not in before:
        raise Refusal(422, "Reference does not exist")
    if name == "refs/heads/" + call.repo["default_branch"]:
        raise Refusal(422, "Cannot delete the default branch")
    guard(call, name, before[name], git.ZERO)
    git.move(call.repo, name, git.ZERO, before[name])
    events.refs_moved(call, before)
    return Answer(204)


@route("POST", "/repos/{owner}/{repo}/git/tags", ("contents", "write"))
def create_tag(call):
    call.typed(tag=str, message=str, object=str, type=str, tagger=dict)
    name, message, target, kind = call.want("tag", "message", "object", "type")
    if not git.succeeds(call.repo, "cat-file", "-e", f"{target}^{{{kind}}}"):
        raise Refusal(422, "Object does not exist")
    tagger = call.body.get("tagger") or {}
    who = f"{tagger.get('name', call.actor)} <{tagger.get('email', 'noreply@github.com')}>"
    stamp = git.run(call.repo, "show", "--no-patch", "--format=%ct", target + "^{commit}")
    text = f"object {target}\ntype {kind}\ntag {name}\ntagger {who} {stamp} +0000\n\n{message}\n"
    oid = git.run(call.repo, "hash-object", "-t", "tag", "-w", "--stdin", text=text)
    return Answer(201, tag_shape(call, oid), {"Location": call.of_repo(f"/git/tags/{oid}")})


@route("GET", "/repos/{owner}/{repo}/git/tags/{sha}")
def get_tag(call):
    if git.run(call.repo, "cat-file", "-t", call["sha"], check=False) != "tag":
        raise not_found()
    return tag_shape(call, call["sha"])


def tag_shape(call, oid):
    head, _, message = git.run(call.repo, "cat-file", "tag", oid).partition("\n\n")
    fields = dict(line.split(" ", 1) for line in head.splitlines())
    name, _, rest = fields["tagger"].partition(" <")
    email, _, when = rest.partition("> ")
    date = git.run(call.repo, "for-each-ref", "--count=1", "--format=%(taggerdate:format-local:%Y-%m-%dT%H:%M:%SZ)",
                   "--points-at", oid, env={"TZ": "UTC"}) or shapes.date_of(when)
    place = {"commit": "commits", "tag": "tags"}.get(fields["type"], fields["type"] + "s")
    return {"node_id": "TA_" + oid, "tag": fields["tag"], "sha": oid, "url": call.of_repo(f"/git/tags/{oid}"),
            "message": message.rstrip("\n"), "tagger": {"name": name, "email": email, "date": date},
            "object": {"sha": fields["object"], "type": fields["type"],
                       "url": call.of_repo(f"/git/{place}/{fields['object']}")},
            "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None,
                             "verified_at": None}}


@route("GET", "/repos/{owner}/{repo}/git/commits/{sha}")
def get_git_commit(call):
    oid = FULL.match(call["sha"]) and git.commit_of(call.repo, call["sha"])
    if not oid:
        raise not_found()
    shape, data = shapes.commit(call, oid), shapes.read_commit(call.repo, oid)
    inner = shape["commit"]
    return {"sha": oid, "node_id": shape["node_id"], "url": inner["url"], "html_url": shape["html_url"],
            "author": data["author"], "committer": data["committer"], "message": data["message"],
            "tree": inner["tree"], "parents": shape["parents"], "verification": inner["verification"]}


def commit_or_refuse(call, name, status=422):
    """The commit behind a {ref} of a path."""
    oid = git.commit_of(call.repo, name)
    if oid is None:
        raise Refusal(422, f"No commit found for SHA: {name}") if status == 422 else not_found()
    return oid


@route("GET", "/repos/{owner}/{repo}/commits/{ref+}", ("contents", "read"))
def get_commit(call):
    refuse_empty(call)
    oid = commit_or_refuse(call, call["ref"])
    if "sha" in call.headers.get("Accept", "").split("github.")[-1]:
        mark = f'"{oid}"'
        if mark in call.headers.get("If-None-Match", ""):
            return Answer(304, None, {"ETag": mark})
        return Answer(200, oid.encode(), {"Content-Type": "application/vnd.github.sha; charset=utf-8", "ETag": mark})
    return {**shapes.commit(call, oid), "files": []}


@route("GET", "/repos/{owner}/{repo}/commits", ("contents", "read"))
def list_commits(call):
    refuse_empty(call)
    start = git.commit_of(call.repo, call.query.get("sha") or call.repo["default_branch"])
    if start is None:
        raise not_found()
    oids = git.run(call.repo, "rev-list", start).splitlines()
    return paged(call, oids, lambda oid: shapes.commit(call, oid))


@route("GET", "/repos/{owner}/{repo}/compare/{basehead+}", ("contents", "read"))
def compare(call):
    base, dots, head = call["basehead"].partition("...")
    base, head = git.commit_of(call.repo, base), git.commit_of(call.repo, head)
    if not dots or not base or not head:
        raise not_found()
    merge_base = git.run(call.repo, "merge-base", base, head, check=False)
    if not merge_base:
        raise Refusal(404, "No common ancestor between the two commits.")
    ahead = git.run(call.repo, "rev-list", "--reverse", f"{base}..{head}").splitlines()
    behind = int(git.run(call.repo, "rev-list", "--count", f"{head}..{base}"))
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    web = f"{call.bases['web']}/{call.repo['full_name']}/compare/{base}...{head}"
    body = paged(call, ahead, lambda oid: shapes.commit(call, oid))
    return Answer(200, {
        "url": call.of_repo(f"/compare/{base}...{head}"), "html_url": web, "permalink_url": web,
        "diff_url": web + ".diff", "patch_url": web + ".patch", "base_commit": shapes.commit(call, base),
        "merge_base_commit": shapes.commit(call, merge_base), "status": status, "ahead_by": len(ahead),
        "behind_by": behind, "total_commits": len(ahead), "commits": body.body,
        "files": shapes.changed_files(call, merge_base, head)[:300]}, body.headers)


@route("GET", "/repos/{owner}/{repo}/branches", ("contents", "read"))
def list_branches(call):
    heads = sorted((name[11:], oid) for name, oid in git.all_refs(call.repo).items() if name.startswith("refs/heads/"))
    wanted = call.query.get("protected")
    if wanted in ("true", "false"):
        heads = [pair for pair in heads if bool(rules.protection_of(call.repo, pair[0])) == (wanted == "true")]
    return paged(call, heads, lambda pair: {
        "name": pair[0], "commit": {"sha": pair[1], "url": call.of_repo(f"/commits/{pair[1]}")},
        "protected": bool(rules.protection_of(call.repo, pair[0]))})


@route("GET", "/repos/{owner}/{repo}/tags", ("contents", "read"))
def list_tags(call):
    tags = sorted((name[10:] for name in git.all_refs(call.repo) if name.startswith("refs/tags/")), reverse=True)
    def shape(name):
        oid = git.run(call.repo, "rev-parse", f"refs/tags/{name}^{{}}")
        return {"name": name, "commit": {"sha": oid, "url": call.of_repo(f"/commits/{oid}")},
                "zipball_url": call.of_repo("/zipball/refs/tags/{}", name), "node_id": "REF_" + name.encode().hex(),
                "tarball_url": call.of_repo("/tarball/refs/tags/{}", name)}
    return paged(call, tags, shape)


@route("GET", "/repos/{owner}/{repo}/contents/{path+}", ("contents", "read"))
def get_contents(call):
    oid = git.commit_of(call.repo, call.query.get("ref") or call.repo["default_branch"])
    if oid is None:
        raise Refusal(404, f"No commit found for the ref {call.query.get('ref')}")
    listing = git.run(call.repo, "ls-tree", "-l", oid, "--", call["path"]).splitlines()
    if not listing or " blob " not in listing[0]:
        raise not_found()
    _, _, blob, size = listing[0].split("\t")[0].split()
    text = subprocess.run(["git", "--git-dir", call.repo["git_dir"], "cat-file", "blob", blob], capture_output=True,
                          env=git.environment(), check=True).stdout
    if "raw" in call.headers.get("Accept", ""):
        return Answer(200, text, {"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    url = call.of_repo("/contents/") + call["path"] + "?ref=" + oid
    blob_url = call.of_repo(f"/git/blobs/{blob}")
    page = f"{call.bases['web']}/{call.repo['full_name']}/blob/{oid}/{call['path']}"
    return {"type": "file", "encoding": "base64", "size": int(size), "name": call["path"].rsplit("/", 1)[-1],
            "path": call["path"], "content": base64.encodebytes(text).decode(), "sha": blob, "url": url,
            "git_url": blob_url, "html_url": page, "download_url": page.replace("/blob/", "/raw/"),
            "_links": {"git": blob_url, "html": page, "self": url}}
