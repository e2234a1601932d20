--- The operation `supersede`: an older release pull request is told that a newer one takes its place, its lock fails, and it
-- is closed. Its branch stays. A part of the step `pull_request`.

local lock_words = require "lock_words"
local prepared = require "prepared"
local problem = require "problem"
local shape = require "shape"
local superseded = require "superseded"
local text = require "text"

local MARK = "<!-- relrun superseded by #%d at %s -->"

local LONGEST = 140 -- of a status, as in status.lua

-- The forge, and the pull request while it is open, or false.
local function open_pull(op, doors)
  local forge, trouble = doors.forge()
  if not forge then return nil, trouble end
  local pulls
  pulls, trouble = forge:pulls { state = "open", head = op.args.head, base = op.args.base }
  if not pulls then return nil, trouble end
  for _, pull in ipairs(pulls) do
    if pull.number == op.args.pull then return forge, pull end
  end
  return forge, false
end

local function lock_of(op, forge)
  if not op.args.lock then return {} end
  return forge:checks(op.args.oid, { op.args.lock })
end

-- What happened to it since it was planned: it moved, or somebody publishes it after all.
local function objection(op, doors, forge, pull)
  if pull.head.oid ~= op.args.oid then return "it has another head by now" end
  local refs, trouble = doors.remote_refs(op.args.remote)
  if not refs then return nil, trouble end
  if prepared.is_tagged(refs, op.args.oid) then return "its tags are out" end
  local checks
  checks, trouble = lock_of(op, forge)
  if not checks then return nil, trouble end
  return superseded.lock_objection(checks) or false
end

local function probe(op, doors)
  local forge, pull = open_pull(op, doors)
  if not forge then return nil, pull end
  if not pull then return "DONE" end
  local why, trouble = objection(op, doors, forge, pull)
  if why == nil then return nil, trouble end
  if why then return "DIFFERS", ("pull request #%d stays open: %s"):format(op.args.pull, why) end
  return "ABSENT"
end

-- Should somebody open it again, or another one at this head: it is no release that waits, and none that is out.
local function fail_lock(op, doors, forge)
  if not op.args.lock then return true end
  local checks, trouble = lock_of(op, forge)
  if not checks then return nil, trouble end
  local words = text.shorten(text.line(lock_words.SAID .. op.args.by_what), LONGEST)
  for _, check in ipairs(checks) do
    if check.source == "status" and check.state == "failure" and check.description == words then return true end
  end
  return forge:post_status(op.args.oid, { context = op.args.lock, state = "failure", description = words,
    url = doors.link() or nil })
end

-- A token that may not comment closes it all the same: the lock says as much.
local function say(op, doors, forge, number)
  local mark = MARK:format(number, op.args.oid)
  local comments, trouble = forge:comments(op.args.pull)
  if not comments then return nil, trouble end
  for _, one in ipairs(comments) do
    if one.body:find(mark, 1, true) then return true end
  end
  local ok
  ok, trouble = forge:comment(op.args.pull, ("Superseded by #%d. The branch stays.\n\n%s"):format(number, mark))
  if ok or trouble.kind == "unknown" or trouble.kind == "interrupted" then return ok, trouble end
  doors.warn(tostring(trouble))
  return true
end

local function describe(op)
  return ("close pull request #%d (%s), whose place the new one takes; its branch stays"):format(op.args.pull,
    text.line(op.args.head))
end

local function perform(op, doors, results)
  local state, detail = probe(op, doors)
  if state == "DONE" then return true end
  if state == nil then return nil, detail end
  if state == "DIFFERS" then return problem.refuse("denied", detail) end
  local newer = results[op.args.by]
  if not newer or not newer.number then error "a pull request is superseded before the newer one is there" end
  local forge, trouble = doors.forge()
  if not forge then return nil, trouble end
  local ok
  ok, trouble = fail_lock(op, doors, forge)
  if ok then ok, trouble = say(op, doors, forge, newer.number) end
  if ok then ok, trouble = forge:update_pull(op.args.pull, { state = "closed" }) end
  return ok and true, trouble
end

return {
  shape = { pull = shape.count, head = shape.name, base = shape.name, oid = shape.oid, remote = shape.name,
    lock = shape.maybe(shape.line), by = shape.result, by_what = shape.line, optional = shape.flag },
  can = "pulls",
  needs = "by",
  describe = describe,
  probe = probe,
  perform = perform,
}
