--- What protects a branch: classic protection and rulesets, read together. Classic protection in full is for admins;
-- others see from the branch that it is protected, and by which checks. Of a ruleset everybody sees the rules that
-- bear on a branch, and who may write the ruleset also sees who may bypass it.
--
-- What the token may not see is never taken for harmless: bypass and enforced_for_admins stay nil, and a forced update
-- or a deletion counts as allowed until a rule is seen that forbids it.

local rules = {}

local NEEDS = "administration: read"

-- The checks that a record lists under `checks` (with apps) or, in an older shape, under `contexts`.
local function read_checks(f, record)
  local found = {}
  for _, check in ipairs(f.list_or(record, "checks")) do
    local app = f.integer_or(check, "app_id", false)
    found[#found + 1] = { name = f.text(check, "context"), app = app and app > 0 and app or false }
  end
  if #found == 0 then
    for i, name in ipairs(f.list_or(record, "contexts")) do
      if type(name) ~= "string" then f.text({ contexts = name }, "contexts") end
      found[i] = { name = name, app = false }
    end
  end
  return found
end

local function enabled(f, record, key)
  local setting = f.record_or(record, key)
  return setting ~= nil and f.flag(setting, "enabled")
end

local function allowances(f, reviews)
  local allowed = reviews and f.record_or(reviews, "bypass_pull_request_allowances")
  if not allowed then return false end
  return #f.list_or(allowed, "users") + #f.list_or(allowed, "teams") + #f.list_or(allowed, "apps") > 0
end

local function read_protection(f, record)
  local checks = f.record_or(record, "required_status_checks")
  local reviews = f.record_or(record, "required_pull_request_reviews")
  return {
    checks = checks and read_checks(f, checks) or {}, strict = checks ~= nil and f.flag_or(checks, "strict", false),
    enforced = enabled(f, record, "enforce_admins"), pull_request = reviews ~= nil,
    approvals = reviews and f.integer_or(reviews, "required_approving_review_count", 0) or 0,
    force_push = enabled(f, record, "allow_force_pushes"), deletion = enabled(f, record, "allow_deletions"),
    bypass = allowances(f, reviews),
  }
end

-- A branch's own record tells less: whether it is protected, its checks, and for whom they are enforced.
local ENFORCED = { everyone = true, non_admins = false }

local function read_branch(f, record)
  local protection = f.record_or(record, "protection") or {}
  local checks = f.record_or(protection, "required_status_checks")
  local level = checks and f.text_or(checks, "enforcement_level", "")
  return {
    protected = f.flag(record, "protected"), classic = f.flag_or(protection, "enabled", false),
    checks = checks and level ~= "off" and read_checks(f, checks) or {},
    enforced = ENFORCED[level or false],
  }
end

-- Classic protection: what is known of it; false where there is none.
local function classic(self, branch)
  local full, trouble, fault = self.rest:one(self:at("branches/%s/protection", branch), read_protection,
    { needs = NEEDS })
  if full then return full end
  if not (fault and (fault.status == 404 or fault.status == 403)) then return nil, trouble end
  if fault.status == 404 and fault.message == "Branch not protected" then return false end
  local seen, unseen = self.rest:one(self:at("branches/%s", branch), read_branch,
    { absent = true, needs = "contents: read" })
  if seen == nil then return nil, unseen end
  if not seen or not seen.protected then return false end
  return { checks = seen.checks, strict = false, enforced = seen.enforced, pull_request = false, approvals = 0,
    force_push = true, deletion = true, partial = true, by_rulesets = not seen.classic and #seen.checks == 0 }
end

local function read_rule(f, record)
  local rule = { type = f.text(record, "type"), ruleset = f.integer_or(record, "ruleset_id", false) }
  local parameters = f.record_or(record, "parameters") or {}
  if rule.type == "required_status_checks" then
    rule.checks = {}
    for _, check in ipairs(f.list(parameters, "required_status_checks")) do
      table.insert(rule.checks, { name = f.text(check, "context"), app = f.integer_or(check, "integration_id", false) })
    end
    rule.strict = f.flag_or(parameters, "strict_required_status_checks_policy", false)
  elseif rule.type == "pull_request" then
    rule.approvals = f.integer_or(parameters, "required_approving_review_count", 0)
  end
  return rule
end

-- Who may go past a ruleset: "nobody", "others" (no admins among them), "admins", "us" (and who else is not told); nil
-- where the token is not told.
local function bypass_of(self, ruleset)
  local found, trouble, fault = self.rest:one(self:at("rulesets/%d", ruleset), function (f, record)
    if record.bypass_actors == nil then
      return { who = f.text_or(record, "current_user_can_bypass", "never") ~= "never" and "us" or nil }
    end
    local actors = f.each(f.list(record, "bypass_actors"), function (inner, actor)
      local kind = inner.text(actor, "actor_type")
      return kind == "OrganizationAdmin" or kind == "RepositoryRole"
    end)
    for _, admin in ipairs(actors) do
      if admin then return { who = "admins" } end
    end
    return { who = #actors > 0 and "others" or "nobody" }
  end, { query = { includes_parents = "true" } })
  if found then return found.who end
  if fault and (fault.status == 404 or fault.status == 403) then return nil end
  return nil, trouble
end

-- Adds what the rulesets' rules say.
local function add_rules(self, result, list, protections)
  local seen = {}
  for _, rule in ipairs(list) do
    if rule.checks then
      for _, check in ipairs(rule.checks) do table.insert(result.checks, check) end
      result.strict = result.strict or rule.strict
    elseif rule.type == "pull_request" then
      result.pull_request, result.approvals = true, math.max(result.approvals, rule.approvals)
    elseif rule.type == "non_fast_forward" then
      result.force_push = false
    elseif rule.type == "deletion" then
      result.deletion = false
    end
    if rule.ruleset and not seen[rule.ruleset] then
      seen[rule.ruleset] = true
      local who, trouble = bypass_of(self, rule.ruleset)
      if trouble then return nil, trouble end
      local enforced
      if who and who ~= "us" then enforced = who ~= "admins" end
      table.insert(protections, { bypass = who and who ~= "nobody", enforced = enforced, known = who ~= nil })
    end
  end
  return true
end

local function sorted_checks(list)
  local found, seen = {}, {}
  for _, check in ipairs(list) do
    local key = check.name .. "\0" .. tostring(check.app)
    if not seen[key] then
      seen[key] = true
      found[#found + 1] = check
    end
  end
  table.sort(found, function (a, b)
    if a.name ~= b.name then return a.name < b.name end
    return (a.app or 0) < (b.app or 0)
  end)
  return found
end

--- See forge.reads. With several protections at once `enforced_for_admins` is true only where each of them is, and
-- `bypass` where any of them may be passed by somebody.
---@param branch string
---@return forge.rules|nil, problem
function rules.rules(self, branch)
  local old, trouble = classic(self, branch)
  if old == nil then return nil, trouble end
  local list
  list, trouble = self.rest:all(self:at("rules/branches/%s", branch), read_rule)
  if not list then return nil, trouble end
  -- A branch that is protected by rulesets alone says no more of itself than that it is protected.
  if old and old.by_rulesets and #list > 0 then old = false end
  local result = old or { checks = {}, strict = false, pull_request = false, approvals = 0, force_push = true,
    deletion = true }
  local protections = {}
  if old then
    protections[1] = { bypass = old.bypass, enforced = old.enforced, known = not old.partial }
  end
  local done
  done, trouble = add_rules(self, result, list, protections)
  if not done then return nil, trouble end
  local bypass, enforced = false, #protections > 0
  for _, one in ipairs(protections) do
    if one.bypass then bypass = true elseif not one.known and not bypass then bypass = nil end
    if one.enforced == false then enforced = false elseif one.enforced == nil and enforced then enforced = nil end
  end
  return {
    protected = old and true or #list > 0, required_checks = sorted_checks(result.checks),
    enforced_for_admins = enforced, strict = result.strict, pull_request_required = result.pull_request,
    approvals = result.approvals, force_push = result.force_push, deletion = result.deletion, bypass = bypass,
  }
end

return rules
