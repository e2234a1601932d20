-- Python packages, released as candidates from `test` and as finals from `master`.
use "branch-flow" {
  name = "aetherflow",
  packages = each "packages/*" { version_file = "pyproject.toml" },
  repository = "https://github.com/example/aetherflow",
}
