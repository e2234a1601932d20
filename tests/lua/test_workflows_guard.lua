-- relrun check over the workflows of lanes with halves: the shipped example is healthy, and for every finding about the
-- lock's guard the change that brings it out.

local test = require "testing"
local bytes = require "bytes"
local findings = require "workflows.findings"
local spec = require "spec"
local spoken = require "spoken"
local template = require "template"
local workflows = require "workflows"

local EXAMPLE = bytes.read "specs/guarded-release.github.yml"
local CI = bytes.read("tests/fixtures/workflows/ci.yml"):gsub("%[test, master%]", "[main]")
local GUARDED = bytes.read "specs/guarded-release.lua"
local SPEC = '\n\nuse "guarded-release" { name = "demo", identity = "R <r@example.org>", candidates = "rc" }'

local function model()
  local made, problems = spec.model(spoken.statements(SPEC, { ["guarded-release"] = GUARDED }),
    spoken.marks, SPEC)
  made = made or error(problems[1].text)
  made.source = "release.lua"
  return made
end

-- The findings over the example with changes ({ { old, new }, ... }), as lines; "" for none.
local function said(changes, release_spec)
  local text = EXAMPLE
  for _, pair in ipairs(changes or {}) do
    local from, to = text:find(pair[1], 1, true)
    if not from then error("the example lacks: " .. pair[1]) end
    text = text:sub(1, from - 1) .. pair[2] .. text:sub(to + 1)
  end
  local made = release_spec or model()
  local package = { name = "demo", scheme = made.release.version, tag = template.compile("v{version}", { "package", "version" }) }
  local lines = {}
  for i, finding in ipairs(workflows.check({ { path = ".github/workflows/ci.yml", text = CI },
    { path = ".github/workflows/release.yml", text = text } }, made, { package })) do
    lines[i] = ("%s %s %s"):format(finding.key, finding.file:match "[^/]+$", finding.text)
    test.truthy(finding.line > 1, lines[i])
  end
  return table.concat(lines, "\n")
end

test("S0.30 S0.31 nothing is said of the example of guarded-release", function ()
  test.equal(said(), "")
end)

test("S0.31 a lane that waits for an approval which starts nothing is told", function ()
  test.contains(said { { "types: [submitted]", "types: [dismissed]" } },
    "lane_not_started release.lua lane candidate waits for an approval of its pull request")
  test.contains(said { { "startsWith(github.event.pull_request.head.ref, 'candidates/')", "false" } },
    "lane candidate waits for an approval of its pull request")
  test.lacks(said { { "startsWith(github.event.pull_request.head.ref, 'candidates/')", "false" } }, "lane release waits")
  test.contains(said { { "'workflow_dispatch'", "'push'" } }, "lane release waits for somebody who starts it by hand")
end)

test("S0.14 a lock without a guard is told, also where it guards another branch only", function ()
  test.contains(said { { "guard release.lua $all ||", "check release.lua ||" }, { "guard release.lua --all", "check release.lua" } },
    "no_lock_guard release.lua lane candidate has a status 'release'")
  test.contains(said { { "branches: [main]", "branches: [next]" } }, "no_lock_guard")
  local unlocked = model()
  for _, lane in ipairs(unlocked.lanes) do lane.step.pull_request.lock = false end
  test.lacks(said({ { "guard release.lua $all ||", "check release.lua ||" } }, unlocked), "no_lock_guard")
end)

test("S1.20 a source_guard without a guard is told", function ()
  local made = model()
  made.source_guards = { { branch = "next", context = "source", line = 7 } }
  test.equal(said(nil, made), "no_lock_guard release.lua source_guard \"next\" has a status 'source', "
    .. "and no workflow runs relrun guard on pull requests to next")
  made.source_guards[1].branch = "main"
  test.equal(said(nil, made), "")
end)

test("S0.10 a guard that sees no new head is told", function ()
  test.contains(said { { "types: [opened, reopened, synchronize, edited]", "types: [opened]" } },
    "guard_misses_heads release.yml job guard")
  test.lacks(said { { "    types: [opened, reopened, synchronize, edited]\n", "" } }, "guard_misses_heads")
end)

test("S0.14 S1.20 a guard that hears nothing of a pull request that gets another base is told", function ()
  local told = "guard_misses_retargets release.yml job guard runs relrun guard, and not when a pull request gets another base"
  test.equal(said { { "synchronize, edited]", "synchronize]" } }, told)
  -- What states no types hears of new heads alone.
  test.equal(said { { "    types: [opened, reopened, synchronize, edited]\n", "" } }, told)
end)

test("S0.14 a guard that may not read what it judges by is told", function ()
  test.equal(said { { "      checks: read\n      pull-requests", "      pull-requests" } },
    "guard_cannot_read release.yml job guard runs relrun guard, and its permissions lack checks: read")
  local rights = "      contents: read\n      checks: read\n      pull-requests: read\n      statuses: write\n"
  test.equal(said { { rights, "      statuses: write\n" } }, "guard_cannot_read release.yml job guard runs relrun guard, "
    .. "and its permissions lack contents: read, checks: read, pull-requests: read")
  test.equal(said { { "permissions:\n" .. rights, "permissions: write-all\n" } }, "")
  test.equal(said { { "permissions:\n" .. rights, "permissions: read-all\n" } },
    "guard_cannot_post release.yml job guard runs relrun guard, and its permissions lack statuses: write")
end)

test("S0.31 S1.97 a publish that another job's run takes the place of while it waits is told", function ()
  local own = "group: publish-${{ github.event.pull_request.number }}"
  test.equal(said { { own, "group: Prepare" } },
    "waiting_is_cancelled release.yml job publish publishes in the concurrency group of job prepare")
  test.equal(said { { own, "group: prepare\n      queue: max" } }, "")
end)

test("S0.31 an approved publish waits in a group that nothing but its own pull request has a part in", function ()
  local groups = {}
  for group in EXAMPLE:gmatch "\n%s+group: ([^\n]+)" do groups[#groups + 1] = group end
  test.equal(groups, { "prepare", "publish-${{ github.event.pull_request.number }}",
    "guard-${{ github.event.pull_request.number || github.run_id }}" })
end)

test("S0.17 a guard that runs with a fork's rights is told", function ()
  test.contains(said { { "  pull_request_target:", "  pull_request:" } }, "guard_by_pull_request release.yml job guard")
end)

test("S0.14 a guard that may post nothing is told", function ()
  test.contains(said { { "statuses: write\n", "statuses: read\n" } }, "guard_cannot_post release.yml job guard")
end)

test("S0.33 a guard that hears nothing of a merge queue is told", function ()
  test.contains(said { { "  merge_group:\n    branches: [main]\n", "" } }, "guard_misses_queue")
end)

test("S1.97 S1.98 a publish that is cancelled in the middle is told", function ()
  test.contains(said { { "cancel-in-progress: false", "cancel-in-progress: true" } }, "cancels")
end)

test("P17 text of others in the example's scripts is told", function ()
  test.contains(said { { '"$LANE"', '"${{ github.event.pull_request.title }}"' } }, "injection")
end)

test("no expression stands in a script of the example, and its actions are pinned to commits", function ()
  local inside = false
  for line in EXAMPLE:gmatch "[^\n]+" do
    if line:find "^%s+run: |" then inside = true
    elseif inside and not line:find "^          " then inside = false end
    if inside then test.lacks(line, "${{") end
    local action = line:match "^%s*- uses: (%S+)"
    if action then test.truthy(action:find("^[%w/_-]+@" .. ("%x"):rep(40) .. "$"), action) end
  end
end)

test("every finding about guards has been brought out above", function ()
  local text = bytes.read "tests/lua/test_workflows_guard.lua"
  for _, row in ipairs(findings.rows) do
    if row.ids[1]:find "^S0%." then test.contains(text, row.key) end
  end
end)

return test.done()
