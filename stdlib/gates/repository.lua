--- Gates on the repository: the work tree, and where the base branch is.

local people = require "gates.people"
local skip_ci = require "skip_ci"
local text = require "text"
local verdict = require "gates.verdict"

local repository = {}

--- S1.85: nothing uncommitted.
function repository.clean_tree(context)
  if context.half == "publish" then return verdict.off "publishing what was prepared" end
  if context.flags.allow_dirty then return verdict.off "--allow-dirty" end
  local paths, trouble = context.world:dirty()
  if not paths then return nil, trouble end
  if #paths == 0 then return verdict.pass "nothing is uncommitted" end
  local some = {}
  for i = 1, math.min(#paths, 3) do some[i] = text.line(paths[i]) end
  return verdict.deny(("%s uncommitted: %s%s"):format(#paths == 1 and "1 path is" or #paths .. " paths are",
    table.concat(some, ", "), #paths > 3 and ", ..." or ""),
    "commit or stash them, or say --allow-dirty (releases are made from commits, never from the work tree)")
end

-- How a clone comes to stand where its remote does: the way back from each way of being apart.
local function way_to(context, head, theirs)
  local branch, remote = text.word(context.lane.base), text.word(context.model.release.remote)
  local pull = ("release from the remote's own commit: git switch %s && git pull --ff-only %s %s"):format(branch, remote, branch)
  if head.ref ~= "refs/heads/" .. context.lane.base then return pull end
  local ahead, trouble = context.world:holds(head.oid, theirs)
  if ahead == nil then return nil, trouble end
  if ahead then return ("this clone is ahead, and what is released is the remote's: git push %s %s"):format(remote, branch) end
  local behind
  behind, trouble = context.world:holds(theirs, head.oid)
  if behind == nil then return nil, trouble end
  if behind then return pull end
  return ("both have commits of their own: git pull --rebase %s %s && git push %s %s"):format(remote, branch, remote, branch)
end

-- Is it known that no run of this lane releases this commit? Its message keeps the forge from starting one, or it was made
-- by an account whose runs the lane skips. Who pushed it git does not tell.
---@return boolean|nil, problem
local function is_passed_over(context, oid)
  local commit, trouble = context.world:commit(oid)
  if not commit then return nil, trouble end
  if skip_ci.find(commit.message) then return true end
  for _, gate in ipairs(context.lane.gates or {}) do
    for _, name in ipairs(gate.word == "not_actor" and gate.names or {}) do
      for _, line in ipairs { commit.author, commit.committer } do
        if people.same(line:match "^(.-) ?<" or "", name) then return true end
      end
    end
  end
  return false
end

-- Is this the run of a push (or of the end of its CI) that a later push to the base branch has overtaken? The later one's own
-- run holds all of it, so this one has nothing left to do; it is no mistake of anybody's.
---@return boolean|nil, problem
local function is_overtaken(context, head, theirs)
  local event, base = context.ci, context.lane.base
  local branch = event.event == "push" and event.branch
    or event.event == "workflow_run" and event.workflow_run and event.workflow_run.head_branch
  if branch ~= base then return false end
  local held, trouble = context.world:holds(theirs, head)
  if not held then return held, trouble end
  local nobody
  nobody, trouble = is_passed_over(context, theirs)
  if nobody == nil then return nil, trouble end
  return not nobody
end

--- S1.76, S1.86, S1.87: HEAD is what the remote's base branch is (or our own release commits on top of it).
function repository.synced(context)
  if context.half == "publish" then return verdict.off "publishing what was prepared" end
  if context.flags.skip_base_sync_check then return verdict.off "--skip-base-sync-check" end
  if not context.remote_refs then return verdict.off "--offline" end
  local branch, remote = context.lane.base, context.model.release.remote
  local theirs = context.remote_refs["refs/heads/" .. branch]
  local head, trouble = context.world:head()
  if not head then return nil, trouble end
  if not head.oid then return verdict.deny("HEAD has no commit yet", "commit something first") end
  if head.oid == theirs then return verdict.pass(("HEAD is %s/%s at %s"):format(remote, branch, theirs:sub(1, 12))) end
  local anchor = context.anchor_of(head.oid)
  if anchor == theirs then
    return verdict.pass(("HEAD is a release commit on top of %s/%s at %s"):format(remote, branch, theirs:sub(1, 12)))
  end
  local overtaken
  overtaken, trouble = is_overtaken(context, head.oid, theirs)
  if overtaken == nil then return nil, trouble end
  if overtaken then
    return verdict.skip(("%s has moved on from %s, which this run is about, to %s, and the run of that commit releases both"):format(
      text.line(branch), head.oid:sub(1, 12), theirs:sub(1, 12)))
  end
  local todo
  todo, trouble = way_to(context, head, theirs)
  if not todo then return nil, trouble end
  local where = head.ref and "branch " .. head.ref:gsub("^refs/heads/", "") or "HEAD"
  return verdict.deny(("%s is at %s and %s/%s is at %s"):format(text.line(where), head.oid:sub(1, 12), text.line(remote),
    text.line(branch), theirs:sub(1, 12)), todo)
end

--- The base branch's tip on the remote is the commit that was planned from. When a release is published, that is the
-- commit from which its pull request was prepared; its own merge moves the base and does not count.
function repository.base_unmoved(context)
  if not context.remote_refs then return verdict.off "--offline" end
  local ref, pull = "refs/heads/" .. context.lane.base, context.half == "publish" and context.pull
  if pull and pull.state == "merged" then
    return verdict.pass(("pull request #%d is merged already"):format(pull.number))
  end
  local theirs = context.remote_refs[ref]
  local planned = pull and context.anchor_of(pull.head.oid) or context.base_oid
  local branch = text.line(context.lane.base)
  if theirs and theirs == planned then
    return {
      verdict = "pass", reason = ("%s is at %s"):format(branch, theirs:sub(1, 12)), evidence = { commit = theirs },
      -- Elsewhere the plan rests on its base branch anyway, and may move it.
      facts = pull and { { fact = "remote_ref", remote = context.remote, ref = ref, oid = theirs } } or nil,
    }
  end
  return verdict.deny(("%s was at %s when this was %s and is %s now"):format(branch, planned and planned:sub(1, 12)
    or "an unknown commit", pull and "prepared" or "planned", theirs and "at " .. theirs:sub(1, 12) or "gone"),
    pull and "prepare anew: relrun prepare" or "leave out --skip-base-sync-check")
end

return repository
