-- What the Makefile promises of itself: help that knows every target, and an installation that is whole and goes again.

local test = require "testing"
local file = require "host.file"
local place = require "place"
local read = require("bytes").read

local MAKEFILES = { "Makefile", "tests/rules.mk", "tests/bench/rules.mk" }
local ROOT, BUILD = require("host.env").get "PWD", require("host.env").get "TEST_BUILD" or "build"

-- The targets that are for people: run-* and *-build are parts of others.
local function targets()
  local found = {}
  for _, path in ipairs(MAKEFILES) do
    for names in ("\n" .. read(path)):gmatch "\n%.PHONY: ([^\n]*)" do
      for name in names:gmatch "%S+" do
        if not name:find "^run%-" and not name:find "%-build$" and name ~= "FORCE" then found[#found + 1] = name end
      end
    end
  end
  table.sort(found)
  return found
end

test("make help has a line for every target", function ()
  place.with(function (here)
    local told = here:must({ "make", "--no-print-directory", "-C", ROOT, "help" })
    local listed = {}
    for name, line in told:gmatch "  (%S+) +(%S[^\n]*)\n" do
      listed[#listed + 1] = name
      test.truthy(#line > 5, name)
    end
    table.sort(listed)
    test.equal(listed, targets())
  end)
end)

test("make install brings the program and the words for editors, and make uninstall takes them away", function ()
  place.with(function (here)
    local function run(target)
      here:must { "make", "--no-print-directory", "-C", ROOT, "BUILD=" .. BUILD, "--assume-old=" .. BUILD .. "/relrun", target,
        "PREFIX=" .. here:path "usr" }
    end
    run "install"
    test.equal(here:read "usr/share/relrun/release.d.lua", read "docs/release.d.lua")
    test.truthy(file.stat(here:path "usr/bin/relrun"))
    run "uninstall"
    test.equal(file.stat(here:path "usr/share/relrun"), nil)
    test.equal(file.stat(here:path "usr/bin/relrun"), nil)
  end)
end)
