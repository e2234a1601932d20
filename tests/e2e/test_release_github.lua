--- Releases on GitHub's API, spoken by the test forge: drafts, assets, workflows, through every way in which a write of them
-- can fail. Whatever the first run ended in, runs after it make one whole release of it, and nothing beside.

local test = require "testing"
local digest = require "host.digest"
local env = require "host.env"
local forge_server = require "forge_server"
local place = require "place"
local scene = require "scene"

local HISTORY = [[
file .gitignore dist/
file package.json "{ \"version\": \"0.1.0\" }\n"
commit "feat: start" README.md
tag v0.1.0
commit "feat: more" more.txt
]]

local function spec(push, steps)
  return ([[
release "demo" { packages = package "demo" { version_file = "package.json" }, identity = "R <r@example.org>" }
lane "final" { base = "main", when = manual, steps = { bump {}, commit {}, tag {}, push { %s }%s } }
]]):format(push or "", steps)
end

local R = "/repos/acme/widget"

-- A clone of a repository on the forge, with a build in its work tree; `run` runs the lane as a job would.
local function on(text, body, options)
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY, { ["release.lua"] = text }))
    forge_server.with(here, function (hub)
      stage.work:run("remote", "set-url", "origin", hub.git_url())
      here:write("work/dist/demo.whl", "wheel")
      here:write("work/dist/demo.tar.gz", "source")
      local job = hub.environment(options and options.token)
      job.GITHUB_ACTIONS, job.GITHUB_EVENT_NAME, job.GITHUB_REF = "true", "workflow_dispatch", "refs/heads/main"
      body(hub, function (command)
        return here:run({ "relrun", command or "run", "release.lua", "final", "--push" },
          -- A run of a workflow that is listed late is waited for longer than a minute.
          { cwd = "work", env = job, timeout_ms = 200000 })
      end, stage)
    end, { git_dir = "remote.git", flavour = options and options.flavour })
  end)
end

local function releases(hub) return hub.ask("GET", R .. "/releases", { token = "admin" }).json end

local WANTED = { ["demo.tar.gz"] = digest.sha256 "source", ["demo.whl"] = digest.sha256 "wheel" }

-- One public release with the two assets, and the tag where it was planned.
local function is_whole(hub, note)
  local list = releases(hub)
  test.equal(#list, 1, note)
  test.equal({ list[1].tag_name, list[1].draft, #list[1].assets }, { "v0.2.0", false, 2 }, note)
  for _, asset in ipairs(list[1].assets) do
    test.equal(asset.state, "uploaded", note)
    if asset.digest then test.equal(asset.digest, "sha256:" .. WANTED[asset.name], note) end
  end
end

local RELEASE = spec("", ', forge_release { assets = { "dist/*" } }')

test("S0.3 S1.84 a release with its assets becomes public on GitHub, once", function ()
  on(RELEASE, function (hub, run)
    local result = run()
    test.equal(result.code, 0, result.stderr)
    is_whole(hub)
    local writes = {}
    for _, row in ipairs(hub.log()) do
      if row.method ~= "GET" and row.path:find "/releases" then writes[#writes + 1] = row.method .. " " .. row.status end
    end
    test.equal(writes, { "POST 201", "POST 201", "POST 201", "PATCH 200" })
    test.equal(run().code, 4)
    is_whole(hub)
  end)
end)

test("a server of somebody's own, which tells no digests, has its assets read and hashed", function ()
  on(RELEASE, function (hub, run)
    local result = run()
    test.equal(result.code, 0, result.stderr)
    is_whole(hub)
    local read = 0
    for _, row in ipairs(hub.log()) do
      if row.method == "GET" and row.path:find "/releases/assets/%d+$" then read = read + 1 end
    end
    test.truthy(read >= 2, read)
  end, { flavour = "ghes" })
end)

test("where releases are immutable everything is in it before it is public", function ()
  on(RELEASE, function (hub, run)
    test.equal(hub.ask("PUT", R .. "/immutable-releases", { token = "admin" }).status, 204)
    local result = run()
    test.equal(result.code, 0, result.stderr)
    is_whole(hub)
    test.equal(releases(hub)[1].immutable, true)
    test.equal(run().code, 4)
  end)
end)

test("P12 S1.94 a token that may not write stops the release, or is a warning where it is optional", function ()
  on(RELEASE, function (hub, run)
    hub.fault { fault = "permission", method = "POST", path = "/releases$", times = 0 }
    local result = run()
    test.equal({ result.code, #releases(hub) }, { 1, 0 }, result.stderr)
    test.contains(result.stderr, "contents")
  end)
  on(spec("", ', forge_release { assets = { "dist/*" }, optional = true }'), function (hub, run)
    hub.fault { fault = "permission", method = "POST", path = "/releases$", times = 0 }
    local result = run()
    test.equal({ result.code, #releases(hub) }, { 0, 0 }, result.stderr)
    test.contains(result.stderr, "::warning title=relrun::")
    test.contains(result.stdout, "left out")
  end)
end)

-- The writes of a release, and the ways in which each one fails.
local WRITES = {
  { "making the draft", method = "POST", path = "/releases$" },
  { "uploading an asset", method = "POST", path = "/assets" },
  { "making it public", method = "PATCH", path = "/releases/" },
}
local FAULTS = {
  { "is reset before", { fault = "reset_before" } }, { "is reset after", { fault = "reset_after" } },
  { "is answered with 502 before", { fault = "status" } }, { "is answered with 502 after", { fault = "status", when = "after" } },
  { "is answered by half", { fault = "truncate" } }, { "is limited", { fault = "rate_limited" } },
  { "is forbidden", { fault = "permission" } }, { "is invalid", { fault = "invalid" } },
}

local function settles(name, fault)
  test("P8 P12 " .. name, function ()
    on(RELEASE, function (hub, run)
      hub.fault(fault)
      local first = run()
      local public = 0
      for _, release in ipairs(releases(hub)) do public = public + (release.draft and 0 or 1) end
      test.equal(public, (first.code == 0) and 1 or public, first.stderr)
      if public == 1 then is_whole(hub, "what is public is whole") end
      local last = first
      for _ = 1, 2 do
        if last.code ~= 0 and last.code ~= 4 then last = run() end
      end
      test.truthy(last.code == 0 or last.code == 4, last.stderr)
      is_whole(hub)
      test.equal(run().code, 4)
      for _, token in pairs(hub.tokens) do test.lacks(first.stdout .. first.stderr, token) end
    end)
  end)
end

-- `make sweep` tries each write with each fault; `make test` every third of them.
local WHOLE = env.get "RELRUN_SWEEP" == "all"
local count = 0
for _, write in ipairs(WRITES) do
  for _, row in ipairs(FAULTS) do
    local fault = { method = write.method, path = write.path }
    for key, value in pairs(row[2]) do fault[key] = value end
    count = count + 1
    if WHOLE or count % 3 == 1 then
      settles(("%s %s: the next runs make one whole release"):format(write[1], row[1]), fault)
    end
  end
end
settles("an upload that leaves a torn asset is sent again", { fault = "starter", method = "POST", path = "/assets" })
settles("an upload that leaves a torn asset behind a reset is sent again",
  { fault = "starter", reset = true, method = "POST", path = "/assets" })
settles("a list of releases that lags behind makes no second draft", { fault = "stale", method = "GET", path = "/releases\\?", nth = 2 })

-- Workflows. --------------------------------------------------------------------------------------------------------

local function runs(hub) return hub.ask("GET", R .. "/actions/runs", { token = "admin" }).json.workflow_runs end

test("S1.49 a tag that a job's own token pushed starts nothing; the workflow is started by name, at the tag", function ()
  if not WHOLE then test.skip "it waits for half a minute: make sweep" end
  on(spec('workflow = "publish.yml"', ""), function (hub, run)
    hub.admin("POST", "workflows", { repo = hub.repository, path = ".github/workflows/publish.yml", dispatch = {},
      push = { tags = { "v*" } } })
    local first = run()
    test.equal(first.code, 0, first.stderr)
    local list = runs(hub)
    test.equal(#list, 1)
    test.equal({ list[1].event, list[1].head_branch }, { "workflow_dispatch", "v0.2.0" })
    test.equal(run().code, 4)
    test.equal(#runs(hub), 1)
  end)
end)

test("S1.49 a tag whose push started the workflow is left alone", function ()
  on(spec('workflow = "publish.yml"', ""), function (hub, run)
    hub.admin("POST", "workflows", { repo = hub.repository, path = ".github/workflows/publish.yml", dispatch = {},
      push = { tags = { "v*" } } })
    local first = run()
    test.equal(first.code, 0, first.stderr)
    test.equal(#runs(hub), 1)
    test.equal(runs(hub)[1].event, "push")
  end, { token = "writer" })
end)

local DISPATCH = spec("", ', dispatch "publish.yml" {}')

local function says_its_nonce(hub)
  hub.admin("POST", "workflows", { repo = hub.repository, path = ".github/workflows/publish.yml",
    dispatch = { "relrun_nonce" }, run_name = "publish ${{ inputs.relrun_nonce }}" })
end

test("P8 S3.28 the run of a dispatch that cannot be read at first, while the list lags behind, is waited for", function ()
  on(DISPATCH, function (hub, run)
    says_its_nonce(hub)
    hub.fault { fault = "status", status = 502, method = "GET", path = "/actions/runs/[0-9]+", times = 3 }
    hub.fault { fault = "stale", method = "GET", path = "/workflows/publish.yml/runs", times = 5 }
    local first = run()
    test.equal(first.code, 0, first.stderr)
    test.equal(#runs(hub), 1)
    local second = run()
    test.equal(second.code, 0, second.stderr)
    test.equal(#runs(hub), 1)
    test.equal(run().code, 4)
  end)
end)

for _, row in ipairs { { "the same clone" }, { "another clone", elsewhere = true } } do
  test(("P8 P24 S3.28 a dispatch whose answer was lost, listed after a minute, is found again by %s"):format(row[1]), function ()
    if not WHOLE then test.skip "it waits for a minute: make sweep" end
    on(DISPATCH, function (hub, run, stage)
      says_its_nonce(hub)
      hub.fault { fault = "reset_after", method = "POST", path = "/dispatches" }
      hub.fault { fault = "stale", method = "GET", path = "/workflows/publish.yml/runs", times = 40 }
      local first = run()
      test.equal(first.code, 8, first.stderr)
      test.contains(first.stderr, "run the same command again")
      if row.elsewhere then stage.place:must { "rm", "-rf", "work/.git/relrun" } end
      local second = run()
      test.equal(second.code, 0, second.stderr)
      test.contains(second.stderr, "publish.yml may have been started a moment ago")
      test.equal(#runs(hub), 1)
    end)
  end)
end

return test.done()
