--- SemVer 2.0.0; the examples are those of semver.org and of its suggested expression's test page.
local test = require "testing"
local versions = require "versions"

local semver = versions.scheme "semver"

local function v(text) return assert(semver.parse(text)) end

local VALID = {
  "0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.1.2+meta", "1.1.2+meta-valid", "1.0.0-alpha",
  "1.0.0-beta", "1.0.0-alpha.beta", "1.0.0-alpha.beta.1", "1.0.0-alpha.1", "1.0.0-alpha0.valid",
  "1.0.0-alpha.0valid", "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay", "1.0.0-rc.1+build.1",
  "2.0.0-rc.1+build.123", "1.2.3-beta", "10.2.3-DEV-SNAPSHOT", "1.2.3-SNAPSHOT-123", "1.0.0", "2.0.0", "1.1.7",
  "2.0.0+build.1848", "2.0.1-alpha.1227", "1.0.0-alpha+beta", "1.2.3----RC-SNAPSHOT.12.9.1--.12+788",
  "1.2.3----R-S.12.9.1--.12+meta", "1.2.3----RC-SNAPSHOT.12.9.1--.12", "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
  "99999999999999999999999.999999999999999999.99999999999999999", "1.0.0-0A.is.legal",
  "1.0.0+20130313144700", "1.0.0-beta+exp.sha.5114f85", "1.0.0+21AF26D3----117B344092BD", "1.0.0-x-y-z.--",
}

local INVALID = {
  "1", "1.2", "1.2.3-0123", "1.2.3-0123.0123", "1.1.2+.123", "+invalid", "-invalid", "-invalid+invalid", "alpha",
  "alpha.beta", "alpha.beta.1", "alpha.1", "alpha+beta", "alpha_beta", "alpha.", "alpha..", "beta", "1.0.0-alpha_beta",
  "-alpha.", "1.0.0-alpha..", "1.0.0-alpha..1", "1.0.0-alpha...1", "1.0.0-alpha....1", "01.1.1", "1.01.1", "1.1.01",
  "1.2.3.DEV", "1.2-SNAPSHOT", "1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788", "1.2-RC-SNAPSHOT",
  "-1.0.3-gamma+b7718", "+justmeta", "9.8.7+meta+meta", "9.8.7-whatever+meta+meta", "1.0.0-", "1.0.0+", "1.0.0-+b",
  "99999999999999999999999.999999999999999999.99999999999999999----RC-SNAPSHOT.12.09.1----..12",
}

local ASCENDING = {
  "0.9.9", "1.0.0-0", "1.0.0-2", "1.0.0-10", "1.0.0-A", "1.0.0-a", "1.0.0-a-b", "1.0.0-alpha", "1.0.0-alpha.1",
  "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0",
  "1.10.0", "1.11.0", "2.0.0", "2.1.0", "2.1.1", "9007199254740993.0.0", "18446744073709551616.0.0",
  "18446744073709551617.0.0",
}

test("issue 2 SemVer: every valid example of semver.org is read and written back unchanged", function ()
  for _, text in ipairs(VALID) do test.equal(v(text).text, text) end
end)

test("issue 2 SemVer: every invalid example of semver.org is refused", function ()
  for _, text in ipairs(INVALID) do test.refuses("is not a semantic version", semver.parse(text)) end
end)

test("issue 2 SemVer: precedence follows the specification, whatever the length of the numbers", function ()
  for i, left in ipairs(ASCENDING) do
    for j, right in ipairs(ASCENDING) do
      test.equal(semver.compare(v(left), v(right)), i < j and -1 or i > j and 1 or 0, left .. " against " .. right)
    end
  end
end)

test("issue 2 SemVer: build metadata has no part in the order", function ()
  test.equal(semver.compare(v "1.0.0+a", v "1.0.0+b"), 0)
  test.equal(semver.compare(v "1.0.0-rc.1+z", v "1.0.0-rc.1"), 0)
end)

test("a prefix is refused with the way to say it", function ()
  test.refuses([["v1.0.0" is not a semantic version: it begins with "v"; a prefix belongs to the tag's format]],
    semver.parse "v1.0.0")
end)

test("a leading zero is named", function ()
  test.refuses([[the number "01" has a leading zero]], semver.parse "1.0.0-rc.01")
  test.refuses("a number has a leading zero", semver.parse "1.00.0")
end)

test("control bytes, spaces, other alphabets and endless text are no versions in any scheme", function ()
  local schemes = { semver, versions.scheme "pep440", versions.scheme("calver", { format = "YYYY.MM.MICRO" }) }
  for _, scheme in ipairs(schemes) do
    for _, text in ipairs {
      "1.0.0\n", " 1.0.0", "1.0.0 ", "1.0.0\0", "1.0.0\x1b[0m", "１.0.0", "1.0.0\xe2\x80\xae", "",
    } do
      local version, problem = scheme.parse(text)
      test.equal(version, nil, scheme.name)
      test.equal(problem:find "[^\x20-\x7e]", nil, "the message is printable")
    end
    test.refuses("longer than 256 bytes", scheme.parse(("1"):rep(256) .. ".0.0"))
    test.raises(function () scheme.parse(nil) end, "parsed from a string")
  end
end)

test("text of 256 bytes is still read", function ()
  test.equal(#v(("1"):rep(252) .. ".0.0").text, 256)
end)

test("a bump counts one number up and clears the smaller ones, over any length", function ()
  test.equal(semver.bump(v "1.2.3", "patch").text, "1.2.4")
  test.equal(semver.bump(v "1.2.3", "minor").text, "1.3.0")
  test.equal(semver.bump(v "1.2.3", "major").text, "2.0.0")
  test.equal(semver.bump(v "1.2.99999999999999999999", "patch").text, "1.2.100000000000000000000")
  test.equal(semver.bump(v "1.2.129999999999999999999", "patch").text, "1.2.130000000000000000000")
  test.equal(semver.bump(v "1.2.9223372036854775807", "patch").text, "1.2.9223372036854775808")
  test.equal(semver.bump(v "1.2.3-rc.1+b", "patch").text, "1.2.4", "a final")
end)

test("a bump by an unknown level raises", function ()
  for _, scheme in ipairs { semver, versions.scheme "pep440" } do
    test.raises(function () scheme.bump(v "1.0.0", "huge") end, "no level huge")
  end
end)

test("a pre-release has a label, which may have dots, and a counter", function ()
  test.equal(semver.prerelease(v "1.2.0", "rc", 2).text, "1.2.0-rc.2")
  test.equal(semver.prerelease(v "1.2.0+b", "alpha.x", "10").text, "1.2.0-alpha.x.10")
  test.equal({ semver.prerelease_of(v "1.2.0-alpha.x.10") }, { "alpha.x", "10" })
  test.equal({ semver.prerelease_of(v "1.2.0-rc2") }, {}, "no counter")
  test.equal({ semver.prerelease_of(v "1.2.0") }, {}, "a final")
end)

test("a counter that is no whole number raises", function ()
  for _, number in ipairs { -1, 1.5, "01", "x", true } do
    test.raises(function () semver.prerelease(v "1.0.0", "rc", number) end, "a counter is a whole number")
  end
end)

test("labels that could not be read back are refused with the reason", function ()
  test.equal(semver.valid_label "rc", true)
  test.equal(semver.valid_label "alpha.x-1", true)
  test.refuses("an identifier is empty", semver.valid_label "")
  test.refuses("an identifier is empty", semver.valid_label "rc.")
  test.refuses("more than letters, digits and hyphens", semver.valid_label "r c")
  test.refuses("has a leading zero", semver.valid_label "rc.01")
  test.refuses("does not begin with a letter", semver.valid_label "1")
  test.refuses("longer than 64 bytes", semver.valid_label(("a"):rep(65)))
  test.raises(function () semver.prerelease(v "1.0.0", "", 1) end, "pre-release label")
end)

test("the base of a version has neither pre-release nor build", function ()
  test.equal(semver.base(v "1.2.0-rc.1+b").text, "1.2.0")
  test.equal(semver.base(v "1.2.0+b").text, "1.2.0")
end)

test("a version is immutable, and prints and walks as what it is", function ()
  local version = v "1.2.0"
  test.raises(function () version.text = "9.9.9" end, "immutable")
  test.raises(function () version.other = 1 end, "immutable")
  test.equal(tostring(version), "1.2.0")
  local seen = {}
  for key, part in pairs(version) do seen[key] = part end
  test.equal(seen, { text = "1.2.0", major = "1", minor = "2", patch = "0" })
end)

test("an unknown scheme or option raises with its name", function ()
  test.raises(function () versions.scheme "semvar" end, "no version scheme semvar: calver, pep440, semver")
  test.raises(function () versions.scheme("semver", { loose = true }) end, [[no option "loose"]])
  test.raises(function () versions.scheme("pep440", { format = "x" }) end, [[no option "format"]])
  test.raises(function () versions.scheme("calver", { format = "YYYY.MM", formt = 1 }) end, [[no option "formt"]])
end)
