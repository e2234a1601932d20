--- Twenty assets of one release, which go up side by side to the test forge: that they do, and what is so when one of them is
-- torn, refused or cut off, and when relrun is killed among them.

local test = require "testing"
local digest = require "host.digest"
local forge_server = require "forge_server"
local json = require "host.json"
local place = require "place"
local scene = require "scene"

local HISTORY = [[
file .gitignore dist/
file package.json "{ \"version\": \"0.1.0\" }\n"
commit "feat: start" README.md
tag v0.1.0
commit "feat: more" more.txt
]]

local SPEC = [[
release "demo" { packages = package "demo" { version_file = "package.json" }, identity = "R <r@example.org>" }
lane "final" { base = "main", when = manual, steps = { bump {}, commit {}, tag {}, push {},
  forge_release { assets = { "dist/*" } } } }
]]

local R, COUNT, STEP_MS, LONGEST_MS = "/repos/acme/widget", 20, 50, 60000

local function name_of(i) return ("part-%02d.bin"):format(i) end
local function bytes_of(i) return ("%02d"):format(i):rep(100 * i) end

-- A clone of a repository on the forge, with twenty files in its work tree.
local function on(body, options)
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY, { ["release.lua"] = SPEC }))
    forge_server.with(here, function (hub)
      stage.work:run("remote", "set-url", "origin", hub.git_url())
      for i = 1, COUNT do here:write("work/dist/" .. name_of(i), bytes_of(i)) end
      local job = hub.environment()
      job.GITHUB_ACTIONS, job.GITHUB_EVENT_NAME, job.GITHUB_REF = "true", "workflow_dispatch", "refs/heads/main"
      local argv = { "relrun", "run", "release.lua", "final", "--push" }
      body(hub, function () return here:run(argv, { cwd = "work", env = job }) end, here,
        function () return here:start(argv, { cwd = "work", env = job, log = "output" }) end)
    end, { git_dir = "remote.git", flavour = options and options.flavour })
  end)
end

local function releases(hub) return hub.ask("GET", R .. "/releases", { token = "admin" }).json end

-- One public release with the twenty, each whole and once.
local function is_whole(hub)
  local list = releases(hub)
  test.equal({ #list, list[1].draft, #list[1].assets }, { 1, false, COUNT })
  table.sort(list[1].assets, function (a, b) return a.name < b.name end)
  for i, asset in ipairs(list[1].assets) do
    test.equal({ asset.name, asset.state, asset.size }, { name_of(i), "uploaded", #bytes_of(i) })
    if asset.digest then test.equal(asset.digest, "sha256:" .. digest.sha256(bytes_of(i))) end
  end
end

-- How many requests there were with this method and path, and this status where one is given.
local function asked(hub, method, path, status)
  local count = 0
  for _, row in ipairs(hub.log()) do
    if row.method == method and row.path:find(path) and (not status or row.status == status) then count = count + 1 end
  end
  return count
end

local UPLOAD, ONE, ASSET = "/releases/%d+/assets$", "/releases/%d+$", "/releases/assets/%d+$"

-- What the journal says of the assets: { [event] = count }.
local function journal_of(here)
  local counts = {}
  for line in here:must({ "sh", "-c", "cat $(find work/.git/relrun -name journal.jsonl)" }):gmatch "[^\n]+" do
    local record = json.decode(line)
    if record and record.kind == "asset" then counts[record.event] = (counts[record.event] or 0) + 1 end
  end
  return counts
end

test("twenty assets go up five at a time, each once, and are told in the order of the plan", function ()
  on(function (hub, run)
    hub.fault { fault = "gather", method = "POST", path = "/assets\\?", count = 5, times = 0 }
    local result = run()
    test.equal(result.code, 0, result.stdout .. result.stderr)
    is_whole(hub)
    test.equal({ asked(hub, "POST", UPLOAD, 201), asked(hub, "POST", UPLOAD) }, { COUNT, COUNT })
    local said = {}
    for name in result.stdout:gmatch "done%s+asset dist/(%S+)" do said[#said + 1] = name end
    local wanted = {}
    for i = 1, COUNT do wanted[i] = name_of(i) end
    test.equal(said, wanted)
    test.equal(run().code, 4)
    is_whole(hub)
  end)
end)

test("what all of them ask of the release is asked once for all", function ()
  on(function (hub, run)
    test.equal(run().code, 0)
    -- Before the uploads, behind each of their two rounds, and twice where it becomes public: not twice for each asset.
    test.equal(asked(hub, "GET", ONE), 5)
  end)
end)

test("a log says once what goes up", function ()
  on(function (_, run)
    local result = run()
    local total = 0
    for i = 1, COUNT do total = total + #bytes_of(i) end
    local line = ("uploading 20 assets (%.1f kB)"):format(total / 1000)
    test.contains(result.stderr, line)
    local _, often = result.stderr:gsub("uploading", "")
    test.equal(often, 1)
    test.lacks(result.stderr, "\r")
  end)
end)

test("a terminal sees one line that moves, and nothing of it stays", function ()
  on(function (hub, _, here)
    local argv = { "python3", "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)", "relrun", "run", "release.lua",
      "final", "--push" }
    local env = hub.environment()
    env.TERM, env.GH_ENTERPRISE_TOKEN = "xterm", env.GITHUB_TOKEN
    local result = here:run(argv, { cwd = "work", env = env })
    test.equal(result.code, 0, result.stdout)
    test.contains(result.stdout, "\ruploading 20 assets\27[K")
    test.contains(result.stdout, "\ruploading 20 assets: 42.0 kB of 42.0 kB\27[K")
    test.lacks(result.stdout, "uploading 20 assets (")
    -- Whatever is printed next begins on the line that was taken away.
    for before in result.stdout:gmatch "([^\n]*)done%s+asset" do
      test.truthy(before:find "uploading" == nil or before:find "\r\27%[K[^\r]*$", before)
    end
    test.truthy(not result.stdout:match "[^\n]*$":find "uploading")
  end)
end)

-- how one upload fails, how often all are sent
for _, row in ipairs {
  { "an upload that is torn", { fault = "starter" }, 21 },
  { "an upload that is torn behind a reset", { fault = "starter", reset = true }, 21 },
  { "an upload that is reset before it is there", { fault = "reset_before" }, 21 },
  { "an upload whose answer is lost", { fault = "reset_after" }, 20 },
  { "an upload that a gateway answers for", { fault = "status" }, 21 },
  { "an upload that is limited", { fault = "rate_limited" }, 21 },
} do
  test(("P8 %s among twenty heals, and the others go up once"):format(row[1]), function ()
    on(function (hub, run)
      local fault = { method = "POST", path = "/assets\\?", nth = 7 }
      for key, value in pairs(row[2]) do fault[key] = value end
      hub.fault(fault)
      local result = run()
      test.equal(result.code, 0, result.stderr)
      is_whole(hub)
      test.equal(asked(hub, "POST", UPLOAD), row[3])
      test.equal(run().code, 4)
    end)
  end)
end

test("P12 one that is refused stops the release clearly; the others are in the journal, and the next run sends it alone", function ()
  on(function (hub, run, here)
    hub.fault { fault = "invalid", method = "POST", path = "/assets\\?name=part-03", message = "Validation Failed" }
    local result = run()
    test.equal(result.code, 5, result.stderr)
    test.contains(result.stderr, "relrun: asset part-03.bin: GitHub: POST ")
    test.contains(result.stderr, "422 Validation Failed")
    test.equal(result.stdout:find "done%s+asset dist/part%-03", nil)
    test.equal({ releases(hub)[1].draft, #releases(hub)[1].assets }, { true, COUNT - 1 })
    test.equal(journal_of(here), { intent = COUNT, done = COUNT - 1, failed = 1 })
    test.equal(run().code, 0)
    is_whole(hub)
    test.equal(asked(hub, "POST", UPLOAD, 201), COUNT)
    test.equal(asked(hub, "POST", UPLOAD), COUNT + 1)
  end)
end)

-- what everybody would be answered with, and what people are told of it
for _, row in ipairs {
  { "a limit of an hour", { fault = "rate_limited", seconds = 3600 }, "rate limit is reached; it ends in 60 min" },
  { "a secondary limit of an hour", { fault = "secondary", seconds = 3600 }, "rate limit is reached; it ends in 60 min" },
  { "a token that is taken back", { fault = "answer", status = 401, json = { message = "Bad credentials" } },
    "the token in GITHUB_TOKEN is wrong or has expired" },
  { "a want of rights", { fault = "answer", status = 403, json = { message = "Resource not accessible by integration" } },
    "give the token in GITHUB_TOKEN the permission contents: write" },
} do
  test(("P12 %s is met by one round of uploads, told once, and the next run sends all"):format(row[1]), function ()
    on(function (hub, run, here)
      local fault = { method = "POST", path = "/assets\\?", times = 0 }
      for key, value in pairs(row[2]) do fault[key] = value end
      hub.fault(fault)
      local result = run()
      test.equal(result.code, 1, result.stderr)
      test.contains(result.stderr, row[3])
      test.lacks(result.stderr, "warning: ")
      test.equal(asked(hub, "POST", UPLOAD), 10)
      test.equal(journal_of(here), { intent = COUNT, failed = COUNT })
      test.equal({ releases(hub)[1].draft, #releases(hub)[1].assets }, { true, 0 })
      hub.admin("DELETE", "faults")
      test.equal(run().code, 0)
      is_whole(hub)
      test.equal(asked(hub, "POST", UPLOAD), 10 + COUNT)
    end)
  end)
end

test("P7 P24 killed among its uploads, the next run sends only what is missing", function ()
  on(function (hub, run, here, start)
    hub.fault { fault = "timeout_before", method = "POST", path = "/assets\\?name=part-04" }
    local process, waited = start(), 0
    -- The round of the one that hangs: nine others of it are answered.
    while asked(hub, "POST", UPLOAD, 201) < 9 do
      test.truthy(waited < LONGEST_MS and not process:wait(0), here:read "output")
      here:run { "sleep", "0.05" }
      waited = waited + STEP_MS
    end
    process:kill "KILL"
    process:wait(5000)
    local there = #releases(hub)[1].assets
    test.truthy(there >= 9 and there < COUNT, there)
    test.equal(journal_of(here), { intent = COUNT })
    local before = asked(hub, "POST", UPLOAD, 201)
    local result = run()
    test.equal(result.code, 0, result.stderr)
    is_whole(hub)
    test.equal(asked(hub, "POST", UPLOAD, 201) - before, COUNT - there)
    test.equal(run().code, 4)
  end)
end)

test("a forge that tells no digests has its assets read side by side, as well", function ()
  on(function (hub, run)
    hub.fault { fault = "gather", method = "GET", path = "/releases/assets/", count = 5, times = 0 }
    local result = run()
    test.equal(result.code, 0, result.stderr)
    is_whole(hub)
    test.equal(asked(hub, "GET", ASSET), COUNT)
    -- The next run looks at them all again, in the survey.
    hub.admin("DELETE", "faults")
    hub.fault { fault = "gather", method = "GET", path = "/releases/assets/", count = 5, times = 0 }
    test.equal(run().code, 4)
    test.equal(asked(hub, "GET", ASSET), 2 * COUNT)
  end, { flavour = "ghes" })
end)

test("P12 a limit that one of those reads meets withholds the others, wherever they are read", function ()
  on(function (hub, run)
    local limit = { fault = "rate_limited", seconds = 3600, method = "GET", path = "/releases/assets/", times = 0 }
    -- First where what was sent is read back, beside the uploads behind it; then in the survey.
    hub.fault(limit)
    local result = run()
    test.equal(result.code, 8, result.stderr)
    test.contains(result.stderr, "rate limit is reached")
    test.equal({ asked(hub, "POST", UPLOAD), asked(hub, "GET", ASSET) }, { COUNT, 5 })
    result = run()
    test.equal(result.code, 1, result.stderr)
    test.equal({ asked(hub, "POST", UPLOAD), asked(hub, "GET", ASSET) }, { COUNT, 10 })
    hub.admin("DELETE", "faults")
    test.equal(run().code, 0)
    is_whole(hub)
    test.equal({ asked(hub, "POST", UPLOAD), asked(hub, "GET", ASSET) }, { COUNT, 10 + COUNT })
  end, { flavour = "ghes" })
end)

return test.done()
