--- Issues of a local forge (issues/NUMBER.json), and what they share with pull requests: one row of numbers, labels, and
-- comments (comments/NUMBER/ID.json).

local problem = require "problem"
local settings = require "forge.local.settings"
local shape = require "shape"
local text = require "text"

local issues = { methods = {} }

local methods = issues.methods

issues.RULE = { number = shape.count, title = shape.line, state = shape.one_of("open", "closed"), author = settings.is_user,
  labels = shape.list(shape.line), time = shape.text }

local COMMENT = { id = shape.count, user = settings.is_user, body = shape.text, time = shape.text }

--- The next number of a pull request or issue: they share one row. Under the lock.
function methods:new_number()
  local highest = 0
  for _, folder in ipairs { "pulls", "issues" } do
    local numbers, trouble = self.store:numbers(folder)
    if not numbers then return nil, trouble end
    highest = math.max(highest, numbers[#numbers] or 0)
  end
  return highest + 1
end

--- The record of a pull request or an issue, and its file.
---@return table|nil record, problem|string file
function methods:thread(number)
  for _, folder in ipairs { "pulls", "issues" } do
    local name = ("%s/%d.json"):format(folder, number)
    local record, trouble = self.store:read(name, folder == "pulls" and self.PULL or issues.RULE)
    if record == nil then return nil, trouble end
    if record then return record, name end
  end
  return problem.refuse("error", ("there is no pull request or issue %d"):format(number))
end

local function carries(issue, labels)
  local has = {}
  for _, label in ipairs(issue.labels) do has[label:lower()] = true end
  for _, label in ipairs(labels) do
    if not has[label:lower()] then return false end
  end
  return true
end

--- See forge.lua: issues.
function methods:issues(query)
  local all, trouble = self.store:all("issues", issues.RULE)
  if not all then return nil, trouble end
  local found = {}
  for _, issue in ipairs(all) do
    if issue.state == "open" and carries(issue, query.labels or {}) then
      found[#found + 1] = { number = issue.number, title = issue.title, labels = self:sorted(issue.labels),
        url = self:url(("issues/%d.json"):format(issue.number)) }
    end
  end
  return self.store:array(found)
end

--- Opens an issue.
---@param title string
---@param labels string[]
---@return integer|nil number, problem
function methods:open_issue(title, labels)
  local trouble = self:needs("read", "open an issue")
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local number, refusal = self:new_number()
    if not number then return nil, refusal end
    local record = { number = number, title = title, state = "open", author = self.user, labels = self:sorted(labels),
      time = self.store:now() }
    local where, wrong = shape.check("", record, issues.RULE)
    if where then return problem.refuse("denied", ("no issue: %s: %s"):format(where, wrong)) end
    local ok
    ok, refusal = self.store:write(("issues/%d.json"):format(number), record)
    if not ok then return nil, refusal end
    return number
  end)
end

--- Closes an issue or a pull request.
---@param number integer
---@return true|nil, problem
function methods:close(number)
  local trouble = self:needs("triage", "close")
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local record, name = self:thread(number)
    if not record then return nil, name end
    if name:find "^pulls/" then
      local closed, refusal = self:update_pull(number, { state = "closed" })
      if not closed then return nil, refusal end
      return true
    end
    record.state = "closed"
    self.store:array(record.labels)
    return self.store:write(name, record)
  end)
end

--- See forge.lua: add_labels.
function methods:add_labels(number, names)
  local trouble = self:needs("triage", "label")
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local record, name = self:thread(number)
    if not record then return nil, name end
    local has = {}
    for _, label in ipairs(record.labels) do has[label:lower()] = true end
    for _, label in ipairs(names) do
      if shape.line(label) then return problem.refuse("denied", ("'%s' is no label"):format(text.line(label))) end
      if not has[label:lower()] then
        has[label:lower()], record.labels[#record.labels + 1] = true, label
      end
    end
    record.labels = self:sorted(record.labels)
    return self.store:write(name, record)
  end)
end

--- See forge.lua: comment.
function methods:comment(number, body)
  local trouble = self:needs("read", "comment")
  if trouble then return nil, trouble end
  return self.store:locked(function ()
    local record, words = self:thread(number)
    if not record then return nil, words end
    local id, refusal = self.store:new_id()
    if not id then return nil, refusal end
    return self.store:write(("comments/%d/%d.json"):format(number, id),
      { id = id, user = self.user, body = body, time = self.store:now() })
  end)
end

--- See forge.lua: comments.
function methods:comments(number)
  local record, words = self:thread(number)
  if not record then return nil, words end
  local all, trouble = self.store:all("comments/" .. number, COMMENT)
  if not all then return nil, trouble end
  local list = {}
  for i, comment in ipairs(all) do list[i] = { id = comment.id, user = comment.user, body = comment.body } end
  return self.store:array(list)
end

return issues
