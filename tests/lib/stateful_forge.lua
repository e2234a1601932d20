--- A made-up forge that keeps what it is told: releases with their assets, runs, comments. It takes two drafts of one
-- tag as GitHub does, and takes a name of an asset once. Faults strike its writes:
--
--     forge.faults.update_release = { how = "after", times = 1 }
--
-- `refused`: nothing happened, and it says so; `before`: nothing happened, and nobody knows; `after`: it happened, and
-- nobody knows; `starter` (uploads): the upload was begun, and nobody knows. The reads of runs fail, too: `faults.run` and
-- `faults.runs`, { times = n }. `forge.on_call(method)` is told of every call, so that runs can be woven into each other.

local problem = require "problem"

local stateful_forge = {}

local Forge = {}
Forge.__index = Forge

--- A forge without anything.
---@return table
function stateful_forge.new()
  return setmetatable({ faults = {}, list = {}, all_runs = {}, notes = {}, writes = {}, last_id = 0, images = {}, pages = {},
    on_call = function () end }, Forge)
end

local function next_id(self)
  self.last_id = self.last_id + 1
  return self.last_id
end

-- Copies what is told, as a wire does: no caller can change the forge's own records.
local function copied(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, inner in pairs(value) do copy[key] = copied(inner) end
  return copy
end

local function unknown(method) return problem.refuse("unknown", method .. ": the connection was reset") end

-- Does a write, or what the fault makes of it.
local function write(self, method, act, starter)
  self.on_call(method)
  self.writes[#self.writes + 1] = method
  local fault = self.faults[method]
  if not fault or fault.times == 0 then return act() end
  fault.times = fault.times and fault.times - 1
  if fault.how == "refused" then return problem.refuse("denied", method .. ": 403, the token may not") end
  if fault.how == "starter" then starter() end
  if fault.how == "after" then act() end
  return unknown(method)
end

-- Does a read of runs fail this time?
local function fails(self, method)
  local fault = self.faults[method]
  if not fault or fault.times == 0 then return false end
  fault.times = fault.times - 1
  return true
end

local function find(self, id)
  for i, release in ipairs(self.list) do
    if release.id == id then return release, i end
  end
end

function Forge:can(capability)
  if capability == "immediate_runs" and self.lag then return { can = false, why = "runs are listed late" } end
  return { can = true }
end

function Forge.repository(self)
  self.on_call "repository"
  return { name = "o/r", private = self.private or false }
end

function Forge:releases()
  self.on_call "releases"
  if self.faults.releases then return problem.refuse("denied", "releases: 403, the token may not") end
  local list = {}
  for _, release in ipairs(self.list) do
    -- What was just made may not be listed yet.
    if (release.lag or 0) > 0 then release.lag = release.lag - 1 else list[#list + 1] = copied(release) end
  end
  return list
end

function Forge:release(id)
  self.on_call "release"
  return copied(find(self, id)) or false
end

function Forge:create_release(fields)
  return write(self, "create_release", function ()
    local id = next_id(self)
    local release = { id = id, tag = fields.tag, target = fields.target, name = fields.name, body = fields.body,
      draft = fields.draft, prerelease = fields.prerelease, immutable = false, assets = {}, lag = self.lag,
      url = "https://forge.example/releases/" .. id }
    self.list[#self.list + 1] = release
    return copied(release)
  end)
end

function Forge:update_release(id, fields)
  return write(self, "update_release", function ()
    local release = find(self, id)
    if not release then return problem.refuse("error", "there is no release " .. id) end
    if fields.draft == false then
      for _, other in ipairs(self.list) do
        if other ~= release and other.tag == release.tag and not other.draft then
          return problem.refuse("denied", "the tag has a public release")
        end
      end
    end
    for name, value in pairs(fields) do release[name] = value end
    return copied(release)
  end)
end

function Forge:delete_release(id)
  return write(self, "delete_release", function ()
    local release, at = find(self, id)
    if not release then return problem.refuse("error", "there is no release " .. id) end
    if not release.draft then error("a public release would be deleted") end
    table.remove(self.list, at)
    return true
  end)
end

local function add_asset(self, release, request, more)
  local asset = { id = next_id(self), name = request.name, label = "", size = request.size, state = "uploaded",
    digest = not self.no_digests and "sha256:" .. request.sha256, sha256 = request.sha256, content_type = request.content_type }
  asset.url = ("https://forge.example/%s/%s"):format(release.tag, request.name)
  for key, value in pairs(more or {}) do asset[key] = value end
  release.assets[#release.assets + 1] = asset
  return copied(asset)
end

function Forge:upload_asset(id, request)
  local function act(more)
    local release = find(self, id)
    if not release then return problem.refuse("error", "there is no release " .. id) end
    for _, asset in ipairs(release.assets) do
      if asset.name == request.name then return problem.refuse("denied", "422 already_exists") end
    end
    return add_asset(self, release, request, more)
  end
  return write(self, "upload_asset", function () return act(self.renames and { name = self.renames(request.name) }) end,
    function () act { state = "starter", size = 0, digest = false } end)
end

--- Puts an asset into a release behind everybody's back.
function Forge:plant(release, request, more) return add_asset(self, release, request, more) end

function Forge:delete_asset(id)
  return write(self, "delete_asset", function ()
    for _, release in ipairs(self.list) do
      for i, asset in ipairs(release.assets) do
        if asset.id == id then
          table.remove(release.assets, i)
          return true
        end
      end
    end
    return problem.refuse("error", "there is no asset " .. id)
  end)
end

function Forge:download_asset(id)
  self.on_call "download_asset"
  self.downloads = (self.downloads or 0) + 1
  for _, release in ipairs(self.list) do
    for _, asset in ipairs(release.assets) do
      if asset.id == id then return { sha256 = asset.sha256, size = asset.size } end
    end
  end
  return problem.refuse("error", "there is no asset " .. id)
end

-- How many runs are told at most, as GitHub has it, where `most_runs` says so.
local function too_many(self, found)
  if not self.most_runs or #found <= self.most_runs then return found end
  return problem.refuse("error", ("%d runs, and no more than %d are told"):format(#found, self.most_runs))
end

function Forge:runs(query)
  self.on_call "runs"
  if fails(self, "runs") then return problem.refuse("error", "runs: 502") end
  local found = {}
  for i = #self.all_runs, 1, -1 do
    local run, fits = self.all_runs[i], true
    for key, value in pairs(query) do
      if key == "since" then fits = fits and (run.made or 0) >= value else fits = fits and run[key] == value end
    end
    if fits and (run.lag or 0) > 0 then
      run.lag = run.lag - 1
    elseif fits then
      found[#found + 1] = copied(run)
    end
  end
  return too_many(self, found)
end

--- A run that the forge began by itself.
function Forge:start_run(fields)
  local run = { id = next_id(self), status = "queued", conclusion = false, title = fields.workflow, event = "push" }
  for key, value in pairs(fields) do run[key] = value end
  run.url = "https://forge.example/runs/" .. run.id
  self.all_runs[#self.all_runs + 1] = run
  return run
end

function Forge:run(id)
  self.on_call "run"
  if fails(self, "run") then return problem.refuse("error", "run: 502") end
  for _, run in ipairs(self.all_runs) do
    if run.id == id then return copied(run) end
  end
  return false
end

function Forge:dispatch(request)
  return write(self, "dispatch", function ()
    local run = self:start_run { workflow = request.workflow, event = "workflow_dispatch", branch = request.ref,
      oid = self.heads and self.heads[request.ref] or ("e"):rep(40), made = self.moment, inputs = copied(request.inputs), lag = self.lag,
      title = request.workflow .. " " .. (not self.silent_titles and request.inputs.relrun_nonce or "") }
    return { id = not self.tells_no_ids and run.id }
  end)
end

function Forge:comments(number)
  self.on_call "comments"
  return copied(self.notes[number] or {})
end

function Forge:comment(number, body)
  return write(self, "comment", function ()
    self.notes[number] = self.notes[number] or {}
    table.insert(self.notes[number], { id = next_id(self), user = "bot", body = body })
    return true
  end)
end

function Forge:reach(url)
  self.on_call "reach"
  local page = self.pages[url]
  if page then return page end
  for _, release in ipairs(self.list) do
    for _, asset in ipairs(release.assets) do
      if asset.url == url and not release.draft then return { status = 200, size = asset.size } end
    end
  end
  return { status = 404 }
end

function Forge:image(reference)
  self.on_call "image"
  return self.images[reference] or false
end

return stateful_forge
