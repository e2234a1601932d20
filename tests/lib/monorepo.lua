--- The monorepo of the end-to-end tests: two packages, a branch for candidates and one for finals, and the spec that
-- releases them. Small, because it is built anew hundreds of times.

local scene = require "scene"

local monorepo = {}

monorepo.SPEC = [[
release "aetherflow" {
  packages  = each "packages/*" { version_file = "pyproject.toml" },
  version   = pep440 { breaking = "minor", otherwise = "patch" },
  changelog = keep_a_changelog {},
  identity  = "Aether Release <release@example.org>",
}

lane "rc" {
  when  = pushed "test",
  steps = { branch { "release-test", reset_to = "test" }, bump { prerelease = "rc" }, changelog {}, commit {}, tag {}, push {} },
}

lane "final" {
  when  = pushed "master",
  steps = { branch { "release", reset_to = "master" }, bump {}, changelog {}, commit {}, tag {}, push {} },
}
]]

monorepo.HISTORY = [[
branch test
file packages/core/pyproject.toml <<END
[project]
name = "core"
version = "0.1.0"
END
file packages/scheduler/pyproject.toml <<END
[project]
name = "scheduler"
version = "0.1.0"
END
commit "feat: start" README.md
tag core-v0.1.0
tag scheduler-v0.1.0 "scheduler 0.1.0"
branch master
switch test
commit "feat(core): pipelines" packages/core/pipe.py
commit "fix(scheduler): wait" packages/scheduler/wait.py
]]

--- The command that releases a candidate.
monorepo.RELEASE = { "relrun", "release.lua", "rc", "--push" }

--- Builds it in a place; raises when that fails.
---@param here table  a place
---@param more string|nil  further statements of the recipe
---@return table stage  a scene
function monorepo.build(here, more)
  local stage, message = scene.build(here, monorepo.HISTORY .. (more or ""), { ["release.lua"] = monorepo.SPEC })
  return stage or error(message, 2)
end

--- Is the exhaustive form asked for (`make sweep`)?
---@return boolean
function monorepo.exhaustive()
  return require "host.env".get "RELRUN_SWEEP" == "all"
end

return monorepo
