--- What people can do on a local forge from the command line (`relrun forge VERB ...`), as rows, and the reading of a
-- request against them.

local problem = require "problem"
local text = require "text"

local verbs = {}

--- Rows: name, arguments, options (besides --forge), doc.
verbs.rows = {
  { name = "show", arguments = {}, options = {}, doc = "print the state: pull requests, statuses, issues, releases, runs" },
  { name = "approve", arguments = { "NUMBER" }, options = { "as" }, doc = "approve a pull request at its present head" },
  { name = "reject", arguments = { "NUMBER", "[TEXT]" }, options = { "as" }, doc = "request changes of a pull request" },
  { name = "comment", arguments = { "NUMBER", "TEXT" }, options = { "as" }, doc = "comment on a pull request or issue" },
  { name = "label", arguments = { "NUMBER", "LABEL" }, options = { "as" }, doc = "add a label" },
  { name = "merge", arguments = { "NUMBER", "[METHOD]" }, options = { "as" },
    doc = "merge a pull request as a person would: what protects the base can refuse it" },
  { name = "close", arguments = { "NUMBER" }, options = { "as" }, doc = "close a pull request or issue" },
  { name = "issue", arguments = { "TITLE" }, options = { "as", "label" }, doc = "open an issue" },
  { name = "status", arguments = { "CONTEXT", "STATE", "[TEXT]" }, options = { "as", "at" },
    doc = "post a commit status: pending, success, failure or error" },
  { name = "require", arguments = { "CONTEXT" }, options = { "branch" },
    doc = "protect a branch: merges need this status to be success" },
  { name = "dispatch", arguments = { "WORKFLOW" }, options = { "as", "at" }, doc = "start a workflow; prints the run's id" },
  { name = "finish", arguments = { "RUN", "CONCLUSION" }, options = {}, doc = "say how a run ended" },
  { name = "deploy-approve", arguments = { "ENVIRONMENT" }, options = { "as", "at" }, doc = "let a waiting run use an environment" },
  { name = "deploy-reject", arguments = { "ENVIRONMENT" }, options = { "as", "at" }, doc = "end a waiting run" },
  { name = "set", arguments = { "KEY", "VALUE" }, options = { "branch" },
    doc = "change forge.json: default_branch, default_role, immutable_releases, merge_methods, role.USER, team.NAME, "
      .. "reviewers.ENVIRONMENT, environments.WORKFLOW, or of a protected branch approvals, dismiss_stale, strict, "
      .. "linear_history, pull_request_required, enforced_for_admins" },
}

verbs.by_name = {}
for _, row in ipairs(verbs.rows) do verbs.by_name[row.name] = row end

local function usage(format, ...) return problem.refuse("usage", format:format(...), "see relrun help forge") end

local function is_whole(value) return value:find "^[1-9]%d*$" and #value < 16 end

local function read_arguments(row, given)
  local arguments, needed = {}, 0
  for _, name in ipairs(row.arguments) do
    if name:sub(1, 1) ~= "[" then needed = needed + 1 end
  end
  if #given < needed then
    return usage("relrun forge %s needs %s", row.name, table.concat(row.arguments, " ", 1, needed))
  elseif #given > #row.arguments then
    return usage("relrun forge %s has no use for '%s'", row.name, text.line(given[#row.arguments + 1]))
  end
  for i, value in ipairs(given) do
    local name = row.arguments[i]:gsub("[%[%]]", ""):lower()
    if (name == "number" or name == "run") then
      if not is_whole(value) then return usage("'%s' is no number of a %s", text.line(value), name == "run" and "run"
        or "pull request or issue") end
      value = math.tointeger(tonumber(value))
    end
    arguments[name] = value
  end
  return arguments
end

--- Reads a request of the command line.
---@param request { verb: string|nil, arg: string[], options: table }
---@return { name: string, arguments: table, options: table, personal: boolean }|nil, problem personal: done in the name
--- of a person, and not by the owner of the directory
function verbs.read(request)
  local name = request.verb or "show"
  local row = verbs.by_name[name]
  if not row then
    local names = {}
    for i, one in ipairs(verbs.rows) do names[i] = one.name end
    return usage("relrun forge has no '%s'%s", text.line(name), text.hint(name, names))
  end
  local allowed, given = { forge = true }, {}
  for _, option in ipairs(row.options) do allowed[option] = true end
  for option in pairs(request.options) do given[#given + 1] = option end
  table.sort(given)
  for _, option in ipairs(given) do
    if not allowed[option] then return usage("relrun forge %s has no option '--%s'", name, option) end
  end
  local arguments, trouble = read_arguments(row, request.arg or {})
  if not arguments then return nil, trouble end
  return { name = name, arguments = arguments, options = request.options, personal = allowed.as or false }
end

return verbs
