--- What was found out about a commit. GitHub has two surfaces: check runs, which apps make (Actions is one), and commit
-- statuses, which anybody with write access posts. Neither shows the other, and a rule may ask for both by one name.

local address = require "forge.github.address"
local problem = require "problem"
local text = require "text"

local checks = {}

-- GitHub's cap on a status's description, in characters.
local DESCRIPTION_MAX = 140

-- With more names than this it is cheaper to read the whole list of runs.
local NAMES_ASKED_ONE_BY_ONE = 4

local CONCLUSIONS = {}
for word in ([[success failure skipped neutral cancelled timed_out action_required stale]]):gmatch "%S+" do
  CONCLUSIONS[word] = word
end
-- The workflow's file could not be used.
CONCLUSIONS.startup_failure = "failure"

-- The app whose suites are workflow runs, and whose token GITHUB_TOKEN is; on other servers it has another number.
local ACTIONS, ACTIONS_LOGIN, ACTIONS_ID = "github-actions", "github-actions[bot]", 15368

-- From the best on; what is not here has failed.
local BADNESS = { success = 1, skipped = 2, neutral = 2, pending = 3 }
local FAILED = 4

local STATES = { success = "success", failure = "failure", pending = "pending", error = "error" }

local function read_run(f, record)
  local state = "pending"
  -- A conclusion that we do not know is no success.
  if f.text(record, "status") == "completed" then state = CONCLUSIONS[f.text(record, "conclusion")] or "error" end
  local output, app = f.record_or(record, "output") or {}, f.record_or(record, "app")
  local suite = f.record_or(record, "check_suite")
  return {
    name = f.text(record, "name"), source = "check", state = state, description = f.text_or(output, "title", ""),
    url = f.text_or(record, "html_url") or f.text_or(record, "details_url", false),
    app = app and f.integer(app, "id") or false, id = f.integer(record, "id"),
    began = f.text_or(record, "started_at", ""), is_actions = app and f.text_or(app, "slug") == ACTIONS,
    suite = suite and f.integer(suite, "id") or false,
  }
end

local function read_status(f, record)
  return { name = f.text(record, "context"), source = "status", state = f.one_of(record, "state", STATES),
    description = f.text_or(record, "description", ""), url = f.text_or(record, "target_url", false), app = false,
    id = f.integer(record, "id"), began = "" }
end

-- What has no start yet is newer than all.
local function later(a, b)
  if a.began ~= b.began then return a.began == "" or b.began ~= "" and a.began > b.began end
  return a.id > b.id
end

local function worse(a, b)
  local bad_a, bad_b = BADNESS[a.state] or FAILED, BADNESS[b.state] or FAILED
  if bad_a ~= bad_b then return bad_a > bad_b end
  return later(a, b)
end

-- One of each key, the one that `over` sets above the others of the key; in the order in which the keys come.
local function one_of_each(list, key_of, over)
  local by_key, keys = {}, {}
  for _, one in ipairs(list) do
    local key = key_of(one)
    if not by_key[key] then keys[#keys + 1] = key end
    if not by_key[key] or over(one, by_key[key]) then by_key[key] = one end
  end
  local found = {}
  for i, key in ipairs(keys) do found[i] = by_key[key] end
  return found
end

-- A status's context is the same in upper and lower case, an app's run is another app's never.
local function name_key(one)
  if one.source == "status" then return "status\0" .. one.name:lower() end
  return ("check\0%s\0%s"):format(one.name, one.app)
end

local function suite_key(one) return ("%s\0%s"):format(name_key(one), one.suite) end

-- Is there a name of Actions' whose suites came to different ends?
local function differ(list)
  local state_of = {}
  for _, one in ipairs(list) do
    local key = name_key(one)
    if one.is_actions and (state_of[key] or one.state) ~= one.state then return true end
    state_of[key] = one.state
  end
  return false
end

-- What each suite of Actions is of: its workflow and event. Nothing is known where the token may not read runs.
local function origins(self, oid)
  local by_suite = {}
  local runs, trouble, fault = self.rest:all(self:at "actions/runs", function (f, record)
    local suite = f.integer_or(record, "check_suite_id")
    if suite then
      by_suite[suite] = ("%s\0%s"):format(f.text(record, "path"):gsub("@.*$", ""), f.text(record, "event"))
    end
    return true
  end, { key = "workflow_runs", query = { head_sha = oid }, needs = "actions: read" })
  if runs then return by_suite end
  if fault and (fault.status == 403 or fault.status == 404) then return {} end
  return nil, trouble
end

-- One of each name and source. In a suite the newest counts. Several suites of one name are several things, of which the
-- worst counts: one workflow for a push and for a pull request, or two workflows. Only those of one workflow and event are
-- the same thing run again, of which the newest counts. What they are is asked only where it matters.
local function judged(self, oid, list)
  list = one_of_each(list, suite_key, later)
  if differ(list) then
    local by_suite, trouble = origins(self, oid)
    if not by_suite then return nil, trouble end
    list = one_of_each(list, function (one)
      local origin = one.is_actions and by_suite[one.suite]
      return origin and ("%s\0run\0%s"):format(name_key(one), origin) or suite_key(one)
    end, later)
  end
  return one_of_each(list, name_key, worse)
end

local function runs_of(self, oid, names)
  local path = self:at("commits/%s/check-runs", oid)
  if not names or #names > NAMES_ASKED_ONE_BY_ONE then
    return self.rest:all(path, read_run, { key = "check_runs", needs = "checks: read", query = { filter = "latest" } })
  end
  local list = {}
  for _, name in ipairs(names) do
    local part, trouble, fault = self.rest:all(path, read_run, { key = "check_runs", needs = "checks: read",
      query = { filter = "latest", check_name = name } })
    if not part then return nil, trouble, fault end
    table.move(part, 1, #part, #list + 1, list)
  end
  return list
end

--- See forge.reads. Several apps may report one name: each of them has its own entry. An app may report one name in
-- several suites: see `judged`.
---@param oid string
---@param names string[]|nil
---@return forge.check[]|nil, problem
function checks.checks(self, oid, names)
  local list, trouble, fault = runs_of(self, oid, names)
  -- A commit that was not pushed yet: nothing was found out about it. 404, which could be a want of rights, says less.
  if fault and fault.status == 422 and (fault.message or ""):find "^No commit found for SHA" then return {} end
  if not list then return nil, trouble end
  local statuses
  statuses, trouble = self.rest:all(self:at("commits/%s/status", oid), read_status,
    { key = "statuses", needs = "commit statuses: read" })
  if not statuses then return nil, trouble end
  table.move(statuses, 1, #statuses, #list + 1, list)
  list, trouble = judged(self, oid, list)
  if not list then return nil, trouble end
  local wanted, wanted_status = {}, {}
  for _, name in ipairs(names or {}) do wanted[name], wanted_status[name:lower()] = true, true end
  local kept = {}
  for _, one in ipairs(list) do
    if not names or one.source == "check" and wanted[one.name]
      or one.source == "status" and wanted_status[one.name:lower()] then
      one.id, one.began, one.suite, one.is_actions = nil, nil, nil, nil
      kept[#kept + 1] = one
    end
  end
  table.sort(kept, function (a, b)
    if a.name ~= b.name then return a.name < b.name end
    if a.source ~= b.source then return a.source < b.source end
    return (a.app or 0) < (b.app or 0)
  end)
  return kept
end

-- Which app acts under this login: a number; false for a person; nil where GitHub does not tell, as of a private app.
---@return { id: integer|false|nil }|nil, problem
local function app_of(self, login)
  local slug = login:match "^(.+)%[bot%]$"
  if not slug then return { id = false } end
  if login == ACTIONS_LOGIN and self.rest.origin == "https://api.github.com" then return { id = ACTIONS_ID } end
  local found, trouble, fault = self.rest:one("/" .. address.path("apps/%s", slug),
    function (f, record) return { id = f.integer(record, "id") } end)
  if found then return found end
  if fault and (fault.status == 404 or fault.status == 403) then return {} end
  return nil, trouble
end

--- See forge.reads.
---@param oid string
---@param context string
---@return { user: string, app: integer|false|nil }|false|nil, problem
function checks.poster(self, oid, context)
  local list, trouble = self.rest:all(self:at("commits/%s/statuses", oid), function (f, record)
    return { context = f.text(record, "context"), user = f.login(record, "creator") }
  end, { needs = "commit statuses: read" })
  if not list then return nil, trouble end
  for _, status in ipairs(list) do
    if status.context:lower() == context:lower() then
      local app
      app, trouble = app_of(self, status.user)
      if not app then return nil, trouble end
      return { user = status.user, app = app.id }
    end
  end
  return false
end

-- Is what was just posted of the app that it has to be of? Where GitHub does not tell, it is.
local function check_poster(self, context, wanted, user)
  local app, trouble = app_of(self, user)
  if not app then return nil, trouble end
  if app.id == nil or app.id == wanted then return true end
  return problem.refuse("denied", ("the check '%s' counts from app %d alone, and the token posts it as %s"):format(
    text.line(context), wanted, text.line(user)),
    "release with a token of that app, or have the protection take the check from any source")
end

--- See forge.writes. A description over 140 characters is cut.
---@param oid string 40 hex digits
---@param status { context: string, state: string, description: string|nil, url: string|nil, app: integer|nil }
---@return true|nil, problem
function checks.post_status(self, oid, status)
  if not STATES[status.state] then error("no such state of a status: " .. tostring(status.state), 2) end
  if #oid ~= 40 or oid:find "%X" then error("a status belongs to a commit, named in full", 2) end
  local posted, trouble = self.rest:write("POST", self:at("statuses/%s", oid), {
    context = status.context, state = status.state, target_url = status.url or nil,
    description = text.shorten(status.description or "", DESCRIPTION_MAX),
  }, { needs = "commit statuses: write", read = status.app and function (f, record)
    return { user = f.login(record, "creator") }
  end or nil })
  if not posted or not status.app then return posted, trouble end
  return check_poster(self, status.context, status.app, posted.user)
end

return checks
