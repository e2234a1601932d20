--- host.clock: a wait that can be interrupted.
local test = require "testing"
local clock = require "host.clock"
local env = require "host.env"
local file = require "host.file"
local proc = require "host.proc"

test("clock: a sleep lasts at least as long as it was asked to", function ()
  local began = clock.monotonic_ms()
  test.equal(clock.sleep(20), true)
  test.truthy(clock.monotonic_ms() - began >= 19, "it ended early")
  test.equal(clock.sleep(0), true)
end)

test("clock: a sleep of negative, fractional or endless time is a mistake of the caller's", function ()
  test.raises(function () clock.sleep(-1) end, "no time between 0 and one day")
  test.raises(function () clock.sleep(86400001) end, "no time between 0 and one day")
  test.raises(function () clock.sleep(0.5) end, "integer")
  test.raises(function () clock.sleep() end, "number expected")
end)

test("clock: an interrupt ends the process in the middle of a sleep, with the status of interruption", function ()
  local build = env.get "TEST_BUILD" or "build"
  local folder = file.temporary_directory()
  local script, ready = folder .. "/sleep.lua", folder .. "/ready"
  file.write(script, 'require("host.term").write("out", "ready") require("host.clock").sleep(3600000)')
  for _, signal in ipairs { "INT", "TERM" } do
    local process = assert(proc.start { argv = { build .. "/relrun", "lua", script }, stdout = ready })
    repeat clock.sleep(5) until file.read(ready) == "ready" or process:wait(0)
    assert(process:kill(signal))
    test.equal(process:wait(60000), { code = 130, signal = 0 }, signal)
    file.remove(ready)
  end
  file.remove(folder, { recursive = true })
end)
