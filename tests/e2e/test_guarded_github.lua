--- The guarded example on GitHub's API, spoken by the test forge: prepared, locked, guarded, approved, published, merged; an
-- ordinary pull request, one of a fork, a head that moved.

local test = require "testing"
local json = require "host.json"
local bytes = require "bytes"
local guarded_github = require "guarded_github"
local repository = require "repository"

local R = "/repos/acme/widget"

local function with(body, options) guarded_github.with(options or {}, body) end

test("S0.24-S0.34 the release pull request of the example lives its whole life on GitHub's API", function ()
  with(function (stage)
    local number, head = stage:prepared()
    test.equal(stage:status(head, "release").state, "pending")
    local early = stage.hub.ask("PUT", R .. "/pulls/" .. number .. "/merge", { token = "of ann", body = { merge_method = "merge" } })
    test.equal(early.status, 405)
    stage:refused("relrun publish release.lua release", 6, "gate reviews")
    stage:approve(number)
    stage:must("relrun release.lua --push", stage:event("pull_request_review", number, true))
    test.equal(stage:status(head, "release").state, "success")
    test.equal(stage:ask("GET", "/pulls/" .. number).merged, true)
    test.equal(stage.remote:run("rev-parse", "main^2", "v0.38.0^{commit}"), head .. "\n" .. head)
    local releases = stage:ask("GET", "/releases")
    test.equal({ #releases, releases[1].draft, releases[1].tag_name }, { 1, false, "v0.38.0" })
    stage:refused("relrun publish release.lua release", 4, "no pull request of lane release is open")
    stage:refused("relrun publish release.lua release --pull-request " .. number, 4, "relrun:")
  end)
end)

test("S0.8 notes that are longer than GitHub takes are cut, and what was cut is no edit", function ()
  local commits = {}
  for i = 1, 60 do commits[i] = ('commit "feat: %s %d" a.txt\n'):format(("words of a long subject "):rep(60), i) end
  with(function (stage)
    local function body() return stage:ask("GET", "/pulls")[1].body end
    test.contains(stage:run("relrun prepare release.lua release").stderr, "the notes are longer than the 65536 characters")
    local first = body()
    test.truthy(utf8.len(first) > 60000 and utf8.len(first) <= 65536, #first)
    test.contains(first, "The rest stands in")
    test.contains(first, "<!-- relrun prepared gitops for lane release -->\n<!-- relrun notes sha256:")
    stage:open("other", "fix: a thing")
    stage.here:must { "git", "-C", "people", "push", "-q", "origin", "other:main" }
    stage.here:must { "git", "-C", "work", "pull", "-q", "--ff-only", "origin", "main" }
    local again = stage:run "relrun prepare release.lua release"
    test.equal(again.code, 0, again.stderr)
    test.lacks(again.stderr, "edited by hand")
    test.equal(body() == first, false)
  end, { history = table.concat(commits) })
end)

test("S0.14 S0.18-S0.21 an ordinary pull request passes by one status, and is merged", function ()
  with(function (stage)
    local number, head = stage:open("feature", "feat: a door")
    stage:build(head)
    stage:must("relrun guard release.lua", stage:event("pull_request_target", number))
    test.equal(stage:status(head, "release").description, "not a release")
    stage:refused("relrun guard release.lua", 4, "said already", stage:event("pull_request_target", number))
    local merged = stage.hub.ask("PUT", R .. "/pulls/" .. number .. "/merge", { token = "of ann", body = { merge_method = "merge" } })
    test.equal(merged.status, 200)
  end)
end)

test("S0.17 all pull requests are guarded over one forge, which is asked once for what several of them share", function ()
  with(function (stage)
    local number, head = stage:open("feature", "feat: a door")
    stage.remote:run("branch", "next", "main")
    stage.hub.admin("POST", "notice", { repo = "acme/widget" })
    test.truthy(stage:ask("POST", "/pulls", { title = "the same, into another branch", head = "feature", base = "next" }).number
      ~= number)
    stage.hub.admin("DELETE", "log")
    stage:must "relrun guard release.lua --all"
    local told, unchanged, writes = {}, 0, 0
    for _, entry in ipairs(stage.hub.log()) do
      if entry.path:find(head, 1, true) then told[#told + 1] = ("%s %d"):format(entry.path:match "[^/]+$", entry.status) end
      if entry.status == 304 then unchanged = unchanged + 1 end
      if entry.method == "POST" then writes = writes + 1 end
    end
    -- Judged by, looked at, looked at a last time, said and read back on the first; on the second nothing is new. What is new
    -- counts; what is not does not, and neither do the pull requests, which are listed again when the plan begins and at the end.
    test.equal(told, { "check-runs 200", "status 200", "check-runs 304", "status 304", "check-runs 304", "status 304",
      head .. " 201", "check-runs 304", "status 200", "check-runs 304", "status 304" })
    test.equal({ unchanged, writes }, { 9, 1 })
  end)
end)

test("S0.10 S0.16 S0.29 a release that is closed, judged through another pull request of its head and opened again stays locked", function ()
  with(function (stage)
    local number, head = stage:prepared()
    stage:ask("PATCH", "/pulls/" .. number, { state = "closed" })
    local second = stage:open_at(head, "x")
    local told = stage:run("relrun guard release.lua", stage:event("pull_request_target", second))
    test.equal(told.code, 4)
    test.contains(told.stdout, "stays pending (\"prepared gitops 0.38.0; passes when it is released\"): a release was prepared at")
    stage:is_held(second, head)
    stage:ask("PATCH", "/pulls/" .. second, { state = "closed" })
    stage:ask("PATCH", "/pulls/" .. number, { state = "open" })
    stage:refused("relrun guard release.lua", 4, "said already", stage:event("pull_request_target", number))
    stage:is_held(number, head)
  end)
end)

test("S0.10 S0.16 S0.29 a release that is turned to another branch and back stays locked", function ()
  with(function (stage)
    local number, head = stage:prepared()
    stage.remote:run("branch", "next", "main")
    stage.hub.admin("POST", "notice", { repo = "acme/widget" })
    stage:ask("PATCH", "/pulls/" .. number, { base = "next" })
    stage:refused("relrun guard release.lua --all", 4, "said already")
    stage:ask("PATCH", "/pulls/" .. number, { base = "main" })
    stage:is_held(number, head)
    stage:approve(number)
    stage:must("relrun release.lua --push", stage:event("pull_request_review", number, true))
    test.equal(stage:ask("GET", "/pulls/" .. number).merged, true)
  end)
end)

test("S0.29 a head that was no release when the guard judged it is locked once it is one, and publish takes no word but its own", function ()
  with(function (stage)
    local number, head = stage:prepared()
    local function misjudge()
      stage:ask("POST", "/statuses/" .. head, { state = "success", context = "release", description = "not a release" })
    end
    misjudge()
    local second = stage:open_at(head, "x", "main")
    stage:must("relrun guard release.lua", stage:event("pull_request_target", second))
    stage:is_held(number, head)
    -- What was set back bears the guard's word, and its release is published as any other.
    misjudge()
    stage:approve(number)
    stage:must("relrun release.lua --push", stage:event("pull_request_review", number, true))
    local words = {}
    for i, status in ipairs(stage:ask("GET", ("/commits/%s/statuses"):format(head))) do
      if status.context == "release" then words[i] = status.state .. ": " .. status.description end
    end
    test.equal({ words[1], words[2] }, { "success: gitops 0.38.0 is released", "pending: releasing gitops 0.38.0" })
  end)
end)

test("S0.11 a pull request that brings a release along is judged anew with it, when that one is opened again", function ()
  with(function (stage)
    local number, head = stage:prepared()
    stage:ask("PATCH", "/pulls/" .. number, { state = "closed" })
    local people = repository.at(stage.here, "people")
    people:run("fetch", "-q", "origin")
    people:run("checkout", "-q", "-B", "stacked", head)
    people:run("commit", "-q", "--allow-empty", "-m", "feat: stacked")
    people:run("push", "-q", "origin", "stacked")
    local second, top = stage:open_at("stacked", "stacked-too"), people:run("rev-parse", "HEAD")
    stage:must("relrun guard release.lua", stage:event("pull_request_target", second))
    test.equal(stage:status(top, "release").state, "success")
    stage:ask("PATCH", "/pulls/" .. number, { state = "open" })
    stage:must("relrun guard release.lua", stage:event("pull_request_target", number))
    test.equal(stage:status(top, "release").description, ("it brings #%d (releases/0.38.0), which is not merged yet"):format(number))
    stage:build(top)
    test.equal(stage:merge(second), 405)
  end)
end)

-- A pull request that brings an unreleased release along and was judged while that one was closed; then the release gets a new
-- pull request, which lists of pull requests lack for as long as `lag` says. What the guard posted then.
local function judged_late(lag, looked)
  local posted
  with(function (stage)
    local number, head = stage:prepared()
    local people = repository.at(stage.here, "people")
    people:run("fetch", "-q", "origin")
    people:run("checkout", "-q", "-B", "stacked", head)
    people:run("commit", "-q", "--allow-empty", "-m", "feat: stacked")
    people:run("push", "-q", "origin", "stacked")
    local second = stage:open_at("stacked", "stacked-too")
    stage:ask("PATCH", "/pulls/" .. number, { state = "closed" })
    stage:ask("POST", "/pulls", { title = "the release again", head = "releases/0.38.0", base = "main" })
    local event = stage:event("pull_request_target", second)
    stage.hub.fault { fault = "stale", method = "GET", path = "/pulls\\?", times = lag }
    if looked then
      stage.hub.fault { fault = "answer", method = "GET", path = "/pulls/" .. second .. "$", nth = 2, times = 1, status = looked.status,
        json = looked.of(stage, second) }
      local result = stage:run("relrun guard release.lua", event)
      posted = { result.code, (result.stderr:gsub("\n::.*", "")) }
      return
    end
    stage:must("relrun guard release.lua", event)
    posted = {}
    for i, status in ipairs(stage:ask("GET", ("/commits/%s/statuses"):format(people:run("rev-parse", "HEAD")))) do
      posted[i] = status.state
    end
  end)
  return posted
end

test("S0.15 what the guard judged by is asked again before it frees anything: a release that came meanwhile holds", function ()
  test.equal(judged_late(1), { "pending" })
end)

test("S0.15 what the guard judged by is looked at once more when it has spoken: a release that was not seen before holds", function ()
  test.equal(judged_late(2), { "pending", "success" })
end)

test("P12 a second look of the guard that fails is told, and one at what was closed meanwhile ends calmly", function ()
  test.contains(judged_late(2, { status = 404, of = function () return { message = "Not Found" } end })[2], "there is no pull request #")
  test.equal(judged_late(2, { status = 200, of = function (stage, number)
    local pull = stage:ask("GET", "/pulls/" .. number)
    pull.state = "closed"
    return pull
  end }), { 0, "" })
end)

-- The rights of the guard's job in the workflow that ships.
local function shipped_rights()
  local job = bytes.read "specs/guarded-release.github.yml":match "\n  guard:\n(.*)$"
  local rights = {}
  for name, value in job:match "\n    permissions:\n(.-)\n    steps:":gmatch "([%w-]+): (%w+)" do rights[name:gsub("-", "_")] = value end
  return rights
end

test("S0.14 the rights of the shipped guard's job are enough, in a private repository too, and it needs them", function ()
  local rights = shipped_rights()
  local function judged(lacking)
    local code, state
    local held = {}
    for name, value in pairs(rights) do held[name] = name ~= lacking and value or nil end
    with(function (stage)
      local number, head = stage:open("feature", "feat: x")
      code = stage:run("relrun guard release.lua", stage:event("pull_request_target", number), "ci").code
      state = (stage:status(head, "release") or {}).state
    end, { permissions = held, private = true })
    return code, state
  end
  test.equal({ judged() }, { 0, "success" })
  for _, name in ipairs { "checks", "pull_requests", "statuses" } do
    local code, state = judged(name)
    test.truthy(code ~= 0 and code ~= 4 and state == nil, name)
  end
end)

test("S0.17 a run that may post nothing of a pull request of this repository fails", function ()
  with(function (stage)
    local number, head = stage:open("feature", "feat: a door")
    local result = stage:run("relrun guard release.lua", stage:event("pull_request", number), "reader")
    test.truthy(result.code ~= 0 and result.code ~= 4, result.stdout .. result.stderr)
    test.equal(stage:status(head, "release"), nil)
  end)
end)

test("S0.10 a head that moved is locked again, and not published", function ()
  with(function (stage)
    local number = stage:prepared()
    local people = repository.at(stage.here, "people")
    people:run("fetch", "-q")
    people:run("checkout", "-q", "-B", "moved", "origin/releases/0.38.0")
    people:run("commit", "-q", "--allow-empty", "-m", "Update branch")
    people:run("push", "-q", "origin", "moved:releases/0.38.0")
    stage.hub.admin("POST", "notice", { repo = "acme/widget" })
    local head = people:run("rev-parse", "HEAD")
    stage:must("relrun guard release.lua", stage:event("pull_request_target", number))
    test.equal(stage:status(head, "release").state, "pending")
    stage:build(head)
    stage:approve(number)
    stage:refused("relrun publish release.lua release", 5, "is not what prepare makes")
    test.equal(stage:ask("GET", "/pulls/" .. number).state, "open")
    test.equal(stage.remote:try("rev-parse", "-q", "--verify", "refs/tags/v0.38.0").code, 1)
  end)
end)

test("P18 a clone of another repository than the run's is refused before anything is written, and an older name is the same one", function ()
  with(function (stage)
    stage.hub.admin("POST", "repositories", { name = "acme/other" })
    stage.hub.admin("PATCH", "repositories", { repo = "acme/widget", former_names = json.array { "acme/gadget" } })
    local work = repository.at(stage.here, "work")
    local function remote_is(name) work:run("remote", "set-url", "origin", stage.hub.url .. "/" .. name .. ".git") end
    -- Refs are read where the older name leads, as on GitHub.
    work:run("config", "url." .. stage.hub.git_url() .. ".insteadOf", stage.hub.url .. "/acme/gadget.git")
    work:run("config", "--add", "url." .. stage.hub.git_url() .. ".insteadOf", stage.hub.url .. "/acme/other.git")
    remote_is "acme/other"
    stage:refused("relrun prepare release.lua release", 1, "this run is of the repository acme/widget on " .. stage.hub.url
      .. ", and the remote is acme/other on ")
    test.equal(stage:ask("GET", "/pulls"), json.array {})
    remote_is "acme/gadget"
    stage:must "relrun prepare release.lua release"
  end)
end)

test("S0.10 a fork's branch of a release's name, and a head that moved unknown to the forge, are not published", function ()
  with(function (stage)
    local number, head = stage:prepared()
    stage:approve(number)
    local hub = stage.hub
    hub.admin("POST", "repositories", { name = "mallory/widget", parent = hub.repository, owner_type = "User" })
    hub.admin("POST", "tokens", { token = "of mallory", name = "mallory", login = "mallory" })
    stage.here:must { "git", "--git-dir", stage.here:path "forge/git/mallory/widget.git", "fetch", "-q", stage.here:path "remote.git",
      "+refs/heads/*:refs/heads/*" }
    local gift = stage:ask("POST", "/pulls", { title = "gift", head = "mallory:releases/0.38.0", base = "main" }, "of mallory").number
    stage:approve(gift)
    stage:refused("relrun publish release.lua release --pull-request " .. gift, 5, ("#%d comes from another repository"):format(gift))
    stage:refused("relrun publish release.lua release", 4, "comes from another repository", stage:event("pull_request_review", gift, true))
    -- Git has the new head, and the forge tells the old one still.
    hub.fault { fault = "answer", method = "GET", path = "/pulls/" .. number .. "$", times = 0, json = stage:ask("GET", "/pulls/" .. number) }
    stage.remote:run("update-ref", "refs/heads/releases/0.38.0", "main")
    stage:refused("relrun publish release.lua release --pull-request " .. number, 6,
      ("the forge says that pull request #%d is at %s"):format(number, head:sub(1, 12)))
    stage.remote:run("update-ref", "refs/heads/releases/0.38.0", head)
    test.equal(stage:ask("GET", "/pulls/" .. gift).state, "open")
    test.equal(stage.remote:try("rev-parse", "-q", "--verify", "refs/tags/v0.38.0").code, 1)
  end)
end)

return test.done()
