--- The rule of which version comes next.
local test = require "testing"
local versions = require "versions"

local pep440 = versions.scheme "pep440"
local semver = versions.scheme "semver"
local calver = versions.scheme("calver", { format = "YYYY.MM.MICRO" })

--- A decision from texts: versions are parsed, `known` is { "+1.0rc1" contained, "-1.0rc2" not contained }.
local function decide(scheme, request)
  local function v(text) return text and assert(scheme.parse(text)) end
  local known = {}
  for _, entry in ipairs(request.known or {}) do
    known[#known + 1] = { version = v(entry:sub(2)), contained = entry:sub(1, 1) == "+" }
  end
  return versions.decide(scheme, {
    package = "core", last = v(request.last), prereleases = known, label = request.label,
    level = request.level or "patch", fresh = request.fresh ~= false, initial = v(request.initial),
    zero = request.zero, release_as = v(request.release_as), date = request.date, start = request.start,
  })
end

local function next_text(scheme, request)
  local decision, problem = decide(scheme, request)
  if not decision then return nil, problem end
  return decision.version and decision.version.text or "nothing: " .. table.concat(decision.reason, "; ")
end

local function reason(scheme, request) return table.concat(assert(decide(scheme, request)).reason, "; ") end

test("issue 2 a final counts up by the highest level since the last final", function ()
  test.equal(next_text(semver, { last = "1.2.3", level = "patch" }), "1.2.4")
  test.equal(next_text(semver, { last = "1.2.3", level = "minor" }), "1.3.0")
  test.equal(next_text(semver, { last = "1.2.3", level = "major" }), "2.0.0")
end)

test("issue 2 a final promotes its RC's base: 0.0.13rc1 becomes 0.0.13, never 0.0.14", function ()
  local request = { last = "0.0.12", known = { "+0.0.13rc1" } }
  test.equal(next_text(pep440, request), "0.0.13")
  test.contains(reason(pep440, request), "it promotes 0.0.13rc1")
end)

test("a final follows a contained RC with a higher base than its commits ask for", function ()
  test.equal(next_text(pep440, { last = "0.1.0", known = { "+0.2.0rc1" } }), "0.2.0")
end)

test("a final is above what its RC aimed at when a bigger change came after", function ()
  local request = { last = "0.1.0", level = "minor", known = { "+0.1.1rc1" } }
  test.equal(next_text(pep440, request), "0.2.0")
  test.contains(reason(pep440, request), "above what 0.1.1rc1 aims at")
end)

test("a pre-release that another history contains does not raise the target", function ()
  test.equal(next_text(pep440, { last = "0.1.0", known = { "-0.5.0rc1" } }), "0.1.1")
end)

test("issue 2 the RC counter counts: 0.2.0rc1 and a fix give 0.2.0rc2", function ()
  local request = { last = "0.1.0", level = "minor", label = "rc", known = { "+0.2.0rc1" } }
  test.equal(next_text(pep440, request), "0.2.0rc2")
  test.contains(reason(pep440, request), "it stays with the aim of 0.2.0rc1; 0.2.0rc1 exists: the counter goes on")
end)

test("issue 2 rc1 of a fix and then a feature give a new base with rc1", function ()
  test.equal(next_text(pep440, { last = "0.1.0", level = "minor", label = "rc", known = { "+0.1.1rc1" } }), "0.2.0rc1")
end)

test("a counter passes pre-releases that another history contains, so no tag is made twice", function ()
  local known = { "+0.2.0rc1", "-0.2.0rc9", "-0.2.0rc10", "-0.2.0b99", "-0.3.0rc50" }
  test.equal(next_text(pep440, { last = "0.1.0", level = "minor", label = "rc", known = known }), "0.2.0rc11")
end)

test("counters of any length go on", function ()
  local known = { "+1.1.0-rc.18446744073709551615" }
  test.equal(next_text(semver, { last = "1.0.0", level = "minor", label = "rc", known = known }),
    "1.1.0-rc.18446744073709551616")
end)

test("the first counter is 1 unless the policy says 0", function ()
  test.equal(next_text(semver, { last = "1.0.0", label = "rc" }), "1.0.1-rc.1")
  test.equal(next_text(semver, { last = "1.0.0", label = "rc", start = 0 }), "1.0.1-rc.0")
end)

test("another spelling of a label counts the same pre-releases", function ()
  test.equal(next_text(pep440, { last = "1.0", label = "preview", known = { "+1.0.1rc4" } }), "1.0.1rc5")
end)

test("a later label of the same base starts its own counter, an earlier one is refused", function ()
  test.equal(next_text(semver, { last = "1.0.0", label = "rc", known = { "+1.0.1-beta.3" } }), "1.0.1-rc.1")
  test.refuses("core: 1.0.1-beta.1 would be below 1.0.1-rc.3, which this history contains: no version goes backwards",
    next_text(semver, { last = "1.0.0", label = "beta", known = { "+1.0.1-rc.3" } }))
  test.equal(next_text(semver, { last = "1.0.0", label = "beta", known = { "-1.0.1-rc.3" } }), "1.0.1-beta.1")
end)

test("issue 2 nothing changed means nothing to release", function ()
  test.equal(next_text(semver, { last = "1.0.0", fresh = false }), "nothing: no commit since 1.0.0")
  test.equal(next_text(semver, { last = "1.0.0", fresh = false, label = "rc", known = { "+1.0.1-rc.1" } }),
    "nothing: no commit since 1.0.1-rc.1")
  test.equal(next_text(semver, { fresh = false }), "nothing: no commit")
  test.equal(next_text(semver, { last = "1.0.0", fresh = false, release_as = "2.0.0" }),
    "nothing: no commit since 1.0.0")
end)

test("commits that ask for no release give none, and the reason says which case it is", function ()
  test.equal(next_text(semver, { last = "1.0.0", level = "none" }), "nothing: no commit since 1.0.0 asks for a release")
  test.equal(next_text(semver, { level = "none" }), "nothing: no commit asks for a release")
end)

test("the first release is the initial version, whatever the level", function ()
  test.equal(next_text(semver, { initial = "0.1.0", level = "major" }), "0.1.0")
  test.equal(next_text(semver, { level = "major" }), "0.1.0", "the scheme's own")
  test.equal(next_text(pep440, { initial = "0.1.0", label = "rc", known = { "+0.1.0rc1" } }), "0.1.0rc2")
  test.equal(next_text(pep440, { initial = "0.1.0", known = { "+0.1.0rc1" } }), "0.1.0")
  test.equal(next_text(calver, { date = "2026-05-01" }), "2026.5.0")
end)

test("issue 2 0.x rules are explicit: levels are mapped while the major number is 0, and only then", function ()
  local zero = { major = "minor", minor = "patch" }
  local request = { last = "0.4.2", level = "major", zero = zero }
  test.equal(next_text(semver, request), "0.5.0")
  test.equal(assert(decide(semver, request)).level, "minor")
  test.contains(reason(semver, request), "while the major number is 0, major counts as minor")
  test.equal(next_text(semver, { last = "0.4.2", level = "minor", zero = zero }), "0.4.3")
  test.equal(next_text(semver, { last = "1.4.2", level = "major", zero = zero }), "2.0.0")
  test.equal(next_text(semver, { last = "0.4.2", level = "major" }), "1.0.0")
  test.equal(next_text(semver, { last = "0.4.2", level = "patch", zero = { patch = "none" } }),
    "nothing: while the major number is 0, patch counts as none")
end)

test("notes start from the last final, those of a pre-release from the highest contained one", function ()
  local known = { "+0.2.0rc1", "+0.2.0rc2", "-0.2.0rc3" }
  local function previous(request) return assert(decide(pep440, request)).previous end
  test.equal(previous({ last = "0.1.0", known = known }).text, "0.1.0")
  test.equal(previous({ last = "0.1.0", known = known, label = "rc" }).text, "0.2.0rc2")
  test.equal(previous({ last = "0.1.0", label = "rc" }).text, "0.1.0")
  test.equal(previous({}), nil)
end)

test("Release-As gives the version, even to commits that ask for no release", function ()
  test.equal(next_text(semver, { last = "1.0.0", release_as = "3.0.0" }), "3.0.0")
  test.equal(next_text(semver, { last = "1.0.0", level = "none", release_as = "3.0.0" }), "3.0.0")
  test.equal(next_text(semver, { last = "1.0.0", release_as = "3.0.0", label = "rc" }), "3.0.0-rc.1")
  test.equal(next_text(semver, { last = "1.0.0", release_as = "3.0.0", label = "rc", known = { "+3.0.0-rc.1" } }),
    "3.0.0-rc.2")
  test.equal(next_text(semver, { last = "1.0.0", release_as = "3.0.0-rc.7" }), "3.0.0", "a final is due")
  test.equal(next_text(pep440, { last = "1.0", release_as = "1.0.post1" }), "1.0.post1")
end)

test("Release-As that is not upwards is refused with both versions", function ()
  for _, order in ipairs { "1.0.0", "0.9.0", "1.0.0-rc.1" } do
    test.refuses(("core: Release-As %s is not above 1.0.0"):format(order),
      next_text(semver, { last = "1.0.0", release_as = order }))
  end
  test.refuses("core: Release-As 1.5.0 is below the pre-release 2.0.0-rc.1",
    next_text(semver, { last = "1.0.0", release_as = "1.5.0", known = { "+2.0.0-rc.1" } }))
  test.equal(next_text(semver, { last = "1.0.0", release_as = "1.5.0", known = { "-2.0.0-rc.1" } }), "1.5.0")
  test.refuses("Release-As 2.0.dev1 is a development version",
    next_text(pep440, { last = "1.0", release_as = "2.0.dev1" }))
  test.refuses("Release-As 1.0.post1 is not above 1.0",
    next_text(pep440, { last = "1.0", release_as = "1.0.post1", label = "rc" }))
end)

test("issue 2 a new epoch is never decided, not even by an order or a pre-release", function ()
  test.equal(next_text(pep440, { last = "1!1.0.0" }), "1!1.0.1")
  test.refuses("core: 1!0.1 has another epoch than 2.0", next_text(pep440, { last = "2.0", release_as = "1!0.1" }))
  test.refuses("core: 1!0.1 has another epoch than 2.0", next_text(pep440, { last = "2.0", known = { "+1!0.1rc1" } }))
end)

test("issue 2 post releases are finals; dev and local versions are no part of history", function ()
  test.equal(next_text(pep440, { last = "1.0.0.post2" }), "1.0.1")
  test.equal(next_text(pep440, { last = "1.0.0", known = { "+9.0.dev1", "+9.0+local" } }), "1.0.1")
  test.raises(function () decide(pep440, { last = "1.0.dev1" }) end, "request.last is not a final version")
  test.raises(function () decide(pep440, { last = "1.0rc1" }) end, "request.last is not a final version")
end)

test("pre-releases at or below the last final are ignored", function ()
  test.equal(next_text(pep440, { last = "1.0", label = "rc", known = { "+0.9rc1", "+1.0rc3" } }), "1.0.1rc1")
end)

test("a label that the scheme does not have is refused", function ()
  test.refuses([[core: "nightly" is not a pre-release label of PEP 440]],
    next_text(pep440, { last = "1.0", label = "nightly" }))
end)

test("a calendar version follows the day of the release, and never an earlier one", function ()
  local request = { last = "2026.4.2", date = "2026-05-31", label = "rc" }
  test.equal(next_text(calver, request), "2026.5.0-rc.1")
  request = { last = "2026.4.2", date = "2026-05-31", known = { "+2026.5.0-rc.1" } }
  test.equal(next_text(calver, request), "2026.5.0")
  request.date = "2026-06-01"
  test.equal(next_text(calver, request), "2026.6.0")
  test.refuses("core: 2026.4.2 is dated after 2026-03-31",
    next_text(calver, { last = "2026.4.2", date = "2026-03-31" }))
end)

test("a version that would be too long to be read again is refused", function ()
  test.refuses("is longer than 256 bytes", next_text(semver, { last = ("9"):rep(252) .. ".0.0", level = "major" }))
end)

test("a package's name cannot bring control bytes into a message", function ()
  local _, problem = versions.decide(semver, { package = "a\x1b[1m\n", level = "patch", fresh = true, label = "-",
    prereleases = {} })
  test.contains(problem, [[a\x1b[1m\x0a: "-" is not]])
end)

test("a request of another shape raises", function ()
  test.raises(function () versions.decide(semver, { level = "patch", fersh = true }) end, [[no option "fersh"]])
  test.raises(function () versions.decide(semver, { level = "huge", fresh = true }) end, "request.level")
  test.raises(function () decide(semver, { zero = { major = "x" } }) end, "request.zero")
  test.raises(function () decide(semver, { initial = "0.1.0-rc.1" }) end, "request.initial is not a final")
end)
