--- The documents that are made from rows, with the text that they should have. Runs in relrun (it reads the embedded
-- ready-made specs).

local checks = require "checks"
local embedded = require "host.embedded"
local reference = require "reference"
local specs = require "specs"
local stubs = require "stubs"

local documents = {}

--- Every made document.
---@return { path: string, text: string }[]
function documents.all()
  local ready_made = {}
  for _, name in ipairs(embedded.names()) do
    local short = name:match "^specs/(.+)%.lua$"
    if short then ready_made[short] = specs.read(embedded.read(name), short) end
  end
  return {
    { path = "docs/reference.md", text = reference.text(ready_made) },
    { path = "docs/release.d.lua", text = stubs.text() },
    { path = "docs/checks.md", text = checks.text() },
  }
end

return documents
