--- What a run tells GitHub Actions, read back with the runner's own rules.

local test = require "testing"
local ci_report = require "ci_report"
local json = require "host.json"
local problem = require "problem"
local random = require "host.random"
local runner_rules = require "runner_rules"

local DELIMITER = "ghadelimiter_" .. ("0123456789abcdef"):rep(2)

-- What somebody would write into a commit, a branch or a file to be more than text.
local HOSTILE = {
  "EOF\nkey=value", DELIMITER .. "\nreleased=true", "a\r\nplan=x", "x<<EOF\ny\nEOF",
  "::add-mask::x", "  ::set-output name=released::true", "\u{3000}::error::x", "\u{2003}::stop-commands::x", "text ##[add-mask]x",
  "##[error]x", "\t##[set-output name=plan;]x", "a\n::error::b", "a\r::error::b", "%0A::error::b", "::error file=x::y",
}

local function plan(more)
  local value = {
    release = "demo", lane = "final", push = true, branch = "main", warnings = {},
    base = { branch = "main", commit = ("a"):rep(40), time = 1 }, tip = ("a"):rep(40),
    packages = { { name = "core", version = "1.1.0", previous = "1.0.0", tag = "core-v1.1.0", level = "minor", commits = 1,
      because = { { commit = ("c"):rep(40), subject = "feat: more" } }, reason = {} } },
    gates = { { gate = "checks", verdict = "pass", reason = "all green", evidence = { { name = "build", state = "success" } } } },
    ops = {
      { id = 1, stage = "local", kind = "tag", class = "reversible", pre = {}, args = { tag = "core-v1.1.0", target = ("a"):rep(40) } },
      { id = 2, stage = "remote", kind = "push", class = "irreversible", pre = {}, args = { remote = "origin", atomic = true,
        updates = { { ref = "refs/tags/core-v1.1.0", new = ("b"):rep(40) } } } },
    },
  }
  for key, inner in pairs(more or {}) do value[key] = inner end
  return { value = value, id = ("d"):rep(64) }
end

-- Outputs. ----------------------------------------------------------------------------------------------------------

test("the outputs are what a later step reads", function ()
  local saved = plan { ops = { { id = 1, kind = "pull_request", args = {} } } }
  saved.results = { { number = 7, url = "https://git.example/o/r/pull/7" } }
  local lines = test.truthy(ci_report.outputs(ci_report.values(saved, true, json.encode), DELIMITER))
  test.equal(runner_rules.outputs(lines), { released = "true", plan = ("d"):rep(64), lane = "final",
    versions = '{"core":"1.1.0"}', tags = '["core-v1.1.0"]', pull_request = "7",
    pull_request_url = "https://git.example/o/r/pull/7" })
end)

test("without a plan nothing was released, and that is said", function ()
  test.equal(runner_rules.outputs(ci_report.outputs(ci_report.values(nil, false, json.encode), DELIMITER)), { released = "false" })
end)

test("whatever stands in a value, no other output is set and the value is read back as it was", function ()
  for _, hostile in ipairs(HOSTILE) do
    local values = { lane = hostile, released = "false", plan = "p" }
    local lines, message = ci_report.outputs(values, DELIMITER)
    if hostile:find(DELIMITER, 1, true) then
      test.equal(lines, nil)
      test.equal(message, "output lane holds the delimiter")
    else
      local read = test.truthy(runner_rules.outputs(lines))
      test.equal(read.lane, (hostile:gsub("\r\n", "\n")), hostile)
      test.equal({ read.released, read.plan, read.key }, { "false", "p", nil }, hostile)
    end
  end
end)

test("only the outputs that there are can be written", function ()
  test.equal(ci_report.outputs({ PATH = "/evil", NODE_OPTIONS = "x" }, DELIMITER), "")
end)

test("a delimiter that could be guessed is a mistake of ours", function ()
  test.raises(function () ci_report.outputs({}, "EOF") end, "128 bits")
  local one, two = random.hex(16), random.hex(16)
  test.equal(#one, 32)
  test.truthy(one ~= two)
  test.raises(function () random.hex(0) end, "no count from 1 to 64")
  test.raises(function () random.hex(65) end, "no count from 1 to 64")
end)

-- The log. ----------------------------------------------------------------------------------------------------------

test("no text in the log is a command of the runner's", function ()
  for _, hostile in ipairs(HOSTILE) do
    test.equal(runner_rules.commands(ci_report.quiet(hostile)), {}, hostile)
    test.equal(runner_rules.commands(ci_report.quiet("two\n" .. hostile)), {}, hostile)
  end
end)

test("the rules of the tests do see commands where nobody prevents them", function ()
  local seen = 0
  for _, hostile in ipairs(HOSTILE) do seen = seen + #runner_rules.commands(hostile) end
  test.equal(seen, 10)
end)

test("text that is no command stays as it is", function ()
  for _, harmless in ipairs { "std::string", "a :: b", "## [x]", "feat: more", "[::1]:80" } do
    test.equal(ci_report.quiet(harmless), harmless)
  end
end)

-- Annotations. ------------------------------------------------------------------------------------------------------

test("how a run ended is the first annotation, and warnings follow", function ()
  local lines = ci_report.annotations("denied", problem.new("denied", "gate checks: build failed", "mend it"), { "one", "two" })
  test.equal(lines, { "::error title=relrun::gate checks: build failed; mend it", "::warning title=relrun::one",
    "::warning title=relrun::two" })
  test.equal(ci_report.annotations("nothing", problem.new("nothing", "no change"), {}), { "::notice title=relrun::no change" })
  test.equal(ci_report.annotations("waiting", problem.new("waiting", "a review"), {}), { "::warning title=relrun::a review" })
  test.equal(ci_report.annotations("done", nil, {}), {})
end)

test("of each sort there are ten annotations at most", function ()
  local many = {}
  for i = 1, 30 do many[i] = "w" .. i end
  test.equal(#ci_report.annotations("done", nil, many), 10)
  test.equal(#ci_report.annotations("waiting", problem.new("waiting", "x"), many), 10)
  test.equal(#ci_report.annotations("error", problem.new("error", "x"), many), 11)
  local trouble = problem.new("spec", "wrong")
  trouble.more = many
  test.equal(#ci_report.annotations("spec", trouble, {}), 10)
end)

test("a mistake of the spec's is shown at its line", function ()
  local trouble = problem.new("spec", "wrong")
  trouble.more = { "release.lua:12: lane has no 'x'", "and 3 more" }
  test.equal(ci_report.annotations("spec", trouble, {}), { "::error file=release.lua,line=12,title=relrun::lane has no 'x'",
    "::error title=relrun::and 3 more" })
end)

test("a message cannot start a second command, or change what the annotation is about", function ()
  for _, hostile in ipairs(HOSTILE) do
    local lines = table.concat(ci_report.annotations("error", problem.new("error", hostile), { hostile }), "\n")
    local commands = runner_rules.commands(lines)
    test.equal({ #commands, commands[1].name, commands[1].properties, commands[2].name, commands[2].properties },
      { 2, "error", "title=relrun", "warning", "title=relrun" }, hostile)
    test.equal((commands[1].data:gsub("%%0D", "\r"):gsub("%%0A", "\n"):gsub("%%25", "%%")), hostile)
  end
end)

-- The page. ---------------------------------------------------------------------------------------------------------

local function page(saved, more)
  more = more or {}
  return ci_report.page(saved, more.verdict or "Released.", more.warnings or {}, json.encode, more.used or 0)
end

test("the page of a job tells packages, gates with their evidence, operations, and what cannot be undone", function ()
  local told = page(plan())
  test.contains(told, "### demo, lane final: plan `dddddddddddd`\n\nReleased.\n")
  test.contains(told, "| core | 1.0.0 | **1.1.0** | minor | ccccccc feat: more |")
  test.contains(told, '| checks | pass | all green | \\[{"name":"build","state":"success"}\\] |')
  test.contains(told, "1. tag core-v1.1.0 at aaaaaaaaaaaa\n")
  test.contains(told, "2. push to origin, all or nothing **(cannot be undone)**\n   - tag core-v1.1.0 (new) bbbbbbbbbbbb\n")
  test.contains(told, "What cannot be undone: 2.\n")
end)

test("a plan in which everything can be undone says so", function ()
  test.contains(page(plan { ops = {} }), "All of it can be undone or made good.")
end)

test("without a plan the page says how the run ended", function ()
  test.equal(page(nil, { verdict = "gate checks: it waits" }), "### relrun\n\ngate checks: it waits\n\n")
end)

local HTML = { "<img src=x onerror=alert(1)>", "a | b | c", "`a | b`", "@everyone", "#12", "](https://evil.example)", "![x](y)",
  "| --- |", "\n\n# heading", "</td></tr>", "<!-- x", "[x]: https://evil.example", "https://evil.example" }

test("a text of others stays in its cell and does nothing there", function ()
  for _, list in ipairs { HTML, HOSTILE } do
    for _, hostile in ipairs(list) do
      local saved = plan()
      saved.value.packages[1].because[1].subject = hostile
      saved.value.gates[1].reason, saved.value.gates[1].evidence = hostile, { hostile }
      local told = page(saved, { verdict = hostile, warnings = { hostile } })
      for line in told:gmatch "[^\n]+" do
        if line:sub(1, 1) == "|" then
          local bars = 0
          for before in line:gmatch "(.?)|" do if before ~= "\\" then bars = bars + 1 end end
          test.truthy(bars == 6 or bars == 5, line)
        end
      end
      test.equal(#told:gsub("[^\n]", ""), #page(plan(), { warnings = { "w" } }):gsub("[^\n]", ""), hostile)
      test.lacks(told, "<img")
      test.lacks(told, "</td>")
    end
  end
end)

test("the page of a step stays below one MiB, whatever was there, and says that it is cut", function ()
  local ops = {}
  for i = 1, 30000 do ops[i] = { id = i, kind = "tag", class = "reversible", args = { tag = "x-v" .. i, target = ("a"):rep(40) } } end
  for _, used in ipairs { 0, 1000, 1 << 19, (1 << 20) - 300 } do
    local told = page(plan { ops = ops }, { used = used })
    test.truthy(#told + used < 1 << 20)
    test.contains(told, "The rest is cut")
  end
  test.equal(page(plan { ops = ops }, { used = (1 << 20) - 10 }), "")
end)

return test.done()
