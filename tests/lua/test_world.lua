--- The observing door keeps what it has opened.

local test = require "testing"
local gitrepo = require "gitrepo"
local json = require "host.json"
local tape = require "tape"
local world = require "world"

local QUIET = { warn = function () end, say = function () end }

-- A world of the repository, with its forge asked for once.
local function asked(g, forges)
  local options = { warn = QUIET.warn, say = QUIET.say, forges = forges }
  local one = assert(world.open(g.dir, options, tape.new(json.encode)))
  assert(one:forge(nil, "origin", "can", "drafts"))
  return one.opened_forge
end

test("tries that follow each other ask one forge, which knows what it was told before", function ()
  local g, remote, other = gitrepo.new(), gitrepo.new { "--bare" }, gitrepo.new { "--bare" }
  g:git("remote", "add", "origin", remote.dir)
  local forges = {}
  local first = asked(g, forges)
  test.truthy(rawequal(asked(g, forges), first))
  test.truthy(not rawequal(asked(g, nil), first))
  g:git("remote", "set-url", "origin", other.dir)
  test.truthy(not rawequal(asked(g, forges), first))
  for _, one in ipairs { g, remote, other } do one:remove() end
end)

return test.done()
