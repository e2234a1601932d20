--- The workflow examples as a runner meets them: a container that has nothing, other people's digests, a work tree that
--- belongs to the runner's user.

local test = require "testing"
local bytes = require "bytes"
local file = require "host.file"
local place = require "place"
local reader = require "workflows.reader"
local scene = require "scene"

local EXAMPLES = { "branch-flow.github.yml", "branch-flow.guard.github.yml", "guarded-release.github.yml" }

-- What is there before anything is installed: Debian marks these packages as essential, or they are libc's.
local ALWAYS = { libc6 = true }

-- Calls `visit` with every job of every example.
local function each_job(visit)
  local count = 0
  for _, name in ipairs(EXAMPLES) do
    local text = bytes.read("specs/" .. name)
    local workflow = assert(reader.read(name, text))
    for _, job in ipairs(workflow.jobs) do
      count = count + 1
      visit(job, name .. ": job " .. job.name, text)
    end
  end
  test.equal(count, 5)
end

local function script(step) return step and step.run and step.run.value or "" end

-- The packages that a script installs.
local function installed(text)
  local found = {}
  for _, command in ipairs(reader.commands { value = text, line = 1 }) do
    local names = command.text:match "^apt%-get install (.*)$"
    for name in (names or ""):gmatch "%S+" do found[#found + 1] = not name:find "^%-" and name or nil end
  end
  table.sort(found)
  return found
end

test("every job of the examples runs where relrun was built, for the runner has none of its libraries", function ()
  for _, name in ipairs(EXAMPLES) do
    local text = bytes.read("specs/" .. name)
    test.equal(select(2, text:gsub("\n    container: debian:12\n", "")), select(2, text:gsub("\n    runs%-on: ", "")), name)
  end
end)

test("every job of the examples installs git before its checkout, and relrun by its digest behind it", function ()
  each_job(function (job, where)
    test.equal(#job.steps, 4, where)
    test.contains(script(job.steps[1]), "apt-get update\napt-get install --yes --no-install-recommends ")
    test.truthy(job.steps[2].uses and job.steps[2].uses.value:find "^actions/checkout@", where)
    local install = script(job.steps[3])
    local fetched, judged = install:find "curl [^\n]*\"%$RUNNER_TEMP/relrun\"", install:find "| sha256sum %-%-check %-%-strict\n"
    local runnable = install:find 'chmod %+x "%$RUNNER_TEMP/relrun"\n'
    test.truthy(fetched and judged and runnable and fetched < judged and judged < runnable, where)
    test.contains(script(job.steps[4]), '"$RUNNER_TEMP/relrun" ')
  end)
end)

-- The Debian packages of the libraries that the program is linked with or loads.
local function packages_of_program(here)
  local wanted, program = {}, here.env.PATH:match "^[^:]+" .. "/relrun"
  for path in here:must { "ldd", program }:gmatch "=> (/%S+)" do wanted[path] = true end
  local at = {}
  for name, path in here:must({ "/sbin/ldconfig", "-p" }):gmatch "\t(%S+) %([^\n]*%) => (/%S+)" do at[name] = at[name] or path end
  for name in assert(file.read(program, { max = 1 << 28 })):gmatch "%f[%w]lib%l+%d*%.so%.[%d.]+%f[%z]" do
    wanted[at[name] or error("ldconfig does not know " .. name)] = true
  end
  local names, seen = {}, {}
  for path in pairs(wanted) do
    -- /lib is /usr/lib, and each package knows its files by one of the two names.
    local plain = path:gsub("^/usr", "")
    local name = (here:run({ "dpkg", "-S", plain }).stdout .. here:run({ "dpkg", "-S", "/usr" .. plain }).stdout):match "^([^:]+):"
    if not ALWAYS[name] and not seen[name] then names[#names + 1], seen[name] = name, true end
  end
  return names
end

test("the examples install what the program is linked with and what it loads, and nothing that it does not use", function ()
  local release = file.read("/etc/os-release", { follow = true }) or ""
  if not release:find "\nVERSION_ID=\"12\"\n" then test.skip "not Debian 12" end
  if place.build ~= "build" then test.skip "a build with other libraries" end
  local wanted = place.with(packages_of_program)
  for _, tool in ipairs { "ca-certificates", "curl", "git" } do wanted[#wanted + 1] = tool end
  table.sort(wanted)
  each_job(function (job, where) test.equal(installed(script(job.steps[1])), wanted, where) end)
end)

local HISTORY = [[
file package.json "{ \"version\": \"0.1.0\" }\n"
commit "feat: start" README.md
tag v0.1.0
commit "feat: more" a.txt
clone shallow=1
]]

local SPEC = [[
release "demo" { packages = package "demo" { version_file = "package.json" }, identity = "R <r@example.org>" }
lane "final" { when = pushed "main", steps = { bump {}, commit {}, tag {}, push {} } }
]]

-- The scripts of branch-flow's job, one after the other, as the runner gives them to a shell; what is fetched lies here.
local function run_job(stage, offered)
  local here = stage.place
  here:write("bin/curl", '#!/bin/sh\nset -e\nfor a; do case $a in "$RUNNER_TEMP"/*) cp "$OFFERED" "$a" ;; esac; done\n', 493)
  here:write("bin/apt-get", "#!/bin/sh\n", 493)
  here:write("temp/.keep", "")
  local program = here.env.PATH:match "^[^:]+" .. "/relrun"
  local env = { PATH = here:path "bin" .. ":/usr/bin:/bin", RUNNER_TEMP = here:path "temp", OFFERED = offered or program,
    SHA256 = here:must({ "sha256sum", program }):match "^%x+", URL = "https://example.org/relrun",
    GITHUB_WORKSPACE = here:path(stage.work.dir), GITHUB_ACTOR = "ann" }
  local steps = assert(reader.read("x", bytes.read "specs/branch-flow.github.yml")).jobs[1].steps
  local last
  for i, step in ipairs(steps) do
    if step.run then
      last = here:run({ "sh", "-e", "-c", step.run.value }, { cwd = stage.work.dir, env = env })
      if last.code ~= 0 then return last, i end
    end
  end
  return last
end

test("S1.40 the job of the example releases what another user has checked out, from a shallow clone", function ()
  place.with(function (here)
    if here:must { "id", "-u" } ~= "0\n" then test.skip "only root can give files away" end
    local stage = assert(scene.build(here, HISTORY, { ["release.lua"] = SPEC }))
    here:must { "chown", "-R", "65534:65534", here:path(stage.work.dir) }
    local refused = here:run({ "relrun", "plan", "release.lua" }, { cwd = stage.work.dir })
    test.equal(refused.code, 1)
    test.contains(refused.stderr, "the repository belongs to another user, and git does not trust it; if you do: git config "
      .. "--global --add safe.directory " .. here:path(stage.work.dir) .. "\n")
    local result, step = run_job(stage)
    test.equal(result.code, 0, ("step %s: %s%s"):format(step, result.stdout, result.stderr))
    test.equal(stage.remote:run("tag", "--list"), "v0.1.0\nv0.2.0")
    test.equal(run_job(stage).code, 0)
  end)
end)

test("a program with another digest is not run", function ()
  place.with(function (here)
    local stage = assert(scene.build(here, HISTORY, { ["release.lua"] = SPEC }))
    here:write("other", "#!/bin/sh\n: >was-run\n")
    local result, step = run_job(stage, here:path "other")
    test.equal({ result.code ~= 0, step }, { true, 3 })
    test.contains(result.stdout .. result.stderr, "FAILED")
    test.equal(here:read(stage.work.dir .. "/was-run"), nil)
  end)
end)

return test.done()
