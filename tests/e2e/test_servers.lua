--- The servers of the tests, proved with plain git, so that what fails on them later is relrun's doing.

local test = require "testing"
local place = require "place"
local scene = require "scene"
local servers = require "servers"

local HISTORY = [[
branch master
commit "feat: first" packages/a/a.txt
tag a-v0.1.0
branch test
commit "fix: second" packages/a/b.txt as fix
]]

-- Calls body(stage, server, push): push(refspecs, env) pushes from the clone to the server.
local function on(kind, history, body, options)
  place.with(function (here)
    local stage = test.truthy(scene.build(here, HISTORY .. history))
    local ran, reason = servers.with(kind, here, function (server)
      local function push(words, env)
        return here:run(table.move(words, 1, #words, 5, { "git", "push", "--porcelain", "--atomic" }),
          { cwd = "work", env = env or server.env })
      end
      stage.work:run("remote", "set-url", "origin", server.url "remote.git")
      body(stage, server, push)
    end, options)
    if not ran then test.skip(reason) end
  end)
end

for _, kind in ipairs { "file", "http", "ssh" } do
  test(kind .. ": a clone has the refs of the remote", function ()
    on(kind, "", function (stage, server)
      stage.place:must({ "git", "clone", "-q", server.url "remote.git", stage.place:path "second" },
        { env = server.env })
      local second = require "repository".at(stage.place, "second")
      test.equal(second:run("rev-parse", "origin/test"), stage.labels.fix)
    end)
  end)

  test(kind .. ": an atomic push with leases lands whole, and with one stale lease not at all", function ()
    on(kind, "", function (stage, server, push)
      local old = stage.labels.c1
      local stale = push { "--force-with-lease=refs/heads/master:" .. stage.labels.fix,
        "--force-with-lease=refs/tags/new:", "origin", "HEAD:refs/tags/new", "HEAD:refs/heads/master" }
      test.equal(stale.code, 1)
    test.contains(stale.stdout .. stale.stderr, "stale info")
      local before = stage.remote:state()
      test.lacks(before, "refs/tags/new")
      local landed = push { "--force-with-lease=refs/heads/master:" .. old, "--force-with-lease=refs/tags/new:",
        "origin", "HEAD:refs/tags/new", "HEAD:refs/heads/master" }
      test.equal(landed.code, 0, landed.stderr .. server:log())
      test.equal(stage.remote:run("rev-parse", "master", "new"), stage.labels.fix .. "\n" .. stage.labels.fix)
    end)
  end)

  test(kind .. ": a protecting hook refuses its ref, and the atomic push with it", function ()
    on(kind, "protect refs/heads/master\n", function (stage, _, push)
      local refused = push { "origin", "HEAD:refs/tags/new", "HEAD:refs/heads/master" }
      test.equal(refused.code, 1)
      test.contains(refused.stderr, "GH006")
      test.lacks(stage.remote:state(), "refs/tags/new")
      test.equal(push({ "origin", "HEAD:refs/tags/new" }).code, 0)
    end)
  end)
end

test("http: without credentials and with wrong ones a push gets 401, and nothing lands", function ()
  on("http", "", function (stage, server, push)
    local before = stage.remote:state()
    for _, env in ipairs { {}, server.wrong } do
      local refused = push({ "origin", "HEAD:refs/tags/new" }, env)
      test.equal(refused.code, 128)
      test.truthy(refused.stderr:find "Authentication failed" or refused.stderr:find "could not read Username",
        refused.stderr)
    end
    test.equal(stage.remote:state(), before)
    test.equal(stage.place:run({ "git", "ls-remote", "origin" }, { cwd = "work" }).code, 0)
  end)
end)

test("http: a private server wants the password for reading too", function ()
  on("http", "", function (stage, server)
    local function read(env) return stage.place:run({ "git", "ls-remote", "origin" }, { cwd = "work", env = env }) end
    test.equal(read({}).code, 128)
    test.contains(read(server.wrong).stderr, "Authentication failed")
    test.equal(read(server.env).code, 0)
  end, { private = true })
end)

test("http: a push of more than one megabyte arrives", function ()
  on("http", "", function (stage, _, push)
    local command = "head -c 3000000 /dev/urandom > big && git add big && git commit -qm big"
    stage.place:must({ "sh", "-c", command }, { cwd = "work" })
    local landed = push { "origin", "HEAD:refs/heads/big" }
    test.equal(landed.code, 0, landed.stderr)
  end)
end)

test("ssh: an unknown key is refused", function ()
  on("ssh", "", function (stage, server, push)
    local before = stage.remote:state()
    local refused = push({ "origin", "HEAD:refs/tags/new" }, server.wrong)
    test.equal(refused.code, 128)
    test.contains(refused.stderr, "Permission denied")
    test.equal(stage.remote:state(), before)
  end)
end)

test("a slow hook lets two pushes overlap: one wins", function ()
  on("file", 'hook pre-receive "#!/bin/sh\\nsleep 0.4\\n"\n', function (stage, server)
    local command = stage.place:command({ "git", "push", "--atomic", "--force-with-lease=refs/tags/new:", "origin",
      "HEAD:refs/tags/new" }, server.env)
    local other = stage.place:command({ "git", "push", "--atomic", "--force-with-lease=refs/tags/new:", "origin",
      "HEAD~1:refs/tags/new" }, server.env)
    local proc = require "host.proc"
    local first = proc.start { argv = command, cwd = stage.place:path "work" }
    local second = proc.start { argv = other, cwd = stage.place:path "work" }
    local codes = { first:wait().code, second:wait().code }
    test.equal(codes[1] + codes[2], 1)
  end)
end)

test("a server ends with the function that uses it, also when that fails", function ()
  for _, kind in ipairs { "http", "ssh" } do
    place.with(function (here)
      local id
      local ok, problem = pcall(servers.with, kind, here, function (server)
        id = server.process:id()
        error "on purpose"
      end)
      if id == nil then test.skip(problem) end
      test.equal(ok, false)
      test.contains(problem, "on purpose")
      test.equal(require "host.file".stat("/proc/" .. id), nil)
    end)
  end
end)
