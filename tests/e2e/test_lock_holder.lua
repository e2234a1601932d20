--- Who holds the release lock, as another run reads it: a person and a machine, or a run of the CI's.

local test = require "testing"
local json = require "host.json"
local place = require "place"
local scene = require "scene"

local HISTORY = [[
file package.json "{ \"version\": \"0.1.0\" }\n"
commit "feat: start" README.md
tag v0.1.0
commit "feat: more" one.txt
]]

local SPEC = [[
release "demo" { packages = package "demo" { version_file = "package.json" }, identity = "R <r@example.org>" }
lane "final" { when = pushed "main", steps = { bump {}, commit {}, tag {}, push {} } }
]]

-- Keeps what the lock says as it arrives; it goes with the push of the release.
local KEEPS = [[
#!/bin/sh
while read -r old new ref; do
    case "$ref $new" in
        *" 0000000000000000000000000000000000000000") ;;
        refs/relrun/lock/*) git log -1 --format=%%B "$new" > "%s" ;;
    esac
done
exit 0
]]

local function planned(here, env)
  return here:must({ "relrun", "plan", "release.lua", "final", "--push", "--json" }, { cwd = "work", env = env })
end

-- Releases in this environment: the holder that the lock named.
local function release(env)
  return place.with(function (here)
    test.truthy(scene.build(here, HISTORY, { ["release.lua"] = SPEC }))
    local lock = here:path "lock"
    here:write("remote.git/hooks/pre-receive", KEEPS:format(lock), 493) -- 0755
    here:must({ "relrun", "release.lua", "final", "--push" }, { cwd = "work", env = env })
    return json.decode((here:read(lock):gsub("\n+$", ""))).holder
  end)
end

local function asked(...)
  local argv = { ... }
  return place.with(function (here) return (here:must(argv):gsub("\n$", "")) end)
end

test("S1.97 the lock names the user and the machine, also where the environment does not say them", function ()
  test.equal(release { USER = "ann", HOSTNAME = "box" }, "ann on box")
  test.equal(release {}, ("%s on %s"):format(asked("id", "-un"), asked("uname", "-n")))
end)

test("S1.97 a run of the CI's is named by its number", function ()
  test.equal(release { USER = "ann", CI_PIPELINE_ID = "77" }, "run 77")
end)

test("P1 who would hold the lock is no part of the plan", function ()
  place.with(function (here)
    test.truthy(scene.build(here, HISTORY, { ["release.lua"] = SPEC }))
    test.equal(planned(here, { USER = "ann", HOSTNAME = "box" }), planned(here, {}))
  end)
end)

return test.done()
