--- What the steps on the forge ask of the lane that they stand in, and of themselves: checks by the word of the step.
-- Each is told the lane, its steps by word, the step, and how to complain at its line. Pure; spec.lua calls them.

local text = require "text"

local forge_steps = {}

-- Of a workflow that is dispatched (facts WF.disp).
local MOST_INPUTS = 25

local function needs(lane, steps, step, words, complain)
  for _, word in ipairs(words) do
    if not steps[word] then
      complain("lane \"%s\": step '%s' needs a step %s {} before it", lane.name, step.word, word)
    end
  end
end

function forge_steps.forge_release(lane, steps, step, complain)
  needs(lane, steps, step, { "tag", "push" }, complain)
  if step.notes == "pull_request" and not steps.pull_request then
    complain("forge_release: notes = \"pull_request\", and lane \"%s\" has no pull_request step", lane.name)
  end
  if step.latest and step.prerelease then complain "forge_release: a pre-release is never the latest" end
  if step.latest and step.draft then complain "forge_release: a draft is never the latest" end
  if step.latest and steps.bump and steps.bump.prerelease and step.prerelease == nil then
    complain("forge_release: lane \"%s\" makes pre-releases, and none of them is the latest", lane.name)
  end
  local seen = {}
  for _, pattern in ipairs(step.assets or {}) do
    if seen[pattern] then complain("forge_release: the assets '%s' stand twice", text.line(pattern)) end
    seen[pattern] = true
  end
end

function forge_steps.dispatch(lane, steps, step, complain)
  needs(lane, steps, step, { "push" }, complain)
  if step.workflow and step.workflow:find "[/%s]" then
    complain("dispatch: workflow is a file's name such as \"publish.yml\", not '%s'", text.line(step.workflow))
  end
  local count = step.nonce and 1 or 0
  for _ in pairs(step.inputs or {}) do count = count + 1 end
  if count > MOST_INPUTS then
    complain("dispatch: GitHub takes %d inputs, and there are %d%s", MOST_INPUTS, count,
      step.nonce and " with relrun_nonce; nonce = false leaves that one out" or "")
  end
  if step.inputs and step.inputs.relrun_nonce then
    complain "dispatch: the input relrun_nonce is relrun's own; nonce = false leaves it out"
  end
end

function forge_steps.comment(lane, steps, _, complain)
  if not steps.pull_request then
    complain("lane \"%s\": step 'comment' writes on the lane's pull request, and there is no pull_request step", lane.name)
  end
end

function forge_steps.reachable(lane, steps, step, complain)
  local released = steps.forge_release
  if step.assets and not released then
    complain("reachable: assets = true, and lane \"%s\" has no forge_release step", lane.name)
  end
  if step.assets and released and released.draft then complain "reachable: nobody can reach the assets of a draft" end
  for _, other in ipairs(lane.steps) do
    if other == released then break end
    if other == step and released and step.assets ~= false then
      complain("lane \"%s\": step 'reachable' comes before 'forge_release', whose assets it looks for", lane.name)
    end
  end
  if not step.urls and not step.images and (not released or step.assets == false) then
    complain "reachable: it names nothing; say urls, images, or have a forge_release step"
  end
end

function forge_steps.push(_, _, step, complain)
  if step.workflow and step.workflow:find "[/%s]" then
    complain("push: workflow is a file's name such as \"publish.yml\", not '%s'", text.line(step.workflow))
  end
end

return forge_steps
