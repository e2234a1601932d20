--- The README is a test: its spec, run over a history like the one it tells of, prints what the README shows.

local test = require "testing"
local bytes = require "bytes"
local readme = require "readme"

test("the README's spec gives the README's plan and the README's output", function ()
  test.equal(readme.block "console", readme.console())
end)

test("the README's two commands are words of the Makefile", function ()
  local makefile = bytes.read "Makefile" .. bytes.read "tests/rules.mk"
  for _, word in ipairs { "demo", "test" } do
    test.contains(bytes.read(readme.path), "make " .. word)
    test.truthy(("\n" .. makefile):find("\n" .. word .. ":", 1, true), word)
  end
end)

test("every file that the README points to is there", function ()
  for path in bytes.read(readme.path):gmatch "%]%(([%w%./_-]+)%)" do
    test.truthy(require("host.file").stat(path), path)
  end
end)
