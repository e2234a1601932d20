--- docs/forges.md is a test: its commands end as it says, and its table has every gate there is.

local test = require "testing"
local bytes = require "bytes"
local file = require "host.file"
local guarded = require "guarded"
local place = require "place"
local words = require "words"

local PAGE = bytes.read "docs/forges.md"

test("S0.2 S0.16 S0.30 S0.34 the commands of docs/forges.md end with the codes that it tells", function ()
  place.with(function (here)
    local flow = guarded.build(here)
    local count = 0
    for line in PAGE:match("```sh\n(.-)```"):gmatch "[^\n]+" do
      local command, code = line:match "^(.-)%s*# (%d+): "
      local result = here:run({ "sh", "-c", command or line }, { cwd = "work" })
      test.equal(result.code, math.tointeger(tonumber(code or 0)), line .. "\n" .. result.stderr)
      count = count + 1
    end
    test.truthy(count > 10, count)
    test.equal(flow:pull(1).state, "merged")
  end)
end)

test("the table of docs/forges.md has every gate of the language, and no other", function ()
  local told = {}
  for row in PAGE:match("\n## Gates\n(.-)\n## "):gmatch "\n|([^|]+)|" do
    for name in row:gmatch "`([%w_]+)`" do told[#told + 1] = name end
  end
  table.sort(told)
  test.equal(told, words.of_kind "gate")
end)

test("what docs/forges.md points to is there", function ()
  for path in PAGE:gmatch "%]%(([%w%./_-]+)%)" do test.truthy(file.stat("docs/" .. path), path) end
end)

return test.done()
