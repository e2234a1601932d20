--- Cargo.lock: the version of a crate of this workspace, which is the [[package]] of that name without a
-- `source`.
--
-- Where two packages share a name, Cargo writes the version into the dependants' lists ("core 0.1.0");
-- those entries change too.

local source = require "files.source"
local tree = require "files.tree"
local toml_parser = require "files.toml_parser"

local parse = tree.remembering(toml_parser.parse)

local cargo_lock = { name = "cargo_lock", doc = "Cargo.lock; `at` is the name of a crate of this workspace" }

local function member(node, name)
  local found = node.kind == "table" and node.members[name]
  return found and found.kind == "string" and found.value or nil
end

local function packages(root)
  local list = root.members.package
  return list and list.items or {}
end

local function locate(text, name)
  if type(name) ~= "string" then error("a selector must be a string", 3) end
  local root, problem = parse(text)
  if not root then return nil, problem end
  local own
  for _, node in ipairs(packages(root)) do
    if member(node, "name") == name and not node.members.source then
      if own then
        return nil, source.message(text, node.at,
          ("a second crate %s without a source; the first is on line %d"):format(
            source.shown(name), source.line(text, own.at)))
      end
      own = node
    end
  end
  if not own then return nil, "no crate " .. source.shown(name) .. " without a source in Cargo.lock" end
  local version, message = tree.string(text, own, { "version" })
  if not version then return nil, message end
  return version, nil, root
end

--- The version of a crate of this workspace.
---@param text string
---@param at string the crate's name
---@return string|nil version
---@return string|nil message
function cargo_lock.read(text, at)
  local node, message = locate(text, at)
  if not node then return nil, message end
  return node.value
end

--- The splices that change it, in its [[package]] and in the lists of its dependants.
---@param text string
---@param at string
---@param old string
---@param new string
---@return table[]|nil splices
---@return string|nil message
function cargo_lock.edit(text, at, old, new)
  local own, message, root = locate(text, at)
  if not own then return nil, message end
  local splices, problem = tree.replace(text, { own }, old, new)
  if not splices or #splices == 0 then return splices, problem end
  local exact = at .. " " .. old
  for _, node in ipairs(packages(root)) do
    local version = member(node, "version")
    if member(node, "name") == at and node.members.source and (version == old or version == new) then
      return nil, source.message(text, node.at, ("%s %s also comes from a registry: run `cargo update`"):format(
        source.shown(at), source.shown(version)))
    end
    local list = node.kind == "table" and node.members.dependencies
    for _, item in ipairs(list and list.items or {}) do
      if item.kind == "string" and item.value == exact then
        if item.last - item.first + 1 ~= #exact then
          return nil, source.message(text, item.at, "an escape in a dependency: not edited")
        end
        splices[#splices + 1] = { at = item.first - 1 + #at + 1, remove = #old, insert = new }
      end
    end
  end
  table.sort(splices, function (a, b) return a.at < b.at end)
  return splices
end

return cargo_lock
