--- A forge that is made up: the reads of stdlib/forge.lua over a table, for tests of who asks. Pure and without writes.
--
--     local forge = made_forge.new { known_checks = { { name = "build", source = "check", state = "success", ... } } }
--     forge:checks(oid, { "build" })
--
-- What a test does not say is absent, as a forge would answer it. `refusals[method]` is a problem that the method ends in;
-- `cannot[capability]` says why; `asked` is the set of the methods that were called.

local made_forge = {}

local methods = {}
methods.__index = methods

---@param known { known_checks: forge.check[]|nil, pulls: forge.pull[]|nil, known_reviews: table<integer, forge.review[]>|nil,
---  roles: table<string, string>|nil, teams: table<string, table<string, boolean>>|nil, known_issues: forge.issue[]|nil,
---  known_rules: table<string, forge.rules>|nil, environments: table<string, forge.environment>|nil,
---  known_approvals: table<integer, forge.approval[]>|nil, urls: table<string, table>|nil, images: table<string, table>|nil,
---  refusals: table<string, problem>|nil, cannot: table<string, string>|nil }
function made_forge.new(known)
  local self = { asked = {} }
  for key, value in pairs(known) do self[key] = value end
  return setmetatable(self, methods)
end

-- Every method notes that it was asked, and may be refused.
local reads = {}

function reads:can(capability)
  local why = (self.cannot or {})[capability]
  return why and { can = false, why = why } or { can = true }
end

function reads:checks(_, names)
  local wanted, found = {}, {}
  for _, name in ipairs(names or {}) do wanted[name:lower()] = true end
  for _, check in ipairs(self.known_checks or {}) do
    if not names or wanted[check.name:lower()] then found[#found + 1] = check end
  end
  return found
end

function reads:pull(number)
  for _, pull in ipairs(self.pulls or {}) do
    if pull.number == number then return pull end
  end
  return false
end

function reads:reviews(number) return (self.known_reviews or {})[number] or {} end

function reads:role(user) return (self.roles or {})[user:lower()] or "none" end

function reads:member(team, user) return ((self.teams or {})[team] or {})[user:lower()] or false end

function reads:issues(query)
  local found = {}
  for _, issue in ipairs(self.known_issues or {}) do
    local fits, has = true, {}
    for _, label in ipairs(issue.labels) do has[label] = true end
    for _, label in ipairs(query.labels) do fits = fits and has[label] end
    if fits then found[#found + 1] = issue end
  end
  return found
end

function reads:rules(branch)
  return (self.known_rules or {})[branch] or { protected = false, required_checks = {}, strict = false,
    pull_request_required = false, approvals = 0, force_push = true, deletion = true,
    merge = { methods = { "merge", "rebase", "squash" }, linear = false, queue = false, locked = false, strict = false, approvals = 0,
      reviewed = false, checks = {}, others = {}, seen = true } }
end

function reads:identity() return self.known_identity or { app = false } end

function reads:poster(_, context) return (self.posters or {})[context] or false end

function reads:repository() return { name = "o/r", merge_methods = self.merge_methods or { "merge", "rebase", "squash" } } end

function reads:compare() return self.comparison or { status = "ahead", ahead = 1, behind = 0 } end

function reads:environment(name) return (self.environments or {})[name] or false end

function reads:approvals(run) return (self.known_approvals or {})[run] or {} end

function reads:reach(url) return (self.urls or {})[url] or { status = 404, size = false } end

function reads:image(reference) return (self.images or {})[reference] or false end

for name, read in pairs(reads) do
  methods[name] = function (self, ...)
    self.asked[name] = true
    if (self.refusals or {})[name] then return nil, self.refusals[name] end
    return read(self, ...)
  end
end

return made_forge
