-- A product with a Helm chart beside it: nobody can merge its release before the release has happened.

-- The chart has a version line of its own, raised with every final release; it carries the product's version.
local chart = "Update helm chart to {own} to use gitops {version}"

use "guarded-release" {
  name = "gitops",
  identity = "gitops bot <bot@example.org>",
  candidates = "rc",
  changelog = keep_a_changelog {},
  checks = "build",
  packages = package "gitops" { files = {
    json "package.json" "version" { message = "Update javascript library version to {version}" },
    yaml "chart/Chart.yaml" "version" { own = "patch", prereleases = false, message = chart },
    yaml "chart/Chart.yaml" "appVersion" { value = "v{version}", prereleases = false, message = chart },
    yaml "chart/values.yaml" "image.tag" { value = "v{version}", prereleases = false, message = chart },
    replace "README.md" "download/v{version}/" {
      prereleases = false, message = "Update README to point download link to {version}",
    },
  } },
}
