--- Files of the work tree that no commit holds: what a build made and a release ships. Patterns name them below the
-- repository's root; `*` stands for any run of characters within one name and, as in a shell, for no leading dot.
-- The file primitive comes in as an argument.

local problem = require "problem"
local text = require "text"

local work_files = {}

-- A pattern that leads out of the work tree, or into git's own directory.
local function is_outside(pattern)
  if pattern == "" or pattern:find "^/" or pattern:find "%z" then return true end
  for part in (pattern .. "/"):gmatch "(.-)/" do
    if part == "" or part == "." or part == ".." or part:lower() == ".git" then return true end
  end
  return false
end

--- May this path name a file of the work tree?
---@param path string
---@return boolean
function work_files.is_inside(path) return not is_outside(path) end

local function type_of(file, path)
  local info = file.stat(path)
  return info and info.type
end

-- One step down: the entries of these directories that fit a part of the pattern and are of this type.
local function deeper(file, root, directories, part, wanted)
  local pattern, found = "^" .. part:gsub("[^%w*]", "%%%0"):gsub("%*", ".*") .. "$", {}
  for _, directory in ipairs(directories) do
    local names = file.list(root .. "/" .. directory) or {}
    for _, name in ipairs(names) do
      if name:find(pattern) and (name:sub(1, 1) ~= "." or part:sub(1, 1) == ".") then
        local path = directory == "" and name or directory .. "/" .. name
        local kind = type_of(file, root .. "/" .. path)
        if kind == wanted then
          found[#found + 1] = path
        elseif kind == "link" and wanted == "file" then
          return problem.refuse("error", ("%s is a symbolic link, and only regular files are shipped"):format(
            text.line(path)), "name the file that it points to")
        end
      end
    end
  end
  return found
end

--- The regular files that a pattern names, sorted. None at all is a refusal: what is to be shipped was not built.
---@param file table host.file
---@param root string the work tree
---@param pattern string
---@return string[]|nil paths below the root, problem
function work_files.list(file, root, pattern)
  if is_outside(pattern) then
    return problem.refuse("spec", ("'%s' names nothing below the repository's root"):format(text.line(pattern)))
  end
  local directories, parts = { "" }, {}
  for part in pattern:gmatch "[^/]+" do parts[#parts + 1] = part end
  for i, part in ipairs(parts) do
    local trouble
    directories, trouble = deeper(file, root, directories, part, i == #parts and "file" or "directory")
    if not directories then return nil, trouble end
  end
  table.sort(directories)
  if #directories == 0 then
    return problem.refuse("error", ("'%s' names no file of the work tree"):format(text.line(pattern)),
      "build what is to be shipped before the release, or correct the pattern")
  end
  return directories
end

--- Size and digest of a file.
---@param file table host.file
---@param root string
---@param path string
---@return { size: integer, sha256: string }|nil, problem
function work_files.digest(file, root, path)
  if is_outside(path) then
    return problem.refuse("error", ("'%s' names nothing below the repository's root"):format(text.line(path)))
  end
  local copied, words, kind = file.copy(root .. "/" .. path, nil)
  if copied then return copied end
  return problem.refuse("error", text.line(words),
    kind == "not_found" and "build what is to be shipped before the release" or nil)
end

return work_files
