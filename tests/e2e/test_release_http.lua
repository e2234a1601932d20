--- A release over smart HTTP with passwords: candidates and finals, wrong credentials, a protecting hook.

local test = require "testing"
local monorepo = require "monorepo"
local place = require "place"
local repository = require "repository"
local servers = require "servers"

-- Calls body(stage, server, release): release(env, lane) runs `relrun release.lua LANE --push` against the server.
local function on(kind, more, body, options)
  place.with(function (here)
    local stage = monorepo.build(here, more)
    local ran, reason = servers.with(kind, here, function (server)
      stage.work:run("remote", "set-url", "origin", server.url "remote.git")
      body(stage, server, function (env, lane)
        return here:run({ "relrun", "release.lua", lane or "rc", "--push" }, { cwd = "work", env = env or server.env })
      end)
    end, options)
    if not ran then test.skip(reason) end
  end)
end

-- What stands between two refs of the remote, as names and new contents.
local function subjects(stage, range) return stage.remote:run("log", "--reverse", "--format=%s", range) end

for _, kind in ipairs { "http", "ssh" } do
  test(("S1.121 S1.122 %s: a candidate from test, then a final from master, promoted"):format(kind), function ()
    on(kind, "", function (stage, server, release)
      local candidate = release()
      test.equal(candidate.code, 0, candidate.stderr)
      test.equal(subjects(stage, "test..release-test"), "release(core): 0.2.0rc1\nrelease(scheduler): 0.1.1rc1")
      stage.remote:run("update-ref", "refs/heads/master", "test")
      stage.work:run("switch", "-q", "master")
      stage.place:must({ "git", "pull", "-q", "--ff-only", "origin", "master" }, { cwd = "work", env = server.env })
      local final = release(nil, "final")
      test.equal(final.code, 0, final.stderr)
      test.equal(subjects(stage, "master..release"), "release(core): 0.2.0\nrelease(scheduler): 0.1.1")
      local tags = stage.remote:run("for-each-ref", "--format=%(refname:short) %(*objectname)", "refs/tags/core-v0.2.0",
        "refs/tags/core-v0.2.0rc1", "refs/tags/scheduler-v0.1.1", "refs/tags/scheduler-v0.1.1rc1")
      local finals, candidates = stage.remote:run("rev-parse", "release"), stage.remote:run("rev-parse", "release-test")
      test.equal(tags, ("core-v0.2.0 %s\ncore-v0.2.0rc1 %s\nscheduler-v0.1.1 %s\nscheduler-v0.1.1rc1 %s"):format(
        finals, candidates, finals, candidates))
      test.lacks(stage.remote:state(), "refs/relrun/")
      test.equal(release(nil, "final").code, 4)
    end)
  end)

  test(("S1.90 S1.92 %s: wrong credentials change nothing and are told without the secret"):format(kind), function ()
    on(kind, "", function (stage, server, release)
      local before = stage.remote:state()
      local refused = release(server.wrong)
      test.equal(refused.code, 1, refused.stderr)
      test.contains(refused.stderr, "'origin'")
      test.truthy(refused.stderr:find("credentials", 1, true) or refused.stderr:find("ssh key", 1, true), refused.stderr)
      test.lacks(refused.stdout .. refused.stderr, servers.PASSWORD)
      test.lacks(refused.stdout .. refused.stderr, "wrong")
      test.equal(stage.remote:state(), before)
      local again = release()
      test.equal(again.code, 0, again.stderr)
    end)
  end)

  test(("S1.88 S1.91 S1.117 %s: a protected release branch keeps the tags out, too"):format(kind), function ()
    on(kind, "protect refs/heads/release-test\n", function (stage, _, release)
      local before = stage.remote:state()
      local refused = release()
      test.equal(refused.code, 1, refused.stderr)
      test.contains(refused.stderr, "refs/heads/release-test")
      test.contains(refused.stderr, "GH006")
      test.contains(refused.stderr, "let the release account push this ref")
      test.equal(stage.remote:state(), before)
    end)
  end)
end

test("S1.86 http: a private remote without credentials is told, and nothing waits for a password", function ()
  on("http", "", function (stage, _, release)
    local refused = release {}
    test.equal(refused.code, 1, refused.stderr)
    test.contains(refused.stderr, "give git credentials for this remote")
    test.lacks(stage.remote:state(), "release-test")
  end, { private = true })
end)

test("P17 http: a password in the remote's address is in no output, plan or journal", function ()
  on("http", "", function (stage, server, release)
    local address = server.url "remote.git":gsub("://", "://" .. servers.USER .. ":correct%%20horse@")
    stage.work:run("remote", "set-url", "origin", address)
    local env = { GIT_CONFIG_GLOBAL = stage.place.home .. "/.gitconfig" }
    local planned = stage.place:run({ "relrun", "plan", "release.lua", "rc", "--push", "--json", "--record", "../tape" },
      { cwd = "work", env = env })
    test.equal(planned.code, 0, planned.stderr)
    local released = release(env)
    test.equal(released.code, 0, released.stderr)
    local kept = stage.place:must({ "sh", "-c", "cat tape; find work/.git/relrun -type f | xargs cat" })
    for _, text in ipairs { planned.stdout, planned.stderr, released.stdout, released.stderr, kept } do
      test.lacks(text, "correct%20horse")
      test.lacks(text, "correct horse")
    end
    test.contains(kept, '"event":"end"')
  end)
end)

test("P17 http: a password in a wrong address is in no message", function ()
  on("http", "", function (stage, server)
    local address = server.url "none.git":gsub("://", "://steward:s3cret@")
    stage.work:run("remote", "set-url", "origin", address)
    local refused = stage.place:run({ "relrun", "release.lua", "rc", "--push" }, { cwd = "work" })
    test.equal(refused.code, 1)
    test.lacks(refused.stdout .. refused.stderr, "s3cret")
  end)
end)

test("S1.61 S1.62 http: a shallow clone without tags releases what a whole one does", function ()
  on("http", "clone shallow=1 no-tags single-branch\n", function (stage, server, release)
    local released = release()
    test.equal(released.code, 0, released.stderr)
    test.equal(subjects(stage, "test..release-test"), "release(core): 0.2.0rc1\nrelease(scheduler): 0.1.1rc1")
    local whole = repository.at(stage.place, "whole")
    stage.place:must({ "git", "clone", "-q", server.url "remote.git", whole.dir }, { env = server.env })
    local again = stage.place:run({ "relrun", "release.lua", "rc", "--push" }, { cwd = whole.dir, env = server.env })
    test.equal(again.code, 4, again.stderr)
  end)
end)
