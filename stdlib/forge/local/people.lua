--- The people's part on a local forge: each verb of forge/verbs.lua as a function that does it in the name of the forge's
-- user and tells in one line what is so now.

local problem = require "problem"
local runs = require "forge.local.runs"
local settings = require "forge.local.settings"
local show = require "forge.local.show"
local text = require "text"

local people = {}

-- Every function: (forge, arguments, options) -> lines | nil, problem
local done = {}
people.verbs = done

local function line(format, ...) return { format:format(...) } end

function done.show(forge) return show.lines(forge) end

local function review(forge, number, state, body, verb)
  local given, trouble = forge:add_review(number, forge.user, state, body)
  if not given then return nil, trouble end
  return line("%s %s pull request %d at %s", forge.user, verb, number, given.oid:sub(1, 12))
end

function done.approve(forge, arguments) return review(forge, arguments.number, "approved", "", "approved") end

function done.reject(forge, arguments)
  return review(forge, arguments.number, "changes_requested", arguments.text, "requested changes of")
end

function done.comment(forge, arguments)
  local ok, trouble = forge:comment(arguments.number, arguments.text)
  if not ok then return nil, trouble end
  return line("%s commented on %d", forge.user, arguments.number)
end

function done.label(forge, arguments)
  local ok, trouble = forge:add_labels(arguments.number, { arguments.label })
  if not ok then return nil, trouble end
  return line("%d is labelled %s", arguments.number, text.line(arguments.label))
end

function done.merge(forge, arguments)
  local pull, trouble = forge:pull(arguments.number)
  if pull == nil then return nil, trouble end
  if not pull then return problem.refuse("error", ("there is no pull request %d"):format(arguments.number)) end
  if pull.state ~= "open" then
    return problem.refuse("denied", ("pull request %d is %s"):format(pull.number, pull.state))
  end
  local merged
  merged, trouble = forge:merge_pull(pull.number, { oid = pull.head.oid, method = arguments.method })
  if not merged then return nil, trouble end
  return line("%s merged pull request %d into %s: %s", forge.user, pull.number, text.line(pull.base.branch), merged.oid:sub(1, 12))
end

function done.close(forge, arguments)
  local ok, trouble = forge:close(arguments.number)
  if not ok then return nil, trouble end
  return line("%d is closed", arguments.number)
end

function done.issue(forge, arguments, options)
  local number, trouble = forge:open_issue(arguments.title, { options.label })
  if not number then return nil, trouble end
  return line("issue %d is open", number)
end

-- The commit that --at names: the head of a pull request by its number, a branch, a tag, a commit. Without it, the head
-- of the only open pull request.
local function commit_at(forge, name)
  if not name then
    local pulls, trouble = forge:pulls {}
    if not pulls then return nil, trouble end
    if #pulls == 1 then return pulls[1].head.oid end
    return problem.refuse("usage", ("there are %d open pull requests"):format(#pulls),
      "say which with --at NUMBER, or name a branch or commit")
  end
  if name:find "^[1-9]%d*$" and #name < 16 then
    local pull, trouble = forge:pull(math.tointeger(tonumber(name)))
    if pull == nil then return nil, trouble end
    if pull then return pull.head.oid end
  end
  local oid, trouble = forge.bare:commit_of(name)
  if oid == nil then return nil, trouble end
  if oid then return oid end
  return problem.refuse("error", ("there is no pull request, branch, tag or commit %s"):format(text.line(name)))
end

function done.status(forge, arguments, options)
  local oid, trouble = commit_at(forge, options.at)
  if not oid then return nil, trouble end
  local ok
  ok, trouble = forge:post_status(oid, { context = arguments.context, state = arguments.state, description = arguments.text })
  if not ok then return nil, trouble end
  return line("%s is %s at %s", text.line(arguments.context), arguments.state, oid:sub(1, 12))
end

function done.dispatch(forge, arguments, options)
  local ref, trouble = options.at, nil
  if not ref then ref, trouble = forge:default_branch() end
  if not ref then return nil, trouble end
  local run
  run, trouble = forge:dispatch { workflow = arguments.workflow, ref = ref, inputs = {} }
  if not run then return nil, trouble end
  return line("run %d of %s", run.id, text.line(arguments.workflow))
end

function done.finish(forge, arguments)
  for i, conclusion in ipairs(runs.CONCLUSIONS) do
    if conclusion == arguments.conclusion then break end
    if i == #runs.CONCLUSIONS then
      return problem.refuse("usage", ("'%s' is no end of a run"):format(text.line(arguments.conclusion)),
        "say one of " .. table.concat(runs.CONCLUSIONS, ", "))
    end
  end
  local ok, trouble = forge:finish_run(arguments.run, arguments.conclusion)
  if not ok then return nil, trouble end
  return line("run %d ended: %s", arguments.run, arguments.conclusion)
end

-- The newest run that waits for an environment.
local function waiting_run(forge, environment)
  local all, trouble = forge:runs {}
  if not all then return nil, trouble end
  for _, run in ipairs(all) do
    if run.status == "waiting" then
      local approvals, broken = forge:approvals(run.id)
      if not approvals then return nil, broken end
      for _, approval in ipairs(approvals) do
        if approval.environment == environment and approval.state == "pending" then return run.id end
      end
    end
  end
  return problem.refuse("denied", ("no run waits for %s"):format(text.line(environment)))
end

local function decide(state)
  return function (forge, arguments, options)
    local run, trouble = math.tointeger(tonumber(options.at)), nil
    if options.at and not run then
      return problem.refuse("usage", ("'%s' is no number of a run"):format(text.line(options.at)))
    end
    if not run then run, trouble = waiting_run(forge, arguments.environment) end
    if not run then return nil, trouble end
    local ok
    ok, trouble = forge:decide_deployment(run, arguments.environment, forge.user, state)
    if not ok then return nil, trouble end
    return line("%s %s %s for run %d", forge.user, state, text.line(arguments.environment), run)
  end
end

done["deploy-approve"], done["deploy-reject"] = decide "approved", decide "rejected"

-- What `set` can change: how the text of a value is read, and where it goes. ----------------------------------------

local function flag(value)
  if value == "true" then return true elseif value == "false" then return false end
  return value
end

local function number(value) return math.tointeger(tonumber(value)) or value end

local function words(value)
  local list = {}
  for word in value:gmatch "[^,%s]+" do list[#list + 1] = word end
  return list
end

local function field(name, read)
  return function (said, _, value) said[name] = read and read(value) or value end
end

local function of_branch(name, read)
  return function (said, _, value, branch)
    said.protection[branch] = said.protection[branch] or {}
    said.protection[branch][name] = read(value)
  end
end

local KEYS = {
  default_branch = field "default_branch", default_role = field "default_role",
  merge_methods = field("merge_methods", words),
  immutable_releases = function (said, _, value) said.immutable_releases = flag(value) end,
  approvals = of_branch("approvals", number), dismiss_stale = of_branch("dismiss_stale", flag),
  strict = of_branch("strict", flag), linear_history = of_branch("linear_history", flag), pull_request_required = of_branch("pull_request_required", flag),
  enforced_for_admins = of_branch("enforced_for_admins", flag),
}

-- Those that are followed by a dot and a name.
local NAMED = {
  role = function (said, name, value)
    if name == said.automation.user then said.automation.role = value else said.roles[name] = value end
  end,
  team = function (said, name, value) said.teams[name] = words(value) end,
  reviewers = function (said, name, value)
    said.environments[name] = said.environments[name] or {}
    said.environments[name].reviewers = words(value)
  end,
  environments = function (said, name, value) said.workflows[name] = { environments = words(value) } end,
}

local function change(forge, branch, edit)
  return forge.store:locked(function ()
    local said, trouble = forge:settings()
    if not said then return nil, trouble end
    if not branch then branch, trouble = forge:default_branch() end
    if not branch then return nil, trouble end
    edit(said, branch)
    local ok
    ok, trouble = settings.write(forge.store, said)
    if not ok then return nil, trouble end
    return branch
  end)
end

function done.set(forge, arguments, options)
  local head, name = arguments.key:match "^(%l+)%.(.+)$"
  local edit = head and NAMED[head] or KEYS[arguments.key]
  if not edit then
    local names = {}
    for key in pairs(KEYS) do names[#names + 1] = key end
    return problem.refuse("usage", ("relrun forge cannot set '%s'%s"):format(text.line(arguments.key),
      text.hint(arguments.key, names)), "see relrun help forge")
  end
  local branch, trouble = change(forge, options.branch, function (said, of)
    edit(said, name, arguments.value, of)
  end)
  if not branch then return nil, trouble end
  return line("%s is %s", text.line(arguments.key), text.line(arguments.value))
end

done["require"] = function (forge, arguments, options)
  local branch, trouble = change(forge, options.branch, function (said, of)
    local rules = said.protection[of] or {}
    said.protection[of] = rules
    rules.required_checks = rules.required_checks or {}
    for _, context in ipairs(rules.required_checks) do
      if context == arguments.context then return end
    end
    table.insert(rules.required_checks, arguments.context)
  end)
  if not branch then return nil, trouble end
  return line("merges into %s need %s", text.line(branch), text.line(arguments.context))
end

return people
