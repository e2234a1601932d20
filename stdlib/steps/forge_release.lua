--- Step `forge_release`: a release on the forge for every tag. It is made as a draft, filled with its assets, held
-- against what is wanted, and made public with one write, the only one that cannot be taken back; on a forge with
-- immutable releases nothing could follow it. The operations: `release_draft` makes the draft or goes on with the one
-- that is there, `asset` (steps/asset.lua) uploads a file, `release_publish` makes it public. The tag is there before
-- that: a forge that lacks it would make one, wherever it likes.

local asset_name = require "asset_name"
local notes = require "notes"
local problem = require "problem"
local pull_body = require "pull_body"
local release_body = require "release_body"
local release_state = require "release_state"
local shape = require "shape"
local template = require "template"
local text = require "text"

local forge_release = { word = "forge_release", on_forge = true, ops = {} }

-- GitHub's limits: characters of a text, assets of a release.
local LONGEST_NOTES, MOST_ASSETS = 125000, 1000

-- Planning. ---------------------------------------------------------------------------------------------------------

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

-- The draft. --------------------------------------------------------------------------------------------------------

local function tell(release) return ("%d (%s)"):format(release.id, text.line(release.url)) end

-- Is the public release of this tag the one that was to be made? What people changed in its text since is theirs.
local function judge_published(op, doors, forge, release)
  local ours = release_body.purpose(release.body) == op.args.purpose
  local why = not ours and (release.name ~= op.args.name and "its name is another one"
    or release_body.notes(release.body) ~= release_body.notes(op.args.body) and "its notes are others")
  if not why then
    local exact, what = release_state.is_exact(forge, release, op.args.assets, doors)
    if exact == nil then return nil, what end
    why = not exact and what
  end
  if not why then return "DONE", nil, release_state.result(release, op.args.assets) end
  return "DIFFERS", ("release %s of %s is public, and is not this one: %s"):format(tell(release), op.args.tag, why)
end

-- Drafts that are in the way of ours, in words; nil when none is.
local function obstacle(op, found)
  local other = found.foreign[1]
  if other then
    return ("somebody else made draft %s of %s; publish or delete it by hand"):format(tell(other), op.args.tag)
  end
  for i, release in ipairs(found.ours) do
    local same = release_body.purpose(release.body) == op.args.purpose
    if #release.assets > 0 and (i > 1 or not same) then
      return ("draft %s of %s holds assets of another try at this release; delete it by hand if nobody is at it"):format(
        tell(release), op.args.tag)
    end
  end
  local elected = found.ours[1]
  local extra = elected and release_state.extra(elected, op.args.assets)
  if extra then
    return ("draft %s of %s has an asset %s that nobody planned; delete the asset by hand"):format(tell(elected),
      op.args.tag, text.line(extra))
  end
end

-- What of the elected draft is to be changed, or nil.
local function changes_of(op, release)
  local args, changes = op.args, nil
  if release.name ~= args.name or not release_body.same(release.body, args.body)
    or release.prerelease ~= args.prerelease then
    changes = { name = args.name, body = args.body, prerelease = args.prerelease }
  end
  return changes
end

-- One round of the election: a draft of ours that counts, false when there is none (any more), or "again" after a
-- loser was taken away. Only empty drafts with our mark are ever deleted, by their id.
local function elect(op, forge, found)
  local why = obstacle(op, found)
  if why then return problem.refuse("error", why, "then run the same command again") end
  for i = #found.ours, 1, -1 do
    local release = found.ours[i]
    if i > 1 or release_body.purpose(release.body) ~= op.args.purpose then
      -- Somebody else may take it away at the same moment; the next look at the list tells.
      local _, trouble = forge:delete_release(release.id)
      return "again", trouble
    end
  end
  return found.ours[1] or false
end

-- More rounds than there can be losers that nobody else takes away, and a forge's lag of some seconds.
local ROUNDS = 60
local LAG_MS = 1000

-- Makes a draft unless one was elected, then elects: two runs that begin together each make one and keep the first.
local function settle_draft(op, doors, forge)
  local made, lag, failures = nil, 0, 0
  for _ = 1, ROUNDS do
    local found, trouble = release_state.of_tag(forge, op.args.tag)
    if not found then return nil, trouble end
    if found.published then return nil, nil, found.published end
    local listed = not made
    for _, release in ipairs(found.ours) do listed = listed or release.id <= made.id end
    local elected
    if listed then elected, trouble = elect(op, forge, found) else elected = "again" end
    if elected == nil then return nil, trouble end
    if elected and elected ~= "again" then return elected end
    if listed and elected and trouble then
      failures = failures + 1
      if failures == 3 then return nil, trouble end
    elseif not listed then
      lag = lag + 1
      if lag > 10 then
        return problem.refuse("unknown", ("draft %s of %s was made, and the forge does not list it"):format(tell(made),
          op.args.tag), "run the same command again")
      end
      local ok
      ok, trouble = doors.sleep(LAG_MS)
      if not ok then return nil, trouble end
    elseif not elected then
      made, trouble = forge:create_release { tag = op.args.tag, target = op.args.target, name = op.args.name,
        body = op.args.body, draft = true, prerelease = op.args.prerelease }
      if not made then return nil, trouble end
    end
  end
  return problem.refuse("locked", ("other runs keep making drafts of %s"):format(op.args.tag), "run the same command again")
end

local WANTED = { name = shape.line, size = shape.count, sha256 = shape.digest }

forge_release.ops.release_draft = {
  can = "drafts",
  shape = { tag = shape.line, target = shape.oid, name = shape.line, body = shape.message, prerelease = shape.flag,
    purpose = shape.digest, assets = shape.list(WANTED), optional = shape.maybe(shape.flag) },
  wrong = function (args)
    if shape.tag("refs/tags/" .. args.tag) then return "tag", "it is no tag's name" end
    if release_body.purpose(args.body) ~= args.purpose then return "body", "its mark is not the purpose's" end
  end,
  describe = function (op)
    return ("draft release %s \"%s\"%s, %s"):format(text.line(op.args.tag), text.line(op.args.name),
      op.args.prerelease and " (a pre-release)" or "", text.plural(#op.args.assets, "asset"))
  end,
  probe = function (op, doors)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local found
    found, trouble = release_state.of_tag(forge, op.args.tag)
    if not found then return nil, trouble end
    if found.published then return judge_published(op, doors, forge, found.published) end
    local why = obstacle(op, found)
    if why then return "DIFFERS", why end
    local elected = found.ours[1]
    if not elected or release_body.purpose(elected.body) ~= op.args.purpose then return "ABSENT" end
    local result = release_state.result(elected, op.args.assets)
    if #found.ours > 1 or changes_of(op, elected) then return "ABSENT", nil, result end
    return "DONE", nil, result
  end,
  perform = function (op, doors)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local draft, refusal, published = settle_draft(op, doors, forge)
    if published then
      local state, why, result = judge_published(op, doors, forge, published)
      if state == "DONE" then return result end
      if state == nil then return nil, why end
      return problem.refuse("error", why)
    end
    if not draft then return nil, refusal end
    local changes = changes_of(op, draft)
    if changes then
      draft, trouble = forge:update_release(draft.id, changes)
      if not draft then return nil, trouble end
    end
    return release_state.result(draft, op.args.assets)
  end,
}

-- Making it public. -------------------------------------------------------------------------------------------------

-- Everything that must be so in the moment before: nothing of it can be put right afterwards.
local function check_ready(op, doors, forge, draft)
  doors.forget()
  local refs, trouble = doors.remote_refs(op.args.remote)
  if not refs then return nil, trouble end
  if refs[op.args.ref] ~= op.args.object then
    return problem.refuse("stale", ("tag %s on '%s' is %s, not %s"):format(op.args.tag, text.line(op.args.remote),
      refs[op.args.ref] and refs[op.args.ref]:sub(1, 12) or "gone", op.args.object:sub(1, 12)),
      "a forge would make the tag by itself; find out who moved it, then run the same command again")
  end
  local found
  found, trouble = release_state.of_tag(forge, op.args.tag)
  if not found then return nil, trouble end
  local other = found.published or found.foreign[1]
  for _, release in ipairs(found.ours) do
    if release.id ~= draft.id then other = other or release end
  end
  if other then
    return problem.refuse("locked", ("beside draft %d of %s there is release %s"):format(draft.id, op.args.tag, tell(other)),
      "one of them is too many: delete it by hand if nobody is at it, then run the same command again")
  end
  local release
  release, trouble = forge:release(draft.id)
  if release == nil then return nil, trouble end
  if not release then
    return problem.refuse("error", ("draft %d of %s is gone"):format(draft.id, op.args.tag), "run the same command again")
  end
  local exact, why = release_state.is_exact(forge, release, draft.wanted, doors)
  if exact == nil then return nil, why end
  if not exact then
    return problem.refuse("error", ("draft %s of %s is not made public: %s"):format(tell(release), op.args.tag, why),
      "run the same command again, or delete what does not belong there")
  end
  return true
end

forge_release.ops.release_publish = {
  needs = "release",
  shape = { release = shape.result, tag = shape.line, ref = shape.tag, object = shape.oid, remote = shape.name,
    latest = shape.maybe(shape.flag), optional = shape.maybe(shape.flag) },
  wrong = function (args)
    if args.ref ~= "refs/tags/" .. args.tag then return "ref", "it is not the tag's" end
  end,
  describe = function (op)
    local latest = op.args.latest ~= nil and (op.args.latest and ", as the latest" or ", not as the latest") or ""
    return ("make release %s public%s"):format(text.line(op.args.tag), latest)
  end,
  probe = function (op, doors, results)
    local draft = results[op.args.release]
    if not draft then return "ABSENT" end
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local release
    release, trouble = forge:release(draft.id)
    if release == nil then return nil, trouble end
    if not release then return "ABSENT" end
    if release.tag ~= op.args.tag then
      return "DIFFERS", ("release %s is of the tag %s now"):format(tell(release), text.line(release.tag))
    end
    if release.draft then return "ABSENT" end
    local exact, why = release_state.is_exact(forge, release, draft.wanted, doors)
    if exact == nil then return nil, why end
    if not exact then return "DIFFERS", ("release %s is public, and %s"):format(tell(release), why) end
    return "DONE", nil, release_state.result(release, draft.wanted)
  end,
  perform = function (op, doors, results)
    local forge, trouble = doors.forge()
    if not forge then return nil, trouble end
    local draft = results[op.args.release]
    if not draft then
      return problem.refuse("error", ("there is no draft of %s to make public"):format(op.args.tag),
        "run the same command again")
    end
    local ready
    ready, trouble = check_ready(op, doors, forge, draft)
    if not ready then return nil, trouble end
    local release
    release, trouble = forge:update_release(draft.id, { draft = false, tag = op.args.tag, latest = op.args.latest })
    if not release then return nil, trouble end
    return release_state.result(release, draft.wanted)
  end,
}

forge_release.ops.asset = require "steps.asset"

return forge_release
