--- The files of a release while it is planned: what the base commit holds, and the edits made so far, as byte splices
-- with the object ids before and after. Nothing is written; the ids are computed.

local files = require "files"
local problem = require "problem"
local text = require "text"

local workspace = {}

---@class workspace
local methods = {}
methods.__index = methods

--- The workspace of a commit.
function workspace.new(world, commit)
  return setmetatable({ world = world, commit = commit, files = {}, pending = {}, all = {} }, methods)
end

--- The bytes of a file as they are now, or nil when there is none.
---@return { bytes: string, oid: string|nil, mode: string }|nil, problem
function methods:read(path)
  local known = self.files[path]
  if known == nil then
    local found, trouble = self.world:blob(self.commit, path)
    if trouble then return nil, trouble end
    known = found and { bytes = found.bytes, oid = found.oid, mode = found.mode } or false
    self.files[path] = known
  end
  return known or nil
end

--- Edits a file by splices (a new file: one splice at 0). No splices change nothing.
---@return true|nil, problem
function methods:edit(path, splices)
  if #splices == 0 then return true end
  local now, trouble = self:read(path)
  if trouble then return nil, trouble end
  local bytes = files.splice(now and now.bytes or "", splices)
  local after, message = self.world:hash("blob", bytes)
  if not after then return problem.refuse("error", ("%s: %s"):format(text.line(path), message)) end
  if now and after == now.oid then return true end
  local edit = { path = path, mode = now and now.mode or "100644", before = now and now.oid or nil, after = after,
    splices = splices }
  self.files[path] = { bytes = bytes, oid = after, mode = edit.mode }
  self.pending[#self.pending + 1] = edit
  self.all[path] = { path = path, mode = edit.mode, oid = after }
  return true
end

--- The edits since the last call, for the commit that is made now.
function methods:take()
  local edits = self.pending
  self.pending = {}
  return edits
end

--- The tree that all edits so far make of the base commit's.
---@return string|nil oid, problem
function methods:tree(base_tree)
  local paths, changes = {}, {}
  for path in pairs(self.all) do paths[#paths + 1] = path end
  table.sort(paths)
  for i, path in ipairs(paths) do changes[i] = self.all[path] end
  return self.world:edited_tree(base_tree, changes)
end

return workspace
