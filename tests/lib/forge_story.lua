--- The life of a release on a local forge, written so that it can be told again from wherever it was stopped: it looks at
-- what is there and does what lacks, as relrun's steps do. Run as a script by the kill sweep:
--
--     relrun lua forge_story.lua DIRECTORY FILE       (the forge's directory; the asset)

local connect = require "forge.connect"

local directory, path = arg[1], arg[2]

local function must(value, trouble)
  if value == nil then error(tostring(trouble), 0) end
  return value
end

local forge = must(connect({ word = "local_forge", path = directory }, "", { say = print }))

-- Every read has to work on whatever a kill left.
must(forge:repository())
must(forge:rules "main")
for _, pull in ipairs(must(forge:pulls { state = "all" })) do
  must(forge:pull(pull.number))
  must(forge:reviews(pull.number))
  must(forge:comments(pull.number))
  must(forge:checks(pull.head.oid))
end
must(forge:issues {})
must(forge:releases())
for _, run in ipairs(must(forge:runs {})) do must(forge:approvals(run.id)) end

local function first(list, fits)
  for _, item in ipairs(list) do
    if fits(item) then return item end
  end
end

-- The pull request: opened, labelled, commented on, approved, its status green, merged.
local pull = must(forge:pulls { state = "all", head = "release-1" })[1]
  or must(forge:create_pull { title = "Release 1.0.0", body = "", head = "release-1", base = "main" })
local number = pull.number
must(forge:add_labels(number, { "release" }))
if not first(must(forge:comments(number)), function (comment) return comment.body == "soon" end) then
  must(forge:comment(number, "soon"))
end
if pull.state == "open" then
  if #must(forge:reviews(number)) == 0 then must(forge:add_review(number, "ann", "approved")) end
  must(forge:post_status(pull.head.oid, { context = "release", state = "success", description = "" }))
  must(forge:merge_pull(number, { oid = pull.head.oid, method = "squash" }))
end

-- A draft that was not wanted.
local function of_tag(tag)
  return first(must(forge:releases()), function (release) return release.tag == tag end)
end
local release = of_tag "v1.0.0"
if not release then
  if not of_tag "v0.9.0" then must(forge:create_release { tag = "v0.9.0", target = "main", draft = true }) end
end
local unwanted = of_tag "v0.9.0"
if unwanted then must(forge:delete_release(unwanted.id)) end

-- The release: a draft, its asset, public.
release = release or must(forge:create_release { tag = "v1.0.0", target = pull.head.oid, draft = true })
local asset = release.assets[1]
if asset and asset.state == "starter" then
  must(forge:delete_asset(asset.id))
  asset = nil
end
if not asset then must(forge:upload_asset(release.id, { name = "app.bin", path = path })) end
must(forge:update_release(release.id, { draft = false }))

-- And a workflow for it.
if #must(forge:runs { workflow = "publish.yml" }) == 0 then
  must(forge:dispatch { workflow = "publish.yml", ref = "main", inputs = { tag = "v1.0.0" } })
end
