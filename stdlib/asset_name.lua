--- The names of a release's assets. Forges rename what they do not like while it is uploaded, each in its own way; relrun
-- takes only names that all of them keep. Pure.

local text = require "text"

local asset_name = {}

-- The local forge takes no longer one, and no file system takes a much longer one.
local LONGEST = 200

--- The name that a forge would give: whatever is neither letter, digit nor one of . _ + - becomes a dot, runs of dots
-- become one, and none stands at an end.
---@param name string
---@return string
function asset_name.kept(name)
  local kept = name:gsub("[^%w._+-]+", "."):gsub("%.%.+", "."):gsub("^%.", ""):gsub("%.$", "")
  return kept == "" and "default" or kept
end

--- What is wrong with a name; nil when a forge keeps it as it is.
---@param name string
---@return string|nil
function asset_name.wrong(name)
  if #name > LONGEST then return ("its name is longer than %d bytes"):format(LONGEST) end
  local kept = asset_name.kept(name)
  if kept ~= name then return ("the forge would call it '%s'"):format(text.line(kept)) end
end

-- The few whose type a browser acts on; the rest is bytes.
local TYPES = {
  gz = "application/gzip", tgz = "application/gzip", zip = "application/zip", json = "application/json",
  txt = "text/plain", sha256 = "text/plain", md = "text/markdown", xml = "application/xml", xz = "application/x-xz",
}

--- The content type to upload a file as.
---@param name string
---@return string
function asset_name.content_type(name)
  return TYPES[(name:match "%.(%w+)$" or ""):lower()] or "application/octet-stream"
end

return asset_name
