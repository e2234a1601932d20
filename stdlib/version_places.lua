--- What the places of a version say of themselves (file words: value, own, message), checked over a whole spec. Pure.

local template = require "template"
local text = require "text"

local version_places = {}

--- Calls each(record) for every place of the packages' versions.
---@param model spec.model
---@param each fun(place: table)
function version_places.each(model, each)
  for _, selector in ipairs(model.release and model.release.packages or {}) do
    for _, place in ipairs(selector.files or {}) do each(place) end
  end
end

local function check_edit_message(model, reader, record, per_edit)
  if not record.message then return end
  local compiled = template.compile(record.message, { "package", "version", "previous", "tag", "previous_tag", "date",
    "release", "own" })
  if compiled and not compiled:has "version" then
    reader:complain(record, "%s: the message '%s' lacks {version}; relrun knows its own commits by the message",
      record.word, text.line(record.message))
  end
  if not per_edit then
    reader:complain(record, "%s: a message of its own needs a commit of its own: commit { per = \"edit\" }", record.word)
  elseif not model.release.identity then
    reader:complain(record,
      "%s: a commit of its own is known by its message and its author; say in the release: identity = \"Name <mail>\"",
      record.word)
  end
end

--- The commits of single edits must be told from everybody else's.
---@param model spec.model
---@param reader schema.reader takes the complaints
function version_places.check_messages(model, reader)
  local per_edit = false
  for _, lane in ipairs(model.lanes) do
    local own = lane.step.commit and lane.step.commit.per == "edit"
    per_edit = per_edit or own
    for _, step in ipairs(lane.steps or {}) do
      if model.release and (step.word == "write" or step.word == "changelog") then
        check_edit_message(model, reader, step, own)
      end
    end
  end
  version_places.each(model, function (place) check_edit_message(model, reader, place, per_edit) end)
end

--- A version line of a place's own goes on from what the base branch holds, so the release commits must come back there.
---@param model spec.model
---@param reader schema.reader takes the complaints
function version_places.check_values(model, reader)
  version_places.each(model, function (place)
    if place.value and not place.value:find("{version}", 1, true) then
      reader:complain(place, "%s: value '%s' lacks {version}", place.word, text.line(place.value))
    end
    for _, lane in ipairs(place.own and model.lanes or {}) do
      local changes = place.prereleases or not (lane.step.bump and lane.step.bump.prerelease)
      if changes and lane.step.branch and not lane.step.pull_request then
        reader:complain(place,
          "%s: the commits of lane \"%s\" stay on branch '%s', so a version of its own would be raised from the same one "
          .. "for ever; release on the base branch, or with a pull_request step", place.word, lane.name, text.line(lane.step.branch.name))
      end
    end
  end)
end

return version_places
