--- The demo is a test: it ends well, shows what it promises, and is short enough to be read.

local test = require "testing"
local place = require "place"

local ROOT = assert(require("host.proc").run { argv = { "pwd" } }).stdout:gsub("\n$", "")

local function demo()
  return place.with(function (here)
    return here:must({ "sh", "-c", ('exec sh "%s/tests/demo.sh" "$(command -v relrun)" 2>&1'):format(ROOT) })
  end)
end

local told = demo()

test("the demo releases a candidate and a final, and does nothing twice", function ()
  test.contains(told, "core       0.1.0 -> 0.2.0rc1  minor")
  test.contains(told, "is released already as core 0.2.0rc1, scheduler 0.1.1rc1")
  test.contains(told, "tag: scheduler-v0.1.1, tag: core-v0.2.0, origin/release, release")
end)

test("S0.3 S0.4 S0.16 in the demo nobody merges a release before it has happened, and then relrun has", function ()
  local refused = told:find("cannot be merged: required check 'release' is pending", 1, true)
  local approved = told:find("ann approved pull request 1", refused or 1, true)
  test.truthy(refused and approved and told:find("#1  merged  releases/1.1.0 -> main", approved, true), told)
  test.contains(told, "v1.1.0  public  2  1 asset")
  test.contains(told, "widget.tar.gz\n")
  test.contains(told, "(tag: v1.1.0, releases/1.1.0) Release 1.1.0")
end)

test("the demo is calm: about a hundred lines, none of them long", function ()
  local count, longest = 0, 0
  for line in told:gmatch "[^\n]*\n" do
    count, longest = count + 1, math.max(longest, #line)
  end
  test.truthy(count <= 125, count)
  test.truthy(longest <= 180, longest)
end)

return test.done()
