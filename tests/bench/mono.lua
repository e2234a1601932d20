-- The release.lua of the benchmark repositories mono-*, stale-* and merges-*: tags pkg-7-v1.2.3.
release "bench" {
  packages = each "packages/*" { version_file = "pyproject.toml" },
  version = semver {},
  tag = "{package}-v{version}",
}
