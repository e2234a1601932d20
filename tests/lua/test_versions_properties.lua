--- What must hold for all versions and all histories, tried on thousands that a seeded generator makes.
local test = require "testing"
local versions = require "versions"

local LEVELS = { "patch", "minor", "major" }
local DATE = { date = "2030-06-15" }

local function one_of(list) return list[math.random(#list)] end

local function number()
  if math.random(20) == 1 then return ("%d%d"):format(math.random(1 << 60), math.random(1 << 30)) end
  return tostring(math.random(0, 3))
end

local function semver_text()
  local text = number() .. "." .. number() .. "." .. number()
  if math.random(2) == 1 then text = text .. "-" .. one_of { "rc", "alpha.b", "beta", "0", "x-1" } end
  if text:find "-" and math.random(3) > 1 then text = text .. "." .. number() end
  if math.random(5) == 1 then text = text .. "+" .. one_of { "b1", "001", "a.b" } end
  return text
end

local function pep440_text()
  local text = math.random(6) == 1 and number() .. "!" or ""
  text = text .. number()
  for _ = 1, math.random(0, 3) do text = text .. "." .. number() end
  if math.random(2) == 1 then text = text .. one_of { "a", "B", "rc", "-c.", "preview" } .. number() end
  if math.random(4) == 1 then text = text .. one_of { ".post", "-", "rev" } .. number() end
  if math.random(4) == 1 then text = text .. one_of { ".dev", "dev" } .. number() end
  if math.random(6) == 1 then text = text .. "+" .. one_of { "a", "1", "a.2", "10" } end
  return text
end

local function calver_text()
  local text = ("%d.%02d.%s"):format(math.random(2025, 2030), math.random(1, 6), number())
  return math.random(2) == 1 and text .. "-" .. one_of { "rc", "beta" } .. "." .. number() or text
end

local WORLDS = {
  { scheme = versions.scheme "semver", text = semver_text },
  { scheme = versions.scheme "pep440", text = pep440_text },
  { scheme = versions.scheme("calver", { format = "YYYY.0M.MICRO" }), text = calver_text },
}

--- Runs `check(scheme, next_version)` for every scheme, from the same seed each time.
local function for_all(check)
  for _, world in ipairs(WORLDS) do
    math.randomseed(20260101)
    check(world.scheme, function ()
      local text = world.text()
      return (assert(world.scheme.parse(text)))
    end)
  end
end

test("ranks order plain versions as their scheme does", function ()
  for_all(function (scheme, any)
    local ranked = {}
    for _ = 1, scheme.rank and 400 or 0 do
      local version = any()
      local rank = scheme.rank(version.text)
      if rank then
        test.equal(scheme.is_prerelease(version), false, version.text)
        ranked[#ranked + 1] = { version = version, rank = rank }
      end
    end
    for at = 2, #ranked do
      local a, b = ranked[at - 1], ranked[at]
      test.equal(a.rank < b.rank and -1 or a.rank > b.rank and 1 or 0, scheme.compare(a.version, b.version),
        a.version.text .. " " .. b.version.text)
    end
    test.equal(#ranked > 0, scheme.rank ~= nil)
  end)
end)

test("the order is total and antisymmetric, and sorting keeps to it", function ()
  for_all(function (scheme, any)
    local list = {}
    for at = 1, 150 do list[at] = any() end
    table.sort(list, function (a, b) return scheme.compare(a, b) < 0 end)
    for i = 1, #list do
      for j = i, #list do
        local order = scheme.compare(list[i], list[j])
        test.truthy(order <= 0 and order == -scheme.compare(list[j], list[i]), list[i].text .. " " .. list[j].text)
      end
    end
  end)
end)

test("the text of a version is read back as the same version", function ()
  for_all(function (scheme, any)
    for _ = 1, 2000 do
      local version = any()
      local again = assert(scheme.parse(version.text))
      test.equal(again.text, version.text)
      test.equal(scheme.compare(again, version), 0)
    end
  end)
end)

test("a bump is above its version and its pre-release lies between the two", function ()
  for_all(function (scheme, any)
    for _ = 1, 2000 do
      local version = any()
      local bumped = assert(scheme.bump(version, one_of(LEVELS), DATE))
      local candidate = scheme.prerelease(bumped, one_of { "rc", "beta" }, number())
      test.equal(scheme.compare(bumped, version), 1, bumped.text .. " after " .. version.text)
      test.equal(scheme.compare(candidate, bumped), -1, candidate.text .. " before " .. bumped.text)
      test.equal(scheme.compare(candidate, version), 1, candidate.text .. " after " .. version.text)
      test.equal(scheme.base(candidate).text, bumped.text)
      test.equal(scheme.is_prerelease(bumped), false)
    end
  end)
end)

--- One random step of a package's life on two branches; `life` is { last, known, date }.
local function step(scheme, life)
  local order = math.random(15) == 1 and life.last
    and scheme.bump(life.last, one_of(LEVELS), { date = "2030-12-01" }) or nil
  local label = math.random(3) > 1 and one_of { "rc", "beta" } or nil
  if math.random(4) == 1 then life.day = life.day + math.random(40) end
  return versions.decide(scheme, {
    package = "p", last = life.last, prereleases = life.known, label = label, fresh = math.random(10) > 1,
    level = one_of { "none", "patch", "patch", "minor", "major" }, release_as = order,
    zero = math.random(2) == 1 and { major = "minor" } or nil, start = math.random(0, 1),
    date = ("%d-%02d-15"):format(2026 + life.day // 365, life.day % 365 // 31 + 1),
  })
end

test("P22 no decision goes backwards or meets a known version, over thousands of random histories", function ()
  for_all(function (scheme)
    local made, refused = 0, 0
    for _ = 1, 400 do
      local life = { known = {}, day = 0 }
      for _ = 1, 15 do
        local decision = step(scheme, life)
        local version = decision and decision.version
        if not decision then
          refused = refused + 1
        elseif version then
          made = made + 1
          if life.last then test.equal(scheme.compare(version, life.last), 1, version.text .. " " .. life.last.text) end
          for _, known in ipairs(life.known) do
            local order = scheme.compare(version, known.version)
            test.truthy(order ~= 0 and (order > 0 or not known.contained), version.text .. " " .. known.version.text)
          end
          if scheme.is_prerelease(version) then
            life.known[#life.known + 1] = { version = version, contained = math.random(3) > 1 }
          else
            life.last = version
          end
        end
      end
    end
    test.truthy(made > 2000, "decisions made: " .. made)
    test.truthy(refused > 0, "some are refused")
  end)
end)

test("a final right after a contained pre-release is that pre-release's base", function ()
  for_all(function (scheme, any)
    for _ = 1, 1000 do
      local last = scheme.base(any())
      local level = one_of(LEVELS)
      local request = { last = last, level = level, fresh = true, label = "rc", date = DATE.date }
      local candidate = assert(versions.decide(scheme, request)).version
      request.label, request.prereleases = nil, { { version = candidate, contained = true } }
      test.equal(assert(versions.decide(scheme, request)).version.text, scheme.base(candidate).text)
    end
  end)
end)

test("random bytes never raise and never get through unescaped", function ()
  local alphabet = "0123456789..--++!vabrcdevpost_\0\n\x1b\xff "
  for_all(function (scheme)
    for _ = 1, 5000 do
      local bytes = {}
      for at = 1, math.random(0, 12) do
        local pick = math.random(#alphabet)
        bytes[at] = alphabet:sub(pick, pick)
      end
      local version, problem = scheme.parse(table.concat(bytes))
      if version then
        test.equal(scheme.compare(assert(scheme.parse(version.text)), version), 0)
      else
        test.equal(problem:find "[^\x20-\x7e]", nil)
      end
    end
  end)
end)
