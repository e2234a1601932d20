--- One release pull request of a lane: when prepare opens a newer one it closes the older, on the local forge and on GitHub's
-- API (the test forge); and what it leaves open, because it is not surely its own or is being released.

local test = require "testing"
local flow = require "flow"

local OLD = "releases/1.1.0"

local function pull(release, number) return release:pull(number) end

local function state(release, number)
  local found = pull(release, number)
  return found.merged and "merged" or found.state
end

local function comments(release, number)
  if not release.hub then return assert(release:local_forge():comments(number)) end
  return release.hub.ask("GET", ("/repos/%s/issues/%d/comments"):format(release.hub.repository, number), { token = "admin" }).json
end

-- What the lock says at a commit: its state and its description.
local function lock(release, oid)
  if release.hub then
    for _, status in ipairs(release.hub.ask("GET", ("/repos/%s/commits/%s/status"):format(release.hub.repository, oid),
      { token = "admin" }).json.statuses) do
      if status.context == "release" then return status.state, status.description end
    end
    return "none"
  end
  local found = assert(release:local_forge():checks(oid, { "release" }))[1]
  return found and found.state or "none", found and found.description
end

local function write_body(release, number, body) release:write_body(number, body) end

-- The remote as people of the test reach it, without a password.
local function remote(release) return "file://" .. release.place:path "remote.git" end

local function notice(release) release:notice() end

-- The base goes on, and the next version is another one.
local function go_on(release) release:go_on "feat!: third" end

local function prepare(release) return release:run(flow.command("prepare", "final")) end

-- Prepares 1.1.0 and lets main go on; `body` then says why 1.1.0 has to stay open.
local function stays_open(what, why, body, options)
  for _, kind in ipairs(flow.KINDS) do
    test(("S0.24 %s: prepare leaves alone %s"):format(kind, what), function ()
      flow.with(kind, function (release)
        release:must(flow.command("prepare", "final"))
        local head = release:head()
        go_on(release)
        body(release, head)
        notice(release)
        local before, words = lock(release, head)
        local done = prepare(release)
        test.equal(done.code, 0, done.stderr)
        if why then
          test.contains(done.stderr, "pull request #1 (releases/1.1.0) looks like an older release of lane final and stays open: ")
          test.contains(done.stderr, why)
        else
          test.lacks(done.stderr, "stays open")
        end
        test.equal({ state(release, 1), state(release, 2), #comments(release, 1) }, { "open", "open", 0 })
        test.equal({ lock(release, head) }, { before, words })
      end, options)
    end)
  end
end

for _, kind in ipairs(flow.KINDS) do
  flow.with(kind, function (release)
    local head

    test("S0.24 " .. kind .. ": the plan of a newer release shows which pull request it closes", function ()
      release:must(flow.command("prepare", "final"))
      head = release:head()
      go_on(release)
      local shown = release:must { "relrun", "plan", "release.lua", "final", "--push" }.stdout
      test.contains(shown, "close pull request #1 (releases/1.1.0), whose place the new one takes; its branch stays")
      test.equal(state(release, 1), "open")
    end)

    test("S0.24 " .. kind .. ": prepare opens the newer release and closes the older, which says why", function ()
      release:must(flow.command("prepare", "final"))
      test.equal({ state(release, 1), state(release, 2), pull(release, 2).title }, { "closed", "open", "Release widget 2.0.0" })
      local said = comments(release, 1)
      test.equal(#said, 1)
      test.contains(said[1].body, "Superseded by #2.")
      test.equal(release.remote:run("rev-parse", OLD), head)
    end)

    test("S0.15 " .. kind .. ": the lock of the older head fails, and another pull request of that head does not free it", function ()
      test.equal({ lock(release, head) }, { "failure", "superseded: widget 2.0.0 is prepared" })
      release.remote:run("branch", "elsewhere", head)
      notice(release)
      if release.hub then
        release.hub.ask("POST", ("/repos/%s/pulls"):format(release.hub.repository), { token = "admin",
          body = { title = "By the way", head = "elsewhere", base = "main" } })
      else
        assert(release:local_forge():create_pull { title = "By the way", body = "", head = "elsewhere", base = "main" })
      end
      test.equal(state(release, 3), "open")
      local told = release:run { "relrun", "guard", "release.lua", "--pull-request", "3" }
      test.equal(told.code, 4, told.stdout .. told.stderr)
      test.equal({ lock(release, head) }, { "failure", "superseded: widget 2.0.0 is prepared" })
    end)

    test("P25 " .. kind .. ": preparing once more changes nothing", function ()
      local before = release:state()
      local again = prepare(release)
      test.equal(again.code, 4, again.stdout .. again.stderr)
      test.equal(release:state(), before)
    end)

    test("S0.30 " .. kind .. ": publish finds the one that is open, by itself", function ()
      local waits = release:run(flow.command "publish")
      test.equal(waits.code, 6, waits.stderr)
      test.contains(waits.stderr, "gate reviews: 0 of 1 approval")
    end)
  end)
end

-- A commit of a person's on the branch of the older release.
local function add_commit(release)
  release.place:must { "git", "clone", "-q", "-b", OLD, remote(release), release.place:path "people" }
  release.place:must({ "git", "commit", "-q", "--allow-empty", "-m", "fix: by hand" }, { cwd = "people" })
  release.place:must({ "git", "push", "-q", "origin", OLD }, { cwd = "people" })
end

stays_open("an older release that somebody added a commit to", "its last commit is not one that relrun prepares", add_commit)

stays_open("a commit of somebody's below release commits of its own",
  "below its release commits, is not on main", function (release)
    local bot = { "-c", "user.name=widget bot", "-c", "user.email=bot@example.org" }
    add_commit(release)
    release.place:must({ "git", bot[1], bot[2], bot[3], bot[4], "commit", "-q", "--allow-empty", "-m", "release(widget): 1.1.0" },
      { cwd = "people" })
    release.place:must({ "git", "push", "-q", "origin", OLD }, { cwd = "people" })
  end)

stays_open("a pull request whose text prepare did not write", "its text bears no mark of prepare's", function (release)
  write_body(release, 1, "My own words.")
end)

stays_open("an older release whose tag is out", "its tags are out", function (release, head)
  release.work:run("push", "-q", remote(release), head .. ":refs/tags/v1.1.0")
end)

stays_open("an older release whose lock is free", "its lock is free already", function (release, head)
  if release.hub then
    release.hub.ask("POST", ("/repos/%s/statuses/%s"):format(release.hub.repository, head),
      { token = "admin", body = { state = "success", context = "release" } })
  else
    release:must { "relrun", "forge", "status", "release", "success", "--at", "1" }
  end
end)

-- Another lane makes branches of the same names from the same base.
local TWO_LANES = flow.SPEC .. flow.SPEC:match("\n(lane .*)$"):gsub('lane "final"', 'lane "other"'):gsub("bump {}", 'bump { prerelease = "rc" }')

stays_open("the release of another lane", false, function (release)
  write_body(release, 1, (pull(release, 1).body:gsub(" for lane final %-%->", " for lane other -->")))
end, { spec = TWO_LANES })

return test.done()
