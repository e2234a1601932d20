--- Every gate over its table of rows (tests/lib/gate_rows), and what the table must hold.

local test = require "testing"
local facts = require "gates.facts"
local gates = require "gates"
local judging = require "judging"
local rows = require "gate_rows"
local words = require "words"

for _, row in ipairs(rows) do
  test(row.gate .. ": " .. row.name, function ()
    test.equal(judging.difference(row), nil)
  end)
end

test("every gate of the vocabulary is there, and every gate is a word", function ()
  for _, word in ipairs(words.of_kind "gate") do test.equal(type(gates[word]), "function", word) end
  for _, row in ipairs(gates.rows) do
    test.truthy(row.word == "custom" or words.by_name[row.word], row.word)
  end
  test.equal(gates.nothing, nil)
end)

test("the rows of the gates are in the order of their words", function ()
  for i = 2, #gates.rows do test.truthy(gates.rows[i - 1].word < gates.rows[i].word, gates.rows[i].word) end
end)

test("P12 whatever the forge refuses, a gate that asks for it does not pass, and the refusal is handed on", function ()
  local asked = 0
  for _, row in ipairs(rows) do
    if row.verdict == "pass" then
      for method in pairs(judging.judge(row).asked) do
        for _, kind in ipairs { "error", "interrupted", "unknown", "usage" } do
          local broken = {}
          for key, value in pairs(row) do broken[key] = value end
          broken.forge = {}
          for key, value in pairs(row.forge or {}) do broken.forge[key] = value end
          broken.forge.refusals = { [method] = judging.problem.new(kind, "the forge does not say") }
          local seen = judging.judge(broken)
          test.equal({ seen.verdict, seen.kind }, { "problem", kind }, row.gate .. ": " .. row.name .. ": " .. method)
          asked = asked + 1
        end
      end
    end
  end
  test.truthy(asked > 100, asked)
end)

test("triggers are judged first, and what wants to see the decisions after them", function ()
  test.equal({ judging.order() }, { "completed approved synced checks", "confirmed custom" })
end)

test("every gate has a row in which it passes, and one in which it does not", function ()
  local seen = {}
  for _, row in ipairs(rows) do
    seen[row.gate] = seen[row.gate] or {}
    seen[row.gate][row.verdict == "pass" and "pass" or row.verdict ~= "off" and "against" or "off"] = true
  end
  for _, row in ipairs(gates.rows) do
    test.truthy(seen[row.word] and seen[row.word].pass and seen[row.word].against, row.word)
  end
end)

test("no two rows of a gate have the same name", function ()
  local seen = {}
  for _, row in ipairs(rows) do
    local name = row.gate .. ": " .. row.name
    test.equal(seen[name], nil, name)
    seen[name] = true
  end
end)

test("the flag that leaves a lock's gate out warns", function ()
  local seen = judging.judge { gate = "required_check", says = { "release" }, always = true,
    context = { flags = { push = true, unprotected = true } } }
  test.equal(#seen.warned, 1)
  test.contains(seen.warned[1], "can be merged before its release")
end)

-- What is warned of when a run with --unprotected meets a gate that the lane names.
local function warned_of(named, lock)
  local seen = judging.judge { gate = "required_check", says = { named },
    context = { flags = { push = true, unprotected = true },
      lane = { name = "final", base = "main", step = lock and { pull_request = { lock = lock } } or {} } } }
  test.equal(seen.verdict, "deny")
  return seen.warned
end

test("the flag warns that it leaves out no gate that the spec names", function ()
  local told = { '--unprotected leaves nothing out: lane final itself names the gate required_check "release"; require the '
    .. "check in the protection of main, or take the gate out of the lane" }
  test.equal(warned_of("release", "release"), told)
  test.equal(warned_of("release", nil), told)
end)

test("the flag says nothing of a further check, where it leaves out the lock's own gate", function ()
  test.equal(warned_of("build", "release"), {})
end)

-- What the words of a fact row mean for a value: those that name their values hold them in quotes.
local function is_so(is, value)
  if value == nil then return is:find ", or nil$" ~= nil end
  if value == false and is:find ", or false$" then return true end
  if is:find "^a string" then return type(value) == "string" end
  if is:find "^a whole number" then return math.type(value) == "integer" end
  if is:find "^true or false" then return type(value) == "boolean" end
  if is:find "^a list" or is:find "^a record" or is:find "^{" then return type(value) == "table" end
  if is == '"Monday" to "Sunday"' then return value == "Thursday" end -- the day of second 1000
  return is:find('"' .. value .. '"', 1, true) ~= nil
end

local function compare(list, values, where)
  local known = {}
  for _, row in ipairs(list) do
    known[row.name] = true
    local value = values[row.name]
    test.truthy(is_so(row.is, value), where .. row.name)
    if row.fields and row.is == "a record" then compare(row.fields, value, row.name .. ".") end
    if row.fields and row.is == "a list of records" then
      test.equal(#value, 1, where .. row.name)
      compare(row.fields, value[1], row.name .. "[].")
    end
  end
  for name in pairs(values) do test.truthy(known[name], where .. tostring(name)) end
end

test("S1.4 a custom gate is told just the facts that are documented, each as it is documented", function ()
  local told
  local function check(all)
    told = all
    return true
  end
  local seen = judging.judge { gate = "custom", says = { name = "all" },
    gates = { all = { name = "all", needs = { "checks", "pull", "reviews", "issues" }, check = check } },
    forge = {
      known_reviews = { [7] = { { user = "bob", state = "approved", oid = judging.HEAD, time = "2026-11-21T00:00:00Z" } } },
      known_checks = { { name = "build", source = "check", state = "success", description = "", url = false, app = 1,
        oid = judging.HEAD } },
      known_issues = { { number = 1, title = "t", labels = {}, url = "u" } },
    } }
  test.equal(seen.verdict, "pass", seen.text)
  compare(facts.rows, told, "facts.")
end)
