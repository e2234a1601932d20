--- P13, P14: every allocation and every file operation of relrun fails once, in a plan and in a release. Nothing is left
--- half-done, the journal never lies, and the same command comes to its end afterwards. `make test` tries a part of the
--- calls, `make sweep` every one.

local test = require "testing"
local faults = require "faults"
local monorepo = require "monorepo"
local place = require "place"

local function tries(some)
  if not monorepo.exhaustive() then return some end
end

local MEMORY = { { kind = "malloc" }, { kind = "malloc", persistent = true } }
local DISK = {}
for _, fault in ipairs(faults.KINDS) do
  if fault.kind ~= "malloc" then DISK[#DISK + 1] = fault end
end

-- The journal says done only of what is so: a push that it calls done is on the remote.
local function lying_journal(stage)
  local journal = stage.place:run { "sh", "-c", "cat work/.git/relrun/*/journal.jsonl 2>/dev/null" }.stdout
  local told = journal:find('"event":"done","kind":"push"', 1, true)
  if told and not stage.remote:state():find("refs/tags/core-v0.2.0rc1", 1, true) then
    return "the journal calls a push done that the remote does not have:\n" .. journal
  end
end

local function released(name, kinds, some, offset)
  place.with(function (here)
    local report = faults.run { stage = monorepo.build(here), command = monorepo.RELEASE, kinds = kinds, tries = some,
      offset = offset, check = lying_journal }
    faults.tell(name, report)
    test.equal(report.problems, {})
    test.truthy(report.tried >= #kinds, "tried " .. report.tried)
  end)
end

test("P13 an allocation that fails in a release leaves all or nothing, and the next run finishes", function ()
  released("memory in a release", MEMORY, tries(10), monorepo.exhaustive() and 1 or 7)
end)

test("P14 a file operation that fails in a release leaves all or nothing, and the next run finishes", function ()
  released("the disk in a release", DISK, tries(3), 1)
end)

-- A plan changes nothing whatever fails; the outcome is the remote as it was, and the plan's bytes.
test("P13 P14 a failing allocation or file operation in a plan is one line, and the next plan is the same", function ()
  place.with(function (here)
    local report = faults.run {
      stage = monorepo.build(here), kinds = { MEMORY[1], DISK[1], DISK[2], DISK[#DISK] }, tries = tries(8), offset = 3,
      command = { "relrun", "plan", "release.lua", "rc", "--push", "-o", here:path "plan.json" },
      outcome = function (stage) return stage.remote:state() .. (here:read "plan.json" or "no plan") end,
      check = function (_, result)
        local bytes = here:read "plan.json"
        if result.code == 0 and not bytes then return "success without a plan" end
        if bytes and not bytes:find "}\n$" then return "half a plan was left" end
      end,
    }
    faults.tell("memory and disk in a plan", report)
    test.equal(report.problems, {})
    test.truthy(report.tried >= 8, "tried " .. report.tried)
  end)
end)

-- Pushes as git does, and then says more than anybody keeps.
local TALKS_ON = [[#!/bin/sh
case " $* " in
*" push "*) /usr/bin/git "$@"; head -c 300000000 /dev/zero >&2 ;;
*) exec /usr/bin/git "$@" ;;
esac
]]

test("P8 what came of a push whose answer was lost here is asked of the remote", function ()
  place.with(function (here)
    local stage = monorepo.build(here)
    here:write("bin/git", TALKS_ON)
    here:must { "chmod", "+x", here:path "bin/git" }
    local result = here:run(monorepo.RELEASE, { cwd = "work", env = { PATH = here:path "bin" .. ":" .. here.env.PATH } })
    test.equal(result.code, 0, result.stderr)
    local state = stage.remote:state()
    test.contains(state, "refs/tags/core-v0.2.0rc1 ")
    test.lacks(state, "refs/relrun/lock/")
  end)
end)
