--- P15: every spec of tests/hostile is contained. A file says what must come of it: `expect: ok|format|limit`
-- for its evaluation, `call: KIND` for the first function that it hands over, `part: TEXT` for the message.

local test = require "testing"
local sandbox = require "host.sandbox"
local file = require "host.file"

local FOLDER = "tests/hostile"
-- Under a sanitizer, where the system calls are not sealed either, everything takes several times as long.
local CPU_S = sandbox.features().syscalls and 1 or 5
local WALL_MS = 120000 -- CPU time is what is granted here, and a busy machine gives it slowly
local SLACK_MS = 100 -- how late the kernel may be
local words = { lane = { kind = "statement" }, gate = { kind = "statement" }, use = { kind = "statement" },
  release = { kind = "statement" }, each = { kind = "value" } }
local specs = {
  loop = "while true do end",
  self = 'use "self"',
  float = 'lane "f" { n = 1.5 }',
  plain = [[local options = options_of(..., { { name = "name", type = "string", default = "n" } })
    lane(options.name)]],
}

-- CPU time of the children that were reaped, in ms; time of the clock would blame a busy machine on the spec.
local function cpu_of_children()
  local fields = {}
  for field in assert(file.read "/proc/self/stat"):gsub("^.*%) ", ""):gmatch "%S+" do fields[#fields + 1] = field end
  return (fields[14] + fields[15]) * 10
end

local function callback_of(value)
  if sandbox.is_callback(value) then return value end
  if type(value) ~= "table" then return nil end
  for _, inner in pairs(value) do
    local found = callback_of(inner)
    if found then return found end
  end
end

local function check_message(message, part)
  test.truthy(message:find "^release%.lua:" or message:find "^specs/", "the message has no place: " .. message)
  test.truthy(not message:find "%c", "the message holds control bytes: " .. message)
  test.truthy(#message < 1300, "the message has " .. #message .. " bytes")
  if part then test.contains(message, part) end
end

local function evaluate(text, expected, expected_call, part)
  local spec <close>, message, kind = sandbox.open { name = "release.lua", text = text, words = words,
    specs = specs, limits = { cpu_s = CPU_S, wall_ms = WALL_MS, steps = 1000000 } }
  test.equal(spec and "ok" or kind, expected, message)
  if not spec then return check_message(message, part) end
  if not expected_call then return end
  local callback = test.truthy(callback_of(spec:statements()), "no function came")
  local results
  results, message, kind = spec:call(callback, { n = 1 })
  test.equal(results and "ok" or kind, expected_call, message)
  if not results then check_message(message, part) end
end

local function hostile(text)
  local expected = test.truthy(text:match "%-%- expect: (%l+)", "the file says no expectation")
  local expected_call = text:match "%-%- call: (%l+)"
  local before = cpu_of_children()
  evaluate(text, expected, expected_call, text:match "%-%- part: ([^\r\n]+)")
  -- The kernel counts whole seconds, so a call may have up to one more than it was granted.
  local allowed = (CPU_S + (expected_call and 1 or 0)) * 1000 + SLACK_MS
  local took = cpu_of_children() - before
  test.truthy(took <= allowed, ("it took %d ms of CPU time"):format(took))
end

for _, name in ipairs(assert(file.list(FOLDER))) do
  test("P15 hostile spec " .. name:gsub("%.lua$", ""):gsub("%-", " ", 1), function ()
    hostile(assert(file.read(FOLDER .. "/" .. name)))
  end)
end

test("P15 the hostile corpus has its size", function ()
  test.truthy(#assert(file.list(FOLDER)) >= 200, "files went missing")
end)
