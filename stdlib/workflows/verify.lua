--- CI as the release needs it (S1.30-S1.39): tests on pull requests to and pushes of every branch that is released.

local reader = require "workflows.reader"

local verify = {}

-- Words of which one, as a command or as `X test`, makes a script a test.
local RUNNERS = { "pytest", "tox", "nox", "ctest", "busted", "rspec", "phpunit", "bats", "jest", "vitest", "unittest", "luacheck" }
local TESTERS = { "npm", "yarn", "pnpm", "npx", "cargo", "go", "make", "gradle", "gradlew", "mvn", "mvnw", "bazel", "dotnet",
  "helm", "ct", "meson", "just", "mix", "swift", "deno", "bun", "hatch", "uv", "poetry", "rake", "lein", "sbt", "zig" }

local function is_test(command)
  local words = " " .. command:lower():gsub("[^%w_-]+", " ") .. " "
  for _, name in ipairs(RUNNERS) do
    if words:find(" " .. name .. " ", 1, true) then return true end
  end
  if not (words:find "[ _-]tests?[ _-]" or words:find " check " or words:find " verify " or words:find " lint ") then
    return false
  end
  for _, name in ipairs(TESTERS) do
    if words:find(" " .. name .. " ", 1, true) then return true end
  end
  -- A script of the repository's own: ./test.sh, ci/run-tests.
  return command:find "[%w_.-]*/[%w_./-]*test" ~= nil
end

local function tests(workflow)
  for _, job in ipairs(workflow.jobs) do
    if job.calls then return true end -- what a called workflow does is not seen here
    for _, step in ipairs(job.steps) do
      for _, command in ipairs(step.run and reader.commands(step.run) or {}) do
        if is_test(command.text) then return true end
      end
    end
  end
  return false
end

local function action(step) return step.uses and step.uses.value:match "^([^@]+)" or "" end

local function pythons(workflow, report)
  for _, job in ipairs(workflow.jobs) do
    for _, step in ipairs(job.steps) do
      if action(step) == "actions/setup-python" and not (step.with["python-version"] or step.with["python-version-file"]) then
        report("no_python_version", workflow.file, step.uses.line)
      end
    end
  end
end

--- Checks the CI workflows: all that neither release nor publish.
---@param subject table see workflows.check
---@param report fun(key: string, file: string, line: integer, ...)
function verify.check(subject, report)
  local ci, tested, dispatched = {}, false, false
  for _, workflow in ipairs(subject.workflows) do
    pythons(workflow, report)
    local events = workflow.events
    local guards_only = subject.guards[workflow] and #subject.guards[workflow] == #workflow.jobs
    if not subject.releases[workflow] and not subject.publishes[workflow] and not guards_only
      and (events.pull_request or events.push or events.workflow_call or events.merge_group) then
      ci[#ci + 1] = workflow
      tested = tested or tests(workflow)
      dispatched = dispatched or events.workflow_dispatch ~= nil
    end
  end
  local seen, any = {}, false
  for _, lane in ipairs(subject.lanes) do
    if not seen[lane.base] then
      seen[lane.base] = true
      local requested, pushed
      for _, workflow in ipairs(ci) do
        local request = reader.on_branch(workflow.events.pull_request, lane.base)
        if request and workflow.events.pull_request.paths then
          report("ci_paths", workflow.file, workflow.events.pull_request.line)
        end
        requested = requested or request
        pushed = pushed or reader.on_branch(workflow.events.push, lane.base)
      end
      any = any or requested or pushed
      if not requested and not pushed then report("no_ci", lane.file, lane.line, lane.base)
      elseif not requested then report("ci_no_pull_request", lane.file, lane.line, lane.base)
      elseif not pushed then report("ci_no_push", lane.file, lane.line, lane.base) end
    end
  end
  if not any then return end
  if not dispatched then report("ci_no_dispatch", ci[1].file, ci[1].line) end
  if not tested then report("no_tests", ci[1].file, ci[1].line) end
end

return verify
