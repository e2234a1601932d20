--- The guarded release of the end-to-end tests: the example's product with its chart, a remote with a local forge beside it
-- that requires the checks `build` and `release` of what is merged into main, and the people who play their part.
--
--     local flow = guarded.build(here)
--     flow:must "relrun prepare release.lua release"
--     flow:refused("relrun forge merge 1 --as ann", 5, "required check 'release' is pending")

local json = require "host.json"
local bytes = require "bytes"
local cli = require "cli"
local local_stage = require "local_stage"
local problem = require "problem"
local repository = require "repository"
local scene = require "scene"
local test = require "testing"

local guarded = { SPEC = bytes.read "examples/guarded/release.lua" }

guarded.HISTORY = [[
file package.json <<END
{
  "name": "gitops",
  "version": "0.37.0"
}
END
file chart/Chart.yaml <<END
apiVersion: v2
name: gitops
version: 4.0.35 # the chart's own
appVersion: v0.37.0
END
file chart/values.yaml <<END
image:
  repository: ghcr.io/example/gitops
  tag: v0.37.0
END
file README.md <<END
Download: https://example.org/releases/download/v0.37.0/gitops.tgz
END
commit "feat: start"
tag v0.37.0
commit "feat: more" a.txt
]]

local Flow = {}
Flow.__index = Flow

local function words_of(line)
  local words = {}
  for word in line:gmatch "%S+" do words[#words + 1] = word end
  return words
end

-- A command of relrun's ends only as its row says, which help and the reference are made from.
local function check_code(words, result)
  if words[1] ~= "relrun" or result.signal ~= 0 then return end
  local command = cli.by_name[words[2]] or cli.by_name.run
  for _, kind in ipairs(command.codes) do
    if problem.exit_code(kind) == result.code then return end
  end
  error(("relrun %s ends with %d, which its row does not name:\n%s%s"):format(command.name, result.code, result.stdout, result.stderr), 3)
end

--- Runs a command line (words by spaces) in the clone, or in `options.cwd`.
---@return table result
function Flow:run(line, options)
  options = options or {}
  local words = words_of(line)
  local result = self.place:run(words, { cwd = options.cwd or "work", env = options.env })
  check_code(words, result)
  return result
end

--- A command that has to succeed.
---@return string stdout
function Flow:must(line, options)
  local result = self:run(line, options)
  if result.code ~= 0 then error(("%s: exit %d\n%s%s"):format(line, result.code, result.stdout, result.stderr), 2) end
  return result.stdout
end

--- A command that has to end with this code and, in its messages, say this.
function Flow:refused(line, code, part, options)
  local result = self:run(line, options)
  if result.code ~= code then error(("%s: exit %d, not %d\n%s%s"):format(line, result.code, code, result.stdout, result.stderr), 2) end
  test.contains(result.stderr, part)
end

--- The local forge, as a person sees it.
---@param user string
function Flow:forge(user)
  return assert(require "forge.local".new({ kind = "local", path = self.place:path "remote.forge" }, local_stage.parts(user)))
end

--- A pull request as it stands.
function Flow:pull(number) return assert(self:forge "ann":pull(number)) end

--- The status of this name at a commit: "success", or "none".
function Flow:status(oid, context)
  local found = assert(self:forge "ann":checks(oid, { context }))[1]
  return found and found.state or "none", found
end

--- A commit of a person's on the remote's branch, made anew from main where it is not there yet.
---@return string oid
function Flow:commit(branch, message)
  local people = repository.at(self.place, "people")
  people:run("fetch", "-q", "origin")
  local there = people:try("rev-parse", "-q", "--verify", "origin/" .. branch).code == 0
  people:run("checkout", "-q", "-B", branch, there and "origin/" .. branch or "origin/main")
  self.commits = (self.commits or 0) + 1
  self.place:write(("people/file-%d"):format(self.commits), message)
  people:run("add", "-A")
  people:run("commit", "-q", "-m", message)
  people:run("push", "-q", "origin", branch)
  return people:run("rev-parse", "HEAD")
end

--- What the button "Update branch" does: main is merged into the branch.
---@return string oid
function Flow:update_branch(branch)
  local people = repository.at(self.place, "people")
  people:run("fetch", "-q", "origin")
  people:run("checkout", "-q", "-B", branch, "origin/" .. branch)
  people:run("merge", "-q", "--no-edit", "origin/main")
  people:run("push", "-q", "origin", branch)
  return people:run("rev-parse", "HEAD")
end

--- Opens a pull request in the name of a person.
---@return integer number
function Flow:open(branch, title, base)
  return assert(self:forge "ann":create_pull { title = title, body = "", head = branch, base = base or "main" }).number
end

-- The environment of a run of GitHub's for an event about a pull request.
local function event_env(self, name, payload)
  self.place:write("event.json", json.encode(payload))
  return { GITHUB_ACTIONS = "true", GITHUB_EVENT_NAME = name, GITHUB_EVENT_PATH = self.place:path "event.json",
    GITHUB_ACTOR = "alice", GITHUB_SERVER_URL = "https://ci.example", GITHUB_REPOSITORY = "example/gitops", GITHUB_RUN_ID = "77" }
end

--- The environment of the run that an approval of this pull request starts.
function Flow:approval(number)
  local pull, repo = self:pull(number), { full_name = "example/gitops" }
  return event_env(self, "pull_request_review", { action = "submitted", repository = repo,
    review = { state = "approved", user = { login = "alice" }, commit_id = pull.head.oid },
    pull_request = { number = number, head = { ref = pull.head.branch, sha = pull.head.oid, repo = repo },
      base = { ref = pull.base.branch } } })
end

--- The environment of the run that a new head of this pull request starts.
function Flow:new_head(number)
  local pull, repo = self:pull(number), { full_name = "example/gitops" }
  return event_env(self, "pull_request_target", { action = "synchronize", repository = repo,
    pull_request = { number = number, head = { ref = pull.head.branch, sha = pull.head.oid, repo = repo },
      base = { ref = pull.base.branch } } })
end

--- The environment of the run that a merge queue starts for what it made into a branch.
function Flow:queued(oid, base)
  return event_env(self, "merge_group", { action = "checks_requested", repository = { full_name = "example/gitops" },
    merge_group = { head_sha = oid, base_ref = "refs/heads/" .. base, head_ref = "refs/heads/gh-readonly-queue/main/pr-1" } })
end

--- Prepares the release, lets CI pass and approves: what publish waits for. The pull request's number and head.
---@return integer number, string head
function Flow:prepared()
  self:must "relrun prepare release.lua release"
  local pulls = assert(self:forge "ann":pulls { state = "open", base = "main" })
  local pull = pulls[#pulls]
  self:must(("relrun forge status build success --at %d"):format(pull.number))
  self:must(("relrun forge approve %d --as alice"):format(pull.number))
  return pull.number, pull.head.oid
end

--- All of the remote that a release decides: its refs, and what the forge knows without times.
---@return string
function Flow:outcome()
  return self.remote:state() .. "\n" .. self:must "relrun forge show"
end

--- Builds it in a place.
---@param here table
---@param options { history: string|nil, spec: string|nil }|nil further statements of the recipe; another spec
---@return table flow { place, stage, remote, work }
function guarded.build(here, options)
  options = options or {}
  local stage, message = scene.build(here, guarded.HISTORY .. (options.history or ""), { ["release.lua"] = options.spec or guarded.SPEC })
  if not stage then error(message, 2) end
  local self = setmetatable({ place = here, stage = stage, remote = stage.remote, work = stage.work }, Flow)
  here:must { "git", "clone", "-q", "file://" .. here:path "remote.git", here:path "people" }
  self:must "relrun forge require build"
  self:must "relrun forge require release"
  self:must "relrun forge set role.alice maintain"
  self:must "relrun forge set role.ann write"
  return self
end

return guarded
