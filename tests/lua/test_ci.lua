--- The CI event that a run belongs to: what its payload says, and what it does not say.

local test = require "testing"
local ci = require "ci"

local function facts(event, payload)
  local env = { GITHUB_ACTIONS = "true", GITHUB_EVENT_NAME = event, GITHUB_EVENT_PATH = "/event.json" }
  return ci.facts(function (name) return env[name] end, function () return payload end)
end

-- Of a fork that was deleted a payload says null, which is no value here.
test("S1.71 P12 a run or a pull request whose repository is not told is not this repository's", function ()
  local here, other = { full_name = "acme/widget" }, { full_name = "evil/widget" }
  for _, row in ipairs { { here, here, true }, { other, here, false }, { nil, here, false }, { {}, here, false }, { here, nil, false },
    { nil, nil, false }, { {}, {}, false } } do
    local from, repository, is = row[1], row[2], row[3]
    local run = facts("workflow_run", { repository = repository, workflow_run = { head_branch = "main", head_repository = from } })
    test.equal(run.workflow_run.same_repository, is)
    local pull = facts("pull_request", { repository = repository, pull_request = { number = 1, head = { ref = "x", repo = from } } })
    test.equal(pull.pull_request.same_repository, is)
  end
end)
