"""What people and plain downloads see: files of published releases, the bytes behind signed addresses, and addresses
that a test made reachable. No API here, so no User-Agent, no version, no budget."""

import re

import access
import assets
import releases
from api import Answer, Refusal, not_found

DOWNLOAD = re.compile(r"^/([^/]+)/([^/]+)/releases/(?:download/([^/]+(?:/[^/]+)*)|latest/download)/([^/]+)$")
RELEASE = re.compile(r"^/([^/]+)/([^/]+)/releases/tag/(.+)$")


def storage(call):
    """Bytes for whoever has the signature. A request that still bears the forge's token is refused, as the real
    storage refuses two kinds of authentication at once."""
    if "Authorization" in call.headers:
        return Answer(400, b"<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message>"
                           b"</Error>", {"Content-Type": "application/xml"})
    asset_id = call.path.rsplit("/", 1)[-1]
    if not asset_id.isdigit() or call.query.get("signature") != assets.sign(asset_id):
        return Answer(403, b"<Error><Code>AccessDenied</Code></Error>", {"Content-Type": "application/xml"})
    return whole_or_part(call, call.store.asset_path(asset_id))


def whole_or_part(call, path):
    try:
        source = open(path, "rb")
    except FileNotFoundError:
        raise not_found() from None
    size = source.seek(0, 2)
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", call.headers.get("Range", ""))
    headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
    if not wanted:
        source.seek(0)
        return Answer(200, None, headers, stream=source, size=size)
    first, last = int(wanted[1]), min(int(wanted[2] or size - 1), size - 1)
    if first > last:
        source.close()
        return Answer(416, b"", {"Content-Range": f"bytes */{size}"})
    source.seek(first)
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Answer(206, None, headers, stream=source, size=last - first + 1)


def serve(call):
    """The page of a path, or None when the API is meant."""
    if call.method not in ("GET", "HEAD"):
        return None
    with call.store.lock:
        reachable = call.store.state["reachable"].get(call.path)
        if reachable is not None:
            return Answer(reachable["status"], (reachable.get("body") or "").encode(), reachable.get("headers"))
        match = DOWNLOAD.match(call.path) or RELEASE.match(call.path)
        if not match or call.path.startswith("/repos/"):
            return None
        call.repo = call.store.repository(match[1], match[2])
        try:
            access.identify(call)
        except Refusal as refusal:
            return refusal.answer()
        if call.repo is None or not access.can_read(call, call.repo):
            raise not_found()
        return download(call, match) if match.re is DOWNLOAD else page(call, match[3])


def download(call, match):
    release = releases.published(call.repo, match[3]) if match[3] else releases.latest_of(call.repo)
    for asset in release["assets"] if release else []:
        if asset["name"] == match[4] and asset["state"] == "uploaded":
            return assets.redirect(call, asset)
    raise not_found()


def page(call, tag):
    if releases.published(call.repo, tag) is None:
        raise not_found()
    return Answer(200, b"<html></html>", {"Content-Type": "text/html; charset=utf-8"})
