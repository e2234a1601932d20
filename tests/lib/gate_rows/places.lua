--- Rows of the gates on the repository, the forge's settings, what others made, and of custom gates.

local judging = require "judging"

local HEAD, BASE, OTHER = judging.HEAD, judging.BASE, judging.OTHER
local refused = judging.problem.new("error", "the forge answered 403")

local WHOLE = { half = false }

-- A lane that leaves out the runs of a robot.
local SKIPPING = { half = false, lane = { name = "final", base = "main", gates = { { word = "not_actor", names = { "robot" } } } } }

local PUSHED = { provider = "github", event = "push", branch = "main" }

local function refs(main) return { ["refs/heads/main"] = main, ["refs/heads/releases/1"] = HEAD } end

-- The rules of main: it requires `release`, of everybody, but for what is said. `besides` are further entries.
local function rules(more, besides)
  local release = { name = "Release", app = 15368, enforced_for_admins = true, bypass = false }
  for key, value in pairs(more or {}) do release[key] = value end
  for _, key in ipairs(more and more.unseen or {}) do release[key] = nil end
  release.unseen = nil
  local checks = { { name = "build", app = false, enforced_for_admins = false, bypass = true }, release, table.unpack(besides or {}) }
  return { known_rules = { main = { protected = true, required_checks = checks, strict = false, pull_request_required = true,
    approvals = 0, force_push = false, deletion = false } } }
end

local URL, IMAGE = "https://dl.example.com/1.2.0/app.tar.gz", "ghcr.io/o/app:1.2.0"
local THERE = { urls = { "https://dl.example.com/{version}/app.tar.gz" } }
local PULLED = { images = { "ghcr.io/o/app:{version}" } }

local function answers(status) return { urls = { [URL] = { status = status, size = 10 } } } end

-- A custom gate with this function, which wants to know these facts.
local function custom(check, needs)
  return { two = { name = "two", line = 3, check = check, needs = needs } }
end

local function approvals(facts)
  local count = 0
  for _, review in ipairs(facts.reviews) do
    if review.state == "approved" and review.current and not review.is_author then count = count + 1 end
  end
  if count >= 1 then return true, count .. " approved" end
  return "wait", count .. " approved"
end

local function review(user, oid) return { user = user, state = "approved", oid = oid, time = "2026-11-21T08:00:00Z" } end

return {
  -- clean_tree
  { gate = "clean_tree", name = "S1.85 a clean tree passes", verdict = "pass", context = WHOLE },
  { gate = "clean_tree", name = "S1.85 uncommitted paths deny, and some are named", verdict = "deny", context = WHOLE,
    dirty = { "a", "b\27", "c", "d" }, reason = "4 paths are uncommitted: a, b\\x1b, c, ..." },
  { gate = "clean_tree", name = "S1.85 one uncommitted path denies", verdict = "deny", context = WHOLE, dirty = { "a" },
    reason = "1 path is uncommitted: a" },
  { gate = "clean_tree", name = "a flag leaves it out", verdict = "off", dirty = { "a" }, context = { half = false,
    flags = { allow_dirty = true } } },
  { gate = "clean_tree", name = "what was prepared is published from any tree", verdict = "off", dirty = { "a" } },

  -- synced
  { gate = "synced", name = "S1.86 HEAD at the remote's base passes", verdict = "pass", context = WHOLE },
  { gate = "synced", name = "S1.87 HEAD elsewhere denies", verdict = "deny", context = WHOLE,
    head = { oid = OTHER, ref = "refs/heads/main" }, reason = "branch main is at cccccccccccc" },
  { gate = "synced", name = "S1.87 a clone that is ahead is told to push", verdict = "deny", context = WHOLE,
    head = { oid = OTHER, ref = "refs/heads/main" }, holds = { OTHER, BASE }, todo = "this clone is ahead, and what is released is the remote's: git push origin main" },
  { gate = "synced", name = "S1.87 a clone that is behind is told to pull", verdict = "deny", context = WHOLE,
    head = { oid = OTHER, ref = "refs/heads/main" }, holds = { BASE, OTHER }, todo = "git switch main && git pull --ff-only origin main" },
  { gate = "synced", name = "S1.87 a clone that went another way is told to do both", verdict = "deny", context = WHOLE,
    head = { oid = OTHER, ref = "refs/heads/main" }, todo = "git pull --rebase origin main && git push origin main" },
  { gate = "synced", name = "S1.87 another branch is left, whatever it holds", verdict = "deny", context = WHOLE,
    head = { oid = OTHER, ref = "refs/heads/work" }, holds = { OTHER, BASE }, todo = "git switch main && git pull --ff-only origin main" },
  { gate = "synced", name = "S1.93 a detached HEAD elsewhere denies", verdict = "deny", context = WHOLE, head = { oid = OTHER },
    reason = "HEAD is at" },
  { gate = "synced", name = "S1.98 the run of a push that a later one has overtaken ends quietly", verdict = "skip", context = WHOLE,
    head = { oid = OTHER }, ci = PUSHED, holds = { BASE, OTHER },
    reason = "main has moved on from cccccccccccc, which this run is about, to bbbbbbbbbbbb" },
  { gate = "synced", name = "S1.98 the run at the end of an overtaken commit's CI ends quietly", verdict = "skip", context = WHOLE,
    head = { oid = OTHER }, holds = { BASE, OTHER }, ci = { provider = "github", event = "workflow_run", branch = "main",
      workflow_run = { head_branch = "main" } } },
  { gate = "synced", name = "S1.98 a run that was overtaken by what starts no run is no quiet one", verdict = "deny", context = WHOLE,
    head = { oid = OTHER }, ci = PUSHED, holds = { BASE, OTHER },
    commit = { message = "docs: x [skip ci]", author = "Ann <a@b.c> 1 +0000", committer = "Ann <a@b.c> 1 +0000" } },
  { gate = "synced", name = "S1.98 a run that was overtaken by an account whose runs are skipped is no quiet one", verdict = "deny",
    context = SKIPPING, head = { oid = OTHER }, ci = PUSHED, holds = { BASE, OTHER },
    commit = { message = "style: x", author = "Robot <r@b.c> 1 +0000", committer = "GitHub <n@github.com> 1 +0000" } },
  { gate = "synced", name = "S1.98 what a person made overtakes quietly, whomever the lane leaves out", verdict = "skip",
    context = SKIPPING, head = { oid = OTHER }, ci = PUSHED, holds = { BASE, OTHER } },
  { gate = "synced", name = "S1.87 the run of a push that is not part of the remote's branch denies", verdict = "deny", context = WHOLE,
    head = { oid = OTHER }, ci = PUSHED },
  { gate = "synced", name = "S1.87 a run that somebody started at an older commit denies", verdict = "deny", context = WHOLE,
    head = { oid = OTHER }, holds = { BASE, OTHER }, ci = { provider = "github", event = "workflow_dispatch", branch = "main" } },
  { gate = "synced", name = "S1.87 the run of another branch's push denies", verdict = "deny", context = WHOLE,
    head = { oid = OTHER }, holds = { BASE, OTHER }, ci = { provider = "github", event = "push", branch = "next" } },
  { gate = "synced", name = "release commits of ours on top of it pass", verdict = "pass", context = WHOLE,
    head = { oid = HEAD, ref = "refs/heads/main" }, reason = "on top of" },
  { gate = "synced", name = "a repository without a commit denies", verdict = "deny", context = WHOLE, head = { ref = "refs/heads/main" },
    reason = "no commit yet" },
  { gate = "synced", name = "a flag leaves it out", verdict = "off", head = { oid = OTHER },
    context = { half = false, flags = { skip_base_sync_check = true } } },
  { gate = "synced", name = "an offline run leaves it out", verdict = "off", head = { oid = OTHER }, context = WHOLE, offline = true },
  { gate = "synced", name = "what was prepared is published from anywhere", verdict = "off", head = { oid = OTHER } },

  -- base_unmoved
  { gate = "base_unmoved", name = "a base that is where the release was prepared passes", verdict = "pass", reason = "main is at bbbbbbbbbbbb" },
  { gate = "base_unmoved", name = "a base that moved since the release was prepared denies", verdict = "deny",
    context = { remote_refs = refs(OTHER) }, reason = "main was at bbbbbbbbbbbb when this was prepared and is at cccccccccccc now",
    todo = "relrun prepare" },
  { gate = "base_unmoved", name = "a base that is gone denies", verdict = "deny", context = { remote_refs = refs(nil) }, reason = "gone" },
  { gate = "base_unmoved", name = "our own merge moves the base, and does not count", verdict = "pass", pull = { state = "merged" },
    context = { remote_refs = refs(OTHER) }, reason = "merged already" },
  { gate = "base_unmoved", name = "before anything is prepared the planned commit counts", verdict = "pass",
    context = { half = "prepare", base_oid = BASE } },
  { gate = "base_unmoved", name = "a base of this clone's own that the remote lacks denies", verdict = "deny",
    context = { half = "prepare", base_oid = OTHER }, reason = "planned" },
  { gate = "base_unmoved", name = "an offline run asks no remote", verdict = "off", offline = true },

  -- required_check
  { gate = "required_check", says = { "release" }, name = "S0.13 a check that everybody needs passes", verdict = "pass", forge = rules() },
  { gate = "required_check", says = { "other" }, name = "S0.13 a check that is not required denies", verdict = "deny", forge = rules(),
    reason = "branch main does not require the check 'other'", todo = "require it in the protection of main" },
  { gate = "required_check", says = { "release" }, name = "S0.26 a branch without protection denies", verdict = "deny" },
  { gate = "required_check", says = { "release" }, name = "S0.11 a check that administrators may go past denies", verdict = "deny",
    forge = rules { enforced_for_admins = false }, reason = "administrators may go past it" },
  { gate = "required_check", says = { "release" }, name = "S0.11 a check with a bypass list denies", verdict = "deny",
    forge = rules { bypass = true }, reason = "on the list of those who may go past it" },
  { gate = "required_check", says = { "release" }, name = "S0.13 who may go past one rule that requires it and not past another is held",
    verdict = "pass", forge = rules({ bypass = true }, { { name = "release", app = false, enforced_for_admins = true, bypass = false } }) },
  { gate = "required_check", says = { "release" }, name = "S0.13 of two rules that require it the one that is seen to hold everybody counts",
    verdict = "pass", forge = rules({ unseen = { "bypass" } }, { { name = "release", app = false, enforced_for_admins = true, bypass = false } }) },
  { gate = "required_check", says = { "release" }, name = "S0.11 two rules that require it and that somebody may go past deny", verdict = "deny",
    forge = rules({ bypass = true }, { { name = "release", app = false, enforced_for_admins = false, bypass = true } }),
    reason = "go past it" },
  { gate = "required_check", says = { "release" }, name = "S3.141 what the token may not see of administrators denies", verdict = "deny",
    forge = rules { unseen = { "enforced_for_admins" } }, todo = "Administration: read" },
  { gate = "required_check", says = { "release" }, name = "S3.141 what the token may not see of a bypass list denies", verdict = "deny",
    forge = rules { unseen = { "bypass" } }, todo = "trust = true" },
  { gate = "required_check", says = { "release", trust = true }, name = "S3.141 what is not seen is trusted where the spec says so",
    verdict = "pass", forge = rules { unseen = { "bypass", "enforced_for_admins" } } },
  { gate = "required_check", says = { "release", trust = true }, name = "trust is for what is not seen, not for what is seen",
    verdict = "deny", forge = rules { enforced_for_admins = false } },
  { gate = "required_check", says = { "other", trust = true }, name = "trust does not stand for the requirement", verdict = "deny",
    forge = rules() },
  { gate = "required_check", says = { "release", app = 15368 }, name = "a check that is required of the app passes", verdict = "pass",
    forge = rules() },
  { gate = "required_check", says = { "release", app = 7 }, name = "a check that is required of another app denies", verdict = "deny",
    forge = rules(), reason = "of another app than 7" },
  { gate = "required_check", says = { "release" }, always = true, name = "the lock's own gate denies what is not required, and tells the flag", verdict = "deny",
    todo = "or say --unprotected" },
  { gate = "required_check", says = { "release" }, always = true, name = "a flag leaves the lock's own gate out", verdict = "off",
    context = { flags = { push = true, unprotected = true } }, reason = "--unprotected" },
  { gate = "required_check", says = { "release" }, name = "the flag leaves no gate out that the spec names", verdict = "deny",
    context = { flags = { push = true, unprotected = true } } },
  { gate = "required_check", says = { "release" }, always = true, name = "a run that sends nothing has no lock to be required", verdict = "off",
    context = { flags = {} }, reason = "nothing leaves this clone" },
  { gate = "required_check", says = { "release" }, name = "P12 rules that the forge does not tell are no pass", verdict = "problem",
    kind = "error", forge = { refusals = { rules = refused } } },

  -- available
  { gate = "available", says = THERE, name = "an address that answers passes", verdict = "pass", forge = answers(200),
    reason = "1 address is reachable" },
  { gate = "available", says = THERE, name = "an address that is not there yet waits", verdict = "wait", forge = answers(404),
    reason = URL .. " answers 404 to anybody" },
  { gate = "available", says = THERE, name = "a server that is busy waits", verdict = "wait", forge = answers(503) },
  { gate = "available", says = THERE, name = "a server that has had enough of us waits", verdict = "wait", forge = answers(429) },
  { gate = "available", says = THERE, name = "an address that asks for a login denies", verdict = "deny", forge = answers(401),
    reason = "401", todo = "without a login" },
  { gate = "available", says = THERE, name = "an answer that was not followed to its end denies", verdict = "deny", forge = answers(304) },
  { gate = "available", says = THERE, name = "an answer that is none yet denies", verdict = "deny", forge = answers(199) },
  { gate = "available", says = { urls = { "https://x.example/{package}" } }, name = "every package has its address", verdict = "wait",
    released = { judging.decision("core", "1.2.0"), judging.decision("app", "2.0.0") },
    forge = { urls = { ["https://x.example/core"] = { status = 200, size = 1 } } }, reason = "https://x.example/app answers 404" },
  { gate = "available", says = { THERE.urls[1], images = PULLED.images }, name = "images and addresses are both asked for",
    verdict = "pass", forge = { urls = answers(200).urls, images = { [IMAGE] = { digest = "sha256:" .. ("0"):rep(64) } } },
    reason = "2 addresses are reachable" },
  { gate = "available", says = PULLED, name = "an image that is not there waits", verdict = "wait", reason = IMAGE .. " is not in its registry" },
  { gate = "available", says = PULLED, name = "P12 an image that the registry does not tell is no pass", verdict = "problem",
    kind = "error", forge = { refusals = { image = refused } } },
  { gate = "available", says = THERE, name = "P12 an address that cannot be asked is no pass", verdict = "problem", kind = "error",
    forge = { refusals = { reach = refused } } },

  -- custom
  { gate = "custom", says = { name = "two" }, name = "a custom gate passes", verdict = "pass", reason = "core 1.2.0",
    gates = custom(function (facts) return true, facts.packages[1].name .. " " .. facts.packages[1].version end) },
  { gate = "custom", says = { name = "two" }, name = "a custom gate denies", verdict = "deny", reason = "no\\x1b",
    gates = custom(function () return false, "no\27" end) },
  { gate = "custom", says = { name = "two" }, name = "a custom gate waits", verdict = "wait", reason = "later",
    gates = custom(function () return "wait", "later" end) },
  { gate = "custom", says = { name = "two" }, name = "a custom gate that answers anything else is a mistake", verdict = "problem",
    kind = "spec", gates = custom(function () return "yes" end) },
  { gate = "custom", says = { name = "two" }, name = "a custom gate that raises is a mistake", verdict = "problem", kind = "spec",
    gates = custom(function () end), call = function () return nil, judging.problem.new("spec", "release.lua:3: it raises") end },
  { gate = "custom", says = { name = "two" }, name = "a custom gate is told what was approved of this very head", verdict = "pass",
    gates = custom(approvals, { "reviews" }), forge = { known_reviews = { [7] = { review("bob", HEAD), review("carol", OTHER) } } },
    reason = "1 approved" },
  { gate = "custom", says = { name = "two" }, name = "a custom gate is told that an approval is of another head, or the author's",
    verdict = "wait", gates = custom(approvals, { "reviews" }),
    forge = { known_reviews = { [7] = { review("Releaser[bot]", HEAD), review("carol", OTHER), review("ghost", HEAD) } } },
    reason = "0 approved" },
  { gate = "custom", says = { name = "two" }, name = "a custom gate is told the checks, the pull request and the issues that it needs",
    verdict = "pass", reason = "build 7 3",
    forge = { known_checks = { { name = "build", source = "check", state = "success", description = "", url = false, app = 1 } },
      known_issues = { { number = 3, title = "x", labels = {}, url = "u" } } },
    gates = custom(function (facts)
      return facts.reviews == nil and facts.pull.mergeable == nil,
        ("%s %d %d"):format(facts.checks[1].name, facts.pull.number, facts.issues[1].number)
    end, { "checks", "pull", "issues" }) },
  { gate = "custom", says = { name = "two" }, name = "a custom gate that needs a pull request is denied without one", verdict = "problem",
    kind = "denied", pull = false, gates = custom(function () return true end, { "pull" }), reason = "needs the pull request" },
  { gate = "custom", says = { name = "two" }, name = "P12 facts that the forge does not tell are no pass", verdict = "problem",
    kind = "error", gates = custom(function () return true end, { "checks" }), forge = { refusals = { checks = refused } } },
  { gate = "custom", says = { name = "two" }, name = "P12 reviews that the forge does not tell a custom gate are no pass",
    verdict = "problem", kind = "error", gates = custom(function () return true end, { "reviews" }), forge = { refusals = { reviews = refused } } },
  { gate = "custom", says = { name = "two" }, name = "an offline run asks no forge for a custom gate", verdict = "off", offline = true,
    gates = custom(function () return false end, { "checks" }) },
  { gate = "custom", says = { name = "two" }, name = "a custom gate without needs is asked offline too", verdict = "deny", offline = true,
    gates = custom(function () return false end) },
}
