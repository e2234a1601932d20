--- Step `forge_release`: a release on the forge for every tag. It is made as a draft, filled with its assets, held
-- against what is wanted, and made public with one write. The operations, each with a file of its own: `release_draft`
-- makes the draft or goes on with the one that is there, `asset` uploads a file, `release_publish` makes it public.

local asset_name = require "asset_name"
local notes = require "notes"
local problem = require "problem"
local pull_body = require "pull_body"
local release_body = require "release_body"
local template = require "template"
local text = require "text"

local forge_release = { word = "forge_release", on_forge = true, ops = {
  release_draft = require "steps.release_draft", asset = require "steps.asset",
  release_publish = require "steps.release_publish",
} }

-- GitHub's limits: characters of a text, assets of a release.
local LONGEST_NOTES, MOST_ASSETS = 125000, 1000

-- The releases of this run: one for each tag, or one for all. One for all stands at the tag of the package that the
-- whole is named after, or of the first.
local function groups(builder, step)
  if step.per ~= "release" then
    local list = {}
    for i, decision in ipairs(builder.released) do list[i] = { head = decision, decision } end
    return list
  end
  local head = builder.released[1]
  for _, decision in ipairs(builder.released) do
    if decision.package.name == builder.model.release.name then head = decision end
  end
  return { table.move(builder.released, 1, #builder.released, 1, { head = head }) }
end

local function places_of(builder, group)
  if #group == 1 then return builder:places(group.head) end
  local places = builder:places_of_all()
  places.tag = group.head.tag
  return places
end

-- The files of these patterns: { path, name }, no name twice.
local function files_of(builder, step, group)
  local files, seen, names = {}, {}, {}
  for _, source in ipairs(step.assets or {}) do
    for _, decision in ipairs(group) do
      local pattern = template.compile(source, builder.PLACES):render(builder:places(decision))
      local paths, trouble = builder.world:work_files(pattern)
      if not paths then return nil, trouble end
      for _, path in ipairs(paths) do
        local name = path:match "[^/]+$"
        local wrong = asset_name.wrong(name)
        if not seen[path] and names[name:lower()] then
          wrong = ("'%s' would have the same name"):format(text.line(names[name:lower()]))
        end
        if wrong then
          return problem.refuse("error", ("%s cannot be an asset: %s"):format(text.line(path), wrong), "rename the file")
        end
        if not seen[path] then files[#files + 1] = { path = path, name = name } end
        seen[path], names[name:lower()] = true, path
      end
    end
  end
  table.sort(files, function (a, b) return a.name < b.name end)
  if #files > MOST_ASSETS then
    return problem.refuse("error", ("%d assets for %s; a release has at most %d"):format(#files, group.head.tag, MOST_ASSETS),
      "pack them together")
  end
  return files
end

local function measure(builder, files)
  for _, one in ipairs(files) do
    local found, trouble = builder.world:file_digest(one.path)
    if not found then return nil, trouble end
    if found.size == 0 then
      return problem.refuse("error", ("%s is empty, and a forge keeps no empty asset"):format(text.line(one.path)),
        "leave it out of the release's assets")
    end
    one.size, one.sha256 = found.size, found.sha256
  end
  return true
end

-- What the release is for: the same in each clone that makes it, and another one for other bytes.
local function purpose_of(builder, group, files)
  local lines = { "release " .. group.head.tag .. " " .. group.head.tag_object }
  for _, one in ipairs(files) do lines[#lines + 1] = ("asset %s %d %s"):format(one.name, one.size, one.sha256) end
  return builder.sha256(table.concat(lines, "\n") .. "\n")
end

local function raw_notes(builder, step, group)
  if type(step.notes) ~= "string" then return builder:render(step.notes, places_of(builder, group)) end
  if step.notes == "changelog" then return notes.together(builder, group) end
  local all = pull_body.notes(builder.pull.body)
  if #group == #builder.released then return all end
  local names = {}
  for i, decision in ipairs(builder.released) do names[i] = decision.package.name end
  return pull_body.section(all, group.head.package.name, names)
end

-- The notes as the forge takes them, and said when they had to be cut.
local function notes_of(builder, step, group)
  local told, trouble = raw_notes(builder, step, group)
  if not told then return nil, trouble end
  local tag = group.head.tag
  local rest = ("The rest stands in the repository at %s."):format(tag)
  if builder.repository then
    local style = #group == 1 and group.head.package.style
    local directory = group.head.package.path
    local path = style and (directory == "" and style.file or directory .. "/" .. style.file)
    rest = path and ("The rest stands in [%s](%s/blob/%s/%s)."):format(path, builder.repository, tag, path)
      or ("The rest stands in [the repository at %s](%s/tree/%s)."):format(tag, builder.repository, tag)
  end
  local kept, was_cut = release_body.fit(told, LONGEST_NOTES, rest)
  if was_cut then
    builder:warn(("the notes of %s are longer than the %d characters that a release may have; they are cut behind a line"):format(
      tag, LONGEST_NOTES))
  end
  return kept
end

local function is_prerelease(step, group)
  if step.prerelease ~= nil then return step.prerelease end
  for _, decision in ipairs(group) do
    if decision.package.scheme.scheme.is_prerelease(decision.version) then return true end
  end
  return false
end

local function plan_group(builder, step, group)
  local name, trouble = builder:render(step.name, places_of(builder, group))
  if not name then return nil, trouble end
  local files, told, ok
  files, trouble = files_of(builder, step, group)
  if not files then return nil, trouble end
  ok, trouble = measure(builder, files)
  if not ok then return nil, trouble end
  told, trouble = notes_of(builder, step, group)
  if not told then return nil, trouble end
  local head, optional, wanted = group.head, step.optional or nil, builder.list {}
  for i, one in ipairs(files) do wanted[i] = { name = one.name, size = one.size, sha256 = one.sha256 } end
  local purpose = purpose_of(builder, group, files)
  local prerelease = is_prerelease(step, group)
  local draft = builder:op("forge", "release_draft", "compensable", {
    tag = head.tag, target = builder.tip, name = text.shorten(text.line(name), 250),
    body = release_body.compose(told, purpose), prerelease = prerelease, purpose = purpose, assets = wanted,
    optional = optional,
  })
  for _, one in ipairs(files) do
    builder:op("forge", "asset", "compensable", { release = draft.id, path = one.path, name = one.name, size = one.size,
      sha256 = one.sha256, content_type = asset_name.content_type(one.name), optional = optional })
  end
  if step.draft then return true end
  local latest = step.latest
  if prerelease then latest = nil end
  local public = builder:op("forge", "release_publish", "irreversible", { release = draft.id, tag = head.tag,
    ref = "refs/tags/" .. head.tag, object = head.tag_object, remote = builder.model.release.remote, latest = latest,
    optional = optional })
  table.insert(builder.public_releases, public.id)
  return true
end

--- The releases of this run, as drafts that are filled and then made public.
function forge_release.plan(builder, step)
  for _, group in ipairs(groups(builder, step)) do
    local ok, trouble = plan_group(builder, step, group)
    if not ok then return nil, trouble end
  end
  return true
end

return forge_release
