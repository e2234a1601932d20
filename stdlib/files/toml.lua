--- TOML files (pyproject.toml, Cargo.toml, ...): one string value, selected by its path.

local source = require "files.source"
local tree = require "files.tree"
local toml_parser = require "files.toml_parser"

--- PEP 621 lets the build backend supply the version; Cargo lets a member inherit it. Both say where it is
--- not.
local function explain(text, root, segments)
  local path = table.concat(segments, ".")
  local project, package = root.members.project, root.members.package
  local dynamic = path == "project.version" and project and project.kind == "table" and project.members.dynamic
  for _, item in ipairs(dynamic and dynamic.items or {}) do
    if item.value == "version" then
      return source.message(text, item.at, "the version is dynamic: name the file that the build backend reads")
    end
  end
  local own = path == "package.version" and package and package.kind == "table" and package.members.version
  if own and own.kind == "table" and own.members.workspace then
    return source.message(text, own.at,
      "the version is inherited: select workspace.package.version in the workspace's Cargo.toml")
  end
end

return tree.editor {
  name = "toml",
  doc = 'a string in a TOML file; `at` is its path, as in "project.version" or "bin[0].name"',
  parse = toml_parser.parse,
  explain = explain,
}
