--- PEP 440; spellings and order from the PEP's text and from the ordering that its reference library publishes.
local test = require "testing"
local versions = require "versions"

local pep440 = versions.scheme "pep440"

local function v(text) return assert(pep440.parse(text)) end

local ASCENDING = {
  "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456",
  "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0.post456.dev34",
  "1.0.post456", "1.1.dev1", "1.2+123abc", "1.2+123abc456", "1.2+abc", "1.2+abc123", "1.2+abc123def", "1.2+1234.abc",
  "1.2+123456", "1.2.r32+123456", "1.2.rev33+123456", "1!1.0.dev456", "1!1.0a1", "1!1.0a2.dev456", "1!1.0a12.dev456",
  "1!1.0a12", "1!1.0b1.dev456", "1!1.0b2", "1!1.0b2.post345.dev456", "1!1.0b2.post345", "1!1.0b2-346", "1!1.0c1.dev456",
  "1!1.0c1", "1!1.0rc2", "1!1.0c3", "1!1.0", "1!1.0.post456.dev34", "1!1.0.post456", "1!1.1.dev1", "1!1.2+123abc",
  "2!0", "18446744073709551616!0", "18446744073709551617!0",
}

local NORMALISED = {
  { "1.0dev", "1.0.dev0" }, { "1.0.dev", "1.0.dev0" }, { "1.0dev1", "1.0.dev1" }, { "1.0-dev", "1.0.dev0" },
  { "1.0-dev1", "1.0.dev1" }, { "1.0DEV", "1.0.dev0" }, { "1.0.DEV1", "1.0.dev1" }, { "1.0_dev_3", "1.0.dev3" },
  { "1.0a", "1.0a0" }, { "1.0.a", "1.0a0" }, { "1.0.a1", "1.0a1" }, { "1.0-a1", "1.0a1" }, { "1.0alpha", "1.0a0" },
  { "1.0.alpha1", "1.0a1" }, { "1.0ALPHA1", "1.0a1" }, { "1.0.BETA1", "1.0b1" }, { "1.0_beta.1", "1.0b1" },
  { "1.0c1", "1.0rc1" }, { "1.0pre1", "1.0rc1" }, { "1.0preview1", "1.0rc1" }, { "1.0-RC-1", "1.0rc1" },
  { "1.0post", "1.0.post0" }, { "1.0.post", "1.0.post0" }, { "1.0-post5", "1.0.post5" }, { "1.0POST", "1.0.post0" },
  { "1.0-5", "1.0.post5" }, { "1.0r5", "1.0.post5" }, { "1.0.rev-5", "1.0.post5" }, { "1.0a-1", "1.0a1" },
  { "1.0a-", "1.0a0" }, { "1.0adev1", "1.0a0.dev1" }, { "1.0a--1", "1.0a0.post1" }, { "1.0+AbC", "1.0+abc" },
  { "1.0+Ubuntu-1_02", "1.0+ubuntu.1.2" }, { "1.01", "1.1" }, { "1.0a05", "1.0a5" }, { "1.0b07", "1.0b7" },
  { "1.0post09", "1.0.post9" }, { "1.0.dev09+00001", "1.0.dev9+1" }, { "v1.0", "1.0" }, { "V01!1.0", "1!1.0" },
  { "0!1.0", "1.0" }, { "00!1.2", "1.2" }, { "1.2.3.4.5.6", "1.2.3.4.5.6" }, { "000", "0" },
}

local INVALID = {
  "french toast", "1.0+a+", "1.0++", "1.0+_foobar", "1.0+foo&asd", "1.0+1+1", "1.0+", "1.0+a..b", "1..0", ".1", "1.",
  "1.0-", "1.0.", "1!", "!1.0", "-1!1.0", "1!!1.0", "a1", "1.0x", "1.0rc1a1", "1.0.dev1.post1", "1.0post1rc1", "vv1.0",
  "1.0--1", "1.0..dev1", "1.0a1b1", "1.0.post1-1",
}

test("issue 2 PEP 440: every alternate spelling is normalised", function ()
  for _, row in ipairs(NORMALISED) do test.equal(v(row[1]).text, row[2], row[1]) end
end)

test("issue 2 PEP 440: what the PEP does not allow is refused", function ()
  for _, text in ipairs(INVALID) do test.refuses("is not a", pep440.parse(text)) end
end)

test("issue 2 PEP 440: epoch, dev, pre, final, local and post come in the published order", function ()
  for i, left in ipairs(ASCENDING) do
    for j, right in ipairs(ASCENDING) do
      test.equal(pep440.compare(v(left), v(right)), i < j and -1 or i > j and 1 or 0, left .. " against " .. right)
    end
  end
end)

test("issue 2 PEP 440: zeros at the end of the release do not count in the order", function ()
  test.equal(pep440.compare(v "1.0", v "1.0.0"), 0)
  test.equal(pep440.compare(v "1.0.0.1", v "1"), 1)
end)

test("a refusal names the part that is not understood", function ()
  test.refuses([["1.0x" is not a PEP 440 version: "x" is not understood; write N.N.N]], pep440.parse "1.0x")
end)

test("issue 2 PEP 440: a bump keeps the epoch and how many numbers there are", function ()
  test.equal(pep440.bump(v "1!2.3.4", "minor").text, "1!2.4.0")
  test.equal(pep440.bump(v "1.0", "patch").text, "1.0.1")
  test.equal(pep440.bump(v "1.2", "minor").text, "1.3")
  test.equal(pep440.bump(v "1.2.3.4", "patch").text, "1.2.4.0")
  test.equal(pep440.bump(v "1.0.0.post3", "patch").text, "1.0.1", "post is dropped")
  test.equal(pep440.bump(v "7", "major").text, "8")
end)

test("issue 2 PEP 440: a pre-release is written without separators and its labels are the PEP's", function ()
  test.equal(pep440.prerelease(v "0.2.0", "rc", 2).text, "0.2.0rc2")
  test.equal(pep440.prerelease(v "1!0.2.0.post1", "beta", 0).text, "1!0.2.0b0")
  test.equal(pep440.prerelease(v "0.2.0", "PRE", 1).text, "0.2.0rc1")
  test.refuses([["nightly" is not a pre-release label of PEP 440: use "a", "b" or "rc"]], pep440.valid_label "nightly")
  test.refuses("pre-release label", pep440.valid_label "dev")
  test.raises(function () pep440.prerelease(v "1.0", "dev", 1) end, "pre-release label")
end)

test("a pre-release is known by its normalised label, a dev version by none", function ()
  test.equal({ pep440.prerelease_of(v "1.0-PREVIEW_2") }, { "rc", "2" })
  test.equal({ pep440.prerelease_of(v "1.0rc2.dev1") }, {})
  test.equal({ pep440.prerelease_of(v "1.0.post1") }, {})
end)

test("dev and local versions are not releases; pre-releases, finals and posts are", function ()
  for text, expected in pairs {
    ["1.0"] = true, ["1.0.post1"] = true, ["1.0rc1"] = true, ["1.0.dev1"] = false, ["1.0rc1.dev1"] = false,
    ["1.0+local"] = false,
  } do test.equal(pep440.is_release(v(text)), expected, text) end
  test.equal(pep440.is_prerelease(v "1.0.dev1"), true)
  test.equal(pep440.is_prerelease(v "1.0.post1"), false)
end)

test("the base of a version has the epoch and the release only", function ()
  test.equal(pep440.base(v "1!2.0rc1.post2.dev3+x").text, "1!2.0")
end)
