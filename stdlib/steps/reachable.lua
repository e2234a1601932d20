--- Step `reachable`: what was made public is there for anybody, asked without credentials: addresses, images, and every
-- asset of the releases of this run. What a forge says of itself is no proof for those who will fetch it. The operation
-- `reachable` waits up to a minute, because what was just published travels.

local problem = require "problem"
local shape = require "shape"
local template = require "template"
local text = require "text"

local reachable = { word = "reachable", on_forge = true, ops = {} }

-- Between two looks, milliseconds: a minute in all.
local PAUSES = { 1000, 2000, 4000, 8000, 15000, 15000, 15000 }

-- One address for every released package whose words stand in it, no address twice.
local function rendered(builder, sources)
  local list, seen = builder.list {}, {}
  for _, source in ipairs(sources or {}) do
    for _, decision in ipairs(builder.released) do
      local one = template.compile(source, builder.PLACES):render(builder:places(decision))
      if not seen[one] then list[#list + 1] = one end
      seen[one] = true
    end
  end
  return list
end

-- The releases whose assets are looked for: all that this run makes public, unless nobody could see them.
local function releases(builder, step)
  local list = builder.list {}
  if step.assets == false or #builder.public_releases == 0 then return list end
  local repository, trouble = builder.forge "repository"
  if not repository then return nil, trouble end
  if repository.private then
    builder:warn(("%s is private, so nobody can fetch its assets without an account; they are not looked for"):format(
      text.line(repository.name)))
    return list
  end
  return table.move(builder.public_releases, 1, #builder.public_releases, 1, list)
end

--- Looks for everything that this run made public.
function reachable.plan(builder, step)
  local urls, images = rendered(builder, step.urls), rendered(builder, step.images)
  for _, url in ipairs(urls) do
    local wrong = shape.url(url)
    if wrong then
      return problem.refuse("spec", ("%s:%s: '%s': %s"):format(builder.model.source, tostring(step.line), text.line(url),
        wrong))
    end
  end
  local list, trouble = releases(builder, step)
  if not list and not step.optional then return nil, trouble end
  list = list or builder.list {}
  if #urls + #images + #list == 0 then return true end
  builder:op("forge", "reachable", "reversible", { urls = urls, images = images, releases = list,
    optional = step.optional or nil })
  return true
end

local function look_at_url(forge, url, size)
  local answer, trouble = forge:reach(url)
  if not answer then return ("%s: %s"):format(text.line(url), trouble.text), trouble end
  if answer.status < 200 or answer.status > 299 then
    return ("%s answers with status %d"):format(text.line(url), answer.status)
  end
  if size and answer.size and answer.size ~= size then
    return ("%s has %d bytes, not %d"):format(text.line(url), answer.size, size)
  end
end

-- What is not there, in words; nil when all of it is.
local function missing(op, doors, results)
  local forge, trouble = doors.forge()
  if not forge then return nil, trouble end
  for _, id in ipairs(op.args.releases) do
    local release = results[id]
    if release and not release.published then return "a release of this run is not public" end
    for _, asset in ipairs(release and release.assets or {}) do
      local why, refusal = look_at_url(forge, asset.url, asset.size)
      if why then return why, refusal end
    end
  end
  for _, url in ipairs(op.args.urls) do
    local why, refusal = look_at_url(forge, url)
    if why then return why, refusal end
  end
  for _, image in ipairs(op.args.images) do
    local found, refusal = forge:image(image)
    if found == nil then return ("image %s: %s"):format(text.line(image), refusal.text), refusal end
    if not found then return ("there is no image %s"):format(text.line(image)) end
  end
  return false
end

reachable.ops.reachable = {
  shape = { urls = shape.list(shape.url), images = shape.list(shape.line), releases = shape.list(shape.result),
    optional = shape.maybe(shape.flag) },
  describe = function (op)
    local lines, args = {}, op.args
    if #args.releases > 0 then
      lines[1] = #args.releases == 1 and "the assets of the release" or ("the assets of %d releases"):format(#args.releases)
    end
    for _, list in ipairs { args.urls, args.images } do
      for _, one in ipairs(list) do lines[#lines + 1] = text.line(one) end
    end
    if #lines == 1 then return "anybody can reach " .. lines[1] end
    return ("anybody can reach %d things:\n  %s"):format(#lines, table.concat(lines, "\n  "))
  end,
  probe = function (op, doors, results)
    -- Perform is a look itself, and knows of releases that were left out.
    if results[op.id] then return "DONE" end
    for _, id in ipairs(op.args.releases) do
      if not results[id] then return "ABSENT" end
    end
    local why, trouble = missing(op, doors, results)
    if why == nil then return nil, trouble end
    if trouble and trouble.kind == "interrupted" then return nil, trouble end
    if why then return "ABSENT", why end
    return "DONE"
  end,
  perform = function (op, doors, results)
    local why, trouble
    for i = 0, #PAUSES do
      if i > 0 then
        local ok, refusal = doors.sleep(PAUSES[i])
        if not ok then return nil, refusal end
      end
      why, trouble = missing(op, doors, results)
      if why == nil or trouble and trouble.kind == "interrupted" then return nil, trouble end
      if not why then return { looked = true } end
    end
    return problem.refuse("error", why .. ", a minute after the release",
      "it is public as far as the forge says; look there, then run the same command again")
  end,
}

return reachable
