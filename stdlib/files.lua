--- Version files: the editors, which file is edited how, and the application of an edit.
--
-- An editor finds the bytes of a version and says which bytes to put there; it never writes a file anew. So
-- comments, line ends, quotes, a byte order mark and a missing last newline survive. An editor is { name,
-- doc, read, edit }:
--   read(text, at [, expected]) -> version | nil, message
--   edit(text, at, old, new) -> splices | nil, message     none where `new` stands already
-- and a splice { at = bytes before it, remove = bytes, insert = string }.

local lazy = require "lazy"
local source = require "files.source"

local files = {}

local EDITORS = {
  cargo_lock = lazy "files.cargo_lock",
  json = lazy "files.json",
  marked = lazy "files.marked",
  npm_lock = lazy "files.npm_lock",
  plain = lazy "files.plain",
  replace = lazy "files.replace",
  toml = lazy "files.toml",
  yaml = lazy "files.yaml",
}

-- Cargo.lock needs the crate's name for its selector: the caller adds it.
local KNOWN = {
  ["Cargo.lock"] = { "cargo_lock" },
  ["Cargo.toml"] = { "toml", "package.version" },
  ["Chart.yaml"] = { "yaml", "version" },
  ["VERSION"] = { "plain" },
  ["VERSION.txt"] = { "plain" },
  ["composer.json"] = { "json", "version" },
  ["deno.json"] = { "json", "version" },
  ["galaxy.yml"] = { "yaml", "version" },
  ["jsr.json"] = { "json", "version" },
  ["npm-shrinkwrap.json"] = { "npm_lock" },
  ["package-lock.json"] = { "npm_lock" },
  ["package.json"] = { "json", "version" },
  ["pubspec.yaml"] = { "yaml", "version" },
  ["pyproject.toml"] = { "toml", "project.version" },
  ["tauri.conf.json"] = { "json", "version" },
  ["version.txt"] = { "plain" },
}

--- The editor of a kind: cargo_lock, json, marked, npm_lock, plain, replace, toml or yaml.
---@param name string
---@return table|nil editor
function files.kind(name) return EDITORS[name] end

--- The names of all kinds, sorted.
---@return string[]
function files.kinds()
  local names = {}
  for name in pairs(EDITORS) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- How a file with a well-known name is edited.
---@param path string
---@return { kind: string, path: string, at: string|nil }|nil
function files.infer(path)
  local known = KNOWN[path:match("[^/]*$")]
  return known and { kind = known[1], path = path, at = known[2] } or nil
end

--- Applies splices to a text. Splices that overlap, descend or lie outside are misuse and raise.
---@param text string
---@param splices table[]
---@return string
function files.splice(text, splices)
  local parts, from = {}, 0
  for index, splice in ipairs(splices) do
    if splice.at < from or splice.remove < 0 or splice.at + splice.remove > #text then
      error(("splice %d overlaps another or lies outside the text"):format(index), 2)
    end
    parts[#parts + 1] = text:sub(from + 1, splice.at)
    parts[#parts + 1] = splice.insert
    from = splice.at + splice.remove
  end
  parts[#parts + 1] = text:sub(from + 1)
  return table.concat(parts)
end

--- The version on which several places agree.
---@param places { path: string, at: string|nil, value: string }[]
---@return string|nil version
---@return string|nil message names every place and its version
function files.agree(places)
  if #places == 0 then return nil, "no version file" end
  local agreed, told = true, {}
  for index, place in ipairs(places) do
    agreed = agreed and place.value == places[1].value
    local at = place.at and place.at ~= "" and " " .. source.shown(place.at) or ""
    told[index] = ("%s%s holds %s"):format(source.shown(place.path), at, source.shown(place.value))
  end
  if agreed then return places[1].value end
  return nil, "the version files disagree: " .. table.concat(told, ", ") .. "; make them equal"
end

--- The splices of all entries, ascending, each once. Two entries may name the same bytes, but must mean the
--- same.
local function gather(text, entries, old, new)
  local all = {}
  for _, entry in ipairs(entries) do
    local editor = EDITORS[entry.kind] or error("unknown kind of file " .. tostring(entry.kind), 3)
    local splices, message = editor.edit(text, entry.at, old, new)
    if not splices then return nil, message end
    table.move(splices, 1, #splices, #all + 1, all)
  end
  table.sort(all, function (a, b)
    if a.at ~= b.at then return a.at < b.at end
    return a.remove < b.remove
  end)
  local merged = {}
  for _, splice in ipairs(all) do
    local last = merged[#merged]
    local same = last and last.at == splice.at and last.remove == splice.remove and last.insert == splice.insert
    if last and not same and splice.at < last.at + last.remove then
      return nil, source.message(text, splice.at + 1, "two selectors want to change the same bytes")
    end
    if not same then merged[#merged + 1] = splice end
  end
  return merged
end

--- Whether `after` is `before` but for the planned bytes. It does not trust `files.splice`: it compares the
--- two texts.
local function only_planned(before, after, splices)
  local old_at, new_at = 1, 1
  for _, splice in ipairs(splices) do
    local kept = splice.at + 1 - old_at
    if before:sub(old_at, old_at + kept - 1) ~= after:sub(new_at, new_at + kept - 1) then return false end
    new_at = new_at + kept
    if after:sub(new_at, new_at + #splice.insert - 1) ~= splice.insert then return false end
    old_at, new_at = splice.at + splice.remove + 1, new_at + #splice.insert
  end
  return before:sub(old_at) == after:sub(new_at)
end

--- Changes the version in every place that `entries` names in one file, reads each place again, and
--- compares all other bytes.
---@param text string
---@param entries { kind: string, at: string|nil }[]
---@param old string
---@param new string
---@return string|nil text
---@return table[]|string splices, or the message
function files.apply(text, entries, old, new)
  local splices, message = gather(text, entries, old, new)
  if not splices then return nil, message end
  local result = files.splice(text, splices)
  if not only_planned(text, result, splices) then error("an edit changed bytes that it did not plan") end
  for _, entry in ipairs(entries) do
    local value, problem = EDITORS[entry.kind].read(result, entry.at, new)
    if value ~= new then
      return nil, ("after the edit the %s file %s"):format(entry.kind,
        value and "holds " .. source.shown(value) or "is refused: " .. problem)
    end
  end
  return result, splices
end

return files
