--- The README's example: its spec, run over a history like the one it tells of, and what is printed.

local bytes = require "bytes"
local monorepo = require "monorepo"
local place = require "place"
local scene = require "scene"

local readme = { path = "README.md" }

--- The first block of a language in the README.
---@param language string
---@return string
function readme.block(language) return bytes.read(readme.path):match("```" .. language .. "\n(.-)```") end

--- What the README's console block should be: its commands with what they print now.
---@return string
function readme.console()
  return place.with(function (here)
    scene.build(here, monorepo.HISTORY, { ["release.lua"] = readme.block "lua" })
    local printed = {}
    for command in readme.block("console"):gmatch "%$ ([^\n]+)" do
      printed[#printed + 1] = ("$ %s\n%s"):format(command, here:must({ "sh", "-c", command }, { cwd = "work" }))
    end
    return table.concat(printed, "\n")
  end)
end

return readme
