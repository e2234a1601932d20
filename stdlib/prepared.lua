--- What prepare left: the pull request of a lane, found and held against what this spec would prepare at the same
-- commit. Only a head that comes out byte by byte is published; so neither a commit that somebody added nor a merge of
-- the base into it ("Update branch") can pass for what was approved.

local holds = require "forge".holds
local observe = require "observe"
local problem = require "problem"
local template = require "template"
local text = require "text"

local prepared = {}

local function any(part) return part end

--- Is this the name of a branch that the lane's prepare could have made?
---@param lane table
---@param branch string
---@return boolean
function prepared.fits(lane, branch)
  if not lane.step.branch then return false end
  local compiled = template.compile(lane.step.branch.name, { "date", "sha", "lane", "version" })
  return compiled:match(branch, { date = any, sha = any, version = any,
    lane = function (part) return part == lane.name and part or nil end }) ~= nil
end

--- Is this pull request one that the lane's prepare could have made?
---@param lane table
---@param pull forge.pull
---@return boolean
function prepared.is_of(lane, pull)
  return pull.same_repository and pull.base.branch == lane.base and prepared.fits(lane, pull.head.branch)
end

local function name_pulls(list)
  local names = {}
  for i, pull in ipairs(list) do names[i] = ("#%d (%s)"):format(pull.number, text.line(pull.head.branch)) end
  return table.concat(names, ", ")
end

-- The open pull requests that this lane's prepare could have made.
local function candidates(context)
  local pulls, trouble = context.forge("pulls", { state = "open", base = context.lane.base })
  if not pulls then return nil, trouble end
  local found = {}
  for _, pull in ipairs(pulls) do
    if prepared.is_of(context.lane, pull) then found[#found + 1] = pull end
  end
  return found
end

--- The number of the lane's open pull request with this head; nil where there is none, or no forge that could say.
---@param context table
---@param head string
---@return integer|nil
function prepared.number_of(context, head)
  for _, pull in ipairs(candidates(context) or {}) do
    if pull.head.oid == head then return pull.number end
  end
end

local function check_pull(context, pull)
  local lane = context.lane
  local what = ("pull request #%d"):format(pull.number)
  if not pull.same_repository then
    return problem.refuse("denied", what .. " comes from another repository", "a release is prepared in this one")
  elseif pull.base.branch ~= lane.base then
    return problem.refuse("denied", ("%s goes into %s, and lane %s releases %s"):format(what,
      text.line(pull.base.branch), lane.name, text.line(lane.base)))
  elseif not prepared.fits(lane, pull.head.branch) then
    return problem.refuse("denied", ("%s is of branch %s, which is none of lane %s's (%s)"):format(what,
      text.line(pull.head.branch), lane.name, text.line(lane.step.branch.name)))
  elseif pull.state == "closed" then
    return problem.refuse("denied", what .. " was closed", "prepare anew: relrun prepare")
  end
  return true
end

--- The pull request that is to be published: the one that was named, the one of the event, or the only open one.
---@param context table
---@return forge.pull|nil, problem of kind "nothing" when there is none
function prepared.find(context)
  local event = context.ci.pull_request
  local number = context.flags.pull_request or event and event.number
  local pull, trouble
  if number then
    pull, trouble = context.forge("pull", number)
    if trouble then return nil, trouble end
    if not pull then
      return problem.refuse("usage", ("there is no pull request #%d"):format(number), "see relrun help publish")
    end
  else
    local found
    found, trouble = candidates(context)
    if not found then return nil, trouble end
    if #found > 1 then
      return problem.refuse("usage", ("several pull requests of lane %s are open: %s"):format(context.lane.name,
        name_pulls(found)), "name one: --pull-request N")
    end
    pull = found[1]
    if not pull then
      return problem.refuse("nothing", ("no pull request of lane %s is open"):format(context.lane.name),
        "make one: relrun prepare; one that was merged before its release is published by --pull-request N")
    end
  end
  local ok
  ok, trouble = check_pull(context, pull)
  -- An event comes for every pull request; a number was meant.
  if not ok and not context.flags.pull_request then trouble.kind = "nothing" end
  if not ok then return nil, trouble end
  return pull
end

-- A base that is no part of the base branch any more would bring back what was taken out of it. One whose head is on it is.
local function check_base(context, base)
  if context.pull.state == "merged" then return true end
  local found, trouble = context.forge("compare", base, context.remote_refs["refs/heads/" .. context.lane.base])
  if not found then return nil, trouble end
  if holds(found) then return true end
  return problem.refuse("denied", ("pull request #%d was prepared at %s, which is not on %s any more"):format(
    context.pull.number, base:sub(1, 12), text.line(context.lane.base)), "prepare anew: relrun prepare")
end

--- Is a tag at this commit?
---@param refs table<string, string> the remote's
---@param oid string
---@return boolean
function prepared.is_tagged(refs, oid)
  for name, at in pairs(refs) do
    if at == oid and name:find("^refs/tags/") then return true end
  end
  return false
end

-- Who squashed or rebased it took its commits apart from the base branch, and a tag on them would stay outside.
local function check_merged(context)
  local pull, base = context.pull, context.lane.base
  if pull.state ~= "merged" then return true end
  local found, trouble = context.forge("compare", pull.head.oid, context.remote_refs["refs/heads/" .. base])
  if not found then return nil, trouble end
  if holds(found) then return true end
  return problem.refuse("denied", ("pull request #%d was squashed or rebased, so %s does not hold its head %s"):format(
    pull.number, text.line(base), pull.head.oid:sub(1, 12)), prepared.is_tagged(context.remote_refs, pull.head.oid)
      and ("it is tagged already and stays so: `git merge %s` into a new branch of %s, and open a pull request of it"):format(
        pull.head.oid:sub(1, 12), text.line(base)) or "undo that merge, and prepare anew: relrun prepare")
end

local function refuse_head(pull, format, ...)
  return problem.refuse("denied", ("the head of pull request #%d (%s) is not what prepare makes: %s"):format(
    pull.number, pull.head.oid:sub(1, 12), format:format(...)),
    "a release holds nothing but what was prepared; make it anew with relrun prepare, and have that approved")
end

--- Plans what was prepared once more, at the commit where prepare stood; it must give the very head.
---@param context table with the pull request as `pull`
---@param anchor string the commit that the head was made from
---@param try fun(context: table, base: table, masked: boolean): table|nil, problem
---@return table|nil builder, problem
function prepared.plan(context, anchor, try)
  local pull = context.pull
  if pull.head.oid == anchor then return refuse_head(pull, "its last commit is not one that relrun prepares") end
  local ok, trouble = check_base(context, anchor)
  if ok then ok, trouble = check_merged(context) end
  if not ok then return nil, trouble end
  local base
  base, trouble = observe.commit(context, anchor)
  if not base then return nil, trouble end
  local self
  self, trouble = try(context, base, true)
  if not self then return nil, trouble end
  if #self.released == 0 then return refuse_head(pull, "this spec releases nothing there") end
  if self.tip ~= pull.head.oid then
    return refuse_head(pull, "this spec prepares %s there", self.tip:sub(1, 12))
  elseif self.branch ~= pull.head.branch then
    return refuse_head(pull, "this spec prepares branch %s there", text.line(self.branch))
  end
  return self
end

return prepared
