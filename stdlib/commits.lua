--- What commits ask for: which of them cancel each other, what level the rest is worth, what they order.
--
-- One rule feeds the version and the changelog alike: both read the list that `commits.cancel` leaves. A
-- commit here is what host.message's parse gives, with `oid` added; lists are newest first, every child
-- before its parents.

local commits = {}

local byte, gsub = string.byte, string.gsub

local PARENTHESIS = byte ")"
local RANK = { none = 0, patch = 1, minor = 2, major = 3 }
local ID_KEY = 7        -- digits of the shortest id that a message can name

--- What counts by default: Conventional Commits, and what most tools add to it.
commits.policy = {
  breaking = "major",
  types = { feat = "minor", fix = "patch", perf = "patch", revert = "patch", deps = "patch" },
  otherwise = "none",
  unparsed = "none",
}

-- Cancelling ------------------------------------------------------------------------------------------------

--- `subject` without the ` (#12)` that a forge appends to it. Only what ends in a parenthesis is looked through.
local function without_number(subject)
  return byte(subject, -1) == PARENTHESIS and gsub(subject, " %(#%d+%)$", "") or subject
end

local function add(places, at)
  if places then places[#places + 1] = at end
end

--- Where the commits stand that reverts of the list ask for: by the beginning of their id, by subject, and by
--- subject without its number. Only what is asked for is indexed: reverts are few, commits may be many.
local function index_of(list)
  local ids, subjects, bare = {}, {}, {}
  for _, commit in ipairs(list) do
    for _, id in ipairs(commit.reverts or {}) do ids[id:sub(1, ID_KEY):lower()] = {} end
    if commit.reverted and not commit.reverts then
      subjects[commit.reverted], bare[without_number(commit.reverted)] = {}, {}
    end
  end
  local by_subject = next(subjects) ~= nil
  for at, commit in ipairs(list) do
    add(ids[commit.oid:sub(1, ID_KEY)], at)
    if by_subject then
      add(subjects[commit.subject], at)
      add(bare[without_number(commit.subject)], at)
    end
  end
  return { ids = ids, subjects = subjects, bare = bare }
end

--- The place of the commit that `id` begins, if it is one commit and older than the one at `at`.
local function place_of_id(list, index, id, at)
  id = id:lower()
  local found
  for _, place in ipairs(index.ids[id:sub(1, ID_KEY)]) do
    if list[place].oid:sub(1, #id) == id then
      if found then return nil end
      found = place
    end
  end
  return found and found > at and found or nil
end

--- The first of the places behind `at` that is not gone. Commits are asked about in their order, so what is
--- passed once need not be looked at again.
local function next_place(places, at, gone)
  local i = places.from or 1
  while places[i] and (places[i] <= at or gone[places[i]]) do i = i + 1 end
  places.from = i
  return places[i]
end

--- The places of what a commit reverts, and whether the list holds all of it. An id is believed before a
--- subject: a subject is asked only where the message names no id, as after a forge's own revert button.
local function targets_of(list, index, at, gone)
  local commit, places = list[at], {}
  if not commit.reverts then
    places[1] = next_place(index.subjects[commit.reverted], at, gone)
      or next_place(index.bare[without_number(commit.reverted)], at, gone)
    return places, places[1] ~= nil
  end
  for _, id in ipairs(commit.reverts) do places[#places + 1] = place_of_id(list, index, id, at) end
  return places, #places == #commit.reverts
end

--- Takes out what cancels: a commit and its revert, both in the list. The revert of a revert brings the first
--- commit back. The revert of what the list does not hold, such as a released commit, stays and counts; so
--- does a commit that says more than that it reverts, though what it reverts goes.
---@param list table[] parsed commits, newest first; left as it is
---@return table[] kept  `list` itself when nothing cancels
---@return { commit: table, by: string, reverts: string[]|nil }[] cancelled  newest first; `by` is the other's id;
---  `reverts` stands where the commit is the revert
function commits.cancel(list)
  local index
  local gone = {}
  for at, commit in ipairs(list) do
    if (commit.reverts or commit.reverted) and not gone[at] then
      index = index or index_of(list)
      local places, all = targets_of(list, index, at, gone)
      local oids = {}
      for i, place in ipairs(places) do
        gone[place] = gone[place] or { commit = list[place], by = commit.oid }
        oids[i] = list[place].oid
      end
      if all and commit.reverted and #commit.entries == 1 then
        gone[at] = { commit = commit, by = oids[1], reverts = oids }
      end
    end
  end
  if not next(gone) then return list, {} end
  local kept, cancelled = {}, {}
  for at, commit in ipairs(list) do
    if gone[at] then cancelled[#cancelled + 1] = gone[at] else kept[#kept + 1] = commit end
  end
  return kept, cancelled
end

-- Levels ----------------------------------------------------------------------------------------------------

local function check_level(level, what)
  if RANK[level] == nil then
    error(("%s: a level is none, patch, minor or major, not %s"):format(what, tostring(level)), 4)
  end
end

local function check_policy(policy)
  check_level(policy.breaking, "breaking")
  check_level(policy.otherwise, "otherwise")
  check_level(policy.unparsed, "unparsed")
  for name, level in pairs(policy.types) do check_level(level, "type " .. name) end
  for name, level in pairs(policy.scopes or {}) do check_level(level, "scope " .. name) end
end

--- The level that the policy has for a scope, or for the parts of one with commas: the highest of them, if
--- each part has one. A part that has none leaves the entry to its type.
local function scope_level(scope, scopes)
  local whole = scopes[scope:lower()]
  if whole then return whole, scope end
  local highest, named
  for part in scope:gmatch("[^,%s]+") do
    local level = scopes[part:lower()]
    if not level then return nil end
    if not highest or RANK[level] > RANK[highest] then highest, named = level, part end
  end
  return highest, named
end

local function entry_level(entry, policy)
  local kind, scope = entry.type, entry.scope
  if entry.breaking then return policy.breaking, "breaking" end
  if not kind then return policy.unparsed, "unparsed" end
  if scope and policy.scopes then
    local level, named = scope_level(scope, policy.scopes)
    if level then return level, "scope " .. named end
  end
  return policy.types[kind] or policy.otherwise, kind
end

--- What one commit is worth: the highest of its entries. Scopes and types are looked up in lower case.
---@param commit table
---@param policy table see commits.level
---@return string level  "none"|"patch"|"minor"|"major"
---@return string rule   the row of the policy that said so: "feat=minor", "scope dev=none", "breaking=major"
function commits.rule(commit, policy)
  local highest, rule
  for _, entry in ipairs(commit.entries) do
    local level, row = entry_level(entry, policy)
    if not highest or RANK[level] > RANK[highest] then highest, rule = level, row end
  end
  return highest, rule .. "=" .. highest
end

--- The level that commits ask for together, and the commits that caused it. Raises on a policy with another
--- level.
--
-- The policy: `breaking`, the level of a breaking change of any type; `types`, levels by type; `otherwise`,
-- of types that are not there; `unparsed`, of commits without a header; `scopes`, optional, levels by scope,
-- which come before those of types (not before `breaking`).
---@param list table[] what commits.cancel left
---@param policy table
---@return string level     "none"|"patch"|"minor"|"major"
---@return table[] because  the commits whose level it is, in their order; none for "none"
function commits.level(list, policy)
  check_policy(policy)
  local highest, rank, because = "none", 0, {}
  for _, commit in ipairs(list) do
    local entries, level, worth = commit.entries, nil, 0
    for i = 1, #entries do
      local asked = entry_level(entries[i], policy)
      if RANK[asked] > worth then level, worth = asked, RANK[asked] end
    end
    if worth > rank then highest, rank, because = level, worth, {} end
    if worth == rank and worth > 0 then because[#because + 1] = commit end
  end
  return highest, because
end

-- Orders, our own commits, the rest -------------------------------------------------------------------------

--- What a commit's Release-As footers say for a package: one that names it goes before one that names none,
--- and of equals the last. `org/name@1.0.0` and `@org/name@1.0.0` name a package.
local function order_of(commit, package)
  local plain, named
  for _, text in ipairs(commit.release_as) do
    local name, version = text:match("^(.+)@([^@]*)$")
    if not name then plain = text elseif name == package then named = version end
  end
  return named, plain
end

--- The version that the newest `Release-As:` footer orders for a package.
---@param list table[] newest first: the commits of the package, or those of all with `touches`
---@param package string
---@param touches? fun(commit: table): boolean  whether an order that names no package is for this one
---@return string|nil text  as written; nil: no order
---@return table|nil commit that holds it
function commits.release_as(list, package, touches)
  for _, commit in ipairs(list) do
    if commit.release_as then
      local named, plain = order_of(commit, package)
      local text = named or plain and (not touches or touches(commit)) and plain
      if text then return text, commit end
    end
  end
  return nil
end

-- The first line of a message, as a template reads it. Nearly every message of a history begins otherwise, which is
-- seen without cutting a line out of it.
local function read_subject(message, template, readers)
  if not template:opens(message) then return nil end
  local subject = message:match("^[^\r\n]*")
  local values = template:match(subject, readers)
  if values then return values end
  local bare = without_number(subject)
  return bare ~= subject and template:match(bare, readers) or nil
end

--- Tells whether a message is one of our own release commits, also where a forge has appended ` (#12)` to it.
--- Only its first line is looked at. A message can be forged: this guards against loops, it grants nothing.
---@param message string
---@param templates table|table[]|nil  compiled templates (template.compile) of release commits
---@param readers table<string, fun(part: string): any>  see template's match
---@return table|nil values  what the fields read
function commits.is_release(message, templates, readers)
  if not templates then return nil end
  if templates.match then return read_subject(message, templates, readers) end
  for _, template in ipairs(templates) do
    local values = read_subject(message, template, readers)
    if values then return values end
  end
  return nil
end

--- The commits that follow no convention, merges aside: what a policy warns of, refuses or ignores.
---@param list table[]
---@return table[]
function commits.unparsed(list)
  local found = {}
  for _, commit in ipairs(list) do
    if not commit.conventional and not commit.merge then found[#found + 1] = commit end
  end
  return found
end

return commits
