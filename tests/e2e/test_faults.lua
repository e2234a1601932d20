--- The fault loops themselves: they pass a careful program, and they find a careless one.

local test = require "testing"
local faults = require "faults"
local place = require "place"
local scene = require "scene"

-- Runs the loops over a Lua script of the trusted host, which writes a file and pushes a tag.
local function faulted(script, options)
  return place.with(function (here)
    options.stage = test.truthy(scene.build(here, 'commit "feat: first" a\n'))
    here:write("script.lua", script)
    options.command = { "relrun", "lua", here:path "script.lua" }
    return faults.run(options)
  end)
end

local PUSH = [[
local pushed = require "host.proc".run { argv = { "git", "push", "-q", "origin", "HEAD:refs/tags/v1" } }
]]

local CAREFUL = [[
local file, proc = require "host.file", require "host.proc"
local ok, message = file.write("notes", "what will be done\n")
if not ok then
  require "host.proc".run { argv = { "sh", "-c", "echo unused" } }
  error(message, 0)
end
]] .. PUSH

test("P14 a program that stops at the first failure has no problems but its traceback", function ()
  local report = faulted(CAREFUL, { kinds = {
    { kind = "write", error = "ENOSPC", persistent = true }, { kind = "write", error = "SHORT" },
    { kind = "sync", error = "EIO" }, { kind = "rename", error = "EIO" }, { kind = "open", error = "EROFS" },
  } })
  for _, problem in ipairs(report.problems) do test.contains(problem, "a failure with a traceback") end
  test.truthy(report.tried >= 5)
  test.equal(report.calls.write, 1)
  test.truthy(report.calls.sync >= 1)
end)

test("P14 a program that claims success without the release is found", function ()
  local report = faulted([[
    if require "host.file".write("notes", "x") then ]] .. PUSH .. [[ end
  ]], { kinds = { { kind = "write", error = "EIO" } } })
  test.contains(table.concat(report.problems), "success is claimed")
end)

test("P14 a half-done release is found, and so is one that cannot be taken up again", function ()
  local report = faulted([[
    local proc, file = require "host.proc", require "host.file"
    proc.run { argv = { "git", "push", "-q", "origin", "HEAD:refs/tags/v0" } }
    if file.write("notes", "x") then ]] .. PUSH .. [[ end
  ]], { kinds = { { kind = "sync", error = "EIO" } } })
  test.contains(table.concat(report.problems), "part of a release")
end)

test("P14 the check of a suite has its say", function ()
  local report = faulted(CAREFUL:gsub("error%(message, 0%)", "return"), { kinds = { { kind = "write", error = "EIO" } },
    check = function (stage) return stage.place:read "work/notes" == nil and "no notes were left" or nil end })
  test.truthy(#report.problems == 1)
end)

test("P13 an allocation that fails is met in relrun and not in git", function ()
  local report = faulted(PUSH, { kinds = { { kind = "malloc" } }, tries = 8 })
  -- The interpreter takes its memory in large pieces (interp/prim/heap.h), so a small script asks for few.
  test.truthy(report.calls.malloc > 10)
  for _, problem in ipairs(report.problems) do test.lacks(problem, "signal 11") end
end)

test("a program of another name is no subject", function ()
  test.raises(function () faulted(CAREFUL, { program = "other" }) end, "was the program 'other' run?")
end)

test("P13 without memory there is no digest in Lua's own words, also of a libcrypto that could not begin", function ()
  place.with(function (here)
    here:write("digest.lua", [[
      local digest, term = require "host.digest", require "host.term"
      for _ = 1, 2 do
        local ok, value = pcall(digest.sha256, "x")
        term.write("out", (ok and value and "digest" or tostring(value)) .. "\n")
      end
    ]])
    local refused = 0
    for at = 12, 110 do
      local result = here:run({ "relrun", "lua", "digest.lua" }, { env = { LD_PRELOAD = here.tools .. "/fault.so",
        FAULT_KIND = "malloc", FAULT_AT = tostring(at), FAULT_COUNT_FILE = here:path "count" } })
      for line in result.stdout:gmatch "[^\n]+" do
        test.truthy(line == "digest" or line == "not enough memory", ("call %d: %s"):format(at, line))
        if line ~= "digest" then refused = refused + 1 end
      end
    end
    test.truthy(refused > 20, "refused " .. refused)
  end)
end)
