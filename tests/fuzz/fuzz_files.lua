--- Fuzz target of the version-file editors: `return function (bytes)`, which raises when a property does not hold.
--
-- The first line is a selector, the rest a file. Whatever the bytes: every editor answers; what it can read it can edit,
-- and the edit reads back as the new version, or it is refused with a message. Then the same of requirements.

local files = require "files"
local requirements = require "files.requirements"

local NEW = "9.8.7"
local SELECTORS = {
  cargo_lock = { "x" }, json = { "version", "a[0].b" }, marked = { false }, npm_lock = { "", "packages/x" }, plain = { false },
  replace = { "v{version}/", "{version}", "=={version}" }, toml = { "project.version", "version" },
  yaml = { "version", "image.tag", "a[0].b" },
}
local MANIFESTS = { "Cargo.toml", "Chart.yaml", "package-lock.json", "package.json", "pyproject.toml" }

local function refusal(message, what)
  if type(message) ~= "string" or message == "" then error(what .. " refuses without a message") end
  if message:find("[^\x20-\x7E]") then error(what .. " shows raw bytes: " .. ("%q"):format(message)) end
end

local function try_editor(kind, at, text)
  local old, problem = files.kind(kind).read(text, at)
  if old == nil then return refusal(problem, kind) end
  if type(old) ~= "string" then error(kind .. " reads a " .. type(old)) end
  local splices, unedited = files.kind(kind).edit(text, at, old, NEW)
  local result, message = files.apply(text, { { kind = kind, at = at } }, old, NEW)
  if not splices then return refusal(unedited, kind) end
  if not result then
    refusal(message, kind)
    -- Only the editors that search may find that an edit made another occurrence.
    if kind == "marked" or kind == "replace" then return end
    error(kind .. " edits what it cannot read again: " .. message)
  end
  local again = files.kind(kind).read(result, at, NEW)
  if again ~= NEW then error(kind .. " reads back " .. tostring(again)) end
end

return function (bytes)
  local selector, text = bytes:match("^([^\r\n]*)\r?\n(.*)$")
  text = text or bytes
  for _, kind in ipairs(files.kinds()) do
    for _, at in ipairs(SELECTORS[kind]) do try_editor(kind, at or nil, text) end
    if selector and kind ~= "plain" and kind ~= "marked" then try_editor(kind, selector, text) end
  end
  for _, kind in ipairs(MANIFESTS) do
    local list, problem = requirements.list(kind, text)
    if not list then refusal(problem, kind) end
    for _, item in ipairs(list or {}) do
      local splices, message = requirements.raise(kind, text, item.name, NEW)
      if not splices then
        refusal(message, kind)
      else
        local result = files.splice(text, splices)
        local after = requirements.list(kind, result)
        if not after or #after ~= #list then error(kind .. " loses a requirement") end
        local settled = requirements.raise(kind, result, item.name, NEW)
        if not settled or #settled > 0 then error(kind .. " raises twice") end
      end
    end
  end
end
