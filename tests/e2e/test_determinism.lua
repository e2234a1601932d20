--- The determinism runs themselves: they pass what depends on nothing, and they find every dependence.

local test = require "testing"
local determinism = require "determinism"
local place = require "place"
local scene = require "scene"

-- Runs a shell script in which $1 is the file to write.
local function determined(script, runs)
  return place.with(function (here)
    local stage = test.truthy(scene.build(here, 'commit "feat: first" a\n'))
    return determinism.run { stage = stage, runs = runs or 24,
      command = function (out) return { "sh", "-c", script, "-", out } end }
  end)
end

test("P1 bytes that depend on nothing have one digest", function ()
  local report = determined "git cat-file -p HEAD > $1"
  test.equal(report.failures, {})
  test.equal(report.distinct, 1)
  test.truthy(#report.locales >= 2)
end)

local DEPENDENCES = {
  { "the folder", "pwd > $1" },
  { "the home", "echo $HOME > $1" },
  { "the locale", "locale -k decimal_point LC_TIME > $1" },
  { "the order of the environment", "tr '\\0' '\\n' < /proc/$$/environ | cut -d= -f1 | grep -v COMPANY > $1" },
  { "the process", "echo $$ > $1" },
  { "the size of the environment", "env | grep -c . > $1" },
  { "the time zone", "date -d @0 > $1" },
  { "the umask", "umask > $1" },
}

for _, row in ipairs(DEPENDENCES) do
  local what, script = row[1], row[2]
  test("P1 a dependence on " .. what .. " is found", function ()
    local report = determined(script)
    if what == "the locale" and #report.locales < 3 then test.skip "the package locales is not installed" end
    test.truthy(report.distinct > 1)
    test.equal(#report.first, report.distinct)
  end)
end

test("P1 a run that fails or writes nothing is told, with its circumstances", function ()
  local report = determined("echo no >&2; exit 1", 3)
  test.equal(#report.failures, 3)
  test.contains(report.failures[1], "run 1: LC_ALL=")
  test.contains(report.failures[1], "exit 1\nno")
end)
