--- Commit statuses of a local forge: statuses/COMMIT/CONTEXT.json holds the latest of a context. A status belongs to one
-- commit and to no other.

local problem = require "problem"
local shape = require "shape"
local text = require "text"

local statuses = { methods = {} }

local methods = statuses.methods

local STATES = { "error", "failure", "pending", "success" }

-- As GitHub's.
local DESCRIPTION_MAX = 140

-- A file's name has 255 bytes, and file.write needs some of them.
local NAME_MAX = 200

local RULE = { context = shape.line, state = shape.one_of(table.unpack(STATES)), description = shape.text,
  url = shape.maybe(shape.line), user = shape.text, time = shape.text }

-- Contexts are one whatever their case. The bytes that a path gives a meaning are written %XX.
local function file_of(oid, context)
  local name = context:lower():gsub("[^%w_-]", function (byte)
    return byte == "." and "." or ("%%%02X"):format(byte:byte())
  end):gsub("^%.", "%%2E")
  if #name > NAME_MAX then return nil end
  return ("statuses/%s/%s.json"):format(oid, name)
end

--- See forge.lua: post_status. What is said of a context takes the place of what was said before.
function methods:post_status(oid, status)
  local trouble = self:needs("write", "post a status")
  if trouble then return nil, trouble end
  if not self.bare:has_commit(oid) then
    return problem.refuse("denied", ("there is no commit %s to post a status on"):format(text.line(oid)))
  end
  local name = file_of(oid, status.context)
  local value = { context = status.context, state = status.state, url = status.url, user = self.user, time = self.store:now(),
    description = status.description or "" }
  local where, wrong = shape.check("", value, RULE)
  if where or not name or text.width(value.description) > DESCRIPTION_MAX then
    return problem.refuse("denied", ("the status '%s' cannot be posted: %s"):format(text.line(tostring(status.context)),
      where and where .. ": " .. wrong or name and ("its description has more than %d characters"):format(DESCRIPTION_MAX)
        or "its context is too long"))
  end
  return self.store:locked(function () return self.store:write(name, value) end)
end

--- See forge.lua: poster.
function methods:poster(oid, context)
  local name = file_of(oid, context)
  local status, trouble
  if name then status, trouble = self.store:read(name, RULE) end
  if trouble then return nil, trouble end
  return status and { user = status.user, app = false } or false
end

--- See forge.lua: checks.
function methods:checks(oid, names)
  local folder = "statuses/" .. oid
  local list, trouble = self.store:names(folder)
  if not list then return nil, trouble end
  local wanted
  if names then
    wanted = {}
    for _, name in ipairs(names) do wanted[name:lower()] = true end
  end
  local checks = {}
  for _, name in ipairs(list) do
    local status, broken = self.store:read(folder .. "/" .. name, RULE)
    if status == nil then return nil, broken end
    if status and (not wanted or wanted[status.context:lower()]) then
      checks[#checks + 1] = { name = status.context, source = "status", state = status.state, app = false,
        description = status.description, url = status.url or false }
    end
  end
  table.sort(checks, function (a, b) return a.name < b.name end)
  return self.store:array(checks)
end

return statuses
