--- Runs Lua suites: run.lua [--only TEXT] FILE...; exits 1 when a test failed.
-- A suite is a file of `test("sentence", function () ... end)`; it need not call `test.done()`.
package.path = "stdlib/?.lua;tests/lib/?.lua;" .. package.path
local testing = require "testing"
local files, at = {}, 1
while at <= #arg do
  if arg[at] == "--only" then testing.filter, at = arg[at + 1], at + 1 else files[#files + 1] = arg[at] end
  at = at + 1
end
testing.held = true
for _, path in ipairs(files) do
  local suite, problem = loadfile(path, "t")
  if not suite then
    testing.failed = testing.failed + 1
    testing.failures[#testing.failures + 1] = "FAILED: " .. tostring(problem)
  else
    local ok, raised = xpcall(suite, debug.traceback, path)
    if not ok then
      testing.failed = testing.failed + 1
      testing.failures[#testing.failures + 1] = "FAILED: " .. path .. " does not load\n  " .. tostring(raised)
    end
  end
end
testing.held = false
if not testing.done() then os.exit(1) end
