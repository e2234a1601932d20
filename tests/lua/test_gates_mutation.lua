--- P12 Gates are broken on purpose, and their rows must notice: every gate that never says no, every single place where one
-- denies, waits or skips and passes instead, and every condition turned round.

local test = require "testing"
local file = require "host.file"
local gates = require "gates"
local judging = require "judging"
local rows = require "gate_rows"

local rows_of = {}
for _, row in ipairs(rows) do
  rows_of[row.gate] = rows_of[row.gate] or {}
  table.insert(rows_of[row.gate], row)
end

-- Does a row of one of these words notice?
local function is_noticed(words)
  for _, word in ipairs(words) do
    for _, row in ipairs(rows_of[word]) do
      if judging.difference(row) then return true end
    end
  end
  return false
end

local function words_of(module)
  local words = {}
  for _, row in ipairs(gates.rows) do
    if row.of == module then words[#words + 1] = row.word end
  end
  return words
end

-- Runs `body` while these gates are others.
local function with(others, body)
  local kept = {}
  for word, gate in pairs(others) do
    kept[word] = gates[word]
    gates[word] = gate
  end
  local ok, result = pcall(body)
  for word, gate in pairs(kept) do gates[word] = gate end
  if not ok then error(result, 0) end
  return result
end

for _, row in ipairs(gates.rows) do
  test("P12 the rows of " .. row.word .. " notice when it never says no", function ()
    local gate = gates[row.word]
    local function harmless(...)
      local verdict, trouble = gate(...)
      if not verdict then return verdict, trouble end
      if verdict.verdict ~= "off" then verdict.verdict = "pass" end
      return verdict
    end
    test.truthy(with({ [row.word] = harmless }, function () return is_noticed { row.word } end), "noticed")
  end)
end

local function source_of(module) return assert(file.read("stdlib/gates/" .. module .. ".lua")) end

-- The gates of a module whose text was changed, or nil when the change is no Lua.
local function changed(module, text)
  local chunk = load(text, "@" .. module, "t")
  if not chunk then return nil end
  local made, others = chunk(), {}
  for _, word in ipairs(words_of(module)) do others[word] = made[word] end
  return others
end

-- Where the text of a module says no, with what it becomes.
local NOES = { ["verdict.deny("] = "verdict.pass(", ["verdict.wait("] = "verdict.pass(", ["verdict.skip("] = "verdict.pass(" }

-- Every change of one place: { text, line, what }.
local function mutants(text)
  local list = {}
  local function add(first, last, with_what, what)
    local _, line = text:sub(1, first):gsub("\n", "")
    list[#list + 1] = { text = text:sub(1, first - 1) .. with_what .. text:sub(last + 1), line = line + 1, what = what }
  end
  for no, yes in pairs(NOES) do
    local at = 1
    while true do
      local first, last = text:find(no, at, true)
      if not first then break end
      add(first, last, yes, no .. ") passes")
      at = last
    end
  end
  -- if A then B: A turned round. A question whose trouble is handed on is no decision.
  for first, condition, last in text:gmatch "%f[%w_]if ()([^\n]-)() then" do
    if not condition:find "^not %w+$" and not condition:find "== nil$" and not condition:find "^%w+ == nil" then
      add(first, last - 1, "not (" .. condition .. ")", condition .. " turned round")
    end
  end
  return list
end

local modules, order = {}, {}
for _, row in ipairs(gates.rows) do
  if not modules[row.of] then order[#order + 1] = row.of end
  modules[row.of] = true
end

-- What a gate rests on is broken the same way: the gates over it are read anew.
test("P12 the rows notice every place where gates/people.lua lets through whom it should not", function ()
  local unnoticed, whole = {}, package.loaded["gates.people"]
  for _, mutant in ipairs(mutants(source_of "people")) do
    local chunk = load(mutant.text, "@people", "t")
    package.loaded["gates.people"] = chunk and chunk() or whole
    local noticed = false
    for _, module in ipairs { "event", "reviews" } do
      noticed = with(changed(module, source_of(module)), function () return is_noticed(words_of(module)) end) or noticed
    end
    package.loaded["gates.people"] = whole
    if not noticed then unnoticed[#unnoticed + 1] = ("%d: %s"):format(mutant.line, mutant.what) end
  end
  test.equal(unnoticed, {})
end)

test("P12 the rows notice every place where judgement.lua takes no gate's word", function ()
  local unnoticed, whole, all = {}, require "judgement", {}
  local order_before = table.concat({ judging.order() }, "; ")
  for _, row in ipairs(gates.rows) do all[#all + 1] = row.word end
  for _, mutant in ipairs(mutants(assert(file.read "stdlib/judgement.lua"))) do
    local chunk = load(mutant.text, "@judgement", "t")
    package.loaded.judgement = chunk and chunk() or whole
    local ran, early, late = pcall(judging.order)
    local noticed = not ran or early .. "; " .. late ~= order_before or is_noticed(all)
    package.loaded.judgement = whole
    if not noticed then unnoticed[#unnoticed + 1] = ("%d: %s"):format(mutant.line, mutant.what) end
  end
  test.equal(unnoticed, {})
end)

local total = 0

test("gates that are read anew and were not broken are noticed by no row", function ()
  for _, module in ipairs(order) do
    test.equal(with(changed(module, source_of(module)), function () return is_noticed(words_of(module)) end), false, module)
  end
end)

for _, module in ipairs(order) do
  test("P12 the rows of gates/" .. module .. ".lua notice every place where it lets through what it should not", function ()
    local text, unnoticed = source_of(module), {}
    for _, mutant in ipairs(mutants(text)) do
      local others = changed(module, mutant.text)
      if others then
        total = total + 1
        if not with(others, function () return is_noticed(words_of(module)) end) then
          unnoticed[#unnoticed + 1] = ("%d: %s"):format(mutant.line, mutant.what)
        end
      end
    end
    test.equal(unnoticed, {})
  end)
end

test("P12 many places were broken", function () test.truthy(total >= 100, total .. " mutants") end)
