"""The shapes that many answers share: users, repositories, commits, labels, apps. Every required field of GitHub's
OpenAPI is there, so that a client may rely on it."""

import base64
import time
import urllib.parse

import access
import git

APPS = {15368: "github-actions"}


def node_id(kind, number):
    """An opaque global id, from which GraphQL finds the record again."""
    return kind + "_" + base64.urlsafe_b64encode(f"{kind}:{number}".encode()).decode().rstrip("=")


def from_node_id(text):
    """(kind, number) of a node id, or None."""
    try:
        part = text.split("_", 1)[1]
        kind, _, number = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode().partition(":")
        return kind, int(number)
    except (IndexError, ValueError):
        return None


def user(call, login):
    """simple-user; None stays None (a ghost)."""
    if login is None:
        return None
    record = call.store.user(login)
    base = call.url("/users/{}", login)
    web = call.bases["web"]
    page = f"{web}/apps/{login[:-5]}" if login.endswith("[bot]") else f"{web}/{urllib.parse.quote(login)}"
    return {
        "login": login, "id": record["id"], "node_id": node_id("U", record["id"]),
        "avatar_url": f"{web}/avatars/{record['id']}", "gravatar_id": "", "url": base, "html_url": page,
        "followers_url": base + "/followers", "following_url": base + "/following{/other_user}",
        "gists_url": base + "/gists{/gist_id}", "starred_url": base + "/starred{/owner}{/repo}",
        "subscriptions_url": base + "/subscriptions", "organizations_url": base + "/orgs",
        "repos_url": base + "/repos", "events_url": base + "/events{/privacy}",
        "received_events_url": base + "/received_events", "type": record["type"], "site_admin": False,
    }


def owner(call, repo):
    shape = user(call, repo["owner"])
    shape["type"] = repo["owner_type"]
    return shape


TEMPLATES = {
    "archive": "/{archive_format}{/ref}", "assignees": "{/user}", "blobs": "{/sha}", "branches": "{/branch}",
    "collaborators": "{/collaborator}", "comments": "{/number}", "commits": "{/sha}", "compare": "/{base}...{head}",
    "contents": "/{+path}", "contributors": "", "deployments": "", "downloads": "", "events": "", "forks": "",
    "git_commits": "{/sha}", "git_refs": "{/sha}", "git_tags": "{/sha}", "issue_comment": "{/number}",
    "issue_events": "{/number}", "issues": "{/number}", "keys": "{/key_id}", "labels": "{/name}", "languages": "",
    "merges": "", "milestones": "{/number}", "notifications": "{?since,all,participating}", "pulls": "{/number}",
    "releases": "{/id}", "stargazers": "", "statuses": "/{sha}", "subscribers": "", "subscription": "", "tags": "",
    "teams": "", "trees": "{/sha}", "hooks": "",
}
PLACES = {"archive": "", "git_commits": "/git/commits", "git_refs": "/git/refs", "git_tags": "/git/tags",
          "issue_comment": "/issues/comments", "issue_events": "/issues/events", "blobs": "/git/blobs",
          "trees": "/git/trees"}


def repository(call, repo=None):
    """The repository with the fields of `repository`, `minimal-repository` and `full-repository` alike. Its permissions
    are a user's: an app reads that it may not push, whatever it may, and is told no settings of merges."""
    repo = repo or call.repo
    name, web = repo["full_name"], call.bases["web"]
    base = call.url("/repos/" + name)
    urls = {key + "_url": base + PLACES.get(key, "/" + key) + tail for key, tail in TEMPLATES.items()}
    open_issues = sum(1 for issue in repo["issues"] + repo["pulls"] if issue["state"] == "open")
    rank = 1 if call.token is None or access.is_installation(call) else access.LEVELS.index(
        access.level(call, repo, "contents"))
    settings = repo["settings"]
    return {
        "id": repo["id"], "node_id": node_id("R", repo["id"]), "name": repo["name"], "full_name": name,
        "owner": owner(call, repo), "private": repo["private"], "html_url": f"{web}/{name}",
        "description": repo["description"], "fork": repo["parent"] is not None, "url": base, **urls,
        "git_url": f"git://127.0.0.1/{name}.git", "ssh_url": f"git@127.0.0.1:{name}.git",
        "clone_url": f"{web}/{name}.git", "svn_url": f"{web}/{name}", "mirror_url": None, "homepage": None,
        "language": None, "license": None, "forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0,
        "watchers_count": 0, "size": 0, "default_branch": repo["default_branch"], "open_issues": open_issues,
        "open_issues_count": open_issues, "is_template": False, "topics": [], "has_issues": True,
        "has_projects": False, "has_wiki": False, "has_pages": False, "has_downloads": True,
        "has_discussions": False, "archived": False, "disabled": False,
        "visibility": "private" if repo["private"] else "public", "pushed_at": repo["created_at"],
        "created_at": repo["created_at"], "updated_at": repo["created_at"],
        "permissions": {key: rank >= access.LEVELS.index(level) for key, level in
                        {"admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage",
                         "pull": "read"}.items()},
        **({key: settings[key] for key in ("allow_rebase_merge", "allow_squash_merge", "allow_merge_commit",
                                           "allow_auto_merge", "delete_branch_on_merge")} if rank >= 3 else {}),
    }


def full_repository(call):
    """What GET /repos/{owner}/{repo} adds."""
    return {**repository(call), "network_count": 0, "subscribers_count": 0}


def team(call, org, slug):
    """team, as an environment's reviewer."""
    record = call.store.state["orgs"][org]["teams"][slug]
    base = call.url("/orgs/{}/teams/{}", org, slug)
    return {"id": record["id"], "node_id": node_id("T", record["id"]), "name": slug, "slug": slug, "description": None,
            "privacy": "closed", "notification_setting": "notifications_enabled", "permission": "pull", "url": base,
            "html_url": f"{call.bases['web']}/orgs/{org}/teams/{slug}", "members_url": base + "/members{/member}",
            "repositories_url": base + "/repos", "type": "organization", "parent": None}


def label(call, record, repo=None):
    repo = repo or call.repo
    return {"id": record["id"], "node_id": node_id("LA", record["id"]),
            "url": call.url("/repos/" + repo["full_name"] + "/labels/{}", record["name"]), "name": record["name"],
            "description": record["description"] or "", "color": record["color"], "default": False}


def label_named(call, name, repo=None):
    """The record of a label, made when it is new, as adding it to an issue does."""
    repo = repo or call.repo
    for record in repo["labels"]:
        if record["name"].lower() == name.lower():
            return record
    record = {"id": call.store.new_id(), "name": name, "description": None, "color": "ededed"}
    repo["labels"].append(record)
    return record


def commit(call, oid, repo=None):
    """The commit as the REST API shows it."""
    repo = repo or call.repo
    data = read_commit(repo, oid)
    base = call.url("/repos/" + repo["full_name"])
    web = f"{call.bases['web']}/{repo['full_name']}"
    return {
        "url": f"{base}/commits/{oid}", "sha": oid, "node_id": "C_" + oid, "html_url": f"{web}/commit/{oid}",
        "comments_url": f"{base}/commits/{oid}/comments",
        "commit": {
            "url": f"{base}/git/commits/{oid}", "author": data["author"], "committer": data["committer"],
            "message": data["message"], "comment_count": 0,
            "tree": {"sha": data["tree"], "url": f"{base}/git/trees/{data['tree']}"},
            "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None,
                             "verified_at": None},
        },
        "author": None, "committer": None,
        "parents": [{"sha": parent, "url": f"{base}/commits/{parent}", "html_url": f"{web}/commit/{parent}"}
                    for parent in data["parents"]],
    }


def read_commit(repo, oid):
    """{tree, parents, author, committer, message} of a commit; people as {name, email, date}."""
    fields = git.run(repo, "show", "--no-patch", "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
                     "--format=%T%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B", oid,
                     env={"TZ": "UTC"}).split("\0")
    person = lambda at: {"name": fields[at], "email": fields[at + 1], "date": fields[at + 2]}
    return {"tree": fields[0], "parents": fields[1].split(), "author": person(2), "committer": person(5),
            "message": fields[8].rstrip("\n")}


def head_commit(repo, oid):
    """nullable-simple-commit."""
    data = read_commit(repo, oid)
    people = {key: {"name": data[key]["name"], "email": data[key]["email"]} for key in ("author", "committer")}
    return {"id": oid, "tree_id": data["tree"], "message": data["message"], "timestamp": data["committer"]["date"],
            **people}


def app(call, app_id):
    """nullable-integration."""
    if app_id is None:
        return None
    slug = APPS.get(app_id, f"app-{app_id}")
    web = call.bases["web"]
    return {"id": app_id, "slug": slug, "node_id": node_id("A", app_id), "owner": user(call, "github"), "name": slug,
            "description": "", "external_url": web, "html_url": f"{web}/apps/{slug}",
            "created_at": "2018-07-30T09:30:17Z", "updated_at": "2018-07-30T09:30:17Z", "permissions": {},
            "events": []}


def date_of(when):
    """The date that git writes as "1700000000 +0000"."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(when.split()[0])))


STATES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def changed_files(call, old, new):
    """diff-entry of every file that differs between two commits."""
    numbers = {}
    for line in git.run(call.repo, "diff", "--numstat", "--no-renames", old, new).splitlines():
        added, removed, name = line.split("\t", 2)
        numbers[name] = (int(added) if added != "-" else 0, int(removed) if removed != "-" else 0)
    entries = []
    for line in git.run(call.repo, "diff", "--raw", "--no-renames", "--abbrev=40", old, new).splitlines():
        about, name = line.split("\t", 1)
        _, _, before, after, state = about.split(" ")
        added, removed = numbers.get(name, (0, 0))
        blob = after if after != git.ZERO else before
        page = f"{call.bases['web']}/{call.repo['full_name']}"
        entries.append({"sha": blob, "filename": name, "status": STATES.get(state[0], "changed"),
                        "additions": added, "deletions": removed, "changes": added + removed,
                        "blob_url": f"{page}/blob/{new}/{urllib.parse.quote(name)}",
                        "raw_url": f"{page}/raw/{new}/{urllib.parse.quote(name)}",
                        "contents_url": call.of_repo("/contents/") + urllib.parse.quote(name) + "?ref=" + new})
    return entries
