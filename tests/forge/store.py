"""The state of one forge: a JSON document in one file, written whole after every change, and the bytes of assets
beside it. All that reads or writes the document holds `lock`.

The document is plain data, so that a snapshot is a copy of it and a restart finds everything again."""

import json
import os
import threading
import time

EMPTY = {"format": 1, "last_id": 1000, "users": {}, "tokens": {}, "orgs": {}, "repositories": {}, "reachable": {}}

REPOSITORY = {
    "private": False, "default_branch": "main", "description": None, "parent": None, "owner_type": "Organization",
    "collaborators": {}, "settings": {}, "last_number": 0,
    "releases": [], "burnt_tags": [], "statuses": [], "check_runs": [], "pulls": [], "issues": [], "labels": [],
    "protection": {}, "rulesets": [], "workflows": [], "runs": [], "environments": [], "deployments": [],
    "refs_seen": {}, "former_names": [],
}

SETTINGS = {
    "allow_merge_commit": True, "allow_squash_merge": True, "allow_rebase_merge": True, "allow_auto_merge": False,
    "delete_branch_on_merge": False, "immutable_releases": False,
}

# What differs from run to run and says nothing about what was done: who counted, and what was merely asked about.
PASSING = {"id", "node_id", "last_id", "download_count", "mergeable", "run_number"}


class Store:
    """State below a directory: state.json, assets/ID, git/OWNER/NAME.git."""

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self.lock = threading.RLock()
        self.path = os.path.join(self.directory, "state.json")
        os.makedirs(os.path.join(self.directory, "assets"), exist_ok=True)
        self.state = json.loads(json.dumps(EMPTY))
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as source:
                self.state = json.load(source)

    def save(self):
        """Replaces the file in one step: a forge that is killed comes back with the state before or after."""
        with open(self.path + ".new", "w", encoding="utf-8") as target:
            json.dump(self.state, target)
        os.replace(self.path + ".new", self.path)

    def reset(self):
        """Forgets everything but repositories' git directories, which tests may share."""
        self.state = json.loads(json.dumps(EMPTY))
        self.save()

    def new_id(self):
        """Ids ascend over all nouns, so that no two things of a forge share one."""
        self.state["last_id"] += 1
        return self.state["last_id"]

    def asset_path(self, asset_id):
        return os.path.join(self.directory, "assets", str(asset_id))

    def repository(self, owner, name):
        """The record of OWNER/NAME, whatever the case of its letters; None when there is none."""
        wanted = f"{owner}/{name}".lower()
        for full_name, record in self.state["repositories"].items():
            if full_name.lower() == wanted:
                return record
        return None

    def add_repository(self, owner, name, fields):
        """A record with every field; `settings` are filled up with the defaults."""
        record = json.loads(json.dumps(REPOSITORY))
        record.update(fields)
        record.update(id=self.new_id(), owner=owner, name=name, full_name=f"{owner}/{name}", created_at=now())
        record["settings"] = {**SETTINGS, **record["settings"]}
        self.state["repositories"][record["full_name"]] = record
        return record

    def user(self, login):
        """The record of a user, made when the login is new: {login, id, type, email}."""
        users = self.state["users"]
        if login not in users:
            fixed = {"github-actions[bot]": 41898282}
            kind = "Bot" if login.endswith("[bot]") else "User"
            users[login] = {"login": login, "id": fixed.get(login) or self.new_id(), "type": kind}
        return users[login]

    def snapshot(self, with_ids=False):
        """The state without times and secrets, and (unless asked for) without ids; lists of records stay in the order
        of their creation unless a name orders them better."""
        state = {key: value for key, value in self.state.items() if key not in ("tokens", "format")}
        return _still(state, with_ids)


def _still(value, with_ids):
    if isinstance(value, dict):
        return {key: _still(part, with_ids) for key, part in sorted(value.items())
                if not key.endswith("_at") and key not in ("refs_seen", "git_dir")
                and not (key == "merge_commit_sha" and not value.get("merged"))
                and (with_ids or key == "commit_id" or (key not in PASSING and not key.endswith("_id")))}
    if isinstance(value, list):
        parts = [_still(part, with_ids) for part in value]
        if parts and all(isinstance(part, dict) for part in parts):
            parts.sort(key=lambda part: str(part.get("tag_name") or part.get("name") or part.get("context") or ""))
        return parts
    return value


def now():
    """The present moment as GitHub writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
