--- The GitHub backend's writes over a scripted server: what is sent, and what a refusal means.
local test = require "testing"
local json = require "host.json"
local records = require "github_records"
local scripted = require "scripted_github"

local list, open, refused = records.list, scripted.open, scripted.refused
local R = "/repos/demo/app"
local HEAD, BASE = ("a"):rep(40), ("b"):rep(40)

-- ---- merging ----

local function merge(answers, pull, options)
  local script = open():on("PUT", R .. "/pulls/7/merge", table.unpack(answers)):on("GET", R .. "/pulls/7", { body = records.pull(pull) })
  local value, trouble = script.forge:merge_pull(7, options or { oid = HEAD })
  return script, value, trouble
end

test("S0.8 a merge names the head that it is of, and answers the merge commit", function ()
  local script, done = merge({ { body = { sha = BASE, merged = true, message = "merged" } } }, nil, { oid = HEAD, title = "t" })
  test.equal(done, { oid = BASE })
  test.equal(json.decode(script.requests[1].body), { sha = HEAD, merge_method = "merge", commit_title = "t" })
  test.raises(function () script.forge:merge_pull(7, {}) end, "oid")
  test.raises(function () script.forge:merge_pull(7, { oid = HEAD, method = "octopus" }) end, "no such method")
end)

test("S0.16 what the rules forbid is denied in GitHub's words", function ()
  local _, done, trouble = merge { { status = 405, body = { message = 'Required status check "release" is expected.' } } }
  refused("denied", { "pull request #7 cannot be merged: Required status check \"release\" is expected." }, done, trouble)
  _, done, trouble = merge({ { status = 405, body = { message = "Pull Request is not mergeable" } } }, { mergeable = false })
  refused("denied", { "resolve its conflicts" }, done, trouble)
end)

test("a head that moved is stale, told by GitHub or found by us", function ()
  local _, done, trouble = merge { { status = 409, body = { message = "Head branch was modified. Review and try the merge again." } } }
  refused("stale", { "the head of pull request #7 is no longer aaaaaaaaaaaa" }, done, trouble)
  _, done, trouble = merge({ { status = 405, body = { message = "not mergeable" } } },
    { head = { ref = "r", sha = BASE, repo = { full_name = "demo/app" } } })
  refused("stale", { "is no longer aaaaaaaaaaaa but bbbbbbbbbbbb" }, done, trouble)
  _, done, trouble = merge({ { status = 405, body = { message = "not mergeable" } } }, { state = "closed" })
  refused("denied", { "is closed" }, done, trouble)
  _, done, trouble = merge({ { status = 405, body = { message = "not mergeable" } } }, { state = "closed", merged_at = "2026-01-01T00:00:00Z" })
  refused("stale", { "was merged by somebody meanwhile" }, done, trouble)
end)

test("a base branch that moved while GitHub merged is tried again, a few times", function ()
  local busy = { status = 405, body = { message = "Base branch was modified. Review and try the merge again." } }
  local script, done = merge { busy, busy, { body = { sha = BASE, merged = true } } }
  test.equal(done, { oid = BASE })
  test.equal(#script.log, 5)
  local trouble
  script, done, trouble = merge { busy }
  refused("denied", { "Base branch was modified" }, done, trouble)
  test.equal(#script.log, 8)
end)

test("S0.8 a merge that GitHub is at already is waited for, at the same head alone", function ()
  local busy = { status = 405, body = { message = "Merge already in progress" } }
  local script, done = merge { busy, busy, { body = { sha = BASE, merged = true } } }
  test.equal(done, { oid = BASE })
  for _, request in ipairs(script.requests) do
    if request.method == "PUT" then test.equal(json.decode(request.body).sha, HEAD) end
  end
  local trouble
  script, done, trouble = merge { busy }
  refused("denied", { "Merge already in progress" }, done, trouble)
  test.equal(#script.log, 8)
  script, done, trouble = merge({ busy }, { head = { ref = "r", sha = BASE, repo = { full_name = "demo/app" } } })
  refused("stale", { "is no longer aaaaaaaaaaaa but bbbbbbbbbbbb" }, done, trouble)
  test.equal(#script.log, 2)
end)

-- ---- pull requests, written ----

test("a pull request is opened, and one that is there already is somebody else's", function ()
  local script = open():on("POST", R .. "/pulls", { status = 201, body = records.pull { mergeable = json.null } }, { status = 422,
    body = { message = "Validation Failed", errors = list { { resource = "PullRequest", code = "custom",
      message = "A pull request already exists for demo:release-1.2.3." } } } },
    { status = 422, body = { message = "Validation Failed", errors = list { { message = "No commits between main and main" } } } })
  local order = { title = "t", head = "release-1.2.3", base = "main", body = "b", draft = true }
  test.equal(assert(script.forge:create_pull(order)).number, 7)
  test.equal(json.decode(script.requests[1].body), order)
  refused("denied", { "from release-1.2.3 into main is there already" }, script.forge:create_pull(order))
  refused("denied", { "No commits between main and main" }, script.forge:create_pull(order))
end)

test("labels and comments are added to a pull request as to an issue", function ()
  local script = open():on("POST", R .. "/issues/7/labels", { body = list {} })
  assert(script.forge:add_labels(7, {}))
  assert(script.forge:add_labels(7, { "a", "b" }))
  test.equal({ script.requests[1].body, script.requests[2].body }, { '{"labels":[]}', '{"labels":["a","b"]}' })
end)

-- ---- releases ----

local function releases_script(permissions, env)
  return open { env = env }:on("GET", R, { body = records.repository { permissions = permissions } })
    :on("GET", R .. "/immutable-releases", { status = 404, body = { message = "Not Found" } })
    :on("GET", "/installation/repositories", { status = 403, body = { message = "no installation" } })
    :on("GET", R .. "/releases", { body = list { records.release() } })
end

test("releases are told with their drafts, or not at all", function ()
  test.equal(#assert(releases_script({ push = true }).forge:releases()), 1)
  refused("error", { "the drafts of demo/app cannot be seen with the token in GITHUB_TOKEN", "contents: write" },
    releases_script({ pull = true }).forge:releases())
  refused("error", { "cannot be seen without a token", "set GITHUB_TOKEN" }, releases_script(json.null, {}).forge:releases())
end)

test("a release is read with its assets by name", function ()
  local script = releases_script { push = true }
  script:on("GET", R .. "/releases", { body = list { records.release { assets = list { records.asset { name = "b" },
    records.asset { id = 12, name = "a", state = "starter", size = 0, digest = json.null } } } } })
  local release = assert(script.forge:releases())[1]
  test.equal(release.assets[1], { id = 12, name = "a", label = "", size = 0, state = "starter", digest = false,
    content_type = "application/gzip", url = "https://github.com/demo/app/releases/download/v1/app.tar.gz" })
  test.equal({ release.assets[2].digest, release.name, release.tag, release.draft }, { "sha256:" .. ("0a"):rep(32), "", "v1.2.3", true })
end)

test("a release is made of a whole commit id, and says in words whether it is the latest", function ()
  local script = open():on("POST", R .. "/releases", { status = 201, body = records.release() })
  for _, row in ipairs { { true, "true" }, { false, "false" }, { nil, "legacy" } } do
    assert(script.forge:create_release { tag = "v1.2.3", target = HEAD, name = "n", body = "b", draft = true, latest = row[1] })
    test.equal(json.decode(script.requests[#script.requests].body), { tag_name = "v1.2.3", target_commitish = HEAD, name = "n",
      body = "b", draft = true, prerelease = false, make_latest = row[2] })
  end
  test.raises(function () script.forge:create_release { tag = "v1", target = "main" } end, "named in full")
end)

test("an update sends what is given, and publishing says whether it is the latest", function ()
  local script = open():on("PATCH", R .. "/releases/5", { body = records.release() })
  assert(script.forge:update_release(5, { body = "new" }))
  assert(script.forge:update_release(5, { draft = false, latest = false }))
  assert(script.forge:update_release(5, { draft = false }))
  test.equal(script.requests[1].body, '{"body":"new"}')
  test.equal(script.requests[2].body, '{"draft":false,"make_latest":"false"}')
  test.equal(script.requests[3].body, '{"draft":false,"make_latest":"legacy"}')
end)

test("refusals of releases come with what to do", function ()
  for words, todo in pairs {
    ["tag_name was used by an immutable release"] = "take another version",
    ["Cannot upload assets to an immutable release."] = "make a new one",
    ["pre_receive Cannot create ref due to creations being restricted"] = "push the tag first",
    ["body is too long (maximum is 125000 characters)"] = "shorten the notes",
  } do
    local script = open():on("PATCH", R .. "/releases/5", { status = 422, body = { message = "Validation Failed",
      errors = list { { resource = "Release", code = "custom", message = words } } } })
    refused("denied", { words, todo }, script.forge:update_release(5, { draft = false }))
  end
  local script = open():on("POST", R .. "/releases", { status = 404, body = { message = "Not Found" } })
    :on("GET", R, { body = records.repository() })
  script.forge.rest:sees_repository()
  refused("error", { "workflows: write" }, script.forge:create_release { tag = "v1" })
end)

test("only drafts are deleted", function ()
  local script = open():on("GET", R .. "/releases/5", { body = records.release { draft = false } })
  refused("denied", { "release 5 of v1.2.3 is published, and relrun deletes drafts only" }, script.forge:delete_release(5))
  test.equal(#script.log, 1)
  script = open():on("GET", R .. "/releases/5", { body = records.release() }):on("DELETE", R .. "/releases/5", { status = 204 })
  test.equal(script.forge:delete_release(5), true)
  script = open():on("GET", R .. "/releases/5", { status = 404, body = {} }):on("GET", R, { body = records.repository() })
  refused("error", { "release 5 of demo/app is not there" }, script.forge:delete_release(5))
  script = open():on("DELETE", R .. "/releases/assets/11", { status = 404, body = {} }):on("GET", R, { body = records.repository() })
  test.equal(script.forge:delete_asset(11), true)
end)

-- ---- assets ----

local function upload(release, answer, changes, options)
  local script = open(options):on("GET", R .. "/releases/5", { body = records.release(release) })
    :on("POST", R .. "/releases/5/assets", answer)
  local asset = { name = "my app+1.tar.gz", path = "/tmp/there/a", size = 3, sha256 = ("0A"):rep(32), content_type = "application/gzip" }
  for key, value in pairs(changes or {}) do asset[key] = value end
  return script, script.forge:upload_asset(5, asset)
end

test("an asset is streamed to where its release says, with its name and label escaped", function ()
  local script, asset = upload(nil, { status = 201, body = records.asset(), upload_sha256 = ("0a"):rep(32) }, { label = "a & b" })
  test.equal(asset.name, "app.tar.gz")
  local request = script.requests[2]
  test.equal(request.url, "https://uploads.github.com/repos/demo/app/releases/5/assets?label=a%20%26%20b&name=my%20app%2B1.tar.gz")
  test.equal({ request.upload, request.body, request.headers["Content-Type"] }, { { path = "/tmp/there/a", size = 3 }, nil, "application/gzip" })
end)

test("P18 an asset goes to no server but GitHub's own, whatever a release says", function ()
  for _, url in ipairs { "https://evil.example/upload{?name}", "http://uploads.github.com/x{?name}", "https://uploads.github.com:444/x",
    "https://uploads.github.com@evil.example/x", "nonsense" } do
    local script, asset, trouble = upload({ upload_url = url }, { status = 201, body = records.asset() })
    refused("error", { "no server of GitHub's" }, asset, trouble)
    test.equal(#script.log, 1)
  end
end)

test("an upload that was refused, or of a file that changed, says so", function ()
  local _, asset, trouble = upload(nil, { status = 422, body = { message = "Validation Failed",
    errors = list { { resource = "ReleaseAsset", code = "already_exists", field = "name" } } } })
  refused("denied", { "ReleaseAsset.name already exists", "look at the asset of this name" }, asset, trouble)
  _, asset, trouble = upload(nil, { status = 201, body = records.asset(), upload_sha256 = ("0b"):rep(32) })
  refused("unknown", { "/tmp/there/a changed while it was sent" }, asset, trouble)
  _, asset, trouble = upload(nil, { status = 201, body = records.asset() }, { content_type = "text/plain\r\nX: y" })
  refused("error", { "is no content type" }, asset, trouble)
  for path, words in pairs { ["/tmp/there/b"] = "asset my app+1.tar.gz: /tmp/there/b has 3 bytes, not 4",
    ["/tmp/gone"] = "asset my app+1.tar.gz: /tmp/gone: No such file or directory" } do
    local script
    script, asset, trouble = upload(nil, { status = 201 }, { path = path, size = 4 })
    refused("error", { words }, asset, trouble)
    test.equal(#script.log, 0)
  end
  _, asset, trouble = upload(nil, { status = 502 })
  refused("unknown", { "502" }, asset, trouble)
end)

test("a download goes into a new file, is never larger than it should be, and is no JSON", function ()
  local script = open():on("GET", R .. "/releases/assets/11", { size = 3, sha256 = "00", url = "https://objects.example/x" })
  test.equal(script.forge:download_asset(11, { path = "/tmp/new", size = 3 }), { sha256 = "00", size = 3 })
  local request = script.requests[1]
  test.equal({ request.sink, request.max, request.headers.Accept }, { "/tmp/new", 3, "application/octet-stream" })
  script:on("GET", R .. "/releases/assets/11", { size = 1, sha256 = "00" })
  refused("error", { "larger than 0 bytes" }, script.forge:download_asset(11, { path = "/tmp/new", size = 0 }))
  script:on("GET", R .. "/releases/assets/11", { status = 404, body = { message = "Not Found" } })
  refused("error", { "/tmp/there is there already" }, script.forge:download_asset(11, { path = "/tmp/there", size = 3 }))
  refused("error", { "404, not found" }, script.forge:download_asset(11, { path = "/tmp/new", size = 3 }))
end)

test("P18 what anybody may fetch is fetched without a credential", function ()
  local script = open():on("GET", "/x.tar.gz", { size = 3, sha256 = "00" }):on("GET", "/gone", { status = 404, body = "no" })
  test.equal(script.forge:fetch "https://cdn.example/x.tar.gz", { status = 200, sha256 = "00", size = 3 })
  test.equal({ script.requests[1].credential, script.requests[1].headers["X-GitHub-Api-Version"] }, {})
  local gone = assert(script.forge:fetch "https://cdn.example/gone")
  test.equal({ gone.status, gone.size, #gone.sha256 }, { 404, 2, 64 })
  refused("error", { "ftp" }, script.forge:fetch "ftp://cdn.example/x")
end)

-- ---- dispatch ----

test("a dispatched run is told by both versions of the API, and not by a server of one's own", function ()
  local path = R .. "/actions/workflows/release.yml/dispatches"
  local order = { workflow = "release.yml", ref = "main", inputs = { version = "1.2.3" } }
  local script = open():on("POST", path, { status = 200, body = { workflow_run_id = 900, run_url = "u", html_url = "h" } }, { status = 204 })
  test.equal(script.forge:dispatch(order), { id = 900 })
  test.equal(script.requests[1].body, '{"inputs":{"version":"1.2.3"},"ref":"main","return_run_details":true}')
  test.equal(script.forge:dispatch { workflow = "release.yml", ref = "main", inputs = {} }, { id = false })
  test.equal(script.requests[2].body, '{"ref":"main","return_run_details":true}')
  local ghes = open { target = { api = "https://git.example.com/api/v3", graphql = "https://git.example.com/api/graphql" },
    env = { GH_ENTERPRISE_TOKEN = "x" } }:on("POST", "/api/v3" .. path, { status = 204 })
  test.equal(ghes.forge:dispatch(order), { id = false })
  test.equal(ghes.requests[1].body, '{"inputs":{"version":"1.2.3"},"ref":"main"}')
end)

-- ---- GraphQL ----

test("refs are moved together, each compared with its old value", function ()
  local script = open():on("GET", R, { body = records.repository() }):on("POST", "/graphql",
    { body = { data = { updateRefs = { clientMutationId = json.null } } } },
    { body = { data = json.null, errors = list { { type = "STALE_DATA", message = "refs/heads/a moved\nmeanwhile" } } } },
    { body = { data = json.null, errors = list { { type = "FORBIDDEN", message = "Resource not accessible" } } } })
  local updates = { { ref = "refs/heads/a", old = BASE, new = HEAD }, { ref = "refs/tags/v1", new = HEAD }, { ref = "refs/x/lock", old = HEAD } }
  test.equal(script.forge:update_refs(updates), true)
  local zero = ("0"):rep(40)
  test.equal(json.decode(script.requests[2].body).variables.input, { repositoryId = "R_1", refUpdates = {
    { name = "refs/heads/a", beforeOid = BASE, afterOid = HEAD, force = false },
    { name = "refs/tags/v1", beforeOid = zero, afterOid = HEAD, force = false },
    { name = "refs/x/lock", beforeOid = HEAD, afterOid = zero, force = false } } })
  refused("stale", { "refs/heads/a moved\\nmeanwhile" }, script.forge:update_refs(updates))
  refused("error", { "GraphQL: Resource not accessible" }, script.forge:update_refs(updates))
  test.raises(function () script.forge:update_refs { { ref = "main", new = HEAD } } end, "named in full")
end)

test("auto-merge is of a stated head, and a refusal says what stands in its way", function ()
  local id = { body = { data = { repository = { pullRequest = { id = "PR_7" } } } } }
  local function ask(answer)
    local script = open():on("POST", "/graphql", id, answer)
    local value, trouble = script.forge:auto_merge(7, { oid = HEAD, method = "rebase" })
    return script, value, trouble
  end
  local script, done = ask { body = { data = { enablePullRequestAutoMerge = { pullRequest = { number = 7 } } } } }
  test.equal(done, true)
  test.equal(json.decode(script.requests[2].body).variables.input,
    { pullRequestId = "PR_7", mergeMethod = "REBASE", expectedHeadOid = HEAD })
  local trouble
  script, done, trouble = ask { body = { data = json.null, errors = list { { message = "Auto merge is not allowed for this repository" } } } }
  refused("denied", { "allow auto-merge in the repository's settings" }, done, trouble)
  test.equal(#script.log, 2)
end)

test("P18 GraphQL is asked where the API is, and nowhere else", function ()
  local script = open { target = { graphql = "https://evil.example/graphql" } }
  refused("error", { "GraphQL is said to be at https://evil.example/graphql" }, script.forge:auto_merge(7, { oid = HEAD }))
  test.equal(#script.log, 0)
end)

test("P8 a merge that GitHub took and does not call merged leaves its outcome unknown", function ()
  local _, done, trouble = merge { { body = { sha = BASE, merged = false, message = "x" } } }
  refused("unknown", { "pull request #7, and does not say that it is merged" }, done, trouble)
end)
