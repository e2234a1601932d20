--- GitHub's own JavaScript client (octokit.mjs) and its GraphQL schema (schema.mjs) against the test forge.

local test = require "testing"
local file = require "host.file"
local forge_server = require "forge_server"
local place = require "place"
local scene = require "scene"
local surroundings = require "host.env"

local function modules()
  return test.truthy(surroundings.get "RELRUN_PEERS", "RELRUN_PEERS is not set (run `make test-peers`), and")
end

test("octokit: refs, the lock on a pull request, and a release are as on GitHub", function ()
  place.with(function (here)
    local stage = test.truthy(scene.build(here, [[
branch main
commit "feat: first" a.txt as first
branch feature
commit "fix: second" b.txt as second
]]))
    forge_server.with(here, function (hub)
      local said = here:must({ "env", "-C", modules(), "node", assert(file.resolve "tests/peers/octokit.mjs"), hub.api,
        hub.tokens.admin, stage.labels.second })
      test.contains(said, "as on GitHub")
    end, { git_dir = "remote.git" })
  end)
end)

test("graphql: the forge's schema is a part of GitHub's", function ()
  place.with(function (here)
    forge_server.with(here, function (hub)
      local schema = hub.ask("GET", hub.url .. "/_forge/schema").body
      local judged = here:run({ "node", assert(file.resolve "tests/peers/schema.mjs"), modules() }, { input = schema })
      test.equal(judged.stdout .. judged.stderr, "schema: a part of GitHub's\n")
    end)
  end)
end)
