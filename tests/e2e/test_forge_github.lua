--- The GitHub backend against the test forge: real HTTP, real refs, and faults where they hurt.

local test = require "testing"
local digest = require "host.digest"
local place = require "place"
local proxy = require "forge_proxy"
local scene = require "scene"
-- The product has a module `forge`, too.
local hubs = assert(loadfile "tests/lib/forge.lua")()

local HISTORY = [[
branch main
commit "feat: first" a.txt as first
tag v0.1.0
branch feature
commit "fix: second" b.txt as second
]]

-- Calls body(forge, hub, stage, options): the forge as seen by the holder of `token`, on CI.
local function on(body, options)
  options = options or {}
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY))
    options.git_dir = "remote.git"
    hubs.with(here, function (hub)
      local env = {}
      for name, value in pairs(hub.environment(options.token or "writer")) do env[name] = value end
      env.GITHUB_ACTIONS = "true"
      if options.anonymous then env.GITHUB_TOKEN = false end
      local session = { url = hub.git_url(), env = env }
      body(proxy.open(here, session), hub, stage, session)
    end, options)
  end)
end

local function oid(stage, ref) return (stage.remote:run("rev-parse", ref)) end

local function draft(forge, stage, fields)
  local order = { tag = "v1.0.0", target = oid(stage, "main"), name = "1.0.0", body = "notes", draft = true, prerelease = false }
  for key, value in pairs(fields or {}) do order[key] = value end
  return assert(forge:create_release(order))
end

local function asset_order(stage, name, bytes)
  stage.place:write("files/" .. digest.sha256(bytes), bytes)
  return { name = name, path = stage.place:path("files/" .. digest.sha256(bytes)), size = #bytes, sha256 = digest.sha256(bytes),
    content_type = "application/octet-stream" }
end

test("a draft gets its assets, is published, and everybody can fetch what was sent", function ()
  on(function (forge, _, stage)
    local release = draft(forge, stage)
    test.equal({ release.draft, release.tag, release.body, release.assets }, { true, "v1.0.0", "notes", {} })
    local bytes = ("0123456789abcdef"):rep(5000)
    local order = asset_order(stage, "widget.tar.gz", bytes)
    local asset = assert(forge:upload_asset(release.id, order))
    test.equal({ asset.name, asset.size, asset.digest, asset.state }, { "widget.tar.gz", #bytes, "sha256:" .. order.sha256, "uploaded" })
    local got = assert(forge:download_asset(asset.id, { path = stage.place:path "got", size = #bytes }))
    test.equal({ got.sha256, got.size, stage.place:read "got" == bytes }, { order.sha256, #bytes, true })
    local published = assert(forge:update_release(release.id, { draft = false, latest = true }))
    test.equal({ published.draft, published.id }, { false, release.id })
    test.equal(oid(stage, "v1.0.0"), oid(stage, "main"))
    local public = assert(forge:releases())
    test.equal({ #public, public[1].assets[1].name }, { 1, "widget.tar.gz" })
    test.equal(forge:fetch(public[1].assets[1].url), { status = 200, sha256 = order.sha256, size = #bytes })
  end)
end)
