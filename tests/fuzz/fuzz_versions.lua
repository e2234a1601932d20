--- Fuzz target of the version schemes: `return function (bytes)`, which raises when a property does not hold.
--
-- The bytes are lines, each a text for every scheme. Whatever they say: a scheme answers with a version or with a
-- printable line; a version's text is read back as that version; the order is one; a bump is above its version and its
-- pre-release lies between the two.

local versions = require "versions"

local SCHEMES = {
  versions.scheme "semver", versions.scheme "pep440", versions.scheme("calver", { format = "YYYY.0M.MICRO" }),
  versions.scheme("calver", { format = "YY.MM.DD.MICRO", prerelease = "pep440" }),
}
local LEVELS = { "patch", "minor", "major" }
local CONTEXT = { date = "2030-06-15" }
local MOST = 6

local function must(holds, ...)
  if not holds then error(table.concat({ ... }, " ")) end
end

local function refusal(message)
  must(type(message) == "string" and message ~= "" and not message:find("[^\x20-\x7E]"), "refused without a line")
end

local function check_bumps(scheme, version)
  for _, level in ipairs(LEVELS) do
    local bumped, message = scheme.bump(version, level, CONTEXT)
    if not bumped then
      refusal(message)
    else
      must(scheme.compare(bumped, version) == 1, "a bump goes backwards:", version.text, level, bumped.text)
      must(not scheme.is_prerelease(bumped), "a bump is a pre-release:", bumped.text)
      local candidate = scheme.prerelease(bumped, "rc", 3)
      must(scheme.compare(candidate, bumped) == -1, candidate.text, "is not before", bumped.text)
      must(scheme.compare(candidate, version) == 1, candidate.text, "is not after", version.text)
      must(scheme.base(candidate).text == bumped.text, candidate.text, "has another base than", bumped.text)
      local label, n = scheme.prerelease_of(candidate)
      must(label == "rc" and n == "3", candidate.text, "is read as", tostring(label), tostring(n))
    end
  end
end

local function check_one(scheme, line)
  local version, message = scheme.parse(line)
  if not version then return refusal(message) end
  local again = scheme.parse(version.text)
  must(again and again.text == version.text and scheme.compare(again, version) == 0, version.text, "does not read back")
  must(not version.text:find("[^\x21-\x7E]"), "a version shows raw bytes")
  must(scheme.compare(scheme.base(version), scheme.base(again)) == 0, version.text, "has two bases")
  must(not scheme.is_prerelease(scheme.base(version)), "a base is a pre-release:", version.text)
  check_bumps(scheme, version)
  return version
end

local function check_order(scheme, list)
  for _, a in ipairs(list) do
    for _, b in ipairs(list) do
      local order = scheme.compare(a, b)
      must(order == -scheme.compare(b, a), a.text, "and", b.text, "have no order")
      for _, c in ipairs(list) do
        if order <= 0 and scheme.compare(b, c) <= 0 then
          must(scheme.compare(a, c) <= 0, a.text, b.text, c.text, "go round")
        end
      end
    end
  end
end

return function (bytes)
  local lines = {}
  for line in (bytes .. "\n"):gmatch "(.-)\n" do
    if #lines < MOST then lines[#lines + 1] = line end
  end
  for _, scheme in ipairs(SCHEMES) do
    local list = {}
    for _, line in ipairs(lines) do list[#list + 1] = check_one(scheme, line) end
    check_order(scheme, list)
    for _, line in ipairs(lines) do
      local ok, message = scheme.valid_label(line)
      if not ok then refusal(message) end
    end
  end
  local ok, message = versions.valid_format(lines[1])
  if not ok then refusal(message) end
end
