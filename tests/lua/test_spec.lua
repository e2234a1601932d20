local test = require "testing"
local spec = require "spec"
local spoken = require "spoken"

local function model_of(text) return spec.model(spoken.statements(text), spoken.marks, text) end

local RELEASE = 'release "demo" { packages = each "packages/*" { version_file = "pyproject.toml" }, version = pep440 {} }\n'
local LANE = 'lane "rc" { when = pushed "test", steps = { bump { prerelease = "rc" }, commit {}, tag {}, push {} } }\n'

-- The only problem of a spec is `told`, at `line`.
local function refuses(text, line, told)
  local model, problems = model_of(text)
  test.equal(model, nil)
  test.equal(problems[1].text, told)
  test.equal(problems[1].line, line)
  test.equal(#problems, 1)
end

-- A lane with these fields and steps, for specs that are wrong in a lane only.
local function lane(fields, steps)
  return ('%slane "rc" { %s,\n  steps = {\n    %s } }'):format(RELEASE, fields, steps or "bump {}, commit {}, tag {}, push {}")
end

test("a small spec becomes a model", function ()
  local model = test.truthy(model_of(RELEASE .. LANE))
  test.equal(model.release.name, "demo")
  test.equal(model.release.version.scheme.name, "pep440")
  test.equal(model.release.version.initial_version.text, "0.1.0")
  test.equal(model.lane.rc.base, "test")
  test.equal(model.lane.rc.step.bump.prerelease, "rc")
end)

test("without a version scheme a release has semantic versions", function ()
  test.equal(model_of('release "demo" {}\n' .. LANE).release.version.scheme.name, "semver")
end)

test("S1.85 S1.87 every lane has the gates clean_tree, synced and not_released, whatever it lists", function ()
  local function gates_of(text)
    local names = {}
    for i, gate in ipairs(model_of(text).lane.rc.gates) do names[i] = gate.word end
    return names
  end
  test.equal(gates_of(RELEASE .. LANE), { "clean_tree", "synced", "not_released" })
  test.equal(gates_of(lane 'when = pushed "test", gates = { not_actor { "bot" }, clean_tree }'),
    { "synced", "not_released", "not_actor", "clean_tree" })
end)

test("a spec needs a release", function ()
  refuses(LANE, 1, 'there is no release; begin with: release "NAME" { version = semver {} }')
end)

test("a spec needs a lane", function ()
  refuses(RELEASE, 1, 'there is no lane; add one: lane "NAME" { steps = { bump {}, commit {}, tag {}, push {} } }')
end)

test("a spec has one release, one lane and one gate of a name", function ()
  refuses(RELEASE .. 'release "two" {}\n' .. LANE, 2, "a second release; a spec has one (the first is at line 1)")
  refuses(RELEASE .. LANE .. 'lane "rc" { base = "other", steps = { bump {}, tag {} } }', 3, 'a second lane "rc" (the first is at line 2)')
  refuses(RELEASE .. LANE .. 'gate "g" (function () end)\ngate "g" (function () end)', 4, 'a second gate "g"')
end)

test("a calendar format that is none is refused", function ()
  local _, problems = model_of('release "demo" { version = calver "YYYY-QQ" }\n' .. LANE)
  test.equal(problems[1].line, 1)
  test.contains(problems[1].text, "calver: ")
  test.contains(problems[1].text, "YYYY-QQ")
end)

test("the initial version is a final version of the scheme", function ()
  local _, problems = model_of('release "demo" { version = semver { initial = "one" } }\n' .. LANE)
  test.contains(problems[1].text, "semver: initial 'one' is no final version: ")
  refuses('release "demo" { version = semver { initial = "1.0.0-rc.1" } }\n' .. LANE, 1, "semver: initial '1.0.0-rc.1' is no final version")
end)

test("a package's own scheme is looked at, too", function ()
  local _, problems = model_of('release "demo" {\n packages = { package "a" { path = "a",\n version = pep440 { initial = "x" } } } }\n' .. LANE)
  test.contains(problems[1].text, "pep440: initial 'x'")
  test.equal(problems[1].line, 3)
end)

test("S1.59 a tag format without {version} is refused", function ()
  refuses('release "demo" { tag = "{package}" }\n' .. LANE, 1, "release: the tag format '{package}' lacks {version}")
  refuses('release "demo" { tag = function () end, tag_history = "{package}" }\n' .. LANE, 1, "release: the tag format '{package}' lacks {version}")
end)

test("a tag that a function makes needs a format that reads existing tags", function ()
  refuses('release "demo" { tag = function () return "x" end }\n' .. LANE, 1,
    'release: tag is a function, so tag_history must say how existing tags are read, such as "{package}-v{version}"')
  test.truthy(model_of('release "demo" { tag = function () return "x" end, tag_history = "v{version}" }\n' .. LANE))
end)

test("S1.68 a release message without {version} is refused, for relrun knows its own commits by it", function ()
  refuses('release "demo" { message = "release {package}" }\n' .. LANE, 1,
    "release: the message 'release {package}' lacks {version}; relrun knows its own commits by the message")
end)

test("an identity is a name and a mail", function ()
  refuses('release "demo" { identity = "bot" }\n' .. LANE, 1, "release: identity 'bot' is not \"Name <mail>\"")
  test.truthy(model_of('release "demo" { identity = "Bot <bot@example.org>" }\n' .. LANE))
end)

test("a commit type belongs to one section of a changelog", function ()
  local _, problems = model_of([[
release "demo" {
  changelog = keep_a_changelog {
    sections = { { title = "A", types = { "feat" } }, { title = "B", types = { "feat" } } } } }
]] .. LANE)
  test.equal(problems[1].text, "keep_a_changelog: type feat is in A and in B")
  test.equal(problems[1].line, 2)
end)

test("a package's own changelog is looked at, too", function ()
  local _, problems = model_of('release "demo" { packages = package "a" { changelog = conventional { sections = {} } } }\n' .. LANE)
  test.equal(problems[1].text, "conventional: sections is empty")
end)

test("S1.76 a lane releases one branch, and every place that names it agrees", function ()
  refuses(lane 'when = { pushed "test", pushed "main" }', 2, 'lane "rc" has 2 base branches: main, test; it releases one')
  refuses(lane('when = pushed "test"', 'branch { "rel", reset_to = "master" }, bump {}, commit {}, tag {}'), 2,
    'lane "rc" has 2 base branches: master, test; it releases one')
  refuses(lane 'base = "test", when = completed "CI" { branch = "main" }', 2, 'lane "rc" has 2 base branches: main, test; it releases one')
  test.equal(model_of(lane 'base = "test", when = completed "CI" { branch = "test" }').lane.rc.base, "test")
end)

test("a lane without any branch is refused", function ()
  refuses(lane "when = manual", 2, 'lane "rc" has no base branch; add base = "BRANCH" or when = pushed "BRANCH"')
end)

test("a step stands once, but write may stand often", function ()
  refuses(lane('base = "b"', 'bump {},\n bump {}, commit {}, tag {}'), 5, 'lane "rc": step \'bump\' stands twice')
  test.truthy(model_of(lane('base = "b"', 'bump {}, write "a" { content = "x" }, write "b" { content = "y" }, commit {}, tag {}')))
end)

test("steps come in their order", function ()
  local order = "; the order is branch, bump, changelog and write, commit, pull_request, tag, push, then what is done on the forge"
  refuses(lane('base = "b"', "bump {}, tag {},\n commit {}"), 5, 'lane "rc": step \'commit\' comes after \'tag\'' .. order)
  refuses(lane('base = "b"', 'bump {}, commit {}, tag {}, push {}, \n branch "x"'), 5, 'lane "rc": step \'branch\' comes after \'push\'' .. order)
end)

test("a lane decides versions", function ()
  refuses(lane('base = "b"', "commit {}, tag {}"), 2, 'lane "rc" has no step bump {}, so there is no version to release')
end)

test("S1.96 a lane tags what it releases, for nothing else says that it did", function ()
  local told = 'lane "rc" has no step tag {}, and tags are how relrun knows what is released; add tag {}'
  refuses(lane('base = "b"', "bump {}, commit {}"), 2, told)
  refuses(lane('base = "b"', "bump {}, commit {}, push {}"), 2, told .. " before push {}")
end)

test("what writes files needs a commit", function ()
  refuses(lane('base = "b"', 'bump {}, write "a" { content = "x" }, tag {}'), 4, 'lane "rc" writes files and has no step commit {}')
end)

test("a changelog step needs a changelog", function ()
  refuses(lane('base = "b"', "bump {}, changelog {}, commit {}, tag {}"), 4,
    'lane "rc" has a changelog step, and the release says no changelog = keep_a_changelog {} or conventional {}')
  test.truthy(model_of('release "demo" { packages = package "a" { changelog = conventional {} } }\n'
    .. 'lane "rc" { base = "b", steps = { bump {}, changelog {}, commit {}, tag {} } }'))
end)

local function two_branches(first, second)
  return RELEASE .. ('lane "rc" { when = pushed "test", steps = { branch %q, bump { prerelease = "rc" }, commit {}, tag {} } }\n'
    .. 'lane "final" { when = pushed "master", steps = { branch %q, bump {}, commit {}, tag {} } }'):format(first, second)
end

test("S1.99 S1.100 branches `release` and `release/rc-...` cannot both be, and are refused with the reason", function ()
  refuses(two_branches("release/rc-{date}-{sha}", "release"), 2, "branches 'release' and 'release/rc-{date}-{sha}' cannot both exist"
    .. " in git: one would be a file and a directory at once; rename one")
  test.truthy(model_of(two_branches("release-test", "release")))
  test.truthy(model_of(two_branches("releases/rc-{date}-{sha}", "release")))
end)

test("S1.99 a release branch below a base branch is refused, too", function ()
  refuses(two_branches("test/rc", "release"), 2, "branches 'test' and 'test/rc' cannot both exist in git: one would be a file"
    .. " and a directory at once; rename one")
end)

test("S1.40 the release branch is not the base branch", function ()
  refuses(RELEASE .. 'lane "rc" { when = pushed "test", steps = { branch "test", bump {}, commit {}, tag {} } }', 2,
    "lane \"rc\": the release branch 'test' is the base branch; leave the branch step out to commit there")
end)

test("a custom gate that nobody declared is refused, with the nearest name", function ()
  refuses(lane 'base = "b", gates = { "not on friday" }', 2,
    'lane "rc": there is no gate "not on friday"; declare it: gate "NAME" (function (facts) ... end)')
  refuses('gate "not on Friday" (function () return true end)\n' .. lane 'base = "b", gates = { "not on Fridya" }', 3,
    'lane "rc": there is no gate "not on Fridya"; did you mean "not on Friday"?')
end)

-- A lane with a pull request and these fields.
local function halves(fields)
  return lane('base = "b", ' .. fields, 'branch "next", bump {}, commit {}, pull_request {}, tag {}, push {}')
end

local function gates_of(text)
  local gates = {}
  for i, gate in ipairs(assert(model_of(text)).lane.rc.gates) do gates[i] = gate.word .. (gate.name and " " .. gate.name or "") end
  return gates
end

test("S0.13 a lane with a lock has the gate required_check for it, unless the spec names it", function ()
  test.equal(gates_of(halves "when = manual"), { "clean_tree", "synced", "not_released", "required_check release" })
  test.equal(gates_of(halves 'gates = { required_check { "release", trust = true } }'),
    { "clean_tree", "synced", "not_released", "required_check release" })
  test.equal(model_of(halves 'gates = { required_check { "release", trust = true } }').lane.rc.gates[4].always, nil)
  test.equal(gates_of(halves 'approval = { required_check "release" }'), { "clean_tree", "synced", "not_released" })
  test.equal(gates_of(halves 'gates = { required_check "other" }'),
    { "clean_tree", "synced", "not_released", "required_check release", "required_check other" })
  local function with_lock(said)
    return lane('base = "b"', 'branch "next", bump {}, commit {}, pull_request { lock = ' .. said .. " }, tag {}, push {}")
  end
  test.equal(gates_of(with_lock '"held"'), { "clean_tree", "synced", "not_released", "required_check held" })
  test.equal(gates_of(with_lock "false"), { "clean_tree", "synced", "not_released" })
end)

test("a gate on the pull request stands where there is one", function ()
  refuses(halves "gates = { reviews {} }", 2,
    "lane \"rc\": gate reviews looks at the pull request, so it stands in the lane's approval")
  refuses(halves 'gates = { labels { "x" } }', 2,
    "lane \"rc\": gate labels looks at the pull request, so it stands in the lane's approval")
  for _, needs in ipairs { '"pull"', '"reviews"', '{ "checks", "reviews" }' } do
    refuses('gate "g" { needs = ' .. needs .. ", check = function () return true end }\n" .. halves 'gates = { "g" }', 3,
      "lane \"rc\": gate \"g\" looks at the pull request, so it stands in the lane's approval")
  end
  test.truthy(model_of('gate "g" { needs = "checks", check = function () return true end }\n' .. halves 'gates = { "g" }'))
  test.truthy(model_of('gate "g" { needs = "pull", check = function () return true end }\n' .. halves 'approval = { "g", reviews {} }'))
end)

test("a gate that contradicts itself is refused at its line", function ()
  local cases = {
    { "reviews { count = 0 }", "gate reviews: a count of 0 asks for nothing" },
    { "actor {}", 'gate actor: it names nobody: actor { "alice", teams = { ... }, roles = { ... } }' },
    { "labels {}", "gate labels: it names no label" },
    { "no_open_issues { labels = {} }", "gate no_open_issues: it names no label" },
    { "available {}", "gate available: it names neither an address nor an image" },
    { "checks { names = {} }", "gate checks: it names no check" },
    { 'checks { "ci", "Release" }', "gate checks: 'Release' is the lane's own lock, which is green only when the release is public" },
    { "schedule {}", "gate schedule: it says neither days nor hours" },
    { 'schedule { hours = "9 to 5" }', "gate schedule: hours: '9 to 5' are no hours such as 09-17" },
    { 'schedule { hours = "09-17", offset = "CET" }', "gate schedule: offset: 'CET' is no offset from UTC such as +01:00" },
    { 'freeze { from = "Christmas", to = "2027-01-05" }', "gate freeze: from: 'Christmas' is no date such as 2026-12-20" },
    { 'freeze { from = "2026-12-20", to = "2027-02-30" }', "gate freeze: to: '2027-02-30' is not in the calendar" },
    { 'freeze { from = "2026-12-20", to = "2026-12-19" }', "gate freeze: it ends (2026-12-19) before it begins (2026-12-20)" },
    { 'freeze { from = "2026-12-20", to = "2027-01-05", offset = "1" }', "gate freeze: offset: '1' is no offset from UTC such as +01:00" },
  }
  for _, case in ipairs(cases) do
    refuses(halves("\n  approval = { " .. case[1] .. " }"), 3, 'lane "rc": ' .. case[2])
  end
  test.truthy(model_of(halves 'approval = { checks { "ci" }, schedule { days = "Mon" }, freeze { from = "2026-12-20", to = "2026-12-20" } }'))
end)

test("two lanes that would release one branch as one kind of version are refused", function ()
  refuses(RELEASE .. LANE .. 'lane "again" { base = "test", steps = { bump { prerelease = "rc" }, tag {} } }', 3,
    'lanes "rc" and "again" both release test as rc pre-releases; one push would release the same version twice')
  test.truthy(model_of(RELEASE .. LANE .. 'lane "final" { base = "test", steps = { bump {}, tag {} } }'))
end)

test("problems are told by line", function ()
  local _, problems = model_of(LANE:gsub("commit {}, ", "comit = 1, ") .. 'release "a" { tga = 1,\n remot = 2 }')
  test.equal({ problems[1].line, problems[2].line, problems[3].line }, { 1, 2, 3 })
end)

test("a problem inside a ready-made spec is told at the use, and names its place there", function ()
  local text = '\n\nuse "flow" {}'
  local ready_made = 'release "x" {\n  tga = 1 }\n' .. LANE
  local statements = spoken.statements(text, { flow = "local options = ...\n" .. ready_made })
  local _, problems = spec.model(statements, spoken.marks, text)
  test.equal(problems, { { line = 3, text = "release \"x\" has no key 'tga'; did you mean 'tag'? (specs/flow.lua:2)" } })
end)

test("a problem inside a spec that a ready-made one uses is told at the user's own line", function ()
  local text = '\nuse "outer" {}'
  local statements = spoken.statements(text, { outer = 'use "flow" {}\n', flow = 'release "x" { tga = 1 }\n' .. LANE })
  local _, problems = spec.model(statements, spoken.marks, text)
  test.equal(problems, { { line = 2, text = "release \"x\" has no key 'tga'; did you mean 'tag'? (specs/flow.lua:1)" } })
end)

test("a gate whose field is named source is told at its own line", function ()
  local text = LANE:gsub("steps =", 'gates = { checks { source = "check" } }, steps =') .. 'release "x" {}'
  local _, problems = model_of(text)
  test.equal(problems[1].text:match "%(specs/", nil)
end)

-- A release whose only version file has these fields, and a lane with these steps.
local function edited(fields, steps, identity)
  return ('release "demo" { packages = package "demo" { files = { json "package.json" "version" { %s } } }%s }\n'
    .. 'lane "final" { when = pushed "main", steps = { %s } }'):format(fields,
    identity == false and "" or ', identity = "R <r@example.org>"', steps)
end

local PER_EDIT = 'bump {}, commit { per = "edit" }, tag {}, push {}'

test("S0.9 the commit of a single edit must be told from everybody else's", function ()
  test.truthy(model_of(edited('message = "Update to {version}"', PER_EDIT)))
  refuses(edited('message = "Update it"', PER_EDIT), 1,
    "json: the message 'Update it' lacks {version}; relrun knows its own commits by the message")
  refuses(edited('message = "Update to {version}"', PER_EDIT, false), 1,
    'json: a commit of its own is known by its message and its author; say in the release: identity = "Name <mail>"')
  refuses(edited('message = "Update to {version}"', "bump {}, commit {}, tag {}"), 1,
    'json: a message of its own needs a commit of its own: commit { per = "edit" }')
  refuses(edited('', 'bump {}, write "V" { content = "{version}", message = "V {version}" }, commit {}, tag {}'), 2,
    'write: a message of its own needs a commit of its own: commit { per = "edit" }')
end)

test("S0.1 a version line of a place's own needs release commits that come back to the base branch", function ()
  test.truthy(model_of(edited('own = "patch"', "bump {}, commit {}, tag {}")))
  test.truthy(model_of(edited('own = "patch"', 'branch "releases/{version}", bump {}, commit {}, pull_request {}, tag {}, push {}')))
  test.truthy(model_of(edited('own = "patch", prereleases = false', 'branch "rc", bump { prerelease = "rc" }, commit {}, tag {}')))
  local model, problems = model_of(edited('own = "patch"', 'branch "release", bump {}, commit {}, tag {}'))
  test.equal(model, nil)
  test.contains(problems[1].text, "would be raised from the same one for ever")
end)

test("a value says where the version is in it", function ()
  refuses(edited('value = "latest"', "bump {}, commit {}, tag {}"), 1, "json: value 'latest' lacks {version}")
end)

-- A lane whose steps end in these; `told` is what is said of it, nil when it is right.
local function judged(more, told, before)
  local text = lane('when = pushed "main"', (before or "bump {}, commit {}, tag {}, push {}") .. ",\n    " .. more)
  local model, problems = model_of(text)
  if not told then return test.truthy(model, problems and problems[1] and problems[1].text) end
  test.equal(model, nil, more)
  local all = {}
  for i, problem in ipairs(problems) do all[i] = ("%d: %s"):format(problem.line, problem.text) end
  test.contains(table.concat(all, "\n"), told)
end

local SPLIT = 'branch "releases/x", bump {}, commit {}, pull_request {}, tag {}, push {}'

-- The step dispatch with so many inputs, and what else it says.
local function dispatch_of(count, more)
  local inputs = {}
  for i = 1, count do inputs[i] = ('i%d = "x"'):format(i) end
  return ('dispatch { "publish.yml", inputs = { %s }, %s }'):format(table.concat(inputs, ", "), more or "")
end

-- steps, what is said of them at their line, the steps before
for _, row in ipairs {
  { 'forge_release { assets = { "dist/*" } }' },
  { 'forge_release { per = "release", latest = false, draft = true }' },
  { "forge_release {}", "step 'forge_release' needs a step tag {} before it", "bump {}, commit {}, push {}" },
  { "forge_release {}", "step 'forge_release' needs a step push {} before it", "bump {}, commit {}, tag {}" },
  { 'forge_release { notes = "pull_request" }', 'notes = "pull_request", and lane "rc" has no pull_request step' },
  { 'forge_release { notes = "pull_request" }', nil, SPLIT },
  { 'forge_release { notes = "nothing" }', "notes is one of 'changelog', 'pull_request' or" },
  { "forge_release { latest = true, prerelease = true }", "a pre-release is never the latest" },
  { "forge_release { latest = true, draft = true }", "a draft is never the latest" },
  { "forge_release { latest = true }", "makes pre-releases, and none of them is the latest", 'bump { prerelease = "rc" }, commit {}, tag {}, push {}' },
  { 'forge_release { assets = { "dist/*", "dist/*" } }', "the assets 'dist/*' stand twice" },
  { 'forge_release { assets = { "dist/{nothing}" } }', "unknown field {nothing}" },
  { 'dispatch { "publish.yml", inputs = { tag = "{tag}" } }' },
  { 'dispatch { "publish.yml", inputs = { tag = "{tagg}" } }', "unknown field {tagg}" },
  { 'dispatch "publish.yml"', "step 'dispatch' needs a step push {} before it", "bump {}, commit {}, tag {}" },
  { 'dispatch ".github/workflows/publish.yml"', "workflow is a file's name" },
  { dispatch_of(24) }, { dispatch_of(25, "nonce = false") },
  { dispatch_of(25), "GitHub takes 25 inputs, and there are 26 with relrun_nonce; nonce = false leaves that one out" },
  { dispatch_of(26, "nonce = false"), "GitHub takes 25 inputs, and there are 26" },
  { 'dispatch { "publish.yml", inputs = { relrun_nonce = "x" } }', "relrun_nonce is relrun's own" },
  { 'comment "{version} is out"', "there is no pull_request step" },
  { 'comment "{version} is out"', nil, SPLIT },
  { 'reachable { urls = { "https://x.example/{version}" } }' },
  { "reachable {}", "it names nothing" },
  { 'reachable { assets = true, urls = { "https://x.example/" } }', "has no forge_release step" },
  { "forge_release {}, reachable {}" },
  { "forge_release { draft = true }, reachable { assets = true }", "nobody can reach the assets of a draft" },
  { "reachable {}, forge_release {}", "'reachable' comes before 'forge_release'" },
  { 'push { workflow = "p.yml" }', nil, "bump {}, commit {}, tag {}" },
} do
  test(("%s %s"):format(row[1], row[2] and "is refused: " .. row[2] or "is right"), function ()
    judged(row[1], row[2] and "5: " or nil, row[3])
    judged(row[1], row[2], row[3])
  end)
end

-- ---- words that start nothing ----

local SKIPS = { "[skip ci]", "[CI Skip]", "[no ci]", "[skip actions]", "[actions skip]", "\n\nskip-checks: true", "\n\nskip-checks:true\n" }

-- The problems of a spec with this message of its release commits, in a lane with these steps.
local function messages(message, steps, files)
  local statement = ('release "demo" {\n packages = package "p" { path = "" %s },\n identity = "R <r@example.org>", message = %q }\n')
    :format(files or "", message)
  local _, problems = model_of(statement .. ('lane "a" { base = "main", steps = { branch "r/{version}", %s } }'):format(steps))
  return problems or {}
end

test("S0.16 a release commit that starts no checks is refused where a pull request waits for them", function ()
  for _, word in ipairs(SKIPS) do
    local problems = messages("Release {version} " .. word, "bump {}, commit {}, pull_request {}, tag {}, push {}")
    test.equal(#problems, 1, word)
    test.contains(problems[1].text, 'and lane "a" has a pull_request step, whose checks would never run; leave it out of the message')
    test.equal(problems[1].line, 1)
  end
end)

test("S1.49 a release commit whose tags start nothing is refused where they must", function ()
  for _, step in ipairs { 'push { workflow = "publish.yml" }', "push { tags_start_workflows = true }" } do
    local problems = messages("Release {version} [skip ci]", "bump {}, commit {}, tag {}, " .. step)
    test.contains(problems[1].text, "says [skip ci], and lane \"a\" has tags that start workflows, which would not start")
  end
end)

test("S1.68 words that start nothing are a loop guard where nothing has to start", function ()
  test.equal(messages("Release {version} [skip ci]", "bump {}, commit {}, tag {}, push {}"), {})
  test.equal(messages("Release {version}", "bump {}, commit {}, pull_request {}, tag {}, push {}"), {})
  test.equal(messages("Release {version}\nwe skip-checks: true", "bump {}, commit {}, pull_request {}, tag {}, push {}"), {})
end)

test("S0.16 the messages of single edits are looked at, too", function ()
  local problems = messages("Release {version}", 'bump {}, write "V" { content = "x", message = "V {version} [no ci]" }, '
    .. 'commit { per = "edit" }, pull_request {}, tag {}, push {}', ', files = { plain "P" { message = "P {version} [skip ci]" } }')
  test.equal(#problems, 2)
  test.contains(problems[1].text, "plain: the message 'P {version} [skip ci]' says [skip ci]")
  test.contains(problems[2].text, "write: the message 'V {version} [no ci]' says [no ci]")
end)
