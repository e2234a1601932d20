"""What is told of the forge, its people and its repositories: versions, limits, users, permissions, teams."""

import access
import dispatch
import shapes
from api import Answer, Refusal, not_found, paged, route


@route("GET", "/versions", ("anyone", "read"))
def versions(call):
    return dispatch.VERSIONS[call.forge.flavour]


@route("GET", "/meta", ("anyone", "read"))
def meta(call):
    about = {"verifiable_password_authentication": True}
    return {**about, "installed_version": "3.19.0"} if call.forge.flavour == "ghes" else about


@route("GET", "/rate_limit", ("anyone", "read"))
def rate_limit(call):
    budget = call.forge.budget
    def about(resource):
        limit, left = budget.limit(call), budget.left(call, resource)
        return {"limit": limit, "remaining": left, "used": limit - left, "reset": budget.reset_at}
    body = {"resources": {name: about(name) for name in ("core", "graphql", "search")}}
    return body if call.version >= "2026-03-10" else {**body, "rate": about("core")}


@route("GET", "/user", ("person", "read"))
def me(call):
    if access.is_installation(call):
        raise Refusal(403, "Resource not accessible by integration")
    record = call.store.user(call.actor)
    return {**shapes.user(call, call.actor), "name": None, "company": None, "blog": None, "location": None,
            "email": record.get("email"), "hireable": None, "bio": None, "public_repos": 0, "public_gists": 0,
            "followers": 0, "following": 0, "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2020-01-01T00:00:00Z", "private_gists": 0, "total_private_repos": 0,
            "owned_private_repos": 0, "disk_usage": 0, "collaborators": 0, "two_factor_authentication": True}


@route("GET", "/installation/repositories", ("person", "read"))
def of_installation(call):
    """How a token finds out that it is an app's: people are refused."""
    if not access.is_installation(call):
        raise Refusal(403, "You must authenticate with an installation access token in order to list repositories"
                           " for an installation.")
    mine = [repo for repo in call.store.state["repositories"].values()
            if repo["full_name"].lower() == call.token["repository"].lower()]
    return paged(call, mine, lambda repo: shapes.repository(call, repo), "repositories")


@route("GET", "/apps/{app_slug}")
def get_app(call):
    """Which app a bot's login is of; everybody may ask."""
    known = {*shapes.APPS, *(token["app_id"] for token in call.store.state["tokens"].values()
                             if token["kind"] == "installation")}
    for number in sorted(known):
        if shapes.app(call, number)["slug"] == call["app_slug"]:
            return shapes.app(call, number)
    raise not_found()


@route("GET", "/repos/{owner}/{repo}")
def get_repository(call):
    return shapes.full_repository(call)


@route("PATCH", "/repos/{owner}/{repo}", ("administration", "write"))
def update_repository(call):
    settings = call.repo["settings"]
    call.typed(**{key: bool for key in settings}, default_branch=str, private=bool)
    settings.update({key: call.body[key] for key in settings if call.body.get(key) is not None})
    for key in ("default_branch", "private"):
        if call.body.get(key) is not None:
            call.repo[key] = call.body[key]
    return shapes.full_repository(call)


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission")
def permission(call):
    """Needs push access to look, as on GitHub; the old word knows neither triage nor maintain."""
    if not access.can(call, call.repo, "metadata", "write") and not access.is_installation(call):
        raise Refusal(403, "Must have push access to view collaborator permission.")
    login = call["username"]
    if login not in call.store.state["users"] and login != call.repo["owner"]:
        raise not_found()
    granted = access.role(call, call.repo, login)
    old = {"triage": "read", "maintain": "write"}.get(granted, granted)
    return {"permission": old, "role_name": granted, "user": {**shapes.user(call, login), "role_name": granted}}


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}")
def is_collaborator(call):
    if call["username"] not in call.repo["collaborators"] and call["username"] != call.repo["owner"]:
        raise not_found()
    return Answer(204)


def team_of(call):
    """The record of a team; members:read is no permission that a GITHUB_TOKEN can have."""
    if access.is_installation(call) and call.token["permissions"].get("members") is None:
        raise Refusal(403, "Resource not accessible by integration",
                      headers={"X-Accepted-GitHub-Permissions": "members=read"})
    org = call.store.state["orgs"].get(call["org"])
    if org is None or call["team_slug"] not in org["teams"]:
        raise not_found()
    return org, org["teams"][call["team_slug"]]


@route("GET", "/orgs/{org}/teams/{team_slug}/memberships/{username}", ("person", "read"))
def membership(call):
    """404 says: no member. Owners of the organization are always told as maintainers."""
    org, team = team_of(call)
    login = call["username"]
    member = team["members"].get(login)
    if member is None:
        raise not_found()
    owns = org.get("members", {}).get(login) == "admin"
    return {"url": call.url("/orgs/{}/teams/{}/memberships/{}", call["org"], call["team_slug"], login),
            "role": "maintainer" if owns else member.get("role", "member"), "state": member.get("state", "active")}


@route("GET", "/orgs/{org}/teams/{team_slug}/members", ("person", "read"))
def members(call):
    _, team = team_of(call)
    active = sorted(login for login, member in team["members"].items() if member.get("state", "active") == "active")
    return paged(call, active, lambda login: shapes.user(call, login))
