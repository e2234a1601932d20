--- JSON files (package.json, tauri.conf.json, ...): one string value, selected by its path.

local tree = require "files.tree"
local json_parser = require "files.json_parser"

return tree.editor {
  name = "json",
  doc = 'a string in a JSON file; `at` is its path, as in "version" or "a.b[0].c"',
  parse = json_parser.parse,
}
