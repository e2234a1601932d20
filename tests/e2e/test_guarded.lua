--- The scenarios of the seed (S0.18-S0.35), line by line, on the local forge: releases cannot go out of order, and nobody
-- else is held up. Each test is a line; a scenario's lines share one place.

local test = require "testing"
local guarded = require "guarded"
local place = require "place"

local function scenario(body)
  place.with(function (here) body(guarded.build(here), here) end)
end

-- Feature: can build non-release branches without changing the flow nor overhead
scenario(function (flow)
  local number

  test("S0.18 Given a non release pr", function ()
    flow:commit("feature", "feat: a door")
    number = flow:open("feature", "A door")
  end)

  test("S0.19 When build", function ()
    flow:must("relrun forge status build success --at " .. number)
    flow:must("relrun guard release.lua", { env = flow:new_head(number) })
  end)

  test("S0.14 S0.20 Then CI workflow passes", function ()
    local head = flow:pull(number).head.oid
    test.equal(flow:status(head, "build"), "success")
    local state, status = flow:status(head, "release")
    test.equal({ state, status.description }, { "success", "not a release" })
  end)

  test("S0.17 and there is no overhead: one status, said once", function ()
    flow:refused("relrun guard release.lua", 4, "said already", { env = flow:new_head(number) })
  end)

  test("S0.21 And I could merge", function ()
    flow:must(("relrun forge merge %d --as ann"):format(number))
    test.equal(flow:pull(number).state, "merged")
  end)
end)

-- What a person meets who tries to merge while the release runs: asked by the remote itself, as the tag arrives.
local MEANWHILE = [[
#!/bin/sh
grep -q refs/tags/ || exit 0
unset GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
relrun forge merge %d --as ann --forge "%s" > "%s" 2>&1
echo "exit $?" >> "%s"
exit 0
]]

-- Feature: can build release branches with guardrails
-- Scenario: add a check to the PR that only gets passed when release goes on
scenario(function (flow, here)
  local number, head

  test("S0.5 S0.24 Given a release pr", function ()
    flow:must "relrun prepare release.lua release"
    local pull = flow:pull(1)
    number, head = pull.number, pull.head.oid
    test.equal({ pull.state, pull.head.branch, pull.base.branch }, { "open", "releases/0.38.0", "main" })
    test.equal(pull.title, "Updates for 0.38.0")
    test.contains(pull.body, "- more (")
  end)

  test("S0.1 the pull request holds a commit for every edit", function ()
    test.equal(flow.remote:run("log", "--reverse", "--format=%s", "main..releases/0.38.0"), [[
Update javascript library version to 0.38.0
Update helm chart to 4.0.36 to use gitops 0.38.0
Update README to point download link to 0.38.0
Release 0.38.0]])
  end)

  test("S0.25 And CI build check preventing merging", function ()
    test.contains(flow:must "relrun forge show", "required check 'build' is expected")
  end)

  test("S0.15 S0.26 And Release check preventing merging", function ()
    test.equal(flow:status(head, "release"), "pending")
    test.contains(flow:must "relrun forge show", "required check 'release' is pending")
  end)

  test("S0.27 When build", function () flow:must("relrun forge status build success --at " .. number) end)

  test("S0.28 Then CI workflow passes so CI build check passes", function ()
    test.equal(flow:status(head, "build"), "success")
    test.lacks(flow:must "relrun forge show", "'build'")
  end)

  test("S0.16 S0.29 And cannot merge it cause release hasnt happened", function ()
    flow:refused(("relrun forge merge %d --as ann"):format(number), 5, "required check 'release' is pending")
    flow:refused("relrun guard release.lua --pull-request " .. number, 4, "said already")
    test.equal(flow:status(head, "release"), "pending")
  end)

  test("and the notes can be edited until then: prepare keeps what a person wrote", function ()
    local body = flow:pull(number).body:gsub("### Added", "A release of many doors.\n\n### Added")
    assert(flow:forge "ann":update_pull(number, { body = body }))
    flow:refused("relrun prepare release.lua release", 4, "relrun:")
    test.contains(flow:pull(number).body, "many doors")
  end)

  test("S0.6 S0.30 When human approves it", function ()
    flow:must(("relrun forge approve %d --as alice"):format(number))
  end)

  test("S0.7 S0.31 Then release process starts", function ()
    local log = here:path "meanwhile"
    here:write("remote.git/hooks/pre-receive", MEANWHILE:format(number, here:path "remote.forge", log, log), 493) -- 0755
    local done = flow:must("relrun release.lua --push", { env = flow:approval(number) })
    test.contains(done, "done    status release of " .. head:sub(1, 12) .. ": pending, \"releasing gitops 0.38.0\"")
  end)

  test("S0.10 S0.32 And cannot merge it cause release hasnt happened", function ()
    local met = here:read "meanwhile"
    test.contains(met, "required check 'release' is pending")
    test.contains(met, "exit 5")
  end)

  test("S0.33 When release process ends so release check passes", function ()
    local state, status = flow:status(head, "release")
    test.equal({ state, status.url }, { "success", "https://ci.example/example/gitops/actions/runs/77" })
    test.equal(flow.remote:run("rev-parse", "v0.38.0^{commit}"), head)
  end)

  test("S0.8 S0.12 S0.34 Then can merge it: relrun has, with a merge commit of that very head", function ()
    test.equal(flow:pull(number).state, "merged")
    test.equal(flow.remote:run("rev-parse", "main^2"), head)
    test.equal(flow.remote:try("merge-base", "--is-ancestor", "v0.38.0", "main").code, 0)
  end)

  test("S0.9 release completed: the chart and the product go together, and everything again changes nothing", function ()
    test.contains(flow.remote:run("show", "main:chart/Chart.yaml"), "version: 4.0.36 # the chart's own\nappVersion: v0.38.0")
    local before = flow:outcome()
    flow:refused("relrun publish release.lua release", 4, "no pull request of lane release is open")
    flow:refused("relrun publish release.lua release --pull-request " .. number, 4, "relrun:")
    flow:must "git pull -q origin main"
    flow:refused("relrun prepare release.lua release", 4, "nothing to release")
    flow:refused("relrun guard release.lua --all", 4, "no pull request is open")
    test.equal(flow:outcome(), before)
  end)
end)

-- Somebody works on the release branch in a second work tree of the clone.
scenario(function (flow, here)
  test("prepare does not move the release branch under another work tree, and publish, which moves none, goes on", function ()
    flow:must "relrun prepare release.lua release"
    flow:must "git worktree add -q ../wt releases/0.38.0"
    flow:must("git commit -q --allow-empty -m mine", { cwd = "wt" })
    flow:commit("main", "feat: a window")
    flow:must "git pull -q origin main"
    local before = flow:outcome()
    flow:refused("relrun prepare release.lua release", 5, ("branch 'releases/0.38.0' is checked out in %s, and this would move it"):format(
      here:path "wt"))
    test.equal(flow:must("git log -1 --format=%s", { cwd = "wt" }), "mine\n")
    test.equal(flow:must("git status --porcelain", { cwd = "wt" }), "")
    test.equal(flow:outcome(), before)
    flow:must "git clone -q -b main ../remote.git ../elsewhere"
    flow:must("git remote set-url origin file://" .. here:path "remote.git", { cwd = "elsewhere" })
    flow:must("relrun prepare release.lua release", { cwd = "elsewhere" })
    flow:must "relrun forge status build success --at 1"
    flow:must "relrun forge approve 1 --as alice"
    flow:must "relrun publish release.lua release"
    test.equal(flow:must("git log -1 --format=%s", { cwd = "wt" }), "mine\n")
  end)
end)

-- The seed ends in a heading without a scenario: "Scenario B: release PR". What says nothing is refused, not passed.
test("S0.35 a case of ours without a command proves nothing, and is refused", function ()
  local read, message = require "case".parse("S0.35 release PR\n\n=== history\ncommit \"feat: start\"\n\n=== run\n")
  test.equal(read, nil)
  test.contains(message, "a case runs at least one command")
end)

test("S0.35 a lane without a step is refused with its line", function ()
  place.with(function (here)
    here:write("release.lua", 'release "demo" {}\nlane "b" { base = "main", steps = {} }\n')
    local result = here:run { "relrun", "check", "release.lua" }
    test.equal(result.code, 10)
    test.contains(result.stderr, "release.lua:2: lane \"b\" has no step")
  end)
end)

return test.done()
