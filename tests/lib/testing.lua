--- The test harness of the Lua suites: a test is a sentence and a function.
--
--     local test = require "testing"
--     test("S1.59 a tag names exactly one package", function ()
--       test.equal(parse("core-v1.0.0").package, "core")
--     end)
--     return test.done()
--
-- It needs nothing but Lua 5.4, so that a suite of pure modules also runs under a plain interpreter.

local testing = { passed = 0, failed = 0, skipped = 0, failures = {} }

local SKIP = {}

local function show(value, indent, seen)
  if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") end
  if type(value) ~= "table" then return tostring(value) end
  if seen[value] then return "<cycle>" end
  seen[value] = true
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function (a, b)
    if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
    return type(a) < type(b)
  end)
  for _, key in ipairs(keys) do
    parts[#parts + 1] = ("%s  [%s] = %s"):format(indent, show(key, "", seen), show(value[key], indent .. "  ", seen))
  end
  seen[value] = nil
  return #parts == 0 and "{}" or "{\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "}"
end

local function same(a, b)
  if a == b then return math.type(a) == math.type(b) end
  if type(a) ~= "table" or type(b) ~= "table" then return false end
  for key, value in pairs(a) do if not same(value, b[key]) then return false end end
  for key in pairs(b) do if a[key] == nil then return false end end
  return true
end

--- Fails unless `actual` and `expected` are the same value, compared deeply.
function testing.equal(actual, expected, note)
  if same(actual, expected) then return end
  error(("%sexpected %s\n     got %s"):format(note and note .. ": " or "",
    show(expected, "     ", {}), show(actual, "     ", {})), 2)
end

--- Fails unless `text` holds `part`, taken literally.
function testing.contains(text, part, note)
  if type(text) == "string" and text:find(part, 1, true) then return end
  error(("%sno %s in:\n%s"):format(note and note .. ": " or "", show(part, "", {}), tostring(text)), 2)
end

--- Fails if `text` holds `part`, taken literally.
function testing.lacks(text, part, note)
  if not tostring(text):find(part, 1, true) then return end
  error(("%sunwanted %s in:\n%s"):format(note and note .. ": " or "", show(part, "", {}), tostring(text)), 2)
end

--- Fails unless `value` is true (not nil, not false).
function testing.truthy(value, note)
  if value then return value end
  error((note or "value") .. " is " .. tostring(value), 2)
end

--- Fails unless calling `run` raises an error whose text holds `part`.
function testing.raises(run, part)
  local ok, problem = pcall(run)
  if ok then error("no error was raised", 2) end
  if part and not tostring(problem):find(part, 1, true) then
    error(("the error lacks %q:\n%s"):format(part, tostring(problem)), 2)
  end
end

--- Fails unless the results are `nil, message` and the message holds `part`.
function testing.refuses(part, value, message)
  if value ~= nil then error("expected a refusal, got " .. show(value, "     ", {}), 2) end
  if not tostring(message):find(part, 1, true) then
    error(("the refusal lacks %q:\n%s"):format(part, tostring(message)), 2)
  end
end

--- How many thousand instructions of Lua a call takes: the same on every machine, however busy; a clock is not.
---@param run function
---@return integer
function testing.instructions(run)
  local count = 0
  debug.sethook(function () count = count + 1 end, "", 1000)
  run()
  debug.sethook()
  return count
end

--- Ends the running test as skipped, with the reason.
function testing.skip(reason) error({ SKIP, reason }, 0) end

--- Runs one test and keeps its outcome. `filter` (set by the runner) limits the run to names that hold it.
local function run(_, name, body)
  if testing.filter and not name:find(testing.filter, 1, true) then return end
  local ok, problem = xpcall(body, function (raised)
    if type(raised) == "table" and raised[1] == SKIP then return raised end
    return debug and debug.traceback and debug.traceback(tostring(raised), 2) or tostring(raised)
  end)
  if ok then
    testing.passed = testing.passed + 1
  elseif type(problem) == "table" and problem[1] == SKIP then
    testing.skipped = testing.skipped + 1
    testing.failures[#testing.failures + 1] = "skipped: " .. name .. " (" .. tostring(problem[2]) .. ")"
  else
    testing.failed = testing.failed + 1
    testing.failures[#testing.failures + 1] = "FAILED: " .. name .. "\n  " .. tostring(problem):gsub("\n", "\n  ")
  end
end

--- Prints what failed or was skipped, then `N passed, N failed`; true when nothing failed. A runner of several suites
-- holds it back until its end.
function testing.done()
  if testing.held then return true end
  for _, line in ipairs(testing.failures) do print(line) end
  print(("%d passed, %d failed%s"):format(testing.passed, testing.failed,
    testing.skipped > 0 and (", %d skipped"):format(testing.skipped) or ""))
  return testing.failed == 0
end

return setmetatable(testing, { __call = run })
