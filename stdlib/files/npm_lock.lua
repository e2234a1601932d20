--- package-lock.json and npm-shrinkwrap.json, lockfile versions 1, 2 and 3.
--
-- The root package's version stands at `version` and, since lockfile version 2, again at
-- `packages[""].version`. A workspace's stands at `packages["its/folder"].version`, which `at` selects; an
-- empty or absent `at` means the root.

local source = require "files.source"
local tree = require "files.tree"
local json_parser = require "files.json_parser"

local parse = tree.remembering(json_parser.parse)

local npm_lock = {
  name = "npm_lock",
  doc = 'an npm lockfile; `at` is a workspace\'s folder, as in "packages/x", or "" for the root package',
}

local function locate(text, at)
  local folder = at or ""
  if type(folder) ~= "string" then error("a selector must be a string", 3) end
  local root, problem = parse(text)
  if not root then return nil, problem end
  if root.kind ~= "table" then return nil, "line 1: an npm lockfile is an object" end
  local nodes = {}
  local function take(segments)
    local node, message = tree.string(text, root, segments)
    nodes[#nodes + 1] = node
    return node, message
  end
  local packages = root.members.packages
  if folder == "" and root.members.version then
    local node, message = take { "version" }
    if not node then return nil, message end
  end
  local own = packages and packages.kind == "table" and packages.members[folder]
  -- npm leaves the version out of both places when package.json has none: an absent second place is no
  -- mistake.
  if folder ~= "" or #nodes == 0 or (own and own.kind == "table" and own.members.version) then
    local node, message = take { "packages", folder, "version" }
    if not node then return nil, message end
  end
  table.sort(nodes, function (a, b) return a.first < b.first end)
  return nodes
end

--- The version of the root package or of a workspace.
---@param text string
---@param at string|nil
---@return string|nil version
---@return string|nil message
function npm_lock.read(text, at)
  local nodes, message = locate(text, at)
  if not nodes then return nil, message end
  for _, node in ipairs(nodes) do
    if node.value ~= nodes[1].value then
      return nil, source.message(text, node.first,
        ("holds %s, but line %d holds %s: run `npm install --package-lock-only`"):format(
          source.shown(node.value), source.line(text, nodes[1].first), source.shown(nodes[1].value)))
    end
  end
  return nodes[1].value
end

--- The splices that change it, in every place where it stands.
---@param text string
---@param at string|nil
---@param old string
---@param new string
---@return table[]|nil splices
---@return string|nil message
function npm_lock.edit(text, at, old, new)
  local nodes, message = locate(text, at)
  if not nodes then return nil, message end
  return tree.replace(text, nodes, old, new)
end

return npm_lock
