--- The vocabulary of release.lua, as rows. Validation, `relrun help WORD`, the reference manual and the LuaLS
-- stubs are all made from these rows; there is no second list.
--
-- A word row: word, kind, doc, takes (the field that a bare string, or the sequence part of the table,
-- goes to), fields, example. The kinds: statement (stands alone) and what a field asks for: packages, scheme, forge,
-- file, style, trigger, gate, step.
-- A field row: name, is, doc, and as needed required, default, many (one or a list), one_of, template (the names that
-- may stand in braces), callable (a function may stand in its place), or_false (false may stand in its place),
-- option (it goes to the record's `options`, and who uses them fills in the default).
-- `is`: "string", "boolean", "integer", "map" (string to string), "section", "function", or a kind of word.

local style = require "changelog.style"
local moment = require "moment"

local words = {}

local LEVELS = { "major", "minor", "patch", "none" }
local PLACES = { "package", "version", "previous", "tag", "previous_tag", "date", "release" }

local OPTIONAL = { name = "optional", is = "boolean", default = false, doc = "go on with a warning when the forge refuses it" }

local function level(name, default, doc)
  return { name = name, is = "string", one_of = LEVELS, default = default, doc = doc }
end

local function scheme_fields(initial, more)
  local fields = {
    level("breaking", "major", "what a breaking change of any type raises"),
    level("feat", "minor", "what a `feat` commit raises"),
    level("fix", "patch", "what a `fix` commit raises"),
    level("perf", "patch", "what a `perf` commit raises"),
    level("revert", "patch", "what a revert of something released earlier raises"),
    { name = "types", is = "map", one_of = LEVELS, doc = "levels of further commit types: { deps = \"patch\" }" },
    level("otherwise", "none", "what every other commit raises, unparsed ones included"),
    { name = "zero", is = "map", one_of = LEVELS, keys = { "major", "minor", "patch" },
      doc = "while the version is 0.x, what a level becomes: { major = \"minor\", minor = \"patch\" }" },
    { name = "initial", is = "string", default = initial, doc = "the first version of a package without tags" },
    { name = "start", is = "integer", default = 1, doc = "the first number of a pre-release counter" },
  }
  for _, field in ipairs(more or {}) do fields[#fields + 1] = field end
  return fields
end

local PACKAGE_FIELDS = {
  { name = "files", is = "file", many = true,
    doc = "where the version stands, below the package's path; a plain name such as \"pyproject.toml\" is enough for known files" },
  { name = "version_file", is = "string", doc = "one known file that holds the version, below the package's path, such as \"pyproject.toml\"; `files` says more" },
  { name = "tag", is = "string", template = { "package", "version" }, doc = "this package's tag format, in place of the release's" },
  { name = "changelog", is = "style", doc = "this package's changelog, in place of the release's" },
  { name = "depends", is = "string", many = true,
    doc = "packages of this release that this one needs; \"files\" reads them from the version files, where a package has the name that its own manifest states" },
  { name = "raise", is = "boolean", default = false, doc = "raise the requirement on a needed package that is released together with this one" },
  { name = "cascade", is = "string", one_of = { "none", "patch" }, default = "none",
    doc = "release this package, too, when a package that it needs is released" },
  { name = "exclude", is = "string", many = true, doc = "directories below the path (no patterns) whose changes do not count" },
}

-- Whom a gate means, besides by name.
local WHO = {
  { name = "teams", is = "string", many = true, doc = "members of these teams, \"org/team\"" },
  { name = "roles", is = "string", many = true, one_of = { "admin", "maintain", "write", "triage", "read" }, doc = "people with one of these roles, or a stronger one" },
}

local OFFSET = { name = "offset", is = "string", default = "Z", doc = "from UTC, such as \"+01:00\"; there is no summer time in it" }

local function with(fields, ...)
  local all = {}
  for _, list in ipairs { fields, ... } do
    for _, field in ipairs(list) do all[#all + 1] = field end
  end
  return all
end

local function message_field(places)
  return { name = "message", is = "string", template = places,
    doc = "with commit { per = \"edit\" }: the message of a commit of its own; edits that say the same one share it" }
end

-- What a place may say of itself. `{own}` is the version of a place with a line of its own.
local PLACE_FIELDS = {
  { name = "prereleases", is = "boolean", default = true,
    doc = "whether lanes of pre-releases change this place, too; if not, it holds the last final" },
  message_field { "own", table.unpack(PLACES) },
}
local VALUE_FIELDS = {
  { name = "value", is = "string", template = { "version" }, doc = "what stands there, when it is more than the version: \"v{version}\"" },
  { name = "own", is = "string", one_of = { "patch", "minor", "major" },
    doc = "this place has a version line of its own, which every release raises by this much (a chart that carries the product)" },
}
local TAKES_VALUE = { toml = true, json = true, yaml = true, plain = true }

-- A file that holds the version. Without `at_doc` there is but one place in it.
local function file_word(word, doc, at_doc, example)
  local row = { word = word, kind = "file", takes = "path", doc = doc, example = example, fields = with({
    { name = "path", is = "string", required = true, doc = "the file, below the package's path"
      .. (word:find "_lock$" and "; with a / in front, below the repository's root, for a lockfile that packages share" or "") },
  }, TAKES_VALUE[word] and VALUE_FIELDS or {}, PLACE_FIELDS) }
  if at_doc then
    row.then_takes = "at"
    table.insert(row.fields, 2, { name = "at", is = "string", doc = at_doc })
  end
  return row
end

-- The options of a changelog style are the changelog's own rows; what each defaults to depends on the style.
local function style_fields(word)
  local fields, made = {}, style.make { name = word }
  for _, row in ipairs(style.options) do
    if row.name ~= "name" then
      local list = row.type == "list"
      fields[#fields + 1] = {
        name = row.name, is = list and row.of or row.type:match "^%a+", many = list or nil, one_of = row.values,
        or_false = row.type:find("false", 1, true) and true or nil, default = made[row.name], option = true, doc = row.doc,
      }
    end
  end
  return fields
end

local function style_word(word, doc, example)
  return { word = word, kind = "style", takes = "file", doc = doc, example = example, fields = with({
    { name = "file", is = "string", default = "CHANGELOG.md", doc = "the changelog, below the package's path" },
  }, style_fields(word)) }
end

words.rows = {
  -- statements
  { word = "release", kind = "statement", takes = "name", doc = "What is released: packages, versions, tags, changelogs. Exactly one.",
    example = 'release "aetherflow" { packages = each "packages/*" { version_file = "pyproject.toml" }, version = pep440 {} }',
    fields = {
      { name = "name", is = "string", required = true, doc = "the name of the whole" },
      { name = "packages", is = "packages", many = true, doc = "what is released on its own; without it the repository is one package with the release's name" },
      { name = "version", is = "scheme", doc = "the version scheme and what raises what; semver {} when absent" },
      { name = "tag", is = "string", template = { "package", "version" }, callable = true,
        doc = "the tag format; \"v{version}\" for one package and \"{package}-v{version}\" for several, and always with each, when absent" },
      { name = "tag_history", is = "string", template = { "package", "version" },
        doc = "the format that reads existing tags, needed only when `tag` is a function" },
      { name = "message", is = "string", template = PLACES, callable = true, default = "release({package}): {version}",
        doc = "the message of a release commit; relrun knows its own commits by it" },
      { name = "changelog", is = "style", doc = "the changelog of every package; none is written when absent" },
      { name = "unparsed", is = "string", one_of = { "warn", "error", "ignore" }, default = "warn",
        doc = "what to do about commits that are not Conventional Commits" },
      { name = "remote", is = "string", default = "origin", doc = "the git remote that is released to" },
      { name = "repository", is = "string", doc = "the web address of the repository, for links; derived from the remote's URL when absent" },
      { name = "forge", is = "forge", doc = "where pull requests, checks and releases live; told from the remote's URL when absent" },
      { name = "identity", is = "string", doc = "author, committer and tagger: \"Name <mail>\"; git's user.name and user.email when absent" },
    } },
  { word = "lane", kind = "statement", takes = "name", doc = "A way to release: when it applies, what must hold, what is done.",
    example = 'lane "rc" { when = pushed "test", steps = { branch "release-test", bump { prerelease = "rc" }, changelog {}, commit {}, tag {}, push {} } }',
    fields = {
      { name = "name", is = "string", required = true, doc = "the lane's name, as in `relrun release.lua NAME`" },
      { name = "when", is = "trigger", many = true, doc = "what starts the lane without being named; only by name when absent" },
      { name = "base", is = "string", doc = "the branch that is released; the branch of `when` when absent" },
      { name = "gates", is = "gate", many = true, doc = "what must hold, besides what always stands: clean_tree, synced, not_released, and required_check for a lock" },
      { name = "steps", is = "step", many = true, required = true, doc = "what is done, in this order" },
      { name = "approval", is = "gate", many = true, doc = "what must hold of a pull request's head before it is published; only with a pull_request step" },
      { name = "merge", is = "string", one_of = { "after", "before", "never" }, default = "after",
        doc = "when relrun merges the pull request: after the release is public, before it (in order to release), or never" },
      { name = "order", is = "string", one_of = { "dependencies", "given" }, default = "dependencies",
        doc = "the order of the packages: needed packages first, or as given" },
    } },
  { word = "gate", kind = "statement", takes = "name", takes_function = "check",
    doc = "A custom gate: a function over recorded facts that answers true, or false and the reason, or \"wait\" and the reason.",
    example = 'gate "not on Friday" (function (facts) return facts.weekday ~= "Friday", "it is Friday" end)',
    fields = {
      { name = "name", is = "string", required = true, doc = "how a lane's `gates` names it" },
      { name = "needs", is = "string", many = true, one_of = { "checks", "issues", "pull", "reviews" },
        doc = "what it wants to be told of the forge, as facts.NAME, beside the facts that every gate is told (relrun help facts)" },
      { name = "check", is = "function", required = true, doc = "function (facts) -> boolean or \"wait\", reason; what facts holds: relrun help facts" },
    } },
  { word = "source_guard", kind = "statement", takes = "branch",
    doc = "Says which branches may be merged into this one. `relrun guard` posts it as a status on every pull request; require it on the forge.",
    example = 'source_guard "master" { from = "test" }',
    fields = {
      { name = "branch", is = "string", required = true, doc = "the branch that is merged into" },
      { name = "from", is = "string", many = true, doc = "only these branches of this repository; `*` stands for any part of a name" },
      { name = "except", is = "string", many = true, doc = "all branches but these" },
      { name = "context", is = "string", default = "source", doc = "the name of the status" },
    } },
  { word = "use", kind = "statement", takes = "spec", open = true, doc = "Brings in a ready-made spec of relrun, with options.",
    example = 'use "branch-flow" { name = "aetherflow", packages = each "packages/*" { version_file = "pyproject.toml" } }',
    fields = { { name = "spec", is = "string", required = true, doc = "the ready-made spec's name" } } },

  -- packages
  { word = "each", kind = "packages", takes = "glob",
    doc = "One package for every directory that the pattern names; the package has the directory's name. What lies in a package inside another one is the inner one's alone.",
    example = 'each "packages/*" { version_file = "pyproject.toml" }',
    fields = with({
      { name = "glob", is = "string", required = true, doc = "directories, `*` within one name: \"packages/*\"" },
      { name = "only", is = "string", many = true, doc = "these names alone, in this order" },
      { name = "except", is = "string", many = true, doc = "all but these names" },
    }, PACKAGE_FIELDS) },
  { word = "package", kind = "packages", takes = "name",
    doc = "One package. What lies in another package inside its directory is the inner one's alone; packages of one directory share it.",
    example = 'package "core" { path = "packages/core", version_file = "pyproject.toml" }',
    fields = with({
      { name = "name", is = "string", required = true, doc = "the package's name, as in its tags" },
      { name = "path", is = "string", default = "", doc = "its directory, which the commit that is released must have (check: the one at HEAD); the whole repository when absent" },
      { name = "version", is = "scheme", doc = "its own version scheme, in place of the release's" },
    }, PACKAGE_FIELDS) },

  -- version schemes
  { word = "semver", kind = "scheme", doc = "Semantic Versioning 2.0.0: 1.2.3, 1.3.0-rc.1", example = 'semver { zero = { major = "minor" } }', fields = scheme_fields("0.1.0") },
  { word = "pep440", kind = "scheme", doc = "Python's versions (PEP 440): 1.2.3, 1.3.0rc1",
    example = 'pep440 { breaking = "minor", otherwise = "patch" }', fields = scheme_fields("0.1.0") },
  { word = "calver", kind = "scheme", takes = "format", doc = "Calendar versions: a date and a counter. Levels only decide whether there is a release.",
    example = 'calver "YYYY.MM.MICRO"', fields = scheme_fields(nil, {
      { name = "format", is = "string", default = "YYYY.MM.MICRO", doc = "YYYY YY 0Y MM 0M WW 0W DD 0D MAJOR MINOR MICRO, with dots" },
      { name = "prerelease", is = "string", one_of = { "semver", "pep440" }, default = "semver", doc = "how a pre-release is written: -rc.1 or rc1" },
    }) },

  -- forges
  { word = "github", kind = "forge", example = 'github { host = "git.example.com" }',
    doc = "GitHub, or a GitHub Enterprise server. The token comes from the environment (GITHUB_TOKEN, GH_TOKEN; GH_ENTERPRISE_TOKEN); a spec never holds one.",
    fields = {
      { name = "host", is = "string", doc = "the server's name; that of the remote's URL when absent" },
      { name = "repository", is = "string", doc = "\"owner/name\"; that of the remote's URL when absent" } } },
  { word = "local_forge", kind = "forge", takes = "path", example = 'local_forge "/srv/demo.forge"',
    doc = "A directory with pull requests, reviews, statuses, releases and assets as files: a release's whole life on one machine. A remote that is a path has one beside it.",
    fields = {
      { name = "path", is = "string", doc = "the directory, NAME.forge beside the bare repository NAME.git; when absent, the remote's path with .forge in place of .git" } } },

  -- where a version stands
  file_word("toml", "A value in a TOML file.", "the dotted path of the value, \"project.version\"", 'toml "pyproject.toml" "project.version"'),
  file_word("json", "A value in a JSON file.", "the path of the value, \"version\"", 'json "package.json" "version"'),
  file_word("yaml", "A value in a YAML file.", "the path of the value, \"version\"", 'yaml "Chart.yaml" "version"'),
  file_word("npm_lock", "The package's own version in a package-lock.json.",
    "the workspace's path in the lockfile; when absent the root, or with \"/FILE\" the package's path", 'npm_lock "package-lock.json"'),
  file_word("cargo_lock", "A crate's own version in a Cargo.lock.", "the crate's name; the package's when absent", 'cargo_lock "Cargo.lock" "mycrate"'),
  file_word("plain", "A file that is nothing but the version.", nil, 'plain "VERSION"'),
  file_word("marked", "Lines that carry the marker x-release-version.", nil, 'marked "README.md"'),
  file_word("replace", "A text that holds the version, replaced where it stands; no patterns.", "the text, with {version} in it", 'replace "README.md" "download/v{version}/"'),

  -- changelogs
  style_word("keep_a_changelog", "A changelog as keepachangelog.com has it.", 'keep_a_changelog "CHANGELOG.md" {}'),
  style_word("conventional", "A changelog with the sections of the Conventional Commits tools.", 'conventional "CHANGELOG.md" {}'),

  -- triggers
  { word = "pushed", kind = "trigger", takes = "branch", doc = "A push to this branch, or standing on it at a terminal.", example = 'when = pushed "test"',
    fields = { { name = "branch", is = "string", required = true, doc = "the branch" } } },
  { word = "completed", kind = "trigger", takes = "workflow", doc = "The successful end of a workflow on this branch (GitHub's workflow_run).",
    example = 'when = completed "CI" { branch = "test" }', fields = {
      { name = "workflow", is = "string", required = true, doc = "the workflow's name" },
      { name = "branch", is = "string", required = true, doc = "the branch that it ran on" } } },
  { word = "approved", kind = "trigger", doc = "A review that approves the lane's pull request (GitHub's pull_request_review): publishes it.",
    example = "when = { manual, approved }", fields = {} },
  { word = "dispatched", kind = "trigger", doc = "A workflow that somebody started by hand (GitHub's workflow_dispatch).", example = "when = dispatched", fields = {} },
  { word = "manual", kind = "trigger", doc = "Only when somebody asks for it by name.", example = "when = manual", fields = {} },

  -- gates
  { word = "clean_tree", kind = "gate", doc = "The work tree has no uncommitted change. Always on, and left out by "
    .. "--allow-dirty; off where publish releases what was prepared.", example = "gates = { clean_tree }", fields = {} },
  { word = "synced", kind = "gate", doc = "HEAD is the remote's base branch. Always on, and left out by --skip-base-sync-check; "
    .. "off where publish releases what was prepared. The run of a push that a later one has overtaken ends quietly.", example = "gates = { synced }", fields = {} },
  { word = "not_released", kind = "gate", doc = "The run was not started by a release commit of relrun's own. Always on.", example = "gates = { not_released }", fields = {} },
  { word = "not_actor", kind = "gate", takes = "names", doc = "The run was not started by one of these accounts. A run that was is skipped (exit 4).",
    example = 'gates = { not_actor { "github-actions[bot]" } }',
    fields = { { name = "names", is = "string", many = true, required = true, doc = "account names" } } },

  { word = "actor", kind = "gate", takes = "names", doc = "The run was started by one of these people; a re-run by one of them, too.",
    example = 'gates = { actor { "alice", teams = { "org/stewards" } } }', fields = with({
      { name = "names", is = "string", many = true, doc = "account names" } }, WHO) },
  { word = "available", kind = "gate", takes = "urls", doc = "What others made is there for anybody: addresses answer, images are in their registry. What is not there yet waits.",
    example = 'approval = { available { "https://dl.example.com/{version}/app.tar.gz", images = { "ghcr.io/o/app:{version}" } } }', fields = {
      { name = "urls", is = "string", many = true, template = PLACES, doc = "addresses, asked without credentials" },
      { name = "images", is = "string", many = true, template = PLACES, doc = "images of an OCI registry, \"host/name:tag\"" } } },
  { word = "base_unmoved", kind = "gate", doc = "The base branch on the remote is still the commit that the release was planned from, or prepared from.",
    example = "approval = { base_unmoved }", fields = {} },
  { word = "checks", kind = "gate", takes = "names",
    doc = "These checks are green on the very commit that is released: check runs and commit statuses; where both have the name, both. What is missing or not finished waits.",
    example = 'approval = { checks { "build", "test" } }', fields = {
      { name = "names", is = "string", many = true, required = true, doc = "their names, as the forge has them" },
      { name = "skipped", is = "boolean", default = false, doc = "count skipped and neutral ones as green" },
      { name = "source", is = "string", one_of = { "check", "status" }, doc = "only check runs, or only commit statuses; both when absent" },
      { name = "app", is = "integer", doc = "the id of the app that must report them; anybody with write access can post a status" } } },
  { word = "confirmed", kind = "gate", takes = "text", doc = "Somebody typed what is released: --confirm TEXT. Several packages are joined with a comma.",
    example = 'gates = { confirmed "{package} {version}" }', fields = {
      { name = "text", is = "string", template = PLACES, callable = true, default = "{version}", doc = "what must be typed" } } },
  { word = "environment", kind = "gate", takes = "name",
    doc = "Somebody approved this CI run for the environment. One that asks nobody is refused, for it approves by itself. Off CI, RELRUN_RUN_ID names a run of a local forge.",
    example = 'approval = { environment "production" }', fields = {
      { name = "name", is = "string", required = true, doc = "the environment" } } },
  { word = "freeze", kind = "gate", doc = "No release from one date to another; a plan from before holds until then.",
    example = 'gates = { freeze { from = "2026-12-20", to = "2027-01-05", why = "the year ends" } }', fields = {
      { name = "from", is = "string", required = true, doc = "the first day, or minute: \"2026-12-20\", \"2026-12-20 18:00\"" },
      { name = "to", is = "string", required = true, doc = "the last day, or minute" },
      { name = "why", is = "string", doc = "told to whoever is refused" }, OFFSET } },
  { word = "labels", kind = "gate", takes = "names", doc = "The pull request has these labels (a missing one waits), and none of `without`.",
    example = 'approval = { labels { "ready", without = { "hold" } } }', fields = {
      { name = "names", is = "string", many = true, doc = "labels that it must have" },
      { name = "without", is = "string", many = true, doc = "labels that it must not have" } } },
  { word = "no_open_issues", kind = "gate", takes = "labels", doc = "No issue with these labels is open.",
    example = 'gates = { no_open_issues { "release-blocker", "production-impact" } }', fields = {
      { name = "labels", is = "string", many = true, required = true, doc = "labels" },
      { name = "any", is = "boolean", default = true, doc = "one of the labels is enough; with false an issue counts that has all of them" } } },
  { word = "required_check", kind = "gate", takes = "name",
    doc = "The forge requires this check on the base branch, of administrators too. Always on for the lock of a pull_request step; --unprotected leaves out that one alone.",
    example = 'gates = { required_check { "release", trust = true } }', fields = {
      { name = "name", is = "string", required = true, doc = "the check's name" },
      { name = "trust", is = "boolean", default = false, doc = "believe in what the token may not see: that nobody may go past it" },
      { name = "app", is = "integer", doc = "the id of the app from which the forge must require it" } } },
  { word = "reviews", kind = "gate",
    doc = "So many people approved the pull request's very head; a refusal holds until it is taken back. Without by, teams and roles all are meant who may write.",
    example = 'approval = { reviews { count = 2, teams = { "org/stewards" } } }', fields = with({
      { name = "count", is = "integer", default = 1, doc = "how many" },
      { name = "by", is = "string", many = true, doc = "account names; an app counts only when it is named" }, WHO[1], WHO[2],
      { name = "not_author", is = "boolean", default = true, doc = "the pull request's author does not count for himself; false lets him, for a repository of one" } }) },
  { word = "schedule", kind = "gate", doc = "The days and hours at which this is done; outside of them it waits. A plan holds until they end.",
    example = 'gates = { schedule { days = { "Mon", "Tue", "Wed", "Thu" }, hours = "09-17", offset = "+01:00" } }', fields = {
      { name = "days", is = "string", many = true, one_of = moment.DAYS, doc = "days of the week; all when absent" },
      { name = "hours", is = "string", doc = "\"09-17\", \"09:30-17:00\"; over midnight they belong to the day on which they begin" }, OFFSET } },

  -- steps
  { word = "branch", kind = "step", takes = "name", doc = "Makes the release branch, at the base commit. Without this step the base branch itself gets the release commits.",
    example = 'branch { "release-test", reset_to = "test" }', fields = {
      { name = "name", is = "string", required = true, template = { "date", "sha", "lane", "version" }, doc = "the branch; with {sha} or {date} in it every run has its own" },
      { name = "reset_to", is = "string", doc = "the base branch once more, for the reader" } } },
  { word = "bump", kind = "step", doc = "Decides the versions and writes them into the version files.", example = 'bump { prerelease = "rc" }', fields = {
      { name = "prerelease", is = "string", doc = "the label of pre-releases; finals when absent" } } },
  { word = "changelog", kind = "step", doc = "Writes the changelog of every package that is released.", example = "changelog {}",
    fields = { message_field(PLACES) } },
  { word = "write", kind = "step", takes = "path", doc = "Writes a rendered file into the release commit of every package that is released.",
    example = 'write "VERSION.txt" { content = "{package} {version}\\n" }', fields = {
      { name = "path", is = "string", required = true, template = PLACES, doc = "the file, below the package's path" },
      { name = "content", is = "string", template = PLACES, callable = true, required = true, doc = "the text" },
      message_field(PLACES) } },
  { word = "commit", kind = "step", doc = "Commits what the steps before it wrote.", example = "commit {}", fields = {
      { name = "per", is = "string", one_of = { "package", "release", "edit" }, default = "package",
        doc = "one commit for each package, or one for all; or one for each `message` of a package's edits, and one for the rest" } } },
  { word = "pull_request", kind = "step",
    doc = "Splits the lane in two: `relrun prepare` ends with this pull request, and `relrun publish` releases its head when the lane's `approval` holds.",
    example = 'pull_request { title = "Release {version}", labels = { "release" } }', fields = {
      { name = "title", is = "string", template = PLACES, callable = true, default = "Release {package} {version}", doc = "its title" },
      { name = "body", is = "string", template = PLACES, callable = true, doc = "its text; the notes of the release when absent. A person may edit it" },
      { name = "labels", is = "string", many = true, doc = "labels that it gets" },
      { name = "draft", is = "boolean", default = false, doc = "open it as a draft" },
      { name = "lock", is = "string", default = "release", or_false = true,
        doc = "the status that is pending on its head until the release is public; the forge must require it. false for none" },
      { name = "method", is = "string", one_of = { "merge" }, default = "merge", doc = "how it is merged; only a merge commit keeps the tag reachable" } } },
  { word = "tag", kind = "step", doc = "Tags every package that is released, at the last release commit.", example = "tag { annotated = true }", fields = {
      { name = "annotated", is = "boolean", default = true, doc = "tag objects with a message, or bare references" },
      { name = "message", is = "string", template = PLACES, callable = true, default = "{package} {version}", doc = "the message of an annotated tag" } } },
  { word = "push", kind = "step", doc = "Sends the branch and the tags to the remote, each with an explicit lease, all or nothing. Only with --push.",
    example = "push { atomic = true }", fields = {
      { name = "atomic", is = "boolean", default = true, doc = "all refs of one push, or none" },
      { name = "tags_start_workflows", is = "boolean", default = false, doc = "at most three tags in a push: GitHub starts no workflow for more" },
      { name = "workflow", is = "string",
        doc = "the file of the workflow that every tag must start, \"publish.yml\": confirmed, or started by name where the push started none. Implies tags_start_workflows" },
      { name = "lock", is = "boolean", default = true, doc = "hold refs/relrun/lock/LANE on the remote meanwhile" } } },
  { word = "status", kind = "step", takes = "context", doc = "Posts a commit status at the release commit.",
    example = 'status "deploy" { state = "success", description = "{version} is out" }', fields = {
      { name = "context", is = "string", required = true, doc = "its name" },
      { name = "state", is = "string", one_of = { "pending", "success", "failure", "error" }, default = "success", doc = "its state" },
      { name = "description", is = "string", template = PLACES, callable = true, default = "{package} {version} is released", doc = "at most 140 characters" },
      OPTIONAL } },
  { word = "forge_release", kind = "step",
    doc = "Makes a release on the forge: as a draft, filled with its assets, checked, and then made public with one write.",
    example = 'forge_release { assets = { "dist/*" } }', fields = {
      { name = "per", is = "string", one_of = { "package", "release" }, default = "package",
        doc = "one for each tag, or one for all, at the tag of the package that the release is named after (or of the first)" },
      { name = "name", is = "string", template = PLACES, callable = true, default = "{package} {version}", doc = "its name" },
      { name = "notes", is = "string", one_of = { "changelog", "pull_request" }, callable = true, default = "changelog",
        doc = "its text: what the changelog says, or what stands in the pull request, which a person may edit" },
      { name = "prerelease", is = "boolean", doc = "mark it as a pre-release; when absent, if the version is one" },
      { name = "latest", is = "boolean", doc = "show it as the latest; the forge decides when absent" },
      { name = "draft", is = "boolean", default = false, doc = "leave it a draft, for a person to make public" },
      { name = "assets", is = "string", many = true, template = PLACES,
        doc = "files of the work tree, below the repository's root; `*` within one name. A pattern that names none is an error" },
      OPTIONAL } },
  { word = "dispatch", kind = "step", takes = "workflow", doc = "Starts a workflow on the forge once, and waits for that very run if asked to.",
    example = 'dispatch { "publish.yml", inputs = { version = "{version}" }, watch = true }', fields = {
      { name = "workflow", is = "string", required = true, doc = "the workflow's file, \"publish.yml\"" },
      { name = "ref", is = "string", template = PLACES,
        doc = "the tag or branch that it runs at; the tag when absent, or the release branch where there are several" },
      { name = "per", is = "string", one_of = { "package", "release" }, default = "release", doc = "once for each package, or once for all" },
      { name = "inputs", is = "map", template = PLACES, doc = "its inputs: { version = \"{version}\" }" },
      { name = "watch", is = "boolean", default = false, doc = "wait for its end; what is no success stops the release" },
      { name = "nonce", is = "boolean", default = true,
        doc = "also send an input `relrun_nonce`, which the workflow declares and says in its run-name, so that its run is known again" },
      OPTIONAL } },
  { word = "comment", kind = "step", takes = "body", doc = "Comments on the pull request that was released, once.",
    example = 'comment "{package} {version} is out."', fields = {
      { name = "body", is = "string", template = PLACES, callable = true, required = true, doc = "the text, Markdown" },
      OPTIONAL } },
  { word = "reachable", kind = "step", doc = "Waits until what was made public can be reached by anybody, at most a minute.",
    example = 'reachable { urls = { "https://pypi.org/project/{package}/{version}/" } }', fields = {
      { name = "urls", is = "string", many = true, template = PLACES, doc = "addresses that must answer" },
      { name = "images", is = "string", many = true, template = PLACES, doc = "images that a registry must have, \"ghcr.io/owner/name:{version}\"" },
      { name = "assets", is = "boolean", doc = "also the assets of the releases that forge_release made public; true when absent" },
      OPTIONAL } },
}

words.by_name = {}
for _, row in ipairs(words.rows) do words.by_name[row.word] = row end

--- The field row of a word, or nil.
function words.field(row, name)
  for _, field in ipairs(row.fields) do
    if field.name == name then return field end
  end
end

--- The words of one kind, sorted.
---@param kind string
---@return string[]
function words.of_kind(kind)
  local names = {}
  for _, row in ipairs(words.rows) do
    if row.kind == kind then names[#names + 1] = row.word end
  end
  table.sort(names)
  return names
end

return words
