--- P17: the token of a guarded release is in no core, wherever relrun or its git dies; and when relrun ends, nothing that it
-- read, built or sent is left in its memory with the token in it.

local test = require "testing"
local canary = require "canary"
local certificates = require "certificates"
local flow = require "flow"
local http_server = require "http_server"
local json = require "host.json"
local place = require "place"

local SECRET = "ghp_memoryCanary4f1d9a7c3b5e2f6088"

-- Every core that the system lets a process write, and where to find it: the shell says its number before it becomes it.
local DUMPING = [[ulimit -c unlimited && echo $$ > "$1" && shift && exec "$@"]]

local function dumping(here, argv)
  return table.move(argv, 1, #argv, 6, { "sh", "-c", DUMPING, "sh", here:path "server-pid" })
end

-- The cores below a folder; a core's name begins so wherever the pattern is the kernel's own.
local function cores(here)
  local found = {}
  local names = here:must { "find", ".", "-name", ".snapshot", "-prune", "-o", "-type", "f", "-name", "core*", "-size", "+0",
    "-print" }
  for name in names:gmatch "[^\n]+" do found[name] = here:read(name) end
  return found
end

local function count(map)
  local n = 0
  for _ in pairs(map) do n = n + 1 end
  return n
end

-- A process that hides nothing leaves a core where relrun's would be, or there is nothing to be proved.
local function control(release)
  local here, secret = release.place, release.hub.tokens.ci
  here:run(dumping(here, { "sh", "-c", "kill -ABRT $$" }), { cwd = "work", env = release:environment() })
  local found = cores(here)
  if count(found) == 0 then
    test.skip("no core is written here: " .. (here:run({ "cat", "/proc/sys/kernel/core_pattern" }).stdout:gsub("\n", "")))
  end
  test.truthy(#canary.found({ secret }, found) > 0, "the control's core tells no environment")
  for name in pairs(found) do here:must { "rm", name } end
end

-- Starts the half of a release, and calls at(pid) when the fault has struck: relrun, or its git, waits for an answer then.
local function held(release, half, row, at)
  local here = release.place
  release:restore()
  release.hub.fault(row)
  local process = here:start(dumping(here, flow.command(half)), { cwd = "work", env = release:environment(), log = "server-held" })
  local struck = false
  for _ = 1, 500 do
    struck = release.hub.admin("GET", "faults")[1].struck > 0
    if struck or process:wait(0) then break end
    here:run { "sleep", "0.02" }
  end
  test.truthy(struck, "the fault never struck: " .. (here:read "server-held" or ""))
  at((here:read "server-pid":gsub("%s", "")))
  local ended = process:wait(30000)
  test.truthy(ended, "it lives on")
  release.hub.admin("DELETE", "faults")
  return ended
end

-- The moments at which somebody kills: { what, half, what is answered with silence }.
local MOMENTS = {
  { "git asks for the remote's refs, before the forge was asked anything", "prepare", { path = "info/refs", fault = "timeout_before" }, by = "git" },
  { "the forge is asked", "prepare", { path = "/pulls", fault = "timeout_before" } },
  { "git pushes", "publish", { method = "POST", path = "git-receive-pack$", nth = 2, fault = "timeout_before" }, by = "git" },
  { "an asset is uploaded", "publish", { method = "POST", path = "/assets", fault = "timeout_before" } },
  { "the pull request is merged", "publish", { method = "PUT", path = "/merge$", fault = "timeout_after" } },
}

-- Who dies of it: relrun itself; or all that it has started, git and what git has started.
local VICTIMS = {
  relrun = [[kill "-$1" "$2"]],
  git = [[below() { for child in $(cat /proc/"$1"/task/*/children); do echo "$child"; below "$child"; done; }
    kill "-$1" $(below "$2")]],
}

for _, half in ipairs { "prepare", "publish" } do
  flow.with("github", function (release)
    local here, secret = release.place, release.hub.tokens.ci
    if half == "publish" then release:prepared() end
    release:keep()

    for _, row in ipairs(MOMENTS) do
      if row[2] == half then
        for _, case in ipairs { { "relrun", "ABRT" }, { "relrun", "SEGV" }, { "git", "ABRT" } } do
          local victim, signal = table.unpack(case)
          if victim == "relrun" or row.by == "git" then
            test(("P17 %s: a SIG%s for %s while %s leaves no token in any core"):format(half, signal, victim, row[1]), function ()
              control(release)
              local ended = held(release, half, row[3], function (pid) here:must { "sh", "-c", VICTIMS[victim], "sh", signal, pid } end)
              test.truthy(ended.code ~= 0, "it lived on")
              test.equal(canary.found({ secret }, cores(here)), {})
            end)
          end
        end
      end
    end

    test(("P17 %s: when it ends, its memory holds no token but the environment that it was given"):format(half), function ()
      release:restore()
      local words = { here.tools .. "/remains", here:path "server-remains", "--" }
      local command = flow.command(half)
      release:must(table.move(command, 1, #command, 4, words))
      local memory = here:read "server-remains"
      test.truthy(#memory > 1000000, #memory .. " bytes")
      test.contains(release:state(), half == "prepare" and flow.BRANCH or flow.TAG)
      test.equal(canary.found({ secret }, { memory = memory }), {})
      -- A process that has copied it is seen to hold it.
      release:must { words[1], words[2], "--", "sh", "-c", "copy=x$GITHUB_TOKEN; :" }
      test.truthy(#canary.found({ secret }, { memory = here:read "server-remains" }) > 0)
    end)
  end)
end

-- TLS has buffers of its own; and what fails is put away by other ways than what succeeds.
test("P17 when it ends, nothing of an exchange over TLS is left with the token in it, done or refused", function ()
  place.with(function (here)
    local reason = certificates.make(here, { "good", "expired" })
    if reason then test.skip(reason) end
    local ran, why = http_server.with(here, { "good=good", "expired=expired" }, function (server)
      local task = { credentials = {}, requests = {} }
      for _, name in ipairs { "good", "expired" } do
        task.credentials[name] = { names = { "MEMORY_TOKEN" }, origin = server:origin(name, "localhost") }
        for _, method in ipairs { "GET", "POST" } do
          for _, path in ipairs { "/ok", "/raw?end=rst&data=x" } do
            task.requests[#task.requests + 1] = { method = method, url = server:origin(name, "localhost") .. path, credential = name,
              ca_file = here:path "http/ca.pem", body = method == "POST" and ("b"):rep(100000) or nil }
          end
        end
      end
      here:write("task.json", json.encode(task))
      here:must({ here.tools .. "/remains", here:path "remains", "--", "relrun", "lua", server.client, here:path "task.json" },
        { env = { MEMORY_TOKEN = SECRET } })
      local told = 0
      for _, entry in ipairs(server:log()) do if entry.fields.authorization == "Bearer " .. SECRET then told = told + 1 end end
      test.equal(told, 4)
      test.equal(canary.found({ SECRET }, { memory = here:read "remains" }), {})
    end)
    if not ran then test.skip(why) end
  end)
end)

return test.done()
