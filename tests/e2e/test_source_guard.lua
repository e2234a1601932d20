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

local function with(body, spec)
  place.with(function (here)
    local flow = guarded.build(here, { spec = spec or SPEC, history = "branch master\nbranch test\ncommit \"feat: tested\" t.txt\n" })
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

test("S1.3 a branch that is named like a release's lets nobody in", function ()
  with(function (flow)
    flow:commit("releases/final-x-y", "feat: straight to master")
    local number = flow:open("releases/final-x-y", "Straight to master", "master")
    flow:must("relrun guard release.lua", { env = flow:new_head(number) })
    flow:refused(("relrun forge merge %d --as ann"):format(number), 5, "required check 'source' is failure")
  end, (SPEC:gsub('branch "release", bump {}', 'branch { "releases/final-{date}-{sha}", reset_to = "master" }, bump {}, commit {}')))
end)

test("S1.3 a lane that releases on its base branch, without a branch of its own, needs no exception", function ()
  with(function (flow)
    flow:commit("feature", "feat: straight to master")
    local number = flow:open("feature", "Straight to master", "master")
    flow:must("relrun guard release.lua", { env = flow:new_head(number) })
    flow:refused(("relrun forge merge %d --as ann"):format(number), 5, "required check 'source' is failure")
  end, (SPEC:gsub('steps = { branch "release", bump', 'base = "master", steps = { bump')))
end)

test("S1.3 S1.20 with a status for each, what the one lets in the other one does not", function ()
  with(function (flow)
    flow:commit("feature", "feat: straight to master")
    local first = flow:open("feature", "Straight to master", "master")
    flow:must("relrun guard release.lua", { env = flow:new_head(first) })
    flow:must("relrun guard release.lua", { env = flow:new_head(flow:open("feature", "Into test", "test")) })
    flow:refused(("relrun forge merge %d --as ann"):format(first), 5, "required check 'source' is failure")
  end, SPEC .. 'source_guard "test" { from = "feature*", context = "source-test" }\n')
end)

return test.done()
