--- Moving refs that others are at, over a repository and a clock that are made up.

local test = require "testing"
local ref_move = require "ref_move"

-- Moves a ref where set_ref answers the kinds in turn ("" moves it, the last one stays) until its lock file is removed.
local function moved(kinds, resuming, interrupted)
  local now, tries, removed = 0, 0, {}
  local ok, trouble, kind = ref_move.set({
    common = "/repo",
    objects = { set_ref = function ()
      tries = tries + 1
      local told = #removed > 0 and kinds[1] == "locked" and "" or kinds[math.min(tries, #kinds)]
      if told == "" then return true end
      return nil, "no", told
    end },
    file = { remove = function (path) removed[#removed + 1] = path return true end },
    clock = { monotonic_ms = function () return now end, sleep = function (ms)
      if interrupted then return nil, "a signal ended the wait", "interrupted" end
      now = now + ms
      return true
    end },
  }, "refs/tags/v1", "new", nil, "note", resuming)
  return { ok = ok, why = trouble and trouble.kind, kind = kind, removed = removed, waited = now }
end

local LOCK = { "/repo/refs/tags/v1.lock" }

test("a ref that nobody is at moves at once", function ()
  test.equal(moved { "" }, { ok = true, removed = {}, waited = 0 })
end)

test("a ref that another git is at is waited for", function ()
  test.equal(moved { "locked", "locked", "" }, { ok = true, removed = {}, waited = 40 })
end)

test("a lock that stays is somebody else's, and stays", function ()
  test.equal(moved { "locked" }, { why = "locked", kind = "locked", removed = {}, waited = 1020 })
end)

test("a lock that stays where an earlier run of ours was killed is removed", function ()
  test.equal(moved({ "locked" }, true), { ok = true, removed = LOCK, waited = 1020 })
end)

test("a ref that has another value is not waited for", function ()
  test.equal(moved { "conflict" }, { why = "locked", kind = "conflict", removed = {}, waited = 0 })
end)

test("what libgit2 leaves where it cannot move a ref is removed", function ()
  test.equal(moved { "system" }, { why = "error", kind = "system", removed = LOCK, waited = 0 })
end)

test("an interrupt ends the waiting", function ()
  test.equal(moved({ "locked" }, false, true), { why = "interrupted", kind = "locked", removed = {}, waited = 0 })
end)
