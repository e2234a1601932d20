--- Step `status`: a commit status at the release commit, under a name of the spec's. The operation `status` posts one; the
-- lock of a pull request is made of it, too: pending from prepare on, success only when the release is public, and
-- failure with a link when publishing stops, because a status that stays pending tells nobody anything.

local lock_words = require "lock_words"
local shape = require "shape"
local text = require "text"

local status = { word = "status", on_forge = true, ops = {} }

-- What the forge keeps of a description (GitHub's limit).
local LONGEST = 140

--- Adds the operation that posts a status.
---@param builder table
---@param args { oid: string, context: string, state: string, description: string, passed: boolean|nil,
--- watch: boolean|nil, over: string[]|nil, optional: boolean|nil, app: integer|nil }
function status.post(builder, args)
  args.description = text.shorten(text.line(args.description), LONGEST)
  return builder:op("forge", "status", "reversible", args)
end

--- The step: a status of the spec's own.
function status.plan(builder, step)
  local words, trouble = builder:render(step.description, builder:places_of_all())
  if not words then return nil, trouble end
  status.post(builder, { oid = builder.tip, context = step.context, state = step.state, description = words,
    optional = step.optional or nil })
  return true
end

-- The latest status of this name, or nil.
local function current(op, doors)
  local forge, trouble = doors.forge()
  if not forge then return nil, trouble end
  local checks
  checks, trouble = forge:checks(op.args.oid, { op.args.context })
  if not checks then return nil, trouble end
  for _, check in ipairs(checks) do
    if check.source == "status" then return check end
  end
  return false
end

local function post(op, doors, state, description)
  local forge, trouble = doors.forge()
  if not forge then return nil, trouble end
  return forge:post_status(op.args.oid, { context = op.args.context, state = state,
    description = text.shorten(text.line(description), LONGEST), url = doors.link() or nil, app = op.args.app })
end

-- Does what stands there count, where the forge takes it from one app alone?
local function is_of_app(op, doors)
  if not op.args.app then return true end
  local forge, trouble = doors.forge()
  if not forge then return nil, trouble end
  local poster
  poster, trouble = forge:poster(op.args.oid, op.args.context)
  if poster == nil then return nil, trouble end
  return poster and (poster.app == nil or poster.app == op.args.app)
end

local function probe(op, doors)
  local now, trouble = current(op, doors)
  if now == nil then return nil, trouble end
  if not now then return "ABSENT" end
  local same = now.state == op.args.state and now.description == op.args.description
  -- `over`: only where nothing was said before, or what begins so.
  if op.args.over and not same then return lock_words.begins(now.description, op.args.over) and "ABSENT" or "DONE" end
  -- `passed`: on the way to success; a lock that is free is not set back.
  if not same and not (op.args.passed and lock_words.is_free(now)) then return "ABSENT" end
  -- `app`: what anybody else says does not count.
  local counts
  counts, trouble = is_of_app(op, doors)
  if counts == nil then return nil, trouble end
  return counts and "DONE" or "ABSENT"
end

status.ops.status = {
  shape = { oid = shape.oid, context = shape.line, state = shape.one_of("pending", "success", "failure", "error"),
    description = shape.text, passed = shape.maybe(shape.flag), watch = shape.maybe(shape.flag),
    over = shape.maybe(shape.list(shape.line)), optional = shape.maybe(shape.flag), app = shape.maybe(shape.count) },
  can = "statuses",
  describe = function (op)
    return ("status %s of %s: %s, \"%s\""):format(text.line(op.args.context), op.args.oid:sub(1, 12), op.args.state,
      text.line(op.args.description))
  end,
  probe = probe,
  -- A word that may not be said over everything is looked for once more: a moment ago somebody may have said another.
  perform = function (op, doors)
    if op.args.over then
      local state, trouble = probe(op, doors)
      if state ~= "ABSENT" then return state and true, trouble end
    end
    return post(op, doors, op.args.state, op.args.description)
  end,
  -- `watch`: whoever waits for this status is told that nothing will come of it for now. A run that lost a race leaves
  -- the word to the one that won.
  stop = function (op, doors, _, refusal)
    if not op.args.watch or refusal.kind == "locked" or refusal.kind == "nothing" then return end
    local now = current(op, doors)
    -- A guard's word that it is no release does not free it either.
    local waits = now and (now.state == "pending" or now.state == "success" and not lock_words.is_free(now))
    if waits then post(op, doors, "failure", "stopped: " .. refusal.text) end
  end,
}

return status
