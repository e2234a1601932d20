--- Older release pull requests: those of the same lane that prepare made at an earlier commit of the base branch, and whose
-- place a newer one takes. Found by the mark that prepare leaves in their text, and held against the commits of their
-- heads, never by title alone; what looks like one and is not surely one is told, and left to people. Pure.

local lock_words = require "lock_words"
local prepared = require "prepared"
local pull_body = require "pull_body"
local releases = require "releases"
local text = require "text"

local superseded = {}

--- What the lock at the head of a release says against leaving that release; nil where it says nothing.
---@param checks forge.check[] the lock at that head
---@return string|nil
function superseded.lock_objection(checks)
  for _, check in ipairs(checks) do
    if lock_words.is_free(check) then return "its lock is free already" end
    if check.source == "status" and check.state == "pending"
      and check.description:find(lock_words.UNDER_WAY, 1, true) == 1 then
      return "publish is at work on it"
    end
  end
end

-- The packages of an older release that the newer one leaves out.
local function left_out(builder, names)
  local has, missing = {}, {}
  for _, decision in ipairs(builder.released) do has[decision.package.name] = true end
  for _, name in ipairs(names) do
    if not has[name] then missing[#missing + 1] = text.line(name) end
  end
  return missing
end

-- Are the commits of a head ours, each of them, made at a commit that the base holds?
---@return string|false|nil objection, problem
local function commits_objection(builder, head)
  local ok, trouble = builder.world:need(builder.model.release.remote, { ["refs/heads/" .. head.branch] = head.oid })
  if not ok then return nil, trouble end
  local anchor
  anchor, trouble = releases.anchor(builder.world, head.oid, builder.is_ours, builder.anchors)
  if not anchor then return nil, trouble end
  if anchor == head.oid then return "its last commit is not one that relrun prepares" end
  local held
  held, trouble = builder.world:holds(builder.base.oid, anchor)
  if held == nil then return nil, trouble end
  return not held and ("%s, below its release commits, is not on %s"):format(anchor:sub(1, 12),
    text.line(builder.lane.base))
end

-- Why a pull request is not to be closed; false where nothing stands against it.
---@return string|false|nil objection, problem
local function objection(builder, pull, said)
  local missing = left_out(builder, said.packages)
  if #missing > 0 then return ("it releases %s, and the new one does not"):format(table.concat(missing, ", ")) end
  if builder.remote_refs["refs/heads/" .. pull.head.branch] ~= pull.head.oid then
    return "its branch moved meanwhile"
  elseif prepared.is_tagged(builder.remote_refs, pull.head.oid) then
    return "its tags are out; relrun publish ends what was begun"
  end
  local lock = builder.lane.step.pull_request.lock
  if lock then
    local checks, trouble = builder.forge("checks", pull.head.oid, builder.list { lock })
    if not checks then return nil, trouble end
    local why = superseded.lock_objection(checks)
    if why then return why end
  end
  return commits_objection(builder, pull.head)
end

--- The open pull requests whose place the one takes that is being prepared. Those that are left open although they look
-- like a release of this lane are warned of.
---@param builder table whose release is prepared: branch, base and released are known
---@return forge.pull[]|nil, problem
function superseded.find(builder)
  local lane = builder.lane
  local pulls, trouble = builder.forge("pulls", { state = "open", base = lane.base })
  if not pulls then return nil, trouble end
  local found = {}
  for _, pull in ipairs(pulls) do
    local said = pull_body.release(pull.body)
    if prepared.is_of(lane, pull) and pull.head.branch ~= builder.branch and (not said or said.lane == lane.name) then
      local why
      if said then why, trouble = objection(builder, pull, said) else why = "its text bears no mark of prepare's" end
      if why == nil then return nil, trouble end
      if why then
        builder:warn(("pull request #%d (%s) looks like an older release of lane %s and stays open: %s"):format(pull.number,
          text.line(pull.head.branch), lane.name, why))
      else
        found[#found + 1] = pull
      end
    end
  end
  return found
end

return superseded
