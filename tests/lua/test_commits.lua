-- Commit policy: what cancels, what level the rest asks for, what is ordered. Commits are made by hand here, as
-- host.message would give them; test_message.lua tests that it does.

local test = require "testing"
local commits = require "commits"
local message = require "host.message"

local POLICY = commits.policy

--- A commit whose id is `letter`, forty times; `more` adds fields to it and `entry` to its only entry.
local function commit(letter, subject, more, entry)
  local kind, scope, description = subject:match("^(%l+)%(?([^():]*)%)?!?: (.+)$")
  local only = { type = kind, scope = scope ~= "" and scope or nil, description = description or subject,
    breaking = subject:find("!: ", 1, true) ~= nil, notes = {}, references = {} }
  for key, value in pairs(entry or {}) do only[key] = value end
  local made = { oid = letter:rep(40), subject = subject, conventional = kind ~= nil, entries = { only }, footers = {} }
  for key, value in pairs(more or {}) do made[key] = value end
  return made
end

--- A revert of the commit `of`, by id.
local function revert(letter, of)
  return commit(letter, 'Revert "' .. of.subject .. '"',
    { reverts = { of.oid }, reverted = of.subject, conventional = true }, { type = "revert" })
end

local function subjects(list)
  local names = {}
  for i, one in ipairs(list) do names[i] = one.subject end
  return names
end

-- cancel ---------------------------------------------------------------------------------------------------------------

test("without reverts the list itself is kept", function ()
  local list = { commit("b", "fix: b"), commit("a", "feat: a") }
  local kept, cancelled = commits.cancel(list)
  test.truthy(rawequal(kept, list))
  test.equal(cancelled, {})
end)

test("a commit and its revert cancel each other", function ()
  local a, b = commit("a", "feat: a"), commit("b", "fix: b")
  local c = revert("c", a)
  local list = { c, b, a }
  local kept, cancelled = commits.cancel(list)
  test.equal(subjects(kept), { "fix: b" })
  test.equal(cancelled, { { commit = c, by = a.oid, reverts = { a.oid } }, { commit = a, by = c.oid } })
  test.equal(#list, 3, "the list is left as it is")
end)

test("the revert of a revert brings the first commit back", function ()
  local a = commit("a", "feat: a")
  local b = revert("b", a)
  local c = revert("c", b)
  local d = revert("d", c)
  test.equal(subjects(commits.cancel { c, b, a }), { "feat: a" })
  test.equal(subjects(commits.cancel { d, c, b, a }), {})
end)

test("a Reapply brings the commit back and is none itself", function ()
  local a = commit("a", "feat: a")
  local b = revert("b", a)
  local c = commit("c", 'Reapply "feat: a"', { reverts = { b.oid }, reverted = b.subject }, { type = "feat" })
  local kept, cancelled = commits.cancel { c, b, a }
  test.equal(subjects(kept), { "feat: a" })
  test.equal(#cancelled, 2)
  test.equal(subjects(commits.cancel { c }), { 'Reapply "feat: a"' }, "what was taken back before counts again")
end)

test("the revert of what the list does not hold stays and counts", function ()
  local released = commit("a", "feat: a")
  local kept, cancelled = commits.cancel { revert("c", released), commit("b", "docs: b") }
  test.equal(#kept, 2)
  test.equal(cancelled, {})
  test.equal(commits.level(kept, POLICY), "patch")
end)

test("a short id names a commit if it names only one", function ()
  local a = commit("a", "feat: a", { oid = "abcdef1" .. ("0"):rep(33) })
  local b = commit("b", "fix: b", { oid = "abcdef1" .. ("1"):rep(33) })
  local c = commit("c", "revert: a", { reverts = { "ABCDEF10" }, reverted = "a" }, { type = "revert" })
  local d = commit("d", "revert: a", { reverts = { "abcdef1" }, reverted = "a" }, { type = "revert" })
  test.equal(subjects(commits.cancel { c, b, a }), { "fix: b" })
  test.equal(#commits.cancel { d, b, a }, 3)
end)

test("only what is older can be reverted", function ()
  local a = commit("a", "feat: a")
  test.equal(#commits.cancel { a, revert("c", a) }, 2)
  local self = commit("b", "revert: b", { reverts = { ("b"):rep(40) }, reverted = "b" }, { type = "revert" })
  test.equal(#commits.cancel { self }, 1)
end)

test("a revert without an id is matched by subject, the newest commit first", function ()
  local old, new = commit("a", "feat: x (#1)"), commit("b", "feat: x (#1)")
  local undo = commit("c", 'Revert "feat: x (#1)" (#3)',
    { reverted = "feat: x (#1)", conventional = true }, { type = "revert" })
  local kept, cancelled = commits.cancel { undo, new, old }
  test.equal(kept, { old })
  test.equal(cancelled[2], { commit = new, by = undo.oid })
  local plain = commit("d", "revert: feat: x (#4)", { reverted = "feat: x (#4)" }, { type = "revert" })
  test.equal(commits.cancel { plain, old }, {}, "numbers that forges append differ")
end)

test("an id that is not in the list is believed before an equal subject", function ()
  local again = commit("b", "feat: x")
  test.equal(#commits.cancel { revert("c", commit("a", "feat: x")), again }, 2)
end)

test("a commit that reverts among other things stays; what it reverts goes", function ()
  local a = commit("a", "feat: a")
  local b = commit("b", "fix: b", { reverts = { a.oid } })
  test.equal(subjects(commits.cancel { b, a }), { "fix: b" })
  local squash = revert("c", a)
  squash.entries[2] = { type = "feat", description = "c", breaking = false, notes = {}, references = {} }
  test.equal(commits.cancel { squash, a }, { squash })
end)

test("a revert of two commits, one of them released, cancels the other and stays", function ()
  local a = commit("a", "feat: a")
  local b = commit("b", "revert: two", { reverts = { a.oid, ("f"):rep(40) }, reverted = "two" }, { type = "revert" })
  local kept, cancelled = commits.cancel { b, a }
  test.equal(subjects(kept), { "revert: two" })
  test.equal(cancelled, { { commit = a, by = b.oid } })
end)

test("a commit that is reverted twice is out, and so are both reverts", function ()
  local a = commit("a", "feat: a")
  test.equal(commits.cancel { revert("c", a), revert("b", a), a }, {})
end)

test("any chain of reverts has the outcome of its parity", function ()
  local list = { commit("a", "feat: a") }
  for n = 1, 20 do
    local last = list[1]
    table.insert(list, 1, commit("x", 'Revert "' .. last.subject .. '"',
      { oid = ("%040x"):format(n), reverts = { last.oid }, reverted = last.subject }, { type = "revert" }))
    test.equal(#commits.cancel(list), n % 2 == 0 and 1 or 0, n .. " reverts")
  end
end)

test("many reverts of one subject take linear time", function ()
  local list, n = {}, 20000
  for i = 1, 2 * n do
    list[i] = commit("x", i <= n and "revert: fix: a" or "fix: a", { oid = ("%040x"):format(i) })
    if i <= n then list[i].reverted = "fix: a" end
  end
  local steps = 0       -- of 100,000 instructions; a search that begins anew for each revert needs thousands
  debug.sethook(function () steps = steps + 1 end, "", 100000)
  local kept = commits.cancel(list)
  debug.sethook()
  test.equal(kept, {})
  test.truthy(steps < 200, steps .. " steps, fewer than 200")
end)

-- level ----------------------------------------------------------------------------------------------------------------

test("the highest entry of all commits is the level", function ()
  local fix, feat, chore = commit("a", "fix: a"), commit("b", "feat: b"), commit("c", "chore: c")
  test.equal({ commits.level({ chore, fix }, POLICY) }, { "patch", { fix } })
  test.equal({ commits.level({ chore, feat, fix }, POLICY) }, { "minor", { feat } })
  test.equal({ commits.level({ commit("d", "chore!: d"), feat }, POLICY) }, { "major", { commit("d", "chore!: d") } })
  test.equal({ commits.level({ chore }, POLICY) }, { "none", {} })
  test.equal({ commits.level({}, POLICY) }, { "none", {} })
end)

test("all commits of the level are its cause, in order", function ()
  local a, b, c = commit("a", "feat: a"), commit("b", "fix: b"), commit("c", "feat: c")
  local _, because = commits.level({ c, b, a }, POLICY)
  test.equal(because, { c, a })
end)

test("every entry of a squashed commit counts", function ()
  local squash = commit("a", "docs: a")
  squash.entries[2] = { type = "feat", description = "b", breaking = false, notes = {}, references = {} }
  test.equal(commits.level({ squash }, POLICY), "minor")
end)

test("a breaking change can be worth less than major", function ()
  local policy = { breaking = "minor", types = { feat = "minor" }, otherwise = "none", unparsed = "none" }
  test.equal(commits.level({ commit("a", "chore!: a") }, policy), "minor")
end)

test("types that are not listed and commits without a header have levels of their own", function ()
  local policy = { breaking = "major", types = { feat = "minor" }, otherwise = "patch", unparsed = "minor" }
  test.equal(commits.level({ commit("a", "chore: a") }, policy), "patch")
  test.equal(commits.level({ commit("a", "Update readme") }, policy), "minor")
end)

test("scopes come before types and after breaking", function ()
  local policy = { breaking = "major", types = { fix = "patch", feat = "minor" }, otherwise = "none", unparsed = "none",
    scopes = { dev = "none", api = "minor" } }
  test.equal(commits.rule(commit("a", "fix(dev): a"), policy), "none")
  test.equal(commits.rule(commit("a", "fix(API): a", nil, { type = "fix", scope = "API" }), policy), "minor")
  test.equal(commits.rule(commit("a", "fix(dev)!: a"), policy), "major")
  test.equal(commits.rule(commit("a", "fix(dev,api): a"), policy), "minor")
  test.equal(commits.rule(commit("a", "feat(dev,core): a"), policy), "minor", "core is worth what its type is")
end)

test("the rule of a commit is the row that decided", function ()
  local function rule(subject, policy) return (select(2, commits.rule(commit("a", subject), policy or POLICY))) end
  test.equal(rule("feat(x): a"), "feat=minor")
  test.equal(rule("chore: a"), "chore=none")
  test.equal(rule("chore!: a"), "breaking=major")
  test.equal(rule("Update"), "unparsed=none")
  test.equal(rule("fix(x): a", { breaking = "major", types = {}, otherwise = "none", unparsed = "none",
    scopes = { x = "patch" } }), "scope x=patch")
end)

test("a policy with a level that is none raises", function ()
  test.raises(function ()
    commits.level({}, { breaking = "huge", types = {}, otherwise = "none", unparsed = "none" })
  end, "breaking: a level is none, patch, minor or major, not huge")
  test.raises(function ()
    commits.level({}, { breaking = "major", types = { feat = "Minor" }, otherwise = "none", unparsed = "none" })
  end, "type feat")
end)

-- release_as, is_release, unparsed ---------------------------------------------------------------------------------------

test("the newest Release-As wins, the last of one commit", function ()
  local new = commit("b", "chore: b", { release_as = { "2.0.0", "3.0.0" } })
  local old = commit("a", "chore: a", { release_as = { "9.0.0" } })
  test.equal({ commits.release_as({ commit("c", "fix: c"), new, old }, "core") }, { "3.0.0", new })
  test.equal(commits.release_as({ commit("c", "fix: c") }, "core"), nil)
end)

test("a Release-As that names a package is for that package alone, and goes before one that names none", function ()
  local one = commit("a", "chore: a", { release_as = { "core@2.0.0", "@org/cli@1.5.0", "1.0.0" } })
  test.equal(commits.release_as({ one }, "core"), "2.0.0")
  test.equal(commits.release_as({ one }, "@org/cli"), "1.5.0")
  test.equal(commits.release_as({ one }, "other"), "1.0.0")
  test.equal(commits.release_as({ one }, "other", function () return false end), nil)
  test.equal(commits.release_as({ one }, "core", function () return false end), "2.0.0")
end)

test("our own release commits are known by the template of their message", function ()
  local template = require "template"
  local compiled = template.compile("release({package}): {version}", { "package", "version" })
  local readers = {
    package = function (part) return part == "core" and part or nil end,
    version = function (part) return part:match("^%d+%.%d+%.%d+$") end,
  }
  test.equal(commits.is_release("release(core): 1.2.3", compiled, readers), { package = "core", version = "1.2.3" })
  test.equal(commits.is_release("release(core): 1.2.3 (#12)\n\nbody", { compiled }, readers),
    { package = "core", version = "1.2.3" })
  test.equal(commits.is_release("release(other): 1.2.3", compiled, readers), nil)
  test.equal(commits.is_release("fix: release(core): 1.2.3", compiled, readers), nil)
  test.equal(commits.is_release("body\nrelease(core): 1.2.3", compiled, readers), nil)
  test.equal(commits.is_release("release(core): 1.2.3", nil, readers), nil)
end)

test("commits without a header are unparsed, merges are not", function ()
  local merge = commit("b", "Merge branch 'x'", { merge = true })
  local list = { commit("c", "fix: c"), merge, commit("a", "Update readme") }
  test.equal(subjects(commits.unparsed(list)), { "Update readme" })
end)

test("rule 11: a plain title with a BREAKING CHANGE footer is major", function ()
  local plain = commit("a", "Drop Node 6", nil, { breaking = true, notes = { "use what it lacks" } })
  test.equal({ commits.level({ commit("b", "feat: b"), plain }, POLICY) }, { "major", { plain } })
  test.equal(commits.rule(plain, POLICY), "major")
  local read = message.parse "Drop Node 6\n\nBREAKING CHANGE: use what it lacks"
  test.equal(commits.level({ read }, POLICY), "major")
end)
