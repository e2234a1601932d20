"""Who may do what: tokens, the roles of users in a repository, and the permissions of installations."""

import base64
import binascii

from api import Refusal, not_found

LEVELS = ["none", "read", "triage", "write", "maintain", "admin"]


def secret_of(header):
    """The token in an Authorization header (Bearer, token, or Basic with the token as password), None when absent."""
    scheme, _, rest = (header or "").partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(rest, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return password or user
    return None if not header else ""


def identify(call):
    """Fills in the call's token and actor. Raises 401 for a token nobody has."""
    secret = secret_of(call.headers.get("Authorization"))
    if secret is None:
        return
    token = call.store.state["tokens"].get(secret)
    if token is None or token.get("revoked"):
        raise Refusal(401, "Bad credentials")
    call.token, call.token_name, call.actor = token, token["name"], token["login"]


def role(call, repo, login):
    """The role of a user in a repository: the owner is admin, an unknown person reads what is public."""
    if login == repo["owner"]:
        return "admin"
    org = call.store.state["orgs"].get(repo["owner"], {})
    if org.get("members", {}).get(login) == "admin":
        return "admin"
    best = repo["collaborators"].get(login, "none" if repo["private"] else "read")
    for team in org.get("teams", {}).values():
        granted = team.get("repositories", {}).get(repo["full_name"])
        if granted and team["members"].get(login, {}).get("state") == "active":
            best = max(best, granted, key=LEVELS.index)
    return best


def in_team(call, org, slug, login):
    """Whether a user is an active member of a team."""
    team = call.store.state["orgs"].get(org, {}).get("teams", {}).get(slug, {"members": {}})
    return team["members"].get(login, {}).get("state") == "active"


def is_installation(call):
    return bool(call.token) and call.token["kind"] == "installation"


def level(call, repo, permission):
    """The level that the caller has for a permission (contents, pull_requests, administration ...)."""
    public = "none" if repo["private"] else "read"
    if call.token is None:
        return public
    if not is_installation(call):
        granted = role(call, repo, call.actor)
        ceiling = call.token.get("ceiling")
        return min(granted, ceiling, key=LEVELS.index) if ceiling else granted
    if call.token["repository"].lower() != repo["full_name"].lower():
        return public
    permissions = call.token["permissions"]
    if permission == "metadata":
        return "read"
    return max(public if permission != "administration" else "none", permissions.get(permission, "none"),
               key=LEVELS.index)


def can(call, repo, permission, wanted):
    if permission == "administration" and not is_installation(call):
        wanted = "admin"
    return LEVELS.index(level(call, repo, permission)) >= LEVELS.index(wanted)


def can_read(call, repo):
    return can(call, repo, "metadata", "read")


def require(call, repo, permission, wanted):
    """Refuses as GitHub does: 404 where the caller may not even see the repository, 401 for the anonymous, 403 with
    the missing permission for an installation, and for a person 403 (changes of the administration) or 404."""
    if not can_read(call, repo):
        raise not_found()
    if can(call, repo, permission, wanted):
        return
    if call.token is None:
        raise Refusal(401, "Requires authentication")
    if is_installation(call):
        raise Refusal(403, "Resource not accessible by integration",
                      headers={"X-Accepted-GitHub-Permissions": f"{permission}={wanted}"})
    if permission == "administration" and wanted == "write":
        raise Refusal(403, "Must have admin rights to Repository.")
    raise not_found()


def require_person(call):
    """Some doors are closed to every app (approving deployments)."""
    if call.token is None:
        raise Refusal(401, "Requires authentication")
    if is_installation(call):
        raise Refusal(403, "Resource not accessible by integration")


def loud(call):
    """False for a GITHUB_TOKEN: what it does starts no workflow, but for dispatches."""
    return not (call.token and call.token.get("quiet"))
