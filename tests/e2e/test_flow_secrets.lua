--- P17, P18: the tokens of a guarded release are in no output, no file that relrun keeps and no argument vector, whatever
-- goes wrong; and they go to the API's own origin alone. `make sweep` goes through the whole fault matrix.

local test = require "testing"
local canary = require "canary"
local flow = require "flow"
local matrix = require "matrix"
local monorepo = require "monorepo"

local STRIDE = monorepo.exhaustive() and 1 or 19

-- git's credential as a workflow's checkout leaves it: a header, so that no helper's command line has the token in it.
local GIT_CONFIG = [[
[include]
	path = %s/.gitconfig
[http "%s/"]
	extraheader = AUTHORIZATION: basic %s
]]

-- Everything in which a token could be, by name; `note` adds what a command said, `collect` what is kept.
local function collector(release)
  local texts, count = {}, 0
  local function note(result)
    count = count + 1
    texts["stdout " .. count], texts["stderr " .. count] = result.stdout, result.stderr
  end
  local function collect()
    local place = release.place
    local names = place:must { "sh", "-c", "find work/.git/relrun work/plan.json work/tape.json tmp -type f 2>/dev/null; true" }
    for name in names:gmatch "[^\n]+" do texts[name .. " " .. count] = place:read(name) end
    texts["arguments " .. count] = place:read "server-arguments"
  end
  return texts, note, collect
end

-- A release whose commands are watched: every execve of theirs, with its whole argument vector.
local function watched(release)
  local hub, place = release.hub, release.place
  place:write("server-gitconfig", GIT_CONFIG:format(place.home, hub.url, canary.base64("x-access-token:" .. hub.tokens.ci)), 384)
  release.changes.GIT_CONFIG_GLOBAL = place:path "server-gitconfig"
  release.changes.GITHUB_TOKEN = hub.tokens.ci
  release.wrap = function (argv)
    return table.move(argv, 1, #argv, 10, { "strace", "-f", "-qq", "-s", "100000", "-e", "trace=execve", "-o",
      place:path "server-arguments" })
  end
end

local function has_strace(release) return release.place:run({ "sh", "-c", "command -v strace" }).code == 0 end

for _, half in ipairs { "prepare", "publish" } do
  test(("P17 %s: no token is in an output, a journal or an argument, whichever write goes wrong"):format(half), function ()
    flow.with("github", function (release)
      if not has_strace(release) then test.skip "strace is not installed" end
      local undisturbed = matrix.begin(release, half)
      watched(release)
      local texts, note, collect = collector(release)
      local cells = matrix.cells(half)
      for i = 4, #cells, STRIDE do
        local problem = matrix.try(release, cells[i], undisturbed, function (result)
          note(result)
          collect()
        end)
        test.equal(problem, nil, cells[i].name)
      end
      local pushes = 0
      for name, text in pairs(texts) do
        if name:find "^arguments" and text:find('"push"', 1, true) then pushes = pushes + 1 end
      end
      test.truthy(pushes > 0, "no push was watched")
      test.equal(canary.found({ release.hub.tokens.ci }, texts), {})
    end)
  end)
end

test("P17 plan: no token is in the plan or on the tape, nor in what is said of a forge that refuses", function ()
  flow.with("github", function (release)
    if not has_strace(release) then test.skip "strace is not installed" end
    watched(release)
    local texts, note, collect = collector(release)
    for _, row in ipairs { {}, { fault = "permission" }, { fault = "answer", status = 401, json = { message = "Bad credentials" } },
      { fault = "status", status = 500 }, { fault = "truncate" }, { fault = "reset_before" } } do
      row.path, row.times = "/repos/", 0
      if row.fault then release.hub.fault(row) end
      note(release:run { "relrun", "plan", "release.lua", "--push", "-o", "plan.json", "--record", "tape.json" })
      collect()
      release.hub.admin("DELETE", "faults")
    end
    test.truthy(texts["work/plan.json 1"] and texts["work/tape.json 1"])
    test.equal(canary.found({ release.hub.tokens.ci }, texts), {})
  end)
end)

-- A server without digests has its assets downloaded to be compared: from a storage of another origin.
test("P18 the storage to which downloads are sent on never sees a token", function ()
  flow.with("github", function (release)
    release:prepared()
    release:publish()
    test.equal(release:run(flow.command("publish", "--pull-request", "1")).code, 4)
    local seen = 0
    for _, entry in ipairs(release.hub.log()) do
      if entry.listener == "storage" then
        seen = seen + 1
        test.equal(entry.authorization, false, entry.path)
      end
    end
    test.truthy(seen >= 2, seen .. " downloads")
  end, { flavour = "ghes" })
end)

return test.done()
