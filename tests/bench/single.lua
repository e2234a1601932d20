-- The release.lua of the benchmark repositories single-*: one package, the whole repository, tags v1.2.3.
release "solo" {
  version = semver {},
  tag = "v{version}",
  message = "chore(release): {version}",
  -- One bullet for every commit, so that a changelog of the whole history can be counted against the truth.
  changelog = keep_a_changelog "CHANGELOG.md" {
    breaking = "mark",
    sections = {
      { title = "Added", types = { "feat" } },
      { title = "Fixed", types = { "fix" } },
      { title = "Performance", types = { "perf" } },
    },
    hidden = {},
    other = "Other",
    unparsed = "Other",
  },
  unparsed = "ignore",
}

lane "final" {
  when = pushed "main",
  steps = { bump {}, changelog {}, commit {}, tag {} },
}
