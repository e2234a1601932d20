--- Waiting, over a clock that only goes when somebody sleeps.

local test = require "testing"
local patience = require "patience"
local problem = require "problem"

-- Waits for the answers in turn (the last one stays); tells what came of it, the pauses in seconds, and what was said.
local function waited(limit, answers, interrupt)
  local now, tries, pauses, said = 500, 0, {}, {}
  local kind, trouble = patience.wait(limit, function ()
    tries = tries + 1
    local answer = answers[math.min(tries, #answers)]
    if answer == "done" then return "done" end
    return problem.refuse(answer[1], answer[2], "do it")
  end, {
    say = function (line) said[#said + 1] = line end, now = function () return now end,
    sleep = function (ms)
      pauses[#pauses + 1] = ms / 1000
      now = now + ms
      if interrupt == #pauses then return nil, "a signal ended the wait", "interrupted" end
      return true
    end,
  })
  return { kind = kind or trouble.kind, trouble = trouble, pauses = pauses, said = said, tries = tries }
end

local WAITING = { "waiting", "gate reviews: 0 of 1 approval" }

test("what is done at once is not waited for", function ()
  local seen = waited(900, { "done" })
  test.equal({ seen.kind, seen.tries, #seen.pauses, #seen.said }, { "done", 1, 0, 0 })
end)

test("a gate that denies is not waited for", function ()
  local seen = waited(900, { { "denied", "no" } })
  test.equal({ seen.kind, seen.tries }, { "denied", 1 })
end)

test("what is waited for is tried again until it is done", function ()
  local seen = waited(900, { WAITING, WAITING, WAITING, "done" })
  test.equal({ seen.kind, seen.tries }, { "done", 4 })
end)

test("a denial after a wait ends it", function ()
  test.equal(waited(900, { WAITING, { "denied", "no" } }).kind, "denied")
end)

test("the pauses grow from ten seconds to a minute, and no further", function ()
  local seen = waited(900, { WAITING })
  test.equal({ table.unpack(seen.pauses, 1, 7) }, { 10.0, 15.0, 22.5, 33.75, 50.625, 60.0, 60.0 })
end)

test("the wait ends on time, after a last try, with what it waited for", function ()
  local seen = waited(30, { WAITING })
  test.equal(seen.pauses, { 10.0, 15.0, 5.0 })
  test.equal({ seen.kind, seen.tries, seen.trouble.text }, { "waiting", 4, WAITING[2] })
end)

test("what is waited for is said once, and again when it is something else", function ()
  local other = { "waiting", "gate checks: check 'build' is not finished" }
  local seen = waited(900, { WAITING, WAITING, other, other, WAITING, "done" })
  test.equal(seen.said, { "waiting: gate reviews: 0 of 1 approval; do it", "waiting: gate checks: check 'build' is not finished; do it",
    "waiting: gate reviews: 0 of 1 approval; do it" })
end)

test("an interrupt ends the wait as one", function ()
  local seen = waited(900, { WAITING }, 2)
  test.equal({ seen.kind, seen.tries }, { "interrupted", 2 })
end)

-- Looks at the answers in turn, the last one stays; what was seen, and how long the pauses were.
local function looked(answers, longest, refusal)
  local looks, slept = 0, 0
  local seen, trouble = patience.look(function ()
    looks = looks + 1
    local answer = answers[math.min(looks, #answers)]
    if answer == "refused" then return problem.refuse("error", "no answer") end
    return answer
  end, function (ms)
    slept = slept + ms
    if refusal then return problem.refuse("interrupted", refusal) end
    return true
  end, 5, longest)
  return { seen = seen, why = trouble and trouble.text, looks = looks, slept = slept }
end

test("what is looked for is seen at once, later, or not in time", function ()
  test.equal(looked({ "run" }, 20), { seen = "run", looks = 1, slept = 0 })
  test.equal(looked({ false, false, "run" }, 20), { seen = "run", looks = 3, slept = 10 })
  test.equal(looked({ false }, 20), { seen = false, looks = 5, slept = 20 })
end)

test("a look that is refused, and a pause that is interrupted, end the looking", function ()
  test.equal(looked({ false, "refused" }, 20), { why = "no answer", looks = 2, slept = 5 })
  test.equal(looked({ false }, 20, "a signal"), { why = "a signal", looks = 1, slept = 5 })
end)
