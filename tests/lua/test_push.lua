--- A push: what git's answer is taken for, which kind of refusal that is, and the lock around it. git is made up here; what
-- real servers say is in tests/e2e.

local test = require "testing"
local git = require "git"
local proc = require "host.proc"
local push = require "steps.push"

local A, B = ("a"):rep(40), ("b"):rep(40)
local UPDATES = { { ref = "refs/heads/r", new = A, old = B }, { ref = "refs/tags/v1", new = A } }
local OP = { args = { remote = "origin", updates = UPDATES, atomic = true } }

-- What a push with this answer of git's comes to, and how git was asked.
local function pushed(result, updates)
  local here, asked = assert(git.open "."), nil
  assert(here:config())
  local run = proc.run
  proc.run = function (request)
    asked = request
    return { code = result.code or 0, stdout = table.concat(result, "\n") .. "\n", stderr = result.stderr or "",
      timed_out = result.timed_out or false }
  end
  local ok, outcome = pcall(here.push, here, "origin", updates or UPDATES, { atomic = true })
  proc.run = run
  if not ok then error(outcome, 0) end
  return outcome, asked
end

local function line(flag, ref, words) return ("%s\t%s:%s\t%s"):format(flag, A, ref, words) end

local MOVED, NEW = line(" ", "refs/heads/r", "bbbbbbb..aaaaaaa"), line("*", "refs/tags/v1", "[new tag]")

-- what git said; is it done; the kind of refusal; does it hold these words
local ANSWERS = {
  { "every ref is told", { MOVED, NEW }, true },
  { "every ref was there already", { line("=", "refs/heads/r", "[up to date]"), line("=", "refs/tags/v1", "[up to date]") }, true },
  { "its deadline ended it, and it had told every ref", { MOVED, NEW, code = 137, timed_out = true }, false, "unknown", "no answer in time" },
  { "its deadline ended it, and a ref was refused", { line("!", "refs/heads/r", "[remote rejected] (hook declined)"), NEW,
    code = 137, timed_out = true }, false, "unknown", "no answer in time" },
  { "it ended well and told no ref", {}, false, "unknown", "status 0" },
  { "it ended well and told one ref of two", { MOVED }, false, "unknown", "status 0" },
  { "it failed and told no ref", { code = 128, stderr = "fatal: the remote end hung up unexpectedly" }, false, "unknown", "hung up" },
  { "it failed and told one ref of two", { line("!", "refs/heads/r", "[rejected] (fetch first)"), code = 1 }, false, "unknown", "status 1" },
  { "it told another ref", { MOVED, line("*", "refs/tags/v2", "[new tag]") }, false, "unknown", "status 0" },
  { "it ended well and refused a ref", { MOVED, line("!", "refs/tags/v1", "[remote rejected] (hook declined)") }, false, "error",
    "refs/tags/v1" },
}

for _, row in ipairs(ANSWERS) do
  test(("P8 git's push, when %s: %s"):format(row[1], row[3] and "done" or row[4]), function ()
    local outcome = pushed(row[2])
    test.equal({ outcome.done, outcome.conclusive }, { row[3], row[4] ~= "unknown" })
    if row[3] then return end
    local _, trouble = push.explain(OP, outcome)
    test.equal(trouble.kind, row[4], trouble.text)
    test.contains(trouble.text, row[5])
  end)
end

-- how a server words it, or git; the kind of refusal; what is said of it
local WORDS = {
  { "stale info", "locked", "somebody else moved it meanwhile" },
  { "atomic transaction failed", "locked", "at the same moment" },
  { "cannot lock ref 'refs/heads/r': is at " .. A .. " but expected " .. B, "locked", "at the same moment" },
  { "failed to update ref", "locked", "at the same moment" },
  { "fetch first", "locked", "somebody else moved it meanwhile" },
  { "already exists", "locked", "on the remote already" },
  { "non-fast-forward", "error", "allows no reset of this branch" },
  { "pre-receive hook declined", "error", "was refused: pre-receive hook declined" },
  { "protected branch hook declined", "error", "was refused: protected branch hook declined" },
}

for _, row in ipairs(WORDS) do
  test(("P8 P9 a ref that is refused with '%s' is %s"):format(row[1]:match "^[^':]*[^': ]", row[2]), function ()
    -- The refs beside it are told as well: theirs are no reasons of their own.
    for _, beside in ipairs { "atomic push failed", "atomic push failure" } do
      for i, update in ipairs(UPDATES) do
        local other = UPDATES[3 - i]
        local outcome = pushed { line("!", other.ref, ("[rejected] (%s)"):format(beside)),
          line("!", update.ref, ("[remote rejected] (%s)"):format(row[1])), code = 1 }
        local _, trouble = push.explain(OP, outcome)
        test.equal(trouble.kind, row[2], trouble.text)
        test.contains(trouble.text, "push of " .. update.ref)
        test.contains(trouble.text, row[3])
      end
    end
  end)
end

-- The lock ---------------------------------------------------------------------------------------------------------------

local LOCK = { id = 1, kind = "lock", args = { remote = "origin", ref = "refs/relrun/lock/final", purpose = "p" } }

-- Takes the lock at a remote where it is free and whose answer to the push is `outcome`; what it wrote, too.
local function taken(outcome)
  local written, warned = {}, {}
  local doors = { plan_id = "p", remote_refs = function () return {} end, now = function () return 1000 end,
    holder = function () return "me" end, warn = function (words) warned[#warned + 1] = words end,
    encode = function (message) written[#written + 1] = message return "{}" end,
    repo = { write = function () return A end }, push = function () return outcome end }
  local result, trouble = push.ops.lock.perform(LOCK, doors)
  return { result = result, trouble = trouble, written = written, warned = warned }
end

test("S1.97 a lock lasts longer than the longest push may take, and no longer than a quarter of an hour", function ()
  local _, asked = pushed { MOVED, NEW }
  local told = taken({ done = true, refs = {} }).written[1]
  test.equal({ told.taken, told.expires - told.taken }, { 1000, 900 })
  test.truthy(told.expires - told.taken > asked.timeout_ms / 1000, asked.timeout_ms .. " ms")
end)

test("S1.97 P8 a lock whose push was not answered is of unknown outcome: nothing goes on without it", function ()
  local it = taken { done = false, refs = {}, conclusive = false, words = "the remote end hung up" }
  test.equal({ it.result, it.trouble.kind, it.warned }, { nil, "unknown", {} })
  test.contains(it.trouble.text, "the remote end hung up")
end)

test("S1.97 where the server keeps such refs to itself the release goes on without the lock, and says so", function ()
  local it = taken { done = false, conclusive = true, words = "", refs = { [LOCK.args.ref] = { flag = "!", reason = "hook declined" } } }
  test.equal({ it.result, it.trouble, #it.warned }, { {}, nil, 1 })
  test.contains(it.warned[1], "going on without the lock")
end)

for _, reason in ipairs { "stale info", "cannot lock ref", "already exists", "failed to update ref" } do
  test(("S1.97 P9 a lock that is refused with '%s' was taken by another run"):format(reason), function ()
    local it = taken { done = false, conclusive = true, words = "", refs = { [LOCK.args.ref] = { flag = "!", reason = reason } } }
    test.equal({ it.result, it.trouble.kind, it.warned }, { nil, "locked", {} })
  end)
end

return test.done()
