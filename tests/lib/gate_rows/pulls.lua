--- Rows of the gates on commits and pull requests: checks, reviews, labels, no_open_issues.

local judging = require "judging"

local HEAD, OTHER = judging.HEAD, judging.OTHER
local refused = judging.problem.new("error", "the forge answered 403")

local function check(name, state, more)
  local one = { name = name, source = "check", state = state, description = "", url = "https://ci.example/" .. name, app = 15368 }
  for key, value in pairs(more or {}) do one[key] = value end
  return one
end

local function checks(...) return { known_checks = { ... } } end

local STATUS = { source = "status", app = false }

local function review(user, state, oid)
  return { user = user, state = state, oid = oid == nil and HEAD or oid, time = "2026-11-21T08:00:00Z" }
end

-- A forge with these reviews; everybody who is named writes, `roles` says who else does what.
local function reviewed(list, roles, teams)
  local all = { bob = "write", carol = "write", ["releaser[bot]"] = "admin" }
  for user, role in pairs(roles or {}) do all[user] = role end
  return { known_reviews = { [7] = list }, roles = all, teams = teams }
end

local function issue(number, ...)
  return { number = number, title = "It burns \27[31m", labels = { ... }, url = "https://forge.example/o/r/issues/" .. number }
end

return {
  -- checks
  { gate = "checks", says = { "build", "test" }, name = "S1.36 checks that are green on the commit pass", verdict = "pass",
    forge = checks(check("build", "success"), check("test", "success")), reason = "2 checks of aaaaaaaaaaaa are green" },
  { gate = "checks", says = { "build" }, name = "S1.36 a check that failed denies with its name and link", verdict = "deny",
    forge = checks(check("build", "failure")), reason = "check 'build' of aaaaaaaaaaaa ended with failure (https://ci.example/build)" },
  { gate = "checks", says = { "build" }, name = "a check that was cancelled denies", verdict = "deny",
    forge = checks(check("build", "cancelled")), reason = "cancelled" },
  { gate = "checks", says = { "build" }, name = "a state that nobody knows denies", verdict = "deny",
    forge = checks(check("build", "wonderful")), reason = "wonderful" },
  { gate = "checks", says = { "build", "test" }, name = "a check that nobody reported waits", verdict = "wait",
    forge = checks(check("build", "success")), reason = "nobody reported check 'test'" },
  { gate = "checks", says = { "CI / tests" }, name = "a name of the forge's page is told as the forge has it", verdict = "wait",
    forge = checks(check("tests", "success")), reason = "the page shows 'CI / tests' and the forge calls it 'tests'" },
  { gate = "checks", says = { "biuld" }, name = "a misspelt name is told the nearest", verdict = "wait",
    forge = checks(check("build", "success")), reason = "did you mean 'build'?" },
  { gate = "checks", says = { "build" }, name = "a check that is not finished waits", verdict = "wait",
    forge = checks(check("build", "pending")), reason = "check 'build' of aaaaaaaaaaaa is not finished" },
  { gate = "checks", says = { "build", "test" }, name = "a failure counts more than something unfinished", verdict = "deny",
    forge = checks(check("build", "pending"), check("test", "failure")), reason = "check 'test'" },
  { gate = "checks", says = { "build" }, name = "a skipped check proves nothing", verdict = "deny",
    forge = checks(check("build", "skipped")), reason = "was skipped" },
  { gate = "checks", says = { "build" }, name = "a neutral check proves nothing", verdict = "deny",
    forge = checks(check("build", "neutral")), reason = "left neutral" },
  { gate = "checks", says = { "build", "lint", skipped = true }, name = "a skipped and a neutral check pass where the spec says so",
    verdict = "pass", forge = checks(check("build", "skipped"), check("lint", "neutral")) },
  { gate = "checks", says = { "build" }, name = "a check and a status of one name must both be green", verdict = "deny",
    forge = checks(check("build", "success"), check("build", "failure", STATUS)) },
  { gate = "checks", says = { "build" }, name = "of a check and a status of one name the unfinished one waits", verdict = "wait",
    forge = checks(check("build", "success"), check("build", "pending", STATUS)) },
  { gate = "checks", says = { "Build" }, name = "a status has its name in small and large letters alike", verdict = "deny",
    forge = checks(check("build", "error", STATUS)) },
  { gate = "checks", says = { "Build" }, name = "a check run has its name exactly", verdict = "wait",
    forge = checks(check("build", "success")), reason = "nobody reported" },
  { gate = "checks", says = { "build", source = "status" }, name = "a source that is named alone counts", verdict = "wait",
    forge = checks(check("build", "success")),
    reason = "nobody reported check 'build' for aaaaaaaaaaaa as a commit status; there is a check run of that name, which source = \"status\" leaves out" },
  { gate = "checks", says = { "build", source = "check" }, name = "a status does not stand for a check run, and is told of", verdict = "wait",
    forge = checks(check("build", "success", STATUS)),
    reason = "nobody reported check 'build' for aaaaaaaaaaaa as a check run; there is a commit status of that name, which source = \"check\" leaves out" },
  { gate = "checks", says = { "build", source = "check" }, name = "the other source is not looked at", verdict = "pass",
    forge = checks(check("build", "success"), check("build", "failure", STATUS)), evidence = { commit = HEAD,
      checks = { { name = "build", source = "check", state = "success", url = "https://ci.example/build" } } } },
  { gate = "checks", says = { "build", app = 15368 }, name = "a check by the app that is named passes", verdict = "pass",
    forge = checks(check("build", "success")) },
  { gate = "checks", says = { "build", app = 15368 }, name = "a check by another app does not count", verdict = "wait",
    forge = checks(check("build", "success", { app = 7 })),
    reason = "nobody reported check 'build' for aaaaaaaaaaaa as app 15368; app 7 did, and app = 15368 leaves that out" },
  { gate = "checks", says = { "build", app = 15368 }, name = "a status that anybody may post does not stand for an app", verdict = "wait",
    forge = checks(check("build", "success", STATUS)) },
  { gate = "checks", says = { "build" }, name = "P12 checks that the forge does not tell are no pass", verdict = "problem",
    kind = "error", forge = { refusals = { checks = refused } } },
  { gate = "checks", says = { "build" }, name = "an offline run, which sends nothing, asks for no checks", verdict = "off",
    offline = true },

  -- reviews
  { gate = "reviews", says = {}, name = "S0.30 an approval of the head by somebody who may write passes", verdict = "pass",
    forge = reviewed { review("bob", "approved") }, reason = "bob approved aaaaaaaaaaaa",
    evidence = { pull = 7, reviews = { { user = "bob", state = "approved", commit = HEAD, time = "2026-11-21T08:00:00Z" } } } },
  { gate = "reviews", says = {}, name = "without an approval it waits, and says where to approve", verdict = "wait",
    forge = reviewed {}, reason = "0 of 1 approval of aaaaaaaaaaaa", todo = "https://forge.example/o/r/pull/7" },
  { gate = "reviews", says = { count = 2 }, name = "S2.35 so many approvals are needed", verdict = "wait",
    forge = reviewed { review("bob", "approved") }, reason = "1 of 2 approvals of aaaaaaaaaaaa by bob" },
  { gate = "reviews", says = { count = 2 }, name = "S2.35 two people are two approvals", verdict = "pass",
    forge = reviewed { review("carol", "approved"), review("bob", "approved") }, reason = "bob, carol approved" },
  { gate = "reviews", says = { count = 2 }, name = "one person who approves twice is one", verdict = "wait",
    forge = reviewed { review("bob", "approved"), review("Bob", "approved") } },
  { gate = "reviews", says = {}, name = "S0.6 an approval of an earlier commit does not count, and is named", verdict = "wait",
    forge = reviewed { review("bob", "approved", OTHER) }, reason = "stale: bob approved cccccccccccc" },
  { gate = "reviews", says = {}, name = "an approval of no known commit does not count", verdict = "wait",
    forge = reviewed { review("bob", "approved", false) }, reason = "stale: bob approved an unknown commit" },
  { gate = "reviews", says = {}, name = "somebody who requested changes denies", verdict = "deny",
    forge = reviewed { review("carol", "approved"), review("bob", "changes_requested") }, reason = "bob requested changes" },
  { gate = "reviews", says = {}, name = "a refusal of an earlier commit still holds", verdict = "deny",
    forge = reviewed { review("carol", "approved"), review("bob", "changes_requested", OTHER) } },
  { gate = "reviews", says = {}, name = "the latest word of a person counts: a refusal after an approval", verdict = "deny",
    forge = reviewed { review("bob", "approved"), review("bob", "changes_requested") } },
  { gate = "reviews", says = {}, name = "the latest word of a person counts: an approval after a refusal", verdict = "pass",
    forge = reviewed { review("bob", "changes_requested"), review("bob", "approved") } },
  { gate = "reviews", says = {}, name = "a comment takes no approval back", verdict = "pass",
    forge = reviewed { review("bob", "approved"), review("bob", "commented") } },
  { gate = "reviews", says = {}, name = "a comment takes no refusal back", verdict = "deny",
    forge = reviewed { review("bob", "changes_requested"), review("bob", "commented"), review("carol", "approved") } },
  { gate = "reviews", says = {}, name = "a dismissed approval does not count", verdict = "wait",
    forge = reviewed { review("bob", "approved"), review("bob", "dismissed") } },
  { gate = "reviews", says = {}, name = "a dismissed refusal holds nobody back", verdict = "pass",
    forge = reviewed { review("bob", "changes_requested"), review("bob", "dismissed"), review("carol", "approved") } },
  { gate = "reviews", says = {}, name = "a comment alone is no approval", verdict = "wait",
    forge = reviewed { review("bob", "commented") } },
  { gate = "reviews", says = {}, name = "somebody who may only read does not count", verdict = "wait",
    forge = reviewed({ review("dave", "approved") }, { dave = "read" }) },
  { gate = "reviews", says = {}, name = "the refusal of somebody who may only read holds nobody back", verdict = "pass",
    forge = reviewed({ review("dave", "changes_requested"), review("bob", "approved") }, { dave = "triage" }) },
  { gate = "reviews", says = {}, pull = { author = "bob" }, name = "the author does not count for himself", verdict = "wait",
    forge = reviewed { review("bob", "approved") } },
  { gate = "reviews", says = {}, name = "an app that may write is no reviewer", verdict = "wait",
    forge = reviewed({ review("helper[bot]", "approved") }, { ["helper[bot]"] = "admin" }) },
  { gate = "reviews", says = { teams = { "o/s" } }, name = "an app in a team is no reviewer", verdict = "wait",
    forge = reviewed({ review("helper[bot]", "approved") }, {}, { ["o/s"] = { ["helper[bot]"] = true } }) },
  { gate = "reviews", says = { by = { "helper[bot]" } }, name = "an app that is named is a reviewer", verdict = "pass",
    forge = reviewed { review("helper[bot]", "approved") } },
  { gate = "reviews", says = {}, pull = { author = "Bob" }, name = "the author is known in small and large letters", verdict = "wait",
    forge = reviewed { review("bob", "approved") } },
  { gate = "reviews", says = { not_author = false }, pull = { author = "bob" }, verdict = "pass",
    name = "the author counts where the spec says so", forge = reviewed { review("bob", "approved") } },
  { gate = "reviews", says = { by = { "ghost" } }, name = "a deleted account never counts", verdict = "wait",
    forge = reviewed({ review("ghost", "approved"), review("", "approved"), review(false, "approved") }, { ghost = "admin" }) },
  { gate = "reviews", says = { by = { "Alice" } }, name = "an account that is named counts, whatever it may", verdict = "pass",
    forge = reviewed { review("alice", "approved") } },
  { gate = "reviews", says = { by = { "alice" } }, name = "where accounts are named others do not count", verdict = "wait",
    forge = reviewed { review("bob", "approved") }, todo = "approved by alice:" },
  { gate = "reviews", says = { teams = { "o/stewards" } }, name = "TEAM.mem a member of the team counts", verdict = "pass",
    forge = reviewed({ review("erin", "approved") }, {}, { ["o/stewards"] = { erin = true } }) },
  { gate = "reviews", says = { teams = { "o/stewards" } }, name = "TEAM.mem somebody outside the team does not count", verdict = "wait",
    forge = reviewed({ review("bob", "approved") }, {}, { ["o/stewards"] = { erin = true } }), todo = "team o/stewards" },
  { gate = "reviews", says = { roles = { "maintain" } }, name = "a stronger role counts", verdict = "pass",
    forge = reviewed({ review("erin", "approved") }, { erin = "admin" }) },
  { gate = "reviews", says = { roles = { "maintain" } }, name = "a weaker role does not count", verdict = "wait",
    forge = reviewed { review("bob", "approved") }, todo = "role maintain" },
  { gate = "reviews", says = { by = { "alice" }, roles = { "admin" } }, name = "one of several ways to be meant is enough",
    verdict = "pass", forge = reviewed({ review("erin", "approved") }, { erin = "admin" }) },
  { gate = "reviews", says = { by = { "alice" }, teams = { "o/s" }, roles = { "admin" } }, verdict = "wait",
    name = "all ways to be meant are told", forge = reviewed {}, todo = "alice, team o/s or role admin" },
  { gate = "reviews", says = {}, name = "P12 reviews that the forge does not tell are no pass", verdict = "problem", kind = "error",
    forge = { refusals = { reviews = refused } } },
  { gate = "reviews", says = {}, name = "P12 a role that the forge does not tell is no pass", verdict = "problem", kind = "error",
    forge = { known_reviews = { [7] = { review("bob", "approved") } }, refusals = { role = refused } } },
  { gate = "reviews", says = {}, name = "P12 a role that nobody knows is no pass", verdict = "problem", kind = "error",
    forge = reviewed({ review("bob", "approved") }, { bob = "emperor" }), reason = "the role 'emperor'" },
  { gate = "reviews", says = { teams = { "o/s" } }, name = "P12 a team that the token may not see is no pass", verdict = "problem",
    kind = "error", forge = { known_reviews = { [7] = { review("bob", "approved") } }, refusals = { member = refused } } },
  { gate = "reviews", says = {}, name = "a forge without reviews is told", verdict = "problem", kind = "error",
    forge = { cannot = { reviews = "this forge has no reviews" } }, reason = "gate reviews: this forge has no reviews" },
  { gate = "reviews", says = {}, pull = false, name = "without a pull request nobody can have reviewed it", verdict = "deny",
    reason = "no pull request", todo = "approval" },
  { gate = "reviews", says = {}, name = "an offline run, which sends nothing, asks for no reviews", verdict = "off", offline = true },

  -- labels
  { gate = "labels", says = { "ready" }, pull = { labels = { "Ready", "release" } }, verdict = "pass",
    name = "a label that is there passes, in small and large letters alike", reason = "labels: Ready, release" },
  { gate = "labels", says = { "ready" }, name = "a label that lacks waits", verdict = "wait", reason = "lacks the label 'ready'" },
  { gate = "labels", says = { "release", "ready" }, name = "every label must be there", verdict = "wait", reason = "'ready'" },
  { gate = "labels", says = { without = { "hold" } }, name = "a label that must not be there, and is not, passes", verdict = "pass" },
  { gate = "labels", says = { "release", without = { "hold" } }, pull = { labels = { "Hold", "release" } }, verdict = "deny",
    name = "a label that must not be there denies", reason = "has the label 'hold'" },
  { gate = "labels", says = { without = { "hold" } }, pull = { labels = {} }, name = "no label at all is told", verdict = "pass",
    reason = "no label" },
  { gate = "labels", says = { "ready" }, pull = false, name = "without a pull request there are no labels", verdict = "deny" },
  { gate = "labels", says = { "ready" }, forge = { pulls = {} }, name = "a pull request that is gone denies", verdict = "deny",
    reason = "#7 is gone" },
  { gate = "labels", says = { without = { "hold" } }, name = "P12 labels that the forge does not tell are no pass", verdict = "problem",
    kind = "error", forge = { refusals = { pull = refused } } },

  -- no_open_issues
  { gate = "no_open_issues", says = { "release-blocker", "production-impact" }, name = "S2.26 no such issue is open", verdict = "pass",
    forge = { known_issues = { issue(3, "bug") } } },
  { gate = "no_open_issues", says = { "release-blocker", "production-impact" }, verdict = "deny",
    name = "S2.26 an open issue with the first label denies", forge = { known_issues = { issue(3, "release-blocker") } },
    reason = "1 issue is open with 'release-blocker': #3 (It burns", todo = "https://forge.example/o/r/issues/3" },
  { gate = "no_open_issues", says = { "release-blocker", "production-impact" }, verdict = "deny",
    name = "S2.26 an open issue with the other label denies", forge = { known_issues = { issue(4, "production-impact") } },
    reason = "'production-impact': #4" },
  { gate = "no_open_issues", says = { "a", "b", any = false }, name = "an issue with only one of the labels does not count where all are asked for",
    verdict = "pass", forge = { known_issues = { issue(3, "a"), issue(4, "b") } } },
  { gate = "no_open_issues", says = { "a", "b", any = false }, name = "an issue with all of the labels denies where all are asked for",
    verdict = "deny", forge = { known_issues = { issue(5, "a", "b") } }, reason = "with 'a' and 'b': #5" },
  { gate = "no_open_issues", says = { "a" }, name = "of many issues some are named and all are counted", verdict = "deny",
    forge = { known_issues = { issue(1, "a"), issue(2, "a"), issue(3, "a"), issue(4, "a"), issue(5, "a") } },
    reason = "5 issues are open" },
  { gate = "no_open_issues", says = { "a" }, name = "P12 issues that the forge does not tell are no pass", verdict = "problem",
    kind = "error", forge = { refusals = { issues = refused } } },
}
