--- What protects a branch: classic protection and rulesets, read together. Classic protection in full is for admins;
-- others see from the branch that it is protected, and by which checks. Of a ruleset everybody sees the rules that
-- bear on a branch, and who may write the ruleset also sees who may bypass it.
--
-- What the token may not see is never taken for harmless: bypass and enforced_for_admins stay nil, `merge.seen` is false,
-- and a forced update or a deletion counts as allowed until a rule is seen that forbids it.

local firmness = require "firmness"
local text = require "text"

local rules = {}

local NEEDS = "administration: read"

local METHODS = { "merge", "rebase", "squash" }

-- What a rule asks for that nobody here looks at, for people.
local OTHERS = {
  code_owners = "an approval of code owners", last_push = "an approval by somebody else than the last pusher",
  conversations = "resolved conversations", signatures = "signed commits", restrictions = "a pusher who is on its list",
  deployments = "deployments that went well", workflows = "workflows that pass",
}

-- The rules that bear on no merge of a pull request, and those that are told as something else than OTHERS.
local JUDGED = {}
for name in ([[creation deletion non_fast_forward branch_name_pattern tag_name_pattern copilot_code_review
  required_status_checks pull_request required_linear_history merge_queue update]]):gmatch "%S+" do JUDGED[name] = true end
local OF_TYPE = { required_deployments = OTHERS.deployments, required_signatures = OTHERS.signatures, workflows = OTHERS.workflows }

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

-- What classic protection asks for that relrun does not look at.
local function others_of(f, record, reviews)
  local found = {}
  local function add(asked, words) if asked then found[#found + 1] = words end end
  add(reviews and f.flag_or(reviews, "require_code_owner_reviews", false), OTHERS.code_owners)
  add(reviews and f.flag_or(reviews, "require_last_push_approval", false), OTHERS.last_push)
  add(enabled(f, record, "required_conversation_resolution"), OTHERS.conversations)
  add(enabled(f, record, "required_signatures"), OTHERS.signatures)
  add(f.record_or(record, "restrictions"), OTHERS.restrictions)
  return found
end

local function read_protection(f, record)
  local checks = f.record_or(record, "required_status_checks")
  local reviews = f.record_or(record, "required_pull_request_reviews")
  return {
    checks = checks and read_checks(f, checks) or {}, strict = checks ~= nil and f.flag_or(checks, "strict", false),
    enforced = enabled(f, record, "enforce_admins"), pull_request = reviews ~= nil,
    approvals = reviews and f.integer_or(reviews, "required_approving_review_count", 0) or 0,
    force_push = enabled(f, record, "allow_force_pushes"), deletion = enabled(f, record, "allow_deletions"),
    bypass = allowances(f, reviews), linear = enabled(f, record, "required_linear_history"),
    locked = enabled(f, record, "lock_branch"), others = others_of(f, record, reviews),
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
    force_push = true, deletion = true, linear = false, locked = false, others = {}, partial = true,
    by_rulesets = not seen.classic and #seen.checks == 0 }
end

local function read_rule(f, record)
  local rule = { type = f.text(record, "type"), ruleset = f.integer_or(record, "ruleset_id", false) }
  local parameters = f.record_or(record, "parameters") or {}
  if rule.type == "required_status_checks" then
    rule.checks = {}
    for _, check in ipairs(f.list(parameters, "required_status_checks")) do
      local app = f.integer_or(check, "integration_id", false)
      table.insert(rule.checks, { name = f.text(check, "context"), app = app and app > 0 and app })
    end
    rule.strict = f.flag_or(parameters, "strict_required_status_checks_policy", false)
  elseif rule.type == "pull_request" then
    rule.approvals = f.integer_or(parameters, "required_approving_review_count", 0)
    rule.methods = parameters.allowed_merge_methods and f.list(parameters, "allowed_merge_methods")
    rule.others = {}
    for _, row in ipairs { { "require_code_owner_review", OTHERS.code_owners }, { "require_last_push_approval", OTHERS.last_push },
      { "required_review_thread_resolution", OTHERS.conversations } } do
      if f.flag_or(parameters, row[1], false) then table.insert(rule.others, row[2]) end
    end
  elseif not JUDGED[rule.type] then
    rule.others = { OF_TYPE[rule.type] or "the rule " .. text.line(rule.type) }
  end
  return rule
end

-- Who may go past a ruleset: "nobody", "others" (no admins among them), "admins", "us" (and who else is not told); nil
-- where the token is not told. And whether this very token may: GitHub then merges what the ruleset forbids.
local function bypass_of(self, ruleset)
  local found, trouble, fault = self.rest:one(self:at("rulesets/%d", ruleset), function (f, record)
    local ours = f.text_or(record, "current_user_can_bypass", "never") ~= "never"
    if record.bypass_actors == nil then return { who = ours and "us" or nil, ours = ours } end
    local actors = f.each(f.list(record, "bypass_actors"), function (inner, actor)
      local kind = inner.text(actor, "actor_type")
      return kind == "OrganizationAdmin" or kind == "RepositoryRole"
    end)
    for _, admin in ipairs(actors) do
      if admin then return { who = "admins", ours = ours } end
    end
    return { who = #actors > 0 and "others" or "nobody", ours = ours }
  end, { query = { includes_parents = "true" } })
  if found then return found end
  if fault and (fault.status == 404 or fault.status == 403) then return {} end
  return nil, trouble
end

local function add_checks(into, checks, protection)
  for _, check in ipairs(checks) do
    into[#into + 1] = { name = check.name, app = check.app, enforced_for_admins = protection.enforced_for_admins,
      bypass = protection.bypass }
  end
end

-- The methods that are in both lists.
local function both(methods, allowed)
  local kept, is_allowed = {}, {}
  for _, method in ipairs(allowed) do is_allowed[method] = true end
  for _, method in ipairs(methods) do
    if is_allowed[method] then kept[#kept + 1] = method end
  end
  return kept
end

-- Adds what a rule or a protection asks of a merge: each asks for at least as much as the others.
local function add_to_merge(merge, asked)
  for _, check in ipairs(asked.checks or {}) do table.insert(merge.checks, { name = check.name, app = check.app }) end
  if asked.methods then merge.methods = both(merge.methods, asked.methods) end
  merge.strict = merge.strict or asked.strict or false
  merge.approvals = math.max(merge.approvals, asked.approvals or 0)
  merge.reviewed = merge.reviewed or asked.pull_request or asked.type == "pull_request"
  merge.linear = merge.linear or asked.linear or asked.type == "required_linear_history"
  merge.queue = merge.queue or asked.type == "merge_queue"
  merge.locked = merge.locked or asked.locked or asked.type == "update"
  for _, words in ipairs(asked.others or {}) do merge.others[words] = true end
end

-- Adds what a rule of a ruleset says.
local function add_rule(result, rule, protection)
  if rule.checks then
    add_checks(result.checks, rule.checks, protection)
    result.strict = result.strict or rule.strict
  elseif rule.type == "pull_request" then
    result.pull_request, result.approvals = true, math.max(result.approvals, rule.approvals)
  elseif rule.type == "non_fast_forward" then
    result.force_push = false
  elseif rule.type == "deletion" then
    result.deletion = false
  end
  if not protection.ours then add_to_merge(result.merge, rule) end
end

-- Adds what the rulesets' rules say.
local function add_rules(self, result, list)
  local by_ruleset = {}
  for _, rule in ipairs(list) do
    local protection = by_ruleset[rule.ruleset]
    if rule.ruleset and not protection then
      local found, trouble = bypass_of(self, rule.ruleset)
      if not found then return nil, trouble end
      protection = { ours = found.ours }
      if found.who then protection.bypass = found.who ~= "nobody" end
      if found.who and found.who ~= "us" then protection.enforced_for_admins = found.who ~= "admins" end
      by_ruleset[rule.ruleset] = protection
    end
    add_rule(result, rule, protection or {})
  end
  return true
end

-- Does classic protection hold this token? Where it is not enforced for admins, GitHub merges for them whatever it says;
-- an app is none.
local function holds_us(self, old)
  if old.enforced ~= false then return true end
  local permission, trouble = self:permission()
  if permission == nil then return nil, trouble end
  return permission ~= "admin"
end

-- Adds classic protection.
local function add_classic(self, result, old)
  add_checks(result.checks, old.checks, { enforced_for_admins = old.enforced, bypass = old.bypass })
  result.strict, result.pull_request, result.approvals = old.strict, old.pull_request, old.approvals
  result.force_push, result.deletion = old.force_push, old.deletion
  local ours, trouble = holds_us(self, old)
  if ours == nil then return nil, trouble end
  if ours then add_to_merge(result.merge, old) end
  result.merge.seen = not old.partial
  return true
end

-- One entry for each name and app: of several protections that require it the firmest counts, for who goes past another
-- one is still held by that.
local function sorted_checks(list)
  local found, by_key = {}, {}
  for _, check in ipairs(list) do
    local key = check.name .. "\0" .. tostring(check.app)
    local at = by_key[key]
    if not at then
      found[#found + 1] = check
      by_key[key] = #found
    elseif firmness.of(check) > firmness.of(found[at]) then
      found[at] = check
    end
  end
  table.sort(found, function (a, b)
    if a.name ~= b.name then return a.name < b.name end
    return (a.app or 0) < (b.app or 0)
  end)
  return found
end

local function sorted_keys(set)
  local found = {}
  for key in pairs(set) do found[#found + 1] = key end
  table.sort(found)
  return found
end

--- See forge.reads.
---@param branch string
---@return forge.rules|nil, problem
function rules.rules(self, branch)
  local old, trouble = classic(self, branch)
  if old == nil then return nil, trouble end
  local list, fault
  list, trouble, fault = self.rest:all(self:at("rules/branches/%s", branch), read_rule)
  -- Where the plan of a private repository has neither protection nor rulesets, nothing protects it.
  if fault and fault.status == 403 and (fault.message or ""):find "^Upgrade to GitHub" then list = {} end
  if not list then return nil, trouble end
  -- A branch that is protected by rulesets alone says no more of itself than that it is protected.
  if old and old.by_rulesets and #list > 0 then old = false end
  local result = { checks = {}, strict = false, pull_request = false, approvals = 0, force_push = true, deletion = true,
    merge = { methods = { table.unpack(METHODS) }, linear = false, queue = false, locked = false, strict = false,
      approvals = 0, reviewed = false, checks = {}, others = {}, seen = true } }
  local done = true
  if old then done, trouble = add_classic(self, result, old) end
  if done then done, trouble = add_rules(self, result, list) end
  if not done then return nil, trouble end
  local merge = result.merge
  merge.checks, merge.others = sorted_checks(merge.checks), sorted_keys(merge.others)
  return {
    protected = old and true or #list > 0, required_checks = sorted_checks(result.checks), strict = result.strict,
    pull_request_required = result.pull_request, approvals = result.approvals, force_push = result.force_push,
    deletion = result.deletion, merge = merge,
  }
end

return rules
