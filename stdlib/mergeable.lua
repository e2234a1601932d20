--- What stands against the merge of a release's pull request, told before the release is out: a merge that the forge
-- refuses afterwards leaves a public release beside an open pull request. The branch's rules are asked for what they
-- want of a merge by this very token; what the token may not see of them is warned of. Pure: it asks through a function.
--
-- An objection is a problem: "denied" where only another release or other rules help, "waiting" where it comes by itself or
-- by somebody's doing.

local holds = require "forge".holds
local people = require "gates.people"
local problem = require "problem"
local reviews = require "gates.reviews"
local text = require "text"

local mergeable = {}

---@class mergeable.wanted
---@field base string the branch
---@field base_oid string|nil where it stands; only for `pull`
---@field method string "merge"
---@field lock string|false the check that relrun itself makes green

local TAG_OUTSIDE = "the tag of a pull request that is squashed or rebased would not be on it"

local function has(list, wanted)
  for _, one in ipairs(list) do
    if one == wanted then return true end
  end
  return false
end

-- How a merge is made: neither may any release of this lane be merged otherwise, nor can relrun wait.
local function judge_ways(rules, wanted)
  local base = text.line(wanted.base)
  if rules.locked then
    return problem.new("denied", ("%s is locked: its rules let nobody update it"):format(base), "unlock it")
  elseif rules.queue then
    return problem.new("denied", ("%s takes pull requests from a merge queue alone, and relrun merges by itself and cannot enqueue")
      :format(base), "take the queue off its rules, have them let relrun's token go past them, or say merge = \"never\" in the lane "
      .. "and enqueue the pull request when its release is out")
  elseif not has(rules.methods, wanted.method) then
    return problem.new("denied", ("the rules of %s allow no merge commits%s, and %s"):format(base,
      #rules.methods > 0 and (" (but %s)"):format(table.concat(rules.methods, ", ")) or "", TAG_OUTSIDE),
      "allow merge commits in the rules of " .. base)
  elseif rules.linear and wanted.method == "merge" then
    return problem.new("denied", ("%s asks for a linear history, which has no merge commits, and %s"):format(base, TAG_OUTSIDE),
      "ask for no linear history in the rules of " .. base)
  end
end

--- What stands against merging anything of this lane: its method, a queue, a locked branch.
---@param ask fun(method: string, ...): any, problem a question to the forge; see forge.reads
---@param wanted mergeable.wanted
---@return problem|false|nil objection, problem
function mergeable.branch(ask, wanted)
  local repository, trouble = ask "repository"
  if not repository then return nil, trouble end
  if not has(repository.merge_methods, wanted.method) then
    return problem.new("denied",
      ("%s allows no merge commits, and the tag of a pull request that is squashed or rebased would not be on %s"):format(
      text.line(repository.name), text.line(wanted.base)), "allow merge commits in the repository's settings")
  end
  local rules
  rules, trouble = ask("rules", wanted.base)
  if not rules then return nil, trouble end
  return judge_ways(rules.merge, wanted) or false
end

--- The app alone whose word the branch takes for this check; false where it takes anybody's.
---@param rules forge.rules
---@param lock string
---@return integer|false
function mergeable.app(rules, lock)
  for _, check in ipairs(rules.required_checks) do
    if check.name:lower() == lock:lower() and check.app then return check.app end
  end
  return false
end

--- What stands against freeing the lock with this token: the branch takes it from one app, and the token is a person's. Of
-- an app's token the status itself tells whose it is, once it is posted.
---@param ask fun(method: string, ...): any, problem
---@param wanted mergeable.wanted
---@return problem|false|nil objection, problem
---@return integer|nil app that the lock is taken from
function mergeable.lock(ask, wanted)
  local rules, trouble = ask("rules", wanted.base)
  if not rules then return nil, trouble end
  local app = mergeable.app(rules, wanted.lock)
  if not app then return false end
  local identity
  identity, trouble = ask "identity"
  if not identity then return nil, trouble end
  if identity.app ~= false then return false, nil, app end
  return problem.new("denied",
    ("%s takes the check '%s' from app %d alone, and the token is a person's, whose word it does not count"):format(
    text.line(wanted.base), text.line(wanted.lock), app),
    "release with a token of that app, or have the rules take the check from any source")
end

-- GitHub's measure of what satisfies a required check; a gate of the lane's may be stricter.
local SATISFIES = { success = true, skipped = true, neutral = true }

-- What a required check came to: its worst entry counts, for a check and a status of one name are both required. Who posted
-- a status is not told beside it; where an app is asked for, a status speaks for nobody but where its poster is that app.
local function outcome(ask, required, list, oid)
  local worst
  for _, check in ipairs(list) do
    local same = check.source == "status" and check.name:lower() == required.name:lower() or check.name == required.name
    local counts = same and (not required.app or check.app == required.app)
    if same and required.app and check.source == "status" then
      local poster, trouble = ask("poster", oid, check.name)
      if poster == nil then return nil, trouble end
      counts = poster and (poster.app == nil or poster.app == required.app)
    end
    if counts and (not worst or check.state == "pending" and SATISFIES[worst.state]
      or check.state ~= "pending" and not SATISFIES[check.state]) then
      worst = check
    end
  end
  return worst or false
end

local function check_objection(required, found, wanted, oid)
  local name, base = text.line(required.name), text.line(wanted.base)
  local again = "run the same command again when it is green (relrun publish --wait does so by itself)"
  if not found then
    return problem.new("waiting", ("%s requires the check '%s', which nobody reported%s for %s"):format(base, name,
      required.app and (" as app %d"):format(required.app) or "", oid:sub(1, 12)), again)
  elseif found.state == "pending" then
    return problem.new("waiting", ("%s requires the check '%s', which is not finished for %s"):format(base, name,
      oid:sub(1, 12)), again)
  elseif not SATISFIES[found.state] then
    return problem.new("denied", ("%s requires the check '%s', which ended with %s for %s"):format(base, name,
      text.line(found.state), oid:sub(1, 12)), "repair it, or run it again if it was not the commit's fault")
  end
end

-- The required checks but for the lock. One that failed is told before those that are waited for.
local function judge_checks(ask, rules, wanted, oid)
  local names, required = {}, {}
  for _, check in ipairs(rules.checks) do
    if not (wanted.lock and check.name:lower() == wanted.lock:lower()) then
      required[#required + 1] = check
      if names[#names] ~= check.name then names[#names + 1] = check.name end
    end
  end
  if #required == 0 then return false end
  local list, trouble = ask("checks", oid, names)
  if not list then return nil, trouble end
  local first
  for _, check in ipairs(required) do
    local found
    found, trouble = outcome(ask, check, list, oid)
    if found == nil then return nil, trouble end
    local objection = check_objection(check, found, wanted, oid)
    if objection and (not first or objection.kind == "denied") then first = objection end
    if objection and objection.kind == "denied" then break end
  end
  return first or false
end

-- The reviews as GitHub counts them: the latest word of each person who may write, whatever head it was given for.
local function judge_reviews(ask, rules, wanted, pull)
  if not rules.reviewed and rules.approvals == 0 then return false end
  local list, trouble = ask("reviews", pull.number)
  if not list then return nil, trouble end
  local approved, refused = 0, nil
  for _, review in ipairs(reviews.latest(list)) do
    local counts
    counts, trouble = people.fits(ask, review.user, { roles = { "write" } })
    if counts == nil then return nil, trouble end
    if counts and review.state == "approved" then approved = approved + 1 end
    if counts and review.state == "changes_requested" then refused = refused or review.user end
  end
  if refused then
    return problem.new("denied", ("%s requested changes of pull request #%d, and %s heeds that"):format(text.line(refused),
      pull.number, text.line(wanted.base)), "answer the review, and have it approved or dismissed")
  elseif approved < rules.approvals then
    return problem.new("waiting", ("%s asks for %s, and pull request #%d has %d"):format(text.line(wanted.base),
      text.plural(rules.approvals, "approval"), pull.number, approved), "have it approved by one more who may write")
  end
  return false
end

-- Whoever brings the base into the branch makes another head than the one that was approved.
local function judge_standing(ask, rules, wanted, pull)
  if not rules.strict then return false end
  local found, trouble = ask("compare", wanted.base_oid, pull.head.oid)
  if not found then return nil, trouble end
  if holds(found) then return false end
  return problem.new("denied", ("%s takes only what is up to date with it, and pull request #%d is behind it by %s"):format(
    text.line(wanted.base), pull.number, text.plural(found.behind, "commit")), "prepare anew: relrun prepare")
end

--- Must the head be up to date with the base, and is it not?
---@param ask fun(method: string, ...): any, problem
---@param wanted mergeable.wanted
---@param pull forge.pull
---@return boolean|nil, problem
function mergeable.is_behind(ask, wanted, pull)
  local rules, trouble = ask("rules", wanted.base)
  if not rules then return nil, trouble end
  local objection
  objection, trouble = judge_standing(ask, rules.merge, wanted, pull)
  if objection == nil then return nil, trouble end
  return objection ~= false
end

--- What stands against merging this open pull request at its head, but for its lock.
---@param ask fun(method: string, ...): any, problem
---@param wanted mergeable.wanted
---@param pull forge.pull as it stands
---@return problem|false|nil objection, problem
function mergeable.pull(ask, wanted, pull)
  local objection, trouble = mergeable.branch(ask, wanted)
  if objection or objection == nil then return objection, trouble end
  if pull.draft then
    return problem.new("waiting", ("pull request #%d is a draft, which no forge merges"):format(pull.number),
      "mark it ready for review")
  end
  local rules
  rules, trouble = ask("rules", wanted.base)
  if not rules then return nil, trouble end
  rules = rules.merge
  local waits
  for _, judge in ipairs {
    function () return judge_standing(ask, rules, wanted, pull) end,
    function () return judge_checks(ask, rules, wanted, pull.head.oid) end,
    function () return judge_reviews(ask, rules, wanted, pull) end,
  } do
    objection, trouble = judge()
    if objection == nil then return nil, trouble end
    if objection and objection.kind == "denied" then return objection end
    waits = waits or objection
  end
  return waits or false
end

--- What nobody here can judge of a merge, as a warning; nil where there is nothing of the kind.
---@param rules forge.merge_rules
---@param base string
---@return string|nil
function mergeable.warning(rules, base)
  local parts = {}
  if #rules.others > 0 then
    parts[1] = ("%s also asks for %s, at which relrun does not look"):format(text.line(base), table.concat(rules.others, " and "))
  end
  if not rules.seen then
    parts[#parts + 1] = ("the token may not see all that protects %s (it takes the right 'administration: read')"):format(text.line(base))
  end
  if #parts == 0 then return nil end
  return table.concat(parts, ", and ") .. ": a merge that this forbids is refused when the release is out"
end

return mergeable
