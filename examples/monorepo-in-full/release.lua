-- The monorepo example without the ready-made spec: every rule stands here and can be changed.

release "aetherflow" {
  packages = each "packages/*" { version_file = "pyproject.toml" },
  version = pep440 { breaking = "minor", otherwise = "patch" },
  tag = "{package}-v{version}",
  message = "release({package}): {version}",
  repository = "https://github.com/example/aetherflow",
  changelog = keep_a_changelog {
    sections = {
      { title = "Added", types = { "feat" } },
      { title = "Fixed", types = { "fix" } },
      { title = "Performance", types = { "perf" } },
      { title = "Changed", types = { "refactor" } },
      { title = "Documentation", types = { "docs" } },
      { title = "Tests", types = { "test" } },
      { title = "CI", types = { "ci" } },
      { title = "Build", types = { "build" } },
      { title = "Chore", types = { "chore", "style", "revert" } },
    },
    hidden = {},
    other = "Other",
  },
}

-- Candidates: every push to `test`.
lane "rc" {
  when = pushed "test",
  gates = { not_actor { "github-actions[bot]" } },
  steps = {
    branch { "release-test", reset_to = "test" },
    bump { prerelease = "rc" },
    changelog {},
    commit {},
    tag {},
    push { atomic = true, tags_start_workflows = true },
  },
}

-- Finals: every push to `master`. A final takes the base version of its last candidate.
lane "final" {
  when = pushed "master",
  gates = { not_actor { "github-actions[bot]" } },
  steps = {
    branch { "release", reset_to = "master" },
    bump {},
    changelog {},
    commit {},
    tag {},
    push { atomic = true, tags_start_workflows = true },
  },
}
