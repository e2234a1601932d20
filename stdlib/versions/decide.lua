--- Which version comes next: one rule for finals and pre-releases, over any scheme.
--
-- The target is the higher of two: the last final counted up by the level of its commits, and the base of the highest
-- pre-release above it that this history contains. So a final promotes its candidate (0.0.13rc1 becomes 0.0.13), the
-- candidates of one target are counted (rc1, rc2, ...), and a bigger change moves on to a new target (0.1.0rc1).
-- With calendar versions the day of the release takes part in that comparison: a candidate of May that becomes final
-- in June is June's release.
--
-- What does not move upwards is refused, never adjusted. `scheme.is_release` decides what counts: PEP 440's dev and
-- local versions are left out of history, its post releases are finals.

local decimal = require "versions.decimal"
local value = require "versions.value"

local decide = {}

local REQUEST = {
  package = true, last = true, prereleases = true, label = true, level = true, fresh = true, initial = true,
  zero = true, release_as = true, date = true, start = true,
}

local LEVELS = { none = true, patch = true, minor = true, major = true }

local function is_final(scheme, version)
  return scheme.is_release(version) and not scheme.is_prerelease(version)
end

--- Raises when the caller did not keep to the shape of a request.
local function check_request(scheme, request)
  value.check_options(request, REQUEST, "a request for the next version")
  if not LEVELS[request.level] then error("request.level is none, patch, minor or major", 3) end
  if request.last and not is_final(scheme, request.last) then
    error("request.last is not a final version: " .. request.last.text, 3)
  end
  if request.initial and not is_final(scheme, request.initial) then
    error("request.initial is not a final version: " .. request.initial.text, 3)
  end
  for from, to in pairs(request.zero or {}) do
    if not LEVELS[from] or not LEVELS[to] then error("request.zero maps levels to levels", 3) end
  end
end

--- The highest pre-release above the last final that this history contains.
local function highest_contained(scheme, request)
  local highest
  for _, known in ipairs(request.prereleases or {}) do
    local version = known.version
    if known.contained and scheme.is_release(version)
      and not (request.last and scheme.compare(version, request.last) <= 0)
      and not (highest and scheme.compare(version, highest) <= 0) then
      highest = version
    end
  end
  return highest
end

--- The level that counts, which is a lower one while the major number is 0 if the policy says so.
local function effective_level(request, reason)
  local mapped = request.zero and request.last and request.last.major == "0" and request.zero[request.level]
  if not mapped or mapped == request.level then return request.level end
  reason[#reason + 1] = ("while the major number is 0, %s counts as %s"):format(request.level, mapped)
  return mapped
end

--- The base that the commits ask for.
local function base_of_commits(scheme, request, level, reason)
  if request.last then
    reason[#reason + 1] = ("the highest change since %s is %s"):format(request.last.text, level)
    return scheme.bump(request.last, level, { date = request.date })
  end
  local initial = request.initial or scheme.first { date = request.date }
  reason[#reason + 1] = ("there is no release yet: the first is %s"):format(initial.text)
  return initial
end

--- The base that a `Release-As:` footer asks for.
local function base_of_order(scheme, request, candidate, reason)
  local order = request.release_as
  if not scheme.is_release(order) then
    return nil, ("Release-As %s is a development version: name a release"):format(order.text)
  end
  local final = is_final(scheme, order) and not request.label and order or scheme.base(order)
  if request.last and scheme.compare(final, request.last) <= 0 then
    return nil, ("Release-As %s is not above %s: no version goes backwards"):format(order.text, request.last.text)
  end
  if candidate and scheme.compare(scheme.base(candidate), scheme.base(final)) > 0 then
    return nil, ("Release-As %s is below the pre-release %s: no version goes backwards")
      :format(order.text, candidate.text)
  end
  reason[#reason + 1] = ("Release-As asks for %s"):format(order.text)
  return final
end

--- The target: what commits or an order ask for, or the base of the candidate where that is higher.
local function target_of(scheme, request, candidate, level, reason)
  if request.release_as then return base_of_order(scheme, request, candidate, reason) end
  local target, problem = base_of_commits(scheme, request, level, reason)
  if not target then return nil, problem end
  if candidate then
    local order = scheme.compare(scheme.base(candidate), target)
    if order < 0 then
      reason[#reason + 1] = ("that is above what %s aims at"):format(candidate.text)
    else
      target = scheme.base(candidate)
      local verb = request.label and "stays with the aim of" or "promotes"
      reason[#reason + 1] = ("it %s %s"):format(verb, candidate.text)
    end
  end
  return target
end

--- The pre-release of `target` after all the known ones with its label, whoever contains them.
local function next_prerelease(scheme, request, target, reason)
  local version = scheme.prerelease(target, request.label, request.start or 1)
  local label = scheme.prerelease_of(version)
  local highest
  for _, known in ipairs(request.prereleases or {}) do
    local known_label, counter = scheme.prerelease_of(known.version)
    if known_label == label and scheme.compare(scheme.base(known.version), target) == 0
      and not (highest and decimal.compare(counter, highest) <= 0) then
      highest = counter
    end
  end
  if not highest then return version end
  version = scheme.prerelease(target, label, decimal.next(highest))
  reason[#reason + 1] = ("%s exists: the counter goes on"):format(scheme.prerelease(target, label, highest).text)
  return version
end

--- Holds the outcome against everything that it must be above.
local function check_upwards(scheme, request, candidate, version)
  local last = request.last
  if #version.text > value.LIMIT then
    return nil, ("the next version, %s, is longer than %d bytes"):format(value.visible(version.text), value.LIMIT)
  end
  if last and last.epoch ~= version.epoch then
    return nil, ("%s has another epoch than %s: a new epoch is a tag made by hand"):format(version.text, last.text)
  end
  if candidate and scheme.compare(version, candidate) <= 0 then
    return nil, ("%s would be below %s, which this history contains: no version goes backwards")
      :format(version.text, candidate.text)
  end
  return true
end

--- The sentence for "nothing to release", or nil when there is something.
local function nothing(request, previous)
  local since = previous and " since " .. previous.text or ""
  if not request.fresh then return "no commit" .. since end
  if request.level == "none" and not request.release_as then
    return "no commit" .. since .. " asks for a release"
  end
end

local function next_version(scheme, request)
  if request.label then
    local valid, problem = scheme.valid_label(request.label)
    if not valid then return nil, problem end
  end
  local candidate = highest_contained(scheme, request)
  local previous = request.label and candidate or request.last
  local idle = nothing(request, previous)
  if idle then return { previous = previous, level = "none", reason = { idle } } end

  local reason = {}
  local level = effective_level(request, reason)
  if level == "none" and not request.release_as then
    return { previous = previous, level = level, reason = reason }
  end
  local version, problem = target_of(scheme, request, candidate, level, reason)
  if version and request.label then version = next_prerelease(scheme, request, version, reason) end
  if not version then return nil, problem end
  local upwards, refusal = check_upwards(scheme, request, candidate, version)
  if not upwards then return nil, refusal end
  return { version = version, previous = previous, level = level, reason = reason }
end

--- Decides the next version of a package.
--
-- The request:
--   package      its name, for messages
--   last         the highest final, or nil before the first release
--   prereleases  { { version =, contained = boolean }, ... }: those above `last`; contained: in this history
--   label        "rc" and the like for a pre-release, nil for a final
--   level        "none"|"patch"|"minor"|"major": the highest over the commits since `last`
--   fresh        whether any commit counts since `last`; for a pre-release, since its `previous` (see below)
--   initial      the first version (default: the scheme's `first`)
--   zero         { major = "minor", ... }: levels that stand for others while the major number is 0
--   release_as   the version of a `Release-As:` footer: above `last`, not below a contained pre-release's base;
--                a pre-release of it is made where `label` asks for one, and its base where a final is due
--   date         "YYYY-MM-DD", for calver
--   start        the first counter of a pre-release (default 1)
--
-- Nothing changed, or nothing that asks for a release: `version` is nil and `reason` says so. A contained pre-release
-- must stay below the outcome too, so a label cannot go back from rc to alpha on the same target. Refused with a
-- message: an order or an outcome that is not upwards, a new PEP 440 epoch, a label that the scheme does not have, and
-- what `scheme.bump` refuses. Raises on a request that has another shape.
---@param scheme table
---@param request table
---@return table|nil decision { version =, previous =, level =, reason = }: `previous` is the version that the notes
--- start from, `level` the effective one, `reason` a list of sentences
---@return string|nil message begins with the package's name
function decide.decide(scheme, request)
  check_request(scheme, request)
  local decision, problem = next_version(scheme, request)
  if decision then return decision end
  return nil, request.package and value.visible(request.package) .. ": " .. problem or problem
end

return decide
