--- YAML files (Chart.yaml, values.yaml, pubspec.yaml, ...): one scalar on one line, selected by its path.
--
-- Only the bytes of the value change. A value that YAML would read as text must stay text: where the new
-- version without quotes would be a number, a date or a boolean (1.10 is the number 1.1), and the old one
-- was not, quotes are written.

local tree = require "files.tree"
local yaml_parser = require "files.yaml_parser"

local WORDS = {
  ["true"] = true, ["false"] = true, yes = true, no = true, on = true, off = true, y = true, n = true,
  null = true, ["~"] = true,
}

--- Whether YAML 1.1 or 1.2 reads a plain scalar as something else than a string.
local function resolves(text)
  local plain = text:gsub("_", "")
  return WORDS[plain:lower()] or plain:find("^[+-]?%.?%d+%.?%d*$") or plain:find("^[+-]?%d+%.?%d*[eE][+-]?%d+$")
    or plain:find("^0[xob]%x+$") or plain:find("^%d%d%d%d%-%d%d?%-%d%d?$") or false
end

local function write(node, new)
  if node.style == "plain" and resolves(new) and not resolves(node.value) then return '"' .. new .. '"' end
  return new
end

return tree.editor {
  name = "yaml",
  doc = 'a scalar in the first document of a YAML file; `at` is its path, as in "image.tag"',
  parse = yaml_parser.parse,
  write = write,
}
