-- relrun check over workflows: one healthy set of files, and for every kind of finding the change that brings it out.

local test = require "testing"
local bytes = require "bytes"
local findings = require "workflows.findings"
local template = require "template"
local versions = require "versions"
local workflows = require "workflows"

local contents = bytes.read

local FIXTURES = "tests/fixtures/workflows/"
local HEALTHY = {
  ["ci.yml"] = contents(FIXTURES .. "ci.yml"), ["publish-final.yml"] = contents(FIXTURES .. "publish-final.yml"),
  ["publish-rc.yml"] = contents(FIXTURES .. "publish-rc.yml"), ["release.yml"] = contents "specs/branch-flow.github.yml",
}
local COMPLETED = contents(FIXTURES .. "completed.yml")

local function lane(name, base, branch, label, line)
  return { name = name, line = line, base = base, when = { { word = "pushed", branch = base, line = line } },
    step = { branch = { name = branch }, bump = { prerelease = label }, tag = {}, push = { tags_start_workflows = true, line = line } } }
end

local function model()
  return { source = "release.lua", release = { name = "aetherflow", message = "release({package}): {version}" },
    lanes = { lane("rc", "test", "release-test", "rc", 5), lane("final", "master", "release", nil, 9) } }
end

local SCHEME = { scheme = versions.scheme "pep440" }

local function packages(names)
  local list = {}
  for i, name in ipairs(names) do
    list[i] = { name = name, scheme = SCHEME, tag = template.compile("{package}-v{version}", { "package", "version" }) }
  end
  return list
end

-- The findings over the healthy files with changes: { [file] = text, false (removed) or { { old, new }, ... } }; `names` of the
-- packages; `spec(model)` changes the lanes.
local function check(changes)
  local files, names = {}, {}
  for name in pairs(HEALTHY) do names[name] = true end
  for name in pairs(changes.files or {}) do names[name] = true end
  for name in pairs(names) do
    local text, change = HEALTHY[name], (changes.files or {})[name]
    if type(change) == "table" then
      for _, pair in ipairs(change) do
        local from, to = text:find(pair[1], 1, true)
        if not from then error(name .. " lacks: " .. pair[1]) end
        text = text:sub(1, from - 1) .. pair[2] .. text:sub(to + 1)
      end
    elseif change ~= nil then
      text = change
    end
    if text then files[#files + 1] = { path = workflows.FOLDER .. "/" .. name, text = text } end
  end
  table.sort(files, function (a, b) return a.path < b.path end)
  local made = model()
  if changes.spec then changes.spec(made) end
  return workflows.check(changes.none and {} or files, made, packages(changes.packages or { "core", "engine" }))
end

local told = {}

local function lines(found)
  local shown = {}
  for i, finding in ipairs(found) do
    shown[i] = finding.key .. " " .. workflows.line(finding)
    told[finding.key] = true
  end
  return table.concat(shown, "\n")
end

-- A finding of this kind comes out at this place, and its line holds the text.
local function says(key, place, part, changes)
  local found = check(changes)
  local shown = lines(found)
  for _, finding in ipairs(found) do
    if finding.key == key and (finding.file:gsub("^%.github/workflows/", "") .. ":" .. finding.line) == place then
      if finding.text:find(part, 1, true) then return found end
    end
  end
  error(("no %s at %s with '%s', but:\n%s"):format(key, place, part, shown), 0)
end

local function silent(key, changes)
  local found = check(changes)
  for _, finding in ipairs(found) do test.truthy(finding.key ~= key, workflows.line(finding)) end
end

local function by_completed(made)
  for _, one in ipairs(made.lanes) do one.when = { { word = "completed", workflow = "CI", branch = one.base, line = one.line } } end
  made.lanes[2] = nil
end

test("nothing is said of healthy workflows, the shipped example among them", function ()
  test.equal(lines(check {}), "")
end)

test("S1.20 nothing is said of the shipped guard beside them", function ()
  test.equal(lines(check { files = { ["guard.yml"] = contents "specs/branch-flow.guard.github.yml" } }), "")
end)

test("nothing is said of a release at the end of CI whose condition asks for the outcome, the branch, the event and the actor", function ()
  test.equal(lines(check { files = { ["release.yml"] = COMPLETED, ["publish-final.yml"] = false }, spec = by_completed }), "")
end)

test("S1.30 no workflows at all are one note", function ()
  local found = says("no_folder", ".github/workflows:1", "no workflows", { none = true })
  test.equal(#found, 1)
end)

test("S1.113 a workflow that is no YAML is an error with its line", function ()
  says("unreadable", "ci.yml:3", "tab", { files = { ["ci.yml"] = "name: CI\non: push\n\tjobs: x\n" } })
  says("unreadable", "ci.yml:1", "nothing starts it", { files = { ["ci.yml"] = "name: CI\njobs: {}\n" } })
  says("unreadable", "publish-rc.yml:5", "tags 'v[1': a [ without its ]",
    { files = { ["publish-rc.yml"] = { { "'*-v[0-9]+.[0-9]+.[0-9]+rc[0-9]+'", "'v[1'" } } } })
end)

test("S1.113 what relrun alone cannot read is a warning, and nothing is said to be missing then", function ()
  local found = says("not_understood", "publish-final.yml:2", "an anchor", { files = { ["ci.yml"] = false, ["publish-rc.yml"] = false,
    ["publish-final.yml"] = "name: x\non: &events push\njobs: {}\n" } })
  test.equal(#found, 1)
end)

test("S1.113 a condition that does not parse is told", function ()
  says("bad_condition", "release.yml:20", "release", { files = { ["release.yml"] = { { "github.actor != 'github-actions[bot]'", "github.actor !=" } } } })
end)

test("S1.30 a base branch that no workflow tests is told", function ()
  says("no_ci", "release.lua:5", "test", { files = { ["ci.yml"] = { { "[test, master]", "[master]" }, { "[test, master]", "[master]" } } } })
end)

test("S1.31 a base branch without CI on pull requests is told", function ()
  says("ci_no_pull_request", "release.lua:5", "test", { files = { ["ci.yml"] = { { "[test, master]", "[master]" } } } })
  silent("ci_no_pull_request", { files = { ["ci.yml"] = { { "[test, master]", "['**', '!release*']" } } } })
  says("ci_no_pull_request", "release.lua:9", "master", { files = { ["ci.yml"] = { { "[test, master]", "['**', '!m*']" } } } })
end)

test("S1.32 a base branch without CI on pushes is told", function ()
  says("ci_no_push", "release.lua:9", "master", { files = { ["ci.yml"] = { { "push:\n    branches: [test, master]", "push:\n    branches-ignore: [master]" } } } })
end)

test("S1.33 CI that cannot be started by hand is noted", function ()
  says("ci_no_dispatch", "ci.yml:2", "by hand", { files = { ["ci.yml"] = { { "  workflow_dispatch:\n", "" } } } })
end)

test("S1.34 CI for some paths only is noted", function ()
  says("ci_paths", "ci.yml:3", "paths", { files = { ["ci.yml"] = { { "branches: [test, master]\n", "branches: [test, master]\n    paths: ['src/**']\n" } } } })
end)

test("S1.38 setup-python without a version is told", function ()
  local step = "        with:\n          python-version: \"3.11\"\n"
  says("no_python_version", "ci.yml:15", "python-version", { files = { ["ci.yml"] = { { step, "" } } } })
  silent("no_python_version", { files = { ["ci.yml"] = { { "python-version: \"3.11\"", "python-version-file: .python-version" } } } })
end)

test("S1.39 CI without a test command is noted, and many test commands are known", function ()
  says("no_tests", "ci.yml:2", "test command", { files = { ["ci.yml"] = { { "pytest -q -m \"not slow\"", "echo hello" } } } })
  for _, command in ipairs { "make test", "npm run test", "cargo test --workspace", "go test ./...", "./ci/run-tests.sh", "python -m unittest",
    "./gradlew check", "helm lint charts/*", "uv run pytest", "tox -e py" } do
    silent("no_tests", { files = { ["ci.yml"] = { { "pytest -q -m \"not slow\"", command } } } })
  end
end)

test("S1.37 an action named by a tag is a warning where rights are, a note elsewhere", function ()
  says("action_by_tag", "publish-rc.yml:10", "actions/checkout@v4", { files = { ["publish-rc.yml"] = { { "@11bd71901bbe5b1630ceea73d27597364c9af683", "@v4" } } } })
  says("action_by_tag_in_ci", "ci.yml:12", "actions/checkout@v4", { files = { ["ci.yml"] = { { "@11bd71901bbe5b1630ceea73d27597364c9af683", "@v4" } } } })
  silent("action_by_tag_in_ci", { files = { ["ci.yml"] = { { "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "./local/action" } } } })
end)

test("S1.108 lanes whose tags start nothing at all are told", function ()
  says("no_publish", "release.lua:5", "core-v0.1.0rc1", { files = { ["publish-rc.yml"] = false, ["publish-final.yml"] = false } })
  silent("no_publish", { files = { ["publish-rc.yml"] = false, ["publish-final.yml"] = false },
    spec = function (made) for _, one in ipairs(made.lanes) do one.step.tag = nil end end })
end)

test("S1.109 S1.115 a tag that no publishing workflow matches is an error", function ()
  says("tag_unmatched", "release.lua:9", "core-v0.1.0", { files = { ["publish-final.yml"] = { { "'*-v[0-9]+.[0-9]+.[0-9]+'", "'v*'" } } } })
  says("tag_unmatched", "release.lua:9", "2 more packages", { packages = { "a", "b", "c" }, files = { ["publish-final.yml"] = false } })
end)

test("S1.109 an asterisk does not match the slash of a package's name", function ()
  says("tag_unmatched", "release.lua:5", "@scope/core-v", { packages = { "@scope/core" } })
  local deep = { { "'*-v", "'**-v" } }
  silent("tag_unmatched", { packages = { "@scope/core" }, files = { ["publish-rc.yml"] = deep, ["publish-final.yml"] = deep } })
end)

local SUBSTRING = { { "'*-v[0-9]+.[0-9]+.[0-9]+'", "'*-v*'" }, { "publish:\n", "publish:\n    if: ${{ !contains(github.ref_name, 'rc') }}\n" } }

test("S1.58 a condition on the letters rc skips the finals of search", function ()
  says("final_skipped", "publish-final.yml:8", "search-v0.1.0", { packages = { "core", "search" }, files = { ["publish-final.yml"] = SUBSTRING } })
  says("final_skipped", "publish-final.yml:8", "orchestrator-v0.1.0", { packages = { "orchestrator" }, files = { ["publish-final.yml"] = SUBSTRING } })
  silent("final_skipped", { packages = { "core", "engine" }, files = { ["publish-final.yml"] = SUBSTRING } })
end)

test("S1.56 a final that the pattern of candidates matches is an error", function ()
  local wide = { { "'*-v[0-9]+.[0-9]+.[0-9]+rc[0-9]+'", "'*-v*rc*'" } }
  says("final_as_candidate", "publish-rc.yml:3", "my-vrchat-v0.1.0", { packages = { "core", "my-vrchat" }, files = { ["publish-rc.yml"] = wide } })
  says("final_as_candidate", "publish-rc.yml:3", "my-vrchat-v0.1.0", { packages = { "my-vrchat" }, files = { ["publish-rc.yml"] = wide } })
  silent("final_as_candidate", { packages = { "core", "search" }, files = { ["publish-rc.yml"] = wide } })
end)

test("S1.57 finals' workflow without a condition takes candidates too", function ()
  says("candidate_as_final", "publish-final.yml:3", "core-v0.1.0rc1", { files = { ["publish-final.yml"] = { { "'*-v[0-9]+.[0-9]+.[0-9]+'", "'*-v*'" } } } })
  silent("candidate_as_final", { files = { ["publish-final.yml"] = { { "- '*-v[0-9]+.[0-9]+.[0-9]+'", "- '*-v*'\n      - '!*-v*rc*'" } } } })
end)

test("S1.57 one workflow for both may tell them apart itself", function ()
  test.equal(lines(check { files = { ["publish-rc.yml"] = false, ["publish-final.yml"] = { { "'*-v[0-9]+.[0-9]+.[0-9]+'", "'*-v*'" } } } }), "")
end)

test("S1.49 more than three tags in a push that must start workflows are an error", function ()
  local function together(made) made.lanes[1].step.push.tags_start_workflows = false end
  says("too_many_tags", "release.lua:5", "4 tags", { packages = { "a", "b", "c", "d" }, spec = together })
  silent("too_many_tags", { packages = { "a", "b", "c" }, spec = together })
  silent("too_many_tags", { packages = { "a", "b", "c", "d" } })
  silent("too_many_tags", { packages = { "a", "b", "c", "d" }, spec = together, files = { ["publish-rc.yml"] = false, ["publish-final.yml"] = false } })
end)

test("S1.61 S1.116 a publishing checkout without history is told", function ()
  says("publish_depth", "publish-rc.yml:10", "fetch-depth", { files = { ["publish-rc.yml"] = { { "fetch-depth: 0", "fetch-depth: 1" } } } })
end)

test("S1.62 S1.116 a publishing checkout without fetch-tags is noted", function ()
  says("publish_tags", "publish-rc.yml:10", "fetch-tags", { files = { ["publish-rc.yml"] = { { "          fetch-tags: true\n", "" } } } })
end)

test("S1.63 publishing that never looks at the tag is told, for several packages", function ()
  local blind = { { "./publish.sh \"${GITHUB_REF_NAME%-v*}\"", "./publish.sh --all" } }
  says("package_not_read", "publish-rc.yml:7", "2 packages", { files = { ["publish-rc.yml"] = blind } })
  silent("package_not_read", { packages = { "core" }, files = { ["publish-rc.yml"] = blind } })
end)

test("S1.63 cutting a tag at its first -v is told where a package has one in its name", function ()
  local greedy = { { "%-v*", "%%-v*" } }
  says("package_cut_short", "publish-rc.yml:15", "a-v1", { packages = { "a", "a-v1" }, files = { ["publish-rc.yml"] = greedy } })
  silent("package_cut_short", { packages = { "a", "b" }, files = { ["publish-rc.yml"] = greedy } })
  silent("package_cut_short", { packages = { "a", "a-v1" } })
end)

test("S1.42 a repository whose workflows never run relrun --push has a note", function ()
  says("no_release", "release.lua:1", "--push", { files = { ["release.yml"] = false } })
  says("no_release", "release.lua:1", "--push", { files = { ["release.yml"] = { { "release.lua --push", "plan release.lua" } } } })
  says("no_release", "release.lua:1", "--push", { files = { ["release.yml"] = { { "\"$RUNNER_TEMP/relrun\" release.lua --push", "# relrun --push\n          true" } } } })
end)

test("S1.42 S1.113 a lane that no workflow starts is told", function ()
  says("lane_not_started", "release.lua:5", "a push to test", { files = { ["release.yml"] = { { "[test, master]", "[master]" } } } })
  says("lane_not_started", "release.lua:5", "a push to test", { files = { ["release.yml"] = { { "github.actor !=", "github.ref != 'refs/heads/test' && github.actor !=" } } } })
end)

test("S1.42 a command that names a lane starts that lane alone", function ()
  local files = { ["release.yml"] = { { "release.lua --push", "run release.lua 'final' --push" } } }
  says("lane_not_started", "release.lua:5", "lane rc", { files = files })
  silent("lane_not_started", { files = { ["release.yml"] = { { "release.lua --push", "release.lua \"$LANE\" --push" } } } })
  silent("lane_not_started", { files = { ["release.yml"] = { { "\"$RUNNER_TEMP/relrun\" release.lua --push || code=$?",
    "relrun release.lua rc --push; relrun release.lua final --push" }, { "code=0\n", "relrun release.lua --push final\n" } } } })
end)

test("S1.70 S1.112 a workflow's end that no workflow has is an error", function ()
  says("completed_unknown", "release.lua:5", "Tests", { files = { ["release.yml"] = COMPLETED }, spec = function (made)
    by_completed(made)
    made.lanes[1].when[1].workflow = "Tests"
  end })
end)

test("S1.71 S1.113 a workflow_run for other branches does not start the lane", function ()
  says("lane_not_started", "release.lua:5", "the end of 'CI' on test", { spec = by_completed, files = {
    ["release.yml"] = (COMPLETED:gsub("types: %[completed%]", "types: [completed]\n    branches: [main]")) } })
  says("lane_not_started", "release.lua:5", "the end of 'CI' on test", { spec = by_completed, files = {
    ["release.yml"] = (COMPLETED:gsub("types: %[completed%]", "types: [requested]")) } })
end)

test("S1.67 S1.114 an actor guard that is upside down is told", function ()
  says("for_bots_only", "release.yml:20", "release", { files = { ["release.yml"] = { { "github.actor != '", "github.actor == '" } } } })
end)

local EVERY_BRANCH = { "branches: [test, master]", "branches: ['**']" }

test("S1.110 S1.66 S1.73 a release that starts itself again is noted where nothing guards it", function ()
  says("no_guard", "release.yml:18", "release-test", { files = { ["release.yml"] = { EVERY_BRANCH, { "    if: github.actor != 'github-actions[bot]'\n", "" } } } })
  silent("no_guard", { files = { ["release.yml"] = { { "    if: github.actor != 'github-actions[bot]'\n", "" } } } })
end)

test("S1.68 S1.69 a guard on the message of release commits counts", function ()
  local guard = "if: \"!startsWith(github.event.head_commit.message, 'release(')\""
  local files = { ["release.yml"] = { EVERY_BRANCH, { "if: github.actor != 'github-actions[bot]'", guard } } }
  silent("no_guard", { files = files })
  silent("guard_for_another", { files = files })
end)

test("S1.67 S1.114 a guard for github-actions[bot] alone is noted where another account pushes", function ()
  says("guard_for_another", "release.yml:20", "another token", { files = { ["release.yml"] = { EVERY_BRANCH } } })
end)

local function completed_without(part) return (COMPLETED:gsub(part, "")) end
local CONCLUSION = "github%.event%.workflow_run%.conclusion == 'success' &&"

test("S1.70 a release after a failed CI is told, or noted where relrun judges it", function ()
  local files = { ["release.yml"] = completed_without(CONCLUSION) }
  says("run_guarded_by_relrun", "release.yml:10", "failed", { files = files, spec = by_completed })
  says("run_unguarded", "release.yml:10", "failed", { files = files })
end)

test("S1.71 a release after CI of another branch is told", function ()
  local files = { ["release.yml"] = completed_without "github%.event%.workflow_run%.head_branch == 'test' &&" }
  says("run_guarded_by_relrun", "release.yml:10", "another branch", { files = files, spec = by_completed })
  local filtered = files["release.yml"]:gsub("types: %[completed%]", "types: [completed]\n    branches: [test]")
  silent("run_guarded_by_relrun", { files = { ["release.yml"] = filtered }, spec = by_completed })
end)

test("S1.72 a release after CI of a fork's branch of the same name is told", function ()
  local files = { ["release.yml"] = completed_without "github%.event%.workflow_run%.event == 'push' &&" }
  says("run_guarded_by_relrun", "release.yml:10", "fork", { files = files, spec = by_completed })
  files["release.yml"] = COMPLETED:gsub("workflow_run%.event == 'push'", "workflow_run.head_repository.full_name == github.repository")
  silent("run_guarded_by_relrun", { files = files, spec = by_completed })
end)

test("S1.72 a release after CI that a bot started is told", function ()
  local files = { ["release.yml"] = completed_without "&&%s+github%.event%.workflow_run%.actor%.login != 'github%-actions%[bot%]'" }
  says("run_guarded_by_relrun", "release.yml:10", "a bot", { files = files, spec = by_completed })
end)

test("S1.119 S1.112 a workflow_run that checks out the default branch is told", function ()
  says("tested_another", "release.yml:17", "default branch", { spec = by_completed, files = {
    ["release.yml"] = completed_without "          ref: [^\n]*\n" } })
end)

local TOKEN = { "          token: ${{ secrets.RELEASE_TOKEN }}\n", "" }

test("S1.49 S1.66 tags that GITHUB_TOKEN pushes start nothing", function ()
  says("default_token", "release.yml:56", "GITHUB_TOKEN", { files = { ["release.yml"] = { TOKEN } } })
  says("default_token", "release.yml:57", "GITHUB_TOKEN", { files = { ["release.yml"] = { { "secrets.RELEASE_TOKEN", "github.token" } } } })
  silent("default_token", { files = { ["release.yml"] = { { "token: ${{ secrets.RELEASE_TOKEN }}", "ssh-key: ${{ secrets.KEY }}" } } } })
  silent("default_token", { files = { ["release.yml"] = { TOKEN }, ["publish-rc.yml"] = false, ["publish-final.yml"] = false } })
end)

test("S1.107 S1.118 a push with GITHUB_TOKEN needs contents: write", function ()
  says("no_write", "release.yml:14", "contents: write", { files = { ["release.yml"] = { TOKEN } } })
  silent("no_write", { files = { ["release.yml"] = { TOKEN, { "contents: read", "contents: write" } } } })
  says("write_not_said", "release.yml:16", "no permissions", { files = { ["release.yml"] = { TOKEN, { "permissions:\n  contents: read\n", "" } } } })
end)

test("S1.37 a shallow checkout of the release is a note", function ()
  says("shallow_release", "release.yml:37", "fetch-depth", { files = { ["release.yml"] = { { "          fetch-depth: 0\n", "" } } } })
end)

test("S1.97 a release without a concurrency group is told", function ()
  says("no_concurrency", "release.yml:15", "concurrency", { files = { ["release.yml"] = {
    { "concurrency:\n  group: release-${{ github.ref }}\n  cancel-in-progress: false\n", "" } } } })
end)

test("S1.97 a group of github.ref under workflow_run is noted", function ()
  says("group_of_default_branch", "release.yml:6", "default branch", { spec = by_completed, files = {
    ["release.yml"] = (COMPLETED:gsub("github%.event%.workflow_run%.head_branch }}", "github.ref }}")) } })
end)

test("S1.98 a release or publishing run that is cancelled in the middle is told", function ()
  says("cancels", "release.yml:12", "cancel-in-progress", { files = { ["release.yml"] = { { "cancel-in-progress: false", "cancel-in-progress: true" } } } })
  says("cancels", "publish-rc.yml:8", "cancel-in-progress", { files = { ["publish-rc.yml"] = {
    { "jobs:\n", "concurrency:\n  group: x\n  cancel-in-progress: true\njobs:\n" } } } })
end)

test("P17 text of other people in a script of a workflow that runs relrun is an error", function ()
  for _, path in ipairs { "github.head_ref", "github.event.pull_request.title", "github.event.issue.body", "github.event.head_commit.message",
    "github.event.pull_request.head.ref", "github.event.commits[0].message", "github.event.workflow_run.head_branch",
    "github.event['comment']['body']" } do
    says("injection", "release.yml:62", path, { files = { ["release.yml"] = { { "code=0\n", "code=0\n          echo ${{ " .. path .. " }}\n" } } } })
  end
  for _, path in ipairs { "github.sha", "github.event.pull_request.number", "steps.title.outputs.x", "secrets.BODY", "github.event.action" } do
    silent("injection", { files = { ["release.yml"] = { { "code=0\n", "code=0\n          echo ${{ " .. path .. " }}\n" } } } })
  end
  silent("injection", { files = { ["release.yml"] = { { "      - name: Release\n", "      - name: Release\n        env:\n          T: ${{ github.head_ref }}\n" } } } })
  silent("injection", { files = { ["ci.yml"] = { { "pytest -q", "echo ${{ github.head_ref }}; pytest -q" } } } })
end)

test("S1.37 S1.49 S1.98 S1.118 the release guide's own workflows: what they forget is said, and nothing else", function ()
  local files = { ["release.yml"] = false }
  for _, name in ipairs { "ci.yml", "auto-release.yml", "publish-rc.yml", "publish-final.yml" } do files[name] = contents(FIXTURES .. "seed/" .. name) end
  local found, keys = check { files = files, packages = { "aetherflow", "aetherflow-core", "aetherflow-scheduler" } }, {}
  lines(found)
  for i, finding in ipairs(found) do keys[i] = finding.severity .. " " .. finding.key end
  test.equal(keys, { "warning cancels", "warning action_by_tag", "warning default_token", "warning action_by_tag",
    "warning action_by_tag", "note write_not_said", "note action_by_tag_in_ci" })
end)

test("S1.58 the release guide's own filters, for packages whose names hold rc", function ()
  local files = {}
  for _, name in ipairs { "publish-rc.yml", "publish-final.yml" } do files[name] = contents(FIXTURES .. "seed/" .. name) end
  says("final_skipped", "publish-final.yml:9", "1 more package", { packages = { "aetherflow", "search", "my-vrchat" }, files = files })
  says("final_as_candidate", "publish-rc.yml:4", "my-vrchat", { packages = { "aetherflow", "search", "my-vrchat" }, files = files })
end)

test("names of others are shown with their control characters escaped", function ()
  local found = says("unreadable", "ci.yml:4", "\\x1b", { files = { ["ci.yml"] = "name: CI\non:\n  push:\n    branches: [\"\\e[31m[\"]\njobs:\n  a: {}\n" } })
  for _, finding in ipairs(found) do test.lacks(workflows.line(finding), "\27") end
end)

test("P29 workflows of every wrong shape are answered, never an end of the program", function ()
  for _, text in ipairs { "", "x", "- a", "on:\njobs:", "on: {}\njobs: {}", "on: push\njobs: []", "on: [[a]]\njobs: {a: b}", "on: push\njobs:\n  a:\n    steps: x",
    "on:\n  push: x\njobs:\n  a:\n    steps:\n      - x\n      - run: [a]\n      - uses: {}\n    permissions: [a]\n    concurrency: [x]\n    if: [a]",
    "on:\n  push:\n    tags: {a: b}\n    branches: x\njobs:\n  a:\n    permissions: {contents: [x]}\n    steps: [{with: x}, {with: {a: [b]}}]", "\0", "\xff" } do
    test.truthy(check { files = { ["ci.yml"] = text, ["other.yaml"] = text } })
  end
end)

test("every kind of finding has been brought out above, and has an id, a remedy and a reason", function ()
  for _, row in ipairs(findings.rows) do
    -- Those of guards: test_workflows_guard.lua.
    test.truthy(told[row.key] or row.ids[1]:find "^S0%.", row.key .. " was never said")
    test.truthy(row.ids[1] and row.todo ~= "" and row.doc ~= "" and row.text ~= "", row.key)
  end
end)

return test.done()
