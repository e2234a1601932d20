--- The test forge behaves as GitHub does where GitHub surprises, so that what passes on it means something. What it
--- does of its own accord is here; its faults are in test_forge_faults.lua, its git and its merges in
--- test_forge_merges.lua.

local test = require "testing"
local digest = require "host.digest"
local forge_server = require "forge_server"

local HISTORY = [[
branch main
commit "feat: first" a.txt as first
tag v0.1.0
branch feature
commit "fix: second" b.txt as second
]]

local R = "/repos/acme/widget"

-- Calls body(hub, stage, ask, admin); see forge_server.on.
local function on(body, options) return forge_server.on(HISTORY, body, options) end

local function draft(ask, fields)
  local body = { tag_name = "v1.0.0", draft = true }
  for key, value in pairs(fields or {}) do body[key] = value end
  local answer = ask("POST", R .. "/releases", { body = body })
  test.equal(answer.status, 201, answer.body)
  return answer.json
end

local function upload(ask, release, name, content)
  return ask("POST", (release.upload_url:gsub("{.*$", "")) .. "?name=" .. name,
    { body = content, headers = { ["Content-Type"] = "application/octet-stream" } })
end

test("forge: a request without User-Agent is refused, and so is a path that ends with a slash", function ()
  on(function (_, _, ask)
    test.equal(ask("GET", R, { headers = { ["User-Agent"] = "" } }).status, 403)
    test.equal(ask("GET", R .. "/releases/").status, 404)
    test.equal(ask("GET", R .. "/releases").status, 200)
  end)
end)

test("forge: an unknown API version is a 400; GHES does not know 2026-03-10", function ()
  local function version(ask, word) return ask("GET", R, { headers = { ["X-GitHub-Api-Version"] = word } }) end
  on(function (_, _, ask)
    test.equal(version(ask, "2026-03-10").status, 200)
    test.equal(version(ask, "2026-03-10").headers["x-github-api-version-selected"], "2026-03-10")
    test.equal(version(ask, "2031-01-01").status, 400)
  end)
  on(function (_, _, ask)
    test.equal(version(ask, "2022-11-28").status, 200)
    test.equal(version(ask, "2026-03-10").status, 400)
  end, { flavour = "ghes" })
end)

test("forge: a token nobody has is a 401, and the answer names no token", function ()
  on(function (hub)
    local answer = hub.ask("GET", R, { token = "ghp_nobodyCanary123" })
    test.equal(answer.status, 401)
    test.equal(answer.json.message, "Bad credentials")
    test.equal(answer.json.status, "401")
    for _, entry in ipairs(hub.log()) do test.equal(entry.token, nil) end
  end)
end)

test("forge: a private repository is not there for who may not read it", function ()
  on(function (hub, _, ask)
    hub.admin("POST", "tokens", { token = "ghp_strangerCanary", name = "stranger", login = "stranger" })
    for _, token in ipairs { "ghp_strangerCanary", false } do
      test.equal(hub.ask("GET", R, { token = token or nil }).status, 404)
      test.equal(hub.ask("POST", R .. "/releases", { token = token or nil, body = { tag_name = "x" } }).status, 404)
    end
    test.equal(ask("GET", R, { token = "reader" }).status, 200)
  end, { fields = { private = true } })
end)

test("forge: who may only read gets a 404 for a write; an installation gets a 403 that names what it lacks", function ()
  on(function (_, _, ask)
    test.equal(ask("POST", R .. "/releases", { token = "reader", body = { tag_name = "x" } }).status, 404)
    local refused = ask("POST", R .. "/releases", { token = "ci", body = { tag_name = "x" } })
    test.equal(refused.status, 403)
    test.equal(refused.json.message, "Resource not accessible by integration")
    test.equal(refused.headers["x-accepted-github-permissions"], "contents=write")
  end, { permissions = { statuses = "write" } })
end)

test("forge: a list has 30 to a page, 100 at most, and its Link tells the next page but not the last", function ()
  on(function (hub, stage, ask)
    for i = 1, 101 do
      hub.admin("POST", "statuses", { repo = hub.repository, sha = stage.labels.first, state = "pending",
        context = "c" .. i, user = "writer" })
    end
    local path = R .. "/commits/main/statuses"
    test.equal(#ask("GET", path).json, 30)
    local first = ask("GET", path .. "?per_page=500")
    test.equal(#first.json, 100)
    test.lacks(first.headers.link, "last")
    local rest = ask("GET", first.headers.link:match '<([^>]+)>; rel="next"')
    test.equal(#rest.json, 1)
    test.lacks(rest.headers.link, "next")
    test.equal(ask("GET", R .. "/releases").headers.link, nil)
  end)
end)

test("forge: a read that is told its own ETag is a 304 and costs nothing", function ()
  on(function (_, _, ask)
    local first = ask("GET", R)
    local again = ask("GET", R, { headers = { ["If-None-Match"] = first.headers.etag } })
    test.equal(again.status, 304)
    test.equal(again.body, "")
    test.equal(again.headers["x-ratelimit-remaining"], first.headers["x-ratelimit-remaining"])
  end)
end)

test("forge: the budget of a token runs out with a 403 and a reset time", function ()
  on(function (hub, _, ask)
    hub.admin("POST", "limits", { writer = 2 })
    test.equal(ask("GET", R).headers["x-ratelimit-remaining"], "1")
    ask("GET", R)
    local refused = ask("GET", R)
    test.equal(refused.status, 403)
    test.equal(refused.headers["x-ratelimit-remaining"], "0")
    test.truthy(tonumber(refused.headers["x-ratelimit-reset"]))
    test.equal(ask("GET", "/rate_limit").json.resources.core.remaining, 0)
    test.equal(hub.ask("GET", R, { token = "ci" }).status, 200)
  end)
end)

test("forge: drafts are listed to those who push, and by tag to nobody", function ()
  on(function (_, _, ask)
    local id = draft(ask).id
    test.equal(#ask("GET", R .. "/releases").json, 1)
    test.equal(#ask("GET", R .. "/releases", { token = "reader" }).json, 0)
    test.equal(ask("GET", R .. "/releases/" .. id, { token = "reader" }).status, 404)
    test.equal(ask("GET", R .. "/releases/" .. id).status, 200)
    test.equal(ask("GET", R .. "/releases/tags/v1.0.0").status, 404)
  end)
end)

test("forge: a second draft of a tag is made without a word, a second public release is a 422", function ()
  on(function (_, _, ask)
    test.truthy(draft(ask).id ~= draft(ask).id)
    test.equal(ask("POST", R .. "/releases", { body = { tag_name = "v0.1.0" } }).status, 201)
    local refused = ask("POST", R .. "/releases", { body = { tag_name = "v0.1.0" } })
    test.equal(refused.status, 422)
    test.equal(refused.json.errors[1],
      { resource = "Release", code = "already_exists", field = "tag_name" })
  end)
end)

test("forge: publishing makes the tag where the release points, and leaves an existing tag alone", function ()
  on(function (_, stage, ask)
    local release = draft(ask, { target_commitish = stage.labels.second })
    test.lacks(stage.remote:state(), "v1.0.0")
    test.equal(ask("PATCH", R .. "/releases/" .. release.id, { body = { draft = false } }).status, 200)
    test.equal(stage.remote:run("rev-parse", "v1.0.0"), stage.labels.second)
    test.equal(ask("GET", R .. "/releases/tags/v1.0.0").json.id, release.id)
    local old = ask("POST", R .. "/releases", { body = { tag_name = "v0.1.0", target_commitish = "feature" } })
    test.equal(old.status, 201)
    test.equal(stage.remote:run("rev-parse", "v0.1.0^{commit}"), stage.labels.first)
  end)
end)

test("forge: with immutable releases nothing changes after publishing, and a deleted one burns its tag", function ()
  on(function (_, _, ask)
    test.equal(ask("GET", R .. "/immutable-releases", { token = "admin" }).status, 404)
    test.equal(ask("PUT", R .. "/immutable-releases", { token = "admin" }).status, 204)
    test.equal(ask("GET", R .. "/immutable-releases", { token = "admin" }).json.enabled, true)
    local release = draft(ask)
    test.equal(upload(ask, release, "a.bin", "a").status, 201)
    local public = ask("PATCH", R .. "/releases/" .. release.id, { body = { draft = false } }).json
    test.equal(public.immutable, true)
    local late = upload(ask, release, "b.bin", "b")
    test.equal(late.status, 422)
    test.equal(late.json.message, "Cannot upload assets to an immutable release.")
    test.equal(ask("DELETE", R .. "/releases/assets/" .. public.assets[1].id).status, 422)
    test.equal(ask("PATCH", R .. "/releases/" .. release.id, { body = { body = "more" } }).status, 200)
    test.equal(ask("DELETE", R .. "/releases/" .. release.id).status, 204)
    test.contains(ask("POST", R .. "/releases", { body = { tag_name = "v1.0.0" } }).body,
      "tag_name was used by an immutable release")
  end)
end)

test("forge: make_latest is a string, and a latest release is the one that was made so", function ()
  on(function (_, _, ask)
    test.equal(ask("POST", R .. "/releases", { body = { tag_name = "x", make_latest = true } }).status, 422)
    test.equal(ask("GET", R .. "/releases/latest").status, 404)
    local one = ask("POST", R .. "/releases", { body = { tag_name = "v1" } }).json
    ask("POST", R .. "/releases", { body = { tag_name = "v0.9", make_latest = "false" } })
    test.equal(ask("GET", R .. "/releases/latest").json.id, one.id)
  end)
end)

test("forge: a pull request's text of more than 65,536 characters is a 422", function ()
  on(function (_, _, ask)
    local order = { title = "x", head = "feature", base = "main", body = ("é"):rep(65537) }
    local refused = ask("POST", R .. "/pulls", { body = order })
    test.equal(refused.status, 422)
    test.contains(refused.body, "body is too long (maximum is 65536 characters)")
    order.body = ("é"):rep(65536)
    local number = ask("POST", R .. "/pulls", { body = order }).json.number
    test.equal(ask("PATCH", R .. "/pulls/" .. number, { body = { body = order.body .. "x" } }).status, 422)
  end)
end)

test("forge: notes of more than 125,000 characters are a 422", function ()
  on(function (_, _, ask)
    draft(ask, { body = ("x"):rep(125000) })
    local order = { tag_name = "v2", draft = true, body = ("x"):rep(125001) }
    local refused = ask("POST", R .. "/releases", { body = order })
    test.equal(refused.status, 422)
    test.contains(refused.body, "body is too long")
  end)
end)

test("forge: deleting a release leaves its tag", function ()
  on(function (_, stage, ask)
    local id = ask("POST", R .. "/releases", { body = { tag_name = "v3" } }).json.id
    test.equal(ask("DELETE", R .. "/releases/" .. id).status, 204)
    test.contains(stage.remote:state(), "refs/tags/v3")
    test.equal(ask("GET", R .. "/releases/" .. id).status, 404)
  end)
end)

test("forge: an asset keeps its bytes, tells their digest, and is refused under a name that is taken", function ()
  on(function (_, _, ask)
    local release = draft(ask)
    local content = ("\0\1\2\255"):rep(50000)
    local asset = upload(ask, release, "data.bin", content)
    test.equal(asset.status, 201)
    test.equal(asset.json.state, "uploaded")
    test.equal(asset.json.size, #content)
    test.equal(asset.json.digest, "sha256:" .. digest.sha256(content))
    local again = upload(ask, release, "data.bin", content)
    test.equal(again.status, 422)
    test.equal(again.json.errors[1], { resource = "ReleaseAsset", code = "already_exists", field = "name" })
  end)
end)

test("forge: a name with spaces and specials comes back as another one", function ()
  on(function (_, _, ask)
    local release = draft(ask)
    test.equal(upload(ask, release, "a%20b%20(1).txt", "x").json.name, "a.b.1.txt")
    test.equal(upload(ask, release, ".hidden", "x").json.name, "hidden")
    test.equal(upload(ask, release, "plain-1.0_x86.tar.gz", "x").json.name, "plain-1.0_x86.tar.gz")
  end)
end)

test("forge: GHES tells no digest", function ()
  on(function (_, _, ask)
    test.equal(upload(ask, draft(ask), "a.bin", "x").json.digest, nil)
  end, { flavour = "ghes" })
end)

test("forge: an aborted upload leaves an asset in state starter of size 0", function ()
  on(function (hub, stage, ask)
    local release = draft(ask)
    local url = release.upload_url:gsub("{.*$", "") .. "?name=half.bin"
    stage.place:run({ "timeout", "1", "curl", "-s", "-T", "-", "--limit-rate", "1000", "-X", "POST", url,
      "-H", "Content-Type: application/octet-stream", "-H", "Content-Length: 100000", "-H", "Transfer-Encoding:",
      "-H", "Authorization: Bearer " .. hub.tokens.writer }, { input = ("x"):rep(50000) })
    local asset = ask("GET", R .. "/releases/" .. release.id .. "/assets").json[1]
    test.equal({ asset.name, asset.state, asset.size }, { "half.bin", "starter", 0 })
    test.equal(ask("GET", asset.url, { headers = { Accept = "application/octet-stream" } }).status, 404)
    test.equal(ask("DELETE", R .. "/releases/assets/" .. asset.id).status, 204)
    test.equal(upload(ask, release, "half.bin", "whole").json.state, "uploaded")
  end)
end)

test("forge: bytes are behind a redirect to another origin, which refuses the forge's token and logs it", function ()
  on(function (hub, _, ask)
    local asset = upload(ask, draft(ask), "data.bin", "some bytes").json
    local redirect = ask("GET", asset.url, { headers = { Accept = "application/octet-stream" } })
    test.equal(redirect.status, 302)
    local place_of = redirect.headers.location
    test.contains(place_of, "http://127.0.0.1:" .. hub.storage_port)
    test.equal(hub.ask("GET", place_of).body, "some bytes")
    test.equal(hub.ask("GET", place_of, { headers = { Range = "bytes=5-" } }).body, "bytes")
    test.equal(hub.ask("GET", place_of, { token = "writer" }).status, 400)
    test.equal(hub.ask("GET", (place_of:gsub(".$", "x"))).status, 403)
    local bearing = 0
    for _, entry in ipairs(hub.log()) do
      if entry.listener == "storage" and entry.authorization then bearing = bearing + 1 end
    end
    test.equal(bearing, 1)
  end)
end)

test("forge: what is public is downloaded by its page's address without a token, a draft is not", function ()
  on(function (hub, _, ask)
    local release = draft(ask)
    local asset = upload(ask, release, "data.bin", "some bytes").json
    test.equal(hub.ask("GET", asset.browser_download_url).status, 404)
    ask("PATCH", R .. "/releases/" .. release.id, { body = { draft = false } })
    asset = ask("GET", R .. "/releases/tags/v1.0.0").json.assets[1]
    test.equal(hub.ask("GET", hub.ask("GET", asset.browser_download_url).headers.location).body, "some bytes")
  end)
end)

test("forge: a status needs a commit, a known state, and a description of 140 characters at most", function ()
  on(function (_, stage, ask)
    local function post(sha, body) return ask("POST", R .. "/statuses/" .. sha, { body = body }).status end
    test.equal(post(stage.labels.second, { state = "pending", context = "release" }), 201)
    test.equal(post(("0"):rep(40), { state = "pending" }), 422)
    test.equal(post(stage.labels.second, { state = "green" }), 422)
    test.equal(post(stage.labels.second, { state = "success", description = ("x"):rep(140) }), 201)
    test.equal(post(stage.labels.second, { state = "success", description = ("x"):rep(141) }), 422)
  end)
end)

test("forge: a context differs by more than case; the newest of each counts; a thousand of one are enough", function ()
  on(function (hub, stage, ask)
    local sha = stage.labels.second
    ask("POST", R .. "/statuses/" .. sha, { body = { state = "pending", context = "release" } })
    test.equal(ask("GET", R .. "/commits/feature/status").json.state, "pending")
    ask("POST", R .. "/statuses/" .. sha, { body = { state = "success", context = "Release" } })
    local combined = ask("GET", R .. "/commits/feature/status").json
    test.equal({ combined.state, combined.total_count, combined.sha }, { "success", 1, sha })
    test.equal(#ask("GET", R .. "/commits/feature/statuses").json, 2)
    test.equal(ask("GET", R .. "/commits/feature/statuses").json[1].context, "Release")
    for _ = 1, 998 do
      hub.admin("POST", "statuses", { repo = hub.repository, sha = sha, state = "error", context = "release" })
    end
    test.contains(ask("POST", R .. "/statuses/" .. sha, { body = { state = "success", context = "release" } }).body,
      "maximum number of statuses")
  end)
end)

test("forge: the combined status knows nothing of check runs", function ()
  on(function (hub, stage, ask)
    hub.admin("POST", "checks",
      { repo = hub.repository, sha = stage.labels.second, name = "ci", conclusion = "success" })
    local combined = ask("GET", R .. "/commits/feature/status").json
    test.equal({ combined.state, combined.total_count }, { "pending", 0 })
    local checks = ask("GET", R .. "/commits/feature/check-runs").json
    test.equal({ checks.total_count, checks.check_runs[1].conclusion }, { 1, "success" })
    test.equal(ask("POST", R .. "/check-runs", { body = { name = "x", head_sha = stage.labels.second } }).status, 403)
  end)
end)

test("forge: of the check runs of one name the latest is listed, all of them on request", function ()
  on(function (hub, stage, ask)
    for _, word in ipairs { "failure", "success" } do
      hub.admin("POST", "checks", { repo = hub.repository, sha = stage.labels.second, name = "ci", conclusion = word })
    end
    local path = R .. "/commits/" .. stage.labels.second .. "/check-runs"
    test.equal(ask("GET", path).json.check_runs[1].conclusion, "success")
    test.equal(ask("GET", path).json.total_count, 1)
    test.equal(ask("GET", path .. "?filter=all").json.total_count, 2)
    test.equal(ask("GET", path .. "?check_name=other").json.total_count, 0)
  end)
end)

test("forge: every run of a workflow has a suite of its own, and each suite's latest check runs are listed", function ()
  on(function (hub, stage, ask)
    local sha, path = stage.labels.second, ".github/workflows/ci.yml"
    hub.admin("POST", "workflows", { repo = hub.repository, path = path, jobs = { "ci" } })
    local suites = {}
    for i, event in ipairs { "push", "pull_request" } do
      local run = hub.admin("POST", "runs", { repo = hub.repository, path = path, event = event, branch = "feature", sha = sha }).id
      hub.admin("POST", "runs", { repo = hub.repository, run = run, conclusion = "success" })
      suites[i] = ask("GET", R .. "/actions/runs/" .. run).json.check_suite_id
    end
    local listed = ask("GET", R .. "/commits/" .. sha .. "/check-runs").json
    test.equal({ listed.total_count, listed.check_runs[1].check_suite.id, listed.check_runs[2].check_suite.id },
      { 2, suites[2], suites[1] })
    test.equal(ask("GET", R .. "/commits/" .. sha .. "/check-suites").json.total_count, 2)
  end)
end)

test("forge: state, assets and log survive a restart at the same address", function ()
  on(function (hub, _, ask)
    local asset = upload(ask, draft(ask), "data.bin", "some bytes").json
    local before, asked = hub.snapshot(), #hub.log()
    hub.restart()
    test.equal(hub.snapshot(), before)
    test.equal(#hub.log(), asked)
    local where = ask("GET", asset.url, { headers = { Accept = "application/octet-stream" } }).headers.location
    test.equal(hub.ask("GET", where).body, "some bytes")
  end)
end)

test("forge: a snapshot has no token, no time and no id, and is the same for the same deeds", function ()
  local texts = {}
  for i = 1, 2 do
    on(function (hub, stage, ask)
      if i == 2 then ask("GET", R .. "/rate_limit") end
      draft(ask)
      ask("POST", R .. "/statuses/" .. stage.labels.second, { body = { state = "pending", context = "release" } })
      texts[i] = hub.snapshot()
      for _, secret in pairs(hub.tokens) do test.lacks(texts[i], secret) end
    end)
  end
  test.equal(texts[1], texts[2])
  test.contains(texts[1], "v1.0.0")
  test.lacks(texts[1], "created_at")
end)
