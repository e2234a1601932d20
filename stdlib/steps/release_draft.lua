--- The operation `release_draft`: the draft of a release, made, or found and gone on with. Two runs that begin together
-- each make one, because forges take two drafts of one tag without a word; then the one of the lowest id counts for both.
-- Only drafts with our mark are ever touched, and only empty ones deleted; whatever else is in the way stops the run.

local problem = require "problem"
local release_body = require "release_body"
local release_state = require "release_state"
local shape = require "shape"
local text = require "text"

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
  return "DIFFERS", ("release %s of %s is public, and is not this one: %s"):format(release_state.tell(release), op.args.tag, why)
end

-- The first draft with our mark that holds nothing.
local function empty_draft(found)
  for _, release in ipairs(found.ours) do
    if #release.assets == 0 then return release end
  end
end

-- Drafts that are in the way of ours, in words; nil when none is.
local function obstacle(op, found)
  local other = found.foreign[1]
  if other then
    return ("somebody else made draft %s of %s; publish or delete it by hand"):format(release_state.tell(other), op.args.tag)
  end
  for i, release in ipairs(found.ours) do
    local same = release_body.purpose(release.body) == op.args.purpose
    if #release.assets > 0 and (i > 1 or not same) then
      return ("draft %s of %s holds assets of another try at this release; delete it by hand if nobody is at it"):format(
        release_state.tell(release), op.args.tag)
    end
  end
  local elected = found.ours[1]
  local extra = elected and release_state.extra(elected, op.args.assets)
  if extra then
    return ("draft %s of %s has an asset %s that nobody planned; delete the asset by hand"):format(release_state.tell(elected),
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
local LAG_MS, MOST_LAG = 1000, 10

-- Is the draft that was made, or an older one, in the list by now?
local function is_listed(found, made)
  for _, release in ipairs(found.ours) do
    if release.id <= made.id then return true end
  end
  return false
end

local function create(op, forge)
  return forge:create_release { tag = op.args.tag, target = op.args.target, name = op.args.name, body = op.args.body,
    draft = true, prerelease = op.args.prerelease }
end

-- Beside a public release a draft of ours is what a run left that came too late.
local function clear_late(forge, found)
  local late = empty_draft(found)
  if not late then return found.published end
  local _, trouble = forge:delete_release(late.id)
  return "again", trouble
end

-- Makes a draft unless one was elected, then elects: two runs that begin together each make one and keep the first.
-- Gives the draft that counts, or the release that is public already.
local function settle_draft(op, doors, forge)
  local made, lag, failures = nil, 0, 0
  for _ = 1, ROUNDS do
    local found, trouble = release_state.of_tag(forge, op.args.tag)
    if not found then return nil, trouble end
    local settled, ok = "again", true
    if found.published then
      settled, trouble = clear_late(forge, found)
    elseif made and not is_listed(found, made) then
      lag = lag + 1
      if lag > MOST_LAG then
        return problem.refuse("unknown", ("draft %s of %s was made, and the forge does not list it"):format(release_state.tell(made),
          op.args.tag), "run the same command again")
      end
      ok, trouble = doors.sleep(LAG_MS)
    else
      settled, trouble = elect(op, forge, found)
      if settled == false then
        made, trouble = create(op, forge)
        settled, ok = "again", made
      end
    end
    if settled == "again" and ok and trouble then failures = failures + 1 end
    if settled == nil or not ok or failures == 3 then return nil, trouble end
    if settled ~= "again" then return settled end
  end
  return problem.refuse("locked", ("other runs keep making drafts of %s"):format(op.args.tag), "run the same command again")
end

local WANTED = { name = shape.line, size = shape.count, sha256 = shape.digest }

local release_draft = {
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
    if found.published then
      local state, detail, result = judge_published(op, doors, forge, found.published)
      if state == "DONE" and empty_draft(found) then state = "ABSENT" end
      return state, detail, result
    end
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
    local draft
    draft, trouble = settle_draft(op, doors, forge)
    if not draft then return nil, trouble end
    if not draft.draft then
      local state, why, result = judge_published(op, doors, forge, draft)
      if state == "DONE" then return result end
      if state == nil then return nil, why end
      return problem.refuse("error", why)
    end
    local changes = changes_of(op, draft)
    if changes then
      draft, trouble = forge:update_release(draft.id, changes)
      if not draft then return nil, trouble end
    end
    return release_state.result(draft, op.args.assets)
  end,
}

return release_draft
