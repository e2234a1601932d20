--- The operation `asset`: one file of a release, uploaded to its draft. An upload is no replacement: a forge keeps the
-- first asset of a name, whole or torn. A torn one in a draft of ours is deleted by its id and sent again, once; other
-- bytes under the name stop the run.

local problem = require "problem"
local release_state = require "release_state"
local shape = require "shape"
local text = require "text"
local work_files = require "work_files"

local asset = { can = "assets", needs = "release" }

-- A path of the work tree: the plan may come from a file, and no other file of this machine is to be sent anywhere.
local function inside(value)
  return shape.path(value) or not work_files.is_inside(value) and "it leads out of the work tree" or nil
end

asset.shape = { release = shape.result, path = inside, name = shape.line, size = shape.count, sha256 = shape.digest,
  content_type = shape.line, optional = shape.maybe(shape.flag) }

function asset.describe(op)
  return ("asset %s (%s, sha256 %s)"):format(text.line(op.args.path), text.size(op.args.size), op.args.sha256:sub(1, 16))
end

-- Each one writes a name of its own, and a forge takes each name once.
function asset.together(ops)
  local bytes = 0
  for _, op in ipairs(ops) do bytes = bytes + op.args.size end
  return "uploading " .. text.plural(#ops, "asset"), bytes
end

-- The asset of this name in the release, and the release; false where there is none.
local function find(op, doors, results)
  local forge, trouble = doors.forge()
  if not forge then return nil, trouble end
  local release
  release, trouble = forge:release(results[op.args.release].id)
  if release == nil then return nil, trouble end
  if not release then return false, nil, forge end
  return release_state.asset(release, op.args.name) or false, release, forge
end

function asset.probe(op, doors, results)
  if not results[op.args.release] then return "ABSENT" end
  local found, release, forge = find(op, doors, results)
  if found == nil then return nil, release end
  if not found then
    if release and not release.draft then return "DIFFERS", ("asset %s is missing in a release that is public"):format(
      text.line(op.args.name)) end
    return "ABSENT"
  end
  if found.name ~= op.args.name then
    return "DIFFERS", ("the release has an asset %s, which is %s but for upper and lower case"):format(
      text.line(found.name), text.line(op.args.name))
  end
  if release_state.is_torn(found) then return "ABSENT" end
  local same, why = release_state.is_wanted(forge, found, op.args, doors)
  if same == nil then return nil, why end
  if same then return "DONE" end
  return "DIFFERS", why
end

-- What is on the disk now must be what was planned: the upload would take anything.
local function check_file(op, doors)
  local root = doors.git.root
  local found, trouble = work_files.digest(doors.file, root, op.args.path)
  if not found then return nil, trouble end
  if found.size == op.args.size and found.sha256 == op.args.sha256 then return root .. "/" .. op.args.path end
  return problem.refuse("stale", ("%s is not what was planned: its digest is %s"):format(text.line(op.args.path),
    found.sha256:sub(1, 16)), "plan again")
end

-- Which one it was: others are sent at the same time. What is everybody's is nobody's own.
local function named(op, trouble)
  local name = "asset " .. text.line(op.args.name)
  if not trouble.shared and not trouble.text:find(name, 1, true) then trouble.text = name .. ": " .. trouble.text end
  return trouble
end

local function upload(op, forge, release, path)
  local made, trouble = forge:upload_asset(release.id, { name = op.args.name, path = path, size = op.args.size,
    sha256 = op.args.sha256, content_type = op.args.content_type })
  if not made then return nil, trouble end
  if made.name == op.args.name then return true end
  forge:delete_asset(made.id)
  return problem.refuse("error", ("the forge calls asset %s '%s'"):format(text.line(op.args.name), text.line(made.name)),
    "rename the file")
end

-- Takes away what is left of an upload that never ended; in a draft of ours it can only be ours.
local function clear(op, doors, results)
  local found, release, forge = find(op, doors, results)
  if found == nil then return nil, release end
  if not release then return problem.refuse("error", "the draft is gone", "run the same command again") end
  if not release.draft then
    return problem.refuse("locked", "the release became public meanwhile", "run the same command again")
  end
  if found and found.name == op.args.name and release_state.is_torn(found) then
    local ok, trouble = forge:delete_asset(found.id)
    if not ok then return nil, trouble end
    found = false
  end
  return release, nil, forge, found
end

function asset.perform(op, doors, results)
  local path, trouble = check_file(op, doors)
  if not path then return nil, trouble end
  if not results[op.args.release] then
    return problem.refuse("error", "there is no draft to upload to", "run the same command again")
  end
  local ok
  for _ = 1, 2 do
    local release, refusal, forge, found = clear(op, doors, results)
    if not release then return nil, refusal end
    -- Of two runs the other was faster; what it sent is for the probe to judge.
    if found then return true end
    ok, trouble = upload(op, forge, release, path)
    -- A name is taken once, so an upload whose outcome is unknown is safe to send again.
    if ok or trouble.kind ~= "unknown" then break end
  end
  if not ok then return nil, named(op, trouble) end
  return true
end

return asset
