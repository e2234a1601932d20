-- Releases of a monorepo on branches of their own: the protected branches never get a release commit.
--
--   feature/* -> test     every push makes release candidates: branch release-test, tags NAME-v1.2.0rc1
--   test -> master        every push makes finals: branch release, tags NAME-v1.2.0
--
-- The release branch is made anew at the very commit that was pushed: one release commit for each package
-- that has unreleased changes, then a tag for each, at the last of them. Publishing workflows start from the
-- tags. A push is all or nothing; beyond three tags there are several pushes, because GitHub starts no
-- workflow for more tags in one.
--
-- More is there for the asking, each by an option: what CI said of the very commit (`checks`), a release on the forge for
-- every tag (`releases`), a look that every tag started its publishing (`publish`), and a status that only pull requests
-- from test into master get (`guard`, posted by `relrun guard`).
--
-- To change more than the options allow, have it written out and edit that: relrun init --from branch-flow

local sections = {
  { title = "Added", types = { "feat" } },
  { title = "Fixed", types = { "fix" } },
  { title = "Performance", types = { "perf" } },
  { title = "Changed", types = { "refactor" } },
  { title = "Documentation", types = { "docs" } },
  { title = "Tests", types = { "test" } },
  { title = "CI", types = { "ci" } },
  { title = "Build", types = { "build" } },
  { title = "Chore", types = { "chore", "style", "revert" } },
}

local options = options_of(..., {
  { name = "name", type = "string", required = true, doc = "the name of the whole" },
  { name = "packages", type = "word or table",
    doc = "what is released, as in `release`; the whole repository as one package when absent" },
  { name = "version", type = "word", default = pep440 { breaking = "minor", otherwise = "patch" },
    doc = "the version scheme; pep440 { breaking = \"minor\", otherwise = \"patch\" } when absent" },
  { name = "tag", type = "string or function", default = "{package}-v{version}", doc = "the tag format" },
  { name = "changelog", type = "word",
    default = keep_a_changelog { sections = sections, hidden = {}, other = "Other" },
    doc = "the changelog style; keep_a_changelog with a section for every commit type when absent" },
  { name = "test", type = "string", default = "test", doc = "the branch of release candidates" },
  { name = "master", type = "string", default = "master", doc = "the branch of finals" },
  { name = "release_test", type = "string", default = "release-test",
    doc = "the release branch of candidates" },
  { name = "release", type = "string", default = "release", doc = "the release branch of finals" },
  { name = "per_run", type = "boolean", default = false,
    doc = "a release branch of its own for every run, releases/rc-DATE-COMMIT, in place of the two that are reset" },
  { name = "bots", type = "table or string", default = { "github-actions[bot]" },
    doc = "accounts whose pushes release nothing" },
  { name = "workflow", type = "string",
    doc = "release when this GitHub workflow has succeeded on the branch; at the push itself when absent" },
  { name = "checks", type = "table or string",
    doc = "checks that must be green on the very commit that is released, such as \"tests\"; with `workflow` they have ended by then" },
  { name = "gates", type = "table or word",
    doc = "further gates of both lanes, such as required_check \"tests\" or schedule { hours = \"09-17\" }" },
  { name = "publish", type = "string",
    doc = "the file of the workflow that every tag must start, \"publish.yml\": confirmed, or started by name where the push started none" },
  { name = "releases", type = "boolean or table", default = false,
    doc = "a release on the forge for every tag: true, or fields of forge_release; where the forge refuses it, a warning" },
  { name = "guard", type = "boolean or string", default = false,
    doc = "let `relrun guard` say on pull requests that only test may be merged into master: true, or the status's name, `source` when true" },
  { name = "identity", type = "string",
    doc = "author of the release commits, \"Name <mail>\"; git's own when absent" },
  { name = "remote", type = "string", default = "origin", doc = "the git remote" },
  { name = "forge", type = "word", doc = "where checks and releases live; told from the remote's URL when absent" },
  { name = "repository", type = "string",
    doc = "the repository's web address, for links; from the remote's URL when absent" },
})

release(options.name) {
  packages = options.packages,
  version = options.version,
  tag = options.tag,
  changelog = options.changelog,
  message = "release({package}): {version}",
  remote = options.remote,
  forge = options.forge,
  repository = options.repository,
  identity = options.identity,
}

local function started_by(base)
  return options.workflow and completed(options.workflow) { branch = base } or pushed(base)
end

-- Not release/...: git cannot keep a branch `release` and a branch `release/rc-1` side by side.
local function release_branch(name, run)
  return options.per_run and "releases/" .. run .. "-{date}-{sha}" or name
end

local gates = { not_actor(options.bots) }
if options.checks then gates[2] = checks(options.checks) end
for _, gate in ipairs(type(options.gates) == "table" and options.gates or { options.gates }) do gates[#gates + 1] = gate end

local function flow(name, base, branch_name, label)
  local steps = {
    branch { release_branch(branch_name, name), reset_to = base },
    bump { prerelease = label }, changelog {}, commit {}, tag {},
    push { atomic = true, tags_start_workflows = true, workflow = options.publish },
  }
  if options.releases then
    local fields = { optional = true }
    for key, value in pairs(options.releases == true and {} or options.releases) do fields[key] = value end
    steps[#steps + 1] = forge_release(fields)
  end
  lane(name) { when = started_by(base), gates = gates, steps = steps }
end

flow("rc", options.test, options.release_test, "rc")
flow("final", options.master, options.release, nil)

if options.guard then
  source_guard(options.master) { from = options.test, context = options.guard ~= true and options.guard or nil }
end
