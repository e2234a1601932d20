--- The work trees of a repository, as `git worktree list --porcelain` tells them: which of them stands on a branch. Pure.

local problem = require "problem"
local text = require "text"

local work_trees = {}

---@class work_tree
---@field path string its folder; of a bare repository the repository itself
---@field ref string|nil the branch that its HEAD names
---@field bare boolean
---@field gone boolean its folder is not there any more, and nothing locks what git remembers of it

--- Reads the list. The first one is the repository's own, the others are linked to it.
---@param listing string
---@return work_tree[]
function work_trees.parse(listing)
  local list, one = {}, nil
  for line in listing:gmatch "([^\n]*)\n" do
    local path = line:match "^worktree (.*)$"
    if path then
      one = { path = path, bare = false, gone = false }
      list[#list + 1] = one
    elseif one then
      local word, rest = line:match "^(%a+) ?(.*)$"
      if word == "branch" then one.ref = rest end
      if word == "bare" then one.bare = true end
      if word == "prunable" then one.gone = true end
    end
  end
  return list
end

--- The folder of the first work tree, other than our own, that stands on a branch; false where none does.
---@param list work_tree[]
---@param ref string
---@param is_own fun(path: string, place: integer): boolean
---@return string|false folder
function work_trees.standing_on(list, ref, is_own)
  for place, one in ipairs(list) do
    if one.ref == ref and not one.bare and not one.gone and not is_own(one.path, place) then return one.path end
  end
  return false
end

--- Why a branch is not moved on which a work tree stands, in one line.
---@param ref string
---@param folder string
---@return string
function work_trees.objection(ref, folder)
  return ("branch '%s' is checked out in %s, and this would move it"):format(text.line(ref:sub(12)), text.line(folder))
end

--- The same as a refusal.
---@return nil, problem
function work_trees.refuse(ref, folder)
  return problem.refuse("denied", work_trees.objection(ref, folder),
    "push or keep what was committed there, then leave the branch there: git switch --detach")
end

return work_trees
