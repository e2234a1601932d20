--- P4 What a gate was told is a fact of the plan: apply asks again before its first write, and refuses what has another
-- answer now. Each row is a world in which the gate passed, and how it changed before the plan was applied.

local test = require "testing"
local apply = require "apply"
local digest = require "host.digest"
local forge = require "forge"
local json = require "host.json"
local judging = require "judging"
local moment = require "moment"
local plan_shape = require "plan_shape"

local HEAD, OTHER = judging.HEAD, judging.OTHER

local function merged(one, more)
  local all = {}
  for key, value in pairs(one) do all[key] = value end
  for key, value in pairs(more) do all[key] = value end
  return all
end

local function check(state, source)
  return { name = "build", source = source or "check", state = state, description = "", url = false, app = 1 }
end

local function review(user, state) return { user = user, state = state, oid = HEAD, time = "2026-11-21T08:00:00Z" } end

local CHECKS = { gate = "checks", says = { "build" }, forge = { known_checks = { check "success" } } }
local REVIEWS = { gate = "reviews", says = { teams = { "o/s" }, roles = { "write" } }, forge = {
  known_reviews = { [7] = { review("bob", "approved") } }, roles = { bob = "write" }, teams = { ["o/s"] = {} } } }
local TEAM = merged(REVIEWS, { says = { teams = { "o/s" } }, forge = merged(REVIEWS.forge, { teams = { ["o/s"] = { bob = true } } }) })
local LABELS = { gate = "labels", says = { "release", without = { "hold" } } }
local ISSUES = { gate = "no_open_issues", says = { "blocker", "impact" }, forge = { known_issues = {} } }
local RULES = { protected = true, strict = false, pull_request_required = true, approvals = 0, force_push = false, deletion = false }

-- Rules that require the check of these people.
local function requiring(enforced_for_admins, bypass)
  return { known_rules = { main = merged(RULES, { required_checks = { { name = "release", app = false,
    enforced_for_admins = enforced_for_admins, bypass = bypass } } }) } }
end
local REQUIRED = { gate = "required_check", says = { "release" }, forge = requiring(true, false) }
local APPROVAL = { environment = "production", state = "approved", user = "carol", comment = "" }
local PRODUCTION = { gate = "environment", says = { "production" }, forge = {
  environments = { production = { name = "production", reviewers = { "carol" }, wait_minutes = 0 } },
  known_approvals = { [99] = { APPROVAL } } } }
local ACTOR = { gate = "actor", says = { roles = { "maintain" } }, forge = { roles = { alice = "maintain" } } }
local STEWARD = { gate = "actor", says = { teams = { "o/s" } }, forge = { teams = { ["o/s"] = { alice = true } } } }
local URL, IMAGE = "https://dl.example.com/1.2.0", "ghcr.io/o/app:1.2.0"
local THERE = { gate = "available", says = { "https://dl.example.com/{version}", images = { "ghcr.io/o/app:{version}" } }, forge = {
  urls = { [URL] = { status = 200, size = 10 } }, images = { [IMAGE] = { digest = "sha256:" .. ("0"):rep(64) } } } }
local CUSTOM = { gate = "custom", says = { name = "all" },
  gates = { all = { name = "all", line = 1, needs = { "checks", "reviews", "pull", "issues" }, check = function () return true end } },
  forge = merged(REVIEWS.forge, { known_checks = { check "success" } }) }
local HOURS = { gate = "schedule", says = { hours = "09-17" }, now = assert(moment.of "2026-11-23 16:59") }
local FREEZE = { gate = "freeze", says = { from = "2026-12-20", to = "2027-01-05" }, now = assert(moment.of "2026-12-19 23:59") }
local UNMOVED = { gate = "base_unmoved" }

local function main_at(oid)
  return { remote_refs = { ["refs/heads/main"] = oid, ["refs/heads/releases/1"] = HEAD } }
end

-- The world in which the plan was made, what is different when it is applied, and what that is.
local ROWS = {
  { "a check turned red", CHECKS, { known_checks = { check "failure" } } },
  { "a check is run again", CHECKS, { known_checks = { check "pending" } } },
  { "a check is gone", CHECKS, { known_checks = {} } },
  { "a status of the check's name appeared", CHECKS, { known_checks = { check "success", check("pending", "status") } } },
  { "another app reports the check", CHECKS, { known_checks = { merged(check "success", { app = 2 }) } } },
  { "an approval was dismissed", REVIEWS, { known_reviews = { [7] = { review("bob", "dismissed") } } } },
  { "somebody else requested changes", REVIEWS, { known_reviews = { [7] = { review("bob", "approved"), review("eve", "changes_requested") } } } },
  { "the approver may not write any more", REVIEWS, { roles = { bob = "read" } } },
  { "the approver left the team", TEAM, { teams = { ["o/s"] = {} } } },
  { "a label was taken off", LABELS, nil, pull = { labels = {} } },
  { "a label was put on", LABELS, nil, pull = { labels = { "hold", "release" } } },
  { "the pull request is gone", LABELS, { pulls = {} } },
  { "an issue with the first label was opened", ISSUES, { known_issues = { { number = 1, title = "", labels = { "blocker" }, url = "" } } } },
  { "an issue with the other label was opened", ISSUES, { known_issues = { { number = 1, title = "", labels = { "impact" }, url = "" } } } },
  { "the check is not required any more", REQUIRED, { known_rules = { main = merged(RULES, { required_checks = {} }) } } },
  { "administrators may go past the check", REQUIRED, requiring(false, false) },
  { "somebody is on the bypass list", REQUIRED, requiring(true, true) },
  { "the environment asks nobody any more", PRODUCTION,
    { environments = { production = { name = "production", reviewers = false, wait_minutes = 0 } } } },
  { "the run was rejected", PRODUCTION, { known_approvals = { [99] = { merged(APPROVAL, { state = "rejected" }) } } } },
  { "who started the run lost the role", ACTOR, { roles = { alice = "read" } } },
  { "who started the run left the team", STEWARD, { teams = { ["o/s"] = {} } } },
  { "an address stopped to answer", THERE, { urls = { [URL] = { status = 404, size = false } } } },
  { "the bytes at an address are others", THERE, { urls = { [URL] = { status = 200, size = 11 } } } },
  { "an image's tag was moved", THERE, { images = { [IMAGE] = { digest = "sha256:" .. ("1"):rep(64) } } } },
  { "an image is gone", THERE, { images = {} } },
  { "a custom gate's checks changed", CUSTOM, { known_checks = { check "failure" } } },
  { "a custom gate's reviews changed", CUSTOM, { known_reviews = {} } },
  { "a custom gate's issues changed", CUSTOM, { known_issues = { { number = 1, title = "", labels = {}, url = "" } } } },
  { "a custom gate's pull request has another title", CUSTOM, nil, pull = { title = "Release 6.6.6" } },
  { "the hours are over", HOURS, nil, now = assert(moment.of "2026-11-23 17:00") },
  { "a freeze began", FREEZE, nil, now = assert(moment.of "2026-12-20") },
  { "the base branch moved", UNMOVED, nil, context = main_at(OTHER) },
  { "the base branch is gone", UNMOVED, nil, context = main_at(nil) },
}

-- What is to be done, and is not done yet: a tag of this clone.
local TAG = { id = 1, stage = "local", kind = "tag", class = "reversible", pre = {}, args = { tag = "v1", ref = "refs/tags/v1", object = OTHER } }

-- Applies a plan that rests on these facts in the world of `row`. What is not stale goes as far as the journal, which is
-- opened for the first write and says "nothing" here.
local function applied(facts, row)
  local context, the_forge = judging.context(row)
  local opened = 0
  local kind, trouble = apply.run({ facts = facts, ops = { TAG }, tool = "t" }, {
    local_ref = function () return nil end,
    forge = function () return the_forge end, may_ask = forge.is_read, now = function () return row.now or 1000 end,
    digest_of = function (value) return digest.sha256(json.encode(value)) end,
    remote_refs = function () return context.remote_refs end,
  }, function ()
    opened = opened + 1
    return judging.problem.refuse("nothing", "the journal is opened for the first write")
  end, function () end)
  kind = trouble and trouble.kind or kind
  test.equal(opened, kind == "nothing" and 1 or 0)
  return kind, trouble
end

local function world_of(row)
  return merged(row[2], { forge = merged(row[2].forge or {}, row[3] or {}), pull = row.pull or row[2].pull,
    now = row.now or row[2].now, context = row.context or row[2].context })
end

for _, row in ipairs(ROWS) do
  test("P4 " .. row[2].gate .. ": a plan is stale when " .. row[1], function ()
    local seen = judging.judge(row[2])
    test.equal(seen.verdict, "pass", tostring(seen.reason or seen.text))
    test.equal(applied(seen.facts, row[2]), "nothing")
    local kind, trouble = applied(seen.facts, world_of(row))
    test.equal(kind, "stale", tostring(trouble))
    test.equal(trouble.todo, "plan again")
  end)
end

test("P4 there are more than 25 kinds of change", function () test.truthy(#ROWS >= 25, #ROWS) end)

test("P12 a forge that does not answer any more stops the plan, whatever was asked", function ()
  local problem = judging.problem.new("error", "the forge answered 500")
  for _, row in ipairs { CHECKS, REVIEWS, LABELS, ISSUES, REQUIRED, PRODUCTION, ACTOR, STEWARD, THERE, CUSTOM } do
    local seen = judging.judge(row)
    test.truthy(#seen.facts > 0, row.gate)
    for _, fact in ipairs(seen.facts) do
      test.equal(applied({ fact }, merged(row, { forge = merged(row.forge or {}, { refusals = { [fact.ask[1]] = problem } }) })),
        "error", row.gate .. " " .. fact.ask[1])
    end
  end
end)

test("what a gate did not look at may change", function ()
  local labels = judging.judge(LABELS)
  test.equal(applied(labels.facts, merged(LABELS, { pull = { title = "x", mergeable = false, blocked = true } })), "nothing")
  local custom = judging.judge(CUSTOM)
  test.equal(applied(custom.facts, merged(CUSTOM, { pull = { mergeable = false, state = "closed" } })), "nothing")
  local checks = judging.judge(CHECKS)
  test.equal(applied(checks.facts, merged(CHECKS, { forge = { known_checks = { check "success", merged(check "pending",
    { name = "other" }) } } })), "nothing")
end)

test("every question is asked of a read, by the gate that asked it", function ()
  for _, row in ipairs(ROWS) do
    for _, fact in ipairs(judging.judge(row[2]).facts) do
      if fact.fact == "forge" then
        test.equal(fact.gate, row[2].says.name == "all" and "all" or row[2].gate)
        test.truthy(forge.is_read(fact.ask[1]))
        test.truthy(fact.ask[1] ~= "can", "a capability is no fact")
      end
    end
  end
end)

test("the shape of a plan knows what gates write into it", function ()
  for _, row in ipairs(ROWS) do
    local value = json.decode(assert(require "host.file".read "tests/fuzz/corpus/plan/monorepo"))
    for _, fact in ipairs(judging.judge(row[2]).facts) do table.insert(value.facts, json.decode(json.encode(fact))) end
    test.equal({ plan_shape.check(value) }, { true }, row[1])
  end
end)
