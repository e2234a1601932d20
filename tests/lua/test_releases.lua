--- Which releases the tags of a history tell of, over a world that holds nothing but tags.
local test = require "testing"
local releases = require "releases"
local template = require "template"
local versions = require "versions"

local function package(name, scheme, format)
  return { name = name, scheme = { scheme = versions.scheme(scheme) },
    tag = assert(template.compile(format, { "package", "version" })) }
end

-- Every tag stands on a commit of its own, called as the tag is.
local function context_of(packages, names, masked)
  local refs = {}
  for _, name in ipairs(names) do refs["refs/tags/" .. name] = name end
  local world = {}
  function world.local_refs() return refs end
  function world.need() return true end
  function world.peel(_, oid) return oid end
  function world.commit() return { parents = {}, message = "feat: x", author = "A <a@x>" } end
  return { packages = packages, world = world, push = false, anchors = {}, masked = masked,
    is_ours = function () return false end }
end

local function tags_of(history)
  local tags = { history.last and history.last.tag or "none" }
  for _, released in ipairs(history.prereleases) do tags[#tags + 1] = released.tag end
  return table.concat(tags, " ")
end

-- The same by the book: all versions, sorted by their scheme.
local function by_the_book(names, scheme)
  local finals, others, tags = {}, {}, {}
  for _, name in ipairs(names) do
    local version = scheme.parse(name:sub(2))
    local list = scheme.is_prerelease(version) and others or finals
    if scheme.is_release(version) then list[#list + 1] = { tag = name, version = version } end
  end
  releases.sort(finals, scheme)
  releases.sort(others, scheme)
  tags[1] = finals[1] and finals[1].tag or "none"
  for _, one in ipairs(others) do
    if not finals[1] or scheme.compare(one.version, finals[1].version) >= 0 then tags[#tags + 1] = one.tag end
  end
  return table.concat(tags, " ")
end

test("the highest final and the pre-releases above it are found among tags of every shape", function ()
  local endings = { semver = { "", "", "", "", "-rc.1", "-rc.2", "+b1", "+a", "-x-1" },
    pep440 = { "", "", "", "", "rc1", "a2", ".dev3", ".post1", "+x" } }
  math.randomseed(20260101)
  local function number() return tostring(math.random(12) == 1 and math.random(1 << 40) or math.random(0, 9)) end
  for name, ends in pairs(endings) do
    local solo = package("solo", name, "v{version}")
    for _ = 1, 200 do
      local names, seen = {}, {}
      for _ = 1, math.random(12) do
        local tag = ("v%s.%s.%s%s"):format(number(), number(), number(), ends[math.random(#ends)])
        if not seen[tag] then names[#names + 1], seen[tag] = tag, true end
      end
      local histories = assert(releases.histories(context_of({ solo }, names), "base", "rc"))
      test.equal(tags_of(histories.solo), by_the_book(names, solo.scheme.scheme), table.concat(names, " "))
    end
  end
end)

test("an older final counts where the newest ones stand on the very base that is planned", function ()
  local solo = package("solo", "semver", "v{version}")
  local context = context_of({ solo }, { "v1.0.0", "v0.9.0", "v1.1.0", "v1.2.0", "v1.3.0-rc.1" }, true)
  context.anchors = { ["v1.1.0"] = "base", ["v1.2.0"] = "base" }
  local history = assert(releases.histories(context, "base", nil)).solo
  test.equal(tags_of(history), "v1.0.0 v1.3.0-rc.1")
  test.equal({ history.masked[1].tag, history.masked[2].tag, #history.masked }, { "v1.2.0", "v1.1.0", 2 })
end)

test("a lane's own pre-releases are known in every spelling of its label", function ()
  for label, tag in pairs { alpha = "v1.0a1", Beta = "v1.0b1", c = "v1.0rc1", pre = "v1.0rc1", preview = "v1.0rc1" } do
    local solo = package("solo", "pep440", "v{version}")
    local context = context_of({ solo }, { tag, "v0.9" }, true)
    context.anchors = { [tag] = "base" }
    local history = assert(releases.histories(context, "base", label)).solo
    test.equal({ tags_of(history), #history.masked }, { "v0.9", 1 }, label)
  end
  local solo = package("solo", "pep440", "v{version}")
  local context = context_of({ solo }, { "v1.0a1", "v0.9" }, true)
  context.anchors = { ["v1.0a1"] = "base" }
  test.equal(#assert(releases.histories(context, "base", "beta")).solo.masked, 0, "another label")
  test.equal(#assert(releases.histories(context, "base", "nightly")).solo.masked, 0, "no label of the scheme")
end)

test("a format that brings a v has brought it: PEP 440's own leading v is read where the format has none", function ()
  local function last(format, ...)
    local solo = package("solo", "pep440", format)
    local history = assert(releases.histories(context_of({ solo }, { ... }), "base", nil)).solo
    return history.last and history.last.tag
  end
  test.equal(last("v{version}", "v1.0", "vv1.1", "vV1.2"), "v1.0")
  test.equal(last("{package}-v{version}", "solo-v1.0", "solo-vv1.1"), "solo-v1.0")
  test.equal(last("V{version}", "V1.0", "Vv1.1"), "V1.0")
  test.equal(last("{version}", "1.0", "v1.1"), "v1.1")
  test.equal(last("{package}-{version}", "solo-1.0", "solo-v1.1"), "solo-v1.1")
end)

test("packages that share a format have histories of their own", function ()
  local list = { package("a", "semver", "{package}-v{version}"), package("b", "semver", "{package}-v{version}") }
  local histories = assert(releases.histories(context_of(list, { "a-v2.0.0", "b-v1.0.0", "b-v0.1.0", "a-v10.0.0" }), "x"))
  test.equal({ tags_of(histories.a), tags_of(histories.b) }, { "a-v10.0.0", "b-v1.0.0" })
end)

test("tags that hold no version are told in the order of their names", function ()
  local solo = package("solo", "semver", "v{version}")
  local found, strange = releases.read({ solo }, { ["v1.2"] = "1", ["v01.0.0"] = "2", ["v1.0.0"] = "3", ["other"] = "4" })
  test.equal({ found.solo[1].tag, #found.solo, strange }, { "v1.0.0", 1, { "v01.0.0", "v1.2" } })
end)

test("a merge with a release's message and author is where its release stands, and nothing before it", function ()
  local list = { release = { "base" }, merge = { "release", "side" }, base = {} }
  local world = {}
  function world.commit(_, oid)
    return { parents = list[oid], author = "A <a@x>", message = oid == "base" and "feat: x" or "release(a): 1.0.0" }
  end
  local function is_ours(words) return words:find "^release" ~= nil end
  test.equal(releases.anchor(world, "release", is_ours, {}), "base")
  test.equal(releases.anchor(world, "merge", is_ours, {}), "merge")
end)
