--- Rows of the gates on events, people's word and time: not_released, not_actor, actor, completed, approved, environment,
-- confirmed, schedule, freeze.

local judging = require "judging"
local moment = require "moment"

local HEAD, OTHER = judging.HEAD, judging.OTHER
local refused = judging.problem.new("error", "the forge answered 403")

local function at(text) return (assert(moment.of(text))) end

local function ended(more)
  local run = { name = "CI", conclusion = "success", head_branch = "test", head_sha = HEAD, actor = "alice", same_repository = true }
  for key, value in pairs(more or {}) do run[key] = value end
  return { provider = "github", event = "workflow_run", actor = "alice", workflow_run = run }
end

local COMPLETED = { workflow = "CI", branch = "test" }

local function by_review(more)
  local review = { state = "approved", user = "bob", oid = HEAD }
  for key, value in pairs(more or {}) do review[key] = value end
  return { provider = "github", event = "pull_request_review", actor = "bob", review = review }
end

local PUSH = { provider = "github", event = "push", actor = "alice" }

-- A forge with the environment "production" and these decisions on run 99.
local function deciding(...)
  local list = {}
  for i, one in ipairs { ... } do
    list[i] = { environment = one[2] or "production", state = one[1], user = one[1] ~= "pending" and "carol", comment = one[3] or "" }
  end
  return { environments = { production = { name = "production", reviewers = { "carol", "dave" }, wait_minutes = 0 } },
    known_approvals = { [99] = list } }
end

local TWO = { judging.decision("core", "1.2.0"), judging.decision("app", "2.0.0") }

return {
  -- not_released
  { gate = "not_released", name = "S1.68 the push of an ordinary commit passes", verdict = "pass", ci = PUSH },
  { gate = "not_released", name = "S1.68 the push of a release commit of ours is skipped", verdict = "skip", ci = PUSH, ours = true,
    reason = "relrun's own release commit" },
  { gate = "not_released", name = "S1.69 a message of ours by somebody else is skipped by nobody", verdict = "pass", ci = PUSH, ours = true,
    context = { identity = "Bot <bot@b.c>" }, reason = "another author" },
  { gate = "not_released", name = "a release commit that was not pushed starts what somebody asks for", verdict = "pass", ours = true },
  { gate = "not_released", name = "at a terminal nobody pushed", verdict = "pass", ours = true, ci = { provider = "none", event = "push" } },

  -- not_actor
  { gate = "not_actor", says = { "me[bot]" }, name = "S1.67 a run of somebody else passes", verdict = "pass", reason = "started by alice" },
  { gate = "not_actor", says = { "me[bot]" }, name = "S1.67 a run of the account is skipped", verdict = "skip",
    ci = { provider = "github", actor = "me[bot]" } },
  { gate = "not_actor", says = { "me[bot]" }, name = "S1.67 a re-run by the account is skipped", verdict = "skip",
    ci = { provider = "github", actor = "alice", triggering_actor = "me[bot]" } },
  { gate = "not_actor", says = { "me[bot]" }, name = "S1.67 what the account's workflow started is skipped", verdict = "skip",
    ci = ended { actor = "me[bot]" } },
  { gate = "not_actor", says = { "Release-Bot" }, name = "S1.67 an account is the same in small and capital letters", verdict = "skip",
    ci = { provider = "github", actor = "alice", triggering_actor = "release-bot" } },

  -- actor
  { gate = "actor", says = { "Alice" }, name = "a run that was started by somebody who is named passes", verdict = "pass",
    reason = "started by alice" },
  { gate = "actor", says = { "bob" }, name = "a run that was started by somebody else is denied", verdict = "deny",
    reason = "alice started this run, and only bob may" },
  { gate = "actor", says = { "alice" }, name = "a re-run by somebody else is denied", verdict = "deny",
    ci = { provider = "github", actor = "alice", triggering_actor = "mallory" }, reason = "mallory re-started this run" },
  { gate = "actor", says = { "mallory" }, name = "a re-run by somebody who is named is denied when another began", verdict = "deny",
    ci = { provider = "github", actor = "alice", triggering_actor = "mallory" }, reason = "alice started" },
  { gate = "actor", says = { "alice", "bob" }, name = "a re-run by two who are named passes", verdict = "pass",
    ci = { provider = "github", actor = "alice", triggering_actor = "bob" }, reason = "started by alice and bob" },
  { gate = "actor", says = { teams = { "o/stewards" } }, name = "a member of the team may start it", verdict = "pass",
    forge = { teams = { ["o/stewards"] = { alice = true } } } },
  { gate = "actor", says = { teams = { "o/stewards" } }, name = "somebody outside the team may not", verdict = "deny",
    forge = { teams = { ["o/stewards"] = { bob = true } } } },
  { gate = "actor", says = { roles = { "maintain" } }, name = "somebody with the role may start it", verdict = "pass",
    forge = { roles = { alice = "maintain" } } },
  { gate = "actor", says = { roles = { "maintain" } }, name = "somebody with a weaker role may not", verdict = "deny",
    forge = { roles = { alice = "write" } } },
  { gate = "actor", says = { "alice" }, name = "a run of nobody is denied", verdict = "deny", ci = { provider = "none" },
    reason = "no account is known" },
  { gate = "actor", says = { "ghost" }, name = "a deleted account is nobody", verdict = "deny",
    ci = { provider = "github", actor = "ghost" } },
  { gate = "actor", says = { teams = { "o/s" } }, name = "P12 a team that the token may not see is no pass", verdict = "problem",
    kind = "error", forge = { refusals = { member = refused } } },

  -- completed
  { gate = "completed", says = COMPLETED, name = "S1.70 the success of the workflow passes", verdict = "pass", ci = ended() },
  { gate = "completed", says = COMPLETED, name = "a run of another event is none of the trigger's", verdict = "pass", ci = PUSH },
  { gate = "completed", says = COMPLETED, name = "S1.71 another workflow is skipped", verdict = "skip", ci = ended { name = "Docs" } },
  { gate = "completed", says = COMPLETED, name = "S1.71 another branch is skipped", verdict = "skip", ci = ended { head_branch = "x" } },
  { gate = "completed", says = COMPLETED, name = "S1.72 a fork's branch of the name is skipped", verdict = "skip",
    ci = ended { same_repository = false } },
  { gate = "completed", says = COMPLETED, name = "S1.70 a failure is skipped", verdict = "skip", ci = ended { conclusion = "failure" } },
  { gate = "completed", says = COMPLETED, name = "S1.112 the run of an older commit denies", verdict = "deny",
    ci = ended { head_sha = OTHER }, reason = "tested cccccccccccc" },

  -- approved
  { gate = "approved", name = "S0.6 a review that approved the head starts the release", verdict = "pass", ci = by_review(),
    reason = "bob approved aaaaaaaaaaaa" },
  { gate = "approved", name = "S0.6 a review of an earlier head denies", verdict = "deny", ci = by_review { oid = OTHER },
    reason = "bob approved cccccccccccc, and the head is aaaaaaaaaaaa now" },
  { gate = "approved", name = "a review that approved nothing is skipped", verdict = "skip", ci = by_review { state = "commented" } },
  { gate = "approved", name = "a review that requested changes is skipped", verdict = "skip", ci = by_review { state = "changes_requested" } },
  { gate = "approved", name = "a run that no review started has none to judge", verdict = "off", reason = "not started by a review" },
  { gate = "approved", name = "what is prepared needs no review", verdict = "off", ci = by_review { oid = OTHER }, context = { half = "prepare" } },

  -- environment
  { gate = "environment", says = { "production" }, name = "S3.9 an approved run passes", verdict = "pass", forge = deciding { "approved" },
    reason = "carol approved run 99 for production",
    evidence = { environment = "production", run = 99, user = "carol" } },
  { gate = "environment", says = { "Production" }, name = "an environment is known in small and large letters", verdict = "pass",
    forge = { environments = { Production = { name = "production", reviewers = { "carol" }, wait_minutes = 0 } },
      known_approvals = { [99] = { { environment = "production", state = "approved", user = "carol", comment = "go" } } } } },
  { gate = "environment", says = { "production" }, name = "S3.9 a pending approval waits", verdict = "wait", forge = deciding { "pending" },
    reason = "run 99 waits", todo = "carol, dave" },
  { gate = "environment", says = { "production" }, name = "S3.9 a rejection denies, with its comment", verdict = "deny",
    forge = deciding { "rejected", nil, "not today" }, reason = "carol rejected run 99 for production: not today" },
  { gate = "environment", says = { "production" }, name = "an approval does not undo a rejection of the same run", verdict = "deny",
    forge = deciding({ "rejected" }, { "approved" }) },
  { gate = "environment", says = { "production" }, name = "an approval of an earlier attempt does not stand for one that is pending",
    verdict = "wait", forge = deciding({ "approved" }, { "pending" }) },
  { gate = "environment", says = { "production" }, name = "an approval for another environment does not count", verdict = "deny",
    forge = deciding { "approved", "staging" }, reason = "nobody was asked", todo = "environment: production" },
  { gate = "environment", says = { "production" }, name = "a rejection for another environment does not count", verdict = "pass",
    forge = deciding({ "rejected", "staging" }, { "approved" }) },
  { gate = "environment", says = { "production" }, name = "an environment without reviewers is refused", verdict = "deny",
    forge = { environments = { production = { name = "production", reviewers = false, wait_minutes = 0 } },
      known_approvals = { [99] = { { environment = "production", state = "approved", user = false, comment = "" } } } },
    reason = "approves every run by itself" },
  { gate = "environment", says = { "production" }, name = "an environment with an empty list of reviewers is refused", verdict = "deny",
    forge = { environments = { production = { name = "production", reviewers = {}, wait_minutes = 0 } },
      known_approvals = { [99] = { { environment = "production", state = "approved", user = false, comment = "" } } } } },
  { gate = "environment", says = { "production" }, name = "an environment that is not there is refused", verdict = "deny",
    reason = "there is no environment production" },
  { gate = "environment", says = { "production" }, name = "what is no CI run cannot have been approved", verdict = "deny",
    forge = deciding { "approved" }, ci = { provider = "none" }, reason = "no CI run" },
  { gate = "environment", says = { "production" }, name = "P12 an environment that the forge does not tell is no pass",
    verdict = "problem", kind = "error", forge = { refusals = { environment = refused } } },
  { gate = "environment", says = { "production" }, name = "P12 approvals that the forge does not tell are no pass",
    verdict = "problem", kind = "error", forge = { environments = deciding({ "approved" }).environments, refusals = { approvals = refused } } },

  -- confirmed
  { gate = "confirmed", says = {}, name = "S3.113 the version that was typed passes", verdict = "pass",
    context = { options = { confirm = "1.2.0" } } },
  { gate = "confirmed", says = {}, name = "S3.113 nothing typed is denied, with what to type", verdict = "deny",
    todo = "say --confirm '1.2.0'" },
  { gate = "confirmed", says = {}, name = "S3.113 another text is denied", verdict = "deny", context = { options = { confirm = "1.2.1" } },
    reason = "--confirm says '1.2.1'" },
  { gate = "confirmed", says = {}, name = "S3.113 an empty text confirms nothing", verdict = "deny", context = { options = { confirm = "" } } },
  { gate = "confirmed", says = { "{package} {version}" }, name = "several packages are typed one after the other", verdict = "pass",
    released = TWO, context = { options = { confirm = "core 1.2.0, app 2.0.0" } } },
  { gate = "confirmed", says = { "{package} {version}" }, name = "one of several packages is not enough", verdict = "deny",
    released = TWO, context = { options = { confirm = "core 1.2.0" } } },
  { gate = "confirmed", says = { "it's {version}" }, name = "what to type is quoted for the shell", verdict = "deny",
    todo = [[--confirm 'it'\''s 1.2.0']] },
  { gate = "confirmed", says = { "ship {release}" }, name = "a text that is the same for all packages is typed once", verdict = "pass",
    released = TWO, context = { options = { confirm = "ship demo" } } },

  -- schedule
  { gate = "schedule", says = { days = { "Mon", "Tue" }, hours = "09-17" }, now = at "2026-11-23 10:00", verdict = "pass",
    name = "in its hours it is open until they end", not_after = at "2026-11-23 17:00" - 1, reason = "open until 2026-11-23 17:00 UTC" },
  { gate = "schedule", says = { days = { "Mon", "Tue" }, hours = "09-17" }, now = at "2026-11-23 17:00", verdict = "wait",
    name = "the end of its hours does not belong to them", todo = "from 2026-11-24 09:00 UTC on" },
  { gate = "schedule", says = { days = { "Mon", "Tue" }, hours = "09-17" }, now = at "2026-11-23 08:59", verdict = "wait",
    name = "before its hours it waits", reason = "it is Mon 2026-11-23 08:59 UTC, and this is done on Mon, Tue at 09-17" },
  { gate = "schedule", says = { days = { "Mon", "Tue" } }, now = at "2026-11-25 10:00", verdict = "wait",
    name = "on another day it waits until the next", todo = "from 2026-11-30 00:00 UTC on" },
  { gate = "schedule", says = { days = { "Mon", "Tue" } }, now = at "2026-11-23 10:00", verdict = "pass",
    name = "days that follow one another are one time", not_after = at "2026-11-25" - 1 },
  { gate = "schedule", says = { hours = "22-06", days = { "Fri" } }, now = at "2026-11-21 05:59", verdict = "pass",
    name = "hours over midnight belong to the day on which they begin", not_after = at "2026-11-21 06:00" - 1 },
  { gate = "schedule", says = { hours = "22-06", days = { "Fri" } }, now = at "2026-11-20 05:59", verdict = "wait",
    name = "the morning before does not belong to them", todo = "from 2026-11-20 22:00 UTC on" },
  { gate = "schedule", says = { hours = "22-06", days = { "Fri" } }, now = at "2026-11-20 23:00", verdict = "pass",
    name = "the evening belongs to them", not_after = at "2026-11-21 06:00" - 1 },
  { gate = "schedule", says = { hours = "22-06", days = { "Fri" } }, now = at "2026-11-21 23:00", verdict = "wait",
    name = "the evening after does not belong to them" },
  { gate = "schedule", says = { hours = "09-17", offset = "+01:00" }, now = at "2026-11-23 08:00", verdict = "pass",
    name = "an offset moves the hours", not_after = at "2026-11-23 16:00" - 1, reason = "2026-11-23 17:00 +01:00" },
  { gate = "schedule", says = { hours = "09-17", offset = "-05:00" }, now = at "2026-11-23 13:59", verdict = "wait",
    name = "an offset to the west moves them the other way", todo = "from 2026-11-23 09:00 -05:00 on" },
  { gate = "schedule", says = { days = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" } }, now = at "2026-11-23", verdict = "pass",
    name = "what is open on all days is always open", not_after = false, reason = "always open" },

  -- freeze
  { gate = "freeze", says = { from = "2026-12-20", to = "2027-01-05", why = "the year ends" }, now = at "2026-12-24", verdict = "deny",
    name = "in a freeze nothing is released", reason = "frozen until 2027-01-06 00:00 UTC: the year ends" },
  { gate = "freeze", says = { from = "2026-12-20", to = "2027-01-05" }, now = at "2026-12-20", verdict = "deny",
    name = "the first day of a freeze belongs to it" },
  { gate = "freeze", says = { from = "2026-12-20", to = "2027-01-05" }, now = at "2027-01-06" - 1, verdict = "deny",
    name = "the last day of a freeze belongs to it" },
  { gate = "freeze", says = { from = "2026-12-20", to = "2027-01-05" }, now = at "2027-01-06", verdict = "pass",
    name = "after a freeze it is over", not_after = false, reason = "was over" },
  { gate = "freeze", says = { from = "2026-12-20", to = "2027-01-05" }, now = at "2026-12-20" - 1, verdict = "pass",
    name = "before a freeze the plan holds until it begins", not_after = at "2026-12-20" - 1, reason = "no freeze before" },
  { gate = "freeze", says = { from = "2026-12-20 18:00", to = "2026-12-20 20:00", offset = "+01:00" }, now = at "2026-12-20 17:00",
    verdict = "deny", name = "a freeze may begin at a minute, with an offset", reason = "frozen until 2026-12-20 20:01 +01:00" },
}
