-- Helm charts, each with its own version; the tags are those of chart-releaser: NAME-1.2.3.

release "charts" {
  packages = each "charts/*" { version_file = "Chart.yaml", changelog = keep_a_changelog {} },
  version = semver {},
  tag = "{package}-{version}",
  message = "release {package} {version}",
}

lane "release" {
  when = pushed "main",
  steps = { bump {}, changelog {}, commit {}, tag {}, push {} },
}
