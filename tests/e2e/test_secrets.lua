--- P17: what relrun is trusted with stays where it was: in the environment, in git's configuration, in the remote's
--- address. Searched: both streams, plan, tape, journal, everything below .git/relrun, and what was released.

local test = require "testing"
local canary = require "canary"
local monorepo = require "monorepo"
local place = require "place"
local servers = require "servers"

local TOKEN = "ghp_canaryTOKENcanary0123456789abcdef"
local WRONG = "canary-wrong-password-0815"
local RIGHT = servers.PASSWORD
local SECRETS = { TOKEN, WRONG, RIGHT }

local function header(password)
  return "AUTHORIZATION: basic " .. canary.base64(servers.USER .. ":" .. password)
end

-- The ways in which CI systems hand credentials to git: { name, prepare(stage, server, password) -> environment }.
local WAYS = {
  { "http.extraheader in the environment", function (stage, server, password)
    stage.work:run("remote", "set-url", "origin", server.url "remote.git")
    return { GIT_CONFIG_COUNT = "1", GIT_CONFIG_KEY_0 = "http.extraheader", GIT_CONFIG_VALUE_0 = header(password) }
  end },
  { "http.extraheader in the clone", function (stage, server, password)
    stage.work:run("remote", "set-url", "origin", server.url "remote.git")
    stage.work:run("config", "http.extraheader", header(password))
    return {}
  end },
  { "credentials in the remote's address", function (stage, server, password)
    local address = server.url "remote.git":gsub("^http://", "http://" .. servers.USER .. ":"
      .. password:gsub(" ", "%%%%20") .. "@")
    stage.work:run("remote", "set-url", "origin", address)
    return {}
  end },
  { "credentials in a rewritten address", function (stage, server, password)
    local address = server.url "":gsub("^http://", "http://" .. servers.USER .. ":" .. password:gsub(" ", "%%%%20") .. "@")
    stage.work:run("config", "url." .. address .. ".insteadOf", "https://forge.test/o/")
    stage.work:run("remote", "set-url", "origin", "https://forge.test/o/remote.git")
    return {}
  end },
}

-- With these git itself tells its secrets on stderr. One at a time: each hides the others from a short message.
local TRACES = { "GIT_CURL_VERBOSE", "GIT_TRACE_CURL", "GIT_TRACE2_EVENT", "GIT_TRACE2" }

-- A table of everything that may hold a secret; `run` adds both streams of a command to it.
local function collector(stage, env)
  local texts, count = {}, 0
  local function run(...)
    local result = stage.place:run({ "relrun", ... }, { cwd = "work", env = env })
    count = count + 1
    local name = ("%d: relrun %s"):format(count, table.concat({ ... }, " "))
    texts[name .. " (stdout)"], texts[name .. " (stderr)"] = result.stdout, result.stderr
    return result
  end
  local function collect_files()
    local names = stage.place:must({ "sh", "-c", "find work/.git/relrun plan.json tape.json tmp -type f 2>/dev/null; true" })
    for name in names:gmatch "[^\n]+" do texts[name] = stage.place:read(name) end
    texts["the remote's objects"] = stage.remote:run("log", "--all", "--format=%an %ae %B", "-p")
    texts["the remote's tags"] = stage.remote:run("for-each-ref", "--format=%(contents) %(taggeremail)")
  end
  return run, collect_files, texts
end

local function on(way, password, trace, body)
  place.with(function (here)
    local stage = monorepo.build(here, "")
    local ran, reason = servers.with("http", here, function (server)
      local env = way[2](stage, server, password)
      env.GITHUB_TOKEN, env.GH_TOKEN, env.RELEASE_PASSWORD = TOKEN, TOKEN, WRONG
      env[trace], env.GIT_TRACE_REDACT = "1", "0"
      body(stage, collector(stage, env))
    end, { private = true })
    if not ran then test.skip(reason) end
  end)
end

for i, way in ipairs(WAYS) do
  local trace = TRACES[(i - 1) % #TRACES + 1]
  test("P17 nothing is let out by a release with " .. way[1], function ()
    on(way, RIGHT, trace, function (stage, run, collect_files, texts)
      local planned = run("plan", "release.lua", "rc", "--push", "--json", "-o", "../plan.json", "--record", "../tape.json")
      test.equal(planned.code, 0, planned.stderr)
      for _, word in ipairs { "explain", "versions", "changelog", "check" } do run(word, "release.lua", "rc") end
      run("show", "../plan.json")
      test.equal(run("apply", "../plan.json").code, 0)
      run("release.lua", "rc", "--push")
      collect_files()
      test.truthy(texts["plan.json"] and texts["tape.json"] and #texts["tape.json"] > 100)
      test.contains(stage.remote:state(), "refs/tags/core-v0.2.0rc1")
      test.equal(canary.found(SECRETS, texts), {})
    end)
  end)

  test("P17 nothing is let out by a refusal with " .. way[1], function ()
    on(way, WRONG, trace, function (stage, run, collect_files, texts)
      local before = stage.remote:state()
      test.equal(run("plan", "release.lua", "rc", "--push", "-o", "../plan.json", "--record", "../tape.json").code, 1)
      local refused = run("release.lua", "rc", "--push")
      test.equal(refused.code, 1)
      test.truthy(refused.stderr:find "^relrun: remote 'origin': [Aa]uthentication failed"
        or refused.stderr:find "^relrun: remote 'origin': could not read Username", refused.stderr)
      run("release.lua", "rc", "--offline")
      collect_files()
      test.equal(stage.remote:state(), before)
      test.equal(canary.found(SECRETS, texts), {})
    end)
  end)
end

test("a secret is found in each of its forms", function ()
  local secret = "canary secret/42"
  for what, form in pairs(canary.forms(secret)) do
    test.equal(#canary.found({ secret }, { text = "before " .. form .. " after" }) > 0, true, what)
  end
  for offset = 0, 2 do
    test.truthy(#canary.found({ secret }, { text = canary.base64(("x"):rep(offset) .. secret .. "y") }) > 0)
  end
  test.equal(canary.found({ secret }, { text = "nothing of the sort" }), {})
end)
