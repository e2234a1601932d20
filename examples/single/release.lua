-- One npm package, released from `main` by the rules of semantic versioning.

release "greeter" {
  packages = package "greeter" { files = { "package.json", "package-lock.json" } },
  version = semver { zero = { major = "minor" } },
  changelog = conventional {},
}

lane "release" {
  when = pushed "main",
  steps = { bump {}, changelog {}, commit {}, tag {}, push {} },
}
