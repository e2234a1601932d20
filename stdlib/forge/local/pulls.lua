--- Pull requests of a local forge: pulls/NUMBER.json, and reviews/NUMBER/ID.json. The file says what people decided; where
-- the head stands, and whether the base has come to hold it, is read from the repository each time.

local problem = require "problem"
local settings = require "forge.local.settings"
local shape = require "shape"
local store = require "forge.local.store"
local text = require "text"

local pulls = { methods = {} }

local methods = pulls.methods

-- base_at: the base's tip when the pull request was opened; head_oid: where the head was last written down;
-- merge_commit: written down before the base moves to it, so that a merge that was killed is known for what it is.
pulls.RULE = {
  number = shape.count, title = shape.line, body = shape.text, state = shape.one_of("open", "closed", "merged"),
  draft = shape.flag, head = shape.line, head_oid = shape.oid, base = shape.line, base_at = shape.oid,
  author = settings.is_user, labels = shape.list(shape.line), time = shape.text, merge_commit = shape.maybe(shape.oid),
  merged_by = shape.maybe(settings.is_user),
}

methods.PULL = pulls.RULE

local REVIEW = { id = shape.count, user = settings.is_user, state = shape.one_of("approved", "changes_requested", "dismissed",
  "commented", "pending"), oid = shape.oid, body = shape.text, time = shape.text }

local function file_of(number) return ("pulls/%d.json"):format(number) end

-- Which heads of open pull requests their bases hold by now, though nobody pressed merge: one walk for each base.
local function settle(self, records, branches)
  local asked = {}
  for _, record in ipairs(records) do
    record.base_oid = branches[record.base]
    if record.state == "open" then
      record.deleted = branches[record.head] == nil
      record.head_oid = branches[record.head] or record.head_oid
      if record.base_oid then
        asked[record.base] = asked[record.base] or {}
        table.insert(asked[record.base], record.head_oid)
        table.insert(asked[record.base], record.merge_commit)
      end
    end
  end
  for base, oids in pairs(asked) do
    local held, trouble = self.bare:holds(branches[base], oids)
    if not held then return nil, trouble end
    for _, record in ipairs(records) do
      if record.base == base and record.state == "open" and record.merge_commit and held[record.merge_commit] then
        record.state = "merged"
      elseif record.base == base and record.state == "open" and held[record.head_oid] then
        -- A head that was set back to what the base held from the start was emptied, not merged.
        local before, refusal = self.bare:holds(record.base_at, { record.head_oid })
        if not before then return nil, refusal end
        record.state = before[record.head_oid] and "closed" or "merged"
      end
    end
  end
  for _, record in ipairs(records) do
    if record.state == "open" and record.deleted then record.state = "closed" end
  end
  return records
end

-- The record of a pull request as it stands now, with base_oid; false when there is none.
local function current(self, number)
  local record, trouble = self.store:read(file_of(number), pulls.RULE)
  if not record then return record, trouble end
  local branches
  branches, trouble = self.bare:branches()
  if not branches then return nil, trouble end
  local settled
  settled, trouble = settle(self, { record }, branches)
  if not settled then return nil, trouble end
  return record
end

--- The record of a pull request as it stands now, with what a merge of it would meet (mergeable, reasons).
---@return table|false|nil record, problem
function methods:judged_pull(number, user)
  local record, trouble = current(self, number)
  if not record then return record, trouble end
  if record.state ~= "open" or not record.base_oid then return record end
  local tree
  tree, trouble = self.bare:merged_tree(record.base_oid, record.head_oid, false)
  if tree == nil then return nil, trouble end
  record.mergeable = tree ~= false
  record.reasons, trouble = self:reasons(record, user or self.user)
  if not record.reasons then return nil, trouble end
  return record
end

local function answer(self, record)
  return {
    number = record.number, title = record.title, body = record.body, state = record.state, draft = record.draft,
    head = { branch = record.head, oid = record.head_oid, repository = self.target.path },
    base = { branch = record.base, oid = record.base_oid or record.base_at }, same_repository = true,
    author = record.author, labels = self:sorted(record.labels), mergeable = record.mergeable,
    url = self:url(file_of(record.number)),
  }
end

-- Without a reason left a pull request is not blocked; where nobody asked, nothing is said of it.
local function judged_answer(self, record)
  local told = answer(self, record)
  if record.reasons then told.blocked = #record.reasons > 0 end
  return told
end

local function store_pull(self, record)
  local kept = {}
  for name in pairs(pulls.RULE) do kept[name] = record[name] end
  kept.labels = self.store:array(kept.labels)
  return self.store:write(file_of(record.number), kept)
end

--- See forge.lua: pulls.
function methods:pulls(query)
  local records, trouble = self.store:all("pulls", pulls.RULE)
  if not records then return nil, trouble end
  local branches
  branches, trouble = self.bare:branches()
  if not branches then return nil, trouble end
  local settled
  settled, trouble = settle(self, records, branches)
  if not settled then return nil, trouble end
  local found = {}
  for _, record in ipairs(records) do
    if (query.state == "all" or record.state == "open") and (not query.base or record.base == query.base)
      and (not query.head or record.head == query.head) then
      found[#found + 1] = answer(self, record)
    end
  end
  return self.store:array(found)
end

--- See forge.lua: pull.
function methods:pull(number)
  local record, trouble = self:judged_pull(number)
  if not record then return record, trouble end
  return judged_answer(self, record)
end

--- See forge.lua: create_pull.
function methods:create_pull(request)
  local trouble = self:needs("write", "open a pull request")
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local branches, refusal = self.bare:branches()
    if not branches then return nil, refusal end
    local head, base = branches[request.head], branches[request.base]
    if not head or not base then
      return problem.refuse("denied", ("there is no branch %s"):format(text.line(head and request.base or request.head)))
    end
    local standing
    standing, refusal = self.bare:compare(base, head)
    if not standing then return nil, refusal end
    if standing.ahead == 0 then
      return problem.refuse("denied", ("there is no commit between %s and %s"):format(text.line(request.base),
        text.line(request.head)))
    end
    local same
    same, refusal = self:pulls { head = request.head, base = request.base }
    if not same then return nil, refusal end
    if same[1] then
      return problem.refuse("denied", ("pull request %d of %s into %s is open already"):format(same[1].number,
        text.line(request.head), text.line(request.base)))
    end
    local number
    number, refusal = self:new_number()
    if not number then return nil, refusal end
    local record = { number = number, title = request.title, body = request.body or "", state = "open",
      draft = request.draft or false, head = request.head, head_oid = head, base = request.base, base_at = base,
      author = self.user, labels = {}, time = self.store:now() }
    local where, wrong = shape.check("", record, pulls.RULE)
    if where then return problem.refuse("denied", ("no pull request: %s: %s"):format(where, wrong)) end
    local ok
    ok, refusal = store_pull(self, record)
    if not ok then return nil, refusal end
    local pull
    pull, refusal = self:pull(number)
    if not pull then return store.unsure(refusal) end
    return pull
  end)
end

local function absent(number) return problem.refuse("error", ("there is no pull request %d"):format(number)) end

--- See forge.lua: update_pull.
function methods:update_pull(number, changes)
  local trouble = self:needs("write", "change a pull request")
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local record, refusal = current(self, number)
    if record == nil then return nil, refusal end
    if not record then return absent(number) end
    record.title, record.body = changes.title or record.title, changes.body or record.body
    if changes.state and changes.state ~= record.state then
      if record.state == "merged" or changes.state == "open" and record.deleted then
        return problem.refuse("denied", ("pull request %d is %s"):format(number,
          record.state == "merged" and "merged" or "closed and its branch is gone"))
      end
      record.state = changes.state
    end
    local where, wrong = shape.check("title", record.title, shape.line)
    if where then return problem.refuse("denied", ("no pull request: %s: %s"):format(where, wrong)) end
    local ok
    ok, refusal = store_pull(self, record)
    if not ok then return nil, refusal end
    return self:pull(number)
  end)
end

--- See forge.lua: reviews. An approval of another commit than the head is dismissed where the branch's protection asks
-- for it.
function methods:reviews(number)
  local record, trouble = current(self, number)
  if record == nil then return nil, trouble end
  if not record then return absent(number) end
  local all
  all, trouble = self.store:all("reviews/" .. number, REVIEW)
  if not all then return nil, trouble end
  local said
  said, trouble = self:settings()
  if not said then return nil, trouble end
  local protected = said.protection[record.base]
  local list = {}
  for i, review in ipairs(all) do
    local stale = protected and protected.dismiss_stale and review.oid ~= record.head_oid
    list[i] = { user = review.user, oid = review.oid, time = review.time,
      state = stale and review.state == "approved" and "dismissed" or review.state }
  end
  return self.store:array(list)
end

--- Adds a review: what a person says of a pull request at its present head.
---@param number integer
---@param user string
---@param state string "approved", "changes_requested" or "commented"
---@param body string|nil
---@return { oid: string }|nil, problem
function methods:add_review(number, user, state, body)
  return self.store:locked(function ()
    local record, refusal = current(self, number)
    if record == nil then return nil, refusal end
    if not record then return absent(number) end
    if record.state ~= "open" then
      return problem.refuse("denied", ("pull request %d is %s"):format(number, record.state))
    end
    if user:lower() == record.author:lower() and state ~= "commented" then
      return problem.refuse("denied", ("%s opened pull request %d and cannot judge it"):format(user, number))
    end
    local id
    id, refusal = self.store:new_id()
    if not id then return nil, refusal end
    local ok
    ok, refusal = self.store:write(("reviews/%d/%d.json"):format(number, id), { id = id, user = user, state = state,
      oid = record.head_oid, body = body or "", time = self.store:now() })
    if not ok then return nil, refusal end
    return { oid = record.head_oid }
  end)
end

--- Writes a pull request down as it is now. Under the lock.
---@param record table as judged_pull gives it
function methods:keep_pull(record) return store_pull(self, record) end

return pulls
