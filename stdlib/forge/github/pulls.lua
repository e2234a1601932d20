--- Pull requests and their reviews.

local problem = require "problem"
local text = require "text"

local pulls = {}

local NEEDS = "pull requests: write"

-- How often we look while GitHub computes whether a pull request can be merged.
local MERGEABLE_LOOKS = 4

-- What GitHub says of a merge at the moment; "unknown" and what is not listed say nothing.
local BLOCKED = { blocked = true, behind = true, dirty = true, draft = true,
  clean = false, has_hooks = false, unstable = false }

local STATES = { open = "open", closed = "closed" }

local function read_pull(f, record)
  local head, base = f.record(record, "head"), f.record(record, "base")
  local from, into = f.record_or(head, "repo"), f.record(base, "repo")
  local origin = from and f.text(from, "full_name") or false
  local state = f.one_of(record, "state", STATES)
  if f.text_or(record, "merged_at") or f.flag_or(record, "merged", false) then state = "merged" end
  local blocked
  if state == "open" then blocked = BLOCKED[f.text_or(record, "mergeable_state", "unknown")] end
  return {
    number = f.integer(record, "number"), title = f.text(record, "title"), body = f.text_or(record, "body", ""),
    state = state, draft = f.flag_or(record, "draft", false),
    head = { branch = f.text(head, "ref"), oid = f.text(head, "sha"), repository = origin },
    base = { branch = f.text(base, "ref"), oid = f.text(base, "sha") },
    same_repository = origin and origin:lower() == f.text(into, "full_name"):lower(),
    author = f.login(record, "user"), labels = f.labels(record), mergeable = f.flag_or(record, "mergeable"),
    blocked = blocked, url = f.text(record, "html_url"),
  }
end

--- See forge.reads. Whether a pull request is mergeable or blocked is told by pull(number) alone.
---@param filter { state: string|nil, base: string|nil, head: string|nil }
---@return forge.pull[]|nil, problem
function pulls.pulls(self, filter)
  local state = filter.state or "open"
  if state ~= "open" and state ~= "all" then error("state is 'open' or 'all'", 2) end
  -- A bare branch is no filter for GitHub: it wants the owner as well.
  local found, trouble = self.rest:all(self:at "pulls", read_pull, { needs = "pull requests: read", query = {
    state = state, base = filter.base, head = filter.head and self.owner .. ":" .. filter.head,
    sort = "created", direction = "asc" } })
  if not found then return nil, trouble end
  local kept = {}
  for _, pull in ipairs(found) do
    if (not filter.head or pull.same_repository and pull.head.branch == filter.head)
      and (not filter.base or pull.base.branch == filter.base) then
      pull.mergeable, pull.blocked = nil, nil
      kept[#kept + 1] = pull
    end
  end
  table.sort(kept, function (a, b) return a.number < b.number end)
  return kept
end

--- See forge.reads. GitHub computes `mergeable` when it is first asked: we look a few times.
---@param number integer
---@return forge.pull|false|nil, problem
function pulls.pull(self, number)
  local found, trouble
  for look = 1, MERGEABLE_LOOKS do
    found, trouble = self.rest:one(self:at("pulls/%d", number), read_pull,
      { absent = true, needs = "pull requests: read" })
    if not found then return found, trouble end
    if found.state ~= "open" or found.mergeable ~= nil then break end
    if look < MERGEABLE_LOOKS then
      local ok, interrupted = self.rest:sleep(self.rest.pause_ms * look)
      if not ok then return nil, interrupted end
    end
  end
  -- GraphQL takes questions as POST: the one request of planning that is no GET, and it changes nothing.
  if found.state == "open" and found.blocked == nil and self.rest.variable then
    local state, unknown = self:merge_state(number)
    if state == nil then return nil, unknown end
    found.blocked = BLOCKED[state]
  end
  return found
end

local REVIEWS = { APPROVED = "approved", CHANGES_REQUESTED = "changes_requested", DISMISSED = "dismissed",
  COMMENTED = "commented", PENDING = "pending" }

--- See forge.reads. A review that was not submitted yet has no time, and comes last.
---@param number integer
---@return forge.review[]|nil, problem
function pulls.reviews(self, number)
  local order = {}
  local found, trouble = self.rest:all(self:at("pulls/%d/reviews", number), function (f, record)
    local review = { user = f.login(record, "user"), state = f.one_of(record, "state", REVIEWS),
      oid = f.text_or(record, "commit_id", false), time = f.text_or(record, "submitted_at", "") }
    order[review] = f.integer(record, "id")
    return review
  end, { needs = "pull requests: read" })
  if not found then return nil, trouble end
  table.sort(found, function (a, b)
    if a.time == b.time then return order[a] < order[b] end
    return b.time == "" or a.time ~= "" and a.time < b.time
  end)
  return found
end

--- See forge.writes. One that is there already for the same branches is denied: a race, or the caller did not look.
---@param pull { title: string, body: string|nil, head: string, base: string, draft: boolean|nil }
---@return forge.pull|nil, problem
function pulls.create_pull(self, pull)
  local made, trouble, fault = self.rest:write("POST", self:at "pulls", {
    title = pull.title, body = pull.body or "", head = pull.head, base = pull.base, draft = pull.draft or false,
  }, { needs = NEEDS, read = read_pull })
  if made then return made end
  for _, words in ipairs(fault and fault.status == 422 and fault.errors or {}) do
    if words:find("pull request already exists", 1, true) then
      return problem.refuse("denied", ("a pull request from %s into %s is there already"):format(text.line(pull.head),
        text.line(pull.base)), "another run made it; run the same command again")
    end
  end
  return nil, trouble
end

--- See forge.writes.
---@param number integer
---@param fields { title: string|nil, body: string|nil, state: "open"|"closed"|nil }
---@return forge.pull|nil, problem
function pulls.update_pull(self, number, fields)
  return self.rest:write("PATCH", self:at("pulls/%d", number),
    { title = fields.title, body = fields.body, state = fields.state }, { needs = NEEDS, read = read_pull })
end

return pulls
