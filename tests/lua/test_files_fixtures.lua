-- Each pair NAME.before, NAME.after differs in the bytes of the version only: 1.2.3 becomes 1.3.0rc1.

local test = require "testing"
local files = require "files"

local FOLDER = "tests/fixtures/files/"
local CASES = {
  { "cargo_lock", "cargo_lock", "x" },
  { "cargo_toml", "toml", "package.version" },
  { "chart", "yaml", "version" },
  { "marked_python", "marked" },
  { "package_lock", "npm_lock" },
  { "package_tabs", "json", "version" },
  { "plain_no_newline", "plain" },
  { "pyproject_crlf_bom", "toml", "project.version" },
  { "readme_replace", "replace", "releases/download/v{version}/" },
  { "values", "yaml", "image.tag" },
}

local function bytes(name) return require("bytes").read(FOLDER .. name) end

for _, case in ipairs(CASES) do
  local name, entry = case[1], { kind = case[2], at = case[3] }
  local before, after = bytes(name .. ".before"), bytes(name .. ".after")

  test("S1.79 " .. name .. ": the version's bytes change and no others", function ()
    test.equal(files.apply(before, { entry }, "1.2.3", "1.3.0rc1"), after)
  end)

  test(name .. ": changing back gives the first bytes", function ()
    test.equal(files.apply(after, { entry }, "1.3.0rc1", "1.2.3"), before)
  end)
end

return test
