--- Plain files (VERSION, version.txt): the whole file is the version, on one line, with or without a newline.

local source = require "files.source"
local tree = require "files.tree"

local plain = { name = "plain", doc = "a file that holds the version and nothing else; it takes no `at`" }

local function locate(text, at)
  if at ~= nil and at ~= "" then error("a plain file takes no selector", 3) end
  return source.attempt(function ()
    local first = source.open(text)
    local stop = (text:find("\r?\n$") or #text + 1) - 1
    local value = text:sub(first, stop)
    if value == "" then source.refuse(text, first, "no version: the file is empty") end
    local odd = value:find("[^\x21-\x7E]")
    if odd then
      source.refuse(text, first + odd - 1, "a file that is more than a version: one line, no spaces")
    end
    return { value = value, first = first, last = stop }
  end)
end

--- The version.
---@param text string
---@param at nil
---@return string|nil version
---@return string|nil message
function plain.read(text, at)
  local node, message = locate(text, at)
  if not node then return nil, message end
  return node.value
end

--- The splices that change it.
---@param text string
---@param at nil
---@param old string
---@param new string
---@return table[]|nil splices
---@return string|nil message
function plain.edit(text, at, old, new)
  local node, message = locate(text, at)
  if not node then return nil, message end
  return tree.replace(text, { node }, old, new)
end

return plain
