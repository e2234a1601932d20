--- The GitHub backend passes the suite of every backend, against the test forge. `make test-peers` has GitHub's own
-- description of its API look on.

local forge_suite = require "forge_suite"
local github_stage = require "github_stage"

local shared = github_stage.open()
forge_suite("github", shared.with)
shared.close()
