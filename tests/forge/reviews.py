"""Reviews of pull requests: in the order in which they were given, each on the head of its moment."""

import events
import pulls
import shapes
import store
from api import Refusal, not_found, paged, route


def shape(call, pull, review):
    base = call.of_repo(f"/pulls/{pull['number']}")
    page = f"{call.bases['web']}/{call.repo['full_name']}/pull/{pull['number']}#pullrequestreview-{review['id']}"
    return {"id": review["id"], "node_id": shapes.node_id("PRR", review["id"]),
            "user": shapes.user(call, review["user"]), "body": review["body"], "state": review["state"],
            "html_url": page, "pull_request_url": base, "author_association": "MEMBER",
            "_links": {"html": {"href": page}, "pull_request": {"href": base}},
            "submitted_at": review["submitted_at"], "commit_id": review["commit_id"]}


def add(call, pull, login, state, body="", commit_id=None):
    """A review as it stands in the list; who has reviewed is no longer asked to."""
    review = {"id": call.store.new_id(), "user": login, "state": state, "body": body,
              "commit_id": commit_id or pull["head_sha"], "submitted_at": store.now()}
    pull["reviews"].append(review)
    pull["requested_reviewers"] = [one for one in pull["requested_reviewers"] if one != login]
    return review


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", ("pull_requests", "read"))
def list_reviews(call):
    pull = pulls.find(call)
    return paged(call, pull["reviews"], lambda review: shape(call, pull, review))


@route("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", ("pull_requests", "read"))
def create(call):
    call.typed(event=str, body=str, commit_id=str, comments=list)
    if call.token is None:
        raise Refusal(401, "Requires authentication")
    event = call.choice("event", set(pulls.REVIEWS)) or "COMMENT"
    pull = pulls.find(call)
    if event != "COMMENT" and pull["user"] == call.actor:
        word = "approve" if event == "APPROVE" else "request changes on"
        raise Refusal(422, "Unprocessable Entity", [f"Can not {word} your own pull request"])
    review = add(call, pull, call.actor, pulls.REVIEWS[event], call.body.get("body") or "",
                 call.body.get("commit_id"))
    call.after.append(lambda: events.judged(call))
    return shape(call, pull, review)


@route("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals", ("pull_requests", "write"))
def dismiss(call):
    call.want("message")
    pull = pulls.find(call)
    for review in pull["reviews"]:
        if str(review["id"]) == call["review_id"]:
            if review["state"] not in ("APPROVED", "CHANGES_REQUESTED"):
                raise Refusal(422, "Validation Failed", ["Can not dismiss a commented pull request review"])
            review["state"] = "DISMISSED"
            return shape(call, pull, review)
    raise not_found()
