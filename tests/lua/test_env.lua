--- host.env: who runs this, and on which machine, as the environment says it or else the system.
local test = require "testing"
local place = require "place"

-- What relrun takes for the user and the machine, in this environment.
local function told(env)
  return place.with(function (here)
    here:write("who.lua", 'local env = require "host.env" print(env.user()) print(env.host())')
    local user, host = here:must({ "relrun", "lua", here:path "who.lua" }, { env = env }):match "^(.-)\n(.-)\n$"
    return { user = user, host = host }
  end)
end

-- What the system's own tools say.
local function asked(...)
  local argv = { ... }
  return place.with(function (here) return (here:must(argv):gsub("\n$", "")) end)
end

test("env: the environment says who the user is and which machine this is", function ()
  test.equal(told { USER = "ann", LOGNAME = "bob", HOSTNAME = "box" }, { user = "ann", host = "box" })
end)

test("env: without USER it is LOGNAME, and what is empty says nothing", function ()
  test.equal(told { LOGNAME = "bob" }.user, "bob")
  test.equal(told { USER = "", LOGNAME = "bob" }.user, "bob")
end)

test("env: where the environment says nothing the system is asked", function ()
  local expected = { user = asked("id", "-un"), host = asked("uname", "-n") }
  test.equal(told {}, expected)
  test.equal(told { USER = "", LOGNAME = "", HOSTNAME = "" }, expected)
end)

return test.done()
