--- Gates on what others made: is it there for anybody?

local builder = require "builder"
local text = require "text"
local verdict = require "gates.verdict"

local available = {}

-- Not there yet, or a server that is busy: it may be there when asked again.
local function may_come(status) return status == 404 or status == 429 or status >= 500 end

-- The places of every package that is released, filled in; each once.
local function rendered(context, templates)
  local list, seen = {}, {}
  for _, source in ipairs(templates or {}) do
    for _, decision in ipairs(context.released) do
      local words, trouble = builder.render(context, source, builder.places(context, decision))
      if not words then return nil, trouble end
      if not seen[words] then list[#list + 1] = words end
      seen[words] = true
    end
  end
  return list
end

--- These addresses answer, and these images are in their registry, to somebody without credentials.
function available.available(context, gate)
  local urls, images, trouble
  urls, trouble = rendered(context, gate.urls)
  if not urls then return nil, trouble end
  images, trouble = rendered(context, gate.images)
  if not images then return nil, trouble end
  local evidence = { urls = context.list {}, images = context.list {} }
  for _, url in ipairs(urls) do
    local answer
    answer, trouble = context.forge("reach", url)
    if not answer then return nil, trouble end
    if answer.status < 200 or answer.status > 299 then
      local told = ("%s answers %d to anybody"):format(text.line(url), answer.status)
      if may_come(answer.status) then return verdict.wait(told, "run the same command again when it is there") end
      return verdict.deny(told, "make it readable without a login, or correct the address in the spec")
    end
    evidence.urls[#evidence.urls + 1] = { url = text.line(url), status = answer.status, size = answer.size or nil }
  end
  for _, reference in ipairs(images) do
    local answer
    answer, trouble = context.forge("image", reference)
    if answer == nil then return nil, trouble end
    if not answer then
      return verdict.wait(("image %s is not in its registry"):format(text.line(reference)),
        "run the same command again when it is")
    end
    evidence.images[#evidence.images + 1] = { image = text.line(reference), digest = answer.digest }
  end
  return verdict.pass(("%s reachable"):format(text.plural(#urls + #images, "address", "addresses")
    .. (#urls + #images == 1 and " is" or " are")), evidence)
end

return available
