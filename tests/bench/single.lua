-- The release.lua of the benchmark repositories single-*: one package in the root, tags v1.2.3.
release "bench" {
  packages = { package "solo" { path = ".", version_file = "pyproject.toml" } },
  version = semver {},
  tag = "v{version}",
}
