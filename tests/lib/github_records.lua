--- Records as GitHub's API answers them, as far as relrun reads them and with some of what it does not read. Each
-- function takes what differs.

local json = require "host.json"

local records = {}

local function with(record, changes)
  for key, value in pairs(changes or {}) do record[key] = value end
  return record
end

records.list = json.array

local function repo(name) return { full_name = name, id = 1, private = false } end

function records.repository(changes)
  return with({
    id = 1, node_id = "R_1", name = "app", full_name = "demo/app", html_url = "https://github.com/demo/app", private = false,
    default_branch = "main", allow_merge_commit = true, allow_squash_merge = false, allow_rebase_merge = true,
    allow_auto_merge = true, permissions = { admin = false, maintain = false, push = true, triage = true, pull = true },
    description = json.null,
  }, changes)
end

function records.pull(changes)
  return with({
    id = 70, node_id = "PR_7", number = 7, title = "Release 1.2.3", body = json.null, state = "open", draft = false,
    merged_at = json.null, mergeable = true, mergeable_state = "clean", html_url = "https://github.com/demo/app/pull/7",
    user = { login = "ada" }, labels = json.array { { name = "release" }, { name = "autorelease" } },
    head = { ref = "release-1.2.3", sha = ("a"):rep(40), repo = repo "demo/app" },
    base = { ref = "main", sha = ("b"):rep(40), repo = repo "demo/app" },
  }, changes)
end

function records.review(changes)
  return with({ id = 1, user = { login = "ada" }, state = "APPROVED", commit_id = ("a"):rep(40),
    submitted_at = "2026-01-02T03:04:05Z" }, changes)
end

function records.check(changes)
  return with({ id = 1, name = "test", status = "completed", conclusion = "success", started_at = "2026-01-02T03:04:05Z",
    html_url = "https://github.com/demo/app/runs/1", details_url = json.null, app = { id = 15368, slug = "github-actions" },
    output = { title = json.null, summary = json.null }, head_sha = ("a"):rep(40) }, changes)
end

function records.status(changes)
  return with({ id = 1, context = "release", state = "pending", description = json.null, target_url = json.null,
    created_at = "2026-01-02T03:04:05Z", updated_at = "2026-01-02T03:04:05Z" }, changes)
end

function records.issue(changes)
  return with({ number = 3, title = "Broken", labels = json.array { { name = "blocker" } }, state = "open",
    html_url = "https://github.com/demo/app/issues/3", user = { login = "bob" } }, changes)
end

function records.asset(changes)
  return with({ id = 11, name = "app.tar.gz", label = json.null, size = 3, state = "uploaded", content_type = "application/gzip",
    digest = "sha256:" .. ("0a"):rep(32), url = "https://api.github.com/repos/demo/app/releases/assets/11",
    browser_download_url = "https://github.com/demo/app/releases/download/v1/app.tar.gz" }, changes)
end

function records.release(changes)
  return with({ id = 5, node_id = "RE_5", tag_name = "v1.2.3", target_commitish = ("a"):rep(40), name = json.null,
    body = json.null, draft = true, prerelease = false, immutable = false, assets = json.array {},
    upload_url = "https://uploads.github.com/repos/demo/app/releases/5/assets{?name,label}",
    html_url = "https://github.com/demo/app/releases/tag/untagged-1", created_at = "2026-01-02T03:04:05Z",
    published_at = json.null }, changes)
end

function records.run(changes)
  return with({ id = 900, name = "Release", head_branch = "main", head_sha = ("a"):rep(40),
    path = ".github/workflows/release.yml", display_title = "Release 1.2.3", run_number = 4, run_attempt = 2, event = "push",
    status = "completed", conclusion = "success", html_url = "https://github.com/demo/app/actions/runs/900",
    pull_requests = json.array {} }, changes)
end

return records
