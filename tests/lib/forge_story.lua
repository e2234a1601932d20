--- The life of a release on a local forge, written so that it can be told again from wherever it was stopped: it looks at
-- what is there and does what lacks, as relrun's steps do. What a forge refuses ends it with an error that is a problem.

local function must(value, trouble)
  if value == nil then error(trouble, 0) end
  return value
end

local function first(list, fits)
  for _, item in ipairs(list) do
    if fits(item) then return item end
  end
end

-- Every read has to work on whatever a kill left.
local function read_all(forge)
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
end

-- The pull request: opened, labelled, commented on, approved, its status green, merged.
local function merged_pull(forge)
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
  return pull
end

local function of_tag(forge, tag)
  return first(must(forge:releases()), function (release) return release.tag == tag end)
end

-- A draft that was not wanted.
local function deleted_draft(forge)
  if not of_tag(forge, "v1.0.0") and not of_tag(forge, "v0.9.0") then
    must(forge:create_release { tag = "v0.9.0", target = "main", draft = true })
  end
  local unwanted = of_tag(forge, "v0.9.0")
  if unwanted then must(forge:delete_release(unwanted.id)) end
end

-- The release: a draft, its asset, public.
local function published_release(forge, target, path)
  local release = of_tag(forge, "v1.0.0") or must(forge:create_release { tag = "v1.0.0", target = target, draft = true })
  local asset = release.assets[1]
  if asset and asset.state == "starter" then
    must(forge:delete_asset(asset.id))
    asset = nil
  end
  if not asset then must(forge:upload_asset(release.id, { name = "app.bin", path = path })) end
  must(forge:update_release(release.id, { draft = false }))
end

--- Tells the story to its end.
---@param forge table an open local forge
---@param path string the asset's bytes
return function (forge, path)
  read_all(forge)
  local pull = merged_pull(forge)
  deleted_draft(forge)
  published_release(forge, pull.head.oid, path)
  if #must(forge:runs { workflow = "publish.yml" }) == 0 then
    must(forge:dispatch { workflow = "publish.yml", ref = "main", inputs = { tag = "v1.0.0" } })
  end
end
