--- What has been released: the versions that tags (and tags alone, so far) say of every package, and which of them
-- this history holds.
--
-- A release of ours stands on a commit that is not part of the base branch; what counts for history is its anchor, the
-- commit that was released. Releases that are anchored at the very base that is planned now are left out (`masked`):
-- so planning the same base again gives the same plan, whatever part of it is done already.

local commits = require "commits"
local problem = require "problem"
local template = require "template"
local text = require "text"

local releases = {}

local match, sub, math_type = string.match, string.sub, math.type

---@class released
---@field version table
---@field tag string the tag's name
---@field oid string the object that the ref names
---@field commit string the commit that it peels to
---@field anchor string the commit that was released

-- All tags as { [name] = oid }: the remote's where there is one; in a local run also the clone's own. The last result
-- holds the remote's names.
local function all_tags(world, remote_refs, pushing)
  local tags, remote = {}, {}
  for name, oid in pairs(remote_refs or {}) do
    local tag = name:match("^refs/tags/(.+)$")
    if tag and tag:sub(-3) ~= "^{}" then tags[tag], remote[tag] = oid, true end
  end
  local own, trouble = world:local_refs "refs/tags/"
  if not own then return nil, trouble end
  if not (pushing and remote_refs) then
    for name, oid in pairs(own) do
      local tag = sub(name, 11)
      if not remote[tag] then tags[tag] = oid end
    end
  end
  return tags, nil, remote
end

-- Packages that share a tag format are read together: one pass over the tags for each format.
local function by_format(list)
  local formats, order = {}, {}
  for _, package in ipairs(list) do
    local of_scheme = formats[package.scheme] or {}
    formats[package.scheme] = of_scheme
    local group = of_scheme[package.tag.text]
    if not group then
      group = { tag = package.tag, scheme = package.scheme.scheme, packages = {} }
      of_scheme[package.tag.text], order[#order + 1] = group, group
    end
    group.packages[package.name] = package
    group.single = group.single or package
  end
  return order
end

-- How the versions of a format are read. PEP 440 reads a leading v of a version's own; one that the format has brought
-- (v{version}) is not there a second time: `vv1.1` is somebody else's tag.
local function version_reader(group)
  local parse = group.scheme.parse
  if not group.tag:brings("version", "[vV]") then return parse end
  return function (part)
    if match(part, "^[vV]") then return nil end
    return (parse(part))
  end
end

--- Reads every tag into its package's list of releases: { [package name] = { { version, tag, oid }, ... } }, in no
-- order: of thousands of tags one counts. Tags that fit a format but hold no version are returned as `strange`, sorted.
---@param list package[]
---@param tags table<string, string>
---@param newest boolean|nil finals below one that was read before may be left out
---@return table<string, table[]> released, string[] strange
function releases.read(list, tags, newest)
  local found, strange, highest = {}, {}, {}
  for _, package in ipairs(list) do found[package.name] = {} end
  for _, group in ipairs(by_format(list)) do
    local parse, is_release, rank = version_reader(group), group.scheme.is_release, newest and group.scheme.rank
    local function package_of(name) return group.packages[name] and name end
    local readers = { version = parse, package = package_of }
    local lenient = { version = function (part) return part:find("^%d") and part or nil end, package = package_of }
    local glance = { version = rank and function (part) return rank(part) or parse(part) end, package = package_of }
    -- Of a single package's thousands of tags nearly all are older than one that was read before.
    local single = rank and group.tag:pattern("version", "%d[%d.]*")
    for tag, oid in pairs(tags) do
      local part = single and match(tag, single)
      local at_a_glance = part and rank(part)
      if at_a_glance and at_a_glance < (highest[group.single.name] or 0) then goto next end
      local ranked, values = nil, group.tag:match(tag, rank and glance or readers)
      if values then
        local name = values.package or group.single.name
        if math_type(values.version) == "integer" then
          ranked = values.version
          if ranked < (highest[name] or 0) then goto next end
          values = group.tag:match(tag, readers)
        end
        if is_release(values.version) then
          local list_of = found[name]
          list_of[#list_of + 1] = { version = values.version, tag = tag, oid = oid }
          highest[name] = ranked or highest[name]
        end
      elseif group.tag:match(tag, lenient) then
        strange[#strange + 1] = tag
      end
      ::next::
    end
  end
  table.sort(strange)
  return found, strange
end

--- Sorts releases by version, highest first; two spellings of one version by the tag's name.
---@param list released[]
---@param scheme table
function releases.sort(list, scheme)
  local compare = scheme.compare
  table.sort(list, function (a, b)
    local order = compare(a.version, b.version)
    if order ~= 0 then return order > 0 end
    return a.tag < b.tag
  end)
end

-- The pre-releases above the highest final, that final and every final of this base, highest first: all that a plan can
-- depend on. Finding them in one pass spares sorting thousands of old tags; of two spellings of one version the first
-- by the tag's name is the highest.
local function top(list, scheme)
  local compare, is_prerelease = scheme.compare, scheme.is_prerelease
  local above, highest = {}, nil
  for _, released in ipairs(list) do
    if not is_prerelease(released.version) then
      local order = highest and compare(released.version, highest.version) or 1
      if order > 0 or order == 0 and released.tag < highest.tag then highest = released end
    end
  end
  for _, released in ipairs(list) do
    if is_prerelease(released.version) and not (highest and compare(released.version, highest.version) < 0) then
      above[#above + 1] = released
    end
  end
  releases.sort(above, scheme)
  above[#above + 1] = highest
  return above, highest
end

--- What stands in a message as the version when one commit releases several packages: the version that they share, or
-- how many they are.
---@param list decision[]
---@return string
function releases.several(list)
  for _, decision in ipairs(list) do
    if decision.version.text ~= list[1].version.text then return ("%d packages"):format(#list) end
  end
  return list[1].version.text
end

-- The first bytes of these templates' texts; nil when one of them can begin with anything.
local function first_bytes(templates)
  local bytes = {}
  for _, one in ipairs(templates) do
    local byte = one:first_byte()
    if not byte then return nil end
    bytes[byte] = true
  end
  return bytes
end

local PLACES = { "package", "version", "previous", "tag", "previous_tag", "date", "release", "own" }

-- The messages of commits for single edits: those that the packages' files and the lanes' steps say.
local function edit_messages(model, list)
  local found, seen = {}, {}
  local function add(message)
    if message and not seen[message] then
      found[#found + 1], seen[message] = template.compile(message, PLACES), true
    end
  end
  for _, package in ipairs(list) do
    for _, place in ipairs(package.files) do add(place.message) end
  end
  for _, lane in ipairs(model.lanes) do
    for _, step in ipairs(lane.steps) do
      if step.word == "write" or step.word == "changelog" then add(step.message) end
    end
  end
  return found
end

local function any(part) return part end

-- What the places of a message may hold.
local function message_readers(model, list)
  local names, schemes = {}, {}
  for _, package in ipairs(list) do names[package.name], schemes[package.scheme.scheme] = true, true end
  local function version(part)
    for scheme in pairs(schemes) do
      local parsed = scheme.parse(part)
      if parsed then return parsed end
    end
    return part:find("^%d+ packages$") and part or nil
  end
  local function package(part) return (names[part] or part == model.release.name) and part or nil end
  return { version = version, package = package, previous = any, tag = any, previous_tag = any, date = any,
    release = any, own = any }
end

--- Tells our own release commits: is_ours(message, author). Anybody who may commit can write such a message, so where
-- the spec says who releases, the author counts, too; alone, where a function writes the messages; and always for the
-- commits of single edits, whose messages are anything.
---@param model spec.model
---@param list package[]
---@return fun(message: string, author: string|nil): boolean
function releases.recogniser(model, list)
  local message, identity = model.release.message, model.release.identity
  local function by_us(author) return not identity or not author or author:sub(1, #identity) == identity end
  if type(message) ~= "string" then
    return function (_, author) return identity ~= nil and author ~= nil and by_us(author) end
  end
  local templates = identity and edit_messages(model, list) or {}
  table.insert(templates, 1, template.compile(message, PLACES))
  local readers = message_readers(model, list)
  -- Asked for every commit of a history: the first byte answers for nearly all of them.
  local bytes, byte = first_bytes(templates), string.byte
  return function (subject, author)
    if bytes and not bytes[byte(subject)] then return false end
    return by_us(author) and commits.is_release(subject, templates, readers)
  end
end

--- The commit that a release commit was made from: the first ancestor that is not one of our release commits.
---@return string|nil anchor, problem
function releases.anchor(world, oid, is_ours, cache)
  local at, seen = oid, {}
  while not cache[at] do
    local commit, trouble = world:commit(at)
    if not commit then return nil, trouble end
    seen[#seen + 1] = at
    if #commit.parents ~= 1 or not is_ours(commit.message, commit.author) then
      cache[at] = at
    else
      at = commit.parents[1]
    end
  end
  for _, one in ipairs(seen) do cache[one] = cache[at] end
  return cache[at]
end

-- Does this merge bring nothing but release commits of ours, made from what its first parent holds? Such a one merges a
-- release pull request. It may have any message, a Conventional Commit's, too.
local function is_own_merge(context, oid)
  local merge, trouble = context.world:commit(oid)
  if not merge then return nil, trouble end
  local anchors = {}
  for i = 2, #merge.parents do
    local brought
    brought, trouble = context.world:commit(merge.parents[i])
    if not brought then return nil, trouble end
    if not context.is_ours(brought.message, brought.author) then return false end
    anchors[#anchors + 1], trouble = releases.anchor(context.world, merge.parents[i], context.is_ours, context.anchors)
    if trouble then return nil, trouble end
  end
  local found
  found, trouble = context.world:unreleased { base = merge.parents[1], ranges = {}, ask = anchors }
  if not found then return nil, trouble end
  for _, anchor in ipairs(anchors) do
    if not found.contained[anchor] then return false end
  end
  return true
end

--- Why a commit is no change, or false when it may be one. Versions, explanations and changelogs all ask here.
---@param context table { world, is_ours, anchors }
---@param commit table { oid, message, author, parents = how many }
---@param parsed table what the message says
---@return string|false|nil why, problem
function releases.no_change(context, commit, parsed)
  if parsed.skip_release then return "it says [skip release]" end
  if context.is_ours(commit.message, commit.author) then return "a release commit of relrun's own" end
  if parsed.merge then return "a merge" end
  if (commit.parents or 0) < 2 then return false end
  -- What a merge brings was said by the commits that it merges, unless its own words are a header.
  if not parsed.conventional then return "a merge" end
  local own, trouble = is_own_merge(context, commit.oid)
  if trouble then return nil, trouble end
  return own and "it merges a release of relrun's own" or false
end

---@class history
---@field last released|nil the highest final
---@field prereleases released[] above `last`, highest first
---@field masked released[] releases of this very base, left out above

--- The commit that a release's tag stands for. A tag of something else is refused by its name: what belongs to such a
-- release, and so what belongs to the next one, cannot be told.
---@param world world
---@param released released
---@return string|nil commit, problem
function releases.commit(world, released)
  local commit, trouble = world:peel(released.oid)
  if commit then return commit end
  return problem.refuse(trouble.kind, ("tag %s: %s"):format(text.line(released.tag), trouble.text), trouble.todo)
end

--- Makes the tags of these releases present, those that the remote has: one fetch for all that lack.
---@param context table { world, remote }
---@param remote table<string, boolean> the names of the remote's tags
---@param lists released[][]
---@return true|nil, problem
function releases.need(context, remote, lists)
  local wanted = {}
  for _, list in ipairs(lists) do
    for _, released in ipairs(list) do
      if remote[released.tag] then wanted["refs/tags/" .. released.tag] = released.oid end
    end
  end
  return context.world:need(context.remote, wanted)
end

-- Reads where a release stands: its commit and its anchor.
local function place(context, released)
  if released.anchor then return true end
  local commit, trouble = releases.commit(context.world, released)
  if not commit then return nil, trouble end
  released.commit = commit
  released.anchor, trouble = releases.anchor(context.world, commit, context.is_ours, context.anchors)
  if not released.anchor then return nil, trouble end
  return true
end

--- Is it of the kind that the lane makes: a final, or a pre-release with the lane's label? A label has several spellings
-- (PEP 440: alpha is a), so the scheme writes it first; one that the scheme does not have is refused by the decision.
---@param scheme table
---@param released released
---@param label string|nil the lane's; nil: it makes finals
---@return boolean
function releases.is_own_kind(scheme, released, label)
  local version = released.version
  if not scheme.is_prerelease(version) then return label == nil end
  if not label or not scheme.valid_label(label) then return false end
  return scheme.prerelease_of(version) == scheme.prerelease_of(scheme.prerelease(scheme.base(version), label, 1))
end

-- The history of one package. Taking a release of this very base out can bring an older final to the top, so the top
-- is looked for again, now among all releases, until nothing more is taken out.
local function history_of(context, package, newest, all, base, label, remote)
  local scheme, list, masked, out = package.scheme.scheme, newest, {}, {}
  while true do
    local above, highest = top(list, scheme)
    local prereleases, found = {}, false
    for _, released in ipairs(above) do
      local ok, trouble = place(context, released)
      if not ok then return nil, trouble end
      if context.masked and released.anchor == base and releases.is_own_kind(scheme, released, label) then
        masked[#masked + 1], out[released.tag], found = released, true, true
      elseif released ~= highest then
        prereleases[#prereleases + 1] = released
      end
    end
    if not found then return { last = highest, prereleases = prereleases, masked = masked } end
    list = {}
    for _, released in ipairs(all()[package.name]) do
      if not out[released.tag] then list[#list + 1] = released end
    end
    local ok, trouble = releases.need(context, remote, { (top(list, scheme)) })
    if not ok then return nil, trouble end
  end
end

--- The releases that matter for each package: the highest final and the pre-releases above it, with their commits and
-- anchors, and without those that stand on `base` in the lane's own kind (label nil: finals).
---@param context table { world, packages, remote, remote_refs, push, is_ours, anchors, masked }
---@param base string
---@param label string|nil
---@return table<string, history>|nil histories by package name, problem, string[]|nil strange tags
function releases.histories(context, base, label)
  local tags, trouble, remote = all_tags(context.world, context.remote_refs, context.push)
  if not tags then return nil, trouble end
  local found, strange = releases.read(context.packages, tags, true)
  local everything
  local function all()
    everything = everything or releases.read(context.packages, tags)
    return everything
  end

  -- What the clone lacks of the releases at the top is fetched together.
  local tops = {}
  for i, package in ipairs(context.remote_refs and context.packages or {}) do
    tops[i] = top(found[package.name], package.scheme.scheme)
  end
  local done
  done, trouble = releases.need(context, remote, tops)
  if not done then return nil, trouble end

  local histories = {}
  for _, package in ipairs(context.packages) do
    local history, refusal = history_of(context, package, found[package.name], all, base, label, remote)
    if not history then return nil, refusal end
    histories[package.name] = history
  end
  return histories, nil, strange
end

--- All tags that count: the remote's, and in a run without --push the clone's own: { [name] = oid }.
---@return table<string, string>|nil, problem, table<string, boolean> remote the names of the remote's
function releases.tags(world, remote_refs, pushing) return all_tags(world, remote_refs, pushing) end

return releases
