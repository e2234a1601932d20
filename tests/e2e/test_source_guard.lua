--- S1.3, S1.20: only `test` may be merged into `master`, held by a status of relrun guard's that the forge requires.

local test = require "testing"
local guarded = require "guarded"
local place = require "place"

local SPEC = [[
release "aetherflow" { packages = package "aetherflow" {}, version = pep440 {}, identity = "R <r@example.org>" }
lane "rc" { when = pushed "test", steps = { branch "release-test", bump { prerelease = "rc" }, tag {}, push {} } }
lane "final" { when = pushed "master", steps = { branch "release", bump {}, tag {}, push {} } }
source_guard "master" { from = "test" }
]]

local function with(body)
  place.with(function (here)
    local flow = guarded.build(here, { spec = SPEC, history = "branch master\nbranch test\ncommit \"feat: tested\" t.txt\n" })
    flow:must "relrun forge require source --branch master"
    body(flow)
  end)
end

test("S1.3 S1.20 a pull request of test into master may be merged, once it was judged", function ()
  with(function (flow)
    local number = flow:open("test", "Release", "master")
    flow:refused(("relrun forge merge %d --as ann"):format(number), 5, "required check 'source' is expected")
    flow:must("relrun guard release.lua", { env = flow:new_head(number) })
    flow:must(("relrun forge merge %d --as ann"):format(number))
  end)
end)

test("S1.3 S1.20 a pull request of a feature into master cannot be merged, and says why", function ()
  with(function (flow)
    flow:commit("feature", "feat: straight to master")
    local number = flow:open("feature", "Straight to master", "master")
    flow:must("relrun guard release.lua --pull-request " .. number)
    flow:refused(("relrun forge merge %d --as ann"):format(number), 5, "required check 'source' is failure")
    local _, status = flow:status(flow:pull(number).head.oid, "source")
    test.equal(status.description, "only test may be merged into master")
    flow:refused("relrun guard release.lua --all", 4, "said already")
  end)
end)

test("S1.3 a pull request into another branch has nothing to do with it", function ()
  with(function (flow)
    flow:commit("feature", "feat: tested first")
    local number = flow:open("feature", "Into test", "test")
    flow:refused("relrun guard release.lua --pull-request " .. number, 4, "no lane has a lock, and no source_guard is for test")
    local other = flow:open("feature", "Into master", "master")
    flow:must "relrun guard release.lua --all"
    test.equal((flow:status(flow:pull(other).head.oid, "source")), "failure")
    flow:must(("relrun forge merge %d --as ann"):format(number))
  end)
end)

return test.done()
