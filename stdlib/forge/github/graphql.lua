--- What only GraphQL can do: several refs moved at once, each compared with its old value; auto-merge; and why a pull
-- request cannot be merged, where REST says "unknown". A GraphQL answer has status 200 also when it refuses.

local problem = require "problem"
local text = require "text"

local graphql = {}

local ZERO = ("0"):rep(40)

-- What the errors of an answer say, as one line.
local function complaint(f, value)
  local words = {}
  for _, row in ipairs(f.each(f.list_or(value, "errors"), function (_, one)
    return { text = f.text_or(one, "message", "no message"), type = f.text_or(one, "type", "") }
  end)) do
    words[#words + 1] = row.text
    if row.type ~= "" then words.type = words.type or row.type end
  end
  return words
end

-- Is this answer one of GitHub's limits, told among the errors? What was asked for was not done.
local function limit_in(rest)
  return function (answer)
    local value = answer.status == 200 and answer.body and rest:decode(answer.body)
    for _, row in ipairs(type(value) == "table" and type(value.errors) == "table" and value.errors or {}) do
      local words = type(row) == "table" and type(row.message) == "string" and row.message:lower() or ""
      if type(row) == "table" and row.type == "RATE_LIMITED" or words:find("secondary rate limit", 1, true) then return true end
    end
    return false
  end
end

--- One query or mutation. Errors come as a problem and, third, { words = ..., type = ... }; a mutation with errors did
-- nothing.
local function ask(self, query, variables, options)
  local rest = self.rest
  if rest.http.origin(self.target.graphql) ~= rest.origin then
    return problem.refuse("error", ("GitHub's GraphQL is said to be at %s, not where its API is"):format(
      text.line(self.target.graphql)), "unset GITHUB_GRAPHQL_URL, or set it to the server of GITHUB_API_URL")
  end
  local request = { method = "POST", url = self.target.graphql, body = { query = query, variables = variables },
    read = options.read, needs = options.needs, is_limited = limit_in(rest) }
  local value, trouble = rest:call(request)
  if value == nil then return nil, trouble end
  local words, mismatch = rest.fields.read(request.where, value, complaint)
  if words and #words == 0 then return rest:told(request, value, function (f, v) return f.record(v, "data") end) end
  if not words then return nil, mismatch end
  local line = text.shorten(text.line(table.concat(words, "; ")), 400)
  local _, refused = problem.refuse("error", "GitHub: GraphQL: " .. line)
  return nil, refused, { words = line, type = words.type }
end

local PULL_FIELD = "query($owner:String!,$name:String!,$number:Int!)"
  .. "{repository(owner:$owner,name:$name){pullRequest(number:$number){%s}}}"
local UPDATE_REFS = "mutation($input:UpdateRefsInput!){updateRefs(input:$input){clientMutationId}}"
local AUTO_MERGE = "mutation($input:EnablePullRequestAutoMergeInput!)"
  .. "{enablePullRequestAutoMerge(input:$input){pullRequest{number}}}"

-- One text of a pull request.
local function pull_field(self, number, field)
  local data, trouble = ask(self, PULL_FIELD:format(field), { owner = self.owner, name = self.name, number = number },
    { read = true, needs = "pull requests: read" })
  if not data then return nil, trouble end
  return self.rest.fields.read("GitHub: GraphQL", data, function (f, value)
    return f.text(f.record(f.record(value, "repository"), "pullRequest"), field)
  end)
end

--- Why a pull request can or cannot be merged at the moment, in the words of REST's mergeable_state.
---@param number integer
---@return string|nil "blocked", "behind", "clean", "dirty", "draft", "has_hooks", "unknown" or "unstable"; problem
function graphql.merge_state(self, number)
  local state, trouble = pull_field(self, number, "mergeStateStatus")
  if not state then return nil, trouble end
  return state:lower()
end

--- Moves refs, all or none, each only from the value that it is said to have.
---@param updates { ref: string, old: string|nil, new: string|nil, force: boolean|nil }[] full names and ids; `old` nil:
---  must not be there, `new` nil: delete
---@return true|nil, problem kind "stale" when a ref has another value
function graphql.update_refs(self, updates)
  local id, trouble = self.rest:one(self.rest.root, function (f, record) return f.text(record, "node_id") end)
  if not id then return nil, trouble end
  local rows = {}
  for i, update in ipairs(updates) do
    if not update.ref:find "^refs/[^/]+/." then error("a ref is named in full: " .. update.ref, 2) end
    rows[i] = { name = update.ref, beforeOid = update.old or ZERO, afterOid = update.new or ZERO,
      force = update.force or false }
  end
  local done, refused, fault = ask(self, UPDATE_REFS,
    { input = { repositoryId = id, refUpdates = self.parts.json.array(rows) } }, { needs = "contents: write" })
  if done then return true end
  if not fault then return nil, refused end
  -- A mismatch has no code that is documented; git's own words for it are "is at X but expected Y".
  local words = fault.words:lower()
  if fault.type == "STALE_DATA" or words:find("but expected", 1, true) or words:find("already exists", 1, true) then
    return problem.refuse("stale", ("the refs of %s were not moved: %s"):format(self.target.repository, fault.words),
      "one of them has another value now; plan again")
  end
  return nil, refused
end

local METHODS = { merge = "MERGE", squash = "SQUASH", rebase = "REBASE" }

local REMEDIES = {
  { "not allowed for this repository", "allow auto-merge in the repository's settings" },
  { "clean status", "nothing stands in its way: merge it now" },
  { "unstable status", "a check that nobody requires has failed: require it, or merge by hand" },
}

--- Lets GitHub merge a pull request as soon as its rules are met, as long as its head stays what it is.
---@param number integer
---@param options { oid: string, method: string|nil }
---@return true|nil, problem kind "denied" when GitHub will not
function graphql.auto_merge(self, number, options)
  local method = METHODS[options.method or "merge"]
  if not method then error("no such method of merging: " .. tostring(options.method), 2) end
  local id, trouble = pull_field(self, number, "id")
  if not id then return nil, trouble end
  local done, refused, fault = ask(self, AUTO_MERGE,
    { input = { pullRequestId = id, mergeMethod = method, expectedHeadOid = options.oid } },
    { needs = "contents: write and pull requests: write" })
  if done then return true end
  if not fault then return nil, refused end
  local remedy = "see the pull request's page"
  for _, row in ipairs(REMEDIES) do
    if fault.words:lower():find(row[1], 1, true) then remedy = row[2] break end
  end
  return problem.refuse("denied", ("GitHub will not merge pull request #%d by itself: %s"):format(number, fault.words),
    remedy)
end

return graphql
