-- Explanations: for every package which commit did what, and why one did nothing.

local test = require "testing"
local commits = require "commits"
local explain = require "explain"

local function commit(letter, subject, kind, conventional)
  return { oid = letter:rep(40), subject = subject, conventional = conventional ~= false, footers = {},
    entries = { { type = kind, description = subject, breaking = false, notes = {}, references = {} } } }
end

local FEAT = commit("a", "feat(cli): add --tape", "feat")
local FIX = commit("b", "fix: b", "fix")
local CHORE = commit("c", "chore: c", "chore")
local PLAIN = commit("d", "Update readme", nil, false)
local GONE = commit("e", "feat: x", "feat")
local UNDO = commit("f", "revert: x", "revert")
local MERGE = commit("1", "Merge branch 'x'")

local function record(changes)
  local made = {
    package = "cli", root = "packages/cli", previous = "1.4.1", version = "1.5.0", level = "minor",
    reason = { "the highest change since 1.4.1 is minor" },
    commits = { CHORE, PLAIN, FIX, FEAT }, because = { FEAT }, unparsed = { PLAIN },
    cancelled = { { commit = UNDO, by = GONE.oid, reverts = { GONE.oid } }, { commit = GONE, by = UNDO.oid } },
    ignored = { { commit = MERGE, why = "a merge" } }, last_tag = "cli-v1.4.1", policy = commits.policy,
  }
  for key, value in pairs(changes or {}) do made[key] = value or nil end
  return made
end

test("every commit is told with what it did and by which rule", function ()
  test.equal(table.concat(explain.lines { record() }, "\n"), [[
cli  1.4.1 -> 1.5.0  minor
  the highest change since 1.4.1 is minor
  because    aaaaaaaaaaaa feat(cli): add --tape  (feat=minor)
  ignored    cccccccccccc chore: c  (chore=none)
  UNPARSED   dddddddddddd Update readme  (unparsed=none)
  counts     bbbbbbbbbbbb fix: b  (fix=patch)
  cancelled  ffffffffffff revert: x  (it reverts eeeeeeeeeeee)
  cancelled  eeeeeeeeeeee feat: x  (by ffffffffffff)
  ignored    111111111111 Merge branch 'x'  (a merge)]])
end)

test("without a policy the rules are left out", function ()
  local lines = explain.lines { record { policy = false } }
  test.equal(lines[3], "  because    aaaaaaaaaaaa feat(cli): add --tape")
  test.equal(lines[4], "  counts     cccccccccccc chore: c")
end)

test("nothing to release is said, with the version that stands", function ()
  local idle = { package = "core", root = "core", previous = "0.2.0", level = "none", reason = { "no commit since 0.2.0" } }
  test.equal(explain.lines { idle }, { "core  0.2.0  nothing to release", "  no commit since 0.2.0" })
  test.equal(explain.lines { { package = "new" } }, { "new  nothing to release" })
  test.equal(explain.lines { { package = "new", version = "0.1.0", level = "none" } }, { "new  none -> 0.1.0  none" })
end)

test("a hostile subject can neither move the cursor nor add a line", function ()
  local bad = commit("a", "feat: \27[2J\r\226\128\174evil\255", "feat")
  local lines = explain.lines { record { commits = { bad }, because = { bad }, cancelled = false, ignored = false } }
  test.equal(#lines, 3)
  test.lacks(table.concat(lines), "\27")
  test.contains(lines[3], "\\x1b[2J\\r\\u{202e}evil\\xff")
end)

test("the data for machines has the same rows", function ()
  local data = explain.data { record() }
  test.equal(data[1].version, "1.5.0")
  test.equal(#data[1].commits, 7)
  test.equal(data[1].commits[1], { part = "because", oid = FEAT.oid, subject = FEAT.subject, note = "feat=minor" })
  test.equal(explain.data { { package = "new", level = "none" } }, { { package = "new", level = "none" } })
end)

local function why_not(letter, changes, known) return explain.why_not({ record(changes) }, letter:rep(12), known)[1] end

test("a commit that decided is told to have decided", function ()
  test.equal(why_not("a"), "cli  1.4.1 -> 1.5.0  aaaaaaaaaaaa: it is why this is minor")
end)

test("a commit that another one outranks is told by which", function ()
  test.contains(why_not("b"), "it counts (fix=patch), but aaaaaaaaaaaa feat(cli): add --tape asks for minor")
end)

test("a commit whose type has no level is told so", function ()
  test.contains(why_not("c"), "it asks for no release (chore=none)")
  test.contains(why_not("d"), "it is not a Conventional Commit (unparsed=none)")
end)

test("a commit that counts where nothing else does is told so without a policy", function ()
  test.contains(why_not("c", { policy = false, because = false }), "it counts, and no commit asks for a release")
end)

test("both sides of a cancelled pair are told", function ()
  test.contains(why_not("e"), "ffffffffffff reverts it, also since the last release")
  test.contains(why_not("f"), "it and eeeeeeeeeeee, which it reverts, cancel each other")
end)

test("an ignored commit is told why", function () test.contains(why_not("1"), "it is ignored: a merge") end)

test("a commit that is none of them is told what is known of it", function ()
  test.contains(why_not("9"), "it is not new since cli-v1.4.1, or does not touch packages/cli")
  test.contains(why_not("9", { last_tag = false }),
    "it is not in the history that is released, or does not touch packages/cli")
  test.contains(why_not("9", { root = "" }), "it is not new since cli-v1.4.1")
  test.contains(why_not("9", nil, { contained = { cli = "cli-v1.4.0" } }), "it is already in cli-v1.4.0")
  test.contains(why_not("9", nil, { contained = {} }), "it does not touch packages/cli")
  test.equal(explain.why_not({ record(), record() }, ("9"):rep(40), { reachable = false }),
    { "999999999999: the history that is released does not hold it" })
end)
