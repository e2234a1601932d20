---@meta

-- The words of release.lua for the Lua language server: put this file into its workspace.library.
-- Made from the rows of stdlib/words.lua by `make docs`; do not edit.

---A section of a changelog: its title, and the commit types that it collects.
---@class relrun.section
---@field title string
---@field types string[]

---A statement
---@class relrun.statement

---Packages
---@class relrun.packages

---A version scheme
---@class relrun.scheme

---A forge
---@class relrun.forge

---A place of the version
---@class relrun.file

---A changelog style
---@class relrun.style

---A trigger
---@class relrun.trigger

---A gate
---@class relrun.gate

---A step
---@class relrun.step

---@class relrun.release.fields
---@field [integer] string the name of the whole
---@field name? string the name of the whole
---@field packages? relrun.packages[]|relrun.packages what is released on its own; without it the repository is one package with the release's name
---@field version? relrun.scheme the version scheme and what raises what; semver {} when absent
---@field tag? string|fun(places: table<string, string>): string the tag format; "v{version}" for one package and "{package}-v{version}" for several, and always with each, when absent
---@field tag_history? string the format that reads existing tags, needed only when `tag` is a function
---@field message? string|fun(places: table<string, string>): string the message of a release commit; relrun knows its own commits by it
---@field changelog? relrun.style the changelog of every package; none is written when absent
---@field unparsed? "warn"|"error"|"ignore" what to do about commits that are not Conventional Commits
---@field remote? string the git remote that is released to
---@field repository? string the web address of the repository, for links; derived from the remote's URL when absent
---@field forge? relrun.forge where pull requests, checks and releases live; told from the remote's URL when absent
---@field identity? string author, committer and tagger: "Name <mail>"; git's user.name and user.email when absent

---What is released: packages, versions, tags, changelogs. Exactly one.
---
---```lua
---release "aetherflow" { packages = each "packages/*" { version_file = "pyproject.toml" }, version = pep440 {} }
---```
---@class relrun.word.release: relrun.statement
---@overload fun(fields: relrun.release.fields): relrun.word.release
---@overload fun(value: string): relrun.word.release
release = {}

---@class relrun.lane.fields
---@field [integer] string the lane's name, as in `relrun release.lua NAME`
---@field name? string the lane's name, as in `relrun release.lua NAME`
---@field when? relrun.trigger[]|relrun.trigger what starts the lane without being named; only by name when absent
---@field base? string the branch that is released; the branch of `when` when absent
---@field gates? (relrun.gate|string)[]|relrun.gate|string what must hold, besides what always stands: clean_tree, synced, not_released, and required_check for a lock
---@field steps? relrun.step[]|relrun.step what is done, in this order
---@field approval? (relrun.gate|string)[]|relrun.gate|string what must hold of a pull request's head before it is published; only with a pull_request step
---@field merge? "after"|"before"|"never" when relrun merges the pull request: after the release is public, before it (in order to release), or never
---@field order? "dependencies"|"given" the order of the packages: needed packages first, or as given

---A way to release: when it applies, what must hold, what is done.
---
---```lua
---lane "rc" { when = pushed "test", steps = { branch "release-test", bump { prerelease = "rc" }, changelog {}, commit {}, tag {}, push {} } }
---```
---@class relrun.word.lane: relrun.statement
---@overload fun(fields: relrun.lane.fields): relrun.word.lane
---@overload fun(value: string): relrun.word.lane
lane = {}

---@class relrun.gate.fields
---@field [integer] string how a lane's `gates` names it
---@field name? string how a lane's `gates` names it
---@field needs? ("checks"|"issues"|"pull"|"reviews")[]|"checks"|"issues"|"pull"|"reviews" what it wants to be told of the forge, as facts.NAME, beside the facts that every gate is told (relrun help facts)
---@field check? fun(...): any function (facts) -> boolean or "wait", reason; what facts holds: relrun help facts

---A custom gate: a function over recorded facts that answers true, or false and the reason, or "wait" and the reason.
---
---```lua
---gate "not on Friday" (function (facts) return facts.weekday ~= "Friday", "it is Friday" end)
---```
---@class relrun.word.gate: relrun.statement
---@overload fun(fields: relrun.gate.fields): relrun.word.gate
---@overload fun(value: string): relrun.word.gate
---@overload fun(value: fun(facts: table): (boolean|"wait"), string?): relrun.word.gate
gate = {}

---@class relrun.source_guard.fields
---@field [integer] string the branch that is merged into
---@field branch? string the branch that is merged into
---@field from? string[]|string only these branches of this repository; `*` stands for any part of a name
---@field except? string[]|string all branches but these
---@field context? string the name of the status

---Says which branches may be merged into this one. `relrun guard` posts it as a status on every pull request; require it on the forge.
---
---```lua
---source_guard "master" { from = "test" }
---```
---@class relrun.word.source_guard: relrun.statement
---@overload fun(fields: relrun.source_guard.fields): relrun.word.source_guard
---@overload fun(value: string): relrun.word.source_guard
source_guard = {}

---@class relrun.use.fields
---@field [integer] string the ready-made spec's name
---@field spec? string the ready-made spec's name
---@field [string] any options of the ready-made spec

---Brings in a ready-made spec of relrun, with options.
---
---```lua
---use "branch-flow" { name = "aetherflow", packages = each "packages/*" { version_file = "pyproject.toml" } }
---```
---@class relrun.word.use: relrun.statement
---@overload fun(fields: relrun.use.fields): relrun.word.use
---@overload fun(value: string): relrun.word.use
use = {}

---@class relrun.each.fields
---@field [integer] string directories, `*` within one name: "packages/*"
---@field glob? string directories, `*` within one name: "packages/*"
---@field only? string[]|string these names alone, in this order
---@field except? string[]|string all but these names
---@field files? (relrun.file|string)[]|relrun.file|string where the version stands, below the package's path; a plain name such as "pyproject.toml" is enough for known files
---@field version_file? string one known file that holds the version, below the package's path, such as "pyproject.toml"; `files` says more
---@field tag? string this package's tag format, in place of the release's
---@field changelog? relrun.style this package's changelog, in place of the release's
---@field depends? string[]|string packages of this release that this one needs; "files" reads them from the version files, where a package has the name that its own manifest states
---@field raise? boolean raise the requirement on a needed package that is released together with this one
---@field cascade? "none"|"patch" release this package, too, when a package that it needs is released
---@field exclude? string[]|string directories below the path (no patterns) whose changes do not count

---One package for every directory that the pattern names; the package has the directory's name. What lies in a package inside another one is the inner one's alone.
---
---```lua
---each "packages/*" { version_file = "pyproject.toml" }
---```
---@class relrun.word.each: relrun.packages
---@overload fun(fields: relrun.each.fields): relrun.word.each
---@overload fun(value: string): relrun.word.each
each = {}

---@class relrun.package.fields
---@field [integer] string the package's name, as in its tags
---@field name? string the package's name, as in its tags
---@field path? string its directory, which the commit that is released must have (check: the one at HEAD); the whole repository when absent
---@field version? relrun.scheme its own version scheme, in place of the release's
---@field files? (relrun.file|string)[]|relrun.file|string where the version stands, below the package's path; a plain name such as "pyproject.toml" is enough for known files
---@field version_file? string one known file that holds the version, below the package's path, such as "pyproject.toml"; `files` says more
---@field tag? string this package's tag format, in place of the release's
---@field changelog? relrun.style this package's changelog, in place of the release's
---@field depends? string[]|string packages of this release that this one needs; "files" reads them from the version files, where a package has the name that its own manifest states
---@field raise? boolean raise the requirement on a needed package that is released together with this one
---@field cascade? "none"|"patch" release this package, too, when a package that it needs is released
---@field exclude? string[]|string directories below the path (no patterns) whose changes do not count

---One package. What lies in another package inside its directory is the inner one's alone; packages of one directory share it.
---
---```lua
---package "core" { path = "packages/core", version_file = "pyproject.toml" }
---```
---@class relrun.word.package: relrun.packages
---@overload fun(fields: relrun.package.fields): relrun.word.package
---@overload fun(value: string): relrun.word.package
package = {}

---@class relrun.semver.fields
---@field breaking? "major"|"minor"|"patch"|"none" what a breaking change of any type raises
---@field feat? "major"|"minor"|"patch"|"none" what a `feat` commit raises
---@field fix? "major"|"minor"|"patch"|"none" what a `fix` commit raises
---@field perf? "major"|"minor"|"patch"|"none" what a `perf` commit raises
---@field revert? "major"|"minor"|"patch"|"none" what a revert of something released earlier raises
---@field types? table<string, ("major"|"minor"|"patch"|"none")> levels of further commit types: { deps = "patch" }
---@field otherwise? "major"|"minor"|"patch"|"none" what every other commit raises, unparsed ones included
---@field zero? table<string, ("major"|"minor"|"patch"|"none")> while the version is 0.x, what a level becomes: { major = "minor", minor = "patch" }
---@field initial? string the first version of a package without tags
---@field start? integer the first number of a pre-release counter

---Semantic Versioning 2.0.0: 1.2.3, 1.3.0-rc.1
---
---```lua
---semver { zero = { major = "minor" } }
---```
---@class relrun.word.semver: relrun.scheme
---@overload fun(fields: relrun.semver.fields): relrun.word.semver
semver = {}

---@class relrun.pep440.fields
---@field breaking? "major"|"minor"|"patch"|"none" what a breaking change of any type raises
---@field feat? "major"|"minor"|"patch"|"none" what a `feat` commit raises
---@field fix? "major"|"minor"|"patch"|"none" what a `fix` commit raises
---@field perf? "major"|"minor"|"patch"|"none" what a `perf` commit raises
---@field revert? "major"|"minor"|"patch"|"none" what a revert of something released earlier raises
---@field types? table<string, ("major"|"minor"|"patch"|"none")> levels of further commit types: { deps = "patch" }
---@field otherwise? "major"|"minor"|"patch"|"none" what every other commit raises, unparsed ones included
---@field zero? table<string, ("major"|"minor"|"patch"|"none")> while the version is 0.x, what a level becomes: { major = "minor", minor = "patch" }
---@field initial? string the first version of a package without tags
---@field start? integer the first number of a pre-release counter

---Python's versions (PEP 440): 1.2.3, 1.3.0rc1
---
---```lua
---pep440 { breaking = "minor", otherwise = "patch" }
---```
---@class relrun.word.pep440: relrun.scheme
---@overload fun(fields: relrun.pep440.fields): relrun.word.pep440
pep440 = {}

---@class relrun.calver.fields
---@field breaking? "major"|"minor"|"patch"|"none" what a breaking change of any type raises
---@field feat? "major"|"minor"|"patch"|"none" what a `feat` commit raises
---@field fix? "major"|"minor"|"patch"|"none" what a `fix` commit raises
---@field perf? "major"|"minor"|"patch"|"none" what a `perf` commit raises
---@field revert? "major"|"minor"|"patch"|"none" what a revert of something released earlier raises
---@field types? table<string, ("major"|"minor"|"patch"|"none")> levels of further commit types: { deps = "patch" }
---@field otherwise? "major"|"minor"|"patch"|"none" what every other commit raises, unparsed ones included
---@field zero? table<string, ("major"|"minor"|"patch"|"none")> while the version is 0.x, what a level becomes: { major = "minor", minor = "patch" }
---@field initial? string the first version of a package without tags
---@field start? integer the first number of a pre-release counter
---@field [integer] string YYYY YY 0Y MM 0M WW 0W DD 0D MAJOR MINOR MICRO, with dots
---@field format? string YYYY YY 0Y MM 0M WW 0W DD 0D MAJOR MINOR MICRO, with dots
---@field prerelease? "semver"|"pep440" how a pre-release is written: -rc.1 or rc1

---Calendar versions: a date and a counter. Levels only decide whether there is a release.
---
---```lua
---calver "YYYY.MM.MICRO"
---```
---@class relrun.word.calver: relrun.scheme
---@overload fun(fields: relrun.calver.fields): relrun.word.calver
---@overload fun(value: string): relrun.word.calver
calver = {}

---@class relrun.github.fields
---@field host? string the server's name; that of the remote's URL when absent
---@field repository? string "owner/name"; that of the remote's URL when absent

---GitHub, or a GitHub Enterprise server. The token comes from the environment (GITHUB_TOKEN, GH_TOKEN; GH_ENTERPRISE_TOKEN); a spec never holds one.
---
---```lua
---github { host = "git.example.com" }
---```
---@class relrun.word.github: relrun.forge
---@overload fun(fields: relrun.github.fields): relrun.word.github
github = {}

---@class relrun.local_forge.fields
---@field [integer] string the directory, NAME.forge beside the bare repository NAME.git; when absent, the remote's path with .forge in place of .git
---@field path? string the directory, NAME.forge beside the bare repository NAME.git; when absent, the remote's path with .forge in place of .git

---A directory with pull requests, reviews, statuses, releases and assets as files: a release's whole life on one machine. A remote that is a path has one beside it.
---
---```lua
---local_forge "/srv/demo.forge"
---```
---@class relrun.word.local_forge: relrun.forge
---@overload fun(fields: relrun.local_forge.fields): relrun.word.local_forge
---@overload fun(value: string): relrun.word.local_forge
local_forge = {}

---@class relrun.toml.fields
---@field [integer] string the file, below the package's path
---@field path? string the file, below the package's path
---@field at? string the dotted path of the value, "project.version"
---@field value? string what stands there, when it is more than the version: "v{version}"
---@field own? "patch"|"minor"|"major" this place has a version line of its own, which every release raises by this much (a chart that carries the product)
---@field prereleases? boolean whether lanes of pre-releases change this place, too; if not, it holds the last final
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---A value in a TOML file.
---
---```lua
---toml "pyproject.toml" "project.version"
---```
---@class relrun.word.toml: relrun.file
---@overload fun(fields: relrun.toml.fields): relrun.word.toml
---@overload fun(value: string): relrun.word.toml
toml = {}

---@class relrun.json.fields
---@field [integer] string the file, below the package's path
---@field path? string the file, below the package's path
---@field at? string the path of the value, "version"
---@field value? string what stands there, when it is more than the version: "v{version}"
---@field own? "patch"|"minor"|"major" this place has a version line of its own, which every release raises by this much (a chart that carries the product)
---@field prereleases? boolean whether lanes of pre-releases change this place, too; if not, it holds the last final
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---A value in a JSON file.
---
---```lua
---json "package.json" "version"
---```
---@class relrun.word.json: relrun.file
---@overload fun(fields: relrun.json.fields): relrun.word.json
---@overload fun(value: string): relrun.word.json
json = {}

---@class relrun.yaml.fields
---@field [integer] string the file, below the package's path
---@field path? string the file, below the package's path
---@field at? string the path of the value, "version"
---@field value? string what stands there, when it is more than the version: "v{version}"
---@field own? "patch"|"minor"|"major" this place has a version line of its own, which every release raises by this much (a chart that carries the product)
---@field prereleases? boolean whether lanes of pre-releases change this place, too; if not, it holds the last final
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---A value in a YAML file.
---
---```lua
---yaml "Chart.yaml" "version"
---```
---@class relrun.word.yaml: relrun.file
---@overload fun(fields: relrun.yaml.fields): relrun.word.yaml
---@overload fun(value: string): relrun.word.yaml
yaml = {}

---@class relrun.npm_lock.fields
---@field [integer] string the file, below the package's path; with a / in front, below the repository's root, for a lockfile that packages share
---@field path? string the file, below the package's path; with a / in front, below the repository's root, for a lockfile that packages share
---@field at? string the workspace's path in the lockfile; when absent the root, or with "/FILE" the package's path
---@field prereleases? boolean whether lanes of pre-releases change this place, too; if not, it holds the last final
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---The package's own version in a package-lock.json.
---
---```lua
---npm_lock "package-lock.json"
---```
---@class relrun.word.npm_lock: relrun.file
---@overload fun(fields: relrun.npm_lock.fields): relrun.word.npm_lock
---@overload fun(value: string): relrun.word.npm_lock
npm_lock = {}

---@class relrun.cargo_lock.fields
---@field [integer] string the file, below the package's path; with a / in front, below the repository's root, for a lockfile that packages share
---@field path? string the file, below the package's path; with a / in front, below the repository's root, for a lockfile that packages share
---@field at? string the crate's name; the package's when absent
---@field prereleases? boolean whether lanes of pre-releases change this place, too; if not, it holds the last final
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---A crate's own version in a Cargo.lock.
---
---```lua
---cargo_lock "Cargo.lock" "mycrate"
---```
---@class relrun.word.cargo_lock: relrun.file
---@overload fun(fields: relrun.cargo_lock.fields): relrun.word.cargo_lock
---@overload fun(value: string): relrun.word.cargo_lock
cargo_lock = {}

---@class relrun.plain.fields
---@field [integer] string the file, below the package's path
---@field path? string the file, below the package's path
---@field value? string what stands there, when it is more than the version: "v{version}"
---@field own? "patch"|"minor"|"major" this place has a version line of its own, which every release raises by this much (a chart that carries the product)
---@field prereleases? boolean whether lanes of pre-releases change this place, too; if not, it holds the last final
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---A file that is nothing but the version.
---
---```lua
---plain "VERSION"
---```
---@class relrun.word.plain: relrun.file
---@overload fun(fields: relrun.plain.fields): relrun.word.plain
---@overload fun(value: string): relrun.word.plain
plain = {}

---@class relrun.marked.fields
---@field [integer] string the file, below the package's path
---@field path? string the file, below the package's path
---@field prereleases? boolean whether lanes of pre-releases change this place, too; if not, it holds the last final
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---Lines that carry the marker x-release-version.
---
---```lua
---marked "README.md"
---```
---@class relrun.word.marked: relrun.file
---@overload fun(fields: relrun.marked.fields): relrun.word.marked
---@overload fun(value: string): relrun.word.marked
marked = {}

---@class relrun.replace.fields
---@field [integer] string the file, below the package's path
---@field path? string the file, below the package's path
---@field at? string the text, with {version} in it
---@field prereleases? boolean whether lanes of pre-releases change this place, too; if not, it holds the last final
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---A text that holds the version, replaced where it stands; no patterns.
---
---```lua
---replace "README.md" "download/v{version}/"
---```
---@class relrun.word.replace: relrun.file
---@overload fun(fields: relrun.replace.fields): relrun.word.replace
---@overload fun(value: string): relrun.word.replace
replace = {}

---@class relrun.keep_a_changelog.fields
---@field [integer] string the changelog, below the package's path
---@field file? string the changelog, below the package's path
---@field sections? relrun.section[]|relrun.section titles in their order, each with the commit types that it collects; under a title that does not say so a revert's bullet begins with Revert
---@field hidden? string[]|string commit types that are left out unless they break something
---@field other? string|false title that collects types of no section; false leaves them out
---@field unparsed? string|false title that collects commits without a type; false leaves them out
---@field breaking? "block"|"mark" breaking changes in a block of their own on top, or marked (BREAKING) where they stand
---@field notes? boolean under a marked breaking change, what its BREAKING CHANGE footers say
---@field scope? boolean the scope before each description
---@field hashes? boolean the abbreviated commit after each description
---@field references? "closes"|"refs"|false word before linked issues; `refs` keeps the merge of a release request from closing them
---@field compare? boolean a `Compare:` line at the section's end
---@field dependencies? string|false title that collects raised requirements; false leaves them out
---@field note? "markdown"|"text" whether an entry's note is taken as text, or trusted as Markdown
---@field empty? string what a section without changes says

---A changelog as keepachangelog.com has it.
---
---```lua
---keep_a_changelog "CHANGELOG.md" {}
---```
---@class relrun.word.keep_a_changelog: relrun.style
---@overload fun(fields: relrun.keep_a_changelog.fields): relrun.word.keep_a_changelog
---@overload fun(value: string): relrun.word.keep_a_changelog
keep_a_changelog = {}

---@class relrun.conventional.fields
---@field [integer] string the changelog, below the package's path
---@field file? string the changelog, below the package's path
---@field sections? relrun.section[]|relrun.section titles in their order, each with the commit types that it collects; under a title that does not say so a revert's bullet begins with Revert
---@field hidden? string[]|string commit types that are left out unless they break something
---@field other? string|false title that collects types of no section; false leaves them out
---@field unparsed? string|false title that collects commits without a type; false leaves them out
---@field breaking? "block"|"mark" breaking changes in a block of their own on top, or marked (BREAKING) where they stand
---@field notes? boolean under a marked breaking change, what its BREAKING CHANGE footers say
---@field scope? boolean the scope before each description
---@field hashes? boolean the abbreviated commit after each description
---@field references? "closes"|"refs"|false word before linked issues; `refs` keeps the merge of a release request from closing them
---@field compare? boolean a `Compare:` line at the section's end
---@field dependencies? string|false title that collects raised requirements; false leaves them out
---@field note? "markdown"|"text" whether an entry's note is taken as text, or trusted as Markdown
---@field empty? string what a section without changes says

---A changelog with the sections of the Conventional Commits tools.
---
---```lua
---conventional "CHANGELOG.md" {}
---```
---@class relrun.word.conventional: relrun.style
---@overload fun(fields: relrun.conventional.fields): relrun.word.conventional
---@overload fun(value: string): relrun.word.conventional
conventional = {}

---@class relrun.pushed.fields
---@field [integer] string the branch
---@field branch? string the branch

---A push to this branch, or standing on it at a terminal.
---
---```lua
---when = pushed "test"
---```
---@class relrun.word.pushed: relrun.trigger
---@overload fun(fields: relrun.pushed.fields): relrun.word.pushed
---@overload fun(value: string): relrun.word.pushed
pushed = {}

---@class relrun.completed.fields
---@field [integer] string the workflow's name
---@field workflow? string the workflow's name
---@field branch? string the branch that it ran on

---The successful end of a workflow on this branch (GitHub's workflow_run).
---
---```lua
---when = completed "CI" { branch = "test" }
---```
---@class relrun.word.completed: relrun.trigger
---@overload fun(fields: relrun.completed.fields): relrun.word.completed
---@overload fun(value: string): relrun.word.completed
completed = {}

---@class relrun.approved.fields

---A review that approves the lane's pull request (GitHub's pull_request_review): publishes it.
---
---```lua
---when = { manual, approved }
---```
---@class relrun.word.approved: relrun.trigger
---@overload fun(fields: relrun.approved.fields): relrun.word.approved
approved = {}

---@class relrun.dispatched.fields

---A workflow that somebody started by hand (GitHub's workflow_dispatch).
---
---```lua
---when = dispatched
---```
---@class relrun.word.dispatched: relrun.trigger
---@overload fun(fields: relrun.dispatched.fields): relrun.word.dispatched
dispatched = {}

---@class relrun.manual.fields

---Only when somebody asks for it by name.
---
---```lua
---when = manual
---```
---@class relrun.word.manual: relrun.trigger
---@overload fun(fields: relrun.manual.fields): relrun.word.manual
manual = {}

---@class relrun.clean_tree.fields

---The work tree has no uncommitted change. Always on, and left out by --allow-dirty; off where publish releases what was prepared.
---
---```lua
---gates = { clean_tree }
---```
---@class relrun.word.clean_tree: relrun.gate
---@overload fun(fields: relrun.clean_tree.fields): relrun.word.clean_tree
clean_tree = {}

---@class relrun.synced.fields

---HEAD is the remote's base branch. Always on, and left out by --skip-base-sync-check; off where publish releases what was prepared. The run of a push that a later one has overtaken ends quietly.
---
---```lua
---gates = { synced }
---```
---@class relrun.word.synced: relrun.gate
---@overload fun(fields: relrun.synced.fields): relrun.word.synced
synced = {}

---@class relrun.not_released.fields

---The run was not started by a release commit of relrun's own. Always on.
---
---```lua
---gates = { not_released }
---```
---@class relrun.word.not_released: relrun.gate
---@overload fun(fields: relrun.not_released.fields): relrun.word.not_released
not_released = {}

---@class relrun.not_actor.fields
---@field [integer] string[]|string account names
---@field names? string[]|string account names

---The run was not started by one of these accounts. A run that was is skipped (exit 4).
---
---```lua
---gates = { not_actor { "github-actions[bot]" } }
---```
---@class relrun.word.not_actor: relrun.gate
---@overload fun(fields: relrun.not_actor.fields): relrun.word.not_actor
---@overload fun(value: string): relrun.word.not_actor
not_actor = {}

---@class relrun.actor.fields
---@field [integer] string[]|string account names
---@field names? string[]|string account names
---@field teams? string[]|string members of these teams, "org/team"
---@field roles? ("admin"|"maintain"|"write"|"triage"|"read")[]|"admin"|"maintain"|"write"|"triage"|"read" people with one of these roles, or a stronger one

---The run was started by one of these people; a re-run by one of them, too.
---
---```lua
---gates = { actor { "alice", teams = { "org/stewards" } } }
---```
---@class relrun.word.actor: relrun.gate
---@overload fun(fields: relrun.actor.fields): relrun.word.actor
---@overload fun(value: string): relrun.word.actor
actor = {}

---@class relrun.available.fields
---@field [integer] string[]|string addresses, asked without credentials
---@field urls? string[]|string addresses, asked without credentials
---@field images? string[]|string images of an OCI registry, "host/name:tag"

---What others made is there for anybody: addresses answer, images are in their registry. What is not there yet waits.
---
---```lua
---approval = { available { "https://dl.example.com/{version}/app.tar.gz", images = { "ghcr.io/o/app:{version}" } } }
---```
---@class relrun.word.available: relrun.gate
---@overload fun(fields: relrun.available.fields): relrun.word.available
---@overload fun(value: string): relrun.word.available
available = {}

---@class relrun.base_unmoved.fields

---The base branch on the remote is still the commit that the release was planned from, or prepared from.
---
---```lua
---approval = { base_unmoved }
---```
---@class relrun.word.base_unmoved: relrun.gate
---@overload fun(fields: relrun.base_unmoved.fields): relrun.word.base_unmoved
base_unmoved = {}

---@class relrun.checks.fields
---@field [integer] string[]|string their names, as the forge has them
---@field names? string[]|string their names, as the forge has them
---@field skipped? boolean count skipped and neutral ones as green
---@field source? "check"|"status" only check runs, or only commit statuses; both when absent
---@field app? integer the id of the app that must report them; anybody with write access can post a status

---These checks are green on the very commit that is released: check runs and commit statuses; where both have the name, both. What is missing or not finished waits.
---
---```lua
---approval = { checks { "build", "test" } }
---```
---@class relrun.word.checks: relrun.gate
---@overload fun(fields: relrun.checks.fields): relrun.word.checks
---@overload fun(value: string): relrun.word.checks
checks = {}

---@class relrun.confirmed.fields
---@field [integer] string|fun(places: table<string, string>): string what must be typed
---@field text? string|fun(places: table<string, string>): string what must be typed

---Somebody typed what is released: --confirm TEXT. Several packages are joined with a comma.
---
---```lua
---gates = { confirmed "{package} {version}" }
---```
---@class relrun.word.confirmed: relrun.gate
---@overload fun(fields: relrun.confirmed.fields): relrun.word.confirmed
---@overload fun(value: string): relrun.word.confirmed
confirmed = {}

---@class relrun.environment.fields
---@field [integer] string the environment
---@field name? string the environment

---Somebody approved this CI run for the environment. One that asks nobody is refused, for it approves by itself. Off CI, RELRUN_RUN_ID names a run of a local forge.
---
---```lua
---approval = { environment "production" }
---```
---@class relrun.word.environment: relrun.gate
---@overload fun(fields: relrun.environment.fields): relrun.word.environment
---@overload fun(value: string): relrun.word.environment
environment = {}

---@class relrun.freeze.fields
---@field from? string the first day, or minute: "2026-12-20", "2026-12-20 18:00"
---@field to? string the last day, or minute
---@field why? string told to whoever is refused
---@field offset? string from UTC, such as "+01:00"; there is no summer time in it

---No release from one date to another; a plan from before holds until then.
---
---```lua
---gates = { freeze { from = "2026-12-20", to = "2027-01-05", why = "the year ends" } }
---```
---@class relrun.word.freeze: relrun.gate
---@overload fun(fields: relrun.freeze.fields): relrun.word.freeze
freeze = {}

---@class relrun.labels.fields
---@field [integer] string[]|string labels that it must have
---@field names? string[]|string labels that it must have
---@field without? string[]|string labels that it must not have

---The pull request has these labels (a missing one waits), and none of `without`.
---
---```lua
---approval = { labels { "ready", without = { "hold" } } }
---```
---@class relrun.word.labels: relrun.gate
---@overload fun(fields: relrun.labels.fields): relrun.word.labels
---@overload fun(value: string): relrun.word.labels
labels = {}

---@class relrun.no_open_issues.fields
---@field [integer] string[]|string labels
---@field labels? string[]|string labels
---@field any? boolean one of the labels is enough; with false an issue counts that has all of them

---No issue with these labels is open.
---
---```lua
---gates = { no_open_issues { "release-blocker", "production-impact" } }
---```
---@class relrun.word.no_open_issues: relrun.gate
---@overload fun(fields: relrun.no_open_issues.fields): relrun.word.no_open_issues
---@overload fun(value: string): relrun.word.no_open_issues
no_open_issues = {}

---@class relrun.required_check.fields
---@field [integer] string the check's name
---@field name? string the check's name
---@field trust? boolean believe in what the token may not see: that nobody may go past it
---@field app? integer the id of the app from which the forge must require it

---The forge requires this check on the base branch, of administrators too. Always on for the lock of a pull_request step; --unprotected leaves out that one alone.
---
---```lua
---gates = { required_check { "release", trust = true } }
---```
---@class relrun.word.required_check: relrun.gate
---@overload fun(fields: relrun.required_check.fields): relrun.word.required_check
---@overload fun(value: string): relrun.word.required_check
required_check = {}

---@class relrun.reviews.fields
---@field count? integer how many
---@field by? string[]|string account names; an app counts only when it is named
---@field teams? string[]|string members of these teams, "org/team"
---@field roles? ("admin"|"maintain"|"write"|"triage"|"read")[]|"admin"|"maintain"|"write"|"triage"|"read" people with one of these roles, or a stronger one
---@field not_author? boolean the pull request's author does not count for himself; false lets him, for a repository of one

---So many people approved the pull request's very head; a refusal holds until it is taken back. Without by, teams and roles all are meant who may write.
---
---```lua
---approval = { reviews { count = 2, teams = { "org/stewards" } } }
---```
---@class relrun.word.reviews: relrun.gate
---@overload fun(fields: relrun.reviews.fields): relrun.word.reviews
reviews = {}

---@class relrun.schedule.fields
---@field days? ("Mon"|"Tue"|"Wed"|"Thu"|"Fri"|"Sat"|"Sun")[]|"Mon"|"Tue"|"Wed"|"Thu"|"Fri"|"Sat"|"Sun" days of the week; all when absent
---@field hours? string "09-17", "09:30-17:00"; over midnight they belong to the day on which they begin
---@field offset? string from UTC, such as "+01:00"; there is no summer time in it

---The days and hours at which this is done; outside of them it waits. A plan holds until they end.
---
---```lua
---gates = { schedule { days = { "Mon", "Tue", "Wed", "Thu" }, hours = "09-17", offset = "+01:00" } }
---```
---@class relrun.word.schedule: relrun.gate
---@overload fun(fields: relrun.schedule.fields): relrun.word.schedule
schedule = {}

---@class relrun.branch.fields
---@field [integer] string the branch; with {sha} or {date} in it every run has its own
---@field name? string the branch; with {sha} or {date} in it every run has its own
---@field reset_to? string the base branch once more, for the reader

---Makes the release branch, at the base commit. Without this step the base branch itself gets the release commits.
---
---```lua
---branch { "release-test", reset_to = "test" }
---```
---@class relrun.word.branch: relrun.step
---@overload fun(fields: relrun.branch.fields): relrun.word.branch
---@overload fun(value: string): relrun.word.branch
branch = {}

---@class relrun.bump.fields
---@field prerelease? string the label of pre-releases; finals when absent

---Decides the versions and writes them into the version files.
---
---```lua
---bump { prerelease = "rc" }
---```
---@class relrun.word.bump: relrun.step
---@overload fun(fields: relrun.bump.fields): relrun.word.bump
bump = {}

---@class relrun.changelog.fields
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---Writes the changelog of every package that is released.
---
---```lua
---changelog {}
---```
---@class relrun.word.changelog: relrun.step
---@overload fun(fields: relrun.changelog.fields): relrun.word.changelog
changelog = {}

---@class relrun.write.fields
---@field [integer] string the file, below the package's path
---@field path? string the file, below the package's path
---@field content? string|fun(places: table<string, string>): string the text
---@field message? string with commit { per = "edit" }: the message of a commit of its own; edits that say the same one share it

---Writes a rendered file into the release commit of every package that is released.
---
---```lua
---write "VERSION.txt" { content = "{package} {version}\n" }
---```
---@class relrun.word.write: relrun.step
---@overload fun(fields: relrun.write.fields): relrun.word.write
---@overload fun(value: string): relrun.word.write
write = {}

---@class relrun.commit.fields
---@field per? "package"|"release"|"edit" one commit for each package, or one for all; or one for each `message` of a package's edits, and one for the rest

---Commits what the steps before it wrote.
---
---```lua
---commit {}
---```
---@class relrun.word.commit: relrun.step
---@overload fun(fields: relrun.commit.fields): relrun.word.commit
commit = {}

---@class relrun.pull_request.fields
---@field title? string|fun(places: table<string, string>): string its title
---@field body? string|fun(places: table<string, string>): string its text; the notes of the release when absent. A person may edit it
---@field labels? string[]|string labels that it gets
---@field draft? boolean open it as a draft
---@field lock? string|false the status that is pending on its head until the release is public; the forge must require it. false for none
---@field method? "merge" how it is merged; only a merge commit keeps the tag reachable

---Splits the lane in two: `relrun prepare` ends with this pull request, and `relrun publish` releases its head when the lane's `approval` holds.
---
---```lua
---pull_request { title = "Release {version}", labels = { "release" } }
---```
---@class relrun.word.pull_request: relrun.step
---@overload fun(fields: relrun.pull_request.fields): relrun.word.pull_request
pull_request = {}

---@class relrun.tag.fields
---@field annotated? boolean tag objects with a message, or bare references
---@field message? string|fun(places: table<string, string>): string the message of an annotated tag

---Tags every package that is released, at the last release commit.
---
---```lua
---tag { annotated = true }
---```
---@class relrun.word.tag: relrun.step
---@overload fun(fields: relrun.tag.fields): relrun.word.tag
tag = {}

---@class relrun.push.fields
---@field atomic? boolean all refs of one push, or none
---@field tags_start_workflows? boolean at most three tags in a push: GitHub starts no workflow for more
---@field workflow? string the file of the workflow that every tag must start, "publish.yml": confirmed, or started by name where the push started none. Implies tags_start_workflows
---@field lock? boolean hold refs/relrun/lock/LANE on the remote meanwhile

---Sends the branch and the tags to the remote, each with an explicit lease, all or nothing. Only with --push.
---
---```lua
---push { atomic = true }
---```
---@class relrun.word.push: relrun.step
---@overload fun(fields: relrun.push.fields): relrun.word.push
push = {}

---@class relrun.status.fields
---@field [integer] string its name
---@field context? string its name
---@field state? "pending"|"success"|"failure"|"error" its state
---@field description? string|fun(places: table<string, string>): string at most 140 characters
---@field optional? boolean go on with a warning when the forge refuses it

---Posts a commit status at the release commit.
---
---```lua
---status "deploy" { state = "success", description = "{version} is out" }
---```
---@class relrun.word.status: relrun.step
---@overload fun(fields: relrun.status.fields): relrun.word.status
---@overload fun(value: string): relrun.word.status
status = {}

---@class relrun.forge_release.fields
---@field per? "package"|"release" one for each tag, or one for all, at the tag of the package that the release is named after (or of the first)
---@field name? string|fun(places: table<string, string>): string its name
---@field notes? "changelog"|"pull_request"|fun(places: table<string, string>): string its text: what the changelog says, or what stands in the pull request, which a person may edit
---@field prerelease? boolean mark it as a pre-release; when absent, if the version is one
---@field latest? boolean show it as the latest; the forge decides when absent
---@field draft? boolean leave it a draft, for a person to make public
---@field assets? string[]|string files of the work tree, below the repository's root; `*` within one name. A pattern that names none is an error
---@field optional? boolean go on with a warning when the forge refuses it

---Makes a release on the forge: as a draft, filled with its assets, checked, and then made public with one write.
---
---```lua
---forge_release { assets = { "dist/*" } }
---```
---@class relrun.word.forge_release: relrun.step
---@overload fun(fields: relrun.forge_release.fields): relrun.word.forge_release
forge_release = {}

---@class relrun.dispatch.fields
---@field [integer] string the workflow's file, "publish.yml"
---@field workflow? string the workflow's file, "publish.yml"
---@field ref? string the tag or branch that it runs at; the tag when absent, or the release branch where there are several
---@field per? "package"|"release" once for each package, or once for all
---@field inputs? table<string, string> its inputs: { version = "{version}" }
---@field watch? boolean wait for its end; what is no success stops the release
---@field nonce? boolean also send an input `relrun_nonce`, which the workflow declares and says in its run-name, so that its run is known again
---@field optional? boolean go on with a warning when the forge refuses it

---Starts a workflow on the forge once, and waits for that very run if asked to.
---
---```lua
---dispatch { "publish.yml", inputs = { version = "{version}" }, watch = true }
---```
---@class relrun.word.dispatch: relrun.step
---@overload fun(fields: relrun.dispatch.fields): relrun.word.dispatch
---@overload fun(value: string): relrun.word.dispatch
dispatch = {}

---@class relrun.comment.fields
---@field [integer] string|fun(places: table<string, string>): string the text, Markdown
---@field body? string|fun(places: table<string, string>): string the text, Markdown
---@field optional? boolean go on with a warning when the forge refuses it

---Comments on the pull request that was released, once.
---
---```lua
---comment "{package} {version} is out."
---```
---@class relrun.word.comment: relrun.step
---@overload fun(fields: relrun.comment.fields): relrun.word.comment
---@overload fun(value: string): relrun.word.comment
comment = {}

---@class relrun.reachable.fields
---@field urls? string[]|string addresses that must answer
---@field images? string[]|string images that a registry must have, "ghcr.io/owner/name:{version}"
---@field assets? boolean also the assets of the releases that forge_release made public; true when absent
---@field optional? boolean go on with a warning when the forge refuses it

---Waits until what was made public can be reached by anybody, at most a minute.
---
---```lua
---reachable { urls = { "https://pypi.org/project/{package}/{version}/" } }
---```
---@class relrun.word.reachable: relrun.step
---@overload fun(fields: relrun.reachable.fields): relrun.word.reachable
reachable = {}

---In a ready-made spec: its options, with the defaults of the rows filled in. An unknown option is an error.
---@param options table|nil what `use` was given
---@param rows { name: string, type: string?, required: boolean?, default: any, doc: string }[]
---@return table<string, any>
function options_of(options, rows) end
