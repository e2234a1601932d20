-- The release.lua of the benchmark repositories mono-*, stale-* and merges-*: every folder of packages/ is a package,
-- its tags are pkg-7-v1.2.3.
release "bench" {
  packages = each "packages/*" { version_file = "pyproject.toml" },
  version = semver {},
  tag = "{package}-v{version}",
  unparsed = "ignore",
}

lane "final" {
  when = pushed "main",
  steps = { bump {}, commit { per = "release" }, tag {} },
}
