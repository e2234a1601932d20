--- P15: every spec of tests/hostile is contained. A file says what must come of it: `expect: ok|format|limit` for its
-- evaluation, `call: KIND` for the first function that it hands over, `part: TEXT` for the message of the last.

local test = require "testing"
local sandbox = require "host.sandbox"
local file = require "host.file"
local clock = require "host.clock"

local FOLDER = "tests/hostile"
local CPU_S = 1
local SLACK_MS = 600 -- starting, reaping and a busy machine, on top of the CPU seconds
local words = { lane = { kind = "statement" }, gate = { kind = "statement" }, use = { kind = "statement" },
  release = { kind = "statement" }, each = { kind = "value" } }
local specs = {
  loop = "while true do end",
  self = 'use "self"',
  float = 'lane "f" { n = 1.5 }',
  plain = 'local options = options_of(..., { { name = "name", type = "string", default = "n" } })\nlane(options.name)',
}
local syscalls = assert(sandbox.features()).syscalls

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

local function hostile(text)
  local expected = test.truthy(text:match "%-%- expect: (%l+)", "the file says no expectation")
  local expected_call = text:match "%-%- call: (%l+)"
  local part = text:match "%-%- part: ([^\r\n]+)"
  local began = clock.monotonic_ms()
  local spec <close>, message, kind = sandbox.open { name = "release.lua", text = text, words = words, specs = specs,
    limits = { cpu_s = CPU_S, steps = 1000000 } }
  test.equal(spec and "ok" or kind, expected, message)
  if not spec then
    check_message(message, part)
  elseif expected_call then
    local results
    results, message, kind = spec:call(test.truthy(callback_of(spec:statements()), "no function came"), { n = 1 })
    test.equal(results and "ok" or kind, expected_call, message)
    if not results then check_message(message, part) end
  end
  -- A call may begin late in a second that was granted before it, so it has up to one more.
  local allowed = (CPU_S + (expected_call and 1 or 0)) * 1000 + SLACK_MS
  local took = clock.monotonic_ms() - began
  test.truthy(took <= allowed or not syscalls, ("it took %d ms"):format(took))
end

for _, name in ipairs(assert(file.list(FOLDER))) do
  test("P15 hostile spec " .. name:gsub("%.lua$", ""):gsub("%-", " ", 1), function ()
    hostile(assert(file.read(FOLDER .. "/" .. name)))
  end)
end

test("P15 the hostile corpus has its size", function ()
  test.truthy(#assert(file.list(FOLDER)) >= 200, "files went missing")
end)
