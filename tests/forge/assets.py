"""Assets of releases: uploads streamed to disk, names as GitHub rewrites them, bytes behind a signed redirect."""

import hashlib
import hmac
import os
import re
import secrets

import releases
import server
import shapes
import store
from api import Answer, Refusal, invalid, not_found, paged, route

AT_MOST = 1000
KEY = secrets.token_bytes(16)


def shape(call, asset, release):
    web = f"{call.bases['web']}/{call.repo['full_name']}/releases/download"
    place = f"untagged-{release['id']:020x}" if release["draft"] else release["tag_name"]
    result = {
        "url": call.of_repo(f"/releases/assets/{asset['id']}"), "id": asset["id"],
        "node_id": shapes.node_id("RA", asset["id"]), "name": asset["name"], "label": asset["label"],
        "uploader": shapes.user(call, asset["uploader"]), "content_type": asset["content_type"],
        "state": asset["state"], "size": asset["size"], "digest": asset["digest"],
        "download_count": asset["download_count"], "created_at": asset["created_at"],
        "updated_at": asset["updated_at"], "browser_download_url": f"{web}/{place}/{asset['name']}",
    }
    if call.forge.flavour == "ghes":
        del result["digest"]
    return result


def renamed(name):
    """The name that GitHub gives to what is uploaded as `name`: other bytes than letters, digits and ._-+@~ become
    dots, runs of dots one, and none stands at either end."""
    name = re.sub(r"[^A-Za-z0-9._+@~-]+", ".", name)
    return re.sub(r"\.{2,}", ".", name).strip(".") or "default"


def forget(keeper, asset):
    path = keeper.asset_path(asset["id"])
    if os.path.exists(path):
        os.unlink(path)


def find(call):
    """(release, asset) that the path names."""
    for record in call.repo["releases"]:
        for asset in record["assets"]:
            if str(asset["id"]) == call["asset_id"] and (not record["draft"] or releases.can_push(call)):
                return record, asset
    raise not_found()


@route("GET", "/repos/{owner}/{repo}/releases/{release_id}/assets", ("contents", "read"))
def list_assets(call):
    record = releases.by_id(call)
    return paged(call, record["assets"], lambda asset: shape(call, asset, record))


def refuse_upload(call, record, name):
    if record["immutable"]:
        raise Refusal(422, "Cannot upload assets to an immutable release.")
    if len(record["assets"]) >= AT_MOST:
        raise invalid("ReleaseAsset", "base", "custom", "This release already has 1000 assets.")
    if any(asset["name"] == name for asset in record["assets"]):
        raise invalid("ReleaseAsset", "name", "already_exists")


@route("POST", "/repos/{owner}/{repo}/releases/{release_id}/assets", ("contents", "write"), raw=True)
def upload(call):
    """Streams the body to disk. What ends early leaves a record in state `starter`, size 0, as on GitHub."""
    if not call.query.get("name"):
        raise Refusal(400, "Bad Content-Length: missing name")
    if not call.headers.get("Content-Type"):
        raise Refusal(400, "Invalid request.\n\nContent-Type is missing.")
    if call.reader.size is None:
        raise Refusal(411, "Length Required")
    name = renamed(call.query["name"])
    with call.store.lock:
        record = releases.by_id(call)
        refuse_upload(call, record, name)
        asset = {"id": call.store.new_id(), "name": name, "label": call.query.get("label") or "", "state": "starter",
                 "content_type": call.headers["Content-Type"], "size": 0, "digest": None, "download_count": 0,
                 "uploader": call.actor, "created_at": store.now(), "updated_at": store.now()}
        record["assets"].append(asset)
        call.store.save()
    digest, size = receive(call, asset)
    if call.fault and call.fault["fault"] == "starter":
        forget(call.store, asset)
        return Answer(call.fault.get("status", 502), b"<html>502</html>", {"Content-Type": "text/html"})
    with call.store.lock:
        asset.update(state="uploaded", size=size, digest="sha256:" + digest, updated_at=store.now())
        call.store.save()
        return Answer(201, shape(call, asset, record), {"Location": call.of_repo(f"/releases/assets/{asset['id']}")})


def receive(call, asset):
    """(sha256, size) of the body, which is on disk then."""
    digest, size = hashlib.sha256(), 0
    with open(call.store.asset_path(asset["id"]), "wb") as target:
        for piece in iter(lambda: call.reader.read(server.PIECE), b""):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return digest.hexdigest(), size


@route("GET", "/repos/{owner}/{repo}/releases/assets/{asset_id}", ("contents", "read"))
def get_asset(call):
    record, asset = find(call)
    if "application/octet-stream" not in call.headers.get("Accept", ""):
        return shape(call, asset, record)
    if asset["state"] != "uploaded":
        raise not_found()
    asset["download_count"] += 1
    return redirect(call, asset)


def redirect(call, asset):
    """302 to the other origin: the address is signed, so it needs (and bears) no Authorization."""
    where = f"{call.bases['storage']}/storage/{asset['id']}?signature={sign(asset['id'])}"
    return Answer(302, None, {"Location": where})


def sign(asset_id):
    return hmac.new(KEY, str(asset_id).encode(), hashlib.sha256).hexdigest()


@route("PATCH", "/repos/{owner}/{repo}/releases/assets/{asset_id}", ("contents", "write"))
def update_asset(call):
    call.typed(name=str, label=str, state=str)
    record, asset = find(call)
    if record["immutable"]:
        raise Refusal(422, "Cannot modify assets of an immutable release.")
    name = renamed(call.body.get("name") or asset["name"])
    if name != asset["name"] and any(other["name"] == name for other in record["assets"]):
        raise invalid("ReleaseAsset", "name", "already_exists")
    asset.update(name=name, updated_at=store.now())
    if call.body.get("label") is not None:
        asset["label"] = call.body["label"]
    return shape(call, asset, record)


@route("DELETE", "/repos/{owner}/{repo}/releases/assets/{asset_id}", ("contents", "write"))
def delete_asset(call):
    record, asset = find(call)
    if record["immutable"]:
        raise Refusal(422, "Cannot delete assets of an immutable release.")
    record["assets"].remove(asset)
    forget(call.store, asset)
    return Answer(204)
