--- What protects the branches of a local forge (forge.json), and what keeps a pull request from being merged.

local settings = require "forge.local.settings"
local text = require "text"

local protection = { methods = {} }

local methods = protection.methods

-- May somebody of this role merge past what protects the branch?
local function is_exempt(own, role) return own.enforced_for_admins == false and role == "admin" end

-- What a merge needs. There is neither a merge queue nor a locked branch.
local function merge_rules(self, own, checks)
  return { methods = self:sorted(settings.METHODS), linear = own.linear_history or false,
    queue = false, locked = false, strict = own.strict or false, approvals = own.approvals or 0,
    reviewed = (own.approvals or 0) > 0, checks = self.store:array(own.required_checks and checks or {}),
    others = self.store:array {}, seen = true }
end

--- See forge.lua: identity. Nobody here is an app.
function methods.identity() return { app = false } end

--- See forge.lua: rules.
function methods:rules(branch)
  local said, trouble = self:settings()
  if not said then return nil, trouble end
  local found = said.protection[branch]
  local own = found or {}
  local checks, names = {}, { table.unpack(own.required_checks or {}) }
  table.sort(names)
  local enforced, asked = own.enforced_for_admins ~= false, {}
  for i, name in ipairs(names) do
    checks[i] = { name = name, app = false, enforced_for_admins = enforced, bypass = not enforced }
    asked[i] = { name = name, app = false }
  end
  return {
    protected = found ~= nil, required_checks = self.store:array(checks),
    strict = own.strict or false, approvals = own.approvals or 0,
    pull_request_required = found ~= nil and own.pull_request_required ~= false,
    force_push = found == nil, deletion = found == nil,
    merge = merge_rules(self, is_exempt(own, settings.role(said, self.user)) and {} or own, asked),
  }
end

-- The latest word of every reviewer who may write; comments take nothing back.
local function verdicts(self, number, said)
  local reviews, trouble = self:reviews(number)
  if not reviews then return nil, trouble end
  local latest, users = {}, {}
  for _, review in ipairs(reviews) do
    if review.state ~= "commented" and review.state ~= "pending"
      and settings.may(settings.role(said, review.user), "write") then
      if not latest[review.user] then users[#users + 1] = review.user end
      latest[review.user] = review.state
    end
  end
  table.sort(users)
  return latest, nil, users
end

local function check_reasons(self, rules, oid, reasons)
  local names = {}
  for i, required in ipairs(rules.required_checks) do names[i] = required.name end
  local checks, trouble = self:checks(oid, names)
  if not checks then return nil, trouble end
  local states = {}
  for _, check in ipairs(checks) do states[check.name:lower()] = check.state end
  for _, name in ipairs(names) do
    local state = states[name:lower()]
    if state ~= "success" then
      reasons[#reasons + 1] = ("required check '%s' %s"):format(text.line(name), state and "is " .. state or "is expected")
    end
  end
  return true
end

local function review_reasons(self, rules, number, said, reasons)
  if rules.approvals == 0 then return true end
  local latest, trouble, users = verdicts(self, number, said)
  if not latest then return nil, trouble end
  local approvals = 0
  for _, user in ipairs(users) do
    if latest[user] == "approved" then approvals = approvals + 1 end
    if latest[user] == "changes_requested" then reasons[#reasons + 1] = user .. " requested changes" end
  end
  if approvals < rules.approvals then
    reasons[#reasons + 1] = ("%d of %s"):format(approvals, text.plural(rules.approvals, "approving review"))
  end
  return true
end

--- What keeps an open pull request from being merged at its present head; empty when nothing does.
---@param pull table a record of pulls.lua, as it stands now
---@param user string who would merge
---@return string[]|nil reasons, problem
function methods:reasons(pull, user)
  local said, trouble = self:settings()
  if not said then return nil, trouble end
  local rules
  rules, trouble = self:rules(pull.base)
  if not rules then return nil, trouble end
  local reasons = {}
  if pull.draft then reasons[1] = "it is a draft" end
  if pull.mergeable == false then reasons[#reasons + 1] = "it conflicts with " .. text.line(pull.base) end
  if is_exempt(said.protection[pull.base] or {}, settings.role(said, user)) then return reasons end
  local ok
  ok, trouble = check_reasons(self, rules, pull.head_oid, reasons)
  if not ok then return nil, trouble end
  ok, trouble = review_reasons(self, rules, pull.number, said, reasons)
  if not ok then return nil, trouble end
  if rules.strict then
    local standing
    standing, trouble = self.bare:compare(pull.base_oid, pull.head_oid)
    if not standing then return nil, trouble end
    if standing.behind > 0 then
      reasons[#reasons + 1] = ("it is %s behind %s"):format(text.plural(standing.behind, "commit"), text.line(pull.base))
    end
  end
  return reasons
end

return protection
