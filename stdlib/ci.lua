--- The CI event that a run belongs to, from the environment's documented names: provider, event, actor, branch,
-- commit. Only names that hold no secret are read.

local ci = {}

---@class ci.workflow_run
---@field name string
---@field conclusion string
---@field head_branch string
---@field head_sha string
---@field actor string
---@field same_repository boolean the branch is this repository's, not a fork's of the same name

---@class ci.pull_request what a pull_request or pull_request_review event is about
---@field number integer
---@field head_branch string
---@field head_sha string the head itself; GITHUB_SHA is a merge of it that nobody will keep
---@field base_branch string
---@field same_repository boolean

---@class ci.facts
---@field provider "github"|"gitlab"|"woodpecker"|"generic"|"none"
---@field event string|nil "push", "workflow_run", "workflow_dispatch", ...
---@field actor string|nil who started it; on a re-run, still who started the first
---@field triggering_actor string|nil who started this very run
---@field branch string|nil
---@field sha string|nil the commit that the event is about
---@field message string|nil the head commit's message, as the event tells it
---@field workflow_run ci.workflow_run|nil
---@field pull_request ci.pull_request|nil
---@field merge_group { head_sha: string, base_branch: string }|nil what a merge queue is about to make of its pull requests
---@field run integer|nil the run's id on the forge; off CI a run of a local forge that RELRUN_RUN_ID names
---@field review { state: string, user: string, oid: string }|nil

local function run_id(value) return value and value:find "^%d+$" and math.tointeger(tonumber(value)) or nil end

local function github(env, read_event)
  local event = env "GITHUB_EVENT_NAME"
  local ref = env "GITHUB_REF" or ""
  local facts = {
    provider = "github", event = event, actor = env "GITHUB_ACTOR", triggering_actor = env "GITHUB_TRIGGERING_ACTOR",
    branch = ref:match("^refs/heads/(.+)$"), sha = env "GITHUB_SHA", run = run_id(env "GITHUB_RUN_ID"),
  }
  local payload = read_event(env "GITHUB_EVENT_PATH") or {}
  local function at(value, ...)
    for _, key in ipairs { ... } do
      if type(value) ~= "table" then return nil end
      value = value[key]
    end
    if type(value) == "string" or math.type(value) == "integer" then return value end
  end
  facts.message = at(payload, "head_commit", "message")
  if type(payload.pull_request) == "table" then
    facts.pull_request = {
      number = at(payload, "pull_request", "number") or 0, head_branch = at(payload, "pull_request", "head", "ref") or "",
      head_sha = at(payload, "pull_request", "head", "sha") or "", base_branch = at(payload, "pull_request", "base", "ref") or "",
      same_repository = at(payload, "pull_request", "head", "repo", "full_name") ~= nil
        and at(payload, "pull_request", "head", "repo", "full_name") == at(payload, "repository", "full_name"),
    }
    facts.branch, facts.sha = facts.pull_request.head_branch, facts.pull_request.head_sha
  end
  if type(payload.review) == "table" then
    facts.review = { state = tostring(at(payload, "review", "state") or ""):lower(),
      user = at(payload, "review", "user", "login") or "", oid = at(payload, "review", "commit_id") or "" }
  end
  if type(payload.merge_group) == "table" then
    facts.merge_group = { head_sha = at(payload, "merge_group", "head_sha") or "",
      base_branch = (at(payload, "merge_group", "base_ref") or ""):gsub("^refs/heads/", "") .. "" }
  end
  if event == "workflow_run" then
    -- GITHUB_SHA and GITHUB_REF name the default branch here, not what the workflow ran on.
    facts.workflow_run = {
      name = at(payload, "workflow_run", "name") or "", conclusion = at(payload, "workflow_run", "conclusion") or "",
      head_branch = at(payload, "workflow_run", "head_branch") or "",
        head_sha = at(payload, "workflow_run", "head_sha") or "",
      actor = at(payload, "workflow_run", "actor", "login") or "",
      same_repository = at(payload, "workflow_run", "head_repository", "full_name") ~= nil
        and at(payload, "workflow_run", "head_repository", "full_name") == at(payload, "repository", "full_name"),
    }
    facts.branch, facts.sha = facts.workflow_run.head_branch, facts.workflow_run.head_sha
    facts.message = at(payload, "workflow_run", "head_commit", "message")
  end
  return facts
end

--- The facts of this run.
---@param env fun(name: string): string|nil
---@param read_event fun(path: string|nil): table|nil the decoded event file
---@return ci.facts
function ci.facts(env, read_event)
  if env "GITHUB_ACTIONS" == "true" then return github(env, read_event) end
  if env "GITLAB_CI" then
    return { provider = "gitlab", event = env "CI_PIPELINE_SOURCE", actor = env "GITLAB_USER_LOGIN",
      branch = env "CI_COMMIT_BRANCH",
      sha = env "CI_COMMIT_SHA", message = env "CI_COMMIT_MESSAGE" }
  end
  if env "CI" == "woodpecker" then
    return { provider = "woodpecker", event = env "CI_PIPELINE_EVENT", actor = env "CI_COMMIT_AUTHOR",
      branch = env "CI_COMMIT_BRANCH",
      sha = env "CI_COMMIT_SHA", message = env "CI_COMMIT_MESSAGE" }
  end
  if env "CI" then return { provider = "generic" } end
  return { provider = "none", run = run_id(env "RELRUN_RUN_ID") }
end

return ci
