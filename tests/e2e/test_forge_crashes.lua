--- P7: whoever writes to a local forge can be killed at any writing system call; what is left can be read, and doing the
-- same again comes to the same end. P13, P14: so it is when the file system refuses any call. A part of the points is tried by `make test`, every one of them by `make sweep`.

local test = require "testing"
local file = require "host.file"
local forge_local = require "forge.local"
local story = require "forge_story"
local local_stage = require "local_stage"
local monorepo = require "monorepo"
local snapshot = require "snapshot"
local sweep = require "sweep"

local SCRIPT = [[
package.path = %q .. "/?.lua;" .. package.path
local forge = assert(require "forge.connect"({ word = "local_forge", path = arg[1] }, "origin", nil, { say = print }))
local ok, trouble = pcall(require "forge_story", forge, arg[2])
if not ok then error(tostring(trouble), 0) end
]]

local function tries(some)
  if not monorepo.exhaustive() then return some end
end

local function swept(name, options)
  local_stage.with(function (stage)
    stage.place:write("story.lua", SCRIPT:format(assert(file.resolve "tests/lib")))
    stage.commit("release-1", "r.txt", "r\n")
    stage.commit("main", "m.txt", "m\n")
    stage.protect("main", { checks = { "release" }, approvals = 1 })
    stage.place:write("app.bin", ("bytes of the release\n"):rep(20000))
    if monorepo.exhaustive() then options.offset = nil end
    options.stage, options.cwd, options.outcome = stage, ".", local_stage.outcome
    options.command = { "relrun", "lua", stage.place:path "story.lua", stage.place:path "demo.forge", stage.place:path "app.bin" }
    -- What is looked for is where the stage has it.
    stage.place:must { "mkdir", "-p", "work/.git", "remote.git" }
    options.state = function () return snapshot.digest(stage.place) end
    local report = sweep.run(options)
    sweep.tell(name, report)
    test.equal(report.problems, {})
    test.contains(report.outcome, '"app.bin","uploaded"')
    test.truthy(report.tried >= (options.tries or #report.points), "tried " .. report.tried)
    test.truthy(#report.points > 100, #report.points .. " points")
  end)
end

test("P7 a forge's writer is killed before a write, and does the same again", function ()
  swept("P7 a forge's writer is killed before a write, and does the same again", { tries = tries(30), fine = { 0 } })
end)

test("P7 a forge's writer is killed after a write, and does the same again", function ()
  swept("P7 a forge's writer is killed after a write, and does the same again", { tries = tries(20), after = true, offset = 4, fine = { 0 } })
end)

test("P7 a forge's writer is killed twice, and does the same again", function ()
  swept("P7 a forge's writer is killed twice, and does the same again", { tries = tries(10), depth = 2, offset = 7, fine = { 0 } })
end)

-- The ways in which the file system says no: { [function] = { message, kind } }.
local REFUSED = { "write", "mkdir", "rename", "copy", "remove", "lock", "read", "list" }

-- The primitive, but for the n-th call of what can fail; after a write or rename that was done all the same when `late`.
local function failing(whole, at, late)
  local count, hit = 0, false
  local double = setmetatable({}, { __index = whole })
  for _, name in ipairs(REFUSED) do
    double[name] = function (...)
      count = count + 1
      if count ~= at then return whole[name](...) end
      hit = true
      if late and (name == "write" or name == "rename") then whole[name](...) end
      return nil, name .. ": Input/output error", "system"
    end
  end
  return double, function () return hit end
end

test("P13 P14 whatever the file system refuses is a problem of one line, and the same again comes to the same end", function ()
  for _, late in ipairs { false, true } do
    local wanted, at, calls = nil, 0, 0
    while true do
      local done = false
      local_stage.with(function (stage)
        stage.commit("release-1", "r.txt", "r\n")
        stage.protect("main", { checks = { "release" }, approvals = 1 })
        stage.place:write("app.bin", "bytes of the release")
        local path = stage.place:path "app.bin"
        local hit = function () return false end
        local parts = local_stage.parts()
        if wanted then parts.file, hit = failing(parts.file, at, late) end
        local ok, trouble = pcall(function ()
          story(assert(forge_local.new({ kind = "local", path = stage.place:path "demo.forge" }, parts)), path)
        end)
        if not wanted then
          test.equal(ok, true, tostring(trouble))
          wanted = local_stage.outcome(stage)
          return
        end
        done, calls = not hit(), calls + 1
        if not ok then
          test.lacks(tostring(trouble), "attempt to")
          test.lacks(tostring(trouble), "stack traceback")
        end
        story(stage.forge, path)
        test.equal(local_stage.outcome(stage), wanted, ("call %d%s: %s"):format(at, late and ", late" or "", tostring(trouble)))
      end)
      if done then break end
      at = at + (monorepo.exhaustive() and 1 or late and 13 or 8)
    end
    test.truthy(at > 100 and calls > 5, at .. " calls")
  end
end)
