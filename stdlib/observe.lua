--- The ground that a plan stands on, observed once: the base commit, the remote's refs, the packages, who releases and
-- where the repository lives on the web. Everything goes into the context that planning shares.

local packages = require "packages"
local problem = require "problem"
local releases = require "releases"
local remote_url = require "remote_url"
local text = require "text"

local observe = {}

-- Who is author, committer and tagger: the spec's identity, else git's own.
local function identity(context)
  local release = context.model.release
  if release.identity then
    context.identity = release.identity
    return true
  end
  local name, trouble = context.world:setting "user.name"
  if trouble then return nil, trouble end
  local mail = context.world:setting "user.email"
  if not name or not mail then
    return problem.refuse("error", "nobody is named as the author of the release commits",
      "say release \"...\" { identity = \"Name <mail>\" }, or set git's user.name and user.email")
  end
  context.identity = ("%s <%s>"):format(name:gsub("[<>\n]", ""), mail:gsub("[<>\n%s]", ""))
  return true
end

-- A web address for links, from the spec or from the remote's URL: https://HOST/OWNER/REPO.
local function repository(context)
  local release = context.model.release
  if release.repository then context.repository = release.repository:gsub("/+$", "") return end
  local url = context.world:setting("remote." .. release.remote .. ".url") or ""
  local host, path = remote_url.split(url)
  host = host and host:gsub(":%d+$", "")
  if host and host:find "%." and host:find "%a" then context.repository = ("https://%s/%s"):format(host, path) end
end

-- Publishing plans at the head of the pull request that prepare made.
local function prepared_head(context)
  if not context.remote_refs then
    return problem.refuse("usage", "publish asks the remote and the forge", "leave out --offline")
  end
  local trouble
  context.pull, trouble = context.find_pull(context)
  if not context.pull then return nil, trouble end
  local head = context.pull.head
  local ref = "refs/heads/" .. head.branch
  context.base_oid, context.remote_ref = head.oid, ref
  if context.pull.state == "merged" then
    -- The branch may be gone, or be another release's by now; the base branch holds what was merged.
    context.remote_ref = "refs/heads/" .. context.lane.base
    return true
  end
  local now = context.remote_refs[ref]
  if now ~= head.oid then
    return problem.refuse("waiting", ("the forge says that pull request #%d is at %s, and its branch is %s"):format(
      context.pull.number, head.oid:sub(1, 12), now and "at " .. now:sub(1, 12) or "gone"), "run the same command again")
  end
  context.rests_on = ref
  return true
end

-- The base branch's commit: the remote's, or this clone's where the run is offline or the check was left out.
local function base(context)
  local release, lane = context.model.release, context.lane
  local remote_refs, trouble = context.world:remote_refs(release.remote)
  if trouble then return nil, trouble end
  context.remote, context.remote_refs = release.remote, remote_refs
  local ref = "refs/heads/" .. lane.base
  if remote_refs then
    if not remote_refs[ref] then
      return problem.refuse("error", ("remote '%s' has no branch '%s'"):format(text.line(release.remote),
        text.line(lane.base)), "push it, or correct the lane's base")
    end
    context.remote_ref = ref
  end
  local head
  head, trouble = context.world:head()
  if not head then return nil, trouble end
  context.head = head
  if not head.ref and not head.bare then context.warn("HEAD is detached, as it is on CI") end
  if context.half == "publish" then return prepared_head(context) end
  if remote_refs and not context.flags.skip_base_sync_check then
    context.base_oid, context.rests_on = remote_refs[ref], ref
  else
    local heads
    heads, trouble = context.world:local_refs "refs/heads/"
    if not heads then return nil, trouble end
    context.base_oid = heads[ref] or head.oid
    if not context.base_oid then
      return problem.refuse("error", ("there is no branch '%s' in this clone"):format(text.line(lane.base)),
        "fetch it, or correct the lane's base")
    end
  end
  return true
end

--- A commit as the base of a plan: its time is SOURCE_DATE_EPOCH where that is set.
---@return table|nil { oid, tree, time, message, author }, problem
function observe.commit(context, oid)
  local commit, trouble = context.world:commit(oid)
  if not commit then return nil, trouble end
  local epoch
  epoch, trouble = context.world:source_date()
  if trouble then return nil, trouble end
  return { oid = oid, tree = commit.tree, time = epoch or commit.time, message = commit.message,
    author = commit.author }
end

--- Observes all of it, into the context: label, identity, repository, remote, remote_ref, remote_refs, head, ci, packages,
-- is_ours, anchor_of, base_oid, rests_on (the ref that must still be there), base_tip, subject and, when publishing, pull.
---@param context table { model, lane, half, flags, world, warn, forge, find_pull }
---@return true|nil, problem
function observe.ground(context)
  context.label = context.lane.step.bump.prerelease
  context.anchors, context.push = {}, context.flags.push or false
  local ok, trouble
  context.ci, trouble = context.world:ci()
  if not context.ci then return nil, trouble end
  ok, trouble = base(context)
  if not ok then return nil, trouble end
  if context.remote_ref then context.world:comes_from(context.remote, context.remote_ref) end
  ok, trouble = context.world:need(context.remote, { [context.remote_ref or "refs/heads/"
    .. context.lane.base] = context.base_oid })
  if not ok then return nil, trouble end
  context.packages, trouble = packages.resolve(context.model, context.world, context.base_oid)
  if not context.packages then return nil, trouble end
  context.is_ours = releases.recogniser(context.model, context.packages)
  context.anchor_of = function (oid) return (releases.anchor(context.world, oid, context.is_ours, context.anchors)) end
  ok, trouble = identity(context)
  if not ok then return nil, trouble end
  repository(context)
  context.base_tip, trouble = observe.commit(context, context.base_oid)
  if not context.base_tip then return nil, trouble end
  context.subject = { oid = context.base_oid, pull = context.pull,
    branch = context.pull and context.pull.head.branch or context.lane.base }
  return true
end

return observe
