--- P7: whoever writes to a local forge can be killed at any writing system call; what is left can be read, and doing the
-- same again comes to the same end. A part of the points is tried by `make test`, every one of them by `make sweep`.

local test = require "testing"
local file = require "host.file"
local json = require "host.json"
local local_stage = require "local_stage"
local monorepo = require "monorepo"
local sweep = require "sweep"

local function tries(some)
  if not monorepo.exhaustive() then return some end
end

-- What must come out the same: the history, the tag, and what the forge says, without times, ids and the merge commit's
-- name, which has a time in it.
local function outcome(stage)
  local forge = stage:open()
  local told = { stage.bare:run("log", "--format=%T %s", "main"), stage.tag "v1.0.0" or "no tag" }
  for _, pull in ipairs(assert(forge:pulls { state = "all" })) do
    told[#told + 1] = json.encode { pull.number, pull.state, pull.head.oid, pull.labels, #forge:comments(pull.number),
      #forge:reviews(pull.number) }
  end
  for _, release in ipairs(assert(forge:releases())) do
    local assets = {}
    for i, asset in ipairs(release.assets) do assets[i] = { asset.name, asset.state, asset.digest, asset.size } end
    told[#told + 1] = json.encode { release.tag, release.draft, release.target, json.array(assets) }
  end
  told[#told + 1] = #forge:runs {} .. " runs"
  told[#told + 1] = stage.place:must { "sh", "-c", "cd demo.forge && find releases incoming drafts -type f 2>/dev/null | sort" }
  told[#told + 1] = stage.place:must { "find", "demo.git", "-name", "*.lock" }
  return table.concat(told, "\n")
end

local function swept(options)
  local_stage.with(function (stage)
    local story = assert(file.resolve "tests/lib/forge_story.lua")
    stage.commit("release-1", "r.txt", "r\n")
    stage.commit("main", "m.txt", "m\n")
    stage.protect("main", { checks = { "release" }, approvals = 1 })
    stage.place:write("app.bin", ("bytes of the release\n"):rep(20000))
    options.stage, options.cwd, options.outcome = stage, ".", outcome
    options.command = { "relrun", "lua", story, stage.place:path "demo.forge", stage.place:path "app.bin" }
    -- What is looked for is where the stage has it.
    stage.place:must { "mkdir", "-p", "work/.git", "remote.git" }
    local report = sweep.run(options)
    test.equal(report.problems, {})
    test.contains(report.outcome, '"app.bin","uploaded"')
    test.truthy(report.tried >= (options.tries or #report.points), "tried " .. report.tried)
    test.truthy(#report.points > 100, #report.points .. " points")
  end)
end

test("P7 a forge's writer is killed before a write, and does the same again", function ()
  swept { tries = tries(30), fine = { 0 } }
end)

test("P7 a forge's writer is killed after a write, and does the same again", function ()
  swept { tries = tries(20), after = true, offset = 4, fine = { 0 } }
end)

test("P7 a forge's writer is killed twice, and does the same again", function ()
  swept { tries = tries(10), depth = 2, offset = 7, fine = { 0 } }
end)
