--- What stands against the merge of a release's pull request, over a forge that is made up.

local test = require "testing"
local made_forge = require "made_forge"
local mergeable = require "mergeable"
local problem = require "problem"

local HEAD, BASE = ("a"):rep(40), ("b"):rep(40)
local WANTED = { base = "main", base_oid = BASE, method = "merge", lock = "release" }

local function merge_rules(more)
  local merge = { methods = { "merge", "rebase", "squash" }, linear = false, queue = false, locked = false, strict = false,
    approvals = 0, reviewed = false, checks = { { name = "Release", app = false } }, others = {}, seen = true }
  for key, value in pairs(more or {}) do merge[key] = value end
  return merge
end

local function forge_of(row)
  local known = { known_rules = { main = { required_checks = row.required or {}, merge = merge_rules(row.asks) } } }
  for key, value in pairs(row.forge or {}) do known[key] = value end
  return made_forge.new(known)
end

local function asking(forge) return function (method, ...) return forge[method](forge, ...) end end

local function judge(row)
  local forge = forge_of(row)
  local pull = { number = 7, draft = row.draft or false, head = { oid = HEAD, branch = "releases/1" } }
  local objection, trouble = mergeable.pull(asking(forge), WANTED, pull)
  return objection, trouble, forge
end

local function check(state, more)
  local one = { name = "build", source = "check", state = state, app = 5 }
  for key, value in pairs(more or {}) do one[key] = value end
  return one
end

local function review(user, state) return { user = user, state = state, oid = HEAD, time = "2026-11-21T08:00:00Z" } end

local BUILD = { checks = { { name = "build", app = false }, { name = "release", app = false } } }
local OF_APP = { checks = { { name = "build", app = 5 } } }
local TWO = { approvals = 2, reviewed = true }
local WRITERS = { bob = "write", eve = "maintain", zoe = "read" }

-- What is asked for, what there is, and what stands against it: the kind and a part of its words, or false.
for _, row in ipairs {
  { name = "S0.8 where nothing is asked for nothing stands against it", false },
  { name = "S0.8 a repository without merge commits", forge = { merge_methods = { "squash" } }, "denied", "o/r allows no merge commits" },
  { name = "S0.8 rules without merge commits", asks = { methods = { "squash" } }, "denied", "(but squash)" },
  { name = "S0.8 rules of which each allows another method", asks = { methods = {} }, "denied", "allow no merge commits, and the tag" },
  { name = "S0.8 a linear history", asks = { linear = true }, "denied", "main asks for a linear history" },
  { name = "S0.8 a merge queue", asks = { queue = true }, "denied", "cannot enqueue" },
  { name = "S0.8 a locked branch", asks = { locked = true }, "denied", "main is locked" },
  { name = "S0.16 a draft", draft = true, "waiting", "#7 is a draft" },
  { name = "S0.8 what is up to date", asks = { strict = true }, false },
  { name = "S0.8 what is behind", asks = { strict = true }, forge = { comparison = { status = "diverged", ahead = 1, behind = 2 } },
    "denied", "#7 is behind it by 2 commits" },
  { name = "S0.8 what is behind where nobody minds", forge = { comparison = { status = "diverged", ahead = 1, behind = 2 } }, false },
  { name = "S0.28 the lock itself is no other check", asks = { checks = { { name = "RELEASE", app = false } } }, false },
  { name = "S0.28 a check that nobody reported", asks = BUILD, "waiting", "'build', which nobody reported for aaaaaaaaaaaa" },
  { name = "S0.28 a check that is not finished", asks = BUILD, forge = { known_checks = { check "pending" } }, "waiting", "not finished" },
  { name = "S0.28 a check that failed", asks = BUILD, forge = { known_checks = { check "failure" } }, "denied", "ended with failure" },
  { name = "S0.28 a check that was cancelled", asks = BUILD, forge = { known_checks = { check "cancelled" } }, "denied", "ended with cancelled" },
  { name = "S0.28 a check that is green", asks = BUILD, forge = { known_checks = { check "success" } }, false },
  { name = "S0.28 a check that was skipped satisfies the forge", asks = BUILD, forge = { known_checks = { check "skipped" } }, false },
  { name = "S0.28 a check that is neutral satisfies the forge", asks = BUILD, forge = { known_checks = { check "neutral" } }, false },
  { name = "S0.28 of a green check and a red status of one name the red one counts", asks = BUILD,
    forge = { known_checks = { check "success", check("error", { source = "status", name = "Build" }) } }, "denied", "ended with error" },
  { name = "S0.28 of a pending check and a red one the red one counts", asks = BUILD,
    forge = { known_checks = { check "failure", check("pending", { app = 6 }) } }, "denied", "ended with failure" },
  { name = "S0.28 another app's run is no word of the app", asks = OF_APP, forge = { known_checks = { check("success", { app = 6 }) } },
    "waiting", "which nobody reported as app 5" },
  { name = "S0.28 the app's own run is", asks = OF_APP, forge = { known_checks = { check "success" } }, false },
  { name = "S0.28 a person's status is no word of the app", asks = OF_APP, forge = { posters = { build = { user = "ann", app = false } },
    known_checks = { check("success", { source = "status", app = false }) } }, "waiting", "nobody reported as app 5" },
  { name = "S0.28 the app's own status is", asks = OF_APP, forge = { posters = { build = { user = "five[bot]", app = 5 } },
    known_checks = { check("success", { source = "status", app = false }) } }, false },
  { name = "S0.28 a status of an app that is not told counts", asks = OF_APP, forge = { posters = { build = { user = "x[bot]" } },
    known_checks = { check("success", { source = "status", app = false }) } }, false },
  { name = "S0.30 too few approvals", asks = TWO, forge = { roles = WRITERS, known_reviews = { [7] = { review("bob", "approved"),
    review("zoe", "approved") } } }, "waiting", "main asks for 2 approvals, and pull request #7 has 1" },
  { name = "S0.30 approvals enough", asks = TWO, forge = { roles = WRITERS, known_reviews = { [7] = { review("bob", "approved"),
    review("eve", "changes_requested"), review("eve", "approved") } } }, false },
  { name = "S0.30 somebody requested changes", asks = { reviewed = true }, forge = { roles = WRITERS,
    known_reviews = { [7] = { review("eve", "changes_requested") } } }, "denied", "eve requested changes of pull request #7" },
  { name = "S0.30 somebody who may not write requested changes", asks = { reviewed = true }, forge = { roles = WRITERS,
    known_reviews = { [7] = { review("zoe", "changes_requested") } } }, false },
  { name = "a denial is told before a wait", asks = { checks = BUILD.checks, reviewed = true }, forge = { roles = WRITERS,
    known_reviews = { [7] = { review("eve", "changes_requested") } } }, "denied", "eve requested changes" },
} do
  test(row.name, function ()
    local objection, trouble = judge(row)
    test.equal(trouble, nil)
    test.equal(objection and objection.kind, row[1])
    if objection then
      test.contains(objection.text, row[2])
      test.truthy(objection.todo)
    end
  end)
end

for method, asks in pairs { repository = {}, rules = {}, compare = { strict = true }, checks = BUILD, reviews = TWO, poster = OF_APP } do
  test("P12 what the forge does not tell is no yes: " .. method, function ()
    local objection, trouble = judge { asks = asks, forge = { refusals = { [method] = problem.new("error", "403") },
      known_checks = { check("success", { source = "status" }) } } }
    test.equal(objection, nil)
    test.equal(trouble.text, "403")
  end)
end

test("no more is asked than the rules ask for", function ()
  local _, _, forge = judge {}
  test.equal(forge.asked, { repository = true, rules = true })
end)

local function lock(row) return mergeable.lock(asking(forge_of(row)), WANTED) end

test("S0.13 a lock of anybody's, of an app's with an app's token, and with a person's", function ()
  local bound = { { name = "Release", app = 9 }, { name = "build", app = 8 } }
  test.equal(lock { required = { { name = "release", app = false }, { name = "build", app = 8 } } }, false)
  local objection, trouble, app = lock { required = bound, forge = { known_identity = { app = true } } }
  test.equal({ objection, trouble, app }, { false, nil, 9 })
  objection, trouble, app = lock { required = bound, forge = { known_identity = {} } }
  test.equal({ objection, trouble, app }, { false, nil, 9 })
  objection = lock { required = bound }
  test.equal(objection.kind, "denied")
  test.contains(tostring(objection), "from app 9 alone, and the token is a person's")
  objection, trouble = lock { required = bound, forge = { refusals = { identity = problem.new("error", "502") } } }
  test.equal({ objection, trouble.text }, { nil, "502" })
end)

test("what nobody here can judge is warned of", function ()
  test.equal(mergeable.warning(merge_rules(), "main"), nil)
  test.contains(mergeable.warning(merge_rules { others = { "signed commits", "workflows that pass" } }, "main"),
    "main also asks for signed commits and workflows that pass, at which relrun does not look")
  test.contains(mergeable.warning(merge_rules { seen = false }, "main"), "administration: read")
end)

return test.done()
