--- Calendar versions, by formats of calver.org.
local test = require "testing"
local versions = require "versions"

local function scheme(format, prerelease)
  return versions.scheme("calver", { format = format, prerelease = prerelease })
end

local function bumped(format, text, level, date)
  local calver = scheme(format)
  local version, problem = calver.bump(assert(calver.parse(text)), level, { date = date })
  return version and version.text, problem
end

test("issue 2 calver: every token is written as its name says", function ()
  local on = { date = "2026-02-03" }
  for format, text in pairs {
    ["YYYY.MM.MICRO"] = "2026.2.0", ["YYYY.0M.0D"] = "2026.02.03", ["YY.MINOR"] = "26.0", ["0Y.0W"] = "26.05",
    ["YYYY.WW.DD"] = false, ["YY.MM.DD"] = "26.2.3", ["YYYY0M0D"] = "20260203", ["YYYY-0M-0D_MICRO"] = "2026-02-03_0",
    ["MAJOR.YYYY"] = "0.2026", ["YYYY.WW"] = "2026.5", ["YYYY.MICRO"] = "2026.0", ["YYYY.MINOR.MICRO"] = "2026.0.0",
  } do
    if text then
      local calver = scheme(format)
      test.equal(calver.first(on).text, text, format)
      test.equal(calver.parse(text).text, text, format)
    else
      test.refuses("day has no month", versions.valid_format(format))
    end
  end
end)

test("issue 2 calver: a format that cannot order versions is refused with the rule it breaks", function ()
  test.refuses("it has no year", versions.valid_format "MM.DD.MICRO")
  test.refuses("MM and DD need a separator", versions.valid_format "YYYY.MMDD")
  test.refuses("YYYY stands after a smaller or equal part of the date", versions.valid_format "MM.YYYY")
  test.refuses("YY stands after a smaller or equal part of the date", versions.valid_format "YYYY.YY")
  test.refuses("MAJOR stands after a smaller or equal counter", versions.valid_format "YYYY.MINOR.MAJOR")
  test.refuses([["FOO" is no token]], versions.valid_format "YYYY.FOO")
  test.refuses("is no token", versions.valid_format "YYYY.")
  test.refuses("begins with a separator", versions.valid_format ".YYYY")
  test.refuses("needs a format", versions.valid_format "")
  test.equal(versions.valid_format "YYYY.MM.MICRO", true)
  test.raises(function () scheme "MM" end, "it has no year")
  test.raises(function () versions.scheme "calver" end, "needs a format")
  test.raises(function () scheme("YYYY", "maven") end, [[prerelease is "semver"]])
end)

test("issue 2 calver: text is read strictly by its format", function ()
  local calver = scheme "YYYY.0M.0D"
  for text, part in pairs {
    ["2026.2.03"] = "do not fit the format", ["2026.13.01"] = "no month 13", ["2026.00.01"] = "no month 0",
    ["2026.02.29"] = "the month has no day 29", ["2026.02.03.1"] = "is not understood", ["226.02.03"] = "do not fit",
    ["2026.02.03-"] = "an identifier is empty", ["2026.04.31"] = "no day 31", ["2026.04.00"] = "no day 0",
  } do test.refuses(part, calver.parse(text)) end
  test.equal(calver.parse "2024.02.29".text, "2024.02.29", "a leap day")
  test.equal(calver.parse "2000.02.29".text, "2000.02.29", "a leap day of a fourth century")
  test.refuses("no day 29", calver.parse "2100.02.29")
  test.refuses("is not written as MM", scheme "YYYY.MM".parse "2026.02")
  test.refuses("no week 54", scheme "YYYY.WW".parse "2026.54")
  test.refuses("is not written as MICRO", scheme "YYYY.MICRO".parse "2026.01")
  test.refuses("is not written as YY", scheme "YY.MICRO".parse "2026.1")
  test.refuses("no month 99999999999999999999", scheme "YYYY.MM".parse "2026.99999999999999999999")
end)

test("issue 2 calver: the same period counts up, a new one starts at 0", function ()
  test.equal(bumped("YYYY.MM.MICRO", "2026.2.0", "patch", "2026-02-28"), "2026.2.1")
  test.equal(bumped("YYYY.MM.MICRO", "2026.2.7", "patch", "2026-03-01"), "2026.3.0")
  test.equal(bumped("YYYY.MM.MICRO", "2026.2.7", "patch", "2027-01-01"), "2027.1.0")
  test.equal(bumped("YYYY.MICRO", "2026.99999999999999999999", "patch", "2026-12-31"), "2026.100000000000000000000")
  test.equal(bumped("YY.MICRO", "99.3", "patch", "2100-01-01"), "100.0")
end)

test("issue 2 calver: a level counts its own counter, else the nearest one that the format has", function ()
  test.equal(bumped("YY.MINOR.MICRO", "26.1.4", "minor", "2026-05-01"), "26.2.0")
  test.equal(bumped("YY.MINOR.MICRO", "26.1.4", "major", "2026-05-01"), "26.2.0")
  test.equal(bumped("YY.MINOR.MICRO", "26.1.4", "patch", "2026-05-01"), "26.1.5")
  test.equal(bumped("YY.MINOR", "26.1", "patch", "2026-05-01"), "26.2")
  test.equal(bumped("MAJOR.YY.MICRO", "3.26.4", "major", "2026-05-01"), "4.26.0")
  test.equal(bumped("MAJOR.YY.MICRO", "3.26.4", "patch", "2027-05-01"), "3.27.0")
end)

test("issue 2 calver: a date before the last version's is refused", function ()
  test.refuses("2026.3.0 is dated after 2026-02-28: a version never goes backwards",
    bumped("YYYY.MM.MICRO", "2026.3.0", "patch", "2026-02-28"))
  test.refuses("never goes backwards", bumped("MAJOR.YYYY", "1.2026", "major", "2025-12-31"))
  test.equal(bumped("YYYY.MM.MICRO", "2025.12.9", "patch", "2026-01-01"), "2026.1.0", "a lower month of a later year")
end)

test("a second release in one period needs a counter", function ()
  test.refuses("has no counter: add MICRO", bumped("YYYY.0M.0D", "2026.02.03", "patch", "2026-02-03"))
end)

test("weeks count from January 1st and end with the year", function ()
  local calver = scheme "YYYY.WW"
  for date, text in pairs {
    ["2026-01-01"] = "2026.1", ["2026-01-07"] = "2026.1", ["2026-01-08"] = "2026.2", ["2026-12-31"] = "2026.53",
    ["2024-03-01"] = "2024.9", ["2023-03-01"] = "2023.9", ["2027-01-01"] = "2027.1",
  } do test.equal(calver.first({ date = date }).text, text, date) end
end)

test("a date that is none raises", function ()
  for _, date in ipairs { "2026-02-30", "2026-13-01", "2026-1-1", "yesterday", "0000-01-01", false } do
    test.raises(function () scheme "YYYY".first { date = date } end, "calver needs context.date")
  end
end)

test("pre-releases are written in SemVer's way, or in PEP 440's", function ()
  local semver, pep440 = scheme "YYYY.MM.MICRO", scheme("YYYY.MM.MICRO", "pep440")
  test.equal(semver.prerelease(semver.parse "2026.2.0", "rc", 1).text, "2026.2.0-rc.1")
  test.equal(pep440.prerelease(pep440.parse "2026.2.0", "beta", 1).text, "2026.2.0b1")
  test.equal({ pep440.prerelease_of(pep440.parse "2026.2.0rc12") }, { "rc", "12" })
  test.equal(semver.base(semver.parse "2026.2.0-rc.1").text, "2026.2.0")
  test.refuses("is not understood", semver.parse "2026.2.0rc1")
  test.refuses("is not aN, bN or rcN", pep440.parse "2026.2.0-rc.1")
  test.refuses("is not aN, bN or rcN", pep440.parse "2026.2.0c1")
  test.raises(function () pep440.prerelease(pep440.parse "2026.2.0", "x", 1) end, "pre-release label")
end)

test("issue 2 calver: versions are ordered as dates and counters, pre-releases first", function ()
  local rows = {
    semver = { "2025.12.3", "2026.1.0-a.1", "2026.1.0-rc.2", "2026.1.0-rc.10", "2026.1.0", "2026.1.10", "2026.11.0" },
    pep440 = { "2025.12.3", "2026.1.0a2", "2026.1.0b1", "2026.1.0rc2", "2026.1.0rc10", "2026.1.0", "2026.2.0" },
  }
  for style, ascending in pairs(rows) do
    local calver = scheme("YYYY.MM.MICRO", style)
    for i, left in ipairs(ascending) do
      for j, right in ipairs(ascending) do
        local order = calver.compare(calver.parse(left), calver.parse(right))
        test.equal(order, i < j and -1 or i > j and 1 or 0, left .. " against " .. right)
      end
    end
  end
end)
